//! The least that an implementation has to stand: what comes in, and that nothing is granted for it.

use conformance::{
    Clock, End, Policy, Scenario, Stage, TestRandom, TestServer,
    attack::{attributes, discarded, failed, good, granted, refused, serve, server, success, success_with},
    fixtures::{self, ca_key, client_key, other_key},
    forge::{self, Asked, Flaw, RawAttribute, RawEnvelope, RawMessage},
};
use pki_core::{
    Profile, PublicKey, cms,
    der::{Tag, Writer},
    oid,
};
use scep::{
    FailInfo, MessageType, PkiStatus,
    client::{Error, Misbehaviour, RejectReason, Step},
    http::{HttpRequest, HttpResponse, Method},
    message::{IssuerAndSubject, MessageError},
};

#[test]
fn type_confusion() {
    for text in ["18", "0", "019", "4294967296", "4294967315", "3", "99", "-19", ""] {
        refused(&good().set_text(oid::SCEP_MESSAGE_TYPE, text), &[2]);
    }
}

#[test]
fn unknown_pki_status_and_fail_info() {
    let (_, success) = success();
    for status in [1, 4, 99] {
        let expected = Error::from(Misbehaviour::Status(Some(PkiStatus::new(status))));
        discarded(&success.clone().set_text(oid::SCEP_PKI_STATUS, &status.to_string()), &|error| *error == expected);
    }
    let (mut pair, _) = self::success();
    let failure = RawMessage::cert_rep(&Asked::by(&pair), &pair.server, "2").set_text(oid::SCEP_FAIL_INFO, "77");
    let Ok(Step::Rejected(rejected)) = pair.try_reply(&failure.to_reply()) else { panic!("no failure") };
    assert_eq!(rejected.reason(), &RejectReason::Failed { info: Some(FailInfo::new(77)), text: None });
}

#[test]
fn two_signer_infos() {
    let second = RawMessage::pkcs_req(&server(), "other", other_key());
    let two = good().with(|message| {
        message.signers.extend(second.signers.clone());
        message.certificates.extend(second.certificates.clone());
    });
    refused(&two, &[]);
    let (_, success) = success();
    let twice = success.with(|message| message.signers.push(message.signers[0].clone()));
    discarded(&twice, &|error| *error == Error::Message(MessageError::SignerCount { found: 2 }));
}

#[test]
fn zero_signer_infos() {
    refused(&good().with(|message| message.signers.clear()), &[]);
    let (_, success) = success();
    let none = success.with(|message| message.signers.clear());
    discarded(&none, &|error| *error == Error::Message(MessageError::SignerCount { found: 0 }));
}

#[test]
fn duplicated_attributes() {
    let again = RawAttribute::printable(oid::SCEP_MESSAGE_TYPE, "19");
    refused(&good().with(|message| message.signer().attributes.push(again)), &[2]);
}

#[test]
fn attribute_set_with_no_or_two_values() {
    for values in [0, 2] {
        refused(
            &good().with(|message| {
                let attribute = &mut message.signer().attributes[0];
                attribute.values = vec![attribute.values[0].clone(); values];
            }),
            &[2],
        );
    }
}

#[test]
fn unsigned_attributes_shadowing() {
    let shadowed = good().with(|message| {
        message.signer().unsigned = vec![RawAttribute::printable(oid::SCEP_TRANSACTION_ID, "shadow")];
    });
    let (reply, _) = serve(&shadowed);
    granted(&reply);
    assert_eq!(attributes(&reply).transaction_id.as_bytes(), b"transaction 1");
}

#[test]
fn detached_content() {
    refused(&good().with(|message| message.content = None), &[2]);
}

#[test]
fn content_of_another_type() {
    let names = IssuerAndSubject::new(fixtures::name("Root"), fixtures::name("device")).to_der();
    let signer = fixtures::self_signed("device", client_key());
    refused(&RawMessage::request(&server(), "19", &names, signer, client_key()), &[2]);
}

#[test]
fn message_digest_mismatch() {
    refused(&good().set_octets(oid::MESSAGE_DIGEST, &[0; 32]), &[1]);
    let (_, success) = success();
    discarded(&success.set_octets(oid::MESSAGE_DIGEST, &[0; 32]), &|error| {
        matches!(error, Error::Message(MessageError::Signature(cms::SignatureError::DigestMismatch)))
    });
}

#[test]
fn signed_by_a_certificate_that_is_not_in_the_set() {
    let unrelated = fixtures::self_signed("unrelated", other_key()).as_der().to_vec();
    refused(&good().with(|message| message.certificates = vec![unrelated]), &[1]);
}

