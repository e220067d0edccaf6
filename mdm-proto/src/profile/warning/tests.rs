use alloc::{format, string::ToString, vec};

use pki_core::Secret;

use super::*;
use crate::profile::{KeySpec, NameTemplate, ProfileId, StaticPassword};

fn settings() -> ScepSettings {
    let thumbprint = Fingerprint::new(&[1; 32]).unwrap();
    ScepSettings::new(ProfileId::new("p").unwrap(), "https://ca.example.com/scep").with_thumbprint(thumbprint)
}

fn profile(subject: &str) -> ScepProfile {
    ScepProfile::new(settings(), NameTemplate::parse(subject).unwrap())
}

fn key(algorithm: KeyAlgorithm) -> ScepSettings {
    settings().with_key(KeySpec::new(algorithm))
}

#[test]
fn a_usual_profile_has_none() {
    assert_eq!(profile("CN=%UserName%,OU=%RenewalId%").warnings(), []);
    let ec = key(KeyAlgorithm::Ec(Curve::P256)).with_key_usage(KeyUsage::DIGITAL_SIGNATURE);
    assert_eq!(ec.warnings(), [ProfileWarning::EcKey(Curve::P256)]);
    let renewal = settings().with_renewal(RenewalStart::PercentRemaining(20)).with_lifetime(Duration::from_secs(1));
    assert_eq!(renewal.warnings(), []);
    assert_eq!(key(KeyAlgorithm::Rsa { bits: 2048 }).warnings(), []);
}

#[test]
fn what_is_odd_about_settings() {
    let thumbprint = |length| Fingerprint::new(&vec![1; length]).unwrap();
    let day = |days: u64| Duration::from_secs(days * 86_400);
    let hardware =
        KeySpec::DEFAULT.with_protection(KeyProtection::HardwareRequired).with_extractability(Extractability::Allowed);
    let http = "http://ca.example.com/";
    for (settings, warning) in [
        (key(KeyAlgorithm::Rsa { bits: 2047 }), ProfileWarning::WeakRsa { bits: 2047 }),
        (settings().with_thumbprint(thumbprint(16)), ProfileWarning::WeakThumbprint(thumbprint(16))),
        (settings().with_thumbprint(thumbprint(20)), ProfileWarning::WeakThumbprint(thumbprint(20))),
        (settings().without_thumbprints(), ProfileWarning::NoThumbprint),
        (settings().with_url(http), ProfileWarning::NoHttps { url: http.into() }),
        (settings().with_url("HTTP://x"), ProfileWarning::NoHttps { url: "HTTP://x".into() }),
        (settings().with_url("ldap://x"), ProfileWarning::NoHttpUrl { url: "ldap://x".into() }),
        (settings().with_url("https:///x"), ProfileWarning::NoHttpUrl { url: "https:///x".into() }),
        (settings().with_url("https://x y"), ProfileWarning::NoHttpUrl { url: "https://x y".into() }),
        (settings().add_url(""), ProfileWarning::NoHttpUrl { url: "".into() }),
        (
            settings().with_renewal(RenewalStart::Before(day(30))).with_lifetime(day(30)),
            ProfileWarning::RenewalBeyondLifetime { start: day(30), lifetime: day(30) },
        ),
        (settings().with_renewal(RenewalStart::PercentRemaining(0)), ProfileWarning::RenewalPercent(0)),
        (settings().with_renewal(RenewalStart::PercentRemaining(100)), ProfileWarning::RenewalPercent(100)),
        (settings().with_key_usage(KeyUsage::KEY_ENCIPHERMENT), ProfileWarning::NoDigitalSignature),
        (settings().with_key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_CERT_SIGN), ProfileWarning::CaKeyUsage),
        (settings().with_key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::CRL_SIGN), ProfileWarning::CaKeyUsage),
        (settings().with_digest(DigestAlgorithm::SHA1), ProfileWarning::LegacyDigest(DigestAlgorithm::SHA1)),
        (settings().with_digest(DigestAlgorithm::MD5), ProfileWarning::LegacyDigest(DigestAlgorithm::MD5)),
        (
            settings().with_cipher(CipherAlgorithm::DES_EDE3_CBC),
            ProfileWarning::LegacyCipher(CipherAlgorithm::DES_EDE3_CBC),
        ),
        (settings().with_cipher(CipherAlgorithm::DES_CBC), ProfileWarning::LegacyCipher(CipherAlgorithm::DES_CBC)),
        (settings().with_key(hardware), ProfileWarning::ExtractableFromHardware),
    ] {
        assert_eq!(settings.warnings(), core::slice::from_ref(&warning));
        assert!(!warning.to_string().is_empty());
    }
    let ec = key(KeyAlgorithm::Ec(Curve::P384)).warnings();
    assert_eq!(ec, [ProfileWarning::EcKey(Curve::P384), ProfileWarning::EcKeyEncipherment]);
    assert_eq!(settings().with_renewal(RenewalStart::Before(day(29))).with_lifetime(day(30)).warnings(), []);
    assert_eq!(settings().with_key_usage(KeyUsage::NONE).warnings(), []);
}

/// Fleet's users met the 64 characters of an OU.
#[test]
fn an_attribute_without_room_for_its_variables() {
    let subject = |literal: usize, variables: &str| profile(&format!("CN=x,OU={}{variables}", "a".repeat(literal)));
    let warning = |length| ProfileWarning::AttributeTooLong {
        attribute: AttributeType::from_name("OU").unwrap(),
        length,
        longest: 64,
    };
    assert_eq!(subject(64, "").warnings(), []);
    assert_eq!(subject(65, "").warnings(), [warning(65)]);
    assert_eq!(subject(63, "%RenewalId%").warnings(), []);
    assert_eq!(subject(64, "%RenewalId%").warnings(), [warning(64)]);
    assert_eq!(subject(63, "%RenewalId%%UserName%").warnings(), [warning(63)]);
}

#[test]
fn what_is_odd_about_a_static_password() {
    let with = |password: &str, usage| {
        let password = StaticPassword::new(Secret::from(password)).with_use(usage);
        profile("CN=x").with_challenge(ChallengeSource::Static(password)).warnings()
    };
    assert_eq!(with("Correct-Horse-7", StaticUse::ServiceOnly), []);
    assert_eq!(with("p@ss", StaticUse::ServiceOnly), [ProfileWarning::ChallengeCharacters]);
    assert_eq!(with("ü", StaticUse::ServiceOnly), [ProfileWarning::ChallengeCharacters]);
    assert_eq!(with("", StaticUse::ServiceOnly), [ProfileWarning::ChallengeUnusable]);
    assert_eq!(with(&"a".repeat(255), StaticUse::ServiceOnly), []);
    assert_eq!(with(&"a".repeat(256), StaticUse::ServiceOnly), [ProfileWarning::ChallengeUnusable]);
    assert_eq!(with("x", StaticUse::PlatformClients), [ProfileWarning::StaticPasswordOnDevices]);
    let binary = StaticPassword::new(Secret::new(vec![0xff])).with_use(StaticUse::PlatformClients);
    let broker = profile("CN=x").with_challenge(ChallengeSource::Broker(binary));
    assert_eq!(broker.warnings(), [ProfileWarning::ChallengeUnusable]);
}
