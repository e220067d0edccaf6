//! What is written, what is read, what is refused.

use alloc::{string::ToString, vec, vec::Vec};
use core::time::Duration;

use hex_literal::hex;
use pki_core::{
    BuildError, Certificate, CertificateBuilder, DecodeErrorKind, GeneralNamesBuilder, Name, NameBuilder, PublicKey,
    SerialNumber, UnixTime, Validity,
    algorithm::SignatureAlgorithm,
    crypto::{RandomFailed, SecureRandom, Signature},
    der::{Decode as _, Reader, Writer},
    extension::Criticality,
    oid,
};

use super::*;

/// RFC 9562 section 4, figure 5.
const UUID: &str = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
const UUID_OCTETS: [u8; 16] = hex!("f81d4fae7dec11d0a76500a0c91e6bf6");
/// RFC 8410 section 10.1.
const ED25519: [u8; 44] =
    hex!("302a 3005 06032b6570 032100 19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
const SID: &str = "S-1-5-21-3623811015-3361044348-30300820-1013";

fn jane() -> User {
    User::from_email("jane@example.com").unwrap()
}

fn identity() -> Identity {
    Identity::new(jane(), WorkSpaceId::new("sales-7").unwrap(), DeviceId::from_text(UUID).unwrap())
}

fn full() -> Identity {
    let user = jane().with_upn("jané@corp.example.com").unwrap();
    let identity = Identity::new(user, identity().work_space().clone(), *identity().device());
    identity.with_sid(Sid::new(SID).unwrap()).with_organisation("Example, Inc.").unwrap()
}

/// With names and nothing else; the signature is none.
fn certificate(subject: Name, names: Option<GeneralNamesBuilder>) -> Certificate {
    let validity = Validity::starting(UnixTime::from_seconds(1_800_000_000), Duration::from_secs(86_400));
    let (serial, issuer) = (SerialNumber::from_bytes(&[7]).unwrap(), Name::from_common_name("Root").unwrap());
    let builder = CertificateBuilder::new(serial, issuer, subject, validity, PublicKey::from_der(&ED25519).unwrap());
    let builder = match names {
        Some(names) => builder.with_subject_alt_name(names),
        None => builder,
    };
    builder.build(SignatureAlgorithm::ECDSA_SHA256).unwrap().attach(Signature::new(vec![0; 64]))
}

fn read(names: GeneralNamesBuilder) -> Result<Identity, IdentityError> {
    identity_of(&certificate(Name::from_common_name("x").unwrap(), Some(names)), &IdentityUris::DEFAULT)
}

fn device_and_space() -> GeneralNamesBuilder {
    GeneralNamesBuilder::new().add_uri(&identity().device().to_uri()).add_uri("work-space:sales-7")
}

#[test]
fn what_is_written_is_read() {
    for uris in [
        IdentityUris::DEFAULT,
        IdentityUris::DEFAULT.with_work_space_prefix("https://mdm.example.com/work-spaces/").unwrap(),
        IdentityUris::DEFAULT.with_work_space_prefix("tag:example.com,2026:work-space:").unwrap(),
    ] {
        for identity in [identity(), full(), identity().with_user(User::from_upn("j@corp").unwrap())] {
            let written = certificate(identity.subject().unwrap(), Some(identity.alternative_names(&uris)));
            assert_eq!(identity_of(&written, &uris), Ok(identity));
        }
    }
}

#[test]
fn the_forms_are_those_of_the_documentation() {
    let subject = full().subject().unwrap();
    assert_eq!(subject.to_string(), alloc::format!("CN={UUID},O=Example\\, Inc."));
    let written = certificate(subject, Some(full().alternative_names(&IdentityUris::DEFAULT)));
    let names = written.subject_alt_name().unwrap().unwrap();
    let uris: Vec<_> = names
        .iter()
        .filter_map(|name| match name {
            pki_core::GeneralName::Uri(uri) => Some(uri),
            _ => None,
        })
        .collect();
    let sid = alloc::format!("tag:microsoft.com,2022-09-14:sid:{SID}");
    assert_eq!(uris, [&alloc::format!("urn:uuid:{UUID}"), "work-space:sales-7", &sid]);
    assert_eq!(names.iter().find_map(|name| name.upn()).unwrap(), "jané@corp.example.com");
    assert!(names.contains(&pki_core::GeneralName::Rfc822Name("jane@example.com")));
}

#[test]
fn rfc9562_s4_uuids_are_written_in_lower_case_and_read_in_any() {
    assert_eq!(DeviceId::from_bytes(UUID_OCTETS).to_string(), UUID);
    assert_eq!(DeviceId::from_text(UUID).unwrap().as_bytes(), &UUID_OCTETS);
    assert_eq!(DeviceId::from_text(&UUID.to_ascii_uppercase()).unwrap().as_bytes(), &UUID_OCTETS);
    for wrong in [
        "",
        "f81d4fae7dec11d0a76500a0c91e6bf6",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf60",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bfg",
        "f81d4fae-7dec-11d0-a76-500a0c91e6bf6",
        "f81d4fae-7dec-11d0-a765--0a0c91e6bf6",
        "f81d4fae_7dec_11d0_a765_00a0c91e6bf6",
        "{81d4fae-7dec-11d0-a765-00a0c91e6bf}",
    ] {
        assert_eq!(DeviceId::from_text(wrong), Err(BuildError::InvalidValue("device")), "{wrong}");
    }
}

#[test]
fn rfc9562_s5_4_random_uuids_have_version_and_variant() {
    struct Ones;
    impl SecureRandom for Ones {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
            out.fill(0xff);
            Ok(())
        }
    }
    struct Broken;
    impl SecureRandom for Broken {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), RandomFailed> {
            Err(RandomFailed)
        }
    }
    assert_eq!(DeviceId::random(&mut Ones).unwrap().to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    assert_eq!(DeviceId::random(&mut Broken), Err(RandomFailed));
}

