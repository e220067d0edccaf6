//! CSRs: reading, oddities, hostile bytes, building.

use alloc::{format, string::ToString, vec, vec::Vec};

use hex_literal::hex;

use super::*;
use crate::{
    BuildError,
    algorithm::SignatureAlgorithm,
    cert::extension::Criticality,
    crypto::Signature,
    der::{Tag, Writer},
    key::PublicKey,
    name::{GeneralName, GeneralNamesBuilder, Name},
};

const CSR: &[u8] = include_bytes!("../../tests/data/x509/csr.der");
const PLAIN: &[u8] = include_bytes!("../../tests/data/x509/csr-plain.der");

/// extensionRequest with digitalSignature and keyEncipherment.
const REQUEST: [u8; 31] = hex!("301d 06092a864886f70d01090e 3110 300e 300c 0603551d0f 0405 03020100a0");

fn csr(version: &[u8], attributes: Option<&[&[u8]]>) -> Vec<u8> {
    let fixture = Csr::from_der(PLAIN).unwrap();
    Writer::encode(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.raw(version);
                w.raw(fixture.subject().as_der());
                w.raw(fixture.public_key().as_der());
                if let Some(attributes) = attributes {
                    w.constructed(Tag::context_constructed(0), |w| attributes.iter().for_each(|der| w.raw(der)));
                }
            });
            fixture.signature_algorithm().encode(w);
            w.bit_string(fixture.signature());
        });
    })
}

fn with_attributes(attributes: &[&[u8]]) -> Result<Csr, DecodeError> {
    Csr::from_der(&csr(&hex!("020100"), Some(attributes)))
}

fn attribute(oid: Oid<'_>, values: &[u8]) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.oid(oid);
            w.constructed(Tag::SET, |w| w.raw(values));
        });
    })
}

fn challenge(values: &[u8]) -> Vec<u8> {
    attribute(oid::CHALLENGE_PASSWORD, values)
}

fn oddities(csr: &Csr) -> Vec<CsrOddity> {
    csr.oddities().collect()
}

#[test]
fn fields_of_openssls_csr() {
    let csr = Csr::from_der(CSR).unwrap();
    assert_eq!(csr.as_der(), CSR);
    assert_eq!(csr.subject().to_string(), "CN=device 1,O=Example");
    assert_eq!(csr.public_key().kind(), crate::KeyKind::Rsa { bits: 2048 });
    assert_eq!(csr.signature_algorithm().oid, oid::SHA256_WITH_RSA);
    assert_eq!(csr.signature().len(), 256);
    assert_eq!(csr.info(), &CSR[4..4 + csr.info().len()]);
    assert!(csr.challenge_password().unwrap().unwrap().matches(b"s3cret"));
    assert!(csr.attributes().map(|attribute| attribute.oid).eq([oid::CHALLENGE_PASSWORD, oid::EXTENSION_REQUEST]));
    assert_eq!(csr.extension_request().len(), 3);
    let names: Vec<_> = csr.subject_alt_name().unwrap().unwrap().iter().collect();
    assert_eq!(names, [GeneralName::DnsName("device.example"), GeneralName::Rfc822Name("device@example.org")]);
    assert_eq!(csr.key_usage().unwrap().unwrap(), KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT);
    assert!(csr.extended_key_usage().unwrap().unwrap().iter().eq([oid::CLIENT_AUTH]));
    assert_eq!(oddities(&csr), []);
    assert_eq!(format!("{csr:?}"), "Csr(CN=device 1,O=Example, PublicKeyRef(Rsa { bits: 2048 }))");
    assert_eq!(Csr::from_pem(&csr.to_pem()).unwrap(), csr);
}

#[cfg(feature = "rustcrypto")]
#[test]
fn openssls_signature_verifies_and_the_digest_is_openssls() {
    use crate::crypto::rustcrypto::PROVIDER;
    let csr = Csr::from_der(CSR).unwrap();
    assert_eq!(csr.verify(&PROVIDER), Ok(()));
    let digest = csr.digest(&PROVIDER).unwrap();
    assert_eq!(digest.to_string(), "53b1ee9252985a30abf5a49fe45856bc98f743bdd6f48c6a01f339c89eb888b5");
    assert_eq!(CsrDigest::from_bytes(*digest.as_bytes()), digest);
    let mut changed = CSR.to_vec();
    changed[30] ^= 1;
    let changed = Csr::from_der(&changed).unwrap();
    assert_eq!(changed.verify(&PROVIDER), Err(VerifyError::BadSignature));
    assert_ne!(changed.digest(&PROVIDER), Some(digest));
    assert_eq!(csr.digest(&CryptoProvider { digests: &[], ..PROVIDER }), None);
}

