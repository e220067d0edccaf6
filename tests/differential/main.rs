//! Differential tests: some thousand chains, each with one thing changed, judged by us, by rustls-webpki and by OpenSSL.
//!
//! Where verdicts differ, `tests/data/differential/exceptions` has to say why. What it says and does not occur is an error too.

mod changes;
mod mutations;
mod peers;
mod plan;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

use conformance::TestRandom;

use self::{
    mutations::{MUTATIONS, OCTET, change_octet},
    peers::{OpenSsl, Peer, Webpki, ours},
    plan::{Chain, Place, Plan},
};

/// Peer, kind, place, and the verdict of the peer, which is not ours.
type Disagreement = (String, String, &'static str, &'static str);

#[test]
fn rustls_webpki() {
    compare(&mut Webpki, usize::MAX);
}

#[test]
fn openssl() {
    match OpenSsl::find(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("differential")) {
        Some(mut openssl) => compare(&mut openssl, 4),
        None => eprintln!("SKIPPED: no OpenSSL 3 on the path"),
    }
}

/// A chain that nobody changed is valid, and one that is forged is not: what is compared is not just refusals.
#[test]
fn mutants_are_of_both_kinds() {
    let (mut valid, mut invalid) = (0, 0);
    each_mutant(usize::MAX, |_, _, chain| match ours(chain) {
        Ok(()) => valid += 1,
        Err(_) => invalid += 1,
    });
    assert!(valid + invalid >= 3_000 && valid >= 800 && invalid >= 800, "{valid} valid, {invalid} invalid");
    assert_eq!(ours(&Plan::new().make()), Ok(()));
}

/// Makes all mutants, or `most` of each kind at each place; of changed octets 8 times as many, for the parts they are in.
fn each_mutant(most: usize, mut judge: impl FnMut(&str, Place, &Chain)) {
    for (number, mutation) in (1..).zip(MUTATIONS) {
        let most = if mutation.kind == OCTET { most.saturating_mul(8) } else { most };
        for place in mutation.places {
            let mut rng = TestRandom::new(number);
            for _ in 0..mutation.count.min(most) {
                let mut plan = Plan::new();
                if mutation.kind == OCTET {
                    let kind = change_octet(&mut plan, *place, &mut rng);
                    judge(&kind, *place, &plan.make());
                } else {
                    (mutation.apply)(&mut plan, *place, &mut rng);
                    judge(mutation.kind, *place, &plan.make());
                }
            }
        }
    }
}

fn compare(peer: &mut dyn Peer, most: usize) {
    let mut found: BTreeMap<Disagreement, (usize, String)> = BTreeMap::new();
    each_mutant(most, |kind, place, chain| {
        let (theirs, ours) = (peer.verdict(chain), ours(chain));
        if theirs.is_ok() != ours.is_ok() {
            let word = if theirs.is_ok() { "valid" } else { "refused" };
            let reason = theirs.err().or(ours.err()).unwrap_or_default();
            let disagreement = (peer.name().to_owned(), kind.to_owned(), place.name(), word);
            found.entry(disagreement).or_insert((0, reason)).0 += 1;
        }
    });
    let exceptions = exceptions(peer.name());
    let mut report = String::new();
    for ((peer, kind, place, verdict), (count, reason)) in &found {
        if !exceptions.contains(&(peer.clone(), kind.clone(), *place, *verdict)) {
            writeln!(report, "{peer} | {kind} | {place} | {verdict} | {count}: {reason}").expect("a string");
        }
    }
    for stale in exceptions.iter().filter(|exception| !found.contains_key(*exception)) {
        writeln!(report, "stale: {stale:?}").expect("a string");
    }
    assert!(report.is_empty(), "\n{report}");
}

/// Lines `peer | kind | places | verdict of the peer | reason`; ours is the other verdict.
fn exceptions(peer: &str) -> BTreeSet<Disagreement> {
    let lines = include_str!("../data/differential/exceptions")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut exceptions = BTreeSet::new();
    for line in lines {
        let fields: Vec<&str> = line.split(" | ").collect();
        let [name, kind, places, verdict, reason] = fields.as_slice() else { panic!("{line}") };
        assert!(matches!(*verdict, "valid" | "refused") && !reason.is_empty(), "{line}");
        for place in places.split(' ') {
            let place = Place::ALL.iter().find(|known| known.name() == place).unwrap_or_else(|| panic!("{line}"));
            if *name == peer {
                let is_new = exceptions.insert(((*name).to_owned(), (*kind).to_owned(), place.name(), *verdict));
                assert!(is_new, "twice: {line}");
            }
        }
    }
    exceptions
}
