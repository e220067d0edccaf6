use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use hex_literal::hex;
use pki_core::{
    BuildError, GeneralName, GeneralNames, GeneralNamesBuilder, Name,
    der::{Decode, Reader},
};

use super::*;
use crate::profile::{Variable, Variables};

fn variables() -> Variables {
    Variables::new()
        .with(Variable::UserName, "jane")
        .with(Variable::UserEmail, "jane@example.com")
        .with(Variable::DeviceSerial, "SN-1")
        .with(Variable::UserDistinguishedName, "CN=Jane Doe,OU=User\\, Accounts,DC=corp,DC=example,DC=com")
}

fn expand(template: &str) -> Result<String, ExpandError> {
    expand_with(template, &variables())
}

fn expand_with(template: &str, variables: &Variables) -> Result<String, ExpandError> {
    NameTemplate::parse(template).unwrap().expand(variables).map(|name| name.to_string())
}

fn error(template: &str) -> (TemplateErrorKind, usize) {
    let TemplateError { kind, position } = NameTemplate::parse(template).unwrap_err();
    (kind, position)
}

/// The types of a name's attributes, with their values, in the order of the encoding.
fn attributes(name: &Name) -> Vec<(String, String)> {
    let attribute = |attribute: pki_core::name::NameAttribute<'_>| {
        (attribute.oid.to_string(), attribute.to_text().unwrap().into_owned())
    };
    name.as_ref().attributes().map(attribute).collect()
}

#[test]
fn rfc4514_s2_1_the_last_rdn_of_the_text_is_the_first_of_the_encoding() {
    let name = NameTemplate::parse("CN=%UserName%,O=Example,C=DE").unwrap().expand(&variables()).unwrap();
    // SEQUENCE of C, O, CN: X.690 by hand.
    let der = hex!(
        "302e"
        "310b 3009 0603550406 13024445"
        "3110 300e 060355040a 1307 4578616d706c65"
        "310d 300b 0603550403 1304 6a616e65"
    );
    assert_eq!(name.as_der(), der);
}

#[test]
fn the_form_with_slashes_is_in_the_order_of_the_encoding() {
    for (slashes, commas) in [
        ("/C=DE/O=Example/CN=%UserName%", "CN=%UserName%,O=Example,C=DE"),
        // UEM's documentation.
        ("/CN=%UserName%/O=Example", "O=Example,CN=%UserName%"),
        ("/O=A\\/B, Inc./CN=x", "CN=x,O=A/B\\, Inc."),
        ("/CN=%UserName%/%UserDistinguishedName%", "%UserDistinguishedName%,CN=%UserName%"),
        (" / CN=x", "CN=x"),
        ("/", ""),
    ] {
        let (slashes, commas) = (NameTemplate::parse(slashes).unwrap(), NameTemplate::parse(commas).unwrap());
        assert_eq!(slashes, commas);
    }
}

#[test]
fn a_value_never_becomes_an_attribute() {
    for value in [
        "x,O=Evil",
        "x+O=Evil",
        "x\",O=Evil",
        "\"x",
        "x\\",
        "x\\,O=Evil",
        "x;O=Evil",
        "/O=Evil",
        "#0401",
        "%UserEmail%",
        "%",
        " x ",
        "=",
        "a=b=c",
        "<x>",
        "x\\2CO=Evil",
    ] {
        for template in ["CN=%UserName%,O=Example", "/O=Example/CN=%UserName%", "CN=\"%UserName%\",O=Example"] {
            let variables = Variables::new().with(Variable::UserName, value);
            let name = NameTemplate::parse(template).unwrap().expand(&variables).unwrap();
            let expected = [("2.5.4.10".into(), "Example".into()), ("2.5.4.3".into(), value.into())];
            assert_eq!(attributes(&name), expected, "{template} {value}");
        }
    }
}

