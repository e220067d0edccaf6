//! What a client does with replies, records, keys and callers that are not what they should be, beside the step table.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use conformance::{
    End, Pair, Scenario, Stage, TestRandom, TestServer,
    fixtures::{self, client_key, other_key},
    forge::{self, Asked, RawAttribute, RawMessage, RawSigner},
};
use hex_literal::hex;
use pki_core::{
    Certificate, CertificateBuilder, CsrBuilder, DecodeErrorKind, Profile, PublicKey, Validity,
    algorithm::{CipherAlgorithm, DigestAlgorithm, SignatureAlgorithm},
    chain::Violation,
    cms::{EnvelopeError, SignatureError},
    crypto::{
        ContentKey, CryptoProvider, Decrypter, SecureRandom, SignFailed, Signature, Signer, UnwrapFailed, WrappedKey,
        rustcrypto::{self, LEGACY_PROVIDER, PROVIDER, PrivateKey},
    },
    extension::Criticality,
    oid,
};
use scep::{
    FailInfo, HttpResponse,
    client::{
        AlgorithmFloor, ClientConfig, EnrolmentRequest, Error, Fingerprint, Issued, Misbehaviour, PendingRecord,
        RejectReason, Step, Unsupported,
    },
    http::MediaType,
    message::{BuildError, EnvelopeAlgorithms, MessageError},
};

/// A client that waits for the reply to its PKCSReq, and a SUCCESS for it to spoil.
fn success() -> (Pair, RawMessage) {
    let (pair, _) = Scenario::new().to_exchange(Stage::Request);
    let asked = Asked::by(&pair);
    let leaf = fixtures::below_root(fixtures::ca_key(), "device", client_key(), &Profile::DEVICE_CLIENT);
    let envelope = forge::envelope(&forge::certs_only(&[&leaf]), &asked.signer);
    let message = RawMessage::cert_rep(&asked, &pair.server, "0").content(envelope);
    (pair, message)
}

fn message_error(result: Result<Step, Error>) -> MessageError {
    match result {
        Err(Error::Message(error)) => error,
        other => panic!("{other:?}"),
    }
}

// Replies.

#[test]
fn two_signers_are_refused_even_if_one_is_the_authority() {
    let (mut pair, good) = success();
    let strange = fixtures::self_signed("stranger", other_key());
    let attributes = good.signers[0].attributes.clone();
    let stranger = RawSigner::new(strange.clone(), other_key(), attributes);
    for place in [0, 1] {
        let two = good.clone().with(|message| {
            message.certificates.push(strange.as_der().to_vec());
            message.signers.insert(place, stranger.clone());
        });
        assert_eq!(message_error(pair.try_reply(&two.to_reply())), MessageError::SignerCount { found: 2 });
    }
    let none = good.with(|message| message.signers.clear());
    assert_eq!(message_error(pair.try_reply(&none.to_reply())), MessageError::SignerCount { found: 0 });
}

#[test]
fn repeated_attributes_are_refused() {
    let (mut pair, good) = success();
    for attribute in good.signers[0].attributes.clone() {
        let twice = good.clone().with(|message| message.signer().attributes.push(attribute.clone()));
        let error = message_error(pair.try_reply(&twice.to_reply()));
        assert!(matches!(error, MessageError::Attribute { oid, .. } if oid == attribute.oid), "{error:?}");
        let two_values = good.clone().with(|message| {
            let there = message.signer().attributes.iter_mut().find(|there| there.oid == attribute.oid);
            let there = there.expect("the attribute");
            there.values.push(there.values[0].clone());
        });
        let error = message_error(pair.try_reply(&two_values.to_reply()));
        assert!(matches!(error, MessageError::Attribute { oid, .. } if oid == attribute.oid), "{error:?}");
    }
}

#[test]
fn unsigned_attributes_are_not_looked_at() {
    let (mut pair, good) = success();
    let shadow =
        vec![RawAttribute::printable(oid::SCEP_PKI_STATUS, "0"), RawAttribute::printable(oid::SCEP_FAIL_INFO, "1")];
    let failure =
        good.clone().set_text(oid::SCEP_PKI_STATUS, "2").with(|message| message.signer().unsigned = shadow.clone());
    assert!(matches!(pair.try_reply(&failure.to_reply()), Ok(Step::Rejected(_))));
    let hidden = good.without(oid::SCEP_PKI_STATUS).with(|message| message.signer().unsigned = shadow);
    assert_eq!(pair.try_reply(&hidden.to_reply()).map(drop), Err(Misbehaviour::Status(None).into()));
}

