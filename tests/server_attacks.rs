//! What a server does with requests that no client of ours would send.

use conformance::{
    Clock, Policy, TestRandom, TestServer,
    fixtures::{self, client_key, other_key},
    forge::{self, Asked, Flaw, KEY, RawAttribute, RawEnvelope, RawMessage, RawSigner},
};
use pki_core::{
    Certificate, CsrBuilder, Limits, Secret,
    algorithm::{CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    cms::{CertificateIdentifier, EnvelopeError, EnvelopedData, EnvelopedDataBuilder, SignatureError, SignedData},
    crypto::{
        CryptoProvider, Decrypter, Signer,
        rustcrypto::{LEGACY_PROVIDER, PROVIDER},
    },
    der::{Tag, Writer},
    oid,
};
use scep::{
    FailInfo, MessageType, PkiStatus, TransactionId,
    http::{HttpRequest, HttpResponse, Method},
    message::{Attributes, BuildError, EnvelopeAlgorithms, IssuerAndSubject, MessageError, Received, Verified},
    server::{Error, TransactionState},
};

const ISSUED: Attack = Attack { status: "0", info: None };
const PENDING: Attack = Attack { status: "3", info: None };
const BAD_ALG: Attack = Attack { status: "2", info: Some(FailInfo::BAD_ALG) };
const BAD_CHECK: Attack = Attack { status: "2", info: Some(FailInfo::BAD_MESSAGE_CHECK) };
const BAD_REQUEST: Attack = Attack { status: "2", info: Some(FailInfo::BAD_REQUEST) };

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Attack {
    status: &'static str,
    info: Option<FailInfo>,
}

/// A server that has seen nothing yet, with the means to look at its replies.
struct Bench {
    server: TestServer,
    clock: Clock,
    rng: TestRandom,
}

impl Bench {
    fn new() -> Self {
        Self::with_provider(PROVIDER)
    }

    fn with_provider(crypto: CryptoProvider) -> Self {
        let server = TestServer::with_ra(fixtures::ca_key(), fixtures::ra_key(), crypto);
        Self { server, clock: Clock::new(), rng: TestRandom::new(7) }
    }

    fn pending() -> Self {
        let mut bench = Self::new();
        bench.server.policy = Policy::Pend(1);
        bench
    }

    /// A good PKCSReq.
    fn good(&self) -> RawMessage {
        RawMessage::pkcs_req(&self.server, "device", client_key())
    }

    /// A good PKCSReq with other messageData, or the same in another envelope.
    fn enveloped(&self, content: Vec<u8>) -> RawMessage {
        self.good().content(content)
    }

    fn recipient(&self) -> Certificate {
        forge::recipient(&self.server)
    }

    fn send(&mut self, message: &RawMessage) -> HttpResponse {
        self.send_raw(&message.to_request())
    }

    fn send_raw(&mut self, request: &HttpRequest) -> HttpResponse {
        self.server.answer(request, &self.clock, &mut self.rng)
    }

    fn read(&self, reply: &HttpResponse) -> Verified {
        assert_eq!((reply.status, reply.content_type.as_str()), (200, "application/x-pki-message"));
        let received = Received::decode(&reply.body, Limits::DEFAULT).expect("a pkiMessage");
        received.verify_by(&[self.server.signing()], &LEGACY_PROVIDER).expect("a signature")
    }

    /// Sends, and checks all that a CertRep has to have whatever it says.
    #[track_caller]
    fn expect(&mut self, message: &RawMessage, expected: Attack) -> Verified {
        let issued_before = self.issued();
        let reply = self.send(message);
        let verified = self.read(&reply);
        let attributes = verified.attributes();
        let status = attributes.pki_status.expect("pkiStatus").number().to_string();
        assert_eq!(
            (status.as_str(), attributes.fail_info),
            (expected.status, expected.info),
            "{:?}",
            self.server.refusals
        );
        assert_eq!(attributes.message_type, MessageType::CERT_REP);
        let content = signed_content(&reply);
        assert_eq!(content.is_some(), expected == ISSUED, "only SUCCESS has an envelope");
        if expected != ISSUED {
            assert_eq!(self.issued(), issued_before, "refused, and yet issued");
        }
        let asked = |oid| message.signers[0].attributes.iter().find(|attribute| attribute.oid == oid);
        if let Some(nonce) = asked(oid::SCEP_SENDER_NONCE).filter(|nonce| nonce.values.len() == 1) {
            let echoed = attributes.recipient_nonce.as_ref().map(scep::Nonce::to_der);
            assert_eq!(echoed.as_ref(), Some(&nonce.values[0]));
            assert_ne!(attributes.sender_nonce, attributes.recipient_nonce);
        }
        verified
    }

    #[track_caller]
    fn refused(&mut self, message: &RawMessage, expected: Attack, cause: &Error) {
        let before = self.server.refusals.len();
        self.expect(message, expected);
        assert_eq!(self.server.refusals.get(before), Some(cause));
    }

    /// Refused without a CertRep, since no transaction could be read.
    #[track_caller]
    fn http_error(&mut self, message: &RawMessage, status: u16, cause: &Error) {
        let reply = self.send(message);
        assert_eq!(reply.status, status, "{:?}", self.server.refusals);
        assert!(reply.body.is_empty());
        assert_eq!(self.server.refusals.last(), Some(cause));
        assert_eq!(self.issued(), 0);
    }

    fn issued(&self) -> usize {
        let issued = |state: &TransactionState| matches!(state, TransactionState::Issued(_));
        self.server.transactions.records().filter(|record| issued(record.state())).count()
    }

    /// The certificates in a SUCCESS.
    fn certificates(&mut self, verified: &Verified, key: &dyn Decrypter) -> Vec<Certificate> {
        let signer = fixtures::self_signed("device", client_key());
        let wrapped = verified.wrapped_key(&signer, &LEGACY_PROVIDER).expect("a wrapped key");
        let key = key.unwrap_key(&wrapped, &mut self.rng).expect("a content key");
        let opened = verified.open(&key, &LEGACY_PROVIDER).expect("an open envelope");
        match opened.data() {
            scep::message::MessageData::Bundle(bundle) => bundle.certificates.clone(),
            other => panic!("{other:?}"),
        }
    }
}

fn signed_content(reply: &HttpResponse) -> Option<Vec<u8>> {
    SignedData::from_ber(&reply.body, Limits::DEFAULT).expect("SignedData").content().map(<[u8]>::to_vec)
}

fn poll(server: &TestServer, key: &'static pki_core::crypto::rustcrypto::PrivateKey) -> RawMessage {
    let names = IssuerAndSubject::new(fixtures::name("Root"), fixtures::name("device"));
    RawMessage::request(server, "20", &names.to_der(), fixtures::self_signed("device", key), key)
}

fn message_error(error: MessageError) -> Error {
    Error::Message(error)
}

// The good request, so that each attack is one step from it.

#[test]
fn a_good_request_is_issued_to_its_signer_and_nobody_else() {
    let mut bench = Bench::new();
    let good = bench.good();
    let verified = bench.expect(&good, ISSUED);
    let certificates = bench.certificates(&verified, client_key());
    assert_eq!(certificates.len(), 1);
    assert_eq!(certificates[0].public_key(), Signer::public_key(client_key()).as_ref());
}

// messageType.

#[test]
fn cve_2026_30836_scep_3_2_1_2_03_only_what_rfc_8894_defines_is_served() {
    let csr = fixtures::csr("device", client_key());
    let names = IssuerAndSubject::new(fixtures::name("Root"), fixtures::name("device"));
    let undefined = |number: &u32| !matches!(number, 17 | 19..=22);
    for number in (0..=99).chain([117, 255, 273, u32::MAX]).filter(undefined) {
        for data in [csr.as_der(), &names.to_der()] {
            let mut bench = Bench::new();
            let signer = fixtures::self_signed("device", client_key());
            let message = RawMessage::request(&bench.server, &number.to_string(), data, signer, client_key());
            let cause = message_error(MessageError::UnexpectedType(MessageType::new(number)));
            bench.refused(&message, BAD_REQUEST, &cause);
        }
    }
}

#[test]
fn cve_2026_30836_a_message_type_that_is_no_number_is_refused() {
    for text in
        ["019", "4294967296", "4294967315", "99999999999", "", " 19", "19 ", "19\0", "+19", "-1", "0x13", "x", "1９"]
    {
        let mut bench = Bench::new();
        let message = bench.good().set_text(oid::SCEP_MESSAGE_TYPE, text);
        bench.expect(&message, BAD_REQUEST);
        let cause = bench.server.refusals.pop();
        let ours = |cause: &Error| matches!(cause, Error::Message(MessageError::Attribute { oid, .. }) if *oid == oid::SCEP_MESSAGE_TYPE);
        assert!(cause.as_ref().is_some_and(ours), "{text:?}: {cause:?}");
    }
    let mut bench = Bench::new();
    let integer = bench.good().set(oid::SCEP_MESSAGE_TYPE, Writer::encode(|w| w.small_integer(19)));
    bench.expect(&integer, BAD_REQUEST);
    let missing = bench.good().without(oid::SCEP_MESSAGE_TYPE);
    let cause = message_error(MessageError::AttributeMissing { oid: oid::SCEP_MESSAGE_TYPE });
    bench.refused(&missing, BAD_REQUEST, &cause);
}

#[test]
fn scep_3_2_03_content_of_another_message_type_is_refused() {
    let csr = fixtures::csr("device", client_key());
    let names = IssuerAndSubject::new(fixtures::name("Root"), fixtures::name("device")).to_der();
    for (message_type, data) in [("20", csr.as_der()), ("19", names.as_slice()), ("19", b""), ("20", b"\x30\x00")] {
        let mut bench = Bench::new();
        let signer = fixtures::self_signed("device", client_key());
        let message = RawMessage::request(&bench.server, message_type, data, signer, client_key());
        bench.refused(&message, BAD_REQUEST, &message_error(MessageError::Unopenable));
    }
}

// The outer SignedData.

#[test]
fn scep_3_2_05_another_number_of_signers_than_one_is_refused() {
    let mut bench = Bench::new();
    let none = bench.good().with(|message| message.signers.clear());
    bench.http_error(&none, 400, &message_error(MessageError::SignerCount { found: 0 }));
    let second = RawMessage::pkcs_req(&bench.server, "other", other_key()).signers.remove(0);
    for bad_one in [None, Some(0), Some(1)] {
        let two = bench.good().with(|message| {
            message.signers.push(second.clone());
            message.certificates.push(second.certificate.as_der().to_vec());
            if let Some(index) = bad_one {
                message.signers[index].flaw = Flaw::Bit;
            }
        });
        bench.http_error(&two, 400, &message_error(MessageError::SignerCount { found: 2 }));
    }
}

#[test]
fn scep_3_2_04_a_signature_without_attributes_is_refused() {
    let mut bench = Bench::new();
    let attributes = bench.good().signers[0].attributes.clone();
    for unsigned in [vec![], attributes] {
        let plain = bench.good().with(|message| {
            message.signer().flaw = Flaw::OverContent;
            message.signer().unsigned = unsigned;
        });
        bench.http_error(&plain, 400, &message_error(MessageError::SignedAttributesMissing));
    }
}

#[test]
fn scep_3_2_1_17_repeated_attributes_are_refused() {
    let repeated = [
        RawAttribute::printable(oid::SCEP_MESSAGE_TYPE, "19"),
        RawAttribute::octets(oid::SCEP_SENDER_NONCE, &[0xa5; 16]),
        RawAttribute::printable(oid::SCEP_PKI_STATUS, "0"),
    ];
    for attribute in repeated {
        let mut bench = Bench::new();
        let twice = bench.good().with(|message| {
            message.signer().attributes.retain(|there| there.oid != attribute.oid);
            message.signer().attributes.extend([attribute.clone(), attribute.clone()]);
        });
        let reply = bench.send(&twice);
        let verified = bench.read(&reply);
        assert_eq!(verified.attributes().fail_info, Some(FailInfo::BAD_REQUEST), "{attribute:?}");
        let cause = bench.server.refusals.pop();
        assert!(matches!(cause, Some(Error::Message(MessageError::Attribute { .. }))), "{cause:?}");
        assert_eq!(bench.issued(), 0);
    }
    // Which of the two transactions to answer can't be told.
    let mut bench = Bench::new();
    let twice = bench.good().with(|message| {
        let second = RawAttribute::printable(oid::SCEP_TRANSACTION_ID, "transaction 2");
        message.signer().attributes.push(second);
    });
    assert_eq!(bench.send(&twice).status, 400);
    assert_eq!(bench.issued(), 0);
}

#[test]
fn scep_3_2_1_17_an_attribute_with_no_or_two_values_is_refused() {
    for index in 0..3 {
        for values in [0, 2] {
            let mut bench = Bench::new();
            let message = bench.good().with(|message| {
                let attribute = &mut message.signer().attributes[index];
                attribute.values = vec![attribute.values[0].clone(); values];
            });
            let reply = bench.send(&message);
            let cause = bench.server.refusals.pop();
            assert!(matches!(cause, Some(Error::Message(MessageError::Attribute { .. }))), "{cause:?}");
            // Without a transactionID there is nothing to answer with.
            assert_eq!(reply.status, if index == 1 { 400 } else { 200 });
            assert_eq!(bench.issued(), 0);
        }
    }
}

#[test]
fn scep_3_2_1_01_no_transaction_id() {
    let mut bench = Bench::new();
    let message = bench.good().without(oid::SCEP_TRANSACTION_ID);
    let cause = message_error(MessageError::AttributeMissing { oid: oid::SCEP_TRANSACTION_ID });
    bench.http_error(&message, 400, &cause);
}

#[test]
fn scep_3_2_1_1_04_any_transaction_id_is_echoed_exactly() {
    let ids = ["1", "seventeen octets.", "it's (a) +long, -odd. /id: with=all? 9", &"x".repeat(64), &"y".repeat(255)];
    for id in ids {
        let mut bench = Bench::new();
        let message = bench.good().set_text(oid::SCEP_TRANSACTION_ID, id);
        let verified = bench.expect(&message, ISSUED);
        assert_eq!(verified.attributes().transaction_id.as_bytes(), id.as_bytes());
    }
    for odd in [&b"base64url_-"[..], b"a\0b", b"\xff\xfe"] {
        let mut bench = Bench::new();
        let value = Writer::encode(|w| w.primitive(Tag::PRINTABLE_STRING, odd));
        let verified = bench.expect(&bench.good().set(oid::SCEP_TRANSACTION_ID, value), ISSUED);
        assert_eq!(verified.attributes().transaction_id.as_bytes(), odd);
    }
}

#[test]
fn unsigned_attributes_are_not_looked_at() {
    let mut bench = Bench::new();
    let message = bench.good().with(|message| {
        message.signer().unsigned = vec![
            RawAttribute::printable(oid::SCEP_MESSAGE_TYPE, "20"),
            RawAttribute::printable(oid::SCEP_TRANSACTION_ID, "shadow"),
            RawAttribute::octets(oid::SCEP_SENDER_NONCE, &[0xff; 16]),
        ];
    });
    let verified = bench.expect(&message, ISSUED);
    assert_eq!(verified.attributes().transaction_id.as_bytes(), b"transaction 1");
    let hidden = bench.good().set_text(oid::SCEP_TRANSACTION_ID, "transaction 2").with(|message| {
        let signer = message.signer();
        let nonce = signer.attributes.iter().position(|attribute| attribute.oid == oid::SCEP_SENDER_NONCE);
        let nonce = signer.attributes.remove(nonce.expect("a nonce"));
        signer.unsigned = vec![nonce];
    });
    bench.refused(&hidden, BAD_REQUEST, &Error::SenderNonceMissing);
}

#[test]
fn scep_3_2_1_18_unknown_signed_attributes_are_passed_over() {
    let mut bench = Bench::new();
    let message = bench.good().with(|message| {
        let signing_time = Writer::encode(|w| w.time(Clock::new().now()));
        message
            .signer()
            .attributes
            .extend([RawAttribute::new(oid::SIGNING_TIME, signing_time), RawAttribute::octets(oid::DATA, &[1, 2, 3])]);
    });
    bench.expect(&message, ISSUED);
}

#[test]
fn scep_3_2_1_04_content_type_and_message_digest_must_be_there_once_and_right() {
    let wrong_type = RawAttribute::new(oid::CONTENT_TYPE, Writer::encode(|w| w.oid(oid::SIGNED_DATA)));
    let wrong_digest = RawAttribute::octets(oid::MESSAGE_DIGEST, &[0; 32]);
    type Change<'a> = (&'static str, &'a dyn Fn(&mut RawSigner));
    let changes: [Change<'_>; 6] = [
        ("no contentType", &|signer| signer.omitted = vec![oid::CONTENT_TYPE]),
        ("no messageDigest", &|signer| signer.omitted = vec![oid::MESSAGE_DIGEST]),
        ("wrong contentType", &|signer| signer.attributes.push(wrong_type.clone())),
        ("wrong messageDigest", &|signer| signer.attributes.push(wrong_digest.clone())),
        ("two contentTypes", &|signer| signer.attributes.extend([wrong_type.clone(), wrong_type.clone()])),
        ("two messageDigests", &|signer| signer.attributes.extend([wrong_digest.clone(), wrong_digest.clone()])),
    ];
    for (what, change) in changes {
        let mut bench = Bench::new();
        let message = bench.good().with(|message| change(message.signer()));
        bench.expect(&message, BAD_CHECK);
        let cause = bench.server.refusals.pop();
        assert!(matches!(cause, Some(Error::Message(MessageError::Signature(_)))), "{what}: {cause:?}");
    }
}

#[test]
fn a_digest_of_other_content_is_refused() {
    let mut bench = Bench::new();
    // The attributes of one message with the content of another, both by the same signer.
    let other = bench.enveloped(forge::envelope(fixtures::csr("admin", client_key()).as_der(), &bench.recipient()));
    let good = bench.good();
    let digest = PROVIDER.digest(oid::SHA256).expect("SHA-256").digest(&[good.content.as_deref().expect("content")]);
    let mixed = other.set_octets(oid::MESSAGE_DIGEST, digest.as_bytes());
    bench.refused(&mixed, BAD_CHECK, &message_error(MessageError::Signature(SignatureError::DigestMismatch)));
}

#[test]
fn a_broken_signature_is_refused() {
    let mut bench = Bench::new();
    let broken = bench.good().with(|message| message.signer().flaw = Flaw::Bit);
    bench.refused(&broken, BAD_CHECK, &message_error(MessageError::Signature(SignatureError::BadSignature)));
    // By another key than the certificate's.
    let foreign = bench.good().with(|message| message.signer().key = other_key());
    bench.refused(&foreign, BAD_CHECK, &message_error(MessageError::Signature(SignatureError::BadSignature)));
}

#[test]
fn detached_content_is_refused() {
    let mut bench = Bench::new();
    let empty = bench.good().with(|message| message.content = None);
    bench.refused(&empty, BAD_REQUEST, &message_error(MessageError::EnvelopeMissing));
    let digest = PROVIDER.digest(oid::SHA256).expect("SHA-256").digest(&[&bench.good().content.expect("content")]);
    let detached = empty.set_octets(oid::MESSAGE_DIGEST, digest.as_bytes());
    bench.refused(&detached, BAD_CHECK, &message_error(MessageError::Signature(SignatureError::DigestMismatch)));
    let zero_octets = bench.good().content([]);
    bench.refused(&zero_octets, BAD_REQUEST, &message_error(MessageError::EnvelopeMissing));
}

#[test]
fn scep_2_3_12_the_signer_certificate_has_to_be_there_at_any_place() {
    let unrelated = fixtures::self_signed("unrelated", other_key()).as_der().to_vec();
    let mut bench = Bench::new();
    let none = bench.good().with(|message| message.certificates.clear());
    bench.refused(&none, BAD_CHECK, &message_error(MessageError::SignerUnknown));
    let only_unrelated = bench.good().with(|message| message.certificates = vec![unrelated.clone()]);
    bench.refused(&only_unrelated, BAD_CHECK, &message_error(MessageError::SignerUnknown));
    let second = bench.good().with(|message| message.certificates.insert(0, unrelated.clone()));
    bench.expect(&second, ISSUED);
}

#[test]
fn scep_2_3_14_the_reply_is_for_the_signer_alone() {
    let mut bench = Bench::new();
    let crowd = bench.good().with(|message| {
        for name in ["first", "second"] {
            message.certificates.insert(0, fixtures::self_signed(name, other_key()).as_der().to_vec());
        }
    });
    let reply = bench.send(&crowd);
    let content = signed_content(&reply).expect("an envelope");
    let envelope = EnvelopedData::from_ber(&content, Limits::DEFAULT).expect("EnvelopedData");
    let signer = fixtures::self_signed("device", client_key());
    assert_eq!((envelope.recipients().len(), envelope.other_recipients()), (1, 0));
    assert!(envelope.recipients()[0].rid().names(&signer));
}

#[test]
fn scep_3_2_01_another_content_type_is_consistent_and_served_or_refused_but_never_confused() {
    let mut bench = Bench::new();
    let message = bench.good().with(|message| message.content_type = oid::ENVELOPED_DATA);
    let reply = bench.send(&message);
    assert_eq!(bench.read(&reply).attributes().transaction_id.as_bytes(), b"transaction 1");
}

// Nonces.

#[test]
fn scep_3_2_1_03_a_request_without_sender_nonce_is_refused() {
    let mut bench = Bench::new();
    let message = bench.good().without(oid::SCEP_SENDER_NONCE);
    bench.refused(&message, BAD_REQUEST, &Error::SenderNonceMissing);
}

#[test]
fn scep_3_2_1_14_nonces_of_1_to_64_octets_are_echoed_exactly() {
    for length in [1, 8, 15, 16, 17, 64] {
        let mut bench = Bench::new();
        let octets: Vec<u8> = (1..=length).collect();
        let verified = bench.expect(&bench.good().set_octets(oid::SCEP_SENDER_NONCE, &octets), ISSUED);
        let attributes = verified.attributes();
        assert_eq!(attributes.recipient_nonce.as_ref().map(scep::Nonce::as_bytes), Some(octets.as_slice()));
        assert_eq!(attributes.sender_nonce.as_ref().map(|nonce| nonce.as_bytes().len()), Some(16));
    }
    for length in [0, 65, 1000] {
        let mut bench = Bench::new();
        let message = bench.good().set_octets(oid::SCEP_SENDER_NONCE, &vec![7; length]);
        let reply = bench.send(&message);
        assert_eq!(bench.read(&reply).attributes().fail_info, Some(FailInfo::BAD_REQUEST));
    }
}

#[test]
fn scep_3_2_1_5_01_the_reply_has_a_nonce_of_its_own() {
    let mut bench = Bench::new();
    let good = bench.good();
    let nonces: Vec<_> = (0..3).map(|_| bench.expect(&good, ISSUED).attributes().sender_nonce.clone()).collect();
    assert!(nonces[0] != nonces[1] && nonces[1] != nonces[2] && nonces.iter().all(Option::is_some));
}

// Transactions.

#[test]
fn scep_3_2_1_1_01_another_csr_under_the_same_transaction_id_is_refused_and_the_first_stands() {
    let mut bench = Bench::new();
    let good = bench.good();
    bench.expect(&good, ISSUED);
    let first = bench.server.transactions.records().next().expect("a record").clone();
    let other_csr = bench.enveloped(forge::envelope(fixtures::csr("admin", client_key()).as_der(), &bench.recipient()));
    bench.expect(&other_csr, BAD_REQUEST);
    let other_key = RawMessage::pkcs_req(&bench.server, "device", other_key());
    bench.expect(&other_key, BAD_REQUEST);
    let same_csr_by_another =
        bench.good().signed_by(&fixtures::self_signed("device", fixtures::other_key()), fixtures::other_key());
    bench.expect(&same_csr_by_another, BAD_REQUEST);
    assert_eq!(bench.server.transactions.records().collect::<Vec<_>>(), [&first]);
}

#[test]
fn a_replay_gives_the_same_certificate_and_no_other() {
    let mut bench = Bench::new();
    let good = bench.good();
    let first = bench.expect(&good, ISSUED);
    let second = bench.expect(&good, ISSUED);
    assert_eq!(bench.certificates(&first, client_key()), bench.certificates(&second, client_key()));
    assert_eq!(bench.issued(), 1);
}

#[test]
fn scep_4_4_03_a_poll_for_no_transaction_is_refused() {
    let mut bench = Bench::pending();
    let unknown = poll(&bench.server, client_key());
    bench.expect(&unknown, BAD_REQUEST);
    let good = bench.good();
    bench.expect(&good, PENDING);
    bench.expect(&unknown, ISSUED);
}

#[test]
fn a_poll_by_another_key_is_refused() {
    let mut bench = Bench::pending();
    let good = bench.good();
    bench.expect(&good, PENDING);
    let stranger = poll(&bench.server, other_key());
    bench.expect(&stranger, BAD_REQUEST);
    let rightful = poll(&bench.server, client_key());
    bench.expect(&rightful, ISSUED);
    bench.expect(&stranger, BAD_REQUEST);
}

#[test]
fn the_names_in_a_poll_are_for_information_only() {
    let mut bench = Bench::pending();
    let good = bench.good();
    bench.expect(&good, PENDING);
    let swapped = IssuerAndSubject::new(fixtures::name("device"), fixtures::name("Root"));
    let signer = fixtures::self_signed("device", client_key());
    let message = RawMessage::request(&bench.server, "20", &swapped.to_der(), signer, client_key());
    bench.expect(&message, ISSUED);
}

#[test]
fn a_poll_in_an_early_state_pends_and_in_a_late_state_repeats() {
    let mut bench = Bench::new();
    bench.server.policy = Policy::PendThenReject(2, FailInfo::BAD_CERT_ID);
    let (good, poll) = (bench.good(), poll(&bench.server, client_key()));
    bench.expect(&good, PENDING);
    bench.expect(&good, PENDING);
    bench.expect(&poll, PENDING);
    let rejected = Attack { status: "2", info: Some(FailInfo::BAD_CERT_ID) };
    for _ in 0..2 {
        bench.expect(&poll, rejected);
        bench.expect(&good, rejected);
    }
    assert_eq!(bench.issued(), 0);
}

// The CSR and what entitles to it.

#[test]
fn scep_2_4_02_no_or_a_wrong_challenge_is_refused() {
    let name = || fixtures::name("device");
    let key = || Signer::public_key(client_key()).clone();
    let wrong = CsrBuilder::new(name(), key()).with_challenge_password(&Secret::from("Correct horse"));
    for builder in [CsrBuilder::new(name(), key()), wrong] {
        let mut bench = Bench::new();
        let csr = fixtures::sign_csr(&builder, client_key());
        let message = bench.enveloped(forge::envelope(csr.as_der(), &bench.recipient()));
        bench.expect(&message, BAD_REQUEST);
        assert_eq!(bench.server.transactions.records().count(), 0);
    }
}

/// A CSR with these raw attributes, signed.
fn csr_with_attributes(attributes: &[Vec<u8>]) -> Vec<u8> {
    let info = Writer::encode(|w| {
        w.sequence(|w| {
            w.small_integer(0);
            w.raw(fixtures::name("device").as_der());
            w.raw(Signer::public_key(client_key()).as_der());
            w.constructed(Tag::context_constructed(0), |w| attributes.iter().for_each(|attribute| w.raw(attribute)));
        });
    });
    let algorithm = pki_core::algorithm::SignatureAlgorithm::RSA_PKCS1_SHA256;
    let signature = client_key().sign(algorithm, &info, &mut TestRandom::new(1)).expect("a signature");
    Writer::encode(|w| {
        w.sequence(|w| {
            w.raw(&info);
            algorithm.identifier().encode(w);
            w.bit_string(signature.as_bytes());
        });
    })
}

fn challenge(passwords: &[&str]) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.oid(oid::CHALLENGE_PASSWORD);
            w.constructed(Tag::SET, |w| {
                passwords.iter().for_each(|text| w.primitive(Tag::PRINTABLE_STRING, text.as_bytes()));
            });
        });
    })
}