#[test]
fn no_attributes_as_openssl_writes_them() {
    let csr = Csr::from_der(PLAIN).unwrap();
    assert_eq!((csr.attributes().count(), oddities(&csr)), (0, vec![]));
    assert_eq!(csr.challenge_password(), Ok(None));
    assert!(csr.extension_request().is_empty());
}

#[test]
fn what_peers_send_is_read_and_named() {
    let absent = Csr::from_der(&csr(&hex!("020100"), None)).unwrap();
    assert_eq!(oddities(&absent), [CsrOddity::AttributesAbsent]);
    assert_eq!(absent.attributes().count(), 0);
    for version in [1, 2] {
        let odd = Csr::from_der(&csr(&[2, 1, version], Some(&[]))).unwrap();
        assert_eq!(oddities(&odd), [CsrOddity::Version(version.into())]);
    }
    for empty in [&b""[..], &hex!("3000")] {
        let odd = with_attributes(&[&attribute(oid::EXTENSION_REQUEST, empty)]).unwrap();
        assert_eq!(oddities(&odd), [CsrOddity::EmptyExtensionRequest]);
        assert_eq!(odd.subject_alt_name(), Ok(None));
    }
    let microsoft = attribute(oid::MICROSOFT_CERTIFICATE_EXTENSIONS, &REQUEST[15..]);
    let microsoft = with_attributes(&[&microsoft]).unwrap();
    assert_eq!(oddities(&microsoft), [CsrOddity::MicrosoftExtensionRequest]);
    assert_eq!(microsoft.extension_request().len(), 1);
    // Attributes out of order, and one that nobody knows without values.
    let unsorted = with_attributes(&[&REQUEST, &challenge(&hex!("0c0161")), &attribute(oid::TITLE, b"")]).unwrap();
    assert_eq!((unsorted.attributes().count(), oddities(&unsorted)), (3, vec![]));
    let ber = hex!("300f 300d 0603551d0f 010101 0403 030106");
    let ber = with_attributes(&[&attribute(oid::EXTENSION_REQUEST, &ber)]).unwrap();
    assert_eq!(oddities(&ber), [CsrOddity::BerBoolean]);
    assert!([CsrOddity::AttributesAbsent, CsrOddity::Version(2)].iter().all(|oddity| !oddity.to_string().is_empty()));
}

#[test]
fn rfc2985_s5_4_1_challenge_passwords_of_every_string_type() {
    for (value, text) in [
        (&hex!("0c03 616263")[..], "abc"),
        (&hex!("1303 616263"), "abc"),
        (&hex!("1603 61405f"), "a@_"),
        (&hex!("1402 61e9"), "aé"),
        (&hex!("1e04 00610062"), "ab"),
        (&hex!("1c04 00000061"), "a"),
    ] {
        let csr = with_attributes(&[&challenge(value)]).unwrap();
        assert!(csr.challenge_password().unwrap().unwrap().matches(text.as_bytes()), "{text}");
    }
}

#[test]
fn rfc2985_s5_4_1_a_challenge_password_has_one_value() {
    let kind = |attributes: &[&[u8]]| {
        let error = with_attributes(attributes).unwrap().challenge_password().unwrap_err();
        assert_eq!(error.path().next(), Some("challengePassword"));
        error.kind()
    };
    let one = challenge(&hex!("0c0161"));
    assert_eq!(kind(&[&one, &one]), DecodeErrorKind::Duplicate);
    assert_eq!(kind(&[&challenge(&hex!("0c0161 0c0162"))]), DecodeErrorKind::Duplicate);
    assert_eq!(kind(&[&challenge(b"")]), DecodeErrorKind::Empty);
    assert_eq!(kind(&[&challenge(&hex!("0c01ff"))]), DecodeErrorKind::InvalidString);
    assert!(matches!(kind(&[&challenge(&hex!("020100"))]), DecodeErrorKind::UnexpectedTag { .. }));
}

