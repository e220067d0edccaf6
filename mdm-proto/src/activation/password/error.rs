//! Why a step went no further: [`DeviceError`], [`ServiceError`], [`IssueError`], [`RegisterError`].

use core::fmt;

use pki_core::{
    DecodeError,
    chain::ChainError,
    crypto::{RandomFailed, VerifyError},
};

use super::{DeviceExchange, ServiceName, UnacceptableParameters};

/// Why a device could not take a reply, or make a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceError {
    /// The service, or this device's clock: the certificate is not valid under the root that came with it.
    Chain(ChainError),
    /// The service: the certificate is for another key than the CSR.
    CertificateMismatch,
    /// The caller: the CSR is too large for a message.
    CsrTooLarge,
    /// The peer: not a message of this protocol, or not the one that belongs here.
    Message(DecodeError),
    /// Not the service that was asked for.
    OtherService(ServiceName),
    /// The service does not know this password: it is mistyped, used up, expired or locked, or this is not the service, or
    /// somebody changed what was sent. Which of these can't be told. Begin again, when the person says so: each run is a
    /// guess that somebody in the place of the service may make.
    NotConfirmed,
    /// The service, or somebody in its place: scrypt with parameters that are out of [bounds](super::ScryptBounds).
    Parameters(UnacceptableParameters),
    /// The source of randomness.
    Random(RandomFailed),
    /// The caller: a saved record can't be read.
    Record(DecodeError),
    /// The service, or somebody in its place: it does not take the request. It does not say why.
    Refused,
    /// Somebody in the place of the service: the answer is not sealed for this device.
    Sealed,
}

/// An exchange that came to nothing.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "taken apart by callers")]
pub struct DeviceFailure {
    /// Why.
    pub cause: DeviceError,
    /// The exchange, unchanged, to be tried again. None after [`DeviceError::NotConfirmed`].
    pub exchange: Option<DeviceExchange>,
}

/// Why a service did not take a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceError {
    /// The device: what it sealed is no CSR.
    Csr(DecodeError),
    /// The device: it does not have the key that it wants certified, or one of a kind that is not verified here.
    CsrSignature(VerifyError),
    /// The peer: not a message of this protocol to a service.
    Message(DecodeError),
    /// The peer: it does not know the password, or what it sent was changed on the way.
    NotConfirmed,
    /// The peer: there is no such attempt in the record, because there is no record, or it has changed since, or was used up
    /// by another request.
    NotCounted,
    /// The device: the attempt was made too long ago.
    TimedOut,
}

/// A request that was refused.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "taken apart by callers")]
pub struct Refusal {
    /// For the log. Not for the peer.
    pub cause: ServiceError,
    /// For the peer, which does not learn why, unless it has proven the password.
    pub reply: alloc::vec::Vec<u8>,
}

/// Why a certificate can't be handed to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssueError {
    /// It is for another key than the CSR.
    CertificateMismatch,
    /// More than 8 roots, more than 8 other certificates, or more than 64 kB in all.
    TooLarge,
    /// The URL is not one of HTTPS.
    Url,
}

/// Why a password can't be registered, or a service be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterError {
    /// The service's secret is shorter than 32 octets.
    ShortSecret,
    /// The password is shorter than six characters.
    UnsuitablePassword,
}

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain(error) => write!(f, "the certificate is not valid under the service's root: {error}"),
            Self::CertificateMismatch => f.write_str("the certificate is for another key"),
            Self::CsrTooLarge => f.write_str("the CSR is too large"),
            Self::Message(error) => write!(f, "not an answer of an activation service: {error}"),
            Self::OtherService(found) => write!(f, "the service that answers is {found}"),
            Self::NotConfirmed => f.write_str(
                "the activation password is wrong, or can't be used any more; check it, or ask for a new one",
            ),
            Self::Parameters(error) => error.fmt(f),
            Self::Random(error) => error.fmt(f),
            Self::Record(error) => write!(f, "record: {error}"),
            Self::Refused => f.write_str("the service does not take the request; begin again"),
            Self::Sealed => f.write_str("the answer is not from the service that the password was agreed with"),
        }
    }
}

impl fmt::Display for DeviceFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Csr(error) => write!(f, "CSR: {error}"),
            Self::CsrSignature(error) => write!(f, "CSR: {error}"),
            Self::Message(error) => write!(f, "not a message of a device: {error}"),
            Self::NotConfirmed => f.write_str("the device does not know the password"),
            Self::NotCounted => f.write_str("no such attempt is on record"),
            Self::TimedOut => f.write_str("the attempt was made too long ago"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CertificateMismatch => "the certificate is for another key than the CSR",
            Self::TooLarge => "too many or too large certificates",
            Self::Url => "the service URL is not one of HTTPS",
        })
    }
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ShortSecret => "the service's secret needs 32 octets",
            Self::UnsuitablePassword => "the activation password needs six characters; take another one",
        })
    }
}

impl core::error::Error for DeviceError {}
impl core::error::Error for DeviceFailure {}
impl core::error::Error for ServiceError {}
impl core::error::Error for Refusal {}
impl core::error::Error for IssueError {}
impl core::error::Error for RegisterError {}
