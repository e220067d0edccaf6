//! 4.2: the parts of extensions that path processing and purposes use.

use std::net::IpAddr;

use pki_core::{
    DecodeErrorKind, GeneralNamesBuilder, Profile,
    chain::{PeerName, ProfileViolation, ValidationProfile},
    extension::KeyUsage,
};

use super::*;

fn for_purpose(root: &Ca, cas: &[&Ca], leaf: &Certificate, purpose: Purpose<'_>) -> Result<ValidatedChain, ChainError> {
    chain::validator(root).validate(leaf, &chain::pool(cas), purpose, chain::now())
}

/// Bits of use: the issuer that is named is tried first, but others are tried, too.
#[test]
fn s4_2_1_1_a_wrong_key_identifier_is_a_hint_and_no_rule() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let other_key = pki_core::crypto::Signer::public_key(chain::key("somebody else")).clone();
    let leaf = ca.leaf_with("leaf", |b| b.with_authority_key(&other_key, &PROVIDER));
    let valid = chain::validate(&root, &[&ca], &leaf).expect("a path");
    assert_eq!(valid.signatures(), 2);
}

#[test]
fn s4_2_1_1_the_issuer_that_is_named_is_tried_first() {
    let root = Ca::root("Root");
    // Ten CAs of one name: the right one is found by its key.
    let cas: Vec<Ca> = (0..10)
        .map(|number| {
            let draft = root.draft("CA").with_key(chain::key(&format!("key {number}")));
            draft.with_profile(Profile::ROOT_CA).into_ca(|b| b)
        })
        .collect();
    let pool: Vec<&Ca> = cas.iter().collect();
    for ca in &cas {
        let valid = chain::validate(&root, &pool, &ca.leaf("leaf")).expect("a path");
        assert_eq!((valid.signatures(), &valid.path()[1]), (2, &ca.certificate));
    }
}

#[test]
fn s4_2_1_3_key_usage_allows_the_purpose() {
    let root = Ca::root("Root");
    let purpose = Purpose::ANY.with_key_usage(KeyUsage::KEY_ENCIPHERMENT);
    let leaf = |usage| root.leaf_with("leaf", |b| b.with_key_usage(usage));
    let violation =
        refused(for_purpose(&root, &[], &leaf(KeyUsage::DIGITAL_SIGNATURE), purpose), 0, "RFC 5280 section 4.2.1.3");
    let (required, found) = (KeyUsage::KEY_ENCIPHERMENT, KeyUsage::DIGITAL_SIGNATURE);
    assert_eq!(violation, Violation::KeyUsage { required, found });
    for usage in [KeyUsage::NONE, KeyUsage::KEY_ENCIPHERMENT | KeyUsage::DIGITAL_SIGNATURE] {
        assert!(for_purpose(&root, &[], &leaf(usage), purpose).is_ok());
    }
}

#[test]
fn s4_2_1_4_no_policy_occurs_twice() {
    let root = Ca::root("Root");
    let twice = Writer::encode(|w| w.sequence(|w| [A, A].iter().for_each(|policy| w.sequence(|w| w.oid(*policy)))));
    let change = |b: CertificateBuilder| b.add_extension(oid::CERTIFICATE_POLICIES, Criticality::NonCritical, &twice);
    let verdict = chain::validate(&root, &[], &root.leaf_with("leaf", change));
    assert_eq!(refused(verdict, 0, "RFC 5280 section 4.2.1.4"), Violation::DuplicatePolicy(A.into()));
}

