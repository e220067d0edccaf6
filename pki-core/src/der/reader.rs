//! [`Reader`]: strict DER, element by element.

use super::Tag;
use crate::{
    error::{DecodeError, DecodeErrorKind},
    oid::Oid,
};

/// A cursor over the DER elements of a byte string.
///
/// Each call takes one element off the front. An error takes nothing, so a reader can be asked again. `Copy`: keep a copy
/// to look ahead.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    position: usize,
}

/// One element as it was read: tag, contents, and the exact bytes with their header.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    tag: Tag,
    raw: &'a [u8],
    header: usize,
    position: usize,
}

/// A BIT STRING: its octets and how many bits of the last one don't count (0 to 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitString<'a> {
    bytes: &'a [u8],
    unused_bits: u8,
}

impl<'a> Reader<'a> {
    /// Over `bytes`, whose first byte has position 0 in errors.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, position: 0 }
    }

    /// Over `bytes`, whose first byte has position `position` in errors.
    #[must_use]
    pub const fn at(bytes: &'a [u8], position: usize) -> Self {
        Self { rest: bytes, position }
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left, unread.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Offset of the next byte.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// The tag of the next element.
    #[must_use]
    pub const fn peek(&self) -> Option<Tag> {
        match self.rest {
            [tag, ..] => Some(Tag::from_byte(*tag)),
            [] => None,
        }
    }

    /// An error of `kind` at this place.
    #[must_use]
    #[cold]
    pub const fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.position)
    }

    /// The next element, whatever it is.
    ///
    /// # Errors
    /// [`Truncated`](DecodeErrorKind::Truncated), [`InvalidLength`](DecodeErrorKind::InvalidLength),
    /// [`NonMinimalLength`](DecodeErrorKind::NonMinimalLength), [`IndefiniteLength`](DecodeErrorKind::IndefiniteLength) or
    /// [`UnsupportedTag`](DecodeErrorKind::UnsupportedTag).
    #[inline]
    pub fn any(&mut self) -> Result<Element<'a>, DecodeError> {
        let (tag, header, length) = self.header()?;
        let end = header.checked_add(length).ok_or_else(|| self.error(DecodeErrorKind::InvalidLength))?;
        let (raw, rest) = self.rest.split_at_checked(end).ok_or_else(|| self.error(DecodeErrorKind::Truncated))?;
        let element = Element { tag, raw, header, position: self.position };
        *self = Self { rest, position: self.position + end };
        Ok(element)
    }

    /// The next element, which must have `tag`.
    ///
    /// # Errors
    /// Those of [`Reader::any`], and [`UnexpectedTag`](DecodeErrorKind::UnexpectedTag).
    #[inline]
    pub fn expect(&mut self, tag: Tag) -> Result<Element<'a>, DecodeError> {
        match self.peek() {
            Some(found) if found == tag => self.any(),
            found => Err(self.error(DecodeErrorKind::UnexpectedTag { expected: tag, found })),
        }
    }

    /// The next element if it has `tag`; `None`, and nothing taken, if not.
    ///
    /// # Errors
    /// Those of [`Reader::any`].
    #[inline]
    pub fn optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>, DecodeError> {
        if self.peek() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// Into the contents of the next element, which must have `tag`.
    ///
    /// # Errors
    /// Those of [`Reader::expect`].
    #[inline]
    pub fn nested(&mut self, tag: Tag) -> Result<Self, DecodeError> {
        Ok(self.expect(tag)?.reader())
    }

    /// Into the contents of a SEQUENCE.
    ///
    /// # Errors
    /// Those of [`Reader::expect`].
    pub fn sequence(&mut self) -> Result<Self, DecodeError> {
        self.nested(Tag::SEQUENCE)
    }

    /// An OBJECT IDENTIFIER.
    ///
    /// # Errors
    /// Those of [`Reader::expect`], and [`InvalidEncoding`](DecodeErrorKind::InvalidEncoding).
    #[inline]
    pub fn oid(&mut self) -> Result<Oid<'a>, DecodeError> {
        self.expect(Tag::OID)?.oid()
    }

    /// An INTEGER: its two's complement octets, at least one, in the shortest form.
    ///
    /// # Errors
    /// Those of [`Reader::expect`], and [`InvalidEncoding`](DecodeErrorKind::InvalidEncoding).
    pub fn integer(&mut self) -> Result<&'a [u8], DecodeError> {
        self.expect(Tag::INTEGER)?.integer()
    }

    /// An INTEGER from 0 to 2³²-1.
    ///
    /// # Errors
    /// Those of [`Reader::integer`], and [`InvalidValue`](DecodeErrorKind::InvalidValue) outside of that range.
    pub fn small_integer(&mut self) -> Result<u32, DecodeError> {
        self.expect(Tag::INTEGER)?.small_integer()
    }

    /// A BOOLEAN, `FF` or `00`.
    ///
    /// # Errors
    /// Those of [`Reader::expect`], and [`InvalidEncoding`](DecodeErrorKind::InvalidEncoding) for other octets.
    pub fn boolean(&mut self) -> Result<bool, DecodeError> {
        let element = self.expect(Tag::BOOLEAN)?;
        match element.content() {
            [0xff] => Ok(true),
            [0x00] => Ok(false),
            _ => Err(element.error(DecodeErrorKind::InvalidEncoding)),
        }
    }

    /// A BIT STRING.
    ///
    /// # Errors
    /// Those of [`Reader::expect`], and [`InvalidEncoding`](DecodeErrorKind::InvalidEncoding).
    pub fn bit_string(&mut self) -> Result<BitString<'a>, DecodeError> {
        self.expect(Tag::BIT_STRING)?.bit_string()
    }

    /// The contents of an OCTET STRING.
    ///
    /// # Errors
    /// Those of [`Reader::expect`].
    pub fn octet_string(&mut self) -> Result<&'a [u8], DecodeError> {
        Ok(self.expect(Tag::OCTET_STRING)?.content())
    }

    /// Says that the value ends here.
    ///
    /// # Errors
    /// [`TrailingData`](DecodeErrorKind::TrailingData) if it does not.
    pub fn finish(&self) -> Result<(), DecodeError> {
        if self.is_empty() { Ok(()) } else { Err(self.error(DecodeErrorKind::TrailingData)) }
    }

    /// Tag, header length and contents length.
    #[inline]
    fn header(&self) -> Result<(Tag, usize, usize), DecodeError> {
        let (tag, first) = match *self.rest {
            [tag, first, ..] => (Tag::from_byte(tag), first),
            _ => return Err(self.error(DecodeErrorKind::Truncated)),
        };
        if tag.is_long_form() || tag.as_byte() == 0 {
            return Err(self.error(DecodeErrorKind::UnsupportedTag));
        }
        let (header, length) = if first < 0x80 { (2, usize::from(first)) } else { self.long_length(first)? };
        Ok((tag, header, length))
    }

    /// Header length and contents length where the first octet of the length, `first`, says that more follow. DER: the
    /// shortest form of a definite length, up to 32 bits.
    fn long_length(&self, first: u8) -> Result<(usize, usize), DecodeError> {
        let (header, length, least) = match (first, self.rest) {
            (0x80, _) => return Err(self.error(DecodeErrorKind::IndefiniteLength)),
            (0x81, [_, _, a, ..]) => (3, usize::from(*a), 0x80),
            (0x82, [_, _, a, b, ..]) => (4, usize::from(u16::from_be_bytes([*a, *b])), 0x100),
            (0x83, [_, _, a, b, c, ..]) => (5, big_endian(0, *a, *b, *c), 0x1_0000),
            (0x84, [_, _, a, b, c, d, ..]) => (6, big_endian(*a, *b, *c, *d), 0x100_0000),
            (0x81..=0x84, _) => return Err(self.error(DecodeErrorKind::Truncated)),
            _ => return Err(self.error(DecodeErrorKind::InvalidLength)),
        };
        if length < least {
            return Err(self.error(DecodeErrorKind::NonMinimalLength));
        }
        Ok((header, length))
    }
}

