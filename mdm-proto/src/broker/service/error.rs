//! [`Error`]: why the service does not go on.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use pki_core::{
    DecodeError,
    crypto::{RandomFailed, VerifyError},
};
use scep::{client, message::BuildError};

use super::TooManyAttempts;
use crate::{
    broker::{
        CsrFlaw, RefusalReason, UnusableChallenge,
        device::{self, TransportFlaw},
        message::ToDevice,
    },
    csr_policy::Mismatches,
};

/// Why the service does not go on. [`Error::refusal`] is what the device is told; this is for the log.
#[derive(Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The device: too many requests.
    Attempts(TooManyAttempts),
    /// The device, or the caller: there is no blinding for this request, or it is too old. The device has to begin again.
    Blinding,
    /// The caller: the envelope could not be made.
    Build(BuildError),
    /// The caller: the CA states no digest of SHA-2 or no AES that the provider has.
    Capabilities,
    /// The device: the certificate that it reports is not the one that was asked for, or not below the pinned one.
    Certificate(Box<device::Error>),
    /// The caller: the profile's challenge fits into no CSR.
    Challenge(UnusableChallenge),
    /// The device: its CSR can't be given a challenge.
    Csr(CsrFlaw),
    /// The device: not a message of this protocol.
    Decode(DecodeError),
    /// The device: it asks for something else than the service has on record.
    Mismatch(Mismatches),
    /// The caller, or somebody in the CA's place: the authority is not below the certificate that the profile pins.
    NotPinned,
    /// The device: the request is for another profile.
    Profile,
    /// The source of randomness.
    Random(RandomFailed),
    /// The CA, or the caller's configuration.
    Scep(Box<client::Error>),
    /// The device: its signature does not verify.
    Signature(VerifyError),
    /// The device: a message of another transaction.
    Transaction,
    /// The device: its transport certificate does not do.
    Transport(TransportFlaw),
    /// The device: a message of the protocol that has no place here.
    Unexpected,
}

impl Error {
    /// What the device is told, as a message to send: why, in a word, and nothing of what is on record.
    #[must_use]
    pub fn refusal(&self) -> Vec<u8> {
        ToDevice::Refusal(self.reason()).to_der()
    }

    /// That word.
    #[must_use]
    pub const fn reason(&self) -> RefusalReason {
        match self {
            Self::Attempts(_) => RefusalReason::TooMany,
            Self::Mismatch(_) => RefusalReason::Mismatch,
            Self::Profile => RefusalReason::Profile,
            Self::Build(_)
            | Self::Capabilities
            | Self::Challenge(_)
            | Self::NotPinned
            | Self::Random(_)
            | Self::Scep(_) => RefusalReason::Unavailable,
            Self::Blinding
            | Self::Certificate(_)
            | Self::Csr(_)
            | Self::Decode(_)
            | Self::Signature(_)
            | Self::Transaction
            | Self::Transport(_)
            | Self::Unexpected => RefusalReason::Invalid,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attempts(error) => error.fmt(f),
            Self::Blinding => f.write_str("there is no blinding for this request, or it is too old"),
            Self::Build(error) => write!(f, "the envelope could not be made: {error}"),
            Self::Capabilities => f.write_str("the CA states no SHA-2 or no AES"),
            Self::Certificate(error) => write!(f, "the certificate that the device reports: {error}"),
            Self::Challenge(error) => error.fmt(f),
            Self::Csr(flaw) => flaw.fmt(f),
            Self::Decode(error) => write!(f, "no message of a device: {error}"),
            Self::Mismatch(mismatches) => write!(f, "the CSR is not what is on record: {mismatches}"),
            Self::NotPinned => f.write_str("the CA is not the one that the profile pins"),
            Self::Profile => f.write_str("the request is for another profile"),
            Self::Random(error) => error.fmt(f),
            Self::Scep(error) => error.fmt(f),
            Self::Signature(error) => write!(f, "the device's signature: {error}"),
            Self::Transaction => f.write_str("a message of another transaction"),
            Self::Transport(flaw) => write!(f, "transport certificate: {flaw}"),
            Self::Unexpected => f.write_str("a message that has no place here"),
        }
    }
}

impl core::error::Error for Error {}

macro_rules! from {
    ($($from:ty => $variant:ident;)*) => {
        $(impl From<$from> for Error {
            fn from(cause: $from) -> Self {
                Self::$variant(cause)
            }
        })*
    };
}

from! {
    BuildError => Build;
    CsrFlaw => Csr;
    DecodeError => Decode;
    Mismatches => Mismatch;
    RandomFailed => Random;
    TooManyAttempts => Attempts;
    TransportFlaw => Transport;
    UnusableChallenge => Challenge;
}

impl From<client::Error> for Error {
    fn from(error: client::Error) -> Self {
        Self::Scep(Box::new(error))
    }
}
