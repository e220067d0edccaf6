//! [`CipherAlgorithm`]: what content is encrypted with.

use core::fmt;

use crate::oid::{self, Oid};

/// A content encryption algorithm: a block cipher in CBC mode with its padding (RFC 5652 section 6.3), for EnvelopedData,
/// or one that authenticates what it encrypts, like GCM (RFC 5084), for AuthEnvelopedData.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CipherAlgorithm {
    name: &'static str,
    oid: Oid<'static>,
    key_length: usize,
    mode: Mode,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Mode {
    Cbc { block_length: usize },
    Gcm,
}

impl CipherAlgorithm {
    /// AES-128-CBC. Mandatory to implement (RFC 8894 section 2.9).
    pub const AES128_CBC: Self = Self::new("AES-128-CBC", oid::AES128_CBC, 16, 16);
    /// AES-192-CBC.
    pub const AES192_CBC: Self = Self::new("AES-192-CBC", oid::AES192_CBC, 24, 16);
    /// AES-256-CBC.
    pub const AES256_CBC: Self = Self::new("AES-256-CBC", oid::AES256_CBC, 32, 16);
    /// AES-128-GCM.
    pub const AES128_GCM: Self = Self::gcm("AES-128-GCM", oid::AES128_GCM, 16);
    /// AES-192-GCM.
    pub const AES192_GCM: Self = Self::gcm("AES-192-GCM", oid::AES192_GCM, 24);
    /// AES-256-GCM.
    pub const AES256_GCM: Self = Self::gcm("AES-256-GCM", oid::AES256_GCM, 32);
    /// Triple DES with three keys. Tolerated for legacy peers (RFC 8894 section 2.9).
    pub const DES_EDE3_CBC: Self = Self::new("3DES-CBC", oid::DES_EDE3_CBC, 24, 8);
    /// Single DES. Broken and forbidden (RFC 8894 section 2.9); for the `legacy` provider.
    pub const DES_CBC: Self = Self::new("DES-CBC", oid::DES_CBC, 8, 8);

    /// Another one in CBC mode: its name, identifier, and the octets in its key and in its block, which is also its IV.
    #[must_use]
    pub const fn new(name: &'static str, oid: Oid<'static>, key_length: usize, block_length: usize) -> Self {
        Self { name, oid, key_length, mode: Mode::Cbc { block_length } }
    }

    /// Another one in GCM mode with blocks of 16 octets, and with the parameters of RFC 5084: its name, identifier, and the octets in its key.
    #[must_use]
    pub const fn gcm(name: &'static str, oid: Oid<'static>, key_length: usize) -> Self {
        Self { name, oid, key_length, mode: Mode::Gcm }
    }

    /// The name, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The object identifier. The parameter beside it is the IV as an OCTET STRING, or `GCMParameters`.
    #[must_use]
    pub const fn oid(self) -> Oid<'static> {
        self.oid
    }

    /// Octets in a key.
    #[must_use]
    pub const fn key_length(self) -> usize {
        self.key_length
    }

    /// Octets in a block.
    #[must_use]
    pub const fn block_length(self) -> usize {
        match self.mode {
            Mode::Cbc { block_length } => block_length,
            Mode::Gcm => 16,
        }
    }

    /// Octets in an IV or nonce: a block in CBC mode, 12 in GCM mode (RFC 5084 section 3.2).
    #[must_use]
    pub const fn iv_length(self) -> usize {
        match self.mode {
            Mode::Cbc { block_length } => block_length,
            Mode::Gcm => 12,
        }
    }

    /// Whether it authenticates what it encrypts. Such an algorithm belongs into AuthEnvelopedData, and any other into
    /// EnvelopedData (RFC 5083 section 1, RFC 5652 section 6).
    #[must_use]
    pub const fn is_authenticated(self) -> bool {
        matches!(self.mode, Mode::Gcm)
    }

    /// One of the constants above.
    #[must_use]
    pub fn from_oid(oid: Oid<'_>) -> Option<Self> {
        [
            Self::AES128_CBC,
            Self::AES256_CBC,
            Self::AES192_CBC,
            Self::AES128_GCM,
            Self::AES256_GCM,
            Self::AES192_GCM,
            Self::DES_EDE3_CBC,
            Self::DES_CBC,
        ]
        .into_iter()
        .find(|known| known.oid == oid)
    }
}

impl fmt::Debug for CipherAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_constant_is_found_by_its_identifier() {
        for (cipher, lengths, authenticated) in [
            (CipherAlgorithm::AES128_CBC, [16, 16, 16], false),
            (CipherAlgorithm::AES192_CBC, [24, 16, 16], false),
            (CipherAlgorithm::AES256_CBC, [32, 16, 16], false),
            (CipherAlgorithm::AES128_GCM, [16, 16, 12], true),
            (CipherAlgorithm::AES192_GCM, [24, 16, 12], true),
            (CipherAlgorithm::AES256_GCM, [32, 16, 12], true),
            (CipherAlgorithm::DES_EDE3_CBC, [24, 8, 8], false),
            (CipherAlgorithm::DES_CBC, [8, 8, 8], false),
        ] {
            assert_eq!(CipherAlgorithm::from_oid(cipher.oid()), Some(cipher));
            assert_eq!([cipher.key_length(), cipher.block_length(), cipher.iv_length()], lengths, "{cipher:?}");
            assert_eq!(cipher.is_authenticated(), authenticated, "{cipher:?}");
        }
        assert_eq!(CipherAlgorithm::from_oid(oid::DATA), None);
    }
}
