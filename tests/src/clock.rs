//! [`Clock`]: time that passes when told to.

use std::time::Duration;

use pki_core::UnixTime;

/// Virtual time. Nobody sleeps.
#[derive(Clone, Copy, Debug)]
pub struct Clock(UnixTime);

impl Clock {
    /// 2026-11-23 09:00:00, when all fixtures are valid.
    #[must_use]
    pub fn new() -> Self {
        Self(UnixTime::from_civil(2026, 11, 23, 9, 0, 0).expect("a date"))
    }

    /// The time.
    #[must_use]
    pub const fn now(&self) -> UnixTime {
        self.0
    }

    /// Lets time pass.
    pub fn advance(&mut self, duration: Duration) {
        self.0 = self.0.plus(duration);
    }

    /// Lets time pass until `time`, unless that is over.
    pub fn advance_to(&mut self, time: UnixTime) {
        self.0 = self.0.max(time);
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}
