//! [`RedeemError`]: why a challenge was not redeemed, and what to do about it.

use core::fmt;

use pki_core::{DecodeError, UnixTime};
use scep::{FailInfo, server::Denied};

use super::external::ExternalError;
use crate::csr_policy::Mismatches;

/// Why a challenge was not redeemed. `Display` is for the audit log; the peer is told what [`RedeemError::denied`] says, which
/// is the same for every wrong challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedeemError {
    /// It was good until this time. A device that was offline did nothing wrong.
    Expired {
        /// When it ended.
        at: UnixTime,
    },
    /// The service elsewhere said no, or could not be asked.
    External(ExternalError),
    /// The CSR is not as it should be. The challenge can still be used.
    Mismatch(Mismatches),
    /// There is no challenge.
    Missing,
    /// It was used for another request, or for this one too long ago.
    Spent,
    /// It is none that this service gave out, or one that it has forgotten.
    Unknown,
    /// The challenge in the CSR can't be read.
    Unreadable(DecodeError),
    /// It was taken back.
    Withdrawn,
    /// Another device presents it. The challenge can still be used.
    WrongDevice,
    /// It is presented for another profile. The challenge can still be used.
    WrongProfile,
}

/// What to do when a challenge was not redeemed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "all there is to do")]
pub enum Advice {
    /// Nothing was decided: let the client ask again. Answer PENDING, or not at all.
    AskAgain,
    /// Give the device a new challenge, at once, and don't count it as a failure: it was too late, not wrong.
    IssueNew,
    /// Refuse. Count it.
    Refuse,
}

impl RedeemError {
    /// The one mapping to what the SCEP server says.
    #[must_use]
    pub const fn denied(&self) -> Denied {
        match self {
            Self::Missing => Denied::ChallengeMissing,
            _ => Denied::ChallengeWrong,
        }
    }

    /// What to tell the peer.
    #[must_use]
    pub fn fail_info(&self) -> FailInfo {
        self.denied().fail_info()
    }

    /// What to do now.
    #[must_use]
    pub const fn advice(&self) -> Advice {
        match self {
            Self::Expired { .. } => Advice::IssueNew,
            Self::External(error) => error.advice(),
            _ => Advice::Refuse,
        }
    }
}

impl From<RedeemError> for Denied {
    fn from(error: RedeemError) -> Self {
        error.denied()
    }
}

impl From<ExternalError> for RedeemError {
    fn from(error: ExternalError) -> Self {
        Self::External(error)
    }
}

impl From<DecodeError> for RedeemError {
    fn from(error: DecodeError) -> Self {
        Self::Unreadable(error)
    }
}

impl fmt::Display for RedeemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { at } => write!(f, "the challenge ended at {at}: give the device a new one"),
            Self::External(error) => error.fmt(f),
            Self::Mismatch(mismatches) => write!(f, "the CSR is not what the challenge is for: {mismatches}"),
            Self::Missing => f.write_str("there is no challenge"),
            Self::Spent => f.write_str("the challenge was used before"),
            Self::Unknown => f.write_str("the challenge is not known"),
            Self::Unreadable(error) => write!(f, "the challenge can't be read: {error}"),
            Self::Withdrawn => f.write_str("the challenge was taken back"),
            Self::WrongDevice => f.write_str("the challenge is for another device"),
            Self::WrongProfile => f.write_str("the challenge is for another profile"),
        }
    }
}

impl core::error::Error for RedeemError {}
