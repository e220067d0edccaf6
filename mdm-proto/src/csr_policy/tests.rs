use alloc::{string::ToString, vec, vec::Vec};

use hex_literal::hex;
use pki_core::{
    Csr, CsrBuilder, DecodeErrorKind, GeneralNamesBuilder, KeyKind, Name, OwnedOid, PublicKey, Secret,
    algorithm::SignatureAlgorithm, crypto::Signature, extension::KeyUsage, oid,
};
use scep::server::{KeyRefused, NameMismatch, Names};

use super::*;
use crate::profile::{
    AlternativeNameTemplate, CertificateTemplate, Curve, KeyAlgorithm, KeySpec, NameTemplate, ProfileId, ScepProfile,
    ScepSettings, Template, Variable, Variables,
};

// Made by OpenSSL: see the README there.
const DEVICE: &[u8] = include_bytes!("../../tests/data/csr/device.der");
const OTHERWISE: &[u8] = include_bytes!("../../tests/data/csr/device-otherwise.der");
const PLAIN: &[u8] = include_bytes!("../../tests/data/csr/plain.der");
const ANOTHER: &[u8] = include_bytes!("../../tests/data/csr/another.der");
const UNREADABLE: &[u8] = include_bytes!("../../tests/data/csr/unreadable.der");
const EXTRAS: &[u8] = include_bytes!("../../tests/data/csr/extras.der");
const SHORT: &[u8] = include_bytes!("../../tests/data/csr/short.der");

const RSA: KeyAlgorithm = KeyAlgorithm::Rsa { bits: 2048 };

fn csr(der: &[u8]) -> Csr {
    Csr::from_der(der).unwrap()
}

fn template() -> CertificateTemplate {
    CertificateTemplate::Name("DeviceClient".into())
}

fn profile() -> ScepProfile {
    let settings = ScepSettings::new(ProfileId::new("p").unwrap(), "https://ca.example.com/")
        .with_extended_key_usage(&[oid::CLIENT_AUTH, oid::EMAIL_PROTECTION])
        .with_template(template());
    let text = |text| Template::parse(text).unwrap();
    ScepProfile::new(settings, NameTemplate::parse("CN=%DeviceId%,O=Example").unwrap())
        .add_alternative_name(AlternativeNameTemplate::Upn(text("%UserPrincipalName%")))
        .add_alternative_name(AlternativeNameTemplate::Sid(text("%UserSid%")))
        .add_alternative_name(AlternativeNameTemplate::Email(text("%UserName%@example.com")))
        .add_alternative_name(AlternativeNameTemplate::Dns(text("%DeviceId%.example.com")))
}

fn variables() -> Variables {
    Variables::new()
        .with(Variable::DeviceId, "device-1")
        .with(Variable::UserName, "jane")
        .with(Variable::UserPrincipalName, "jane@corp.example.com")
        .with(Variable::UserSid, "S-1-5-21-1-2-3-1013")
}

fn expectation() -> Expectation {
    Expectation::from_profile(&profile(), &variables()).unwrap()
}

fn strict() -> Expectation {
    Field::ALL.into_iter().fold(expectation(), |all, field| all.with_rule(field, FieldRule::MustEqual))
}

fn fields(result: Result<(), Mismatches>) -> Vec<Field> {
    result.err().iter().flat_map(Mismatches::listed).map(Mismatch::field).collect()
}

/// Only a subject and a key.
fn bare(common_name: &str, key: ExpectedKey) -> Expectation {
    Expectation::new(Names::new(Name::from_common_name(common_name).unwrap()), key)
}

#[test]
fn what_the_profile_says_is_what_openssl_asks_for() {
    assert_eq!(strict().check(&csr(DEVICE)), Ok(()));
    assert_eq!(strict().with_comparison(NameComparison::Raw).check(&csr(DEVICE)), Err(raw_subject()));
}

/// OpenSSL was told to write UTF8String, and we write PrintableString.
fn raw_subject() -> Mismatches {
    let asked = csr(DEVICE).subject().to_owned();
    let allowed = expectation().names().subject().clone();
    Mismatches::check(vec![Mismatch::Name(NameMismatch::Subject { asked, allowed })]).unwrap_err()
}

