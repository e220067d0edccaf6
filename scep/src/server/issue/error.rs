//! [`IssueError`]: why there is no certificate for a CSR.

use core::fmt;

use pki_core::{BuildError, DecodeError, UnixTime};

use super::KeyRefused;
use crate::{attribute::FailInfo, server::NameMismatch};

/// Why a [`CertificateProfile`](super::CertificateProfile) gives no certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssueError {
    /// The caller: the `Authorized` names another CSR.
    AuthorizedForAnotherCsr,
    /// The caller: the certificate can't be built from what the profile and the names say.
    Build(BuildError),
    /// The caller: the CA's key is of a kind that no signature algorithm is known for.
    IssuerKeyUnsupported,
    /// The caller: the CA is not valid when it should issue.
    IssuerNotValid {
        /// That time.
        at: UnixTime,
    },
    /// The peer: the key is none that certificates are issued for.
    Key(KeyRefused),
    /// The peer: the CSR asks for other names than those that were decided on.
    Names(NameMismatch),
}

impl IssueError {
    /// What to tell the peer: badAlg for its key, else badRequest (RFC 8894 section 3.2.1.4, table 5).
    #[must_use]
    pub const fn fail_info(&self) -> FailInfo {
        match self {
            Self::Key(_) => FailInfo::BAD_ALG,
            _ => FailInfo::BAD_REQUEST,
        }
    }
}

impl From<BuildError> for IssueError {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl From<DecodeError> for IssueError {
    /// The names can't be read.
    fn from(error: DecodeError) -> Self {
        Self::Names(NameMismatch::Unreadable(error))
    }
}

impl From<KeyRefused> for IssueError {
    fn from(refused: KeyRefused) -> Self {
        Self::Key(refused)
    }
}

impl From<NameMismatch> for IssueError {
    fn from(mismatch: NameMismatch) -> Self {
        Self::Names(mismatch)
    }
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AuthorizedForAnotherCsr => f.write_str("the authorisation names another CSR"),
            Self::Build(error) => write!(f, "the certificate could not be made: {error}"),
            Self::IssuerKeyUnsupported => f.write_str("no signature algorithm is known for the CA's key"),
            Self::IssuerNotValid { at } => write!(f, "the CA is not valid at {at}"),
            Self::Key(refused) => refused.fmt(f),
            Self::Names(mismatch) => mismatch.fmt(f),
        }
    }
}

impl core::error::Error for IssueError {}
