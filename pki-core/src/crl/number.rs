//! [`CrlNumber`].

use core::fmt;

use crate::{
    build_error::BuildError,
    der::{Decode, Reader, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
};

/// The number of a CRL, up to 160 bits (RFC 5280 section 5.2.3). A later CRL for the same scope has a greater one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CrlNumber([u8; LONGEST]);

impl CrlNumber {
    /// From the big-endian octets of a number; leading zeros don't count.
    ///
    /// # Errors
    /// [`BuildError::TooLong`] for more than 20 octets.
    pub fn from_bytes(big_endian: &[u8]) -> Result<Self, BuildError> {
        Self::new(big_endian).ok_or(BuildError::TooLong("cRLNumber"))
    }

    /// The big-endian octets, without leading zeros; none for 0.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        significant(&self.0)
    }

    /// Writes it.
    pub fn encode(self, writer: &mut Writer) {
        writer.unsigned(Tag::INTEGER, &self.0);
    }

    fn new(big_endian: &[u8]) -> Option<Self> {
        let digits = significant(big_endian);
        let mut octets = [0; LONGEST];
        let start = LONGEST.checked_sub(digits.len())?;
        octets.get_mut(start..)?.copy_from_slice(digits);
        Some(Self(octets))
    }
}

impl From<u64> for CrlNumber {
    fn from(number: u64) -> Self {
        Self::new(&number.to_be_bytes()).unwrap_or(Self([0; LONGEST]))
    }
}

impl Decode<'_> for CrlNumber {
    /// # Errors
    /// [`InvalidValue`](DecodeErrorKind::InvalidValue) if it is negative, [`TooLarge`](DecodeErrorKind::TooLarge) if it has
    /// more than 160 bits.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let element = reader.expect(Tag::INTEGER)?;
        match element.integer()? {
            [0x80..=0xff, ..] => Err(element.error(DecodeErrorKind::InvalidValue)),
            octets => Self::new(octets).ok_or_else(|| element.error(DecodeErrorKind::TooLarge)),
        }
    }
}

impl fmt::Display for CrlNumber {
    /// `0x` and hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        match self.as_bytes() {
            [] => f.write_str("00"),
            octets => octets.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

impl fmt::Debug for CrlNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CrlNumber({self})")
    }
}

fn significant(big_endian: &[u8]) -> &[u8] {
    let start = big_endian.iter().position(|byte| *byte != 0).unwrap_or(big_endian.len());
    big_endian.get(start..).unwrap_or_default()
}

/// Verifiers have to handle 20 octets, and issuers may not use more (RFC 5280 section 5.2.3).
const LONGEST: usize = 20;
