//! [`CertPoll`]: what became of an earlier request.

use pki_core::{Certificate, crypto::SecureRandom};

use super::{
    Error, Refusal, Reply, TransactionKey,
    reply::{Answer, ReplyContext},
};
use crate::{
    attribute::{FailInfo, TransactionId},
    message::IssuerAndSubject,
};

/// A CertPoll (RFC 8894 section 3.3.3).
///
/// The transactionID says what is asked for; the names are information. Whoever knows a transactionID can poll, so the
/// answer belongs to the key that made the request: [`TransactionRecord::admit_poll`](super::TransactionRecord::admit_poll)
/// compares.
#[must_use = "the peer waits for an answer"]
#[derive(Debug)]
pub struct CertPoll {
    names: IssuerAndSubject,
    signer: Certificate,
    context: ReplyContext,
}

impl CertPoll {
    pub(super) const fn new(names: IssuerAndSubject, signer: Certificate, context: ReplyContext) -> Self {
        Self { names, signer, context }
    }

    /// What the transaction that is asked about is found by.
    #[must_use]
    pub const fn transaction(&self) -> &TransactionKey {
        self.context.transaction()
    }

    /// The transactionID of the request that is asked about.
    #[must_use]
    pub const fn transaction_id(&self) -> &TransactionId {
        self.context.transaction_id()
    }

    /// The names of CA and requester, for the log.
    #[must_use]
    pub const fn names(&self) -> &IssuerAndSubject {
        &self.names
    }

    /// The certificate that the poll is signed by.
    #[must_use]
    pub const fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// Here it is; see [`Enrol::issue`](super::Enrol::issue) for what to give.
    ///
    /// # Errors
    /// [`Refusal`] with [`Error::CertificateMismatch`] if there is none, or [`Error::Build`].
    pub fn issue(self, certificates: &[Certificate], rng: &mut dyn SecureRandom) -> Result<Reply, Refusal> {
        if certificates.is_empty() {
            return Err(self.context.refuse(Error::CertificateMismatch, rng));
        }
        self.context.answer(Answer::Success { certificates, recipient: &self.signer }, rng)
    }

    /// Not yet.
    ///
    /// # Errors
    /// [`Refusal`] with [`Error::Build`].
    pub fn pend(self, rng: &mut dyn SecureRandom) -> Result<Reply, Refusal> {
        self.context.answer(Answer::Pending, rng)
    }

    /// No: refused meanwhile, or there is no such transaction (RFC 8894 section 4.4 wants badRequest or badCertId then).
    ///
    /// # Errors
    /// [`Refusal`] with [`Error::Build`].
    pub fn reject(self, info: FailInfo, rng: &mut dyn SecureRandom) -> Result<Reply, Refusal> {
        self.context.answer(Answer::Failure(info, None), rng)
    }
}
