//! RFC 5280 section 6.3.3, letter by letter. Signatures are a matter of [`Signers`], which holds all but those it is told of.

use alloc::{vec, vec::Vec};

use super::*;
use crate::{
    CrlBuilder, DecodeErrorKind, SerialNumber, Validity,
    algorithm::SignatureAlgorithm,
    cert::{
        CertificateBuilder,
        extension::{BasicConstraints, Criticality, DistributionPointName},
    },
    crl::{CrlNumber, Revocation},
    crypto::{Signature, VerifyError},
    der::{Decode, Reader, Tag, Writer},
    name::{GeneralNames, Name, NameBuilder},
    oid::Oid,
};

const VERSION_1: &[u8] = include_bytes!("../../../../tests/data/x509/version-1.der");

fn name(text: &str) -> Name {
    Name::from_common_name(text).unwrap()
}

fn day(day: u8) -> UnixTime {
    UnixTime::from_civil(2026, 1, day, 0, 0, 0).unwrap()
}

/// The time of most tests.
const NOW: u8 = 15;

/// A certificate of the CA "ca" with serial number 5 and these extensions.
fn certificate(extensions: &[(Oid<'_>, &[u8])]) -> Certificate {
    let key = Certificate::from_der(VERSION_1).unwrap().public_key().to_owned();
    let serial = SerialNumber::from_bytes(&[5]).unwrap();
    let builder = CertificateBuilder::new(serial, name("ca"), name("ee"), Validity::new(day(1), day(31)), key)
        .with_basic_constraints(BasicConstraints::END_ENTITY);
    let add = |builder: CertificateBuilder, (oid, value): &(Oid<'_>, &[u8])| {
        builder.add_extension(*oid, Criticality::NonCritical, value)
    };
    let builder = extensions.iter().fold(builder, add);
    builder.build(SignatureAlgorithm::ECDSA_SHA256).unwrap().attach(Signature::new(vec![1]))
}

fn ca_certificate() -> Certificate {
    let key = certificate(&[]).public_key().to_owned();
    let serial = SerialNumber::from_bytes(&[5]).unwrap();
    CertificateBuilder::new(serial, name("ca"), name("sub"), Validity::new(day(1), day(31)), key)
        .with_basic_constraints(BasicConstraints::CA)
        .build(SignatureAlgorithm::ECDSA_SHA256)
        .unwrap()
        .attach(Signature::new(vec![1]))
}

/// With these cRLDistributionPoints.
fn with_points(points: &[Vec<u8>]) -> Certificate {
    certificate(&[(
        oid::CRL_DISTRIBUTION_POINTS,
        &Writer::encode(|w| w.sequence(|w| points.iter().for_each(|p| w.raw(p)))),
    )])
}

/// A `DistributionPoint`.
fn point(names: &[GeneralName<'_>], reasons: Option<Reasons>, crl_issuer: &[GeneralName<'_>]) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            if !names.is_empty() {
                w.constructed(Tag::context_constructed(0), |w| {
                    w.constructed(Tag::context_constructed(0), |w| names.iter().for_each(|name| name.encode(w)));
                });
            }
            if let Some(reasons) = reasons {
                reasons.encode(Tag::context(1), w);
            }
            if !crl_issuer.is_empty() {
                w.constructed(Tag::context_constructed(2), |w| crl_issuer.iter().for_each(|name| name.encode(w)));
            }
        });
    })
}

/// A `DistributionPoint` with a nameRelativeToCRLIssuer.
fn relative_point(attribute: &[u8], crl_issuer: &[GeneralName<'_>]) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.constructed(Tag::context_constructed(0), |w| w.primitive(Tag::context_constructed(1), attribute));
            if !crl_issuer.is_empty() {
                w.constructed(Tag::context_constructed(2), |w| crl_issuer.iter().for_each(|name| name.encode(w)));
            }
        });
    })
}

/// The attribute of a name with one, for a relative name.
fn attribute(text: &str) -> Vec<u8> {
    name(text).as_ref().rdns().next().unwrap().contents().to_vec()
}

fn names(names: &[GeneralName<'_>]) -> Vec<u8> {
    Writer::encode(|w| names.iter().for_each(|name| name.encode(w)))
}

fn full_name(contents: &[u8]) -> DistributionPointName<'_> {
    DistributionPointName::FullName(GeneralNames::from_contents(Reader::new(contents)).unwrap())
}

/// A complete CRL of "ca", current on day 15.
fn crl(number: u64) -> CrlBuilder {
    crl_by(&name("ca"), number)
}

fn crl_by(issuer: &Name, number: u64) -> CrlBuilder {
    CrlBuilder::new(issuer.clone(), day(10), day(20)).with_number(CrlNumber::from(number))
}

/// An entry for serial number 5.
fn revoked() -> Revocation<'static> {
    Revocation::new(&[5], day(9))
}

fn signed(builder: CrlBuilder) -> Crl {
    builder.build(SignatureAlgorithm::ECDSA_SHA256).unwrap().attach(Signature::new(vec![1]))
}

fn pool(crls: impl IntoIterator<Item = CrlBuilder>) -> Pool {
    let mut pool = Pool::new();
    crls.into_iter().for_each(|builder| pool.add_crl(signed(builder)));
    pool
}

