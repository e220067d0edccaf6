//! Name constraints. What is expected is what RFC 5280 section 4.2.1.10 says in words, or named implementations do.

mod peer;

use alloc::{string::ToString, vec, vec::Vec};

use hex_literal::hex;

use super::*;
use crate::{
    BuildError, Certificate, CertificateBuilder, DecodeErrorKind, GeneralName, Name, NameBuilder, Oid, SerialNumber,
    UnixTime, Validity,
    algorithm::SignatureAlgorithm,
    cert::extension::{Criticality, NameConstraints},
    crypto::Signature,
    der::{Decode, Reader, Tag, Writer},
    oid,
};

const FIXTURE: &[u8] = include_bytes!("../../../../tests/data/x509/every-extension.der");

fn certificate(subject: &Name, names: &[GeneralName<'_>]) -> Certificate {
    let subject_alt_name = Writer::encode(|w| w.sequence(|w| names.iter().for_each(|name| name.encode(w))));
    certificate_with(subject, (!names.is_empty()).then_some(&subject_alt_name))
}

/// A worthless signature, and `subject_alt_name` as its extension.
fn certificate_with(subject: &Name, subject_alt_name: Option<&Vec<u8>>) -> Certificate {
    let key = Certificate::from_der(FIXTURE).unwrap().public_key().to_owned();
    let [early, late] = [0, 1].map(UnixTime::from_seconds);
    let serial = SerialNumber::from_bytes(&[1]).unwrap();
    let issuer = Name::from_common_name("issuer").unwrap();
    let builder = CertificateBuilder::new(serial, issuer, subject.clone(), Validity::new(early, late), key);
    let builder = match subject_alt_name {
        Some(der) => builder.add_extension(oid::SUBJECT_ALT_NAME, Criticality::Critical, der),
        None => builder,
    };
    builder.build(SignatureAlgorithm::ECDSA_SHA256).unwrap().attach(Signature::new(vec![0; 8]))
}

fn constraints(permitted: &[GeneralName<'_>], excluded: &[GeneralName<'_>]) -> Vec<u8> {
    Writer::encode(|w| NameConstraints::encode(permitted, excluded, w))
}

fn decoded(der: &[u8]) -> NameConstraints<'_> {
    NameConstraints::decode(&mut Reader::new(der)).unwrap()
}

fn judge(der: &[u8], certificate: &Certificate) -> Result<(), NameRefused> {
    check(&decoded(der), certificate, &mut NameWork::new(NameWork::DEFAULT_LIMIT))
}

/// What `base` says of a certificate that has just `name`, permitted and excluded.
fn verdicts(base: GeneralName<'_>, name: GeneralName<'_>) -> [Result<(), NameRefused>; 2] {
    let certificate = certificate(&Name::empty(), &[name]);
    [constraints(&[base], &[]), constraints(&[], &[base])].map(|der| judge(&der, &certificate))
}

/// Whether `name` lies in the subtree of `base`; both lists have to agree on it.
fn inside(base: GeneralName<'_>, name: GeneralName<'_>) -> bool {
    let at = first(&name);
    match verdicts(base, name) {
        [Ok(()), Err(NameRefused::Excluded(found))] if found == at => true,
        [Err(NameRefused::NotPermitted(found)), Ok(())] if found == at => false,
        other => panic!("{base:?} and {name:?}: {other:?}"),
    }
}

fn first(name: &GeneralName<'_>) -> ConstrainedName {
    ConstrainedName { place: NamePlace::SubjectAltName { index: 0 }, form: NameForm::of(name) }
}

fn utf8(text: &str) -> Vec<u8> {
    Writer::encode(|w| w.primitive(Tag::UTF8_STRING, text.as_bytes()))
}

#[test]
fn rfc5280_s4_2_1_10_dns_names_have_labels_in_front() {
    let dns = |base, name| inside(GeneralName::DnsName(base), GeneralName::DnsName(name));
    assert!(dns("host.example.com", "www.host.example.com"));
    assert!(!dns("host.example.com", "host1.example.com"));
    assert!(dns("host.example.com", "HOST.Example.COM"));
    assert!(dns("example.com", "a.b.example.com"));
    assert!(!dns("example.com", "badexample.com"));
    assert!(!dns("www.example.com", "example.com"));
    assert!(dns("", "example.com"));
    assert!(dns("example.com", "under_score.example.com"));
}

