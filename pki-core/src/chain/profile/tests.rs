//! One test for each rule, named after its section: the certificates that break it, and that nothing else is broken.

use alloc::{format, string::ToString, vec, vec::Vec};

use hex_literal::hex;

use super::{
    Role::{Anchor, Intermediate, Target},
    ValidationProfile as Profile, *,
};
use crate::{
    cert::extension::{
        Criticality::{self, Critical, NonCritical},
        KeyUsage,
    },
    der::{Tag, Writer},
    error::DecodeErrorKind,
    key::KeyKind,
    name::{GeneralName, Name, NameBuilder},
    oid::{self, Oid},
    time::UnixTime,
};

const EVERY_EXTENSION: &[u8] = include_bytes!("../../../tests/data/x509/every-extension.der");
const VERSION_1: &[u8] = include_bytes!("../../../tests/data/x509/version-1.der");

/// The parts of a certificate, each to be changed. The signature is worthless.
struct Sample {
    version: Option<u8>,
    serial: Vec<u8>,
    inner_algorithm: Vec<u8>,
    outer_algorithm: Vec<u8>,
    issuer: Name,
    subject: Name,
    key: Vec<u8>,
    unique_identifiers: Vec<u8>,
    extensions: Vec<(Oid<'static>, Vec<u8>, Vec<u8>)>,
}

const ECDSA_SHA256: [u8; 12] = hex!("300a 06082a8648ce3d040302");
const ECDSA_SHA384: [u8; 12] = hex!("300a 06082a8648ce3d040303");
const ECDSA_SHA1: [u8; 11] = hex!("3009 06072a8648ce3d0401");
const TRUE: &[u8] = &hex!("0101ff");

/// keyIdentifier 01 02.
const AUTHORITY: [u8; 6] = hex!("3004 80020102");
const IDENTIFIER: [u8; 4] = hex!("0402 0102");
const CA: [u8; 5] = hex!("3003 0101ff");
/// keyCertSign and cRLSign.
const SIGNS: [u8; 4] = hex!("0302 0106");

impl Sample {
    fn new(issuer: &str, subject: &str) -> Self {
        Self {
            version: Some(2),
            serial: vec![0x11],
            inner_algorithm: ECDSA_SHA256.to_vec(),
            outer_algorithm: ECDSA_SHA256.to_vec(),
            issuer: Name::from_common_name(issuer).unwrap(),
            subject: Name::from_common_name(subject).unwrap(),
            key: Certificate::from_der(EVERY_EXTENSION).unwrap().public_key().as_der().to_vec(),
            unique_identifiers: Vec::new(),
            extensions: Vec::new(),
        }
    }

    fn root() -> Self {
        let mut root = Self::new("Root", "Root");
        root.set(oid::SUBJECT_KEY_IDENTIFIER, NonCritical, &IDENTIFIER);
        root.set(oid::KEY_USAGE, Critical, &SIGNS);
        root.set(oid::BASIC_CONSTRAINTS, Critical, &CA);
        root
    }

    fn intermediate() -> Self {
        let mut intermediate = Self { issuer: Name::from_common_name("Other").unwrap(), ..Self::root() };
        intermediate.set(oid::AUTHORITY_KEY_IDENTIFIER, NonCritical, &AUTHORITY);
        intermediate
    }

    fn leaf() -> Self {
        let mut leaf = Self::new("Root", "www.example.com");
        leaf.set(oid::AUTHORITY_KEY_IDENTIFIER, NonCritical, &AUTHORITY);
        leaf.set(oid::EXT_KEY_USAGE, NonCritical, &oids(&[oid::SERVER_AUTH]));
        leaf.set_names(&[GeneralName::DnsName("www.example.com")]);
        leaf
    }

    fn of(role: Role) -> Self {
        match role {
            Anchor => Self::root(),
            Intermediate => Self::intermediate(),
            Target => Self::leaf(),
        }
    }

    fn set(&mut self, oid: Oid<'static>, criticality: Criticality, value: &[u8]) {
        let critical = if criticality == Critical { TRUE.to_vec() } else { Vec::new() };
        self.remove(oid);
        self.extensions.push((oid, critical, value.to_vec()));
    }

    fn set_names(&mut self, names: &[GeneralName<'_>]) {
        self.set(oid::SUBJECT_ALT_NAME, NonCritical, &general_names(names));
    }

    fn remove(&mut self, oid: Oid<'static>) {
        self.extensions.retain(|(known, ..)| *known != oid);
    }

    fn read(&self) -> Certificate {
        let time = UnixTime::from_seconds(0);
        let list = |w: &mut Writer| {
            for (oid, critical, value) in &self.extensions {
                w.sequence(|w| {
                    w.oid(*oid);
                    w.raw(critical);
                    w.octet_string(value);
                });
            }
        };
        let der = Writer::encode(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    if let Some(version) = self.version {
                        w.constructed(Tag::context_constructed(0), |w| w.small_integer(version.into()));
                    }
                    w.primitive(Tag::INTEGER, &self.serial);
                    w.raw(&self.inner_algorithm);
                    w.raw(self.issuer.as_der());
                    w.sequence(|w| [time, time].into_iter().for_each(|time| w.time(time)));
                    w.raw(self.subject.as_der());
                    w.raw(&self.key);
                    w.raw(&self.unique_identifiers);
                    if self.version.is_some() {
                        w.constructed(Tag::context_constructed(3), |w| w.sequence(list));
                    }
                });
                w.raw(&self.outer_algorithm);
                w.bit_string(&[0xab]);
            });
        });
        Certificate::from_der(&der).unwrap()
    }

    fn violations(&self, profile: Profile, role: Role) -> Vec<ProfileViolation> {
        let certificate = self.read();
        let all: Vec<_> = check_all(profile, &certificate, role).collect();
        assert_eq!(check(profile, &certificate, role).err(), all.first().copied());
        all
    }
}

