//! [`Refused`]: why there is no certificate.

use core::fmt;

use pki_core::{BuildError, UnixTime, crypto::VerifyError};
use scep::server::{IssueError, KeyRefused, NameMismatch};

use super::NotAuthenticated;
use crate::identity::{Identity, IdentityError};

/// Why a client certificate is not issued or renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// The service: the certificate can't be built from what it says.
    Build(BuildError),
    /// The service: no signature algorithm is known for the CA's key.
    IssuerKeyUnsupported,
    /// The service: the CA or the root is not valid when it should issue.
    IssuerNotValid {
        /// That time.
        at: UnixTime,
    },
    /// The device: its key is none that certificates are issued for.
    Key(KeyRefused),
    /// The device: its key is not the one that it has, and policy wants that.
    KeyChanged,
    /// The device: its key is the CA's.
    KeyOfIssuer,
    /// The device: its key is the one that it has, and policy wants a new one.
    KeyUnchanged,
    /// The device: its CSR asks for other names than the service decided on.
    Names(NameMismatch),
    /// The device: who asks for a renewal did not authenticate by a certificate that is good.
    NotAuthenticated(NotAuthenticated),
    /// The device: the CSR is not signed by the key in it (RFC 2986 section 3).
    ProofOfPossession(VerifyError),
    /// The device: it is revoked. It has to be activated anew, under a new record.
    Revoked {
        /// Since when.
        at: UnixTime,
    },
    /// The device: it may renew, but not yet.
    TooEarly {
        /// The time of the request.
        at: UnixTime,
        /// From when it may.
        opens: UnixTime,
    },
    /// The user of the certificate is not the one in the record, and policy wants the same.
    UserChanged {
        /// Who the certificate stands for.
        certificate: Identity,
        /// Who the record does.
        record: Identity,
    },
}

impl Refused {
    /// Whether it is for the service to mend, and not for the device: an HTTP status of 5xx rather than 4xx.
    #[must_use]
    pub const fn is_of_service(&self) -> bool {
        matches!(self, Self::Build(_) | Self::IssuerKeyUnsupported | Self::IssuerNotValid { .. })
    }
}

impl From<BuildError> for Refused {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl From<IdentityError> for Refused {
    fn from(error: IdentityError) -> Self {
        Self::NotAuthenticated(NotAuthenticated::Identity(error))
    }
}

impl From<IssueError> for Refused {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Build(error) => Self::Build(error),
            IssueError::IssuerNotValid { at } => Self::IssuerNotValid { at },
            IssueError::Key(refused) => Self::Key(refused),
            IssueError::Names(mismatch) => Self::Names(mismatch),
            // AuthorizedForAnotherCsr can't be: the digest is that of the CSR.
            _ => Self::IssuerKeyUnsupported,
        }
    }
}

impl From<KeyRefused> for Refused {
    fn from(refused: KeyRefused) -> Self {
        Self::Key(refused)
    }
}

impl From<NameMismatch> for Refused {
    fn from(mismatch: NameMismatch) -> Self {
        Self::Names(mismatch)
    }
}

impl From<NotAuthenticated> for Refused {
    fn from(error: NotAuthenticated) -> Self {
        match error {
            NotAuthenticated::Revoked { at } => Self::Revoked { at },
            error => Self::NotAuthenticated(error),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(error) => write!(f, "the certificate could not be made: {error}"),
            Self::IssuerKeyUnsupported => {
                f.write_str("no signature algorithm is known for the CA's key: choose another key")
            }
            Self::IssuerNotValid { at } => write!(f, "the CA or the root is not valid at {at}: renew it"),
            Self::Key(refused) => refused.fmt(f),
            Self::KeyChanged => f.write_str("the key is another one: ask with the one that the certificate has"),
            Self::KeyOfIssuer => f.write_str("the key is the CA's: ask with one of the device"),
            Self::KeyUnchanged => f.write_str("the key is the one that the certificate has: make a new one"),
            Self::Names(mismatch) => mismatch.fmt(f),
            Self::NotAuthenticated(error) => error.fmt(f),
            Self::ProofOfPossession(error) => write!(f, "the CSR is not signed by the key in it: {error}"),
            Self::Revoked { at } => write!(f, "the device is revoked since {at}: activate it anew"),
            Self::TooEarly { at, opens } => write!(f, "it is {at}, and renewal begins at {opens}: try again then"),
            Self::UserChanged { .. } => f.write_str("the user is another one now: activate the device for that user"),
        }
    }
}

impl core::error::Error for Refused {}
