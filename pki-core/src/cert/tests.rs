//! Certificates: reading, oddities, hostile bytes, building.

use alloc::{format, string::ToString, vec, vec::Vec};

use hex_literal::hex;

use super::{
    extension::{BasicConstraints, Criticality, KeyUsage, PolicyConstraints},
    *,
};
use crate::{
    BuildError,
    algorithm::SignatureAlgorithm,
    crypto::Signature,
    der::{Tag, Writer},
    error::DecodeErrorKind,
    key::PublicKey,
    name::{GeneralName, GeneralNamesBuilder, Name},
    oid::{self, Oid},
    time::{UnixTime, Validity},
};

const EVERY_EXTENSION: &[u8] = include_bytes!("../../tests/data/x509/every-extension.der");
const VERSION_1: &[u8] = include_bytes!("../../tests/data/x509/version-1.der");

/// The parts of a certificate as DER, each to be replaced. The signature is worthless.
struct Parts {
    version: Vec<u8>,
    serial: Vec<u8>,
    signature: Vec<u8>,
    issuer: Vec<u8>,
    validity: Vec<u8>,
    subject: Vec<u8>,
    key: Vec<u8>,
    extensions: Vec<u8>,
    outer_algorithm: Vec<u8>,
    value: Vec<u8>,
}

const ECDSA_SHA256: [u8; 12] = hex!("300a 06082a8648ce3d040302");
const KEY_USAGE: [u8; 16] = hex!("300e 0603551d0f 0101ff 0404 030205a0");
const V3: [u8; 5] = hex!("a003 020102");

impl Parts {
    fn new() -> Self {
        let fixture = Certificate::from_der(EVERY_EXTENSION).unwrap();
        Self {
            version: V3.to_vec(),
            serial: hex!("020105").to_vec(),
            signature: ECDSA_SHA256.to_vec(),
            issuer: fixture.issuer().as_der().to_vec(),
            validity: validity(b"\x17\x0d260101000000Z", b"\x17\x0d270101000000Z"),
            subject: fixture.subject().as_der().to_vec(),
            key: fixture.public_key().as_der().to_vec(),
            extensions: extensions(&[&KEY_USAGE]),
            outer_algorithm: ECDSA_SHA256.to_vec(),
            value: hex!("0303 00abcd").to_vec(),
        }
    }

    fn encode(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    let parts = [&self.version, &self.serial, &self.signature, &self.issuer, &self.validity];
                    parts.into_iter().for_each(|part| w.raw(part));
                    [&self.subject, &self.key, &self.extensions].into_iter().for_each(|part| w.raw(part));
                });
                w.raw(&self.outer_algorithm);
                w.raw(&self.value);
            });
        })
    }

    fn read(&self) -> Result<Certificate, DecodeError> {
        Certificate::from_der(&self.encode())
    }

    fn kind(&self) -> DecodeErrorKind {
        self.read().unwrap_err().kind()
    }
}

fn validity(not_before: &[u8], not_after: &[u8]) -> Vec<u8> {
    Writer::encode(|w| w.sequence(|w| [not_before, not_after].into_iter().for_each(|time| w.raw(time))))
}

fn extensions(list: &[&[u8]]) -> Vec<u8> {
    Writer::encode(|w| {
        w.constructed(Tag::context_constructed(3), |w| w.sequence(|w| list.iter().for_each(|der| w.raw(der))));
    })
}

fn oddities(certificate: &Certificate) -> Vec<CertificateOddity> {
    certificate.oddities().collect()
}