struct Signers<'a> {
    key: PublicKeyRef<'a>,
    /// CRLs with these numbers have no trusted signer.
    untrusted: Vec<CrlNumber>,
    /// CRLs with these numbers are signed by somebody else.
    forged: Vec<CrlNumber>,
    steps: usize,
    keys: usize,
}

impl<'a> CrlSigners<'a> for Signers<'a> {
    fn key(&mut self, crl: &'a Crl) -> Result<PublicKeyRef<'a>, CrlRejected> {
        self.keys += 1;
        if self.untrusted.contains(&crl.crl_number().unwrap().unwrap()) {
            return Err(CrlRejected::UntrustedSigner);
        }
        self.verify(crl, self.key).map(|()| self.key)
    }

    fn verify(&mut self, delta: &'a Crl, _: PublicKeyRef<'a>) -> Result<(), CrlRejected> {
        let is_forged = self.forged.contains(&delta.crl_number().unwrap().unwrap());
        if is_forged { Err(CrlRejected::Signature(VerifyError::BadSignature)) } else { Ok(()) }
    }

    fn step(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.steps > 0
    }
}

fn signers(certificate: &Certificate) -> Signers<'_> {
    Signers { key: certificate.public_key(), untrusted: vec![], forged: vec![], steps: 1000, keys: 0 }
}

fn verdict<'a>(certificate: &'a Certificate, pool: &'a Pool) -> CrlVerdict<'a> {
    status(certificate, pool, day(NOW), &mut signers(certificate))
}

fn rejected(certificate: &Certificate, pool: &Pool) -> Vec<CrlRejected> {
    match verdict(certificate, pool) {
        CrlVerdict::Undetermined(undetermined) => undetermined.rejected.into_iter().map(|(_, why)| why).collect(),
        verdict => panic!("{verdict:?}"),
    }
}

fn reason_of(certificate: &Certificate, pool: &Pool) -> Option<RevocationReason> {
    match verdict(certificate, pool) {
        CrlVerdict::Revoked(revoked) => revoked.reason,
        verdict => panic!("{verdict:?}"),
    }
}

#[test]
fn a_certificate_on_no_crl_is_not_revoked_and_one_on_it_is() {
    let certificate = certificate(&[]);
    assert_eq!(verdict(&certificate, &pool([crl(1)])), CrlVerdict::NotRevoked);
    let other = Revocation::new(&[6], day(9));
    assert_eq!(verdict(&certificate, &pool([crl(1).add_revoked(other)])), CrlVerdict::NotRevoked);
    let entry = revoked().with_reason(RevocationReason::KeyCompromise).with_invalidity_date(day(3));
    let expected = Revoked { at: day(9), reason: Some(RevocationReason::KeyCompromise), invalidity_date: Some(day(3)) };
    assert_eq!(verdict(&certificate, &pool([crl(1).add_revoked(entry)])), CrlVerdict::Revoked(expected));
    let nothing = Undetermined { uncovered: Reasons::ALL, rejected: vec![], urls: vec![] };
    assert_eq!(verdict(&certificate, &Pool::new()), CrlVerdict::Undetermined(nothing));
    assert_eq!(rejected(&certificate, &pool([crl_by(&name("other"), 1)])), []);
}

#[test]
fn rfc5280_s5_2_and_s5_3_unknown_critical_extensions_make_a_crl_useless() {
    let certificate = certificate(&[]);
    let unknown = crl(1).add_revoked(revoked()).add_extension(oid::SHA256, Criticality::Critical, &[5, 0]);
    assert_eq!(rejected(&certificate, &pool([unknown])), [CrlRejected::UnknownCriticalExtension(oid::SHA256.into())]);
    let ignored = crl(1).add_extension(oid::SHA256, Criticality::NonCritical, &[5, 0]);
    assert_eq!(verdict(&certificate, &pool([ignored])), CrlVerdict::NotRevoked);
}

#[test]
fn rfc5280_s5_2_3_a_crl_has_a_number_that_is_not_critical() {
    let certificate = certificate(&[]);
    let plain = || CrlBuilder::new(name("ca"), day(10), day(20));
    assert_eq!(rejected(&certificate, &pool([plain()])), [CrlRejected::NumberMissing]);
    let critical = plain().add_extension(oid::CRL_NUMBER, Criticality::Critical, &[2, 1, 5]);
    assert_eq!(rejected(&certificate, &pool([critical])), [CrlRejected::NumberCritical]);
    let negative = plain().add_extension(oid::CRL_NUMBER, Criticality::NonCritical, &[2, 1, 0xff]);
    let [CrlRejected::Malformed { field, error }] = &rejected(&certificate, &pool([negative]))[..] else { panic!() };
    assert_eq!((*field, error.kind()), ("cRLNumber", DecodeErrorKind::InvalidValue));
}

#[test]
fn an_extension_larger_than_any_certificate_is_not_read() {
    let uri = "x".repeat(Certificate::MAX_SIZE);
    let contents = names(&[GeneralName::Uri(&uri)]);
    let issuing = IssuingDistributionPoint::new(Some(full_name(&contents)));
    let pool = pool([crl(1).with_issuing_distribution_point(&issuing)]);
    let [CrlRejected::Malformed { field, error }] = &rejected(&certificate(&[]), &pool)[..] else { panic!() };
    assert_eq!((*field, error.kind()), ("issuingDistributionPoint", DecodeErrorKind::TooLarge));
}

