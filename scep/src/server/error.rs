//! [`Error`], what the log gets, and [`Refusal`], which has what the peer gets too.

use core::fmt;

use pki_core::{
    DecodeError, UnixTime,
    chain::ChainError,
    cms::{EnvelopeError, SignatureError},
    crypto::UnwrapFailed,
};

use super::{Conflict, Denied, IssueError, LookupDenied, Reply};
use crate::{
    attribute::FailInfo,
    http::HttpError,
    message::{BuildError, MessageError},
    peer::Quirk,
};

/// Why a request went no further, for the log, and what to tell the peer, which is always something.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "taken apart by callers")]
pub struct Refusal {
    /// For the log. Not for the peer.
    pub cause: Error,
    /// For the peer: a CertRep FAILURE to be signed, or an HTTP error where the request names no transaction.
    pub reply: Reply,
}

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The caller: `issue` was called with an `Authorized` for another CSR.
    AuthorizedForAnotherCsr,
    /// The caller: a lookup was answered with a `LookupAuthorized` for another lookup or another requester.
    AuthorizedForAnotherLookup,
    /// The caller, or the source of randomness: the reply could not be made.
    Build(BuildError),
    /// The caller: `issue` was given no certificate, or the first one is not for the key that was asked for; or a GetCert was
    /// answered with another certificate than the one asked for.
    CertificateMismatch,
    /// The peer's clock, or a message that is replayed: signingTime is further from the time here than
    /// [`Responder::with_clock_tolerance`](super::Responder::with_clock_tolerance) allows.
    ClockSkew {
        /// What signingTime says.
        signing_time: UnixTime,
    },
    /// The caller: a GetCRL was answered with the CRL of another issuer.
    CrlMismatch,
    /// The peer: the HTTP request makes no SCEP operation.
    Http(HttpError),
    /// The peer: who asks may not know.
    LookupDenied(LookupDenied),
    /// The peer: it is not authorised.
    Denied(Denied),
    /// The peer, or the caller: no certificate can be issued for the CSR.
    Issue(IssueError),
    /// The peer: the pkiMessage can't be believed or read.
    Message(MessageError),
    /// The peer: there is no certificate, or no CRL, such as is asked for.
    NotFound,
    /// The peer, or policy: an operation that this server does not do.
    OperationUnsupported,
    /// Policy: what the peer does is not in the profile. See [`Responder::with_peer`](super::Responder::with_peer).
    Quirk(Quirk),
    /// The peer: the key that signed the request can't decrypt the reply, or is too short for the key transport of the
    /// request, and there is no challengePassword to encrypt it under instead (RFC 8894 section 3.1). Nothing was issued.
    ReplyUndeliverable,
    /// The peer: a request without senderNonce (RFC 8894 section 3.2.1).
    SenderNonceMissing,
    /// The peer: a poll for a transaction that is not known, or not the peer's.
    Transaction(Conflict),
    /// Policy: the profile's peers don't get along with the key in the CSR.
    UnsuitableKey,
    /// The key: the decrypter could not be reached, or does not know the algorithm.
    Unwrap(UnwrapFailed),
}

impl Error {
    /// The one mapping from what went wrong to what the peer is told (RFC 8894 section 3.2.1.4, table 5).
    ///
    /// Once a private key has been used on what the peer sent there is one answer for all that can be wrong with the envelope
    /// and what is in it: badRequest. What anyone can see without the key, an algorithm or a signature, has answers of its
    /// own, and so has what was opened and read.
    #[must_use]
    pub const fn fail_info(&self) -> FailInfo {
        match self {
            Self::Denied(denied) => denied.fail_info(),
            Self::Issue(error) => error.fail_info(),
            Self::ReplyUndeliverable
            | Self::Quirk(Quirk::Md5 | Quirk::Sha1 | Quirk::SingleDes | Quirk::TripleDes)
            | Self::Message(
                MessageError::Envelope(
                    EnvelopeError::AuthenticatedCipher
                    | EnvelopeError::UnauthenticatedCipher
                    | EnvelopeError::UnsupportedCipher
                    | EnvelopeError::UnsupportedKeyTransport,
                )
                | MessageError::Signature(SignatureError::UnsupportedAlgorithm { .. }),
            ) => FailInfo::BAD_ALG,
            Self::Message(MessageError::Signature(_) | MessageError::SignerUnknown) => FailInfo::BAD_MESSAGE_CHECK,
            Self::ClockSkew { .. } => FailInfo::BAD_TIME,
            Self::NotFound => FailInfo::BAD_CERT_ID,
            Self::LookupDenied(denied) => denied.fail_info(),
            Self::Transaction(conflict) => conflict.fail_info(),
            _ => FailInfo::BAD_REQUEST,
        }
    }

