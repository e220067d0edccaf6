use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use core::time::Duration;

use pki_core::{
    Oid, Secret,
    algorithm::{CipherAlgorithm, DigestAlgorithm},
    extension::KeyUsage,
    oid,
};
use scep::client::Fingerprint;

use super::*;
use crate::{
    lifecycle::RenewalStart,
    profile::{
        AgentChallenge, AgentProfile, AgentProfileSet, AlternativeNameTemplate, CertificateStore, CertificateTemplate,
        ChallengeSource, Curve, EapMethod, EmailAuthentication, EmailProfile, Extractability, KeyAlgorithm,
        KeyProtection, KeySpec, NameTemplate, OtherSettings, ProfileId, ProfileSetError, Referrer, Retries, Route,
        ScepProfile, ScepSettings, StaticPassword, StaticUse, Template, TemplateErrorKind, Variable, Variables,
        VpnAuthentication, VpnProfile, WifiProfile,
    },
};

fn id(text: &str) -> ProfileId {
    ProfileId::new(text).unwrap()
}

fn settings() -> ScepSettings {
    ScepSettings::new(id("user"), "https://ca.example.com/scep")
}

fn full_settings() -> ScepSettings {
    settings()
        .with_name("Nutzer \"ä\"")
        .add_url("https://ca2.example.com/scep")
        .with_ca_identifier("ca/1?")
        .with_thumbprint(Fingerprint::new(&[0xab; 32]).unwrap())
        .add_thumbprint(Fingerprint::new(&[1; 20]).unwrap())
        .with_key(
            KeySpec::new(KeyAlgorithm::Ec(Curve::P384))
                .with_protection(KeyProtection::HardwareRequired)
                .with_extractability(Extractability::Allowed),
        )
        .with_key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::DECIPHER_ONLY)
        .with_extended_key_usage(&[oid::CLIENT_AUTH, Oid::from_bytes(&[0x69, 0xff, 0xff, 0xff, 0xff, 0x7f]).unwrap()])
        .with_digest(DigestAlgorithm::SHA512)
        .with_cipher(CipherAlgorithm::AES256_GCM)
        .with_lifetime(Duration::from_secs(365 * 86_400))
        .with_renewal(RenewalStart::PercentRemaining(20))
        .with_retries(Retries::new(5, Duration::from_secs(60)))
        .with_template(CertificateTemplate::Name("Device".into()))
        .with_route(Route::ByService)
        .with_store(CertificateStore::User)
}

fn profile(settings: ScepSettings) -> ScepProfile {
    ScepProfile::new(settings, NameTemplate::parse("CN=%UserName%,O=Example\\, Inc.").unwrap())
}

fn full_profile() -> ScepProfile {
    let text = |text| Template::parse(text).unwrap();
    profile(full_settings()).with_challenge(ChallengeSource::OneTime).with_alternative_names([
        AlternativeNameTemplate::Dns(text("%DeviceId%.example.com")),
        AlternativeNameTemplate::Email(text("%UserEmail%")),
        AlternativeNameTemplate::Sid(text("%UserSid%")),
        AlternativeNameTemplate::Uri(text("urn:x:%custom.y%%%")),
        AlternativeNameTemplate::Upn(text("%UserPrincipalName%")),
    ])
}

fn variables() -> Variables {
    Variables::new().with(Variable::UserName, "jane")
}

fn agent(challenge: AgentChallenge) -> AgentProfile {
    let source = match challenge {
        AgentChallenge::Broker => ChallengeSource::BrokerPerRequest,
        _ => ChallengeSource::OneTime,
    };
    let dns = AlternativeNameTemplate::Dns(Template::parse("%UserName%.example.com").unwrap());
    let profile = profile(full_settings()).with_challenge(source).add_alternative_name(dns);
    profile.for_device(&variables(), challenge).unwrap()
}

fn text(json: &[u8]) -> String {
    String::from_utf8(json.to_vec()).unwrap()
}

/// `json` with `from`, which is there once, replaced.
fn with(json: &str, from: &str, to: &str) -> String {
    assert_eq!(json.matches(from).count(), 1, "{from} in {json}");
    json.replace(from, to)
}

