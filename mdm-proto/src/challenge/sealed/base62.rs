//! Octets in letters and digits: eight octets in eleven characters.

use alloc::vec::Vec;

/// The text of these octets.
pub(super) fn encode(octets: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(encoded_length(octets.len()));
    for block in octets.chunks(BLOCK) {
        let mut number = block.iter().fold(0_u64, |number, octet| number << 8 | u64::from(*octet));
        let start = text.len();
        for _ in 0..characters(block.len()) {
            let digit = usize::try_from(number % BASE).unwrap_or_default();
            text.push(DIGITS.get(digit).copied().unwrap_or(b'0'));
            number /= BASE;
        }
        if let Some(digits) = text.get_mut(start..) {
            digits.reverse();
        }
    }
    text
}

/// The octets of this text; `None` unless [`encode`] writes it.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len());
    for digits in text.chunks(characters(BLOCK)) {
        let length = (1..=BLOCK).find(|length| characters(*length) == digits.len())?;
        let mut number = 0_u64;
        for digit in digits {
            number = number.checked_mul(BASE)?.checked_add(value(*digit)?)?;
        }
        let bytes = number.to_be_bytes();
        let (zeros, block) = bytes.split_at_checked(BLOCK - length)?;
        if zeros.iter().any(|octet| *octet != 0) {
            return None;
        }
        octets.extend_from_slice(block);
    }
    Some(octets)
}

/// How long the text of so many octets is.
pub(super) const fn encoded_length(octets: usize) -> usize {
    octets / BLOCK * characters(BLOCK) + characters(octets % BLOCK)
}

/// The fewest characters for so many octets, up to a block.
const fn characters(octets: usize) -> usize {
    match octets {
        0 => 0,
        1 => 2,
        2 => 3,
        3 => 5,
        4 => 6,
        5 => 7,
        6 => 9,
        7 => 10,
        _ => 11,
    }
}

fn value(digit: u8) -> Option<u64> {
    match digit {
        b'0'..=b'9' => Some(u64::from(digit - b'0')),
        b'A'..=b'Z' => Some(u64::from(digit - b'A') + 10),
        b'a'..=b'z' => Some(u64::from(digit - b'a') + 36),
        _ => None,
    }
}

const BLOCK: usize = 8;
const BASE: u64 = 62;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers() {
        // By Python: 0x0100 = 4 * 62 + 8; 2^64 - 1 in base 62 by repeated division.
        assert_eq!(encode(&[1, 0]), b"048");
        assert_eq!(encode(&[0xff; 8]), b"LygHa16AHYF");
        assert_eq!(decode(b"LygHa16AHYF"), Some(alloc::vec![0xff; 8]));
        assert_eq!(encode(&[]), b"");
    }

    #[test]
    fn every_length_comes_back() {
        for length in 0..40_u8 {
            let octets: Vec<u8> = (0..length).map(|index: u8| index.wrapping_mul(37).wrapping_sub(length)).collect();
            let text = encode(&octets);
            assert_eq!(text.len(), encoded_length(octets.len()));
            assert_eq!(decode(&text), Some(octets));
        }
    }

    #[test]
    fn fewest_characters() {
        // 62^n reaches 256^k first at these n.
        let (mut octets, mut digits) = (1_u128, 1_u128);
        let mut least = 0;
        for length in 1..=BLOCK {
            octets *= 256;
            while digits < octets {
                digits *= 62;
                least += 1;
            }
            assert_eq!(characters(length), least, "{length}");
        }
    }

    #[test]
    fn only_what_is_written_is_read() {
        for text in ["0", "0000", "00000000", "zz", "zzz", "zzzzzzzzzzz", "LygHa16AHYG", "0_", "0-", "é"] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
        assert_eq!(decode(b"48"), None, "0x0100 is no octet");
    }
}
