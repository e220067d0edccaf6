//! One-time challenges against a reference that does nothing but remember.

use std::{collections::BTreeSet, sync::OnceLock, time::Duration};

use conformance::{
    TestRandom,
    fixtures::{client_key, other_key},
};
use mdm_proto::challenge::{
    Challenge, ChallengeRecord, IssueError, Presented, RedeemError, RedeemPolicy, Service, ServiceLimits,
};
use pki_core::{Csr, UnixTime};
use proptest::prelude::*;

use crate::{alternative_names, binding, csr_with, now, service_key};

const DEVICES: [&str; 3] = ["one", "two", "three"];
const PER_DEVICE: usize = 4;
const CAPACITY: usize = 8;
const REMEMBER: u64 = 500;
const GRACE: u64 = 200;
const SKEW: u64 = 10;

#[derive(Clone, Debug)]
enum Operation {
    Issue { device: usize, lifetime: u64 },
    Deliver { challenge: usize },
    Redeem { challenge: usize, device: usize, key: usize },
    Withdraw { challenge: usize },
    WithdrawDevice { device: usize },
    Pass { seconds: u64 },
    SaveAndLoad,
    Sweep,
}

fn operation() -> impl Strategy<Value = Operation> {
    let device = 0..DEVICES.len();
    prop_oneof![
        4 => (device.clone(), 1..300_u64).prop_map(|(device, lifetime)| Operation::Issue { device, lifetime }),
        1 => (0..64_usize).prop_map(|challenge| Operation::Deliver { challenge }),
        8 => (0..64_usize, device.clone(), 0..2_usize)
            .prop_map(|(challenge, device, key)| Operation::Redeem { challenge, device, key }),
        1 => (0..64_usize).prop_map(|challenge| Operation::Withdraw { challenge }),
        1 => device.prop_map(|device| Operation::WithdrawDevice { device }),
        4 => (0..150_u64).prop_map(|seconds| Operation::Pass { seconds }),
        1 => Just(Operation::SaveAndLoad),
        1 => Just(Operation::Sweep),
    ]
}

/// What a challenge is, in the reference.
#[derive(Debug)]
struct Known {
    device: usize,
    expires: u64,
    spent: Option<(u64, (usize, usize))>,
    withdrawn: Option<u64>,
}

impl Known {
    fn ends(&self) -> u64 {
        match (self.spent, self.withdrawn) {
            (Some((at, _)), _) => at + GRACE,
            (None, Some(at)) => at,
            (None, None) => self.expires + SKEW,
        }
    }

    fn redeem(&mut self, device: usize, key: usize, time: u64) -> Result<(), &'static str> {
        if let Some((at, by)) = self.spent {
            return if by == (device, key) && time <= at + GRACE { Ok(()) } else { Err("spent") };
        }
        if self.withdrawn.is_some() {
            return Err("withdrawn");
        }
        if time > self.expires + SKEW {
            return Err("expired");
        }
        if device != self.device {
            return Err("mismatch");
        }
        self.spent = Some((time, (device, key)));
        Ok(())
    }
}

fn word(error: &RedeemError) -> &'static str {
    match error {
        RedeemError::Expired { .. } => "expired",
        RedeemError::Mismatch(_) => "mismatch",
        RedeemError::Spent => "spent",
        RedeemError::Unknown => "unknown",
        RedeemError::Withdrawn => "withdrawn",
        error => panic!("{error}"),
    }
}

/// The CSR of each device by each of two keys, made once: the challenge is handed over beside it.
fn requests() -> &'static [[Csr; 2]; 3] {
    static REQUESTS: OnceLock<[[Csr; 2]; 3]> = OnceLock::new();
    REQUESTS.get_or_init(|| {
        DEVICES.map(|device| [client_key(), other_key()].map(|key| csr_with(device, alternative_names(), None, key)))
    })
}

fn at(time: u64) -> UnixTime {
    now().plus(Duration::from_secs(time))
}

fn limits() -> ServiceLimits {
    let policy = RedeemPolicy { grace: Duration::from_secs(GRACE), skew: Duration::from_secs(SKEW) };
    ServiceLimits {
        capacity: CAPACITY,
        per_device: PER_DEVICE,
        remember: Duration::from_secs(REMEMBER),
        policy,
        ..ServiceLimits::DEFAULT
    }
}

/// The reference: every challenge there ever was, and which of them are remembered.
#[derive(Debug, Default)]
struct Reference {
    known: Vec<Known>,
    remembered: BTreeSet<usize>,
}

impl Reference {
    fn get(&mut self, index: usize) -> Option<&mut Known> {
        self.remembered.contains(&index).then(|| &mut self.known[index])
    }

