//! [`ReadError`] and [`WriteError`].

use core::fmt;

use pki_core::UnixTime;

use crate::xml::{Located, UnwritableCharacter, XmlError, XmlErrorKind};

/// Why octets are not a property list, and the byte at which that showed.
pub type ReadError = Located<ReadErrorKind>;

/// What was wrong with a property list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// A key that its dictionary has already.
    DuplicateKey,
    /// Base64, a number or a date that is none.
    InvalidValue,
    /// A key without a value, or a value without a key.
    Keys,
    /// Another root element than `plist`, or not exactly one value in it.
    NotAPlist,
    /// An element that property lists do not have, or not there.
    UnknownElement,
    /// The document itself.
    Xml(XmlErrorKind),
}

/// Why a value cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// A text or key has a character that XML cannot carry.
    Character(UnwritableCharacter),
    /// A date outside of the years 0 to 9999.
    Date(UnixTime),
    /// Arrays and dictionaries are nested deeper than 250 levels.
    TooDeep,
}

impl From<XmlError> for ReadError {
    fn from(error: XmlError) -> Self {
        Self::new(ReadErrorKind::Xml(error.kind()), error.position())
    }
}

impl From<UnwritableCharacter> for WriteError {
    fn from(error: UnwritableCharacter) -> Self {
        Self::Character(error)
    }
}

impl fmt::Display for ReadErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateKey => f.write_str("a key occurs twice"),
            Self::InvalidValue => f.write_str("no base64, number or date"),
            Self::Keys => f.write_str("a key without a value, or a value without a key"),
            Self::NotAPlist => f.write_str("not a plist with one value"),
            Self::UnknownElement => f.write_str("an element that property lists do not have there"),
            Self::Xml(kind) => kind.fmt(f),
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(error) => error.fmt(f),
            Self::Date(time) => write!(f, "{} seconds are outside of the years 0 to 9999", time.as_seconds()),
            Self::TooDeep => f.write_str("nested deeper than any reader follows"),
        }
    }
}

impl core::error::Error for WriteError {}
