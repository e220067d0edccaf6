//! Hostile sizes: each is refused with a typed error before it costs anything.

use conformance::{
    Clock, Scenario, Stage, TestRandom, TestServer,
    fixtures::{self, client_key},
    forge::{self, RawAttribute, RawEnvelope, RawMessage},
};
use hex_literal::hex;
use pki_core::{
    Certificate, CertificateBuilder, DecodeErrorKind, Limits, Profile, PublicKey,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    cms::SignatureError,
    crypto::rustcrypto::PROVIDER,
    der::{Tag, Writer},
    oid,
};
use scep::{
    client::{self, ClientConfig},
    http::{HttpError, HttpRequest, HttpResponse, MediaType, Method},
    message::{MessageError, Received},
    server::{self, TransactionLimits, Transactions},
};

fn server() -> TestServer {
    TestServer::with_ra(fixtures::ca_key(), fixtures::ra_key(), PROVIDER)
}

/// Sends to a new server; gives the HTTP status and why it was refused.
fn send(request: &HttpRequest) -> (u16, server::Error) {
    let mut server = server();
    let reply = server.answer(request, &Clock::new(), &mut TestRandom::new(1));
    assert_eq!(server.transactions.records().count(), 0);
    (reply.status, server.refusals.pop().expect("a refusal"))
}

fn post(message: Vec<u8>) -> HttpRequest {
    HttpRequest::pki_operation(Method::Post, message)
}

fn kind(error: server::Error) -> DecodeErrorKind {
    match error {
        server::Error::Message(MessageError::Malformed(error) | MessageError::EnvelopeMalformed(error)) => error.kind(),
        error => panic!("{error:?}"),
    }
}

#[test]
fn a_message_of_2_mib_is_refused() {
    let huge = RawMessage::pkcs_req(&server(), "device", client_key()).content(vec![0x30; 2 << 20]).encode();
    assert_eq!(send(&post(huge.clone())), (413, server::Error::Http(HttpError::TooLarge)));
    let get = HttpRequest::pki_operation(Method::Get, huge.clone());
    assert_eq!(send(&get), (413, server::Error::Http(HttpError::TooLarge)));
    // Where the body did not come by HTTP.
    let refusal =
        server().responder.receive_message(&huge, Clock::new().now(), &mut TestRandom::new(1)).expect_err("too large");
    assert_eq!(kind(refusal.cause), DecodeErrorKind::TooLarge);
}

#[test]
fn the_limit_is_the_caller_s() {
    let mut server = server();
    let request = RawMessage::pkcs_req(&server, "device", client_key()).to_request();
    let size = request.body.len();
    for (limit, status) in [(size, 200), (size - 1, 413)] {
        server.responder = server.responder.clone().with_limits(Limits::DEFAULT.with_size(limit));
        assert_eq!(server.answer(&request, &Clock::new(), &mut TestRandom::new(1)).status, status);
    }
    let mut pair = Scenario::new().start();
    let certificates = ClientConfig::new(PROVIDER).with_limits(Limits::DEFAULT.with_size(500));
    let call = client::Call::certificates(&certificates);
    pair.step = pair.try_reply(&HttpResponse::ok(MediaType::TextPlain, "SCEPStandard")).expect("GetCACert");
    let reply = pair.true_reply();
    assert!(matches!(call.finish(&reply), Err(client::Error::Authority(client::AuthorityError::Malformed(_)))));
}

#[test]
fn nesting_10_000_deep_is_refused() {
    let indefinite = [[0x30, 0x80].repeat(10_000), vec![0; 20_000]].concat();
    let definite = (0..10_000).fold(Vec::new(), |inner: Vec<u8>, _| match inner.len() {
        // Quadratic otherwise.
        0..200 => Writer::encode(|w| w.sequence(|w| w.raw(&inner))),
        _ => inner,
    });
    let octets = [[0x24, 0x80].repeat(10_000), vec![0; 20_000]].concat();
    for nested in [&indefinite, &definite, &octets] {
        let as_content = forge::content_info(oid::SIGNED_DATA, |w| w.raw(nested));
        let as_econtent = forge::content_info(oid::SIGNED_DATA, |w| {
            w.small_integer(1);
            w.constructed(Tag::SET, |_| {});
            w.sequence(|w| {
                w.oid(oid::DATA);
                w.constructed(Tag::context_constructed(0), |w| w.raw(nested));
            });
        });
        for message in [nested.clone(), as_content, as_econtent] {
            let error = Received::decode(&message, Limits::DEFAULT).expect_err("too deep");
            assert!(matches!(error, MessageError::Malformed(_)), "{error:?}");
            let (status, cause) = send(&post(message));
            assert_eq!((status, cause), (400, server::Error::Message(error)));
        }
    }
    let (_, cause) = send(&post(indefinite));
    assert_eq!(kind(cause), DecodeErrorKind::TooDeep);
    // The envelope of a message that is signed rightly.
    let envelope = RawMessage::pkcs_req(&server(), "device", client_key()).content(octets);
    assert_eq!(send(&envelope.to_request()).0, 200);
}