/// Two messages to one server.
fn one_after_the_other(first: &RawMessage, second: &RawMessage) -> (HttpResponse, TestServer) {
    let (mut server, mut rng) = (server(), TestRandom::new(1));
    granted(&server.answer(&first.to_request(), &Clock::new(), &mut rng));
    let reply = server.answer(&second.to_request(), &Clock::new(), &mut rng);
    (reply, server)
}

#[test]
fn swapped_csr_under_the_same_transaction_id() {
    let csr = fixtures::csr("admin", client_key());
    let signer = fixtures::self_signed("device", client_key());
    let swapped = RawMessage::request(&server(), "19", csr.as_der(), signer, client_key());
    let (reply, server) = one_after_the_other(&good(), &swapped);
    failed(&reply, &[2]);
    assert_eq!(server.transactions.records().count(), 1);
}

#[test]
fn cert_poll_for_another_s_transaction() {
    let (mut server, mut rng) = (server(), TestRandom::new(1));
    server.policy = Policy::Pend(1);
    server.answer(&good().to_request(), &Clock::new(), &mut rng);
    let names = IssuerAndSubject::new(fixtures::name("Root"), fixtures::name("device")).to_der();
    let poll = |key| RawMessage::request(&self::server(), "20", &names, fixtures::self_signed("device", key), key);
    failed(&server.answer(&poll(other_key()).to_request(), &Clock::new(), &mut rng), &[2, 4]);
    granted(&server.answer(&poll(client_key()).to_request(), &Clock::new(), &mut rng));
}

/// A request whose envelope is for these.
fn for_recipients(change: impl FnOnce(&mut RawEnvelope)) -> RawMessage {
    let csr = fixtures::csr("device", client_key());
    let mut envelope = RawEnvelope::new(csr.as_der(), &forge::recipient(&server()));
    change(&mut envelope);
    good().content(envelope.encode())
}

#[test]
fn recipient_mismatch_and_0_2_and_1000_recipients() {
    let other = (fixtures::self_signed("other", client_key()), vec![0x42; 16]);
    refused(&for_recipients(|envelope| envelope.recipients = vec![other.clone()]), &[1, 2]);
    refused(&for_recipients(|envelope| envelope.recipients.clear()), &[1, 2]);
    refused(&for_recipients(|envelope| envelope.recipients = vec![other.clone(); 1000]), &[1, 2]);
    let (reply, _) = serve(&for_recipients(|envelope| envelope.recipients.insert(0, other)));
    granted(&reply);
}

/// An RSA key of these numbers.
fn rsa(modulus: &[u8], exponent: &[u8]) -> PublicKey {
    let key = Writer::encode(|w| {
        w.sequence(|w| {
            w.unsigned(Tag::INTEGER, modulus);
            w.unsigned(Tag::INTEGER, exponent);
        });
    });
    let spki = Writer::encode(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.oid(oid::RSA_ENCRYPTION);
                w.null();
            });
            w.bit_string(&key);
        });
    });
    PublicKey::from_der(&spki).expect("a key")
}

/// A message whose signer has this key, with a signature that only a check that can be fooled takes for good.
#[track_caller]
fn signer_is_refused(key: &PublicKey) {
    let name = fixtures::name("device");
    let certificate =
        fixtures::certify((&name, client_key()), &name, key, fixtures::validity(), &Profile::SCEP_TRANSPORT);
    refused(&good().signed_by(&certificate, client_key()), &[0, 1, 2]);
}

#[test]
fn rsa_exponent_of_64_kib() {
    // As long as a certificate can be; what is longer is no certificate.
    let exponent = vec![0xff; 24_000];
    signer_is_refused(&rsa(&[0xc5; 256], &exponent));
}

#[test]
fn rsa_modulus_of_16384_bits() {
    signer_is_refused(&rsa(&[0xc5; 2048], &[1, 0, 1]));
}

#[test]
fn rsa_with_exponent_1() {
    signer_is_refused(&rsa(&[0xc5; 256], &[1]));
}

#[test]
fn nested_ber_of_depth_10_000() {
    let nested = [[0x30, 0x80].repeat(10_000), vec![0; 20_000]].concat();
    let reply =
        server().answer(&HttpRequest::pki_operation(Method::Post, nested), &Clock::new(), &mut TestRandom::new(1));
    assert_eq!(reply.status, 400);
}

#[test]
fn indefinite_length_without_end_of_contents() {
    let message = good().encode();
    let open = [&[0x30, 0x80][..], &message[4..]].concat();
    let request = HttpRequest::pki_operation(Method::Post, open);
    assert_eq!(server().answer(&request, &Clock::new(), &mut TestRandom::new(1)).status, 400);
}

