//! [`ExternalError`]: why a service elsewhere did not say yes.

use alloc::boxed::Box;
use core::fmt;

use super::intune::Code;
use crate::challenge::Advice;

/// Why a service elsewhere did not say yes. Nothing is issued then.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExternalError {
    /// It answered by this status, not by 200.
    Http {
        /// The status.
        status: u16,
    },
    /// Intune said no.
    Intune {
        /// Why.
        code: Code,
        /// In its own words, for the log.
        description: Box<str>,
    },
    /// What it sent is no challenge.
    InvalidChallenge,
    /// The answer is not the JSON that it should be.
    Malformed,
    /// A webhook said no.
    Refused {
        /// Why, by a word of its own.
        code: Box<str>,
        /// In its own words, for the log.
        message: Box<str>,
    },
    /// The answer is larger than any that makes sense.
    TooLarge,
    /// The request names no transaction, which the service wants to know.
    TransactionMissing,
    /// There was no answer.
    Unreachable,
}

impl ExternalError {
    /// What to do now. Of the statuses, 400, 413 and 422 are about the request; any other is about the service, or about who
    /// asks it, and no device is to pay for that.
    #[must_use]
    pub const fn advice(&self) -> Advice {
        match self {
            Self::Http { status: 400 | 413 | 422 } => Advice::Refuse,
            Self::Http { .. } | Self::Malformed | Self::TooLarge | Self::Unreachable => Advice::AskAgain,
            Self::Intune { code: Code::ChallengeExpired, .. } => Advice::IssueNew,
            _ => Advice::Refuse,
        }
    }
}

impl fmt::Display for ExternalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { status } => write!(f, "the service answered by status {status}"),
            Self::Intune { code, description } => write!(f, "Intune says {code}: {description}"),
            Self::InvalidChallenge => f.write_str("the service sent what is no challenge"),
            Self::Malformed => f.write_str("the service's answer can't be read"),
            Self::Refused { code, message } => write!(f, "the webhook refuses: {code}: {message}"),
            Self::TooLarge => f.write_str("the service's answer is too large"),
            Self::TransactionMissing => f.write_str("the service wants to know the transactionID, and there is none"),
            Self::Unreachable => f.write_str("the service could not be reached"),
        }
    }
}

impl core::error::Error for ExternalError {}
