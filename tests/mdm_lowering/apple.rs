//! `com.apple.security.scep` and the configuration profile around it, read back by the crate `plist`.

use std::time::Duration;

use conformance::fixtures;
use mdm_proto::{
    lowering::{
        Change, Field, LoweringError, Reason,
        apple::{
            AppAccess, CertificatePayload, ConfigurationProfile, Identifier, NotScepPayload, Payload, PayloadWarning,
            ProfileError, Removal, ScepPayload,
        },
    },
    plist::{Dictionary, Value},
    profile::{
        CertificateStore, CertificateTemplate, EmailProfile, Extractability, KeySpec, Retries, VpnProfile, WifiProfile,
    },
};
use pki_core::{Limits, UnixTime, extension::KeyUsage, oid};
use plist::Value as Theirs;

use super::{
    sample::{SHA1, SHA256, id, named, platform, profile, settings, shown, thumbprint, with_names},
    shared::GOLDEN,
};

fn identifier() -> Identifier {
    Identifier::new("com.example.mdm").unwrap()
}

/// Everything that a payload can have.
fn full() -> ScepPayload {
    let settings = settings().with_ca_identifier("EXAMPLE-CA");
    let lowered = ScepPayload::lower(&platform(&with_names(profile(settings)))).unwrap();
    lowered.into_parts().0.with_access(AppAccess::AllApps)
}

/// A profile as the crate `plist` reads it.
fn read(profile: &ConfigurationProfile) -> plist::Dictionary {
    let document = profile.to_document().unwrap();
    Theirs::from_reader_xml(document.as_bytes()).unwrap().into_dictionary().unwrap()
}

fn payloads(profile: &ConfigurationProfile) -> Vec<plist::Dictionary> {
    let content = read(profile).remove("PayloadContent").unwrap().into_array().unwrap();
    content.into_iter().map(|payload| payload.into_dictionary().unwrap()).collect()
}

fn inner(mut payload: plist::Dictionary) -> plist::Dictionary {
    payload.remove("PayloadContent").unwrap().into_dictionary().unwrap()
}

fn kind(value: &Theirs) -> &'static str {
    match value {
        Theirs::Array(_) => "array",
        Theirs::Boolean(_) => "boolean",
        Theirs::Data(_) => "data",
        Theirs::Date(_) => "date",
        Theirs::Dictionary(_) => "dictionary",
        Theirs::Integer(_) => "integer",
        Theirs::String(_) => "string",
        _ => "other",
    }
}