#[test]
fn control_characters_are_refused_in_values_and_in_templates() {
    for value in ["a\0b", "a\nb", "\u{7f}", "\u{85}"] {
        let variables = Variables::new().with(Variable::UserName, value);
        let refused = ExpandError::ControlCharacter(Variable::UserName);
        assert_eq!(expand_with("CN=%UserName%", &variables), Err(refused.clone()));
        assert_eq!(Template::parse("%UserName%").unwrap().expand(&variables), Err(refused));
        assert_eq!(Template::parse(value).unwrap_err().kind, TemplateErrorKind::ControlCharacter);
    }
    assert_eq!(error("CN=a\0b"), (TemplateErrorKind::ControlCharacter, 4));
    assert_eq!(error("CN=\"a\tb\""), (TemplateErrorKind::ControlCharacter, 5));
    assert_eq!(error("CN=a\\00b"), (TemplateErrorKind::ControlCharacter, 5));
}

#[test]
fn a_missing_variable_is_named() {
    assert_eq!(expand("CN=%DeviceImei%"), Err(ExpandError::Missing(Variable::DeviceImei)));
    let variables = Variables::new().with(Variable::UserName, "");
    assert_eq!(expand_with("CN=%UserName%", &variables), Err(ExpandError::Missing(Variable::UserName)));
    let missing = ExpandError::Missing(Variable::UserDistinguishedName);
    assert_eq!(expand_with("%UserDistinguishedName%", &variables), Err(missing));
}

#[test]
fn rfc5280_a_1_upper_bounds() {
    for (attribute, field, longest) in [
        ("CN", "commonName", 64),
        ("O", "organizationName", 64),
        ("OU", "organizationalUnitName", 64),
        ("L", "localityName", 128),
        ("ST", "stateOrProvinceName", 128),
        ("DC", "domainComponent", 63),
        ("UID", "userId", 256),
        ("E", "emailAddress", 255),
        ("serialNumber", "serialNumber", 64),
        ("title", "title", 64),
    ] {
        let template = format!("{attribute}=%UserName%");
        let variables = |length| Variables::new().with(Variable::UserName, "a".repeat(length));
        assert!(expand_with(&template, &variables(longest)).is_ok(), "{attribute}");
        let too_long = ExpandError::TooLong { field, length: longest + 1, longest };
        assert_eq!(expand_with(&template, &variables(longest + 1)), Err(too_long), "{attribute}");
    }
    // Characters count, not octets.
    let variables = Variables::new().with(Variable::UserName, "ü".repeat(64));
    assert!(expand_with("CN=%UserName%", &variables).is_ok());
}

#[test]
fn what_an_attribute_can_not_carry_is_refused() {
    for (template, error) in [
        ("C=Germany", ExpandError::TooLong { field: "countryName", length: 7, longest: 2 }),
        ("C=D1", ExpandError::Build(BuildError::InvalidValue("countryName"))),
        ("serialNumber=a@b", ExpandError::Build(BuildError::InvalidCharacters("serialNumber"))),
        ("E=jané@example.com", ExpandError::Build(BuildError::InvalidCharacters("emailAddress"))),
    ] {
        assert_eq!(expand(template), Err(error), "{template}");
    }
}

#[test]
fn the_distinguished_name_of_the_user_gives_its_rdns() {
    assert_eq!(
        expand("serialNumber=%DeviceSerial%,%UserDistinguishedName%").unwrap(),
        "2.5.4.5=#1304534e2d31,CN=Jane Doe,OU=User\\, Accounts,DC=corp,DC=example,DC=com"
    );
    assert_eq!(
        expand("CN=%UserDistinguishedName%").unwrap(),
        "CN=CN\\=Jane Doe\\,OU\\=User\\\\\\, Accounts\\,DC\\=corp\\,DC\\=example\\,DC\\=com".replace("\\=", "=")
    );
    // What stands in a directory is no template.
    let variables = Variables::new().with(Variable::UserDistinguishedName, "CN=100% %UserName%");
    assert_eq!(expand_with("%UserDistinguishedName%", &variables).unwrap(), "CN=100% %UserName%");
    for (value, kind) in [
        ("Jane", TemplateErrorKind::MissingEquals),
        ("CN=", TemplateErrorKind::EmptyValue),
        ("   ", TemplateErrorKind::EmptyValue),
    ] {
        let variables = Variables::new().with(Variable::UserDistinguishedName, value);
        let error = expand_with("%UserDistinguishedName%", &variables).unwrap_err();
        assert!(matches!(error, ExpandError::InvalidDistinguishedName(error) if error.kind == kind), "{value}");
    }
}

