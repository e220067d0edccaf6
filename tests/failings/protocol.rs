//! RFC 8894 section 7: what the protocol can't give, and what is done about it.

use conformance::{
    Clock, End, Scenario, Stage, TestRandom,
    attack::{good, granted, refused, server},
    fixtures::{self, ca_key, client_key, other_key},
    forge::RawMessage,
};
use pki_core::crypto::rustcrypto::PROVIDER;
use scep::{
    client::{Error, Unsupported},
    http::{HttpResponse, MediaType},
    server::{ConfigError, Redeemed, Responder},
};

#[test]
fn s7_02_the_ca_s_key_need_not_decrypt() {
    assert_eq!(Responder::with_ca_key(fixtures::root(ca_key()), PROVIDER).err(), Some(ConfigError::SigningCertificate));
    assert_ne!(server().signing().public_key(), server().ca().public_key());
}

#[test]
fn s7_04_without_a_confirmation_of_receipt_a_repeated_request_is_answered_again() {
    let (mut server, mut rng) = (server(), TestRandom::new(1));
    for _ in 0..3 {
        granted(&server.answer(&good().to_request(), &Clock::new(), &mut rng));
    }
    assert_eq!(server.transactions.records().count(), 1);
}

#[test]
fn s7_06_the_csr_s_signature_is_the_proof_of_possession_and_always_verified() {
    let csr = fixtures::sign_csr(&fixtures::request("device", other_key()), client_key());
    let signer = fixtures::self_signed("device", client_key());
    for message_type in ["19", "17"] {
        refused(&RawMessage::request(&server(), message_type, csr.as_der(), signer.clone(), client_key()), &[1, 2]);
    }
}

#[test]
fn s3_1_a_request_without_an_envelope_is_refused() {
    // As some made them for keys that can't decrypt: the challenge is there for all to read.
    refused(&good().content(fixtures::csr("device", fixtures::ec_key()).as_der()), &[2]);
}

#[test]
fn s7_03_the_word_of_a_challenge_service_is_for_one_request() {
    // Whose challenge, how long it holds and that it is used once is the service's; what it says is bound to a CSR.
    let csr = fixtures::csr("device", client_key());
    let digest = csr.digest(&PROVIDER).expect("SHA-256");
    assert_eq!(Redeemed::for_csr(digest).csr(), &digest);
    assert_ne!(fixtures::csr("other", client_key()).digest(&PROVIDER), Some(digest));
}

#[test]
fn s7_05_capabilities_stripped_in_transit_are_no_reason_for_less() {
    for stripped in ["", "SHA-1\n", "POSTPKIOperation\nDES3\nSHA-1\n"] {
        let (mut pair, _) = Scenario::new().to_exchange(Stage::Capabilities);
        let result = pair.try_reply(&HttpResponse::ok(MediaType::TextPlain, stripped));
        assert!(matches!(result, Err(Error::Unsupported(Unsupported::BelowFloor { .. }))), "{result:?}");
    }
}

#[test]
fn s7_07_nothing_but_attributes_and_the_signer_is_seen_on_the_way() {
    // The names in the CSR are not, apart from the one that the signer's certificate repeats.
    let message = good().encode();
    let seen = |text: &str| message.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(seen("device") && !seen(fixtures::CHALLENGE));
}

#[test]
fn s7_09_sha_1_is_not_chosen_unless_the_caller_allows_it() {
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Capabilities);
    let result = pair.try_reply(&HttpResponse::ok(MediaType::TextPlain, "AES\nSHA-1\nPOSTPKIOperation\n"));
    assert!(matches!(result, Err(Error::Unsupported(Unsupported::BelowFloor { .. }))), "{result:?}");
}

#[test]
fn s7_10_http_is_enough() {
    let mut pair = Scenario::new().start();
    assert!(matches!(pair.drive(), End::Issued(_)));
}
