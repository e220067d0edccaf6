//! [`Referrer`] as JSON.

use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use super::{JsonError, JsonField, LARGEST, VERSION, convert};
use crate::profile::{
    EapMethod, EmailAuthentication, EmailProfile, OtherSettings, ProfileId, Referrer, VpnAuthentication, VpnProfile,
    WifiProfile,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct VersionedReferrerJson {
    version: u32,
    profile: ReferrerJson,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ReferrerJson {
    Email(EmailJson),
    Vpn(VpnJson),
    Wifi(WifiJson),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct EmailJson {
    id: String,
    host: String,
    authentication: EmailAuthenticationJson,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signing_certificate: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encryption_certificate: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    other: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct VpnJson {
    id: String,
    server: String,
    authentication: VpnAuthenticationJson,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    other: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct WifiJson {
    id: String,
    ssid: String,
    methods: Vec<EapMethodJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    server_names: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    other: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum EmailAuthenticationJson {
    Certificate,
    Password,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum VpnAuthenticationJson {
    Certificate,
    CertificateAndPassword,
    EapTls,
    Password,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum EapMethodJson {
    Fast,
    Peap,
    Tls,
    Ttls,
}

impl Referrer {
    /// As JSON.
    ///
    /// # Errors
    /// [`JsonError::Value`] and [`JsonError::TooLarge`] for what could not be read back.
    pub fn to_json(&self) -> Result<Vec<u8>, JsonError> {
        super::write(&VersionedReferrerJson { version: VERSION, profile: ReferrerJson::of(self)? }, LARGEST)
    }

    /// From JSON.
    ///
    /// # Errors
    /// [`JsonError::TooLarge`], [`JsonError::UnsupportedVersion`], [`JsonError::Syntax`], [`JsonError::Value`], as
    /// [`AgentProfile::from_json`](crate::profile::AgentProfile::from_json).
    pub fn from_json(json: &[u8]) -> Result<Self, JsonError> {
        super::read::<VersionedReferrerJson>(json, LARGEST)?.profile.into_referrer()
    }
}

impl ReferrerJson {
    pub(super) fn of(referrer: &Referrer) -> Result<Self, JsonError> {
        let json = match referrer {
            Referrer::Email(profile) => Self::Email(EmailJson::of(profile)),
            Referrer::Vpn(profile) => Self::Vpn(VpnJson::of(profile)),
            Referrer::Wifi(profile) => Self::Wifi(WifiJson::of(profile)),
        };
        json.check()?;
        Ok(json)
    }

    pub(super) fn into_referrer(self) -> Result<Referrer, JsonError> {
        self.check()?;
        Ok(match self {
            Self::Email(json) => json.into_profile()?.into(),
            Self::Vpn(json) => json.into_profile()?.into(),
            Self::Wifi(json) => json.into_profile()?.into(),
        })
    }

    /// How much there may be of everything.
    fn check(&self) -> Result<(), JsonError> {
        let (text, names, methods, other): (_, &[String], _, _) = match self {
            Self::Email(json) => (&json.host, &[], 0, &json.other),
            Self::Vpn(json) => (&json.server, &[], 0, &json.other),
            Self::Wifi(json) => (&json.ssid, &json.server_names, json.methods.len(), &json.other),
        };
        let is_long = |text: &String| text.chars().count() > LONGEST;
        if is_long(text) || names.len() > MOST_SERVERS || names.iter().any(is_long) || methods > MOST_METHODS {
            return Err(JsonField::Referrer.into());
        }
        if other.len() > LONGEST_OTHER { Err(JsonField::Other.into()) } else { Ok(()) }
    }
}

impl EmailJson {
    fn of(profile: &EmailProfile) -> Self {
        let text = |id: Option<&ProfileId>| id.map(|id| id.to_string());
        Self {
            id: profile.id().to_string(),
            host: profile.host().into(),
            authentication: match profile.authentication() {
                EmailAuthentication::Certificate => EmailAuthenticationJson::Certificate,
                EmailAuthentication::Password => EmailAuthenticationJson::Password,
            },
            certificate: text(profile.certificate()),
            signing_certificate: text(profile.signing_certificate()),
            encryption_certificate: text(profile.encryption_certificate()),
            other: convert::base64(profile.other().as_bytes()),
        }
    }

    fn into_profile(self) -> Result<EmailProfile, JsonError> {
        let mut profile = EmailProfile::new(convert::id(&self.id)?, self.host)
            .with_authentication(match self.authentication {
                EmailAuthenticationJson::Certificate => EmailAuthentication::Certificate,
                EmailAuthenticationJson::Password => EmailAuthentication::Password,
            })
            .with_other(other(&self.other)?);
        if let Some(id) = self.certificate {
            profile = profile.with_certificate(convert::id(&id)?);
        }
        if let Some(id) = self.signing_certificate {
            profile = profile.with_signing_certificate(convert::id(&id)?);
        }
        if let Some(id) = self.encryption_certificate {
            profile = profile.with_encryption_certificate(convert::id(&id)?);
        }
        Ok(profile)
    }
}

impl VpnJson {
    fn of(profile: &VpnProfile) -> Self {
        Self {
            id: profile.id().to_string(),
            server: profile.server().into(),
            authentication: match profile.authentication() {
                VpnAuthentication::Certificate => VpnAuthenticationJson::Certificate,
                VpnAuthentication::CertificateAndPassword => VpnAuthenticationJson::CertificateAndPassword,
                VpnAuthentication::EapTls => VpnAuthenticationJson::EapTls,
                VpnAuthentication::Password => VpnAuthenticationJson::Password,
            },
            certificate: profile.certificate().map(ProfileId::to_string),
            other: convert::base64(profile.other().as_bytes()),
        }
    }

    fn into_profile(self) -> Result<VpnProfile, JsonError> {
        let profile = VpnProfile::new(convert::id(&self.id)?, self.server)
            .with_authentication(match self.authentication {
                VpnAuthenticationJson::Certificate => VpnAuthentication::Certificate,
                VpnAuthenticationJson::CertificateAndPassword => VpnAuthentication::CertificateAndPassword,
                VpnAuthenticationJson::EapTls => VpnAuthentication::EapTls,
                VpnAuthenticationJson::Password => VpnAuthentication::Password,
            })
            .with_other(other(&self.other)?);
        Ok(match self.certificate {
            Some(id) => profile.with_certificate(convert::id(&id)?),
            None => profile,
        })
    }
}

impl WifiJson {
    fn of(profile: &WifiProfile) -> Self {
        let method = |method: &EapMethod| match method {
            EapMethod::Fast => EapMethodJson::Fast,
            EapMethod::Peap => EapMethodJson::Peap,
            EapMethod::Tls => EapMethodJson::Tls,
            EapMethod::Ttls => EapMethodJson::Ttls,
        };
        Self {
            id: profile.id().to_string(),
            ssid: profile.ssid().into(),
            methods: profile.methods().iter().map(method).collect(),
            server_names: profile.server_names().to_vec(),
            certificate: profile.certificate().map(ProfileId::to_string),
            other: convert::base64(profile.other().as_bytes()),
        }
    }

    fn into_profile(self) -> Result<WifiProfile, JsonError> {
        let method = |method: &EapMethodJson| match method {
            EapMethodJson::Fast => EapMethod::Fast,
            EapMethodJson::Peap => EapMethod::Peap,
            EapMethodJson::Tls => EapMethod::Tls,
            EapMethodJson::Ttls => EapMethod::Ttls,
        };
        let methods: Vec<_> = self.methods.iter().map(method).collect();
        let profile =
            WifiProfile::new(convert::id(&self.id)?, self.ssid).with_methods(&methods).with_other(other(&self.other)?);
        let profile = self.server_names.into_iter().fold(profile, WifiProfile::add_server_name);
        Ok(match self.certificate {
            Some(id) => profile.with_certificate(convert::id(&id)?),
            None => profile,
        })
    }
}

fn other(text: &str) -> Result<OtherSettings, JsonError> {
    Ok(OtherSettings::new(&convert::from_base64(text, JsonField::Other)?))
}

const LONGEST: usize = 256;
const MOST_SERVERS: usize = 32;
const MOST_METHODS: usize = 8;
/// 64 octets in base64.
const LONGEST_OTHER: usize = 88;
