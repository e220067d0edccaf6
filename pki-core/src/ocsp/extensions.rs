//! [`EntryExtensions`]: the extensions of one entry in a list.

use core::fmt;

use crate::{
    cert::extension::{Extension, ExtensionIndex},
    der::{Element, Reader, Tag},
    error::DecodeError,
    oid::Oid,
};

/// The extensions of one entry of a request or response; each type occurs once at most. They are decoded when they are
/// asked for, so that an entry takes no memory of its own.
#[derive(Clone, Copy)]
pub struct EntryExtensions<'a>(Reader<'a>);

impl<'a> EntryExtensions<'a> {
    /// Without extensions.
    pub(super) const NONE: EntryExtensions<'static> = EntryExtensions(Reader::new(&[]));

    /// From an `EXPLICIT Extensions`.
    pub(super) fn from_explicit(explicit: &Element<'a>) -> Result<Self, DecodeError> {
        let mut inner = explicit.reader();
        let list = inner.sequence()?;
        inner.finish()?;
        ExtensionIndex::read(list, list.rest(), list.position())?;
        Ok(Self(list))
    }

    /// All of them, in the order of the encoding.
    pub fn iter(self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        let mut list = self.0;
        core::iter::from_fn(move || extension(&mut list))
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The extension of this type.
    #[must_use]
    pub fn find(self, oid: Oid<'_>) -> Option<Extension<'a>> {
        self.iter().find(|extension| extension.oid == oid)
    }
}

impl PartialEq for EntryExtensions<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.rest() == other.0.rest()
    }
}

impl Eq for EntryExtensions<'_> {}

impl fmt::Debug for EntryExtensions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|extension| extension.oid)).finish()
    }
}

/// The next one of a list that was read before.
fn extension<'a>(list: &mut Reader<'a>) -> Option<Extension<'a>> {
    let mut fields = list.sequence().ok()?;
    let oid = fields.oid().ok()?;
    let critical = fields.optional(Tag::BOOLEAN).ok()?.is_some_and(|flag| flag.content() != [0]);
    let value = fields.octet_string().ok()?;
    Some(Extension { oid, critical, value })
}
