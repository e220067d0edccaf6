//! The nonce extension (RFC 9654), and what to make of a response without it.

use core::fmt;

use subtle::ConstantTimeEq;

use crate::{
    build_error::BuildError,
    cert::{ExtensionList, Extensions, extension::Criticality},
    der::{Decode, Reader, Tag},
    error::{DecodeError, DecodeErrorKind},
    oid,
};

/// Whether a response must have the nonce of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoncePolicy {
    /// It may be without: the responder signs beforehand, as most public ones do (RFC 5019 section 4). Then only its times
    /// say how old it is. Another nonce is an error all the same.
    Optional,
    /// It must have it: nobody can replay an old response.
    Required,
}

/// Why a response is not to this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NonceError {
    /// It has another nonce, or one that is malformed.
    Mismatch,
    /// It has none.
    Missing,
}

impl fmt::Display for NonceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mismatch => "the nonce of the response is not that of the request",
            Self::Missing => "the response has no nonce",
        })
    }
}

impl core::error::Error for NonceError {}

/// The octets of a nonce as it stands in the extension.
struct Nonce<'a>(&'a [u8]);

impl<'a> Decode<'a> for Nonce<'a> {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let element = reader.expect(Tag::OCTET_STRING)?;
        match element.content() {
            octets if (1..=LONGEST_NONCE).contains(&octets.len()) => Ok(Self(octets)),
            _ => Err(element.error(DecodeErrorKind::InvalidValue)),
        }
    }
}

/// The nonce among `extensions`.
pub(super) fn find(extensions: Extensions<'_>) -> Result<Option<&[u8]>, DecodeError> {
    let nonce = extensions.typed::<Nonce<'_>>(oid::OCSP_NONCE).map_err(DecodeError::within("nonce"))?;
    Ok(nonce.map(|Nonce(octets)| octets))
}

/// Puts a nonce among the extensions of a builder.
pub(super) fn set(extensions: &mut ExtensionList, nonce: &[u8]) {
    match nonce.len() {
        0 => extensions.fail(BuildError::Empty("nonce")),
        1..=LONGEST_NONCE => {
            extensions.set(oid::OCSP_NONCE, Criticality::NonCritical, |w| w.octet_string(nonce));
        }
        _ => extensions.fail(BuildError::TooLong("nonce")),
    }
}

/// Compares the nonce that was sent with what came back, in constant time.
pub(super) fn check(
    sent: Option<&[u8]>,
    received: Result<Option<&[u8]>, DecodeError>,
    policy: NoncePolicy,
) -> Result<(), NonceError> {
    match (sent, received, policy) {
        (_, Err(_), _) => Err(NonceError::Mismatch),
        (None, Ok(_), NoncePolicy::Optional) | (Some(_), Ok(None), NoncePolicy::Optional) => Ok(()),
        (None, Ok(_), NoncePolicy::Required) | (Some(_), Ok(None), NoncePolicy::Required) => Err(NonceError::Missing),
        (Some(sent), Ok(Some(received)), _) if bool::from(sent.ct_eq(received)) => Ok(()),
        (Some(_), Ok(Some(_)), _) => Err(NonceError::Mismatch),
    }
}

/// Octets in a nonce of ours, which RFC 9654 section 2.1 has clients send.
pub(super) const NONCE_LENGTH: usize = 32;

/// RFC 9654 section 2.1.
const LONGEST_NONCE: usize = 128;
