//! mdm.md 6.1: the numbers in use, each with its arithmetic.

use std::time::Duration;

use mdm_proto::lifecycle::{
    Backoff, CertificateFacts, CertificateId, EnrolReason, FailureClass, Hints, Inputs, Life, LifecyclePolicy, Monitor,
    Outcome, Output, RenewalStart, RevocationWatch, Role, Seed, StopReason, Task, Window,
};

use crate::{DAY, at, day, days, decided, exact, facts, life, next_task, plain};

/// When renewal starts, in days since notBefore, of a certificate of so many days.
fn start(policy: LifecyclePolicy, lifetime: i64) -> f64 {
    let (now, task) = next_task(&exact(policy), life(lifetime), day(0));
    assert!(matches!(task, Task::Renew { attempt: 1, .. }), "{task:?}");
    f64::from(i32::try_from(now.as_seconds() - day(0).as_seconds()).unwrap()) / 86_400.0
}

fn before(count: u64) -> LifecyclePolicy {
    LifecyclePolicy::starting(RenewalStart::Before(days(count)))
}

fn remaining(percent: u8) -> LifecyclePolicy {
    LifecyclePolicy::starting(RenewalStart::PercentRemaining(percent))
}

#[test]
fn bes_and_uem_one_to_365_days_before_the_end_30_by_default() {
    assert_eq!(start(LifecyclePolicy::BES, 365), 365.0 - 30.0);
    assert_eq!(start(before(1), 365), 365.0 - 1.0);
    // More than half of the life is never taken.
    assert_eq!(start(before(365), 365), 365.0 / 2.0);
}

#[test]
fn intune_by_the_percentage_that_remains() {
    assert_eq!(start(remaining(20), 365), 365.0 - 73.0);
    assert_eq!(start(remaining(1), 700), 700.0 - 7.0);
    assert_eq!(start(remaining(99), 365), 365.0 / 2.0);
    assert_eq!(start(remaining(255), 365), 365.0 / 2.0);
}

#[test]
fn windows_42_days_before_the_end_and_every_7_days() {
    assert_eq!(start(LifecyclePolicy::WINDOWS, 365), 365.0 - 42.0);
    let policy = exact(LifecyclePolicy::WINDOWS);
    let retries = retries(&policy, 365, 5);
    // Near the end a hundredth of the life is the longest wait: 3.65 days. Urgent is a third of the window: 14 days.
    assert_eq!(retries, [7 * DAY, 7 * DAY, 7 * DAY, 7 * DAY, 365 * DAY / 100]);
    // It stops at the end, after which only a full enrolment is left.
    let late = decided(&policy, &life(365), at(365 * DAY + 1));
    assert!(matches!(late.task, Task::Enrol { .. }));
}

#[test]
fn fleet_30_days_before_the_end_or_half_of_a_short_life_and_three_tries() {
    assert_eq!(start(LifecyclePolicy::FLEET, 365), 365.0 - 30.0);
    assert_eq!(start(LifecyclePolicy::FLEET, 30), 15.0);
    assert_eq!(start(LifecyclePolicy::FLEET, 2), 1.0);
    let policy = exact(LifecyclePolicy::FLEET);
    assert_eq!(retries(&policy, 365, 2), [30, 30]);
    let mut life = life(365);
    for attempt in 1..=3 {
        let (now, task) = next_task(&policy, life, day(335));
        assert!(matches!(task, Task::Renew { attempt: found, .. } if found == attempt));
        life = crate::failures::running_again(&policy, life, now);
        life = Inputs::new(&policy, &life).resolved(Outcome::Failed(FailureClass::Transient), now);
    }
    assert_eq!(decided(&policy, &life, day(336)).task, Task::Stop(StopReason::AttemptsSpent));
    // Windows has one try there.
    let policy = LifecyclePolicy { attempts: Some(1), ..policy };
    assert_eq!(decided(&policy, &life, day(336)).task, Task::Stop(StopReason::AttemptsSpent));
}

#[test]
fn jamf_10_days_before_the_end_every_6_hours() {
    assert_eq!(start(LifecyclePolicy::JAMF, 365), 365.0 - 10.0);
    assert_eq!(retries(&exact(LifecyclePolicy::JAMF), 365, 3), [6 * 3600; 3]);
}

#[test]
fn igel_30_days_and_a_look_a_day() {
    let policy = LifecyclePolicy { look_every: days(1), ..before(30) };
    assert_eq!(start(policy, 365), 335.0);
    // The window has room for two looks, whatever else it is.
    assert_eq!(start(LifecyclePolicy { start: Some(RenewalStart::Before(days(1))), ..policy }, 365), 363.0);
}