#[test]
fn scep_2_9_10_and_11_des_and_md5_are_refused() {
    let (mut pair, good) = success();
    let md5 = good.clone().with(|message| message.signer().digest = DigestAlgorithm::MD5);
    let error = message_error(pair.try_reply(&md5.to_reply()));
    assert_eq!(error, MessageError::Signature(SignatureError::UnsupportedAlgorithm { field: "digestAlgorithm" }));
    let algorithms = EnvelopeAlgorithms { cipher: CipherAlgorithm::DES_CBC, ..EnvelopeAlgorithms::MANDATORY };
    let signer = Asked::by(&pair).signer;
    let des = good.content(forge::envelope_with(&forge::certs_only(&[]), &signer, algorithms));
    let error = message_error(pair.try_reply(&des.to_reply()));
    assert_eq!(error, MessageError::Envelope(EnvelopeError::UnsupportedCipher));
}

#[test]
fn a_reply_in_other_algorithms_than_the_request_is_read() {
    let (mut pair, good) = success();
    let leaf = fixtures::below_root(fixtures::ca_key(), "device", client_key(), &Profile::DEVICE_CLIENT);
    let signer = Asked::by(&pair).signer;
    for cipher in [CipherAlgorithm::DES_EDE3_CBC, CipherAlgorithm::AES256_CBC] {
        for digest in [DigestAlgorithm::SHA1, DigestAlgorithm::SHA512] {
            let algorithms = EnvelopeAlgorithms { cipher, ..EnvelopeAlgorithms::MANDATORY };
            let envelope = forge::envelope_with(&forge::certs_only(&[&leaf]), &signer, algorithms);
            let reply = good.clone().content(envelope).with(|message| message.signer().digest = digest);
            assert!(matches!(pair.try_reply(&reply.to_reply()), Ok(Step::Open(_))));
        }
    }
}

#[test]
fn the_reply_to_another_client_with_the_same_key_is_refused() {
    let (mut first, _) = Scenario::new().seed(1).to_exchange(Stage::Request);
    let (mut second, _) = Scenario::new().seed(2).to_exchange(Stage::Request);
    let reply = second.true_reply();
    assert_eq!(first.try_reply(&reply).map(drop), Err(Misbehaviour::TransactionId.into()));
}

#[test]
fn a_certificate_of_the_ca_that_may_not_sign_replies_is_not_believed() {
    let server = || TestServer::with_two_ras(fixtures::ca_key(), fixtures::ra_key(), fixtures::ra_encryption_key());
    let (mut pair, _) = Scenario::with_server(server()).to_exchange(Stage::Request);
    let encryption = forge::recipient(&pair.server);
    let pending = RawMessage::cert_rep(&Asked::by(&pair), &pair.server, "3");
    assert!(matches!(pair.try_reply(&pending.to_reply()), Ok(Step::Wait(_))));
    let by_the_other_ra = pending.signed_by(&encryption, fixtures::ra_encryption_key());
    assert_eq!(message_error(pair.try_reply(&by_the_other_ra.to_reply())), MessageError::SignerUnknown);
}

#[test]
fn a_device_does_not_stand_in_for_the_ra() {
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Certificates);
    let device = fixtures::below_root(fixtures::ca_key(), "insider", other_key(), &Profile::DEVICE_CLIENT);
    let (ca, ra) = (pair.server.ca().clone(), pair.server.signing());
    for bundle in [[&device, &ra, &ca], [&ca, &device, &ra], [&ra, &ca, &device]] {
        let reply = HttpResponse::ok(MediaType::X509CaRaCert, forge::certs_only(&bundle));
        let mut follow = Scenario::new().to_exchange(Stage::Certificates).0;
        follow.step = pair.try_reply(&reply).expect("a signature");
        while !matches!(follow.step, Step::Exchange(_)) {
            follow.turn().expect("a next step");
        }
        let reply = follow.true_reply();
        let pending = RawMessage::cert_rep(&Asked::by(&follow), &follow.server, "3").signed_by(&device, other_key());
        assert_eq!(message_error(follow.try_reply(&pending.to_reply())), MessageError::SignerUnknown);
        assert!(matches!(follow.try_reply(&reply), Ok(Step::Open(_))), "the request was for the RA");
    }
    let reply = HttpResponse::ok(MediaType::X509CaRaCert, forge::certs_only(&[&device, &ca]));
    let no_recipient = Error::Authority(scep::client::AuthorityError::NoRecipient(None));
    assert_eq!(pair.try_reply(&reply).map(drop), Err(no_recipient));
}

