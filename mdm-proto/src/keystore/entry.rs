//! [`Entry`] and what names it.

use alloc::{string::String, vec::Vec};
use core::fmt;

use pki_core::{BuildError, Certificate};

use super::KeyHandle;

/// A certificate with its chain and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// What to name it by in the real keystore.
    pub id: EntryId,
    /// The certificate, and those of its CAs.
    pub chain: Vec<Certificate>,
    /// The key.
    pub key: KeyHandle,
}

/// A number that names one entry of a keystore, and never another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub(super) u32);

/// Which profile: up to 255 octets of text, whatever the service names it by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileId(String);

impl EntryId {
    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl ProfileId {
    /// From text.
    ///
    /// # Errors
    /// [`BuildError::Empty`], [`BuildError::TooLong`].
    pub fn new(text: &str) -> Result<Self, BuildError> {
        match text.len() {
            0 => Err(BuildError::Empty("profile")),
            256.. => Err(BuildError::TooLong("profile")),
            _ => Ok(Self(text.into())),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProfileId({self})")
    }
}
