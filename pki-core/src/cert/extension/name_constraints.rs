//! nameConstraints.

use crate::{
    der::{Decode, Reader, SequenceOf, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
    name::GeneralName,
};

/// Where the names in the certificates below must and must not lie (RFC 5280 section 4.2.1.10). One list at least is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NameConstraints<'a> {
    /// `permittedSubtrees`
    pub permitted: Option<SequenceOf<'a, GeneralSubtree<'a>>>,
    /// `excludedSubtrees`
    pub excluded: Option<SequenceOf<'a, GeneralSubtree<'a>>>,
}

/// A part of the space of names of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GeneralSubtree<'a> {
    /// `base`; an iPAddress is an address and its mask here.
    pub base: GeneralName<'a>,
    /// `minimum`; RFC 5280 has 0 alone.
    pub minimum: u32,
    /// `maximum`; RFC 5280 has it absent.
    pub maximum: Option<u32>,
}

impl NameConstraints<'_> {
    /// Writes the extension of these bases; of the two lists one at least is not empty.
    pub(crate) fn encode(permitted: &[GeneralName<'_>], excluded: &[GeneralName<'_>], writer: &mut Writer) {
        writer.sequence(|w| {
            for (number, bases) in [(0, permitted), (1, excluded)] {
                if !bases.is_empty() {
                    w.constructed(Tag::context_constructed(number), |w| {
                        bases.iter().for_each(|base| w.sequence(|w| base.encode(w)));
                    });
                }
            }
        });
    }
}

impl<'a> Decode<'a> for NameConstraints<'a> {
    /// # Errors
    /// [`Empty`](DecodeErrorKind::Empty) if neither list is there, or one is empty.
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut inner = reader.sequence()?;
        if inner.is_empty() {
            return Err(inner.error(DecodeErrorKind::Empty));
        }
        let mut subtrees = |tag| {
            let list = inner.optional(Tag::context_constructed(tag))?;
            list.map(|element| SequenceOf::from_contents(element.reader())).transpose()
        };
        let (permitted, excluded) = (subtrees(0)?, subtrees(1)?);
        inner.finish()?;
        Ok(Self { permitted, excluded })
    }
}

impl<'a> Decode<'a> for GeneralSubtree<'a> {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut inner = reader.sequence()?;
        let base = GeneralName::decode_constraint(&mut inner)?;
        let minimum = inner.optional(Tag::context(0))?.map_or(Ok(0), |element| element.small_integer())?;
        let maximum = inner.optional(Tag::context(1))?.map(|element| element.small_integer()).transpose()?;
        inner.finish()?;
        Ok(Self { base, minimum, maximum })
    }
}
