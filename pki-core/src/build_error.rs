//! [`BuildError`]: why something cannot be built from what the caller gave.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use crate::{error::DecodeError, oid::Oid};

/// Why a name, a CSR or a certificate could not be built. The caller's to mend, never a peer's doing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// An attribute or extension that may occur once was added twice; its identifier.
    Duplicate(OwnedOid),
    /// A text or list that needs at least one character or element. Names the field.
    Empty(&'static str),
    /// Characters that the field's type cannot carry. Names the field.
    InvalidCharacters(&'static str),
    /// A value that the field does not allow. Names the field.
    InvalidValue(&'static str),
    /// The provider lacks the digest that identifiers are made with.
    MissingDigest,
    /// More than the field may hold (RFC 5280 appendix A, upper bounds). Names the field.
    TooLong(&'static str),
    /// The parts are each well formed and the whole is not, as when it is larger than what may be read back.
    Unreadable(DecodeError),
}

/// An object identifier kept for an error: its contents octets.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OwnedOid(Box<[u8]>);

impl OwnedOid {
    /// The identifier; `None` where the octets are none.
    #[must_use]
    pub fn as_oid(&self) -> Option<Oid<'_>> {
        Oid::from_bytes(&self.0)
    }
}

impl From<Oid<'_>> for OwnedOid {
    fn from(oid: Oid<'_>) -> Self {
        Self(Vec::from(oid.as_bytes()).into_boxed_slice())
    }
}

impl fmt::Display for OwnedOid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_oid().map_or(Ok(()), |oid| fmt::Display::fmt(&oid, f))
    }
}

impl fmt::Debug for OwnedOid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnedOid({self})")
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate(oid) => write!(f, "{oid} was added twice"),
            Self::Empty(field) => write!(f, "{field} is empty"),
            Self::InvalidCharacters(field) => write!(f, "{field} has characters that its type cannot carry"),
            Self::InvalidValue(field) => write!(f, "{field} does not allow this value"),
            Self::MissingDigest => f.write_str("the provider lacks the digest for identifiers"),
            Self::TooLong(field) => write!(f, "{field} is longer than allowed"),
            Self::Unreadable(error) => write!(f, "the result cannot be read back: {error}"),
        }
    }
}

impl core::error::Error for BuildError {}
