//! Certs-only messages: a Simple PKI Response (RFC 5272 section 4.1).

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    Certificate, DecodeError, Limits,
    cms::{SignedData, certs_only},
};

use super::{BodyError, body};

/// Why a body is no certs-only message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BundleError {
    /// Not base64, or too large.
    Body(BodyError),
    /// A certificate in it can't be read.
    Certificate(DecodeError),
    /// Not a CMS SignedData.
    Malformed(DecodeError),
    /// There is no certificate in it.
    NoCertificate,
    /// It has content, or signers: a Full PKI Response (RFC 5272 section 4.2), or something else that is not certs-only.
    NotCertificatesOnly,
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(error) => error.fmt(f),
            Self::Certificate(error) => write!(f, "a certificate can't be read: {error}"),
            Self::Malformed(error) => write!(f, "not a certs-only message: {error}"),
            Self::NoCertificate => f.write_str("a certs-only message without certificates"),
            Self::NotCertificatesOnly => f.write_str("a SignedData with content or signers, and no certs-only message"),
        }
    }
}

impl core::error::Error for BundleError {}

pub(super) fn write(certificates: &[Certificate]) -> Vec<u8> {
    certs_only(certificates.iter().map(Certificate::as_der), [])
}

/// The certificates, in the order received.
pub(super) fn read(body: &[u8], limits: Limits) -> Result<Vec<Certificate>, BundleError> {
    let bytes = body::decode(body, limits).map_err(BundleError::Body)?;
    let signed_data = SignedData::from_ber(&bytes, limits).map_err(BundleError::Malformed)?;
    // OpenSSL writes no eContent, others an empty one.
    let has_content = signed_data.content().is_some_and(|content| !content.is_empty());
    if has_content || !signed_data.signers().is_empty() {
        return Err(BundleError::NotCertificatesOnly);
    }
    let certificates: Result<Vec<_>, _> = signed_data.certificates().map(Certificate::from_der).collect();
    let certificates = certificates.map_err(BundleError::Certificate)?;
    if certificates.is_empty() { Err(BundleError::NoCertificate) } else { Ok(certificates) }
}