#[test]
fn rfc5280_s4_2_1_12_an_ra_with_purposes_has_one_of_an_agent() {
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Certificates);
    let ca = pair.server.ca().clone();
    for (purposes, is_ra) in [
        (&[][..], true),
        (&[oid::CERTIFICATE_REQUEST_AGENT], true),
        (&[oid::CLIENT_AUTH, oid::CERTIFICATE_REQUEST_AGENT], true),
        (&[oid::CMC_RA], true),
        (&[oid::ANY_EXTENDED_KEY_USAGE], true),
        (&[oid::CLIENT_AUTH], false),
        (&[oid::SERVER_AUTH, oid::EMAIL_PROTECTION], false),
        (&[oid::DATA], false),
    ] {
        let ra = fixtures::below_root(
            fixtures::ca_key(),
            "RA",
            fixtures::ra_key(),
            &Profile::RA.with_extended_key_usage(purposes),
        );
        let reply = HttpResponse::ok(MediaType::X509CaRaCert, forge::certs_only(&[&ca, &ra]));
        assert_eq!(pair.try_reply(&reply).is_ok(), is_ra, "{purposes:?}");
        // Who pins the RA itself knows what it is.
        let pin = Fingerprint::of(&ra, &PROVIDER).expect("SHA-256");
        let mut pinned = Scenario::new().start_with(ClientConfig::new(PROVIDER).with_fingerprint(pin));
        pinned.turn().expect("GetCACert");
        assert!(pinned.try_reply(&reply).is_ok());
    }
}

// The fingerprint (section 2.2).

#[test]
fn scep_2_2_06_the_fingerprint_is_of_the_whole_certificate_and_compared_whole() {
    let server = TestServer::with_ra(fixtures::ca_key(), fixtures::ra_key(), PROVIDER);
    let ca = server.ca();
    let digest =
        |oid, bytes: &[u8]| LEGACY_PROVIDER.digest(oid).expect("a digest").digest(&[bytes]).as_bytes().to_vec();
    let whole = digest(oid::SHA256, ca.as_der());
    let last_bit = [&whole[..31], &[whole[31] ^ 1]].concat();
    let first_half = [&whole[..8], &[0; 24][..]].concat();
    for (what, octets, ends_well) in [
        ("SHA-256", whole.clone(), true),
        ("SHA-1", digest(oid::SHA1, ca.as_der()), true),
        ("SHA-512", digest(oid::SHA512, ca.as_der()), true),
        ("SHA-384", digest(oid::SHA384, ca.as_der()), true),
        ("MD5, which the provider lacks", digest(oid::MD5, ca.as_der()), false),
        ("of the TBSCertificate", digest(oid::SHA256, ca.tbs()), false),
        ("of the key", digest(oid::SHA256, ca.public_key().as_der()), false),
        ("the last bit is another", last_bit, false),
        ("the first 8 octets are right", first_half, false),
        ("the first 20 octets of SHA-256", whole[..20].to_vec(), false),
    ] {
        let fingerprint = Fingerprint::new(&octets).expect("a fingerprint");
        let mut pair = Scenario::new().start_with(ClientConfig::new(PROVIDER).with_fingerprint(fingerprint));
        let end = pair.drive();
        assert_eq!(matches!(end, End::Issued(_)), ends_well, "{what}");
        // 2.2-07: nothing is sent to a CA that is not the right one.
        let sent = pair.network.log().iter().any(|(request, _)| request.query.contains("PKIOperation"));
        assert_eq!(sent, ends_well, "{what}");
    }
}

