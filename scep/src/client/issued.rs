//! [`Issued`] and [`Rejected`]: the ends.

use alloc::vec::Vec;

use pki_core::{Certificate, crypto::CryptoProvider};

use super::{Error, Misbehaviour};
use crate::attribute::{FailInfo, FailInfoText};

/// The certificate is here.
///
/// It exists only if all of this holds:
/// - the reply is signed by the confirmed authority (RFC 8894 section 3.3.2),
/// - its transactionID is that of the request (section 3.2.1.1),
/// - its recipientNonce is the senderNonce of the request (section 3.2.1.5),
/// - the certificate is for the key that was asked for (section 3.3.2.1),
/// - its signature verifies by its issuer's key, where the issuer's certificate is at hand.
///
/// Names, usages and validity are the CA's choice: look at them before use.
#[must_use = "here is the certificate"]
#[derive(Clone, Debug)]
pub struct Issued {
    chain: Vec<Certificate>,
    certificate: Certificate,
}

/// There will be no certificate from this transaction. Begin another one when the reason is gone.
#[must_use = "the enrolment has failed"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    reason: RejectReason,
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectReason {
    /// The CA says no.
    Failed {
        /// failInfo. NDES answers a wrong challenge with badMessageCheck. Absent where the CA forgot it, or gave what is no
        /// number.
        info: Option<FailInfo>,
        /// failInfoText, for a person to read.
        text: Option<FailInfoText>,
    },
    /// Still pending when the deadline or the number of polls of [`PollPolicy`](super::PollPolicy) was reached.
    PollLimit,
}

impl Issued {
    /// Puts the chain together from `others`, each certificate once.
    pub(super) fn new(
        certificate: Certificate,
        others: &[Certificate],
        crypto: &CryptoProvider,
    ) -> Result<Self, Error> {
        let mut chain = alloc::vec![certificate.clone()];
        while let Some(last) = chain.last().filter(|last| !last.is_self_issued()) {
            let mut issuers = others
                .iter()
                .filter(|other| !chain.contains(other) && other.subject().matches(last.issuer()))
                .peekable();
            if issuers.peek().is_none() {
                break;
            }
            match issuers.find(|issuer| last.verify_signature(issuer.public_key(), crypto).is_ok()) {
                Some(issuer) => {
                    let issuer = issuer.clone();
                    chain.push(issuer);
                }
                None if chain.len() == 1 => return Err(Misbehaviour::BadCertificateSignature.into()),
                None => break,
            }
        }
        Ok(Self { chain, certificate })
    }

    /// The certificate for the key that was asked for.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// That certificate and those above it, each issued by the next, as far as the CA gave them.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }
}

impl Rejected {
    pub(super) const fn new(reason: RejectReason) -> Self {
        Self { reason }
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> &RejectReason {
        &self.reason
    }
}
