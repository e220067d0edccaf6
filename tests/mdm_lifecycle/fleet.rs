//! mdm.md 9: fleets.

use std::{collections::BTreeMap, time::Duration};

use mdm_proto::lifecycle::{
    CertificateFacts, CertificateId, Event, LifecyclePolicy, Monitor, Outcome, Output, RevocationWatch, Seed, Stagger,
    StaggerFull, StartLimit,
};
use pki_core::UnixTime;
use proptest::prelude::*;

use crate::{at, day, days};

/// When each of 10,000 devices with one expiry date starts its renewal.
fn starts(policy: LifecyclePolicy, starts: UnixTime, expires: UnixTime, obtained: UnixTime) -> Vec<UnixTime> {
    let policy = LifecyclePolicy { revocation: RevocationWatch::Ignore, ..policy };
    let mut monitor = Monitor::with_capacity(policy, 10_000);
    for device in 0..10_000_u64 {
        let seed = Seed::new(&device.to_be_bytes(), &[1]);
        monitor.track(CertificateId(device), CertificateFacts::new(starts, expires, seed).obtained(obtained));
    }
    let mut now = obtained;
    let mut started = Vec::new();
    while started.len() < 10_000 {
        match monitor.poll(now) {
            Output::Event(Event::RenewalDue { .. }) => started.push(now),
            Output::Event(event) => panic!("{event:?}"),
            Output::Wait(until) => now = until.expect("more to come"),
        }
    }
    started
}

/// Most starts within any hour. The times are in order.
fn peak_per_hour(starts: &[UnixTime]) -> usize {
    let hour = Duration::from_secs(3600);
    let within = |(index, start): (usize, &UnixTime)| {
        starts[index..].iter().take_while(|other| **other < start.plus(hour)).count()
    };
    starts.iter().enumerate().map(within).max().unwrap_or(0)
}

/// Mean, and five standard deviations of a binomial distribution.
fn bound(count: f64, share: f64) -> usize {
    let mean = count * share;
    let bound = mean + 5.0 * (mean * (1.0 - share)).sqrt();
    bound as usize
}

#[test]
fn mdm_md_9_10_000_devices_with_equal_not_after_stay_below_the_bound_by_jitter_alone() {
    // Jitter is a twentieth of the life, three days at most: the peak is an hour's share of that.
    for (lifetime, jitter_hours) in [(2, 2.4), (90, 72.0), (365, 72.0)] {
        let starts = starts(LifecyclePolicy::DEFAULT, day(0), day(lifetime), day(0));
        let share = 1.0_f64.min(1.0 / jitter_hours);
        assert!(peak_per_hour(&starts) <= bound(10_000.0, share), "{lifetime}: {}", peak_per_hour(&starts));
        assert!(starts.iter().all(|start| *start < day(lifetime)), "{lifetime}");
    }
    // The thirty days of BES, which are less than a tenth of a year, are spread as well.
    let starts = starts(LifecyclePolicy::BES, day(0), day(365), day(0));
    assert!(peak_per_hour(&starts) <= bound(10_000.0, 1.0 / 72.0));
}

#[test]
fn mdm_md_9_back_dated_by_30_days() {
    // 90 days to live; the certificate says 120.
    let starts = starts(LifecyclePolicy::DEFAULT, day(-30), day(90), day(0));
    assert!(starts.iter().all(|start| (day(60)..=day(63)).contains(start)));
    assert!(peak_per_hour(&starts) <= bound(10_000.0, 1.0 / 72.0));
}

#[test]
fn mdm_md_9_10_000_devices_under_the_limit_of_ndes() {
    // All at once, as after an outage; 100 in an hour, as Fleet has it: 100 hours.
    let mut stagger = Stagger::new(StartLimit { starts: 100, period: Duration::from_secs(3600) });
    let latest = day(60);
    let mut starts: Vec<_> = (0..10_000).map(|_| stagger.reserve(day(50), latest).unwrap()).collect();
    starts.sort_unstable();
    assert_eq!(peak_per_hour(&starts), 100);
    assert_eq!(*starts.last().unwrap(), at(50 * 86_400 + 99 * 3600 + 99 * 36));
    assert_eq!(stagger.reserved(), 10_000);
    // There is no room in what is gone.
    assert_eq!(stagger.reserve(day(50), at(50 * 86_400 + 99 * 3600)), Err(StaggerFull));
}

#[test]
fn the_limit_holds_together_with_the_devices_own_jitter() {
    let mut stagger = Stagger::new(StartLimit { starts: 100, period: Duration::from_secs(3600) });
    let wanted = starts(LifecyclePolicy::DEFAULT, day(0), day(90), day(0));
    let mut starts: Vec<_> = wanted.iter().map(|wanted| stagger.reserve(*wanted, day(81)).unwrap()).collect();
    starts.sort_unstable();
    assert!(peak_per_hour(&starts) <= 100);
    // 139 an hour wanted for three days, so the last one is served a little more than a day later.
    assert!(*starts.last().unwrap() <= day(65));
}

