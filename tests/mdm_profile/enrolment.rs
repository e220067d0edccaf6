//! A device enrols with nothing but what its profile says, and gets what the service expects.

use std::{sync::Arc, time::Duration};

use conformance::{End, Pair, Scenario, TestServer, fixtures};
use mdm_proto::{
    csr_policy::Expectation,
    profile::{
        AgentChallenge, AgentProfile, AlternativeNameTemplate, ChallengeSource, Curve, KeyAlgorithm, KeySpec,
        NameTemplate, ProfileId, Retries, ScepProfile, ScepSettings, Template, Variable, Variables,
    },
};
use pki_core::{
    Secret,
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
    extension::KeyUsage,
};
use scep::{
    client::{Error, Fingerprint, Step},
    server::{CertificateProfile, Names},
};

fn server() -> TestServer {
    TestServer::with_ra(fixtures::ca_key(), fixtures::ra_key(), PROVIDER)
}

fn settings(server: &TestServer) -> ScepSettings {
    ScepSettings::new(ProfileId::new("user").unwrap(), "https://ca.example.com/scep")
        .with_thumbprint(Fingerprint::of(server.ca(), &PROVIDER).unwrap())
        .with_retries(Retries::new(2, Duration::from_secs(30)))
}

fn profile(settings: ScepSettings) -> ScepProfile {
    let template = |text| Template::parse(text).unwrap();
    ScepProfile::new(settings, NameTemplate::parse("CN=%UserName% (%DeviceSerial%),O=Example").unwrap())
        .add_alternative_name(AlternativeNameTemplate::Email(template("%UserEmail%")))
        .add_alternative_name(AlternativeNameTemplate::Upn(template("%UserPrincipalName%")))
        .add_alternative_name(AlternativeNameTemplate::Sid(template("%UserSid%")))
        .with_challenge(ChallengeSource::OneTime)
}

fn variables() -> Variables {
    Variables::new()
        .with(Variable::UserName, "Doe, Jane")
        .with(Variable::DeviceSerial, "SN+1")
        .with(Variable::UserEmail, "jane@example.com")
        .with(Variable::UserPrincipalName, "jané@corp.example.com")
        .with(Variable::UserSid, "S-1-5-21-1-2-3-1013")
}

/// What reaches the device: JSON.
fn delivered(profile: &ScepProfile) -> AgentProfile {
    let challenge = AgentChallenge::one_time(Secret::from(fixtures::CHALLENGE));
    let json = profile.for_device(&variables(), challenge).unwrap().to_json().unwrap();
    AgentProfile::from_json(json.expose()).unwrap()
}

fn start(server: TestServer, agent: &AgentProfile, key: &'static PrivateKey) -> Pair {
    let config = Arc::new(agent.client_config(PROVIDER));
    let mut pair = Scenario::with_server(server).key(key).start();
    pair.step = Step::start(Arc::clone(&config), agent.request(Signer::public_key(key).clone()).unwrap()).unwrap();
    pair.config = config;
    pair
}

#[test]
fn an_agent_enrols_by_its_profile() {
    let server = server();
    let agent = delivered(&profile(settings(&server)));
    let issued = start(server, &agent, fixtures::client_key()).drive().issued();
    // The test server issues subjects alone.
    assert_eq!(issued.certificate().subject().to_string(), "CN=Doe\\, Jane (SN\\+1),O=Example");
}

#[test]
fn what_the_service_issues_is_what_the_agent_asks_for() {
    let server = server();
    let profile = profile(settings(&server));
    let agent = delivered(&profile);
    let names = profile.names(&variables()).unwrap();
    assert_eq!((agent.names(), names.alternative().count()), (&names, 3));
    let key = fixtures::client_key();
    let csr = fixtures::sign_csr(&agent.csr(Signer::public_key(key).clone()).unwrap(), key);
    let lifetime = Duration::from_secs(365 * 86_400);
    assert_eq!(CertificateProfile::new(server.ca().clone(), lifetime, PROVIDER).check(&csr, &names), Ok(()));
}

#[test]
fn the_csr_of_an_agent_is_the_one_expected() {
    let profile = profile(settings(&server()));
    let agent = delivered(&profile);
    let key = fixtures::client_key();
    let csr = fixtures::sign_csr(&agent.csr(Signer::public_key(key).clone()).unwrap(), key);
    assert_eq!(Expectation::from_profile(&profile, &variables()).unwrap().check(&csr), Ok(()));
    // Of another user, it is not.
    let other = variables().with(Variable::UserEmail, "joe@example.com");
    assert!(Expectation::from_profile(&profile, &other).unwrap().check(&csr).is_err());
}

