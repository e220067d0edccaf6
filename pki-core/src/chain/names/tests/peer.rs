//! Names of peers.

use core::net::IpAddr;

use super::*;

fn matches(peer: PeerName<'_>, name: GeneralName<'_>) -> bool {
    peer.matches(&certificate(&Name::empty(), &[GeneralName::RegisteredId(oid::SHA256), name])).unwrap()
}

fn dns(peer: &str, name: &str) -> bool {
    matches(PeerName::Dns(peer), GeneralName::DnsName(name))
}

#[test]
fn rfc6125_s6_4_1_labels_are_compared_without_case() {
    assert!(dns("www.example.com", "www.example.com") && dns("WWW.Example.com", "www.eXample.com"));
    assert!(dns("localhost", "localhost"));
    assert!(!dns("example.com", "www.example.com") && !dns("www.example.com", "example.com"));
    assert!(!dns("www.example.com", "wwwxexample.com"));
}

#[test]
fn rfc6125_s6_4_3_a_wildcard_is_the_whole_first_label_and_stands_for_one() {
    assert!(dns("foo.example.com", "*.example.com") && dns("FOO.Example.com", "*.example.COM"));
    assert!(dns("xn--bliss-1b3c.example.com", "*.example.com"));
    assert!(!dns("example.com", "*.example.com") && !dns("bar.foo.example.com", "*.example.com"));
    assert!(!dns("baz.example.net", "ba*.example.net") && !dns("baz.example.net", "*z.example.net"));
    assert!(!dns("foo.bar.example.net", "foo.*.example.net") && !dns("a.b.example.net", "*.*.example.net"));
    assert!(!dns("xn--bliss-1b3c148a.example.com", "xn--*-1b3c148a.example.com"));
    assert!(!dns("example.com", "*.com") && !dns("com", "*") && !dns("com", "*.") && !dns("example.com", "*"));
    // It is for certificates, not for who asks.
    assert!(!dns("*.example.com", "*.example.com") && !dns("*.example.com", "foo.example.com"));
}

#[test]
fn what_is_no_name_of_a_host_matches_nothing() {
    for name in ["under_score.example.com", "-a.example.com", "a..example.com", ".example.com", "", ".", "a b"] {
        assert!(!dns(name, name), "{name}");
    }
    assert!(!dns("under_score.example.com", "*.example.com"));
    assert!(!dns("faß.example", "*.example"));
    assert!(!dns("127.0.0.1", "127.0.0.1") && !dns("1.2.3", "*.2.3") && !dns("0x7f", "0x7f"));
}

#[test]
fn a_dot_at_the_end_is_for_who_asks() {
    assert!(dns("www.example.com.", "www.example.com"));
    assert!(!dns("www.example.com..", "www.example.com"));
    assert!(!dns("www.example.com", "www.example.com.") && !dns("www.example.com.", "www.example.com."));
}

#[test]
fn rfc9525_s2_the_common_name_is_no_name_of_a_host() {
    let subject = Name::from_common_name("www.example.com").unwrap();
    let peer = PeerName::Dns("www.example.com");
    assert_eq!(peer.matches(&certificate(&subject, &[])), Ok(false));
    assert_eq!(peer.matches(&certificate(&subject, &[GeneralName::Uri("http://www.example.com")])), Ok(false));
}

#[test]
fn rfc6125_addresses_have_the_same_octets() {
    let address = |peer: &str, octets: &[u8]| {
        matches(PeerName::Ip(peer.parse::<IpAddr>().unwrap()), GeneralName::IpAddress(octets))
    };
    assert!(address("192.0.2.1", &[192, 0, 2, 1]) && !address("192.0.2.2", &[192, 0, 2, 1]));
    assert!(address("2001:db8::1", &hex!("20010db8000000000000000000000001")));
    assert!(!address("::ffff:192.0.2.1", &[192, 0, 2, 1]));
    assert!(!address("192.0.2.1", &hex!("00000000000000000000ffffc0000201")));
    assert!(!matches(PeerName::Ip(IpAddr::from([192, 0, 2, 1])), GeneralName::DnsName("192.0.2.1")));
    assert!(!matches(PeerName::Ip(IpAddr::from([192, 0, 2, 1])), GeneralName::DnsName("*.0.2.1")));
}

