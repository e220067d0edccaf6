//! Object identifiers from dotted decimal text.

use alloc::vec::Vec;

use pki_core::{Oid, OwnedOid};

/// From text like `1.3.6.1.5.5.7.3.2`, two arcs or more (X.660 section 7.6), or in hexadecimal behind `#` as identifiers with
/// arcs over 32 bits are printed; 128 characters at most. `None` for other text.
pub(super) fn parse(text: &str) -> Option<OwnedOid> {
    if text.len() > LONGEST {
        return None;
    }
    let octets = match text.strip_prefix('#') {
        Some(hexadecimal) => from_hexadecimal(hexadecimal)?,
        None => from_dotted(text)?,
    };
    Oid::from_bytes(&octets).map(OwnedOid::from)
}

fn from_dotted(text: &str) -> Option<Vec<u8>> {
    let mut arcs = text.split('.').map(arc);
    let (first, second) = (arcs.next()??, arcs.next()??);
    if first > 2 || (first < 2 && second > 39) {
        return None;
    }
    let mut octets = Vec::new();
    push(&mut octets, u64::from(first) * 40 + u64::from(second));
    for arc in arcs {
        push(&mut octets, u64::from(arc?));
    }
    Some(octets)
}

fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let octet = |[high, low]: &[u8; 2]| u8::try_from(digit(high)? << 4 | digit(low)?).ok();
    pairs.iter().map(octet).collect()
}

/// A number without leading zeros.
fn arc(text: &str) -> Option<u32> {
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_decimal)
}

/// Base 128, most significant digit first, the top bit set in all but the last (X.690 section 8.19.2).
fn push(octets: &mut Vec<u8>, arc: u64) {
    let digits = (0..10).rev().map(|index| u8::try_from(arc >> (7 * index) & 0x7f).unwrap_or(0));
    let significant: Vec<u8> = digits.skip_while(|digit| *digit == 0).collect();
    match significant.split_last() {
        Some((last, rest)) => {
            octets.extend(rest.iter().map(|digit| digit | 0x80));
            octets.push(*last);
        }
        None => octets.push(0),
    }
}

const LONGEST: usize = 128;

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;

    #[test]
    fn x690_s8_19_examples_and_bounds() {
        // X.690 section 8.19.5: {2 999 3}.
        assert_eq!(parse("2.999.3").unwrap().as_oid().unwrap().as_bytes(), [0x88, 0x37, 0x03]);
        for text in ["1.3.6.1.5.5.7.3.2", "0.0", "1.39", "2.16.840.1.101.3.4.2.1", "1.3.4294967295", "2.5.29.37"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
    }

    /// 2.25 and a UUID, as X.667 section 6.3 has it.
    #[test]
    fn arcs_over_32_bits_are_read_as_they_are_printed() {
        let text = "#6983f8afe7dbf4cbb18efcd5dba3f3e3b4b0d2e66a";
        assert_eq!(parse(text).unwrap().to_string(), text);
        for text in ["#", "#6", "#6g", "#2aff"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_identifier_is_none() {
        let long = format!("1.3{}", ".1".repeat(63));
        for text in
            ["", "1", "1.", ".1", "1..3", "3.1", "1.40", "1.03", "1.+3", "1.3.4294967296", "1.3.x", long.as_str()]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