#[test]
fn rfc5280_s5_3_3_entries_for_other_issuers_need_an_indirect_crl() {
    let other = name("other");
    let issuing = IssuingDistributionPoint::new(None).indirect();
    let indirect = crl(1)
        .add_revoked(Revocation::new(&[5], day(9)).with_certificate_issuer(other.as_ref()))
        .with_issuing_distribution_point(&issuing);
    let certificate = certificate(&[]);
    assert_eq!(
        verdict(&certificate, &pool([indirect.add_revoked(Revocation::new(&[6], day(9)))])),
        CrlVerdict::NotRevoked
    );

    // The same entries, in a CRL that does not say so.
    let issuer = Writer::encode(|w| w.sequence(|w| GeneralName::DirectoryName(other.as_ref()).encode(w)));
    let direct = signed(crl(1).add_revoked(revoked().with_reason(RevocationReason::Superseded)));
    let mut der = Writer::new();
    let entries = Writer::encode(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.primitive(Tag::INTEGER, &[5]);
                w.time(day(9));
                w.sequence(|w| {
                    w.sequence(|w| {
                        w.oid(oid::CERTIFICATE_ISSUER);
                        w.boolean(true);
                        w.octet_string(&issuer);
                    });
                });
            });
        });
    });
    der.sequence(|w| {
        w.sequence(|w| {
            let mut fields = Reader::new(direct.tbs()).sequence().unwrap();
            while let Ok(field) = fields.any() {
                // Of the SEQUENCEs, the third is the list.
                let is_list = fields.peek() == Some(Tag::context_constructed(0));
                w.raw(if is_list { &entries } else { field.raw() });
            }
        });
        w.raw(&direct.as_der()[direct.as_der().len() - direct.signature().len() - 15..]);
    });
    let mut pool = Pool::new();
    pool.add_crl(Crl::from_der(&der.finish()).unwrap());
    assert_eq!(rejected(&certificate, &pool), [CrlRejected::UnexpectedCertificateIssuer]);
}

mod letter_a {
    use super::*;

    #[test]
    fn rfc5280_s6_3_3_a_1_a_crl_holds_from_this_update_to_next_update() {
        let certificate = certificate(&[]);
        let pool = pool([crl(1)]);
        let at = |time| match status(&certificate, &pool, time, &mut signers(&certificate)) {
            CrlVerdict::Undetermined(undetermined) => Err(undetermined.rejected[0].1.clone()),
            verdict => Ok(verdict),
        };
        let second = core::time::Duration::from_secs(1);
        assert_eq!(at(day(10)), Ok(CrlVerdict::NotRevoked));
        assert_eq!(at(day(20)), Ok(CrlVerdict::NotRevoked));
        assert_eq!(at(day(10).minus(second)), Err(CrlRejected::NotYetValid { this_update: day(10) }));
        assert_eq!(at(day(20).plus(second)), Err(CrlRejected::Stale { next_update: day(20) }));
    }

    #[test]
    fn rfc5280_s5_1_2_5_a_crl_without_next_update_is_refused() {
        let crl = signed(crl(1));
        let mut fields = Reader::new(crl.tbs()).sequence().unwrap();
        let mut times = 0;
        let tbs = Writer::encode(|w| {
            w.sequence(|w| {
                while let Ok(field) = fields.any() {
                    times += u8::from(field.tag() == Tag::UTC_TIME);
                    if field.tag() != Tag::UTC_TIME || times == 1 {
                        w.raw(field.raw());
                    }
                }
            });
        });
        let rest = &crl.as_der()[2 + crl.tbs().len()..];
        let der = Writer::encode(|w| w.sequence(|w| [&tbs[..], rest].into_iter().for_each(|part| w.raw(part))));
        let mut pool = Pool::new();
        pool.add_crl(Crl::from_der(&der).unwrap());
        assert_eq!(rejected(&certificate(&[]), &pool), [CrlRejected::NextUpdateMissing]);
    }

    #[test]
    fn rfc5280_s6_3_3_a_1_i_a_current_delta_crl_updates_a_stale_one() {
        let certificate = certificate(&[]);
        let stale = || CrlBuilder::new(name("ca"), day(1), day(5)).with_number(CrlNumber::from(1));
        let delta = |number| crl(number).with_delta_base(CrlNumber::from(1));
        assert_eq!(rejected(&certificate, &pool([stale()])), [CrlRejected::Stale { next_update: day(5) }]);
        assert_eq!(verdict(&certificate, &pool([stale(), delta(2)])), CrlVerdict::NotRevoked);
        let listed = delta(2).add_revoked(revoked().with_reason(RevocationReason::Superseded));
        assert_eq!(reason_of(&certificate, &pool([stale(), listed])), Some(RevocationReason::Superseded));
        let late = CrlBuilder::new(name("ca"), day(1), day(6))
            .with_number(CrlNumber::from(2))
            .with_delta_base(CrlNumber::from(1));
        assert_eq!(rejected(&certificate, &pool([stale(), late])), [CrlRejected::Stale { next_update: day(5) }]);

        // One that somebody else signed does not.
        let pool = pool([stale(), delta(2)]);
        let mut signers = signers(&certificate);
        signers.forged.push(CrlNumber::from(2));
        let CrlVerdict::Undetermined(undetermined) = status(&certificate, &pool, day(NOW), &mut signers) else {
            panic!()
        };
        assert_eq!(undetermined.rejected, [(0, CrlRejected::Stale { next_update: day(5) })]);
    }

