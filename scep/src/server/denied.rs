//! [`Denied`]: why a request is not authorised.

use core::fmt;

use pki_core::{
    DecodeError, UnixTime,
    chain::{ChainError, Missing, Violation},
    crl::RevocationReason,
};

use super::NameMismatch;
use crate::attribute::{FailInfo, FailInfoText};

/// Why a request is not authorised. `Display` is for the audit log; [`Denied::fail_info`] and [`Denied::fail_info_text`] are
/// all that the peer is told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denied {
    /// The signer is no agent that may ask for others.
    AgentUnknown,
    /// The signer's certificate is a CA's: it signs certificates, not requests.
    CaCertificate,
    /// The CSR has no challengePassword.
    ChallengeMissing,
    /// The CSR has another challengePassword.
    ChallengeWrong,
    /// Validators that have to agree were asked about different requests.
    DifferentRequests,
    /// The signer's certificate has expired, and the time of grace is over.
    Expired {
        /// When it was used.
        at: UnixTime,
        /// When it ended to be valid.
        not_after: UnixTime,
    },
    /// The CSR has another key than the certificate that it renews, and policy wants the same.
    KeyChanged,
    /// The CSR has the key of the certificate that it renews, and policy wants a new one (RFC 8894 section 2.5).
    KeyUnchanged,
    /// The CSR asks for other names than it may.
    Names(NameMismatch),
    /// The signer's certificate does not chain to the CA, nor to another one that policy trusts.
    NotIssuedByCa(ChainError),
    /// The signer's certificate is not valid yet.
    NotYetValid {
        /// When it was used.
        at: UnixTime,
        /// When it begins to be valid.
        not_before: UnixTime,
    },
    /// No validator is configured, so nobody can say yes.
    NoValidator,
    /// The challenge was redeemed for another CSR.
    RedeemedForAnotherCsr,
    /// The signer's certificate is revoked.
    Revoked {
        /// Since when.
        at: UnixTime,
        /// Why.
        reason: Option<RevocationReason>,
    },
    /// The signer's certificate is self-signed, which is no authentication (RFC 8894 section 2.4).
    SelfSigned,
    /// The request is signed by another key than the one in the CSR, and policy wants the same.
    SeparateSigner,
    /// Whether the signer's certificate is revoked is not known, and policy wants to know: why what there is does not tell.
    /// `None` for one that has expired, where only the CA's own word counts.
    StatusUnknown(Option<ChainError>),
    /// It is too early to renew the certificate.
    TooEarly {
        /// When it was tried.
        at: UnixTime,
        /// From when it may be.
        opens: UnixTime,
    },
    /// Something in the signer's certificate can't be read.
    Unreadable(DecodeError),
}

impl Denied {
    /// What to tell the peer: badRequest, "transaction not permitted" (RFC 8894 section 3.2.1.4, table 5). The other
    /// reasons are about messages, signing times and lookups.
    #[must_use]
    pub const fn fail_info(&self) -> FailInfo {
        FailInfo::BAD_REQUEST
    }

    /// Words for the person at the other end, for whoever proved to have a certificate of the CA. Others are told no more than
    /// failInfo says: it is the same for a missing, wrong or used challenge and for an unknown, foreign or revoked signer.
    #[must_use]
    pub fn fail_info_text(&self) -> Option<FailInfoText> {
        self.text().map(FailInfoText::new)
    }

    pub(super) const fn text(&self) -> Option<&'static str> {
        match self {
            Self::Expired { .. } => Some("the certificate has expired"),
            Self::KeyChanged => Some("the key of the certificate has to be kept"),
            Self::KeyUnchanged => Some("a new key is needed"),
            Self::TooEarly { .. } => Some("it is too early to renew the certificate"),
            _ => None,
        }
    }

    /// What could be fetched to ask again.
    #[must_use]
    pub fn missing(&self) -> Option<&Missing> {
        match self {
            Self::NotIssuedByCa(error) | Self::StatusUnknown(Some(error)) => Some(error.missing()),
            _ => None,
        }
        .filter(|missing| !missing.is_empty())
    }
}

impl From<NameMismatch> for Denied {
    fn from(mismatch: NameMismatch) -> Self {
        Self::Names(mismatch)
    }
}

impl From<ChainError> for Denied {
    fn from(error: ChainError) -> Self {
        match *error.violation() {
            Violation::Revoked { at, reason } if error.depth() == 0 => Self::Revoked { at, reason },
            Violation::RevocationUnknown { .. } => Self::StatusUnknown(Some(error)),
            _ => Self::NotIssuedByCa(error),
        }
    }
}

impl From<DecodeError> for Denied {
    fn from(error: DecodeError) -> Self {
        Self::Unreadable(error)
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AgentUnknown => f.write_str("the signer may not ask for others"),
            Self::CaCertificate => f.write_str("the signer's certificate is a CA's"),
            Self::ChallengeMissing => f.write_str("the CSR has no challengePassword"),
            Self::ChallengeWrong => f.write_str("the challengePassword is wrong"),
            Self::DifferentRequests => f.write_str("the validators were asked about different requests"),
            Self::Expired { at, not_after } => {
                write!(f, "the signer's certificate was valid until {not_after}, not at {at}")
            }
            Self::KeyChanged => f.write_str("the CSR has another key than the certificate to renew"),
            Self::KeyUnchanged => f.write_str("the CSR has the key of the certificate to renew"),
            Self::Names(mismatch) => mismatch.fmt(f),
            Self::NotIssuedByCa(error) => write!(f, "the signer does not chain to the CA: {error}"),
            Self::NotYetValid { at, not_before } => {
                write!(f, "the signer's certificate is valid from {not_before}, not at {at}")
            }
            Self::NoValidator => f.write_str("no validator is configured"),
            Self::RedeemedForAnotherCsr => f.write_str("the challenge was redeemed for another CSR"),
            Self::Revoked { at, reason: Some(reason) } => {
                write!(f, "the signer's certificate is revoked since {at}: {reason}")
            }
            Self::Revoked { at, reason: None } => write!(f, "the signer's certificate is revoked since {at}"),
            Self::SelfSigned => f.write_str("the signer's certificate is self-signed"),
            Self::SeparateSigner => f.write_str("the signer's key is not the key in the CSR"),
            Self::StatusUnknown(error) => {
                f.write_str("it is not known whether the signer's certificate is revoked")?;
                error.iter().try_for_each(|error| write!(f, ": {error}"))
            }
            Self::TooEarly { at, opens } => write!(f, "the certificate may be renewed from {opens}, not at {at}"),
            Self::Unreadable(error) => write!(f, "the signer's certificate can't be read: {error}"),
        }
    }
}

impl core::error::Error for Denied {}
