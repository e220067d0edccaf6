//! Object identifiers from dotted decimal text.

use alloc::vec::Vec;

use pki_core::{Oid, OwnedOid};

/// From text like `1.3.6.1.5.5.7.3.2`: two arcs or more below 2³² (X.660 section 7.6), 128 characters at most; `None` for
/// other text.
pub(super) fn parse(text: &str) -> Option<OwnedOid> {
    if text.len() > LONGEST {
        return None;
    }
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
    Oid::from_bytes(&octets).map(OwnedOid::from)
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
        for text in ["1.3.6.1.5.5.7.3.2", "0.0", "1.39", "2.16.840.1.101.3.4.2.1", "1.3.4294967295", "2.4294967295.1"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
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