    #[test]
    fn the_newest_of_several_counts() {
        let certificate = certificate(&[]);
        let older = || CrlBuilder::new(name("ca"), day(9), day(30)).with_number(CrlNumber::from(1));
        let newer = || crl(2).add_revoked(revoked());
        assert_eq!(reason_of(&certificate, &pool([older(), newer()])), None);
        assert_eq!(reason_of(&certificate, &pool([newer(), older()])), None);
        // A certificate that was on hold and no longer is.
        let held = older().add_revoked(revoked().with_reason(RevocationReason::CertificateHold));
        assert_eq!(verdict(&certificate, &pool([held, crl(2)])), CrlVerdict::NotRevoked);
    }

    #[test]
    fn the_order_of_the_pool_has_no_meaning() {
        let certificate = certificate(&[]);
        let listing = || crl(2).add_revoked(revoked());
        for crls in [[listing(), crl(2)], [crl(2), listing()], [listing(), crl(1)], [crl(1), listing()]] {
            assert!(matches!(verdict(&certificate, &pool(crls)), CrlVerdict::Revoked(_)));
        }
    }
}

mod letter_b {
    use super::*;

    fn indirect_by(issuer: &Name) -> CrlBuilder {
        let issuing = IssuingDistributionPoint::new(None).indirect();
        crl_by(issuer, 1).with_issuing_distribution_point(&issuing)
    }

    #[test]
    fn rfc5280_s6_3_3_b_1_the_crl_issuer_of_the_distribution_point() {
        let (issuer, ca) = (name("crl issuer"), name("ca"));
        let directory = [GeneralName::DirectoryName(issuer.as_ref())];
        let certificate = with_points(&[point(&[], None, &directory)]);
        let entry = revoked().with_certificate_issuer(ca.as_ref());
        assert_eq!(verdict(&certificate, &pool([indirect_by(&issuer)])), CrlVerdict::NotRevoked);
        assert_eq!(reason_of(&certificate, &pool([indirect_by(&issuer).add_revoked(entry)])), None);
        // The same serial number of the CRL's issuer.
        assert_eq!(verdict(&certificate, &pool([indirect_by(&issuer).add_revoked(revoked())])), CrlVerdict::NotRevoked);
        assert_eq!(rejected(&certificate, &pool([crl_by(&issuer, 1)])), [CrlRejected::NotIndirect]);
        // The CRL of the CA is one that no distribution point speaks of.
        assert_eq!(verdict(&certificate, &pool([crl(1)])), CrlVerdict::NotRevoked);
    }

    #[test]
    fn rfc5280_s6_3_3_b_1_the_issuer_of_the_certificate() {
        let certificate = certificate(&[]);
        let crl = signed(crl_by(&name("other"), 1));
        let facts = CrlFacts::read(0, &crl, day(NOW)).unwrap();
        assert_eq!(b_1(Point::implicit(&certificate), &facts, &certificate), Err(CrlRejected::IssuerMismatch));
        let crl = signed(crl_by(&name("CA"), 1));
        let facts = CrlFacts::read(0, &crl, day(NOW)).unwrap();
        assert_eq!(b_1(Point::implicit(&certificate), &facts, &certificate), Ok(()));
        assert_eq!(verdict(&certificate, &pool([indirect_by(&name("ca"))])), CrlVerdict::NotRevoked);
    }

    /// The certificate has these points, the CRL of "ca" this name.
    fn matched(points: &[Vec<u8>], crl_name: DistributionPointName<'_>) -> bool {
        let issuing = IssuingDistributionPoint::new(Some(crl_name));
        let pool = pool([crl(1).with_issuing_distribution_point(&issuing)]);
        let certificate = with_points(points);
        match verdict(&certificate, &pool) {
            CrlVerdict::NotRevoked => true,
            CrlVerdict::Undetermined(undetermined) => {
                assert_eq!(undetermined.rejected, [(0, CrlRejected::PointMismatch)]);
                false
            }
            verdict => panic!("{verdict:?}"),
        }
    }

    #[test]
    fn rfc5280_s6_3_3_b_2_i_full_names_have_one_in_common() {
        let (one, two) = (GeneralName::Uri("http://ca.example/1"), GeneralName::Uri("http://ca.example/2"));
        let directory = name("point");
        let shouted = name("POINT");
        let directory = GeneralName::DirectoryName(directory.as_ref());
        assert!(matched(&[point(&[one], None, &[])], full_name(&names(&[two, one]))));
        assert!(matched(&[point(&[two], None, &[]), point(&[one], None, &[])], full_name(&names(&[one]))));
        assert!(!matched(&[point(&[one], None, &[])], full_name(&names(&[two]))));
        assert!(!matched(
            &[point(&[one], None, &[])],
            full_name(&names(&[GeneralName::DnsName("http://ca.example/1")]))
        ));
        let other_case = names(&[GeneralName::DirectoryName(shouted.as_ref())]);
        assert!(matched(&[point(&[one, directory], None, &[])], full_name(&other_case)));
        // Identical encodings: a URI is not compared as such.
        assert!(!matched(&[point(&[GeneralName::Uri("HTTP://ca.example/1")], None, &[])], full_name(&names(&[one]))));
    }

