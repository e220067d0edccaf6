//! [`ExpectedKey`]: which key a CSR should be for.

use core::fmt;

use pki_core::{KeyKind, PublicKeyRef};
use scep::server::KeyPolicy;
use sha2::{Digest as _, Sha256};

use super::Mismatch;
use crate::profile::{Curve, KeyAlgorithm};

/// Which key a CSR should be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpectedKey {
    /// A key of this algorithm and strength, and for RSA with a modulus and an exponent that are not plainly bad.
    Algorithm(KeyAlgorithm),
    /// This key and no other.
    Exact(KeyDigest),
}

/// The SHA-256 of a `SubjectPublicKeyInfo`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyDigest([u8; 32]);

impl ExpectedKey {
    /// What is otherwise with a key.
    pub(super) fn check(self, key: PublicKeyRef<'_>) -> Result<(), Mismatch> {
        match self {
            Self::Algorithm(algorithm) => policy(algorithm).check(key).map_err(|refused| Mismatch::Key {
                expected: algorithm,
                found: key.kind(),
                refused,
            }),
            Self::Exact(expected) => match KeyDigest::of(key) {
                found if found == expected => Ok(()),
                found => Err(Mismatch::OtherKey { expected, found }),
            },
        }
    }
}

impl KeyDigest {
    /// Of this key.
    #[must_use]
    pub fn of(key: PublicKeyRef<'_>) -> Self {
        Self(Sha256::digest(key.as_der()).into())
    }

    /// From octets that were kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for KeyDigest {
    /// Lower-case hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyDigest({self})")
    }
}

/// This algorithm alone.
fn policy(algorithm: KeyAlgorithm) -> KeyPolicy {
    let none = KeyPolicy::DEFAULT.with_kinds(&[]);
    #[expect(clippy::reversed_empty_ranges, reason = "no RSA")]
    let no_rsa = none.clone().with_rsa_bits(1..=0);
    match algorithm {
        KeyAlgorithm::Ec(Curve::P256) => no_rsa.with_kinds(&[KeyKind::P256]),
        KeyAlgorithm::Ec(Curve::P384) => no_rsa.with_kinds(&[KeyKind::P384]),
        KeyAlgorithm::Ec(Curve::P521) => no_rsa.with_kinds(&[KeyKind::P521]),
        KeyAlgorithm::Rsa { bits } => none.with_rsa_bits(bits.into()..=bits.into()),
    }
}
