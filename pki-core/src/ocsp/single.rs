//! [`SingleResponse`]: the answer for one certificate.

use super::{CertIdRef, EntryExtensions};
use crate::{
    crl::RevocationReason,
    der::{Decode, Element, Reader, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
    oid::{self, Oid},
    time::UnixTime,
};

/// The answer for one certificate (RFC 6960 section 4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SingleResponse<'a> {
    /// Which certificate.
    pub cert_id: CertIdRef<'a>,
    /// What is known of it.
    pub status: CertStatus,
    /// When that was known to be right.
    pub this_update: UnixTime,
    /// When more will be known at the latest; `None` if the responder knows at any time.
    pub next_update: Option<UnixTime>,
    /// Further extensions.
    pub extensions: EntryExtensions<'a>,
}

/// What a responder says of a certificate (RFC 6960 section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a CHOICE that RFC 6960 closed")]
pub enum CertStatus {
    /// Not revoked. It says nothing of whether the certificate was ever issued.
    Good,
    /// Revoked, for good or on hold; or never issued, where the response has the extended revoked definition
    /// (RFC 6960 section 4.4.8).
    Revoked {
        /// Since when.
        at: UnixTime,
        /// Why; `None` too where the number has no name in RFC 5280 section 5.3.1, since the certificate is revoked all the
        /// same.
        reason: Option<RevocationReason>,
    },
    /// The responder does not know the certificate.
    Unknown,
}

impl<'a> SingleResponse<'a> {
    /// The first critical extension that has no meaning to this library. Who relies on the response must refuse it
    /// (RFC 6960 section 4.1.2).
    #[must_use]
    pub fn unknown_critical(&self) -> Option<Oid<'a>> {
        let mut extensions = self.extensions.iter();
        extensions.find(|extension| extension.critical && !KNOWN.contains(&extension.oid)).map(|found| found.oid)
    }
}

impl<'a> Decode<'a> for SingleResponse<'a> {
    /// # Errors
    /// What is wrong with a field, below its name.
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut fields = reader.sequence()?;
        let cert_id = CertIdRef::decode(&mut fields).map_err(DecodeError::within("certID"))?;
        let status = fields.any().and_then(|element| CertStatus::from_element(&element));
        let status = status.map_err(DecodeError::within("certStatus"))?;
        let this_update = fields.any().and_then(|element| UnixTime::from_generalized(&element));
        let this_update = this_update.map_err(DecodeError::within("thisUpdate"))?;
        let next_update = match fields.optional(Tag::context_constructed(0))? {
            None => None,
            Some(explicit) => Some(next_update(&explicit).map_err(DecodeError::within("nextUpdate"))?),
        };
        let extensions = match fields.optional(Tag::context_constructed(1))? {
            None => EntryExtensions::NONE,
            Some(explicit) => {
                EntryExtensions::from_explicit(&explicit).map_err(DecodeError::within("singleExtensions"))?
            }
        };
        fields.finish()?;
        Ok(Self { cert_id, status, this_update, next_update, extensions })
    }
}

impl CertStatus {
    fn from_element(element: &Element<'_>) -> Result<Self, DecodeError> {
        match (element.tag(), element.content()) {
            (GOOD, []) => Ok(Self::Good),
            (UNKNOWN, []) => Ok(Self::Unknown),
            (GOOD | UNKNOWN, _) => Err(element.error(DecodeErrorKind::InvalidEncoding)),
            (REVOKED, _) => {
                let mut fields = element.reader();
                let at = UnixTime::from_generalized(&fields.any()?)?;
                let reason = match fields.optional(Tag::context_constructed(0))? {
                    None => None,
                    Some(explicit) => {
                        let mut inner = explicit.reader();
                        let number = inner.expect(Tag::ENUMERATED)?.small_integer()?;
                        inner.finish()?;
                        u8::try_from(number).ok().and_then(RevocationReason::from_code)
                    }
                };
                fields.finish()?;
                Ok(Self::Revoked { at, reason })
            }
            (found, _) => Err(element.error(DecodeErrorKind::UnexpectedTag { expected: GOOD, found: Some(found) })),
        }
    }

    pub(super) fn encode(self, writer: &mut Writer) {
        match self {
            Self::Good => writer.primitive(GOOD, &[]),
            Self::Revoked { at, reason } => writer.constructed(REVOKED, |w| {
                w.generalized_time(at);
                if let Some(reason) = reason {
                    w.constructed(Tag::context_constructed(0), |w| reason.encode(w));
                }
            }),
            Self::Unknown => writer.primitive(UNKNOWN, &[]),
        }
    }
}

fn next_update(explicit: &Element<'_>) -> Result<UnixTime, DecodeError> {
    let mut inner = explicit.reader();
    let time = UnixTime::from_generalized(&inner.any()?)?;
    inner.finish()?;
    Ok(time)
}

const GOOD: Tag = Tag::context(0);
const REVOKED: Tag = Tag::context_constructed(1);
const UNKNOWN: Tag = Tag::context(2);

/// Extensions that change nothing in what the status says (RFC 6960 sections 4.4.2 and 4.4.4).
const KNOWN: [Oid<'static>; 2] = [oid::OCSP_CRL, oid::OCSP_ARCHIVE_CUTOFF];