fn oids(list: &[Oid<'_>]) -> Vec<u8> {
    Writer::encode(|w| w.sequence(|w| list.iter().for_each(|oid| w.oid(*oid))))
}

fn general_names(list: &[GeneralName<'_>]) -> Vec<u8> {
    Writer::encode(|w| w.sequence(|w| list.iter().for_each(|name| name.encode(w))))
}

/// What a sample in `role` breaks of RFC 5280 after a change.
fn rfc(role: Role, change: impl FnOnce(&mut Sample)) -> Vec<ProfileViolation> {
    let mut sample = Sample::of(role);
    change(&mut sample);
    assert_eq!(sample.violations(Profile::PATH_VALIDATION, role), []);
    assert_eq!(sample.violations(Profile::SCEP_TRANSPORT, role), []);
    sample.violations(Profile::RFC5280, role)
}

/// What it breaks of the Baseline Requirements, and nothing of RFC 5280.
fn baseline(role: Role, change: impl FnOnce(&mut Sample)) -> Vec<ProfileViolation> {
    let mut sample = Sample::of(role);
    change(&mut sample);
    assert_eq!(sample.violations(Profile::RFC5280, role), []);
    sample.violations(Profile::CA_BROWSER, role)
}

/// An extension with this value breaks this rule, whose section is named.
fn breaks(
    role: Role,
    oid: Oid<'static>,
    criticality: Criticality,
    value: &[u8],
    expected: ProfileViolation,
    section: &str,
) {
    assert_eq!(rfc(role, |it| it.set(oid, criticality, value)), [expected], "{section}");
    assert_eq!(expected.section(), format!("RFC 5280 section {section}"));
    assert!(expected.to_string().ends_with(&format!("(RFC 5280 section {section})")), "{expected}");
}

fn empty(extension: Oid<'static>) -> impl Fn(Vec<ProfileViolation>) {
    move |violations| match violations[..] {
        [ProfileViolation::MalformedExtension { extension: found, error }] => {
            assert_eq!((found, error.kind()), (extension, DecodeErrorKind::Empty));
            assert!(error.position() > 0);
        }
        _ => panic!("{violations:?}"),
    }
}

#[test]
fn conforming_certificates_break_nothing() {
    for role in [Anchor, Intermediate, Target] {
        assert_eq!(Sample::of(role).violations(Profile::RFC5280, role), []);
        assert_eq!(Sample::of(role).violations(Profile::CA_BROWSER, role), []);
    }
    // A CA may be what is looked for.
    assert_eq!(Sample::intermediate().violations(Profile::RFC5280, Target), []);
}

#[test]
fn path_validation_is_the_default_and_has_no_rules() {
    assert_eq!(Profile::default(), Profile::PATH_VALIDATION);
    let nothing = Certificate::from_der(VERSION_1).unwrap();
    assert_eq!(check(Profile::default(), &nothing, Intermediate), Ok(()));
    assert_ne!(check(Profile::RFC5280, &nothing, Intermediate), Ok(()));
}

#[test]
fn scep_transport_alone_lets_extended_key_usage_end_at_its_certificate() {
    let chaining = [Profile::PATH_VALIDATION, Profile::RFC5280, Profile::CA_BROWSER];
    assert!(chaining.into_iter().all(Profile::chains_extended_key_usage));
    assert!(!Profile::SCEP_TRANSPORT.chains_extended_key_usage());
}

#[test]
fn the_first_violation_is_the_first_of_the_rfc() {
    let mut sample = Sample::leaf();
    sample.serial = vec![0];
    sample.remove(oid::AUTHORITY_KEY_IDENTIFIER);
    let expected = [ProfileViolation::SerialNumberNotPositive, ProfileViolation::MissingAuthorityKeyIdentifier];
    assert_eq!(sample.violations(Profile::RFC5280, Target), expected);
}

#[test]
fn rfc5280_s4_1_true_is_ff() {
    let violations = rfc(Target, |it| it.extensions[0].1 = hex!("010101").to_vec());
    let critical = ProfileViolation::CriticalExtension { extension: oid::AUTHORITY_KEY_IDENTIFIER };
    assert_eq!(violations, [ProfileViolation::BerBoolean, critical]);
    assert_eq!(ProfileViolation::BerBoolean.section(), "RFC 5280 section 4.1");
}

#[test]
fn rfc5280_s4_1_1_2_the_algorithms_are_the_same() {
    for role in [Anchor, Target] {
        let violations = rfc(role, |it| it.outer_algorithm = ECDSA_SHA384.to_vec());
        assert_eq!(violations, [ProfileViolation::SignatureAlgorithmMismatch]);
    }
    assert_eq!(ProfileViolation::SignatureAlgorithmMismatch.section(), "RFC 5280 section 4.1.1.2");
}

#[test]
fn rfc5280_s4_1_2_1_extensions_need_version_3() {
    let violations = rfc(Target, |it| it.version = Some(1));
    assert_eq!(violations, [ProfileViolation::ExtensionsInVersion(2)]);
    assert_eq!(violations[0].to_string(), "extensions in version 2, where they need 3 (RFC 5280 section 4.1.2.1)");
}

#[test]
fn rfc5280_s4_1_2_2_the_serial_number_is_positive_and_has_20_octets_at_most() {
    let of = |role, serial: &[u8]| rfc(role, |it| it.serial = serial.to_vec());
    assert_eq!(of(Target, &[0x7f; 20]), []);
    assert_eq!(of(Target, &[0]), [ProfileViolation::SerialNumberNotPositive]);
    assert_eq!(of(Intermediate, &[0xff, 0x01]), [ProfileViolation::SerialNumberNotPositive]);
    assert_eq!(of(Target, &[0x7f; 21]), [ProfileViolation::SerialNumberTooLong { octets: 21 }]);
    assert_eq!(of(Anchor, &[0]), []);
    assert_eq!(of(Anchor, &[0x7f; 21]), []);
    assert_eq!(
        ProfileViolation::SerialNumberTooLong { octets: 21 }.to_string(),
        "the serial number has 21 octets, 20 at most (RFC 5280 section 4.1.2.2)"
    );
    assert_eq!(ProfileViolation::SerialNumberNotPositive.section(), "RFC 5280 section 4.1.2.2");
}

#[test]
fn rfc5280_s4_1_2_4_the_issuer_is_not_empty() {
    assert_eq!(rfc(Target, |it| it.issuer = Name::empty()), [ProfileViolation::EmptyIssuer]);
    assert_eq!(ProfileViolation::EmptyIssuer.section(), "RFC 5280 section 4.1.2.4");
}

#[test]
fn rfc5280_s4_1_2_6_issuers_have_a_subject_and_others_a_critical_alternative() {
    let issuer = [ProfileViolation::EmptySubjectOfIssuer];
    assert_eq!(rfc(Intermediate, |it| it.subject = Name::empty()), issuer);
    let crl_issuer = rfc(Target, |it| {
        it.subject = Name::empty();
        it.set(oid::KEY_USAGE, Critical, &hex!("0302 0102"));
    });
    assert_eq!(crl_issuer, issuer);
    let unnamed = rfc(Target, |it| {
        it.subject = Name::empty();
        it.remove(oid::SUBJECT_ALT_NAME);
    });
    assert_eq!(unnamed, [ProfileViolation::Unnamed]);
    assert_eq!(issuer[0].section(), "RFC 5280 section 4.1.2.6");
    assert_eq!(unnamed[0].section(), "RFC 5280 section 4.1.2.6");
}

#[test]
fn rfc5280_s4_2_1_6_the_alternative_of_an_empty_subject_is_critical() {
    let with = |criticality| {
        rfc(Target, |it| {
            it.subject = Name::empty();
            it.set(oid::SUBJECT_ALT_NAME, criticality, &general_names(&[GeneralName::DnsName("example.com")]));
        })
    };
    assert_eq!(with(Critical), []);
    assert_eq!(with(NonCritical), [ProfileViolation::NonCriticalExtension { extension: oid::SUBJECT_ALT_NAME }]);
    assert_eq!(with(NonCritical)[0].to_string(), "subjectAltName is not critical (RFC 5280 section 4.2.1.6)");
}

#[test]
fn rfc5280_s4_1_2_8_there_is_no_unique_identifier() {
    for der in [hex!("8102 00ff"), hex!("8202 00ff")] {
        let violations = rfc(Target, |it| it.unique_identifiers = der.to_vec());
        assert_eq!(violations, [ProfileViolation::UniqueIdentifier]);
    }
    assert_eq!(ProfileViolation::UniqueIdentifier.section(), "RFC 5280 section 4.1.2.8");
}

#[test]
fn rfc5280_s4_1_2_9_a_list_of_extensions_has_one() {
    // Self-issued, so that nothing else is missing.
    let violations = rfc(Target, |it| {
        it.extensions.clear();
        it.issuer = it.subject.clone();
    });
    assert_eq!(violations, [ProfileViolation::EmptyExtensions]);
    assert_eq!(ProfileViolation::EmptyExtensions.section(), "RFC 5280 section 4.1.2.9");
}

#[test]
fn rfc5280_s4_2_basic_extensions_that_cannot_be_read_are_said_first() {
    for extension in [oid::BASIC_CONSTRAINTS, oid::KEY_USAGE] {
        let violations = rfc(Intermediate, |it| {
            it.set(extension, Critical, &hex!("0500"));
            it.serial = vec![0];
        });
        assert!(
            matches!(violations[..], [ProfileViolation::MalformedExtension { extension: found, .. }] if found == extension),
            "{violations:?}"
        );
    }
}

#[test]
fn rfc5280_s4_2_1_1_authority_key_identifier() {
    let missing = [ProfileViolation::MissingAuthorityKeyIdentifier];
    assert_eq!(rfc(Target, |it| it.remove(oid::AUTHORITY_KEY_IDENTIFIER)), missing);
    assert_eq!(rfc(Intermediate, |it| it.set(oid::AUTHORITY_KEY_IDENTIFIER, NonCritical, &hex!("3000"))), missing);
    assert_eq!(missing[0].section(), "RFC 5280 section 4.2.1.1");
    // Self-issued.
    assert_eq!(rfc(Anchor, |_| {}), []);
    let (extension, section) = (oid::AUTHORITY_KEY_IDENTIFIER, "4.2.1.1");
    let critical = ProfileViolation::CriticalExtension { extension };
    breaks(Anchor, extension, Critical, &AUTHORITY, critical, section);
    let serial_alone = hex!("3007 80020102 820105");
    breaks(Target, extension, NonCritical, &serial_alone, ProfileViolation::IncompleteAuthority, section);
}

#[test]
fn rfc5280_s4_2_1_1_only_its_signature_tells_a_self_signed_anchor_of_two_names() {
    let renamed = |extension: Option<&[u8]>| {
        let mut anchor = Sample { issuer: Name::from_common_name("Other").unwrap(), ..Sample::root() };
        extension.into_iter().for_each(|value| anchor.set(oid::AUTHORITY_KEY_IDENTIFIER, NonCritical, value));
        assert_eq!(anchor.violations(Profile::RFC5280, Anchor), []);
        anchor.read()
    };
    assert!(must_be_self_signed(Profile::RFC5280, &renamed(None)));
    assert!(must_be_self_signed(Profile::CA_BROWSER, &renamed(Some(&hex!("3000")))));
    assert!(!must_be_self_signed(Profile::PATH_VALIDATION, &renamed(None)));
    assert!(!must_be_self_signed(Profile::RFC5280, &renamed(Some(&AUTHORITY))));
    assert!(!must_be_self_signed(Profile::RFC5280, &Sample::root().read()));
}

#[test]
fn rfc5280_s4_2_1_2_subject_key_identifier() {
    for role in [Anchor, Intermediate] {
        let missing = rfc(role, |it| it.remove(oid::SUBJECT_KEY_IDENTIFIER));
        assert_eq!(missing, [ProfileViolation::MissingSubjectKeyIdentifier]);
    }
    assert_eq!(ProfileViolation::MissingSubjectKeyIdentifier.section(), "RFC 5280 section 4.2.1.2");
    let extension = oid::SUBJECT_KEY_IDENTIFIER;
    breaks(Target, extension, Critical, &IDENTIFIER, ProfileViolation::CriticalExtension { extension }, "4.2.1.2");
}

#[test]
fn rfc5280_s4_2_1_3_key_usage() {
    assert_eq!(rfc(Intermediate, |it| it.remove(oid::KEY_USAGE)), [ProfileViolation::MissingKeyUsage]);
    assert_eq!(rfc(Anchor, |it| it.remove(oid::KEY_USAGE)), []);
    assert_eq!(ProfileViolation::MissingKeyUsage.section(), "RFC 5280 section 4.2.1.3");
    let crl_sign = hex!("0302 0102");
    let without = ProfileViolation::CaWithoutKeyCertSign { usage: KeyUsage::CRL_SIGN };
    breaks(Anchor, oid::KEY_USAGE, Critical, &crl_sign, without, "4.2.1.3");
    assert!(without.to_string().starts_with("keyUsage of a CA is cRLSign, without keyCertSign"));
    breaks(Target, oid::KEY_USAGE, Critical, &SIGNS, ProfileViolation::KeyCertSignWithoutCa, "4.2.1.3");
    empty(oid::KEY_USAGE)(rfc(Target, |it| it.set(oid::KEY_USAGE, Critical, &hex!("0302 0700"))));
}

#[test]
fn rfc5280_s4_2_1_4_a_policy_occurs_once() {
    let policy = |last: u8| [&hex!("3005 06032a03")[..], &[last]].concat();
    let list = |policies: &[Vec<u8>]| Writer::encode(|w| w.sequence(|w| policies.iter().for_each(|it| w.raw(it))));
    let (extension, section) = (oid::CERTIFICATE_POLICIES, "4.2.1.4");
    for count in [1, 2, 16, 17, 100] {
        let mut policies: Vec<_> = (0..count).map(policy).collect();
        assert_eq!(rfc(Target, |it| it.set(extension, NonCritical, &list(&policies))), []);
        policies.push(policy(count / 2));
        breaks(Target, extension, NonCritical, &list(&policies), ProfileViolation::DuplicatePolicy, section);
    }
}

#[test]
fn rfc5280_s4_2_1_4_any_policy_has_the_qualifiers_of_the_rfc() {
    let with = |qualifier: &[u8]| {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.oid(oid::ANY_POLICY);
                    w.sequence(|w| w.sequence(|w| w.raw(qualifier)));
                });
            });
        })
    };
    let cps = with(&hex!("06082b06010505070201 160161"));
    let notice = with(&hex!("06082b06010505070202 3000"));
    let foreign = with(&hex!("06082b06010505070203 0500"));
    let extension = oid::CERTIFICATE_POLICIES;
    assert_eq!(rfc(Target, |it| it.set(extension, NonCritical, &cps)), []);
    assert_eq!(rfc(Target, |it| it.set(extension, NonCritical, &notice)), []);
    breaks(Target, extension, NonCritical, &foreign, ProfileViolation::AnyPolicyQualifier, "4.2.1.4");
    breaks(Target, extension, NonCritical, &with(&hex!("0500")), ProfileViolation::AnyPolicyQualifier, "4.2.1.4");
}

