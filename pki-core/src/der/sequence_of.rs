//! [`SequenceOf`]: a SEQUENCE OF that was checked once and is read where it lies.

use core::{fmt, marker::PhantomData};

use super::{Reader, Tag};
use crate::{
    error::{DecodeError, DecodeErrorKind},
    oid::Oid,
};

/// A value that reads itself off the front of a [`Reader`].
pub trait Decode<'a>: Sized {
    /// Reads the next element.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError>;
}

/// A `SEQUENCE SIZE (1..MAX) OF T`. Every element was decoded once when this was made; iterating decodes them again, so
/// nothing is allocated.
pub struct SequenceOf<'a, T> {
    items: Reader<'a>,
    element: PhantomData<fn() -> T>,
}

impl<'a, T: Decode<'a>> SequenceOf<'a, T> {
    /// From a reader over the contents octets, as an IMPLICIT tag leaves them.
    ///
    /// # Errors
    /// [`Empty`](DecodeErrorKind::Empty) if there is no element, and whatever decoding `T` gives.
    pub fn from_contents(items: Reader<'a>) -> Result<Self, DecodeError> {
        if items.is_empty() {
            return Err(items.error(DecodeErrorKind::Empty));
        }
        let mut unread = items;
        while !unread.is_empty() {
            T::decode(&mut unread)?;
        }
        Ok(Self { items, element: PhantomData })
    }

    /// The elements, in order; at least one.
    pub fn iter(self) -> impl Iterator<Item = T> + use<'a, T> {
        let mut items = self.items;
        core::iter::from_fn(move || if items.is_empty() { None } else { T::decode(&mut items).ok() })
    }

    /// Whether `value` is one of them.
    #[must_use]
    pub fn contains(self, value: &T) -> bool
    where
        T: PartialEq,
    {
        self.iter().any(|element| element == *value)
    }

    /// The contents octets.
    #[must_use]
    pub const fn contents(self) -> &'a [u8] {
        self.items.rest()
    }
}

impl<'a, T: Decode<'a>> Decode<'a> for SequenceOf<'a, T> {
    /// # Errors
    /// As [`SequenceOf::from_contents`], and another tag than SEQUENCE.
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Self::from_contents(reader.nested(Tag::SEQUENCE)?)
    }
}

impl<'a> Decode<'a> for Oid<'a> {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        reader.oid()
    }
}

impl Decode<'_> for u32 {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.small_integer()
    }
}

impl<T> Clone for SequenceOf<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for SequenceOf<'_, T> {}

impl<T> PartialEq for SequenceOf<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.items.rest() == other.items.rest()
    }
}

impl<T> Eq for SequenceOf<'_, T> {}

impl<'a, T: Decode<'a> + fmt::Debug> fmt::Debug for SequenceOf<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    #[test]
    fn elements_are_read_in_order() {
        let bytes = hex!("3006 020101 020102");
        let numbers = SequenceOf::<u32>::decode(&mut Reader::new(&bytes)).unwrap();
        assert!(numbers.iter().eq([1, 2]));
        assert!(numbers.contains(&2) && !numbers.contains(&3));
    }

    #[test]
    fn one_bad_element_spoils_all() {
        let bytes = hex!("3006 020101 0201ff");
        let error = SequenceOf::<u32>::decode(&mut Reader::new(&bytes)).unwrap_err();
        assert_eq!(error, DecodeError::new(DecodeErrorKind::InvalidValue, 5));
    }

    #[test]
    fn none_is_an_error() {
        let error = SequenceOf::<u32>::decode(&mut Reader::new(&hex!("3000"))).unwrap_err();
        assert_eq!(error, DecodeError::new(DecodeErrorKind::Empty, 2));
    }
}
