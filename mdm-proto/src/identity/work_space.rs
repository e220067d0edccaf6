//! [`WorkSpaceId`].

use alloc::string::String;
use core::fmt;

use pki_core::BuildError;

/// What a service calls a work space: up to 128 unreserved characters, which have one spelling in a URI (RFC 3986 section
/// 2.3): letters, digits, hyphens, full stops, low lines and tildes. Case matters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkSpaceId(String);

impl WorkSpaceId {
    /// From text.
    ///
    /// # Errors
    /// [`BuildError::Empty`], [`BuildError::TooLong`], [`BuildError::InvalidCharacters`].
    pub fn new(text: &str) -> Result<Self, BuildError> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        match text.len() {
            0 => Err(BuildError::Empty(FIELD)),
            129.. => Err(BuildError::TooLong(FIELD)),
            _ if !text.bytes().all(unreserved) => Err(BuildError::InvalidCharacters(FIELD)),
            _ => Ok(Self(text.into())),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorkSpaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for WorkSpaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WorkSpaceId({self})")
    }
}

const FIELD: &str = "workSpace";
