//! 6.1.5: the wrap-up procedure, and 6.1.6: what comes out.

use super::*;

#[test]
fn s6_1_5_a_the_last_certificate_lowers_explicit_policy() {
    let root = Ca::root("Root");
    for (certificates, is_valid) in [(0, false), (1, false), (2, true)] {
        let ca = root.ca_with("CA", |b| b.with_policy_constraints(requiring_policy_after(certificates)));
        let verdict = chain::validate(&root, &[&ca], &ca.leaf("leaf"));
        assert_eq!(verdict.is_ok(), is_valid, "requireExplicitPolicy {certificates}");
        if !is_valid {
            refused_policy(verdict, 0);
        }
    }
}

/// Unlike in 6.1.4 (h), self-issued or not makes no difference.
#[test]
fn s6_1_5_a_a_self_issued_last_certificate_lowers_it_too() {
    let root = Ca::root("Root");
    for (certificates, is_valid) in [(1, false), (2, true)] {
        let ca = root.ca_with("CA", |b| b.with_policy_constraints(requiring_policy_after(certificates)));
        let rolled = ca.rolled_over("new key");
        let verdict = chain::validate(&root, &[&ca], &rolled.certificate);
        assert_eq!(verdict.is_ok(), is_valid, "requireExplicitPolicy {certificates}");
    }
}

#[test]
fn s6_1_5_b_the_last_certificate_may_require_a_policy() {
    let root = Ca::root("Root");
    for (certificates, is_valid) in [(0, false), (1, true)] {
        let change = |b: CertificateBuilder| b.with_policy_constraints(requiring_policy_after(certificates));
        let verdict = chain::validate(&root, &[], &root.leaf_with("leaf", change));
        assert_eq!(verdict.is_ok(), is_valid, "requireExplicitPolicy {certificates}");
    }
    let with_policy =
        |b: CertificateBuilder| b.with_policy_constraints(requiring_policy_after(0)).with_certificate_policies(&[A]);
    let valid = chain::validate(&root, &[], &root.leaf_with("leaf", with_policy)).expect("a policy");
    assert!(valid.constraints().requires_policy);
}

#[test]
fn s6_1_5_c_to_e_the_key_is_that_of_the_last_certificate() {
    let root = Ca::root("Root");
    let leaf = root.leaf("leaf");
    let valid = chain::validate(&root, &[], &leaf).expect("a path");
    let key = pki_core::crypto::Signer::public_key(chain::key("leaf"));
    assert_eq!(valid.target().expect("a target").public_key().as_der(), key.as_der());
}

#[test]
fn s6_1_5_f_every_critical_extension_is_processed() {
    let root = Ca::root("Root");
    let with = |criticality| root.leaf_with("leaf", |b| b.add_extension(PRIVATE, criticality, &[5, 0]));
    let critical = with(Criticality::Critical);
    let violation = refused(chain::validate(&root, &[], &critical), 0, "RFC 5280 section 6.1.4 (o)");
    assert_eq!(violation, Violation::UnknownCriticalExtension(PRIVATE.into()));
    let known = chain::validator(&root).add_known_extension(PRIVATE);
    assert!(known.validate(&critical, &Pool::new(), Purpose::ANY, chain::now()).is_ok());
    assert!(chain::validate(&root, &[], &with(Criticality::NonCritical)).is_ok());
}

#[test]
fn s6_1_5_g_i_without_a_graph_there_is_no_policy() {
    let root = Ca::root("Root");
    let valid = chain::validate(&root, &[], &root.leaf("leaf")).expect("a path");
    assert!(valid.policies().is_empty() && valid.authority_policies().is_empty());
    assert!(!valid.constraints().requires_policy);
}

#[test]
fn s6_1_5_g_ii_for_any_policy_the_graph_is_as_it_is() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", under(&[A, B]));
    let valid = chain::validate(&root, &[&ca], &ca.leaf_with("leaf", under(&[A, B, C]))).expect("a path");
    assert_eq!((valid.policies(), valid.authority_policies()), (&set(&[A, B]), &set(&[A, B])));
}

#[test]
fn s6_1_5_g_iii_otherwise_it_is_what_was_asked_for() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", under(&[oid::ANY_POLICY]));
    let asked = PolicySettings::ANY.with_policies(&[A, C]).requiring_explicit_policy();
    let valid = validate_under(asked.clone(), &root, &[&ca], &ca.leaf_with("leaf", under(&[A, B]))).expect("a policy");
    assert_eq!((valid.policies(), valid.authority_policies()), (&set(&[A]), &set(&[A, B])));
    // anyPolicy at the end stands for all that was asked for.
    let valid = validate_under(asked.clone(), &root, &[&ca], &ca.leaf_with("leaf", under(&[oid::ANY_POLICY])));
    let valid = valid.expect("a policy");
    assert_eq!(valid.policies(), &set(&[A, C]));
    assert!(valid.authority_policies().is_any());
    refused_policy(validate_under(asked, &root, &[&ca], &ca.leaf_with("leaf", under(&[B]))), 0);
}

#[test]
fn s6_1_6_the_outputs_of_a_valid_path() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", under(&[A]));
    let leaf = ca.leaf_with("leaf", under(&[A]));
    let valid = chain::validate(&root, &[&ca], &leaf).expect("a path");
    assert_eq!(valid.path(), [leaf, ca.certificate]);
    assert_eq!(valid.anchor().certificate(), Some(&root.certificate));
    assert_eq!(valid.policies(), &set(&[A]));
    assert_eq!(valid.signatures(), 2);
}