#[test]
fn names_are_sets_and_compare_by_what_they_mean() {
    assert_eq!(strict().check(&csr(OTHERWISE)), Ok(()));
    let raw = strict().with_comparison(NameComparison::Raw);
    let mismatches = raw.check(&csr(OTHERWISE)).unwrap_err();
    // The subject; DNS name, mailbox, SID and UPN beyond; mailbox, SID and UPN missing.
    assert_eq!(mismatches.listed().len(), 8, "{mismatches}");
    assert!(mismatches.concern(Field::Subject) && !mismatches.concern(Field::KeyUsage));
}

/// RFC 5280 section 7.5: the part before the `@` has a case, and so has the path of a URI (section 7.4).
#[test]
fn rfc5280_s7_what_has_a_case_is_compared_with_it() {
    let key = ExpectedKey::Algorithm(RSA);
    let differs = |one: GeneralNamesBuilder, other: GeneralNamesBuilder| {
        let names = |names| Names::new(Name::empty()).with_alternative(names).unwrap();
        !names::differences(&names(one), &names(other), NameComparison::Normalised).is_empty()
    };
    let builder = GeneralNamesBuilder::new;
    assert!(!differs(builder().add_email_address("a@X.y"), builder().add_email_address("a@x.Y")));
    assert!(differs(builder().add_email_address("A@x.y"), builder().add_email_address("a@x.y")));
    assert!(!differs(builder().add_uri("HTTP://u@X.y/p?Q"), builder().add_uri("http://u@x.Y/p?Q")));
    assert!(differs(builder().add_uri("http://u@x.y/P"), builder().add_uri("http://u@x.y/p")));
    assert!(differs(builder().add_uri("http://U@x.y/p"), builder().add_uri("http://u@x.y/p")));
    assert!(!differs(builder().add_uri("URN:x"), builder().add_uri("urn:x")));
    assert!(differs(builder().add_uri("urn:X"), builder().add_uri("urn:x")));
    assert!(!differs(builder().add_uri("noscheme"), builder().add_uri("noscheme")));
    assert!(!differs(builder().add_email_address("X"), builder().add_email_address("X")));
    // A name of another kind is another name.
    assert!(differs(builder().add_dns_name("x.y"), builder().add_uri("x.y")));
    assert!(differs(builder().add_upn("a@x.y"), builder().add_email_address("a@x.y")));
    assert!(!differs(builder().add_ip_address([10, 0, 0, 1].into()), builder().add_ip_address([10, 0, 0, 1].into())));
    assert!(differs(builder().add_ip_address([10, 0, 0, 1].into()), builder().add_ip_address([10, 0, 0, 2].into())));
    assert_eq!(bare("x", key).key(), key);
}

#[test]
fn everything_that_is_otherwise_is_listed() {
    let mismatches = expectation().check(&csr(ANOTHER)).unwrap_err();
    let purposes: Vec<OwnedOid> = [oid::CLIENT_AUTH, oid::EMAIL_PROTECTION].map(OwnedOid::from).into();
    let name = |name: GeneralNamesBuilder| name.build().unwrap()[2..].to_vec();
    let names = GeneralNamesBuilder::new;
    let template_id = CertificateTemplate::Id(oid_of(&hex!("2b0601040182371508010203")));
    // 4 SANs were expected, 1 is there, and 1 more; by the order of their octets.
    let expected = vec![
        Mismatch::Name(NameMismatch::Subject {
            asked: csr(ANOTHER).subject().to_owned(),
            allowed: expectation().names().subject().clone(),
        }),
        Mismatch::Name(NameMismatch::Added { name: name(names().add_dns_name("vpn.example.com")) }),
        Mismatch::Name(NameMismatch::Missing { name: name(names().add_upn("jane@corp.example.com")) }),
        Mismatch::Name(NameMismatch::Missing { name: name(names().add_dns_name("device-1.example.com")) }),
        Mismatch::Name(NameMismatch::Missing {
            name: name(names().add_uri("tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-1013")),
        }),
        Mismatch::KeyUsage {
            expected: KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT,
            found: KeyUsage::KEY_CERT_SIGN,
        },
        Mismatch::ExtendedKeyUsage { expected: purposes, found: vec![oid::SERVER_AUTH.into()] },
        Mismatch::Template { expected: Some(template()), found: vec![template_id] },
    ];
    assert_eq!(mismatches.listed(), expected);
    assert_eq!(mismatches.omitted(), 0);
    assert_eq!(mismatches.to_string().matches("; ").count(), expected.len() - 1);
}

