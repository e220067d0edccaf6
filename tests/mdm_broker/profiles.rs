//! A broker for the profiles of a service, and the same profiles on the device.

use std::sync::Arc;

use mdm_proto::{
    broker::{PinCount, service::NotBrokered},
    profile::{
        AgentChallenge, ChallengeSource, NameTemplate, ScepProfile, ScepSettings, StaticPassword, Variable, Variables,
    },
};

use super::{
    world::{pin, public},
    *,
};

fn scep(challenge: ChallengeSource, pins: &[Fingerprint]) -> ScepProfile {
    let settings = ScepSettings::new(profile("wifi"), "https://ca.example/scep");
    let settings = pins.iter().cloned().fold(settings, ScepSettings::add_thumbprint);
    let subject = NameTemplate::parse("O=Example, CN=%DeviceSerial%").expect("a template");
    ScepProfile::new(settings, subject).with_challenge(challenge)
}

fn variables() -> Variables {
    Variables::new().with(Variable::DeviceSerial, "C02")
}

fn static_password() -> ChallengeSource {
    ChallengeSource::Broker(StaticPassword::new(Secret::from(CHALLENGE)))
}

#[test]
fn a_profile_leads_to_a_certificate_and_the_agent_s_copy_holds_no_challenge() {
    let mut world = World::new();
    let scep = scep(static_password(), &[pin(&world.server)]);
    world.entitlement = Entitlement::from_profile(&scep, &variables()).expect("an entitlement");
    assert_eq!(world.entitlement.profile(), scep.id());
    assert_eq!(world.entitlement.pin(), &pin(&world.server));

    let agent = scep.for_device(&variables(), AgentChallenge::Broker).expect("a profile for the agent");
    world.config = Arc::new(DeviceConfig::from_profile(&agent, PROVIDER).expect("a configuration"));
    assert_eq!(world.config.profile(), scep.id());
    let csr = agent.csr_without_challenge(public(client_key()).clone()).expect("a CSR");
    let (csr, rng) = (fixtures::sign_csr(&csr, client_key()), &mut TestRandom::new(1));
    let transport = device::transport_certificate(
        &csr.subject().to_owned(),
        public(client_key()),
        SignatureAlgorithm::RSA_PKCS1_SHA256,
        world.clock.now(),
        rng,
    );
    let transport = transport.expect("a certificate").sign_with(client_key(), rng).expect("a signature");
    let step = device::Step::start(Arc::clone(&world.config), csr, transport, world.clock.now(), rng);
    let end = world.drive_from(step.expect("a step"));
    let Ok(device::Step::Issued(issued)) = end else { panic!("{end:?} {:?}", world.refusals) };
    assert_eq!(issued.certificate().subject().to_string(), "O=Example,CN=C02");
}

#[test]
fn a_challenge_for_one_request_is_given_with_it() {
    let world = World::new();
    let per_request = scep(ChallengeSource::BrokerPerRequest, &[pin(&world.server)]);
    assert!(Entitlement::per_request(&per_request, &variables(), Secret::from("0123")).is_ok());
    assert_eq!(Entitlement::from_profile(&per_request, &variables()).map(drop), Err(NotBrokered::Challenge));
}

#[test]
fn a_profile_that_is_not_for_a_broker_makes_no_entitlement() {
    let world = World::new();
    let one = [pin(&world.server)];
    let entitled = |profile: &ScepProfile| Entitlement::from_profile(profile, &variables()).map(drop);
    assert_eq!(entitled(&scep(static_password(), &one)), Ok(()));
    assert_eq!(entitled(&scep(ChallengeSource::OneTime, &one)), Err(NotBrokered::Challenge));
    let fixed = ChallengeSource::Static(StaticPassword::new(Secret::from(CHALLENGE)));
    assert_eq!(entitled(&scep(fixed, &one)), Err(NotBrokered::Challenge));
    let given = Entitlement::per_request(&scep(static_password(), &one), &variables(), Secret::from("0123"));
    assert_eq!(given.map(drop), Err(NotBrokered::Challenge));
    let two = [pin(&world.server), Fingerprint::new(&[1; 32]).expect("a fingerprint")];
    for (pins, found) in [(&[][..], 0), (&two[..], 2)] {
        let scep = scep(static_password(), pins);
        let expected = NotBrokered::Pin(only(pins));
        assert_eq!(entitled(&scep), Err(expected.clone()));
        assert!(expected.to_string().contains(&format!("{found} thumbprints")), "{expected}");
        let agent = scep.for_device(&variables(), AgentChallenge::Broker).expect("a profile for the agent");
        assert_eq!(DeviceConfig::from_profile(&agent, PROVIDER).map(drop), Err(only(pins)));
    }
    let nameless = Entitlement::from_profile(&scep(static_password(), &one), &Variables::new());
    assert!(matches!(nameless, Err(NotBrokered::Names(_))));
}

/// What a profile with so many thumbprints gives.
fn only(pins: &[Fingerprint]) -> PinCount {
    let agent = scep(static_password(), pins).for_device(&variables(), AgentChallenge::Broker);
    let error = DeviceConfig::from_profile(&agent.expect("a profile for the agent"), PROVIDER).map(drop);
    let error = error.expect_err("another number than one");
    assert_eq!(error.found, pins.len());
    error
}
