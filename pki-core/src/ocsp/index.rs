//! [`ResponseDataIndex`]: where the fields of a `ResponseData` lie, and lists that requests and responses share.

use super::{MOST_CERTIFICATES, MOST_ENTRIES, ResponderId, SingleResponse};
use crate::{
    cert::{Certificate, extension::ExtensionIndex},
    der::{Decode, Element, Reader, Tag},
    error::{DecodeError, DecodeErrorKind},
    signed::Span,
    time::UnixTime,
};

/// The fields of a `ResponseData`, counted from its first byte.
#[derive(Clone, Debug)]
pub(super) struct ResponseDataIndex {
    /// With its header.
    pub(super) responder: Span,
    pub(super) produced_at: UnixTime,
    /// The contents octets of the SEQUENCE.
    pub(super) responses: Span,
    pub(super) extensions: ExtensionIndex,
}

impl ResponseDataIndex {
    /// RFC 6960 section 4.2.1.
    pub(super) fn read(data: &Element<'_>) -> Result<Self, DecodeError> {
        let base = data.position();
        let mut fields = data.reader();
        version(&mut fields).map_err(DecodeError::within("version"))?;
        let responder = fields.any().map_err(DecodeError::within("responderID"))?;
        ResponderId::from_element(&responder).map_err(DecodeError::within("responderID"))?;
        let produced_at = fields.any().and_then(|element| UnixTime::from_generalized(&element));
        let produced_at = produced_at.map_err(DecodeError::within("producedAt"))?;
        let responses = fields.expect(Tag::SEQUENCE).map_err(DecodeError::within("responses"))?;
        check_entries::<SingleResponse<'_>>(responses.reader()).map_err(DecodeError::within("responses"))?;
        let extensions = extensions(&mut fields, Tag::context_constructed(1), data)
            .map_err(DecodeError::within("responseExtensions"))?;
        fields.finish()?;
        Ok(Self {
            responder: Span::of(&responder, base),
            produced_at,
            responses: Span::of_content(&responses, base),
            extensions,
        })
    }
}

/// `version [0] EXPLICIT Version DEFAULT v1`, which may be written out though it is the default.
pub(super) fn version(fields: &mut Reader<'_>) -> Result<(), DecodeError> {
    let Some(explicit) = fields.optional(Tag::context_constructed(0))? else { return Ok(()) };
    let mut inner = explicit.reader();
    let version = inner.expect(Tag::INTEGER)?;
    inner.finish()?;
    match version.content() {
        [0] => Ok(()),
        _ => Err(version.error(DecodeErrorKind::UnsupportedVersion)),
    }
}

/// `EXPLICIT Extensions OPTIONAL`, counted from the first byte of `whole`.
pub(super) fn extensions(
    fields: &mut Reader<'_>,
    tag: Tag,
    whole: &Element<'_>,
) -> Result<ExtensionIndex, DecodeError> {
    let Some(explicit) = fields.optional(tag)? else { return Ok(ExtensionIndex::default()) };
    let mut inner = explicit.reader();
    let list = inner.sequence()?;
    inner.finish()?;
    ExtensionIndex::read(list, whole.raw(), whole.position())
}

/// Decodes every entry of a list once.
pub(super) fn check_entries<'a, T: Decode<'a>>(mut list: Reader<'a>) -> Result<(), DecodeError> {
    for _ in 0..MOST_ENTRIES {
        if list.is_empty() {
            return Ok(());
        }
        T::decode(&mut list)?;
    }
    if list.is_empty() { Ok(()) } else { Err(list.error(DecodeErrorKind::TooMany)) }
}

/// The entries of a list that [`check_entries`] has seen.
pub(super) fn entries<'a, T: Decode<'a>>(contents: &'a [u8]) -> impl Iterator<Item = T> + use<'a, T> {
    let mut list = Reader::new(contents);
    core::iter::from_fn(move || T::decode(&mut list).ok())
}

/// `certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL`: where its contents lie. The certificates are not decoded.
pub(super) fn certificates_span(fields: &mut Reader<'_>) -> Result<Span, DecodeError> {
    let Some(explicit) = fields.optional(Tag::context_constructed(0))? else { return Ok(Span::default()) };
    let mut inner = explicit.reader();
    let list = inner.expect(Tag::SEQUENCE)?;
    inner.finish()?;
    let mut unread = list.reader();
    for _ in 0..MOST_CERTIFICATES {
        if unread.is_empty() {
            break;
        }
        unread.expect(Tag::SEQUENCE)?;
    }
    if !unread.is_empty() {
        return Err(unread.error(DecodeErrorKind::TooMany));
    }
    Ok(Span::of_content(&list, 0))
}

/// The certificates of a list that [`certificates_span`] has seen, each decoded when its turn comes.
pub(super) fn certificates(list: Reader<'_>) -> impl Iterator<Item = Result<Certificate, DecodeError>> {
    let mut list = list;
    core::iter::from_fn(move || {
        let element = list.any().ok()?;
        let certificate = Certificate::from_der(element.raw()).map_err(DecodeError::shifted(element.position()));
        Some(certificate.map_err(DecodeError::within("certs")))
    })
}