fn oid_of(octets: &[u8]) -> OwnedOid {
    pki_core::Oid::from_bytes(octets).unwrap().into()
}

#[test]
fn what_may_be_absent_may_be_absent_only() {
    let may = Field::ALL.into_iter().fold(expectation(), |all, field| all.with_rule(field, FieldRule::MayBeAbsent));
    let may = may.with_key(ExpectedKey::Algorithm(KeyAlgorithm::Ec(Curve::P256)));
    assert_eq!(may.check(&csr(PLAIN)), Ok(()));
    let found = fields(may.check(&csr(ANOTHER)));
    let missed: Vec<_> = Field::ALL.into_iter().filter(|field| !found.contains(field)).collect();
    assert_eq!(missed, [Field::Extras]);
    // Names and key are expected unless told, usages and template are not.
    let usual = expectation().with_key(ExpectedKey::Algorithm(KeyAlgorithm::Ec(Curve::P256)));
    assert_eq!(fields(usual.check(&csr(PLAIN))), vec![Field::AlternativeNames; 4]);
    let strict = strict().with_key(ExpectedKey::Algorithm(KeyAlgorithm::Ec(Curve::P256)));
    let found = fields(strict.check(&csr(PLAIN)));
    assert_eq!(found[4..], [Field::KeyUsage, Field::ExtendedKeyUsage, Field::Template]);
    // An empty subject is absent.
    let (names, key) = (expectation().names().clone(), ExpectedKey::Algorithm(RSA));
    let subjectless = Expectation::new(names, key).with_rule(Field::Subject, FieldRule::MayBeAbsent);
    assert_eq!(subjectless.rule(Field::Subject), FieldRule::MayBeAbsent);
}

#[test]
fn what_is_not_compared_is_not_looked_at() {
    let nothing = Field::ALL.into_iter().fold(expectation(), |all, field| all.with_rule(field, FieldRule::NotCompared));
    for der in [DEVICE, PLAIN, ANOTHER, UNREADABLE, SHORT, EXTRAS] {
        assert_eq!(nothing.check(&csr(der)), Ok(()));
    }
}

/// Whoever asks for a template or a usage that nobody expected wants something.
#[test]
fn where_nothing_is_expected_nothing_may_be_asked_for() {
    let bare = Expectation::new(expectation().names().clone(), ExpectedKey::Algorithm(RSA));
    let found = fields(bare.check(&csr(DEVICE)));
    assert_eq!(found, [Field::KeyUsage, Field::ExtendedKeyUsage, Field::Template]);
}

/// The SID of somebody else in the extension by which Active Directory maps certificates, a CA, and names in an attribute.
#[test]
fn what_is_beside_the_names_is_refused() {
    let mismatches = expectation().check(&csr(EXTRAS)).unwrap_err();
    let expected = [
        Mismatch::OtherExtension(oid_of(&hex!("2b0601040182371902"))),
        Mismatch::OtherExtension(oid::BASIC_CONSTRAINTS.into()),
    ];
    assert_eq!(mismatches.listed(), expected);
    let tolerant = expectation().with_rule(Field::Extras, FieldRule::NotCompared);
    assert_eq!(tolerant.check(&csr(EXTRAS)), Ok(()));

    let device = csr(DEVICE);
    let pairs = oid_of(&hex!("2b060104018237 0d0201"));
    let version = oid_of(&hex!("2b060104018237 0d0203"));
    let builder = CsrBuilder::new(device.subject().to_owned(), device.public_key().to_owned())
        .with_subject_alt_name(expectation().names().alternative().collect())
        .with_challenge_password(&Secret::from("x"))
        .add_attribute(version.as_oid().unwrap(), &hex!("0500"))
        .add_attribute(oid::UNSTRUCTURED_NAME, &hex!("0c0178"))
        .add_attribute(pairs.as_oid().unwrap(), &hex!("0500"));
    let csr = builder.build(SignatureAlgorithm::RSA_PKCS1_SHA256).unwrap().attach(Signature::new(vec![0]));
    let mismatches = expectation().check(&csr).unwrap_err();
    assert_eq!(mismatches.listed(), [Mismatch::OtherAttribute(pairs)]);
    assert!(mismatches.concern(Field::Extras) && mismatches.to_string().contains("1.3.6.1.4.1.311.13.2.1"));
}

