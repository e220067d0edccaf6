//! Arithmetic on times that can't overflow.

use core::time::Duration;

use pki_core::UnixTime;

/// Seconds from `from` to `to`; 0 if `to` is before.
pub(super) fn seconds_between(from: UnixTime, to: UnixTime) -> u64 {
    u64::try_from(to.as_seconds().saturating_sub(from.as_seconds())).unwrap_or(0)
}

/// `time`, so many seconds later, or earlier.
pub(super) fn shifted(time: UnixTime, seconds: i64) -> UnixTime {
    UnixTime::from_seconds(time.as_seconds().saturating_add(seconds))
}

/// `time` plus so many seconds.
pub(super) fn later(time: UnixTime, seconds: u64) -> UnixTime {
    time.plus(Duration::from_secs(seconds))
}

/// `time` plus a wait, of a second at least: less would be at once, for ever.
pub(super) fn after(time: UnixTime, wait: Duration) -> UnixTime {
    later(time, wait.as_secs().max(1))
}

/// `time` minus so many seconds.
pub(super) fn earlier(time: UnixTime, seconds: u64) -> UnixTime {
    time.minus(Duration::from_secs(seconds))
}

/// So many hundredths of `whole`, rounded down.
pub(super) fn percent(whole: u64, percent: u8) -> u64 {
    let percent = u64::from(percent);
    (whole / 100).saturating_mul(percent).saturating_add(whole % 100 * percent / 100)
}

/// The earlier of two, where there may be none.
pub(super) fn sooner(a: Option<UnixTime>, b: Option<UnixTime>) -> Option<UnixTime> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