#[test]
fn a_service_profile_is_read_as_it_was_written() {
    let usual = profile(settings());
    let by_id = full_settings().with_template(CertificateTemplate::Id(oid::CLIENT_AUTH.into()));
    let before = settings().with_renewal(RenewalStart::Before(Duration::from_secs(1)));
    for profile in [usual, full_profile(), profile(by_id), profile(before)] {
        assert_eq!(ScepProfile::from_json(&profile.to_json().unwrap()), Ok(profile));
    }
    for source in [
        ChallengeSource::BrokerPerRequest,
        ChallengeSource::External,
        ChallengeSource::None,
        ChallengeSource::OneTime,
        ChallengeSource::Sealed,
    ] {
        let profile = profile(settings()).with_challenge(source);
        assert_eq!(ScepProfile::from_json(&profile.to_json().unwrap()), Ok(profile));
    }
    for algorithm in
        [Curve::P256, Curve::P521].map(KeyAlgorithm::Ec).into_iter().chain([KeyAlgorithm::Rsa { bits: 4096 }])
    {
        for protection in [KeyProtection::Software, KeyProtection::HardwarePreferred] {
            let profile = profile(settings().with_key(KeySpec::new(algorithm).with_protection(protection)));
            assert_eq!(ScepProfile::from_json(&profile.to_json().unwrap()), Ok(profile));
        }
    }
}

/// What others may write by hand, and what has to stay readable.
#[test]
fn the_json_of_version_1_is_this() {
    let json = r#"{"version":1,"settings":{"id":"user","name":"user","urls":["https://ca.example.com/scep"],"#
        .to_string()
        + r#""thumbprints":["0101010101010101010101010101010101010101"],"#
        + r#""key":{"algorithm":{"rsa":2048},"protection":"hardwarePreferred","extractability":"never"},"#
        + r#""keyUsage":["digitalSignature","keyEncipherment"],"extendedKeyUsage":["1.3.6.1.5.5.7.3.2"],"#
        + r#""digest":"SHA-256","cipher":"AES-128-CBC","renewal":{"before":2592000},"retries":{"count":3,"delay":10},"#
        + r#""route":"direct","store":"device"},"subject":"CN=%UserName%,O=Example\\, Inc.","#
        + r#""alternativeNames":[{"upn":"%UserName%@example.com"}],"challenge":"none"}"#;
    let expected = profile(settings().with_thumbprint(Fingerprint::new(&[1; 20]).unwrap()))
        .add_alternative_name(AlternativeNameTemplate::Upn(Template::parse("%UserName%@example.com").unwrap()));
    assert_eq!(ScepProfile::from_json(json.as_bytes()), Ok(expected.clone()));
    assert_eq!(text(&expected.to_json().unwrap()), json);
}

#[test]
fn a_static_password_is_written_on_purpose_only() {
    for usage in [StaticUse::ServiceOnly, StaticUse::PlatformClients] {
        let password = || StaticPassword::new(Secret::from("p\"ä")).with_use(usage);
        for source in [ChallengeSource::Static(password()), ChallengeSource::Broker(password())] {
            let profile = profile(settings()).with_challenge(source);
            assert_eq!(profile.to_json(), Err(JsonError::StaticPassword));
            let json = profile.to_json_with_password().unwrap();
            assert_eq!(ScepProfile::from_json(json.expose()), Ok(profile));
        }
    }
    for password in [vec![], vec![0xff], vec![b'a'; 256]] {
        let password = StaticPassword::new(Secret::new(password));
        let profile = profile(settings()).with_challenge(ChallengeSource::Static(password));
        assert_eq!(profile.to_json_with_password(), Err(JsonError::Value(JsonField::Challenge)));
    }
}

