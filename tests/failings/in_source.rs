//! What can be read in the source of other implementations, in the order in which it was noted.

use std::collections::BTreeSet;

use conformance::{
    Clock, Scenario, Stage, TestRandom,
    attack::{attributes, discarded, good, granted, refused, serve, server, success},
    fixtures::{self, ca_key, client_key, other_key},
    forge::{self, Flaw, RawEnvelope, RawMessage},
};
use pki_core::{
    Limits, Profile, Secret,
    algorithm::{CipherAlgorithm, DigestAlgorithm},
    cms::{EnvelopedData, SignedData},
    crypto::{Signer, rustcrypto::PROVIDER},
    oid,
};
use scep::{
    Capabilities, Capability, MessageType,
    client::{Error, Misbehaviour, Step},
    http::{HttpRequest, HttpResponse, Method},
    message::{EnvelopeAlgorithms, MessageError, Received},
    server::{ConfigError, Responder},
};

/// A request with this envelope.
fn with_envelope(change: impl FnOnce(&mut RawEnvelope)) -> RawMessage {
    let csr = fixtures::csr("device", client_key());
    let mut envelope = RawEnvelope::new(csr.as_der(), &forge::recipient(&server()));
    change(&mut envelope);
    good().content(envelope.encode())
}

#[test]
fn n01_micromdm_step_ca_xipki_no_decryption_oracle_and_the_ra_has_a_key_of_its_own() {
    let damaged = [
        with_envelope(|envelope| envelope.recipients[0].1 = vec![0x17; 256]),
        with_envelope(|envelope| {
            let length = envelope.ciphertext.len();
            envelope.ciphertext[length - 17] ^= 1;
        }),
    ];
    let looks = damaged.iter().map(|message| {
        let (reply, _) = serve(message);
        (reply.status, attributes(&reply).fail_info, reply.body.len())
    });
    let looks: Vec<_> = looks.collect();
    assert_eq!(looks[0], looks[1]);
    // The CA's certificate is for certificates only unless it is made to answer by itself.
    let root = fixtures::root(ca_key());
    assert_eq!(Responder::with_ca_key(root, PROVIDER).err(), Some(ConfigError::SigningCertificate));
}

#[test]
fn n02_smallstep_pkcs7_the_last_octet_of_the_padding_is_not_trusted() {
    // One block whose last octet says 0, 17, 255: the block before is the IV, which XORs it.
    for last in [0, 17, 255] {
        let message = with_envelope(|envelope| {
            // The padding of an empty content: sixteen octets of 16.
            let cipher = PROVIDER.cipher(oid::AES128_CBC).expect("AES");
            let key = pki_core::crypto::ContentKey::new(forge::KEY[..16].to_vec());
            envelope.ciphertext = cipher.encrypt(&key, &envelope.iv, b"").expect("a block");
            envelope.iv[15] ^= 16 ^ last;
        });
        refused(&message, &[2]);
    }
    refused(&with_envelope(|envelope| envelope.ciphertext.truncate(17)), &[2]);
    refused(&with_envelope(|envelope| envelope.ciphertext.clear()), &[2]);
}

#[test]
fn n04_smallstep_pkcs7_ber_has_a_limit_of_depth_and_is_read_in_one_pass() {
    let nested = [[0x30, 0x80].repeat(50_000), vec![0; 100_000]].concat();
    assert!(matches!(Received::decode(&nested, Limits::DEFAULT), Err(MessageError::Malformed(_))));
}

#[test]
fn n05_smallstep_pkcs7_content_type_and_message_digest_are_compared() {
    let other = pki_core::der::Writer::encode(|w| w.oid(oid::SIGNED_DATA));
    refused(&good().set(oid::CONTENT_TYPE, other), &[1]);
    refused(&good().set_octets(oid::MESSAGE_DIGEST, &[1; 32]), &[1]);
    for omitted in [oid::CONTENT_TYPE, oid::MESSAGE_DIGEST] {
        refused(&good().with(|message| message.signer().omitted = vec![omitted]), &[1]);
    }
}