#[test]
fn a_wildcard_is_permitted_if_all_that_it_stands_for_is_and_excluded_if_any_is() {
    let permitted = |base, name| verdicts(GeneralName::DnsName(base), GeneralName::DnsName(name))[0].is_ok();
    let excluded = |base, name| verdicts(GeneralName::DnsName(base), GeneralName::DnsName(name))[1].is_err();
    for (base, name, is_permitted, is_excluded) in [
        ("example.com", "*.example.com", true, true),
        ("com", "*.example.com", true, true),
        ("", "*.example.com", true, true),
        // CVE-2025-61727, and the other way round.
        ("bar.example.com", "*.example.com", false, true),
        ("BAR.Example.com", "*.eXample.com", false, true),
        // A wildcard is one label (RFC 9525 section 6.3), so nothing below a.b is reached.
        ("a.b.example.com", "*.example.com", false, false),
        ("example.org", "*.example.com", false, false),
        ("example.com", "*.com", false, true),
    ] {
        assert_eq!(permitted(base, name), is_permitted, "{base} and {name}");
        assert_eq!(excluded(base, name), is_excluded, "{base} and {name}");
    }
}

#[test]
fn dns_names_that_are_none_are_refused_where_constrained() {
    let long_label = "a".repeat(64);
    let long_name = "a.".repeat(126) + "aa";
    for name in [
        "",
        ".example.com",
        "example.com.",
        "a..example.com",
        "*",
        "*.",
        "w*.example.com",
        "a.*.example.com",
        "*.*.com",
    ]
    .into_iter()
    .chain(["-a.example.com", "a-.example.com", "a b.example.com", "a/example.com", &long_label, &long_name])
    {
        let name = GeneralName::DnsName(name);
        let refused = Err(NameRefused::MalformedName(first(&name)));
        assert_eq!(verdicts(GeneralName::DnsName("example.com"), name), [refused, refused], "{name:?}");
        assert_eq!(verdicts(GeneralName::Uri(".example.com"), name), [Ok(()), Ok(())], "{name:?}");
    }
    assert!(inside(GeneralName::DnsName("a"), GeneralName::DnsName(long_name.get(..253).unwrap())));
}

#[test]
fn constraints_that_are_none_are_refused_where_their_form_is() {
    let [dns, mail, uri] = ["www.example.com", "a@example.com", "http://www.example.com/"];
    let address = GeneralName::IpAddress(&[192, 0, 2, 1]);
    let bases = [
        (GeneralName::DnsName(".example.com"), GeneralName::DnsName(dns)),
        (GeneralName::DnsName("*.example.com"), GeneralName::DnsName(dns)),
        (GeneralName::DnsName("example.com."), GeneralName::DnsName(dns)),
        (GeneralName::Rfc822Name(""), GeneralName::Rfc822Name(mail)),
        (GeneralName::Rfc822Name("@example.com"), GeneralName::Rfc822Name(mail)),
        (GeneralName::Rfc822Name("a@b@example.com"), GeneralName::Rfc822Name(mail)),
        (GeneralName::Rfc822Name("*.example.com"), GeneralName::Rfc822Name(mail)),
        (GeneralName::Rfc822Name("a@.example.com"), GeneralName::Rfc822Name(mail)),
        (GeneralName::Uri(""), GeneralName::Uri(uri)),
        (GeneralName::Uri("com"), GeneralName::Uri(uri)),
        (GeneralName::Uri("192.0.2.1"), GeneralName::Uri(uri)),
        (GeneralName::Uri(".0.2.1"), GeneralName::Uri(uri)),
        (GeneralName::Uri("http://www.example.com"), GeneralName::Uri(uri)),
        (GeneralName::IpAddress(&hex!("c0000200 ffff00ff")), address),
        (GeneralName::IpAddress(&hex!("c0000200 fffd0000")), address),
        (GeneralName::IpAddress(&hex!("c0000200 ff00ff00")), address),
    ];
    for (base, name) in bases {
        let refused = Err(NameRefused::MalformedConstraint(first(&name)));
        assert_eq!(verdicts(base, name), [refused, refused], "{base:?}");
        assert!(!is_subtree_base(&base), "{base:?}");
        let other = GeneralName::DirectoryName(crate::NameRef::EMPTY);
        assert_eq!(verdicts(base, other), [Ok(()), Ok(())], "{base:?}");
    }
}

