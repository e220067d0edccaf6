//! mdm.md 6.2: classes of failures, back-off, urgency, the end.

use mdm_proto::lifecycle::{
    Alert, Backoff, CertificateId, EnrolReason, Event, FailureClass, Hints, Inputs, KeyPolicy, Life, LifecyclePolicy,
    Monitor, Outcome, Output, Proof, RefreshReason, StopReason, Task, Urgency, WaitReason, Window,
};
use pki_core::UnixTime;
use std::time::Duration;

use crate::{DAY, at, day, days, decided, life, next_task, plain};

/// The life with the attempt begun that is due at `now`.
pub(crate) fn running_again(policy: &LifecyclePolicy, life: Life, now: UnixTime) -> Life {
    let action = decided(policy, &life, now);
    Inputs::new(policy, &life).after(&action, now)
}

/// The life after a failure at `now` of the attempt that was due then.
fn failed(policy: &LifecyclePolicy, life: Life, class: FailureClass, now: UnixTime) -> Life {
    let life = running_again(policy, life, now);
    Inputs::new(policy, &life).resolved(Outcome::Failed(class), now)
}

fn renewal(attempt: u32) -> Task {
    Task::Renew { attempt, proof: Proof::Certificate, key: KeyPolicy::New, urgency: Urgency::Normal }
}

#[test]
fn transient_failures_are_tried_again_after_1_2_4_minutes_up_to_24_hours() {
    let policy = plain();
    let (mut life, mut now) = (life(3650), day(2434));
    let mut waits = Vec::new();
    for _ in 0..14 {
        life = failed(&policy, life, FailureClass::Transient, now);
        let (next, _) = next_task(&policy, life, now);
        waits.push((next.as_seconds() - now.as_seconds()) / 60);
        now = next;
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440, 1440]);
}

#[test]
fn waits_are_spread_between_half_and_whole() {
    let policy = LifecyclePolicy { backoff: Backoff { first: days(1), ..Backoff::DEFAULT }, ..plain() };
    let waits: Vec<i64> = (0..500)
        .map(|seed| {
            let seed = mdm_proto::lifecycle::Seed::from_number(seed);
            let life = Life::new(mdm_proto::lifecycle::CertificateFacts::new(day(0), day(3650), seed));
            let (now, _) = next_task(&policy, life, day(2400));
            let life = failed(&policy, life, FailureClass::Transient, now);
            next_task(&policy, life, now).0.as_seconds() - now.as_seconds()
        })
        .collect();
    assert!(waits.iter().all(|wait| (DAY / 2..=DAY).contains(wait)));
    assert!(waits.iter().any(|wait| *wait < DAY * 55 / 100) && waits.iter().any(|wait| *wait > DAY * 95 / 100));
}

#[test]
fn no_retry_comes_later_than_the_margin_before_the_end() {
    // 100 days; a hundredth of that is a day, so the margin of an hour holds.
    let policy = LifecyclePolicy { backoff: Backoff::steady(days(60)), ..plain() };
    let early = failed(&policy, life(100), FailureClass::Transient, day(67));
    assert_eq!(next_task(&policy, early, day(67)).0, day(90), "when it becomes urgent, waits are shorter");
    let last = at(99 * DAY + DAY / 2);
    let life = failed(&policy, life(100), FailureClass::Transient, last);
    let (now, task) = next_task(&policy, life, last);
    assert_eq!(now, at(100 * DAY - 3600));
    assert!(matches!(task, Task::Renew { attempt: 2, urgency: Urgency::Urgent, .. }));
    // Then four more, and after the end there is no hurry any more.
    let (mut life, mut now) = (life, now);
    for attempt in 3..=6 {
        life = failed(&policy, life, FailureClass::Transient, now);
        let (next, task) = next_task(&policy, life, now);
        assert_eq!(next, now.plus(Duration::from_secs(900)));
        assert!(matches!(task, Task::Renew { attempt: found, .. } if found == attempt), "{task:?}");
        now = next;
    }
    life = failed(&policy, life, FailureClass::Transient, now);
    let (next, task) = next_task(&policy, life, now);
    assert_eq!((now, next), (day(100), day(160)));
    assert!(matches!(task, Task::Enrol { attempt: 7, reason: EnrolReason::Expired }), "{task:?}");
}