#[test]
fn fields_of_openssls_certificate() {
    let certificate = Certificate::from_der(EVERY_EXTENSION).unwrap();
    assert_eq!(certificate.as_der(), EVERY_EXTENSION);
    assert_eq!(certificate.version(), 3);
    assert_eq!(certificate.serial_number(), hex!("0102030405060708090a0b0c0d0e0f10"));
    assert_eq!(certificate.subject().to_string(), "CN=every extension,O=Example\\, Inc.,C=US");
    assert!(certificate.is_self_issued());
    let Validity { not_before, not_after } = certificate.validity();
    assert_eq!(not_after.as_seconds() - not_before.as_seconds(), 3650 * 86_400);
    assert_eq!(certificate.public_key().kind(), crate::KeyKind::P256);
    assert_eq!(certificate.signature_algorithm().oid, oid::ECDSA_WITH_SHA256);
    assert_eq!(certificate.tbs_signature_algorithm(), certificate.signature_algorithm());
    assert_eq!(certificate.tbs(), &EVERY_EXTENSION[4..4 + certificate.tbs().len()]);
    assert!(EVERY_EXTENSION.ends_with(certificate.signature()) && certificate.signature().starts_with(&[0x30]));
    assert_eq!(oddities(&certificate), []);
    assert_eq!((certificate.issuer_unique_id(), certificate.subject_unique_id()), (None, None));
    assert_eq!(
        format!("{certificate:?}"),
        "Certificate(CN=every extension,O=Example\\, Inc.,C=US, serial 0102030405060708090a0b0c0d0e0f10)"
    );
    let again = Certificate::from_pem(&certificate.to_pem()).unwrap();
    assert_eq!(again, certificate);
}

