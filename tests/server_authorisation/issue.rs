//! What is issued: the server's decisions and the requester's key.

use std::time::Duration;

use conformance::{
    TestRandom, chain,
    fixtures::{self, ca_key, client_key, ec_key, other_key},
};
use pki_core::{
    BuildError, Certificate, Csr, CsrBuilder, GeneralName, GeneralNamesBuilder, KeyKind, Name, Profile, PublicKey,
    SerialNumber,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    chain::{ChainValidator, Pool, Purpose, TrustAnchor},
    crypto::{CryptoProvider, rustcrypto::PROVIDER},
    der::{Tag, Writer},
    extension::{BasicConstraints, Criticality, KeyUsage},
    oid,
};
use scep::{
    FailInfo,
    server::{
        Authorized, CertificateProfile, Issuance, IssueError, KeyPolicy, KeyRefused, NameMismatch, NameRule, Names,
    },
};

use crate::{ca, csr, device, first, now, public, renewal, renewal_csr, san};

const DAY: Duration = Duration::from_secs(86_400);

pub fn profile() -> CertificateProfile {
    CertificateProfile::new(ca().certificate, 90 * DAY, PROVIDER)
}

pub fn issuance() -> Issuance {
    Issuance { serial: SerialNumber::from_bytes(&[0x41; 16]).expect("a serial number"), at: now() }
}

/// A CSR for `device` with the client's key, that somebody approved.
fn approved() -> (Csr, Authorized) {
    approve(csr("device", client_key(), |csr| csr.with_subject_alt_name(san())))
}

fn approve(csr: Csr) -> (Csr, Authorized) {
    let authorized = Authorized::manually(csr.digest(&PROVIDER).expect("SHA-256"));
    (csr, authorized)
}

/// The certificate for this CSR with the names that it asks for.
fn issue(profile: &CertificateProfile, csr: Csr) -> Result<Certificate, IssueError> {
    let (csr, authorized) = approve(csr);
    let names = Names::of_csr(&csr).expect("names");
    let to_be_signed = profile.certificate(&csr, &authorized, &names, &issuance())?;
    Ok(to_be_signed.sign_with(ca_key(), &mut TestRandom::new(1)).expect("a signature"))
}

fn issued(profile: &CertificateProfile) -> Certificate {
    issue(profile, approved().0).expect("a certificate")
}

#[test]
fn a_device_gets_a_certificate_that_validates() {
    let certificate = issued(&profile());
    let validator = ChainValidator::new([TrustAnchor::from_certificate(ca().certificate)], PROVIDER);
    validator.validate(&certificate, &Pool::new(), Purpose::CLIENT_AUTH, now()).expect("a valid path");
    assert_eq!(certificate.public_key(), public(client_key()).as_ref());
    assert!(certificate.subject().matches(fixtures::name("device").as_ref()));
    assert_eq!(certificate.serial_number(), [0x41; 16]);
    assert_eq!(certificate.validity().not_before, now().minus(Duration::from_secs(300)));
    assert_eq!(certificate.validity().not_after, now().plus(90 * DAY));
    let names: Vec<_> = certificate.subject_alt_name().expect("names").expect("some").iter().collect();
    assert_eq!(names, [GeneralName::DnsName("device.example.com"), GeneralName::Rfc822Name("device@example.com")]);
    let usage = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT;
    assert_eq!(certificate.key_usage(), Ok(Some(usage)));
    assert!(certificate.authority_key_identifier().expect("readable").is_some());
    assert!(certificate.subject_key_identifier().expect("readable").is_some());
    assert!(certificate.crl_distribution_points().expect("readable").is_none());
    assert!(certificate.authority_info_access().expect("readable").is_none());
    assert_eq!(certificate.signature_algorithm().oid, oid::SHA256_WITH_RSA);
}

#[test]
fn what_else_a_csr_asks_for_counts_for_nothing() {
    let greedy = csr("device", client_key(), |csr| {
        let authority = Writer::encode(|w| w.sequence(|w| w.boolean(true)));
        csr.with_subject_alt_name(san())
            .with_key_usage(KeyUsage::KEY_CERT_SIGN)
            .with_extended_key_usage(&[oid::SERVER_AUTH, oid::CERTIFICATE_REQUEST_AGENT])
            .add_extension(oid::BASIC_CONSTRAINTS, Criticality::Critical, &authority)
            .add_extension(oid::CRL_DISTRIBUTION_POINTS, Criticality::NonCritical, b"\x30\x00")
    });
    assert!(greedy.extension_request().find(oid::BASIC_CONSTRAINTS).is_some());
    let certificate = issue(&profile(), greedy).expect("a certificate");
    assert_eq!(certificate, issued(&profile()));
    assert_eq!(certificate.basic_constraints(), Ok(Some(BasicConstraints::END_ENTITY)));
}

