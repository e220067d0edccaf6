//! [`Lookup`]: GetCert and GetCRL.

use pki_core::{Certificate, crypto::SecureRandom};

use super::{
    Refusal, Reply,
    reply::{Answer, ReplyContext},
};
use crate::{
    attribute::{FailInfo, TransactionId},
    message::IssuerAndSerial,
};

/// A GetCert or GetCRL (RFC 8894 section 3.3.4).
#[must_use = "the peer waits for an answer"]
#[derive(Debug)]
pub struct Lookup {
    target: IssuerAndSerial,
    signer: Certificate,
    context: ReplyContext,
}

impl Lookup {
    pub(super) const fn new(target: IssuerAndSerial, signer: Certificate, context: ReplyContext) -> Self {
        Self { target, signer, context }
    }

    /// The certificate that is asked for, or whose CRL is.
    #[must_use]
    pub const fn target(&self) -> &IssuerAndSerial {
        &self.target
    }

    /// The certificate that the request is signed by.
    #[must_use]
    pub const fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// The transactionID.
    #[must_use]
    pub const fn transaction_id(&self) -> &TransactionId {
        self.context.transaction_id()
    }

    /// No; badCertId where there is no such certificate.
    ///
    /// # Errors
    /// [`Refusal`] with [`Error::Build`](super::Error::Build).
    pub fn reject(self, info: FailInfo, rng: &mut dyn SecureRandom) -> Result<Reply, Refusal> {
        self.context.answer(Answer::Failure(info, None), rng)
    }
}
