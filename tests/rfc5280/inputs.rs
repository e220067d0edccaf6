//! 6.1.1: what path processing is given.

use std::time::Duration;

use pki_core::{GeneralName, chain::TrustAnchor};

use super::*;

fn below(anchor: TrustAnchor, cas: &[&Ca], leaf: &Certificate) -> Result<ValidatedChain, ChainError> {
    ChainValidator::new([anchor], PROVIDER).validate(leaf, &chain::pool(cas), Purpose::ANY, chain::now())
}

#[test]
fn s6_1_1_a_a_path_has_any_number_of_certificates() {
    let root = Ca::root("Root");
    assert_eq!(chain::validate(&root, &[], &root.leaf("leaf")).expect("a path").path().len(), 1);
    let mut cas = vec![root.clone()];
    for depth in 1..=8 {
        let ca = cas[depth - 1].ca(&format!("CA {depth}"));
        cas.push(ca);
        let pool: Vec<&Ca> = cas[1..].iter().collect();
        let valid = chain::validate(&root, &pool, &cas[depth].leaf("leaf")).expect("a path");
        assert_eq!(valid.path().len(), depth + 1);
        assert_eq!(valid.target(), valid.path().first());
    }
}

/// The anchor's own certificate is a path of one, below itself.
#[test]
fn s6_1_1_a_the_target_may_be_the_anchor() {
    let root = Ca::root("Root");
    let valid = chain::validate(&root, &[], &root.certificate).expect("a path");
    assert_eq!(valid.path(), std::slice::from_ref(&root.certificate));
    assert_eq!(valid.anchor().certificate(), Some(&root.certificate));
}

#[test]
fn s6_1_1_b_the_time_is_an_input() {
    let root = Ca::root("Root");
    let leaf = root.leaf("leaf");
    let validator = chain::validator(&root);
    let validity = leaf.validity();
    assert!(validator.validate(&leaf, &Pool::new(), Purpose::ANY, chain::now()).is_ok());
    for at in [validity.not_before.minus(Duration::from_secs(1)), validity.not_after.plus(Duration::from_secs(1))] {
        refused(validator.validate(&leaf, &Pool::new(), Purpose::ANY, at), 0, "RFC 5280 section 6.1.3 (a) (2)");
    }
}

