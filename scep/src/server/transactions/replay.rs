//! [`ReplayWindow`]: what was used once.

use alloc::collections::{BTreeMap, BTreeSet};
use core::{fmt, time::Duration};

use pki_core::UnixTime;

/// What may be used once, for as long as it is remembered: a bounded set of digests, of challenges, of nonces with their
/// signer's key, or of whole messages, [`MessageDigest`](super::MessageDigest).
///
/// Enrolments need none: their transaction says what came of them. Wants one: a one-time challenge that no service redeems,
/// and a lookup that must not be asked again by whoever listened.
///
/// It never forgets early: when it is full, nothing new is let in. Choose `lifetime` by what is guarded: as long as the
/// challenge is good, or twice the tolerance for signingTime
/// ([`Responder::with_clock_tolerance`](crate::server::Responder::with_clock_tolerance)). In a database this is `INSERT INTO
/// used (digest, until) VALUES (:digest, :until) ON CONFLICT DO NOTHING`, and whether that made a row.
#[derive(Clone, Debug)]
pub struct ReplayWindow {
    limits: ReplayLimits,
    until: BTreeMap<[u8; 32], UnixTime>,
    by_age: BTreeSet<(UnixTime, [u8; 32])>,
}

/// Bounds of a [`ReplayWindow`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by struct update syntax")]
pub struct ReplayLimits {
    /// Most digests at a time. Default 100,000: some 10 MB.
    pub capacity: usize,
    /// How long one is remembered. Default one hour.
    pub lifetime: Duration,
}

/// Why something may not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Replayed {
    /// It was used before.
    Before,
    /// Too much was used within the window to tell.
    Full,
}

impl ReplayWindow {
    /// Empty.
    #[must_use]
    pub const fn new(limits: ReplayLimits) -> Self {
        Self { limits, until: BTreeMap::new(), by_age: BTreeSet::new() }
    }

    /// Uses it, for the first time within the window.
    ///
    /// # Errors
    /// - [`Replayed::Before`] if it was used before. That it was asked again does not make it remembered for longer.
    /// - [`Replayed::Full`] if there is no room even after what is too old was forgotten.
    pub fn first_use(&mut self, digest: &[u8; 32], now: UnixTime) -> Result<(), Replayed> {
        while let Some((until, oldest)) = self.by_age.first().copied() {
            if until > now {
                break;
            }
            self.by_age.pop_first();
            self.until.remove(&oldest);
        }
        if self.until.contains_key(digest) {
            return Err(Replayed::Before);
        }
        if self.until.len() >= self.limits.capacity {
            return Err(Replayed::Full);
        }
        let until = now.plus(self.limits.lifetime);
        self.until.insert(*digest, until);
        self.by_age.insert((until, *digest));
        Ok(())
    }

    /// All that is remembered, and until when, to be kept elsewhere.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8; 32], UnixTime)> {
        self.until.iter().map(|(digest, until)| (digest, *until))
    }

    /// Puts an entry in: what [`ReplayWindow::entries`] gave. It may be one more than [`ReplayLimits::capacity`].
    pub fn insert(&mut self, digest: [u8; 32], until: UnixTime) {
        if let Some(before) = self.until.insert(digest, until) {
            self.by_age.remove(&(before, digest));
        }
        self.by_age.insert((until, digest));
    }
}

impl ReplayLimits {
    /// The defaults above.
    pub const DEFAULT: Self = Self { capacity: 100_000, lifetime: Duration::from_secs(3600) };
}

impl Default for ReplayLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "it was used before",
            Self::Full => "too much was used to tell whether it was used before",
        })
    }
}

impl core::error::Error for Replayed {}
