//! [`InstallationError`] and [`StepError`].

use alloc::string::String;
use core::{fmt, time::Duration};

use pki_core::{BuildError, KeyKind, UnixTime};

/// Why a certificate of the installation can't be made. The caller's to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstallationError {
    /// The certificate can't be built.
    Build(BuildError),
    /// A name of the server that is no host name.
    InvalidName {
        /// The name.
        name: String,
    },
    /// No signature algorithm is known for the issuer's key.
    IssuerKeyUnsupported,
    /// The issuer is not valid when it should issue.
    IssuerNotValid {
        /// That time.
        at: UnixTime,
    },
    /// The key is the issuer's.
    KeyOfIssuer,
    /// A lifetime outside of what the profile allows.
    Lifetime {
        /// What was asked for.
        asked: Duration,
        /// The least allowed.
        least: Duration,
        /// The most allowed.
        most: Duration,
    },
    /// The server needs a name.
    NoName,
    /// The path length of the root leaves no room for another CA.
    NoRoom,
    /// What should be a root is no CA by basicConstraints.
    NotACa,
    /// The key is weaker than the profile wants.
    WeakKey {
        /// What it is.
        kind: KeyKind,
    },
}

/// Why a step of an [`Installation`](super::Installation) can't be made. Nothing is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepError {
    /// The certificate is not signed by any authority of the installation.
    NotIssuedHere,
    /// No next root was made.
    NothingUnderWay,
    /// The certificate of the server is under that root, or client certificates are.
    StillNeeded,
    /// Too many former roots are kept: retire one.
    TooManyRoots,
    /// A next root was made already.
    UnderWay,
    /// There is no former root of that generation.
    UnknownGeneration,
}

impl From<BuildError> for InstallationError {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl fmt::Display for InstallationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(error) => write!(f, "the certificate could not be made: {error}"),
            Self::InvalidName { name } => write!(f, "{name} is no host name"),
            Self::IssuerKeyUnsupported => f.write_str("no signature algorithm is known for the issuer's key"),
            Self::IssuerNotValid { at } => write!(f, "the issuer is not valid at {at}"),
            Self::KeyOfIssuer => f.write_str("the key is the issuer's: make another"),
            Self::Lifetime { asked, least, most } => {
                let days = |time: &Duration| time.as_secs() / 86_400;
                write!(f, "a lifetime of {} days, not {} to {}", days(asked), days(least), days(most))
            }
            Self::NoName => f.write_str("the server has no name: add one"),
            Self::NoRoom => f.write_str("the path length of the root leaves no room for this CA"),
            Self::NotACa => f.write_str("the root is no CA by basicConstraints"),
            Self::WeakKey { kind } => write!(f, "a key of the kind {kind} is too weak: make a stronger one"),
        }
    }
}

impl core::error::Error for InstallationError {}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotIssuedHere => "the certificate is not issued by this installation",
            Self::NothingUnderWay => "no next root was made: begin a rollover first",
            Self::StillNeeded => "certificates depend on the root: wait, or replace them",
            Self::TooManyRoots => "too many former roots: retire one",
            Self::UnderWay => "a next root was made already: switch to it first",
            Self::UnknownGeneration => "there is no former root of that generation",
        })
    }
}

impl core::error::Error for StepError {}