#[test]
fn what_can_not_be_read_is_a_mismatch() {
    let mismatches = expectation().check(&csr(UNREADABLE)).unwrap_err();
    let kinds: Vec<_> = mismatches
        .listed()
        .iter()
        .map(|mismatch| match mismatch {
            Mismatch::Name(NameMismatch::Unreadable(error)) => (Field::AlternativeNames, error.kind()),
            Mismatch::Unreadable { field, error } => (*field, error.kind()),
            other => panic!("{other}"),
        })
        .collect();
    let fields: Vec<_> = kinds.iter().map(|(field, _)| *field).collect();
    assert_eq!(fields, [Field::AlternativeNames, Field::KeyUsage, Field::ExtendedKeyUsage, Field::Template]);
    assert_eq!(kinds[0].1, DecodeErrorKind::Empty);
    assert_eq!(kinds[2].1, DecodeErrorKind::Empty);
}

#[test]
fn keys_by_algorithm_and_by_digest() {
    let device = csr(DEVICE);
    let names = Names::of_csr(&device).unwrap();
    let key_only = |key| {
        let all = Expectation::new(names.clone(), key);
        let others = [Field::KeyUsage, Field::ExtendedKeyUsage, Field::Template];
        others.into_iter().fold(all, |all, field| all.with_rule(field, FieldRule::NotCompared))
    };
    assert_eq!(key_only(ExpectedKey::Algorithm(RSA)).check(&device), Ok(()));
    for (algorithm, refused) in [
        (KeyAlgorithm::Rsa { bits: 4096 }, KeyRefused::RsaBits { bits: 2048, fewest: 4096, most: 4096 }),
        (KeyAlgorithm::Rsa { bits: 2047 }, KeyRefused::RsaBits { bits: 2048, fewest: 2047, most: 2047 }),
        (KeyAlgorithm::Ec(Curve::P256), KeyRefused::Kind(KeyKind::Rsa { bits: 2048 })),
    ] {
        let expected = Mismatch::Key { expected: algorithm, found: KeyKind::Rsa { bits: 2048 }, refused };
        let mismatches = key_only(ExpectedKey::Algorithm(algorithm)).check(&device).unwrap_err();
        assert_eq!(mismatches.listed(), [expected]);
    }
    let short = Mismatch::Key {
        expected: RSA,
        found: KeyKind::Rsa { bits: 1024 },
        refused: KeyRefused::RsaBits { bits: 1024, fewest: 2048, most: 2048 },
    };
    assert!(expectation().check(&csr(SHORT)).unwrap_err().listed().contains(&short));
    for (curve, others) in [(Curve::P256, [Curve::P384, Curve::P521]), (Curve::P384, [Curve::P256, Curve::P521])] {
        let plain = csr(PLAIN);
        let names = Names::of_csr(&plain).unwrap();
        let check =
            |curve| Expectation::new(names.clone(), ExpectedKey::Algorithm(KeyAlgorithm::Ec(curve))).check(&plain);
        assert_eq!(check(curve).is_ok(), curve == Curve::P256);
        assert_eq!(others.map(|other| check(other).is_ok()), others.map(|other| other == Curve::P256));
    }

    // openssl req -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256
    let digest = KeyDigest::of(device.public_key());
    assert_eq!(digest.to_string(), "87972efe3e6c2dff7e33b2bad25a98239a6b3584c357c2521c1b50e733ab6f2a");
    assert_eq!(key_only(ExpectedKey::Exact(digest)).check(&device), Ok(()));
    let other = KeyDigest::of(csr(ANOTHER).public_key());
    let mismatches = key_only(ExpectedKey::Exact(other)).check(&device).unwrap_err();
    assert_eq!(mismatches.listed(), [Mismatch::OtherKey { expected: other, found: digest }]);
}