#[test]
fn one_malformed_constraint_is_enough_wherever_it_is() {
    let certificate = certificate(&Name::empty(), &[GeneralName::DnsName("example.com")]);
    let [good, bad] = ["example.com", ".example.com"].map(GeneralName::DnsName);
    for list in [[good, bad], [bad, good]] {
        let refused = judge(&constraints(&list, &[]), &certificate).unwrap_err();
        assert!(matches!(refused, NameRefused::MalformedConstraint(_)));
    }
}

#[test]
fn rfc5280_s4_2_1_10_addresses_with_masks() {
    let address = |base: &[u8], name: &[u8]| inside(GeneralName::IpAddress(base), GeneralName::IpAddress(name));
    let class_c = hex!("c0000200 ffffff00");
    assert!(address(&class_c, &[192, 0, 2, 0]) && address(&class_c, &[192, 0, 2, 255]));
    assert!(!address(&class_c, &[192, 0, 3, 0]) && !address(&class_c, &[192, 0, 1, 255]));
    assert!(address(&hex!("c0000205 ffffff00"), &[192, 0, 2, 9]));
    let ten_bits = hex!("c0400000 ffc00000");
    assert!(address(&ten_bits, &[192, 127, 1, 1]) && !address(&ten_bits, &[192, 128, 0, 0]));
    assert!(address(&[0; 8], &[8, 8, 8, 8]));
    let documentation = hex!("20010db8000000000000000000000000 ffffffff000000000000000000000000");
    assert!(address(&documentation, &hex!("20010db8000000000000000000000001")));
    assert!(!address(&documentation, &hex!("20010db9000000000000000000000001")));
    assert!(address(&[0; 32], &hex!("20010db9000000000000000000000001")));
    // Both versions are one form: what permits some of the one permits none of the other.
    assert!(!address(&[0; 8], &[0; 16]) && !address(&[0; 32], &[0; 4]));
}

#[test]
fn rfc5280_s4_2_1_10_mailboxes_hosts_and_domains() {
    let mail = |base, name| inside(GeneralName::Rfc822Name(base), GeneralName::Rfc822Name(name));
    assert!(mail("root@example.com", "root@EXAMPLE.com"));
    assert!(!mail("root@example.com", "Root@example.com"));
    assert!(!mail("root@example.com", "root@mail.example.com"));
    assert!(mail("example.com", "anybody@Example.com"));
    assert!(!mail("example.com", "anybody@mail.example.com"));
    assert!(!mail("example.com", "anybody@badexample.com"));
    assert!(mail(".example.com", "anybody@mail.example.com") && mail(".example.com", "anybody@a.b.example.com"));
    assert!(!mail(".example.com", "anybody@example.com") && !mail(".example.com", "anybody@badexample.com"));
    // An asterisk is a character like others.
    assert!(mail("*@example.com", "*@example.com") && !mail("*@example.com", "user@example.com"));
}