#[test]
fn rfc4514_s4_examples() {
    for (text, printed) in [
        ("UID=jsmith,DC=example,DC=net", "UID=jsmith,DC=example,DC=net"),
        ("CN=James \\\"Jim\\\" Smith\\, III,DC=example,DC=net", "CN=James \\\"Jim\\\" Smith\\, III,DC=example,DC=net"),
        ("CN=Lu\\C4\\8Di\\C4\\87", "CN=Lučić"),
        ("  CN = James , O=Sue\\, Grabbit and Runn , C=GB ", "CN=James,O=Sue\\, Grabbit and Runn,C=GB"),
        // RFC 2253 section 4.
        ("CN=\"Sue, Grabbit and Runn\",C=GB", "CN=Sue\\, Grabbit and Runn,C=GB"),
        ("CN=\\ x\\ ", "CN=\\ x\\ "),
        ("CN=\\#x", "CN=\\#x"),
        ("CN=a=b", "CN=a=b"),
        ("cn=x,oid.2.5.4.10=y,2.5.4.11=z", "CN=x,O=y,OU=z"),
        ("", ""),
    ] {
        assert_eq!(expand(text).as_deref(), Ok(printed), "{text}");
    }
}

/// The attributes of an RDN are a SET OF, sorted by their octets (X.690 section 11.6): the shorter first.
#[test]
fn rfc4514_s2_2_a_plus_sign_joins_attributes_into_one_rdn() {
    let name = NameTemplate::parse("OU=Sales+CN=J.  Smith,DC=example").unwrap().expand(&variables()).unwrap();
    assert_eq!(name.to_string(), "OU=Sales+CN=J.  Smith,DC=example");
    assert_eq!(name.as_ref().rdns().count(), 2);
    let slashes = NameTemplate::parse("/DC=example/CN=J.  Smith+OU=Sales").unwrap().expand(&variables()).unwrap();
    assert_eq!(slashes, name);
    assert_eq!(attributes(&NameTemplate::parse("CN=a\\+b").unwrap().expand(&variables()).unwrap()).len(), 1);
}

#[test]
fn what_is_no_template_is_refused_where_it_is_wrong() {
    let unknown = |name: &str| TemplateErrorKind::UnknownAttribute(name.into());
    for (text, kind, position) in [
        ("CN", TemplateErrorKind::MissingEquals, 0),
        ("CN=x,O", TemplateErrorKind::MissingEquals, 5),
        ("CN=x,", TemplateErrorKind::MissingEquals, 5),
        ("CN=x,,O=y", TemplateErrorKind::MissingEquals, 5),
        ("/CN=x//O=y", TemplateErrorKind::MissingEquals, 6),
        ("CN=", TemplateErrorKind::EmptyValue, 3),
        ("CN= ,O=x", TemplateErrorKind::EmptyValue, 3),
        ("CN=\"\"", TemplateErrorKind::EmptyValue, 3),
        ("CN=x,FOO=y", unknown("FOO"), 5),
        ("=x", unknown(""), 0),
        ("1.2.x=y", unknown("1.2.x"), 0),
        ("CN=#04024869", TemplateErrorKind::HexadecimalValue, 3),
        ("CN=a;b", TemplateErrorKind::NotEscaped(';'), 4),
        ("CN=a\"b", TemplateErrorKind::NotEscaped('"'), 4),
        ("CN=<a", TemplateErrorKind::NotEscaped('<'), 3),
        ("CN=a>", TemplateErrorKind::NotEscaped('>'), 4),
        ("CN=\"a\"b", TemplateErrorKind::NotEscaped('"'), 6),
        ("CN=a\\", TemplateErrorKind::BadEscape, 5),
        ("CN=a\\x", TemplateErrorKind::BadEscape, 5),
        ("CN=a\\C3", TemplateErrorKind::BadEscape, 5),
        ("CN=a\\C3x", TemplateErrorKind::BadEscape, 5),
        ("CN=a\\FF\\FF\\FF\\FF", TemplateErrorKind::BadEscape, 5),
        ("CN=\"a", TemplateErrorKind::Unfinished('"'), 3),
        ("CN=50%", TemplateErrorKind::Unfinished('%'), 5),
        ("CN=%Nobody%", TemplateErrorKind::UnknownVariable("Nobody".into()), 3),
        ("%UserName%,O=x", TemplateErrorKind::NoAttribute(Variable::UserName), 0),
        ("CN=x,%UserDistinguishedName%y", TemplateErrorKind::NoAttribute(Variable::UserDistinguishedName), 5),
        ("%%", TemplateErrorKind::MissingEquals, 0),
    ] {
        assert_eq!(error(text), (kind, position), "{text}");
    }
}

