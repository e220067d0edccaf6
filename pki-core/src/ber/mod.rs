//! Reading BER, for CMS from peers: Apple, BouncyCastle (jscep, EJBCA), `openssl cms -stream` and micromdm send it.
//!
//! Accepted beyond DER: indefinite lengths, lengths that are not minimal, and OCTET STRINGs in pieces, constructed with
//! definite or indefinite length, nested up to [`Limits::depth`]. Nothing is rewritten: elements keep the exact bytes that
//! were received, because signatures are made over those.
//!
//! Work is bounded: finding the end of an indefinite length looks at [`Limits::elements`] headers at most and no level is
//! descended into more than [`Limits::depth`] times, without recursion.

use alloc::{borrow::Cow, vec::Vec};

use crate::{
    der::{self, Tag},
    error::{DecodeError, DecodeErrorKind},
    limits::Limits,
    oid::Oid,
};

/// A cursor over the BER elements of a byte string. Like [`der::Reader`], an error takes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    position: usize,
    depth: u8,
    limits: Limits,
}

/// One element as it was read. With an indefinite length, the contents end before the end-of-contents octets and the raw
/// bytes after them.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    tag: Tag,
    raw: &'a [u8],
    content: &'a [u8],
    content_position: usize,
    position: usize,
    depth: u8,
    limits: Limits,
}

impl<'a> Reader<'a> {
    /// Over a whole message.
    ///
    /// # Errors
    /// [`TooLarge`](DecodeErrorKind::TooLarge) if it is larger than [`Limits::size`].
    pub const fn new(bytes: &'a [u8], limits: Limits) -> Result<Self, DecodeError> {
        if bytes.len() > limits.size {
            return Err(DecodeError::new(DecodeErrorKind::TooLarge, 0));
        }
        Ok(Self { rest: bytes, position: 0, depth: 0, limits })
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
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
    pub const fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.position)
    }

    /// The next element, whatever it is.
    ///
    /// # Errors
    /// [`Truncated`](DecodeErrorKind::Truncated), [`InvalidLength`](DecodeErrorKind::InvalidLength),
    /// [`UnsupportedTag`](DecodeErrorKind::UnsupportedTag), [`TooMany`](DecodeErrorKind::TooMany) or
    /// [`TooDeep`](DecodeErrorKind::TooDeep).
    pub fn any(&mut self) -> Result<Element<'a>, DecodeError> {
        let header = Header::read(self.rest, self.position)?;
        let (content_end, end) = match header.length {
            Some(length) => {
                let end = header.size.checked_add(length).ok_or_else(|| self.error(DecodeErrorKind::InvalidLength))?;
                (end, end)
            }
            None => {
                let inside = self.rest.get(header.size..).unwrap_or_default();
                let length = indefinite_length(inside, self.position + header.size, self.limits, self.depth)?;
                (header.size + length, header.size + length + END_OF_CONTENTS.len())
            }
        };
        let (raw, rest) = self.rest.split_at_checked(end).ok_or_else(|| self.error(DecodeErrorKind::Truncated))?;
        let element = Element {
            tag: header.tag,
            raw,
            content: raw.get(header.size..content_end).unwrap_or_default(),
            content_position: self.position + header.size,
            position: self.position,
            depth: self.depth,
            limits: self.limits,
        };
        *self = Self { rest, position: self.position + end, ..*self };
        Ok(element)
    }

    /// The next element, which must have `tag`.
    ///
    /// # Errors
    /// Those of [`Reader::any`], and [`UnexpectedTag`](DecodeErrorKind::UnexpectedTag).
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
    pub fn optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>, DecodeError> {
        if self.peek() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// Into the contents of the next element, which must have `tag`.
    ///
    /// # Errors
    /// Those of [`Reader::expect`], and [`TooDeep`](DecodeErrorKind::TooDeep).
    pub fn nested(&mut self, tag: Tag) -> Result<Self, DecodeError> {
        self.expect(tag)?.reader()
    }

    /// Into the contents of a SEQUENCE.
    ///
    /// # Errors
    /// Those of [`Reader::nested`].
    pub fn sequence(&mut self) -> Result<Self, DecodeError> {
        self.nested(Tag::SEQUENCE)
    }

    /// An OBJECT IDENTIFIER.
    ///
    /// # Errors
    /// Those of [`Reader::expect`], and [`InvalidEncoding`](DecodeErrorKind::InvalidEncoding).
    pub fn oid(&mut self) -> Result<Oid<'a>, DecodeError> {
        self.expect(Tag::OID)?.as_der().oid()
    }

    /// An INTEGER from 0 to 2³²-1.
    ///
    /// # Errors
    /// Those of [`Reader::expect`], [`InvalidEncoding`](DecodeErrorKind::InvalidEncoding) and
    /// [`InvalidValue`](DecodeErrorKind::InvalidValue).
    pub fn small_integer(&mut self) -> Result<u32, DecodeError> {
        self.expect(Tag::INTEGER)?.as_der().small_integer()
    }

    /// An OCTET STRING, or `[number] IMPLICIT` of one, in one piece or in many: `tag` is the primitive form of its tag.
    ///
    /// Borrowed where it came in one piece; joined, in a buffer no larger than what was received, where it did not.
    ///
    /// # Errors
    /// Those of [`Reader::any`], [`UnexpectedTag`](DecodeErrorKind::UnexpectedTag), and
    /// [`TooDeep`](DecodeErrorKind::TooDeep) and [`TooMany`](DecodeErrorKind::TooMany) for the pieces.
    pub fn octets(&mut self, tag: Tag) -> Result<Cow<'a, [u8]>, DecodeError> {
        match self.peek() {
            Some(found) if found.primitive() == tag.primitive() => {
                let mut ahead = *self;
                let octets = ahead.any()?.octets()?;
                *self = ahead;
                Ok(octets)
            }
            found => Err(self.error(DecodeErrorKind::UnexpectedTag { expected: tag, found })),
        }
    }

    /// Says that the value ends here.
    ///
    /// # Errors
    /// [`TrailingData`](DecodeErrorKind::TrailingData) if it does not.
    pub fn finish(&self) -> Result<(), DecodeError> {
        if self.is_empty() { Ok(()) } else { Err(self.error(DecodeErrorKind::TrailingData)) }
    }
}