    #[test]
    fn rfc5280_s6_3_3_b_2_i_relative_names_go_on_from_the_crl_issuer() {
        let full = NameBuilder::new().add_common_name("ca").add_common_name("point").build().unwrap();
        let full = GeneralName::DirectoryName(full.as_ref());
        let (here, elsewhere) = (attribute("point"), attribute("elsewhere"));
        let relative = DistributionPointName::RelativeToCrlIssuer;
        assert!(matched(&[relative_point(&here, &[])], relative(&here)));
        assert!(!matched(&[relative_point(&here, &[])], relative(&elsewhere)));
        assert!(matched(&[relative_point(&here, &[])], full_name(&names(&[full]))));
        assert!(matched(&[point(&[full], None, &[])], relative(&here)));
        assert!(!matched(&[point(&[full], None, &[])], relative(&elsewhere)));
        // Not from nothing.
        let short = name("point");
        assert!(!matched(&[point(&[GeneralName::DirectoryName(short.as_ref())], None, &[])], relative(&here)));
        // No attribute at all.
        assert!(!matched(&[relative_point(&[5, 0], &[])], relative(&here)));
    }

    #[test]
    fn rfc5280_s6_3_3_b_2_i_relative_to_the_crl_issuer_of_the_distribution_point() {
        let issuer = name("crl issuer");
        let directory = [GeneralName::DirectoryName(issuer.as_ref())];
        let certificate = with_points(&[relative_point(&attribute("point"), &directory)]);
        let full = NameBuilder::new().add_common_name("crl issuer").add_common_name("point").build().unwrap();
        let contents = names(&[GeneralName::DirectoryName(full.as_ref())]);
        let issuing = IssuingDistributionPoint::new(Some(full_name(&contents))).indirect();
        let crl = crl_by(&issuer, 1).with_issuing_distribution_point(&issuing);
        assert_eq!(verdict(&certificate, &pool([crl])), CrlVerdict::NotRevoked);
    }

    #[test]
    fn rfc5280_s6_3_3_b_2_i_without_a_name_the_crl_issuer_stands_for_it() {
        let issuer = name("crl issuer");
        let certificate = with_points(&[point(&[], None, &[GeneralName::DirectoryName(issuer.as_ref())])]);
        let named = |text: &str| {
            let directory = name(text);
            let contents = names(&[GeneralName::DirectoryName(directory.as_ref())]);
            let issuing = IssuingDistributionPoint::new(Some(full_name(&contents))).indirect();
            pool([crl_by(&issuer, 1).with_issuing_distribution_point(&issuing)])
        };
        assert_eq!(verdict(&certificate, &named("crl issuer")), CrlVerdict::NotRevoked);
        assert_eq!(rejected(&certificate, &named("ca")), [CrlRejected::PointMismatch]);
    }

    #[test]
    fn rfc5280_s6_3_3_b_2_ii_to_iv_scope() {
        let scoped = |scope| {
            pool([crl(1).with_issuing_distribution_point(&IssuingDistributionPoint::new(None).with_scope(scope))])
        };
        let (user, ca) = (certificate(&[]), ca_certificate());
        let old = Certificate::from_der(VERSION_1).unwrap();
        for (scope, certificate, is_in) in [
            (CrlScope::UserCertificates, &user, true),
            (CrlScope::UserCertificates, &ca, false),
            (CrlScope::CaCertificates, &user, false),
            (CrlScope::CaCertificates, &ca, true),
            (CrlScope::AttributeCertificates, &user, false),
            (CrlScope::AttributeCertificates, &ca, false),
        ] {
            let pool = scoped(scope);
            if is_in {
                assert_eq!(verdict(certificate, &pool), CrlVerdict::NotRevoked);
            } else {
                assert_eq!(rejected(certificate, &pool), [CrlRejected::OutOfScope(scope)]);
            }
        }
        assert_eq!(b_2_ii_iii_iv(CrlScope::AnyCertificates, &old), Ok(()));
        let refused = CrlRejected::OutOfScope(CrlScope::UserCertificates);
        assert_eq!(b_2_ii_iii_iv(CrlScope::UserCertificates, &old), Err(refused));
    }
}

mod deltas {
    use super::*;

    fn delta(number: u64, base: u64) -> CrlBuilder {
        crl(number).with_delta_base(CrlNumber::from(base))
    }

    /// Whether a delta CRL that lists the certificate is used with this complete CRL.
    fn is_used(complete: CrlBuilder, delta: CrlBuilder) -> bool {
        let certificate = certificate(&[]);
        let entry = revoked().with_reason(RevocationReason::Superseded);
        match verdict(&certificate, &pool([complete, delta.add_revoked(entry)])) {
            CrlVerdict::Revoked(revoked) => revoked.reason == Some(RevocationReason::Superseded),
            CrlVerdict::NotRevoked => false,
            verdict => panic!("{verdict:?}"),
        }
    }

    #[test]
    fn rfc5280_s5_2_4_c_d_numbers() {
        assert!(is_used(crl(5), delta(6, 5)));
        assert!(is_used(crl(5), delta(6, 1)));
        assert!(!is_used(crl(5), delta(7, 6)));
        assert!(!is_used(crl(5), delta(5, 4)));
        assert!(!is_used(crl(5), delta(4, 3)));
    }