#[test]
fn rfc5280_s4_2_1_5_any_policy_is_not_mapped() {
    let plain = hex!("300c 300a 06032a0301 06032a0302");
    assert_eq!(rfc(Intermediate, |it| it.set(oid::POLICY_MAPPINGS, Critical, &plain)), []);
    for der in [hex!("300d 300b 0604551d2000 06032a0301"), hex!("300d 300b 06032a0301 0604551d2000")] {
        breaks(Intermediate, oid::POLICY_MAPPINGS, Critical, &der, ProfileViolation::AnyPolicyMapped, "4.2.1.5");
    }
}

#[test]
fn rfc5280_s4_2_1_6_no_name_is_empty() {
    let extension = oid::SUBJECT_ALT_NAME;
    let nobody = Name::empty();
    for name in [
        GeneralName::DnsName(""),
        GeneralName::Rfc822Name(""),
        GeneralName::Uri(""),
        GeneralName::DirectoryName(nobody.as_ref()),
    ] {
        let violation = ProfileViolation::EmptyGeneralName { extension };
        breaks(Target, extension, NonCritical, &general_names(&[name]), violation, "4.2.1.6");
    }
    empty(extension)(rfc(Target, |it| it.set_names(&[])));
    let fine = [GeneralName::IpAddress(&[192, 0, 2, 1]), GeneralName::RegisteredId(oid::DATA)];
    assert_eq!(rfc(Target, |it| it.set_names(&fine)), []);
}

