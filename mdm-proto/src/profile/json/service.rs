//! [`ScepProfile`] as JSON.

use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};

use pki_core::Secret;
use serde::{Deserialize, Serialize};

use super::{JsonError, JsonField, LARGEST, VERSION, settings::SettingsJson};
use crate::profile::{
    AlternativeNameTemplate, ChallengeSource, NameTemplate, ScepProfile, StaticPassword, StaticUse, Template,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ScepProfileJson {
    version: u32,
    settings: SettingsJson,
    subject: String,
    alternative_names: Vec<AlternativeNameJson>,
    challenge: ChallengeJson,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum AlternativeNameJson {
    Dns(String),
    Email(String),
    Sid(String),
    Uri(String),
    Upn(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ChallengeJson {
    Broker(PasswordJson),
    BrokerPerRequest,
    External,
    None,
    OneTime,
    Sealed,
    Static(PasswordJson),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PasswordJson {
    password: SecretText,
    usage: UseJson,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum UseJson {
    PlatformClients,
    ServiceOnly,
}

/// Text that is overwritten when dropped.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct SecretText(String);

impl ScepProfile {
    /// As JSON, to be kept by the service.
    ///
    /// # Errors
    /// - [`JsonError::StaticPassword`] if there is a password that is one for all devices.
    /// - [`JsonError::Value`] for what could not be read back, as with 17 URLs.
    /// - [`JsonError::TooLarge`]
    pub fn to_json(&self) -> Result<Vec<u8>, JsonError> {
        match self.challenge().static_password() {
            Some(_) => Err(JsonError::StaticPassword),
            None => self.write(),
        }
    }

    /// As JSON, with the password that is one for all devices, in clear.
    ///
    /// # Errors
    /// [`JsonError::Value`] and [`JsonError::TooLarge`], as [`ScepProfile::to_json`].
    pub fn to_json_with_password(&self) -> Result<Secret, JsonError> {
        self.write().map(Secret::new)
    }

    fn write(&self) -> Result<Vec<u8>, JsonError> {
        let json = ScepProfileJson {
            version: VERSION,
            settings: SettingsJson::of(self.settings())?,
            subject: self.subject().to_string(),
            alternative_names: self.alternative_names().iter().map(AlternativeNameJson::of).collect(),
            challenge: ChallengeJson::of(self.challenge())?,
        };
        json.check()?;
        super::write(&json, LARGEST)
    }

    /// From JSON, with or without such a password.
    ///
    /// # Errors
    /// - [`JsonError::TooLarge`] over 64 KiB.
    /// - [`JsonError::UnsupportedVersion`]
    /// - [`JsonError::Syntax`] for what is no JSON, or has other fields or types.
    /// - [`JsonError::Template`] and [`JsonError::Value`] for values that can't be there.
    pub fn from_json(json: &[u8]) -> Result<Self, JsonError> {
        let json: ScepProfileJson = super::read(json, LARGEST)?;
        json.check()?;
        let subject = NameTemplate::parse(&json.subject)?;
        let names = json.alternative_names.into_iter().map(AlternativeNameJson::into_template);
        Ok(Self::new(json.settings.into_settings()?, subject)
            .with_alternative_names(names.collect::<Result<Vec<_>, _>>()?)
            .with_challenge(json.challenge.into_source()?))
    }
}

impl ScepProfileJson {
    fn check(&self) -> Result<(), JsonError> {
        if self.alternative_names.len() > MOST_NAMES { Err(JsonField::AlternativeNames.into()) } else { Ok(()) }
    }
}

impl AlternativeNameJson {
    fn of(name: &AlternativeNameTemplate) -> Self {
        let text = name.template().to_string();
        match name {
            AlternativeNameTemplate::Dns(_) => Self::Dns(text),
            AlternativeNameTemplate::Email(_) => Self::Email(text),
            AlternativeNameTemplate::Sid(_) => Self::Sid(text),
            AlternativeNameTemplate::Uri(_) => Self::Uri(text),
            AlternativeNameTemplate::Upn(_) => Self::Upn(text),
        }
    }

    fn into_template(self) -> Result<AlternativeNameTemplate, JsonError> {
        Ok(match self {
            Self::Dns(text) => AlternativeNameTemplate::Dns(Template::parse(&text)?),
            Self::Email(text) => AlternativeNameTemplate::Email(Template::parse(&text)?),
            Self::Sid(text) => AlternativeNameTemplate::Sid(Template::parse(&text)?),
            Self::Uri(text) => AlternativeNameTemplate::Uri(Template::parse(&text)?),
            Self::Upn(text) => AlternativeNameTemplate::Upn(Template::parse(&text)?),
        })
    }
}

impl ChallengeJson {
    fn of(source: &ChallengeSource) -> Result<Self, JsonError> {
        Ok(match source {
            ChallengeSource::Broker(password) => Self::Broker(PasswordJson::of(password)?),
            ChallengeSource::BrokerPerRequest => Self::BrokerPerRequest,
            ChallengeSource::External => Self::External,
            ChallengeSource::None => Self::None,
            ChallengeSource::OneTime => Self::OneTime,
            ChallengeSource::Sealed => Self::Sealed,
            ChallengeSource::Static(password) => Self::Static(PasswordJson::of(password)?),
        })
    }

    fn into_source(self) -> Result<ChallengeSource, JsonError> {
        Ok(match self {
            Self::Broker(password) => ChallengeSource::Broker(password.into_password()?),
            Self::BrokerPerRequest => ChallengeSource::BrokerPerRequest,
            Self::External => ChallengeSource::External,
            Self::None => ChallengeSource::None,
            Self::OneTime => ChallengeSource::OneTime,
            Self::Sealed => ChallengeSource::Sealed,
            Self::Static(password) => ChallengeSource::Static(password.into_password()?),
        })
    }
}

impl PasswordJson {
    fn of(password: &StaticPassword) -> Result<Self, JsonError> {
        let usage = match password.usage() {
            StaticUse::PlatformClients => UseJson::PlatformClients,
            StaticUse::ServiceOnly => UseJson::ServiceOnly,
        };
        Ok(Self { password: SecretText::of(password.for_service(), LONGEST_PASSWORD)?, usage })
    }

    fn into_password(self) -> Result<StaticPassword, JsonError> {
        let usage = match self.usage {
            UseJson::PlatformClients => StaticUse::PlatformClients,
            UseJson::ServiceOnly => StaticUse::ServiceOnly,
        };
        Ok(StaticPassword::new(self.password.into_secret(LONGEST_PASSWORD)?).with_use(usage))
    }
}

impl SecretText {
    pub(super) fn of(secret: &Secret, longest: usize) -> Result<Self, JsonError> {
        let text = str::from_utf8(secret.expose()).map_err(|_| JsonField::Challenge)?;
        let text = Self(text.into());
        text.check(longest)?;
        Ok(text)
    }

    pub(super) fn into_secret(mut self, longest: usize) -> Result<Secret, JsonError> {
        self.check(longest)?;
        Ok(Secret::new(core::mem::take(&mut self.0).into_bytes()))
    }

    fn check(&self, longest: usize) -> Result<(), JsonError> {
        let length = self.0.chars().count();
        if length == 0 || length > longest { Err(JsonField::Challenge.into()) } else { Ok(()) }
    }
}

impl Drop for SecretText {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

const MOST_NAMES: usize = 32;
/// `pkcs-9-ub-challengePassword` (RFC 2985 appendix A).
const LONGEST_PASSWORD: usize = 255;