#[test]
fn another_ca_than_that_of_the_thumbprint_is_refused() {
    let server = server();
    let wrong = settings(&server).with_thumbprint(Fingerprint::new(&[7; 32]).unwrap());
    let mut pair = start(server, &delivered(&profile(wrong)), fixtures::client_key());
    assert!(matches!(pair.drive(), End::Stuck));
    assert!(matches!(pair.errors.last(), Some(Error::Authority(_))));
}

/// While one CA follows another there are two thumbprints, and the client asks; the profile answers.
#[test]
fn of_several_thumbprints_one_is_enough() {
    let server = server();
    let other = Fingerprint::new(&[7; 32]).unwrap();
    let profile = profile(settings(&server).with_thumbprint(other.clone()));
    let both = profile.settings().clone().add_thumbprint(Fingerprint::of(server.ca(), &PROVIDER).unwrap());
    let strangers = profile.settings().clone().add_thumbprint(Fingerprint::new(&[8; 32]).unwrap());
    let none = profile.settings().clone().without_thumbprints();
    for (settings, believed) in [(both, true), (strangers, false), (none, false)] {
        let agent = delivered(&profile.clone().with_settings(settings));
        let mut pair = start(self::server(), &agent, fixtures::client_key());
        let confirm = loop {
            match &pair.step {
                Step::ConfirmAuthority(confirm) => break confirm.clone(),
                _ => pair.turn().unwrap(),
            }
        };
        assert_eq!(agent.believes(confirm.authority(), &PROVIDER), believed);
    }
}

/// Whoever sends the right certificate beside their own is not believed for it.
#[test]
fn the_right_certificate_beside_another_is_not_enough() {
    let (server, stranger) = (server(), TestServer::with_ca_key(fixtures::other_key()));
    let right = Fingerprint::of(server.ca(), &PROVIDER).unwrap();
    let two = settings(&server).with_thumbprint(right).add_thumbprint(Fingerprint::new(&[7; 32]).unwrap());
    let agent = delivered(&profile(two));
    let certificates = [stranger.ca().clone(), server.ca().clone()];
    let now = conformance::Clock::new().now();
    let authority = scep::client::Authority::new(&certificates, &PROVIDER, now).unwrap();
    assert!(!agent.believes(&authority, &PROVIDER));
}

#[test]
fn the_profile_says_how_often_to_ask_again() {
    let server = server();
    let agent = delivered(&profile(settings(&server)));
    let mut pair = start(server, &agent, fixtures::client_key());
    pair.server.policy = conformance::Policy::Pend(5);
    let begun = pair.clock.now();
    assert!(matches!(pair.drive(), End::Rejected(_) | End::Stuck));
    // Two polls: 30 seconds, then twice as long, each a tenth longer at most.
    let waited = pair.clock.now().as_seconds() - begun.as_seconds();
    assert!((90..=99).contains(&waited), "{waited}");
}

/// RFC 8894 section 3.1: the reply to an EC key is encrypted under the challenge.
#[test]
fn an_ec_key_enrols_under_its_challenge() {
    let server = server();
    let key = KeySpec::new(KeyAlgorithm::Ec(Curve::P256));
    let settings = settings(&server).with_key(key).with_key_usage(KeyUsage::DIGITAL_SIGNATURE);
    let agent = delivered(&profile(settings));
    let mut pair = start(server, &agent, fixtures::ec_key());
    assert!(matches!(pair.drive(), End::Issued(_)));
    assert!(agent.request(Signer::public_key(fixtures::client_key()).clone()).is_err());
}

#[test]
fn a_renewal_asks_for_the_same_names() {
    let server = server();
    // The test server issues subjects alone.
    let agent = delivered(&profile(settings(&server)).with_alternative_names([]));
    let first = start(server, &agent, fixtures::client_key()).drive().issued().certificate().clone();
    let kept = agent.without_challenge();
    let key = Signer::public_key(fixtures::other_key()).clone();
    let mut pair = Scenario::with_server(self::server())
        .renewal(first.clone(), fixtures::client_key())
        .key(fixtures::other_key())
        .start();
    let config = Arc::new(kept.client_config(PROVIDER));
    pair.step = Step::start(Arc::clone(&config), kept.renewal(key, first.clone()).unwrap()).unwrap();
    pair.config = config;
    // A renewal goes without a challenge, which the test server else wants.
    pair.server.challenge = None;
    let renewed = pair.drive().issued();
    assert_eq!(Names::of_certificate(renewed.certificate()), Names::of_certificate(&first));
    assert_ne!(renewed.certificate().public_key(), first.public_key());
}
