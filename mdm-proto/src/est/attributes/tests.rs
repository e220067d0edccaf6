use alloc::{vec, vec::Vec};

use hex_literal::hex;
use pki_core::{BuildError, DecodeErrorKind, KeyKind, Limits, der::Writer, oid};

use super::*;
use crate::est::body;

/// What RFC 7030 section 4.5.2 gives as an example.
const EXAMPLE: &[u8] = &hex!(
    "30 41 06 09 2a 86 48 86 f7 0d 01 09 07 30 12 06 07 2a 86 48 ce 3d 02 01 31 07 06 05 2b 81 04 00 22 30 16 06 09 2a 86
     48 86 f7 0d 01 09 0e 31 09 06 07 2b 06 01 01 01 01 16 06 08 2a 86 48 ce 3d 04 03 03"
);

fn read(der: &[u8]) -> Result<CsrAttributes, DecodeError> {
    CsrAttributes::from_der(der, Limits::DEFAULT)
}

fn oid_der(oid: Oid<'_>) -> Vec<u8> {
    Writer::encode(|w| w.oid(oid))
}

#[test]
fn rfc7030_s4_5_2_the_example_of_the_rfc_is_read_and_written() {
    let text = "MEEGCSqGSIb3DQEJBzASBgcqhkjOPQIBMQcGBSuBBAAiMBYGCSqGSIb3DQEJDjEJ\nBgcrBgEBAQEWBggqhkjOPQQDAw==\n";
    assert_eq!(body::decode(text.as_bytes(), Limits::DEFAULT).unwrap(), EXAMPLE);
    let attributes = read(EXAMPLE).unwrap();
    assert_eq!(attributes.to_der(), EXAMPLE);
    assert!(attributes.wants_linking());
    assert_eq!(attributes.key_kind(), Some(KeyKind::P384));
    assert!(attributes.oids().eq([oid::CHALLENGE_PASSWORD, oid::ECDSA_WITH_SHA384]));
    let extensions = attributes.extensions().unwrap();
    let [mac_address] = extensions.as_slice() else { panic!("{extensions:?}") };
    assert_eq!((alloc::format!("{}", mac_address.oid).as_str(), &mac_address.value), ("1.3.6.1.1.1.1.22", &None));

    let mac_address = hex!("06 07 2b 06 01 01 01 01 16");
    let built = CsrAttributes::new()
        .add_oid(oid::CHALLENGE_PASSWORD)
        .add_attribute(oid::EC_PUBLIC_KEY, &[&oid_der(oid::SECP384R1)])
        .and_then(|attributes| attributes.add_attribute(oid::EXTENSION_REQUEST, &[&mac_address]))
        .unwrap()
        .add_oid(oid::ECDSA_WITH_SHA384);
    assert_eq!(built, attributes);
}

#[test]
fn rfc7030_s4_5_2_what_is_not_known_is_kept_and_ignored() {
    // Appendix A.2, with attributes that nobody knows.
    let text = "MHwGBysGAQEBARYwIgYDiDcBMRsTGVBhcnNlIFNFVCBhcyAyLjk5OS4xIGRhdGEG\r\n\
                CSqGSIb3DQEJBzAsBgOINwIxJQYDiDcDBgOINwQTGVBhcnNlIFNFVCBhcyAyLjk5\r\n\
                OS4yIGRhdGEGCSskAwMCCAEBCwYJYIZIAWUDBAIC\r\n";
    let der = body::decode(text.as_bytes(), Limits::DEFAULT).unwrap();
    let attributes = read(&der).unwrap();
    assert_eq!(attributes.entries().len(), 6);
    assert_eq!(attributes.to_der(), der);
    assert!(attributes.wants_linking());
    assert_eq!((attributes.key_kind(), attributes.extensions()), (None, Ok(vec![])));
}

#[test]
fn rfc7030_s4_5_2_an_empty_sequence_wants_nothing() {
    let attributes = read(&[0x30, 0]).unwrap();
    assert!(attributes.is_empty() && !attributes.wants_linking());
    assert_eq!(attributes, CsrAttributes::default());
}

#[test]
fn rfc9908_s3_3_key_kinds() {
    let with = |oid, values: &[&[u8]]| CsrAttributes::new().add_attribute(oid, values).unwrap().key_kind();
    assert_eq!(with(oid::RSA_ENCRYPTION, &[&[2, 2, 0x10, 0]]), Some(KeyKind::Rsa { bits: 4096 }));
    assert_eq!(with(oid::EC_PUBLIC_KEY, &[&oid_der(oid::SECP256R1)]), Some(KeyKind::P256));
    assert_eq!(with(oid::EC_PUBLIC_KEY, &[&oid_der(oid::SECP521R1)]), Some(KeyKind::P521));
    // Any RSA key; a curve that has no name here; something else.
    assert_eq!(with(oid::RSA_ENCRYPTION, &[]), None);
    assert_eq!(with(oid::EC_PUBLIC_KEY, &[&oid_der(oid::SHA256)]), None);
    assert_eq!(with(oid::EC_PUBLIC_KEY, &[&[5, 0]]), None);
}

