//! CMS (RFC 5652): SignedData, EnvelopedData and AuthEnvelopedData (RFC 5083), read from any BER and written as DER.
//!
//! Read: [`SignedData`] with its [`SignerInfo`]s and [`SignedAttributes`], [`EnvelopedData`] with its key transport
//! and password recipients. All borrow from the bytes received, signatures are verified over those bytes, and certificates come out as
//! raw DER. Written: [`SignedDataBuilder`], [`EnvelopedDataBuilder`] with [`PasswordKey`], [`certs_only`].
//!
//! AuthEnvelopedData is read and written by the same types, where the cipher is one that authenticates. It proves that the
//! content is what somebody encrypted, and not who that was: anyone can encrypt to a public key.
//!
//! Out of scope: which certificate a signer must have, and whether it is to be trusted. A bare SignedData or EnvelopedData
//! without the `ContentInfo` around it is refused (RFC 5652 section 3), and so is anything behind it: some peers append CRLF,
//! and [`TrailingData`](crate::DecodeErrorKind::TrailingData) says by its position where the `ContentInfo` ended.
//!
//! Version numbers are handed out and never judged: peers get them wrong, and the structure tells the same.

mod attributes;
mod enveloped_data;
mod error;
mod identifier;
mod key_transport;
mod password;
mod seal;
mod sign;
mod signed_data;
mod signer_info;

pub use attributes::{Attribute, SignedAttributes};
pub use enveloped_data::EnvelopedData;
pub use error::{BuildError, DeriveError, EnvelopeError, SealError, SignatureError};
pub use identifier::CertificateIdentifier;
pub use key_transport::KeyTransRecipient;
pub use password::{PasswordKey, PasswordProfile, PasswordRecipient, PasswordWrappedKey};
pub use seal::EnvelopedDataBuilder;
pub use sign::{SignedDataBuilder, certs_only};
pub use signed_data::SignedData;
pub use signer_info::{SignedOver, SignerInfo};

use alloc::vec::Vec;

use crate::{
    algorithm::AlgorithmIdentifier,
    ber,
    der::{Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
    limits::Limits,
    oid::Oid,
};

/// Into the content of the `ContentInfo` that `bytes` are, whose contentType must be one of `content_types` (RFC 5652
/// section 3).
fn content_info<'a>(
    bytes: &'a [u8],
    content_types: &[Oid<'_>],
    limits: Limits,
) -> Result<(Oid<'a>, ber::Reader<'a>), DecodeError> {
    let mut outer = ber::Reader::new(bytes, limits)?;
    let mut info = outer.sequence()?;
    outer.finish()?;
    let type_at = info;
    let content_type = info.oid().map_err(DecodeError::within("contentType"))?;
    if !content_types.contains(&content_type) {
        return Err(DecodeError::within("contentType")(type_at.error(DecodeErrorKind::InvalidValue)));
    }
    let mut explicit = info.nested(Tag::context_constructed(0)).map_err(DecodeError::within("content"))?;
    info.finish()?;
    let content = explicit.sequence().map_err(DecodeError::within("content"))?;
    explicit.finish()?;
    Ok((content_type, content))
}

/// An `AlgorithmIdentifier` in any BER form; the parameters as they are, but for NULL, which is always DER.
fn algorithm_identifier<'a>(reader: &mut ber::Reader<'a>) -> Result<AlgorithmIdentifier<'a>, DecodeError> {
    algorithm_identifier_fields(reader.sequence()?)
}

/// The same from what is inside of the SEQUENCE.
fn algorithm_identifier_fields(mut inner: ber::Reader<'_>) -> Result<AlgorithmIdentifier<'_>, DecodeError> {
    let oid = inner.oid().map_err(DecodeError::within("algorithm"))?;
    let parameters = if inner.is_empty() { None } else { Some(inner.any()?) };
    inner.finish()?;
    let parameters = parameters.map(|element| match (element.tag(), element.content()) {
        (Tag::NULL, []) => NULL,
        _ => element.raw(),
    });
    Ok(AlgorithmIdentifier::new(oid, parameters))
}

/// Writes a `ContentInfo` of `content_type` around the SEQUENCE that `write` fills.
fn encode_content_info(content_type: Oid<'_>, write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.oid(content_type);
            w.constructed(Tag::context_constructed(0), |w| w.sequence(write));
        });
    })
}

const NULL: &[u8] = &[0x05, 0x00];

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests;