#[test]
fn rfc5280_s7_5_mailboxes_differ_by_case_before_the_at_sign_only() {
    let mail = |peer, name| matches(PeerName::Email(peer), GeneralName::Rfc822Name(name));
    assert!(mail("Jane@example.com", "Jane@EXAMPLE.com") && !mail("jane@example.com", "Jane@example.com"));
    assert!(mail("jane@example.com", r#""jane"@example.com"#));
    assert!(!mail("example.com", "jane@example.com") && !mail("@example.com", "@example.com"));
    let international = |peer, name: &str| {
        let value = utf8(name);
        matches(PeerName::Email(peer), GeneralName::OtherName { type_id: oid::SMTP_UTF8_MAILBOX, value: &value })
    };
    assert!(international("学生@school.example.com", "学生@School.example.com"));
    assert!(!international("医生@school.example.com", "学生@school.example.com"));
    assert!(!international("学生@学.example.com", "学生@学.example.com"));
}

#[test]
fn rfc6125_s6_5_a_uri_asks_for_scheme_and_host() {
    let uri = |peer, name| matches(PeerName::Uri(peer), GeneralName::Uri(name));
    assert!(
        uri("https://www.example.com", "HTTPS://www.EXAMPLE.com/a?b")
            && uri("https://www.example.com/", "https://www.example.com")
    );
    assert!(uri("https://www.example.com", "https://user@www.example.com:8443/"));
    assert!(
        !uri("https://www.example.com", "http://www.example.com")
            && !uri("https://example.com", "https://www.example.com")
    );
    assert!(
        !uri("https://www.example.com", "https://*.example.com")
            && !uri("https://www.example.com", "https:www.example.com")
    );
    assert!(uri("sip:voice.college.example", "SIP:Voice.college.example"));
    assert!(!uri("sip:voice.college.example", "sip:jane@voice.college.example"));
    // With more than that it asks for all of it.
    assert!(uri("spiffe://example.com/payments", "spiffe://example.com/payments"));
    assert!(!uri("spiffe://example.com/payments", "spiffe://example.com/Payments"));
    assert!(!uri("spiffe://example.com/payments", "spiffe://example.com/"));
    assert!(uri("https://www.example.com:8443", "https://www.example.com:8443"));
    assert!(!uri("https://www.example.com:8443", "https://www.example.com"));
    assert!(uri("https://localhost", "https://localhost") && !uri("https://localhost", "https://localhost/a"));
    assert!(uri("urn:example:a", "URN:example:a") && !uri("urn:example:a", "urn:example:A"));
    assert!(!uri("www.example.com", "www.example.com") && !uri("", ""));
}

#[test]
fn user_principal_names_ignore_case() {
    let upn = |peer, name: &str| {
        let value = utf8(name);
        matches(PeerName::Upn(peer), GeneralName::OtherName { type_id: oid::UPN, value: &value })
    };
    assert!(upn("Jane@corp.example.com", "jane@CORP.example.com") && !upn("jane@corp", "jane@corp.example.com"));
    // U+212A KELVIN SIGN
    assert!(!upn("kim@corp", "\u{212a}im@corp"));
    assert!(!matches(PeerName::Upn("jane@corp"), GeneralName::Rfc822Name("jane@corp")));
}

#[test]
fn names_that_cannot_be_decoded_are_an_error() {
    let certificate = certificate_with(&Name::empty(), Some(&hex!("3003 8201ff").to_vec()));
    let error = PeerName::Dns("a").matches(&certificate).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::InvalidString);
}
