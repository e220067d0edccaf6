//! [`Monitor`] against a list in which every certificate is decided on at every poll.

use std::{collections::BTreeMap, time::Duration};

use mdm_proto::lifecycle::{
    Alert, Attempts, CertificateFacts, CertificateId, ClockEvidence, DeviceStanding, Event, FailureClass, Freshness,
    Hints, Inputs, Life, LifecyclePolicy, Monitor, Outcome, Output, PolicyId, ProfileStanding, RefreshReason,
    RemovalPolicy, Revocation, Role, Seed, Task, Trigger, Window, decide,
};
use pki_core::{UnixTime, crl::RevocationReason};
use proptest::prelude::*;

use crate::{DAY, at};

/// What was told of a certificate.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    Alert(Alert),
    Task(Task),
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Time passes.
    Pass(i64),
    /// Time passes up to a second before what the monitor waits for, and then up to that.
    Next,
    /// The clock is set back.
    Back(i64),
    Track {
        id: u64,
        life: Life,
        policy: usize,
    },
    Forget(u64),
    Resolve(u64, Outcome),
    /// A server's clock is so far ahead.
    Date(Option<i64>),
    /// The monitor is written down and read again.
    Restore,
}

/// The list.
struct Model {
    policies: [LifecyclePolicy; 2],
    clock: ClockEvidence,
    lives: BTreeMap<u64, (usize, Life)>,
    distrust_told: bool,
    latest: UnixTime,
}

impl Model {
    /// A clock that is a little behind stands still.
    fn time(&mut self, now: UnixTime) -> UnixTime {
        let is_set_back = now.plus(LifecyclePolicy::DEFAULT.skew) < self.latest;
        self.latest = if is_set_back { now } else { now.max(self.latest) };
        self.latest
    }

    fn poll(&mut self, now: UnixTime) -> BTreeMap<u64, Vec<Told>> {
        let now = self.time(now);
        let mut told = BTreeMap::new();
        for (id, (policy, life)) in &mut self.lives {
            let policy = &self.policies[*policy];
            let events: &mut Vec<Told> = told.entry(*id).or_default();
            loop {
                let inputs = Inputs::new(policy, life).with_clock(self.clock);
                let action = decide(now, &inputs);
                events.extend(action.alert.map(Told::Alert));
                let is_quiet = matches!(action.task, Task::Wait(_) | Task::SetClock);
                let next = inputs.after(&action, now);
                *life = next;
                if is_quiet {
                    break;
                }
                events.push(Told::Task(action.task));
                assert!(events.len() < 10, "{events:?}");
            }
        }
        told.retain(|_, events| !events.is_empty());
        told
    }

    fn resolve(&mut self, id: u64, outcome: Outcome, now: UnixTime) {
        if !self.lives.contains_key(&id) {
            return;
        }
        let now = self.time(now);
        if let Some((policy, life)) = self.lives.get_mut(&id) {
            *life = Inputs::new(&self.policies[*policy], life).with_clock(self.clock).resolved(outcome, now);
        }
    }
}

/// All events that the monitor has now, by certificate; when it wants to be asked again; and whether it distrusts the clock.
fn drain(monitor: &mut Monitor, now: UnixTime) -> (BTreeMap<u64, Vec<Told>>, Option<UnixTime>, bool) {
    let mut told: BTreeMap<u64, Vec<Told>> = BTreeMap::new();
    let mut is_distrusted = false;
    loop {
        let (id, event) = match monitor.poll(now) {
            Output::Wait(until) => return (told, until, is_distrusted),
            Output::Event(event) => match event {
                Event::AuthorityRollover { id } => (id, Told::Task(Task::RefreshAuthority(RefreshReason::Expiring))),
                Event::ClockDistrusted => {
                    is_distrusted = true;
                    continue;
                }
                Event::EnrolmentDue { id, attempt, reason } => (id, Told::Task(Task::Enrol { attempt, reason })),
                Event::RenewalDue { id, attempt, proof, key, urgency } => {
                    (id, Told::Task(Task::Renew { attempt, proof, key, urgency }))
                }
                Event::Revoked { id, task } | Event::Todo { id, task } => (id, Told::Task(task)),
                Event::Expired { id } => (id, Told::Alert(Alert::Expired)),
                Event::Expiring { id } => (id, Told::Alert(Alert::Expiring)),
                Event::Urgent { id } => (id, Told::Alert(Alert::Urgent)),
                other => panic!("{other:?}"),
            },
        };
        told.entry(id.0).or_default().push(event);
    }
}

