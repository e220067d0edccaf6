//! What platforms share: challenges and URLs.

use mdm_proto::{
    lowering::{
        Change, Field, LoweringError, PlatformProfile, Reason, android::ManagedConfiguration, apple::ScepPayload,
        windows::ScepInstall,
    },
    profile::{
        AgentChallenge, ChallengeSource, Curve, KeyAlgorithm, KeyProtection, KeySpec, Route, StaticPassword, StaticUse,
        Template, Variable, Variables,
    },
};
use pki_core::Secret;

use super::sample::{CHALLENGE, agent, named, platform, profile, settings, shown};

pub(crate) const GOLDEN: &str = include_str!("golden.mobileconfig");

#[test]
fn a_challenge_that_the_broker_keeps_needs_an_agent() {
    let profile = profile(settings()).with_challenge(ChallengeSource::BrokerPerRequest);
    let device = profile.for_device(&Variables::new(), AgentChallenge::Broker).unwrap();
    assert_eq!(PlatformProfile::new(&device), Err(LoweringError::NeedsAgent));
}

#[test]
fn a_challenge_has_to_be_text() {
    let octets = Secret::new(vec![0xff, 0xfe]);
    let device = profile(settings()).for_device(&Variables::new(), AgentChallenge::one_time(octets)).unwrap();
    assert_eq!(PlatformProfile::new(&device), Err(LoweringError::ChallengeNotText));
    assert_eq!(ManagedConfiguration::lower(&[device]).unwrap_err(), LoweringError::ChallengeNotText);
}

/// The password that is one for all devices goes out only where the profile and the caller both say so, and the losses say it
/// again.
#[test]
fn a_static_password_is_disclosed_by_name_only() {
    let kept = StaticPassword::new(Secret::from("sesame"));
    let disclosed = kept.clone().with_use(StaticUse::PlatformClients);
    let disclosing = |source| {
        PlatformProfile::disclosing_static_password(&profile(settings()).with_challenge(source), &Variables::new())
    };
    for source in [ChallengeSource::Static(kept), ChallengeSource::OneTime, ChallengeSource::Broker(disclosed.clone())]
    {
        assert_eq!(disclosing(source), Err(LoweringError::StaticPasswordKept));
    }
    let profile = disclosing(ChallengeSource::Static(disclosed)).unwrap();
    for losses in [ScepPayload::lower(&profile).unwrap().losses(), ScepInstall::lower(&profile).unwrap().losses()] {
        assert!(shown(losses).contains(&(Field::Challenge, Change::Warning, Reason::Disclosed)));
    }
    let octets = StaticPassword::new(Secret::new(vec![0xff])).with_use(StaticUse::PlatformClients);
    assert_eq!(disclosing(ChallengeSource::Static(octets)), Err(LoweringError::ChallengeNotText));
}

#[test]
fn names_that_cannot_be_made_are_an_error() {
    let password = StaticPassword::new(Secret::from("sesame")).with_use(StaticUse::PlatformClients);
    let profile = named(settings(), "CN=%UserName%").with_challenge(ChallengeSource::Static(password));
    let error = PlatformProfile::disclosing_static_password(&profile, &Variables::new()).unwrap_err();
    assert!(matches!(error, LoweringError::Names(_)), "{error}");
    assert!(Template::variable(Variable::UserName).variables().count() == 1);
}

#[test]
fn where_messages_go_by_the_service_its_url_is_needed() {
    let profile = platform(&profile(settings().with_route(Route::ByService)));
    assert_eq!(ScepPayload::lower(&profile), Err(LoweringError::NeedsServiceUrl));
    assert_eq!(ScepInstall::lower(&profile), Err(LoweringError::NeedsServiceUrl));
    let profile = profile.with_url("https://mdm.example/scep/device-7");
    assert_eq!(ScepPayload::lower(&profile).unwrap().output().url(), "https://mdm.example/scep/device-7");
}

#[test]
fn keys_are_never_replaced_by_weaker_ones() {
    let with = |key: KeySpec| platform(&profile(settings().with_key(key)));
    let ec = with(KeySpec::new(KeyAlgorithm::Ec(Curve::P256)));
    assert_eq!(ScepPayload::lower(&ec), Err(LoweringError::EcUnavailable(Curve::P256)));
    assert_eq!(ScepInstall::lower(&ec), Err(LoweringError::EcUnavailable(Curve::P256)));
    let large = with(KeySpec::new(KeyAlgorithm::Rsa { bits: 8192 }));
    assert_eq!(ScepPayload::lower(&large), Err(LoweringError::KeySize { bits: 8192 }));
    assert_eq!(ScepInstall::lower(&large), Err(LoweringError::KeySize { bits: 8192 }));
    let hardware = with(KeySpec::DEFAULT.with_protection(KeyProtection::HardwareRequired));
    assert_eq!(ScepPayload::lower(&hardware), Err(LoweringError::HardwareUnavailable));
    assert!(ScepInstall::lower(&hardware).is_ok());

    let between = with(KeySpec::new(KeyAlgorithm::Rsa { bits: 3072 }));
    let clamped = (Field::KeySize, Change::Clamped { from: 3072, to: 4096 }, Reason::NotOffered);
    let lowered = ScepPayload::lower(&between).unwrap();
    assert_eq!(lowered.output().key_size(), 4096);
    assert!(shown(lowered.losses()).contains(&clamped));
    assert!(shown(ScepInstall::lower(&between).unwrap().losses()).contains(&clamped));
    let small = with(KeySpec::new(KeyAlgorithm::Rsa { bits: 1024 }));
    let weak = (Field::KeySize, Change::Warning, Reason::Weak);
    assert!(shown(ScepPayload::lower(&small).unwrap().losses()).contains(&weak));
}

#[test]
fn nothing_shows_the_challenge_by_debug() {
    let profile = profile(settings());
    let native = platform(&profile);
    let apple = ScepPayload::lower(&native).unwrap();
    let windows = ScepInstall::lower(&native).unwrap();
    let android = ManagedConfiguration::lower(&[agent(&profile)]).unwrap();
    let shown = [
        format!("{native:?}"),
        format!("{apple:?} {:?}", apple.output().to_dictionary()),
        format!("{windows:?} {:?}", windows.output().to_command()),
        format!("{android:?}"),
    ];
    assert!(shown.iter().all(|text| !text.contains(CHALLENGE)), "{shown:?}");
}

#[test]
fn every_loss_and_error_says_what_it_is() {
    let lowered = ScepInstall::lower(&platform(&profile(settings()))).unwrap();
    for loss in lowered.losses() {
        assert!(loss.to_string().starts_with(&loss.field.to_string()));
    }
    let clamped = lowered.losses().iter().find(|loss| matches!(loss.change, Change::Clamped { .. }));
    assert_eq!(clamped, None);
    assert_eq!(
        LoweringError::KeySize { bits: 8192 }.to_string(),
        "the platform makes no RSA keys of 8192 bits, but up to 4096"
    );
}
