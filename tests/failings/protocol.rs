//! RFC 8894 section 7: what the protocol can't give, and what is done about it.

use conformance::{
    Clock, TestRandom,
    attack::{good, granted, refused, server},
    fixtures::{self, ca_key, client_key, other_key},
    forge::RawMessage,
};
use pki_core::crypto::rustcrypto::PROVIDER;
use scep::server::{ConfigError, Responder};

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