#[test]
fn the_profile_says_what_is_in_a_certificate() {
    let private = Writer::encode(|w| w.octet_string(b"device 7"));
    let profile = profile()
        .with_usages(Profile::TLS_SERVER)
        .with_back_dating(Duration::ZERO)
        .with_signature_algorithm(
            SignatureAlgorithm::RSA_PKCS1_SHA256.with_digest(DigestAlgorithm::SHA384).expect("one"),
        )
        .add_crl_distribution_point("http://crl.example.com/ca.crl")
        .add_authority_info_access(oid::AD_OCSP, "http://ocsp.example.com")
        .add_certificate_policy(oid::ANY_POLICY)
        .add_extension(oid::DATA, Criticality::NonCritical, &private);
    let certificate = issued(&profile);
    assert_eq!(certificate.validity().not_before, now());
    assert_eq!(certificate.signature_algorithm().oid, oid::SHA384_WITH_RSA);
    let purposes = certificate.extended_key_usage().expect("readable").expect("some");
    assert_eq!(purposes.iter().collect::<Vec<_>>(), [oid::SERVER_AUTH]);
    let access = certificate.authority_info_access().expect("readable").expect("some").iter().next().expect("one");
    assert_eq!((access.method, access.location), (oid::AD_OCSP, GeneralName::Uri("http://ocsp.example.com")));
    assert_eq!(certificate.crl_distribution_points().expect("readable").expect("some").iter().count(), 1);
    assert_eq!(certificate.certificate_policies().expect("readable").expect("some").iter().count(), 1);
    assert_eq!(certificate.extension(oid::DATA).expect("it").value, private);
}

#[test]
fn the_end_of_the_ca_is_the_end_of_what_it_issues() {
    let ca = ca().certificate;
    let short = chain::Draft::by("Root", "Root").with_key(ca_key()).with_profile(Profile::ROOT_CA);
    let short = short.with_validity(now().minus(DAY), now().plus(30 * DAY)).issue(|builder| builder);
    let profile = CertificateProfile::new(short.clone(), 90 * DAY, PROVIDER).with_back_dating(7 * DAY);
    assert_eq!(issued(&profile).validity(), short.validity());
    assert_eq!(issued(&profile.clone().with_issuer(ca)).validity().not_after, now().plus(90 * DAY));

    let (csr, authorized) = approved();
    let names = Names::of_csr(&csr).expect("names");
    for at in [now().minus(2 * DAY), now().plus(31 * DAY)] {
        let refused = profile.certificate(&csr, &authorized, &names, &Issuance { at, ..issuance() });
        assert_eq!(refused.map(drop), Err(IssueError::IssuerNotValid { at }));
    }
}

#[test]
fn a_serial_number_has_64_random_bits_and_more() {
    let rng = &mut TestRandom::new(1);
    let serials: Vec<_> = (0..64).map(|_| Issuance::new(now(), rng).expect("random").serial).collect();
    let octets: Vec<[u8; 16]> = serials.iter().map(|serial| serial.as_bytes().try_into().expect("16")).collect();
    // Every bit but the first two is one in some and none in others.
    let (all, some) = octets.iter().fold((u128::MAX, 0), |(all, some), octets| {
        let number = u128::from_be_bytes(*octets);
        (all & number, some | number)
    });
    assert_eq!((all, some), (1 << 126, u128::MAX >> 1));
    assert!(Issuance::new(now(), &mut TestRandom::failing_after(1, 0)).is_err());
}

#[test]
fn the_same_issuance_makes_the_same_certificate_again() {
    let (csr, authorized) = approved();
    let names = Names::of_csr(&csr).expect("names");
    let message = |issuance: &Issuance| {
        profile().certificate(&csr, &authorized, &names, issuance).expect("a certificate").message().to_vec()
    };
    let kept = Issuance { serial: SerialNumber::from_bytes(issuance().serial.as_bytes()).expect("one"), ..issuance() };
    assert_eq!(message(&kept), message(&issuance()));
    let another = Issuance::new(now(), &mut TestRandom::new(9)).expect("random");
    assert_ne!(message(&another), message(&issuance()));
}

// Whose.

#[test]
fn an_authorisation_for_another_csr_issues_nothing() {
    let (csr, _) = approved();
    let (_, other) = approve(renewal_csr());
    let names = Names::of_csr(&csr).expect("names");
    let refused = profile().certificate(&csr, &other, &names, &issuance());
    assert_eq!(refused.map(drop), Err(IssueError::AuthorizedForAnotherCsr));
    // Nor does one if nobody can tell.
    let mute = CertificateProfile::new(ca().certificate, DAY, CryptoProvider { digests: &[], ..PROVIDER });
    let (csr, authorized) = approved();
    let refused = mute.certificate(&csr, &authorized, &names, &issuance());
    assert_eq!(refused.map(drop), Err(IssueError::AuthorizedForAnotherCsr));
}

