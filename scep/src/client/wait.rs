//! [`Wait`]: the CA has not decided yet.

use alloc::sync::Arc;

use pki_core::{UnixTime, crypto::SecureRandom};

use super::{
    Authority, Error, PendingRecord, RejectReason, Rejected, Step,
    enrolment::{Enrolment, Progress},
};
use crate::{
    attribute::{Nonce, TransactionId},
    http::RetryAfter,
};

/// The CA has not decided yet. Poll at [`Wait::until`].
///
/// This may take days: [`Wait::record`] is what to keep, and [`PendingRecord::resume`] goes on from it, on this machine or
/// another. RFC 8894 section 5.2 would rather have a client begin anew after an interruption; the choice is the caller's.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct Wait {
    enrolment: Arc<Enrolment>,
    progress: Progress,
    until: UnixTime,
}

impl Wait {
    /// Waiting, or the end of patience. `hint` is what the server says about it.
    #[expect(clippy::new_ret_no_self, reason = "what comes next is a step of one kind or another")]
    pub(super) fn new(enrolment: Arc<Enrolment>, progress: Progress, hint: Option<RetryAfter>, now: UnixTime) -> Step {
        match enrolment.transaction.config.poll_policy().next(progress, hint, now) {
            Some(until) => Step::Wait(Self { enrolment, progress, until }),
            None => Step::Rejected(Rejected::new(RejectReason::PollLimit)),
        }
    }

    pub(super) const fn from_record(enrolment: Arc<Enrolment>, progress: Progress, until: UnixTime) -> Self {
        Self { enrolment, progress, until }
    }

    /// When to poll.
    #[must_use]
    pub const fn until(&self) -> UnixTime {
        self.until
    }

    /// The transaction that is pending.
    #[must_use]
    pub fn transaction_id(&self) -> &TransactionId {
        &self.enrolment.transaction.id
    }

    /// The authority that was asked. [`Rollover::standing`](super::Rollover::standing) says whether there is use in asking it
    /// further.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.enrolment.transaction.authority
    }

    /// What to keep while waiting. It holds no secret: not the challenge, not a key.
    #[must_use]
    pub fn record(&self) -> PendingRecord {
        PendingRecord::of(&self.enrolment, self.progress, self.until)
    }

    /// Asks again, with CertPoll and a nonce of its own.
    ///
    /// # Errors
    /// [`Error::Random`] or [`Error::Build`] if the message can't be made.
    pub fn poll(&self, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        self.poll_with_nonce(Nonce::generate(rng)?, rng)
    }

    /// The same with a senderNonce from a signer elsewhere, who wants to know it beforehand: fresh randomness, another one for
    /// each poll.
    ///
    /// # Errors
    /// As [`Wait::poll`].
    pub fn poll_with_nonce(&self, nonce: Nonce, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        self.enrolment.cert_poll(self.progress, nonce, rng).map(Step::Sign)
    }
}