#[test]
fn rfc5321_s4_1_2_quoting_does_not_change_a_mailbox() {
    let mail = |base, name| inside(GeneralName::Rfc822Name(base), GeneralName::Rfc822Name(name));
    assert!(mail("root@example.com", r#""root"@example.com"#));
    assert!(mail("root@example.com", r#""r\oot"@example.com"#));
    assert!(mail(r#""a@b"@example.com"#, r#""a\@b"@example.com"#));
    assert!(mail("example.com", r#""a@evil.example"@example.com"#));
    assert!(!mail("evil.example", r#""a@evil.example"@example.com"#));
    assert!(!mail("root@example.com", r#""root\\"@example.com"#) && mail("example.com", r#""\"@"@example.com"#));
}

#[test]
fn mailboxes_that_are_none_are_refused_where_constrained() {
    for name in [
        "",
        "example.com",
        "@example.com",
        "a@",
        "a@b@example.com",
        "a@.example.com",
        "a@example.com.",
        "a@[192.0.2.1]",
    ]
    .into_iter()
    .chain([
        "a..b@example.com",
        ".a@example.com",
        "a.@example.com",
        "a b@example.com",
        " a@example.com",
        "a@exa_mple.com",
    ])
    .chain([r#""a@example.com"#, r#""a"b@example.com"#, r#""a\"@example.com"#, "\"\n\"@example.com"])
    {
        let name = GeneralName::Rfc822Name(name);
        let refused = Err(NameRefused::MalformedName(first(&name)));
        assert_eq!(verdicts(GeneralName::Rfc822Name("example.com"), name), [refused, refused], "{name:?}");
    }
}

#[test]
fn rfc9598_s6_constraints_on_mailboxes_hold_for_those_in_utf8() {
    let mail = |base, value: &[u8]| {
        inside(GeneralName::Rfc822Name(base), GeneralName::OtherName { type_id: oid::SMTP_UTF8_MAILBOX, value })
    };
    // The examples of figure 1, with the domain in A-labels as RFC 9598 has it.
    assert!(mail("elementary.school.example.com", &utf8("学生@elementary.school.example.com")));
    assert!(mail("xn--pss25c.example.com", &utf8("医生@xn--pss25c.example.com")));
    assert!(!mail("xn--pss25c.example.com", &utf8("医生@elementary.school.example.com")));
    assert!(mail(".example.com", &utf8("医生@xn--pss25c.example.com")));
    // One mailbox may be written in both.
    assert!(
        mail("root@example.com", &utf8("root@example.com")) && !mail("root@example.com", &utf8("röot@example.com"))
    );

    let ia5 = Writer::encode(|w| w.primitive(Tag::IA5_STRING, b"a@example.com"));
    for value in [utf8("医生@大学.example.com"), utf8("a"), hex!("0c01ff").to_vec(), ia5] {
        let name = GeneralName::OtherName { type_id: oid::SMTP_UTF8_MAILBOX, value: &value };
        let refused = Err(NameRefused::MalformedName(first(&name)));
        assert_eq!(verdicts(GeneralName::Rfc822Name("example.com"), name), [refused, refused]);
    }
    // "MUST use rfc822Name": the other is not processed as a constraint, on neither.
    let text = utf8("example.com");
    let base = GeneralName::OtherName { type_id: oid::SMTP_UTF8_MAILBOX, value: &text };
    let name = GeneralName::Rfc822Name("a@example.com");
    let refused = Err(NameRefused::NotProcessed(first(&name)));
    assert_eq!(verdicts(base, name), [refused, refused]);
}

#[test]
fn rfc5280_s4_2_1_10_hosts_of_uris() {
    let uri = |base, name| inside(GeneralName::Uri(base), GeneralName::Uri(name));
    assert!(uri(".example.com", "http://host.example.com/") && uri(".example.com", "http://my.host.example.com"));
    assert!(!uri(".example.com", "http://example.com/") && !uri(".example.com", "http://badexample.com/"));
    assert!(uri("host.example.com", "https://HOST.example.com:8443/a?b#c"));
    assert!(!uri("host.example.com", "https://my.host.example.com"));
    assert!(uri("host.example.com", "ftp://user:password@host.example.com/"));
    assert!(!uri("evil.example", "ftp://evil.example@host.example.com/"));
    assert!(!uri("evil.example", "https://host.example.com?@evil.example/"));
    assert!(uri("host.example.com", "https://host.example.com#@evil.example/"));
}

#[test]
fn rfc5280_s4_2_1_10_uris_without_a_domain_name_are_refused_where_constrained() {
    for name in
        ["urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "mailto:a@host.example.com", "http:///a", "http://192.0.2.1/"]
            .into_iter()
            .chain([
                "http://[2001:db8::1]/",
                "http://host/",
                "http://0x7f.1/",
                "http://host.example.com./",
                "http://a@/",
            ])
            .chain([
                "//host.example.com/",
                "host.example.com",
                "1http://host.example.com/",
                "http://host.%65xample.com/",
            ])
            .chain([
                "http://a@b@host.example.com/",
                r"http://evil.example\@host.example.com/",
                "http://host.example.com:a/",
            ])
    {
        let name = GeneralName::Uri(name);
        let refused = Err(NameRefused::MalformedName(first(&name)));
        assert_eq!(verdicts(GeneralName::Uri("host.example.com"), name), [refused, refused], "{name:?}");
        assert_eq!(verdicts(GeneralName::DnsName("host.example.com"), name), [Ok(()), Ok(())], "{name:?}");
    }
}

#[test]
fn rfc5280_s4_2_1_10_directory_names() {
    let name = |parts: &[&str]| {
        let builder = NameBuilder::new().add_country("US").add_organization("Example  Org");
        parts.iter().fold(builder, |builder, part| builder.add_organizational_unit(part)).build().unwrap()
    };
    let [org, unit, inner] = [name(&[]), name(&["One"]), name(&["ONE ", "Two"])];
    let directory = |base: &Name, name: &Name| {
        inside(GeneralName::DirectoryName(base.as_ref()), GeneralName::DirectoryName(name.as_ref()))
    };
    assert!(directory(&org, &org) && directory(&org, &inner) && directory(&unit, &inner));
    assert!(!directory(&inner, &unit) && !directory(&name(&["Two"]), &inner) && !directory(&name(&["On"]), &unit));
    assert!(directory(&Name::empty(), &unit) && !directory(&org, &Name::empty()));

    // "MUST be applied to the subject field": all of it, and the names in the extension too.
    let base = [GeneralName::DirectoryName(unit.as_ref())];
    let [permitted, excluded] = [constraints(&base, &[]), constraints(&[], &base)];
    let at = |place| ConstrainedName { place, form: NameForm::DirectoryName };
    let [subject, alternative] = [at(NamePlace::Subject), at(NamePlace::SubjectAltName { index: 0 })];
    let with = |subject: &Name, name: &Name| certificate(subject, &[GeneralName::DirectoryName(name.as_ref())]);
    assert_eq!(judge(&permitted, &with(&inner, &unit)), Ok(()));
    assert_eq!(judge(&permitted, &with(&org, &unit)), Err(NameRefused::NotPermitted(subject)));
    assert_eq!(judge(&permitted, &with(&unit, &org)), Err(NameRefused::NotPermitted(alternative)));
    assert_eq!(judge(&excluded, &with(&inner, &org)), Err(NameRefused::Excluded(subject)));
    assert_eq!(judge(&excluded, &with(&org, &inner)), Err(NameRefused::Excluded(alternative)));
    assert_eq!(judge(&excluded, &with(&org, &org)), Ok(()));
    // An empty subject is no name.
    assert_eq!(judge(&permitted, &with(&Name::empty(), &unit)), Ok(()));
}

#[test]
fn user_principal_names_as_windows_has_them() {
    let upn = |base: &str, name: &str| {
        let [base, name] = [base, name].map(utf8);
        inside(
            GeneralName::OtherName { type_id: oid::UPN, value: &base },
            GeneralName::OtherName { type_id: oid::UPN, value: &name },
        )
    };
    // A test of .NET has @microsoft.com exclude johndoe@microsoft.com.
    assert!(upn("@microsoft.com", "johndoe@microsoft.com") && upn("@Microsoft.COM", "JohnDoe@microsoft.com"));
    assert!(
        !upn("@microsoft.com", "johndoe@evil.microsoft.com") && !upn("@microsoft.com", "johndoe@evilmicrosoft.com")
    );
    assert!(upn("user@domain.com", "USER@domain.com") && !upn("user@domain.com", "xuser@domain.com"));
    assert!(upn("éva@domain.com", "Éva@domain.com"));

    let name = utf8("user@domain.com");
    let name = GeneralName::OtherName { type_id: oid::UPN, value: &name };
    for unclear in ["domain.com", ".domain.com", "", "a@b@domain.com", "@"] {
        let base = utf8(unclear);
        let refused = Err(NameRefused::NotProcessed(first(&name)));
        assert_eq!(verdicts(GeneralName::OtherName { type_id: oid::UPN, value: &base }, name), [refused, refused]);
    }
    let number = GeneralName::OtherName { type_id: oid::UPN, value: &hex!("020101") };
    let refused = Err(NameRefused::MalformedConstraint(first(&name)));
    assert_eq!(verdicts(number, name), [refused, refused]);

    let base = utf8("@domain.com");
    let base = GeneralName::OtherName { type_id: oid::UPN, value: &base };
    for malformed in ["user", "@domain.com", "user@", "user@domain.com@domain.com", "user@dömain.com"] {
        let name = utf8(malformed);
        let name = GeneralName::OtherName { type_id: oid::UPN, value: &name };
        let refused = Err(NameRefused::MalformedName(first(&name)));
        assert_eq!(verdicts(base, name), [refused, refused], "{malformed}");
    }
    let refused = Err(NameRefused::MalformedName(first(&number)));
    assert_eq!(verdicts(base, number), [refused, refused]);
}

#[test]
fn rfc5280_s4_2_1_10_forms_that_are_not_processed_are_refused_where_present() {
    let private = Oid::from_bytes(&hex!("2b060104018237630a")).unwrap();
    let other = GeneralName::OtherName { type_id: private, value: &hex!("0500") };
    let unprocessed = [
        other,
        GeneralName::X400Address(&[0x30, 0x00]),
        GeneralName::EdiPartyName(&[0xa1, 0x03, 0x0c, 0x01, 0x78]),
        GeneralName::RegisteredId(oid::SHA256),
    ];
    for name in unprocessed {
        let refused = Err(NameRefused::NotProcessed(first(&name)));
        assert_eq!(verdicts(name, name), [refused, refused]);
        assert_eq!(verdicts(name, GeneralName::DnsName("example.com")), [Ok(()), Ok(())]);
        assert_eq!(verdicts(GeneralName::DnsName("example.com"), name), [Ok(()), Ok(())]);
    }
    // Each type of otherName is a form of its own.
    let upn = utf8("user@domain.com");
    let upn = GeneralName::OtherName { type_id: oid::UPN, value: &upn };
    assert_eq!(verdicts(other, upn), [Ok(()), Ok(())]);
    assert_eq!(verdicts(upn, other), [Ok(()), Ok(())]);
}

#[test]
fn rfc5280_s4_2_1_10_minimum_and_maximum_are_not_processed() {
    let dns = hex!("8201 61");
    let certificate_of = |name| certificate(&Name::empty(), &[GeneralName::DnsName(name)]);
    let subtree = |distances: &[u8]| {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.constructed(Tag::context_constructed(0), |w| {
                    w.sequence(|w| [&dns[..], distances].into_iter().for_each(|part| w.raw(part)));
                });
            });
        })
    };
    let refused = Err(NameRefused::NotProcessed(first(&GeneralName::DnsName("a"))));
    assert_eq!(judge(&subtree(&[]), &certificate_of("a")), Ok(()));
    assert_eq!(judge(&subtree(&hex!("800100")), &certificate_of("a")), Ok(()));
    assert_eq!(judge(&subtree(&hex!("800101")), &certificate_of("a")), refused);
    assert_eq!(judge(&subtree(&hex!("810100")), &certificate_of("a")), refused);
    // "for a name form that appears in a subsequent certificate"
    let address = certificate(&Name::empty(), &[GeneralName::IpAddress(&[192, 0, 2, 1])]);
    assert_eq!(judge(&subtree(&hex!("800101")), &address), Ok(()));
}

#[test]
fn rfc5280_s4_2_1_10_email_addresses_in_the_subject() {
    let subject = |address: &str| {
        NameBuilder::new().add_common_name("x").add_email_address("a@example.com").add_email_address(address).build()
    };
    let [good, bad] = ["b@example.com", "b@example.org"].map(|address| subject(address).unwrap());
    let der = constraints(&[GeneralName::Rfc822Name("example.com")], &[]);
    let at = ConstrainedName { place: NamePlace::EmailAddress, form: NameForm::Rfc822Name };
    let refused = Err(NameRefused::NotPermitted(at));
    assert_eq!(judge(&der, &certificate(&good, &[])), Ok(()));
    assert_eq!(judge(&der, &certificate(&bad, &[])), refused);
    assert_eq!(judge(&der, &certificate(&bad, &[GeneralName::DnsName("example.org")])), refused);
    // Who has the name in its right place is judged by that.
    assert_eq!(judge(&der, &certificate(&bad, &[GeneralName::Rfc822Name("b@example.com")])), Ok(()));
    assert_eq!(judge(&constraints(&[GeneralName::DnsName("a")], &[]), &certificate(&bad, &[])), Ok(()));

    let no_text = Writer::encode(|w| {
        w.sequence(|w| {
            w.constructed(Tag::SET, |w| {
                w.sequence(|w| {
                    w.oid(oid::EMAIL_ADDRESS);
                    w.raw(&hex!("0c01ff"));
                });
            });
        });
    });
    let certificate = certificate(&Name::from_der(&no_text).unwrap(), &[]);
    assert_eq!(judge(&der, &certificate), Err(NameRefused::MalformedName(at)));
}

#[test]
fn rfc5280_s4_2_1_10_one_permitted_subtree_is_enough_and_one_excluded_too_many() {
    let [com, org, host] = ["example.com", "example.org", "host.example.com"].map(GeneralName::DnsName);
    let der = constraints(&[com, org, GeneralName::IpAddress(&[0; 8])], &[host]);
    let names = |names: &[GeneralName<'_>]| judge(&der, &certificate(&Name::empty(), names));
    let at = |index| ConstrainedName { place: NamePlace::SubjectAltName { index }, form: NameForm::DnsName };
    assert_eq!(names(&[com, org, GeneralName::IpAddress(&[1; 4]), GeneralName::Uri("urn:x:y")]), Ok(()));
    assert_eq!(names(&[com, GeneralName::DnsName("example.net")]), Err(NameRefused::NotPermitted(at(1))));
    // "regardless of information appearing in the permittedSubtrees"
    assert_eq!(names(&[com, org, host]), Err(NameRefused::Excluded(at(2))));
    assert_eq!(judge(&der, &certificate(&Name::from_common_name("bad.example").unwrap(), &[])), Ok(()));
}

#[test]
fn names_that_cannot_be_decoded_are_refused() {
    let range = hex!("300a 8708 c0000200ffffff00").to_vec();
    let certificate = certificate_with(&Name::empty(), Some(&range));
    let refused = judge(&constraints(&[], &[GeneralName::DnsName("a")]), &certificate).unwrap_err();
    assert!(matches!(refused, NameRefused::Undecodable(error) if error.kind() == DecodeErrorKind::InvalidValue));
    assert!(refused.to_string().starts_with("subjectAltName cannot be decoded: InvalidValue"), "{refused}");
}

#[test]
fn work_is_bounded() {
    let texts: Vec<_> = (0..1024).map(|number| alloc::format!("n{number}.example.com")).collect();
    let names: Vec<_> = texts.iter().map(|text| GeneralName::DnsName(text)).collect();
    let certificate = certificate(&Name::empty(), &names);
    let der = constraints(&names, &[]);
    assert_eq!(judge(&der, &certificate), Err(NameRefused::TooMuchWork));

    let few = constraints(&names[..2], &[GeneralName::IpAddress(&[0; 8])]);
    let few = decoded(&few);
    let certificate = self::certificate(&Name::empty(), &names[..2]);
    let mut work = NameWork::new(100);
    assert_eq!(check(&few, &certificate, &mut work), Ok(()));
    // 3 subtrees to see what is constrained; 2 names, each looked at, with 1 excluded one to look at and 2 compared with.
    assert_eq!(work.left(), 100 - 3 - 2 * (1 + 1 + 2 * 2));
    assert_eq!(check(&few, &certificate, &mut NameWork::new(15)), Ok(()));
    let mut short = NameWork::new(14);
    assert_eq!(check(&few, &certificate, &mut short), Err(NameRefused::TooMuchWork));
    assert_eq!(short.left(), 0);
}

#[test]
fn comparing_long_directory_names_costs_more() {
    let names = ["a", "b"].map(|tail| Name::from_common_name(&("x".repeat(60) + tail)).unwrap());
    let subject = certificate(&names[0], &[]);
    let cost = |base: &Name| {
        let der = constraints(&[], &[GeneralName::DirectoryName(base.as_ref())]);
        let mut work = NameWork::new(1000);
        assert_eq!(check(&decoded(&der), &subject, &mut work), Ok(()));
        1000 - work.left()
    };
    let short = Name::from_common_name("x").unwrap();
    // 61 octets of text, in a SET of a SEQUENCE with an identifier of 5.
    assert_eq!(names[1].as_der().len(), 74);
    assert_eq!((cost(&names[1]), cost(&short)), (3 + 74, 3 + 14));
}

#[test]
fn refusals_say_which_name() {
    let at = ConstrainedName { place: NamePlace::SubjectAltName { index: 2 }, form: NameForm::DnsName };
    let email = ConstrainedName { place: NamePlace::EmailAddress, form: NameForm::Rfc822Name };
    let subject = ConstrainedName { place: NamePlace::Subject, form: NameForm::DirectoryName };
    for (refused, text) in [
        (NameRefused::Excluded(at), "the dNSName at index 2 of subjectAltName lies in an excluded subtree"),
        (NameRefused::NotPermitted(subject), "the subject lies in no permitted subtree"),
        (NameRefused::MalformedName(email), "emailAddress in the subject is malformed, and constrained"),
        (NameRefused::MalformedConstraint(subject), "a constraint on the subject is malformed"),
        (NameRefused::NotProcessed(subject), "a constraint on the subject is of a kind that is not processed"),
        (NameRefused::TooMuchWork, "more names and name constraints than may be compared"),
    ] {
        assert_eq!(refused.to_string(), text);
    }
}

#[test]
fn forms_are_spelt_as_in_the_rfc() {
    let names = [
        (GeneralName::OtherName { type_id: oid::UPN, value: &[5, 0] }, "otherName"),
        (GeneralName::Rfc822Name("a"), "rfc822Name"),
        (GeneralName::DnsName("a"), "dNSName"),
        (GeneralName::X400Address(&[]), "x400Address"),
        (GeneralName::DirectoryName(crate::NameRef::EMPTY), "directoryName"),
        (GeneralName::EdiPartyName(&[]), "ediPartyName"),
        (GeneralName::Uri("a:"), "uniformResourceIdentifier"),
        (GeneralName::IpAddress(&[]), "iPAddress"),
        (GeneralName::RegisteredId(oid::SHA256), "registeredID"),
    ];
    assert!(names.iter().all(|(name, text)| NameForm::of(name).as_str() == *text));
    assert!(names.is_sorted_by_key(|(name, _)| NameForm::of(name)));
}

#[test]
fn what_a_ca_builds_is_what_is_checked() {
    let key = Certificate::from_der(FIXTURE).unwrap().public_key().to_owned();
    let builder = || {
        let [early, late] = [0, 1].map(UnixTime::from_seconds);
        let name = || Name::from_common_name("ca").unwrap();
        let serial = SerialNumber::from_bytes(&[1]).unwrap();
        CertificateBuilder::new(serial, name(), name(), Validity::new(early, late), key.clone())
    };
    let permitted = [GeneralName::DnsName("example.com"), GeneralName::IpAddress(&hex!("c0000200 ffffff00"))];
    let excluded = [GeneralName::Rfc822Name(".example.com")];
    let unsigned = builder().with_name_constraints(&permitted, &excluded).build(SignatureAlgorithm::ECDSA_SHA256);
    let ca = unsigned.unwrap().attach(Signature::new(vec![0; 8]));
    assert!(ca.extension(oid::NAME_CONSTRAINTS).unwrap().critical);
    let read = ca.name_constraints().unwrap().unwrap();
    assert!(read.permitted.unwrap().iter().map(|subtree| subtree.base).eq(permitted));
    assert!(read.excluded.unwrap().iter().map(|subtree| subtree.base).eq(excluded));
    // SEQUENCE { [0] { SEQUENCE { [2] }, SEQUENCE { [7] } }, [1] { SEQUENCE { [1] } } }
    let der = ca.extension(oid::NAME_CONSTRAINTS).unwrap().value;
    assert!(
        der.starts_with(&hex!("302f a01b 300d 820b")) && der[31..].starts_with(&hex!("a110 300e 810c")),
        "{der:02x?}"
    );

    for (base, form) in [
        (GeneralName::DnsName(".example.com"), "dNSName"),
        (GeneralName::IpAddress(&[192, 0, 2, 1]), "iPAddress"),
        (GeneralName::Rfc822Name("é@example.com"), "rfc822Name"),
        (GeneralName::Uri("https://example.com"), "uniformResourceIdentifier"),
        (GeneralName::OtherName { type_id: oid::UPN, value: b"" }, "otherName"),
    ] {
        let error = builder().with_name_constraints(&[], &[base]).build(SignatureAlgorithm::ECDSA_SHA256).unwrap_err();
        assert_eq!(error, BuildError::InvalidValue(form));
    }
    let none = builder().with_name_constraints(&permitted, &[]).with_name_constraints(&[], &[]);
    let none = none.build(SignatureAlgorithm::ECDSA_SHA256).unwrap().attach(Signature::new(vec![0; 8]));
    assert!(none.extensions().is_empty());
}
