//! Lives and monitors as bytes.

use std::sync::LazyLock;

use mdm_proto::lifecycle::{
    Alert, CertificateFacts, CertificateId, DeviceStanding, Event, FailureClass, Hints, Inputs, Life, LifecyclePolicy,
    Monitor, Outcome, Output, PolicyId, ProfileStanding, Revocation, Role, Seed, Task, Trigger, Window,
};
use pki_core::{DecodeErrorKind, crl::RevocationReason};
use proptest::prelude::*;

use crate::{at, day, decided, facts, life, plain};

/// Lives with everything that there is to keep.
fn lives() -> Vec<Life> {
    let policy = LifecyclePolicy::DEFAULT;
    let hints =
        Hints::NONE.with_accepted(Window::new(day(40), day(80))).with_suggested(Window::new(day(45), day(50)), day(2));
    let mut lives = vec![
        Life::enrolling(Seed::from_number(u32::MAX)),
        life(90),
        life(90).with_hints(hints),
        Life::new(facts(90).with_role(Role::Authority)),
        Life::new(CertificateFacts::new(at(i64::MIN / 2), at(i64::MAX / 2), Seed::from_number(0))),
    ];
    let mut outcomes = vec![
        Outcome::Prepared,
        Outcome::Used,
        Outcome::Hinted(hints),
        Outcome::Renewed(facts(180)),
        Outcome::Checked(Revocation::Good { until: day(3) }, None),
        Outcome::Checked(Revocation::Undetermined, None),
        Outcome::Checked(Revocation::Revoked(None), None),
        Outcome::Checked(Revocation::AuthorityRevoked(None), None),
        Outcome::Profile(ProfileStanding::Unassigned),
    ];
    outcomes.extend((0..=10).filter_map(RevocationReason::from_code).flat_map(|reason| {
        [Revocation::Revoked(Some(reason)), Revocation::AuthorityRevoked(Some(reason))]
            .map(|revocation| Outcome::Checked(revocation, None))
    }));
    outcomes.extend(
        [
            FailureClass::ChallengeExpired,
            FailureClass::CryptoMismatch,
            FailureClass::NotYetValid,
            FailureClass::PolicyReject,
            FailureClass::Transient,
        ]
        .map(Outcome::Failed),
    );
    outcomes.extend(
        [
            Trigger::Activation,
            Trigger::AuthorityIdentifier,
            Trigger::EccStrength,
            Trigger::KeyAlgorithm,
            Trigger::NewProfile,
            Trigger::ReferringProfile,
            Trigger::RsaStrength,
            Trigger::Thumbprint,
        ]
        .map(|trigger| Outcome::Profile(ProfileStanding::Changed(trigger))),
    );
    outcomes
        .extend([DeviceStanding::Installed, DeviceStanding::Missing, DeviceStanding::Superseded].map(Outcome::Device));
    for outcome in outcomes {
        for now in [day(1), day(70), day(85), day(100)] {
            let begun = decided(&policy, &life(90), now);
            let begun = Inputs::new(&policy, &life(90)).after(&begun, now);
            let heard = Inputs::new(&policy, &begun).resolved(outcome, now);
            let action = decided(&policy, &heard, now);
            lives.extend([begun, heard, Inputs::new(&policy, &heard).after(&action, now)]);
        }
    }
    lives
}

#[test]
fn lives_come_back_as_they_were() {
    for life in lives() {
        let der = life.to_der();
        assert_eq!(Life::from_der(&der), Ok(life));
        assert!(der.len() < 150);
    }
}

#[test]
fn monitors_hold_lives_of_every_sort_as_they_are() {
    let mut monitor = Monitor::new(LifecyclePolicy::DEFAULT);
    for (id, life) in lives().into_iter().enumerate() {
        monitor.track(CertificateId(u64::try_from(id).unwrap()), life);
        assert_eq!(monitor.get(CertificateId(u64::try_from(id).unwrap())), Some(life));
    }
    let again = Monitor::from_der(&[LifecyclePolicy::DEFAULT], &monitor.to_der()).unwrap();
    assert_eq!(again.to_der(), monitor.to_der());
    assert!(again.iter().eq(monitor.iter()));
    assert!(format!("{monitor:?}").contains("certificates"));
}

#[test]
fn what_was_told_before_a_restart_is_not_told_again() {
    let mut monitor = Monitor::new(plain());
    let id = CertificateId(9);
    monitor.track(id, life(90));
    assert_eq!(monitor.poll(day(85)), Output::Event(Event::Urgent { id }));
    assert!(matches!(monitor.poll(day(85)), Output::Event(Event::RenewalDue { .. })));
    let mut restored = Monitor::from_der(&[plain()], &monitor.to_der()).unwrap();
    assert_eq!(restored.get(id).unwrap().told(), Some(Alert::Urgent));
    assert_eq!(restored.poll(day(85)), monitor.poll(day(85)));
    assert!(matches!(restored.poll(day(85)), Output::Wait(Some(_))));
    // A process that ends before the event was acted on has the attempt's patience to wait, and not longer.
    assert!(matches!(restored.poll(at(90 * crate::DAY + 1)), Output::Event(Event::Expired { .. })));
}

