//! [`LoweringError`].

use core::fmt;

use pki_core::{algorithm::DigestAlgorithm, extension::KeyUsage};

use crate::profile::{Curve, ExpandError};

/// Why a profile cannot be told to a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoweringError {
    /// The challenge is no text.
    ChallengeNotText,
    /// Windows wants a challenge, and there is none.
    ChallengeRequired,
    /// The platform's client makes RSA keys only.
    EcUnavailable(Curve),
    /// Windows wants extended key usages, and there are none.
    ExtendedKeyUsageRequired,
    /// The platform's client keeps keys in software, and hardware is required.
    HardwareUnavailable,
    /// Windows wants digitalSignature or keyEncipherment, and there is neither.
    KeyUsage(KeyUsage),
    /// More bits than the platform's client makes.
    KeySize {
        /// What the profile has.
        bits: u16,
    },
    /// The names cannot be made.
    Names(ExpandError),
    /// The service's broker has the challenge. The platform's client knows nothing of a broker: an agent is needed.
    NeedsAgent,
    /// Messages go by the service, and its URL is not said: see
    /// [`PlatformProfile::with_url`](super::PlatformProfile::with_url).
    NeedsServiceUrl,
    /// The profile does not allow that devices have its static password, or has none.
    StaticPasswordKept,
    /// An attribute of the subject is no text.
    SubjectNotText,
    /// Windows wants the SHA-1 thumbprint of the root CA; Apple one of 16, 20 or 32 octets. There is none, or the root has
    /// another than the profile.
    Thumbprint,
    /// The digest is in none of the families that Windows knows.
    UnsupportedDigest(DigestAlgorithm),
    /// A URL with a semicolon, by which Windows separates URLs.
    Url,
}

impl From<ExpandError> for LoweringError {
    fn from(error: ExpandError) -> Self {
        Self::Names(error)
    }
}

impl fmt::Display for LoweringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ChallengeNotText => f.write_str("the challenge is no text"),
            Self::ChallengeRequired => f.write_str("the platform wants a challenge"),
            Self::EcUnavailable(curve) => write!(f, "the platform makes no keys on {curve:?}, RSA only"),
            Self::ExtendedKeyUsageRequired => f.write_str("the platform wants an extended key usage"),
            Self::HardwareUnavailable => f.write_str("the platform keeps keys of SCEP in software"),
            Self::KeyUsage(usage) => write!(f, "the platform wants digitalSignature or keyEncipherment, not {usage}"),
            Self::KeySize { bits } => write!(f, "the platform makes no RSA keys of {bits} bits, but up to 4096"),
            Self::Names(error) => error.fmt(f),
            Self::NeedsAgent => f.write_str("the broker keeps the challenge: an agent of the service's is needed"),
            Self::NeedsServiceUrl => f.write_str("messages go by the service: say its URL"),
            Self::StaticPasswordKept => f.write_str("the profile does not let devices have its password"),
            Self::SubjectNotText => f.write_str("an attribute of the subject is no text"),
            Self::Thumbprint => f.write_str("no thumbprint that the platform takes: give the root's SHA-1 thumbprint"),
            Self::UnsupportedDigest(digest) => write!(f, "the platform does not know {}", digest.name()),
            Self::Url => f.write_str("a URL has a semicolon, by which the platform separates URLs"),
        }
    }
}

impl core::error::Error for LoweringError {}
