//! [`Schedule`]: what is due when.

use core::time::Duration;

use pki_core::{UnixTime, Validity};

use super::{Former, Installation};

/// How early things are replaced: plain data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    server: Duration,
    client_lifetime: Duration,
    distribution: Duration,
}

/// What an installation needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "it has to be done"]
pub enum Action {
    /// Make the next root, and hand it out.
    BeginRollover {
        /// When the current root can't issue any more.
        end: UnixTime,
    },
    /// Issue a server certificate by the current authority.
    IssueServer {
        /// Why.
        because: ServerDue,
    },
    /// Withdraw a former root: nothing depends on it.
    Retire {
        /// Its [generation](super::Authority::generation).
        generation: u32,
    },
    /// The next root was handed out for as long as planned: let it issue.
    Switch,
    /// Nothing before then.
    Wait {
        /// When to ask again.
        until: UnixTime,
    },
}

/// Why a server certificate is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerDue {
    /// The one there is ends.
    Ending {
        /// When.
        not_after: UnixTime,
    },
    /// There is none.
    Missing,
    /// Nothing but the one there is holds a former root.
    UnderFormerRoot {
        /// The root's [generation](super::Authority::generation).
        generation: u32,
    },
}

impl Schedule {
    /// The server certificate 30 days before its end; a root so early that client certificates of 365 days are not cut short,
    /// after it was handed out beside the former for 90 days.
    pub const DEFAULT: Self = Self {
        server: Duration::from_secs(30 * DAY),
        client_lifetime: Duration::from_secs(365 * DAY),
        distribution: Duration::from_secs(90 * DAY),
    };

    /// With another time before its end at which the server certificate is replaced; half of its life at most.
    #[must_use]
    pub const fn with_server(self, before: Duration) -> Self {
        Self { server: before, ..self }
    }

    /// With another lifetime of client certificates, as [`ClientCertificates`](crate::client_certificate::ClientCertificates)
    /// has it.
    #[must_use]
    pub const fn with_client_lifetime(self, lifetime: Duration) -> Self {
        Self { client_lifetime: lifetime, ..self }
    }

    /// With another time for which a next root is handed out before it issues: as long as devices may be off.
    #[must_use]
    pub const fn with_distribution(self, time: Duration) -> Self {
        Self { distribution: time, ..self }
    }

    /// The lifetime of client certificates.
    #[must_use]
    pub const fn client_lifetime(&self) -> Duration {
        self.client_lifetime
    }

    /// How long before its end a server certificate is replaced. One that would be due from the beginning has half of its life.
    fn server_before(&self, Validity { not_before, not_after }: Validity) -> Duration {
        let life = not_after.as_seconds().saturating_sub(not_before.as_seconds());
        self.server.min(Duration::from_secs(u64::try_from(life / 2).unwrap_or(0)))
    }

    /// When to make the next of a root that ends then.
    fn begins(&self, end: UnixTime) -> UnixTime {
        end.minus(self.client_lifetime).minus(self.distribution)
    }
}

impl Default for Schedule {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Installation {
    /// What is due, the most urgent first. After it is done and the record stored, ask again.
    pub fn next_action(&self, schedule: &Schedule, now: UnixTime) -> Action {
        // A root that goes makes room for a switch.
        let due =
            [self.retirement_due(), self.switch_due(schedule), self.rollover_due(schedule), self.server_due(schedule)];
        let due = due.into_iter().flatten();
        let first = due.clone().find(|(at, _)| *at <= now).map(|(_, action)| action);
        let next = || due.map(|(at, _)| at).min().unwrap_or(UnixTime::NO_EXPIRATION);
        first.unwrap_or_else(|| Action::Wait { until: next() })
    }

    fn switch_due(&self, schedule: &Schedule) -> Option<(UnixTime, Action)> {
        let (_, since) = self.next.as_ref().filter(|_| self.former.len() < Self::MOST_FORMER)?;
        // A rollover that began late does not outlast the current root.
        Some((since.plus(schedule.distribution).min(self.current.end()), Action::Switch))
    }

    fn rollover_due(&self, schedule: &Schedule) -> Option<(UnixTime, Action)> {
        let end = self.current.end();
        self.next.is_none().then(|| (schedule.begins(end), Action::BeginRollover { end }))
    }

    fn server_due(&self, schedule: &Schedule) -> Option<(UnixTime, Action)> {
        let Some(server) = &self.server else {
            let beginning = UnixTime::from_seconds(i64::MIN);
            return Some((beginning, Action::IssueServer { because: ServerDue::Missing }));
        };
        let not_after = server.certificate.validity().not_after;
        let before = schedule.server_before(server.certificate.validity());
        let ending = (not_after.minus(before), Action::IssueServer { because: ServerDue::Ending { not_after } });
        // A certificate that ends with its issuer can't be replaced by a longer one before the switch.
        let ending = (not_after < self.current.end() || server.generation != self.current.generation).then_some(ending);
        let holds = |former: &&Former| former.authority.generation == server.generation;
        let held = self.former.iter().find(holds).map(|former| {
            let because = ServerDue::UnderFormerRoot { generation: server.generation };
            (former.until.minus(before), Action::IssueServer { because })
        });
        [ending, held].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    fn retirement_due(&self) -> Option<(UnixTime, Action)> {
        let serves = |former: &&Former| {
            self.server.as_ref().is_none_or(|server| server.generation != former.authority.generation)
        };
        let former = self.former.iter().filter(serves).min_by_key(|former| former.until)?;
        let at = former.until.plus(Duration::from_secs(1));
        Some((at, Action::Retire { generation: former.authority.generation }))
    }
}

const DAY: u64 = 86_400;
