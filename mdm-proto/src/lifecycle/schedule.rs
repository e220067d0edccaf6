//! [`Schedule`]: the instants in the life of a certificate, all computed in one place.

use pki_core::UnixTime;

use super::{
    Backoff, CertificateFacts, Hints, LifecyclePolicy, Role, Seed,
    life::MINUTE,
    seed::Draw,
    span::{earlier, later, percent, seconds_between},
};

/// The instants in the life of a certificate.
///
/// With *L* for the length of the life, and *W* for the time from the earliest possible start of renewal to the deadline:
///
/// - **start**: the policy's, at least two looks and at most *L*/2 before the end; not before the CA accepts renewals.
/// - **renewal**: start + jitter, which is uniform in \[0, min(*L*/20, the policy's, *W*/3)\]; or an instant in the window that
///   the CA suggests.
/// - **urgent**: when less than min(*L*/10, *W*/3) remains. The second bound is ours: thirty days of a year are less than a
///   tenth, and without it the whole window would be urgent, and nothing would be spread.
/// - **deadline**: the end of the life, or of the period in which the CA accepts renewals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schedule {
    /// When renewal is to start.
    pub renew_at: UnixTime,
    /// From when on it is urgent.
    pub urgent_at: UnixTime,
    /// The last second in which a renewal may be accepted.
    pub deadline: UnixTime,
    /// The last second of the certificate.
    pub expires: UnixTime,
    /// Seconds of life.
    lifetime: u64,
    /// A third of the window, in seconds.
    third: u64,
}

impl Schedule {
    /// Of a certificate under a policy, with what its CA says.
    #[must_use]
    pub fn new(policy: &LifecyclePolicy, facts: &CertificateFacts, hints: &Hints) -> Self {
        let (lifetime, expires) = (facts.lifetime(), facts.expires);
        let by_policy = earlier(expires, seconds_before_end(policy, facts.role, lifetime));
        let accepted = hints.accepted;
        let deadline = accepted.map_or(expires, |window| window.end.min(expires));
        let start = match accepted {
            // The CA wants it sooner than the policy.
            Some(window) if by_policy > window.end => window.start,
            Some(window) => by_policy.max(window.start),
            None => by_policy,
        };
        let start = start.min(deadline);
        let third = seconds_between(start, deadline) / 3;
        let urgent_at = earlier(deadline, (lifetime / 10).min(third));
        let renew_at = match hints.suggested {
            Some(window) => {
                let length = seconds_between(window.start, window.end);
                let instant = later(window.start, facts.seed.draw(Draw::Suggested(window), length));
                let instant = accepted.map_or(instant, |accepted| instant.max(accepted.start));
                instant.min(urgent_at)
            }
            None => {
                let most = (lifetime / 20).min(policy.jitter.as_secs()).min(third);
                later(start, facts.seed.draw(Draw::Renewal, most))
            }
        };
        Self { renew_at, urgent_at, deadline, expires, lifetime, third }
    }

    /// How many seconds an attempt may take that began at `since`, so that there is time for another.
    pub(super) fn patience(&self, policy: &LifecyclePolicy, since: UnixTime) -> u64 {
        let patience = policy.patience.as_secs();
        if since > self.deadline { patience } else { patience.min(self.third.max(MINUTE)) }
    }

    /// When to try again after the failure at `last`, which was the `failures`th in a row, as it looks at `now`.
    pub(super) fn retry_at(
        &self,
        policy: &LifecyclePolicy,
        facts: &CertificateFacts,
        failures: u32,
        last: UnixTime,
        now: UnixTime,
    ) -> UnixTime {
        if now > self.deadline {
            return later(last, wait(&policy.backoff, facts.seed, failures));
        }
        let wait = if now >= self.urgent_at {
            policy.backoff.seconds(failures).min((self.lifetime / 100).max(1))
        } else {
            wait(&policy.backoff, facts.seed, failures)
        };
        let margin = policy.margin.as_secs().min(self.lifetime / 100);
        let last_chance = earlier(self.deadline, margin);
        if last < last_chance {
            later(last, wait).min(last_chance)
        } else {
            // In what is left there is nothing to lose.
            later(last, wait.min((margin / 4).max(60)))
        }
    }
}

/// Seconds before the end at which the policy would start.
fn seconds_before_end(policy: &LifecyclePolicy, role: Role, lifetime: u64) -> u64 {
    let wanted = match role {
        Role::Authority => policy.authority_notice.as_secs(),
        Role::Device => policy.start.map_or(lifetime / 3, |start| start.seconds_before_end(lifetime)),
    };
    wanted.max(policy.look_every.as_secs().saturating_mul(2)).min(lifetime / 2)
}

/// Seconds to wait where there is no hurry.
pub(super) fn wait(backoff: &Backoff, seed: Seed, failures: u32) -> u64 {
    let whole = backoff.seconds(failures);
    let most = percent(whole, backoff.jitter.min(100));
    (whole - seed.draw(Draw::Retry(failures), most)).max(1)
}
