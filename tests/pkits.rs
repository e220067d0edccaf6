//! NIST PKITS, all 249 subtests with their policy sets, where `tests/corpora.sh` has put the certificates.

use std::path::Path;

use conformance::corpora::pkits;

#[test]
fn every_subtest_agrees_and_every_policy_set_is_right() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/corpora/pkits");
    if !directory.exists() {
        conformance::skipped("PKITS is not at target/corpora/pkits; `tests/corpora.sh pkits` fetches it");
        return;
    }
    let results = pkits::run(&directory).unwrap();
    println!("{results}");
    assert_eq!(results.report.outcomes.len(), 249);
    assert!(results.agree());
}

#[test]
fn the_facts_are_those_of_249_subtests() {
    assert_eq!(pkits::tests().unwrap().len(), 249);
}
