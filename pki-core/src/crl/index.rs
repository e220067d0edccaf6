//! [`TbsIndex`]: where the fields of a `TBSCertList` lie.

use super::{Crl, list::RevokedIndex};
use crate::{
    cert::extension::ExtensionIndex,
    der::{Element, Reader, Tag},
    error::{DecodeError, DecodeErrorKind},
    name::NameRef,
    signed::{Index, Span, check_algorithm},
    time::UnixTime,
};

/// The fields of a `TBSCertList`, counted from its first byte, so that they stay right wherever it is put.
#[derive(Clone, Debug)]
pub(super) struct TbsIndex {
    /// 1 or 2.
    pub(super) version: u8,
    /// With its header.
    pub(super) algorithm: Span,
    /// With its header.
    pub(super) issuer: Span,
    pub(super) this_update: UnixTime,
    pub(super) next_update: Option<UnixTime>,
    pub(super) revoked: RevokedIndex,
    pub(super) extensions: ExtensionIndex,
}

impl Index for TbsIndex {
    const TBS: &'static str = "tbsCertList";
    const SIGNATURE: &'static str = "signatureValue";
    const MAX_SIZE: usize = Crl::MAX_SIZE;

    /// RFC 5280 section 5.1.
    fn read(tbs: &Element<'_>) -> Result<Self, DecodeError> {
        let base = tbs.position();
        let mut fields = tbs.reader();
        let version = version(&mut fields).map_err(DecodeError::within("version"))?;

        let algorithm = fields.expect(Tag::SEQUENCE).map_err(DecodeError::within("signature"))?;
        check_algorithm(&algorithm).map_err(DecodeError::within("signature"))?;

        let issuer = fields.expect(Tag::SEQUENCE).map_err(DecodeError::within("issuer"))?;
        NameRef::from_element(&issuer).map_err(DecodeError::within("issuer"))?;

        let mut time = || fields.any().and_then(|element| UnixTime::from_element(&element));
        let this_update = time().map_err(DecodeError::within("thisUpdate"))?;
        let next_update = match fields.peek() {
            Some(Tag::UTC_TIME | Tag::GENERALIZED_TIME) => {
                let time = fields.any().and_then(|element| UnixTime::from_element(&element));
                Some(time.map_err(DecodeError::within("nextUpdate"))?)
            }
            _ => None,
        };

        let revoked = match fields.optional(Tag::SEQUENCE).map_err(DecodeError::within("revokedCertificates"))? {
            None => RevokedIndex::default(),
            Some(list) => {
                RevokedIndex::read(&list, tbs.raw(), base).map_err(DecodeError::within("revokedCertificates"))?
            }
        };
        let extensions = match fields.optional(Tag::context_constructed(0))? {
            None => ExtensionIndex::default(),
            Some(explicit) => {
                let read = || {
                    let mut inner = explicit.reader();
                    let list = inner.sequence()?;
                    inner.finish()?;
                    ExtensionIndex::read(list, tbs.raw(), base)
                };
                read().map_err(DecodeError::within("crlExtensions"))?
            }
        };
        fields.finish()?;
        Ok(Self {
            version,
            algorithm: Span::of(&algorithm, base),
            issuer: Span::of(&issuer, base),
            this_update,
            next_update,
            revoked,
            extensions,
        })
    }
}

/// Version 2 says so; version 1 says nothing.
fn version(fields: &mut Reader<'_>) -> Result<u8, DecodeError> {
    match fields.optional(Tag::INTEGER)? {
        None => Ok(1),
        Some(element) if element.content() == [1] => Ok(2),
        Some(element) => Err(element.error(DecodeErrorKind::UnsupportedVersion)),
    }
}
