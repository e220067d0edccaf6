//! [`ClockEvidence`]: whether the clock can be believed.

use core::time::Duration;

use pki_core::UnixTime;

use super::span::{seconds_between, shifted};

/// What is known of the time beside the clock. Nothing unless told: then the clock is believed.
///
/// A clock that shows a time before the program was built, or after the CA's end, is wrong, and no expiry is judged by it.
/// Where a server that was authenticated gave a `Date` that is further off than the skew that policy allows, that counts
/// instead: who judges a certificate is on the server's side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockEvidence {
    earliest: Option<UnixTime>,
    latest: Option<UnixTime>,
    /// Seconds that the server's clock is ahead.
    ahead: Option<i64>,
}

/// The time to decide by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// The time, and the seconds by which it is ahead of the clock.
    Time(UnixTime, i64),
    /// Nobody knows.
    Unknown,
}

impl ClockEvidence {
    /// Nothing is known.
    pub const NONE: Self = Self { earliest: None, latest: None, ahead: None };

    /// It can't be before this: when the program was built.
    #[must_use]
    pub const fn not_before(self, earliest: UnixTime) -> Self {
        Self { earliest: Some(earliest), ..self }
    }

    /// It can't be after this: when the CA's certificate ends.
    #[must_use]
    pub const fn not_after(self, latest: UnixTime) -> Self {
        Self { latest: Some(latest), ..self }
    }

    /// A server said `date` when the clock showed `now`.
    #[must_use]
    pub fn with_server_date(self, now: UnixTime, date: UnixTime) -> Self {
        Self { ahead: Some(date.as_seconds().saturating_sub(now.as_seconds())), ..self }
    }

    /// Whether the clock is believed, or there is a server's to go by.
    #[must_use]
    pub fn is_known(&self, now: UnixTime, skew: Duration) -> bool {
        self.judge(now, skew) != Judged::Unknown
    }

    /// What time it is when the clock shows `now`.
    pub(super) fn judge(&self, now: UnixTime, skew: Duration) -> Judged {
        if let Some(ahead) = self.ahead {
            let date = shifted(now, ahead);
            if !self.contains(date) {
                return Judged::Unknown;
            }
            if ahead.unsigned_abs() > skew.as_secs() || !self.contains(now) {
                return Judged::Time(date, ahead);
            }
        }
        if self.contains(now) { Judged::Time(now, 0) } else { Judged::Unknown }
    }

    fn contains(&self, time: UnixTime) -> bool {
        self.earliest.is_none_or(|earliest| seconds_between(time, earliest) == 0)
            && self.latest.is_none_or(|latest| time <= latest)
    }
}
