//! RFC 5280 section 4: what breaks each rule, and nothing else.

use super::*;

/// What a sample in `role` breaks of RFC 5280 after a change.
fn rfc(role: Role, change: impl FnOnce(&mut Sample)) -> Vec<ProfileViolation> {
    let mut sample = Sample::of(role);
    change(&mut sample);
    assert_eq!(sample.violations(Profile::PATH_VALIDATION, role), []);
    assert_eq!(sample.violations(Profile::SCEP_TRANSPORT, role), []);
    sample.violations(Profile::RFC5280, role)
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
    let long = [label.as_str(), &label, &label, &"a".repeat(61)].join(".");
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
            w.sequence(|w| w.sequence(|w| parts.iter().for_each(|(tag, content)| w.primitive(*tag, content))));
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