#[test]
fn two_challenge_passwords_are_refused_whichever_is_right() {
    let right = fixtures::CHALLENGE;
    let good = csr_with_attributes(&[challenge(&[right])]);
    let mut bench = Bench::new();
    let message = bench.enveloped(forge::envelope(&good, &bench.recipient()));
    bench.expect(&message, ISSUED);
    for attributes in [
        vec![challenge(&[right]), challenge(&["guess"])],
        vec![challenge(&["guess"]), challenge(&[right])],
        vec![challenge(&[right]), challenge(&[right])],
        vec![challenge(&[right, "guess"])],
        vec![challenge(&["guess", right])],
        vec![challenge(&[])],
    ] {
        let mut bench = Bench::new();
        let csr = csr_with_attributes(&attributes);
        let message = bench.enveloped(forge::envelope(&csr, &bench.recipient()));
        bench.expect(&message, BAD_REQUEST);
    }
}

#[test]
fn a_csr_without_proof_of_possession_is_refused_as_a_damaged_envelope_is() {
    let builder = fixtures::request("device", client_key());
    let by_another_key = fixtures::sign_csr(&builder, other_key());
    let mut bit = fixtures::csr("device", client_key()).as_der().to_vec();
    *bit.last_mut().expect("octets") ^= 1;
    for csr in [by_another_key.as_der(), &bit] {
        let mut bench = Bench::new();
        let message = bench.enveloped(forge::envelope(csr, &bench.recipient()));
        bench.refused(&message, BAD_REQUEST, &message_error(MessageError::Unopenable));
    }
}

