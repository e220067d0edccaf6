//! The clock, which may run ahead: a demonstration does not take a year.

use std::time::{Duration, SystemTime};

use pki_core::UnixTime;

/// The system's time and so many seconds.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    pub ahead: Duration,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "here is the clock")]
    pub fn now(self) -> UnixTime {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        UnixTime::from_seconds(0).plus(since_1970).plus(self.ahead)
    }
}
