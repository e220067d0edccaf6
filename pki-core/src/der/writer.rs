//! [`Writer`]: DER, front to back.

use alloc::vec::Vec;

use super::Tag;
use crate::{oid::Oid, time::UnixTime};

/// Builds DER in one buffer. Constructed values are written by closures; their lengths are filled in afterwards.
///
/// ```
/// use pki_core::der::{Tag, Writer};
///
/// let mut writer = Writer::new();
/// writer.sequence(|w| {
///     w.small_integer(0);
///     w.primitive(Tag::UTF8_STRING, b"hi");
/// });
/// assert_eq!(writer.finish(), b"\x30\x07\x02\x01\x00\x0c\x02hi");
/// ```
#[derive(Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// Empty.
    #[must_use]
    pub const fn new() -> Self {
        Self { out: Vec::new() }
    }

    /// What `write` writes, alone.
    #[must_use]
    pub fn encode(write: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut writer = Self::new();
        write(&mut writer);
        writer.out
    }

    /// The bytes written.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Bytes that are DER already.
    pub fn raw(&mut self, der: &[u8]) {
        self.out.extend_from_slice(der);
    }

    /// An element with `tag` and these contents octets.
    pub fn primitive(&mut self, tag: Tag, content: &[u8]) {
        self.out.push(tag.as_byte());
        let (bytes, used) = length_octets(content.len());
        self.out.extend_from_slice(bytes.get(..used).unwrap_or_default());
        self.out.extend_from_slice(content);
    }

    /// An element with `tag` whose contents `write` writes.
    pub fn constructed(&mut self, tag: Tag, write: impl FnOnce(&mut Self)) {
        self.out.push(tag.as_byte());
        let start = self.out.len();
        write(self);
        let (bytes, used) = length_octets(self.out.len() - start);
        self.out.splice(start..start, bytes.into_iter().take(used));
    }

    /// A SEQUENCE whose contents `write` writes.
    pub fn sequence(&mut self, write: impl FnOnce(&mut Self)) {
        self.constructed(Tag::SEQUENCE, write);
    }

    /// A SET OF: the encoded elements, sorted ascending as DER demands (X.690 section 11.6).
    pub fn set_of(&mut self, tag: Tag, elements: impl IntoIterator<Item = Vec<u8>>) {
        let mut elements: Vec<Vec<u8>> = elements.into_iter().collect();
        elements.sort();
        self.constructed(tag, |w| elements.iter().for_each(|element| w.raw(element)));
    }

    /// An OBJECT IDENTIFIER.
    pub fn oid(&mut self, oid: Oid<'_>) {
        self.primitive(Tag::OID, oid.as_bytes());
    }

    /// A NULL.
    pub fn null(&mut self) {
        self.primitive(Tag::NULL, &[]);
    }

    /// A BOOLEAN.
    pub fn boolean(&mut self, value: bool) {
        self.primitive(Tag::BOOLEAN, if value { &[0xff] } else { &[0x00] });
    }

    /// An INTEGER.
    pub fn small_integer(&mut self, value: u32) {
        self.unsigned(Tag::INTEGER, &value.to_be_bytes());
    }

    /// An INTEGER from big-endian octets of a number that is not negative; leading zeros are dropped, one is added where
    /// the first bit would read as a sign.
    pub fn unsigned(&mut self, tag: Tag, big_endian: &[u8]) {
        let significant = big_endian.iter().position(|byte| *byte != 0).unwrap_or(big_endian.len());
        let digits = big_endian.get(significant..).unwrap_or_default();
        match digits {
            [..0x80, ..] => self.primitive(tag, digits),
            _ => {
                let mut content = Vec::with_capacity(digits.len() + 1);
                content.push(0);
                content.extend_from_slice(digits);
                self.primitive(tag, &content);
            }
        }
    }

    /// A BIT STRING of whole octets.
    pub fn bit_string(&mut self, bytes: &[u8]) {
        self.constructed(Tag::BIT_STRING, |w| {
            w.raw(&[0]);
            w.raw(bytes);
        });
    }

    /// A BIT STRING that is a named bit list: trailing zero bits are dropped (X.690 section 11.2.2). Bit 0 is the most
    /// significant bit of `bits`.
    pub fn named_bits(&mut self, tag: Tag, bits: u16) {
        let [first, second] = bits.to_be_bytes();
        let unused = u8::try_from(bits.trailing_zeros() % 8).unwrap_or(0);
        match (first, second) {
            (0, 0) => self.primitive(tag, &[0]),
            (_, 0) => self.primitive(tag, &[unused, first]),
            _ => self.primitive(tag, &[unused, first, second]),
        }
    }

    /// An OCTET STRING.
    pub fn octet_string(&mut self, bytes: &[u8]) {
        self.primitive(Tag::OCTET_STRING, bytes);
    }

    /// A `Time`: UTCTime from 1950 to 2049, else GeneralizedTime (RFC 5280 section 4.1.2.5).
    pub fn time(&mut self, time: UnixTime) {
        let (tag, text) = time.to_asn1();
        self.primitive(tag, text.as_bytes());
    }

    /// A GeneralizedTime, whatever the year (RFC 5280 section 4.1.2.5.2).
    pub fn generalized_time(&mut self, time: UnixTime) {
        self.primitive(Tag::GENERALIZED_TIME, time.to_generalized().as_bytes());
    }
}