#[test]
fn rfc8141_s3_1_the_beginning_of_a_urn_has_no_case() {
    let names = device_and_space().add_email_address("jane@example.com");
    assert_eq!(read(names), Ok(identity()));
    let names = GeneralNamesBuilder::new()
        .add_uri(&alloc::format!("URN:UUID:{}", UUID.to_ascii_uppercase()))
        .add_uri("work-space:sales-7")
        .add_email_address("jane@example.com");
    assert_eq!(read(names), Ok(identity()));
}

#[test]
fn names_of_other_kinds_say_nothing() {
    let names = device_and_space().add_email_address("jane@example.com").add_dns_name("jane.example.com");
    assert_eq!(read(names), Ok(identity()));
}

#[test]
fn absent_parts_are_named() {
    let absent = |names| read(names).unwrap_err();
    let (device, mail) = (identity().device().to_uri(), "jane@example.com");
    let without_device = GeneralNamesBuilder::new().add_uri("work-space:sales-7").add_email_address(mail);
    assert_eq!(absent(without_device), IdentityError::Absent(IdentityField::Device));
    let without_space = GeneralNamesBuilder::new().add_uri(&device).add_email_address(mail);
    assert_eq!(absent(without_space), IdentityError::Absent(IdentityField::WorkSpace));
    assert_eq!(absent(device_and_space()), IdentityError::Absent(IdentityField::User));
    let nothing = certificate(Name::from_common_name("x").unwrap(), None);
    assert_eq!(identity_of(&nothing, &IdentityUris::DEFAULT), Err(IdentityError::Absent(IdentityField::Device)));
}

