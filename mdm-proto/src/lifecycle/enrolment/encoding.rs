//! An [`Enrolment`] as bytes.

use alloc::vec::Vec;

use pki_core::{
    CsrDigest, DecodeError, DecodeErrorKind,
    der::{Tag, Writer},
};
use scep::TransactionId;

use super::{Enrolment, EnrolmentState as State, IssuedCertificate, Request};
use crate::{
    identity::der,
    lifecycle::{Revocation, codes::Code},
};

impl Enrolment {
    /// As bytes: the same for the same enrolment, so that a database can compare them. They begin with a version number;
    /// versions that were written once stay readable.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let (kind, detail) = self.state.to_code();
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.octet_string(&[kind, detail]);
                w.small_integer(self.failures.into());
                der::write_time(w, self.changed);
                if let Some(expires) = self.challenge {
                    w.constructed(CHALLENGE, |w| der::write_time(w, expires));
                }
                if let Some(request) = &self.request {
                    w.constructed(REQUEST, |w| {
                        w.octet_string(request.transaction.as_bytes());
                        w.octet_string(request.csr.as_bytes());
                    });
                }
                if let Some(certificate) = &self.certificate {
                    w.constructed(CERTIFICATE, |w| {
                        w.octet_string(&certificate.thumbprint);
                        w.octet_string(&certificate.serial_number);
                        der::write_time(w, certificate.not_after);
                    });
                }
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::UnsupportedVersion`] for a record written by a later release.
    /// - [`DecodeErrorKind::InvalidValue`] for values that don't exist.
    /// - Others for what is no record.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        decode(der).map_err(DecodeError::within("Enrolment"))
    }
}

fn decode(der: &[u8]) -> Result<Enrolment, DecodeError> {
    let mut fields = der::record(der, VERSION, usize::MAX)?;
    let invalid = fields.error(DecodeErrorKind::InvalidValue);
    let [kind, detail] = der::octets(&mut fields)?;
    let state = State::from_code(kind, detail).ok_or(invalid)?;
    let failures = u16::try_from(fields.small_integer()?).map_err(|_| invalid)?;
    let changed = der::time(&mut fields)?;
    let challenge = der::optional(&mut fields, CHALLENGE, der::time)?;
    let request = der::optional(&mut fields, REQUEST, |inner| {
        let transaction = TransactionId::from_bytes(inner.octet_string()?)?;
        Ok(Request { transaction, csr: CsrDigest::from_bytes(der::octets(inner)?) })
    })?;
    let certificate = der::optional(&mut fields, CERTIFICATE, |inner| {
        let (thumbprint, serial_number) = (der::octets(inner)?, inner.octet_string()?.to_vec());
        Ok(IssuedCertificate { thumbprint, serial_number, not_after: der::time(inner)? })
    })?;
    fields.finish()?;
    Ok(Enrolment { state, challenge, request, certificate, failures, changed })
}

impl State {
    /// Two octets.
    fn to_code(&self) -> (u8, u8) {
        match self {
            Self::None => (0, 0),
            Self::ChallengeIssued => (1, 0),
            Self::Delivered => (2, 0),
            Self::Requested => (3, 0),
            Self::Issued => (4, 0),
            Self::Installed => (5, 0),
            Self::RenewDue => (6, 0),
            Self::Failed(class) => (7, class.code()),
            Self::Expired => (8, 0),
            Self::Revoked(reason) => (9, Revocation::Revoked(*reason).to_code().0),
            Self::Orphaned => (10, 0),
        }
    }

    fn from_code(kind: u8, detail: u8) -> Option<Self> {
        Some(match (kind, detail) {
            (0, 0) => Self::None,
            (1, 0) => Self::ChallengeIssued,
            (2, 0) => Self::Delivered,
            (3, 0) => Self::Requested,
            (4, 0) => Self::Issued,
            (5, 0) => Self::Installed,
            (6, 0) => Self::RenewDue,
            (7, class) => Self::Failed(Code::from_code(class)?),
            (8, 0) => Self::Expired,
            (9, code) => match Revocation::from_code(code, None)? {
                Revocation::Revoked(reason) => Self::Revoked(reason),
                _ => return None,
            },
            (10, 0) => Self::Orphaned,
            _ => return None,
        })
    }
}

const VERSION: u32 = 1;
const CHALLENGE: Tag = Tag::context_constructed(0);
const REQUEST: Tag = Tag::context_constructed(1);
const CERTIFICATE: Tag = Tag::context_constructed(2);