/// The table of keys that Apple publishes for `com.apple.security.scep`, all of it.
#[test]
fn every_key_that_apple_publishes_has_its_spelling_and_type() {
    const KEYS: [(&str, &str); 13] = [
        ("URL", "string"),
        ("Name", "string"),
        ("Subject", "array"),
        ("Challenge", "string"),
        ("Keysize", "integer"),
        ("Key Type", "string"),
        ("Key Usage", "integer"),
        ("CAFingerprint", "data"),
        ("Retries", "integer"),
        ("RetryDelay", "integer"),
        ("SubjectAltName", "dictionary"),
        ("KeyIsExtractable", "boolean"),
        ("AllowAllAppsAccess", "boolean"),
    ];
    let profile = ConfigurationProfile::new(identifier()).add_payload(&full());
    let content = inner(payloads(&profile).remove(0));
    let mut found: Vec<_> = content.iter().map(|(key, value)| (key.as_str(), kind(value))).collect();
    let mut expected = KEYS.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

/// The golden document was written by hand after Apple's documentation.
#[test]
fn the_payload_is_the_golden_one() {
    let golden = Theirs::from_reader_xml(GOLDEN.as_bytes()).unwrap().into_dictionary().unwrap();
    let golden = golden.get("PayloadContent").unwrap().as_array().unwrap()[0].clone().into_dictionary().unwrap();
    let ours = payloads(&ConfigurationProfile::new(identifier()).add_payload(&full())).remove(0);
    assert_eq!(inner(ours.clone()), inner(golden.clone()));
    for key in ["PayloadType", "PayloadVersion", "PayloadIdentifier", "PayloadDisplayName"] {
        assert_eq!(ours.get(key), golden.get(key), "{key}");
    }
}

#[test]
fn the_golden_payload_is_read_and_written_as_the_same() {
    let profile = Value::from_xml(GOLDEN.as_bytes(), Limits::DEFAULT).unwrap();
    let read = ScepPayload::read_all(&profile).unwrap().remove(0);
    assert_eq!(read.warnings, []);
    assert_eq!(read.payload, full());
    assert_eq!(read.payload.subject()[3][0].name, "1.2.5.3");
    assert_eq!((read.payload.id(), read.payload.ca_name()), ("wifi-cert", Some("EXAMPLE-CA")));
    assert_eq!(read.payload.fingerprint(), Some(thumbprint(SHA1).as_bytes()));
    assert!(read.payload.challenge().unwrap().matches(b"XG4sLq0Zt7"));
}

fn payload(content: &[(&str, Value)]) -> Dictionary {
    let content: Dictionary = content.iter().cloned().collect();
    [("PayloadContent", content)].into_iter().collect()
}

/// Apple's defaults: 1024 bits is what nobody wants.
#[test]
fn a_missing_keysize_warns_on_reading() {
    let url = ("URL", Value::from("https://ca.example"));
    let read = ScepPayload::read(&payload(std::slice::from_ref(&url))).unwrap();
    assert_eq!(read.payload.key_size(), 1024);
    assert_eq!(read.warnings, [PayloadWarning::FingerprintMissing, PayloadWarning::KeysizeMissing]);
    let small = [url, ("Keysize", 1024.into()), ("CAFingerprint", vec![0_u8; 20].into())];
    assert_eq!(ScepPayload::read(&payload(&small)).unwrap().warnings, [PayloadWarning::WeakKey]);
}

#[test]
fn what_is_no_payload_is_refused() {
    assert_eq!(ScepPayload::read(&Dictionary::new()), Err(NotScepPayload::Missing("PayloadContent")));
    assert_eq!(ScepPayload::read(&payload(&[])), Err(NotScepPayload::Missing("URL")));
    assert_eq!(ScepPayload::read_all(&Value::from(1)), Err(NotScepPayload::Missing("PayloadContent")));
    let flat = Value::Array(vec![Value::Array(vec!["CN".into(), "x".into()])]);
    for (key, value) in [
        ("Challenge", Value::from(1)),
        ("Keysize", Value::from("2048")),
        ("Keysize", Value::from(-1)),
        ("Key Type", Value::from("EC")),
        ("Key Usage", Value::from(256)),
        ("CAFingerprint", Value::from("2jmj")),
        ("Subject", flat),
        ("SubjectAltName", Value::from("x")),
        ("KeyIsExtractable", Value::from(1)),
    ] {
        let content = [("URL", Value::from("https://ca.example")), (key, value)];
        assert_eq!(ScepPayload::read(&payload(&content)), Err(NotScepPayload::InvalidValue(key)));
    }
}

#[test]
fn what_apple_cannot_be_told_is_listed() {
    let lowered = ScepPayload::lower(&platform(&profile(settings()))).unwrap();
    let always = [
        (Field::Cipher, Change::Dropped, Reason::ClientChooses),
        (Field::Digest, Change::Dropped, Reason::ClientChooses),
        (Field::ExtendedKeyUsage, Change::Dropped, Reason::NoSuchSetting),
        (Field::KeyProtection, Change::Dropped, Reason::NotOffered),
        (Field::Renewal, Change::Dropped, Reason::ServiceRenews),
    ];
    assert_eq!(shown(lowered.losses()), always);

    let rich = settings()
        .add_url("https://other.example/scep")
        .add_thumbprint(thumbprint(SHA256))
        .with_key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION)
        .with_lifetime(Duration::from_secs(86_400))
        .with_template(CertificateTemplate::Name("User".into()))
        .with_retries(Retries::new(3, Duration::from_secs(1 << 40)));
    let losses = shown(ScepPayload::lower(&platform(&profile(rich))).unwrap().losses());
    for loss in [
        (Field::Url, Change::Dropped, Reason::OnlyOne),
        (Field::Thumbprint, Change::Dropped, Reason::OnlyOne),
        (Field::KeyUsage, Change::Dropped, Reason::NotOffered),
        (Field::Lifetime, Change::Dropped, Reason::NoSuchSetting),
        (Field::Template, Change::Dropped, Reason::NoSuchSetting),
        (Field::RetryDelay, Change::Clamped { from: 1 << 40, to: 0x7fff_ffff }, Reason::Range),
    ] {
        assert!(losses.contains(&loss), "{loss:?} is not in {losses:?}");
    }
    assert_eq!(losses.len(), always.len() + 6);
}