#[test]
fn a_renewal_keeps_the_names_of_the_certificate() {
    let silent = csr("DEVICE", other_key(), |csr| csr);
    let enrol = renewal(&silent, &device());
    let policy = scep::server::RenewalPolicy::new().with_names(NameRule::NotMore);
    let authorized = enrol.authorize_renewal(&policy, &crate::crl_with(None), now()).expect("authorised");
    let names = Names::of_request(enrol.csr(), &authorized).expect("names");
    assert_eq!(names, Names::of_certificate(&device()).expect("names"));
    let profile = profile().with_names(NameRule::NotMore);
    let to_be_signed = profile.certificate(enrol.csr(), &authorized, &names, &issuance()).expect("a certificate");
    let renewed = to_be_signed.sign_with(ca_key(), &mut TestRandom::new(1)).expect("a signature");
    assert_eq!(renewed.subject(), device().subject());
    assert_eq!(renewed.extension(oid::SUBJECT_ALT_NAME), device().extension(oid::SUBJECT_ALT_NAME));
    assert_eq!(renewed.public_key(), public(other_key()).as_ref());
    assert_ne!(renewed.serial_number(), device().serial_number());
}

#[test]
fn a_first_request_has_the_names_that_it_asks_for_unless_the_server_says_others() {
    let enrol = first("device", "x");
    let asked = Names::of_request(enrol.csr(), &enrol.authorize_manually()).expect("names");
    assert_eq!(asked.subject(), &fixtures::name("device"));
    let own = Names::new(fixtures::name("tablet 7")).with_alternative(san()).expect("names");
    let strict = profile().certificate(enrol.csr(), &enrol.authorize_manually(), &own, &issuance());
    let (asked, allowed) = (fixtures::name("device"), fixtures::name("tablet 7"));
    let mismatch = NameMismatch::Subject { asked, allowed };
    assert_eq!(strict.map(drop), Err(IssueError::Names(mismatch.clone())));
    // The server may go on; what was asked for is known all the same.
    assert_eq!(own.compare(enrol.csr(), NameRule::Same), Err(mismatch));
    let profile = profile().with_names(NameRule::Any);
    let to_be_signed = profile.certificate(enrol.csr(), &enrol.authorize_manually(), &own, &issuance());
    let certificate = to_be_signed.expect("a certificate").sign_with(ca_key(), &mut TestRandom::new(1));
    let certificate = certificate.expect("a signature");
    assert!(certificate.subject().matches(fixtures::name("tablet 7").as_ref()));
    assert_eq!(certificate.subject_alt_name().expect("readable").expect("some").iter().count(), 2);
}

#[test]
fn a_certificate_needs_a_name() {
    let (csr, authorized) = approved();
    let profile = profile().with_names(NameRule::Any);
    let nobody = Names::new(Name::empty());
    let refused = profile.certificate(&csr, &authorized, &nobody, &issuance());
    assert!(matches!(refused, Err(IssueError::Build(BuildError::Empty(_)))), "{refused:?}");
    assert_eq!(
        nobody.clone().with_alternative(GeneralNamesBuilder::new()).err(),
        Some(BuildError::Empty("GeneralNames"))
    );
    // An alternative name is enough, and critical then (RFC 5280 section 4.2.1.6).
    let device = nobody.with_alternative(san()).expect("names");
    let to_be_signed = profile.certificate(&csr, &authorized, &device, &issuance()).expect("a certificate");
    let certificate = to_be_signed.sign_with(ca_key(), &mut TestRandom::new(1)).expect("a signature");
    assert!(certificate.extension(oid::SUBJECT_ALT_NAME).expect("names").critical);
}

// For which keys.

fn rsa(modulus: &[u8], exponent: &[u8]) -> PublicKey {
    let key = Writer::encode(|w| {
        w.sequence(|w| {
            w.primitive(Tag::INTEGER, modulus);
            w.primitive(Tag::INTEGER, exponent);
        });
    });
    spki(oid::RSA_ENCRYPTION, &key)
}

fn spki(algorithm: pki_core::Oid<'_>, key: &[u8]) -> PublicKey {
    let spki = Writer::encode(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.oid(algorithm);
                w.null();
            });
            w.bit_string(key);
        });
    });
    PublicKey::from_der(&spki).expect("a key")
}

fn modulus(octets: usize) -> Vec<u8> {
    [vec![0], vec![0xc5; octets]].concat()
}