#[test]
fn nesting_10_000_deep_is_refused_by_the_client() {
    let deep = [[0x30, 0x80].repeat(10_000), vec![0; 20_000]].concat();
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Certificates);
    let result = pair.try_reply(&HttpResponse::ok(MediaType::X509CaRaCert, deep.clone()));
    let expected = |error: &client::Error| match error {
        client::Error::Authority(client::AuthorityError::Malformed(error)) => error.kind() == DecodeErrorKind::TooDeep,
        _ => false,
    };
    assert!(result.as_ref().is_err_and(expected), "{result:?}");
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Request);
    let result = pair.try_reply(&HttpResponse::ok(MediaType::PkiMessage, deep));
    assert!(matches!(result, Err(client::Error::Message(MessageError::Malformed(_)))), "{result:?}");
}

#[test]
fn a_thousand_recipients_certificates_attributes_and_signers_are_refused() {
    let server = server();
    let csr = fixtures::csr("device", client_key());
    let mut envelope = RawEnvelope::new(csr.as_der(), &forge::recipient(&server));
    let others = (fixtures::self_signed("other", client_key()), vec![0x42; 32]);
    envelope.recipients.splice(0..0, vec![others; 1000]);
    let good = RawMessage::pkcs_req(&server, "device", client_key());
    let recipients = good.clone().content(envelope.encode());
    let (status, cause) = send(&recipients.to_request());
    assert_eq!((status, kind(cause)), (200, DecodeErrorKind::TooMany));

    let certificates = good.clone().with(|message| {
        let small = Writer::encode(|w| w.sequence(|w| w.null()));
        message.certificates.extend(vec![small; 1000]);
    });
    let attributes = good.clone().with(|message| {
        let attribute = RawAttribute::octets(oid::DATA, &[1]);
        message.signer().attributes.extend(vec![attribute; 1000]);
    });
    let signers = good.with(|message| message.signers = vec![message.signers[0].clone(); 40]);
    for message in [certificates, attributes, signers] {
        let (status, cause) = send(&message.to_request());
        assert_eq!((status, kind(cause)), (400, DecodeErrorKind::TooMany));
    }
}

#[test]
fn more_elements_than_the_limit_are_refused() {
    // Of indefinite length, so that the end has to be looked for.
    let many = [&[0x31, 0x80][..], &[0x05, 0x00].repeat(100_000), &[0, 0]].concat();
    let message = forge::content_info(oid::SIGNED_DATA, |w| {
        w.small_integer(1);
        w.raw(&many);
    });
    assert!(message.len() < Limits::DEFAULT.size);
    let (status, cause) = send(&post(message));
    assert_eq!((status, kind(cause)), (400, DecodeErrorKind::TooMany));
}

#[test]
fn an_announced_length_is_not_believed() {
    for length in [&[0x84, 0xff, 0xff, 0xff, 0xff][..], &[0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]] {
        let message = [&[0x30], length, &[0x06, 0x09]].concat();
        let (status, cause) = send(&post(message));
        assert_eq!(status, 400);
        assert!(matches!(kind(cause), DecodeErrorKind::Truncated | DecodeErrorKind::InvalidLength));
    }
}

#[test]
fn a_transaction_id_of_256_octets_is_refused() {
    let message = RawMessage::pkcs_req(&server(), "device", client_key());
    let (status, cause) = send(&message.set_text(oid::SCEP_TRANSACTION_ID, &"x".repeat(256)).to_request());
    assert_eq!(status, 400);
    assert!(matches!(cause, server::Error::Message(MessageError::Attribute { .. })), "{cause:?}");
}

/// An RSA key by its numbers.
fn rsa(modulus: &[u8], exponent: &[u8]) -> PublicKey {
    let numbers = Writer::encode(|w| {
        w.sequence(|w| {
            w.unsigned(Tag::INTEGER, modulus);
            w.unsigned(Tag::INTEGER, exponent);
        });
    });
    let der = Writer::encode(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.oid(oid::RSA_ENCRYPTION);
                w.null();
            });
            w.bit_string(&numbers);
        });
    });
    PublicKey::from_der(&der).expect("a key by its form")
}

/// EMSA-PKCS1-v1_5 (RFC 8017 section 9.2): with the exponent 1 it is its own signature.
fn padded_digest(message: &[u8], octets: usize) -> Vec<u8> {
    let info = forge::digest_info(DigestAlgorithm::SHA256, message);
    [&[0, 1][..], &vec![0xff; octets - info.len() - 3], &[0], &info].concat()
}