#[test]
fn scep_2_2_07_another_ca_of_the_same_name_has_another_fingerprint() {
    let impostor = TestServer::with_ra(other_key(), fixtures::ra_key(), PROVIDER);
    let (pair, confirm) = Scenario::with_server(impostor).to_confirm();
    let right = fixtures::root(fixtures::ca_key());
    assert_eq!(pair.server.ca().subject().as_der(), right.subject().as_der());
    assert_ne!(confirm.fingerprint(), &Fingerprint::of(&right, &PROVIDER).expect("SHA-256"));
}

// The certificate that is issued (section 3.3.2.1, RFC 5280 section 6).

/// What becomes of these certificates in a SUCCESS.
fn judge(pair: &mut Pair, certificates: &[&Certificate]) -> Result<Issued, Error> {
    let asked = Asked::by(pair);
    let envelope = forge::envelope(&forge::certs_only(certificates), &asked.signer);
    let reply = RawMessage::cert_rep(&asked, &pair.server, "0").content(envelope).to_reply();
    let Ok(Step::Open(open)) = pair.try_reply(&reply) else { panic!("not opened") };
    open.open_with(client_key(), &mut pair.rng).map(|step| match step {
        Step::Issued(issued) => issued,
        step => panic!("{step:?}"),
    })
}

fn bad_path(result: Result<Issued, Error>) -> (Violation, usize) {
    match result {
        Err(Error::Misbehaved(Misbehaviour::BadCertificatePath(error))) => (error.violation().clone(), error.depth()),
        other => panic!("{other:?}"),
    }
}

/// A certificate for `subject`, changed in some way.
fn certify(
    issuer: Entity,
    subject: Entity,
    validity: Validity,
    change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
) -> Certificate {
    let (issuer_name, name) = (fixtures::name(issuer.0), fixtures::name(subject.0));
    let key = Signer::public_key(subject.1);
    let serial = fixtures::serial(&name, key);
    let builder = CertificateBuilder::new(serial, issuer_name.clone(), name, validity, key.clone());
    fixtures::certify_with((&issuer_name, issuer.1), change(builder))
}

fn issuing(builder: CertificateBuilder) -> CertificateBuilder {
    builder.with_profile(&Profile::issuing_ca(0))
}

fn device(builder: CertificateBuilder) -> CertificateBuilder {
    builder.with_profile(&Profile::DEVICE_CLIENT)
}

type Entity = (&'static str, &'static PrivateKey);
const ROOT: fn() -> Entity = || ("Root", fixtures::ca_key());
const ISSUING: fn() -> Entity = || ("Issuing", fixtures::ra_encryption_key());
const DEVICE: fn() -> Entity = || ("device", client_key());

#[test]
fn a_ca_in_the_reply_may_have_issued_the_certificate_if_it_is_below_the_confirmed_one() {
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Request);
    let ca = certify(ROOT(), ISSUING(), fixtures::validity(), issuing);
    let leaf = certify(ISSUING(), DEVICE(), fixtures::validity(), device);
    for given in [[&leaf, &ca], [&ca, &leaf]] {
        let issued = judge(&mut pair, &given).expect("a certificate");
        assert_eq!(issued.chain(), [leaf.clone(), ca.clone(), pair.server.ca().clone()]);
        let validated = issued.validated().expect("a path");
        assert_eq!(validated.path(), [leaf.clone(), ca.clone()]);
        assert_eq!(validated.anchor().certificate(), Some(pair.server.ca()));
        assert_eq!(validated.signatures(), 2);
    }
}

#[test]
fn a_ca_in_the_reply_that_does_not_hold_issues_nothing() {
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Request);
    let now = pair.clock.now();
    let good = fixtures::validity();
    let leaf = certify(ISSUING(), DEVICE(), good, device);
    let past = Validity::new(good.not_before, now.minus(Duration::from_secs(1)));
    let expired = certify(ROOT(), ISSUING(), past, issuing);
    let violation = Violation::Expired { at: now, not_after: past.not_after };
    assert_eq!(bad_path(judge(&mut pair, &[&leaf, &expired])), (violation, 1));

    let no_ca = certify(ROOT(), ISSUING(), good, device);
    let (violation, depth) = bad_path(judge(&mut pair, &[&leaf, &no_ca]));
    assert!(matches!((violation, depth), (Violation::NotACa { .. }, 1)));

    let elsewhere = fixtures::name("elsewhere");
    let names = [pki_core::GeneralName::DirectoryName(elsewhere.as_ref())];
    let constrained = certify(ROOT(), ISSUING(), good, |builder| issuing(builder).with_name_constraints(&names, &[]));
    assert!(matches!(bad_path(judge(&mut pair, &[&leaf, &constrained])).0, Violation::Name(_)));

    // A CA below this one may issue nothing at all.
    let lower = certify(ISSUING(), ("Lower", fixtures::ra_key()), good, issuing);
    let upper = certify(ROOT(), ISSUING(), good, issuing);
    let leaf = certify(("Lower", fixtures::ra_key()), DEVICE(), good, device);
    let violation = (Violation::PathLength { allowed: 0 }, 1);
    assert_eq!(bad_path(judge(&mut pair, &[&leaf, &lower, &upper])), violation);
}

