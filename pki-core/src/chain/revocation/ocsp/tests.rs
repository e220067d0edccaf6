//! RFC 6960 sections 3.2 and 4.2.2.2, requirement by requirement.

use alloc::{vec, vec::Vec};
use core::time::Duration;

use super::*;
use crate::{
    CertificateBuilder, KeyKind, Name, Profile, SerialNumber, Validity,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    cert::extension::{Criticality, KeyUsage},
    crl::RevocationReason,
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
    der::{Tag, Writer},
    key::PublicKey,
    ocsp::{CertId, NoBasicResponse, OcspResponseBuilder, Refusal, ResponderId},
    oid,
};

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::ECDSA_SHA256;
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

fn now() -> UnixTime {
    UnixTime::from_civil(2026, 11, 23, 12, 0, 0).unwrap()
}

fn key() -> PrivateKey {
    PrivateKey::generate(KeyKind::P256, &mut Random(getrandom::SysRng)).unwrap()
}

fn name(text: &str) -> Name {
    Name::from_common_name(text).unwrap()
}

/// A CA, a certificate that it issued, and a responder's key.
struct World {
    ca: PrivateKey,
    responder: PrivateKey,
    certificate: Certificate,
}

/// Checks what is to be checked, counts it, and stops at a limit.
struct Counting {
    signatures: u32,
    limit: u32,
    asked: u32,
    delegate: Result<(), Violation>,
}

impl Counting {
    fn new() -> Self {
        Self { signatures: 0, limit: 100, asked: 0, delegate: Ok(()) }
    }

    fn take(&mut self) -> Option<()> {
        self.signatures += 1;
        (self.signatures <= self.limit).then_some(())
    }
}

impl Checks for Counting {
    fn certificate(&mut self, certificate: &Certificate, key: PublicKeyRef<'_>) -> Option<Result<(), VerifyError>> {
        self.take().map(|()| certificate.verify_signature(key, &PROVIDER))
    }

    fn response(&mut self, response: &BasicOcspResponse, key: PublicKeyRef<'_>) -> Option<Result<(), VerifyError>> {
        self.take().map(|()| response.verify_signature(key, &PROVIDER))
    }

    fn delegate_status(&mut self, _: &Certificate) -> Result<(), Violation> {
        self.asked += 1;
        self.delegate.clone()
    }
}

impl World {
    fn new() -> Self {
        let (ca, responder) = (key(), key());
        let certificate = issue(&ca, "leaf", &key(), 7, |builder| builder);
        Self { ca, responder, certificate }
    }

    fn id(&self, digest: DigestAlgorithm) -> CertId {
        CertId::of_certificate(&self.certificate, self.ca.public_key().as_ref(), digest, &PROVIDER).unwrap()
    }

    /// A good answer by SHA-256, of an hour ago and for a day.
    fn answer(&self, responder: ResponderId<'_>) -> OcspResponseBuilder {
        self.answering(responder, CertStatus::Good, now().minus(HOUR), Some(now().plus(DAY)))
    }

    fn answering(
        &self,
        responder: ResponderId<'_>,
        status: CertStatus,
        this_update: UnixTime,
        next_update: Option<UnixTime>,
    ) -> OcspResponseBuilder {
        let id = self.id(DigestAlgorithm::SHA256);
        OcspResponseBuilder::new(responder, now()).add_response(id.as_ref(), status, this_update, next_update)
    }

    /// By the CA itself.
    fn by_ca(&self, status: CertStatus, this_update: UnixTime, next_update: Option<UnixTime>) -> OcspResponse {
        sign(self.answering(ResponderId::ByName(name("ca").as_ref()), status, this_update, next_update), &self.ca)
    }

    /// By a responder with this certificate, which is in the response.
    fn by_delegate(&self, delegate: &Certificate) -> OcspResponse {
        let builder = self.answer(ResponderId::ByName(delegate.subject()));
        sign(builder.with_certificates(core::slice::from_ref(delegate)), &self.responder)
    }

