//! What a validation may cost.

use pki_core::{
    GeneralName, GeneralNamesBuilder,
    chain::{ChainLimits, LimitKind},
};

use super::*;

fn with_limits(root: &Ca, limits: ChainLimits, cas: &[&Ca], leaf: &Certificate) -> Result<ValidatedChain, ChainError> {
    chain::validator(root).with_limits(limits).validate(leaf, &chain::pool(cas), Purpose::ANY, chain::now())
}

#[track_caller]
fn exceeds(verdict: Result<ValidatedChain, ChainError>, kind: LimitKind) {
    let error = verdict.expect_err("a limit");
    assert_eq!(error.violation(), &Violation::LimitExceeded(kind), "{error}");
    assert_eq!(error.rule(), "limits of the validation");
}

#[test]
fn the_depth_counts_cas_that_are_not_self_issued() {
    let root = Ca::root("Root");
    let upper = root.ca("upper");
    let rolled = upper.rolled_over("new key");
    let lower = rolled.ca("lower");
    let cas = [&upper, &rolled, &lower];
    let limits = |depth| ChainLimits { depth, ..ChainLimits::DEFAULT };
    assert!(with_limits(&root, limits(2), &cas, &lower.leaf("leaf")).is_ok());
    exceeds(with_limits(&root, limits(1), &cas, &lower.leaf("leaf")), LimitKind::Depth);
    assert!(with_limits(&root, limits(0), &[], &root.leaf("leaf")).is_ok());
    exceeds(with_limits(&root, limits(0), &cas, &upper.leaf("leaf")), LimitKind::Depth);
}

/// Whoever may have issued a certificate besides, the path that is too deep is what matters.
#[test]
fn the_depth_is_reported_rather_than_a_way_that_leads_nowhere() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let stray = Ca::root("Stranger").cross_certify(&ca);
    let limits = ChainLimits { depth: 0, ..ChainLimits::DEFAULT };
    exceeds(with_limits(&root, limits, &[&stray, &ca], &ca.leaf("leaf")), LimitKind::Depth);
}

/// What a certificate says comes before what is left of the limit.
#[test]
fn a_path_length_constraint_is_told_from_the_limit() {
    let root = Ca::root("Root");
    let constraints = pki_core::extension::BasicConstraints { is_ca: true, path_length: Some(0) };
    let upper = root.ca_with("upper", |b| b.with_basic_constraints(constraints));
    let lower = upper.ca("lower");
    let limits = ChainLimits { depth: 2, ..ChainLimits::DEFAULT };
    let verdict = with_limits(&root, limits, &[&upper, &lower], &lower.leaf("leaf"));
    refused(verdict, 1, "RFC 5280 section 6.1.4 (l)");
}

#[test]
fn the_default_depth_is_16() {
    let root = Ca::root("Root");
    let mut cas = vec![root.ca("CA 1")];
    for number in 2..=17 {
        let next = cas[number - 2].ca(&format!("CA {number}"));
        cas.push(next);
    }
    let pool: Vec<&Ca> = cas.iter().collect();
    assert_eq!(chain::validate(&root, &pool, &cas[15].leaf("leaf")).expect("a path").path().len(), 17);
    exceeds(chain::validate(&root, &pool, &cas[16].leaf("leaf")), LimitKind::Depth);
}

#[test]
fn signature_checks_are_counted() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let leaf = ca.leaf("leaf");
    let limits = |signatures| ChainLimits { signatures, ..ChainLimits::DEFAULT };
    assert_eq!(with_limits(&root, limits(2), &[&ca], &leaf).expect("a path").signatures(), 2);
    let verdict = with_limits(&root, limits(1), &[&ca], &leaf);
    let error = verdict.as_ref().expect_err("a limit");
    assert_eq!((error.signatures(), error.exhausted()), (1, Some(LimitKind::Signatures)));
    exceeds(verdict, LimitKind::Signatures);
}

#[test]
fn steps_are_counted() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let leaf = ca.leaf("leaf");
    let limits = |steps| ChainLimits { steps, ..ChainLimits::DEFAULT };
    // Each of the CA, the root and the leaf is looked at and tried, and little more.
    let needed = (0..20).find(|steps| with_limits(&root, limits(*steps), &[&ca], &leaf).is_ok()).expect("a path");
    assert!((4..10).contains(&needed), "{needed}");
    for steps in 0..needed {
        let verdict = with_limits(&root, limits(steps), &[&ca], &leaf);
        assert_eq!(verdict.as_ref().expect_err("a limit").exhausted(), Some(LimitKind::Steps));
        exceeds(verdict, LimitKind::Steps);
    }
}

#[test]
fn name_comparisons_are_counted() {
    let root = Ca::root("Root");
    let texts: Vec<String> = (0..600).map(|number| format!("host{number}.example.com")).collect();
    let excluded: Vec<String> = (0..600).map(|number| format!("host{number}.example.org")).collect();
    let excluded: Vec<GeneralName<'_>> = excluded.iter().map(|name| GeneralName::DnsName(name)).collect();
    let ca = root.ca_with("CA", |b| b.with_name_constraints(&[], &excluded));
    let leaf = |count: usize| {
        let names: GeneralNamesBuilder = texts[..count].iter().map(|name| GeneralName::DnsName(name)).collect();
        ca.leaf_with("leaf", |b| b.with_subject_alt_name(names))
    };
    assert!(chain::validate(&root, &[&ca], &leaf(10)).is_ok());
    let verdict = chain::validate(&root, &[&ca], &leaf(600));
    assert_eq!(verdict.as_ref().expect_err("a limit").exhausted(), Some(LimitKind::NameComparisons));
    exceeds(verdict, LimitKind::NameComparisons);
    let limits = ChainLimits { name_comparisons: 100, ..ChainLimits::DEFAULT };
    exceeds(with_limits(&root, limits, &[&ca], &leaf(10)), LimitKind::NameComparisons);
}

/// CVE-2023-0464: mappings that multiply.
#[test]
fn policies_are_counted() {
    let root = Ca::root("Root");
    let numbered: Vec<[u8; 4]> = (0..2_000u16).map(|n| [0x2a, 0x05, 0x80 | (n >> 7) as u8, (n & 0x7f) as u8]).collect();
    let policies = Writer::encode(|w| {
        w.sequence(|w| {
            for number in &numbered {
                w.sequence(|w| w.oid(Oid::from_bytes(number).expect("an object identifier")));
            }
        });
    });
    let change =
        |b: CertificateBuilder| b.add_extension(oid::CERTIFICATE_POLICIES, Criticality::NonCritical, &policies);
    exceeds(chain::validate(&root, &[], &root.leaf_with("leaf", change)), LimitKind::PolicyNodes);
}
