//! mdm.md 6.3: clocks that are wrong.

use mdm_proto::lifecycle::{
    Alert, ClockEvidence, EnrolReason, Event, FailureClass, Inputs, Life, LifecyclePolicy, Monitor, Outcome, Output,
    Revocation, Seed, Task, WaitReason, decide,
};
use pki_core::{UnixTime, crl::RevocationReason};
use std::time::Duration;

use crate::{DAY, at, day, decided, life, plain};

/// Built on day -10; the CA ends on day 3650.
fn evidence() -> ClockEvidence {
    ClockEvidence::NONE.not_before(day(-10)).not_after(day(3650))
}

#[test]
fn before_the_build_and_after_the_cas_end_no_expiry_is_judged() {
    let policy = plain();
    for wrong in [day(-11), UnixTime::from_seconds(0), day(3651), UnixTime::from_seconds(i64::MAX)] {
        let action = decide(wrong, &Inputs::new(&policy, &life(90)).with_clock(evidence()));
        assert_eq!((action.task, action.alert), (Task::SetClock, None), "{wrong}");
        assert!(action.again.is_none_or(|again| again > wrong || wrong == UnixTime::from_seconds(i64::MAX)));
    }
    for right in [day(1), day(3650)] {
        let action = decide(right, &Inputs::new(&policy, &life(90)).with_clock(evidence()));
        assert_ne!(action.task, Task::SetClock);
    }
}

#[test]
fn a_clock_that_is_wrong_hinders_neither_first_enrolment_nor_revocation() {
    let policy = plain();
    let clock = evidence();
    let first = Life::enrolling(Seed::from_number(1));
    let inputs = Inputs::new(&policy, &first).with_clock(clock);
    let action = decide(at(-1_700_000_000), &inputs);
    assert_eq!(action.task, Task::Enrol { attempt: 1, reason: EnrolReason::First });
    // Waits are measured by the clock all the same.
    let life = inputs.after(&action, at(-1_700_000_000));
    let inputs = Inputs::new(&policy, &life).with_clock(clock);
    let life = inputs.resolved(Outcome::Failed(FailureClass::Transient), at(-1_700_000_000));
    let inputs = Inputs::new(&policy, &life).with_clock(clock);
    let action = decide(at(-1_700_000_000), &inputs);
    assert_eq!((action.task, action.again), (Task::Wait(WaitReason::BackingOff), Some(at(-1_700_000_000 + 60))));

    let life = crate::life(90);
    let revoked = Revocation::Revoked(Some(RevocationReason::KeyCompromise));
    let life = Inputs::new(&policy, &life).with_clock(clock).resolved(Outcome::Checked(revoked, None), day(-100));
    let action = decide(day(-100), &Inputs::new(&policy, &life).with_clock(clock));
    assert_eq!(action.task, Task::ReplaceKey { attempt: 1 });
}

#[test]
fn the_date_of_a_server_counts_where_it_is_further_off_than_the_skew() {
    let policy = plain();
    // The clock shows 1970; it is day 70.
    let clock = evidence().with_server_date(UnixTime::from_seconds(100), day(70));
    let life = life(90);
    let inputs = Inputs::new(&policy, &life).with_clock(clock);
    let action = decide(UnixTime::from_seconds(200), &inputs);
    assert!(matches!(action.task, Task::Renew { .. }));
    // In the terms of the clock: seven days of patience.
    let life = inputs.after(&action, UnixTime::from_seconds(200));
    let inputs = Inputs::new(&policy, &life).with_clock(clock);
    let waiting = decide(UnixTime::from_seconds(300), &inputs);
    assert_eq!(waiting.task, Task::Wait(WaitReason::InProgress));
    assert_eq!(waiting.again, Some(UnixTime::from_seconds(200 + 7 * DAY)));
    // Within five minutes the clock is as good.
    let close = ClockEvidence::NONE.with_server_date(day(1), at(DAY + 300));
    assert_eq!(decide(at(60 * DAY - 100), &Inputs::new(&policy, &crate::life(90)).with_clock(close)).task, NOT_DUE);
    let off = ClockEvidence::NONE.with_server_date(day(1), at(DAY + 301));
    let action = decide(at(60 * DAY - 300), &Inputs::new(&policy, &crate::life(90)).with_clock(off));
    assert!(matches!(action.task, Task::Renew { .. }));
    // A server whose date can't be right is not believed.
    let absurd = evidence().with_server_date(day(1), day(4000));
    assert_eq!(decide(day(1), &Inputs::new(&policy, &crate::life(90)).with_clock(absurd)).task, Task::SetClock);
}

#[test]
fn what_is_not_valid_yet_waits_within_five_minutes_it_is_used() {
    let policy = plain();
    assert_eq!(decided(&policy, &life(90), at(-301)).task, Task::Wait(WaitReason::NotYetValid));
    assert_eq!(decided(&policy, &life(90), at(-301)).again, Some(at(-300)));
    assert_eq!(decided(&policy, &life(90), day(-30)).again, Some(at(-30 * DAY + 6 * 3600)));
    assert_eq!(decided(&policy, &life(90), at(-300)).task, NOT_DUE);
}