impl<'a> Element<'a> {
    pub(crate) const fn from_parts(tag: Tag, raw: &'a [u8], header: usize, position: usize) -> Self {
        Self { tag, raw, header, position }
    }

    /// The whole of `der` as one element.
    ///
    /// # Errors
    /// Those of [`Reader::any`], and [`TrailingData`](DecodeErrorKind::TrailingData).
    pub fn from_der(der: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(der);
        let element = reader.any()?;
        reader.finish()?;
        Ok(element)
    }

    /// Its tag.
    #[must_use]
    pub const fn tag(&self) -> Tag {
        self.tag
    }

    /// Header and contents, exactly as they were.
    #[must_use]
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The contents octets.
    #[must_use]
    pub fn content(&self) -> &'a [u8] {
        self.raw.get(self.header..).unwrap_or_default()
    }

    /// Offset of the first byte of its header.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// Over the contents.
    #[must_use]
    pub fn reader(&self) -> Reader<'a> {
        Reader::at(self.content(), self.position + self.header)
    }

    /// An error of `kind` at this element.
    #[must_use]
    #[cold]
    pub const fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.position)
    }

    /// The contents as an OBJECT IDENTIFIER, whatever the tag.
    ///
    /// # Errors
    /// [`InvalidEncoding`](DecodeErrorKind::InvalidEncoding).
    pub fn oid(&self) -> Result<Oid<'a>, DecodeError> {
        Oid::from_bytes(self.content()).ok_or_else(|| self.error(DecodeErrorKind::InvalidEncoding))
    }

    /// The contents as an INTEGER, whatever the tag: octets in the shortest form.
    ///
    /// # Errors
    /// [`InvalidEncoding`](DecodeErrorKind::InvalidEncoding).
    pub fn integer(&self) -> Result<&'a [u8], DecodeError> {
        match self.content() {
            [] | [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => Err(self.error(DecodeErrorKind::InvalidEncoding)),
            bytes => Ok(bytes),
        }
    }

    /// The contents as an INTEGER from 0 to 2³²-1, whatever the tag.
    ///
    /// # Errors
    /// [`InvalidEncoding`](DecodeErrorKind::InvalidEncoding), or [`InvalidValue`](DecodeErrorKind::InvalidValue) outside of
    /// that range.
    pub fn small_integer(&self) -> Result<u32, DecodeError> {
        match *self.integer()? {
            [a @ ..0x80] => Ok(u32::from(a)),
            [a @ ..0x80, b] => Ok(u32::from_be_bytes([0, 0, a, b])),
            [a @ ..0x80, b, c] => Ok(u32::from_be_bytes([0, a, b, c])),
            [a @ ..0x80, b, c, d] | [0, a, b, c, d] => Ok(u32::from_be_bytes([a, b, c, d])),
            _ => Err(self.error(DecodeErrorKind::InvalidValue)),
        }
    }

    /// The contents as a BIT STRING, whatever the tag. DER: unused bits are zero.
    ///
    /// # Errors
    /// [`InvalidEncoding`](DecodeErrorKind::InvalidEncoding).
    pub fn bit_string(&self) -> Result<BitString<'a>, DecodeError> {
        let (bytes, unused_bits) = match self.content() {
            [0, bytes @ ..] => (bytes, 0),
            [unused @ 1..=7, bytes @ ..]
                if bytes.last().is_some_and(|last| last.trailing_zeros() >= u32::from(*unused)) =>
            {
                (bytes, *unused)
            }
            _ => return Err(self.error(DecodeErrorKind::InvalidEncoding)),
        };
        Ok(BitString { bytes, unused_bits })
    }
}