    #[test]
    fn rfc5280_s6_3_3_c_1_issuer() {
        let foreign = crl_by(&name("other"), 6).with_delta_base(CrlNumber::from(5));
        assert!(!is_used(crl(5), foreign));
        let (ours, theirs) = (signed(crl(5)), signed(crl_by(&name("other"), 6).with_delta_base(CrlNumber::from(5))));
        let read = |crl| CrlFacts::read(0, crl, day(NOW)).unwrap();
        assert!(!c(&read(&ours), &read(&theirs)));
    }

    #[test]
    fn rfc5280_s6_3_3_c_2_scope() {
        let user = IssuingDistributionPoint::new(None).with_scope(CrlScope::UserCertificates);
        let reasons = user.with_reasons(Reasons::ALL);
        let with = |crl: CrlBuilder, point| crl.with_issuing_distribution_point(point);
        assert!(is_used(with(crl(5), &user), with(delta(6, 5), &user)));
        assert!(!is_used(with(crl(5), &user), delta(6, 5)));
        assert!(!is_used(crl(5), with(delta(6, 5), &user)));
        assert!(!is_used(with(crl(5), &user), with(delta(6, 5), &reasons)));
    }

    #[test]
    fn rfc5280_s6_3_3_c_3_authority_key_identifier() {
        let with = |crl: CrlBuilder, id| {
            let value = Writer::encode(|w| w.sequence(|w| w.primitive(Tag::context(0), &[id])));
            crl.add_extension(oid::AUTHORITY_KEY_IDENTIFIER, Criticality::NonCritical, &value)
        };
        assert!(is_used(with(crl(5), 1), with(delta(6, 5), 1)));
        assert!(!is_used(with(crl(5), 1), with(delta(6, 5), 2)));
        assert!(!is_used(with(crl(5), 1), delta(6, 5)));
        assert!(!is_used(crl(5), with(delta(6, 5), 1)));
    }

    #[test]
    fn rfc5280_s5_2_4_a_delta_crl_alone_tells_nothing() {
        let certificate = certificate(&[]);
        assert_eq!(rejected(&certificate, &pool([delta(6, 5)])), []);
        assert_eq!(rejected(&certificate, &pool([delta(6, 5).add_revoked(revoked())])), []);
    }

    #[test]
    fn rfc5280_s5_2_4_the_latest_of_several_delta_crls() {
        let certificate = certificate(&[]);
        let earlier = CrlBuilder::new(name("ca"), day(9), day(30))
            .with_number(CrlNumber::from(6))
            .with_delta_base(CrlNumber::from(5))
            .add_revoked(revoked());
        let removed = delta(7, 5).add_revoked(revoked().with_reason(RevocationReason::RemoveFromCrl));
        assert_eq!(verdict(&certificate, &pool([crl(5), earlier, removed])), CrlVerdict::NotRevoked);
    }

    #[test]
    fn rfc5280_s6_3_3_h_a_delta_crl_by_another_key_is_passed_over() {
        let certificate = certificate(&[]);
        let listed = delta(6, 5).add_revoked(revoked());
        let pool = pool([crl(5), listed, delta(7, 5)]);
        let mut all = signers(&certificate);
        assert_eq!(status(&certificate, &pool, day(NOW), &mut all), CrlVerdict::NotRevoked);
        let mut forged = signers(&certificate);
        forged.forged.push(CrlNumber::from(7));
        let found = status(&certificate, &pool, day(NOW), &mut forged);
        assert!(matches!(found, CrlVerdict::Revoked(_)));
    }

    #[test]
    fn rfc5280_s6_3_3_i_the_delta_crl_counts_before_the_complete_one() {
        let certificate = certificate(&[]);
        let held = || crl(5).add_revoked(revoked().with_reason(RevocationReason::CertificateHold));
        let final_ =
            delta(6, 5).add_revoked(Revocation::new(&[5], day(12)).with_reason(RevocationReason::KeyCompromise));
        let expected = Revoked { at: day(12), reason: Some(RevocationReason::KeyCompromise), invalidity_date: None };
        assert_eq!(verdict(&certificate, &pool([held(), final_])), CrlVerdict::Revoked(expected));
        // (2) No reason code.
        let unspecified = delta(6, 5).add_revoked(revoked());
        assert_eq!(reason_of(&certificate, &pool([held(), unspecified])), None);
        // (j) It says nothing.
        assert_eq!(reason_of(&certificate, &pool([held(), delta(6, 5)])), Some(RevocationReason::CertificateHold));
    }

    #[test]
    fn rfc5280_s6_3_3_k_what_is_removed_is_not_revoked() {
        let certificate = certificate(&[]);
        let held = || crl(5).add_revoked(revoked().with_reason(RevocationReason::CertificateHold));
        let removed = delta(6, 5).add_revoked(revoked().with_reason(RevocationReason::RemoveFromCrl));
        assert_eq!(reason_of(&certificate, &pool([held()])), Some(RevocationReason::CertificateHold));
        assert_eq!(verdict(&certificate, &pool([held(), removed])), CrlVerdict::NotRevoked);
    }
}

mod reasons {
    use super::*;

