//! Certificates to break the rules with; one test for each rule is in the file of its table, named after its section.

mod ca_browser;
mod rfc5280;

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

const EVERY_EXTENSION: &[u8] = include_bytes!("../../../../tests/data/x509/every-extension.der");
const VERSION_1: &[u8] = include_bytes!("../../../../tests/data/x509/version-1.der");

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

#[test]
fn extensions_without_a_name_here_are_described_too() {
    let odd = ProfileViolation::CriticalExtension { extension: oid::DATA };
    assert_eq!(odd.to_string(), "an extension is critical (RFC 5280 section 4.2)");
}