/// The length in the fewest octets, and how many of the array are used. No text has 2⁶⁴ octets.
fn length_octets(length: usize) -> ([u8; 9], usize) {
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    let [a, b, c, d, e, f, g, h] = length.to_be_bytes();
    match length {
        0..0x80 => ([h, 0, 0, 0, 0, 0, 0, 0, 0], 1),
        0x80..0x100 => ([0x81, h, 0, 0, 0, 0, 0, 0, 0], 2),
        0x100..0x1_0000 => ([0x82, g, h, 0, 0, 0, 0, 0, 0], 3),
        0x1_0000..0x100_0000 => ([0x83, f, g, h, 0, 0, 0, 0, 0], 4),
        0x100_0000..0x1_0000_0000 => ([0x84, e, f, g, h, 0, 0, 0, 0], 5),
        _ => ([0x88, a, b, c, d, e, f, g, h], 9),
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use hex_literal::hex;

    use super::*;

    #[test]
    fn x690_s10_1_lengths_are_minimal() {
        for (length, header) in [
            (0, &hex!("0400")[..]),
            (0x7f, &hex!("047f")),
            (0x80, &hex!("048180")),
            (0xff, &hex!("0481ff")),
            (0x100, &hex!("04820100")),
            (0xffff, &hex!("0482ffff")),
            (0x1_0000, &hex!("0483010000")),
        ] {
            let content = vec![0x55; length];
            let primitive = Writer::encode(|w| w.octet_string(&content));
            assert!(primitive.starts_with(header) && primitive.len() == header.len() + length);
            assert_eq!(Writer::encode(|w| w.constructed(Tag::OCTET_STRING, |w| w.raw(&content))), primitive);
        }
    }

    #[test]
    fn integers_are_minimal_and_not_negative() {
        for (value, der) in [
            (0, &hex!("020100")[..]),
            (127, &hex!("02017f")),
            (128, &hex!("02020080")),
            (u32::MAX, &hex!("020500ffffffff")),
        ] {
            assert_eq!(Writer::encode(|w| w.small_integer(value)), der);
        }
        assert_eq!(Writer::encode(|w| w.unsigned(Tag::INTEGER, &[])), hex!("020100"));
    }

    #[test]
    fn x690_s11_2_2_named_bits_have_no_trailing_zeros() {
        for (bits, der) in [
            (0, &hex!("030100")[..]),
            (0xa000, &hex!("030205a0")),
            (0x0080, &hex!("0303070080")),
            (0x8000, &hex!("03020780")),
        ] {
            assert_eq!(Writer::encode(|w| w.named_bits(Tag::BIT_STRING, bits)), der);
        }
    }

    #[test]
    fn x690_s11_6_set_of_is_sorted() {
        let set = Writer::encode(|w| {
            w.set_of(Tag::SET, [hex!("020102").to_vec(), hex!("0101ff").to_vec(), hex!("020101").to_vec()]);
        });
        assert_eq!(set, hex!("3109 0101ff 020101 020102"));
    }
}
