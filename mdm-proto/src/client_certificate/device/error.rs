//! [`NotAccepted`].

use core::fmt;

use pki_core::chain::ChainError;

use crate::identity::{Identity, IdentityError};

/// Why a device does not take a certificate that it got. What it has stays.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAccepted {
    /// It does not lead to a pinned root, or is not for TLS clients, or is not valid now.
    Chain(ChainError),
    /// It does not say who it stands for.
    Identity(IdentityError),
    /// There is none.
    NoCertificate,
    /// Nothing was asked for.
    NothingPending,
    /// It stands for another device or work space.
    OtherIdentity {
        /// Who this device is.
        expected: Identity,
        /// Who the certificate stands for.
        found: Identity,
    },
    /// It is for another key than that of the request.
    OtherKey,
}

impl From<ChainError> for NotAccepted {
    fn from(error: ChainError) -> Self {
        Self::Chain(error)
    }
}

impl From<IdentityError> for NotAccepted {
    fn from(error: IdentityError) -> Self {
        Self::Identity(error)
    }
}

impl fmt::Display for NotAccepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain(error) => write!(f, "the certificate is not by the service: {error}"),
            Self::Identity(error) => error.fmt(f),
            Self::NoCertificate => f.write_str("the answer has no certificate: send the request again"),
            Self::NothingPending => f.write_str("a certificate came that was not asked for: drop it"),
            Self::OtherIdentity { expected, found } => write!(
                f,
                "the certificate is for device {} in work space {}, not for {} in {}: tell the service",
                found.device(),
                found.work_space(),
                expected.device(),
                expected.work_space()
            ),
            Self::OtherKey => f.write_str("the certificate is for another key: send the request again"),
        }
    }
}

impl core::error::Error for NotAccepted {}