/// Keys that nobody should compute with, and the signatures that they would take.
fn bad_keys() -> Vec<(&'static str, PublicKey, usize)> {
    let modulus = |octets: usize| [&[0xc5][..], &vec![0x5a; octets - 2], &[0x01]].concat();
    vec![
        ("exponent 1", rsa(&modulus(256), &[1]), 256),
        ("exponent 0", rsa(&modulus(256), &[0]), 256),
        ("even exponent", rsa(&modulus(256), &[2]), 256),
        ("16,384 bits, exponent 65,537", rsa(&modulus(2048), &[1, 0, 1]), 2048),
        ("16,384 bits, exponent 1", rsa(&modulus(2048), &[1]), 2048),
        ("exponent as long as the modulus", rsa(&modulus(256), &[0x7f; 256]), 256),
        ("512 bits", rsa(&modulus(64), &[1, 0, 1]), 64),
        ("modulus 0", rsa(&[0], &[1, 0, 1]), 256),
        ("even modulus", rsa(&[0xc6; 256], &[1, 0, 1]), 256),
    ]
}

#[test]
fn a_signer_whose_key_is_hostile_is_refused() {
    for (what, key, octets) in bad_keys() {
        let name = fixtures::name("device");
        let serial = fixtures::serial(&name, &key);
        let builder = CertificateBuilder::new(serial, name.clone(), name.clone(), fixtures::validity(), key);
        let certificate = fixtures::certify_with((&name, client_key()), builder.with_profile(&Profile::SCEP_TRANSPORT));
        // Signed by some key: what counts is that nothing of it is believed, whatever the signature.
        let message = RawMessage::pkcs_req(&server(), "device", client_key()).signed_by(&certificate, client_key());
        let (status, cause) = send(&message.to_request());
        let bad = |cause: &server::Error| {
            matches!(
                cause,
                server::Error::Message(MessageError::Signature(
                    SignatureError::BadSignature | SignatureError::UnsupportedAlgorithm { .. }
                ))
            )
        };
        assert!(status == 200 && bad(&cause), "{what}: {cause:?}");
        // A self-signed certificate that verifies by such a key is none.
        let tbs = certificate.tbs();
        let forged = assemble(tbs, &padded_digest(tbs, octets.max(64)));
        let forged = Certificate::from_der(&forged).expect("a certificate by its form");
        assert!(forged.verify_signature(forged.public_key(), &PROVIDER).is_err(), "{what}");
    }
}

#[test]
fn a_csr_whose_key_is_hostile_is_refused() {
    for (what, key, octets) in bad_keys() {
        let builder = pki_core::CsrBuilder::new(fixtures::name("device"), key)
            .with_challenge_password(&pki_core::Secret::from(fixtures::CHALLENGE));
        let info = builder.build(SignatureAlgorithm::RSA_PKCS1_SHA256).expect("a CSR").message().to_vec();
        let csr = assemble(&info, &padded_digest(&info, octets.max(64)));
        let server = server();
        let envelope = forge::envelope(&csr, &forge::recipient(&server));
        let message = RawMessage::pkcs_req(&server, "device", client_key()).content(envelope);
        let unopenable = server::Error::Message(MessageError::Unopenable);
        assert_eq!(send(&message.to_request()), (200, unopenable), "{what}");
    }
}

/// Signed contents, the algorithm, and a signature.
fn assemble(contents: &[u8], signature: &[u8]) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.raw(contents);
            SignatureAlgorithm::RSA_PKCS1_SHA256.identifier().encode(w);
            w.bit_string(signature);
        });
    })
}

#[test]
fn rfc8017_s9_2_the_padding_of_the_attack_is_right() {
    // The forged signatures above fail because of the key, not because of themselves. The prefix is that of note 1.
    let padded = padded_digest(b"abc", 256);
    let digest = hex!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let info = [&hex!("3031300d060960864801650304020105000420")[..], &digest].concat();
    assert_eq!(padded, [&[0, 1][..], &[0xff; 256 - 3 - 51], &[0], &info].concat());
}

#[test]
fn transactions_are_bounded_and_expire() {
    let mut server = server();
    server.policy = conformance::Policy::Pend(1);
    let lifetime = std::time::Duration::from_secs(3600);
    server.transactions = Transactions::new(TransactionLimits { capacity: 3, lifetime, ..TransactionLimits::DEFAULT });
    let (mut clock, mut rng) = (Clock::new(), TestRandom::new(1));
    let good = RawMessage::pkcs_req(&server, "device", client_key());
    let mut status = |server: &mut TestServer, clock: &Clock, id: &str| {
        let request = good.clone().set_text(oid::SCEP_TRANSACTION_ID, id).to_request();
        let reply = server.answer(&request, clock, &mut rng);
        let received = Received::decode(&reply.body, Limits::DEFAULT).expect("a pkiMessage");
        let verified = received.verify(&PROVIDER).expect("a signature");
        verified.attributes().pki_status.expect("pkiStatus").number()
    };
    for id in ["1", "2", "3"] {
        assert_eq!(status(&mut server, &clock, id), 3);
    }
    assert_eq!(status(&mut server, &clock, "4"), 2);
    // Those that are there are still served.
    assert_eq!(status(&mut server, &clock, "2"), 3);
    clock.advance(lifetime + std::time::Duration::from_secs(1));
    assert_eq!(status(&mut server, &clock, "4"), 3);
    assert_eq!(server.transactions.records().count(), 1);
}