#[test]
fn rfc5280_s4_2_1_6_dns_names_have_the_preferred_syntax() {
    let label = "a".repeat(63);
    let long = [&label[..], &label, &label, &label[..61]].join(".");
    assert_eq!(long.len(), 253);
    for good in ["example.com", "*.example.com", "a-b.3com.com", "xn--bcher-kva.example", "localhost", &long] {
        assert_eq!(rfc(Target, |it| it.set_names(&[GeneralName::DnsName(good)])), [], "{good}");
    }
    let longer = format!("{long}a");
    let label = format!("{label}a.com");
    for bad in [
        " ",
        ".",
        ".example.com",
        "example.com.",
        "a..b",
        "foo_bar.com",
        "8.8.8.8",
        "-a.com",
        "a-.com",
        "*",
        "b*.com",
        "a.*.com",
        "*.*.com",
        "a b.com",
        &longer,
        &label,
    ] {
        let violation = ProfileViolation::InvalidDnsName { extension: oid::SUBJECT_ALT_NAME };
        let names = general_names(&[GeneralName::DnsName("example.com"), GeneralName::DnsName(bad)]);
        breaks(Target, oid::SUBJECT_ALT_NAME, NonCritical, &names, violation, "4.2.1.6");
    }
}

#[test]
fn rfc5280_s4_2_1_6_mail_addresses_are_mailboxes() {
    for good in [
        "a@example.com",
        "*@example.com",
        "o'neil.x+y@b.example",
        "\"a b\\\"@\"@example.com",
        "a@[192.0.2.1]",
        "a@[IPv6:::1]",
    ] {
        assert_eq!(rfc(Target, |it| it.set_names(&[GeneralName::Rfc822Name(good)])), [], "{good}");
    }
    for bad in [
        "example.com",
        "@example.com",
        "a@",
        "a@b@example.com",
        "A <a@example.com>",
        ".a@example.com",
        "a..b@example.com",
        "a@b_c.com",
        "\"a\"b\"@example.com",
        "\"a\\\"@example.com",
        "\"@example.com",
        "a@[192.0.2]",
    ] {
        let violation = ProfileViolation::InvalidMailbox { extension: oid::SUBJECT_ALT_NAME };
        let names = general_names(&[GeneralName::Rfc822Name(bad)]);
        breaks(Target, oid::SUBJECT_ALT_NAME, NonCritical, &names, violation, "4.2.1.6");
    }
}