#[test]
fn get_with_10_mib() {
    let query = format!("operation=PKIOperation&message={}", "A".repeat(10 << 20));
    let request = HttpRequest::new(Method::Get, query, []);
    assert_eq!(server().answer(&request, &Clock::new(), &mut TestRandom::new(1)).status, 413);
}

#[test]
fn padding_and_rsa_errors_are_not_told_apart() {
    let recipient = forge::recipient(&server());
    let damaged = [
        for_recipients(|envelope| envelope.recipients[0].1 = vec![0x17; 256]),
        for_recipients(|envelope| envelope.recipients[0].1 = forge::wrap(&[9; 16], &recipient)),
        for_recipients(|envelope| {
            let length = envelope.ciphertext.len();
            envelope.ciphertext[length - 17] ^= 1;
        }),
        for_recipients(|envelope| envelope.ciphertext[40] ^= 1),
    ];
    let looks: Vec<_> = damaged
        .iter()
        .map(|message| {
            let (reply, _) = serve(message);
            let attributes = attributes(&reply);
            (reply.status, reply.body.len(), attributes.pki_status, attributes.fail_info, attributes.fail_info_text)
        })
        .collect();
    assert!(looks.windows(2).all(|pair| pair[0] == pair[1]), "{looks:?}");
}

#[test]
fn reply_with_another_s_transaction_id_an_old_nonce_or_none() {
    let (_, success) = success();
    let id = Error::from(Misbehaviour::TransactionId);
    discarded(&success.clone().set_text(oid::SCEP_TRANSACTION_ID, "another"), &|error| *error == id);
    let nonce = Error::from(Misbehaviour::RecipientNonce);
    discarded(&success.clone().set_octets(oid::SCEP_RECIPIENT_NONCE, &[7; 16]), &|error| *error == nonce);
    discarded(&success.without(oid::SCEP_RECIPIENT_NONCE), &|error| *error == nonce);
}

#[test]
fn success_whose_certificate_has_another_key_than_the_request() {
    let other = fixtures::below_root(ca_key(), "device", other_key(), &Profile::DEVICE_CLIENT);
    let (mut pair, reply) = success_with(&[&other]);
    pair.step = pair.try_reply(&reply.to_reply()).expect("SUCCESS");
    assert!(matches!(pair.drive(), End::Stuck));
    assert!(pair.errors.contains(&Misbehaviour::NoCertificateForKey.into()));
}

#[test]
fn degenerate_p7_with_a_crl_only() {
    let (mut pair, reply) = success_with(&[]);
    let envelope = forge::envelope(&cms::certs_only([], [&[0x30, 0x00][..]]), &Asked::by(&pair).signer);
    pair.step = pair.try_reply(&reply.content(envelope).to_reply()).expect("SUCCESS");
    assert!(matches!(pair.drive(), End::Stuck));
    assert!(pair.errors.contains(&Misbehaviour::NoCertificateForKey.into()));
    // As the answer to GetCACert.
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Certificates);
    let result = pair.try_reply(&HttpResponse::new(
        200,
        "application/x-x509-ca-ra-cert",
        cms::certs_only([], [&[0x30, 0x00][..]]),
    ));
    assert!(matches!(result, Err(Error::Authority(_))), "{result:?}");
}

#[test]
fn get_ca_cert_gives_a_page_of_html() {
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Certificates);
    let page = HttpResponse::new(200, "text/html", "<html><body>Welcome</body></html>");
    let Err(Error::Http(refusal)) = pair.try_reply(&page) else { panic!("a page was taken for a certificate") };
    assert_eq!((refusal.status, refusal.content_type.as_str()), (200, "text/html"));
    assert!(refusal.excerpt.starts_with("<html>"));
}

#[test]
fn reply_signed_by_a_stranger_or_broken() {
    let (_, success) = success();
    let stranger = fixtures::self_signed("RA", other_key());
    discarded(&success.clone().signed_by(&stranger, other_key()), &|error| {
        *error == Error::Message(MessageError::SignerUnknown)
    });
    let broken = success.with(|message| message.signer().flaw = Flaw::Bit);
    discarded(&broken, &|error| matches!(error, Error::Message(MessageError::Signature(_))));
}

#[test]
fn message_type_of_a_reply_is_a_request_s() {
    let (_, success) = success();
    let expected = Error::from(Misbehaviour::Type(MessageType::PKCS_REQ));
    discarded(&success.set_text(oid::SCEP_MESSAGE_TYPE, "19"), &|error| *error == expected);
}

#[test]
fn the_good_ones_are_granted() {
    granted(&serve(&good()).0);
    let (mut pair, reply) = success();
    pair.step = pair.try_reply(&reply.to_reply()).expect("SUCCESS");
    assert!(matches!(pair.drive(), End::Issued(_)));
}
