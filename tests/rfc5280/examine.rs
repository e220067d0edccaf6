//! `examine`: every rule on a path that is given.

use std::time::Duration;

use pki_core::chain::{Finding, Outcome};

use super::*;

fn examine(root: &Ca, path: &[Certificate]) -> Vec<Finding> {
    let pool = Pool::new();
    let examination =
        chain::validator(root).examine(path, Some(&root.anchor()), &pool, Purpose::SERVER_AUTH, chain::now());
    examination.findings().to_vec()
}

/// What is broken, and where.
fn broken(findings: &[Finding]) -> Vec<(usize, &'static str)> {
    let broken = findings.iter().filter(|finding| matches!(finding.outcome, Outcome::Broken(_)));
    broken.map(|finding| (finding.depth, finding.section)).collect()
}

fn outcome<'a>(findings: &'a [Finding], depth: usize, section: &str) -> &'a Outcome {
    let found = findings.iter().find(|finding| (finding.depth, finding.section) == (depth, section));
    &found.unwrap_or_else(|| panic!("no finding on {section} at {depth}")).outcome
}

#[test]
fn of_a_valid_path_every_rule_is_obeyed() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let findings = examine(&root, &[ca.leaf("leaf"), ca.certificate.clone()]);
    for finding in &findings {
        let ignored = finding.section == "RFC 5280 section 6.1.3 (a) (3)";
        let expected = if ignored { Outcome::NotChecked } else { Outcome::Obeyed };
        assert_eq!(finding.outcome, expected, "{finding}");
    }
    // The anchor first, then each rule of 6.1.3 on both, those of 6.1.4 on the CA, those of 6.1.5 on the leaf.
    assert_eq!((findings[0].depth, findings[0].section), (2, "RFC 5280 section 6.1.1 (d)"));
    for (depth, sections) in
        [(1, ["6.1.4 (a) and (b)", "6.1.4 (k)", "6.1.4 (o)"]), (0, ["6.1.5 (a) and (b)", "6.1.5 (f)", "6.1.5 (g)"])]
    {
        for section in ["6.1.3 (a) (1)", "6.1.3 (a) (2)", "6.1.3 (a) (4)", "6.1.3 (b) and (c)", "6.1.3 (f)"]
            .iter()
            .chain(&sections)
        {
            assert_eq!(outcome(&findings, depth, &format!("RFC 5280 section {section}")), &Outcome::Obeyed);
        }
    }
}

#[test]
fn all_that_is_broken_is_found() {
    let root = Ca::root("Root");
    let before = chain::now().minus(Duration::from_secs(1));
    let draft = root.draft("CA").with_validity(before, before).with_profile(pki_core::Profile::ROOT_CA);
    let ca = draft.into_ca(|b| b.with_extended_key_usage(&[oid::CLIENT_AUTH]));
    let leaf = ca.draft("leaf").forged().issue(|b| b.add_extension(PRIVATE, Criticality::Critical, &[5, 0]));
    let findings = examine(&root, &[leaf, ca.certificate]);
    let expected = [
        (1, "RFC 5280 section 6.1.3 (a) (2)"),
        (1, "RFC 5280 section 4.2.1.12"),
        (0, "RFC 5280 section 6.1.3 (a) (1)"),
        (0, "RFC 5280 section 6.1.5 (f)"),
    ];
    assert_eq!(broken(&findings), expected);
}

#[test]
fn names_that_do_not_chain_are_found() {
    let root = Ca::root("Root");
    let (ca, other) = (root.ca("CA"), root.ca("Other"));
    let stranger = Ca { certificate: other.certificate.clone(), key: ca.key };
    let leaf = stranger.leaf("leaf");
    let findings = examine(&root, &[leaf, ca.certificate.clone()]);
    assert_eq!(broken(&findings), [(0, "RFC 5280 section 6.1.3 (a) (4)")]);
    let (expected, found) = (ca.certificate.subject().to_owned(), other.certificate.subject().to_owned());
    let violation = Violation::IssuerMismatch { expected, found };
    assert_eq!(violation.rule(), "RFC 5280 section 6.1.3 (a) (4)");
    assert_eq!(outcome(&findings, 0, "RFC 5280 section 6.1.3 (a) (4)"), &Outcome::Broken(violation));
    // Below the anchor likewise.
    let findings = examine(&Ca::root("Other root"), &[ca.certificate]);
    assert_eq!(broken(&findings), [(0, "RFC 5280 section 6.1.3 (a) (1)"), (0, "RFC 5280 section 6.1.3 (a) (4)")]);
}

#[test]
fn what_needs_the_state_above_is_not_checked_without_it() {
    let (root, other) = (Ca::root("Root"), Ca::root("Other"));
    let ca = root.ca("CA");
    let path = [ca.leaf("leaf"), ca.certificate.clone()];
    let examination =
        chain::validator(&other).examine(&path, Some(&root.anchor()), &Pool::new(), Purpose::ANY, chain::now());
    assert!(!examination.is_valid() && examination.policies().is_empty());
    let findings = examination.findings();
    let issuer = root.certificate.subject().to_owned();
    assert_eq!(findings[0].outcome, Outcome::Broken(Violation::UnknownIssuer { issuer }));
    assert_eq!(outcome(findings, 1, "RFC 5280 section 6.1.3 (a) (1)"), &Outcome::NotChecked);
    assert_eq!(outcome(findings, 1, "RFC 5280 section 6.1.4 (l) and (m)"), &Outcome::NotChecked);
    assert_eq!(outcome(findings, 1, "RFC 5280 section 6.1.4 (k)"), &Outcome::Obeyed);
    // The key above is there all the same.
    assert_eq!(outcome(findings, 0, "RFC 5280 section 6.1.3 (a) (1)"), &Outcome::Obeyed);
}

#[test]
fn an_extension_that_cannot_be_read_is_found() {
    let root = Ca::root("Root");
    let change = |b: CertificateBuilder| b.add_extension(oid::NAME_CONSTRAINTS, Criticality::Critical, &[0x30, 0]);
    let leaf = root.leaf_with("leaf", change);
    assert_eq!(broken(&examine(&root, &[leaf])), [(0, "RFC 5280 section 4.2")]);
}

#[test]
fn the_path_of_an_error_can_be_examined() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let leaf = ca.draft("leaf").forged().issue(|b| b);
    let error = chain::validate(&root, &[&ca], &leaf).expect_err("forged");
    let validator = chain::validator(&root);
    let examination = validator.examine(error.path(), error.anchor(), &Pool::new(), Purpose::ANY, chain::now());
    assert!(!examination.is_valid());
    let findings = examination.findings();
    assert_eq!(broken(findings), [(error.depth(), error.rule())]);
    let line = findings.iter().find(|finding| matches!(finding.outcome, Outcome::Broken(_))).expect("one").to_string();
    assert!(line.starts_with("BROKEN: signed by the key above (RFC 5280 section 6.1.3 (a) (1)): "), "{line}");
}

#[test]
fn nothing_to_examine() {
    let root = Ca::root("Root");
    let examination = chain::validator(&root).examine(&[], None, &Pool::new(), Purpose::ANY, chain::now());
    let findings = examination.findings();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].outcome, Outcome::NotChecked);
}
