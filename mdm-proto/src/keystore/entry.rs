//! [`Entry`] and what names it.

use alloc::vec::Vec;
use core::fmt;

use pki_core::Certificate;

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

impl EntryId {
    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
