//! [`ReadError`] and [`WriteError`].

use core::fmt;

use crate::xml::{Located, UnwritableCharacter, XmlError, XmlErrorKind};

/// Why octets are not a SyncML message, and the byte at which that showed.
pub type ReadError = Located<ReadErrorKind>;

/// What was wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// A number that is none, or too large.
    InvalidNumber,
    /// A Status without `CmdRef` or `Data`, or Results without `CmdRef`.
    Missing,
    /// An Atomic in an Atomic.
    Nested,
    /// Neither a SyncML message nor a `SyncBody`, or a message with another number of bodies than one.
    NotSyncMl,
    /// The document itself.
    Xml(XmlErrorKind),
}

/// Why a body cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// A text has a character that XML cannot carry.
    Character(UnwritableCharacter),
    /// An Atomic holds an Atomic, a Get, a Status or Results, which devices refuse.
    Nested,
    /// There are no numbers left for commands.
    TooMany,
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
            Self::InvalidNumber => f.write_str("not a number"),
            Self::Missing => f.write_str("a Status or Results without what it is about"),
            Self::Nested => f.write_str("an Atomic in an Atomic"),
            Self::NotSyncMl => f.write_str("not a SyncML message with one body"),
            Self::Xml(kind) => kind.fmt(f),
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(error) => error.fmt(f),
            Self::Nested => f.write_str("an Atomic holds more than Add, Replace, Delete and Exec"),
            Self::TooMany => f.write_str("no numbers are left for commands: begin with a lower one"),
        }
    }
}

impl core::error::Error for WriteError {}