#[test]
fn templates_are_bounded() {
    let longest = format!("CN={}", "a".repeat(1021));
    assert!(NameTemplate::parse(&longest).is_ok());
    assert_eq!(error(&format!("{longest}a")), (TemplateErrorKind::TooLong, 1024));
    assert!(Template::parse(&"ü".repeat(1024)).is_ok());
    assert_eq!(Template::parse(&"ü".repeat(1025)).unwrap_err().kind, TemplateErrorKind::TooLong);
    // What needs no escape in one form and one in the other; a variable that has a longer name with us.
    let escaped = |count| format!("/CN={}", ",".repeat(count));
    assert!(NameTemplate::parse(&escaped(510)).is_ok());
    assert_eq!(error(&escaped(511)), (TemplateErrorKind::TooLong, 515));
    assert!(Template::parse(&"%MEID%".repeat(85)).is_ok());
    assert_eq!(Template::parse(&"%MEID%".repeat(86)).unwrap_err().position, 516);
    let most = ["DC=x"; 32].join(",");
    assert!(NameTemplate::parse(&most).is_ok());
    assert_eq!(error(&format!("{most},DC=x")).0, TemplateErrorKind::TooMany);
    assert_eq!(error(&format!("{most}+DC=x")).0, TemplateErrorKind::TooMany);
}

#[test]
fn templates_are_printed_as_they_are_read() {
    for text in [
        "CN=%UserName% (100%%),O=Example\\, Inc.",
        "CN=\\ %UserName%\\ ,%UserDistinguishedName%,C=DE",
        "CN=\\#%DeviceId%+OU=%custom.cost-centre%",
        "1.3.6.1.4.1.99999.1=x",
        "emailAddress=%UserEmail%",
        "",
    ] {
        let template = NameTemplate::parse(text).unwrap();
        assert_eq!(template.to_string(), text);
        assert_eq!(NameTemplate::parse(&template.to_string()), Ok(template));
    }
    // A space beside a variable is no space at the end.
    let template = NameTemplate::parse("CN=%UserName% %DeviceSerial%").unwrap();
    assert_eq!(template.to_string(), "CN=%UserName% %DeviceSerial%");
    for text in ["", "%%", "a%%%UserName%%%b", "%UserName%%UserName%"] {
        assert_eq!(Template::parse(text).unwrap().to_string(), text);
    }
}

#[test]
fn a_template_says_what_it_needs() {
    let template = NameTemplate::parse("CN=%UserName% %DeviceId%,%UserDistinguishedName%").unwrap();
    let expected = [Variable::UserDistinguishedName, Variable::UserName, Variable::DeviceId];
    assert!(template.variables().eq(&expected));
    assert!(!template.is_empty() && NameTemplate::empty().is_empty());
    assert_eq!(NameTemplate::empty().expand(&Variables::new()).unwrap(), Name::empty());
}

fn alternative(name: AlternativeNameTemplate, value: &str) -> Result<Vec<u8>, ExpandError> {
    let variables = Variables::new().with(Variable::UserName, value);
    Ok(name.add_to(GeneralNamesBuilder::new(), &variables)?.build()?)
}

fn user() -> Template {
    Template::variable(Variable::UserName)
}

