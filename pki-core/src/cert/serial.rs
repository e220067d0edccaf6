//! [`SerialNumber`]: the serial numbers that we issue.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    build_error::BuildError,
    crypto::{RandomFailed, SecureRandom},
};

/// A serial number for a new certificate: positive and of 20 octets at most (RFC 5280 section 4.1.2.2).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SerialNumber(Vec<u8>);

impl SerialNumber {
    /// 16 octets, of which 126 bits are random: unique without a counter, and not to be guessed.
    ///
    /// # Errors
    /// [`RandomFailed`] from the source.
    pub fn random(rng: &mut dyn SecureRandom) -> Result<Self, RandomFailed> {
        let mut octets = [0; 16];
        rng.fill(&mut octets)?;
        // The first bit is the sign; the second makes all of them equally long.
        let [first, ..] = &mut octets;
        *first = (*first & 0x7f) | 0x40;
        Ok(Self(octets.to_vec()))
    }

    /// From the big-endian octets of a number; leading zeros don't count.
    ///
    /// # Errors
    /// - [`BuildError::InvalidValue`] for 0.
    /// - [`BuildError::TooLong`] if the INTEGER would have more than 20 octets.
    pub fn from_bytes(big_endian: &[u8]) -> Result<Self, BuildError> {
        let significant =
            big_endian.iter().position(|byte| *byte != 0).ok_or(BuildError::InvalidValue("serialNumber"))?;
        let digits = big_endian.get(significant..).unwrap_or_default();
        let mut octets = Vec::with_capacity(digits.len() + 1);
        if matches!(digits, [0x80..=0xff, ..]) {
            octets.push(0);
        }
        octets.extend_from_slice(digits);
        if octets.len() > 20 { Err(BuildError::TooLong("serialNumber")) } else { Ok(Self(octets)) }
    }

    /// The octets of the INTEGER, to compare with [`Certificate::serial_number`](crate::Certificate::serial_number).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for SerialNumber {
    /// Lower-case hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialNumber({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Constant(u8);

    impl SecureRandom for Constant {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
            if self.0 == 0xee {
                return Err(RandomFailed);
            }
            out.fill(self.0);
            Ok(())
        }
    }

    #[test]
    fn rfc5280_s4_1_2_2_random_numbers_are_positive_and_have_16_octets() {
        for byte in [0x00, 0xff] {
            let serial = SerialNumber::random(&mut Constant(byte)).unwrap();
            assert_eq!(serial.as_bytes().len(), 16);
            assert!((0x40..0x80).contains(&serial.as_bytes()[0]));
        }
        assert_eq!(SerialNumber::random(&mut Constant(0xee)), Err(RandomFailed));
    }

    #[test]
    fn rfc5280_s4_1_2_2_at_most_20_octets_with_the_sign() {
        assert_eq!(SerialNumber::from_bytes(&[0, 0, 0x80]).unwrap().as_bytes(), [0, 0x80]);
        assert_eq!(SerialNumber::from_bytes(&[0, 0]), Err(BuildError::InvalidValue("serialNumber")));
        assert!(SerialNumber::from_bytes(&[0x7f; 20]).is_ok());
        assert_eq!(SerialNumber::from_bytes(&[0x80; 20]), Err(BuildError::TooLong("serialNumber")));
    }
}