/// RFC 8017 section 3.1: the modulus is a product of odd primes.
#[test]
fn a_key_of_the_right_length_can_be_plainly_bad() {
    let device = csr(DEVICE);
    let mut der = device.public_key().as_der().to_vec();
    // The last octet of the modulus lies before 02 03 01 00 01.
    let last = der.len() - 6;
    der[last] &= 0xfe;
    let key = PublicKey::from_der(&der).unwrap();
    let mismatch = ExpectedKey::Algorithm(RSA).check(key.as_ref()).unwrap_err();
    let kind = KeyKind::Rsa { bits: 2048 };
    assert_eq!(mismatch, Mismatch::Key { expected: RSA, found: kind, refused: KeyRefused::Rsa });
    assert!(mismatch.to_string().contains("bad modulus"));
}

#[test]
fn templates_by_identifier_and_by_name() {
    let id = CertificateTemplate::Id(oid_of(&hex!("2b0601040182371508010203")));
    let only = |template: CertificateTemplate| {
        let all = expectation().with_template(template);
        Field::ALL
            .into_iter()
            .filter(|field| *field != Field::Template)
            .fold(all, |all, field| all.with_rule(field, FieldRule::NotCompared))
    };
    assert_eq!(only(id.clone()).check(&csr(ANOTHER)), Ok(()));
    assert_eq!(only(CertificateTemplate::Name("DEVICECLIENT".into())).check(&csr(DEVICE)), Ok(()));
    for (template, der) in [
        (id, DEVICE),
        (template(), ANOTHER),
        (CertificateTemplate::Name("Other".into()), DEVICE),
        (CertificateTemplate::Id(oid::CLIENT_AUTH.into()), ANOTHER),
    ] {
        assert_eq!(fields(only(template).check(&csr(der))), [Field::Template]);
    }
    assert_eq!(only(template()).check(&csr(PLAIN)), Ok(()));
}

/// The extension values as Microsoft has them: OpenSSL made the same for `device.der`.
#[test]
fn a_template_is_written_as_it_is_read() {
    let (oid, value) = template().to_extension();
    assert_eq!(csr(DEVICE).extension_request().find(oid).unwrap().value, value);
    let (oid, value) = CertificateTemplate::Id(oid::CLIENT_AUTH.into()).to_extension();
    assert_eq!(
        (oid.to_string().as_str(), value.as_slice()),
        ("1.3.6.1.4.1.311.21.7", &hex!("300a 0608 2b06010505070302")[..])
    );
}

#[test]
fn a_csr_with_thousands_of_names_has_a_short_list() {
    let many: GeneralNamesBuilder = (0..4000)
        .fold(GeneralNamesBuilder::new(), |many, index| many.add_dns_name(&alloc::format!("host-{index}.example.com")));
    let found = Names::new(Name::empty()).with_alternative(many).unwrap();
    let all = names::differences(expectation().names(), &found, NameComparison::Normalised);
    let mismatches = Mismatches::check(all.into_iter().map(Mismatch::Name).collect()).unwrap_err();
    assert_eq!((mismatches.listed().len(), mismatches.omitted()), (32, 4000 + 4 - 32));
    assert!(mismatches.to_string().ends_with("; and 3972 more"));
    assert_eq!(Mismatches::check(vec![]), Ok(()));
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let by_id = strict().with_template(CertificateTemplate::Id(oid::CLIENT_AUTH.into()));
    let digest = ExpectedKey::Exact(KeyDigest::from_bytes([7; 32]));
    let ec = |curve| ExpectedKey::Algorithm(KeyAlgorithm::Ec(curve));
    for expectation in [
        expectation(),
        strict().with_comparison(NameComparison::Raw),
        by_id.with_key(digest),
        expectation().with_rule(Field::Key, FieldRule::NotCompared).with_rule(Field::Template, FieldRule::NotCompared),
        bare("x", ec(Curve::P256)),
        bare("x", ec(Curve::P384)).with_key_usage(KeyUsage::DECIPHER_ONLY),
        bare("x", ec(Curve::P521)).with_extended_key_usage(&[oid::CLIENT_AUTH]),
    ] {
        let der = expectation.to_der();
        assert_eq!(Expectation::from_der(&der), Ok(expectation));
    }
}