#[test]
fn parts_that_are_there_twice_are_named() {
    let names = || device_and_space().add_email_address("jane@example.com").add_upn("jane@corp");
    let twice = |names, field| assert_eq!(read(names), Err(IdentityError::Twice(field)));
    twice(names().add_uri(&identity().device().to_uri()), IdentityField::Device);
    twice(names().add_uri("urn:uuid:00000000-0000-0000-0000-000000000000"), IdentityField::Device);
    twice(names().add_uri("work-space:sales-8"), IdentityField::WorkSpace);
    twice(names().add_email_address("joan@example.com"), IdentityField::Email);
    twice(names().add_upn("joan@corp"), IdentityField::Upn);
    let sid = Sid::new(SID).unwrap().to_uri();
    twice(names().add_uri(&sid).add_uri(&sid), IdentityField::Sid);
    let subject = NameBuilder::new().add_organization("A").add_organization("B").build().unwrap();
    let read = identity_of(&certificate(subject, Some(names())), &IdentityUris::DEFAULT);
    assert_eq!(read, Err(IdentityError::Twice(IdentityField::Organisation)));
}

#[test]
fn malformed_parts_are_named() {
    let names = || device_and_space().add_email_address("jane@example.com");
    let malformed = |names, field| assert_eq!(read(names), Err(IdentityError::Malformed(field)));
    malformed(GeneralNamesBuilder::new().add_uri("urn:uuid:7"), IdentityField::Device);
    malformed(GeneralNamesBuilder::new().add_uri("work-space:"), IdentityField::WorkSpace);
    malformed(GeneralNamesBuilder::new().add_uri("work-space:a/b"), IdentityField::WorkSpace);
    malformed(names().add_uri("tag:microsoft.com,2022-09-14:sid:S-1"), IdentityField::Sid);
    malformed(device_and_space().add_email_address("jane"), IdentityField::Email);
    malformed(names().add_upn("jane"), IdentityField::Upn);
    malformed(names().add_other_name(oid::UPN, &hex!("020101")), IdentityField::Upn);
    // A UTF8String that is none.
    let subject = Name::from_der(&hex!("300c 310a 3008 0603 55040a 0c01 ff")).unwrap();
    let read = identity_of(&certificate(subject, Some(names())), &IdentityUris::DEFAULT);
    assert_eq!(read, Err(IdentityError::Malformed(IdentityField::Organisation)));
}

#[test]
fn uris_without_meaning_are_ambiguous() {
    for uri in ["https://mdm.example.com/work-spaces/7", "urn:oid:1.2.3", "Work-Space:sales-7", "x", "urn:uuid"] {
        let names = device_and_space().add_email_address("jane@example.com").add_uri(uri);
        assert_eq!(read(names), Err(IdentityError::Ambiguous { uri: uri.into() }));
    }
}

#[test]
fn names_that_are_none_are_unreadable() {
    let validity = Validity::starting(UnixTime::from_seconds(1_800_000_000), Duration::from_secs(86_400));
    let (serial, name) = (SerialNumber::from_bytes(&[7]).unwrap(), Name::from_common_name("x").unwrap());
    let key = PublicKey::from_der(&ED25519).unwrap();
    let certificate = CertificateBuilder::new(serial, name.clone(), name, validity, key)
        .add_extension(oid::SUBJECT_ALT_NAME, Criticality::NonCritical, &hex!("3000"))
        .build(SignatureAlgorithm::ECDSA_SHA256)
        .unwrap()
        .attach(Signature::new(vec![0; 64]));
    let error = identity_of(&certificate, &IdentityUris::DEFAULT).unwrap_err();
    assert!(matches!(error, IdentityError::Unreadable(error) if error.kind() == DecodeErrorKind::Empty), "{error}");
}

#[test]
fn prefixes_that_could_be_taken_for_others_are_refused() {
    let with = |prefix| IdentityUris::DEFAULT.with_work_space_prefix(prefix).unwrap_err();
    let long = alloc::format!("x:{}/", "a".repeat(126));
    for (prefix, error) in [
        ("urn:uuid:", BuildError::InvalidValue("workSpacePrefix")),
        ("URN:UUID:f8/", BuildError::InvalidValue("workSpacePrefix")),
        ("urn:", BuildError::InvalidValue("workSpacePrefix")),
        ("tag:", BuildError::InvalidValue("workSpacePrefix")),
        ("TAG:microsoft.com,2022-09-14:sid:x:", BuildError::InvalidValue("workSpacePrefix")),
        ("https://mdm.example.com/ws", BuildError::InvalidValue("workSpacePrefix")),
        ("work space:", BuildError::InvalidCharacters("workSpacePrefix")),
        ("7:", BuildError::InvalidCharacters("workSpacePrefix")),
        (":", BuildError::InvalidCharacters("workSpacePrefix")),
        ("x", BuildError::InvalidCharacters("workSpacePrefix")),
        ("x:#/", BuildError::InvalidCharacters("workSpacePrefix")),
        ("x:é/", BuildError::InvalidCharacters("workSpacePrefix")),
        (&long, BuildError::TooLong("workSpacePrefix")),
    ] {
        assert_eq!(with(prefix), error, "{prefix}");
    }
}