#[test]
fn s6_1_1_c_the_user_initial_policy_set_limits_what_is_acceptable() {
    let root = Ca::root("Root");
    let leaf = root.leaf_with("leaf", under(&[A, B]));
    let settings = |policies: &[Oid<'_>]| PolicySettings::ANY.with_policies(policies).requiring_explicit_policy();
    for (initial, user) in [(&[A][..], &[A][..]), (&[A, B, C], &[A, B]), (&[oid::ANY_POLICY], &[A, B])] {
        let valid = validate_under(settings(initial), &root, &[], &leaf).expect("a policy");
        assert_eq!((valid.policies(), valid.authority_policies()), (&set(user), &set(&[A, B])));
    }
    refused_policy(validate_under(settings(&[C]), &root, &[], &leaf), 0);
    // Where none is required, others do no harm.
    let valid = validate_under(PolicySettings::ANY.with_policies(&[C]), &root, &[], &leaf).expect("a path");
    assert!(valid.policies().is_empty());
}

#[test]
fn s6_1_1_d_an_anchor_is_a_name_and_a_key() {
    let (root, other) = (Ca::root("Root"), Ca::root("Other"));
    let ca = root.ca("CA");
    let leaf = ca.leaf("leaf");
    assert!(below(root.bare_anchor(), &[&ca], &leaf).is_ok());
    let error = below(other.bare_anchor(), &[&ca], &leaf);
    let issuer = root.certificate.subject().to_owned();
    assert_eq!(refused(error, 1, "RFC 5280 section 6.1"), Violation::UnknownIssuer { issuer });
    // The name of the one with the key of the other.
    let wrong = TrustAnchor::new(root.certificate.subject().to_owned(), other.certificate.public_key().to_owned());
    let violation = refused(below(wrong, &[&ca], &leaf), 1, "RFC 5280 section 6.1.3 (a) (1)");
    assert!(matches!(violation, Violation::Signature(_)), "{violation:?}");
}

#[test]
fn s6_1_1_d_any_of_several_anchors_will_do() {
    let (first, second) = (Ca::root("First"), Ca::root("Second"));
    let validator = ChainValidator::new([first.anchor(), second.anchor()], PROVIDER);
    for root in [&first, &second] {
        let valid = validator.validate(&root.leaf("leaf"), &Pool::new(), Purpose::ANY, chain::now()).expect("a path");
        assert_eq!(valid.anchor().name(), root.certificate.subject());
    }
    assert_eq!(validator.anchors().len(), 2);
}

#[test]
fn s6_1_1_d_a_ca_that_is_no_root_may_be_an_anchor() {
    let ca = Ca::root("Root").ca("CA");
    let valid = below(ca.anchor(), &[], &ca.leaf("leaf")).expect("a path");
    assert_eq!(valid.path().len(), 1);
}

/// It is trusted for other reasons than what it says of itself.
#[test]
fn s6_1_1_d_what_makes_a_ca_is_not_asked_of_an_anchor() {
    let forged = Ca::draft_root("Root").forged().into_ca(|builder| builder);
    assert!(below(forged.anchor(), &[], &forged.leaf("leaf")).is_ok());
    let plain = Ca::draft_root("Root").with_profile(pki_core::Profile::RA_SIGNING).into_ca(|builder| builder);
    assert!(below(plain.anchor(), &[], &plain.leaf("leaf")).is_ok());
}

/// An anchor given as a certificate is trusted as long as that is valid.
#[test]
fn s6_1_1_d_the_certificate_of_an_anchor_has_to_be_valid_now() {
    let now = chain::now();
    let day = Duration::from_secs(86_400);
    let expired = Ca::draft_root("Root").with_validity(now.minus(day * 9), now.minus(day)).into_ca(|builder| builder);
    let ca = expired.ca("CA");
    let leaf = ca.leaf("leaf");
    let violation = refused(below(expired.anchor(), &[&ca], &leaf), 2, "RFC 5280 section 6.1.3 (a) (2)");
    assert_eq!(violation, Violation::Expired { at: now, not_after: now.minus(day) });
    let future = Ca::draft_root("Root").with_validity(now.plus(day), now.plus(day * 9)).into_ca(|builder| builder);
    let violation = refused(below(future.anchor(), &[&ca], &leaf), 2, "RFC 5280 section 6.1.3 (a) (2)");
    assert_eq!(violation, Violation::NotYetValid { at: now, not_before: now.plus(day) });
    assert!(below(expired.bare_anchor(), &[&ca], &leaf).is_ok());
}

#[test]
fn s6_1_1_d_a_critical_extension_of_an_anchor_has_to_be_processed() {
    let change = |b: CertificateBuilder| b.add_extension(PRIVATE, Criticality::Critical, &[5, 0]);
    let root = Ca::draft_root("Root").into_ca(change);
    let violation = refused(below(root.anchor(), &[], &root.leaf("leaf")), 1, "RFC 5280 section 6.1.4 (o)");
    assert_eq!(violation, Violation::UnknownCriticalExtension(PRIVATE.into()));
}

#[test]
fn s6_1_1_e_initial_policy_mapping_inhibit() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", |b| b.with_certificate_policies(&[A]).with_policy_mappings(&[(A, B)]));
    let leaf = ca.leaf_with("leaf", under(&[B]));
    assert_eq!(policies_of(&root, &[&ca], &leaf), set(&[A]));
    let settings = PolicySettings::ANY.requiring_explicit_policy().inhibiting_policy_mapping();
    refused_policy(validate_under(settings, &root, &[&ca], &leaf), 0);
}

#[test]
fn s6_1_1_f_initial_explicit_policy() {
    let root = Ca::root("Root");
    let leaf = root.leaf("leaf");
    assert!(chain::validate(&root, &[], &leaf).expect("a path").policies().is_empty());
    refused_policy(validate_under(PolicySettings::ANY.requiring_explicit_policy(), &root, &[], &leaf), 0);
}

#[test]
fn s6_1_1_g_initial_any_policy_inhibit() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", under(&[oid::ANY_POLICY]));
    let leaf = ca.leaf_with("leaf", under(&[A]));
    assert_eq!(policies_of(&root, &[&ca], &leaf), set(&[A]));
    let settings = PolicySettings::ANY.requiring_explicit_policy().inhibiting_any_policy();
    refused_policy(validate_under(settings, &root, &[&ca], &leaf), 1);
}

#[test]
fn s6_1_1_h_initial_permitted_subtrees() {
    let root = Ca::root("Root");
    let leaf = root.leaf_with("leaf", |b| b.with_subject_alt_name(dns("a.example.com")));
    let permitting =
        |base| below(root.bare_anchor().with_name_constraints(&[GeneralName::DnsName(base)], &[]), &[], &leaf);
    assert!(permitting("example.com").is_ok());
    let refused = refused_name(permitting("example.org"), 0);
    assert_eq!(refused, "the dNSName at index 0 of subjectAltName lies in no permitted subtree");
}

#[test]
fn s6_1_1_i_initial_excluded_subtrees() {
    let root = Ca::root("Root");
    let leaf = root.leaf_with("leaf", |b| b.with_subject_alt_name(dns("a.example.com")));
    let excluding =
        |base| below(root.bare_anchor().with_name_constraints(&[], &[GeneralName::DnsName(base)]), &[], &leaf);
    assert!(excluding("example.org").is_ok());
    let refused = refused_name(excluding("example.com"), 0);
    assert_eq!(refused, "the dNSName at index 0 of subjectAltName lies in an excluded subtree");
}

fn dns(name: &str) -> pki_core::GeneralNamesBuilder {
    pki_core::GeneralNamesBuilder::new().add_dns_name(name)
}