#[test]
fn rfc5280_s4_2_1_6_uris_are_absolute_and_name_a_host() {
    for good in [
        "http://example.com/a?b#c",
        "urn:uuid:f81d4fae",
        "spiffe://trust.example/x",
        "ldap://u@example.com:389/",
        "http://[::1]/",
        "http://192.0.2.1",
        "tag:a,2026:b",
    ] {
        assert_eq!(rfc(Target, |it| it.set_names(&[GeneralName::Uri(good)])), [], "{good}");
    }
    for bad in [
        "//example.com",
        "a/b",
        "http:",
        "1a:b",
        ":b",
        "http:///a",
        "http://u@/a",
        "http://a b/",
        "http://a_b/",
        "http://[::1",
    ] {
        let violation = ProfileViolation::InvalidUri { extension: oid::SUBJECT_ALT_NAME };
        breaks(
            Target,
            oid::SUBJECT_ALT_NAME,
            NonCritical,
            &general_names(&[GeneralName::Uri(bad)]),
            violation,
            "4.2.1.6",
        );
    }
}

#[test]
fn rfc5280_s4_2_1_7_names_of_the_issuer_likewise() {
    let extension = oid::ISSUER_ALT_NAME;
    let names = general_names(&[GeneralName::DnsName("a_b")]);
    breaks(Target, extension, NonCritical, &names, ProfileViolation::InvalidDnsName { extension }, "4.2.1.7");
    empty(extension)(rfc(Anchor, |it| it.set(extension, NonCritical, &hex!("3000"))));
}

#[test]
fn rfc5280_s4_2_1_8_subject_directory_attributes() {
    let extension = oid::SUBJECT_DIRECTORY_ATTRIBUTES;
    let country = hex!("3010 300e 06082b06010505070904 31021300");
    assert_eq!(rfc(Target, |it| it.set(extension, NonCritical, &country)), []);
    breaks(Target, extension, Critical, &country, ProfileViolation::CriticalExtension { extension }, "4.2.1.8");
    empty(extension)(rfc(Target, |it| it.set(extension, NonCritical, &hex!("3000"))));
}

#[test]
fn rfc5280_s4_2_1_9_basic_constraints() {
    for role in [Anchor, Intermediate] {
        let missing = rfc(role, |it| {
            it.remove(oid::BASIC_CONSTRAINTS);
        });
        assert_eq!(missing, [ProfileViolation::MissingBasicConstraints]);
        breaks(role, oid::BASIC_CONSTRAINTS, Critical, &hex!("3000"), ProfileViolation::NotCa, "4.2.1.9");
        let soft = ProfileViolation::NonCriticalExtension { extension: oid::BASIC_CONSTRAINTS };
        breaks(role, oid::BASIC_CONSTRAINTS, NonCritical, &CA, soft, "4.2.1.9");
    }
    assert_eq!(ProfileViolation::MissingBasicConstraints.section(), "RFC 5280 section 4.2.1.9");
    // Who signs no certificates may have it as it likes.
    assert_eq!(rfc(Target, |it| it.set(oid::BASIC_CONSTRAINTS, NonCritical, &hex!("3000"))), []);
}

#[test]
fn rfc5280_s4_2_1_9_a_path_length_needs_ca_and_key_cert_sign() {
    let extension = oid::BASIC_CONSTRAINTS;
    let violation = ProfileViolation::PathLengthWithoutSigning { path_length: 3 };
    assert_eq!(rfc(Anchor, |it| it.set(extension, Critical, &hex!("3006 0101ff 020103"))), []);
    breaks(Target, extension, Critical, &hex!("3003 020103"), violation, "4.2.1.9");
    assert!(violation.to_string().starts_with("a path length of 3 without"));
    let no_usage = rfc(Anchor, |it| {
        it.remove(oid::KEY_USAGE);
        it.set(extension, Critical, &hex!("3006 0101ff 020103"));
    });
    assert_eq!(no_usage, [violation]);
}

#[test]
fn rfc5280_s4_2_1_10_name_constraints() {
    let (extension, section) = (oid::NAME_CONSTRAINTS, "4.2.1.10");
    let permitted = hex!("3007 a005 3003 820161");
    assert_eq!(rfc(Intermediate, |it| it.set(extension, Critical, &permitted)), []);
    let soft = ProfileViolation::NonCriticalExtension { extension };
    breaks(Intermediate, extension, NonCritical, &permitted, soft, section);
    breaks(Target, extension, Critical, &permitted, ProfileViolation::NameConstraintsWithoutCa, section);
    let minimum = ProfileViolation::SubtreeDistance { minimum: 1, maximum: None };
    breaks(Intermediate, extension, Critical, &hex!("300a a108 3006 820161 800101"), minimum, section);
    assert!(minimum.to_string().starts_with("a subtree has a minimum of 1, not 0"));
    let maximum = ProfileViolation::SubtreeDistance { minimum: 0, maximum: Some(2) };
    breaks(Intermediate, extension, Critical, &hex!("300a a008 3006 820161 810102"), maximum, section);
    assert!(maximum.to_string().starts_with("a subtree has a minimum of 0 and a maximum of 2"));
    empty(extension)(rfc(Intermediate, |it| it.set(extension, Critical, &hex!("3000"))));
    empty(extension)(rfc(Intermediate, |it| it.set(extension, Critical, &hex!("3004 a000 a100"))));
}