#[test]
fn an_agent_profile_is_read_as_it_was_written() {
    let challenge = AgentChallenge::one_time(Secret::from("ticket"));
    for agent in [agent(challenge), agent(AgentChallenge::None), agent(AgentChallenge::Broker)] {
        assert_eq!(AgentProfile::from_json(agent.to_json().unwrap().expose()), Ok(agent));
    }
    let plain = profile(settings()).for_device(&variables(), AgentChallenge::None).unwrap();
    let json = plain.to_json().unwrap();
    // CN=jane, O=Example, Inc. in DER.
    assert!(text(json.expose()).contains(r#""subject":"MCcxFjAUBgNVBAoTDUV4YW1wbGUsIEluYy4xDTALBgNVBAMTBGphbmU=""#));
    assert_eq!(AgentProfile::from_json(json.expose()), Ok(plain));
}

#[test]
fn sets_and_referrers_are_read_as_they_were_written() {
    let email = EmailProfile::new(id("mail"), "mail.example.com")
        .with_certificate(id("user"))
        .with_signing_certificate(id("sign"))
        .with_encryption_certificate(id("encrypt"))
        .with_other(OtherSettings::new(&[7; 32]));
    let wifi = WifiProfile::new(id("office"), "Büro")
        .with_methods(&[EapMethod::Tls, EapMethod::Ttls, EapMethod::Peap, EapMethod::Fast])
        .add_server_name("radius.example.com")
        .with_certificate(id("user"));
    let vpn = VpnProfile::new(id("vpn"), "vpn.example.com");
    let mut referrers: Vec<Referrer> = vec![
        email.clone().into(),
        email.with_authentication(EmailAuthentication::Password).into(),
        wifi.into(),
        WifiProfile::new(id("w"), "").into(),
        EmailProfile::new(id("m"), "").into(),
        vpn.clone().with_certificate(id("user")).into(),
    ];
    for authentication in
        [VpnAuthentication::CertificateAndPassword, VpnAuthentication::EapTls, VpnAuthentication::Password]
    {
        referrers.push(vpn.clone().with_authentication(authentication).into());
    }
    for referrer in &referrers {
        assert_eq!(Referrer::from_json(&referrer.to_json().unwrap()).as_ref(), Ok(referrer));
    }
    let set = AgentProfileSet::new("activation 1").with_scep(agent(AgentChallenge::Broker)).unwrap();
    let set = referrers.into_iter().fold(set, |set, referrer| set.with_referrer(referrer).unwrap());
    assert_eq!(AgentProfileSet::from_json(set.to_json().unwrap().expose()), Ok(set));
}

fn refused(json: &str) -> JsonError {
    ScepProfile::from_json(json.as_bytes()).unwrap_err()
}

fn is_syntax(error: &JsonError) -> bool {
    matches!(error, JsonError::Syntax { .. })
}

#[test]
fn other_versions_and_fields_are_refused() {
    let json = text(&full_profile().to_json().unwrap());
    assert_eq!(
        refused(&with(&json, r#""version":1"#, r#""version":2,"more":[[[]]]"#)),
        JsonError::UnsupportedVersion(2)
    );
    for (from, to) in [
        (r#""version":1"#, r#""version":1,"more":1"#),
        (r#""version":1,"#, ""),
        (r#""version":1"#, r#""version":-1"#),
        (r#""version":1"#, r#""version":1,"version":1"#),
        (r#""store":"user""#, r#""store":"user","more":1"#),
        (r#""count":5"#, r#""count":5,"more":1"#),
        (r#""count":5"#, r#""count":65536"#),
        (r#""protection":"#, r#""more":0,"protection":"#),
        (r#""store":"user""#, r#""store":"attic""#),
        (r#"{"ec":"P-384"}"#, r#"{"ec":"P-192"}"#),
        (r#"{"ec":"P-384"}"#, r#"{"ec":"P-384","rsa":2048}"#),
        (r#"{"ec":"P-384"}"#, r#"{"rsa":65536}"#),
        (r#""oneTime""#, r#"{"static":{"password":"x","usage":"serviceOnly","more":1}}"#),
        (r#""oneTime""#, r#"{"static":{"usage":"serviceOnly"}}"#),
        (r#"{"upn":"#, r#"{"ip":"#),
    ] {
        assert!(is_syntax(&refused(&with(&json, from, to))), "{to}");
    }
    for cut in [0, 1, json.len() / 2, json.len() - 1] {
        assert!(is_syntax(&ScepProfile::from_json(&json.as_bytes()[..cut]).unwrap_err()));
    }
    assert!(is_syntax(&refused(&format!("{json}x"))));
    assert_eq!(refused("[1]\n"), JsonError::Syntax { line: 1, column: 3 });
}

#[test]
fn hostile_text_is_bounded() {
    let json = text(&profile(settings()).to_json().unwrap());
    assert_eq!(refused(&" ".repeat(64 * 1024 + 1)), JsonError::TooLarge);
    assert!(ScepProfile::from_json(format!("{}{json}", " ".repeat(64 * 1024 - json.len())).as_bytes()).is_ok());
    let set = AgentProfileSet::from_json(" ".repeat(1024 * 1024 + 1).as_bytes());
    assert_eq!(set, Err(JsonError::TooLarge));
    let deep = "[".repeat(30_000);
    assert!(is_syntax(&refused(&deep)));
    assert!(is_syntax(&refused(&with(&json, r#""version":1"#, &format!(r#""version":1,"more":{deep}"#)))));
}

#[test]
fn values_that_can_not_be_there_are_named() {
    let json = text(&full_profile().to_json().unwrap());
    let long = "a".repeat(257);
    let many = |text: &str, count: usize| vec![text; count].join(",");
    for (from, to, field) in [
        (r#""id":"user""#, r#""id":"us er""#.to_string(), JsonField::Id),
        (r#""name":"Nutzer \"ä\"""#, format!(r#""name":"{long}""#), JsonField::Name),
        (r#""https://ca.example.com/scep","https://ca2.example.com/scep""#, String::new(), JsonField::Urls),
        (r#""https://ca.example.com/scep""#, format!(r#""{}""#, "a".repeat(2049)), JsonField::Urls),
        (r#""https://ca.example.com/scep""#, many(r#""https://x/""#, 16), JsonField::Urls),
        ("ca/1?", long.clone(), JsonField::CaIdentifier),
        (r#""0101010101010101010101010101010101010101""#, r#""01""#.into(), JsonField::Thumbprints),
        (
            r#""0101010101010101010101010101010101010101""#,
            many(r#""0101010101010101010101010101010101010101""#, 16),
            JsonField::Thumbprints,
        ),
        ("decipherOnly", "digitalSignature".into(), JsonField::KeyUsage),
        ("decipherOnly", "signing".into(), JsonField::KeyUsage),
        ("1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.".into(), JsonField::ExtendedKeyUsage),
        (r#""1.3.6.1.5.5.7.3.2""#, many(r#""1.2""#, 32), JsonField::ExtendedKeyUsage),
        ("SHA-512", "SHA512".into(), JsonField::Digest),
        ("AES-256-GCM", "ROT-13".into(), JsonField::Cipher),
        (r#"{"name":"Device"}"#, r#"{"name":""}"#.into(), JsonField::Template),
        (r#"{"name":"Device"}"#, format!(r#"{{"name":"{long}"}}"#), JsonField::Template),
        (r#"{"name":"Device"}"#, r#"{"id":"1"}"#.into(), JsonField::Template),
        (r#"{"upn":"%UserPrincipalName%"}"#, many(r#"{"dns":"x"}"#, 29), JsonField::AlternativeNames),
        (r#""oneTime""#, r#"{"static":{"password":"","usage":"serviceOnly"}}"#.into(), JsonField::Challenge),
        (
            r#""oneTime""#,
            format!(r#"{{"broker":{{"password":"{}","usage":"serviceOnly"}}}}"#, "a".repeat(256)),
            JsonField::Challenge,
        ),
    ] {
        assert_eq!(refused(&with(&json, from, &to)), JsonError::Value(field), "{to}");
    }
    let template = refused(&with(&json, "CN=%UserName%", "CN=%Nobody%"));
    assert!(matches!(template, JsonError::Template(error)
        if error.kind == TemplateErrorKind::UnknownVariable("Nobody".into())));
    assert!(matches!(refused(&with(&json, "%DeviceId%.example.com", "%")), JsonError::Template(_)));
}

#[test]
fn values_of_agents_and_sets_that_can_not_be_there_are_named() {
    let challenge = AgentChallenge::one_time(Secret::from("ticket"));
    let agent = agent(challenge);
    let json = text(agent.to_json().unwrap().expose());
    let value = |marker: &str| json.split(marker).nth(1).unwrap().split('"').next().unwrap();
    let (subject, names) = (value(r#""subject":""#), value(r#""alternativeNames":""#));
    for (from, to, field) in [
        (subject, "x".to_string(), JsonField::Subject),
        (subject, "MAA".into(), JsonField::Subject),
        (subject, "MAI=".into(), JsonField::Subject),
        (names, "x".into(), JsonField::AlternativeNames),
        (names, "MAA=".into(), JsonField::AlternativeNames), // no name
        (names, "MAKCAAA=".into(), JsonField::AlternativeNames), // something behind
        (names, "MAKCAA==".into(), JsonField::AlternativeNames), // an empty host
        (names, "BAA=".into(), JsonField::AlternativeNames), // an OCTET STRING
        ("ticket", String::new(), JsonField::Challenge),
        ("ticket", "a".repeat(4097), JsonField::Challenge),
    ] {
        let error = AgentProfile::from_json(with(&json, from, &to).as_bytes()).unwrap_err();
        assert_eq!(error, JsonError::Value(field), "{to}");
    }
    // An empty subject beside alternative names, and alone.
    let empty = with(&json, subject, "MAA=");
    assert!(AgentProfile::from_json(empty.as_bytes()).unwrap().names().subject().is_empty());
    let alone = with(&empty, &format!(r#""alternativeNames":"{names}","#), "");
    assert_eq!(AgentProfile::from_json(alone.as_bytes()), Err(JsonError::Value(JsonField::Subject)));

    let wifi = WifiProfile::new(id("office"), "Office");
    let set = AgentProfileSet::new("1").with_scep(agent).unwrap().with_referrer(wifi).unwrap();
    let json = text(set.to_json().unwrap().expose());
    let read = |json: String| AgentProfileSet::from_json(json.as_bytes()).unwrap_err();
    let body = json.split(r#""certificates":["#).nth(1).unwrap().split(r#"],"referrers""#).next().unwrap();
    assert_eq!(read(with(&json, body, &format!("{body},{body}"))), JsonError::Value(JsonField::Id));
    let ambiguous = with(&json, r#""id":"office""#, r#""id":"user""#);
    assert_eq!(read(ambiguous), JsonError::Set(ProfileSetError::Ambiguous(id("user"))));
    let referrer = r#"{"wifi":{"id":"office","ssid":"Office","methods":["tls"]}}"#;
    assert_eq!(read(with(&json, referrer, &format!("{referrer},{referrer}"))), JsonError::Value(JsonField::Id));
    let activation = format!(r#""activation":"{}""#, "a".repeat(257));
    assert_eq!(read(with(&json, r#""activation":"1""#, &activation)), JsonError::Value(JsonField::Id));
    let mut many: Vec<_> = (0..257).map(|index| with(referrer, "office", &format!("w{index}"))).collect();
    assert_eq!(read(with(&json, referrer, &many.join(","))), JsonError::Set(ProfileSetError::TooMany));
    many.pop();
    assert!(AgentProfileSet::from_json(with(&json, referrer, &many.join(",")).as_bytes()).is_ok());
}

#[test]
fn values_of_referrers_that_can_not_be_there_are_named() {
    let wifi = r#"{"version":1,"profile":{"wifi":{"id":"office","ssid":"Office","methods":["tls"],"other":"AA=="}}}"#;
    assert!(Referrer::from_json(wifi.as_bytes()).is_ok());
    let read = |json: &str| Referrer::from_json(json.as_bytes()).unwrap_err();
    let long = "a".repeat(257);
    for (from, to, field) in [
        (r#""Office""#, format!(r#""{long}""#), JsonField::Referrer),
        (r#""tls""#, [r#""tls""#; 9].join(","), JsonField::Referrer),
        (r#""other""#, format!(r#""serverNames":[{}],"other""#, [r#""x""#; 33].join(",")), JsonField::Referrer),
        (r#""other""#, format!(r#""serverNames":["{long}"],"other""#), JsonField::Referrer),
        (r#""other""#, r#""certificate":"","other""#.into(), JsonField::Id),
        ("office", "of fice".into(), JsonField::Id),
        ("AA==", "A".into(), JsonField::Other),
        ("AA==", "A".repeat(92), JsonField::Other),
    ] {
        assert_eq!(read(&with(wifi, from, &to)), JsonError::Value(field), "{to}");
    }
    assert!(is_syntax(&read(&with(wifi, r#""other""#, r#""more":0,"other""#))));
    assert!(is_syntax(&read(&with(wifi, r#""tls""#, r#""md5""#))));
    assert_eq!(read(&with(wifi, r#""version":1"#, r#""version":7"#)), JsonError::UnsupportedVersion(7));
}

/// What is written is read, or it is not written.
#[test]
fn what_could_not_be_read_is_not_written() {
    let strange = DigestAlgorithm::new("SHA-256", oid::SHA384, 48);
    let cipher = CipherAlgorithm::new("AES-128-CBC", oid::AES256_CBC, 32, 16);
    let half = Duration::from_millis(1500);
    let thumbprints =
        (0..17).fold(settings(), |settings, octet| settings.add_thumbprint(Fingerprint::new(&[octet; 32]).unwrap()));
    for (settings, field) in [
        (settings().with_digest(strange), JsonField::Digest),
        (settings().with_cipher(cipher), JsonField::Cipher),
        (settings().with_lifetime(half), JsonField::Time),
        (settings().with_renewal(RenewalStart::Before(half)), JsonField::Time),
        (settings().with_retries(Retries::new(1, half)), JsonField::Time),
        (settings().with_name("a".repeat(257)), JsonField::Name),
        ((0..16).fold(settings(), |settings, _| settings.add_url("https://x/")), JsonField::Urls),
        (settings().with_extended_key_usage(&[oid::CLIENT_AUTH; 33]), JsonField::ExtendedKeyUsage),
        (thumbprints, JsonField::Thumbprints),
    ] {
        assert_eq!(profile(settings.clone()).to_json(), Err(JsonError::Value(field)));
        let agent = profile(settings).for_device(&variables(), AgentChallenge::None).unwrap();
        assert_eq!(agent.to_json(), Err(JsonError::Value(field)));
    }
    let dns = AlternativeNameTemplate::Dns(Template::parse("x").unwrap());
    let names = profile(settings()).with_alternative_names(vec![dns; 33]);
    assert_eq!(names.to_json(), Err(JsonError::Value(JsonField::AlternativeNames)));
    let urls =
        (0..15).fold(settings().with_url("a".repeat(2048)), |settings, _| settings.add_url("\u{1}".repeat(2048)));
    assert_eq!(profile(urls).to_json(), Err(JsonError::TooLarge));
    let wifi = Referrer::from(WifiProfile::new(id("w"), "a".repeat(257)));
    assert_eq!(wifi.to_json(), Err(JsonError::Value(JsonField::Referrer)));
    let other = WifiProfile::new(id("w"), "").with_other(OtherSettings::new(&[0; 67]));
    assert_eq!(Referrer::from(other).to_json(), Err(JsonError::Value(JsonField::Other)));
}

/// Errors go to logs, and the text may hold a challenge.
#[test]
fn errors_say_nothing_of_the_text() {
    let challenge = AgentChallenge::one_time(Secret::from("ticket"));
    let json = text(agent(challenge).to_json().unwrap().expose());
    for broken in [
        with(&json, r#"{"oneTime":"ticket"}"#, r#"{"ticket":"ticket"}"#),
        with(&json, r#""oneTime":"ticket""#, r#""oneTime":["ticket"]"#),
    ] {
        let error = AgentProfile::from_json(broken.as_bytes()).unwrap_err();
        assert!(is_syntax(&error) && !format!("{error} {error:?}").contains("ticket"));
    }
}
