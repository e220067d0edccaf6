//! [`FailInfoText`]: words for people beside a failInfo.

use alloc::{string::String, vec::Vec};
use core::fmt::{self, Write as _};

use pki_core::{
    DecodeError, DecodeErrorKind,
    der::{Element, Tag, Writer},
};

use super::string_content;

/// failInfoText (RFC 8894 section 3.2.1.4): a message for people, in whatever language. Nothing may be read out of it by
/// machine.
///
/// Holds at most 1024 octets; what goes beyond is cut off, at the border of a character.
#[derive(Clone, PartialEq, Eq)]
pub struct FailInfoText(String);

impl FailInfoText {
    /// Most octets that are kept.
    pub const LONGEST: usize = 1024;

    /// From a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut end = text.len().min(Self::LONGEST);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self(text.get(..end).unwrap_or_default().into())
    }

    /// From the value of the attribute, a UTF8String.
    ///
    /// # Errors
    /// - [`DecodeErrorKind::UnexpectedTag`] if it is not a UTF8String, PrintableString or IA5String.
    /// - [`DecodeErrorKind::InvalidString`] if it is not UTF-8.
    pub fn decode(element: &Element<'_>) -> Result<Self, DecodeError> {
        let text = core::str::from_utf8(string_content(element)?);
        text.map(Self::new).map_err(|_| element.error(DecodeErrorKind::InvalidString))
    }

    /// The value of the attribute.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| w.primitive(Tag::UTF8_STRING, self.0.as_bytes()))
    }

    /// The text as it came, not fit for a terminal or a log; `Display` is.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FailInfoText {
    /// The text with control characters, direction marks and the like escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '"' | '\'' => f.write_char(character),
            other => other.escape_debug().fmt(f),
        })
    }
}

impl fmt::Debug for FailInfoText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FailInfoText({self})")
    }
}