fn policies() -> [LifecyclePolicy; 2] {
    [
        LifecyclePolicy { attempts: Some(4), ..LifecyclePolicy::DEFAULT },
        LifecyclePolicy { removal: RemovalPolicy::DeleteAndRevoke, ..LifecyclePolicy::BES },
    ]
}

/// Runs both, and says how many events there were.
fn run(steps: &[Step]) -> usize {
    let [first, second] = policies();
    let mut monitor = Monitor::new(first);
    let ids = [PolicyId::FIRST, monitor.add_policy(second).unwrap()];
    let mut model = Model {
        policies: policies(),
        clock: ClockEvidence::NONE,
        lives: BTreeMap::new(),
        distrust_told: false,
        latest: UnixTime::from_seconds(i64::MIN),
    };
    let (mut now, mut until, mut count) = (at(0), None::<UnixTime>, 0);
    for step in steps {
        match *step {
            Step::Pass(seconds) => now = now.plus(Duration::from_secs(seconds.unsigned_abs())),
            Step::Back(seconds) => now = now.minus(Duration::from_secs(seconds.unsigned_abs())),
            Step::Next => {
                let Some(until) = until.filter(|until| *until > now) else { continue };
                now = UnixTime::from_seconds(until.as_seconds() - 1);
                let (told, _, _) = drain(&mut monitor, now);
                assert_eq!(told, model.poll(now), "a second early");
                assert!(told.is_empty(), "the monitor said {until}, and has {told:?} before");
                now = until;
            }
            Step::Track { id, life, policy } => {
                let life = shifted(life, now);
                monitor.track_under(ids[policy], CertificateId(id), life);
                model.lives.insert(id, (policy, life));
            }
            Step::Forget(id) => {
                let forgotten = monitor.forget(CertificateId(id));
                assert_eq!(forgotten, model.lives.remove(&id).map(|(_, life)| life));
            }
            Step::Resolve(id, outcome) => {
                let outcome = shifted_outcome(outcome, now);
                let known = monitor.resolve(CertificateId(id), outcome, now);
                assert_eq!(known.is_ok(), model.lives.contains_key(&id));
                model.resolve(id, outcome, now);
            }
            Step::Date(ahead) => {
                let clock = ClockEvidence::NONE.not_before(at(-1000 * DAY)).not_after(at(20_000 * DAY));
                let clock = ahead.map_or(clock, |ahead| {
                    clock.with_server_date(now, UnixTime::from_seconds(now.as_seconds() + ahead))
                });
                monitor.set_clock(clock);
                model.clock = clock;
            }
            Step::Restore => {
                let der = monitor.to_der();
                let clock = model.clock;
                monitor = Monitor::from_der(&policies(), &der).unwrap();
                monitor.set_clock(clock);
                model.distrust_told = false;
            }
        }
        let (told, next, is_distrusted) = drain(&mut monitor, now);
        assert_eq!(told, model.poll(now), "after {step:?} at {now}");
        let is_known = model.clock.is_known(model.latest, LifecyclePolicy::DEFAULT.skew);
        assert_eq!(is_distrusted, !is_known && !model.distrust_told);
        model.distrust_told = !is_known;
        assert!(next.is_none_or(|next| next > now));
        until = next;
        assert_eq!(monitor.len(), model.lives.len());
        for (id, (_, life)) in &model.lives {
            assert_eq!(monitor.get(CertificateId(*id)).as_ref(), Some(life));
        }
        count += told.values().map(Vec::len).sum::<usize>();
    }
    count
}

/// A life that was made for the time 0.
fn shifted(life: Life, now: UnixTime) -> Life {
    life.certificate().map_or(life, |facts| shifted_life(facts, now).with_hints(*life.hints()))
}

fn shifted_life(facts: &CertificateFacts, now: UnixTime) -> Life {
    Life::new(shifted_facts(facts, now))
}

fn shifted_facts(facts: &CertificateFacts, now: UnixTime) -> CertificateFacts {
    let by = Duration::from_secs(now.as_seconds().unsigned_abs());
    CertificateFacts::new(facts.starts().plus(by), facts.expires().plus(by), facts.seed()).with_role(facts.role())
}

