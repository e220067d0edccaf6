//! RFC 8894, by its requirements: each test is named after the sections and numbers of those that it shows. Those that are
//! MUSTs for both sides are here, the others in a module for each chapter. What the client, the server, and the parts of
//! messages do by themselves is tested where they are; `CONFORMANCE.md` of `scep` lists all.

use std::collections::{BTreeMap, BTreeSet};

use conformance::{
    Clock, End, Pair, Policy, Scenario, Stage, TestRandom, TestServer,
    attack::{discarded, good, refused, serve, server, success},
    fixtures::{self, ca_key, client_key, other_key, ra_key},
    forge::{self, Asked, Flaw, RawMessage},
};
use pki_core::{
    Certificate, Csr, Limits, Oid, Profile,
    algorithm::{CipherAlgorithm, DigestAlgorithm},
    cms::{EnvelopedData, SignedData},
    crypto::{
        Decrypter, Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
    der::{Element, Reader, Tag},
    extension::{BasicConstraints, KeyUsage},
    oid,
};
use scep::{
    FailInfo, MessageType, PkiStatus,
    client::{AlgorithmFloor, ClientConfig, Error, Misbehaviour, RejectReason, Step},
    http::{HttpRequest, HttpResponse, MediaType, Method},
    message::{EnvelopeAlgorithms, IssuerAndSubject, MessageError, Received},
    server::{ConfigError, RegistrationAuthority, Responder},
};

mod chapter_2;
mod chapter_3;
mod chapter_4;

/// A pkiMessage by its parts, with nothing taken for granted.
struct Seen {
    bytes: Vec<u8>,
    /// attrType, and tag and contents of the only value.
    attributes: BTreeMap<Vec<u8>, (Tag, Vec<u8>)>,
    signers: usize,
    content_type: Vec<u8>,
    content: Option<Vec<u8>>,
    digest: Vec<u8>,
}

impl Seen {
    fn of(message: &[u8]) -> Self {
        let signed = SignedData::from_ber(message, Limits::DEFAULT).expect("SignedData");
        let signer = &signed.signers()[0];
        let mut attributes = BTreeMap::new();
        for attribute in signer.signed_attributes().expect("signedAttrs").iter() {
            let value = attribute.single_value().expect("one value");
            let value = (value.tag(), value.content().to_vec());
            assert!(attributes.insert(attribute.oid().as_bytes().to_vec(), value).is_none(), "once");
        }
        Self {
            bytes: message.to_vec(),
            attributes,
            signers: signed.signers().len(),
            content_type: signed.content_type().as_bytes().to_vec(),
            content: signed.content().map(<[u8]>::to_vec),
            digest: signer.digest_algorithm().oid.as_bytes().to_vec(),
        }
    }

    fn attribute(&self, oid: Oid<'_>) -> Option<(Tag, &[u8])> {
        self.attributes.get(oid.as_bytes()).map(|(tag, content)| (*tag, content.as_slice()))
    }

    fn value(&self, oid: Oid<'_>) -> &[u8] {
        self.attribute(oid).expect("the attribute").1
    }

    fn status(&self) -> &[u8] {
        self.value(oid::SCEP_PKI_STATUS)
    }

    /// messageData, decrypted.
    fn data(&self, recipient: &Certificate, key: &PrivateKey) -> Vec<u8> {
        let content = self.content.as_deref().expect("an envelope");
        let envelope = EnvelopedData::from_ber(content, Limits::DEFAULT).expect("EnvelopedData");
        assert_eq!(envelope.content_type(), oid::DATA);
        let info = envelope.recipients().iter().find(|info| info.rid().names(recipient)).expect("the recipient");
        let wrapped = envelope.wrapped_key(info, &PROVIDER).expect("a wrapped key");
        let key = key.unwrap_key(&wrapped, &mut TestRandom::new(1)).expect("a content key");
        envelope.decrypt(&key, &PROVIDER).expect("plaintext").expose().to_vec()
    }

    fn cipher(&self) -> Vec<u8> {
        let content = self.content.as_deref().expect("an envelope");
        let envelope = EnvelopedData::from_ber(content, Limits::DEFAULT).expect("EnvelopedData");
        envelope.cipher().oid.as_bytes().to_vec()
    }
}

/// A whole enrolment by PKCSReq, PENDING, CertPoll, PENDING, CertPoll, SUCCESS, and one that fails.
struct Transcript {
    pair: Pair,
    requests: Vec<Seen>,
    replies: Vec<Seen>,
}

impl Transcript {
    fn issued() -> Self {
        Self::of(Scenario::new().pending(2))
    }

    fn rejected() -> Self {
        Self::of(Scenario::new().rejected(FailInfo::BAD_TIME))
    }

    fn of(scenario: Scenario) -> Self {
        let mut pair = scenario.start();
        assert!(!matches!(pair.drive(), End::Stuck), "{:?}", pair.errors);
        let operations = pair.network.log().iter().filter(|(request, _)| request.method == Method::Post);
        let (requests, replies) =
            operations.map(|(request, reply)| (Seen::of(&request.body), Seen::of(&reply.body))).unzip();
        Self { pair, requests, replies }
    }

    fn messages(&self) -> impl Iterator<Item = &Seen> {
        self.requests.iter().chain(&self.replies)
    }

    fn signer(&self) -> Certificate {
        Asked::of_message(&self.requests[0].bytes).signer
    }

    fn csr(&self) -> Csr {
        Csr::from_der(&self.requests[0].data(&forge::recipient(&self.pair.server), ra_key())).expect("a CSR")
    }
}

/// Every message that either side sends.
fn all() -> [Transcript; 2] {
    [Transcript::issued(), Transcript::rejected()]
}

const CERTS_ONLY_PREFIX: [u8; 15] =
    [0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d];

// 2.1: what is configured.

#[test]
fn scep_2_1_1_02_the_client_has_the_challenge_that_the_ca_will_ask_for() {
    let challenge = Transcript::issued().csr().challenge_password().expect("readable").expect("there");
    assert_eq!(challenge.expose(), fixtures::CHALLENGE.as_bytes());
    let without = Transcript::of(Scenario::new().challenge(None));
    assert!(matches!(without.pair.end(), Some(End::Rejected(_))));
}

#[test]
fn scep_2_1_1_03_the_client_has_what_authenticates_the_ca() {
    let impostor = TestServer::with_ra(other_key(), ra_key(), PROVIDER);
    let right = scep::client::Fingerprint::of(server().ca(), &PROVIDER).expect("SHA-256");
    let config = scep::client::ClientConfig::new(PROVIDER).with_fingerprint(right);
    let mut pair = Scenario::with_server(impostor).start_with(config);
    assert!(matches!(pair.drive(), End::Stuck));
    assert!(pair.network.log().iter().all(|(request, _)| !request.query.contains("PKIOperation")));
}

fn ra_with(usage: KeyUsage) -> Certificate {
    fixtures::below_root(ca_key(), "RA", ra_key(), &Profile::RA.with_key_usage(usage))
}

#[test]
fn scep_2_1_2_01_the_certificate_that_signs_has_digital_signature() {
    let ca = fixtures::root(ca_key());
    let encryption = ra_with(KeyUsage::KEY_ENCIPHERMENT);
    let ra = RegistrationAuthority { signing: encryption.clone(), encryption };
    assert_eq!(Responder::new(ca.clone(), ra, PROVIDER).err(), Some(ConfigError::SigningCertificate));
    assert_eq!(Responder::with_ca_key(ca, PROVIDER).err(), Some(ConfigError::SigningCertificate));
}

#[test]
fn scep_2_1_2_02_the_certificate_that_decrypts_has_key_encipherment() {
    let ca = fixtures::root(ca_key());
    let signing = ra_with(KeyUsage::DIGITAL_SIGNATURE);
    let ra = RegistrationAuthority { signing: signing.clone(), encryption: signing };
    assert_eq!(Responder::new(ca, ra, PROVIDER).err(), Some(ConfigError::EncryptionCertificate));
    let name = fixtures::name("Root");
    let profile = Profile::ROOT_CA.with_key_usage(KeyUsage::KEY_CERT_SIGN | KeyUsage::DIGITAL_SIGNATURE);
    let ca = fixtures::certify((&name, ca_key()), &name, Signer::public_key(ca_key()), fixtures::validity(), &profile);
    assert_eq!(Responder::with_ca_key(ca, PROVIDER).err(), Some(ConfigError::EncryptionCertificate));
    // A key that can't decrypt, whatever its keyUsage says.
    let ec = fixtures::below_root(
        ca_key(),
        "RA",
        fixtures::ec_key(),
        &Profile::RA.with_key_usage(KeyUsage::KEY_ENCIPHERMENT),
    );
    let ra = RegistrationAuthority { signing: ra_with(KeyUsage::DIGITAL_SIGNATURE), encryption: ec };
    let result = Responder::new(fixtures::root(ca_key()), ra, PROVIDER);
    assert_eq!(result.err(), Some(ConfigError::EncryptionCertificate));
}

#[test]
fn scep_2_1_2_03_these_usages_are_beside_those_of_a_ca() {
    let ca = fixtures::answering_root(ca_key());
    let usage = ca.key_usage().expect("readable").expect("there");
    for bit in [KeyUsage::KEY_CERT_SIGN, KeyUsage::DIGITAL_SIGNATURE, KeyUsage::KEY_ENCIPHERMENT] {
        assert!(usage.contains(bit));
    }
    assert_eq!(ca.basic_constraints().expect("readable"), Some(BasicConstraints::CA));
    let mut pair = Scenario::with_server(TestServer::with_ca_key(ca_key())).start();
    assert!(matches!(pair.drive(), End::Issued(_)));
}

// 2.2: the CA's certificates.

#[test]
fn scep_2_2_01_get_ca_cert_comes_before_the_first_pki_operation() {
    let transcript = Transcript::issued();
    let log = transcript.pair.network.log();
    let first = |operation: &str| log.iter().position(|(request, _)| request.query.contains(operation));
    assert!(first("GetCACert").expect("GetCACert") < first("PKIOperation").expect("PKIOperation"));
}

#[test]
fn scep_2_2_08_intermediates_are_verified_before_use() {
    let root = fixtures::root(ca_key());
    let issuing = |issuer: &PrivateKey, validity, profile: &Profile| {
        let (above, name) = (fixtures::name("Root"), fixtures::name("Issuing"));
        fixtures::certify((&above, issuer), &name, Signer::public_key(other_key()), validity, profile)
    };
    let ra = fixtures::certify(
        (&fixtures::name("Issuing"), other_key()),
        &fixtures::name("RA"),
        Signer::public_key(ra_key()),
        fixtures::validity(),
        &Profile::RA,
    );
    let now = fixtures::validity();
    let day = std::time::Duration::from_secs(86_400);
    let past = pki_core::Validity::new(now.not_before, now.not_before.plus(day));
    let future = pki_core::Validity::new(now.not_after.minus(day), now.not_after);
    for (what, intermediate, ends_well) in [
        ("good", issuing(ca_key(), now, &Profile::issuing_ca(0)), true),
        ("expired", issuing(ca_key(), past, &Profile::issuing_ca(0)), false),
        ("not yet valid", issuing(ca_key(), future, &Profile::issuing_ca(0)), false),
        ("wrongly signed", issuing(client_key(), now, &Profile::issuing_ca(0)), false),
        ("no CA", issuing(ca_key(), now, &Profile::RA_SIGNING), false),
    ] {
        let fingerprint = scep::client::Fingerprint::of(&root, &PROVIDER).expect("SHA-256");
        let config = scep::client::ClientConfig::new(PROVIDER).with_fingerprint(fingerprint);
        let mut pair = Scenario::new().start_with(config);
        pair.turn().expect("GetCACert");
        let bundle = HttpResponse::ok(MediaType::X509CaRaCert, forge::certs_only(&[&ra, &intermediate, &root]));
        let result = pair.try_reply(&bundle);
        assert_eq!(matches!(result, Ok(Step::Sign(_))), ends_well, "{what}: {result:?}");
        assert_eq!(matches!(result, Err(Error::Authority(_))), !ends_well, "{what}");
    }
}

// 2.3 and 2.4: who signs, and what that proves.

#[test]
fn scep_2_3_01_the_first_signer_is_self_signed() {
    let signer = Transcript::issued().signer();
    assert_eq!(signer.issuer().as_der(), signer.subject().as_der());
    assert!(signer.verify_signature(signer.public_key(), &PROVIDER).is_ok());
}

#[test]
fn scep_2_3_02_its_key_usage_is_digital_signature_and_key_encipherment() {
    let usage = Transcript::issued().signer().key_usage().expect("readable");
    assert_eq!(usage, Some(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT));
}

#[test]
fn scep_2_3_11_the_signature_is_by_the_key_of_that_certificate() {
    for request in &Transcript::issued().requests {
        let received = Received::decode(&request.bytes, Limits::DEFAULT).expect("a pkiMessage");
        assert!(received.verify(&PROVIDER).is_ok());
    }
    refused(&good().with(|message| message.signer().key = other_key()), &[1]);
}

#[test]
fn scep_2_3_12_the_signer_s_certificate_is_in_the_message() {
    for request in &Transcript::issued().requests {
        let received = Received::decode(&request.bytes, Limits::DEFAULT).expect("a pkiMessage");
        assert!(received.named_signer().is_ok());
    }
    refused(&good().with(|message| message.certificates.clear()), &[1, 2]);
}

#[test]
fn scep_2_4_07_a_self_signed_certificate_authenticates_nobody() {
    // With the names of a client that has a certificate, and without the challenge.
    let mut server = server();
    let mut rng = TestRandom::new(1);
    let reply = server.answer(&good().to_request(), &Clock::new(), &mut rng);
    assert_eq!(Seen::of(&reply.body).status(), b"0");
    let csr = pki_core::CsrBuilder::new(fixtures::name("device"), Signer::public_key(other_key()).clone());
    let csr = fixtures::sign_csr(&csr, other_key());
    let signer = fixtures::self_signed("device", other_key());
    for message_type in ["19", "17"] {
        let message = RawMessage::request(&server, message_type, csr.as_der(), signer.clone(), other_key());
        let message = message.set_text(oid::SCEP_TRANSACTION_ID, message_type);
        let reply = server.answer(&message.to_request(), &Clock::new(), &mut rng);
        let reply = Seen::of(&reply.body);
        assert_eq!((reply.status(), reply.value(oid::SCEP_FAIL_INFO)), (&b"2"[..], &b"2"[..]));
    }
    assert_eq!(server.transactions.records().count(), 1);
}

// 2.9: mandatory to implement.

#[test]
fn scep_2_9_01_get_ca_caps() {
    let transcript = Transcript::issued();
    let (request, reply) = &transcript.pair.network.log()[0];
    assert_eq!((request.method, request.query.as_str()), (Method::Get, "operation=GetCACaps"));
    assert_eq!((reply.status, reply.content_type.as_str()), (200, "text/plain"));
}

#[test]
fn scep_2_9_02_get_ca_cert() {
    let transcript = Transcript::issued();
    let (request, reply) = &transcript.pair.network.log()[1];
    assert_eq!((request.method, request.query.as_str()), (Method::Get, "operation=GetCACert"));
    assert_eq!((reply.status, reply.content_type.as_str()), (200, "application/x-x509-ca-ra-cert"));
    let mut alone = TestServer::with_ca_key(ca_key());
    let reply = alone.answer(request, &Clock::new(), &mut TestRandom::new(1));
    assert_eq!(
        (reply.content_type.as_str(), reply.body.as_slice()),
        ("application/x-x509-ca-cert", alone.ca().as_der())
    );
}

#[test]
fn scep_2_9_03_pkcs_req_and_its_three_replies() {
    let [issued, rejected] = all();
    let statuses =
        |transcript: &Transcript| transcript.replies.iter().map(|reply| reply.status().to_vec()).collect::<Vec<_>>();
    assert_eq!(statuses(&issued), [b"3", b"3", b"0"]);
    assert_eq!(statuses(&rejected), [b"2"]);
    assert!(matches!(issued.pair.end(), Some(End::Issued(_))));
    assert!(matches!(rejected.pair.end(), Some(End::Rejected(_))));
}

#[test]
fn scep_2_9_04_post() {
    for (request, reply) in &Transcript::issued().pair.network.log()[2..] {
        assert_eq!((request.method, request.query.as_str()), (Method::Post, "operation=PKIOperation"));
        assert_eq!((reply.status, reply.content_type.as_str()), (200, "application/x-pki-message"));
    }
}

#[test]
fn scep_2_9_05_aes_128_cbc() {
    let transcript = Transcript::issued();
    let enveloped = transcript.messages().filter(|message| message.content.is_some());
    let ciphers: Vec<_> = enveloped.map(Seen::cipher).collect();
    assert_eq!(ciphers, vec![oid::AES128_CBC.as_bytes().to_vec(); 4]);
}

#[test]
fn scep_2_9_06_sha_256() {
    for message in Transcript::issued().messages() {
        assert_eq!(message.digest, oid::SHA256.as_bytes());
    }
}

#[test]
fn scep_2_9_10_no_single_des() {
    let algorithms = EnvelopeAlgorithms { cipher: CipherAlgorithm::DES_CBC, ..EnvelopeAlgorithms::MANDATORY };
    let csr = fixtures::csr("device", client_key());
    refused(&good().content(forge::envelope_with(csr.as_der(), &forge::recipient(&server()), algorithms)), &[0]);
    // A CA that states nothing gets 3DES, and that only where the caller allows it.
    let mut pair = Scenario::new().start_with(legacy());
    pair.step = pair.try_reply(&HttpResponse::ok(MediaType::TextPlain, "")).expect("GetCACert");
    assert!(matches!(pair.drive(), End::Issued(_)));
    let HttpRequest { query, .. } = &pair.network.log()[1].0;
    assert!(query.starts_with("operation=PKIOperation&message="));
    let request = pair.network.log()[1].0.parse(&Limits::DEFAULT).expect("a request");
    let scep::http::Request::PkiOperation { message } = request else { panic!("{request:?}") };
    assert_eq!(Seen::of(&message).cipher(), oid::DES_EDE3_CBC.as_bytes());
    assert_eq!(Seen::of(&message).digest, oid::SHA1.as_bytes());
}

#[test]
fn scep_2_9_11_no_md5() {
    refused(&good().with(|message| message.signer().digest = DigestAlgorithm::MD5), &[0]);
    let (_, success) = success();
    discarded(&success.with(|message| message.signer().digest = DigestAlgorithm::MD5), &|error| {
        matches!(error, Error::Message(MessageError::Signature(_)))
    });
}

// 3 and 3.2: the message.

#[test]
fn scep_3_02_and_3_3_2_2_02_and_3_3_2_3_01_failure_and_pending_have_no_envelope() {
    for transcript in all() {
        for reply in &transcript.replies {
            assert_eq!(reply.content.is_some(), reply.status() == b"0");
        }
    }
}

#[test]
fn scep_3_2_01_e_content_type_is_id_data() {
    for transcript in all() {
        for message in transcript.messages() {
            assert_eq!(message.content_type, oid::DATA.as_bytes());
        }
    }
}

#[test]
fn scep_3_2_02_content_is_an_envelope() {
    for message in Transcript::issued().messages().filter(|message| message.content.is_some()) {
        let content = message.content.as_deref().expect("content");
        assert!(EnvelopedData::from_ber(content, Limits::DEFAULT).is_ok());
    }
    refused(&good().content(fixtures::csr("device", client_key()).as_der()), &[2]);
}

#[test]
fn scep_3_2_03_and_3_2_2_03_the_content_is_that_of_the_message_type() {
    let names = IssuerAndSubject::new(fixtures::name("Root"), fixtures::name("device")).to_der();
    let csr = fixtures::csr("device", client_key());
    let signer = || fixtures::self_signed("device", client_key());
    refused(&RawMessage::request(&server(), "19", &names, signer(), client_key()), &[2]);
    refused(&RawMessage::request(&server(), "20", csr.as_der(), signer(), client_key()), &[2]);
}

#[test]
fn scep_3_2_04_there_are_signed_attributes() {
    for transcript in all() {
        assert!(transcript.messages().all(|message| message.signers == 1 && message.attributes.len() >= 5));
    }
    refused(&good().with(|message| message.signer().flaw = Flaw::OverContent), &[]);
}

// 3.2.1: the attributes.

#[test]
fn scep_3_2_1_01_every_message_has_a_transaction_id() {
    for transcript in all() {
        assert!(transcript.messages().all(|message| message.attribute(oid::SCEP_TRANSACTION_ID).is_some()));
    }
    refused(&good().without(oid::SCEP_TRANSACTION_ID), &[]);
    let (_, success) = success();
    discarded(
        &success.without(oid::SCEP_TRANSACTION_ID),
        &|error| matches!(error, Error::Message(MessageError::AttributeMissing { oid }) if *oid == oid::SCEP_TRANSACTION_ID),
    );
}

#[test]
fn scep_3_2_1_02_every_message_has_a_message_type() {
    let transcript = Transcript::issued();
    let types =
        |seen: &[Seen]| seen.iter().map(|message| message.value(oid::SCEP_MESSAGE_TYPE).to_vec()).collect::<Vec<_>>();
    assert_eq!(types(&transcript.requests), [b"19", b"20", b"20"]);
    assert_eq!(types(&transcript.replies), [b"3", b"3", b"3"]);
    refused(&good().without(oid::SCEP_MESSAGE_TYPE), &[2]);
    let (_, success) = success();
    discarded(
        &success.without(oid::SCEP_MESSAGE_TYPE),
        &|error| matches!(error, Error::Message(MessageError::AttributeMissing { oid }) if *oid == oid::SCEP_MESSAGE_TYPE),
    );
}

#[test]
fn scep_3_2_1_03_and_3_2_1_5_01_every_message_has_a_sender_nonce_of_its_own() {
    let mut nonces = BTreeSet::new();
    let mut messages = 0;
    for transcript in all() {
        for message in transcript.messages() {
            let (tag, nonce) = message.attribute(oid::SCEP_SENDER_NONCE).expect("senderNonce");
            assert_eq!((tag, nonce.len()), (Tag::OCTET_STRING, 16));
            nonces.insert((transcript.pair.server.policy == Policy::Pend(2), nonce.to_vec()));
            messages += 1;
        }
    }
    assert_eq!(nonces.len(), messages);
    refused(&good().without(oid::SCEP_SENDER_NONCE), &[2]);
}

#[test]
fn scep_3_2_1_04_content_type_and_message_digest_are_there() {
    for transcript in all() {
        for message in transcript.messages() {
            assert_eq!(message.attribute(oid::CONTENT_TYPE), Some((Tag::OID, oid::DATA.as_bytes())));
            let content = message.content.as_deref().unwrap_or_default();
            let digest = PROVIDER.digest(oid::SHA256).expect("SHA-256").digest(&[content]);
            assert_eq!(message.attribute(oid::MESSAGE_DIGEST), Some((Tag::OCTET_STRING, digest.as_bytes())));
        }
    }
    for omitted in [oid::CONTENT_TYPE, oid::MESSAGE_DIGEST] {
        refused(&good().with(|message| message.signer().omitted = vec![omitted]), &[1]);
    }
}

#[test]
fn scep_3_2_1_05_every_cert_rep_has_a_pki_status() {
    for transcript in all() {
        for reply in &transcript.replies {
            let (tag, status) = reply.attribute(oid::SCEP_PKI_STATUS).expect("pkiStatus");
            assert!(tag == Tag::PRINTABLE_STRING && [b"0", b"2", b"3"].iter().any(|known| *known == status));
        }
    }
    let (_, success) = success();
    let missing = Error::from(Misbehaviour::Status(None));
    discarded(&success.without(oid::SCEP_PKI_STATUS), &|error| *error == missing);
}

#[test]
fn scep_3_2_1_06_and_3_3_2_2_01_every_failure_has_a_reason_that_fits() {
    let reply = &Transcript::rejected().replies[0];
    assert_eq!(reply.attribute(oid::SCEP_FAIL_INFO), Some((Tag::PRINTABLE_STRING, &b"3"[..])));
    for (message, info) in [
        (good().with(|message| message.signer().digest = DigestAlgorithm::MD5), b"0"),
        (good().with(|message| message.signer().flaw = Flaw::Bit), b"1"),
        (good().set_text(oid::SCEP_MESSAGE_TYPE, "99"), b"2"),
    ] {
        let (reply, _) = serve(&message);
        assert_eq!(Seen::of(&reply.body).value(oid::SCEP_FAIL_INFO), info);
    }
    assert!(Transcript::issued().replies.iter().all(|reply| reply.attribute(oid::SCEP_FAIL_INFO).is_none()));
}

#[test]
fn scep_3_2_1_08_and_3_2_1_5_02_every_reply_has_the_nonce_of_its_request() {
    for transcript in all() {
        for (request, reply) in transcript.requests.iter().zip(&transcript.replies) {
            assert_eq!(reply.attribute(oid::SCEP_RECIPIENT_NONCE), request.attribute(oid::SCEP_SENDER_NONCE));
        }
    }
}

#[test]
fn scep_3_2_1_1_01_transactions_have_ids_of_their_own() {
    let ids: BTreeSet<_> = (0..3)
        .map(|seed| Transcript::of(Scenario::new().seed(seed)).requests[0].value(oid::SCEP_TRANSACTION_ID).to_vec())
        .collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn scep_3_2_1_1_02_the_transaction_id_is_a_printable_string() {
    for message in Transcript::issued().messages() {
        let (tag, id) = message.attribute(oid::SCEP_TRANSACTION_ID).expect("transactionID");
        assert!(tag == Tag::PRINTABLE_STRING && !id.is_empty() && id.iter().all(u8::is_ascii_alphanumeric));
    }
}

#[test]
fn scep_3_2_1_1_03_one_id_in_all_messages_of_a_transaction() {
    let transcript = Transcript::issued();
    let ids: BTreeSet<_> = transcript.messages().map(|message| message.value(oid::SCEP_TRANSACTION_ID)).collect();
    assert_eq!(ids.len(), 1);
    let (_, success) = success();
    let other = Error::from(Misbehaviour::TransactionId);
    discarded(&success.set_text(oid::SCEP_TRANSACTION_ID, "other"), &|error| *error == other);
}

#[test]
fn scep_3_2_1_2_03_undefined_message_types_are_errors() {
    for message_type in ["0", "1", "2", "3", "4", "16", "18", "23", "255", "99999999999"] {
        refused(&good().set_text(oid::SCEP_MESSAGE_TYPE, message_type), &[2]);
    }
    let (_, success) = success();
    for message_type in [0, 18, 19, 23] {
        let expected = Error::from(Misbehaviour::Type(MessageType::new(message_type)));
        let reply = success.clone().set_text(oid::SCEP_MESSAGE_TYPE, &message_type.to_string());
        discarded(&reply, &|error| *error == expected);
    }
}

#[test]
fn scep_3_2_1_3_02_undefined_statuses_are_errors() {
    let (_, success) = success();
    for status in [1, 4, 5, 2_147_483_648] {
        let expected = Error::from(Misbehaviour::Status(Some(PkiStatus::new(status))));
        let reply = success.clone().set_text(oid::SCEP_PKI_STATUS, &status.to_string());
        discarded(&reply, &|error| *error == expected);
    }
    for status in ["", "00", "0x0", " 0"] {
        let reply = success.clone().set_text(oid::SCEP_PKI_STATUS, status);
        discarded(&reply, &|error| matches!(error, Error::Message(MessageError::Attribute { .. })));
    }
}

#[test]
fn scep_3_2_1_4_01_fail_info_is_one_of_the_five() {
    let attacks = [
        good().with(|message| message.signer().flaw = Flaw::Bit),
        good().with(|message| message.content = None),
        good().with(|message| message.certificates.clear()),
        good().content([0x30, 0x00]),
        good().without(oid::SCEP_SENDER_NONCE),
        good().set_text(oid::SCEP_MESSAGE_TYPE, "x"),
        RawMessage::pkcs_req(&server(), "device", client_key())
            .set_text(oid::SCEP_MESSAGE_TYPE, "22")
            .signed_by(&fixtures::self_signed("device", fixtures::ec_key()), fixtures::ec_key()),
    ];
    for attack in attacks {
        let (reply, _) = serve(&attack);
        let info = Seen::of(&reply.body).value(oid::SCEP_FAIL_INFO).to_vec();
        assert!([b"0", b"1", b"2", b"3", b"4"].iter().any(|known| *known == info.as_slice()));
    }
}

#[test]
fn scep_3_2_1_4_02_undefined_reasons_end_in_failure() {
    for (info, number) in [("5", Some(5)), ("9", Some(9)), ("", None), ("-1", None), ("1,2", None)] {
        let (mut pair, _) = success();
        let failure = RawMessage::cert_rep(&Asked::by(&pair), &pair.server, "2").set_text(oid::SCEP_FAIL_INFO, info);
        let Ok(Step::Rejected(rejected)) = pair.try_reply(&failure.to_reply()) else { panic!("{info:?}") };
        let info = number.map(FailInfo::new);
        assert_eq!(rejected.reason(), &RejectReason::Failed { info, text: None });
        assert!(info.is_none_or(|info| info.known().is_none()));
    }
}

#[test]
fn scep_3_2_1_5_03_and_04_a_reply_without_our_nonce_is_rejected() {
    let (_, success) = success();
    let expected = Error::from(Misbehaviour::RecipientNonce);
    discarded(&success.clone().set_octets(oid::SCEP_RECIPIENT_NONCE, &[0; 16]), &|error| *error == expected);
    discarded(&success.without(oid::SCEP_RECIPIENT_NONCE), &|error| *error == expected);
}

// 3.2.2 and 3.3: what is in the envelope.

#[test]
fn scep_3_2_2_01_the_encrypted_content_type_is_id_data() {
    for message in Transcript::issued().messages().filter(|message| message.content.is_some()) {
        let content = message.content.as_deref().expect("content");
        let envelope = EnvelopedData::from_ber(content, Limits::DEFAULT).expect("EnvelopedData");
        assert_eq!(envelope.content_type(), oid::DATA);
    }
    let csr = fixtures::csr("device", client_key());
    let mut envelope = forge::RawEnvelope::new(csr.as_der(), &forge::recipient(&server()));
    envelope.content_type = oid::SIGNED_DATA;
    refused(&good().content(envelope.encode()), &[2]);
}

#[test]
fn scep_3_2_2_02_the_encrypted_content_is_the_message_data_itself() {
    let transcript = Transcript::issued();
    let ra = forge::recipient(&transcript.pair.server);
    assert!(Csr::from_der(&transcript.requests[0].data(&ra, ra_key())).is_ok());
    assert!(IssuerAndSubject::from_der(&transcript.requests[1].data(&ra, ra_key())).is_ok());
    let certificates = transcript.replies[2].data(&transcript.signer(), client_key());
    assert!(SignedData::from_ber(&certificates, Limits::DEFAULT).is_ok());
}

#[test]
fn scep_3_3_1_01_and_02_the_csr_has_a_subject_and_a_key() {
    let csr = Transcript::issued().csr();
    assert_eq!(csr.subject().as_der(), fixtures::name("device").as_der());
    assert_eq!(csr.public_key(), Signer::public_key(client_key()).as_ref());
    assert!(csr.verify(&PROVIDER).is_ok());
}

#[test]
fn scep_3_3_1_03_the_csr_has_the_challenge_once() {
    let csr = Transcript::issued().csr();
    let challenges: Vec<_> = csr
        .attributes()
        .filter(|attribute| attribute.oid == oid::CHALLENGE_PASSWORD)
        .flat_map(|a| a.values().collect::<Vec<_>>())
        .collect();
    assert!(matches!(&challenges[..], [value] if value.content() == fixtures::CHALLENGE.as_bytes()));
}

#[test]
fn scep_3_3_2_1_01_and_03_success_has_the_certificate_and_it_is_the_leaf() {
    let transcript = Transcript::issued();
    let data = transcript.replies[2].data(&transcript.signer(), client_key());
    let bundle = SignedData::from_ber(&data, Limits::DEFAULT).expect("SignedData");
    let certificates: Vec<_> =
        bundle.certificates().map(|der| Certificate::from_der(der).expect("a certificate")).collect();
    assert_eq!(certificates.len(), 1);
    assert_eq!(certificates[0].public_key(), Signer::public_key(client_key()).as_ref());
    assert!(certificates[0].basic_constraints().expect("readable").is_none_or(|constraints| !constraints.is_ca));
}

#[test]
fn scep_3_4_01_degenerate_signed_data_has_no_content() {
    let transcript = Transcript::issued();
    let in_success = transcript.replies[2].data(&transcript.signer(), client_key());
    let in_get_ca_cert = &transcript.pair.network.log()[1].1.body;
    for der in [&in_success, in_get_ca_cert] {
        let mut outer = Reader::new(der);
        let mut info = outer.sequence().expect("ContentInfo");
        assert_eq!(info.oid().expect("contentType"), oid::SIGNED_DATA);
        let signed: Element<'_> = info.nested(Tag::context_constructed(0)).expect("content").any().expect("SignedData");
        // Version 1, no digests, id-data without eContent, and certificates at once behind it.
        assert!(signed.content().starts_with(&CERTS_ONLY_PREFIX));
        assert_eq!(signed.content()[15..19], [0x01, 0x07, 0x01, 0xa0]);
        assert!(signed.content().ends_with(&[0x31, 0x00]));
    }
}

// 3.5: capabilities.

#[test]
fn scep_3_5_01_the_server_says_what_it_can_do() {
    let transcript = Transcript::issued();
    let body = str::from_utf8(&transcript.pair.network.log()[0].1.body).expect("text");
    let words: BTreeSet<_> = body.lines().collect();
    for word in ["AES", "POSTPKIOperation", "Renewal", "SCEPStandard", "SHA-256"] {
        assert!(words.contains(word), "{body}");
    }
    assert!(!words.contains("GetNextCACert"), "what is not done is not stated");
}

/// The method and the algorithms that a client uses after this answer to GetCACaps.
fn after(capabilities: &[u8]) -> (Method, Vec<u8>, Vec<u8>) {
    let mut pair = Scenario::new().start_with(legacy());
    pair.step = pair.try_reply(&HttpResponse::new(200, "text/plain", capabilities)).expect("GetCACert");
    assert!(matches!(pair.drive(), End::Issued(_)));
    let request = &pair.network.log()[1].0;
    let parsed = request.parse(&Limits::DEFAULT).expect("a request");
    let scep::http::Request::PkiOperation { message } = parsed else { panic!("{parsed:?}") };
    let seen = Seen::of(&message);
    (request.method, seen.digest.clone(), seen.cipher())
}

/// A client that goes as low as RFC 8894 allows.
fn legacy() -> ClientConfig {
    ClientConfig::new(PROVIDER).with_algorithm_floor(AlgorithmFloor::Legacy)
}

fn least() -> (Method, Vec<u8>, Vec<u8>) {
    (Method::Get, oid::SHA1.as_bytes().to_vec(), oid::DES_EDE3_CBC.as_bytes().to_vec())
}

fn best() -> (Method, Vec<u8>, Vec<u8>) {
    (Method::Post, oid::SHA256.as_bytes().to_vec(), oid::AES128_CBC.as_bytes().to_vec())
}

#[test]
fn scep_3_5_2_03_unknown_keywords_are_ignored() {
    assert_eq!(after(b"SHA\nSHA-2567\nAESX\nSCEP\nS\n\nPOSTPKI\n"), least());
    assert_eq!(after(b"Frobnicate\nAES\nSHA-256\nPOSTPKIOperation\n"), best());
}

#[test]
fn scep_3_5_2_04_keywords_have_the_letter_case_of_table_7() {
    let transcript = Transcript::issued();
    let body = str::from_utf8(&transcript.pair.network.log()[0].1.body).expect("text");
    let table =
        ["AES", "DES3", "GetNextCACert", "POSTPKIOperation", "Renewal", "SHA-1", "SHA-256", "SHA-512", "SCEPStandard"];
    // SHA-384 is no word of the RFC's, but of servers in the field.
    assert!(body.lines().all(|word| table.contains(&word) || word == "SHA-384"), "{body}");
}

#[test]
fn scep_3_5_2_06_cr_lf_and_lf_are_the_same() {
    for body in [
        &b"AES\nSHA-256\nPOSTPKIOperation\n"[..],
        b"AES\r\nSHA-256\r\nPOSTPKIOperation\r\n",
        b"AES\r\nSHA-256\nPOSTPKIOperation",
        b"SCEPStandard",
    ] {
        assert_eq!(after(body), best());
    }
}

// 4: HTTP.

#[test]
fn scep_4_1_04_post_where_the_ca_has_it() {
    assert_eq!(after(b"POSTPKIOperation\n").0, Method::Post);
    assert_eq!(after(b"SCEPStandard\n").0, Method::Post);
    assert_eq!(after(b"AES\n").0, Method::Get);
}

#[test]
fn scep_4_1_06_and_07_get_has_escaped_standard_base64() {
    let mut pair = Scenario::new().pending(1).start();
    pair.step = pair.try_reply(&HttpResponse::new(200, "text/plain", "AES SHA-256")).expect("GetCACert");
    assert!(matches!(pair.drive(), End::Issued(_)));
    for (request, _) in &pair.network.log()[1..] {
        let message = request.query.strip_prefix("operation=PKIOperation&message=").expect("a message");
        assert!(message.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'%'));
        let plain = message.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        assert!(!plain.contains('%') && plain.len() % 4 == 0);
    }
}

#[test]
fn scep_4_2_01_and_4_3_01_and_4_4_01_the_names_of_operations() {
    let transcript = Transcript::issued();
    let queries: Vec<_> = transcript.pair.network.log().iter().map(|(request, _)| request.query.as_str()).collect();
    let operation = "operation=PKIOperation";
    assert_eq!(queries, ["operation=GetCACaps", "operation=GetCACert", operation, operation, operation]);
}

#[test]
fn scep_4_4_02_a_poll_has_the_transaction_id_of_its_request() {
    let transcript = Transcript::issued();
    let [request, polls @ ..] = &transcript.requests[..] else { panic!("no request") };
    assert_eq!(polls.len(), 2);
    for poll in polls {
        assert_eq!(poll.value(oid::SCEP_MESSAGE_TYPE), b"20");
        assert_eq!(poll.value(oid::SCEP_TRANSACTION_ID), request.value(oid::SCEP_TRANSACTION_ID));
    }
}

#[test]
fn scep_4_4_03_a_poll_that_belongs_to_no_request_is_rejected() {
    let names = IssuerAndSubject::new(fixtures::name("Root"), fixtures::name("device")).to_der();
    let signer = fixtures::self_signed("device", client_key());
    refused(&RawMessage::request(&server(), "20", &names, signer, client_key()), &[2, 4]);
}