#[test]
fn records_that_are_none_are_refused() {
    let der = life(90).to_der();
    for length in 0..der.len() {
        assert!(Life::from_der(&der[..length]).is_err());
    }
    let kind = |der: &[u8]| Life::from_der(der).unwrap_err().kind();
    assert_eq!(kind(&[&der[..], &[0]].concat()), DecodeErrorKind::TrailingData);
    // SEQUENCE, length, INTEGER 1 (version), INTEGER 1 (seed), INTEGER 0 (failures), OCTET STRING of eight.
    assert_eq!(der[2..13], [2, 1, 1, 2, 1, 1, 2, 1, 0, 4, 8]);
    let changed = |place: usize, octet| {
        let mut der = der.clone();
        der[place] = octet;
        der
    };
    assert_eq!(kind(&changed(4, 2)), DecodeErrorKind::UnsupportedVersion);
    for code in 13..21 {
        assert_eq!(kind(&changed(code, 0xee)), DecodeErrorKind::InvalidValue, "{code}");
    }
    // A phase that has a time, without one.
    assert_eq!(kind(&changed(13, 1)), DecodeErrorKind::InvalidValue);
    assert_eq!(kind(&changed(15, 1)), DecodeErrorKind::InvalidValue);
    // The role, which is the last octet here.
    assert_eq!(kind(&changed(der.len() - 1, 2)), DecodeErrorKind::InvalidValue);
}

#[test]
fn monitors_that_are_none_are_refused() {
    let mut monitor = Monitor::new(LifecyclePolicy::DEFAULT);
    monitor.track(CertificateId(1), life(90));
    let der = monitor.to_der();
    let policies = [LifecyclePolicy::DEFAULT];
    let kind = |policies: &[LifecyclePolicy], der: &[u8]| Monitor::from_der(policies, der).unwrap_err().kind();
    for length in 0..der.len() {
        assert!(Monitor::from_der(&policies, &der[..length]).is_err());
    }
    assert_eq!(kind(&[], &der), DecodeErrorKind::Empty);
    assert_eq!(kind(&[LifecyclePolicy::DEFAULT; 256], &der), DecodeErrorKind::TooMany);
    let place = der.windows(3).position(|window| window == [2, 1, 1]).unwrap();
    let mut later = der.clone();
    later[place + 2] = 2;
    assert_eq!(kind(&policies, &later), DecodeErrorKind::UnsupportedVersion);
    // A policy that is not there.
    let mut second = Monitor::new(LifecyclePolicy::DEFAULT);
    let policy = second.add_policy(LifecyclePolicy::BES).unwrap();
    second.track_under(policy, CertificateId(1), life(90));
    assert_eq!(kind(&policies, &second.to_der()), DecodeErrorKind::InvalidValue);
    let read = Monitor::from_der(&[LifecyclePolicy::DEFAULT, LifecyclePolicy::BES], &second.to_der()).unwrap();
    assert_eq!(read.policies().collect::<Vec<_>>(), [PolicyId::FIRST, policy]);
    // The same certificate twice: two become one by their number.
    let mut two = Monitor::new(LifecyclePolicy::DEFAULT);
    two.track(CertificateId(1), life(90));
    two.track(CertificateId(2), life(90));
    let mut der = two.to_der();
    let place = der.windows(10).rposition(|window| window == [4, 8, 0, 0, 0, 0, 0, 0, 0, 2]).unwrap();
    der[place + 9] = 1;
    assert_eq!(kind(&policies, &der), DecodeErrorKind::Duplicate);
}

#[test]
fn tasks_begun_are_remembered() {
    let policy = plain();
    let action = decided(&policy, &life(90), day(60));
    assert!(matches!(action.task, Task::Renew { .. }));
    let begun = Inputs::new(&policy, &life(90)).after(&action, day(60));
    assert_ne!(begun.to_der(), life(90).to_der());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Records that somebody has tampered with are refused, or are lives like any other.
    #[test]
    fn tampered_records_do_no_harm(which in any::<prop::sample::Index>(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        static LIVES: LazyLock<Vec<Life>> = LazyLock::new(lives);
        let mut der = which.get(&LIVES).to_der();
        for (place, octet) in changes {
            *place.get_mut(&mut der) = octet;
        }
        if let Ok(life) = Life::from_der(&der) {
            prop_assert_eq!(Life::from_der(&life.to_der()), Ok(life));
            let mut monitor = Monitor::new(LifecyclePolicy::DEFAULT);
            monitor.track(CertificateId(1), life);
            prop_assert_eq!(monitor.get(CertificateId(1)), Some(life));
            for now in [day(0), day(61), day(100), at(i64::MIN / 2), at(i64::MAX / 4)] {
                for _ in 0..8 {
                    let _ = monitor.poll(now);
                }
            }
        }
    }
}