impl<'a> Element<'a> {
    /// Its tag.
    #[must_use]
    pub const fn tag(&self) -> Tag {
        self.tag
    }

    /// Everything, exactly as it was.
    #[must_use]
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The contents octets.
    #[must_use]
    pub const fn content(&self) -> &'a [u8] {
        self.content
    }

    /// Offset of the first byte of its header.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// Offset of the first of the contents octets.
    #[must_use]
    pub const fn content_position(&self) -> usize {
        self.content_position
    }

    /// An error of `kind` at this element.
    #[must_use]
    pub const fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.position)
    }

    /// Over the contents.
    ///
    /// # Errors
    /// [`TooDeep`](DecodeErrorKind::TooDeep) past [`Limits::depth`].
    pub fn reader(&self) -> Result<Reader<'a>, DecodeError> {
        if self.depth >= self.limits.depth {
            return Err(self.error(DecodeErrorKind::TooDeep));
        }
        Ok(Reader { rest: self.content, position: self.content_position, depth: self.depth + 1, limits: self.limits })
    }

    /// The contents octets of an OCTET STRING, joined if they came in pieces (X.690 section 8.7.3). The tag is the
    /// caller's to check; its constructed bit decides.
    ///
    /// # Errors
    /// [`UnexpectedTag`](DecodeErrorKind::UnexpectedTag) for a piece that is no OCTET STRING, those of [`Reader::any`],
    /// [`TooDeep`](DecodeErrorKind::TooDeep) and [`TooMany`](DecodeErrorKind::TooMany).
    pub fn octets(&self) -> Result<Cow<'a, [u8]>, DecodeError> {
        if !self.tag.is_constructed() {
            return Ok(Cow::Borrowed(self.content));
        }
        let mut walk = Walk::new(self.content, self.content_position, self.limits, self.depth);
        let mut joined: Cow<'a, [u8]> = Cow::Borrowed(&[]);
        while let Some(header) = walk.next_header()? {
            if header.tag.primitive() != Tag::OCTET_STRING {
                return Err(DecodeError::new(
                    DecodeErrorKind::UnexpectedTag { expected: Tag::OCTET_STRING, found: Some(header.tag) },
                    header.position,
                ));
            }
            if header.tag.is_constructed() {
                walk.descend(&header)?;
            } else {
                let piece = walk.skip(&header)?;
                match &mut joined {
                    Cow::Borrowed([]) => joined = Cow::Borrowed(piece),
                    Cow::Borrowed(first) => {
                        let mut buffer = Vec::with_capacity(self.content.len());
                        buffer.extend_from_slice(first);
                        buffer.extend_from_slice(piece);
                        joined = Cow::Owned(buffer);
                    }
                    Cow::Owned(buffer) => buffer.extend_from_slice(piece),
                }
            }
        }
        Ok(joined)
    }

    /// As a DER element: for primitive types, and for what is read as DER inside, like a certificate.
    #[must_use]
    pub fn as_der(&self) -> der::Element<'a> {
        der::Element::from_parts(self.tag, self.raw, self.content_position - self.position, self.position)
    }
}

/// An element's header: tag, its own size, and the contents length if definite.
#[derive(Clone, Copy)]
struct Header {
    tag: Tag,
    size: usize,
    length: Option<usize>,
    position: usize,
}

