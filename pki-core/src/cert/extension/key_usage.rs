//! keyUsage.

use core::{fmt, ops::BitOr};

use crate::{
    der::{Decode, Reader, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
};

/// What the key may be used for: a set of bits (RFC 5280 section 4.2.1.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// No bit.
    pub const NONE: Self = Self(0);
    /// `digitalSignature`
    pub const DIGITAL_SIGNATURE: Self = Self(0x8000);
    /// `nonRepudiation`, also called contentCommitment
    pub const NON_REPUDIATION: Self = Self(0x4000);
    /// `keyEncipherment`
    pub const KEY_ENCIPHERMENT: Self = Self(0x2000);
    /// `dataEncipherment`
    pub const DATA_ENCIPHERMENT: Self = Self(0x1000);
    /// `keyAgreement`
    pub const KEY_AGREEMENT: Self = Self(0x0800);
    /// `keyCertSign`
    pub const KEY_CERT_SIGN: Self = Self(0x0400);
    /// `cRLSign`
    pub const CRL_SIGN: Self = Self(0x0200);
    /// `encipherOnly`
    pub const ENCIPHER_ONLY: Self = Self(0x0100);
    /// `decipherOnly`
    pub const DECIPHER_ONLY: Self = Self(0x0080);

    /// Whether every bit of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether some bit of `other` is set.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The bits of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether no bit is set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Writes it.
    pub fn encode(self, writer: &mut Writer) {
        writer.named_bits(Tag::BIT_STRING, self.0);
    }
}

impl BitOr for KeyUsage {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl Decode<'_> for KeyUsage {
    /// Trailing zero bits and bits that have no name are accepted and dropped.
    ///
    /// # Errors
    /// [`Empty`](DecodeErrorKind::Empty) if no named bit is set.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let element = reader.expect(Tag::BIT_STRING)?;
        let bits = element.bit_string()?;
        let usage = NAMES
            .iter()
            .zip(0..)
            .filter(|(_, index)| bits.bit(*index))
            .fold(Self::NONE, |set, ((bit, _), _)| set | *bit);
        if usage.is_empty() { Err(element.error(DecodeErrorKind::Empty)) } else { Ok(usage) }
    }
}

impl fmt::Display for KeyUsage {
    /// The names of RFC 5280, with commas.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (_, name)) in NAMES.iter().filter(|(bit, _)| self.contains(*bit)).enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl fmt::Debug for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyUsage({self})")
    }
}

/// By bit number.
const NAMES: [(KeyUsage, &str); 9] = [
    (KeyUsage::DIGITAL_SIGNATURE, "digitalSignature"),
    (KeyUsage::NON_REPUDIATION, "nonRepudiation"),
    (KeyUsage::KEY_ENCIPHERMENT, "keyEncipherment"),
    (KeyUsage::DATA_ENCIPHERMENT, "dataEncipherment"),
    (KeyUsage::KEY_AGREEMENT, "keyAgreement"),
    (KeyUsage::KEY_CERT_SIGN, "keyCertSign"),
    (KeyUsage::CRL_SIGN, "cRLSign"),
    (KeyUsage::ENCIPHER_ONLY, "encipherOnly"),
    (KeyUsage::DECIPHER_ONLY, "decipherOnly"),
];