    const SOME: Reasons = Reasons::KEY_COMPROMISE.union(Reasons::CA_COMPROMISE);

    fn partial(number: u64, reasons: Reasons) -> CrlBuilder {
        crl(number).with_issuing_distribution_point(&IssuingDistributionPoint::new(None).with_reasons(reasons))
    }

    #[test]
    fn rfc5280_s6_3_3_d_what_the_point_and_the_crl_both_cover() {
        let uri = [GeneralName::Uri("http://ca.example/")];
        let other = SOME.union(Reasons::SUPERSEDED).difference(Reasons::CA_COMPROMISE);
        let all = Reasons::ALL;
        for (of_point, of_crl, expected) in [
            (Some(SOME), Some(other), Reasons::KEY_COMPROMISE),
            (None, Some(other), other),
            (Some(SOME), None, SOME),
            (None, None, all),
        ] {
            let der = point(&uri, of_point, &[]);
            let read = crate::cert::extension::DistributionPoint::decode(&mut Reader::new(&der)).unwrap();
            let issuing = of_crl.map(|reasons| IssuingDistributionPoint::new(None).with_reasons(reasons));
            assert_eq!(d(Point::from(read), issuing.as_ref()), expected);
        }
    }

    #[test]
    fn rfc5280_s6_3_3_e_a_crl_has_to_cover_something_new() {
        assert_eq!(e(SOME, Reasons::KEY_COMPROMISE), Ok(()));
        assert_eq!(e(SOME, SOME), Err(CrlRejected::NoNewReasons));
        assert_eq!(e(Reasons::NONE, Reasons::NONE), Err(CrlRejected::NoNewReasons));
        let certificate = certificate(&[]);
        let again = rejected(&certificate, &pool([partial(2, SOME), partial(1, Reasons::KEY_COMPROMISE)]));
        assert!(again.contains(&CrlRejected::NoNewReasons));
    }

    #[test]
    fn rfc5280_s6_3_3_l_several_crls_cover_all_reasons_together() {
        let certificate = certificate(&[]);
        let rest = Reasons::ALL.difference(SOME);
        assert_eq!(verdict(&certificate, &pool([partial(1, SOME), partial(2, rest)])), CrlVerdict::NotRevoked);
        let listed = partial(2, rest).add_revoked(revoked());
        assert_eq!(reason_of(&certificate, &pool([partial(1, SOME), listed])), None);
        let pool = pool([partial(1, SOME)]);
        let CrlVerdict::Undetermined(undetermined) = verdict(&certificate, &pool) else { panic!() };
        assert_eq!(undetermined.uncovered, rest);
    }

    #[test]
    fn rfc5280_s6_3_3_l_several_distribution_points_cover_all_reasons_together() {
        let (one, two) = (GeneralName::Uri("http://ca.example/1"), GeneralName::Uri("http://ca.example/2"));
        let rest = Reasons::ALL.difference(SOME);
        let certificate = with_points(&[point(&[one], Some(SOME), &[]), point(&[two], Some(rest), &[])]);
        let at = |number, name: GeneralName<'_>| {
            let contents = names(&[name]);
            crl(number).with_issuing_distribution_point(&IssuingDistributionPoint::new(Some(full_name(&contents))))
        };
        assert_eq!(verdict(&certificate, &pool([at(1, one), at(2, two)])), CrlVerdict::NotRevoked);
        assert_eq!(reason_of(&certificate, &pool([at(1, one), at(2, two).add_revoked(revoked())])), None);
        let pool = pool([at(1, one)]);
        let CrlVerdict::Undetermined(undetermined) = verdict(&certificate, &pool) else { panic!() };
        assert_eq!(
            (undetermined.uncovered, &undetermined.urls[..]),
            (rest, &["http://ca.example/1", "http://ca.example/2"][..])
        );
    }

    #[test]
    fn rfc5280_s6_3_3_one_crl_for_two_distribution_points_is_verified_once() {
        let (one, two) = (GeneralName::Uri("http://ca.example/1"), GeneralName::Uri("http://ca.example/2"));
        let rest = Reasons::ALL.difference(SOME);
        let certificate = with_points(&[point(&[one], Some(SOME), &[]), point(&[two], Some(rest), &[])]);
        let pool = pool([crl(1)]);
        let mut signers = signers(&certificate);
        assert_eq!(status(&certificate, &pool, day(NOW), &mut signers), CrlVerdict::NotRevoked);
        assert_eq!(signers.keys, 1);
    }
}

mod signing {
    use super::*;