#[test]
fn n06_jscep_a_reply_without_certificates_is_verified_all_the_same() {
    let (mut pair, success) = success();
    let bare = success.clone().with(|message| message.certificates.clear());
    assert!(matches!(pair.try_reply(&bare.to_reply()), Ok(Step::Open(_))));
    discarded(&bare.with(|message| message.signer().flaw = Flaw::Bit), &|error| {
        matches!(error, Error::Message(MessageError::Signature(_)))
    });
    let stranger = fixtures::self_signed("RA", other_key());
    let forged = success.signed_by(&stranger, other_key()).with(|message| message.certificates.clear());
    discarded(&forged, &|error| *error == Error::Message(MessageError::SignerUnknown));
}

#[test]
fn n07_dogtag_ejbca_the_outer_signature_is_verified() {
    refused(&good().with(|message| message.signer().flaw = Flaw::Bit), &[1]);
    refused(&good().with(|message| message.signer().key = other_key()), &[1]);
}

#[test]
fn n08_jscep_ejbca_the_signer_is_the_one_that_is_named_not_the_first() {
    let unrelated = fixtures::self_signed("unrelated", other_key()).as_der().to_vec();
    let (reply, _) = serve(&good().with(|message| message.certificates.insert(0, unrelated)));
    granted(&reply);
    let received = Received::decode(&good().encode(), Limits::DEFAULT).expect("a message");
    assert_eq!(received.named_signer().expect("a signer").public_key(), Signer::public_key(client_key()).as_ref());
}

#[test]
fn n09_micromdm_the_reply_is_encrypted_to_the_signer_alone() {
    let unrelated = fixtures::self_signed("unrelated", other_key()).as_der().to_vec();
    let (reply, _) = serve(&good().with(|message| message.certificates.extend([unrelated.clone(), unrelated])));
    let signed = SignedData::from_ber(&reply.body, Limits::DEFAULT).expect("SignedData");
    let content = signed.content().expect("an envelope").to_vec();
    let envelope = EnvelopedData::from_ber(&content, Limits::DEFAULT).expect("EnvelopedData");
    assert_eq!((envelope.recipients().len(), envelope.other_recipients()), (1, 0));
    assert!(envelope.recipients()[0].rid().names(&fixtures::self_signed("device", client_key())));
}

#[test]
fn n10_sscep_strongswan_nothing_is_compared_by_its_beginning() {
    let (pair, success) = success();
    let id = forge::Asked::by(&pair).attributes.transaction_id.as_bytes().to_vec();
    let id = String::from_utf8(id).expect("text");
    let expected = Error::from(Misbehaviour::TransactionId);
    for other in [&id[..id.len() - 1], &format!("{id}0"), &id.to_uppercase(), &id[..1]] {
        if other != id {
            discarded(&success.clone().set_text(oid::SCEP_TRANSACTION_ID, other), &|error| *error == expected);
        }
    }
    discarded(&success.clone().set_text(oid::SCEP_TRANSACTION_ID, ""), &|error| {
        matches!(error, Error::Message(MessageError::Attribute { .. }))
    });
    discarded(&success.clone().set_text(oid::SCEP_PKI_STATUS, ""), &|error| matches!(error, Error::Message(_)));
    discarded(&success.set_text(oid::SCEP_MESSAGE_TYPE, "31"), &|error| {
        *error == Error::from(Misbehaviour::Type(MessageType::new(31)))
    });
    let capabilities = Capabilities::parse(b"\n\nS\nA\nPOST\nSHA-\n").expect("capabilities");
    assert!(Capability::ALL.into_iter().all(|word| !capabilities.supports(word)));
}

#[test]
fn n11_sscep_strongswan_jscep_the_nonce_is_compared_whole_whatever_its_length() {
    let (pair, success) = success();
    let nonce = forge::Asked::by(&pair).attributes.sender_nonce.expect("a nonce");
    let expected = Error::from(Misbehaviour::RecipientNonce);
    let longer = [nonce.as_bytes(), &[0]].concat();
    for other in [&nonce.as_bytes()[..15], &longer[..], &[0; 16]] {
        discarded(&success.clone().set_octets(oid::SCEP_RECIPIENT_NONCE, other), &|error| *error == expected);
    }
}