#[test]
fn the_fingerprint_is_one_that_apple_takes() {
    let lower = |settings| ScepPayload::lower(&platform(&profile(settings)));
    let warnings = |settings| {
        let lowered = lower(settings).unwrap();
        let of_thumbprint = |loss: &(Field, Change, Reason)| loss.0 == Field::Thumbprint;
        (lowered.output().fingerprint().map(<[u8]>::len), shown(lowered.losses()).into_iter().find(of_thumbprint))
    };
    let warning = |reason| Some((Field::Thumbprint, Change::Warning, reason));
    assert_eq!(warnings(settings()), (Some(20), None));
    assert_eq!(warnings(settings().without_thumbprints()), (None, warning(Reason::Unpinned)));
    assert_eq!(warnings(settings().with_thumbprint(thumbprint(SHA256))), (Some(32), warning(Reason::Undocumented)));
    assert_eq!(warnings(settings().with_thumbprint(thumbprint(&SHA1[..32]))), (Some(16), warning(Reason::Weak)));
    let sha512 = [SHA256, SHA256].concat();
    assert_eq!(lower(settings().with_thumbprint(thumbprint(&sha512))), Err(LoweringError::Thumbprint));
}

#[test]
fn extractability_and_usage_are_said() {
    let key = KeySpec::DEFAULT.with_extractability(Extractability::Allowed);
    let settings = settings().with_key(key).with_key_usage(KeyUsage::NONE);
    let lowered = ScepPayload::lower(&platform(&profile(settings))).unwrap();
    let content = lowered.output().to_dictionary();
    assert_eq!(content.find("KeyIsExtractable"), Some(&Value::Boolean(true)));
    assert_eq!(content.find("Key Usage"), None);
    assert_eq!(content.find("AllowAllAppsAccess"), None);
}

/// An RDN with two attributes is one array with two pairs.
#[test]
fn a_subject_has_three_levels() {
    let lowered = ScepPayload::lower(&platform(&named(settings(), "/O=A/CN=b+OU=c"))).unwrap();
    let subject = lowered.output().subject();
    let names: Vec<Vec<_>> = subject.iter().map(|rdn| rdn.iter().map(|pair| pair.name.as_str()).collect()).collect();
    assert_eq!(names[0], ["O"]);
    let mut second = names[1].clone();
    second.sort_unstable();
    assert_eq!(second, ["CN", "OU"]);
}

