//! [`Error`]: why a request is refused, and [`Refusal`], with what to answer.

use core::fmt;

use pki_core::{DecodeError, crypto::VerifyError};

use crate::est::{BodyError, Function, HttpResponse, LinkError, PathError, ReenrolmentError};

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The peer: the body can't be read.
    Body(BodyError),
    /// The caller: the provider has no SHA-256 to name the CSR by.
    DigestMissing,
    /// The caller: the authorisation is for another CSR.
    DifferentRequest,
    /// The peer: `/simplereenroll` by a client without a certificate: there is nothing to renew.
    ClientCertificateMissing,
    /// The peer: not a CSR.
    Csr(DecodeError),
    /// The caller: the certificate is not for the key in the CSR.
    KeyMismatch,
    /// The peer: the CSR is not linked to its connection (RFC 7030 section 3.5).
    Link(LinkError),
    /// The peer: another content type than `application/pkcs10`.
    MediaType,
    /// The peer: not the method of this function.
    Method(Function),
    /// The peer: a function that is not done here: `/fullcmc`, `/serverkeygen`.
    NotImplemented(Function),
    /// The peer: the path.
    Path(PathError),
    /// The peer: other names than those of the client's certificate (section 4.2.2).
    Reenrolment(ReenrolmentError),
    /// The peer: the CSR is not signed by its key (section 3.4).
    Signature(VerifyError),
}

/// A refusal: why, for the log, and what to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "the peer waits for the reply"]
pub struct Refusal {
    /// Why.
    pub cause: Error,
    /// What to answer.
    pub reply: HttpResponse,
}

impl Error {
    /// The HTTP status to answer with.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Path(_) => 404,
            Self::ClientCertificateMissing => 403,
            Self::Method(_) => 405,
            Self::Body(BodyError::TooLarge) => 413,
            Self::MediaType => 415,
            Self::DigestMissing | Self::DifferentRequest | Self::KeyMismatch => 500,
            Self::NotImplemented(_) => 501,
            Self::Body(_) | Self::Csr(_) | Self::Link(_) | Self::Reenrolment(_) | Self::Signature(_) => 400,
        }
    }
}

impl From<Error> for Refusal {
    fn from(cause: Error) -> Self {
        let status = cause.status();
        // What goes wrong on this side is nobody else's business.
        let reply = match status {
            500 => HttpResponse::text(status, "the server failed; try again later"),
            _ => HttpResponse::text(status, &cause),
        };
        Self { cause, reply }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(error) => error.fmt(f),
            Self::DigestMissing => f.write_str("the provider has no SHA-256"),
            Self::DifferentRequest => f.write_str("the authorisation is for another CSR"),
            Self::ClientCertificateMissing => {
                f.write_str("/simplereenroll needs the certificate to renew as the client's certificate in TLS")
            }
            Self::Csr(error) => write!(f, "not a PKCS #10 request: {error}"),
            Self::KeyMismatch => f.write_str("the certificate is not for the key in the CSR"),
            Self::Link(error) => error.fmt(f),
            Self::MediaType => f.write_str("the content type is not application/pkcs10"),
            Self::Method(function) => write!(f, "{function} is not asked for by this method"),
            Self::NotImplemented(function) => write!(f, "{function} is not implemented"),
            Self::Path(error) => error.fmt(f),
            Self::Reenrolment(error) => error.fmt(f),
            Self::Signature(error) => write!(f, "proof of possession: {error}"),
        }
    }
}

impl core::error::Error for Error {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl core::error::Error for Refusal {}
