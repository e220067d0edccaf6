//! Names.

use alloc::{string::ToString, vec, vec::Vec};

use hex_literal::hex;

use super::*;
use crate::{
    BuildError,
    der::{SequenceOf, Writer},
};

/// A name of RDNs, each of attributes.
fn name(rdns: &[&[(Oid<'_>, Tag, &[u8])]]) -> Name {
    let der = Writer::encode(|w| {
        w.sequence(|w| {
            for rdn in rdns {
                w.constructed(Tag::SET, |w| {
                    for (oid, tag, value) in *rdn {
                        w.sequence(|w| {
                            w.oid(*oid);
                            w.primitive(*tag, value);
                        });
                    }
                });
            }
        });
    });
    Name::from_der(&der).unwrap()
}

fn common_name(tag: Tag, value: &[u8]) -> Name {
    name(&[&[(oid::COMMON_NAME, tag, value)]])
}

#[test]
fn rfc4514_s4_examples() {
    let base = || NameBuilder::new().add_domain_component("net").add_domain_component("example");
    let shown = |builder: NameBuilder| builder.build().unwrap().to_string();
    assert_eq!(shown(base().add_user_id("jsmith")), "UID=jsmith,DC=example,DC=net");
    assert_eq!(
        shown(base().add_common_name("James \"Jim\" Smith, III")),
        "CN=James \\\"Jim\\\" Smith\\, III,DC=example,DC=net"
    );
    assert_eq!(shown(base().add_common_name("Before\rAfter")), "CN=Before\\0dAfter,DC=example,DC=net");
    let multiple = name(&[
        &[(oid::DOMAIN_COMPONENT, Tag::IA5_STRING, b"net")],
        &[(oid::DOMAIN_COMPONENT, Tag::IA5_STRING, b"example")],
        &[
            (oid::ORGANIZATIONAL_UNIT_NAME, Tag::UTF8_STRING, b"Sales"),
            (oid::COMMON_NAME, Tag::UTF8_STRING, b"J.  Smith"),
        ],
    ]);
    assert_eq!(multiple.to_string(), "OU=Sales+CN=J.  Smith,DC=example,DC=net");
    let other = Oid::from_bytes(&hex!("2b060104018b3a00")).unwrap();
    assert_eq!(name(&[&[(other, Tag::OCTET_STRING, b"Hi")]]).to_string(), "1.3.6.1.4.1.1466.0=#04024869");
}

#[test]
fn rfc4514_s2_4_ends_are_escaped() {
    let shown = |text: &str| Name::from_common_name(text).unwrap().to_string();
    assert_eq!(shown(" a "), "CN=\\ a\\ ");
    assert_eq!(shown("#a#"), "CN=\\#a#");
    assert_eq!(shown(" "), "CN=\\ ");
    assert_eq!(shown("a;b<c>d+e\\"), "CN=a\\;b\\<c\\>d\\+e\\\\");
    assert_eq!(Name::empty().to_string(), "");
}

#[test]
fn strings_of_every_type() {
    for (tag, content, text) in [
        (Tag::UTF8_STRING, &hex!("c3a9")[..], "é"),
        (Tag::PRINTABLE_STRING, b"a@b*_", "a@b*_"),
        (Tag::IA5_STRING, b"a@b", "a@b"),
        (Tag::NUMERIC_STRING, b"12 3", "12 3"),
        (Tag::VISIBLE_STRING, b"x", "x"),
        (Tag::TELETEX_STRING, &hex!("61e9"), "aé"),
        (Tag::BMP_STRING, &hex!("0061 20ac"), "a€"),
        (Tag::BMP_STRING, &hex!("d83d de00"), "😀"),
        (Tag::UNIVERSAL_STRING, &hex!("00000061 0001f600"), "a😀"),
    ] {
        assert_eq!(common_name(tag, content).common_name().unwrap(), text, "{tag:?}");
        let der = Writer::encode(|w| w.primitive(tag, content));
        let string = DirectoryString::from_element(&Element::from_der(&der).unwrap()).unwrap();
        assert_eq!((string.as_str(), string.tag()), (text, tag));
    }
}

#[test]
fn broken_strings_are_errors_of_the_value_not_of_the_name() {
    for (tag, content) in [
        (Tag::UTF8_STRING, &hex!("ff")[..]),
        (Tag::PRINTABLE_STRING, &hex!("80")),
        (Tag::BMP_STRING, &hex!("00")),
        (Tag::BMP_STRING, &hex!("d800")),
        (Tag::UNIVERSAL_STRING, &hex!("0000")),
        (Tag::UNIVERSAL_STRING, &hex!("00110000")),
    ] {
        let name = common_name(tag, content);
        assert_eq!(name.common_name(), None);
        assert!(name.to_string().starts_with("CN=#"));
        let der = Writer::encode(|w| w.primitive(tag, content));
        let error = DirectoryString::from_element(&Element::from_der(&der).unwrap()).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::InvalidString);
    }
    let number = Element::from_der(&hex!("020100")).map(|element| DirectoryString::from_element(&element));
    assert!(matches!(number.unwrap().unwrap_err().kind(), DecodeErrorKind::UnexpectedTag { .. }));
}

#[test]
fn rfc5280_s7_1_texts_match_across_types_case_and_spaces() {
    let printable = common_name(Tag::PRINTABLE_STRING, b"Test  Name");
    for (tag, value) in [
        (Tag::UTF8_STRING, &b" test name "[..]),
        (Tag::BMP_STRING, &hex!("0054 0045 0053 0054 0020 004e 0041 004d 0045")),
        (Tag::TELETEX_STRING, b"TEST\tNAME"),
    ] {
        assert!(printable.matches(common_name(tag, value).as_ref()), "{tag:?}");
        assert_ne!(printable, common_name(tag, value));
    }
    for other in [&b"TestName"[..], b"Test Names", b"", b"Test"] {
        assert!(!printable.matches(common_name(Tag::PRINTABLE_STRING, other).as_ref()));
    }
    assert!(
        common_name(Tag::UTF8_STRING, "ÉCOLE".as_bytes())
            .matches(common_name(Tag::TELETEX_STRING, b"\xe9cole").as_ref())
    );
}

#[test]
fn rfc5280_s7_1_values_without_text_match_by_bytes() {
    let broken = common_name(Tag::UTF8_STRING, &hex!("ff"));
    assert!(broken.matches(broken.as_ref()));
    assert!(!broken.matches(common_name(Tag::TELETEX_STRING, &hex!("ff")).as_ref()));
    assert!(!common_name(Tag::OCTET_STRING, b"a").matches(common_name(Tag::OCTET_STRING, b"A").as_ref()));
}

#[test]
fn rfc5280_s7_1_order_matters_between_rdns_and_not_inside() {
    let a = (oid::COMMON_NAME, Tag::UTF8_STRING, &b"a"[..]);
    let b = (oid::ORGANIZATION_NAME, Tag::UTF8_STRING, &b"b"[..]);
    let c = (oid::COMMON_NAME, Tag::UTF8_STRING, &b"c"[..]);
    assert!(name(&[&[a, b]]).matches(name(&[&[b, a]]).as_ref()));
    assert!(!name(&[&[a], &[b]]).matches(name(&[&[b], &[a]]).as_ref()));
    assert!(!name(&[&[a, b]]).matches(name(&[&[a], &[b]]).as_ref()));
    assert!(!name(&[&[a, a]]).matches(name(&[&[a, c]]).as_ref()));
    assert!(!name(&[&[a, c]]).matches(name(&[&[a, a]]).as_ref()));
    assert!(!name(&[&[a]]).matches(name(&[&[a], &[b]]).as_ref()));
    assert!(!name(&[&[a]]).matches(Name::empty().as_ref()));
    assert!(Name::empty().matches(NameRef::EMPTY));
}

#[test]
fn rdns_too_large_to_compare_are_equal_by_bytes_only() {
    let values: Vec<[u8; 1]> = (b'a'..=b'q').map(|letter| [letter]).collect();
    let attributes: Vec<_> = values.iter().map(|value| (oid::COMMON_NAME, Tag::UTF8_STRING, &value[..])).collect();
    let reversed: Vec<_> = attributes.iter().rev().copied().collect();
    assert!(name(&[&attributes]).matches(name(&[&attributes]).as_ref()));
    assert!(!name(&[&attributes]).matches(name(&[&reversed]).as_ref()));
    assert!(name(&[&attributes[1..]]).matches(name(&[&reversed[..16]]).as_ref()));
}

#[test]
fn names_that_match_have_equal_hashes() {
    // U+212A KELVIN SIGN is no ASCII and its lower case is; U+0130 has a lower case of two characters.
    let texts = [
        "",
        " ",
        "a",
        "A ",
        "a b",
        "A\u{b}\u{a0} B",
        "ab",
        "k",
        "\u{212a}",
        "İ",
        "i\u{307}",
        "some text",
        "Some\ttexT ",
        // Around the letters, and around words of eight octets.
        "@[Az`{09",
        "@[aZ`{09",
        "@[az`{09",
        "`[az`{09",
        "@{az`{09",
        "\u{7f}[az`{09",
        "@[az`{0",
        "@[AZ`{09@[aZ`{09",
        "@[az`{09@[az`{09",
        "1234567 2345678",
        "1234567  2345678",
        "12345678 2345678",
        "12345678  2345678",
        "12345678 9",
        "12345678  9",
        "1234567 9",
        "1234567  9",
        " 9",
        "9",
        " 123456789",
        "123456789",
        "1234567 ",
        "1234567",
        "12345678",
        "12  5678",
        "12 5678",
        "longer texts of more\u{a0}than eight",
        "LONGER texts of more than eight",
        "longer texts of more than eighth",
    ];
    let mut values: Vec<(Tag, Vec<u8>)> = vec![(Tag::OCTET_STRING, b"a".to_vec()), (Tag::UTF8_STRING, vec![0xff])];
    for text in texts {
        values.push((Tag::UTF8_STRING, text.as_bytes().to_vec()));
        values.push((Tag::BMP_STRING, text.encode_utf16().flat_map(u16::to_be_bytes).collect()));
        values.push((Tag::UNIVERSAL_STRING, text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect()));
        if text.is_ascii() {
            values.push((Tag::PRINTABLE_STRING, text.as_bytes().to_vec()));
            values.push((Tag::TELETEX_STRING, text.as_bytes().to_vec()));
        }
    }
    let attributes: Vec<(Oid<'_>, Tag, &[u8])> = values
        .iter()
        .flat_map(|(tag, value)| [oid::COMMON_NAME, oid::SURNAME].map(|oid| (oid, *tag, &value[..])))
        .collect();
    let mut names: Vec<Name> = vec![Name::empty()];
    for (index, one) in attributes.iter().enumerate() {
        let other = attributes[(index * 7 + 3) % attributes.len()];
        names.push(name(&[&[*one]]));
        if index % 8 == 0 {
            names.push(name(&[&[*one, other]]));
            names.push(name(&[&[other, *one]]));
            names.push(name(&[&[*one], &[other]]));
        }
    }
    let hashes: Vec<u64> = names.iter().map(|name| name.as_ref().folded_hash()).collect();
    let mut matching = 0;
    for (left, left_hash) in names.iter().zip(&hashes) {
        for (right, right_hash) in names.iter().zip(&hashes) {
            let matches = left.matches(right.as_ref());
            matching += usize::from(matches);
            assert_eq!(matches, left_hash == right_hash, "{left:?} and {right:?}");
        }
    }
    assert!(matching > 4 * names.len());
}

#[test]
fn rfc5280_s4_1_2_4_syntax() {
    let kind = |der: &[u8]| Name::from_der(der).unwrap_err().kind();
    assert_eq!(kind(&hex!("3002 3100")), DecodeErrorKind::Empty);
    assert_eq!(kind(&hex!("3000 00")), DecodeErrorKind::TrailingData);
    assert_eq!(kind(&hex!("3009 3107 3005 0603 550403")), DecodeErrorKind::Truncated);
    assert!(matches!(kind(&hex!("3100")), DecodeErrorKind::UnexpectedTag { .. }));
    assert!(Name::from_der(&hex!("3000")).unwrap().is_empty());
}

#[test]
fn rdns_keep_their_attributes_together() {
    let a = (oid::COMMON_NAME, Tag::UTF8_STRING, &b"a"[..]);
    let b = (oid::USER_ID, Tag::IA5_STRING, &b"b"[..]);
    let name = name(&[&[a, b], &[a]]);
    let counts: Vec<usize> = name.as_ref().rdns().map(|rdn| rdn.attributes().count()).collect();
    assert_eq!(counts, [2, 1]);
    let second = name.as_ref().attributes().nth(1).unwrap();
    assert_eq!((second.oid, second.tag, second.value), b);
    assert!(!name.is_empty());
}

#[test]
fn rfc5280_appendix_a_string_types_and_bounds() {
    let tags = |builder: NameBuilder| -> Vec<Tag> {
        builder.build().unwrap().as_ref().attributes().map(|attribute| attribute.tag).collect()
    };
    let builder = NameBuilder::new()
        .add_country("US")
        .add_organization("Exämple")
        .add_domain_component("example")
        .add_email_address("a@b.example")
        .add_common_name("device_1")
        .add_serial_number("C02-1")
        .add_locality("x")
        .add_state_or_province("y")
        .add_organizational_unit("z")
        .add(oid::TITLE, "t");
    let [printable, utf8, ia5] = [Tag::PRINTABLE_STRING, Tag::UTF8_STRING, Tag::IA5_STRING];
    assert_eq!(tags(builder), [printable, utf8, ia5, ia5, utf8, printable, printable, printable, printable, printable]);

    let error = |builder: NameBuilder| builder.build().unwrap_err();
    assert_eq!(error(NameBuilder::new().add_country("USA")), BuildError::InvalidValue("countryName"));
    assert_eq!(error(NameBuilder::new().add_country("U1")), BuildError::InvalidValue("countryName"));
    assert_eq!(error(NameBuilder::new().add_common_name("")), BuildError::Empty("commonName"));
    assert_eq!(error(NameBuilder::new().add_common_name(&"é".repeat(65))), BuildError::TooLong("commonName"));
    assert!(Name::from_common_name(&"é".repeat(64)).is_ok());
    assert_eq!(error(NameBuilder::new().add_email_address("é@x")), BuildError::InvalidCharacters("emailAddress"));
    assert_eq!(error(NameBuilder::new().add_serial_number("a_b")), BuildError::InvalidCharacters("serialNumber"));
}

#[test]
fn rfc5280_s4_2_1_6_every_kind_of_name_comes_back() {
    let directory = Name::from_common_name("x").unwrap();
    let upn = Writer::encode(|w| w.primitive(Tag::UTF8_STRING, b"u@corp"));
    let names = vec![
        GeneralName::OtherName { type_id: oid::UPN, value: &upn },
        GeneralName::Rfc822Name("a@b.example"),
        GeneralName::DnsName("b.example"),
        GeneralName::X400Address(&[0x30, 0x00]),
        GeneralName::DirectoryName(directory.as_ref()),
        GeneralName::EdiPartyName(&[0xa1, 0x03, 0x0c, 0x01, 0x78]),
        GeneralName::Uri("https://b.example/"),
        GeneralName::IpAddress(&[192, 0, 2, 1]),
        GeneralName::RegisteredId(oid::SHA256),
    ];
    let der = names.iter().copied().collect::<GeneralNamesBuilder>().build().unwrap();
    let read = GeneralNames::decode(&mut Reader::new(&der)).unwrap();
    assert!(read.iter().eq(names.iter().copied()));
    assert_eq!(read.iter().find_map(|name| name.upn()).unwrap(), "u@corp");
    assert_eq!(names[7].ip_address().unwrap().to_string(), "192.0.2.1");
    assert_eq!(names[0].ip_address(), None);
    assert_eq!(names[1].upn(), None);

    let built = GeneralNamesBuilder::new()
        .add_upn("u@corp")
        .add_email_address("a@b.example")
        .add_dns_name("b.example")
        .add_name(names[3])
        .add_directory_name(directory.as_ref())
        .add_name(names[5])
        .add_uri("https://b.example/")
        .add_ip_address(core::net::IpAddr::from([192, 0, 2, 1]))
        .add_registered_id(oid::SHA256);
    assert_eq!(built.build().unwrap(), der);
}

#[test]
fn rfc5280_s4_2_1_6_names_that_are_none() {
    let kind = |der: &[u8]| GeneralNames::decode(&mut Reader::new(der)).unwrap_err().kind();
    assert_eq!(kind(&hex!("3000")), DecodeErrorKind::Empty);
    assert_eq!(kind(&hex!("3003 8201ff")), DecodeErrorKind::InvalidString);
    assert_eq!(kind(&hex!("3005 8703 010203")), DecodeErrorKind::InvalidValue);
    assert_eq!(kind(&hex!("300a 8708 0102030405060708")), DecodeErrorKind::InvalidValue);
    assert_eq!(kind(&hex!("3003 880180")), DecodeErrorKind::InvalidEncoding);
    assert!(matches!(kind(&hex!("3003 890100")), DecodeErrorKind::UnexpectedTag { .. }));
    assert_eq!(kind(&hex!("3009 a007 0602 2a03 a001 05")), DecodeErrorKind::Truncated);
    assert_eq!(kind(&hex!("300c a00a 0602 2a03 a004 0500 0500")), DecodeErrorKind::TrailingData);
}

#[test]
fn rfc5280_s4_2_1_10_addresses_in_constraints_have_a_mask() {
    let constraint =
        |der: &[u8]| GeneralName::decode_constraint(&mut Reader::new(der)).map_err(|error| error.kind()).map(|_| ());
    assert_eq!(constraint(&hex!("8708 c0000200 ffffff00")), Ok(()));
    assert_eq!(constraint(&hex!("8704 c0000200")), Err(DecodeErrorKind::InvalidValue));
}

#[test]
fn names_to_build_are_checked() {
    let error = |builder: GeneralNamesBuilder| builder.build().unwrap_err();
    let new = GeneralNamesBuilder::new;
    assert_eq!(error(new()), BuildError::Empty("GeneralNames"));
    assert_eq!(error(new().add_dns_name("")), BuildError::Empty("dNSName"));
    assert_eq!(error(new().add_uri("https://é/")), BuildError::InvalidCharacters("uniformResourceIdentifier"));
    assert_eq!(error(new().add_upn("")), BuildError::Empty("userPrincipalName"));
    assert_eq!(error(new().add_other_name(oid::UPN, b"")), BuildError::InvalidValue("otherName"));
    assert_eq!(error(new().add_name(GeneralName::IpAddress(&[1]))), BuildError::InvalidValue("iPAddress"));
}

#[test]
fn lists_show_their_elements() {
    let der = hex!("3003 820161");
    let names: SequenceOf<'_, GeneralName<'_>> = SequenceOf::decode(&mut Reader::new(&der)).unwrap();
    assert_eq!(alloc::format!("{names:?}"), "[DnsName(\"a\")]");
    assert_eq!(names.contents(), &der[2..]);
}
