//! [`Secret`]: bytes that are wiped, not printed, and compared in constant time.

use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// Secret bytes: a password, a content key, an encoded private key.
///
/// - overwritten when dropped,
/// - shown as `Secret(..)` by `Debug`,
/// - compared in time that depends on the lengths only,
/// - not `Clone`: a copy is made on purpose, through [`Secret::expose`].
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes the bytes over.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes themselves.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Whether `other` holds the same bytes. Only the lengths show in the time it takes.
    #[must_use]
    pub fn matches(&self, other: &[u8]) -> bool {
        self.0.as_slice().ct_eq(other).into()
    }
}

impl From<&[u8]> for Secret {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(&other.0)
    }
}

impl Eq for Secret {}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn debug_does_not_show_the_bytes() {
        assert_eq!(format!("{:?}", Secret::from("hunter2")), "Secret(..)");
    }

    #[test]
    fn comparison_is_of_the_whole_value() {
        assert!(Secret::from("abc").matches(b"abc"));
        assert!(!Secret::from("abc").matches(b"ab"));
        assert!(!Secret::from("").matches(b"abc"));
        assert_ne!(Secret::from("abc"), Secret::from("abd"));
    }
}