/// By hand from X.690: version 1; rules 01 for extKeyUsage, keyUsage and template, the second, fifth and seventh of seven; the subject; 2048.
#[test]
fn the_record_of_version_1_is_this() {
    let der = bare("x", ExpectedKey::Algorithm(RSA)).to_der();
    let expected = hex!(
        "3019 020101 02020411"
        "300c 310a 3008 0603550403 130178"
        "02020800"
    );
    assert_eq!(der, expected);
}

#[test]
fn what_is_no_record_is_refused() {
    let kind = |der: &[u8]| Expectation::from_der(der).map_err(|error| error.kind()).unwrap_err();
    let with = |offset: usize, octet: u8| {
        let mut der = bare("x", ExpectedKey::Algorithm(RSA)).to_der();
        der[offset] = octet;
        der
    };
    assert_eq!(kind(&[0x30]), DecodeErrorKind::Truncated);
    assert_eq!(kind(&vec![0x30; Expectation::MAX_SIZE + 1]), DecodeErrorKind::TooLarge);
    assert_eq!(kind(&with(4, 2)), DecodeErrorKind::UnsupportedVersion);
    assert_eq!(kind(&with(8, 0x13)), DecodeErrorKind::InvalidValue); // a rule that is none
    assert_eq!(kind(&with(5, 0x04)), DecodeErrorKind::InvalidValue); // rules that are no INTEGER
    assert_eq!(kind(&with(23, 0x0c)), DecodeErrorKind::InvalidValue); // a key that is none
    for (from, to) in [
        (&hex!("02020411")[..], &hex!("0203008411")[..]), // more bits than rules have
        (&hex!("02020800"), &hex!("020408000000")),       // RSA with 2^27 bits
        (&hex!("02020800"), &hex!("04020800")),           // a digest of two octets
        (&hex!("02020800"), &hex!("06032b6570")),         // Ed25519
        (&hex!("02020800"), &hex!("02020800a000")),       // no alternative names where there are some
        (&hex!("02020800"), &hex!("02020800a0028200")),   // an empty host
        (&hex!("02020800"), &hex!("02020800a105030300ffff")), // bits without names
        (&hex!("02020800"), &hex!("02020800a1080302078003020780")),
        (&hex!("02020800"), &hex!("02020800a200")),
        (&hex!("02020800"), &hex!("02020800830180")),
        (&hex!("02020800"), &hex!("028200020800")),
        (&hex!("02020800"), &hex!("020208008401ff")),
        (&hex!("02020800"), &hex!("020208008301298401")),
        (&hex!("02020800"), &hex!("020208000500")),
    ] {
        let der = bare("x", ExpectedKey::Algorithm(RSA)).to_der();
        let body = der[2..].to_vec();
        let at = body.windows(from.len()).position(|window| window == from).unwrap();
        let body = [&body[..at], to, &body[at + from.len()..]].concat();
        let der = [&[0x30, u8::try_from(body.len()).unwrap()][..], &body].concat();
        assert!(Expectation::from_der(&der).is_err(), "{to:02x?}");
    }
    let mut trailing = expectation().to_der();
    trailing.push(0);
    assert_eq!(kind(&trailing), DecodeErrorKind::TrailingData);
}

/// What a challenge has to carry.
#[test]
fn records_are_small() {
    assert_eq!(bare("device-1", ExpectedKey::Algorithm(RSA)).to_der().len(), 34);
    assert!(expectation().to_der().len() < 280, "{}", expectation().to_der().len());
}

#[test]
fn a_profile_that_can_not_be_expanded_has_no_expectation() {
    let missing = crate::profile::ExpandError::Missing(Variable::DeviceId);
    assert_eq!(Expectation::from_profile(&profile(), &Variables::new()), Err(missing));
    let key = KeySpec::new(KeyAlgorithm::Ec(Curve::P384));
    let ec = profile().with_settings(profile().settings().clone().with_key(key));
    let expected = ExpectedKey::Algorithm(KeyAlgorithm::Ec(Curve::P384));
    assert_eq!(Expectation::from_profile(&ec, &variables()).unwrap().key(), expected);
}
