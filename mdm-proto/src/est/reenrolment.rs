//! [`Reenrolment`]: what RFC 7030 asks of a CSR that renews.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{Certificate, Csr, CsrBuilder, DecodeError, PublicKey, der::Reader, extension::Criticality, oid};

/// What a CSR by `/simplereenroll` is to the certificate that it is to renew (RFC 7030 section 4.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the key is another or it is not")]
pub enum Reenrolment {
    /// Another key: the certificate is rekeyed.
    Rekey,
    /// The same key: the certificate is renewed.
    Renew,
}

/// Why a CSR is none for this certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReenrolmentError {
    /// It asks for other names by `ChangeSubjectName` (RFC 6402 section 2.8), which is not done: the service decides on names.
    ChangeSubjectName,
    /// The subject is another.
    Subject,
    /// The subjectAltName is another.
    SubjectAltName,
    /// A subjectAltName can't be read.
    Unreadable(DecodeError),
}

impl Reenrolment {
    /// Compares: subject and subjectAltName have to be identical. The alternative names may stand in another order.
    ///
    /// Whether the certificate is valid and whose it is, is not looked at.
    ///
    /// # Errors
    /// [`ReenrolmentError`]
    pub fn check(csr: &Csr, current: &Certificate) -> Result<Self, ReenrolmentError> {
        if csr.attributes().any(|attribute| attribute.oid.as_bytes() == CHANGE_SUBJECT_NAME) {
            return Err(ReenrolmentError::ChangeSubjectName);
        }
        if !csr.subject().matches(current.subject()) {
            return Err(ReenrolmentError::Subject);
        }
        let asked = csr.extension_request().find(oid::SUBJECT_ALT_NAME).map(|extension| extension.value);
        let present = current.extension(oid::SUBJECT_ALT_NAME).map(|extension| extension.value);
        if names(asked)? != names(present)? {
            return Err(ReenrolmentError::SubjectAltName);
        }
        let same = csr.public_key().as_der() == current.public_key().as_der();
        Ok(if same { Self::Renew } else { Self::Rekey })
    }
}

/// A CSR in place of `current`: its subject and subjectAltName, with this key.
pub fn reenrolment_csr(current: &Certificate, key: PublicKey) -> CsrBuilder {
    let builder = CsrBuilder::new(current.subject().to_owned(), key);
    match current.extension(oid::SUBJECT_ALT_NAME) {
        Some(extension) => {
            let criticality = if extension.critical { Criticality::Critical } else { Criticality::NonCritical };
            builder.add_extension(oid::SUBJECT_ALT_NAME, criticality, extension.value)
        }
        None => builder,
    }
}

/// The DER of each name, sorted.
fn names(value: Option<&[u8]>) -> Result<Vec<&[u8]>, ReenrolmentError> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let read = || {
        let mut outer = Reader::new(value);
        let mut list = outer.sequence()?;
        outer.finish()?;
        let mut names = Vec::new();
        while !list.is_empty() {
            names.push(list.any()?.raw());
        }
        names.sort_unstable();
        Ok(names)
    };
    read().map_err(ReenrolmentError::Unreadable)
}

impl fmt::Display for ReenrolmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ChangeSubjectName => f.write_str("ChangeSubjectName is not supported; enrol anew for other names"),
            Self::Subject => f.write_str("the subject is not that of the certificate to renew"),
            Self::SubjectAltName => f.write_str("the subjectAltName is not that of the certificate to renew"),
            Self::Unreadable(error) => write!(f, "the subjectAltName can't be read: {error}"),
        }
    }
}

impl core::error::Error for ReenrolmentError {}

/// id-cmc-changeSubjectName, 1.3.6.1.5.5.7.7.36
const CHANGE_SUBJECT_NAME: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x07, 0x24];
