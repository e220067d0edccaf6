//! [`DecodeError`]: what was wrong with some bytes, where, and in which field.

use core::fmt;

use crate::der::Tag;

/// Why bytes could not be decoded: the kind, the position, and the path of fields that led there.
///
/// The position is a byte offset from the start of what was given to the decoding function. The path names ASN.1 fields
/// as the RFCs spell them, outermost first, and keeps the four outermost ones.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    kind: DecodeErrorKind,
    position: usize,
    path: [&'static str; PATH_DEPTH],
}

/// What was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// Something that may occur once occurs again.
    Duplicate,
    /// An empty value where at least one octet or element is needed.
    Empty,
    /// An indefinite length where DER is required (X.690 section 10.1).
    IndefiniteLength,
    /// The base64 text is not base64 (RFC 4648 section 4).
    InvalidBase64,
    /// A BOOLEAN, INTEGER, BIT STRING, OBJECT IDENTIFIER or NULL whose contents break the rules of its type.
    InvalidEncoding,
    /// A length that can't be: reserved form, over 32 bits, or an end-of-contents out of place.
    InvalidLength,
    /// Not a PEM text with the expected label (RFC 7468).
    InvalidPem,
    /// Characters that the string type does not allow.
    InvalidString,
    /// A time that is malformed or does not exist (RFC 5280 section 4.1.2.5).
    InvalidTime,
    /// A well-formed value that the field does not allow.
    InvalidValue,
    /// A length that is not in its shortest form, where DER is required.
    NonMinimalLength,
    /// Nesting deeper than [`Limits::depth`](crate::Limits).
    TooDeep,
    /// More bytes than [`Limits::size`](crate::Limits).
    TooLarge,
    /// More elements than [`Limits::elements`](crate::Limits).
    TooMany,
    /// Bytes follow where the value should have ended.
    TrailingData,
    /// The bytes end before the value does.
    Truncated,
    /// Another tag than the field has; `None` stands for the end of the enclosing value.
    UnexpectedTag {
        /// The tag that belongs there.
        expected: Tag,
        /// The tag that was there.
        found: Option<Tag>,
    },
    /// A tag number over 30, which nothing in PKIX uses, or that of end-of-contents, which is no element.
    UnsupportedTag,
    /// A version number that is not known.
    UnsupportedVersion,
}

impl DecodeError {
    /// An error of `kind` at byte offset `position`.
    #[must_use]
    pub const fn new(kind: DecodeErrorKind, position: usize) -> Self {
        Self { kind, position, path: [""; PATH_DEPTH] }
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> DecodeErrorKind {
        self.kind
    }

    /// Byte offset of the offending element.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// The fields that led to the error, outermost first.
    pub fn path(&self) -> impl Iterator<Item = &'static str> {
        self.path.into_iter().filter(|name| !name.is_empty())
    }

    /// For `map_err`: says that the error happened inside the field `name`.
    pub fn within(name: &'static str) -> impl Fn(Self) -> Self {
        move |error| error.inside(name)
    }

    /// For `map_err`: the bytes decoded began `offset` bytes into a larger text.
    pub fn shifted(offset: usize) -> impl Fn(Self) -> Self {
        move |error| Self { position: error.position.saturating_add(offset), ..error }
    }

    fn inside(self, name: &'static str) -> Self {
        let [a, b, c, _] = self.path;
        Self { path: [name, a, b, c], ..self }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at byte {}", self.kind, self.position)?;
        for (index, name) in self.path().enumerate() {
            f.write_str(if index == 0 { " in " } else { "." })?;
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({self})")
    }
}

impl core::error::Error for DecodeError {}

const PATH_DEPTH: usize = 4;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn display_names_kind_position_and_path() {
        let error = DecodeError::new(DecodeErrorKind::Truncated, 7);
        let error = DecodeError::within("tbsCertificate")(DecodeError::within("validity")(error));
        assert_eq!(error.to_string(), "Truncated at byte 7 in tbsCertificate.validity");
        assert_eq!(DecodeError::shifted(10)(error).position(), 17);
    }

    #[test]
    fn the_outermost_fields_are_kept() {
        let error = ["e", "d", "c", "b", "a"]
            .into_iter()
            .fold(DecodeError::new(DecodeErrorKind::Empty, 0), |error, name| DecodeError::within(name)(error));
        assert!(error.path().eq(["a", "b", "c", "d"]));
    }
}
