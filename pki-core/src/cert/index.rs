//! [`TbsIndex`]: where the fields of a `TBSCertificate` lie.

use super::{Certificate, extension::ExtensionIndex};
use crate::{
    der::{Element, Tag},
    error::{DecodeError, DecodeErrorKind},
    key::PublicKeyIndex,
    name::NameRef,
    signed::{Index, Span, check_algorithm},
    time::{UnixTime, Validity},
};

/// The fields of a `TBSCertificate`, counted from its first byte, so that they stay right wherever it is put.
#[derive(Clone, Debug)]
pub(super) struct TbsIndex {
    /// 1 to 3.
    pub(super) version: u8,
    /// The contents octets of the INTEGER.
    pub(super) serial_number: Span,
    /// With its header, as all below.
    pub(super) algorithm: Span,
    pub(super) issuer: Span,
    pub(super) validity: Validity,
    pub(super) subject: Span,
    pub(super) public_key: PublicKeyIndex,
    /// The contents octets of the BIT STRING, the count of unused bits among them.
    pub(super) issuer_unique_id: Option<Span>,
    pub(super) subject_unique_id: Option<Span>,
    pub(super) extensions: ExtensionIndex,
}

impl Index for TbsIndex {
    const TBS: &'static str = "tbsCertificate";
    const SIGNATURE: &'static str = "signatureValue";
    const MAX_SIZE: usize = Certificate::MAX_SIZE;

    /// RFC 5280 section 4.1.
    fn read(tbs: &Element<'_>) -> Result<Self, DecodeError> {
        let base = tbs.position();
        let mut fields = tbs.reader();
        let version = match fields.optional(Tag::context_constructed(0))? {
            None => 1,
            Some(explicit) => version(&explicit).map_err(DecodeError::within("version"))?,
        };
        let serial_number = fields.expect(Tag::INTEGER).map_err(DecodeError::within("serialNumber"))?;
        serial_number.integer().map_err(DecodeError::within("serialNumber"))?;

        let algorithm = fields.expect(Tag::SEQUENCE).map_err(DecodeError::within("signature"))?;
        check_algorithm(&algorithm).map_err(DecodeError::within("signature"))?;

        let issuer = fields.expect(Tag::SEQUENCE).map_err(DecodeError::within("issuer"))?;
        NameRef::from_element(&issuer).map_err(DecodeError::within("issuer"))?;

        let period = fields.expect(Tag::SEQUENCE).map_err(DecodeError::within("validity"))?;
        let validity = validity(&period).map_err(DecodeError::within("validity"))?;

        let subject = fields.expect(Tag::SEQUENCE).map_err(DecodeError::within("subject"))?;
        NameRef::from_element(&subject).map_err(DecodeError::within("subject"))?;

        let public_key =
            PublicKeyIndex::read(&mut fields, base).map_err(DecodeError::within("subjectPublicKeyInfo"))?;

        let mut unique_id = |tag| match fields.optional(tag)? {
            None => Ok(None),
            Some(element) => element.bit_string().map(|_| Some(Span::of_content(&element, base))),
        };
        let issuer_unique_id = unique_id(Tag::context(1)).map_err(DecodeError::within("issuerUniqueID"))?;
        let subject_unique_id = unique_id(Tag::context(2)).map_err(DecodeError::within("subjectUniqueID"))?;

        let extensions = match fields.optional(Tag::context_constructed(3))? {
            None => ExtensionIndex::default(),
            Some(explicit) => {
                let read = || {
                    let mut inner = explicit.reader();
                    let list = inner.sequence()?;
                    inner.finish()?;
                    ExtensionIndex::read(list, tbs.raw(), base)
                };
                read().map_err(DecodeError::within("extensions"))?
            }
        };
        fields.finish()?;
        Ok(Self {
            version,
            serial_number: Span::of_content(&serial_number, base),
            algorithm: Span::of(&algorithm, base),
            issuer: Span::of(&issuer, base),
            validity,
            subject: Span::of(&subject, base),
            public_key,
            issuer_unique_id,
            subject_unique_id,
            extensions,
        })
    }
}

fn version(explicit: &Element<'_>) -> Result<u8, DecodeError> {
    let mut inner = explicit.reader();
    let element = inner.expect(Tag::INTEGER)?;
    inner.finish()?;
    match element.content() {
        // Version 1 is the default and should not be written out; some CAs did.
        [0] => Ok(1),
        [1] => Ok(2),
        [2] => Ok(3),
        _ => Err(element.error(DecodeErrorKind::UnsupportedVersion)),
    }
}

fn validity(period: &Element<'_>) -> Result<Validity, DecodeError> {
    let mut times = period.reader();
    let not_before = UnixTime::from_element(&times.any()?).map_err(DecodeError::within("notBefore"))?;
    let not_after = UnixTime::from_element(&times.any()?).map_err(DecodeError::within("notAfter"))?;
    times.finish()?;
    Ok(Validity { not_before, not_after })
}