#[test]
fn n12_micromdm_step_ca_the_nonce_of_a_reply_is_fresh() {
    let (mut server, mut rng) = (server(), TestRandom::new(1));
    let mut nonces = BTreeSet::new();
    for id in 0..4 {
        let message = good().set_text(oid::SCEP_TRANSACTION_ID, &id.to_string());
        let attributes = attributes(&server.answer(&message.to_request(), &Clock::new(), &mut rng));
        let nonce = attributes.sender_nonce.expect("a nonce");
        assert_ne!(Some(&nonce), attributes.recipient_nonce.as_ref());
        nonces.insert(nonce.as_bytes().to_vec());
    }
    assert_eq!(nonces.len(), 4);
}

#[test]
fn n14_dogtag_micromdm_requests_do_not_share_algorithms() {
    // One server, two requests in different algorithms by turns: each gets its own back.
    let csr = fixtures::csr("device", client_key());
    let (mut server, mut rng) = (server(), TestRandom::new(1));
    let ciphers = [CipherAlgorithm::DES_EDE3_CBC, CipherAlgorithm::AES256_CBC, CipherAlgorithm::AES128_CBC];
    for (id, cipher) in ciphers.into_iter().cycle().take(6).enumerate() {
        let algorithms = EnvelopeAlgorithms { cipher, ..EnvelopeAlgorithms::MANDATORY };
        let message = good()
            .content(forge::envelope_with(csr.as_der(), &forge::recipient(&server), algorithms))
            .set_text(oid::SCEP_TRANSACTION_ID, &id.to_string());
        let reply = server.answer(&message.to_request(), &Clock::new(), &mut rng);
        let signed = SignedData::from_ber(&reply.body, Limits::DEFAULT).expect("SignedData");
        let content = signed.content().expect("an envelope").to_vec();
        let envelope = EnvelopedData::from_ber(&content, Limits::DEFAULT).expect("EnvelopedData");
        assert_eq!(envelope.cipher().oid, cipher.oid());
    }
}

#[test]
fn n15_micromdm_empty_sets_and_unknown_values_do_not_panic() {
    refused(&good().with(|message| message.certificates.clear()), &[1]);
    assert_eq!(MessageType::new(18).to_string(), "18");
    assert!(!format!("{:?} {}", scep::FailInfo::new(99), scep::PkiStatus::new(99)).is_empty());
    let request = HttpRequest::new(Method::Get, "operation=GetNextCACert", []);
    assert_eq!(server().answer(&request, &Clock::new(), &mut TestRandom::new(1)).status, 404);
    // An empty answer to GetCACert.
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Certificates);
    let empty = pki_core::cms::certs_only([], []);
    assert!(matches!(
        pair.try_reply(&HttpResponse::new(200, "application/x-x509-ca-ra-cert", empty)),
        Err(Error::Authority(_))
    ));
}

#[test]
fn n16_micromdm_step_ca_des_and_md5_are_never_the_default() {
    let csr = fixtures::csr("device", client_key());
    let des = EnvelopeAlgorithms { cipher: CipherAlgorithm::DES_CBC, ..EnvelopeAlgorithms::MANDATORY };
    refused(&good().content(forge::envelope_with(csr.as_der(), &forge::recipient(&server()), des)), &[0]);
    refused(&good().with(|message| message.signer().digest = DigestAlgorithm::MD5), &[0]);
    assert!(PROVIDER.cipher(oid::DES_CBC).is_none() && PROVIDER.digest(oid::MD5).is_none());
}

#[test]
fn n17_challenges_are_compared_in_constant_time() {
    // By `subtle`, in `Secret`: there is no `==` for it, and this is the only comparison there is.
    let expected = Secret::from("correct horse");
    for (presented, same) in [("correct horse", true), ("correct horsE", false), ("correct", false), ("", false)] {
        assert_eq!(expected.matches(presented.as_bytes()), same);
    }
}

#[test]
fn n13_xipki_get_cert_by_a_stranger_is_refused() {
    let target = fixtures::below_root(ca_key(), "device", client_key(), &Profile::DEVICE_CLIENT);
    let data = scep::message::IssuerAndSerial::of(&target).to_der();
    for message_type in ["21", "22"] {
        let stranger = fixtures::self_signed("stranger", other_key());
        let message = RawMessage::request(&server(), message_type, &data, stranger, other_key());
        refused(&message, &[2, 4]);
    }
}