/// mdm.md 9: clocks a day off, for lives of 2 days, 90 days and a year, also back-dated by 30 days. With a server's date the
/// renewal always comes in time.
#[test]
fn mdm_md_9_clock_one_day_off_either_way() {
    let policy = plain();
    for lifetime in [2, 90, 365] {
        for back_dated in [0, 30] {
            for off in [-DAY, 0, DAY] {
                let (real_start, real_end) = (day(1000), day(1000 + lifetime));
                let clock = |real: UnixTime| UnixTime::from_seconds(real.as_seconds() + off);
                let facts =
                    mdm_proto::lifecycle::CertificateFacts::new(day(1000 - back_dated), real_end, Seed::from_number(3))
                        .obtained(real_start);
                let evidence = ClockEvidence::NONE.with_server_date(clock(real_start), real_start);
                let mut monitor = Monitor::new(policy);
                monitor.set_clock(evidence);
                monitor.track(mdm_proto::lifecycle::CertificateId(1), facts);
                let mut now = clock(real_start);
                let renewed_at = loop {
                    match monitor.poll(now) {
                        Output::Event(Event::RenewalDue { .. }) => break now.as_seconds() - off,
                        Output::Event(event) => panic!("{event:?}"),
                        Output::Wait(until) => now = until.expect("a time"),
                    }
                };
                let two_thirds = real_start.as_seconds() + lifetime * DAY * 2 / 3;
                let window = two_thirds.min(real_end.as_seconds() - 43_200)..real_end.as_seconds();
                assert!(window.contains(&renewed_at), "{lifetime} {back_dated} {off}: {renewed_at}");
            }
        }
    }
}

/// Without a server's date, a day doesn't matter to certificates that live for months.
#[test]
fn mdm_md_9_clock_one_day_off_without_a_date() {
    let policy = plain();
    for lifetime in [90, 365] {
        for off in [-DAY, DAY] {
            let (now, task) = crate::next_task(&policy, life(lifetime), at(off));
            assert!(matches!(task, Task::Renew { .. }));
            assert!(now.as_seconds() - off < day(lifetime).as_seconds() - 20 * DAY);
        }
    }
}

#[test]
fn the_monitor_says_once_that_the_clock_is_wrong_and_goes_on_when_it_is_right() {
    let mut monitor = Monitor::new(plain());
    monitor.set_clock(evidence());
    monitor.track(mdm_proto::lifecycle::CertificateId(1), life(90));
    let wrong = day(5000);
    assert_eq!(monitor.poll(wrong), Output::Event(Event::ClockDistrusted));
    assert_eq!(monitor.poll(wrong), Output::Wait(Some(wrong.plus(Duration::from_secs(6 * 3600)))));
    // It is set right, which is far back.
    assert_eq!(monitor.poll(day(1)), Output::Wait(Some(day(60))));
    assert!(matches!(monitor.poll(day(60)), Output::Event(Event::RenewalDue { .. })));
}

#[test]
fn a_clock_set_back_repeats_no_event() {
    let mut monitor = Monitor::new(plain());
    let id = mdm_proto::lifecycle::CertificateId(1);
    monitor.track(id, life(90));
    assert_eq!(monitor.poll(day(100)), Output::Event(Event::Expired { id }));
    assert!(matches!(monitor.poll(day(100)), Output::Event(Event::EnrolmentDue { .. })));
    for now in [day(99), day(93), day(50), day(1), day(100)] {
        assert!(matches!(monitor.poll(now), Output::Wait(_)), "{now}");
    }
    // By more than the attempt may take: nobody waits for it until then.
    assert!(matches!(monitor.poll(day(85)), Output::Event(Event::RenewalDue { attempt: 2, .. })));
}

/// A step back of a second over the end of a CA would otherwise be told as its rollover by whoever looks, and by nobody else.
#[test]
fn a_clock_that_is_a_little_behind_stands_still() {
    let mut monitor = Monitor::new(plain());
    let id = mdm_proto::lifecycle::CertificateId(1);
    monitor.track(id, life(90));
    assert!(matches!(monitor.poll(at(90 * DAY + 1)), Output::Event(Event::Expired { .. })));
    assert!(matches!(monitor.poll(day(90)), Output::Event(Event::EnrolmentDue { .. })));
    monitor.resolve(id, Outcome::Failed(FailureClass::Transient), day(90)).unwrap();
    assert_eq!(monitor.poll(day(90)), Output::Wait(Some(at(90 * DAY + 61))));
}

#[test]
fn extreme_clocks_and_certificates_do_no_harm() {
    let extremes = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX].map(UnixTime::from_seconds);
    let policies = [plain(), LifecyclePolicy::DEFAULT, LifecyclePolicy::WINDOWS, LifecyclePolicy::FLEET];
    for policy in policies {
        for starts in extremes {
            for expires in extremes {
                let facts = mdm_proto::lifecycle::CertificateFacts::new(starts, expires, Seed::from_number(1));
                for now in extremes {
                    let mut life = Life::new(facts.obtained(now));
                    for _ in 0..6 {
                        let inputs =
                            Inputs::new(&policy, &life).with_clock(ClockEvidence::NONE.with_server_date(now, expires));
                        let action = decide(now, &inputs);
                        assert_eq!(action, decide(now, &inputs));
                        life = inputs.after(&action, now);
                        life = Inputs::new(&policy, &life).resolved(Outcome::Failed(FailureClass::Transient), now);
                    }
                }
            }
        }
    }
}

#[test]
fn alerts_come_in_order() {
    assert!(Alert::Expiring < Alert::Urgent && Alert::Urgent < Alert::Expired);
}

const NOT_DUE: Task = Task::Wait(WaitReason::NotDue);