#[test]
fn rfc5280_s4_2_1_11_policy_constraints() {
    let extension = oid::POLICY_CONSTRAINTS;
    assert_eq!(rfc(Intermediate, |it| it.set(extension, Critical, &hex!("3003 800100"))), []);
    let soft = ProfileViolation::NonCriticalExtension { extension };
    breaks(Intermediate, extension, NonCritical, &hex!("3003 800100"), soft, "4.2.1.11");
    empty(extension)(rfc(Intermediate, |it| it.set(extension, Critical, &hex!("3000"))));
}

#[test]
fn rfc5280_s4_2_1_12_extended_key_usage_has_a_purpose() {
    empty(oid::EXT_KEY_USAGE)(rfc(Target, |it| it.set(oid::EXT_KEY_USAGE, NonCritical, &hex!("3000"))));
}

#[test]
fn rfc5280_s4_2_1_13_crl_distribution_points() {
    let (extension, section) = (oid::CRL_DISTRIBUTION_POINTS, "4.2.1.13");
    let [root, other] = ["Root", "Other"].map(|name| Name::from_common_name(name).unwrap());
    let directory = |name: &Name| Writer::encode(|w| GeneralName::DirectoryName(name.as_ref()).encode(w));
    let point = |parts: &[(Tag, Vec<u8>)]| {
        Writer::encode(|w| {
            w.sequence(|w| w.sequence(|w| parts.iter().for_each(|(tag, content)| w.primitive(*tag, content))))
        })
    };
    let uri = (Tag::context_constructed(0), hex!("a003 860161").to_vec());
    let relative = (Tag::context_constructed(0), hex!("a10a 3008 0603550403 130161").to_vec());
    let reasons = (Tag::context(1), hex!("0106").to_vec());
    let issuer = |names: &[Vec<u8>]| (Tag::context_constructed(2), names.concat());

    let good = point(&[relative.clone(), issuer(&[directory(&other)])]);
    assert_eq!(rfc(Target, |it| it.set(extension, NonCritical, &good)), []);
    let own = point(&[uri.clone(), issuer(&[directory(&root)])]);
    breaks(Target, extension, NonCritical, &own, ProfileViolation::CrlIssuerIsIssuer, section);
    let dns = point(&[uri.clone(), issuer(&[hex!("820161").to_vec()])]);
    breaks(Target, extension, NonCritical, &dns, ProfileViolation::CrlIssuerNameForm, section);
    let two = point(&[relative, issuer(&[directory(&other), directory(&other)])]);
    breaks(Target, extension, NonCritical, &two, ProfileViolation::AmbiguousRelativeName { issuers: 2 }, section);
    let some = point(&[uri, reasons.clone()]);
    breaks(Target, extension, NonCritical, &some, ProfileViolation::NoCrlForAllReasons, section);
    empty(extension)(rfc(Target, |it| it.set(extension, NonCritical, &point(&[reasons]))));
}

#[test]
fn rfc5280_s4_2_1_14_inhibit_any_policy_is_critical() {
    let extension = oid::INHIBIT_ANY_POLICY;
    assert_eq!(rfc(Intermediate, |it| it.set(extension, Critical, &hex!("020100"))), []);
    let soft = ProfileViolation::NonCriticalExtension { extension };
    breaks(Intermediate, extension, NonCritical, &hex!("020100"), soft, "4.2.1.14");
}

#[test]
fn rfc5280_s4_2_1_15_freshest_crl_is_not_critical() {
    let extension = oid::FRESHEST_CRL;
    let points = hex!("3009 3007 a005 a003 860161");
    assert_eq!(rfc(Target, |it| it.set(extension, NonCritical, &points)), []);
    breaks(Target, extension, Critical, &points, ProfileViolation::CriticalExtension { extension }, "4.2.1.15");
}

#[test]
fn rfc5280_s4_2_2_information_access_is_not_critical() {
    let access = hex!("300f 300d 06082b06010505073001 860161");
    for (extension, section) in [(oid::AUTHORITY_INFO_ACCESS, "4.2.2.1"), (oid::SUBJECT_INFO_ACCESS, "4.2.2.2")] {
        assert_eq!(rfc(Target, |it| it.set(extension, NonCritical, &access)), []);
        breaks(Target, extension, Critical, &access, ProfileViolation::CriticalExtension { extension }, section);
        empty(extension)(rfc(Target, |it| it.set(extension, NonCritical, &hex!("3000"))));
    }
}

#[test]
fn a_malformed_extension_is_said_once_and_where_it_is() {
    let mut leaf = Sample::leaf();
    leaf.set(oid::SUBJECT_ALT_NAME, NonCritical, b"example");
    let violations = leaf.violations(Profile::CA_BROWSER, Target);
    let [ProfileViolation::MalformedExtension { extension: oid::SUBJECT_ALT_NAME, error }, rest @ ..] = &violations[..]
    else {
        panic!("{violations:?}");
    };
    let certificate = leaf.read();
    assert!(certificate.as_der()[error.position()..].starts_with(b"example"));
    assert!(violations[0].to_string().starts_with("subjectAltName is malformed: "));
    assert_eq!(rest, [], "commonName is a domain name, and there is none to compare it with");
}

fn rsa_key(bits: usize) -> Vec<u8> {
    let mut modulus = vec![0xff; bits.div_ceil(8)];
    modulus[0] = if bits.is_multiple_of(8) { 0xff } else { (1 << (bits % 8)) - 1 };
    let key = Writer::encode(|w| {
        w.sequence(|w| {
            w.unsigned(Tag::INTEGER, &modulus);
            w.small_integer(65_537);
        });
    });
    spki(&hex!("06092a864886f70d010101 0500"), &key)
}

fn spki(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.sequence(|w| w.raw(algorithm));
            w.bit_string(key);
        });
    })
}

/// A change breaks this rule of the Baseline Requirements alone, whose section is named.
fn refused(role: Role, change: impl FnOnce(&mut Sample), expected: ProfileViolation, section: &str) {
    assert_eq!(baseline(role, change), [expected], "{section}");
    assert_eq!(expected.section(), format!("CA/Browser TLS BR {section}"));
    assert!(expected.to_string().ends_with(&format!("(CA/Browser TLS BR {section})")), "{expected}");
}

