//! [`DirectoryString`]: text in any of the ASN.1 string types.

use alloc::{borrow::Cow, string::String};

use crate::{
    der::{Decode, Element, Reader, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
};

/// Text as names, challenge passwords and notices carry it, with the type it came in.
///
/// Read are the choices of `DirectoryString` (RFC 5280 section 4.1.2.4) and the other character strings that peers use
/// instead:
/// - UTF8String;
/// - PrintableString, NumericString, VisibleString, IA5String: any ASCII, since `@`, `*` and `_` are common where the type
///   forbids them;
/// - TeletexString as Latin-1, as everybody writes it;
/// - BMPString as UTF-16, UniversalString as UTF-32, both big-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryString<'a> {
    tag: Tag,
    text: Cow<'a, str>,
}

impl<'a> DirectoryString<'a> {
    /// From an element of any of the types above.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::UnexpectedTag`] for a type that is none of them.
    /// - [`DecodeErrorKind::InvalidString`] if the contents are no text of that type.
    pub fn from_element(element: &Element<'a>) -> Result<Self, DecodeError> {
        let tag = element.tag();
        if !Self::is_string(tag) {
            let kind = DecodeErrorKind::UnexpectedTag { expected: Tag::UTF8_STRING, found: Some(tag) };
            return Err(element.error(kind));
        }
        let text = Self::text(tag, element.content());
        let text = text.ok_or_else(|| element.error(DecodeErrorKind::InvalidString))?;
        Ok(Self { tag, text })
    }

    /// The type it came in.
    #[must_use]
    pub const fn tag(&self) -> Tag {
        self.tag
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text, borrowed where it lay as UTF-8.
    #[must_use]
    pub fn into_text(self) -> Cow<'a, str> {
        self.text
    }

    /// Writes `text` as PrintableString where its characters allow, else as UTF8String (RFC 5280 section 4.1.2.4).
    pub fn encode(text: &str, writer: &mut Writer) {
        let tag = if text.bytes().all(is_printable) { Tag::PRINTABLE_STRING } else { Tag::UTF8_STRING };
        writer.primitive(tag, text.as_bytes());
    }

    /// Whether `tag` is one of the string types.
    pub(super) const fn is_string(tag: Tag) -> bool {
        matches!(
            tag,
            Tag::UTF8_STRING
                | Tag::PRINTABLE_STRING
                | Tag::IA5_STRING
                | Tag::TELETEX_STRING
                | Tag::BMP_STRING
                | Tag::UNIVERSAL_STRING
                | Tag::NUMERIC_STRING
                | Tag::VISIBLE_STRING
        )
    }

    /// Whether ASCII text of type `tag` is written in the octets of ASCII.
    pub(super) const fn is_of_octets(tag: Tag) -> bool {
        Self::is_string(tag) && !matches!(tag, Tag::BMP_STRING | Tag::UNIVERSAL_STRING)
    }

    /// The text of contents octets of type `tag`; `None` if that is no string type, or they are no such text.
    pub(super) fn text(tag: Tag, content: &'a [u8]) -> Option<Cow<'a, str>> {
        match tag {
            Tag::UTF8_STRING => str::from_utf8(content).ok().map(Cow::Borrowed),
            Tag::PRINTABLE_STRING | Tag::IA5_STRING | Tag::NUMERIC_STRING | Tag::VISIBLE_STRING => {
                ascii(content).map(Cow::Borrowed)
            }
            Tag::TELETEX_STRING => {
                Some(ascii(content).map_or_else(|| content.iter().copied().map(char::from).collect(), Cow::Borrowed))
            }
            Tag::BMP_STRING => {
                let (units, []) = content.as_chunks::<2>() else { return None };
                let text: Result<String, _> =
                    char::decode_utf16(units.iter().copied().map(u16::from_be_bytes)).collect();
                text.ok().map(Cow::Owned)
            }
            Tag::UNIVERSAL_STRING => {
                let (units, []) = content.as_chunks::<4>() else { return None };
                units
                    .iter()
                    .copied()
                    .map(u32::from_be_bytes)
                    .map(char::from_u32)
                    .collect::<Option<String>>()
                    .map(Cow::Owned)
            }
            _ => None,
        }
    }
}

impl<'a> Decode<'a> for DirectoryString<'a> {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Self::from_element(&reader.any()?)
    }
}

/// Whether PrintableString has the character (X.680 section 41.4).
pub(crate) const fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b' ' | b'\'' | b'(' | b')' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b'=' | b'?')
}

fn ascii(content: &[u8]) -> Option<&str> {
    if content.is_ascii() { str::from_utf8(content).ok() } else { None }
}
