//! [`Identifier`] and the UUIDs that come of it.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
};
use core::fmt;

use sha2::{Digest, Sha256};

/// A `PayloadIdentifier` or the identifier of a declaration: 1 to 256 printable ASCII characters without a space, by custom a
/// reversed domain name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier(Box<str>);

/// Not an [`Identifier`]: empty, over 256 characters, or with a character that is not printable ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidIdentifier;

impl Identifier {
    /// From text.
    ///
    /// # Errors
    /// [`InvalidIdentifier`]
    pub fn new(text: &str) -> Result<Self, InvalidIdentifier> {
        let is_identifier = matches!(text.len(), 1..=LONGEST) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_identifier { Ok(Self(text.into())) } else { Err(InvalidIdentifier) }
    }

    /// That of something inside.
    ///
    /// # Errors
    /// [`InvalidIdentifier`]
    pub fn inside(&self, name: &str) -> Result<Self, InvalidIdentifier> {
        Self::new(&format!("{self}.{name}"))
    }

    /// The UUID that belongs to it, the same each time.
    #[must_use]
    pub fn uuid(&self) -> String {
        let digest = Sha256::new().chain_update(UUID_SPACE).chain_update(self.0.as_bytes()).finalize();
        let mut number = digest.iter().take(16).fold(0_u128, |number, octet| number << 8 | u128::from(*octet));
        number = number & !(0xf << 76) | 0x8 << 76;
        number = number & !(0x3 << 62) | 0x2 << 62;
        let part = |shift: u32, bits: u32| number >> shift & ((1 << bits) - 1);
        format!(
            "{:08X}-{:04X}-{:04X}-{:04X}-{:012X}",
            part(96, 32),
            part(80, 16),
            part(64, 16),
            part(48, 16),
            part(0, 48)
        )
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Identifier> for String {
    fn from(identifier: Identifier) -> Self {
        identifier.0.into()
    }
}

impl From<&Identifier> for crate::plist::Value {
    fn from(identifier: &Identifier) -> Self {
        Self::String(identifier.to_string())
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identifier({self})")
    }
}

impl fmt::Display for InvalidIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an identifier has 1 to 256 printable ASCII characters without a space")
    }
}

impl core::error::Error for InvalidIdentifier {}

const LONGEST: usize = 256;

/// Keeps these UUIDs apart from digests of the same text for other ends.
const UUID_SPACE: &[u8] = b"PayloadUUID of ";