#[test]
fn the_key_in_the_csr_may_be_another_than_the_signer_s() {
    let mut bench = Bench::new();
    let csr = fixtures::csr("device", fixtures::ec_key());
    let message = bench.enveloped(forge::envelope(csr.as_der(), &bench.recipient()));
    let verified = bench.expect(&message, ISSUED);
    let certificates = bench.certificates(&verified, client_key());
    assert_eq!(certificates[0].public_key(), Signer::public_key(fixtures::ec_key()).as_ref());
}

#[test]
fn scep_3_1_03_an_ec_signer_without_a_challenge_is_refused_before_anything_is_issued() {
    let mut bench = Bench::new();
    let key = fixtures::ec_key();
    let csr = CsrBuilder::new(fixtures::name("device"), Signer::public_key(key).clone());
    let (csr, signer) = (fixtures::sign_csr(&csr, key), fixtures::self_signed("device", key));
    let message = RawMessage::request(&bench.server, "19", csr.as_der(), signer, key);
    bench.refused(&message, BAD_ALG, &Error::ReplyUndeliverable);
    assert_eq!(bench.server.transactions.records().count(), 0);
}

// The envelope.

#[test]
fn an_envelope_for_somebody_else_is_refused() {
    let mut bench = Bench::new();
    let csr = fixtures::csr("device", client_key());
    let ca = bench.server.ca().clone();
    let for_the_ca = bench.enveloped(forge::envelope(csr.as_der(), &ca));
    bench.refused(&for_the_ca, BAD_REQUEST, &message_error(MessageError::UnknownRecipient));
}

