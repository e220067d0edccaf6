//! A reply is protected as its request was (RFC 8894 section 2.9, and what Windows wants back).

use conformance::{
    fixtures::{self, client_key},
    forge::{self, RawMessage},
};
use pki_core::{
    Limits,
    algorithm::{AlgorithmIdentifier, CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    cms::{EnvelopeError, EnvelopedData, SignedData},
    crypto::{Signer, rustcrypto::PROVIDER},
    der::{Tag, Writer},
    oid,
};
use scep::{
    FailInfo, MessageType, Nonce, TransactionId,
    http::{HttpRequest, Method},
    message::{Attributes, EnvelopeAlgorithms, MessageError, PkiMessageBuilder, Verified, seal},
    server::Error,
};

use super::{Bench, content};

/// What the envelope of a reply is encrypted with.
fn algorithms(reply: &Verified) -> (EnvelopeAlgorithms, bool) {
    let signer = fixtures::self_signed("device", client_key());
    let algorithms = reply.envelope_algorithms(&signer, &PROVIDER).expect("an envelope");
    let envelope = content(reply).expect("an envelope");
    let envelope = EnvelopedData::from_ber(&envelope, Limits::DEFAULT).expect("EnvelopedData");
    (algorithms, envelope.is_authenticated())
}

#[test]
fn scep_2_9_05_the_reply_has_cipher_and_key_transport_of_the_request() {
    let ciphers = [
        (CipherAlgorithm::AES128_CBC, false),
        (CipherAlgorithm::AES192_CBC, false),
        (CipherAlgorithm::AES256_CBC, false),
        (CipherAlgorithm::DES_EDE3_CBC, false),
        (CipherAlgorithm::AES128_GCM, true),
        (CipherAlgorithm::AES192_GCM, true),
        (CipherAlgorithm::AES256_GCM, true),
    ];
    let transports = [
        KeyTransportAlgorithm::RsaPkcs1,
        KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA1),
        KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA256),
    ];
    for (cipher, is_authenticated) in ciphers {
        for key_transport in transports {
            let mut bench = Bench::new();
            let wanted = EnvelopeAlgorithms { cipher, key_transport };
            let csr = fixtures::csr("device", client_key());
            let to = forge::recipient(&bench.server);
            let envelope = seal(csr.as_der(), &to, wanted, &PROVIDER, &mut bench.rng).expect("an envelope");
            let message = RawMessage::pkcs_req(&bench.server, "device", client_key()).content(envelope);
            let reply = bench.granted(&message);
            assert_eq!(algorithms(&reply), (wanted, is_authenticated));
            let bundle = bench.open(&reply, &fixtures::self_signed("device", client_key()), client_key());
            assert_eq!(bundle.certificates[0].public_key(), Signer::public_key(client_key()).as_ref());
        }
    }
}

#[test]
fn peers_6_2_3_gcm_in_an_enveloped_data_is_refused() {
    let mut bench = Bench::new();
    let mut raw = forge::RawEnvelope::new(b"anything", &forge::recipient(&bench.server));
    raw.cipher = CipherAlgorithm::AES128_GCM;
    let message = RawMessage::pkcs_req(&bench.server, "device", client_key()).content(raw.encode());
    let cause = bench.refused(&message, FailInfo::BAD_ALG);
    assert_eq!(cause, Error::Message(MessageError::Envelope(EnvelopeError::AuthenticatedCipher)));
}

#[test]
fn cbc_in_an_auth_enveloped_data_is_refused() {
    let mut bench = Bench::new();
    let to = forge::recipient(&bench.server);
    let iv = Writer::encode(|w| w.octet_string(&[0; 16]));
    let raw = forge::RawEnvelope::new(b"anything", &to);
    let envelope = forge::content_info(oid::AUTH_ENVELOPED_DATA, |w| {
        w.small_integer(0);
        w.constructed(Tag::SET, |w| {
            w.sequence(|w| {
                w.small_integer(0);
                w.sequence(|w| {
                    w.raw(to.issuer().as_der());
                    w.primitive(Tag::INTEGER, to.serial_number());
                });
                KeyTransportAlgorithm::RsaPkcs1.encode(w);
                w.octet_string(&raw.recipients[0].1);
            });
        });
        w.sequence(|w| {
            w.oid(oid::DATA);
            AlgorithmIdentifier::new(oid::AES128_CBC, Some(&iv)).encode(w);
            w.primitive(Tag::context(0), &raw.ciphertext);
        });
        w.octet_string(&[0; 16]);
    });
    let message = RawMessage::pkcs_req(&bench.server, "device", client_key()).content(envelope);
    let cause = bench.refused(&message, FailInfo::BAD_ALG);
    assert_eq!(cause, Error::Message(MessageError::Envelope(EnvelopeError::UnauthenticatedCipher)));
}

