//! [`decide`].

use pki_core::{UnixTime, crl::RevocationReason};

use super::{
    Action, Alert, ClockEvidence, DeviceStanding, DropReason, EnrolReason, FailureClass, Life, LifecyclePolicy,
    OnUnspecified, Predecessor, ProfileStanding, Proof, RefreshReason, RemovalPolicy, RemoveReason, Revocation,
    RevocationWatch, Revoke, Role, Schedule, StopReason, Task, Urgency, WaitReason,
    attempts::{Mismatches, Phase},
    clock::Judged,
    life::DAY,
    schedule, span,
    span::{after, later, sooner},
};

/// What a decision is made from: the policy, what is known of the certificate, and what is known of the time.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub(super) policy: &'a LifecyclePolicy,
    pub(super) life: &'a Life,
    pub(super) clock: ClockEvidence,
}

impl<'a> Inputs<'a> {
    /// Of a certificate under a policy, with a clock that is believed.
    #[must_use]
    pub const fn new(policy: &'a LifecyclePolicy, life: &'a Life) -> Self {
        Self { policy, life, clock: ClockEvidence::NONE }
    }

    /// With what is known of the time beside the clock.
    #[must_use]
    pub const fn with_clock(self, clock: ClockEvidence) -> Self {
        Self { clock, ..self }
    }

    /// When what is known of the certificate happens, by the time that is believed; `None` if there is none.
    #[must_use]
    pub fn schedule(&self) -> Option<Schedule> {
        let facts = self.life.certificate.as_ref()?;
        Some(Schedule::new(self.policy, facts, &self.life.hints))
    }

    /// The time to keep for `now`: the server's, if that is what counts.
    pub(super) fn time(&self, now: UnixTime) -> UnixTime {
        match self.clock.judge(now, self.policy.skew) {
            Judged::Time(time, _) => time,
            Judged::Unknown => now,
        }
    }
}

/// Says what to do with a certificate now, and when to look again: one function for both, so that they can't disagree.
///
/// It is pure and total: the same inputs give the same action, whatever they are.
pub fn decide(now: UnixTime, inputs: &Inputs<'_>) -> Action {
    let action = once(now, inputs);
    if matches!(action.task, Task::Wait(_) | Task::SetClock) {
        return action;
    }
    // As it is decided once what was said was begun.
    let life = inputs.after(&action, now);
    let next = once(now, &Inputs { life: &life, ..*inputs });
    let again = if matches!(next.task, Task::Wait(_)) { next.again } else { Some(later(now, 1)) };
    Action { again, ..action }
}

/// The same, but that `again` doesn't know of what follows from the task.
pub(super) fn once(now: UnixTime, inputs: &Inputs<'_>) -> Action {
    let (time, ahead, schedule) = match inputs.clock.judge(now, inputs.policy.skew) {
        Judged::Time(time, ahead) => (time, ahead, inputs.schedule()),
        Judged::Unknown => (now, 0, None),
    };
    let case = Case { now: time, policy: inputs.policy, life: inputs.life, schedule };
    let action = case.decide();
    let again = action.again.map(|again| span::shifted(again, ahead.saturating_neg()).max(later(now, 1)));
    Action { again, ..action }
}

/// A task, and when to look again for its sake.
type Decided = (Task, Option<UnixTime>);

/// One decision.
struct Case<'a> {
    /// The time that is believed, or, if there is none, the clock's, by which only waits are measured.
    now: UnixTime,
    policy: &'a LifecyclePolicy,
    life: &'a Life,
    /// Absent without a certificate, and where nobody knows the time.
    schedule: Option<Schedule>,
}