#[test]
fn a_certificate_by_the_ca_of_others_is_refused_even_if_they_sent_all_of_their_path() {
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Request);
    let others = ("Others", other_key());
    let root = certify(others, others, fixtures::validity(), |builder| builder.with_profile(&Profile::ROOT_CA));
    let leaf = certify(others, DEVICE(), fixtures::validity(), device);
    let (violation, _) = bad_path(judge(&mut pair, &[&leaf, &root]));
    assert_eq!(violation, Violation::UnknownIssuer { issuer: fixtures::name("Others") });
    let middle = certify(others, ISSUING(), fixtures::validity(), issuing);
    let leaf = certify(ISSUING(), DEVICE(), fixtures::validity(), device);
    let (violation, depth) = bad_path(judge(&mut pair, &[&leaf, &middle]));
    assert_eq!((violation, depth), (Violation::UnknownIssuer { issuer: fixtures::name("Others") }, 1));
    // Nor does the key that was asked for certify itself.
    let own = certify(DEVICE(), DEVICE(), fixtures::validity(), device);
    let (violation, _) = bad_path(judge(&mut pair, &[&own]));
    assert_eq!(violation, Violation::UnknownIssuer { issuer: fixtures::name("device") });
}

#[test]
fn where_the_issuer_is_not_at_hand_there_is_no_path() {
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Request);
    let leaf = certify(ISSUING(), DEVICE(), fixtures::validity(), device);
    let issued = judge(&mut pair, &[&leaf]).expect("a certificate");
    assert_eq!(issued.chain(), core::slice::from_ref(&leaf));
    assert!(issued.validated().is_none());
}

/// The CA has its key anew, and says so with a certificate by the old one (RFC 8894 section 4.7).
#[test]
fn a_certificate_by_the_next_key_of_the_ca_is_taken_with_what_leads_to_it() {
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Request);
    let next = ("Root", fixtures::ra_encryption_key());
    let link = certify(ROOT(), next, fixtures::validity(), |builder| builder.with_profile(&Profile::ROOT_CA));
    let leaf = certify(next, DEVICE(), fixtures::validity(), device);
    assert_eq!(judge(&mut pair, &[&leaf]).map(drop), Err(Misbehaviour::BadCertificateSignature.into()));
    let issued = judge(&mut pair, &[&leaf, &link]).expect("a certificate");
    assert_eq!(issued.chain(), [leaf, link, pair.server.ca().clone()]);
}

#[test]
fn validity_and_extensions_of_the_certificate_are_the_ca_s_choice() {
    let (mut pair, _) = Scenario::new().to_exchange(Stage::Request);
    let (now, hour) = (pair.clock.now(), Duration::from_secs(3600));
    for validity in [Validity::starting(now.plus(hour), hour), Validity::starting(now.minus(2 * hour), hour)] {
        let leaf = certify(ROOT(), DEVICE(), validity, device);
        assert!(judge(&mut pair, &[&leaf]).expect("a certificate").validated().is_some());
    }
    let leaf = certify(ROOT(), DEVICE(), fixtures::validity(), |builder| {
        device(builder).add_extension(oid::DATA, Criticality::Critical, &[0x05, 0x00])
    });
    assert!(judge(&mut pair, &[&leaf]).expect("a certificate").validated().is_some());
    // The CA's are not: it has to be valid when what it issues begins to be.
    let late = Validity::starting(fixtures::validity().not_after.plus(hour), hour);
    let leaf = certify(ROOT(), DEVICE(), late, device);
    let (violation, depth) = bad_path(judge(&mut pair, &[&leaf]));
    let not_after = fixtures::validity().not_after;
    assert_eq!((violation, depth), (Violation::Expired { at: late.not_before, not_after }, 1));
}