#[test]
fn br_s6_1_5_rsa_keys() {
    for bits in [2048, 2056, 4096] {
        assert_eq!(baseline(Target, |it| it.key = rsa_key(bits)), [], "{bits}");
    }
    for role in [Anchor, Intermediate, Target] {
        let short = ProfileViolation::RsaKeyTooShort { bits: 2047, least: 2048 };
        refused(role, |it| it.key = rsa_key(2047), short, "6.1.5");
        assert!(short.to_string().starts_with("an RSA key of 2047 bits, 2048 at least"));
        let odd = ProfileViolation::RsaKeyNotInOctets { bits: 2052 };
        refused(role, |it| it.key = rsa_key(2052), odd, "6.1.5");
        assert!(odd.to_string().starts_with("an RSA key of 2052 bits"));
    }
}

#[test]
fn br_s6_1_5_other_keys() {
    // P-384 and P-521; P-192, DSA, Ed25519.
    for curve in [&hex!("06072a8648ce3d0201 06052b81040022")[..], &hex!("06072a8648ce3d0201 06052b81040023")] {
        assert_eq!(baseline(Target, |it| it.key = spki(curve, &[4])), []);
    }
    let unknown = ProfileViolation::ForbiddenKey { kind: KeyKind::Unknown };
    refused(Anchor, |it| it.key = spki(&hex!("06072a8648ce3d0201 06082a8648ce3d030101"), &[4]), unknown, "6.1.5");
    refused(Target, |it| it.key = spki(&hex!("06072a8648ce380401"), &[2, 1, 5]), unknown, "6.1.5");
    let edwards = ProfileViolation::ForbiddenKey { kind: KeyKind::Ed25519 };
    refused(Target, |it| it.key = spki(&hex!("06032b6570"), &[0; 32]), edwards, "6.1.5");
    assert!(edwards.to_string().starts_with("a key of kind Ed25519"));
}

#[test]
fn br_s7_1_1_version_3() {
    let mut sample = Sample { version: None, ..Sample::leaf() };
    sample.extensions.clear();
    let violations = sample.violations(Profile::CA_BROWSER, Target);
    assert!(violations.contains(&ProfileViolation::NotVersion3(1)), "{violations:?}");
    assert_eq!(ProfileViolation::NotVersion3(1).to_string(), "version 1, where 3 has to be (CA/Browser TLS BR 7.1.1)");
}

#[test]
fn br_s7_1_2_1_2_roots_have_no_extended_key_usage() {
    let add = |it: &mut Sample| it.set(oid::EXT_KEY_USAGE, NonCritical, &oids(&[oid::SERVER_AUTH]));
    refused(Anchor, add, ProfileViolation::ExtendedKeyUsageInRoot, "7.1.2.1.2");
    assert_eq!(baseline(Intermediate, add), []);
}

#[test]
fn br_s7_1_2_1_3_the_authority_of_a_root_is_itself() {
    let with = |der: &'static [u8]| move |it: &mut Sample| it.set(oid::AUTHORITY_KEY_IDENTIFIER, NonCritical, der);
    assert_eq!(baseline(Anchor, with(&AUTHORITY)), []);
    let violation = ProfileViolation::RootKeyIdentifierMismatch;
    refused(Anchor, with(&hex!("3000")), violation, "7.1.2.1.3");
    refused(Anchor, with(&hex!("3004 80020103")), violation, "7.1.2.1.3");
    // The authority of others is another.
    assert_eq!(baseline(Intermediate, with(&hex!("3004 80020103"))), []);
}

#[test]
fn br_s7_1_2_7_6_subscribers_have_an_extended_key_usage_that_is_not_critical() {
    let missing = ProfileViolation::MissingExtendedKeyUsage;
    refused(Target, |it| it.remove(oid::EXT_KEY_USAGE), missing, "7.1.2.7.6");
    let critical = |it: &mut Sample| it.set(oid::EXT_KEY_USAGE, Critical, &oids(&[oid::SERVER_AUTH]));
    refused(Target, critical, ProfileViolation::CriticalExtendedKeyUsage, "7.1.2.7.6");
}

#[test]
fn br_s7_1_2_7_8_subscribers_are_no_ca() {
    let ca = |it: &mut Sample| {
        it.set(oid::BASIC_CONSTRAINTS, Critical, &CA);
        it.set(oid::SUBJECT_KEY_IDENTIFIER, NonCritical, &IDENTIFIER);
    };
    refused(Target, ca, ProfileViolation::SubscriberIsCa, "7.1.2.7.8");
}

#[test]
fn br_s7_1_2_7_10_subscribers_are_tls_servers() {
    let with =
        |list: &'static [Oid<'static>]| move |it: &mut Sample| it.set(oid::EXT_KEY_USAGE, NonCritical, &oids(list));
    assert_eq!(baseline(Target, with(&[oid::CLIENT_AUTH, oid::SERVER_AUTH])), []);
    refused(Target, with(&[oid::CLIENT_AUTH]), ProfileViolation::MissingServerAuth, "7.1.2.7.10");
    let any = ProfileViolation::ForbiddenPurpose { purpose: oid::ANY_EXTENDED_KEY_USAGE };
    refused(Target, with(&[oid::SERVER_AUTH, oid::ANY_EXTENDED_KEY_USAGE]), any, "7.1.2.7.10");
    assert!(any.to_string().starts_with("extKeyUsage of a subscriber has 2.5.29.37.0"));
}

#[test]
fn br_s7_1_2_7_11_subscribers_sign_no_crls() {
    let usage = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::CRL_SIGN;
    let change = |it: &mut Sample| it.set(oid::KEY_USAGE, Critical, &hex!("0302 0182"));
    refused(Target, change, ProfileViolation::SubscriberSigns { usage }, "7.1.2.7.11");
}