impl<'a> BitString<'a> {
    /// The octets.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The octets if all their bits count, as in keys and signatures.
    #[must_use]
    pub const fn whole_bytes(self) -> Option<&'a [u8]> {
        if self.unused_bits == 0 { Some(self.bytes) } else { None }
    }

    /// Whether bit `number` is set, counted from the most significant bit of the first octet as in named bit lists.
    #[must_use]
    pub fn bit(self, number: usize) -> bool {
        self.bytes.get(number / 8).is_some_and(|byte| byte & (0x80 >> (number % 8)) != 0)
    }
}

fn big_endian(a: u8, b: u8, c: u8, d: u8) -> usize {
    usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use hex_literal::hex;

    use super::*;

    fn kind(bytes: &[u8]) -> DecodeErrorKind {
        Reader::new(bytes).any().unwrap_err().kind()
    }

    #[test]
    fn x690_s10_1_lengths_are_definite_and_minimal() {
        assert_eq!(kind(&hex!("3080 0000")), DecodeErrorKind::IndefiniteLength);
        assert_eq!(kind(&hex!("04817f")), DecodeErrorKind::NonMinimalLength);
        assert_eq!(kind(&hex!("048200ff")), DecodeErrorKind::NonMinimalLength);
        assert_eq!(kind(&hex!("048300ffff")), DecodeErrorKind::NonMinimalLength);
        assert_eq!(kind(&hex!("048400ffffff")), DecodeErrorKind::NonMinimalLength);
        assert_eq!(kind(&hex!("0485 0100000000")), DecodeErrorKind::InvalidLength);
        assert_eq!(kind(&hex!("04ff")), DecodeErrorKind::InvalidLength);
    }

    #[test]
    fn x690_s8_1_5_end_of_contents_is_no_element() {
        assert_eq!(kind(&hex!("0000")), DecodeErrorKind::UnsupportedTag);
        assert_eq!(kind(&hex!("0001ff")), DecodeErrorKind::UnsupportedTag);
    }

    #[test]
    fn seeds_that_broke_other_readers_are_refused() {
        // Panics and hangs of Go's pkcs7 readers: peers.md section 6.1.
        for seed in [
            &hex!("1f80")[..],
            &hex!("1f05"),
            &hex!("3081"),
            &hex!("308401"),
            &hex!("5f4d"),
            &hex!("308206"),
            &hex!("30"),
        ] {
            assert!(Reader::new(seed).any().is_err(), "{seed:02x?}");
        }
        assert_eq!(kind(&[]), DecodeErrorKind::Truncated);
    }

    #[test]
    fn an_announced_length_allocates_nothing() {
        assert_eq!(kind(&hex!("0484ffffffff")), DecodeErrorKind::Truncated);
    }

    #[test]
    fn an_error_takes_nothing() {
        let mut reader = Reader::new(&hex!("020105 0403"));
        assert_eq!(
            reader.oid().unwrap_err().kind(),
            DecodeErrorKind::UnexpectedTag { expected: Tag::OID, found: Some(Tag::INTEGER) }
        );
        assert_eq!(reader.small_integer(), Ok(5));
        assert_eq!(reader.any().unwrap_err(), DecodeError::new(DecodeErrorKind::Truncated, 3));
        assert_eq!(reader.position(), 3);
    }

    #[test]
    fn integers() {
        let small = |bytes: &[u8]| Reader::new(bytes).small_integer().map_err(|error| error.kind());
        assert_eq!(small(&hex!("020100")), Ok(0));
        assert_eq!(small(&hex!("020180")), Err(DecodeErrorKind::InvalidValue));
        assert_eq!(small(&hex!("02020080")), Ok(128));
        assert_eq!(small(&hex!("0205 00ffffffff")), Ok(u32::MAX));
        assert_eq!(small(&hex!("0205 0100000000")), Err(DecodeErrorKind::InvalidValue));
        assert_eq!(small(&hex!("0200")), Err(DecodeErrorKind::InvalidEncoding));
        assert_eq!(small(&hex!("0202007f")), Err(DecodeErrorKind::InvalidEncoding));
        assert_eq!(small(&hex!("0202ff80")), Err(DecodeErrorKind::InvalidEncoding));
    }

    #[test]
    fn bit_strings() {
        fn bits(bytes: &[u8]) -> Result<BitString<'_>, DecodeErrorKind> {
            Reader::new(bytes).bit_string().map_err(|error| error.kind())
        }
        let key_usage = bits(&hex!("030205a0")).unwrap();
        assert!(key_usage.bit(0) && !key_usage.bit(1) && key_usage.bit(2) && !key_usage.bit(9));
        assert_eq!(key_usage.whole_bytes(), None);
        assert_eq!(bits(&hex!("030100")).unwrap().whole_bytes(), Some(&[][..]));
        for bad in [&hex!("0300")[..], &hex!("030101"), &hex!("03020801"), &hex!("03020101")] {
            assert_eq!(bits(bad), Err(DecodeErrorKind::InvalidEncoding), "{bad:02x?}");
        }
    }

    #[test]
    fn booleans_are_ff_or_00() {
        assert_eq!(Reader::new(&hex!("0101ff")).boolean(), Ok(true));
        assert_eq!(Reader::new(&hex!("010100")).boolean(), Ok(false));
        assert!(Reader::new(&hex!("010101")).boolean().is_err());
        assert!(Reader::new(&hex!("0100")).boolean().is_err());
    }

    #[test]
    fn positions_are_counted_from_the_outermost_byte() {
        let bytes = hex!("3006 3004 0201ff 05");
        let mut inner = Reader::new(&bytes).sequence().unwrap().sequence().unwrap();
        assert_eq!(inner.integer(), Ok(&[0xff][..]));
        assert_eq!(inner.finish().unwrap_err(), DecodeError::new(DecodeErrorKind::TrailingData, 7));
    }

    #[test]
    fn ten_thousand_levels_are_just_one_element() {
        let mut nested = vec![];
        for _ in 0..10_000 {
            let mut outer = super::super::Writer::new();
            outer.constructed(Tag::SEQUENCE, |w| w.raw(&nested));
            nested = outer.finish();
        }
        assert_eq!(Element::from_der(&nested).unwrap().raw().len(), nested.len());
    }
}
