//! [`ResponderId`]: who signed.

use crate::{
    crypto::CryptoProvider,
    der::{Element, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
    key::PublicKeyRef,
    name::NameRef,
};

/// Who signed a response (RFC 6960 section 4.2.1). A hint to find the certificate; it proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a CHOICE that RFC 6960 closed")]
pub enum ResponderId<'a> {
    /// The subject of the responder's certificate.
    ByName(NameRef<'a>),
    /// The SHA-1 of the contents of its subjectPublicKey, which is [`PublicKeyRef::key_identifier`].
    ByKey(&'a [u8]),
}

impl<'a> ResponderId<'a> {
    /// From its element, `[1]` or `[2]`.
    pub(super) fn from_element(element: &Element<'a>) -> Result<Self, DecodeError> {
        let mut inner = element.reader();
        let responder = match element.tag() {
            BY_NAME => Self::ByName(NameRef::decode(&mut inner)?),
            BY_KEY => Self::ByKey(inner.octet_string()?),
            found => {
                let kind = DecodeErrorKind::UnexpectedTag { expected: BY_NAME, found: Some(found) };
                return Err(element.error(kind));
            }
        };
        inner.finish()?;
        Ok(responder)
    }

    /// Writes it.
    pub(super) fn encode(&self, writer: &mut Writer) {
        match self {
            Self::ByName(name) => writer.constructed(BY_NAME, |w| w.raw(name.as_der())),
            Self::ByKey(hash) => writer.constructed(BY_KEY, |w| w.octet_string(hash)),
        }
    }

    /// Whether it means who has this name and this key; `None` if the provider lacks SHA-1, so that nobody can tell.
    #[must_use]
    pub fn matches(self, name: NameRef<'_>, key: PublicKeyRef<'_>, crypto: &CryptoProvider) -> Option<bool> {
        match self {
            Self::ByName(responder) => Some(responder.matches(name)),
            Self::ByKey(hash) => Some(key.key_identifier(crypto)?.as_bytes() == hash),
        }
    }
}

const BY_NAME: Tag = Tag::context_constructed(1);
const BY_KEY: Tag = Tag::context_constructed(2);