#[test]
fn the_recipient_is_found_among_others() {
    let mut bench = Bench::new();
    let csr = fixtures::csr("device", client_key());
    let (ours, theirs) = (bench.recipient(), fixtures::self_signed("other", other_key()));
    for order in [[&ours, &theirs], [&theirs, &ours]] {
        let mut builder = EnvelopedDataBuilder::new(csr.as_der(), CipherAlgorithm::AES128_CBC);
        for certificate in order {
            let identifier = CertificateIdentifier::of(certificate);
            builder = builder.add_recipient(identifier, certificate.public_key(), KeyTransportAlgorithm::RsaPkcs1);
        }
        let envelope = builder.build(&mut bench.rng, &PROVIDER).expect("an envelope");
        let message = bench.enveloped(envelope);
        bench.expect(&message, ISSUED);
    }
}

#[test]
fn scep_3_2_02_content_that_is_no_envelope_is_refused() {
    let mut bench = Bench::new();
    let csr = fixtures::csr("device", client_key());
    let wrapped = forge::envelope(csr.as_der(), &bench.recipient());
    let info = without_content_info(&wrapped);
    for content in [csr.as_der().to_vec(), TestRandom::new(1).bytes(500), bench.good().encode(), info, vec![0]] {
        let message = bench.enveloped(content);
        bench.expect(&message, BAD_REQUEST);
        let cause = bench.server.refusals.pop();
        assert!(matches!(cause, Some(Error::Message(MessageError::EnvelopeMalformed(_)))), "{cause:?}");
    }
}