/// A request that is signed with this.
fn signed_with(bench: &mut Bench, algorithm: SignatureAlgorithm, message_type: MessageType) -> HttpRequest {
    let signer = fixtures::self_signed("device", client_key());
    let id = TransactionId::from_text("1").expect("an identifier");
    let nonce = Nonce::generate(&mut bench.rng).expect("a nonce");
    let csr = fixtures::csr("device", client_key());
    let message = PkiMessageBuilder::new(Attributes::request(message_type, id, nonce))
        .with_envelope(forge::envelope(csr.as_der(), &forge::recipient(&bench.server)))
        .add_certificate(&signer)
        .build(&signer, algorithm, &PROVIDER)
        .expect("a message")
        .sign_with(client_key(), &mut bench.rng)
        .expect("a signature");
    HttpRequest::pki_operation(Method::Post, message.into_bytes())
}

/// signatureAlgorithm and digestAlgorithm of a reply whose signature holds.
fn signed_by(reply: &Verified) -> (Vec<u8>, Vec<u8>) {
    let message = reply.received().as_bytes();
    let signed_data = SignedData::from_ber(message, Limits::DEFAULT).expect("SignedData");
    let signer = &signed_data.signers()[0];
    let encode = |algorithm: AlgorithmIdentifier<'_>| Writer::encode(|w| algorithm.encode(w));
    (encode(signer.signature_algorithm()), encode(signer.digest_algorithm()))
}

fn named(algorithm: SignatureAlgorithm) -> (Vec<u8>, Vec<u8>) {
    let encode = |algorithm: AlgorithmIdentifier<'_>| Writer::encode(|w| algorithm.encode(w));
    (encode(algorithm.cms_identifier()), encode(algorithm.cms_digest().identifier()))
}

/// strongSwan 5.9.8 sends RSASSA-PSS, and can't read it.
#[test]
fn a_request_signed_with_rsa_pss_is_answered_with_the_same_digest_and_pkcs1() {
    let (sha256, sha512) = (SignatureAlgorithm::RSA_PKCS1_SHA256, SignatureAlgorithm::RSA_PKCS1_SHA512);
    for (algorithm, expected) in [
        (SignatureAlgorithm::RSA_PSS_SHA256, sha256),
        (SignatureAlgorithm::RSA_PSS_SHA384, SignatureAlgorithm::RSA_PKCS1_SHA384),
        (SignatureAlgorithm::RSA_PSS_SHA512, sha512),
        (sha256, sha256),
        (sha512, sha512),
    ] {
        let mut bench = Bench::new();
        let request = signed_with(&mut bench, algorithm, MessageType::PKCS_REQ);
        assert_eq!(signed_by(&bench.send_bytes(&request)), named(expected));
        // A refusal, too.
        let request = signed_with(&mut bench, algorithm, MessageType::new(18));
        let refusal = bench.send_bytes(&request);
        assert_eq!(refusal.attributes().fail_info, Some(FailInfo::BAD_REQUEST));
        assert_eq!(signed_by(&refusal), named(expected));
    }
}

#[test]
fn a_key_signs_with_what_it_has_and_with_rsa_pss_if_that_is_all() {
    let (pss, plain) = (SignatureAlgorithm::RSA_PSS_SHA256, SignatureAlgorithm::RSA_PKCS1_SHA256);
    let sha512 = SignatureAlgorithm::RSA_PKCS1_SHA512;
    let cases: [(&[_], _); 5] = [
        (&[sha512, plain], plain),
        (&[pss, plain], plain),
        (&[sha512], sha512),
        (&[sha512, pss], sha512),
        (&[pss], pss),
    ];
    for (known, expected) in cases {
        let mut bench = Bench::new();
        bench.server.responder = bench.server.responder.clone().with_signature_algorithms(known);
        let request = signed_with(&mut bench, pss, MessageType::PKCS_REQ);
        assert_eq!(signed_by(&bench.send_bytes(&request)), named(expected), "{known:?}");
    }
}