impl Header {
    fn read(bytes: &[u8], position: usize) -> Result<Self, DecodeError> {
        let error = |kind| DecodeError::new(kind, position);
        let [tag, first, rest @ ..] = bytes else { return Err(error(DecodeErrorKind::Truncated)) };
        let tag = Tag::from_byte(*tag);
        if tag.is_long_form() {
            return Err(error(DecodeErrorKind::UnsupportedTag));
        }
        if tag.as_byte() == 0 {
            // End-of-contents where no indefinite length is open.
            return Err(error(DecodeErrorKind::InvalidLength));
        }
        match *first {
            short @ ..0x80 => Ok(Self { tag, size: 2, length: Some(usize::from(short)), position }),
            0x80 if tag.is_constructed() => Ok(Self { tag, size: 2, length: None, position }),
            0x80 | 0xff => Err(error(DecodeErrorKind::InvalidLength)),
            long => {
                let count = usize::from(long & 0x7f);
                let octets = rest.get(..count).ok_or_else(|| error(DecodeErrorKind::Truncated))?;
                let length = octets
                    .iter()
                    .try_fold(0_u32, |length, octet| (length >> 24 == 0).then(|| length << 8 | u32::from(*octet)));
                let length = length.and_then(|length| usize::try_from(length).ok());
                let length = length.ok_or_else(|| error(DecodeErrorKind::InvalidLength))?;
                Ok(Self { tag, size: 2 + count, length: Some(length), position })
            }
        }
    }
}

/// A walk over nested elements without recursion: where the open constructed values end.
struct Walk<'a> {
    rest: &'a [u8],
    position: usize,
    /// Ends of the values entered, innermost last: the position for a definite length, `None` for an indefinite one.
    open: Vec<Option<usize>>,
    depth_left: u8,
    elements_left: u32,
}

impl<'a> Walk<'a> {
    fn new(bytes: &'a [u8], position: usize, limits: Limits, depth: u8) -> Self {
        let depth_left = limits.depth.saturating_sub(depth);
        Self { rest: bytes, position, open: Vec::new(), depth_left, elements_left: limits.elements }
    }

    /// The next header at any level, after closing what ends here; `None` at the end of everything.
    fn next_header(&mut self) -> Result<Option<Header>, DecodeError> {
        loop {
            match self.open.last() {
                Some(Some(end)) if *end == self.position => {
                    self.open.pop();
                }
                Some(None) if self.rest.starts_with(&END_OF_CONTENTS) => {
                    self.advance(END_OF_CONTENTS.len())?;
                    self.open.pop();
                }
                None if self.rest.is_empty() => return Ok(None),
                _ => break,
            }
        }
        self.count()?;
        Header::read(self.rest, self.position).map(Some)
    }

    /// Enters the contents of the value at this place.
    fn descend(&mut self, header: &Header) -> Result<(), DecodeError> {
        if self.open.len() >= usize::from(self.depth_left) {
            return Err(self.error(DecodeErrorKind::TooDeep));
        }
        let end = match header.length {
            Some(length) => {
                let end = self.position.saturating_add(header.size).saturating_add(length);
                if self.innermost_end().is_some_and(|limit| end > limit) {
                    return Err(self.error(DecodeErrorKind::InvalidLength));
                }
                Some(end)
            }
            None => None,
        };
        self.advance(header.size)?;
        self.open.push(end);
        Ok(())
    }

    /// Steps over the value at this place, of definite length, and gives its contents.
    fn skip(&mut self, header: &Header) -> Result<&'a [u8], DecodeError> {
        let end = header.length.and_then(|length| header.size.checked_add(length));
        let end = end.ok_or_else(|| self.error(DecodeErrorKind::InvalidLength))?;
        if self.innermost_end().is_some_and(|limit| self.position.saturating_add(end) > limit) {
            return Err(self.error(DecodeErrorKind::InvalidLength));
        }
        let value = self.advance(end)?;
        Ok(value.get(header.size..).unwrap_or_default())
    }

    fn innermost_end(&self) -> Option<usize> {
        self.open.iter().rev().find_map(|end| *end)
    }

    fn advance(&mut self, by: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(by).ok_or_else(|| self.error(DecodeErrorKind::Truncated))?;
        self.rest = rest;
        self.position += by;
        Ok(taken)
    }

    fn count(&mut self) -> Result<(), DecodeError> {
        self.elements_left = self.elements_left.checked_sub(1).ok_or_else(|| self.error(DecodeErrorKind::TooMany))?;
        Ok(())
    }

    const fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.position)
    }
}

/// How many octets lie before the end-of-contents that closes the value whose contents begin with `bytes`. Values of
/// definite length inside are stepped over whole.
fn indefinite_length(bytes: &[u8], position: usize, limits: Limits, depth: u8) -> Result<usize, DecodeError> {
    let (mut rest, mut at) = (bytes, position);
    let mut open = 0_u8;
    for _ in 0..limits.elements {
        let step = if let [0, 0, ..] = rest {
            match open.checked_sub(1) {
                None => return Ok(at - position),
                Some(outer) => open = outer,
            }
            END_OF_CONTENTS.len()
        } else {
            let header = Header::read(rest, at)?;
            match header.length {
                Some(length) => header.size.saturating_add(length),
                None => {
                    open += 1;
                    if open.saturating_add(depth) >= limits.depth {
                        return Err(DecodeError::new(DecodeErrorKind::TooDeep, at));
                    }
                    header.size
                }
            }
        };
        rest = rest.get(step..).ok_or_else(|| DecodeError::new(DecodeErrorKind::Truncated, at))?;
        at += step;
    }
    Err(DecodeError::new(DecodeErrorKind::TooMany, at))
}

const END_OF_CONTENTS: [u8; 2] = [0, 0];

#[cfg(test)]
mod tests;
