//! [`Hints`]: what a CA says of when to renew.

use pki_core::UnixTime;

/// A period from `start` to `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a period has two ends")]
pub struct Window {
    /// Its first second.
    pub start: UnixTime,
    /// Its last second.
    pub end: UnixTime,
}

/// What a CA says of when to renew. Nothing unless told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    pub(super) accepted: Option<Window>,
    pub(super) suggested: Option<Window>,
    pub(super) refresh_at: Option<UnixTime>,
}

impl Window {
    /// From `start` to `end`.
    #[must_use]
    pub const fn new(start: UnixTime, end: UnixTime) -> Self {
        Self { start, end }
    }

    /// Itself, unless it ends before it starts.
    pub(super) fn sensible(self) -> Option<Self> {
        (self.start < self.end).then_some(self)
    }
}

impl Hints {
    /// None.
    pub const NONE: Self = Self { accepted: None, suggested: None, refresh_at: None };

    /// The CA renews in this period only (`OpenXPKI`, DigiCert): nothing is asked before, and after it there is only full
    /// enrolment. A period that ends before it starts says nothing.
    #[must_use]
    pub fn with_accepted(self, window: Window) -> Self {
        Self { accepted: window.sensible(), ..self }
    }

    /// The CA suggests to renew in this period (RFC 9773, for which the policy's start no longer counts), and is to be asked
    /// again at `refresh_at`. One instant in the period is taken and kept until the period changes; if it has passed, that is
    /// now. A period that ends before it starts says nothing.
    #[must_use]
    pub fn with_suggested(self, window: Window, refresh_at: UnixTime) -> Self {
        Self { suggested: window.sensible(), refresh_at: Some(refresh_at), ..self }
    }

    /// When the CA renews.
    #[must_use]
    pub const fn accepted(&self) -> Option<Window> {
        self.accepted
    }

    /// When the CA suggests to renew.
    #[must_use]
    pub const fn suggested(&self) -> Option<Window> {
        self.suggested
    }

    /// When the CA is asked again for what it suggests.
    #[must_use]
    pub const fn refresh_at(&self) -> Option<UnixTime> {
        self.refresh_at
    }
}
