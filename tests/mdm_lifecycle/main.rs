//! Decisions about the lives of certificates, against a simple model.

mod association;
mod clocks;
mod decisions;
mod enrolments;
mod failures;
mod fleet;
mod model;
mod policies;
mod records;
mod revocation;
mod selection;

use std::time::Duration;

use mdm_proto::lifecycle::{
    Action, Backoff, CertificateFacts, Inputs, Life, LifecyclePolicy, RevocationWatch, Seed, Task, decide,
};
use pki_core::UnixTime;

/// 2026-01-01 00:00:00 plus so many seconds.
fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(1_767_225_600 + seconds)
}

/// The first second of a day, counted from 2026-01-01.
fn day(day: i64) -> UnixTime {
    at(day * DAY)
}

/// So many days.
fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

/// A certificate from day 0, for so many days.
fn facts(days: i64) -> CertificateFacts {
    CertificateFacts::new(day(0), day(days), Seed::from_number(1))
}

/// Its life, of which nothing else is known.
fn life(days: i64) -> Life {
    Life::new(facts(days))
}

/// Without jitter and revocation, so that arithmetic tells everything.
fn exact(policy: LifecyclePolicy) -> LifecyclePolicy {
    LifecyclePolicy {
        jitter: Duration::ZERO,
        backoff: Backoff { jitter: 0, ..policy.backoff },
        revocation: RevocationWatch::Ignore,
        ..policy
    }
}

/// The defaults, exactly.
fn plain() -> LifecyclePolicy {
    exact(LifecyclePolicy::DEFAULT)
}

/// What is decided of `life`, by a clock that is right.
fn decided(policy: &LifecyclePolicy, life: &Life, now: UnixTime) -> Action {
    decide(now, &Inputs::new(policy, life))
}

/// Follows what decisions say, from `now`, until something is to be done: when, and what. A second before, there is nothing.
fn next_task(policy: &LifecyclePolicy, mut life: Life, mut now: UnixTime) -> (UnixTime, Task) {
    for _ in 0..100 {
        let action = decided(policy, &life, now);
        if !matches!(action.task, Task::Wait(_)) {
            return (now, action.task);
        }
        life = Inputs::new(policy, &life).after(&action, now);
        let again = action.again.expect("something is to come");
        assert!(again > now, "{action:?} at {now}");
        let before = again.minus(Duration::from_secs(1));
        assert!(before <= now || matches!(decided(policy, &life, before).task, Task::Wait(_)), "{again} is late");
        now = again;
    }
    panic!("nothing happens");
}

const DAY: i64 = 86_400;