#[test]
fn more_starts_than_seconds() {
    let mut stagger = Stagger::new(StartLimit { starts: 10, period: Duration::from_secs(2) });
    let starts: Vec<_> =
        (0..20).map(|_| stagger.reserve(at(0), at(100)).unwrap().as_seconds() - at(0).as_seconds()).collect();
    let counts = starts.iter().fold(BTreeMap::new(), |mut counts: BTreeMap<i64, u32>, start| {
        *counts.entry(*start).or_default() += 1;
        counts
    });
    assert_eq!(counts, BTreeMap::from([(0, 5), (1, 5), (2, 5), (3, 5)]));
    // Senseless limits count as the least there can be.
    let mut stagger = Stagger::new(StartLimit { starts: 0, period: Duration::ZERO });
    assert_eq!(stagger.reserve(at(0), at(0)), Ok(at(0)));
    assert_eq!(stagger.reserve(at(0), at(0)), Err(StaggerFull));
}

#[test]
fn what_lies_before_is_forgotten() {
    let mut stagger = Stagger::new(StartLimit { starts: 1, period: days(1) });
    for _ in 0..10 {
        stagger.reserve(day(0), day(20)).unwrap();
    }
    stagger.forget_before(day(4));
    assert_eq!(stagger.reserved(), 6);
    assert_eq!(stagger.reserve(day(5), day(20)), Ok(day(10)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Against a plain count of each slot.
    #[test]
    fn reservations_are_those_of_a_list(
        starts in 1_u32..40, period in 1_u64..60,
        steps in prop::collection::vec((any::<bool>(), 0_i64..200, 0_i64..100), 1..120),
    ) {
        let mut stagger = Stagger::new(StartLimit { starts, period: Duration::from_secs(period) });
        let most = (u64::from(starts) / period).max(1);
        let length = i64::try_from((period * most).div_ceil(u64::from(starts)).max(1)).unwrap();
        let mut slots: BTreeMap<i64, u64> = BTreeMap::new();
        let mut given: Vec<UnixTime> = Vec::new();
        for (reserves, time, slack) in steps {
            if !reserves && !given.is_empty() {
                let back = given.swap_remove(usize::try_from(time).unwrap() % given.len());
                stagger.release(back);
                *slots.get_mut(&back.as_seconds().div_euclid(length)).unwrap() -= 1;
                continue;
            }
            let (wanted, latest) = (UnixTime::from_seconds(time), UnixTime::from_seconds(time + slack));
            let own = -(-time).div_euclid(length);
            let free = (own..).find(|slot| slots.get(slot).copied().unwrap_or(0) < most).unwrap();
            let expected = UnixTime::from_seconds(free * length);
            let found = stagger.reserve(wanted, latest);
            if expected > latest {
                prop_assert_eq!(found, Err(StaggerFull));
            } else {
                prop_assert_eq!(found, Ok(expected));
                *slots.entry(free).or_default() += 1;
                given.push(expected);
            }
        }
        prop_assert_eq!(stagger.reserved(), slots.values().sum::<u64>());
        // The limit holds in every period that begins with a start.
        for start in &given {
            let end = start.as_seconds() + i64::try_from(period).unwrap();
            let within = given.iter().filter(|other| (start.as_seconds()..end).contains(&other.as_seconds())).count();
            prop_assert!(within <= usize::try_from(starts).unwrap());
        }
    }
}

#[test]
fn a_resolved_fleet_renews_again_a_life_later() {
    let policy = LifecyclePolicy { revocation: RevocationWatch::Ignore, ..LifecyclePolicy::DEFAULT };
    let mut monitor = Monitor::new(policy);
    for device in 0..100_u64 {
        monitor.track(
            CertificateId(device),
            CertificateFacts::new(day(0), day(90), Seed::new(&device.to_be_bytes(), &[0])),
        );
    }
    let mut now = day(0);
    let mut renewals = 0_u8;
    while renewals < 200 {
        match monitor.poll(now) {
            Output::Event(Event::RenewalDue { id, .. }) => {
                renewals += 1;
                let seed = Seed::new(&id.0.to_be_bytes(), &[renewals]);
                let facts = CertificateFacts::new(now, now.plus(days(90)), seed);
                monitor.resolve(id, Outcome::Renewed(facts), now).unwrap();
            }
            Output::Event(event) => panic!("{event:?}"),
            Output::Wait(until) => now = until.unwrap(),
        }
    }
    assert!((day(120)..=day(126)).contains(&now));
}