#[test]
fn who_pins_the_ra_leaves_it_to_the_ra_to_name_the_ca() {
    let ra = TestServer::with_ra(fixtures::ca_key(), fixtures::ra_key(), PROVIDER).signing();
    let pin = Fingerprint::of(&ra, &PROVIDER).expect("SHA-256");
    let mut pair = Scenario::new().start_with(ClientConfig::new(PROVIDER).with_fingerprint(pin));
    while !matches!(&pair.step, Step::Exchange(exchange) if exchange.request().query.contains("PKIOperation")) {
        pair.turn().expect("a next step");
    }
    let ca = pair.server.ca().clone();
    let leaf = certify(ROOT(), DEVICE(), fixtures::validity(), device);
    for (given, chain) in [(vec![&leaf], vec![leaf.clone()]), (vec![&ca, &leaf], vec![leaf.clone(), ca.clone()])] {
        let issued = judge(&mut pair, &given).expect("a certificate");
        assert_eq!(issued.chain(), chain);
        assert!(issued.validated().is_none());
    }
    let false_leaf = certify(("Root", other_key()), DEVICE(), fixtures::validity(), device);
    let result = judge(&mut pair, &[&false_leaf, &ca]).map(drop);
    assert_eq!(result, Err(Misbehaviour::BadCertificateSignature.into()));
}

// What is sent.

#[test]
fn scep_2_4_10_the_challenge_travels_inside_the_envelope_only() {
    let (mut pair, _) = Scenario::new().pending(2).to_wait();
    assert!(matches!(pair.drive(), End::Issued(_)));
    let wide: Vec<u8> = fixtures::CHALLENGE.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (request, reply) in pair.network.log() {
        for text in [fixtures::CHALLENGE.as_bytes(), &wide] {
            for bytes in [&request.body, request.query.as_bytes(), &reply.body] {
                assert!(!bytes.windows(text.len()).any(|window| window == text));
            }
        }
    }
}

#[test]
fn the_record_holds_no_challenge_and_debug_output_neither() {
    let (pair, wait) = Scenario::new().pending(1).to_wait();
    let der = wait.record().to_der();
    assert!(!der.windows(fixtures::CHALLENGE.len()).any(|window| window == fixtures::CHALLENGE.as_bytes()));
    for step in [format!("{wait:?}"), format!("{:?}", pair.step), format!("{:?}", Scenario::new().to_sign().1)] {
        assert!(!step.contains(fixtures::CHALLENGE));
    }
}

// Keys and randomness that fail.

#[derive(Debug)]
struct Broken;

impl Signer for Broken {
    fn public_key(&self) -> &PublicKey {
        Signer::public_key(client_key())
    }

    fn algorithms(&self) -> &[SignatureAlgorithm] {
        &[]
    }

    fn sign(&self, _: SignatureAlgorithm, _: &[u8], _: &mut dyn SecureRandom) -> Result<Signature, SignFailed> {
        Err(SignFailed)
    }
}

impl Decrypter for Broken {
    fn public_key(&self) -> &PublicKey {
        Signer::public_key(client_key())
    }

    fn unwrap_key(&self, _: &WrappedKey, _: &mut dyn SecureRandom) -> Result<ContentKey, UnwrapFailed> {
        Err(UnwrapFailed)
    }
}

#[test]
fn a_key_that_is_out_of_reach_leaves_the_step() {
    let (mut pair, sign) = Scenario::new().to_sign();
    assert_eq!(sign.sign_with(&Broken, &mut pair.rng).map(drop), Err(Error::Sign(SignFailed)));
    assert!(matches!(pair.drive(), End::Issued(_)));
    let (mut pair, open) = Scenario::new().to_open();
    assert_eq!(open.open_with(&Broken, &mut pair.rng).map(drop), Err(Error::Unwrap(UnwrapFailed)));
    let wrong = open.open_with(other_key(), &mut pair.rng);
    assert_eq!(message_error(wrong), MessageError::Unopenable);
    assert_eq!(message_error(open.attach(&ContentKey::new(vec![0; 16]))), MessageError::Unopenable);
    assert_eq!(message_error(open.attach(&ContentKey::new(vec![]))), MessageError::Unopenable);
    assert!(matches!(pair.drive(), End::Issued(_)));
}

