//! Names: [`Name`] of subjects and issuers, [`GeneralName`] of alternative names and constraints.

mod builder;
mod compare;
mod display;
mod general;
mod general_builder;
mod string;

use alloc::{borrow::Cow, sync::Arc};
use core::fmt;

pub use builder::NameBuilder;
pub use general::{GeneralName, GeneralNames};
pub use general_builder::GeneralNamesBuilder;
pub use string::DirectoryString;
pub(crate) use string::is_printable;

use crate::{
    der::{Decode, Element, Reader, Tag},
    error::{DecodeError, DecodeErrorKind},
    oid::{self, Oid},
};

/// A distinguished name: the exact DER of an `RDNSequence` (RFC 5280 section 4.1.2.4). Cheap to clone.
///
/// Equality is equality of bytes; [`Name::matches`] compares as the RFC demands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<[u8]>);

/// A distinguished name where it stands in a certificate, CSR or message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameRef<'a>(&'a [u8]);

/// A relative distinguished name: one or more attributes that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Rdn<'a>(Reader<'a>);

/// One attribute of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NameAttribute<'a> {
    /// Its type.
    pub oid: Oid<'a>,
    /// The ASN.1 type of the value, most often a string type.
    pub tag: Tag,
    /// The contents octets of the value.
    pub value: &'a [u8],
}

impl Name {
    /// From the DER of an `RDNSequence`.
    ///
    /// # Errors
    /// Those of [`NameRef::from_der`].
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        NameRef::from_der(der).map(NameRef::to_owned)
    }

    /// A name with one commonName.
    ///
    /// # Errors
    /// Those of [`NameBuilder::build`].
    pub fn from_common_name(text: &str) -> Result<Self, crate::BuildError> {
        NameBuilder::new().add_common_name(text).build()
    }

    /// The name without any attribute, which a subject may have if it has an alternative name (RFC 5280 section 4.1.2.6).
    #[must_use]
    pub fn empty() -> Self {
        NameRef::EMPTY.to_owned()
    }

    /// The DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }

    /// Borrowed.
    #[must_use]
    pub fn as_ref(&self) -> NameRef<'_> {
        NameRef(&self.0)
    }

    /// Whether there is no attribute.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_ref().is_empty()
    }

    /// The first commonName as text; see [`NameRef::common_name`].
    #[must_use]
    pub fn common_name(&self) -> Option<Cow<'_, str>> {
        self.as_ref().common_name()
    }

    /// Whether both are the same name; see [`NameRef::matches`].
    #[must_use]
    pub fn matches(&self, other: NameRef<'_>) -> bool {
        self.as_ref().matches(other)
    }
}

impl<'a> NameRef<'a> {
    /// The name without any attribute.
    pub const EMPTY: NameRef<'static> = NameRef(&[0x30, 0x00]);

    /// From the DER of an `RDNSequence`.
    ///
    /// Values are not looked at: a name with a broken string is still a name.
    ///
    /// # Errors
    /// Those of [`Reader`], and [`Empty`](DecodeErrorKind::Empty) for an RDN without attributes.
    pub fn from_der(der: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(der);
        let name = Self::decode(&mut reader)?;
        reader.finish()?;
        Ok(name)
    }