#[test]
fn what_is_no_csr_is_refused() {
    let kind =
        |version: &[u8], attributes: &[&[u8]]| Csr::from_der(&csr(version, Some(attributes))).unwrap_err().kind();
    let v1 = hex!("020100");
    assert_eq!(kind(&hex!("020103"), &[]), DecodeErrorKind::UnsupportedVersion);
    assert_eq!(kind(&hex!("0200"), &[]), DecodeErrorKind::UnsupportedVersion);
    assert_eq!(kind(&v1, &[&REQUEST, &REQUEST]), DecodeErrorKind::Duplicate);
    let microsoft = attribute(oid::MICROSOFT_CERTIFICATE_EXTENSIONS, &hex!("3000"));
    assert_eq!(kind(&v1, &[&REQUEST, &microsoft]), DecodeErrorKind::Duplicate);
    assert_eq!(kind(&v1, &[&attribute(oid::EXTENSION_REQUEST, &hex!("3000 3000"))]), DecodeErrorKind::Duplicate);
    let twice = [&hex!("301c")[..], &REQUEST[17..], &REQUEST[17..]].concat();
    assert_eq!(kind(&v1, &[&attribute(oid::EXTENSION_REQUEST, &twice)]), DecodeErrorKind::Duplicate);
    assert_eq!(kind(&v1, &[&hex!("3000")]), DecodeErrorKind::UnexpectedTag { expected: Tag::OID, found: None });
    assert_eq!(kind(&v1, &[&hex!("3007 0603550403 3105")]), DecodeErrorKind::Truncated);
    let huge = vec![0x30; Csr::MAX_SIZE + 1];
    assert_eq!(Csr::from_der(&huge).unwrap_err().kind(), DecodeErrorKind::TooLarge);
}

#[test]
fn every_truncation_is_an_error() {
    assert!((0..CSR.len()).all(|length| Csr::from_der(&CSR[..length]).is_err()));
}

#[test]
fn no_change_of_one_byte_panics() {
    let mut der = CSR.to_vec();
    for place in 0..der.len() {
        let original = der[place];
        for value in 0..=255 {
            der[place] = value;
            if let Ok(csr) = Csr::from_der(&der) {
                let _ = format!("{csr:?} {:?}", csr.subject_alt_name());
                let _ = (csr.challenge_password(), csr.key_usage(), csr.extended_key_usage(), csr.oddities().count());
                let _ = csr.attributes().map(|attribute| attribute.values().count()).sum::<usize>();
            }
        }
        der[place] = original;
    }
}

fn key() -> PublicKey {
    Csr::from_der(CSR).unwrap().public_key().to_owned()
}

fn builder() -> CsrBuilder {
    CsrBuilder::new(Name::from_common_name("device 1").unwrap(), key())
}

fn finish(builder: CsrBuilder) -> Csr {
    let unsigned = builder.build(SignatureAlgorithm::RSA_PKCS1_SHA256).unwrap();
    let message = unsigned.message().to_vec();
    let csr = unsigned.attach(Signature::new(vec![0xaa; 256]));
    assert_eq!(csr.info(), message);
    let read = Csr::from_der(csr.as_der()).unwrap();
    assert_eq!((read.info(), read.signature()), (csr.info(), csr.signature()));
    assert_eq!(oddities(&csr), []);
    csr
}

#[test]
fn rfc2986_s4_1_attributes_are_there_even_if_none() {
    let csr = finish(builder());
    assert!(csr.info().ends_with(&hex!("a000")));
    assert_eq!(csr.subject().to_string(), "CN=device 1");
}