#[test]
fn a_signature_by_the_wrong_key_is_the_server_s_to_refuse() {
    let mut pair = Scenario::new().start();
    pair.transport_key = other_key();
    pair.key = other_key();
    let reason = pair.drive().rejected();
    assert_eq!(reason, RejectReason::Failed { info: Some(FailInfo::BAD_MESSAGE_CHECK), text: None });
}

#[test]
fn randomness_that_fails_leaves_the_step() {
    let mut pair = Scenario::new().pending(1).unpinned().start();
    let mut failures = BTreeSet::new();
    loop {
        for count in 0.. {
            let mut rng = TestRandom::failing_after(5, count);
            let result = match &pair.step {
                Step::ConfirmAuthority(confirm) => confirm.accept(&mut rng),
                Step::Sign(sign) => {
                    let mut good = TestRandom::new(count.into());
                    let signature = client_key().sign(sign.algorithm(), sign.bytes(), &mut good).expect("a signature");
                    sign.attach(signature, &mut rng)
                }
                Step::Wait(wait) => wait.poll(&mut rng),
                _ => break,
            };
            match result {
                Ok(_) => break,
                Err(Error::Random(_)) => failures.insert("Random"),
                Err(Error::Build(BuildError::Random(_) | BuildError::Seal(_))) => failures.insert("Build"),
                Err(error) => panic!("{error:?}"),
            };
        }
        if pair.end().is_some() {
            break;
        }
        pair.turn().expect("a next step");
    }
    assert_eq!(failures, BTreeSet::from(["Random", "Build"]));
    assert!(matches!(pair.drive(), End::Issued(_)));
}

// What can't succeed is not begun.

#[test]
fn what_can_not_succeed_is_not_begun() {
    let start = |crypto, request| Step::start(Arc::new(ClientConfig::new(crypto)), request).map(drop);
    // Without a challenge, there is nothing to encrypt the reply under.
    let ec_key = || Signer::public_key(fixtures::ec_key()).clone();
    let ec = || EnrolmentRequest::new(CsrBuilder::new(fixtures::name("device"), ec_key()));
    let cannot = Err(Error::Unsupported(Unsupported::TransportKeyCannotDecrypt));
    assert_eq!(start(PROVIDER, ec()), cannot);
    assert_eq!(start(PROVIDER, ec().with_transport_key(ec_key())), cannot);
    let rsa = Signer::public_key(client_key()).clone();
    assert_eq!(start(PROVIDER, ec().with_transport_key(rsa.clone())), Ok(()));
    // X25519 (RFC 8410): a key that nothing signs with.
    let x25519 = [&hex!("302a300506032b656e032100")[..], &[9; 32]].concat();
    let csr = CsrBuilder::new(fixtures::name("device"), PublicKey::from_der(&x25519).expect("a key"));
    let request = EnrolmentRequest::new(csr).with_transport_key(rsa);
    assert_eq!(start(PROVIDER, request), Err(Error::Unsupported(Unsupported::Key)));
    let request = || EnrolmentRequest::new(fixtures::request("device", client_key()));
    let without_sha256 = CryptoProvider { digests: &[&rustcrypto::Sha1], ..PROVIDER };
    let without_aes = CryptoProvider { ciphers: &[&rustcrypto::DesEde3Cbc], ..PROVIDER };
    let without_rsa = CryptoProvider { key_transports: &[], ..PROVIDER };
    for crypto in [without_sha256, without_aes, without_rsa] {
        assert_eq!(start(crypto, request()), Err(Error::Unsupported(Unsupported::Provider)));
    }
    let request = || EnrolmentRequest::new(fixtures::request("device", fixtures::ec_key()));
    let without_pbkdf2 = CryptoProvider { key_derivations: &[], ..PROVIDER };
    assert_eq!(start(PROVIDER, request()), Ok(()));
    assert_eq!(start(without_pbkdf2, request()), Err(Error::Unsupported(Unsupported::Provider)));
}