#[test]
fn in_the_last_tenth_waits_have_no_jitter_and_are_a_hundredth_of_the_life_at_most() {
    let policy = LifecyclePolicy { backoff: Backoff { first: days(3), ..Backoff::DEFAULT }, ..plain() };
    let policy = LifecyclePolicy { backoff: Backoff { longest: days(3), ..policy.backoff }, ..policy };
    for seed in 0..20 {
        let seed = mdm_proto::lifecycle::Seed::from_number(seed);
        let life = Life::new(mdm_proto::lifecycle::CertificateFacts::new(day(0), day(100), seed));
        let urgent = decided(&policy, &life, day(90));
        assert!(matches!(urgent.task, Task::Renew { urgency: Urgency::Urgent, .. }));
        assert_eq!(urgent.alert, Some(Alert::Urgent));
        let life = failed(&policy, life, FailureClass::Transient, day(90));
        assert_eq!(next_task(&policy, life, day(90)).0, day(91));
    }
}

#[test]
fn a_window_that_is_less_than_a_tenth_is_urgent_in_its_last_third_only() {
    // 30 days of 365: without that bound the whole window would be urgent, and nothing would be spread.
    let policy = LifecyclePolicy { jitter: days(3), ..LifecyclePolicy::BES };
    let life = life(365);
    let schedule = Inputs::new(&policy, &life).schedule().unwrap();
    assert_eq!(schedule.urgent_at, day(355));
    assert!((day(335)..=day(338)).contains(&schedule.renew_at));
}

#[test]
fn challenge_expiry_while_offline_n_resends_leave_the_retry_counter_unchanged() {
    let policy = LifecyclePolicy { attempts: Some(1), ..plain() };
    let mut life = life(90);
    let mut now = day(60);
    for _ in 0..20 {
        life = failed(&policy, life, FailureClass::ChallengeExpired, now);
        assert_eq!(life.attempts().failures(), 0);
        let action = decided(&policy, &life, now);
        assert_eq!(action.task, Task::AskForChallenge);
        life = Inputs::new(&policy, &life).after(&action, now);
        assert_eq!(decided(&policy, &life, now).task, Task::Wait(WaitReason::Asked));
        now = now.plus(Duration::from_secs(600));
        life = Inputs::new(&policy, &life).resolved(Outcome::Prepared, now);
        assert_eq!(decided(&policy, &life, now).task, renewal(1));
    }
    // A challenge that never comes is asked for again.
    life = failed(&policy, life, FailureClass::ChallengeExpired, now);
    life = running_again(&policy, life, now);
    assert_eq!(next_task(&policy, life, now), (now.plus(policy.answer_within), Task::AskForChallenge));
}

#[test]
fn what_the_ca_refuses_stops_and_is_told_of() {
    let policy = plain();
    let life = failed(&policy, life(90), FailureClass::PolicyReject, day(60));
    let action = decided(&policy, &life, day(60));
    assert_eq!(action.task, Task::Stop(StopReason::PolicyReject));
    assert_eq!(action.alert, Some(Alert::Expiring));
    let life = Inputs::new(&policy, &life).after(&action, day(60));
    // Told once; then the end is told of, and nothing else.
    let quiet = decided(&policy, &life, day(61));
    assert_eq!((quiet.task, quiet.alert, quiet.again), (Task::Wait(WaitReason::Acknowledged), None, Some(day(81))));
    // A person has looked: it goes on.
    let life = Inputs::new(&policy, &life).resolved(Outcome::Prepared, day(62));
    assert_eq!(decided(&policy, &life, day(62)).task, renewal(2));
}

