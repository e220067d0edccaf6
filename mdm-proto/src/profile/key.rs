//! [`KeySpec`]: what key a device makes.

use core::fmt;

use pki_core::{KeyKind, Oid, oid};

/// What key a device makes for a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySpec {
    algorithm: KeyAlgorithm,
    protection: KeyProtection,
    extractability: Extractability,
}

/// The algorithm of a key, and its strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// On an elliptic curve.
    Ec(Curve),
    /// RSA.
    Rsa {
        /// Bits in the modulus.
        bits: u16,
    },
}

/// An elliptic curve (RFC 5480 section 2.1.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Curve {
    /// P-256, secp256r1.
    P256,
    /// P-384, secp384r1.
    P384,
    /// P-521, secp521r1.
    P521,
}

/// Where the private key is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyProtection {
    /// In hardware if there is any, else in software.
    #[default]
    HardwarePreferred,
    /// In hardware, or there is no certificate.
    HardwareRequired,
    /// In software.
    Software,
}

/// Whether the private key can be taken out of the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "yes or no")]
pub enum Extractability {
    /// It can.
    Allowed,
    /// It can't.
    #[default]
    Never,
}

impl KeySpec {
    /// RSA-2048, in hardware where there is any, never taken out.
    pub const DEFAULT: Self = Self::new(KeyAlgorithm::Rsa { bits: 2048 });

    /// A key of this algorithm, in hardware where there is any, never taken out.
    #[must_use]
    pub const fn new(algorithm: KeyAlgorithm) -> Self {
        Self { algorithm, protection: KeyProtection::HardwarePreferred, extractability: Extractability::Never }
    }

    /// With another place to keep it.
    #[must_use]
    pub const fn with_protection(self, protection: KeyProtection) -> Self {
        Self { protection, ..self }
    }

    /// Whether it can be taken out.
    #[must_use]
    pub const fn with_extractability(self, extractability: Extractability) -> Self {
        Self { extractability, ..self }
    }

    /// The algorithm.
    #[must_use]
    pub const fn algorithm(self) -> KeyAlgorithm {
        self.algorithm
    }

    /// Where it is kept.
    #[must_use]
    pub const fn protection(self) -> KeyProtection {
        self.protection
    }

    /// Whether it can be taken out.
    #[must_use]
    pub const fn extractability(self) -> Extractability {
        self.extractability
    }
}

impl Default for KeySpec {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl KeyAlgorithm {
    /// What sort of key it makes.
    #[must_use]
    pub fn kind(self) -> KeyKind {
        match self {
            Self::Ec(Curve::P256) => KeyKind::P256,
            Self::Ec(Curve::P384) => KeyKind::P384,
            Self::Ec(Curve::P521) => KeyKind::P521,
            Self::Rsa { bits } => KeyKind::Rsa { bits: bits.into() },
        }
    }
}

impl Curve {
    /// All of them, weakest first.
    pub const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// Its identifier.
    #[must_use]
    pub const fn oid(self) -> Oid<'static> {
        match self {
            Self::P256 => oid::SECP256R1,
            Self::P384 => oid::SECP384R1,
            Self::P521 => oid::SECP521R1,
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}
