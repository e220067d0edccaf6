//! [`Attempts`]: what was tried, and what came of it.

use pki_core::UnixTime;

use super::span;

/// What was tried to get a certificate since the last one came, and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    pub(super) failures: u16,
    pub(super) mismatches: Mismatches,
    pub(super) phase: Phase,
}

/// Why an attempt failed. It says what is to be done, so whoever sees the failure has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "callers map their errors to it, and decisions are made for each")]
pub enum FailureClass {
    /// The challenge was too old or spent. It doesn't count as an attempt: a new challenge is asked for.
    ChallengeExpired,
    /// Algorithms or fingerprints that don't fit. What the CA says of itself is read again; after a second one, a person has
    /// to look.
    CryptoMismatch,
    /// What came is not valid yet: clocks differ. It doesn't count as an attempt.
    NotYetValid,
    /// The CA refuses, with a challenge that was good: a person has to look.
    PolicyReject,
    /// The network, a server that is busy or broken, PENDING that took too long: it may pass.
    Transient,
}

/// Where an attempt stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing was tried, or what was missing has come: the next one may start.
    #[default]
    Ready,
    /// It was started and has not come to an end.
    Running(UnixTime),
    /// It failed.
    Failed(FailureClass, UnixTime),
    /// A new challenge, or what the CA says of itself, was asked for.
    Asked(FailureClass, UnixTime),
}

/// How often algorithms or fingerprints did not fit, in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mismatches {
    #[default]
    None,
    One,
    More,
}

impl Attempts {
    /// Nothing was tried.
    pub const NONE: Self = Self { failures: 0, mismatches: Mismatches::None, phase: Phase::Ready };

    /// How many failed in a row, of those that count.
    #[must_use]
    pub const fn failures(&self) -> u16 {
        self.failures
    }

    /// The `attempt`th, counted from 1, was started.
    #[must_use]
    pub fn started(self, attempt: u32, at: UnixTime) -> Self {
        let failures = u16::try_from(attempt.saturating_sub(1)).unwrap_or(u16::MAX);
        Self { failures, phase: Phase::Running(at), ..self }
    }

    /// It failed.
    #[must_use]
    pub fn failed(self, class: FailureClass, at: UnixTime) -> Self {
        let failures = self.failures.saturating_add(u16::from(class.counts()));
        let mismatches = match (class, self.mismatches) {
            (FailureClass::CryptoMismatch, Mismatches::None) => Mismatches::One,
            (FailureClass::CryptoMismatch, _) => Mismatches::More,
            (_, mismatches) => mismatches,
        };
        Self { failures, mismatches, phase: Phase::Failed(class, at) }
    }

    /// What the failure of this class needs was asked for.
    pub(super) const fn asked(self, class: FailureClass, at: UnixTime) -> Self {
        Self { phase: Phase::Asked(class, at), ..self }
    }

    /// A new challenge is there, or what the CA says of itself was read again: the next attempt may start at once.
    #[must_use]
    pub const fn prepared(self) -> Self {
        Self { phase: Phase::Ready, ..self }
    }

    /// An attempt that has taken longer than `patience`, in seconds by when it began, has failed by then. So has one that began
    /// further off in the future: by a clock that was wrong.
    pub(super) fn settled(self, patience: impl Fn(UnixTime) -> u64, now: UnixTime) -> Self {
        let Phase::Running(since) = self.phase else { return self };
        let patience = patience(since);
        let is_over = span::seconds_between(since, now) >= patience || span::seconds_between(now, since) > patience;
        if is_over { self.failed(FailureClass::Transient, span::later(since, patience)) } else { self }
    }
}

impl FailureClass {
    /// Whether it counts as an attempt.
    const fn counts(self) -> bool {
        matches!(self, Self::CryptoMismatch | Self::PolicyReject | Self::Transient)
    }
}