#[test]
fn what_does_not_fit_is_read_again_and_stops_the_second_time() {
    let policy = plain();
    let life = failed(&policy, life(90), FailureClass::CryptoMismatch, day(60));
    let action = decided(&policy, &life, day(60));
    assert_eq!(action.task, Task::RefreshAuthority(RefreshReason::Mismatch));
    let life = Inputs::new(&policy, &life).after(&action, day(60));
    assert_eq!(decided(&policy, &life, day(60)).task, Task::Wait(WaitReason::Asked));
    let life = Inputs::new(&policy, &life).resolved(Outcome::Prepared, day(60));
    assert_eq!(decided(&policy, &life, day(60)).task, renewal(2));
    let life = failed(&policy, life, FailureClass::CryptoMismatch, day(60));
    assert_eq!(decided(&policy, &life, day(60)).task, Task::Stop(StopReason::CryptoMismatch));
}

#[test]
fn what_is_not_valid_yet_is_skew_and_no_failure() {
    let policy = LifecyclePolicy { attempts: Some(1), ..plain() };
    let life = failed(&policy, life(90), FailureClass::NotYetValid, day(60));
    assert_eq!(life.attempts().failures(), 0);
    assert_eq!(decided(&policy, &life, day(60)).task, Task::Wait(WaitReason::BackingOff));
    assert_eq!(next_task(&policy, life, day(60)), (at(60 * DAY + 300), renewal(1)));
}

#[test]
fn a_failure_that_is_told_twice_counts_once() {
    let policy = plain();
    let life = failed(&policy, life(90), FailureClass::Transient, day(60));
    let again = Inputs::new(&policy, &life).resolved(Outcome::Failed(FailureClass::Transient), at(60 * DAY + 5));
    assert_eq!(again, life);
}

#[test]
fn an_attempt_that_takes_too_long_has_failed() {
    let policy = plain();
    let life = running_again(&policy, life(365), day(244));
    let waiting = decided(&policy, &life, day(250));
    assert_eq!((waiting.task, waiting.again), (Task::Wait(WaitReason::InProgress), Some(day(251))));
    // Seven days after it began, and a minute: the second one.
    assert_eq!(next_task(&policy, life, day(250)), (at(251 * DAY + 60), renewal(2)));
}

/// Seven days would be longer than the certificate lives. Of 2 days the last 16 hours are the window, and a third of that is
/// what an attempt has; so there are three, though none is heard of again.
#[test]
fn an_attempt_has_a_third_of_the_window_at_most() {
    let policy = plain();
    let (mut life, mut now, mut begun) = (life(2), day(0), Vec::new());
    for _ in 0..3 {
        let (due, task) = next_task(&policy, life, now);
        assert!(matches!(task, Task::Renew { .. }), "{task:?}");
        life = running_again(&policy, life, due);
        begun.push(due);
        now = due;
    }
    let third = 16 * 3600 / 3;
    // A minute and two of back-off; the second is cut to a hundredth of the life, 28.8 minutes, which is longer.
    assert_eq!(begun, [at(32 * 3600), at(32 * 3600 + third + 60), at(32 * 3600 + 2 * third + 60 + 120)]);
    // What begins after the end has its time.
    let expired = running_again(&policy, crate::life(2), day(3));
    assert_eq!(next_task(&policy, expired, day(3)).0, at(10 * DAY + 60));
}

/// A CA that renews for three seconds only: whoever has begun then is not taken for lost at once.
#[test]
fn an_attempt_has_a_minute_at_least() {
    let policy = plain();
    let window = Window::new(day(60), at(60 * DAY + 3));
    let life = running_again(&policy, life(90).with_hints(Hints::NONE.with_accepted(window)), day(60));
    let waiting = decided(&policy, &life, at(60 * DAY + 3));
    assert_eq!(waiting.task, Task::Wait(WaitReason::InProgress));
}

/// A clock that was years ahead, when an attempt began that was never heard of again.
#[test]
fn an_attempt_that_began_in_the_future_does_not_hold_up_the_next() {
    let policy = plain();
    let life = running_again(&policy, life(90), day(2000));
    let action = decided(&policy, &life, day(60));
    assert!(matches!(action.task, Task::Renew { attempt: 2, .. }), "{action:?}");
    // Where it is not further off than an attempt may take, it is waited for.
    let life = running_again(&policy, crate::life(90), day(66));
    assert_eq!(decided(&policy, &life, day(60)).task, Task::Wait(WaitReason::InProgress));
}