/// Takes the ContentInfo off.
fn without_content_info(content_info: &[u8]) -> Vec<u8> {
    let mut outer = pki_core::der::Reader::new(content_info);
    let mut fields = outer.sequence().expect("ContentInfo");
    fields.oid().expect("contentType");
    fields.nested(Tag::context_constructed(0)).expect("content").any().expect("EnvelopedData").raw().to_vec()
}

/// What a peer can learn of a reply: all but the nonce and the signature.
#[derive(Debug, PartialEq)]
struct Visible {
    status: u16,
    content_type: String,
    octets: usize,
    attributes: (MessageType, TransactionId, Option<PkiStatus>, Option<FailInfo>, bool),
    certificates: Vec<Certificate>,
}

impl Visible {
    fn of(bench: &Bench, reply: &HttpResponse) -> Self {
        let verified = bench.read(reply);
        let Attributes { message_type, transaction_id, pki_status, fail_info, fail_info_text, .. } =
            verified.attributes().clone();
        Self {
            status: reply.status,
            content_type: reply.content_type.clone(),
            octets: reply.body.len(),
            attributes: (message_type, transaction_id, pki_status, fail_info, fail_info_text.is_some()),
            certificates: verified.received().certificates().to_vec(),
        }
    }
}

#[test]
fn a_damaged_envelope_looks_the_same_wherever_the_damage_is() {
    let mut bench = Bench::new();
    let csr = fixtures::csr("device", client_key());
    let recipient = bench.recipient();
    let good = RawEnvelope::new(csr.as_der(), &recipient);
    let change = |change: &dyn Fn(&mut RawEnvelope)| {
        let mut envelope = good.clone();
        change(&mut envelope);
        envelope.encode()
    };
    let damaged = [
        ("RSA padding", change(&|envelope| envelope.recipients[0].1 = [&[1], &[0x42; 255][..]].concat())),
        ("RSA, too large", change(&|envelope| envelope.recipients[0].1 = vec![0xff; 256])),
        ("RSA, too short", change(&|envelope| envelope.recipients[0].1 = vec![0x42; 16])),
        ("RSA, empty", change(&|envelope| envelope.recipients[0].1 = vec![])),
        (
            "content key of 24 octets",
            change(&|envelope| envelope.recipients[0].1 = forge::wrap(&KEY[..24], &recipient)),
        ),
        ("content key of 0 octets", change(&|envelope| envelope.recipients[0].1 = forge::wrap(&[], &recipient))),
        ("another content key", change(&|envelope| envelope.recipients[0].1 = forge::wrap(&[9; 16], &recipient))),
        (
            "CBC padding",
            change(&|envelope| {
                let length = envelope.ciphertext.len();
                envelope.ciphertext[length - 17] ^= 0x80;
            }),
        ),
        (
            "no whole block",
            change(&|envelope| {
                envelope.ciphertext.pop();
            }),
        ),
        ("no block", change(&|envelope| envelope.ciphertext.clear())),
        ("content", change(&|envelope| envelope.ciphertext[40] ^= 1)),
        ("content type", change(&|envelope| envelope.content_type = oid::SIGNED_DATA)),
        ("content that is no CSR", forge::envelope(b"hello", &recipient)),
        (
            "a CSR by another key",
            forge::envelope(
                fixtures::sign_csr(&fixtures::request("device", client_key()), other_key()).as_der(),
                &recipient,
            ),
        ),
    ];
    let mut looks = Vec::new();
    for (what, envelope) in damaged {
        let message = bench.enveloped(envelope);
        let reply = bench.send(&message);
        looks.push((what, Visible::of(&bench, &reply)));
        let cause = bench.server.refusals.pop();
        assert_eq!(cause, Some(message_error(MessageError::Unopenable)), "{what}");
    }
    let first = &looks[0].1;
    assert_eq!(first.attributes.3, Some(FailInfo::BAD_REQUEST));
    for (what, look) in &looks {
        assert_eq!(look, first, "{what}");
    }
    assert_eq!(bench.issued(), 0);
    let message = bench.enveloped(good.encode());
    bench.expect(&message, ISSUED);
}

// Algorithms.

#[test]
fn scep_2_9_11_md5_is_refused() {
    let mut bench = Bench::new();
    let message = bench.good().with(|message| message.signer().digest = DigestAlgorithm::MD5);
    let unsupported = SignatureError::UnsupportedAlgorithm { field: "digestAlgorithm" };
    bench.refused(&message, BAD_ALG, &message_error(MessageError::Signature(unsupported)));
    let mut legacy = Bench::with_provider(LEGACY_PROVIDER);
    legacy.expect(&message, ISSUED);
    // Read, but never written.
    let reply = legacy.send(&message);
    let signed = SignedData::from_ber(&reply.body, Limits::DEFAULT).expect("SignedData");
    assert_eq!(signed.signers()[0].digest_algorithm().oid, oid::SHA1);
}

