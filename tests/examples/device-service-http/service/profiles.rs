//! What devices are to have.

use std::time::Duration;

use getrandom::SysRng;
use mdm_proto::{
    challenge::{Binding, ChallengeFormat},
    csr_policy::Expectation,
    identity::Identity,
    profile::{
        AgentChallenge, AgentProfile, AgentProfileSet, AlternativeNameTemplate, ChallengeSource, NameTemplate,
        ProfileId, Referrer, ScepProfile, ScepSettings, StaticPassword, Template, Variables, VpnProfile, WifiProfile,
    },
};
use pki_core::{
    Secret,
    crypto::rustcrypto::{PROVIDER, Random},
};
use scep::client::Fingerprint;

use super::{
    Authority, Reply, Service,
    authority::password,
    database::{Database, Kind},
};
use crate::Result;

/// A certificate for Wi-Fi, one for VPN, and what uses them, unless they are there.
pub fn install(database: &Database, url: &str) -> Result<()> {
    let [wifi, vpn] = Authority::NAMES;
    let sources =
        [(wifi, ChallengeSource::OneTime), (vpn, ChallengeSource::Broker(StaticPassword::new(password(database)?)))];
    for (name, source) in sources {
        let pin = Fingerprint::of(&Authority::certificate(database, name)?, &PROVIDER).ok_or("no SHA-256")?;
        let settings = ScepSettings::new(ProfileId::new(name)?, format!("{url}/scep/{name}")).with_thumbprint(pin);
        let profile = ScepProfile::new(settings, NameTemplate::parse("CN=%DeviceId%,O=Example")?)
            .add_alternative_name(AlternativeNameTemplate::Email(Template::parse("%UserEmail%")?))
            .with_challenge(source);
        database.insert(Kind::Profile, name.as_bytes(), profile.to_json_with_password()?.expose(), None)?;
    }
    let office = WifiProfile::new(ProfileId::new("office")?, "Office").with_certificate(ProfileId::new(wifi)?);
    let gateway = VpnProfile::new(ProfileId::new("gateway")?, "vpn.example.com").with_certificate(ProfileId::new(vpn)?);
    for referrer in [Referrer::from(office), Referrer::from(gateway)] {
        database.insert(Kind::Referrer, referrer.id().as_str().as_bytes(), &referrer.to_json()?, None)?;
    }
    Ok(())
}

pub fn find(database: &Database, id: &str) -> Result<Option<ScepProfile>> {
    let json = database.load(Kind::Profile, id.as_bytes())?;
    Ok(json.as_deref().map(ScepProfile::from_json).transpose()?)
}

impl Service {
    /// All that the device is to have. A challenge is given when the device asks for one.
    pub(super) fn profiles(&self, identity: &Identity) -> Result<Reply> {
        let variables = Variables::of_identity(identity);
        // A device that is activated anew has another record, and begins with nothing in any case.
        let mut set = AgentProfileSet::new(identity.device().to_string());
        for json in self.database.all(Kind::Profile)? {
            let profile = ScepProfile::from_json(&json)?;
            let challenge = match profile.challenge() {
                ChallengeSource::Broker(_) => AgentChallenge::Broker,
                _ => AgentChallenge::None,
            };
            set = set.with_scep(profile.for_device(&variables, challenge)?)?;
        }
        for json in self.database.all(Kind::Referrer)? {
            set = set.with_referrer(Referrer::from_json(&json)?)?;
        }
        Ok(Reply::new(JSON, set.to_json()?.expose().to_vec()))
    }

    /// One profile, with a challenge that is good for this device, these names, and an hour.
    pub(super) fn profile_with_challenge(&self, identity: &Identity, id: &str) -> Result<Reply> {
        let Some(profile) = find(&self.database, id)? else {
            return Ok(Reply::refusal(404, &"there is no such profile"));
        };
        let (variables, now) = (Variables::of_identity(identity), self.clock.now());
        if *profile.challenge() != ChallengeSource::OneTime {
            return Ok(Reply::refusal(409, &"the challenges of this profile are not for devices"));
        }
        let expectation = Expectation::from_profile(&profile, &variables)?;
        let binding = Binding::new(&identity.device().to_string(), id, expectation)?;
        let [key] = &self.challenge_keys;
        let (format, rng) = (ChallengeFormat::DEFAULT, &mut Random(SysRng));
        let (challenge, record) = key.issue(binding, now.plus(Duration::from_secs(3600)), format, now, rng)?;
        let ends = Some(record.expires());
        self.database.insert(Kind::Challenge, record.id().as_bytes(), &record.to_der(), ends)?;
        println!("{}: challenge for {id}", identity.device());
        let challenge = AgentChallenge::one_time(Secret::from(challenge.as_secret().expose()));
        let profile: AgentProfile = profile.for_device(&variables, challenge)?;
        Ok(Reply::new(JSON, profile.to_json()?.expose().to_vec()))
    }
}

const JSON: &str = "application/json";
