//! 6.1.4 (d) to (f): keys that inherit their parameters, on DSA chains by OpenSSL (see tests/data/dsa).

use conformance::{dsa, fixtures};
use pki_core::{Profile, PublicKey, crypto::VerifyError};

use super::*;

macro_rules! certificate {
    ($name:literal) => {
        Certificate::from_pem(include_str!(concat!("../data/dsa/", $name, ".pem"))).expect("a certificate")
    };
}

fn validate(anchor: Certificate, ca: Certificate, leaf: &Certificate) -> Result<ValidatedChain, ChainError> {
    let validator = ChainValidator::new([anchor.into()], dsa::provider());
    validator.validate(leaf, &[ca].into_iter().collect(), Purpose::ANY, chain::now())
}

#[test]
fn s6_1_4_e_a_key_with_parameters_has_its_own() {
    for leaf in [certificate!("leaf-sha1"), certificate!("leaf-sha256")] {
        let valid = validate(certificate!("root"), certificate!("ca"), &leaf).expect("a path");
        assert_eq!(valid.signatures(), 2);
    }
}

#[test]
fn s6_1_4_e_a_key_without_parameters_inherits_those_above() {
    let ca = certificate!("ca-inherits");
    assert!(ca.public_key().algorithm().has_no_parameters());
    for leaf in [certificate!("leaf-sha1"), certificate!("leaf-sha256")] {
        let valid = validate(certificate!("root"), ca.clone(), &leaf).expect("a path");
        assert_eq!(valid.path(), [leaf, ca.clone()]);
    }
}

/// "If the algorithms are different, the parameters are NULL."
#[test]
fn s6_1_4_e_nothing_is_inherited_from_a_key_of_another_algorithm() {
    let root = Ca::root("Root");
    let ca = certificate!("ca-inherits");
    let key = PublicKey::from_der(ca.public_key().as_der()).expect("a key");
    let below_ec = fixtures::certify(
        (&root.certificate.subject().to_owned(), root.key),
        &ca.subject().to_owned(),
        &key,
        fixtures::validity(),
        &Profile::ROOT_CA,
    );
    let verdict = validate(root.certificate, below_ec, &certificate!("leaf-sha1"));
    let violation = refused(verdict, 0, "RFC 5280 section 6.1.3 (a) (1)");
    assert_eq!(violation, Violation::Signature(VerifyError::UnsupportedAlgorithm));
}

/// They come by the path, and an anchor is above every path.
#[test]
fn s6_1_4_e_an_anchor_inherits_nothing() {
    let anchor = certificate!("ca-inherits");
    let validator = ChainValidator::new([anchor.into()], dsa::provider());
    let verdict = validator.validate(&certificate!("leaf-sha1"), &Pool::new(), Purpose::ANY, chain::now());
    refused(verdict, 0, "RFC 5280 section 6.1.3 (a) (1)");
}

#[test]
fn s6_1_4_d_the_key_is_that_of_the_certificate_above() {
    let leaf = certificate!("leaf-sha1");
    let mut der = leaf.as_der().to_vec();
    // Within the serial number: the third element of tbsCertificate, 3.
    let at = der.windows(3).position(|window| window == [2, 1, 3]).expect("a serial number");
    der[at + 2] = 4;
    let changed = Certificate::from_der(&der).expect("a certificate");
    let violation =
        refused(validate(certificate!("root"), certificate!("ca"), &changed), 0, "RFC 5280 section 6.1.3 (a) (1)");
    assert_eq!(violation, Violation::Signature(VerifyError::BadSignature));
}

#[test]
fn dsa_is_not_in_the_provider() {
    let validator = ChainValidator::new([certificate!("root").into()], PROVIDER);
    let verdict = validator.validate(&certificate!("ca"), &Pool::new(), Purpose::ANY, chain::now());
    let violation = refused(verdict, 0, "RFC 5280 section 6.1.3 (a) (1)");
    assert_eq!(violation, Violation::Signature(VerifyError::UnsupportedAlgorithm));
}
