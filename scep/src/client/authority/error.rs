//! [`AuthorityError`]: why certificates make no authority, and [`LeftOut`]: the one that was missed.

use core::fmt;

use pki_core::{Certificate, DecodeError, UnixTime, chain::ChainError};

/// Why the certificates make no authority.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorityError {
    /// Neither a certificate nor a degenerate SignedData (RFC 8894 section 4.2.1).
    Malformed(DecodeError),
    /// There is no certificate.
    Empty,
    /// The confirmed certificate is not valid at this time.
    NotValidNow {
        /// The time of the check.
        at: UnixTime,
        /// The first second of its validity.
        not_before: UnixTime,
        /// The last second of its validity.
        not_after: UnixTime,
    },
    /// None of the certificates has the configured fingerprint.
    FingerprintMismatch,
    /// None of the certificates can be encrypted to: no RSA key with keyEncipherment, nor a lone CA's that says nothing of it.
    ///
    /// With the one that was missed, if there is one.
    NoRecipient(Option<LeftOut>),
    /// None of the certificates may sign replies: no digitalSignature, nor a lone CA that says nothing of it.
    ///
    /// With the one that was missed, likewise.
    NoSigner(Option<LeftOut>),
}

/// A certificate that would have done, had it been trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    certificate: Certificate,
    cause: LeftOutCause,
}

/// Why a certificate is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftOutCause {
    /// It does not validate below the confirmed certificate: it, or a CA above it, breaks a rule.
    Invalid(ChainError),
    /// It is a CA where the pathLenConstraint of those above allows none (RFC 5280 section 4.2.1.9). What it issues would not
    /// be valid.
    PathLength,
}

impl LeftOut {
    pub(super) const fn new(certificate: Certificate, cause: LeftOutCause) -> Self {
        Self { certificate, cause }
    }

    /// Which.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Why it is not trusted.
    #[must_use]
    pub const fn cause(&self) -> &LeftOutCause {
        &self.cause
    }
}

impl fmt::Display for AuthorityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "neither a certificate nor a bundle of certificates: {error}"),
            Self::Empty => f.write_str("no certificate"),
            Self::NotValidNow { at, not_before, not_after } => {
                write!(f, "the CA certificate is valid from {not_before} to {not_after}, not at {at}")
            }
            Self::FingerprintMismatch => f.write_str("no certificate has the configured fingerprint"),
            Self::NoRecipient(left_out) => missed(f, "no certificate can be encrypted to", left_out.as_ref()),
            Self::NoSigner(left_out) => missed(f, "no certificate may sign replies", left_out.as_ref()),
        }
    }
}

impl core::error::Error for AuthorityError {}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not trusted: {}", self.certificate.subject(), self.cause)
    }
}

impl fmt::Display for LeftOutCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(error) => error.fmt(f),
            Self::PathLength => f.write_str("pathLenConstraint above allows no CA there"),
        }
    }
}

fn missed(f: &mut fmt::Formatter<'_>, what: &str, left_out: Option<&LeftOut>) -> fmt::Result {
    f.write_str(what)?;
    left_out.map_or(Ok(()), |left_out| write!(f, "; {left_out}"))
}