#[test]
fn an_ec_key_signs_with_sha_256_where_the_ca_has_sha_1_only() {
    let config = ClientConfig::new(PROVIDER).with_algorithm_floor(AlgorithmFloor::Legacy);
    let mut pair = Scenario::new().key(fixtures::ec_key()).transport_key(other_key()).start_with(config);
    pair.step = pair.try_reply(&HttpResponse::ok(MediaType::TextPlain, "SHA-1\nDES3\n")).expect("GetCACert");
    let issued = pair.drive();
    assert!(matches!(issued, End::Issued(_)), "{:?}", pair.errors);
}

// The record.

/// Written by version 1, kept since. Pending after the first PENDING, polls in a minute.
const VERSION_1: &[u8] = include_bytes!("data/records/pending-1.der");

#[test]
fn a_record_of_version_1_is_read() {
    let record = PendingRecord::from_der(VERSION_1).expect("a record");
    // Written anew, it is of the newest version.
    assert_ne!(record.to_der(), VERSION_1);
    assert_eq!(PendingRecord::from_der(&record.to_der()), Ok(record.clone()));
    assert_eq!(record.public_key(), Signer::public_key(client_key()));
    let (mut pair, _) = Scenario::new().pending(1).to_exchange(Stage::Poll);
    assert_eq!(record.until(), pair.clock.now());
    let wait = record.resume(Arc::clone(&pair.config), pair.clock.now()).expect("a wait");
    pair.step = wait.poll(&mut pair.rng).expect("a poll");
    while !matches!(pair.step, Step::Exchange(_)) {
        pair.turn().expect("a next step");
    }
    let asked = Asked::by(&pair);
    assert_eq!(&asked.attributes.transaction_id, record.transaction_id());
    assert_eq!(asked.attributes.message_type, scep::MessageType::CERT_POLL);
}

fn record_error(der: &[u8]) -> DecodeErrorKind {
    match PendingRecord::from_der(der) {
        Err(Error::Record(error)) => {
            assert_eq!(error.path().next(), Some("PendingRecord"));
            error.kind()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_record_of_an_unknown_version_is_refused_as_such() {
    // 30 82 xx xx 02 01 vv
    assert_eq!(VERSION_1[4..7], [0x02, 0x01, 0x01]);
    for version in [0, 3, 127] {
        let mut other = VERSION_1.to_vec();
        other[6] = version;
        assert_eq!(record_error(&other), DecodeErrorKind::UnsupportedVersion);
    }
    // A later version may look like anything behind its number.
    assert_eq!(record_error(&hex!("3003020103")), DecodeErrorKind::UnsupportedVersion);
}

#[test]
fn garbage_is_no_record() {
    for length in 0..VERSION_1.len() {
        record_error(&VERSION_1[..length]);
    }
    assert_eq!(record_error(&[VERSION_1, &[0]].concat()), DecodeErrorKind::TrailingData);
    let mut rng = TestRandom::new(9);
    for length in 0..500 {
        record_error(&rng.bytes(length));
    }
    // A changed octet gives an error or another record, and nothing worse; resuming it, too.
    let (pair, _) = Scenario::new().pending(1).to_wait();
    for place in 0..VERSION_1.len() {
        let mut changed = VERSION_1.to_vec();
        changed[place] ^= 1 << (place % 8);
        if let Ok(record) = PendingRecord::from_der(&changed) {
            assert_eq!(PendingRecord::from_der(&record.to_der()), Ok(record.clone()));
            if place % 16 == 0 {
                let _ = record.resume(Arc::clone(&pair.config), pair.clock.now());
            }
        }
    }
}

#[test]
fn a_ca_certificate_that_is_changed_in_the_record_is_not_believed() {
    let (pair, wait) = Scenario::new().pending(1).to_wait();
    let der = wait.record().to_der();
    let ca = pair.server.ca().as_der();
    let at = der.windows(ca.len()).position(|window| window == ca).expect("the CA's certificate");
    let impostor = TestServer::with_ra(other_key(), fixtures::ra_key(), PROVIDER);
    let other: &Certificate = impostor.ca();
    assert_eq!(other.as_der().len(), ca.len());
    let changed = [&der[..at], other.as_der(), &der[at + ca.len()..]].concat();
    let record = PendingRecord::from_der(&changed).expect("a record by its form");
    let result = record.resume(Arc::clone(&pair.config), pair.clock.now());
    assert!(matches!(result, Err(Error::Authority(_))), "{result:?}");
}