fn shifted_outcome(outcome: Outcome, now: UnixTime) -> Outcome {
    let by = Duration::from_secs(now.as_seconds().unsigned_abs());
    match outcome {
        Outcome::Renewed(facts) => Outcome::Renewed(shifted_facts(&facts, now)),
        Outcome::Checked(Revocation::Good { until }, fresh) => {
            let fresh = fresh.map(|fresh| Freshness {
                this_update: fresh.this_update.plus(by),
                next_update: fresh.next_update.map(|next| next.plus(by)),
            });
            Outcome::Checked(Revocation::Good { until: until.plus(by) }, fresh)
        }
        outcome => outcome,
    }
}

fn zero(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(seconds)
}

fn certificate() -> impl Strategy<Value = CertificateFacts> {
    let lifetime = prop_oneof![Just(2 * DAY), Just(90 * DAY), Just(365 * DAY), 0..400 * DAY];
    (-40 * DAY..DAY, lifetime, any::<u32>(), any::<bool>()).prop_map(|(starts, lifetime, seed, is_device)| {
        let facts = CertificateFacts::new(zero(starts), zero(starts + lifetime), Seed::from_number(seed));
        if is_device { facts } else { facts.with_role(Role::Authority) }
    })
}

fn new_life() -> impl Strategy<Value = Life> {
    prop_oneof![
        4 => certificate().prop_map(Life::new),
        1 => any::<u32>().prop_map(|seed| Life::enrolling(Seed::from_number(seed))),
        1 => (certificate(), hints()).prop_map(|(facts, hints)| Life::new(facts).with_hints(hints)),
    ]
}