#[test]
fn after_the_end_there_is_only_full_enrolment_and_people_are_told_that_connectivity_may_be_lost() {
    let policy = plain();
    let last = decided(&policy, &life(90), day(90));
    assert!(matches!(last.task, Task::Renew { .. }), "the last second counts");
    let over = decided(&policy, &life(90), at(90 * DAY + 1));
    assert_eq!(over.task, Task::Enrol { attempt: 1, reason: EnrolReason::Expired });
    assert_eq!(over.alert, Some(Alert::Expired));
    assert_eq!(over.alert.unwrap().to_string(), "the certificate has ended; connectivity may be lost");
}

#[test]
fn a_jump_forward_tells_the_latest_stage_only_and_none_again_when_the_clock_is_set_back() {
    let policy = plain();
    let expired = decided(&policy, &life(90), day(100));
    assert_eq!(expired.alert, Some(Alert::Expired));
    let life = Inputs::new(&policy, &life(90)).after(&expired, day(100));
    for now in [day(89), day(80), day(10), day(100)] {
        assert_eq!(decided(&policy, &life, now).alert, None);
    }
}

#[test]
fn the_last_try_before_a_clock_was_set_back_does_not_hold_up_the_next() {
    let policy = plain();
    let life = failed(&policy, life(365), FailureClass::Transient, day(350));
    let now = day(300);
    assert!(matches!(decided(&policy, &life, now).task, Task::Renew { attempt: 2, .. }));
}

/// The monitor itself is off for eight days, whenever that begins, in lives of 2 days, 90 days and a year: what is due then is
/// told when it is back, and nothing of what lies between.
#[test]
fn mdm_md_9_a_monitor_that_was_off_for_eight_days() {
    for lifetime in [2, 90, 365] {
        for off in 0..lifetime {
            let (mut monitor, id, back) = (Monitor::new(plain()), CertificateId(1), day(off + 8));
            monitor.track(id, life(lifetime));
            let renew_at = Inputs::new(&plain(), &life(lifetime)).schedule().unwrap().renew_at;
            while let Output::Event(event) = monitor.poll(day(off)) {
                assert!(day(off) >= renew_at, "{event:?}");
                monitor.resolve(id, Outcome::Failed(FailureClass::Transient), day(off)).unwrap();
            }
            let events: Vec<_> = core::iter::from_fn(|| match monitor.poll(back) {
                Output::Event(event) => Some(event),
                Output::Wait(_) => None,
            })
            .collect();
            let told = format!("{lifetime} {off}: {events:?}");
            if back > day(lifetime) {
                assert!(
                    matches!(
                        events[..],
                        [Event::Expired { .. }, Event::EnrolmentDue { reason: EnrolReason::Expired, .. }]
                    ),
                    "{told}"
                );
            } else if back >= renew_at {
                assert!(matches!(events[..], [.., Event::RenewalDue { .. }]), "{told}");
            } else {
                assert!(events.is_empty(), "{told}");
            }
        }
    }
}

#[test]
fn mdm_md_9_offline_for_eight_days() {
    // Nobody hears of the device from day 62 to day 70; the challenge that waits for it lasts an hour.
    let policy = LifecyclePolicy { attempts: Some(3), ..plain() };
    let mut life = life(90);
    let mut now = day(62);
    life = running_again(&policy, life, now);
    // The device is back: the challenge has ended.
    now = day(70);
    life = Inputs::new(&policy, &life).resolved(Outcome::Failed(FailureClass::ChallengeExpired), now);
    assert_eq!(decided(&policy, &life, now).task, Task::AskForChallenge);
    assert!(life.attempts().failures() <= 1, "the seven days of patience may count, the challenge does not");
    life = running_again(&policy, life, now);
    life = Inputs::new(&policy, &life).resolved(Outcome::Prepared, now);
    assert!(matches!(decided(&policy, &life, now).task, Task::Renew { .. }));
}
