use alloc::{borrow::Cow, vec, vec::Vec};

use hex_literal::hex;

use super::*;

fn reader(bytes: &[u8]) -> Reader<'_> {
    Reader::new(bytes, Limits::DEFAULT).unwrap()
}

fn octets(bytes: &[u8]) -> Result<Vec<u8>, DecodeErrorKind> {
    let mut reader = reader(bytes);
    let octets = reader.octets(Tag::OCTET_STRING).map(Cow::into_owned).map_err(|error| error.kind())?;
    reader.finish().map_err(|error| error.kind())?;
    Ok(octets)
}

#[test]
fn x690_s8_7_octet_strings_in_every_form_are_the_same_octets() {
    for form in [
        &hex!("0405 0102030405")[..],                                 // DER
        &hex!("048105 0102030405"),                                   // length not minimal
        &hex!("048400000005 0102030405"),                             // the same, in four octets
        &hex!("2407 0405 0102030405"),                                // constructed, definite, one piece
        &hex!("2409 0402 0102 0403 030405"),                          // constructed, definite, two pieces
        &hex!("2480 0402 0102 0403 030405 0000"),                     // constructed, indefinite
        &hex!("2480 0400 0402 0102 0400 0403 030405 0400 0000"),      // with empty pieces
        &hex!("2480 2404 0402 0102 2480 0403 030405 0000 0000"),      // nested, both forms
        &hex!("2480 2480 2480 0402 0102 0000 0403 030405 0000 0000"), // nested, indefinite
        &hex!("2481 0b 2404 0402 0102 0403 030405"),
    ] {
        assert_eq!(octets(form), Ok(vec![1, 2, 3, 4, 5]), "{form:02x?}");
    }
    assert_eq!(octets(&hex!("2480 0000")), Ok(vec![]));
    assert_eq!(octets(&hex!("2400")), Ok(vec![]));
}

#[test]
fn one_piece_is_borrowed() {
    assert!(matches!(reader(&hex!("2480 0402 0102 0000")).octets(Tag::OCTET_STRING), Ok(Cow::Borrowed([1, 2]))));
}

#[test]
fn implicitly_tagged_octets_are_read_in_pieces_too() {
    // micromdm sends encryptedContent like this: [0] constructed, definite length, holding an OCTET STRING.
    let mut reader = reader(&hex!("a004 0402 0102 8001 03"));
    assert_eq!(reader.octets(Tag::context(0)).unwrap().as_ref(), [1, 2]);
    assert_eq!(reader.octets(Tag::context(0)).unwrap().as_ref(), [3]);
}

#[test]
fn pieces_must_be_octet_strings_and_end_with_their_parent() {
    assert!(matches!(octets(&hex!("2403 020101")), Err(DecodeErrorKind::UnexpectedTag { .. })));
    assert_eq!(octets(&hex!("2406 2402 0404 0102")), Err(DecodeErrorKind::InvalidLength));
    assert_eq!(octets(&hex!("2406 2405 0402 0102")), Err(DecodeErrorKind::Truncated));
    assert_eq!(octets(&hex!("2408 2404 2480 0402 0102 0000")), Err(DecodeErrorKind::InvalidLength));
    assert_eq!(octets(&hex!("2406 2402 2480 0000")), Err(DecodeErrorKind::Truncated));
    assert_eq!(octets(&hex!("2480 0402 0102")), Err(DecodeErrorKind::Truncated));
}

#[test]
fn indefinite_lengths_nest_and_keep_their_bytes() {
    let bytes = hex!("3080 a080 020101 0000 3003 020102 0000 0500");
    let mut outer = reader(&bytes);
    let element = outer.any().unwrap();
    assert_eq!(element.raw(), &bytes[..16]);
    assert_eq!(element.content(), &bytes[2..14]);
    let mut inner = element.reader().unwrap();
    assert_eq!(inner.nested(Tag::context_constructed(0)).unwrap().small_integer(), Ok(1));
    assert_eq!(inner.sequence().unwrap().small_integer(), Ok(2));
    inner.finish().unwrap();
    assert_eq!(outer.any().unwrap().tag(), Tag::NULL);
}

#[test]
fn end_of_contents_out_of_place_is_refused() {
    assert_eq!(reader(&hex!("0000")).any().unwrap_err().kind(), DecodeErrorKind::InvalidLength);
    assert_eq!(reader(&hex!("3080 0001")).any().unwrap_err().kind(), DecodeErrorKind::InvalidLength);
    assert_eq!(reader(&hex!("0480 0000")).any().unwrap_err().kind(), DecodeErrorKind::InvalidLength);
    assert_eq!(reader(&hex!("3080")).any().unwrap_err().kind(), DecodeErrorKind::Truncated);
}

#[test]
fn lengths_of_more_than_32_bits_are_refused() {
    assert_eq!(reader(&hex!("0485 0100000000")).any().unwrap_err().kind(), DecodeErrorKind::InvalidLength);
    assert_eq!(reader(&hex!("0485 0000000001 07")).any().unwrap().content(), [7]);
    assert_eq!(reader(&hex!("0484 ffffffff")).any().unwrap_err().kind(), DecodeErrorKind::Truncated);
}

#[test]
fn seeds_that_broke_other_readers_are_refused() {
    for seed in [&hex!("1f80")[..], &hex!("1f05"), &hex!("3081"), &hex!("308401"), &hex!("5f4d"), &hex!("308206")] {
        assert!(reader(seed).any().is_err(), "{seed:02x?}");
    }
}

#[test]
fn ten_thousand_levels_are_refused_by_depth() {
    let open = [0x30, 0x80].repeat(10_000);
    assert_eq!(reader(&open).any().unwrap_err().kind(), DecodeErrorKind::TooDeep);
    let pieces = [0x24, 0x80].repeat(10_000);
    assert_eq!(octets(&pieces), Err(DecodeErrorKind::TooDeep));

    let mut nested = hex!("0500").to_vec();
    for _ in 0..10_000 {
        nested = der::Writer::encode(|w| w.sequence(|w| w.raw(&nested)));
    }
    let mut level = reader(&nested);
    let error = loop {
        match level.sequence() {
            Ok(inner) => level = inner,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), DecodeErrorKind::TooDeep);
}

#[test]
fn size_and_number_of_elements_are_bounded() {
    let bytes = vec![0; Limits::DEFAULT.size + 1];
    assert_eq!(Reader::new(&bytes, Limits::DEFAULT).unwrap_err().kind(), DecodeErrorKind::TooLarge);

    let mut many = hex!("3080").to_vec();
    many.extend([0x05, 0x00].repeat(20_000));
    many.extend([0, 0]);
    assert_eq!(reader(&many).any().unwrap_err().kind(), DecodeErrorKind::TooMany);

    let mut pieces = hex!("2480").to_vec();
    pieces.extend([0x04, 0x00].repeat(16_380));
    pieces.extend([0, 0]);
    assert_eq!(octets(&pieces), Ok(vec![]));
}