#[test]
fn everything_asked_for_comes_back() {
    let upn = Writer::encode(|w| w.primitive(Tag::UTF8_STRING, b"u@corp"));
    let names = GeneralNamesBuilder::new().add_upn("u@corp").add_dns_name("a.example");
    let csr = finish(
        builder()
            .with_subject_alt_name(names)
            .with_key_usage(KeyUsage::DIGITAL_SIGNATURE)
            .with_extended_key_usage(&[oid::CLIENT_AUTH])
            .with_challenge_password(&Secret::from("s3cret"))
            .add_extension(oid::INHIBIT_ANY_POLICY, Criticality::Critical, &hex!("020105"))
            .add_attribute(oid::UNSTRUCTURED_NAME, &hex!("160161")),
    );
    let names: Vec<_> = csr.subject_alt_name().unwrap().unwrap().iter().collect();
    assert_eq!(names, [GeneralName::OtherName { type_id: oid::UPN, value: &upn }, GeneralName::DnsName("a.example")]);
    assert_eq!(csr.key_usage(), Ok(Some(KeyUsage::DIGITAL_SIGNATURE)));
    assert!(csr.extended_key_usage().unwrap().unwrap().iter().eq([oid::CLIENT_AUTH]));
    assert_eq!(csr.extension_request().inhibit_any_policy(), Ok(Some(5)));
    assert!(csr.challenge_password().unwrap().unwrap().matches(b"s3cret"));
    // X.690 section 11.6: sorted by their encodings, so the shortest first.
    let attributes: Vec<_> = csr.attributes().map(|attribute| attribute.oid).collect();
    assert_eq!(attributes, [oid::UNSTRUCTURED_NAME, oid::CHALLENGE_PASSWORD, oid::EXTENSION_REQUEST]);
}

#[test]
fn rfc2985_s5_4_1_printable_where_possible() {
    let tag = |password: &str| {
        let csr = finish(builder().with_challenge_password(&Secret::from(password)));
        csr.attributes().next().unwrap().values().next().unwrap().tag()
    };
    assert_eq!(tag("abc 123"), Tag::PRINTABLE_STRING);
    assert_eq!(tag("a@b"), Tag::UTF8_STRING);
    assert_eq!(tag("é"), Tag::UTF8_STRING);
}

#[test]
fn scep_2_4_04_the_challenge_can_be_left_out_late() {
    let with = builder().with_challenge_password(&Secret::from("s3cret")).add_attribute(oid::TITLE, &hex!("0500"));
    assert!(with.has_challenge_password() && !builder().has_challenge_password());
    let unsigned = with.build_without_challenge_password(SignatureAlgorithm::RSA_PKCS1_SHA256).unwrap();
    let csr = unsigned.attach(Signature::new(vec![0xaa; 256]));
    assert_eq!(csr.challenge_password(), Ok(None));
    assert_eq!(csr.as_der(), finish(builder().add_attribute(oid::TITLE, &hex!("0500"))).as_der());
    assert!(finish(with).challenge_password().unwrap().unwrap().matches(b"s3cret"));
}

#[test]
fn what_cannot_be_built() {
    let error = |builder: CsrBuilder| builder.build(SignatureAlgorithm::RSA_PKCS1_SHA256).unwrap_err();
    let password = |text: &str| builder().with_challenge_password(&Secret::from(text));
    assert_eq!(error(password("")), BuildError::Empty("challengePassword"));
    assert_eq!(error(password(&"é".repeat(256))), BuildError::TooLong("challengePassword"));
    let binary = builder().with_challenge_password(&Secret::from(&[0xff][..]));
    assert_eq!(error(binary), BuildError::InvalidCharacters("challengePassword"));
    let add = |builder: CsrBuilder, oid| builder.add_attribute(oid, &hex!("0500"));
    assert_eq!(error(add(add(builder(), oid::TITLE), oid::TITLE)), BuildError::Duplicate(oid::TITLE.into()));
    assert_eq!(error(add(builder(), oid::EXTENSION_REQUEST)), BuildError::Duplicate(oid::EXTENSION_REQUEST.into()));
    assert_eq!(error(builder().add_attribute(oid::TITLE, &[5])), BuildError::InvalidValue("attribute"));
    assert_eq!(error(CsrBuilder::new(Name::empty(), key())), BuildError::Empty("subject"));
    let unfit = builder().build(SignatureAlgorithm::ECDSA_SHA256).unwrap_err();
    assert_eq!(unfit, BuildError::InvalidValue("signatureAlgorithm"));
    let large = Writer::encode(|w| w.octet_string(&vec![0; Csr::MAX_SIZE / 2]));
    assert_eq!(error(builder().add_attribute(oid::TITLE, &large)), BuildError::TooLong("certificationRequestInfo"));
}

#[test]
fn rfc5280_s4_2_1_6_alternative_name_is_critical_beside_an_empty_subject() {
    let names = GeneralNamesBuilder::new().add_dns_name("a.example");
    let csr = finish(CsrBuilder::new(Name::empty(), key()).with_subject_alt_name(names));
    assert!(csr.extension_request().find(oid::SUBJECT_ALT_NAME).unwrap().critical);
}