#[test]
fn go_autocert_the_lesser_of_30_days_and_a_third() {
    assert_eq!(start(before(30), 90), 60.0);
    assert_eq!(start(before(30), 365), 335.0);
    assert_eq!(start(LifecyclePolicy::DEFAULT, 60), 40.0);
}

#[test]
fn step_ca_at_two_thirds_with_jitter_of_a_twentieth_and_not_from_not_before() {
    let policy = LifecyclePolicy { look_every: std::time::Duration::from_secs(900), ..LifecyclePolicy::DEFAULT };
    let hour = 1.0 / 24.0;
    assert_eq!(start(policy, 1), 16.0 * hour);
    // With jitter, at most 72 minutes of a day later.
    let spread: Vec<i64> = (0..1000)
        .map(|seed| {
            let facts = CertificateFacts::new(day(0), day(1), Seed::from_number(seed));
            let life = Life::new(facts);
            let renew_at = Inputs::new(&policy, &life).schedule().unwrap().renew_at;
            renew_at.as_seconds() - at(16 * 3600).as_seconds()
        })
        .collect();
    let (least, most) = (spread.iter().min().unwrap(), spread.iter().max().unwrap());
    assert!((0..60).contains(least) && (4260..=4320).contains(most), "{least} {most}");
    // Back-dated by ten days, obtained at day 0: a day of life.
    let facts = CertificateFacts::new(day(-10), day(1), facts(1).seed()).obtained(day(0));
    let (now, _) = next_task(&exact(policy), Life::new(facts), day(0));
    assert_eq!(now, at(16 * 3600));
}

#[test]
fn ejbca_at_half_of_the_validity() {
    assert_eq!(start(remaining(50), 365), 365.0 / 2.0);
}

#[test]
fn lets_encrypt_the_suggested_window_or_two_thirds_and_1_10_100_minutes_then_daily() {
    assert_eq!(start(LifecyclePolicy::DEFAULT, 90), 60.0);
    let policy = LifecyclePolicy { backoff: Backoff::LETS_ENCRYPT, ..LifecyclePolicy::DEFAULT };
    let retries = retries(&exact(policy), 365, 5);
    assert_eq!(retries, [60, 600, 6000, 60_000, DAY]);
}

#[test]
fn openxpki_and_digicert_only_in_the_period_that_the_ca_accepts() {
    // The policy would start 90 days before the end, the CA accepts 60 before.
    let policy = exact(before(90));
    let window = |start, end| Hints::NONE.with_accepted(Window::new(day(start), day(end)));
    let start = |hints| next_task(&policy, life(365).with_hints(hints), day(0));
    assert_eq!(start(window(305, 365)).0, day(305));
    // The CA's window begins sooner than the policy: the policy's start counts.
    assert_eq!(start(window(200, 365)).0, day(275));
    // The CA's window ends before the policy would start: its start counts.
    assert_eq!(start(window(200, 250)).0, day(200));
    // A window that ends before it starts says nothing.
    assert_eq!(start(window(300, 200)).0, day(275));
    // After the window only a full enrolment is left.
    let hints = window(200, 250);
    let late = decided(&policy, &life(365).with_hints(hints), day(251));
    assert!(matches!(late.task, Task::Enrol { reason: EnrolReason::Expired, .. }), "{late:?}");
    // What begins after the certificate's end doesn't help.
    let (now, task) = next_task(&policy, life(365).with_hints(window(400, 500)), day(0));
    assert_eq!(now, day(365));
    assert!(matches!(task, Task::Renew { .. }));
}

/// A policy may say "at once"; then the next time is a second later, and a poll comes to an end.
#[test]
fn no_wait_is_shorter_than_a_second() {
    let policy = LifecyclePolicy {
        answer_within: Duration::ZERO,
        authority_every: Duration::ZERO,
        patience: Duration::ZERO,
        look_every: Duration::ZERO,
        skew: Duration::ZERO,
        backoff: Backoff { first: Duration::ZERO, longest: Duration::ZERO, ..Backoff::DEFAULT },
        revocation: RevocationWatch::Check { at_least_every: Duration::ZERO, retry: Duration::ZERO },
        ..LifecyclePolicy::DEFAULT
    };
    let mut monitor = Monitor::new(policy);
    let failed = |class| {
        let life = life(90);
        Inputs::new(&policy, &life).resolved(Outcome::Failed(class), day(60))
    };
    monitor.track(CertificateId(1), failed(FailureClass::ChallengeExpired));
    monitor.track(CertificateId(2), failed(FailureClass::CryptoMismatch));
    monitor.track(CertificateId(3), failed(FailureClass::NotYetValid));
    monitor.track(CertificateId(4), facts(365).with_role(Role::Authority));
    monitor.track(CertificateId(5), facts(90));
    for now in [day(60), day(85), day(91), day(300)] {
        let events = (0..40).take_while(|_| matches!(monitor.poll(now), Output::Event(_))).count();
        assert!(events < 30, "{now}");
    }
}

