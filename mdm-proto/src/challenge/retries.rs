//! [`Retries`]: how often a device may fail, and what is no failure.

use super::{Advice, RedeemError};

/// How often the delivery of one profile to one device has failed. What was late is no failure: a device that was offline when
/// its challenge ended gets another one, however often.
///
/// (A product that counts late challenges as failures locks out its fleet over a long weekend.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    limit: u16,
    failures: u16,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "all that can be done")]
pub enum NextTry {
    /// Wait: nothing was decided.
    AskAgain,
    /// Give up, until somebody has looked.
    GiveUp,
    /// Deliver the profile again, with a new challenge.
    Resend,
}

impl Retries {
    /// Up to so many failures. Apple's clients and many servers have 3.
    #[must_use]
    pub const fn new(limit: u16) -> Self {
        Self { limit, failures: 0 }
    }

    /// With so many failures before, as a record keeps them.
    #[must_use]
    pub const fn with_failures(self, failures: u16) -> Self {
        Self { failures, ..self }
    }

    /// Failures so far.
    #[must_use]
    pub const fn failures(&self) -> u16 {
        self.failures
    }

    /// A challenge of this device was not redeemed.
    pub const fn after(&mut self, error: &RedeemError) -> NextTry {
        match error.advice() {
            Advice::AskAgain => NextTry::AskAgain,
            Advice::IssueNew => NextTry::Resend,
            Advice::Refuse => self.failed(),
        }
    }

    /// The device reports a failure of another kind.
    pub const fn failed(&mut self) -> NextTry {
        self.failures = self.failures.saturating_add(1);
        if self.failures > self.limit { NextTry::GiveUp } else { NextTry::Resend }
    }

    /// It has its certificate: what was before counts no more.
    #[must_use]
    pub const fn succeeded(self) -> Self {
        Self { failures: 0, ..self }
    }
}