impl Case<'_> {
    fn decide(&self) -> Action {
        let (main, again) = self.task();
        let alert = self.alert(main).filter(|alert| Some(*alert) > self.life.told);
        let again = sooner(again, self.next_stage(main));
        let (task, again) = self.in_the_meantime((main, again));
        let is_acknowledged = task.steady().is_some() && task.steady() == self.life.acknowledged;
        let task = if is_acknowledged { Task::Wait(WaitReason::Acknowledged) } else { task };
        Action { task, alert, again: again.map(|again| again.max(later(self.now, 1))) }
    }

    /// What matters most.
    fn task(&self) -> Decided {
        let life = self.life;
        if life.profile == ProfileStanding::Unassigned {
            return self.unassigned();
        }
        match life.revocation {
            Revocation::Revoked(reason) if life.role() == Role::Device => return self.revoked(reason),
            Revocation::Revoked(reason) | Revocation::AuthorityRevoked(reason) => {
                return Self::authority_revoked(reason);
            }
            _ => {}
        }
        let Some(facts) = life.certificate else { return self.enrol(EnrolReason::First) };
        if let ProfileStanding::Changed(trigger) = life.profile {
            return self.enrol(EnrolReason::Profile(trigger));
        }
        match life.device {
            DeviceStanding::Missing => return self.enrol(EnrolReason::Missing),
            DeviceStanding::Superseded => return (Task::Retire, None),
            DeviceStanding::Installed | DeviceStanding::Unknown => {}
        }
        if life.predecessor == Predecessor::Obsolete {
            return (Task::DeletePredecessor, Some(later(self.now, 1)));
        }
        let Some(schedule) = self.schedule else {
            return (Task::SetClock, Some(self.now.plus(self.policy.look_every)));
        };
        if self.now.plus(self.policy.skew) < facts.starts {
            let again = facts.starts.minus(self.policy.skew).min(self.now.plus(self.policy.look_every));
            return (Task::Wait(WaitReason::NotYetValid), Some(again));
        }
        match facts.role {
            Role::Authority => self.authority(&schedule),
            Role::Device => self.device(&schedule),
        }
    }

    /// A certificate of the device that is in order.
    fn device(&self, schedule: &Schedule) -> Decided {
        if self.now > schedule.deadline {
            return self.enrol(EnrolReason::Expired);
        }
        if self.now < schedule.renew_at {
            return (Task::Wait(WaitReason::NotDue), Some(schedule.renew_at));
        }
        let is_undetermined = self.life.revocation.at(self.now) == Revocation::Undetermined;
        let proof = if is_undetermined { Proof::Challenge } else { Proof::Certificate };
        let urgency = if self.now >= schedule.urgent_at { Urgency::Urgent } else { Urgency::Normal };
        self.start(|attempt| Task::Renew { attempt, proof, key: self.policy.key, urgency })
    }

    /// A CA or RA certificate.
    fn authority(&self, schedule: &Schedule) -> Decided {
        if self.now > schedule.expires {
            return (Task::DropTrust(DropReason::Expired), None);
        }
        if self.now < schedule.renew_at {
            return (Task::Wait(WaitReason::NotDue), Some(schedule.renew_at));
        }
        let again = |since| after(since, self.policy.authority_every);
        let (since, until, reason) = match self.life.attempts.phase {
            Phase::Asked(_, at) | Phase::Running(at) => (at, again(at), WaitReason::Asked),
            Phase::Failed(_, at) => (at, self.retry_at(at), WaitReason::BackingOff),
            Phase::Ready => (self.now, self.now, WaitReason::NotDue),
        };
        if self.is_over(since, until) {
            (Task::RefreshAuthority(RefreshReason::Expiring), Some(again(self.now)))
        } else {
            (Task::Wait(reason), Some(until))
        }
    }

    /// The profile was taken away.
    fn unassigned(&self) -> Decided {
        let is_revoked = self.life.revocation.is_revoked();
        let revoke = match self.policy.removal {
            _ if self.life.certificate.is_none() => return (Task::Wait(WaitReason::Unassigned), None),
            RemovalPolicy::Keep if !is_revoked => return (Task::Wait(WaitReason::Unassigned), None),
            RemovalPolicy::DeleteAndRevoke if !is_revoked => Revoke::Yes,
            _ => Revoke::No,
        };
        (Task::Remove(RemoveReason::Unassigned(revoke)), None)
    }

    fn revoked(&self, reason: Option<RevocationReason>) -> Decided {
        let task = match reason {
            Some(RevocationReason::KeyCompromise) => return self.start(|attempt| Task::ReplaceKey { attempt }),
            Some(RevocationReason::Superseded) => match self.life.device {
                DeviceStanding::Superseded => Task::Retire,
                DeviceStanding::Unknown => Task::LookForReplacement,
                DeviceStanding::Installed | DeviceStanding::Missing => return self.enrol(EnrolReason::Superseded),
            },
            Some(
                reason @ (RevocationReason::AffiliationChanged
                | RevocationReason::CessationOfOperation
                | RevocationReason::PrivilegeWithdrawn),
            ) => Task::Remove(RemoveReason::Revoked(reason)),
            Some(RevocationReason::CertificateHold) => Task::Suspend,
            Some(RevocationReason::CaCompromise) => Task::DropTrust(DropReason::Compromised),
            None | Some(RevocationReason::Unspecified) if self.policy.unspecified == OnUnspecified::Enrol => {
                return self.enrol(EnrolReason::Unspecified);
            }
            None
            | Some(RevocationReason::Unspecified | RevocationReason::AaCompromise | RevocationReason::RemoveFromCrl) => {
                Task::Stop(StopReason::Revoked(reason))
            }
        };
        (task, None)
    }

    fn authority_revoked(reason: Option<RevocationReason>) -> Decided {
        let task = match reason {
            Some(RevocationReason::CertificateHold) => Task::Suspend,
            Some(RevocationReason::CaCompromise | RevocationReason::KeyCompromise) => {
                Task::DropTrust(DropReason::Compromised)
            }
            _ => Task::DropTrust(DropReason::Replaced),
        };
        (task, None)
    }

    fn enrol(&self, reason: EnrolReason) -> Decided {
        self.start(|attempt| Task::Enrol { attempt, reason })
    }

    /// Starts an attempt, unless the last one says otherwise.
    fn start(&self, task: impl FnOnce(u32) -> Task) -> Decided {
        let (policy, now) = (self.policy, self.now);
        let attempts = self.life.attempts.settled(|since| self.patience(since), now);
        let wait = |reason, until| (Task::Wait(reason), Some(until));
        let answered = |at| after(at, policy.answer_within);
        let ask = |task| (task, Some(answered(now)));
        let failed = match attempts.phase {
            Phase::Ready => None,
            Phase::Running(since) => return wait(WaitReason::InProgress, later(since, self.patience(since))),
            Phase::Asked(_, at) if !self.is_over(at, answered(at)) => return wait(WaitReason::Asked, answered(at)),
            Phase::Asked(class, at) | Phase::Failed(class, at) => Some((class, at)),
        };
        let retry_at = match failed {
            None => now,
            Some((FailureClass::ChallengeExpired, _)) => return ask(Task::AskForChallenge),
            Some((FailureClass::CryptoMismatch, _)) if attempts.mismatches == Mismatches::More => {
                return (Task::Stop(StopReason::CryptoMismatch), None);
            }
            Some((FailureClass::CryptoMismatch, _)) => {
                return ask(Task::RefreshAuthority(RefreshReason::Mismatch));
            }
            Some((FailureClass::PolicyReject, _)) => return (Task::Stop(StopReason::PolicyReject), None),
            Some((FailureClass::Transient, _))
                if policy.attempts.is_some_and(|most| u32::from(attempts.failures) >= most) =>
            {
                return (Task::Stop(StopReason::AttemptsSpent), None);
            }
            Some((FailureClass::NotYetValid, at)) => after(at, policy.skew),
            Some((FailureClass::Transient, at)) => self.retry_at_after(attempts.failures, at),
        };
        if failed.is_some_and(|(_, at)| !self.is_over(at, retry_at)) {
            // When it becomes urgent, waits are shorter.
            let urgent_at = self.schedule.map_or(retry_at, |schedule| schedule.urgent_at);
            let until = if urgent_at > now { retry_at.min(urgent_at) } else { retry_at };
            return wait(WaitReason::BackingOff, until);
        }
        (task(u32::from(attempts.failures).saturating_add(1)), Some(later(now, self.patience(now))))
    }

    /// How many seconds an attempt may take that began at `since`.
    fn patience(&self, since: UnixTime) -> u64 {
        let patience = self.policy.patience.as_secs();
        self.schedule.map_or(patience, |schedule| schedule.patience(self.policy, since))
    }

    /// Whether a wait from `since` to `until` is over. One that began in the future was measured by a clock that was wrong.
    fn is_over(&self, since: UnixTime, until: UnixTime) -> bool {
        self.now >= until || since > self.now.plus(self.policy.skew)
    }

    fn retry_at(&self, last: UnixTime) -> UnixTime {
        self.retry_at_after(self.life.attempts.failures, last)
    }

    fn retry_at_after(&self, failures: u16, last: UnixTime) -> UnixTime {
        let failures = u32::from(failures.max(1));
        match (&self.schedule, &self.life.certificate) {
            (Some(schedule), Some(facts)) => schedule.retry_at(self.policy, facts, failures, last, self.now),
            _ => later(last, schedule::wait(&self.policy.backoff, self.life.seed, failures)),
        }
    }

    /// While there is nothing else to do, a certificate is on hold, or a person has to look: look up what may have changed.
    /// Before a renewal, too, that would take a challenge only because what was known has run out, as after days without power.
    fn in_the_meantime(&self, (task, again): Decided) -> Decided {
        let has_time =
            matches!(task, Task::Renew { proof: Proof::Challenge, .. } | Task::Stop(_) | Task::Suspend | Task::Wait(_));
        let may_check = has_time && self.life.role() == Role::Device;
        let (check_at, refresh_at) = (self.check_at(), self.life.hints.refresh_at);
        match check_at.filter(|_| may_check && self.schedule.is_some()) {
            Some((check_at, longest)) if self.is_due(check_at, longest) => {
                return (Task::CheckRevocation, again);
            }
            Some((check_at, _)) => return self.or_refresh(task, sooner(again, Some(check_at)), refresh_at),
            None => {}
        }
        self.or_refresh(task, again, refresh_at)
    }

    fn or_refresh(&self, task: Task, again: Option<UnixTime>, refresh_at: Option<UnixTime>) -> Decided {
        match refresh_at.filter(|_| task == Task::Wait(WaitReason::NotDue)) {
            Some(at) if self.is_due(at, DAY) => (Task::RefreshWindow, again),
            Some(at) => (task, sooner(again, Some(at))),
            None => (task, again),
        }
    }

    /// Whether something that is done at least every `longest` seconds is due at `at`. What is further off was set by a clock
    /// that was wrong.
    fn is_due(&self, at: UnixTime, longest: u64) -> bool {
        self.now >= at || at > later(self.now, longest).plus(self.policy.skew)
    }

    /// When revocation is next looked up, and how far off that may be in seconds. The first time is spread over the first
    /// period of the life.
    fn check_at(&self) -> Option<(UnixTime, u64)> {
        let RevocationWatch::Check { at_least_every, retry } = self.policy.revocation else { return None };
        let (every, retry) = (at_least_every.as_secs(), retry.as_secs());
        let is_settled = self.life.revocation.is_revoked();
        let first = || {
            let facts = self.life.certificate.filter(|_| !is_settled)?;
            Some(later(facts.starts, facts.seed.draw(super::seed::Draw::Revocation, every)))
        };
        let is_first = self.life.check_at.is_none();
        let at = self.life.check_at.or_else(first)?;
        Some((at, if is_first { u64::MAX } else { every.max(retry).max(1) }))
    }

    /// What people should know by now.
    fn alert(&self, task: Task) -> Option<Alert> {
        let schedule = self.schedule.filter(|_| self.ends_matter(task))?;
        let nobody_renews = matches!(task, Task::Stop(_) | Task::Suspend | Task::Wait(WaitReason::Unassigned));
        if self.now > schedule.expires {
            Some(Alert::Expired)
        } else if self.now >= schedule.urgent_at {
            Some(Alert::Urgent)
        } else if nobody_renews && self.now >= schedule.renew_at {
            Some(Alert::Expiring)
        } else {
            None
        }
    }

    /// When the next stage of the life begins, in which there may be something else to do or to tell.
    fn next_stage(&self, task: Task) -> Option<UnixTime> {
        let schedule = self.schedule.filter(|_| self.ends_matter(task))?;
        let nobody_renews = matches!(task, Task::Stop(_) | Task::Suspend | Task::Wait(WaitReason::Unassigned));
        let expiring = nobody_renews.then_some(schedule.renew_at);
        let ends = [schedule.deadline, schedule.expires].map(|last| later(last, 1));
        expiring.into_iter().chain([schedule.urgent_at]).chain(ends).filter(|at| *at > self.now).min()
    }

    /// Whether it matters when the certificate ends: not of one that is to go at once.
    fn ends_matter(&self, task: Task) -> bool {
        match task {
            Task::Remove(_) | Task::ReplaceKey { .. } | Task::Retire => false,
            Task::DropTrust(reason) => reason == DropReason::Expired,
            _ => !self.life.revocation.is_revoked() || task == Task::Suspend || matches!(task, Task::Stop(_)),
        }
    }
}