#[test]
fn scep_2_9_10_single_des_is_refused() {
    let mut bench = Bench::new();
    let algorithms = EnvelopeAlgorithms { cipher: CipherAlgorithm::DES_CBC, ..EnvelopeAlgorithms::MANDATORY };
    let csr = fixtures::csr("device", client_key());
    let message = bench.enveloped(forge::envelope_with(csr.as_der(), &bench.recipient(), algorithms));
    bench.refused(&message, BAD_ALG, &message_error(MessageError::Envelope(EnvelopeError::UnsupportedCipher)));
    let mut legacy = Bench::with_provider(LEGACY_PROVIDER);
    legacy.expect(&message, ISSUED);
}

#[test]
fn an_unknown_cipher_iv_or_key_transport_is_refused() {
    let csr = fixtures::csr("device", client_key());
    let mut bench = Bench::new();
    let mut envelope = RawEnvelope::new(csr.as_der(), &bench.recipient());
    envelope.iv.pop();
    let short_iv = bench.enveloped(envelope.encode());
    bench.refused(&short_iv, BAD_REQUEST, &message_error(MessageError::Envelope(EnvelopeError::InvalidIv)));
}

#[test]
fn scep_2_9_05_the_reply_has_the_algorithms_of_the_request() {
    let csr = fixtures::csr("device", client_key());
    let pkcs1 = KeyTransportAlgorithm::RsaPkcs1;
    let oaep = KeyTransportAlgorithm::RsaOaep;
    for (cipher, key_transport, digest) in [
        (CipherAlgorithm::AES128_CBC, pkcs1, DigestAlgorithm::SHA256),
        (CipherAlgorithm::AES192_CBC, pkcs1, DigestAlgorithm::SHA384),
        (CipherAlgorithm::AES256_CBC, pkcs1, DigestAlgorithm::SHA512),
        (CipherAlgorithm::DES_EDE3_CBC, pkcs1, DigestAlgorithm::SHA1),
        (CipherAlgorithm::AES128_CBC, oaep(DigestAlgorithm::SHA256), DigestAlgorithm::SHA224),
        (CipherAlgorithm::AES256_CBC, oaep(DigestAlgorithm::SHA1), DigestAlgorithm::SHA256),
        (CipherAlgorithm::AES256_CBC, oaep(DigestAlgorithm::SHA512), DigestAlgorithm::SHA256),
    ] {
        let mut bench = Bench::new();
        let algorithms = EnvelopeAlgorithms { cipher, key_transport };
        let message = bench.enveloped(forge::envelope_with(csr.as_der(), &bench.recipient(), algorithms));
        let message = message.with(|message| message.signer().digest = digest);
        let reply = bench.send(&message);
        let signed = SignedData::from_ber(&reply.body, Limits::DEFAULT).expect("SignedData");
        assert_eq!(signed.signers()[0].digest_algorithm().oid, digest.oid());
        let content = signed.content().expect("an envelope");
        let envelope = EnvelopedData::from_ber(content, Limits::DEFAULT).expect("EnvelopedData");
        assert_eq!(envelope.cipher().oid, cipher.oid());
        let found = KeyTransportAlgorithm::from_identifier(envelope.recipients()[0].algorithm());
        assert_eq!(found, Some(key_transport));
    }
}

/// Old Cisco routers can't verify SHA-256: they should be able to read a refusal, too.
#[test]
fn c2_a_refusal_has_the_digest_of_the_request() {
    for digest in [DigestAlgorithm::SHA1, DigestAlgorithm::SHA256, DigestAlgorithm::SHA512] {
        let mut bench = Bench::new();
        let with_digest = |message: RawMessage| message.with(|message| message.signer().digest = digest);
        let unauthenticated = with_digest(bench.good()).with(|message| message.signer().key = other_key());
        let unsupported = with_digest(bench.good()).set_text(oid::SCEP_MESSAGE_TYPE, "18");
        for message in [unauthenticated, unsupported] {
            let reply = bench.send(&message);
            assert_eq!(bench.read(&reply).attributes().pki_status, Some(PkiStatus::FAILURE));
            let signed = SignedData::from_ber(&reply.body, Limits::DEFAULT).expect("SignedData");
            assert_eq!(signed.signers()[0].digest_algorithm().oid, digest.oid());
        }
    }
}

/// An HSM, or AWS-LC, which signs nothing with SHA-1.
#[test]
fn a_signing_key_that_lacks_the_digest_of_the_request_answers_with_one_that_it_has() {
    let known = [SignatureAlgorithm::RSA_PKCS1_SHA512, SignatureAlgorithm::RSA_PKCS1_SHA256];
    for (asked, answered) in [
        (DigestAlgorithm::SHA1, oid::SHA512),
        (DigestAlgorithm::SHA256, oid::SHA256),
        (DigestAlgorithm::SHA384, oid::SHA512),
    ] {
        let mut bench = Bench::new();
        bench.server.responder = bench.server.responder.clone().with_signature_algorithms(&known);
        let reply = bench.send(&bench.good().with(|message| message.signer().digest = asked));
        assert_eq!(bench.read(&reply).attributes().pki_status, Some(PkiStatus::SUCCESS));
        let signed = SignedData::from_ber(&reply.body, Limits::DEFAULT).expect("SignedData");
        assert_eq!(signed.signers()[0].digest_algorithm().oid, answered);
    }
}

#[test]
fn a_signing_key_that_signs_with_nothing_answers_by_http() {
    let mut bench = Bench::new();
    bench.server.responder = bench.server.responder.clone().with_signature_algorithms(&[]);
    assert_eq!(bench.send(&bench.good()).status, 500);
    assert_eq!(bench.server.refusals, [Error::Build(BuildError::SignerKeyUnsupported)]);
}

#[test]
fn an_ra_that_signs_with_an_ec_key_answers_a_sha_1_request_with_sha_256() {
    for (asked, answered) in [
        (DigestAlgorithm::SHA1, oid::SHA256),
        (DigestAlgorithm::SHA256, oid::SHA256),
        (DigestAlgorithm::SHA512, oid::SHA512),
    ] {
        let mut bench = Bench::new();
        bench.server = TestServer::with_two_ras(fixtures::ca_key(), fixtures::ec_key(), fixtures::ra_key());
        let message = bench.good().with(|message| message.signer().digest = asked);
        let reply = bench.send(&message);
        assert_eq!(bench.read(&reply).attributes().pki_status, Some(PkiStatus::SUCCESS));
        let signed = SignedData::from_ber(&reply.body, Limits::DEFAULT).expect("SignedData");
        assert_eq!(signed.signers()[0].digest_algorithm().oid, answered);
    }
}

