//! x509-limbo: the cases apart from bettertls' where `PKI_CORPORA` says, and all of them where `tests/corpora.sh` has put them.
//! What disagrees is listed with reasons in `data/limbo/exceptions.json`.

use std::{
    env,
    path::{Path, PathBuf},
};

use conformance::corpora::limbo;

fn run(path: &Path, cases: usize) {
    let results = limbo::run(&limbo::load(path).unwrap());
    println!("{results}");
    assert_eq!(results.report.outcomes.len(), cases);
    let faults = results.faults().unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let tally = results.report.tally();
    assert_eq!((tally.false_rejects, tally.skips), (0, 0));
}

#[test]
fn core_cases() {
    #[expect(clippy::disallowed_methods, reason = "how tests are told where suites are")]
    let directory = env::var("PKI_CORPORA").map_or_else(|_| manifest().join("../../shared/corpora"), PathBuf::from);
    let path = directory.join("limbo-core-208.json");
    if path.exists() {
        run(&path, 208);
    } else {
        conformance::skipped(&format!("no {}; PKI_CORPORA says where it is", path.display()));
    }
}

#[test]
fn all_cases() {
    let path = manifest().join("../target/corpora/limbo.json");
    if path.exists() {
        run(&path, 9780);
    } else {
        conformance::skipped("no target/corpora/limbo.json; `tests/corpora.sh limbo` puts it there");
    }
}

fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
