//! The memory of what a CA stated (section 7.5).

use super::*;

#[test]
fn scep_7_5_01_a_ca_that_states_less_than_before_is_refused() {
    let (_, issued) = Scenario::new().to_issued();
    let known = issued.known_capabilities();
    assert!(known.iter().any(|word| word == Capability::ScepStandard));
    assert_eq!(KnownCapabilities::from_der(&known.to_der()), Ok(known));
    let legacy = || config().with_known_capabilities(known).with_algorithm_floor(AlgorithmFloor::Legacy);
    let weaker = [
        (text("SHA-1 DES3"), vec![Capability::Aes, Capability::PostPkiOperation, Capability::Sha256]),
        (text(""), vec![Capability::Aes, Capability::PostPkiOperation, Capability::Sha256]),
        (HttpResponse::new(404, "", ""), vec![Capability::Aes, Capability::PostPkiOperation, Capability::Sha256]),
        (text("AES SHA-256 POSTPKIOperation"), vec![]),
        (text("AES POSTPKIOperation"), vec![Capability::Sha256]),
    ];
    for (reply, mut words) in weaker {
        let (pair, step) = after(legacy(), &reply);
        let Err(Error::Downgraded { missing }) = step else { panic!("{step:?}") };
        words.push(Capability::ScepStandard);
        let digests = [Capability::Sha384, Capability::Sha512];
        assert!(missing.iter().filter(|word| !digests.contains(word)).eq(&words), "{reply:?}: {missing:?}");
        drop(pair);
        // As before, and not as low as the floor allows.
        let (pair, step) = after(legacy().with_downgrade_policy(DowngradePolicy::ContinueAsBefore), &reply);
        assert_eq!(sent(pair, step), Sent::BEST);
    }
    let (pair, step) = after(legacy(), &text("SCEPStandard"));
    assert_eq!(sent(pair, step), Sent::BEST);
    let error = Error::Downgraded { missing: vec![Capability::Aes, Capability::ScepStandard] };
    assert_eq!(error.to_string(), "the CA no longer states AES SCEPStandard");
}

#[test]
fn what_is_known_comes_with_the_certificate_and_is_not_forgotten() {
    let words = |known: KnownCapabilities| known.iter().collect::<Vec<_>>();
    let known: KnownCapabilities = [Capability::ScepStandard, Capability::Renewal].into_iter().collect();
    let config = config().with_known_capabilities(known).with_downgrade_policy(DowngradePolicy::ContinueAsBefore);
    let (mut pair, step) = after(config, &text("DES3 SHA-512"));
    pair.step = step.expect("a next step");
    let issued = pair.drive().issued();
    let expected = [Capability::Des3, Capability::Sha512, Capability::ScepStandard];
    assert_eq!(words(issued.known_capabilities()), expected);
}

#[test]
fn what_is_known_outlives_a_restart_while_the_ca_decides() {
    let (mut pair, _) = Scenario::new().pending(2).to_wait();
    pair.restart_client();
    let (_, at_once) = Scenario::new().to_issued();
    assert_eq!(pair.drive().issued().known_capabilities(), at_once.known_capabilities());
}

/// Written by version 1, kept since: `SCEPStandard`, `Renewal` and `DES3`.
const KNOWN_1: &[u8] = include_bytes!("../data/records/known-1.der");

#[test]
fn known_capabilities_of_version_1_are_read() {
    let known: KnownCapabilities =
        [Capability::ScepStandard, Capability::Renewal, Capability::Des3].into_iter().collect();
    assert_eq!(KnownCapabilities::from_der(KNOWN_1), Ok(known));
    assert_eq!(known.to_der(), KNOWN_1);
}