#[test]
fn s4_2_1_6_the_subject_alt_name_has_the_names_that_are_wanted() {
    let root = Ca::root("Root");
    let address: IpAddr = "192.0.2.1".parse().expect("an address");
    let names = GeneralNamesBuilder::new().add_dns_name("a.example.com").add_ip_address(address);
    let leaf = root.leaf_with("leaf", |b| b.with_subject_alt_name(names));
    let check = |names: &[PeerName<'_>]| for_purpose(&root, &[], &leaf, Purpose::ANY.with_names(names));
    assert!(check(&[PeerName::Dns("A.example.com"), PeerName::Ip(address)]).is_ok());
    let violation = refused(check(&[PeerName::Dns("a.example.com"), PeerName::Dns("leaf")]), 0, "RFC 9525 section 6");
    assert_eq!(violation, Violation::PeerName { expected: "the DNS name leaf".to_owned() });
}

#[test]
fn s4_2_1_12_the_extended_key_usage_allows_the_purpose() {
    let root = Ca::root("Root");
    let leaf = |purposes: &[Oid<'_>]| root.leaf_with("leaf", |b| b.with_extended_key_usage(purposes));
    let check = |purposes: &[Oid<'_>]| for_purpose(&root, &[], &leaf(purposes), Purpose::SERVER_AUTH);
    for purposes in
        [&[][..], &[oid::SERVER_AUTH], &[oid::CLIENT_AUTH, oid::SERVER_AUTH], &[oid::ANY_EXTENDED_KEY_USAGE]]
    {
        assert!(check(purposes).is_ok());
    }
    let violation = refused(check(&[oid::CLIENT_AUTH]), 0, "RFC 5280 section 4.2.1.12");
    let (required, found) = (oid::SERVER_AUTH.into(), vec![oid::CLIENT_AUTH.into()]);
    assert_eq!(violation, Violation::ExtendedKeyUsage { required, found });
    assert!(for_purpose(&root, &[], &leaf(&[oid::CLIENT_AUTH]), Purpose::CLIENT_AUTH).is_ok());
    // All of several.
    let both = [oid::CLIENT_AUTH, oid::SERVER_AUTH];
    let purpose = Purpose::ANY.with_extended_key_usage(&both);
    refused(for_purpose(&root, &[], &leaf(&[oid::CLIENT_AUTH]), purpose), 0, "RFC 5280 section 4.2.1.12");
}

#[test]
fn s4_2_1_12_the_extended_key_usage_of_a_ca_restricts_what_is_below() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", |b| b.with_extended_key_usage(&[oid::CLIENT_AUTH]));
    let leaf = ca.leaf("leaf");
    refused(for_purpose(&root, &[&ca], &leaf, Purpose::SERVER_AUTH), 1, "RFC 5280 section 4.2.1.12");
    assert!(for_purpose(&root, &[&ca], &leaf, Purpose::CLIENT_AUTH).is_ok());
    let lax = chain::validator(&root).with_profile(ValidationProfile::SCEP_TRANSPORT);
    assert!(lax.validate(&leaf, &chain::pool(&[&ca]), Purpose::SERVER_AUTH, chain::now()).is_ok());
    // That of an anchor likewise.
    let anchor = Ca::draft_root("Root").into_ca(|b| b.with_extended_key_usage(&[oid::CLIENT_AUTH]));
    refused(for_purpose(&anchor, &[], &anchor.leaf("leaf"), Purpose::SERVER_AUTH), 1, "RFC 5280 section 4.2.1.12");
}

/// RFC 5280 section 4.2: critical extensions that path processing knows are processed, or need no processing.
#[test]
fn s4_2_known_extensions_may_be_critical() {
    let root = Ca::root("Root");
    let plain = root.leaf("leaf");
    let key_id = plain.extension(oid::SUBJECT_KEY_IDENTIFIER).expect("an identifier").value.to_vec();
    let key = pki_core::crypto::Signer::public_key(chain::key("leaf")).clone();
    let name = conformance::fixtures::name("leaf");
    let serial = conformance::fixtures::serial(&name, &key);
    let issuer = root.certificate.subject().to_owned();
    let alternative = GeneralNamesBuilder::new().add_dns_name("a.example.com").build().expect("names");
    let critical = [
        (oid::SUBJECT_KEY_IDENTIFIER, key_id),
        (oid::SUBJECT_ALT_NAME, alternative.clone()),
        (oid::ISSUER_ALT_NAME, alternative),
    ];
    let builder = CertificateBuilder::new(serial, issuer, name, conformance::fixtures::validity(), key);
    let builder = critical.iter().fold(builder, |b, (oid, value)| b.add_extension(*oid, Criticality::Critical, value));
    assert!(chain::validate(&root, &[], &chain::sign(builder, root.key)).is_ok());
}

#[test]
fn s4_2_an_extension_that_path_processing_needs_has_to_be_readable() {
    let root = Ca::root("Root");
    let extensions = [
        (oid::NAME_CONSTRAINTS, "nameConstraints"),
        (oid::POLICY_CONSTRAINTS, "policyConstraints"),
        (oid::CERTIFICATE_POLICIES, "certificatePolicies"),
        (oid::POLICY_MAPPINGS, "policyMappings"),
        (oid::INHIBIT_ANY_POLICY, "inhibitAnyPolicy"),
        (oid::EXT_KEY_USAGE, "extKeyUsage"),
    ];
    for (extension, name) in extensions {
        // An empty SEQUENCE is none of them.
        let change = |b: CertificateBuilder| b.add_extension(extension, Criticality::NonCritical, &[0x30, 0]);
        let is_it = |violation: &Violation| matches!(violation, Violation::Malformed { field, .. } if *field == name);
        let violation =
            refused(chain::validate(&root, &[], &root.leaf_with("leaf", change)), 0, "RFC 5280 section 4.2");
        assert!(is_it(&violation), "{violation:?}");
        let ca = root.ca_with("CA", change);
        let violation = refused(chain::validate(&root, &[&ca], &ca.leaf("leaf")), 1, "RFC 5280 section 4.2");
        assert!(is_it(&violation), "{violation:?}");
    }
}

#[test]
fn s4_2_no_extension_occurs_twice() {
    let root = Ca::root("Root");
    let plain = root.leaf_with("leaf", |b| {
        b.add_extension(PRIVATE, Criticality::NonCritical, &[5, 0]).add_extension(
            identifier(&[0x2a, 4, 2]),
            Criticality::NonCritical,
            &[5, 0],
        )
    });
    let mut der = plain.as_der().to_vec();
    let at = der.windows(3).position(|window| window == [0x2a, 4, 2]).expect("the second");
    der[at + 2] = 1;
    assert_eq!(Certificate::from_der(&der).expect_err("twice").kind(), DecodeErrorKind::Duplicate);
}

#[test]
fn s4_what_a_profile_demands_is_demanded_of_every_certificate() {
    let root = Ca::root("Root");
    let strict = chain::validator(&root).with_profile(ValidationProfile::RFC5280);
    let ca = root.ca("CA");
    let leaf = ca.leaf("leaf");
    assert!(strict.validate(&leaf, &chain::pool(&[&ca]), Purpose::ANY, chain::now()).is_ok());
    let without = root.ca_with("CA", |b| b.with_key_usage(KeyUsage::NONE));
    let verdict = strict.validate(&leaf, &chain::pool(&[&without]), Purpose::ANY, chain::now());
    let violation = refused(verdict, 1, "RFC 5280 section 4.2.1.3");
    assert_eq!(violation, Violation::Profile(ProfileViolation::MissingKeyUsage));
    assert!(chain::validate(&root, &[&without], &leaf).is_ok());
}