#[test]
fn parts_that_are_none_are_refused() {
    assert_eq!(WorkSpaceId::new(""), Err(BuildError::Empty("workSpace")));
    assert_eq!(WorkSpaceId::new(&"a".repeat(129)), Err(BuildError::TooLong("workSpace")));
    assert!(WorkSpaceId::new(&"a".repeat(128)).is_ok());
    assert_eq!(WorkSpaceId::new("a%20"), Err(BuildError::InvalidCharacters("workSpace")));
    for wrong in ["", "S-1-", "S-1-5", "s-1-5-21", "S-1-5-", "S-1-5-21-x", "S-1-5--21", "S-2-5-21"] {
        assert_eq!(Sid::new(wrong), Err(BuildError::InvalidValue("sid")), "{wrong}");
    }
    assert!(Sid::new("S-1-5-32-544").is_ok());
    for (mailbox, error) in [
        ("jane", BuildError::InvalidValue("email")),
        ("@example.com", BuildError::InvalidValue("email")),
        ("jane@", BuildError::InvalidValue("email")),
        ("jané@example.com", BuildError::InvalidCharacters("email")),
        ("jane doe@example.com", BuildError::InvalidCharacters("email")),
        ("jane@example.com\n", BuildError::InvalidCharacters("email")),
    ] {
        assert_eq!(User::from_email(mailbox), Err(error), "{mailbox}");
    }
    let long = alloc::format!("{}@example.com", "a".repeat(243));
    assert_eq!(User::from_email(&long), Err(BuildError::TooLong("email")));
    assert_eq!(User::from_upn("jane"), Err(BuildError::InvalidValue("upn")));
    assert!(matches!(identity().with_organisation(""), Err(BuildError::Empty(_))));
    assert!(matches!(identity().with_organisation(&"o".repeat(65)), Err(BuildError::TooLong(_))));
}

#[test]
fn records_of_identities_are_read_back() {
    for identity in [identity(), full(), identity().with_user(User::from_upn("j@corp").unwrap())] {
        let der = Writer::encode(|w| identity.encode(w));
        assert_eq!(Identity::decode(&mut Reader::new(&der)), Ok(identity));
        for end in 0..der.len() {
            assert!(Identity::decode(&mut Reader::new(&der[..end])).is_err(), "{end} octets");
        }
    }
    // No user, a work space that is none, and a text that is none.
    for rest in [&hex!("0c0161")[..], &hex!("0c012f 8003614062"), &hex!("0c0161 8003614062 83 01 ff")] {
        let der = Writer::encode(|w| {
            w.sequence(|w| {
                w.octet_string(&UUID_OCTETS);
                w.raw(rest);
            });
        });
        assert!(Identity::decode(&mut Reader::new(&der)).is_err());
    }
}

#[test]
fn errors_say_what_to_do() {
    for (error, text) in [
        (
            IdentityError::Absent(IdentityField::Device),
            "the certificate has no device: it is none of this service's, issue another",
        ),
        (
            IdentityError::Ambiguous { uri: "x:1".into() },
            "it can't be told what the URI x:1 names: check the prefix of work spaces",
        ),
        (
            IdentityError::Malformed(IdentityField::Upn),
            "the certificate has something that is no user principal name: issue another",
        ),
        (IdentityError::Twice(IdentityField::WorkSpace), "the certificate has more than one work space: issue another"),
    ] {
        assert_eq!(error.to_string(), text);
    }
}