#[test]
fn scep_3_1_03_a_signer_whose_key_is_too_short_for_the_key_transport_is_refused_before_anything_is_issued() {
    let key = fixtures::small_client_key();
    let csr = fixtures::csr("device", key);
    // RFC 8017 section 7.1.1: 128 octets hold a content key and 2 + 2 * hLen octets, or do not.
    for (digest, cipher, expected) in [
        (DigestAlgorithm::SHA256, CipherAlgorithm::AES256_CBC, ISSUED),
        (DigestAlgorithm::SHA384, CipherAlgorithm::AES128_CBC, ISSUED),
        (DigestAlgorithm::SHA384, CipherAlgorithm::AES256_CBC, BAD_ALG),
        (DigestAlgorithm::SHA512, CipherAlgorithm::AES128_CBC, BAD_ALG),
    ] {
        let mut bench = Bench::new();
        let algorithms = EnvelopeAlgorithms { cipher, key_transport: KeyTransportAlgorithm::RsaOaep(digest) };
        let message = RawMessage::pkcs_req(&bench.server, "device", key);
        let message = message.content(forge::envelope_with(csr.as_der(), &bench.recipient(), algorithms));
        bench.expect(&message, expected);
        assert_eq!(bench.server.transactions.records().count(), usize::from(expected == ISSUED));
    }
}

// HTTP.

