//! Profiles as JSON, templates of names, and what a CSR is compared with.

use mdm_proto::{
    csr_policy::Expectation,
    profile::{
        AgentChallenge, AgentProfile, AgentProfileSet, ChallengeSource, NameTemplate, ProfileSet, Referrer,
        ScepProfile, Template, Variable, Variables,
    },
};
use pki_core::Secret;

/// The JSON of a profile of any kind, a template, or an expectation: what is read is written, and read as the same. A profile
/// is expanded with values that mean something to parsers; what a device gets never has the static password in it.
pub fn profile_json(data: &[u8]) {
    if let Ok(profile) = ScepProfile::from_json(data) {
        let json = profile.to_json_with_password().expect("what was read can be written");
        assert_eq!(ScepProfile::from_json(json.expose()).as_ref(), Ok(&profile));
        service(&profile);
    }
    if let Ok(profile) = AgentProfile::from_json(data) {
        agent(&profile);
    }
    if let Ok(set) = AgentProfileSet::from_json(data) {
        let json = set.to_json().expect("what was read can be written");
        assert_eq!(AgentProfileSet::from_json(json.expose()).as_ref(), Ok(&set));
        assert!(set.diff(&set).changed().is_empty());
        assert_eq!(AgentProfileSet::new("").diff(&set).enrolments().count(), set.scep_profiles().len());
    }
    if let Ok(referrer) = Referrer::from_json(data) {
        let json = referrer.to_json().expect("what was read can be written");
        assert_eq!(Referrer::from_json(&json), Ok(referrer));
    }
    if let Ok(expectation) = Expectation::from_der(data) {
        assert_eq!(expectation.to_der(), data);
    }
    if let Ok(text) = str::from_utf8(data) {
        templates(text);
    }
}

fn service(profile: &ScepProfile) {
    let _: Vec<String> = profile.warnings().iter().map(ToString::to_string).collect();
    assert!(ProfileSet::new("").with_scep(profile.clone()).is_ok());
    let variables = hostile(profile);
    let secret = profile.challenge().static_password().map(|password| password.for_service().expose().to_vec());
    let challenge = match profile.challenge() {
        ChallengeSource::Broker(_) | ChallengeSource::BrokerPerRequest => AgentChallenge::Broker,
        ChallengeSource::External | ChallengeSource::OneTime | ChallengeSource::Sealed => {
            AgentChallenge::one_time(Secret::from("ticket"))
        }
        _ => AgentChallenge::None,
    };
    if let Some(secret) = secret {
        assert!(profile.for_device(&variables, AgentChallenge::one_time(Secret::new(secret))).is_err());
    }
    let Ok(for_device) = profile.for_device(&variables, challenge) else { return };
    // Without the user's name, one attribute for each template of one.
    if !profile.subject().variables().any(|variable| *variable == Variable::UserDistinguishedName) {
        let attributes = for_device.names().subject().as_ref().attributes().count();
        assert_eq!(attributes, profile.subject().attributes().count());
    }
    assert_eq!(for_device.names().alternative().count(), profile.alternative_names().len());
    let expectation = Expectation::from_profile(profile, &variables).expect("names that were made");
    assert_eq!(Expectation::from_agent(&for_device), expectation);
    let der = expectation.to_der();
    if der.len() <= Expectation::MAX_SIZE {
        assert_eq!(Expectation::from_der(&der), Ok(expectation));
    }
    agent(&for_device);
}

/// Expanding names can make them too large to be written, and no more than that.
fn agent(profile: &AgentProfile) {
    if let Ok(json) = profile.to_json() {
        assert_eq!(AgentProfile::from_json(json.expose()).as_ref(), Ok(profile));
    }
}

/// A value for every variable that the profile needs.
fn hostile(profile: &ScepProfile) -> Variables {
    let names = profile.alternative_names().iter().flat_map(|name| name.template().variables());
    profile.subject().variables().chain(names).fold(Variables::new(), |variables, variable| {
        let value = match variable {
            Variable::UserDistinguishedName => "CN=Doe\\, J.+UID=j,DC=corp",
            Variable::UserSid => "S-1-5-21-1-2",
            Variable::UserEmail | Variable::UserPrincipalName => "j@example.com",
            Variable::DeviceId => "d-1",
            _ => "x,O=\"a\"+/\\%=#;",
        };
        variables.with(variable.clone(), value)
    })
}

fn templates(text: &str) {
    if let Ok(template) = NameTemplate::parse(text) {
        assert_eq!(NameTemplate::parse(&template.to_string()), Ok(template));
    }
    if let Ok(template) = Template::parse(text) {
        assert_eq!(Template::parse(&template.to_string()), Ok(template));
    }
    let directory = Variables::new().with(Variable::UserDistinguishedName, text);
    let whole = NameTemplate::parse("%UserDistinguishedName%").expect("a template");
    if let Ok(name) = whole.expand(&directory) {
        // What a name prints as is the same name, where all its types have names.
        let printed = name.to_string();
        if let Ok(again) = whole.expand(&Variables::new().with(Variable::UserDistinguishedName, printed)) {
            assert!(again.matches(name.as_ref()));
        }
    }
}
