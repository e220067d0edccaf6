use alloc::{format, string::ToString, vec::Vec};
use core::time::Duration;

use pki_core::{Csr, KeyKind, Secret, extension::KeyUsage, oid};

use super::*;
use crate::csr_policy::Expectation;

// Made by OpenSSL: see the README there.
const DEVICE: &[u8] = include_bytes!("../../tests/data/csr/device.der");
const PLAIN: &[u8] = include_bytes!("../../tests/data/csr/plain.der");

const PASSWORD: &str = "one-for-all-devices";

fn settings() -> ScepSettings {
    ScepSettings::new(ProfileId::new("p").unwrap(), "https://ca.example.com/scep")
}

fn profile(challenge: ChallengeSource) -> ScepProfile {
    ScepProfile::new(settings(), NameTemplate::parse("CN=%UserName%").unwrap()).with_challenge(challenge)
}

fn variables() -> Variables {
    Variables::new().with(Variable::UserName, "jane")
}

fn password() -> StaticPassword {
    StaticPassword::new(Secret::from(PASSWORD))
}

fn one_time(text: &str) -> AgentChallenge {
    AgentChallenge::one_time(Secret::from(text))
}

fn unfit(profile: &ScepProfile, challenge: AgentChallenge) -> Option<ChallengeUnfit> {
    match profile.for_device(&variables(), challenge) {
        Ok(_) => None,
        Err(ForDeviceError::Challenge(unfit)) => Some(unfit),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_device_gets_a_challenge_of_the_kind_that_the_profile_has() {
    let statically = || ChallengeSource::Static(password());
    let by_service = profile(statically()).with_settings(settings().with_route(Route::ByService));
    for (profile, one, broker) in [
        (profile(ChallengeSource::None), Some(ChallengeUnfit::Unwanted), Some(ChallengeUnfit::NoBroker)),
        (profile(ChallengeSource::OneTime), None, Some(ChallengeUnfit::NoBroker)),
        (profile(ChallengeSource::Sealed), None, Some(ChallengeUnfit::NoBroker)),
        (profile(ChallengeSource::External), None, Some(ChallengeUnfit::NoBroker)),
        (profile(statically()), Some(ChallengeUnfit::NotForDevices), Some(ChallengeUnfit::NoBroker)),
        (by_service, None, Some(ChallengeUnfit::NoBroker)),
        (profile(ChallengeSource::Broker(password())), Some(ChallengeUnfit::NotForDevices), None),
        (profile(ChallengeSource::BrokerPerRequest), Some(ChallengeUnfit::NotForDevices), None),
    ] {
        assert_eq!(unfit(&profile, one_time("x")), one, "{profile:?}");
        assert_eq!(unfit(&profile, AgentChallenge::Broker), broker, "{profile:?}");
        assert_eq!(unfit(&profile, AgentChallenge::None), None);
    }
}

#[test]
fn a_device_never_gets_the_password_that_is_one_for_all() {
    let by_service = settings().with_route(Route::ByService);
    for source in [ChallengeSource::Static(password()), ChallengeSource::Broker(password())] {
        let profile = profile(source).with_settings(by_service.clone());
        assert_eq!(unfit(&profile, one_time(PASSWORD)), Some(ChallengeUnfit::StaticPassword));
    }
    // Nor does it lie in what a device gets, whatever that is written as.
    let profile = profile(ChallengeSource::Broker(password()));
    let agent = profile.for_device(&variables(), AgentChallenge::Broker).unwrap();
    let json = agent.to_json().unwrap();
    let holds = |text: &[u8]| text.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes());
    assert!(!holds(json.expose()) && !holds(format!("{agent:?}").as_bytes()));
    assert!(!holds(format!("{profile:?}").as_bytes()));
    assert!(holds(profile.to_json_with_password().unwrap().expose()));
}

#[test]
fn a_static_password_is_for_the_service_unless_said() {
    assert!(password().for_service().matches(PASSWORD.as_bytes()));
    assert_eq!(password().for_platform_client(), None);
    let shared = password().with_use(StaticUse::PlatformClients);
    assert!(shared.for_platform_client().unwrap().matches(PASSWORD.as_bytes()));
    assert_ne!(shared, password());
    assert_eq!(ChallengeSource::OneTime.static_password(), None);
}

#[test]
fn names_that_can_not_be_made_are_no_profile_for_a_device() {
    let profile = profile(ChallengeSource::None);
    let missing = ForDeviceError::Names(ExpandError::Missing(Variable::UserName));
    assert_eq!(profile.for_device(&Variables::new(), AgentChallenge::None), Err(missing));
    // RFC 5280 section 4.1.2.6: a subject or an alternative name.
    let nameless = profile.with_subject(NameTemplate::empty());
    let refused = ForDeviceError::Names(ExpandError::Nameless);
    assert_eq!(nameless.for_device(&variables(), AgentChallenge::None), Err(refused));
    let dns = AlternativeNameTemplate::Dns(Template::parse("%UserName%.example.com").unwrap());
    let named = nameless.with_alternative_names([dns]).for_device(&variables(), AgentChallenge::None).unwrap();
    assert!(named.names().subject().is_empty());
    assert_eq!(named.names().alternative().count(), 1);
}

#[test]
fn a_used_challenge_can_be_forgotten() {
    let agent = profile(ChallengeSource::OneTime).for_device(&variables(), one_time("x")).unwrap();
    assert_eq!(agent.challenge(), &one_time("x"));
    assert_eq!(agent.without_challenge().challenge(), &AgentChallenge::None);
}

#[test]
fn agent_and_service_agree_on_the_csr() {
    let settings = settings()
        .with_template(CertificateTemplate::Name("Device".into()))
        .with_key_usage(KeyUsage::DIGITAL_SIGNATURE)
        .with_extended_key_usage(&[oid::CLIENT_AUTH, oid::EMAIL_PROTECTION]);
    let profile = profile(ChallengeSource::OneTime)
        .with_settings(settings)
        .add_alternative_name(AlternativeNameTemplate::Upn(Template::parse("%UserName%@example.com").unwrap()));
    let agent = profile.for_device(&variables(), one_time("ticket")).unwrap();
    let key = Csr::from_der(DEVICE).unwrap().public_key().to_owned();
    let csr = |agent: &AgentProfile| {
        let algorithm = pki_core::algorithm::SignatureAlgorithm::RSA_PKCS1_SHA256;
        // Nobody looks at the signature.
        let signature = pki_core::crypto::Signature::new([0; 256].to_vec());
        agent.csr(key.clone()).unwrap().build(algorithm).unwrap().attach(signature)
    };
    let asked = csr(&agent);
    let expected = Expectation::from_profile(&profile, &variables()).unwrap();
    let strict = crate::csr_policy::Field::ALL
        .into_iter()
        .fold(expected.clone(), |all, field| all.with_rule(field, crate::csr_policy::FieldRule::MustEqual))
        .with_comparison(crate::csr_policy::NameComparison::Raw);
    assert_eq!(strict.check(&asked), Ok(()));
    assert_eq!(Expectation::from_agent(&agent), expected);
    assert!(asked.challenge_password().unwrap().unwrap().matches(b"ticket"));

    let bare = agent.clone().without_challenge();
    assert_eq!(csr(&bare).challenge_password(), Ok(None));
    assert!(!agent.csr_without_challenge(key.clone()).unwrap().has_challenge_password());
    assert!(agent.request(key).is_ok());
}

#[test]
fn a_key_of_another_kind_is_refused() {
    let agent = profile(ChallengeSource::None).for_device(&variables(), AgentChallenge::None).unwrap();
    let key = Csr::from_der(PLAIN).unwrap().public_key().to_owned();
    let wrong = agent.csr(key.clone()).unwrap_err();
    assert_eq!((wrong.expected, wrong.found), (KeyAlgorithm::Rsa { bits: 2048 }, KeyKind::P256));
    assert_eq!(wrong.to_string(), "the profile wants a key RSA-2048, not EC P-256");
    assert_eq!(agent.request(key.clone()).unwrap_err(), wrong);
    assert_eq!(agent.csr_without_challenge(key).unwrap_err(), wrong);
}

#[test]
fn identifiers_are_printable_and_short() {
    assert!(ProfileId::new(&"a".repeat(128)).is_ok());
    for text in ["", "a b", "ä", "a\n", &"a".repeat(129)] {
        assert_eq!(ProfileId::new(text), Err(InvalidProfileId), "{text}");
    }
}

#[test]
fn settings_begin_with_what_most_want() {
    let settings = settings();
    assert_eq!(settings.key().algorithm(), KeyAlgorithm::Rsa { bits: 2048 });
    assert_eq!((settings.retries().count, settings.retries().delay), (3, Duration::from_secs(10)));
    assert_eq!(settings.renewal(), crate::lifecycle::RenewalStart::Before(Duration::from_secs(30 * 86_400)));
    assert_eq!(settings.name(), "p");
    let urls: Vec<_> = settings.with_url("https://a/").add_url("https://b/").urls().to_vec();
    assert_eq!(urls, ["https://a/", "https://b/"]);
}

#[test]
fn every_unfitness_says_something_of_its_own() {
    let all = [
        ChallengeUnfit::NoBroker,
        ChallengeUnfit::NotForDevices,
        ChallengeUnfit::StaticPassword,
        ChallengeUnfit::Unwanted,
    ];
    let texts: alloc::collections::BTreeSet<_> = all.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), all.len());
}