#[test]
fn alternative_names_of_every_kind() {
    let uri = Template::parse("https://example.com/users/%UserName%").unwrap();
    let sid = "S-1-5-21-3623811015-3361044348-30300820-1013";
    let sid_uri = format!("tag:microsoft.com,2022-09-14:sid:{sid}");
    for (name, value, expected) in [
        (AlternativeNameTemplate::Dns(user()), "*.pc-1.example.com", GeneralName::DnsName("*.pc-1.example.com")),
        (AlternativeNameTemplate::Email(user()), "j+x@example.com", GeneralName::Rfc822Name("j+x@example.com")),
        (AlternativeNameTemplate::Sid(user()), sid, GeneralName::Uri(&sid_uri)),
        (AlternativeNameTemplate::Uri(uri.clone()), "jane", GeneralName::Uri("https://example.com/users/jane")),
        // RFC 3986 section 2.1; "ü" is C3 BC in UTF-8.
        (AlternativeNameTemplate::Uri(uri), "../a?ü", GeneralName::Uri("https://example.com/users/..%2Fa%3F%C3%BC")),
        (AlternativeNameTemplate::Uri(user()), "urn:x:a/b", GeneralName::Uri("urn:x:a/b")),
    ] {
        let der = alternative(name, value).unwrap();
        let names = GeneralNames::decode(&mut Reader::new(&der)).unwrap();
        assert!(names.iter().eq([expected]), "{value}");
    }
    let der = alternative(AlternativeNameTemplate::Upn(user()), "jané@corp").unwrap();
    let names = GeneralNames::decode(&mut Reader::new(&der)).unwrap();
    assert_eq!(names.iter().next().unwrap().upn().as_deref(), Some("jané@corp"));
}

#[test]
fn alternative_names_have_the_form_of_their_kind() {
    let long_label = "a".repeat(64);
    for (name, field, values) in [
        (
            AlternativeNameTemplate::Dns(user()),
            "dNSName",
            &["a b", "a..b", ".a", "a,b", "ä", "a/b", "a@b", "*", long_label.as_str()][..],
        ),
        (
            AlternativeNameTemplate::Email(user()),
            "rfc822Name",
            &["jane", "@x", "jane@", "a@b@c", "a b@c", "ä@b", "a@b c", "a@b,c@d"],
        ),
        (
            AlternativeNameTemplate::Sid(user()),
            "security identifier",
            &["S-1-5", "s-1-5-21", "S-1-5-21-x", "S-1-5-21-", "S-2-5-21", "S-1-5-21,x", "x"],
        ),
        (
            AlternativeNameTemplate::Uri(user()),
            "uniformResourceIdentifier",
            &["jane", ":x", "x:", "1x:y", "x:a b", "x:ä", "x:<y>", "x:\"y\""],
        ),
        (AlternativeNameTemplate::Upn(user()), "userPrincipalName", &["jane", "@x", "jane@", "a@b@c", "a b@c"]),
    ] {
        for value in values {
            assert_eq!(alternative(name.clone(), value), Err(ExpandError::InvalidValue(field)), "{value}");
        }
    }
    // As long as identities have them, and URIs as long as URLs of profiles.
    for (name, field, prefix, longest) in [
        (AlternativeNameTemplate::Email(user()), "rfc822Name", "j@x", 254),
        (AlternativeNameTemplate::Upn(user()), "userPrincipalName", "j@ü", 1024),
        (AlternativeNameTemplate::Uri(user()), "uniformResourceIdentifier", "urn:x", 2048),
    ] {
        let of_length = |length: usize| {
            let filled = "j".repeat(length - prefix.chars().count());
            if field == "rfc822Name" { format!("{filled}{prefix}") } else { format!("{prefix}{filled}") }
        };
        assert!(alternative(name.clone(), &of_length(longest)).is_ok(), "{field}");
        let too_long = ExpandError::TooLong { field, length: longest + 1, longest };
        assert_eq!(alternative(name, &of_length(longest + 1)), Err(too_long));
    }
    let missing = AlternativeNameTemplate::Dns(Template::variable(Variable::DeviceFqdn));
    assert_eq!(alternative(missing, "x"), Err(ExpandError::Missing(Variable::DeviceFqdn)));
}

#[test]
fn every_error_says_something_of_its_own() {
    let kinds = ["CN", "CN=", "CN=%", "CN=%x%", "CN=#1", "CN=;", "CN=\\", "X=y", "%UserName%", "CN=\0"];
    let texts: Vec<_> = kinds.iter().map(|text| NameTemplate::parse(text).unwrap_err().to_string()).collect();
    for (index, text) in texts.iter().enumerate() {
        assert!(!texts.iter().skip(index + 1).any(|other| other == text), "{text}");
    }
    assert_eq!(ExpandError::Missing(Variable::UserName).to_string(), "%UserName% has no value for this device");
}