    /// Reads the next element.
    ///
    /// # Errors
    /// As [`NameRef::from_der`].
    pub fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Self::from_element(&reader.expect(Tag::SEQUENCE)?)
    }

    pub(crate) fn from_element(element: &Element<'a>) -> Result<Self, DecodeError> {
        let mut rdns = element.reader();
        while !rdns.is_empty() {
            let mut attributes = rdns.nested(Tag::SET)?;
            if attributes.is_empty() {
                return Err(attributes.error(DecodeErrorKind::Empty));
            }
            while !attributes.is_empty() {
                NameAttribute::decode(&mut attributes)?;
            }
        }
        Ok(Self(element.raw()))
    }

    /// Over bytes that [`NameRef::from_element`] has seen.
    pub(crate) const fn from_checked(der: &'a [u8]) -> Self {
        Self(der)
    }

    /// The DER.
    #[must_use]
    pub const fn as_der(self) -> &'a [u8] {
        self.0
    }

    /// Whether there is no attribute.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.len() <= 2
    }

    /// Owned.
    #[must_use]
    pub fn to_owned(self) -> Name {
        Name(self.0.into())
    }

    /// The relative names, in the order of the encoding: most significant first.
    pub fn rdns(self) -> impl Iterator<Item = Rdn<'a>> + use<'a> {
        let mut rdns = Reader::new(self.0).sequence().unwrap_or(Reader::new(&[]));
        core::iter::from_fn(move || if rdns.is_empty() { None } else { rdns.nested(Tag::SET).ok().map(Rdn) })
    }

    /// All attributes in the order of the encoding, those of one RDN after each other.
    pub fn attributes(self) -> impl Iterator<Item = NameAttribute<'a>> + use<'a> {
        self.rdns().flat_map(Rdn::attributes)
    }

    /// The first commonName as text. `None` if there is none, or it is no text.
    #[must_use]
    pub fn common_name(self) -> Option<Cow<'a, str>> {
        self.attributes().find(|attribute| attribute.oid == oid::COMMON_NAME)?.to_text()
    }

    /// Whether both are the same name by [RFC 5280 section 7.1].
    ///
    /// - Equal bytes match.
    /// - Texts match across string types, ignoring case and white space at the ends, and taking each run of white space as
    ///   one space. Case is folded by [`char::to_lowercase`]; the other tables of stringprep (RFC 4518: normalisation,
    ///   characters mapped to nothing) are not applied, so names that differ only by those do not match.
    /// - Values that are no texts match if their bytes do.
    /// - The order of attributes in one RDN has no meaning; the order of RDNs has.
    ///
    /// [RFC 5280 section 7.1]: https://www.rfc-editor.org/rfc/rfc5280#section-7.1
    #[must_use]
    pub fn matches(self, other: NameRef<'_>) -> bool {
        compare::names_match(self, other)
    }

    /// Whether it is `base`, or that with more RDNs behind, by the rules of [`NameRef::matches`]. Everything lies below the
    /// empty name.
    pub(crate) fn lies_below(self, base: NameRef<'_>) -> bool {
        compare::lies_below(self, base)
    }

    /// A hash to find names by: those that [match](Self::matches) have the same. Others may too, and whoever makes names can
    /// see to it, so what is found by it has to be compared and to be bounded.
    pub(crate) fn folded_hash(self) -> u64 {
        compare::folded_hash(self)
    }
}

impl<'a> Rdn<'a> {
    /// The attributes, in the order of the encoding; at least one.
    pub fn attributes(self) -> impl Iterator<Item = NameAttribute<'a>> + use<'a> {
        let mut attributes = self.0;
        core::iter::from_fn(
            move || if attributes.is_empty() { None } else { NameAttribute::decode(&mut attributes).ok() },
        )
    }

    /// The attribute, if there is just one, as in most names.
    pub(crate) fn only_attribute(self) -> Option<NameAttribute<'a>> {
        let mut attributes = self.0;
        let only = NameAttribute::decode(&mut attributes).ok()?;
        attributes.is_empty().then_some(only)
    }

    /// The encoded attributes, without the SET around them.
    #[must_use]
    pub const fn contents(self) -> &'a [u8] {
        self.0.rest()
    }
}

impl PartialEq for Rdn<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.contents() == other.contents()
    }
}

impl Eq for Rdn<'_> {}

impl<'a> NameAttribute<'a> {
    /// The value as text. `None` if it is of no string type, or no valid text of that type.
    #[must_use]
    pub fn to_text(self) -> Option<Cow<'a, str>> {
        DirectoryString::text(self.tag, self.value)
    }

    #[inline]
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut inner = reader.sequence()?;
        let oid = inner.oid()?;
        let value = inner.any()?;
        inner.finish()?;
        Ok(Self { oid, tag: value.tag(), value: value.content() })
    }
}

impl<'a> Decode<'a> for NameRef<'a> {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        NameRef::decode(reader)
    }
}

impl<'a> From<&'a Name> for NameRef<'a> {
    fn from(name: &'a Name) -> Self {
        name.as_ref()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_ref(), f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

impl fmt::Debug for NameRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NameRef({self})")
    }
}

#[cfg(test)]
mod tests;