#[test]
fn n18_a_short_or_broken_rsa_key_gets_no_certificate() {
    let check = |key: &PublicKey| KeyPolicy::DEFAULT.check(key.as_ref());
    let bits = |bits| Err(KeyRefused::RsaBits { bits, fewest: 2048, most: 8192 });
    let f4 = [1, 0, 1];
    assert_eq!(check(&rsa(&modulus(256), &f4)), Ok(()));
    assert_eq!(check(&rsa(&modulus(256), &[3])), Ok(()));
    assert_eq!(check(&rsa(&modulus(1024), &f4)), Ok(()));
    assert_eq!(check(&rsa(&modulus(128), &f4)), bits(1024));
    assert_eq!(check(&rsa(&modulus(255), &f4)), bits(2040));
    // The attacks of long moduli and exponents, and exponents that do nothing.
    assert_eq!(check(&rsa(&modulus(2048), &f4)), bits(16_384));
    let long = [vec![0x7f], vec![0xff; 64 * 1024 - 1]].concat();
    for exponent in [&[1][..], &[0], &[2], &[1, 0, 0], &[0xff], &[1, 0, 0, 0, 1], &long] {
        assert_eq!(check(&rsa(&modulus(256), exponent)), Err(KeyRefused::Rsa), "{}", exponent.len());
    }
    let even = [modulus(255), vec![0xc4]].concat();
    let negative = [vec![0xc5; 256]].concat();
    for modulus in [even, negative] {
        assert_eq!(check(&rsa(&modulus, &f4)), Err(KeyRefused::Rsa));
    }
    assert_eq!(check(&spki(oid::RSA_ENCRYPTION, b"\x30\x00")), Err(KeyRefused::Kind(KeyKind::Unknown)));
}

#[test]
fn key_kinds_are_those_of_the_policy() {
    let p256 = public(ec_key());
    assert_eq!(KeyPolicy::DEFAULT.check(p256.as_ref()), Ok(()));
    let rsa_only = KeyPolicy::DEFAULT.with_kinds(&[]);
    assert_eq!(rsa_only.check(p256.as_ref()), Err(KeyRefused::Kind(KeyKind::P256)));
    let unknown = spki(oid::DATA, b"key");
    assert_eq!(KeyPolicy::DEFAULT.check(unknown.as_ref()), Err(KeyRefused::Kind(KeyKind::Unknown)));
    #[expect(clippy::reversed_empty_ranges, reason = "no RSA at all")]
    let no_rsa = KeyPolicy::DEFAULT.with_rsa_bits(1..=0);
    let rsa = public(client_key());
    assert_eq!(no_rsa.check(rsa.as_ref()), Err(KeyRefused::Kind(KeyKind::Rsa { bits: 2048 })));
    let long = KeyPolicy::DEFAULT.with_rsa_bits(3072..=4096);
    assert_eq!(long.check(rsa.as_ref()), Err(KeyRefused::RsaBits { bits: 2048, fewest: 3072, most: 4096 }));
}

#[test]
fn a_weak_key_is_bad_alg() {
    let weak = csr("device", fixtures::small_client_key(), |csr| csr);
    let names = Names::of_csr(&weak).expect("names");
    let key = KeyRefused::RsaBits { bits: 1024, fewest: 2048, most: 8192 };
    assert_eq!(profile().check(&weak, &names), Err(IssueError::Key(key)));
    let error = issue(&profile(), weak.clone()).expect_err("weak");
    assert_eq!(error, IssueError::Key(key));
    assert_eq!(error.fail_info(), FailInfo::BAD_ALG);
    assert_eq!(scep::server::Error::from(error.clone()).fail_info(), FailInfo::BAD_ALG);
    assert_eq!(IssueError::AuthorizedForAnotherCsr.fail_info(), FailInfo::BAD_REQUEST);
    let lenient = profile().with_keys(KeyPolicy::DEFAULT.with_rsa_bits(1024..=4096));
    assert!(issue(&lenient, weak).is_ok());
}

#[test]
fn an_ec_key_gets_no_key_encipherment() {
    let builder = CsrBuilder::new(fixtures::name("device"), public(ec_key()));
    let certificate = issue(&profile(), fixtures::sign_csr(&builder, ec_key())).expect("a certificate");
    assert_eq!(certificate.key_usage(), Ok(Some(KeyUsage::DIGITAL_SIGNATURE)));
}

#[test]
fn a_ca_whose_key_signs_with_nothing_known_issues_nothing() {
    let strange = fixtures::certify(
        (&fixtures::name("Root"), ca_key()),
        &fixtures::name("Root"),
        &spki(oid::DATA, b"key"),
        fixtures::validity(),
        &Profile::ROOT_CA,
    );
    let profile = CertificateProfile::new(strange, DAY, PROVIDER);
    assert_eq!(issue(&profile, approved().0), Err(IssueError::IssuerKeyUnsupported));
}
