//! [`AgentProfile`] and sets of them as JSON.

use alloc::{string::String, vec::Vec};

use pki_core::{
    Name, Secret,
    der::{Reader, Writer},
};
use scep::server::Names;
use serde::{Deserialize, Serialize};

use super::{
    JsonError, JsonField, LARGEST, LARGEST_SET, VERSION, convert, referrer::ReferrerJson, service::SecretText,
    settings::SettingsJson,
};
use crate::profile::{AgentChallenge, AgentProfile, AgentProfileSet, with_alternative};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct AgentProfileJson {
    version: u32,
    profile: BodyJson,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct BodyJson {
    settings: SettingsJson,
    subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alternative_names: Option<String>,
    challenge: ChallengeJson,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ChallengeJson {
    Broker,
    None,
    OneTime(SecretText),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct SetJson {
    version: u32,
    activation: String,
    certificates: Vec<BodyJson>,
    referrers: Vec<ReferrerJson>,
}

impl AgentProfile {
    /// As JSON, to be sent to the device over a channel that nobody else reads.
    ///
    /// # Errors
    /// - [`JsonError::Value`] for what could not be read back, as with 17 URLs.
    /// - [`JsonError::TooLarge`]
    pub fn to_json(&self) -> Result<Secret, JsonError> {
        let json = AgentProfileJson { version: VERSION, profile: BodyJson::of(self)? };
        super::write(&json, LARGEST).map(Secret::new)
    }

    /// From JSON.
    ///
    /// # Errors
    /// - [`JsonError::TooLarge`] over 64 KiB.
    /// - [`JsonError::UnsupportedVersion`]
    /// - [`JsonError::Syntax`] for what is no JSON, or has other fields or types.
    /// - [`JsonError::Value`] for values that can't be there.
    pub fn from_json(json: &[u8]) -> Result<Self, JsonError> {
        super::read::<AgentProfileJson>(json, LARGEST)?.profile.into_profile()
    }
}

impl AgentProfileSet {
    /// As JSON, to be sent to the device over a channel that nobody else reads.
    ///
    /// # Errors
    /// As [`AgentProfile::to_json`].
    pub fn to_json(&self) -> Result<Secret, JsonError> {
        let json = SetJson {
            version: VERSION,
            activation: convert::text(self.activation().into(), LONGEST_ACTIVATION, JsonField::Id)?,
            certificates: self.scep_profiles().map(BodyJson::of).collect::<Result<_, _>>()?,
            referrers: self.referrers().map(ReferrerJson::of).collect::<Result<_, _>>()?,
        };
        super::write(&json, LARGEST_SET).map(Secret::new)
    }

    /// From JSON.
    ///
    /// # Errors
    /// As [`AgentProfile::from_json`], with 1 MiB, and
    /// - [`JsonError::Set`] if one identifier has two profiles of different kinds, or there are too many.
    /// - [`JsonError::Value`] also for two profiles of the same kind with one identifier.
    pub fn from_json(json: &[u8]) -> Result<Self, JsonError> {
        let json: SetJson = super::read(json, LARGEST_SET)?;
        let mut set = Self::new(convert::text(json.activation, LONGEST_ACTIVATION, JsonField::Id)?);
        for (index, body) in json.certificates.into_iter().enumerate() {
            set = set.with_scep(body.into_profile()?)?;
            if set.scep_profiles().len() != index + 1 {
                return Err(JsonField::Id.into());
            }
        }
        for (index, referrer) in json.referrers.into_iter().enumerate() {
            set = set.with_referrer(referrer.into_referrer()?)?;
            if set.referrers().len() != index + 1 {
                return Err(JsonField::Id.into());
            }
        }
        Ok(set)
    }
}

impl BodyJson {
    fn of(profile: &AgentProfile) -> Result<Self, JsonError> {
        let names = profile.names();
        let alternative = Writer::encode(|w| w.sequence(|w| names.alternative().for_each(|name| name.encode(w))));
        Ok(Self {
            settings: SettingsJson::of(profile.settings())?,
            subject: convert::base64(names.subject().as_der()),
            alternative_names: names.alternative().next().map(|_| convert::base64(&alternative)),
            challenge: match profile.challenge() {
                AgentChallenge::Broker => ChallengeJson::Broker,
                AgentChallenge::None => ChallengeJson::None,
                AgentChallenge::OneTime(challenge) => {
                    ChallengeJson::OneTime(SecretText::of(challenge, LONGEST_CHALLENGE)?)
                }
            },
        })
    }

    fn into_profile(self) -> Result<AgentProfile, JsonError> {
        let subject = convert::from_base64(&self.subject, JsonField::Subject)?;
        let mut names = Names::new(Name::from_der(&subject).map_err(|_| JsonField::Subject)?);
        match self.alternative_names {
            None if names.subject().is_empty() => return Err(JsonField::Subject.into()),
            None => {}
            Some(text) => {
                let der = convert::from_base64(&text, JsonField::AlternativeNames)?;
                let mut reader = Reader::new(&der);
                let contents = reader.sequence().map_err(|_| JsonField::AlternativeNames)?;
                reader.finish().map_err(|_| JsonField::AlternativeNames)?;
                names = with_alternative(names, contents).map_err(|_| JsonField::AlternativeNames)?;
            }
        }
        let challenge = match self.challenge {
            ChallengeJson::Broker => AgentChallenge::Broker,
            ChallengeJson::None => AgentChallenge::None,
            ChallengeJson::OneTime(challenge) => AgentChallenge::one_time(challenge.into_secret(LONGEST_CHALLENGE)?),
        };
        Ok(AgentProfile::from_parts(self.settings.into_settings()?, names, challenge))
    }
}

const LONGEST_ACTIVATION: usize = 256;
/// Sealed challenges are longer than passwords, and CSRs of our own carry them as they are.
const LONGEST_CHALLENGE: usize = 4096;