    /// A proper certificate of the responder, with changes.
    fn delegate(&self, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Certificate {
        issue(&self.ca, "responder", &self.responder, 8, |builder| {
            change(builder.with_profile(&Profile::OCSP_RESPONDER).with_ocsp_no_check())
        })
    }

    fn ask(&self, response: &OcspResponse) -> Result<CertStatus, OcspRejection> {
        self.ask_with(response, &OcspPolicy::DEFAULT, &[], &mut Counting::new())
    }

    fn ask_with(
        &self,
        response: &OcspResponse,
        policy: &OcspPolicy,
        helpers: &[Certificate],
        checks: &mut Counting,
    ) -> Result<CertStatus, OcspRejection> {
        // What came over the wire.
        let response = OcspResponse::from_der(response.as_der()).unwrap();
        let question = Question {
            certificate: &self.certificate,
            issuer_key: self.ca.public_key().as_ref(),
            now: now(),
            policy,
            crypto: &PROVIDER,
        };
        Answer::find(&question, &response)?.status(&question, helpers.iter(), checks)
    }
}

fn issue(
    ca: &PrivateKey,
    subject: &str,
    key: &PrivateKey,
    serial: u8,
    change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
) -> Certificate {
    let validity = Validity::new(now().minus(DAY), now().plus(DAY));
    issue_for(ca, subject, key.public_key(), (serial, validity), change)
}

fn issue_for(
    ca: &PrivateKey,
    subject: &str,
    key: &PublicKey,
    (serial, validity): (u8, Validity),
    change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
) -> Certificate {
    let serial = SerialNumber::from_bytes(&[serial]).unwrap();
    let builder = CertificateBuilder::new(serial, name("ca"), name(subject), validity, key.clone());
    change(builder).build(ALGORITHM).unwrap().sign_with(ca, &mut Random(getrandom::SysRng)).unwrap()
}

fn sign(builder: OcspResponseBuilder, key: &PrivateKey) -> OcspResponse {
    builder.build(ALGORITHM).unwrap().sign_with(key, &mut Random(getrandom::SysRng)).unwrap()
}

#[test]
fn rfc6960_s2_2_each_status_is_told() {
    let world = World::new();
    let revoked = CertStatus::Revoked { at: now().minus(DAY), reason: Some(RevocationReason::KeyCompromise) };
    for status in [CertStatus::Good, CertStatus::Unknown, revoked] {
        let response = world.by_ca(status, now().minus(HOUR), Some(now().plus(DAY)));
        assert_eq!(world.ask(&response), Ok(status));
    }
}

#[test]
fn rfc6960_s2_3_a_refusal_tells_nothing() {
    let response = OcspResponse::refusal(Refusal::TryLater);
    let expected = OcspRejection::NoAnswer(NoBasicResponse::Refused(Refusal::TryLater));
    assert_eq!(World::new().ask(&response), Err(expected));
}

#[test]
fn rfc6960_s3_2_1_the_answer_is_for_the_certificate_by_any_digest() {
    let world = World::new();
    let responder = name("ca");
    for digest in [DigestAlgorithm::SHA1, DigestAlgorithm::SHA256, DigestAlgorithm::SHA512] {
        let builder = OcspResponseBuilder::new(ResponderId::ByName(responder.as_ref()), now());
        let builder = builder.add_response(world.id(digest).as_ref(), CertStatus::Good, now(), None);
        assert_eq!(world.ask(&sign(builder, &world.ca)), Ok(CertStatus::Good));
    }
}

#[test]
fn rfc6960_s3_2_1_the_answer_for_another_certificate_is_none() {
    let world = World::new();
    let (ca, serial) = (name("ca"), world.certificate.serial_number());
    let ca_key = world.ca.public_key();
    let other_key = key();
    for (serial, name, key) in [
        (&[9][..], &ca, ca_key),
        (serial, &name("other"), ca_key),
        // The CA's new key, or another CA of the same name.
        (serial, &ca, other_key.public_key()),
    ] {
        let id = CertId::new(serial, name.as_ref(), key.as_ref(), DigestAlgorithm::SHA256, &PROVIDER).unwrap();
        let builder = OcspResponseBuilder::new(ResponderId::ByName(ca.as_ref()), now());
        let response = sign(builder.add_response(id.as_ref(), CertStatus::Good, now(), None), &world.ca);
        let mut checks = Counting::new();
        let verdict = world.ask_with(&response, &OcspPolicy::DEFAULT, &[], &mut checks);
        assert_eq!((verdict, checks.signatures), (Err(OcspRejection::OtherCertificate), 0));
    }
}

#[test]
fn rfc6960_s3_2_1_of_several_answers_that_for_the_certificate_counts() {
    let world = World::new();
    let (ca, next) = (name("ca"), Some(now().plus(DAY)));
    let other = CertId::new(&[9], ca.as_ref(), world.ca.public_key().as_ref(), DigestAlgorithm::SHA256, &PROVIDER);
    let (other, own) = (other.unwrap(), world.id(DigestAlgorithm::SHA1));
    let revoked = CertStatus::Revoked { at: now().minus(DAY), reason: None };
    let builder = || OcspResponseBuilder::new(ResponderId::ByName(ca.as_ref()), now());
    let response = builder().add_response(other.as_ref(), revoked, now(), next).add_response(
        own.as_ref(),
        CertStatus::Good,
        now(),
        next,
    );
    assert_eq!(world.ask(&sign(response, &world.ca)), Ok(CertStatus::Good));
    // Where one revokes it, that counts; a stale one does not.
    let older = now().minus(HOUR);
    for (at, next, expected) in
        [(older, next, revoked), (older, Some(older.plus(Duration::from_secs(1))), CertStatus::Good)]
    {
        let response = builder()
            .add_response(own.as_ref(), CertStatus::Unknown, older, Some(now().plus(DAY)))
            .add_response(own.as_ref(), revoked, at, next)
            .add_response(own.as_ref(), CertStatus::Good, now(), Some(now().plus(DAY)));
        assert_eq!(world.ask(&sign(response, &world.ca)), Ok(expected));
    }
}

#[test]
fn an_answer_by_an_unknown_digest_is_named() {
    let world = World::new();
    let id = Writer::encode(|w| {
        w.sequence(|w| {
            w.sequence(|w| w.oid(oid::MD5));
            w.octet_string(&[1; 16]);
            w.octet_string(&[2; 16]);
            w.primitive(Tag::INTEGER, world.certificate.serial_number());
        });
    });
    let id = CertId::from_der(&id).unwrap();
    let builder = OcspResponseBuilder::new(ResponderId::ByName(name("ca").as_ref()), now());
    let response = sign(builder.add_response(id.as_ref(), CertStatus::Good, now(), None), &world.ca);
    assert_eq!(world.ask(&response), Err(OcspRejection::UnsupportedDigest(oid::MD5.into())));
}

#[test]
fn rfc6960_s3_2_2_the_signature_holds() {
    let world = World::new();
    let by_name = sign(world.answer(ResponderId::ByName(name("ca").as_ref())), &key());
    assert_eq!(world.ask(&by_name), Err(OcspRejection::Signature(VerifyError::BadSignature)));
    let delegate = world.delegate(|builder| builder);
    let builder = world.answer(ResponderId::ByName(delegate.subject())).with_certificates(&[delegate]);
    assert_eq!(world.ask(&sign(builder, &key())), Err(OcspRejection::Signature(VerifyError::BadSignature)));
}

#[test]
fn rfc6960_s3_2_3_the_signer_is_whom_the_response_names() {
    let world = World::new();
    let identifier = world.ca.public_key().as_ref().key_identifier(&PROVIDER).unwrap();
    let by_key = sign(world.answer(ResponderId::ByKey(identifier.as_bytes())), &world.ca);
    assert_eq!(world.ask(&by_key), Ok(CertStatus::Good));
    for responder in [ResponderId::ByKey(&[1; 20]), ResponderId::ByName(name("other").as_ref())] {
        let mut checks = Counting::new();
        let response = sign(world.answer(responder), &world.ca);
        let verdict = world.ask_with(&response, &OcspPolicy::DEFAULT, &[], &mut checks);
        assert_eq!((verdict, checks.signatures), (Err(OcspRejection::UnknownResponder), 0));
    }
}

#[test]
fn rfc6960_s3_2_5_this_update_is_recent_and_not_in_the_future() {
    let world = World::new();
    let skew = OcspPolicy::DEFAULT.clock_skew;
    let second = Duration::from_secs(1);
    let ask = |this_update, next_update| world.ask(&world.by_ca(CertStatus::Good, this_update, next_update));
    assert_eq!(ask(now().plus(skew), None), Ok(CertStatus::Good));
    let this_update = now().plus(skew).plus(second);
    assert_eq!(ask(this_update, None), Err(OcspRejection::NotYetValid { at: now(), this_update }));
    let oldest = now().minus(OcspPolicy::DEFAULT.max_age).minus(skew);
    assert_eq!(ask(oldest, None), Ok(CertStatus::Good));
    let this_update = oldest.minus(second);
    assert_eq!(ask(this_update, None), Err(OcspRejection::TooOld { at: now(), this_update }));
    assert_eq!(ask(this_update, Some(now().plus(second))), Ok(CertStatus::Good));
    let policy = OcspPolicy::DEFAULT.with_max_age(HOUR).with_clock_skew(Duration::ZERO);
    let response = world.by_ca(CertStatus::Good, now().minus(HOUR).minus(second), None);
    assert!(matches!(world.ask_with(&response, &policy, &[], &mut Counting::new()), Err(OcspRejection::TooOld { .. })));
}

#[test]
fn rfc6960_s3_2_6_next_update_is_after_now() {
    let world = World::new();
    let skew = OcspPolicy::DEFAULT.clock_skew;
    let ask = |next_update| world.ask(&world.by_ca(CertStatus::Good, now().minus(DAY), Some(next_update)));
    assert_eq!(ask(now().minus(skew).plus(Duration::from_secs(1))), Ok(CertStatus::Good));
    let next_update = now().minus(skew);
    assert_eq!(ask(next_update), Err(OcspRejection::Expired { at: now(), next_update }));
}

#[test]
fn a_next_update_before_this_update_is_refused() {
    // Our builder makes no such response, so two times of another one are exchanged. Then the signature is wrong, too,
    // which nobody gets to see.
    let world = World::new();
    let (this_update, next_update) = (now().minus(HOUR), now());
    let response = world.by_ca(CertStatus::Good, this_update, Some(next_update));
    let text = |time: UnixTime| Writer::encode(|w| w.generalized_time(time));
    let (earlier, later) = (text(this_update), text(next_update));
    let mut der = response.as_der().to_vec();
    let places = |time: &[u8]| -> Vec<usize> {
        response
            .as_der()
            .windows(time.len())
            .enumerate()
            .filter(|(_, found)| *found == time)
            .map(|(at, _)| at)
            .collect()
    };
    let (this_place, next_place) = (places(&earlier)[0], *places(&later).last().unwrap());
    der[this_place..this_place + later.len()].copy_from_slice(&later);
    der[next_place..next_place + earlier.len()].copy_from_slice(&earlier);
    let response = OcspResponse::from_der(&der).unwrap();
    assert_eq!(world.ask(&response), Err(OcspRejection::InvalidPeriod));
}

#[test]
fn rfc6960_s4_1_2_an_unknown_critical_extension_is_refused() {
    let world = World::new();
    let critical = |criticality| {
        let builder = world.answer(ResponderId::ByName(name("ca").as_ref()));
        sign(builder.add_extension(oid::CMC_RA, criticality, &[5, 0]), &world.ca)
    };
    let expected = OcspRejection::UnknownCriticalExtension(oid::CMC_RA.into());
    assert_eq!(world.ask(&critical(Criticality::Critical)), Err(expected));
    assert_eq!(world.ask(&critical(Criticality::NonCritical)), Ok(CertStatus::Good));
}

#[test]
fn rfc6960_s4_1_2_an_answer_with_an_unknown_critical_extension_is_refused() {
    let world = World::new();
    let response = |critical: bool| {
        // A ResponseData that our builder does not make.
        let data = Writer::encode(|w| {
            w.sequence(|w| {
                w.constructed(Tag::context_constructed(1), |w| w.raw(name("ca").as_der()));
                w.generalized_time(now());
                w.sequence(|w| {
                    w.sequence(|w| {
                        w.raw(world.id(DigestAlgorithm::SHA256).as_der());
                        w.primitive(Tag::context(0), &[]);
                        w.generalized_time(now());
                        w.constructed(Tag::context_constructed(1), |w| {
                            w.sequence(|w| {
                                w.sequence(|w| {
                                    w.oid(oid::CMC_RA);
                                    w.boolean(critical);
                                    w.octet_string(&[5, 0]);
                                });
                            });
                        });
                    });
                });
            });
        });
        let signature = world.ca.sign(ALGORITHM, &data, &mut Random(getrandom::SysRng)).unwrap();
        let basic = Writer::encode(|w| {
            w.sequence(|w| {
                w.raw(&data);
                ALGORITHM.identifier().encode(w);
                w.bit_string(signature.as_bytes());
            });
        });
        OcspResponse::from_der(&Writer::encode(|w| {
            w.sequence(|w| {
                w.primitive(Tag::ENUMERATED, &[0]);
                w.constructed(Tag::context_constructed(0), |w| {
                    w.sequence(|w| {
                        w.oid(oid::OCSP_BASIC);
                        w.octet_string(&basic);
                    });
                });
            });
        }))
        .unwrap()
    };
    let expected = OcspRejection::UnknownCriticalExtension(oid::CMC_RA.into());
    assert_eq!(world.ask(&response(true)), Err(expected));
    assert_eq!(world.ask(&response(false)), Ok(CertStatus::Good));
}

#[test]
fn rfc6960_s4_2_2_2_a_delegate_of_the_ca_may_answer() {
    let world = World::new();
    let delegate = world.delegate(|builder| builder);
    let mut checks = Counting::new();
    let response = world.by_delegate(&delegate);
    let verdict = world.ask_with(&response, &OcspPolicy::DEFAULT, &[], &mut checks);
    assert_eq!((verdict, checks.signatures, checks.asked), (Ok(CertStatus::Good), 2, 0));
    // By key, and with the certificate from elsewhere.
    let identifier = world.responder.public_key().as_ref().key_identifier(&PROVIDER).unwrap();
    let response = sign(world.answer(ResponderId::ByKey(identifier.as_bytes())), &world.responder);
    assert_eq!(world.ask(&response), Err(OcspRejection::UnknownResponder));
    let verdict = world.ask_with(&response, &OcspPolicy::DEFAULT, &[delegate], &mut Counting::new());
    assert_eq!(verdict, Ok(CertStatus::Good));
}

#[test]
fn rfc6960_s4_2_2_2_a_delegate_is_for_ocsp_signing_and_nothing_else_will_do() {
    let world = World::new();
    for purposes in [&[][..], &[oid::ANY_EXTENDED_KEY_USAGE], &[oid::SERVER_AUTH, oid::CLIENT_AUTH]] {
        let delegate = world.delegate(|builder| builder.with_extended_key_usage(purposes));
        let mut checks = Counting::new();
        let verdict = world.ask_with(&world.by_delegate(&delegate), &OcspPolicy::DEFAULT, &[], &mut checks);
        let found = purposes.iter().map(|purpose| (*purpose).into()).collect();
        let violation = Violation::ExtendedKeyUsage { required: oid::OCSP_SIGNING.into(), found };
        assert_eq!((verdict, checks.signatures), (Err(OcspRejection::Responder(violation)), 0));
    }
    let more = world.delegate(|builder| builder.with_extended_key_usage(&[oid::CLIENT_AUTH, oid::OCSP_SIGNING]));
    assert_eq!(world.ask(&world.by_delegate(&more)), Ok(CertStatus::Good));
}

#[test]
fn rfc6960_s4_2_2_2_a_delegate_is_issued_directly_by_the_key_that_issued_the_certificate() {
    let world = World::new();
    // The CA's other key.
    let delegate = issue(&key(), "responder", &world.responder, 8, |builder| {
        builder.with_profile(&Profile::OCSP_RESPONDER).with_ocsp_no_check()
    });
    let violation = Violation::Signature(VerifyError::BadSignature);
    assert_eq!(world.ask(&world.by_delegate(&delegate)), Err(OcspRejection::Responder(violation)));
    // Another CA, though with the same key.
    let serial = SerialNumber::from_bytes(&[8]).unwrap();
    let validity = Validity::new(now(), now());
    let public_key = world.responder.public_key().clone();
    let delegate = CertificateBuilder::new(serial, name("other ca"), name("responder"), validity, public_key)
        .with_profile(&Profile::OCSP_RESPONDER)
        .build(ALGORITHM)
        .unwrap()
        .sign_with(&world.ca, &mut Random(getrandom::SysRng))
        .unwrap();
    assert_eq!(world.ask(&world.by_delegate(&delegate)), Err(OcspRejection::UnknownResponder));
}

#[test]
fn rfc6960_s4_2_2_2_the_new_key_of_the_ca_does_not_answer_for_the_old_one() {
    let world = World::new();
    let response = sign(world.answer(ResponderId::ByName(name("ca").as_ref())), &key());
    assert_eq!(world.ask(&response), Err(OcspRejection::Signature(VerifyError::BadSignature)));
}

#[test]
fn a_delegate_is_valid_now() {
    let world = World::new();
    let second = Duration::from_secs(1);
    let delegate = |not_before: UnixTime, not_after: UnixTime| {
        let place = (8, Validity::new(not_before, not_after));
        issue_for(&world.ca, "responder", world.responder.public_key(), place, |builder| {
            builder.with_profile(&Profile::OCSP_RESPONDER).with_ocsp_no_check()
        })
    };
    assert_eq!(world.ask(&world.by_delegate(&delegate(now(), now()))), Ok(CertStatus::Good));
    let (at, not_before, not_after) = (now(), now().plus(second), now().minus(second));
    let early = Violation::NotYetValid { at, not_before };
    let late = Violation::Expired { at, not_after };
    for (delegate, violation) in
        [(delegate(not_before, now().plus(DAY)), early), (delegate(now().minus(DAY), not_after), late)]
    {
        assert_eq!(world.ask(&world.by_delegate(&delegate)), Err(OcspRejection::Responder(violation)));
    }
}

#[test]
fn rfc5280_s4_2_1_12_a_delegate_with_a_key_usage_may_sign() {
    let world = World::new();
    for usage in [KeyUsage::NONE, KeyUsage::DIGITAL_SIGNATURE, KeyUsage::NON_REPUDIATION] {
        let delegate = world.delegate(|builder| builder.with_key_usage(usage));
        assert_eq!(world.ask(&world.by_delegate(&delegate)), Ok(CertStatus::Good), "{usage}");
    }
    let found = KeyUsage::KEY_ENCIPHERMENT | KeyUsage::KEY_CERT_SIGN;
    let delegate = world.delegate(|builder| builder.with_key_usage(found));
    let violation = Violation::KeyUsage { required: KeyUsage::DIGITAL_SIGNATURE, found };
    assert_eq!(world.ask(&world.by_delegate(&delegate)), Err(OcspRejection::Responder(violation)));
}

#[test]
fn rfc5280_s4_2_a_delegate_has_no_unknown_critical_and_no_malformed_extension() {
    let world = World::new();
    let delegate = world.delegate(|builder| builder.add_extension(oid::CMC_RA, Criticality::Critical, &[5, 0]));
    let violation = Violation::UnknownCriticalExtension(oid::CMC_RA.into());
    assert_eq!(world.ask(&world.by_delegate(&delegate)), Err(OcspRejection::Responder(violation)));
    let delegate =
        world.delegate(|builder| builder.add_extension(oid::NAME_CONSTRAINTS, Criticality::NonCritical, &[5, 0]));
    assert!(matches!(
        world.ask(&world.by_delegate(&delegate)),
        Err(OcspRejection::Responder(Violation::Malformed { field: "nameConstraints", .. }))
    ));
}

#[test]
fn rfc6960_s4_2_2_2_1_without_nocheck_the_status_of_the_delegate_is_asked() {
    let world = World::new();
    let delegate =
        issue(&world.ca, "responder", &world.responder, 8, |builder| builder.with_profile(&Profile::OCSP_RESPONDER));
    let response = world.by_delegate(&delegate);
    let revoked = Violation::Revoked { at: now(), reason: None };
    let unknown = || Violation::RevocationUnknown { crls: vec![], responses: vec![] };
    for (answer, expected) in [
        (Ok(()), Ok(CertStatus::Good)),
        (Err(revoked.clone()), Err(OcspRejection::Responder(revoked))),
        (Err(unknown()), Err(OcspRejection::Responder(unknown()))),
    ] {
        let mut checks = Counting { delegate: answer, ..Counting::new() };
        let verdict = world.ask_with(&response, &OcspPolicy::DEFAULT, &[], &mut checks);
        assert_eq!((verdict, checks.asked), (expected, 1));
    }
}

#[test]
fn nobody_is_heard_about_itself() {
    let mut world = World::new();
    world.certificate = world.delegate(|builder| builder);
    let response = world.by_delegate(&world.certificate);
    assert_eq!(world.ask(&response), Err(OcspRejection::UnknownResponder));
}

#[test]
fn rfc6960_s4_2_2_2_responders_trusted_by_configuration_may_answer() {
    let world = World::new();
    let own = issue(&world.responder, "responder", &world.responder, 8, |builder| builder);
    let response = sign(world.answer(ResponderId::ByName(own.subject())), &world.responder);
    assert_eq!(world.ask(&response), Err(OcspRejection::UnknownResponder));
    let from_key = TrustedResponder::new(world.responder.public_key().clone());
    let from_certificate = TrustedResponder::from_certificate(&own);
    let another =
        TrustedResponder::from_certificate(&issue(&world.ca, "other", &world.responder, 9, |builder| builder));
    let wrong_key = TrustedResponder::new(key().public_key().clone());
    for (responder, expected) in [
        (from_key.clone(), Ok(CertStatus::Good)),
        (from_certificate.clone(), Ok(CertStatus::Good)),
        (from_key.for_issuer(name("ca")), Ok(CertStatus::Good)),
        (from_certificate.for_issuer(name("another ca")), Err(OcspRejection::UnknownResponder)),
        (another, Err(OcspRejection::UnknownResponder)),
        (wrong_key, Err(OcspRejection::Signature(VerifyError::BadSignature))),
    ] {
        let policy = OcspPolicy::DEFAULT.add_responder(responder);
        assert_eq!(world.ask_with(&response, &policy, &[], &mut Counting::new()), expected);
    }
}

#[test]
fn signatures_are_bounded() {
    let world = World::new();
    let forged: Vec<Certificate> = (1..=32)
        .map(|serial| {
            issue(&world.responder, "responder", &world.responder, serial, |builder| {
                builder.with_profile(&Profile::OCSP_RESPONDER).with_ocsp_no_check()
            })
        })
        .collect();
    let builder = world.answer(ResponderId::ByName(name("responder").as_ref())).with_certificates(&forged);
    let response = sign(builder, &world.responder);
    let mut checks = Counting::new();
    let verdict = world.ask_with(&response, &OcspPolicy::DEFAULT, &[], &mut checks);
    // The right one may be among those that nobody looked at.
    assert_eq!((verdict, checks.signatures), (Err(OcspRejection::LimitExceeded), 4));
    // The same one again and again is one.
    let copies = vec![forged[0].clone(); 32];
    let builder = world.answer(ResponderId::ByName(name("responder").as_ref())).with_certificates(&copies);
    let mut checks = Counting::new();
    let _ = world.ask_with(&sign(builder, &world.responder), &OcspPolicy::DEFAULT, &copies, &mut checks);
    assert_eq!(checks.signatures, 1);
    // And a budget that is spent ends it.
    for (limit, response) in
        [(0, world.by_ca(CertStatus::Good, now(), None)), (1, world.by_delegate(&world.delegate(|builder| builder)))]
    {
        let mut checks = Counting { limit, ..Counting::new() };
        let verdict = world.ask_with(&response, &OcspPolicy::DEFAULT, &[], &mut checks);
        assert_eq!(verdict, Err(OcspRejection::LimitExceeded));
    }
}

#[test]
fn openssl_answers_are_taken() {
    macro_rules! fixture {
        ($name:literal) => {
            include_bytes!(concat!("../../../../tests/data/ocsp/", $name)).as_slice()
        };
    }
    let ca = Certificate::from_der(fixture!("ca.der")).unwrap();
    let at = UnixTime::from_civil(2025, 1, 2, 3, 4, 5).unwrap();
    let revoked = CertStatus::Revoked { at, reason: Some(RevocationReason::KeyCompromise) };
    for (certificate, response, expected) in [
        (fixture!("good.der"), fixture!("response-ca.der"), CertStatus::Good),
        (fixture!("revoked.der"), fixture!("response-ca.der"), revoked),
        (fixture!("other.der"), fixture!("response-ca.der"), CertStatus::Unknown),
        (fixture!("good.der"), fixture!("response-delegated.der"), CertStatus::Good),
    ] {
        let certificate = Certificate::from_der(certificate).unwrap();
        let question = Question {
            certificate: &certificate,
            issuer_key: ca.public_key(),
            now: now(),
            policy: &OcspPolicy::DEFAULT,
            crypto: &PROVIDER,
        };
        let response = OcspResponse::from_der(response).unwrap();
        let answer = Answer::find(&question, &response).unwrap();
        assert_eq!(answer.status(&question, core::iter::empty(), &mut Counting::new()), Ok(expected));
    }
}