#[test]
fn keys_are_read_with_and_without_parameters() {
    // RFC 8410 section 10.1, and made-up ones: with NULL and no bits, and with long lengths.
    let ed25519 = hex!("302a 3005 06032b6570 032100 19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
    let with_null = hex!("3012 300d 06092a864886f70d010101 0500 0301 00");
    let long = [&hex!("308196 3005 06032b6571 03818c 00")[..], &[7; 139]].concat();
    for key in [&ed25519[..], &with_null, &long] {
        let certificate = Parts { key: key.to_vec(), ..Parts::new() }.read().unwrap();
        assert_eq!(certificate.public_key(), PublicKeyRef::from_der(key).unwrap());
    }
}

#[test]
fn version_1_has_no_extensions() {
    let certificate = Certificate::from_der(VERSION_1).unwrap();
    assert_eq!((certificate.version(), certificate.serial_number()), (1, &[5][..]));
    assert!(certificate.extensions().is_empty());
    assert_eq!(certificate.key_usage(), Ok(None));
}

#[cfg(feature = "rustcrypto")]
#[test]
fn openssls_signatures_verify() {
    use crate::crypto::rustcrypto::PROVIDER;
    for der in [EVERY_EXTENSION, VERSION_1] {
        let certificate = Certificate::from_der(der).unwrap();
        assert_eq!(certificate.verify_signature(certificate.public_key(), &PROVIDER), Ok(()));
        let mut changed = der.to_vec();
        let place = changed.windows(4).position(|window| window == b"sion").unwrap();
        changed[place] ^= 1;
        let changed = Certificate::from_der(&changed).unwrap();
        assert_eq!(changed.verify_signature(changed.public_key(), &PROVIDER), Err(VerifyError::BadSignature));
    }
}

#[cfg(feature = "rustcrypto")]
#[test]
fn fingerprint_is_openssls() {
    use crate::crypto::rustcrypto::PROVIDER;
    let sha256 = PROVIDER.digest(oid::SHA256).unwrap();
    let fingerprint = Certificate::from_der(EVERY_EXTENSION).unwrap().fingerprint(sha256);
    assert_eq!(fingerprint.to_string(), "24a94a6814d81e2b0013b8efebfa36b7f3191bfd0351e859a6860cd8ab4dab13");
}

#[cfg(feature = "rustcrypto")]
#[test]
fn rfc5280_s4_1_1_2_algorithms_inside_and_outside_are_the_same() {
    let mut parts = Parts::new();
    parts.outer_algorithm = hex!("300a 06082a8648ce3d040303").to_vec();
    let certificate = parts.read().unwrap();
    let verdict = certificate.verify_signature(certificate.public_key(), &crate::crypto::rustcrypto::PROVIDER);
    assert_eq!(verdict, Err(VerifyError::AlgorithmMismatch));
}

#[test]
fn what_peers_send_is_read_and_named() {
    let read = |change: fn(&mut Parts)| {
        let mut parts = Parts::new();
        change(&mut parts);
        parts.read().unwrap()
    };
    assert_eq!(oddities(&read(|_| {})), []);
    // certmonger: 32 octets.
    let long = read(|parts| parts.serial = [&hex!("0221 00")[..], &[0xab; 32]].concat());
    assert_eq!(oddities(&long), [CertificateOddity::LongSerialNumber(32)]);
    assert_eq!(long.serial_number().len(), 33);
    assert_eq!(oddities(&read(|parts| parts.serial = hex!("020100").to_vec())), [CertificateOddity::ZeroSerialNumber]);
    assert_eq!(
        oddities(&read(|parts| parts.serial = hex!("0201ff").to_vec())),
        [CertificateOddity::NegativeSerialNumber]
    );
    assert_eq!(oddities(&read(|parts| parts.serial = [&hex!("0214 7f")[..], &[1; 19]].concat())), []);
    // BER TRUE.
    let ber = read(|parts| parts.extensions = extensions(&[&hex!("300e 0603551d0f 010101 0404 030205a0")]));
    assert_eq!(oddities(&ber), [CertificateOddity::BerBoolean]);
    assert!(ber.extension(oid::KEY_USAGE).unwrap().critical);
    // DEFAULT FALSE written out.
    let default = read(|parts| parts.extensions = extensions(&[&hex!("300e 0603551d0f 010100 0404 030205a0")]));
    assert!(!default.extension(oid::KEY_USAGE).unwrap().critical);
    assert_eq!(oddities(&read(|parts| parts.extensions = extensions(&[]))), [CertificateOddity::EmptyExtensions]);
    // Version 1 written out, and with extensions.
    let old = read(|parts| parts.version = hex!("a003 020100").to_vec());
    assert_eq!(oddities(&old), [CertificateOddity::ExtensionsInVersion(1)]);
    // Windows: a critical authorityKeyIdentifier.
    let windows = read(|parts| parts.extensions = extensions(&[&hex!("3010 0603551d23 0101ff 0406 3004 8002 abcd")]));
    assert_eq!(windows.authority_key_identifier().unwrap().unwrap().key_identifier, Some(&[0xab, 0xcd][..]));
    // Empty names.
    assert!(read(|parts| parts.subject = hex!("3000").to_vec()).subject().is_empty());
    assert!(read(|parts| parts.issuer = hex!("3000").to_vec()).issuer().is_empty());
    // PKITS 4.2.3: the year 1950, and GeneralizedTime before 2050.
    let early = read(|parts| parts.validity = validity(b"\x17\x0d500101000000Z", b"\x18\x0f20270101000000Z"));
    assert_eq!(early.validity().not_before.to_string(), "1950-01-01T00:00:00Z");
    let unique = read(|parts| parts.extensions.splice(0..0, hex!("810200aa 820206c0")).for_each(drop));
    assert_eq!(unique.issuer_unique_id(), Some(&[0, 0xaa][..]));
    assert_eq!(unique.subject_unique_id(), Some(&[6, 0xc0][..]));
    for oddity in [CertificateOddity::BerBoolean, CertificateOddity::LongSerialNumber(32)] {
        assert!(!oddity.to_string().is_empty());
    }
}

#[test]
fn what_is_no_certificate_is_refused() {
    let kind = |change: fn(&mut Parts)| {
        let mut parts = Parts::new();
        change(&mut parts);
        parts.kind()
    };
    use DecodeErrorKind::*;
    assert_eq!(kind(|parts| parts.version = hex!("a003 020103").to_vec()), UnsupportedVersion);
    assert_eq!(kind(|parts| parts.version = hex!("a004 02020002").to_vec()), UnsupportedVersion);
    assert_eq!(kind(|parts| parts.version = hex!("a006 020102 020102").to_vec()), TrailingData);
    assert_eq!(kind(|parts| parts.serial = hex!("0200").to_vec()), InvalidEncoding);
    assert_eq!(kind(|parts| parts.serial = hex!("02020001").to_vec()), InvalidEncoding);
    assert_eq!(
        kind(|parts| parts.signature = hex!("3000").to_vec()),
        UnexpectedTag { expected: Tag::OID, found: None }
    );
    assert_eq!(kind(|parts| parts.outer_algorithm = hex!("3007 06022a03 0500 00").to_vec()), TrailingData);
    assert_eq!(kind(|parts| parts.subject = hex!("3002 3100").to_vec()), Empty);
    assert_eq!(kind(|parts| parts.key = hex!("300c 300406022a03 0302 0000 0500").to_vec()), TrailingData);
    assert_eq!(kind(|parts| parts.value = hex!("0303 04abc0").to_vec()), InvalidValue);
    assert_eq!(kind(|parts| parts.value.push(0)), TrailingData);
    assert_eq!(kind(|parts| parts.extensions = extensions(&[&KEY_USAGE, &KEY_USAGE])), Duplicate);
    assert_eq!(
        kind(|parts| parts.extensions = extensions(&[&KEY_USAGE, &hex!("3009 0603551d0f 0402 0500")])),
        Duplicate
    );
    assert_eq!(
        kind(|parts| parts.extensions = extensions(&[&hex!("300b 0603551d0f 0100 0402 0500")])),
        InvalidEncoding
    );
    assert_eq!(kind(|parts| parts.extensions.push(0x05)), TrailingData);
    for time in [
        &b"\x17\x0b2601010000Z"[..],  // no seconds
        b"\x17\x11260101000000+0000", // an offset
        b"\x17\x0d260101000060Z",     // second 60
        b"\x17\x0d260230000000Z",     // 30 February
        b"\x18\x1120260101000000.5Z", // a fraction
    ] {
        let mut parts = Parts::new();
        parts.validity = validity(time, b"\x17\x0d270101000000Z");
        assert_eq!(parts.kind(), InvalidTime, "{time:?}");
    }
}

#[test]
fn x690_s10_1_the_outermost_length_is_der_too() {
    let kind = |der: Vec<u8>| Certificate::from_der(&der).unwrap_err().kind();
    let [header, contents] = [&EVERY_EXTENSION[..4], &EVERY_EXTENSION[4..]];
    assert_eq!(header[..2], hex!("3082"));
    assert_eq!(kind([EVERY_EXTENSION, &[0]].concat()), DecodeErrorKind::TrailingData);
    assert_eq!(kind([&hex!("3080")[..], contents, &[0, 0]].concat()), DecodeErrorKind::IndefiniteLength);
    assert_eq!(kind([&hex!("308300")[..], &header[2..], contents].concat()), DecodeErrorKind::NonMinimalLength);
}

#[test]
fn errors_name_the_field_and_the_place() {
    let mut parts = Parts::new();
    parts.validity = validity(b"\x17\x0d260230000000Z", b"\x17\x0d270101000000Z");
    let error = parts.read().unwrap_err();
    assert!(error.path().eq(["tbsCertificate", "validity", "notBefore"]));
    assert_eq!(parts.encode()[error.position()..][..2], hex!("170d"));

    let mut parts = Parts::new();
    parts.extensions = extensions(&[&hex!("300b 0603551d25 0404 30020500")]);
    let certificate = parts.read().unwrap();
    let error = certificate.extended_key_usage().unwrap_err();
    assert!(error.path().eq(["extended_key_usage", "extnValue"]));
    assert_eq!(certificate.as_der()[error.position()..][..2], hex!("0500"));
}

#[test]
fn extensions_are_bounded() {
    let many = |count: u8| {
        let list: Vec<Vec<u8>> =
            (0..count).map(|id| [&hex!("3009 0603 2a03")[..], &[id & 0x7f], &hex!("0402 0500")].concat()).collect();
        let mut parts = Parts::new();
        parts.extensions = extensions(&list.iter().map(Vec::as_slice).collect::<Vec<_>>());
        parts
    };
    assert_eq!(many(128).read().unwrap().extensions().len(), 128);
    assert_eq!(many(129).kind(), DecodeErrorKind::Duplicate);
    let mut parts = many(128);
    let mut list: Vec<Vec<u8>> =
        (0..128).map(|id| [&hex!("3009 0603 2a03")[..], &[id], &hex!("0402 0500")].concat()).collect();
    list.push(KEY_USAGE.to_vec());
    parts.extensions = extensions(&list.iter().map(Vec::as_slice).collect::<Vec<_>>());
    assert_eq!(parts.kind(), DecodeErrorKind::TooMany);
    let huge = vec![0x30; Certificate::MAX_SIZE + 1];
    assert_eq!(Certificate::from_der(&huge).unwrap_err().kind(), DecodeErrorKind::TooLarge);
}

/// Calls everything there is on a certificate.
fn look_at_all(certificate: &Certificate) {
    let _ = format!("{certificate:?} {:?}", certificate.public_key());
    let _ = (certificate.is_self_issued(), certificate.oddities().count(), certificate.signature_algorithm());
    let _ = format!("{:?} {:?}", certificate.subject_alt_name(), certificate.issuer_alt_name());
    let _ = format!("{:?} {:?}", certificate.key_usage(), certificate.extended_key_usage());
    let _ = format!("{:?} {:?}", certificate.authority_key_identifier(), certificate.subject_key_identifier());
    let _ = format!("{:?} {:?}", certificate.certificate_policies(), certificate.policy_mappings());
    let _ = format!("{:?} {:?}", certificate.policy_constraints(), certificate.inhibit_any_policy());
    let _ = format!("{:?} {:?}", certificate.name_constraints(), certificate.basic_constraints());
    let _ = format!("{:?} {:?}", certificate.crl_distribution_points(), certificate.freshest_crl());
    let _ = format!("{:?} {:?}", certificate.authority_info_access(), certificate.subject_info_access());
    let _ = certificate.subject_directory_attributes();
}

#[test]
fn every_truncation_is_an_error() {
    for length in 0..EVERY_EXTENSION.len() {
        assert!(Certificate::from_der(&EVERY_EXTENSION[..length]).is_err());
    }
}

#[test]
fn no_change_of_one_byte_panics() {
    let mut der = EVERY_EXTENSION.to_vec();
    let mut read = 0;
    for place in 0..der.len() {
        let original = der[place];
        for value in (0..=255).step_by(3).chain([original ^ 1, original ^ 0x80, original.wrapping_add(1)]) {
            der[place] = value;
            if let Ok(certificate) = Certificate::from_der(&der) {
                look_at_all(&certificate);
                assert_eq!(certificate.as_der(), der);
                read += 1;
            }
        }
        der[place] = original;
    }
    assert!(read > 1000);
}

fn builder(subject: &str) -> CertificateBuilder {
    let key = Certificate::from_der(EVERY_EXTENSION).unwrap().public_key().to_owned();
    builder_for(Name::from_common_name(subject).unwrap(), key)
}

fn builder_for(subject: Name, key: PublicKey) -> CertificateBuilder {
    let start = UnixTime::from_civil(2026, 11, 23, 0, 0, 0).unwrap();
    let validity = Validity::starting(start, core::time::Duration::from_secs(86_400));
    let serial = SerialNumber::from_bytes(&[0x80, 1]).unwrap();
    CertificateBuilder::new(serial, Name::from_common_name("issuer").unwrap(), subject, validity, key)
}

fn finish(builder: CertificateBuilder) -> Certificate {
    let unsigned = builder.build(SignatureAlgorithm::ECDSA_SHA256).unwrap();
    let message = unsigned.message().to_vec();
    let certificate = unsigned.attach(Signature::new(vec![0xaa; 70]));
    assert_eq!(certificate.tbs(), message);
    assert_eq!(certificate.signature(), [0xaa; 70]);
    // What was put together is what is read back.
    let read = Certificate::from_der(certificate.as_der()).unwrap();
    assert_eq!((read.tbs(), read.signature()), (certificate.tbs(), certificate.signature()));
    assert_eq!(read.signature_algorithm(), certificate.signature_algorithm());
    assert_eq!(read.subject(), certificate.subject());
    assert_eq!(read.public_key(), certificate.public_key());
    assert!(read.extensions().iter().eq(certificate.extensions().iter()));
    certificate
}

#[test]
fn rfc5280_s4_1_2_1_version_by_contents() {
    let plain = finish(builder("x"));
    assert_eq!((plain.version(), plain.serial_number()), (1, &[0, 0x80, 1][..]));
    assert_eq!(finish(builder("x").with_key_usage(KeyUsage::CRL_SIGN)).version(), 3);
    assert_eq!(finish(builder("x").with_key_usage(KeyUsage::CRL_SIGN).with_key_usage(KeyUsage::NONE)).version(), 1);
}

#[test]
fn profiles_of_elliptic_curve_keys_cannot_be_encrypted_to() {
    let usage =
        |profile: Profile| finish(builder("x").with_profile(&profile)).key_usage().unwrap().unwrap().to_string();
    assert_eq!(usage(Profile::ROOT_CA), "keyCertSign, cRLSign");
    assert_eq!(usage(Profile::ROOT_CA.answering_scep()), "digitalSignature, keyCertSign, cRLSign");
    assert_eq!(usage(Profile::issuing_ca(0)), "keyCertSign, cRLSign");
    assert_eq!(usage(Profile::RA_SIGNING), "digitalSignature");
    assert_eq!(usage(Profile::RA_ENCRYPTION), "keyEncipherment");
    assert_eq!(usage(Profile::DEVICE_CLIENT), "digitalSignature");
    assert_eq!(usage(Profile::SCEP_TRANSPORT), "digitalSignature");
}

#[test]
fn rfc8894_s2_1_2_and_s2_3_profiles_of_rsa_keys() {
    let rsa = crate::Csr::from_der(include_bytes!("../../tests/data/x509/csr.der")).unwrap().public_key().to_owned();
    let make = |profile: Profile| {
        finish(builder_for(Name::from_common_name("x").unwrap(), rsa.clone()).with_profile(&profile))
    };
    let usage = |profile: Profile| make(profile).key_usage().unwrap().unwrap().to_string();
    assert_eq!(usage(Profile::ROOT_CA), "keyCertSign, cRLSign");
    assert_eq!(usage(Profile::ROOT_CA.answering_scep()), "digitalSignature, keyEncipherment, keyCertSign, cRLSign");
    assert_eq!(usage(Profile::SCEP_TRANSPORT), "digitalSignature, keyEncipherment");
    assert_eq!(usage(Profile::DEVICE_CLIENT), "digitalSignature, keyEncipherment");
    assert_eq!(usage(Profile::RA_SIGNING), "digitalSignature");
    assert_eq!(usage(Profile::TLS_SERVER.with_key_usage(KeyUsage::DIGITAL_SIGNATURE)), "digitalSignature");
    let server = make(Profile::TLS_SERVER);
    assert!(server.extended_key_usage().unwrap().unwrap().iter().eq([oid::SERVER_AUTH]));
    assert_eq!(server.basic_constraints(), Ok(Some(BasicConstraints::END_ENTITY)));
    let issuing = make(Profile::issuing_ca(0));
    assert_eq!(issuing.basic_constraints(), Ok(Some(BasicConstraints { is_ca: true, path_length: Some(0) })));
    assert!(issuing.extension(oid::BASIC_CONSTRAINTS).unwrap().critical);
    assert_eq!(make(Profile::SCEP_TRANSPORT).basic_constraints(), Ok(None));
    let agent = make(Profile::RA_SIGNING.with_extended_key_usage(&[oid::CERTIFICATE_REQUEST_AGENT]));
    assert!(agent.extended_key_usage().unwrap().unwrap().contains(&oid::CERTIFICATE_REQUEST_AGENT));
}

#[cfg(feature = "rustcrypto")]
#[test]
fn rfc5280_s4_2_1_1_key_identifiers_chain() {
    use crate::crypto::rustcrypto::PROVIDER;
    let root = finish(builder("root").with_profile(&Profile::ROOT_CA).with_subject_key_identifier(&PROVIDER));
    let below = finish(builder("x").with_authority(&root, &PROVIDER));
    let own = root.subject_key_identifier().unwrap().unwrap().as_bytes();
    assert_eq!(below.authority_key_identifier().unwrap().unwrap().key_identifier, Some(own));
    // An issuer without an identifier of its own, and with one that is not a digest.
    let anonymous = finish(builder("root"));
    let below = finish(builder("x").with_authority(&anonymous, &PROVIDER));
    assert_eq!(below.authority_key_identifier().unwrap().unwrap().key_identifier, Some(own));
    let custom =
        finish(builder("root").add_extension(oid::SUBJECT_KEY_IDENTIFIER, Criticality::NonCritical, &hex!("040107")));
    let below = finish(builder("x").with_authority(&custom, &PROVIDER));
    assert_eq!(below.authority_key_identifier().unwrap().unwrap().key_identifier, Some(&[7][..]));
    let by_key = finish(builder("x").with_authority_key(&root.public_key().to_owned(), &PROVIDER));
    assert_eq!(by_key.authority_key_identifier().unwrap().unwrap().key_identifier, Some(own));
    let bare = CryptoProvider { digests: &[], ..PROVIDER };
    let error = builder("x").with_subject_key_identifier(&bare).build(SignatureAlgorithm::ECDSA_SHA256).unwrap_err();
    assert_eq!(error, BuildError::MissingDigest);
}

#[test]
fn rfc5280_s4_2_1_6_alternative_name_is_critical_beside_an_empty_subject() {
    let names = || GeneralNamesBuilder::new().add_dns_name("host.example");
    let key = Certificate::from_der(EVERY_EXTENSION).unwrap().public_key().to_owned();
    let nameless = finish(builder_for(Name::empty(), key.clone()).with_subject_alt_name(names()));
    assert!(nameless.extension(oid::SUBJECT_ALT_NAME).unwrap().critical);
    assert!(nameless.subject_alt_name().unwrap().unwrap().contains(&GeneralName::DnsName("host.example")));
    assert!(!finish(builder("x").with_subject_alt_name(names())).extension(oid::SUBJECT_ALT_NAME).unwrap().critical);
    let error = builder_for(Name::empty(), key).build(SignatureAlgorithm::ECDSA_SHA256).unwrap_err();
    assert_eq!(error, BuildError::Empty("subject"));
}

#[test]
fn what_cannot_be_built() {
    let error = |builder: CertificateBuilder| builder.build(SignatureAlgorithm::ECDSA_SHA256).unwrap_err();
    let add = |builder: CertificateBuilder| builder.add_extension(oid::TITLE, Criticality::NonCritical, &hex!("0500"));
    assert_eq!(error(add(add(builder("x")))), BuildError::Duplicate(oid::TITLE.into()));
    assert_eq!(error(add(add(builder("x")))).to_string(), "2.5.4.12 was added twice");
    let bad = builder("x").add_extension(oid::TITLE, Criticality::Critical, &[]);
    assert_eq!(error(bad), BuildError::InvalidValue("extnValue"));
    let nowhere = builder("x").with_crl_distribution_points(&[""]);
    assert_eq!(error(nowhere), BuildError::Empty("uniformResourceIdentifier"));
    let foreign = builder("x").with_authority_info_access(&[(oid::AD_OCSP, "http://é/")]);
    assert_eq!(error(foreign), BuildError::InvalidCharacters("uniformResourceIdentifier"));
    let unnamed = builder("x").with_subject_alt_name(GeneralNamesBuilder::new());
    assert_eq!(error(unnamed), BuildError::Empty("GeneralNames"));
    let large = Writer::encode(|w| w.octet_string(&vec![0; Certificate::MAX_SIZE / 2]));
    let large = builder("x").add_extension(oid::TITLE, Criticality::Critical, &large);
    assert_eq!(error(large), BuildError::TooLong("tbsCertificate"));
    let many = (0..=128_u8).fold(builder("x"), |builder, id| {
        let oid = [0x2a, 0x03, id / 2, id % 2];
        builder.add_extension(Oid::from_bytes(&oid).unwrap(), Criticality::NonCritical, &hex!("0500"))
    });
    assert!(matches!(error(many), BuildError::Unreadable(error) if error.kind() == DecodeErrorKind::TooMany));

    let key = Certificate::from_der(EVERY_EXTENSION).unwrap().public_key().to_owned();
    let name = || Name::from_common_name("x").unwrap();
    let [early, late] = [0, 1].map(UnixTime::from_seconds);
    let serial = || SerialNumber::from_bytes(&[1]).unwrap();
    let backwards = CertificateBuilder::new(serial(), name(), name(), Validity::new(late, early), key.clone());
    assert_eq!(error(backwards), BuildError::InvalidValue("validity"));
    let orphan = CertificateBuilder::new(serial(), Name::empty(), name(), Validity::new(early, late), key);
    assert_eq!(error(orphan), BuildError::Empty("issuer"));
}

#[test]
fn a_tbs_certificate_that_was_kept_is_signed_as_it_is() {
    let made = builder("device").build(SignatureAlgorithm::ECDSA_SHA256).unwrap();
    let kept = Certificate::to_be_signed(made.message()).unwrap();
    assert_eq!((kept.message(), kept.algorithm()), (made.message(), made.algorithm()));
    let signature = || Signature::new(vec![0xaa; 70]);
    assert_eq!(kept.attach(signature()), made.attach(signature()));

    let rest = made.message().get(1..).unwrap();
    assert!(matches!(Certificate::to_be_signed(rest), Err(BuildError::Unreadable(_))));
    let unknown = Parts { signature: hex!("3005 06032a0304").to_vec(), ..Parts::new() }.read().unwrap();
    assert_eq!(Certificate::to_be_signed(unknown.tbs()).err(), Some(BuildError::InvalidValue("signature")));
    let key = [&hex!("3082 9013 300d 06092a864886f70d010101 0500 0382 9000")[..], &[0; 0x9000]].concat();
    let long = Parts { key, ..Parts::new() }.read().unwrap();
    assert_eq!(Certificate::to_be_signed(long.tbs()).err(), Some(BuildError::TooLong("tbsCertificate")));
}

#[test]
fn rfc5280_s4_2_1_policies_of_a_ca() {
    let one = Oid::from_bytes(&hex!("2a0301")).unwrap();
    let two = Oid::from_bytes(&hex!("2a0302")).unwrap();
    let certificate = finish(
        builder("ca")
            .with_certificate_policies(&[one, oid::ANY_POLICY])
            .with_policy_mappings(&[(one, two), (one, one)])
            .with_policy_constraints(PolicyConstraints::new(Some(0), Some(128)))
            .with_inhibit_any_policy(2),
    );
    // 4.2.1.5, 4.2.1.11 and 4.2.1.14 want those critical.
    for (oid, critical, value) in [
        (oid::CERTIFICATE_POLICIES, false, &hex!("300f 3005 06032a0301 3006 0604551d2000")[..]),
        (oid::POLICY_MAPPINGS, true, &hex!("3018 300a 06032a0301 06032a0302 300a 06032a0301 06032a0301")),
        (oid::POLICY_CONSTRAINTS, true, &hex!("3007 800100 81020080")),
        (oid::INHIBIT_ANY_POLICY, true, &hex!("020102")),
    ] {
        let extension = certificate.extension(oid).unwrap();
        assert_eq!((extension.critical, extension.value), (critical, value), "{oid}");
    }
    let policies = certificate.certificate_policies().unwrap().unwrap();
    assert!(policies.iter().map(|policy| policy.policy).eq([one, oid::ANY_POLICY]));
    let mapping = certificate.policy_mappings().unwrap().unwrap().iter().next().unwrap();
    assert_eq!((mapping.issuer_domain_policy, mapping.subject_domain_policy), (one, two));
    assert_eq!(certificate.policy_constraints(), Ok(Some(PolicyConstraints::new(Some(0), Some(128)))));
    assert_eq!(certificate.inhibit_any_policy(), Ok(Some(2)));

    let none = builder("ca").with_certificate_policies(&[]).with_policy_mappings(&[]);
    let none = finish(none.with_policy_constraints(PolicyConstraints::new(None, None)));
    assert!(none.extensions().is_empty());

    let error = |builder: CertificateBuilder| builder.build(SignatureAlgorithm::ECDSA_SHA256).unwrap_err();
    assert_eq!(error(builder("ca").with_certificate_policies(&[two, one, two])), BuildError::Duplicate(two.into()));
    for mapping in [(one, oid::ANY_POLICY), (oid::ANY_POLICY, one)] {
        let error = error(builder("ca").with_policy_mappings(&[(one, two), mapping]));
        assert_eq!(error, BuildError::InvalidValue("policyMappings"));
    }
}

#[test]
fn extensions_of_a_csr_can_be_taken_over() {
    let csr = crate::Csr::from_der(include_bytes!("../../tests/data/x509/csr.der")).unwrap();
    let requested = csr.extension_request();
    let certificate = finish(requested.iter().fold(builder("x"), |builder, extension| {
        builder.add_extension(extension.oid, extension.criticality(), extension.value)
    }));
    assert!(certificate.extensions().iter().eq(requested.iter()));
}

#[test]
fn no_places_leave_their_extensions_out() {
    let certificate = finish(builder("x").with_crl_distribution_points(&[]).with_authority_info_access(&[]));
    assert!(certificate.extensions().is_empty());
}

#[test]
fn a_long_signature_needs_longer_lengths() {
    for length in [0, 1, 127, 128, 256, 5000] {
        let unsigned =
            builder("x").with_key_usage(KeyUsage::CRL_SIGN).build(SignatureAlgorithm::RSA_PKCS1_SHA256).unwrap();
        let certificate = unsigned.attach(Signature::new(vec![0x55; length]));
        let read = Certificate::from_der(certificate.as_der()).unwrap();
        assert_eq!(certificate.signature(), read.signature());
        assert_eq!(certificate.tbs(), read.tbs());
        assert_eq!(certificate.signature_algorithm(), SignatureAlgorithm::RSA_PKCS1_SHA256.identifier());
        assert_eq!(certificate.key_usage(), Ok(Some(KeyUsage::CRL_SIGN)));
    }
}
