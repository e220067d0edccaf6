//! Profiles to lower.

use std::time::Duration;

use mdm_proto::{
    lowering::{Change, Field, Loss, PlatformProfile, Reason},
    profile::{
        AgentChallenge, AgentProfile, AlternativeNameTemplate, ChallengeSource, NameTemplate, ProfileId, Retries,
        ScepProfile, ScepSettings, Template, Variables,
    },
};
use pki_core::Secret;
use scep::client::Fingerprint;

pub(crate) const SHA1: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
pub(crate) const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
pub(crate) const CHALLENGE: &str = "XG4sLq0Zt7";

pub(crate) fn id(text: &str) -> ProfileId {
    ProfileId::new(text).unwrap()
}

pub(crate) fn thumbprint(hex: &str) -> Fingerprint {
    Fingerprint::from_hex(hex).unwrap()
}

/// Settings that every platform can be told.
pub(crate) fn settings() -> ScepSettings {
    ScepSettings::new(id("wifi-cert"), "https://ca.example/scep?a=1&b=2")
        .with_name("Office Wi-Fi")
        .with_thumbprint(thumbprint(SHA1))
        .with_retries(Retries::new(5, Duration::from_secs(60)))
}

/// With the subject that Apple's documentation has for an example.
pub(crate) fn profile(settings: ScepSettings) -> ScepProfile {
    ScepProfile::new(settings, NameTemplate::parse("/C=US/O=Apple Inc./CN=foo/1.2.5.3=bar").unwrap())
        .with_challenge(ChallengeSource::OneTime)
}

pub(crate) fn named(settings: ScepSettings, subject: &str) -> ScepProfile {
    profile(settings).with_subject(NameTemplate::parse(subject).unwrap())
}

pub(crate) fn with_names(profile: ScepProfile) -> ScepProfile {
    let template = |text| Template::parse(text).unwrap();
    profile.with_alternative_names([
        AlternativeNameTemplate::Email(template("jane@example.com")),
        AlternativeNameTemplate::Dns(template("a.example.com")),
        AlternativeNameTemplate::Dns(template("b.example.com")),
        AlternativeNameTemplate::Uri(template("https://example.com/?u=1&v=2")),
        AlternativeNameTemplate::Upn(template("jane@corp.example")),
    ])
}

pub(crate) fn agent(profile: &ScepProfile) -> AgentProfile {
    profile.for_device(&Variables::new(), AgentChallenge::one_time(Secret::from(CHALLENGE))).unwrap()
}

pub(crate) fn platform(profile: &ScepProfile) -> PlatformProfile {
    PlatformProfile::new(&agent(profile)).unwrap()
}

/// As the service and the tests write them.
pub(crate) fn shown(losses: &[Loss]) -> Vec<(Field, Change, Reason)> {
    let mut all: Vec<_> = losses.iter().map(|loss| (loss.field, loss.change, loss.reason)).collect();
    all.sort_by_key(|(field, _, reason)| (*field, *reason));
    all
}
