//! [`Authorized`]: proof that a CSR may be issued.

use core::fmt;

use pki_core::CsrDigest;

use crate::attribute::FailInfo;

/// Proof that one particular CSR may be issued. Names the digest of that CSR, and is made only by the methods of
/// [`Enrol`](super::Enrol): forgetting to authorise does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorized {
    csr: CsrDigest,
}

/// A challenge service's word that a challenge was redeemed for the CSR with this digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeemed {
    csr: CsrDigest,
}

/// Why a request is not authorised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denied {
    /// The CSR has no challengePassword.
    ChallengeMissing,
    /// The CSR has another challengePassword.
    ChallengeWrong,
    /// The challenge was redeemed for another CSR.
    RedeemedForAnotherCsr,
}

impl Authorized {
    pub(super) const fn new(csr: CsrDigest) -> Self {
        Self { csr }
    }

    /// The CSR that may be issued.
    #[must_use]
    pub const fn csr(&self) -> &CsrDigest {
        &self.csr
    }
}

impl Redeemed {
    /// Says that a challenge was presented for this CSR, was right, may be used for it, and is now used up.
    #[must_use]
    pub const fn for_csr(csr: CsrDigest) -> Self {
        Self { csr }
    }

    /// The CSR that it was redeemed for.
    #[must_use]
    pub const fn csr(&self) -> &CsrDigest {
        &self.csr
    }
}

impl Denied {
    /// What to tell the peer: badRequest, "transaction not permitted" (RFC 8894 table 5).
    #[must_use]
    pub const fn fail_info(self) -> FailInfo {
        FailInfo::BAD_REQUEST
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ChallengeMissing => "the CSR has no challengePassword",
            Self::ChallengeWrong => "the challengePassword is wrong",
            Self::RedeemedForAnotherCsr => "the challenge was redeemed for another CSR",
        })
    }
}

impl core::error::Error for Denied {}
