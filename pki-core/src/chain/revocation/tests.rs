//! Revocation with keys of several CRL issuers.
#![cfg(feature = "rustcrypto")]

extern crate std;

use alloc::{vec, vec::Vec};
use core::time::Duration;
use std::sync::LazyLock;

use crate::{
    Certificate, CertificateBuilder, CrlBuilder, KeyKind, Name, Profile, SerialNumber, UnixTime, Validity,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    cert::extension::{Criticality, KeyUsage},
    chain::{
        ChainError, ChainValidator, OcspRejection, Pool, Purpose, RevocationPolicy, TrustAnchor, ValidatedChain,
        Violation,
    },
    crl::{Crl, CrlNumber, IssuingDistributionPoint, Revocation},
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
    der::{Tag, Writer},
    name::GeneralName,
    ocsp::{CertId, CertStatus, OcspResponseBuilder, ResponderId},
    oid,
};

/// Those of the CA, of the CRL issuer, and of somebody else.
static KEYS: LazyLock<[PrivateKey; 3]> =
    LazyLock::new(|| [(); 3].map(|()| PrivateKey::generate(KeyKind::P256, &mut Random(getrandom::SysRng)).unwrap()));

const CA: usize = 0;
const CRL_ISSUER: usize = 1;
const STRANGER: usize = 2;

fn name(text: &str) -> Name {
    Name::from_common_name(text).unwrap()
}

fn now() -> UnixTime {
    UnixTime::from_civil(2026, 6, 1, 0, 0, 0).unwrap()
}

/// Signed by the CA; its CRL is an indirect one of "crl issuer".
fn certificate(serial: u8, subject: &str, key: usize, usage: KeyUsage) -> Certificate {
    let validity = Validity::new(now().minus(Duration::from_secs(9)), now().plus(Duration::from_secs(9)));
    let point = Writer::encode(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.constructed(Tag::context_constructed(2), |w| {
                    GeneralName::DirectoryName(name("crl issuer").as_ref()).encode(w);
                });
            });
        });
    });
    let serial = SerialNumber::from_bytes(&[serial]).unwrap();
    CertificateBuilder::new(serial, name("ca"), name(subject), validity, KEYS[key].public_key().clone())
        .with_profile(&Profile::RA_SIGNING)
        .with_key_usage(usage)
        .add_extension(oid::CRL_DISTRIBUTION_POINTS, Criticality::NonCritical, &point)
        .build(SignatureAlgorithm::ECDSA_SHA256)
        .unwrap()
        .sign_with(&KEYS[CA], &mut Random(getrandom::SysRng))
        .unwrap()
}

fn leaf() -> Certificate {
    certificate(1, "leaf", STRANGER, KeyUsage::DIGITAL_SIGNATURE)
}

fn crl_issuer() -> Certificate {
    certificate(2, "crl issuer", CRL_ISSUER, KeyUsage::CRL_SIGN)
}

/// An indirect CRL of "crl issuer" that lists these serial numbers of the CA.
fn crl(serials: &[u8], key: usize) -> Crl {
    let (ca, date) = (name("ca"), now().minus(Duration::from_secs(5)));
    let builder = CrlBuilder::new(name("crl issuer"), date, now().plus(Duration::from_secs(9)))
        .with_number(CrlNumber::from(1))
        .with_issuing_distribution_point(&IssuingDistributionPoint::new(None).indirect());
    let add = |builder: CrlBuilder, serial: &u8| {
        builder.add_revoked(Revocation::new(&[*serial], date).with_certificate_issuer(ca.as_ref()))
    };
    serials
        .iter()
        .fold(builder, add)
        .build(SignatureAlgorithm::ECDSA_SHA256)
        .unwrap()
        .sign_with(&KEYS[key], &mut Random(getrandom::SysRng))
        .unwrap()
}

fn validate(certificates: Vec<Certificate>, crl: Crl) -> Result<ValidatedChain, ChainError> {
    let mut pool: Pool = certificates.into_iter().collect();
    pool.add_crl(crl);
    let anchor = TrustAnchor::new(name("ca"), KEYS[CA].public_key().clone());
    let validator = ChainValidator::new([anchor], PROVIDER).with_revocation(RevocationPolicy::Require);
    validator.validate(&leaf(), &pool, Purpose::ANY, now())
}

/// The same with an OCSP response of the CA's.
fn validate_answered(status: CertStatus) -> Result<ValidatedChain, ChainError> {
    let id = CertId::of_certificate(&leaf(), KEYS[CA].public_key().as_ref(), DigestAlgorithm::SHA1, &PROVIDER).unwrap();
    let ca = name("ca");
    let response = OcspResponseBuilder::new(ResponderId::ByName(ca.as_ref()), now())
        .add_response(id.as_ref(), status, now(), None)
        .build(SignatureAlgorithm::ECDSA_SHA256)
        .unwrap()
        .sign_with(&KEYS[CA], &mut Random(getrandom::SysRng))
        .unwrap();
    let mut pool = Pool::new();
    pool.add_ocsp(response);
    let anchor = TrustAnchor::new(ca, KEYS[CA].public_key().clone());
    let validator = ChainValidator::new([anchor], PROVIDER).with_revocation(RevocationPolicy::Require);
    validator.validate(&leaf(), &pool, Purpose::ANY, now())
}

fn is_unknown(result: &Result<ValidatedChain, ChainError>) -> bool {
    matches!(result.as_ref().map_err(ChainError::violation), Err(Violation::RevocationUnknown { .. }))
}

#[test]
fn rfc5280_s6_3_3_f_a_crl_issuer_tells_its_own_status() {
    assert!(validate(vec![crl_issuer()], crl(&[3], CRL_ISSUER)).is_ok());
    let revoked = validate(vec![crl_issuer()], crl(&[1], CRL_ISSUER));
    assert!(matches!(revoked.unwrap_err().violation(), Violation::Revoked { .. }));
    // Nobody believes a CRL whose issuer says that it is revoked.
    assert!(is_unknown(&validate(vec![crl_issuer()], crl(&[2], CRL_ISSUER))));
}

#[test]
fn rfc5280_s6_3_3_f_a_crl_issuer_needs_a_path_and_the_right_to_sign_crls() {
    assert!(is_unknown(&validate(vec![], crl(&[], CRL_ISSUER))));
    assert!(is_unknown(&validate(vec![crl_issuer()], crl(&[], STRANGER))));
    let may_not = certificate(2, "crl issuer", CRL_ISSUER, KeyUsage::DIGITAL_SIGNATURE);
    assert!(is_unknown(&validate(vec![may_not], crl(&[], CRL_ISSUER))));
    // An end entity that says nothing of its usage is none either: a device may have got the name.
    let silent = certificate(2, "crl issuer", CRL_ISSUER, KeyUsage::NONE);
    assert!(silent.key_usage().unwrap().is_none());
    assert!(is_unknown(&validate(vec![silent], crl(&[], CRL_ISSUER))));
    // The key is that of the leaf, which is no CRL issuer, whatever it signs.
    assert!(is_unknown(&validate(vec![leaf()], crl(&[], STRANGER))));
}

#[test]
fn rfc6960_s2_2_a_certificate_that_the_responder_does_not_know_has_no_status() {
    assert!(validate_answered(CertStatus::Good).is_ok());
    let error = validate_answered(CertStatus::Unknown).unwrap_err();
    let responses = vec![OcspRejection::UnknownCertificate];
    assert_eq!(*error.violation(), Violation::RevocationUnknown { crls: vec![], responses });
}