/// Absolute, in the first year.
fn hints() -> impl Strategy<Value = Hints> {
    (0..300_i64, 1..60_i64, any::<bool>(), any::<bool>(), 0..50_i64).prop_map(
        |(start, length, accepts, suggests, refresh)| {
            let window = Window::new(at(start * DAY), at((start + length) * DAY));
            let hints = if accepts { Hints::NONE.with_accepted(window) } else { Hints::NONE };
            if suggests { hints.with_suggested(window, at((start + refresh) * DAY)) } else { hints }
        },
    )
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let class = prop_oneof![
        1 => Just(FailureClass::ChallengeExpired),
        1 => Just(FailureClass::CryptoMismatch),
        1 => Just(FailureClass::NotYetValid),
        1 => Just(FailureClass::PolicyReject),
        4 => Just(FailureClass::Transient),
    ];
    let reason = prop::option::of((0..=10_u8).prop_filter_map("none", RevocationReason::from_code));
    let fresh = prop::option::of((-DAY..DAY, prop::option::of(0..9 * DAY)).prop_map(|(this, next)| Freshness {
        this_update: zero(this),
        next_update: next.map(|next| zero(this + next)),
    }));
    let revocation = prop_oneof![
        3 => (0..9 * DAY).prop_map(|until| Revocation::Good { until: zero(until) }),
        2 => Just(Revocation::Undetermined),
        1 => Just(Revocation::Unchecked),
        2 => reason.clone().prop_map(Revocation::Revoked),
        1 => reason.prop_map(Revocation::AuthorityRevoked),
    ];
    prop_oneof![
        6 => class.prop_map(Outcome::Failed),
        3 => Just(Outcome::Prepared),
        3 => certificate().prop_map(Outcome::Renewed),
        2 => Just(Outcome::Used),
        3 => (revocation, fresh).prop_map(|(revocation, fresh)| Outcome::Checked(revocation, fresh)),
        1 => hints().prop_map(Outcome::Hinted),
        1 => prop_oneof![
            Just(DeviceStanding::Installed),
            Just(DeviceStanding::Missing),
            Just(DeviceStanding::Superseded),
            Just(DeviceStanding::Unknown),
        ].prop_map(Outcome::Device),
        2 => prop_oneof![
            3 => Just(ProfileStanding::Assigned),
            1 => Just(ProfileStanding::Changed(Trigger::KeyAlgorithm)),
            1 => Just(ProfileStanding::Unassigned),
        ].prop_map(Outcome::Profile),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0..6_u64;
    prop_oneof![
        3 => prop_oneof![0..100_i64, 0..2 * DAY, 0..60 * DAY].prop_map(Step::Pass),
        6 => Just(Step::Next),
        1 => prop_oneof![0..300_i64, 0..60 * DAY].prop_map(Step::Back),
        3 => (id.clone(), new_life(), 0..2_usize).prop_map(|(id, life, policy)| Step::Track { id, life, policy }),
        1 => id.clone().prop_map(Step::Forget),
        6 => (id, outcome()).prop_map(|(id, outcome)| Step::Resolve(id, outcome)),
        1 => prop::option::of(prop_oneof![-400..400_i64, -50 * DAY..50 * DAY, Just(90_000 * DAY)]).prop_map(Step::Date),
        1 => Just(Step::Restore),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_monitor_tells_what_a_list_tells(steps in prop::collection::vec(step(), 1..60)) {
        run(&steps);
    }
}

/// The steps above do lead to events of every sort.
#[test]
fn the_model_is_not_idle() {
    let facts = CertificateFacts::new(zero(0), zero(90 * DAY), Seed::from_number(7));
    let mut steps = vec![Step::Track { id: 1, life: Life::new(facts), policy: 0 }];
    steps.extend([Step::Next; 40]);
    assert!(run(&steps) >= 30);
}

/// Thousands of certificates in any order, tracked and forgotten: the index and the heap stay in order.
#[test]
fn thousands_come_and_go() {
    let policy =
        LifecyclePolicy { revocation: mdm_proto::lifecycle::RevocationWatch::Ignore, ..LifecyclePolicy::DEFAULT };
    let mut monitor = Monitor::new(policy);
    let mut random = conformance::TestRandom::new(5);
    let mut there = BTreeMap::new();
    for _ in 0..20_000 {
        let id = random.next_u64() % 3000;
        if random.next_u64().is_multiple_of(3) {
            assert_eq!(monitor.forget(CertificateId(id)).is_some(), there.remove(&id).is_some());
        } else {
            let lifetime = i64::try_from(random.next_u64() % 1000).unwrap() * DAY + DAY;
            let facts = CertificateFacts::new(at(0), at(lifetime), Seed::new(&id.to_be_bytes(), &[]));
            monitor.track(CertificateId(id), facts);
            there.insert(id, Life::new(facts));
        }
        // Each has its own deadline before the next one comes or goes.
        assert!(matches!(monitor.poll(at(-1)), Output::Wait(_)));
    }
    assert_eq!(monitor.len(), there.len());
    assert!(monitor.iter().all(|(id, life)| there.get(&id.0) == Some(&life)));
    // Renewals come in the order of time, each once.
    let mut expected: Vec<_> =
        there.iter().map(|(id, life)| (Inputs::new(&policy, life).schedule().unwrap().renew_at, *id)).collect();
    expected.sort_unstable();
    let (mut now, mut found) = (at(0), Vec::new());
    while found.len() < expected.len() {
        match monitor.poll(now) {
            Output::Event(Event::RenewalDue { id, .. }) => {
                found.push((now, id.0));
                monitor.forget(id).unwrap();
            }
            Output::Event(event) => panic!("{event:?}"),
            Output::Wait(until) => now = until.unwrap(),
        }
    }
    found.sort_unstable();
    assert_eq!(found, expected);
    assert!(monitor.is_empty());
    assert_eq!(monitor.poll(now), Output::Wait(None));
}

#[test]
fn an_unknown_certificate_is_refused() {
    let mut monitor = Monitor::new(LifecyclePolicy::DEFAULT);
    let error = monitor.resolve(CertificateId(7), Outcome::Prepared, at(0)).unwrap_err();
    assert_eq!(error.to_string(), "certificate 7 is not watched");
    assert_eq!(monitor.forget(CertificateId(7)), None);
    assert_eq!(monitor.get(CertificateId(7)), None);
}

#[test]
fn a_monitor_has_255_policies_at_most() {
    let mut monitor = Monitor::new(LifecyclePolicy::DEFAULT);
    for _ in 1..255 {
        monitor.add_policy(LifecyclePolicy::BES).unwrap();
    }
    let error = monitor.add_policy(LifecyclePolicy::BES).unwrap_err();
    assert_eq!(error.to_string(), "a monitor has 255 policies at most");
}

#[test]
fn attempts_are_counted_from_what_was_started() {
    let attempts = Attempts::NONE.started(4, at(0)).failed(FailureClass::Transient, at(1));
    assert_eq!(attempts.failures(), 4);
    assert_eq!(Attempts::NONE.started(u32::MAX, at(0)).failed(FailureClass::Transient, at(1)).failures(), u16::MAX);
}