#[test]
fn br_s7_1_2_7_12_alternative_names() {
    let section = "7.1.2.7.12";
    refused(Target, |it| it.remove(oid::SUBJECT_ALT_NAME), ProfileViolation::MissingSubjectAltName, section);
    let name = general_names(&[GeneralName::DnsName("www.example.com")]);
    let critical = |it: &mut Sample| it.set(oid::SUBJECT_ALT_NAME, Critical, &name);
    refused(Target, critical, ProfileViolation::CriticalSubjectAltName, section);
    let mail = [GeneralName::DnsName("www.example.com"), GeneralName::Rfc822Name("a@example.com")];
    refused(Target, |it| it.set_names(&mail), ProfileViolation::ForbiddenNameForm, section);
}

#[test]
fn br_s3_2_2_6_a_wildcard_leaves_two_labels() {
    assert_eq!(baseline(Target, |it| it.set_names(&[GeneralName::DnsName("*.example.com")])), []);
    let change = |it: &mut Sample| it.set_names(&[GeneralName::DnsName("*.com")]);
    refused(Target, change, ProfileViolation::WildcardOverPublicSuffix, "3.2.2.6");
}

#[test]
fn br_s7_1_2_10_8_name_constraints_may_be_non_critical() {
    let mut intermediate = Sample::intermediate();
    intermediate.set(oid::NAME_CONSTRAINTS, NonCritical, &hex!("3007 a005 3003 820161"));
    assert_eq!(intermediate.violations(Profile::CA_BROWSER, Intermediate), []);
    assert_eq!(intermediate.violations(Profile::RFC5280, Intermediate).len(), 1);
}

#[test]
fn br_s7_1_2_11_1_an_authority_is_a_key_alone() {
    // authorityCertIssuer `DNS:a`, authorityCertSerialNumber 5.
    let full = hex!("300c 80020102 a103820161 820105");
    for role in [Anchor, Intermediate, Target] {
        let change = |it: &mut Sample| it.set(oid::AUTHORITY_KEY_IDENTIFIER, NonCritical, &full);
        refused(role, change, ProfileViolation::AuthorityIssuerOrSerial, "7.1.2.11.1");
    }
}

#[test]
fn br_s7_1_3_1_2_curves_are_named() {
    for parameters in [&hex!("3000")[..], &hex!("0500"), &[]] {
        let algorithm = [&hex!("06072a8648ce3d0201")[..], parameters].concat();
        refused(Target, |it| it.key = spki(&algorithm, &[4]), ProfileViolation::ExplicitCurve, "7.1.3.1.2");
    }
}

#[test]
fn br_s7_1_3_2_signatures_are_by_sha_2() {
    let with = |der: &'static [u8]| {
        move |it: &mut Sample| (it.inner_algorithm, it.outer_algorithm) = (der.to_vec(), der.to_vec())
    };
    assert_eq!(baseline(Target, with(&ECDSA_SHA384)), []);
    refused(Target, with(&ECDSA_SHA1), ProfileViolation::ForbiddenSignatureAlgorithm, "7.1.3.2");
    // Nobody relies on the signature of an anchor.
    assert_eq!(baseline(Anchor, with(&ECDSA_SHA1)), []);
}

#[test]
fn br_s7_1_4_3_the_common_name_is_an_alternative_name_in_its_text_form() {
    let with = |common_name: &str, names: &[GeneralName<'_>]| {
        let subject = NameBuilder::new().add_organization("Example").add_common_name(common_name).build().unwrap();
        baseline(Target, |it| {
            it.subject = subject;
            it.set_names(names);
        })
    };
    let dns = GeneralName::DnsName;
    let version_4 = GeneralName::IpAddress(&[192, 168, 1, 1]);
    let version_6 = GeneralName::IpAddress(&hex!("20010db8000000000001000000000001"));
    for (common_name, names) in [
        ("b.example", &[dns("a.example"), dns("b.example")][..]),
        ("*.example.com", &[dns("*.example.com")]),
        ("192.168.1.1", &[version_4]),
        ("2001:db8::1:0:0:1", &[version_6]),
        // No domain name to compare with.
        ("example.com", &[dns("*.example.com")]),
        ("example.com", &[version_4]),
    ] {
        assert_eq!(with(common_name, names), [], "{common_name}");
    }
    for (common_name, names) in [
        ("c.example", &[dns("a.example"), dns("b.example")][..]),
        ("Example.COM", &[dns("example.com")]),
        ("b\u{fc}cher.example", &[dns("xn--bcher-kva.example")]),
        ("*.example.com", &[dns("example.com")]),
        ("Example, Inc.", &[dns("*.example.com")]),
        ("0xC0A80101", &[version_4]),
        ("192.168.001.001", &[version_4]),
        ("192.168.1.1", &[GeneralName::IpAddress(&[192, 168, 1, 10])]),
        ("192.168.1.10", &[version_4]),
        ("2001:DB8::1:0:0:1", &[version_6]),
        ("2001:db8:0:0:1::1", &[version_6]),
        ("2001:0db8::1:0:0:1", &[version_6]),
    ] {
        assert_eq!(with(common_name, names), [ProfileViolation::CommonNameNotAlternative], "{common_name}");
    }
    assert_eq!(ProfileViolation::CommonNameNotAlternative.section(), "CA/Browser TLS BR 7.1.4.3");
}

#[test]
fn br_s7_1_4_3_there_is_one_common_name_in_the_string_types_of_the_rfc() {
    let twice = NameBuilder::new().add_common_name("www.example.com").add_common_name("www.example.com").build();
    refused(Target, |it| it.subject = twice.unwrap(), ProfileViolation::SeveralCommonNames, "7.1.4.3");
    // An IA5String `www.example.com`.
    let der = hex!("301a 3118 3016 0603550403 160f 7777772e6578616d706c652e636f6d");
    let name = Name::from_der(&der).unwrap();
    refused(Target, |it| it.subject = name, ProfileViolation::CommonNameNotAlternative, "7.1.4.3");
}

#[test]
fn extensions_without_a_name_here_are_described_too() {
    let odd = ProfileViolation::CriticalExtension { extension: oid::DATA };
    assert_eq!(odd.to_string(), "an extension is critical (RFC 5280 section 4.2)");
}
