//! [`DeviceId`].

use alloc::string::String;
use core::fmt;

use pki_core::{
    BuildError,
    crypto::{RandomFailed, SecureRandom},
};

/// The stable identifier of a device: a UUID (RFC 9562), which stays when users, names and keys change.
///
/// A service whose devices have identifiers of another form keeps a UUID for each beside them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId([u8; 16]);

impl DeviceId {
    /// What the URIs of devices begin with.
    pub const PREFIX: &'static str = "urn:uuid:";

    /// From the octets of a UUID.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// A random one (RFC 9562 section 5.4).
    ///
    /// # Errors
    /// [`RandomFailed`] from the source.
    pub fn random(rng: &mut dyn SecureRandom) -> Result<Self, RandomFailed> {
        let mut bytes = [0; 16];
        rng.fill(&mut bytes)?;
        let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
        *version = (*version & 0x0f) | 0x40;
        *variant = (*variant & 0x3f) | 0x80;
        Ok(Self(bytes))
    }

    /// From 32 hexadecimal digits of any case, in groups of 8, 4, 4, 4 and 12 (RFC 9562 section 4).
    ///
    /// # Errors
    /// [`BuildError::InvalidValue`]
    pub fn from_text(text: &str) -> Result<Self, BuildError> {
        Self::parse(text).ok_or(BuildError::InvalidValue("device"))
    }

    /// The octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The URI.
    #[must_use]
    pub fn to_uri(&self) -> String {
        alloc::format!("{}{self}", Self::PREFIX)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        let mut digits = text.bytes().enumerate().filter(|(place, byte)| !(HYPHENS.contains(place) && *byte == b'-'));
        for byte in &mut bytes {
            *byte = (digit(digits.next()?.1)? << 4) | digit(digits.next()?.1)?;
        }
        // 36 characters without a digit too many have a hyphen in each of its places.
        (digits.next().is_none() && text.len() == 36).then_some(Self(bytes))
    }
}

impl fmt::Display for DeviceId {
    /// In groups, in lower case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            f.write_str(if matches!(place, 4 | 6 | 8 | 10) { "-" } else { "" })?;
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceId({self})")
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Where the hyphens are.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