    /// The HTTP status where no CertRep can be sent.
    #[must_use]
    pub(super) const fn status(&self) -> u16 {
        match self {
            Self::Build(_) => 500,
            Self::Http(error) => error.status(),
            Self::OperationUnsupported => 404,
            Self::Message(MessageError::Malformed(error)) if is_too_large(error) => 413,
            _ => 400,
        }
    }
}

const fn is_too_large(error: &DecodeError) -> bool {
    matches!(error.kind(), pki_core::DecodeErrorKind::TooLarge)
}

/// Why a [`Responder`](super::Responder) can't be made of these certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The encryption certificate's key can't be encrypted to, or its keyUsage lacks keyEncipherment.
    EncryptionCertificate,
    /// The signing certificate's keyUsage lacks digitalSignature (RFC 8894 section 2.1.2).
    SigningCertificate,
    /// The provider lacks what RFC 8894 section 2.9 makes mandatory: SHA-256, AES-128-CBC, RSA key transport.
    Provider,
    /// A certificate's extensions can't be read.
    Decode(DecodeError),
    /// The profile's peers don't get along with the key of one of the certificates.
    UnsuitableKey,
    /// The registration authority's certificate does not validate below the CA's, so no client could trust it.
    NotIssuedByCa(ChainError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AuthorizedForAnotherCsr => f.write_str("the authorisation names another CSR"),
            Self::AuthorizedForAnotherLookup => f.write_str("the authorisation is for another lookup"),
            Self::Build(error) => write!(f, "the reply could not be made: {error}"),
            Self::CertificateMismatch => {
                f.write_str("the certificate is not the one, or not for the key, that was asked for")
            }
            Self::ClockSkew { signing_time } => write!(f, "signingTime {signing_time} is too far from the time here"),
            Self::CrlMismatch => f.write_str("the CRL is of another issuer"),
            Self::Http(error) => write!(f, "HTTP request: {error}"),
            Self::LookupDenied(denied) => write!(f, "lookup: {denied}"),
            Self::Denied(denied) => denied.fmt(f),
            Self::Issue(error) => error.fmt(f),
            Self::Message(error) => write!(f, "pkiMessage: {error}"),
            Self::NotFound => f.write_str("no certificate or CRL matches"),
            Self::OperationUnsupported => f.write_str("operation not supported"),
            Self::Quirk(quirk) => write!(f, "not tolerated: {quirk}"),
            Self::ReplyUndeliverable => f.write_str("the signer's key can't decrypt a reply, or is too short for one"),
            Self::SenderNonceMissing => f.write_str("senderNonce is missing"),
            Self::Transaction(conflict) => conflict.fmt(f),
            Self::UnsuitableKey => f.write_str("the peer does not get along with this kind of key"),
            Self::Unwrap(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Error {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EncryptionCertificate => f.write_str("the encryption certificate is not for keyEncipherment by RSA"),
            Self::SigningCertificate => f.write_str("the signing certificate is not for digitalSignature"),
            Self::Provider => f.write_str("the provider lacks a mandatory algorithm"),
            Self::UnsuitableKey => f.write_str("the peer does not get along with the key of a certificate"),
            Self::Decode(error) => error.fmt(f),
            Self::NotIssuedByCa(error) => write!(f, "the RA certificate is not issued by the CA: {error}"),
        }
    }
}

impl core::error::Error for ConfigError {}

impl From<DecodeError> for ConfigError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<IssueError> for Error {
    fn from(error: IssueError) -> Self {
        Self::Issue(error)
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl From<MessageError> for Error {
    fn from(error: MessageError) -> Self {
        Self::Message(error)
    }
}