#[test]
fn a_get_with_every_way_of_escaping_is_read() {
    let mut bench = Bench::new();
    let der = bench.good().encode();
    let HttpRequest { query, .. } = HttpRequest::pki_operation(Method::Get, der);
    let base64 = query.split_once("message=").expect("a message").1;
    let plain = base64.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    let lines = |separator: &str| {
        let lines: Vec<_> = plain.as_bytes().chunks(64).map(|line| str::from_utf8(line).expect("ASCII")).collect();
        lines.join(separator)
    };
    for (what, message) in [
        ("RFC 8894", base64.to_owned()),
        ("nothing escaped", plain.clone()),
        ("only = escaped", plain.replace('=', "%3D")),
        ("only + escaped", plain.replace('+', "%2B")),
        ("lower case", base64.replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d")),
        ("+ decoded to a space", plain.replace('+', " ")),
        ("+ decoded and escaped", plain.replace('+', "%20")),
        ("no padding", plain.trim_end_matches('=').to_owned()),
        ("lines", lines("%0A")),
        ("lines with CR", lines("%0D%0A")),
        ("bare lines", lines("\n")),
        ("base64url", plain.replace('+', "-").replace('/', "_")),
    ] {
        let request = HttpRequest::new(Method::Get, format!("operation=PKIOperation&message={message}"), []);
        let reply = bench.send_raw(&request);
        assert_eq!(reply.status, 200, "{what}: {:?}", bench.server.refusals);
        assert_eq!(bench.read(&reply).attributes().pki_status, Some(PkiStatus::SUCCESS), "{what}");
    }
    assert_eq!(bench.issued(), 1);
}

#[test]
fn http_requests_that_are_none_get_http_errors() {
    for (method, query, body, status) in [
        (Method::Get, "operation=GetNextCACert", &b""[..], 404),
        (Method::Get, "operation=GetNextCACert&message=ca", b"", 404),
        (Method::Get, "", b"", 400),
        (Method::Get, "operation=", b"", 400),
        (Method::Get, "operation=Teapot", b"", 400),
        (Method::Get, "operation=PKIOperation", b"", 400),
        (Method::Get, "operation=PKIOperation&message=%%%", b"", 400),
        (Method::Get, "operation=GetCACaps&operation=GetCACert", b"", 400),
        (Method::Post, "operation=PKIOperation", b"", 400),
        (Method::Post, "operation=PKIOperation", b"hello", 400),
        (Method::Post, "operation=GetCACert", b"", 405),
    ] {
        let mut bench = Bench::new();
        let reply = bench.send_raw(&HttpRequest::new(method, query, body));
        assert_eq!(reply.status, status, "{query}");
        assert_eq!(bench.server.refusals.len(), 1, "{query}");
    }
}

#[test]
fn the_asked_reads_what_the_forge_writes() {
    let bench = Bench::new();
    let asked = Asked::of_message(&bench.good().encode());
    assert_eq!(asked.attributes.transaction_id.as_bytes(), b"transaction 1");
    assert_eq!(asked.signer, fixtures::self_signed("device", client_key()));
}

// The caller's own mistakes, and keys and randomness that fail.

/// The request of a client, opened by a new server.
fn opened(common_name: &str) -> (Bench, scep::server::Enrol) {
    let mut bench = Bench::new();
    let request = RawMessage::pkcs_req(&bench.server, common_name, client_key()).to_request();
    let enrol = open(&mut bench, &request);
    (bench, enrol)
}

/// A request for a certificate, as the server's caller sees it.
fn open(bench: &mut Bench, request: &HttpRequest) -> scep::server::Enrol {
    let received = bench.server.responder.receive(request, bench.clock.now(), &mut bench.rng).expect("a message");
    let scep::server::Incoming::Sealed(sealed) = received else { panic!("{received:?}") };
    let operation = sealed.open_with(fixtures::ra_key(), &mut bench.rng).expect("an operation");
    let scep::server::Operation::PkcsReq(enrol) = operation else { panic!("{operation:?}") };
    enrol
}

#[test]
fn the_word_of_a_challenge_service_is_for_one_csr() {
    let (_, device) = opened("device");
    let (_, admin) = opened("admin");
    let redeemed = scep::server::Redeemed::for_csr(*device.csr_digest());
    assert_eq!(admin.authorize_challenge(&redeemed).err(), Some(scep::server::Denied::RedeemedForAnotherCsr));
    assert!(device.authorize_challenge(&redeemed).is_ok());
}

#[test]
fn a_challenge_is_there_and_right_or_the_request_is_denied() {
    use scep::server::Denied;
    let (_, device) = opened("device");
    let right = Secret::new(device.challenge().expect("a challenge").expose().to_vec());
    assert!(device.check_challenge(&right).is_ok());
    assert_eq!(device.check_challenge(&Secret::from("another")), Err(Denied::ChallengeWrong));

    let mut bench = Bench::new();
    let key = client_key();
    let csr = CsrBuilder::new(fixtures::name("device"), Signer::public_key(key).clone());
    let csr = csr.build(SignatureAlgorithm::RSA_PKCS1_SHA256).expect("a CSR").sign_with(key, &mut bench.rng);
    let envelope = forge::envelope(csr.expect("a signature").as_der(), &bench.recipient());
    let request = bench.enveloped(envelope).to_request();
    let silent = open(&mut bench, &request);
    assert_eq!(silent.check_challenge(&right), Err(Denied::ChallengeMissing));
}

#[test]
fn a_store_of_transactions_says_why_not() {
    use scep::server::{Conflict, TransactionLimits, Transactions};
    let (bench, device) = opened("device");
    let (_, other_csr) = opened("admin");
    let now = bench.clock.now();
    let mut transactions = Transactions::new(TransactionLimits { capacity: 1, ..TransactionLimits::DEFAULT });
    assert_eq!(transactions.admit(&device, now), Ok(TransactionState::Pending));
    assert_eq!(device.transaction_id(), other_csr.transaction_id());
    assert_eq!(transactions.admit(&other_csr, now), Err(Conflict::DifferentRequest));

    let mut bench = Bench::new();
    let another = bench.good().set_text(oid::SCEP_TRANSACTION_ID, "another").to_request();
    let another = open(&mut bench, &another);
    assert_eq!(transactions.admit(&another, now), Err(Conflict::Full));
}

#[test]
fn a_message_with_a_digest_that_the_provider_lacks_is_not_made() {
    let attributes = Attributes::request(
        MessageType::PKCS_REQ,
        TransactionId::from_text("1").expect("printable"),
        scep::Nonce::from_bytes(&[7; 16]).expect("a nonce"),
    );
    let signer = fixtures::self_signed("device", client_key());
    let built =
        scep::message::PkiMessageBuilder::new(attributes).build(&signer, SignatureAlgorithm::RSA_PKCS1_MD5, &PROVIDER);
    let lacking = pki_core::cms::BuildError::UnsupportedDigest(DigestAlgorithm::MD5);
    assert_eq!(built.map(drop), Err(BuildError::Cms(lacking)));
}

#[test]
fn what_is_issued_is_what_was_authorized() {
    let (mut bench, device) = opened("device");
    let (_, admin) = opened("admin");
    let certificate =
        fixtures::below_root(fixtures::ca_key(), "admin", client_key(), &pki_core::Profile::DEVICE_CLIENT);
    let authorized = device.authorize_manually();
    let refusal = admin.issue(&authorized, &[certificate], &mut bench.rng).expect_err("another CSR");
    assert_eq!(refusal.cause, Error::AuthorizedForAnotherCsr);
    let reply = refusal.reply.sign_with(fixtures::ra_key(), &mut bench.rng).expect("a signature");
    assert_eq!(bench.read(&reply).attributes().fail_info, Some(FailInfo::BAD_REQUEST));
}

#[test]
fn what_is_issued_is_for_the_key_that_was_asked_for() {
    let other = fixtures::below_root(fixtures::ca_key(), "device", other_key(), &pki_core::Profile::DEVICE_CLIENT);
    let right = fixtures::below_root(fixtures::ca_key(), "device", client_key(), &pki_core::Profile::DEVICE_CLIENT);
    for (certificates, good) in [
        (vec![], false),
        (vec![other.clone()], false),
        (vec![other.clone(), right.clone()], false),
        (vec![right, other], true),
    ] {
        let (mut bench, enrol) = opened("device");
        let authorized = enrol.authorize_manually();
        let result = enrol.issue(&authorized, &certificates, &mut bench.rng);
        assert_eq!(
            result.map(drop).map_err(|refusal| refusal.cause),
            if good { Ok(()) } else { Err(Error::CertificateMismatch) }
        );
    }
}

#[test]
fn randomness_that_fails_is_an_http_error_and_nothing_worse() {
    use scep::message::BuildError;
    for count in 0..2 {
        let (_, enrol) = opened("device");
        let certificate =
            fixtures::below_root(fixtures::ca_key(), "device", client_key(), &pki_core::Profile::DEVICE_CLIENT);
        let authorized = enrol.authorize_manually();
        let mut rng = TestRandom::failing_after(1, count);
        let refusal = enrol.issue(&authorized, &[certificate], &mut rng).expect_err("no randomness");
        assert!(matches!(refusal.cause, Error::Build(BuildError::Random(_) | BuildError::Seal(_))), "{refusal:?}");
        let reply = refusal.reply.sign_with(fixtures::ra_key(), &mut TestRandom::new(1)).expect("a reply");
        assert_eq!(reply.status, 500);
    }
}

#[test]
fn a_key_that_is_out_of_reach_is_told_from_a_damaged_envelope_to_the_log_only() {
    let mut bench = Bench::new();
    let request = bench.good().to_request();
    let received = bench.server.responder.receive(&request, bench.clock.now(), &mut bench.rng).expect("a message");
    let scep::server::Incoming::Sealed(sealed) = received else { panic!("{received:?}") };
    let refusal = sealed.attach(Err(pki_core::crypto::UnwrapFailed), &mut bench.rng).expect_err("no key");
    assert_eq!(refusal.cause, Error::Unwrap(pki_core::crypto::UnwrapFailed));
    let reply = refusal.reply.sign_with(fixtures::ra_key(), &mut bench.rng).expect("a signature");
    assert_eq!(bench.read(&reply).attributes().fail_info, Some(FailInfo::BAD_REQUEST));
}

#[test]
fn a_responder_that_no_client_could_trust_is_not_made() {
    use pki_core::{
        chain::Violation,
        crypto::{VerifyError, rustcrypto},
    };
    use scep::server::{ConfigError, RegistrationAuthority, Responder};
    let not_issued_by = |ca: pki_core::Certificate, ra: &pki_core::Certificate| {
        let ra = RegistrationAuthority { signing: ra.clone(), encryption: ra.clone() };
        match Responder::new(ca, ra, PROVIDER) {
            Err(ConfigError::NotIssuedByCa(error)) => error.violation().clone(),
            other => panic!("{other:?}"),
        }
    };
    let ca = fixtures::root(fixtures::ca_key());
    let by_another_key = fixtures::below_root(other_key(), "RA", fixtures::ra_key(), &pki_core::Profile::RA);
    assert_eq!(not_issued_by(ca.clone(), &by_another_key), Violation::Signature(VerifyError::BadSignature));
    let (other, name) = (fixtures::name("Other"), fixtures::name("RA"));
    let key = Signer::public_key(fixtures::ra_key());
    let by_another_name =
        fixtures::certify((&other, fixtures::ca_key()), &name, key, fixtures::validity(), &pki_core::Profile::RA);
    assert_eq!(not_issued_by(ca.clone(), &by_another_name), Violation::UnknownIssuer { issuer: other });
    let after = fixtures::years(ca.validity().not_after, 0, 1);
    let begin = after.not_before.plus(std::time::Duration::from_secs(1));
    let validity = pki_core::Validity::new(begin, after.not_after);
    let root = fixtures::name("Root");
    let too_late = fixtures::certify((&root, fixtures::ca_key()), &name, key, validity, &pki_core::Profile::RA);
    let never = Violation::Expired { at: begin, not_after: ca.validity().not_after };
    assert_eq!(not_issued_by(ca, &too_late), never);
    let without_sha256 = CryptoProvider { digests: &[&rustcrypto::Sha1], ..PROVIDER };
    let result = Responder::with_ca_key(fixtures::answering_root(fixtures::ca_key()), without_sha256);
    assert_eq!(result.err(), Some(ConfigError::Provider));
    // A keyUsage that is no BIT STRING.
    let (name, key) = (fixtures::name("Root"), Signer::public_key(fixtures::ca_key()).clone());
    let builder = pki_core::CertificateBuilder::new(
        fixtures::serial(&name, &key),
        name.clone(),
        name.clone(),
        fixtures::validity(),
        key,
    )
    .with_basic_constraints(pki_core::extension::BasicConstraints::CA)
    .add_extension(oid::KEY_USAGE, pki_core::extension::Criticality::Critical, &[0x05, 0x00]);
    let broken = fixtures::certify_with((&name, fixtures::ca_key()), builder);
    assert!(matches!(Responder::with_ca_key(broken, PROVIDER), Err(ConfigError::Decode(_))));
}

#[test]
fn superiors_are_in_the_answer_to_get_ca_cert() {
    let mut bench = Bench::new();
    let superior = fixtures::self_signed("superior", other_key());
    bench.server.responder = bench.server.responder.clone().with_superiors([superior.clone()]);
    let all = bench.server.authority();
    assert_eq!(all.len(), 3);
    assert!(all.contains(&superior) && all.contains(bench.server.ca()));
}

#[test]
fn a_text_beside_the_reason_is_read_by_the_client() {
    let (mut bench, enrol) = opened("device");
    let text = scep::FailInfoText::new("ask Ada — or wait");
    let reply = enrol.reject_with_text(FailInfo::BAD_TIME, text.clone(), &mut bench.rng).expect("a reply");
    let reply = reply.sign_with(fixtures::ra_key(), &mut bench.rng).expect("a signature");
    let verified = bench.read(&reply);
    assert_eq!(verified.attributes().fail_info_text.as_ref(), Some(&text));
    assert_eq!(verified.attributes().fail_info, Some(FailInfo::BAD_TIME));
}
