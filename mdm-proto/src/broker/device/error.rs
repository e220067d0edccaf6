//! [`Error`]: why a device's step could not be answered.

use core::fmt;

use pki_core::{
    DecodeError,
    algorithm::SignatureAlgorithm,
    chain::ChainError,
    crypto::{RandomFailed, SignFailed, UnwrapFailed},
};
use scep::{
    client::{AuthorityError, Misbehaviour},
    message::{BuildError, MessageError},
};

use crate::broker::{AttributeFlaw, BudgetError, CsrFlaw};

/// Why a step of the device could not be answered. The step is unchanged, and nothing was signed, unless it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The service: the attributes are to be signed by an algorithm that does not fit the key, or is too weak.
    Algorithm(SignatureAlgorithm),
    /// The service: the attributes are not those of a message that this device wants to send.
    Attributes(AttributeFlaw),
    /// The service: the CA's certificates make no authority.
    Authority(AuthorityError),
    /// The caller: the message could not be made.
    Build(BuildError),
    /// The key has signed what it may.
    Budget(BudgetError),
    /// The CA: the certificate is not valid below the pinned one.
    Chain(ChainError),
    /// The caller: the CSR can't be given to a broker.
    Csr(CsrFlaw),
    /// The service: not a message of this protocol, or a record that can't be read.
    Decode(DecodeError),
    /// The service: the digest is not as long as the digests of the CSR's algorithm.
    Digest,
    /// Not an answer by SCEP; its status.
    Http(u16),
    /// The CA: its reply can't be believed or read.
    Message(MessageError),
    /// The CA, or the service in its place: a reply that breaks the protocol.
    Misbehaved(Misbehaviour),
    /// The CA: the certificate has other names than were asked for.
    Names,
    /// The service: none of the CA's certificates has the fingerprint that the profile pins.
    NotPinned,
    /// The caller: this is not the key that has to sign, or to open.
    OtherKey,
    /// The source of randomness.
    Random(RandomFailed),
    /// The key: it could not sign.
    Sign(SignFailed),
    /// The caller: the transport certificate does not do.
    Transport(TransportFlaw),
    /// The service: a message of the protocol that has no place here.
    Unexpected,
    /// The key: it could not decrypt.
    Unwrap(UnwrapFailed),
}

/// Why a transport certificate does not do (RFC 8894 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportFlaw {
    /// Its key can't decrypt the reply: it is no RSA key. Nobody but the service knows the challenge that a reply could be
    /// encrypted under; give an RSA transport key.
    CannotDecrypt,
    /// It is a CA's.
    IsCa,
    /// It is not signed by its own key.
    NotSelfSigned,
    /// It has another subject than the CSR, which some CAs refuse.
    Subject,
    /// Its keyUsage lacks digitalSignature or keyEncipherment.
    Usage,
    /// It is not valid now, or for more than 90 days.
    Validity,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm(algorithm) => {
                write!(f, "not signed with {}: it does not fit, or is weak", algorithm.name())
            }
            Self::Attributes(flaw) => flaw.fmt(f),
            Self::Authority(error) => write!(f, "CA certificates: {error}"),
            Self::Build(error) => write!(f, "the message could not be made: {error}"),
            Self::Budget(error) => write!(f, "not signed: {error}"),
            Self::Chain(error) => write!(f, "the certificate is not valid below the pinned one: {error}"),
            Self::Csr(flaw) => flaw.fmt(f),
            Self::Decode(error) => write!(f, "no message of the broker: {error}"),
            Self::Digest => f.write_str("not signed: the digest is not of the CSR's algorithm"),
            Self::Http(status) => write!(f, "HTTP {status} is no answer by SCEP"),
            Self::Message(error) => write!(f, "reply: {error}"),
            Self::Misbehaved(misbehaviour) => write!(f, "reply: {misbehaviour}"),
            Self::Names => f.write_str("the certificate has other names than were asked for"),
            Self::NotPinned => f.write_str("none of the CA's certificates has the fingerprint of the profile"),
            Self::OtherKey => f.write_str("another key is needed here"),
            Self::Random(error) => error.fmt(f),
            Self::Sign(error) => error.fmt(f),
            Self::Transport(flaw) => write!(f, "transport certificate: {flaw}"),
            Self::Unexpected => f.write_str("the service's message has no place here"),
            Self::Unwrap(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Error {}

impl fmt::Display for TransportFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CannotDecrypt => "its key can't decrypt a reply; give an RSA transport key",
            Self::IsCa => "it is a CA's",
            Self::NotSelfSigned => "it is not signed by its own key",
            Self::Subject => "its subject is not that of the CSR",
            Self::Usage => "its keyUsage lacks digitalSignature or keyEncipherment",
            Self::Validity => "it is not valid now, or for more than 90 days",
        })
    }
}

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
    AttributeFlaw => Attributes;
    AuthorityError => Authority;
    BudgetError => Budget;
    BuildError => Build;
    CsrFlaw => Csr;
    DecodeError => Decode;
    MessageError => Message;
    Misbehaviour => Misbehaved;
    RandomFailed => Random;
    SignFailed => Sign;
    TransportFlaw => Transport;
    UnwrapFailed => Unwrap;
}
