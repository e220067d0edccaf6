//! [`RenewalStart`].

use core::time::Duration;

/// When renewal starts, as a profile says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenewalStart {
    /// So long before the end (BES and UEM: days, 30 unless told).
    Before(Duration),
    /// When so many hundredths of the lifetime remain (Intune), 1 to 99.
    PercentRemaining(u8),
}
