//! [`SignedAttributes`]: what a signer says beside the content, exactly as received.

use alloc::vec::Vec;
use core::iter;

use crate::{
    ber,
    der::{self, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
    limits::Limits,
    oid::Oid,
};

/// The `signedAttrs` of a SignerInfo (RFC 5652 section 5.3), in the order received.
///
/// - Its contents are strict DER, as they must be even where the rest is BER; the header around them may be of any form.
/// - Attributes with unknown identifiers are kept, and so are repeated ones.
#[derive(Clone, Debug)]
pub struct SignedAttributes<'a> {
    contents: &'a [u8],
    attributes: Vec<Attribute<'a>>,
}

/// One attribute: its identifier and its values, of which there may be any number.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    oid: Oid<'a>,
    values: der::Reader<'a>,
    position: usize,
}

impl<'a> SignedAttributes<'a> {
    /// From the `[0]` element, checking the form of every attribute.
    pub(super) fn decode(element: &ber::Element<'a>, limits: Limits) -> Result<Self, DecodeError> {
        let mut reader = der::Reader::at(element.content(), element.content_position());
        let mut attributes = Vec::with_capacity(USUAL);
        while !reader.is_empty() {
            if attributes.len() >= limits.entries {
                return Err(reader.error(DecodeErrorKind::TooMany));
            }
            let attribute = Attribute::decode(&mut reader)?;
            let mut values = attribute.values;
            while !values.is_empty() {
                values.any()?;
            }
            attributes.push(attribute);
        }
        Ok(Self { contents: element.content(), attributes })
    }

    /// The attributes, in the order received.
    pub fn iter(&self) -> impl Iterator<Item = &Attribute<'a>> {
        self.attributes.iter()
    }

    /// The only value of the only attribute with this identifier; `None` if there is no such attribute.
    ///
    /// # Errors
    /// [`Duplicate`](DecodeErrorKind::Duplicate) if the attribute occurs again, [`Empty`](DecodeErrorKind::Empty) if it has
    /// no value, [`TooMany`](DecodeErrorKind::TooMany) if it has more than one.
    pub fn single(&self, oid: Oid<'_>) -> Result<Option<der::Element<'a>>, DecodeError> {
        let mut with_oid = self.iter().filter(|attribute| attribute.oid == oid);
        let Some(attribute) = with_oid.next() else { return Ok(None) };
        if let Some(again) = with_oid.next() {
            return Err(DecodeError::new(DecodeErrorKind::Duplicate, again.position));
        }
        attribute.single_value().map(Some)
    }

    /// The first identifier that occurs more than once, which RFC 5652 section 5.3 forbids.
    #[must_use]
    pub fn first_duplicate(&self) -> Option<Oid<'a>> {
        self.iter()
            .enumerate()
            .find(|(index, attribute)| self.iter().take(*index).any(|earlier| earlier.oid == attribute.oid))
            .map(|(_, attribute)| attribute.oid)
    }

    /// The bytes of all attributes, as received, without the header around them.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.contents
    }

    /// What the signature is over: the bytes received behind the DER header of a SET OF, in place of the `[0]` that came
    /// (RFC 5652 section 5.4). If that came in DER, this differs in its first octet only.
    #[must_use]
    pub fn to_signed_bytes(&self) -> Vec<u8> {
        Writer::encode(|w| w.primitive(Tag::SET, self.as_bytes()))
    }
}

impl<'a> Attribute<'a> {
    fn decode(reader: &mut der::Reader<'a>) -> Result<Self, DecodeError> {
        let element = reader.expect(Tag::SEQUENCE)?;
        let mut inner = element.reader();
        let oid = inner.oid().map_err(DecodeError::within("attrType"))?;
        let values = inner.nested(Tag::SET).map_err(DecodeError::within("attrValues"))?;
        inner.finish()?;
        Ok(Self { oid, values, position: element.position() })
    }

    /// Its identifier.
    #[must_use]
    pub const fn oid(&self) -> Oid<'a> {
        self.oid
    }

    /// Its values, in the order received.
    pub fn values(&self) -> impl Iterator<Item = der::Element<'a>> + use<'a> {
        let mut reader = self.values;
        // What is malformed was refused when the message was read.
        iter::from_fn(move || reader.any().ok())
    }

    /// Its only value.
    ///
    /// # Errors
    /// [`Empty`](DecodeErrorKind::Empty) if it has none, [`TooMany`](DecodeErrorKind::TooMany) if it has more than one.
    pub fn single_value(&self) -> Result<der::Element<'a>, DecodeError> {
        let mut values = self.values();
        let value = values.next().ok_or_else(|| DecodeError::new(DecodeErrorKind::Empty, self.position))?;
        match values.next() {
            None => Ok(value),
            Some(second) => Err(second.error(DecodeErrorKind::TooMany)),
        }
    }
}

/// More attributes than a pkiMessage has (RFC 8894 section 3.2.1), so that one allocation does.
const USUAL: usize = 10;
