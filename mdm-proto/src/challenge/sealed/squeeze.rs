//! DER of names and purposes, with one octet for what always recurs.

use alloc::vec::Vec;

/// Shorter: what is in the table becomes one octet, of those that no UTF-8 has. Where such an octet stands by itself, an escape
/// comes before it.
pub(super) fn squeeze(der: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(der.len());
    let mut rest = der;
    while let Some((first, behind)) = rest.split_first() {
        let known = TABLE.iter().find_map(|(octet, known)| rest.strip_prefix(*known).map(|behind| (*octet, behind)));
        rest = match known {
            Some((octet, behind)) => {
                out.push(octet);
                behind
            }
            None => {
                if *first == ESCAPE || TABLE.iter().any(|(octet, _)| octet == first) {
                    out.push(ESCAPE);
                }
                out.push(*first);
                behind
            }
        };
    }
    out
}

/// As it was; at most 42 times as long, by the longest entry. `None` for what ends in an escape.
pub(super) fn unsqueeze(squeezed: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(squeezed.len());
    let mut octets = squeezed.iter();
    while let Some(octet) = octets.next() {
        match TABLE.iter().find(|(known, _)| known == octet) {
            _ if *octet == ESCAPE => out.push(*octets.next()?),
            Some((_, known)) => out.extend_from_slice(known),
            None => out.push(*octet),
        }
    }
    Some(out)
}

const ESCAPE: u8 = 0xff;

/// The longest first where one begins as another. Never changed: what was sealed has to open.
const TABLE: &[(u8, &[u8])] = &[
    // otherName of a user principal name, up to its text.
    (0xfe, b"\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03\xa0"),
    // clientAuth, emailProtection.
    (0xfd, b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02"),
    (0xfc, b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04"),
    // commonName, organizationName, organizationalUnitName as UTF8String, and as PrintableString; countryName.
    (0xfb, b"\x06\x03\x55\x04\x03\x0c"),
    (0xfa, b"\x06\x03\x55\x04\x0a\x0c"),
    (0xf9, b"\x06\x03\x55\x04\x0b\x0c"),
    (0xf8, b"\x06\x03\x55\x04\x03\x13"),
    (0xf7, b"\x06\x03\x55\x04\x0a\x13"),
    (0xf6, b"\x06\x03\x55\x04\x0b\x13"),
    (0xf5, b"\x06\x03\x55\x04\x06\x13\x02"),
    // The beginning of a URI with a security identifier (KB5014754).
    (0xc1, b"tag:microsoft.com,2022-09-14:sid:S-1-5-21-"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_and_every_entry_come_back() {
        let all: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
        assert_eq!(unsqueeze(&squeeze(&all)), Some(all));
        for (octet, known) in TABLE {
            let mut text = b"x".to_vec();
            text.extend_from_slice(known);
            text.push(*octet);
            assert_eq!(squeeze(&text), [b'x', *octet, ESCAPE, *octet]);
            assert_eq!(unsqueeze(&squeeze(&text)), Some(text));
        }
        assert_eq!(unsqueeze(&[ESCAPE]), None);
    }

    #[test]
    fn no_entry_hides_another() {
        for (index, (octet, known)) in TABLE.iter().enumerate() {
            assert!(core::str::from_utf8(&[*octet]).is_err());
            assert!(TABLE.iter().take(index).all(|(other, earlier)| other != octet && !known.starts_with(earlier)));
        }
    }
}
