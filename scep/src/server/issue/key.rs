//! [`KeyPolicy`]: which keys are certified.

use core::{fmt, ops::RangeInclusive};

use pki_core::{KeyKind, PublicKeyRef, der::Reader};

/// Which keys certificates are issued for. Plain data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPolicy {
    rsa_bits: RangeInclusive<usize>,
    kinds: &'static [KeyKind],
}

/// Why a key is not certified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRefused {
    /// Not a kind that policy has.
    Kind(KeyKind),
    /// An RSA key without security: its modulus is even or negative, or its exponent is even, 1, or of more than 32 bits.
    Rsa,
    /// An RSA key that is too short or too long.
    RsaBits {
        /// Bits in its modulus.
        bits: usize,
        /// The fewest allowed.
        fewest: usize,
        /// The most allowed.
        most: usize,
    },
}

impl KeyPolicy {
    /// RSA of 2048 to 8192 bits, and the curves P-256, P-384 and P-521.
    pub const DEFAULT: Self = Self { rsa_bits: 2048..=8192, kinds: &[KeyKind::P256, KeyKind::P384, KeyKind::P521] };

    /// With RSA moduli of other lengths; an empty range for no RSA.
    #[must_use]
    pub const fn with_rsa_bits(self, bits: RangeInclusive<usize>) -> Self {
        Self { rsa_bits: bits, ..self }
    }

    /// With other kinds of keys beside RSA.
    #[must_use]
    pub const fn with_kinds(self, kinds: &'static [KeyKind]) -> Self {
        Self { kinds, ..self }
    }

    /// Whether certificates are issued for this key.
    ///
    /// # Errors
    /// [`KeyRefused`]
    pub fn check(&self, key: PublicKeyRef<'_>) -> Result<(), KeyRefused> {
        match key.kind() {
            kind @ KeyKind::Rsa { .. } if self.rsa_bits.is_empty() => Err(KeyRefused::Kind(kind)),
            KeyKind::Rsa { bits } if !self.rsa_bits.contains(&bits) => {
                Err(KeyRefused::RsaBits { bits, fewest: *self.rsa_bits.start(), most: *self.rsa_bits.end() })
            }
            KeyKind::Rsa { .. } if is_sane(key.key_bits()) => Ok(()),
            KeyKind::Rsa { .. } => Err(KeyRefused::Rsa),
            kind if self.kinds.contains(&kind) => Ok(()),
            kind => Err(KeyRefused::Kind(kind)),
        }
    }
}

impl Default for KeyPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for KeyRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(kind) => write!(f, "no certificates for keys of the kind {kind}"),
            Self::Rsa => f.write_str("the RSA key has a bad modulus or exponent"),
            Self::RsaBits { bits, fewest, most } => write!(f, "the RSA key has {bits} bits, not {fewest} to {most}"),
        }
    }
}

impl core::error::Error for KeyRefused {}

/// Whether the modulus of an `RSAPublicKey` (RFC 8017 appendix A.1.1) is positive and odd, and the exponent is odd, 3 or more,
/// and of 32 bits at most.
fn is_sane(der: &[u8]) -> bool {
    let Ok(mut key) = Reader::new(der).sequence() else { return false };
    let (Ok(modulus), Ok(exponent)) = (key.integer(), key.small_integer()) else { return false };
    let good_modulus = matches!(modulus, [0..0x80, .., last] if last % 2 == 1);
    good_modulus && exponent >= 3 && exponent % 2 == 1 && key.finish().is_ok()
}
