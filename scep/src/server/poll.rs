//! [`CertPoll`]: what became of an earlier request.

use pki_core::{Certificate, cms::PasswordKey, crypto::SecureRandom};

use super::{
    Conflict, Error, Refusal, Reply, TransactionKey, TransactionRecord, TransactionState,
    reply::{Answer, Found, Recipient, ReplyContext},
};
use crate::{
    attribute::{FailInfo, TransactionId},
    message::IssuerAndSubject,
};

/// A CertPoll (RFC 8894 section 3.3.3).
///
/// The transactionID says what is asked for; the names are information. Whoever knows a transactionID can poll, so a
/// certificate is only given by way of the transaction's record, to the key that made the request.
#[must_use = "the peer waits for an answer"]
#[derive(Debug)]
pub struct CertPoll {
    names: IssuerAndSubject,
    signer: Certificate,
    password_key: Option<PasswordKey>,
    context: ReplyContext,
}

impl CertPoll {
    pub(super) const fn new(names: IssuerAndSubject, signer: Certificate, context: ReplyContext) -> Self {
        Self { names, signer, password_key: None, context }
    }

    /// Gives what [`Enrol::reply_password_key`](super::Enrol::reply_password_key) made when the request came, which a poll
    /// by a key that can't decrypt needs: it has no challengePassword itself. Other keys are encrypted to all the same. For
    /// those who keep it elsewhere than [with the record](TransactionRecord::with_password_key).
    pub fn with_password_key(self, key: PasswordKey) -> Self {
        Self { password_key: Some(key), ..self }
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

    /// How the transaction stands: the certificates, PENDING, or the refusal that there was, by `record`, which is the one
    /// kept under [`CertPoll::transaction`].
    ///
    /// # Errors
    /// [`Refusal`] with
    /// - [`Error::Transaction`]: [`Conflict::Unknown`] without a record (RFC 8894 section 4.4),
    ///   [`Conflict::DifferentRequest`] if the record is of another transaction or another key's;
    /// - [`Error::ReplyUndeliverable`] if there is something to give, the key that signed the poll can't decrypt, and there is
    ///   no password key, here or in the record;
    /// - [`Error::CertificateMismatch`] if nothing was issued by a record that says so;
    /// - [`Error::Build`].
    pub fn answer(self, record: Option<&TransactionRecord>, rng: &mut dyn SecureRandom) -> Result<Reply, Refusal> {
        let state = record.ok_or(Conflict::Unknown).and_then(|record| record.admit_poll(&self));
        let answer = match state {
            Ok(TransactionState::Issued(certificates)) if certificates.is_empty() => {
                return Err(self.context.refuse(Error::CertificateMismatch, rng));
            }
            Ok(TransactionState::Issued(certificates)) => {
                let password_key = self.password_key.as_ref().or_else(|| record?.password_key());
                let recipient = match password_key {
                    _ if self.signer.public_key().can_encrypt() => Recipient::Key(&self.signer),
                    Some(key) => Recipient::Password(key),
                    None => return Err(self.context.refuse(Error::ReplyUndeliverable, rng)),
                };
                Answer::Success(Found::Certificates(certificates), recipient)
            }
            Ok(TransactionState::Pending | TransactionState::Approved(_)) => Answer::Pending,
            Ok(TransactionState::Rejected(info)) => Answer::Failure(*info, None),
            Err(conflict) => return Err(self.context.refuse(Error::Transaction(conflict), rng)),
        };
        self.context.answer(answer, rng)
    }

    /// No, for a reason of the caller's.
    ///
    /// # Errors
    /// [`Refusal`] with [`Error::Build`].
    pub fn reject(self, info: FailInfo, rng: &mut dyn SecureRandom) -> Result<Reply, Refusal> {
        self.context.answer(Answer::Failure(info, None), rng)
    }
}
