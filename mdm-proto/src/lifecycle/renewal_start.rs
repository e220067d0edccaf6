//! [`RenewalStart`].

use core::time::Duration;

use super::span;

/// When renewal starts, as a profile says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenewalStart {
    /// So long before the end (BES and UEM: days, 30 unless told).
    Before(Duration),
    /// When so many hundredths of the lifetime remain (Intune), 1 to 99.
    PercentRemaining(u8),
}

impl RenewalStart {
    /// Seconds before the end of a life of so many seconds.
    pub(super) fn seconds_before_end(self, lifetime: u64) -> u64 {
        match self {
            Self::Before(duration) => duration.as_secs(),
            Self::PercentRemaining(percent) => span::percent(lifetime, percent.min(100)),
        }
    }
}