#[test]
fn rfc9773_one_instant_in_the_suggested_window_is_kept_until_the_window_changes() {
    let policy = LifecyclePolicy { window_every: days(1), ..plain() };
    let hints = |start, end| Hints::NONE.with_suggested(Window::new(day(start), day(end)), day(1000));
    let renew_at = |hints| Inputs::new(&policy, &life(90).with_hints(hints)).schedule().unwrap().renew_at;
    let chosen = renew_at(hints(30, 40));
    assert!((day(30)..=day(40)).contains(&chosen));
    assert_eq!(renew_at(hints(30, 40)), chosen);
    assert_ne!(renew_at(hints(30, 41)), chosen);
    // Over many devices all of the window is used.
    let drawn: Vec<i64> = (0..1000)
        .map(|seed| {
            let seed = Seed::from_number(seed);
            let facts = CertificateFacts::new(day(0), day(90), seed);
            let life = Life::new(facts).with_hints(hints(30, 40));
            (Inputs::new(&policy, &life).schedule().unwrap().renew_at.as_seconds() - day(30).as_seconds()) / DAY
        })
        .collect();
    assert!((0..10).all(|day| drawn.iter().filter(|drawn| **drawn == day).count() > 60), "ten days, a hundred each");
    // One that has passed is now, also long before the policy's start.
    assert!(matches!(decided(&policy, &life(90).with_hints(hints(-2, -1)), day(1)).task, Task::Renew { .. }));
    // One that is too late is brought forward to when it becomes urgent: a tenth of 90 days.
    assert_eq!(renew_at(hints(100, 200)), day(81));
    // One that the CA would not accept yet waits.
    let both = hints(10, 11).with_accepted(Window::new(day(50), day(90)));
    assert_eq!(renew_at(both), day(50));
    // An empty one says nothing.
    assert_eq!(renew_at(hints(40, 40)), day(60));
}

#[test]
fn rfc9773_the_window_is_asked_for_again_within_a_minute_and_a_day() {
    let policy = plain();
    let asked = |refresh_at| {
        let hints = Hints::NONE.with_suggested(Window::new(day(60), day(70)), refresh_at);
        let life = Inputs::new(&policy, &life(90)).resolved(Outcome::Hinted(hints), day(1));
        next_task(&policy, life, day(1))
    };
    assert_eq!(asked(day(1)), (at(DAY + 60), Task::RefreshWindow));
    assert_eq!(asked(at(DAY + 7200)), (at(DAY + 7200), Task::RefreshWindow));
    assert_eq!(asked(day(50)), (day(2), Task::RefreshWindow));
    // Asked and not answered: again after the policy's six hours.
    let hints = Hints::NONE.with_suggested(Window::new(day(60), day(70)), day(1));
    let life = life(90).with_hints(hints);
    let action = decided(&policy, &life, day(1));
    assert_eq!(action.task, Task::RefreshWindow);
    let life = Inputs::new(&policy, &life).after(&action, day(1));
    assert_eq!(next_task(&policy, life, day(1)), (at(DAY + 6 * 3600), Task::RefreshWindow));
}

/// The waits in seconds after so many failures in a row, each told at once.
fn retries(policy: &LifecyclePolicy, lifetime: i64, count: usize) -> Vec<i64> {
    let mut life = life(lifetime);
    let (mut now, _) = next_task(policy, life, day(0));
    let mut waits = Vec::new();
    for _ in 0..count {
        life = crate::failures::running_again(policy, life, now);
        life = Inputs::new(policy, &life).resolved(Outcome::Failed(FailureClass::Transient), now);
        let (next, task) = next_task(policy, life, now);
        assert!(matches!(task, Task::Renew { .. }), "{task:?}");
        waits.push(next.as_seconds() - now.as_seconds());
        now = next;
    }
    waits
}
