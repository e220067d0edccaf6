//! The Baseline Requirements: what breaks each rule, and nothing else.

use super::*;

/// What it breaks of the Baseline Requirements, and nothing of RFC 5280.
fn baseline(role: Role, change: impl FnOnce(&mut Sample)) -> Vec<ProfileViolation> {
    let mut sample = Sample::of(role);
    change(&mut sample);
    assert_eq!(sample.violations(Profile::RFC5280, role), []);
    sample.violations(Profile::CA_BROWSER, role)
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