    #[test]
    fn rfc5280_s6_3_3_f_g_a_crl_by_a_stranger_tells_nothing() {
        let certificate = certificate(&[]);
        let access = Writer::encode(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.oid(oid::AD_CA_ISSUERS);
                    GeneralName::Uri("http://ca.example/ca.cer").encode(w);
                });
            });
        });
        let stranger =
            crl(1).add_revoked(revoked()).add_extension(oid::AUTHORITY_INFO_ACCESS, Criticality::NonCritical, &access);
        let strangers = pool([stranger]);
        let mut untrusted = signers(&certificate);
        untrusted.untrusted.push(CrlNumber::from(1));
        let expected = Undetermined {
            uncovered: Reasons::ALL,
            rejected: vec![(0, CrlRejected::UntrustedSigner)],
            urls: vec!["http://ca.example/ca.cer"],
        };
        let found = status(&certificate, &strangers, day(NOW), &mut untrusted);
        assert_eq!(found, CrlVerdict::Undetermined(expected));

        // The newest is forged; the one before counts.
        let older = CrlBuilder::new(name("ca"), day(9), day(20)).with_number(CrlNumber::from(2)).add_revoked(revoked());
        let mut forged = signers(&certificate);
        forged.forged.push(CrlNumber::from(3));
        let pool = pool([crl(3), older]);
        assert!(matches!(status(&certificate, &pool, day(NOW), &mut forged), CrlVerdict::Revoked(_)));
    }

    #[test]
    fn what_would_help_is_named() {
        let uri = GeneralName::Uri("ldap://ca.example/cn=ca");
        let certificate = with_points(&[point(&[GeneralName::DnsName("ca.example"), uri], None, &[])]);
        let stale = CrlBuilder::new(name("ca"), day(1), day(5))
            .with_number(CrlNumber::from(1))
            .with_freshest_crl(&["http://ca.example/delta"]);
        let pool = pool([stale]);
        let CrlVerdict::Undetermined(undetermined) = verdict(&certificate, &pool) else { panic!() };
        assert_eq!(undetermined.urls, ["http://ca.example/delta", "ldap://ca.example/cn=ca"]);
        assert_eq!(undetermined.rejected, [(0, CrlRejected::Stale { next_update: day(5) })]);
    }

    #[test]
    fn work_is_bounded() {
        let uri = [GeneralName::Uri("http://ca.example/")];
        let points: Vec<Vec<u8>> = (0..500).map(|_| point(&uri, Some(Reasons::SUPERSEDED), &[])).collect();
        let certificate = with_points(&points);
        let pool = pool((1..50).map(|number| crl(number).with_delta_base(CrlNumber::from(0))));
        let mut signers = signers(&certificate);
        let CrlVerdict::Undetermined(undetermined) = status(&certificate, &pool, day(NOW), &mut signers) else {
            panic!()
        };
        assert!(undetermined.rejected.iter().any(|(_, why)| *why == CrlRejected::LimitExceeded));
        assert!(undetermined.rejected.len() <= 32 && signers.keys == 0);
    }

    #[test]
    fn every_rejection_says_something() {
        let error = crate::DecodeError::new(DecodeErrorKind::Empty, 0);
        for rejected in [
            CrlRejected::Malformed { field: "cRLNumber", error },
            CrlRejected::UnknownCriticalExtension(oid::SHA256.into()),
            CrlRejected::NumberMissing,
            CrlRejected::NumberCritical,
            CrlRejected::UnexpectedCertificateIssuer,
            CrlRejected::NextUpdateMissing,
            CrlRejected::NotYetValid { this_update: day(1) },
            CrlRejected::Stale { next_update: day(1) },
            CrlRejected::IssuerMismatch,
            CrlRejected::NotIndirect,
            CrlRejected::PointMismatch,
            CrlRejected::OutOfScope(CrlScope::CaCertificates),
            CrlRejected::NoNewReasons,
            CrlRejected::UntrustedSigner,
            CrlRejected::Signature(VerifyError::BadSignature),
            CrlRejected::LimitExceeded,
        ] {
            assert!(!alloc::format!("{rejected}").is_empty());
        }
    }
}

mod implicit_point {
    use super::*;

    #[test]
    fn rfc5280_s6_3_3_crls_that_no_distribution_point_speaks_of_are_named_by_the_issuer() {
        let (ca, other) = (name("ca"), name("other"));
        let at = |name: GeneralName<'_>| {
            let contents = names(&[name]);
            pool([crl(1).with_issuing_distribution_point(&IssuingDistributionPoint::new(Some(full_name(&contents))))])
        };
        let named_by_dn = at(GeneralName::DirectoryName(ca.as_ref()));
        let elsewhere = at(GeneralName::DirectoryName(other.as_ref()));
        let named_by_uri = at(GeneralName::Uri("http://ca.example/"));
        let plain = certificate(&[]);
        assert_eq!(verdict(&plain, &named_by_dn), CrlVerdict::NotRevoked);
        assert_eq!(rejected(&plain, &elsewhere), [CrlRejected::PointMismatch]);
        assert_eq!(rejected(&plain, &named_by_uri), [CrlRejected::PointMismatch]);
        // issuerAltName
        let alternatives = Writer::encode(|w| w.sequence(|w| GeneralName::Uri("http://ca.example/").encode(w)));
        let alternative = certificate(&[(oid::ISSUER_ALT_NAME, &alternatives)]);
        assert_eq!(verdict(&alternative, &named_by_uri), CrlVerdict::NotRevoked);
        // With a distribution point that no CRL is for.
        let pointed = with_points(&[point(&[GeneralName::Uri("http://ca.example/1")], None, &[])]);
        assert_eq!(verdict(&pointed, &named_by_dn), CrlVerdict::NotRevoked);
    }

    #[test]
    fn distribution_points_that_cannot_be_read_help_nobody() {
        let broken = certificate(&[(oid::CRL_DISTRIBUTION_POINTS, &[0x30, 0])]);
        assert_eq!(verdict(&broken, &pool([crl(1)])), CrlVerdict::NotRevoked);
    }
}
