//! Sealed challenges, and the records of those that are used once.

use std::{sync::OnceLock, time::Duration};

use mdm_proto::{
    challenge::{
        Binding, Challenge, ChallengeRecord, ChallengeState, Detail, Lookup, Presented, RedeemError, RedeemPolicy,
        SealingKeys, ServiceKey, Step,
        external::step_ca::{Hook, HookError},
    },
    csr_policy::{Expectation, ExpectedKey},
    profile::KeyAlgorithm,
};
use pki_core::{Csr, Secret, UnixTime};
use scep::server::Names;

use super::{fake::Counter, fixture, fixture::World};

/// The first octet says what the rest is: a challenge that is presented, what a challenge is sealed of, a record, the body of a
/// webhook.
///
/// Nothing opens but what was sealed, and that as it was sealed. A record that is read is written as it was, and goes forward only.
pub fn sealed_challenge(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    match first & 3 {
        0 => presented(rest),
        1 => sealed(rest),
        2 => record(rest),
        _ => webhook(rest),
    }
}

const NOW: UnixTime = UnixTime::from_seconds(1_795_424_400);

fn keys() -> SealingKeys {
    let key = |octet| Secret::new(vec![octet; 32]);
    SealingKeys::new(1, key(1)).and_then(|keys| keys.add_key(2, key(2))).unwrap()
}

fn csr() -> &'static Csr {
    static CSR: OnceLock<Csr> = OnceLock::new();
    CSR.get_or_init(|| fixture::csr("Device", World::shared().ec_key.public(), "secret"))
}

fn binding(device: &str, profile: &str) -> Option<Binding> {
    let names = Names::new(csr().subject().to_owned());
    let expectation = Expectation::new(names, ExpectedKey::Algorithm(KeyAlgorithm::Rsa { bits: 2048 }));
    Binding::new(device, profile, expectation).ok()
}

/// Text of which nothing but a challenge opens.
fn presented(text: &[u8]) {
    let presented = Presented::new(csr(), Some(&Secret::from(text)));
    match keys().redeem(&presented, NOW) {
        Ok(step) => panic!("{step:?}"),
        Err(RedeemError::Missing) => assert!(text.is_empty()),
        Err(error) => assert_eq!(error, RedeemError::Unknown),
    }
}

/// What was sealed comes out; with one octet changed, it does not.
fn sealed(data: &[u8]) {
    let (Some((place, names)), now) = (data.split_first(), NOW) else { return };
    let text = String::from_utf8_lossy(names);
    let (device, profile) = text.split_once('/').unwrap_or((&text, "wifi"));
    let whole = Binding::any_request(device, profile).ok();
    for binding in [whole, binding(device, profile)].into_iter().flatten() {
        for detail in [Detail::Whole, Detail::Digest] {
            let end = now.plus(Duration::from_secs(u64::from(*place)));
            let sealed = keys().with_longest(4096).seal(&binding, end, detail, &mut Counter(0));
            let challenge = sealed.expect("short names");
            assert!(challenge.expose().bytes().all(|byte| byte.is_ascii_alphanumeric()));
            let keys = keys().with_longest(4096);
            let step = |text: &str| keys.redeem(&Presented::new(csr(), Some(&Secret::from(text))), now);
            match step(challenge.expose()) {
                Ok(Step::Granted(grant)) => {
                    assert_eq!((grant.device(), grant.profile()), (Some(device), Some(profile)));
                    assert!(binding.expectation().is_none());
                }
                Ok(Step::Recall(recall)) => {
                    assert_eq!((recall.device(), recall.profile(), detail), (device, profile, Detail::Digest));
                    let step = recall.with_expectation(binding.expectation().cloned());
                    assert!(matches!(step, Err(RedeemError::Mismatch(_))));
                }
                Err(RedeemError::Mismatch(_)) => assert!(binding.expectation().is_some()),
                step => panic!("{step:?}"),
            }
            let mut changed = challenge.expose().as_bytes().to_vec();
            let index = usize::from(*place) % changed.len();
            changed[index] = if changed[index] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(step(&changed).expect_err("changed"), RedeemError::Unknown);
        }
    }
}

/// A record is written as it was read; what it becomes can be read, too.
fn record(der: &[u8]) {
    let Ok(record) = ChallengeRecord::from_der(der) else { return };
    assert_eq!(record.to_der(), der);
    let policy = RedeemPolicy::DEFAULT;
    for next in [record.clone(), record.delivered(NOW), record.withdrawn(NOW)] {
        assert_eq!(ChallengeRecord::from_der(&next.to_der()).as_ref(), Ok(&next));
        let _ = (next.status(&policy, NOW), next.ends(&policy), format!("{next:?}"));
        let is_over = |record: &ChallengeRecord| {
            matches!(record.state(), ChallengeState::Spent { .. } | ChallengeState::Withdrawn { .. })
        };
        assert!(!is_over(&record) || next == record);
    }
    // It is of none of our challenges.
    let key = ServiceKey::from_secret(Secret::new(vec![3; 32])).unwrap();
    let presented = Presented::new(csr(), Some(&Secret::from("secret")));
    let lookup = Lookup::new(&[key], presented, policy).unwrap();
    assert_eq!(lookup.found(Some(&record), NOW).expect_err("another's"), RedeemError::Unknown);
}

/// Nothing without a signature is looked at; what is signed is read or refused.
fn webhook(body: &[u8]) {
    let hook = Hook::new("1", &Secret::from("AAAA")).unwrap();
    let refused = hook.receive(Some("1"), Some("00"), body, NOW).expect_err("unsigned");
    assert!(matches!(refused, HookError::Signature | HookError::TooLarge));
    let _ = mdm_proto::challenge::external::jamf::ChallengeEvent::receive(body);
    let answer = scep::HttpResponse::new(200, "", body);
    let _ = mdm_proto::challenge::external::intune::read_revocations(&answer);
    let _ = mdm_proto::challenge::external::intune::read_upload(&answer);
    if let Ok(challenge) = mdm_proto::challenge::external::jamf::read_challenge(&answer) {
        assert!(Challenge::from_text(challenge.expose().as_bytes()).is_ok());
    }
}