    fn ends(&self) -> Vec<u64> {
        let mut ends: Vec<_> = self.remembered.iter().map(|index| self.known[*index].ends()).collect();
        ends.sort_unstable();
        ends
    }

    fn sweep(&mut self, time: u64) {
        let known = &self.known;
        self.remembered.retain(|index| known[*index].ends() + REMEMBER >= time);
    }

    /// What was over first goes first.
    fn make_room(&mut self, device: usize, time: u64) -> Result<(), IssueError> {
        self.sweep(time);
        for (of, most, error) in
            [(Some(device), PER_DEVICE, IssueError::TooManyForDevice), (None, CAPACITY, IssueError::Full)]
        {
            loop {
                let concerned = |index: &&usize| of.is_none_or(|device| self.known[**index].device == device);
                let concerned: Vec<_> = self.remembered.iter().filter(concerned).copied().collect();
                if concerned.len() < most {
                    break;
                }
                let oldest = concerned.into_iter().min_by_key(|index| self.known[*index].ends()).expect("some");
                if self.known[oldest].ends() >= time {
                    return Err(error);
                }
                self.remembered.remove(&oldest);
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_service_does_as_the_reference(operations in prop::collection::vec(operation(), 1..80)) {
        let mut service = Service::new(service_key(), limits());
        let mut challenges: Vec<Challenge> = Vec::new();
        let mut reference = Reference::default();
        let (mut time, mut random) = (0_u64, TestRandom::new(1));
        for operation in operations {
            match operation {
                Operation::Issue { device, lifetime } => {
                    let lasts = Duration::from_secs(lifetime);
                    let issued = service.issue(binding(DEVICES[device]), lasts, at(time), &mut random);
                    let made = reference.make_room(device, time);
                    prop_assert_eq!(issued.as_ref().map(drop), made.as_ref().map(drop));
                    if let Ok(challenge) = issued {
                        reference.remembered.insert(challenges.len());
                        reference.known.push(Known { device, expires: time + lifetime, spent: None, withdrawn: None });
                        challenges.push(challenge);
                    }
                    let seconds = |end: UnixTime| u64::try_from(end.as_seconds() - now().as_seconds()).expect("later");
                    let mut ends: Vec<_> =
                        service.records().map(|record| seconds(record.ends(&limits().policy))).collect();
                    ends.sort_unstable();
                    prop_assert_eq!(ends, reference.ends());
                    // Of several that ended in the same second, it is open which goes first.
                    let remembered = (0..challenges.len()).filter(|index| service.find(&challenges[*index]).is_some());
                    reference.remembered = remembered.collect();
                }
                Operation::Redeem { challenge, device, key } => {
                    let Some(challenge_text) = challenges.get(challenge) else { continue };
                    let presented = Presented::new(&requests()[device][key], Some(challenge_text.as_secret()));
                    let got = service.redeem(&presented, at(time)).map(drop).map_err(|error| word(&error));
                    let expected = match reference.get(challenge) {
                        Some(known) => known.redeem(device, key, time),
                        None => Err("unknown"),
                    };
                    prop_assert_eq!(got, expected);
                }
                Operation::Deliver { challenge } => {
                    let id = challenges.get(challenge).and_then(|challenge| service.find(challenge)).map(ChallengeRecord::id);
                    if let Some(id) = id {
                        service.delivered(&id, at(time));
                    }
                }
                Operation::Withdraw { challenge } => {
                    let id = challenges.get(challenge).and_then(|challenge| service.find(challenge)).map(ChallengeRecord::id);
                    if let (Some(id), Some(known)) = (id, reference.get(challenge)) {
                        service.withdraw(&id, at(time));
                        if known.spent.is_none() {
                            known.withdrawn.get_or_insert(time);
                        }
                    }
                }
                Operation::WithdrawDevice { device } => {
                    service.withdraw_device(DEVICES[device], at(time));
                    for index in reference.remembered.clone() {
                        let known = &mut reference.known[index];
                        if known.device == device && known.spent.is_none() {
                            known.withdrawn.get_or_insert(time);
                        }
                    }
                }
                Operation::Pass { seconds } => time += seconds,
                Operation::SaveAndLoad => {
                    let kept: Vec<_> = service.records().map(ChallengeRecord::to_der).collect();
                    service = Service::new(service_key(), limits());
                    kept.iter().for_each(|der| service.insert(ChallengeRecord::from_der(der).expect("a record")));
                }
                Operation::Sweep => {
                    service.expire(at(time));
                    reference.sweep(time);
                }
            }
            prop_assert!(service.records().len() <= CAPACITY);
            prop_assert_eq!(service.records().len(), reference.remembered.len());
        }
    }
}