#[test]
fn rfc9908_s3_2_extensions_with_values() {
    // One Extensions: keyUsage critical, extKeyUsage.
    let value = hex!("30 1d 300e 0603551d0f 0101ff 0404 03020780 300b 0603551d25 0404 3002 0500");
    let attributes = CsrAttributes::new().add_attribute(oid::EXTENSION_REQUEST, &[&value]).unwrap();
    let extensions = attributes.extensions().unwrap();
    assert!(extensions.iter().map(|wanted| wanted.oid.as_oid()).eq([Some(oid::KEY_USAGE), Some(oid::EXT_KEY_USAGE)]));
    assert_eq!(extensions[0].value.as_deref(), Some(&hex!("03020780")[..]));
    let bad = CsrAttributes::new().add_attribute(oid::EXTENSION_REQUEST, &[&[5, 0]]).unwrap();
    assert!(bad.extensions().is_err());
}

/// The template of the text: version, subject with a commonName to fill in and an organizationalUnit, key, attributes.
fn template(key: &[u8]) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.small_integer(0);
            w.sequence(|w| {
                w.constructed(Tag::SET, |w| w.sequence(|w| w.oid(oid::COMMON_NAME)));
                w.constructed(Tag::SET, |w| {
                    w.sequence(|w| {
                        w.oid(oid::ORGANIZATIONAL_UNIT_NAME);
                        w.primitive(Tag::UTF8_STRING, b"myDept");
                    });
                });
            });
            w.constructed(Tag::context_constructed(0), |w| w.raw(key));
            w.constructed(Tag::context_constructed(1), |w| {
                w.sequence(|w| {
                    w.raw(&hex!("060b2a864886f70d010910023e"));
                    // subjectAltName, value to be filled in.
                    w.constructed(Tag::SET, |w| w.sequence(|w| w.sequence(|w| w.oid(oid::SUBJECT_ALT_NAME))));
                });
            });
        });
    })
}

fn with_template(value: &[u8]) -> CsrAttributes {
    let oid = hex!("2a864886f70d010910023d");
    CsrAttributes::new().add_attribute(Oid::from_bytes(&oid).unwrap(), &[value]).unwrap()
}

#[test]
fn rfc9908_s3_4_a_template_is_read() {
    let key = Writer::encode(|w| {
        w.sequence(|w| {
            w.oid(oid::EC_PUBLIC_KEY);
            w.oid(oid::SECP256R1);
        });
    });
    let attributes = with_template(&template(&key));
    let template = attributes.template().unwrap().unwrap();
    let subject = template.subject.as_ref().unwrap();
    assert_eq!((subject[0].oid.as_oid(), &subject[0].value), (Some(oid::COMMON_NAME), &None));
    assert_eq!(subject[1].value.as_deref(), Some(&b"\x0c\x06myDept"[..]));
    assert_eq!(attributes.key_kind(), Some(KeyKind::P256));
    let extensions = attributes.extensions().unwrap();
    assert_eq!((extensions[0].oid.as_oid(), &extensions[0].value), (Some(oid::SUBJECT_ALT_NAME), &None));
}

#[test]
fn rfc9908_s3_4_an_rsa_key_of_a_size_is_a_placeholder() {
    let placeholder = Writer::encode(|w| {
        w.sequence(|w| {
            w.oid(oid::RSA_ENCRYPTION);
            w.null();
        });
        let key = Writer::encode(|w| {
            w.sequence(|w| {
                w.unsigned(Tag::INTEGER, &[0xff; 384]);
                w.small_integer(65_537);
            });
        });
        w.bit_string(&key);
    });
    assert_eq!(with_template(&template(&placeholder)).key_kind(), Some(KeyKind::Rsa { bits: 3072 }));
}

#[test]
fn a_bad_template_is_an_error_and_no_template() {
    let attributes = with_template(&hex!("30 05 020101 a100"));
    assert_eq!(attributes.template().unwrap_err().kind(), DecodeErrorKind::UnsupportedVersion);
    assert_eq!(attributes.key_kind(), None);
    assert!(attributes.extensions().is_err());
}

#[test]
fn what_is_no_csr_attributes_is_refused() {
    for der in [&hex!("0500")[..], &hex!("30 02 0500"), &hex!("30 05 3003 060101"), &hex!("3000 00"), &[]] {
        assert!(read(der).is_err(), "{der:02x?}");
    }
    let many = CsrAttributes { entries: vec![CsrAttribute::Oid(oid::SHA256.into()); 33] };
    assert_eq!(read(&many.to_der()).unwrap_err().kind(), DecodeErrorKind::TooMany);
    let values = vec![&[5_u8, 0][..]; 33];
    let many = CsrAttributes::new().add_attribute(oid::SHA256, &values).unwrap();
    assert_eq!(read(&many.to_der()).unwrap_err().kind(), DecodeErrorKind::TooMany);
    let small = CsrAttributes::from_der(EXAMPLE, Limits::DEFAULT.with_size(20));
    assert_eq!(small.unwrap_err().kind(), DecodeErrorKind::TooLarge);
    let bad = CsrAttributes::new().add_attribute(oid::SHA256, &[&[5, 1]]);
    assert_eq!(bad, Err(BuildError::InvalidValue("attribute")));
}