/// An anchor whose constraints are in its certificate, and one that has them by itself.
fn both(
    certificate: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    own: impl FnOnce(TrustAnchor) -> TrustAnchor,
) -> [TrustAnchor; 2] {
    let root = Ca::draft_root("Root").into_ca(certificate);
    [root.anchor(), own(root.bare_anchor())]
}

#[test]
fn rfc5937_s3_an_anchor_limits_the_path_length() {
    let root = Ca::root("Root");
    let upper = root.ca("upper");
    let lower = upper.ca("lower");
    let limited = pki_core::extension::BasicConstraints { is_ca: true, path_length: Some(1) };
    for anchor in both(|b| b.with_basic_constraints(limited), |anchor| anchor.with_path_length(1)) {
        assert!(below(anchor.clone(), &[&upper], &upper.leaf("leaf")).is_ok());
        let verdict = below(anchor.clone(), &[&upper, &lower], &lower.leaf("leaf"));
        assert_eq!(refused(verdict, 1, "RFC 5280 section 6.1.4 (l)"), Violation::PathLength { allowed: 1 });
        // What is said besides takes the place of what the certificate says.
        assert!(below(anchor.with_path_length(2), &[&upper, &lower], &lower.leaf("leaf")).is_ok());
    }
}

#[test]
fn rfc5937_s3_an_anchor_limits_names() {
    let root = Ca::root("Root");
    let [inside, outside] =
        ["in.example.com", "example.org"].map(|name| root.leaf_with("leaf", |b| b.with_subject_alt_name(dns(name))));
    let base = [GeneralName::DnsName("example.com")];
    for anchor in both(|b| b.with_name_constraints(&base, &[]), |anchor| anchor.with_name_constraints(&base, &[])) {
        assert!(below(anchor.clone(), &[], &inside).is_ok());
        refused_name(below(anchor, &[], &outside), 0);
    }
}

#[test]
fn rfc5937_s3_an_anchor_limits_policies() {
    let root = Ca::root("Root");
    let leaf = root.leaf_with("leaf", under(&[A, B]));
    for anchor in both(under(&[B, C]), |anchor| anchor.with_policies(&[B, C])) {
        let validator = |settings| ChainValidator::new([anchor.clone()], PROVIDER).with_policies(settings);
        let check = |settings| validator(settings).validate(&leaf, &Pool::new(), Purpose::ANY, chain::now());
        let any = PolicySettings::ANY.requiring_explicit_policy();
        assert_eq!(check(any.clone()).expect("a policy").policies(), &set(&[B]));
        refused_policy(check(any.with_policies(&[A])), 0);
    }
}

#[test]
fn rfc5937_s3_an_anchor_requires_policies() {
    let root = Ca::root("Root");
    let constraints = requiring_policy_after(0);
    let own = |anchor: TrustAnchor| anchor.with_policy_constraints(constraints);
    for anchor in both(|b| b.with_policy_constraints(constraints), own) {
        assert!(below(anchor.clone(), &[], &root.leaf_with("leaf", under(&[A]))).is_ok());
        refused_policy(below(anchor, &[], &root.leaf("leaf")), 0);
    }
}

#[test]
fn rfc5937_s3_an_anchor_inhibits_policy_mapping() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", |b| b.with_certificate_policies(&[A]).with_policy_mappings(&[(A, B)]));
    let leaf = ca.leaf_with("leaf", under(&[B]));
    let constraints = PolicyConstraints::new(Some(0), Some(0));
    let own = |anchor: TrustAnchor| anchor.with_policy_constraints(constraints);
    for anchor in both(|b| b.with_policy_constraints(constraints), own) {
        refused_policy(below(anchor.clone(), &[&ca], &leaf), 0);
        assert!(below(anchor.with_policy_constraints(requiring_policy_after(0)), &[&ca], &leaf).is_ok());
    }
}

#[test]
fn rfc5937_s3_an_anchor_inhibits_any_policy() {
    let root = Ca::root("Root");
    let leaf = root.leaf_with("leaf", under(&[oid::ANY_POLICY]));
    let constraints = requiring_policy_after(0);
    let certificate = |b: CertificateBuilder| b.with_policy_constraints(constraints).with_inhibit_any_policy(0);
    let own = |anchor: TrustAnchor| anchor.with_policy_constraints(constraints).with_inhibit_any_policy(0);
    for anchor in both(certificate, own) {
        refused_policy(below(anchor.clone(), &[], &leaf), 0);
        assert!(below(anchor.with_inhibit_any_policy(1), &[], &leaf).is_ok());
    }
}

#[test]
fn rfc5937_s3_a_malformed_constraint_of_an_anchor_ends_its_paths() {
    let change = |b: CertificateBuilder| b.add_extension(oid::NAME_CONSTRAINTS, Criticality::Critical, &[0x30, 0]);
    let root = Ca::draft_root("Root").into_ca(change);
    let violation = refused(below(root.anchor(), &[], &root.leaf("leaf")), 1, "RFC 5280 section 4.2");
    assert!(matches!(violation, Violation::Malformed { field: "nameConstraints", .. }), "{violation:?}");
}