/// Sending the same profile again has to replace what is there, and two payloads must never be taken for one.
#[test]
fn identifiers_and_uuids_stay_and_differ() {
    let build = || ConfigurationProfile::new(identifier()).add_payload(&full());
    let (first, again) = (read(&build()), read(&build()));
    assert_eq!(first, again);
    let other = ConfigurationProfile::new(Identifier::new("com.example.mdm2").unwrap()).add_payload(&full());
    assert_ne!(read(&other).get("PayloadUUID"), first.get("PayloadUUID"));
    assert_ne!(payloads(&other)[0].get("PayloadUUID"), payloads(&build())[0].get("PayloadUUID"));
    assert_ne!(payloads(&build())[0].get("PayloadUUID"), first.get("PayloadUUID"));

    // RFC 9562 section 4: 8-4-4-4-12 digits, version 8, variant 10.
    let uuid = identifier().uuid();
    let parts: Vec<_> = uuid.split('-').collect();
    assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert!(parts[2].starts_with('8') && parts[3].starts_with(['8', '9', 'A', 'B']), "{uuid}");
    assert!(uuid.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F' | b'-')));
}

#[test]
fn what_is_no_identifier_is_refused() {
    for text in ["", "a b", "ä", &"a".repeat(257)] {
        assert!(Identifier::new(text).is_err(), "{text}");
    }
}

#[test]
fn the_envelope_has_the_keys_of_all_profiles() {
    let date = UnixTime::from_civil(2027, 1, 2, 3, 4, 5).unwrap();
    let profile = ConfigurationProfile::new(identifier())
        .with_display_name("Work")
        .with_organization("Example")
        .with_store(CertificateStore::User)
        .with_removal(Removal::Disallowed)
        .with_removal_date(date)
        .with_removal_after(Duration::from_secs(3600))
        .with_expiration(date)
        .add_payload(&full());
    let top = read(&profile);
    let string = |key: &str| top.get(key).and_then(Theirs::as_string);
    assert_eq!(string("PayloadType"), Some("Configuration"));
    assert_eq!(string("PayloadIdentifier"), Some("com.example.mdm"));
    assert_eq!(string("PayloadDisplayName"), Some("Work"));
    assert_eq!(string("PayloadOrganization"), Some("Example"));
    assert_eq!(string("PayloadScope"), Some("User"));
    assert_eq!(top.get("PayloadVersion"), Some(&Theirs::from(1)));
    assert_eq!(top.get("PayloadRemovalDisallowed"), Some(&Theirs::from(true)));
    assert_eq!(top.get("DurationUntilRemoval"), Some(&Theirs::from(3600)));
    for key in ["RemovalDate", "PayloadExpirationDate"] {
        assert_eq!(top.get(key).and_then(Theirs::as_date).unwrap().to_xml_format(), "2027-01-02T03:04:05Z");
    }
    let plain = read(&ConfigurationProfile::new(identifier()).add_payload(&full()));
    assert_eq!(plain.get("PayloadScope").and_then(Theirs::as_string), Some("System"));
    assert!(!plain.contains_key("PayloadRemovalDisallowed"));
}

#[test]
fn wifi_vpn_and_mail_refer_to_payloads_of_the_same_profile() {
    let certificate = fixtures::root(fixtures::ca_key());
    let wifi = WifiProfile::new(id("office"), "Office").with_certificate(id("wifi-cert")).add_server_name("r.example");
    let vpn = VpnProfile::new(id("tunnel"), "vpn.example").with_certificate(id("wifi-cert"));
    let mail = EmailProfile::new(id("mail"), "mail.example").with_signing_certificate(id("wifi-cert"));
    let rest: Dictionary = [("EncryptionType", "WPA2")].into_iter().collect();
    let profile = ConfigurationProfile::new(identifier())
        .add_payload(&full())
        .add_payload(&CertificatePayload::root("root", certificate.clone()))
        .add_payload(&CertificatePayload::intermediate("issuing", certificate.clone()))
        .add_referrer(&wifi.into(), &["root"], rest)
        .and_then(|profile| profile.add_referrer(&vpn.into(), &[], Dictionary::new()))
        .and_then(|profile| profile.add_referrer(&mail.into(), &[], Dictionary::new()))
        .unwrap();
    let payloads = payloads(&profile);
    let by_type = |name: &str| {
        payloads.iter().find(|payload| payload.get("PayloadType").unwrap().as_string() == Some(name)).unwrap()
    };
    let uuid = |name: &str| by_type(name).get("PayloadUUID").unwrap().clone();
    let (scep, root) = (uuid("com.apple.security.scep"), uuid("com.apple.security.root"));
    let der = by_type("com.apple.security.root").get("PayloadContent").unwrap();
    assert_eq!(der.as_data(), Some(certificate.as_der()));
    assert_eq!(by_type("com.apple.security.pkcs1").get("PayloadContent"), Some(der));

    let wifi = by_type("com.apple.wifi.managed");
    assert_eq!(wifi.get("PayloadCertificateUUID"), Some(&scep));
    assert_eq!(wifi.get("SSID_STR").unwrap().as_string(), Some("Office"));
    assert_eq!(wifi.get("EncryptionType").unwrap().as_string(), Some("WPA2"));
    let eap = wifi.get("EAPClientConfiguration").unwrap().as_dictionary().unwrap();
    assert_eq!(eap.get("AcceptEAPTypes"), Some(&Theirs::Array(vec![13.into()])));
    assert_eq!(eap.get("TLSTrustedServerNames"), Some(&Theirs::Array(vec!["r.example".into()])));
    assert_eq!(eap.get("PayloadCertificateAnchorUUID"), Some(&Theirs::Array(vec![root])));
    let ike = by_type("com.apple.vpn.managed").get("IKEv2").unwrap().as_dictionary().unwrap();
    assert_eq!(ike.get("PayloadCertificateUUID"), Some(&scep));
    assert_eq!(ike.get("RemoteAddress").unwrap().as_string(), Some("vpn.example"));
    let mail = by_type("com.apple.eas.account");
    assert_eq!(mail.get("SMIMESigningCertificateUUID"), Some(&scep));
    assert!(!mail.contains_key("PayloadCertificateUUID"));
}

/// References do not reach into another profile, and what Apple's device would only find when it uses the network is found here.
#[test]
fn a_reference_to_nothing_is_refused() {
    let wifi = WifiProfile::new(id("office"), "Office").with_certificate(id("wifi-cert"));
    let profile = ConfigurationProfile::new(identifier()).add_referrer(&wifi.into(), &[], Dictionary::new()).unwrap();
    let error = profile.to_document().unwrap_err();
    assert!(matches!(&error, ProfileError::DanglingReference { payload, .. } if payload == "office"), "{error}");
    assert!(profile.add_payload(&full()).to_document().is_ok());

    let payload = Payload::new("com.example", "mine", Dictionary::new());
    let payload = payload.with_reference("IdentityCertificateUUID", &identifier(), "wifi-cert").unwrap();
    let profile = ConfigurationProfile::new(identifier()).add_payload(payload);
    assert!(matches!(profile.to_document(), Err(ProfileError::DanglingReference { .. })));
    assert!(profile.add_payload(&full()).to_document().is_ok());
}

#[test]
fn profiles_that_cannot_be_written_are_refused() {
    let empty = ConfigurationProfile::new(identifier());
    assert_eq!(empty.to_document().unwrap_err(), ProfileError::NoPayloads);
    let twice = empty.clone().add_payload(&full()).add_payload(&full());
    assert_eq!(twice.to_document().unwrap_err(), ProfileError::DuplicateName("wifi-cert".into()));
    let bad = empty.clone().add_payload(Payload::new("x", "a b", Dictionary::new()));
    assert!(matches!(bad.to_document(), Err(ProfileError::Identifier(_))));
    let control: Dictionary = [("key", "\u{1}")].into_iter().collect();
    let bad = empty.add_payload(Payload::new("x", "a", control));
    assert!(matches!(bad.to_document().unwrap_err(), ProfileError::Write(_)));
    assert_eq!(oid::CLIENT_AUTH.to_string(), "1.3.6.1.5.5.7.3.2");
}
