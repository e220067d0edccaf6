//! [`Attribute`]: the attributes of a CSR.

use crate::{
    der::{Decode, Element, Reader, Tag},
    error::DecodeError,
    oid::Oid,
};

/// An `Attribute`: a type and its values (RFC 2986 section 4.1).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Attribute<'a> {
    /// Its type.
    pub oid: Oid<'a>,
    values: Reader<'a>,
}

impl<'a> Attribute<'a> {
    /// The values; none too, since peers send attributes without.
    pub fn values(&self) -> impl Iterator<Item = Element<'a>> + use<'a> {
        let mut values = self.values;
        core::iter::from_fn(move || values.any().ok())
    }

    /// A reader over the values.
    #[must_use]
    pub const fn reader(&self) -> Reader<'a> {
        self.values
    }
}

impl PartialEq for Attribute<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.oid == other.oid && self.values.rest() == other.values.rest()
    }
}

impl Eq for Attribute<'_> {}

impl<'a> Decode<'a> for Attribute<'a> {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut inner = reader.sequence()?;
        let oid = inner.oid()?;
        let values = inner.nested(Tag::SET)?;
        inner.finish()?;
        let mut unread = values;
        while !unread.is_empty() {
            unread.any()?;
        }
        Ok(Self { oid, values })
    }
}
