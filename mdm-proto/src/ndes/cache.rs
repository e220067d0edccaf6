//! [`PasswordCache`]: when to ask NDES for a password.

use alloc::vec::Vec;
use core::time::Duration;

use pki_core::UnixTime;

/// The passwords that an NDES has given out and remembers, as far as its one customer knows: when to ask for the next.
///
/// NDES remembers five (`PasswordMax`), for sixty minutes (`PasswordValidity`), and refuses the sixth. A password frees its place
/// when a device has used it, rightly or not, and when its time is over; a restart of the service frees all. So passwords are asked
/// for when a device is there to use them, not in advance, and no more than there are places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordCache {
    places: usize,
    validity: Duration,
    /// When passwords were got that may still have their place, the oldest first.
    outstanding: Vec<UnixTime>,
    /// Others have places, too: not before this.
    blocked_until: Option<UnixTime>,
}

/// Whether to ask now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "now or later")]
pub enum CacheAdvice {
    /// Ask.
    Ask,
    /// All places are taken: one gets free then at the latest, and earlier if a device enrols.
    WaitUntil(UnixTime),
}

impl PasswordCache {
    /// With the numbers of an NDES that nobody has configured: five passwords, sixty minutes.
    #[must_use]
    pub const fn new() -> Self {
        Self { places: 5, validity: VALIDITY, outstanding: Vec::new(), blocked_until: None }
    }

    /// With other numbers: `PasswordMax` and `PasswordValidity` of the service.
    #[must_use]
    pub fn with_limits(self, places: usize, validity: Duration) -> Self {
        Self { places: places.max(1), validity, ..self }
    }

    /// Whether to ask for a password now.
    #[must_use]
    pub fn advice(&self, now: UnixTime) -> CacheAdvice {
        if let Some(until) = self.blocked_until.filter(|until| *until > now) {
            return CacheAdvice::WaitUntil(until);
        }
        let ends = || self.outstanding.iter().map(|fetched| fetched.plus(self.validity)).filter(|end| *end > now);
        match ends().min() {
            Some(end) if ends().count() >= self.places => CacheAdvice::WaitUntil(end),
            _ => CacheAdvice::Ask,
        }
    }

    /// A password was got.
    pub fn fetched(&mut self, now: UnixTime) {
        self.outstanding.retain(|fetched| fetched.plus(self.validity) > now);
        // What was restarted has forgotten the oldest.
        if self.outstanding.len() >= self.places {
            self.outstanding.remove(0);
        }
        self.outstanding.push(now);
        self.blocked_until = None;
    }

    /// The password that was got at `fetched` was used, rightly or not.
    pub fn used(&mut self, fetched: UnixTime) {
        if let Some(index) = self.outstanding.iter().position(|known| *known == fetched) {
            self.outstanding.remove(index);
            self.blocked_until = None;
        }
    }

    /// NDES says that all places are taken, whatever is known here: others have some. Asks again when the oldest that is known
    /// ends, or after as long as a place is taken on average.
    pub fn full(&mut self, now: UnixTime) {
        let share = u32::try_from(self.places).ok().and_then(|places| self.validity.checked_div(places));
        let on_average = now.plus(share.unwrap_or(self.validity));
        let oldest = self.outstanding.iter().map(|fetched| fetched.plus(self.validity)).filter(|end| *end > now).min();
        self.blocked_until = Some(oldest.map_or(on_average, |end| end.min(on_average)));
    }

    /// The service was restarted: nothing of what it gave out is good any more.
    pub fn restarted(&mut self) {
        self.outstanding.clear();
        self.blocked_until = None;
    }

    /// Until when to give the password to a device that was got at `fetched`: 57 of 60 minutes.
    #[must_use]
    pub fn usable_until(&self, fetched: UnixTime) -> UnixTime {
        fetched.plus(usable(self.validity))
    }
}

impl Default for PasswordCache {
    fn default() -> Self {
        Self::new()
    }
}

/// Less three minutes, or a twentieth of a shorter time, for the way to the device and back.
pub(super) fn usable(validity: Duration) -> Duration {
    let margin = Duration::from_secs(180).min(validity.checked_div(20).unwrap_or_default());
    validity.saturating_sub(margin)
}

/// `PasswordValidity`, unless configured.
pub(super) const VALIDITY: Duration = Duration::from_secs(3600);
