//! [`OcspResponse`]: what comes back.

use alloc::{boxed::Box, sync::Arc};
use core::{
    fmt,
    hash::{Hash, Hasher},
    num::NonZeroU32,
};

use super::BasicOcspResponse;
use crate::{
    build_error::OwnedOid,
    der::{Element, Reader, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
    oid::{self, Oid},
};

/// An `OCSPResponse` (RFC 6960 section 4.2.1): a signed answer or a refusal, which nobody signs. Cheap to clone.
///
/// Equality and hash are those of the bytes.
#[derive(Clone)]
pub struct OcspResponse(Kind);

#[derive(Clone)]
enum Kind {
    Basic(BasicOcspResponse),
    Other { der: Arc<[u8]>, reason: NoBasicResponse },
}

/// Why there is no [`BasicOcspResponse`] in an [`OcspResponse`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoBasicResponse {
    /// The status is successful and there is nothing beside it.
    Absent,
    /// The response is of this type, not `id-pkix-ocsp-basic`.
    OtherType(OwnedOid),
    /// The responder refused to answer.
    Refused(Refusal),
}

/// Why a responder does not answer: an `OCSPResponseStatus` other than successful (RFC 6960 section 2.3). Numbers that have
/// no name there survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// `malformedRequest` (1): the request does not conform to the syntax.
    MalformedRequest,
    /// `internalError` (2): the responder's state is inconsistent; another may do better.
    InternalError,
    /// `tryLater` (3): the service exists and can't answer now.
    TryLater,
    /// `sigRequired` (5): the request has to be signed.
    SigRequired,
    /// `unauthorized` (6): this client may not ask, or this responder can't answer for the certificate (RFC 5019 section
    /// 2.2.3).
    Unauthorized,
    /// Another number.
    Other(NonZeroU32),
}

impl OcspResponse {
    /// Most bytes in a response, 256 KiB.
    pub const MAX_SIZE: usize = 256 * 1024;

    /// From DER. A refusal is a response too; what may be beside it is not looked at.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::TooLarge`] if it is larger than [`OcspResponse::MAX_SIZE`].
    /// - [`DecodeErrorKind::TooMany`] for more than 128 answers, 32 certificates, or 128 extensions in one place.
    /// - [`DecodeErrorKind::Duplicate`] if an extension occurs twice in one place.
    /// - [`DecodeErrorKind::UnsupportedVersion`] for another version than 1.
    /// - [`DecodeErrorKind::InvalidTime`] for times outside of the profile of RFC 5280 section 4.1.2.5.2.
    /// - Others for what is not DER, or not a response.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        if der.len() > Self::MAX_SIZE {
            return Err(DecodeError::new(DecodeErrorKind::TooLarge, 0));
        }
        let mut reader = Reader::new(der);
        let mut fields = reader.sequence()?;
        reader.finish()?;
        let status = fields.expect(Tag::ENUMERATED).and_then(|element| element.small_integer());
        let status = status.map_err(DecodeError::within("responseStatus"))?;
        let bytes = fields.optional(Tag::context_constructed(0)).map_err(DecodeError::within("responseBytes"))?;
        fields.finish()?;
        let reason = match (NonZeroU32::new(status), bytes) {
            (Some(status), _) => NoBasicResponse::Refused(Refusal::from_number(status)),
            (None, None) => NoBasicResponse::Absent,
            (None, Some(explicit)) => {
                let (kind, response) = response_bytes(&explicit).map_err(DecodeError::within("responseBytes"))?;
                if kind == oid::OCSP_BASIC {
                    let basic = BasicOcspResponse::read(response, der);
                    return Ok(Self::from_basic(basic.map_err(DecodeError::within("response"))?));
                }
                NoBasicResponse::OtherType(kind.into())
            }
        };
        Ok(Self(Kind::Other { der: der.into(), reason }))
    }

    pub(super) const fn from_basic(basic: BasicOcspResponse) -> Self {
        Self(Kind::Basic(basic))
    }

    /// A refusal, which nobody signs.
    #[must_use]
    pub fn refusal(refusal: Refusal) -> Self {
        let number = refusal.number().get().to_be_bytes();
        let der: Box<[u8]> = Writer::encode(|w| w.sequence(|w| w.unsigned(Tag::ENUMERATED, &number))).into();
        Self(Kind::Other { der: der.into(), reason: NoBasicResponse::Refused(refusal) })
    }

    /// The DER, exactly as received.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        match &self.0 {
            Kind::Basic(basic) => basic.response_der(),
            Kind::Other { der, .. } => der,
        }
    }

    /// What the responder signed.
    ///
    /// # Errors
    /// Why there is no such thing.
    pub fn basic(&self) -> Result<&BasicOcspResponse, NoBasicResponse> {
        match &self.0 {
            Kind::Basic(basic) => Ok(basic),
            Kind::Other { reason, .. } => Err(reason.clone()),
        }
    }
}

impl Refusal {
    /// From its number, which is not 0: that means success.
    #[must_use]
    pub const fn from_number(number: NonZeroU32) -> Self {
        match number.get() {
            1 => Self::MalformedRequest,
            2 => Self::InternalError,
            3 => Self::TryLater,
            5 => Self::SigRequired,
            6 => Self::Unauthorized,
            _ => Self::Other(number),
        }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> NonZeroU32 {
        const fn known(number: u32) -> NonZeroU32 {
            match NonZeroU32::new(number) {
                Some(number) => number,
                None => NonZeroU32::MIN,
            }
        }
        match self {
            Self::MalformedRequest => known(1),
            Self::InternalError => known(2),
            Self::TryLater => known(3),
            Self::SigRequired => known(5),
            Self::Unauthorized => known(6),
            Self::Other(number) => number,
        }
    }
}

impl PartialEq for OcspResponse {
    fn eq(&self, other: &Self) -> bool {
        self.as_der() == other.as_der()
    }
}

impl Eq for OcspResponse {}

impl Hash for OcspResponse {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_der().hash(state);
    }
}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OcspResponse").field(&self.basic()).finish()
    }
}

impl fmt::Display for Refusal {
    /// The name in RFC 6960, or the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MalformedRequest => f.write_str("malformedRequest"),
            Self::InternalError => f.write_str("internalError"),
            Self::TryLater => f.write_str("tryLater"),
            Self::SigRequired => f.write_str("sigRequired"),
            Self::Unauthorized => f.write_str("unauthorized"),
            Self::Other(number) => write!(f, "status {number}"),
        }
    }
}

impl fmt::Display for NoBasicResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("the response is successful and empty"),
            Self::OtherType(oid) => write!(f, "the response is of type {oid}"),
            Self::Refused(refusal) => write!(f, "the responder refused: {refusal}"),
        }
    }
}

impl core::error::Error for NoBasicResponse {}

/// The type of the response, and what is in its OCTET STRING.
fn response_bytes<'a>(explicit: &Element<'a>) -> Result<(Oid<'a>, Reader<'a>), DecodeError> {
    let mut inner = explicit.reader();
    let mut fields = inner.sequence()?;
    inner.finish()?;
    let kind = fields.oid().map_err(DecodeError::within("responseType"))?;
    let response = fields.nested(Tag::OCTET_STRING).map_err(DecodeError::within("response"))?;
    fields.finish()?;
    Ok((kind, response))
}
