//! [`ScepSettings`] as JSON.

use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};
use core::time::Duration;

use pki_core::{Oid, OwnedOid};
use scep::client::Fingerprint;
use serde::{Deserialize, Serialize};

use super::{JsonError, JsonField, convert};
use crate::{
    lifecycle::RenewalStart,
    profile::{
        CertificateStore, CertificateTemplate, Curve, Extractability, KeyAlgorithm, KeyProtection, KeySpec, Retries,
        Route, ScepSettings, oid_text,
    },
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct SettingsJson {
    id: String,
    name: String,
    urls: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ca_identifier: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    thumbprints: Vec<String>,
    key: KeyJson,
    key_usage: Vec<String>,
    extended_key_usage: Vec<String>,
    digest: String,
    cipher: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lifetime: Option<u64>,
    renewal: RenewalJson,
    retries: RetriesJson,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    template: Option<TemplateJson>,
    route: RouteJson,
    store: StoreJson,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct KeyJson {
    algorithm: AlgorithmJson,
    protection: ProtectionJson,
    extractability: ExtractabilityJson,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum AlgorithmJson {
    Ec(CurveJson),
    Rsa(u16),
}

#[derive(Serialize, Deserialize)]
enum CurveJson {
    #[serde(rename = "P-256")]
    P256,
    #[serde(rename = "P-384")]
    P384,
    #[serde(rename = "P-521")]
    P521,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ProtectionJson {
    HardwarePreferred,
    HardwareRequired,
    Software,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ExtractabilityJson {
    Allowed,
    Never,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum RenewalJson {
    Before(u64),
    PercentRemaining(u8),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RetriesJson {
    count: u16,
    delay: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum TemplateJson {
    Id(String),
    Name(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum RouteJson {
    ByService,
    Direct,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum StoreJson {
    Device,
    User,
}

impl SettingsJson {
    pub(super) fn of(settings: &ScepSettings) -> Result<Self, JsonError> {
        let json = Self {
            id: settings.id().to_string(),
            name: settings.name().into(),
            urls: settings.urls().to_vec(),
            ca_identifier: settings.ca_identifier().map(String::from),
            thumbprints: settings.thumbprints().iter().map(hexadecimal).collect(),
            key: KeyJson::of(settings.key()),
            key_usage: convert::key_usage(settings.key_usage()),
            extended_key_usage: settings.extended_key_usage().iter().map(OwnedOid::to_string).collect(),
            digest: convert::digest(settings.digest())?.into(),
            cipher: convert::cipher(settings.cipher())?.into(),
            lifetime: settings.lifetime().map(convert::seconds).transpose()?,
            renewal: match settings.renewal() {
                RenewalStart::Before(time) => RenewalJson::Before(convert::seconds(time)?),
                RenewalStart::PercentRemaining(percent) => RenewalJson::PercentRemaining(percent),
            },
            retries: RetriesJson {
                count: settings.retries().count,
                delay: convert::seconds(settings.retries().delay)?,
            },
            template: settings.template().map(|template| match template {
                CertificateTemplate::Id(id) => TemplateJson::Id(id.to_string()),
                CertificateTemplate::Name(name) => TemplateJson::Name(name.clone()),
            }),
            route: match settings.route() {
                Route::ByService => RouteJson::ByService,
                Route::Direct => RouteJson::Direct,
            },
            store: match settings.store() {
                CertificateStore::Device => StoreJson::Device,
                CertificateStore::User => StoreJson::User,
            },
        };
        json.check()?;
        Ok(json)
    }

    pub(super) fn into_settings(self) -> Result<ScepSettings, JsonError> {
        self.check()?;
        let mut urls = self.urls.into_iter();
        let mut settings = ScepSettings::new(convert::id(&self.id)?, urls.next().ok_or(JsonField::Urls)?)
            .with_name(self.name)
            .with_key(self.key.into_spec())
            .with_key_usage(convert::from_key_usage(&self.key_usage)?)
            .with_digest(convert::from_digest(&self.digest).ok_or(JsonField::Digest)?)
            .with_cipher(convert::from_cipher(&self.cipher).ok_or(JsonField::Cipher)?)
            .with_renewal(match self.renewal {
                RenewalJson::Before(seconds) => RenewalStart::Before(Duration::from_secs(seconds)),
                RenewalJson::PercentRemaining(percent) => RenewalStart::PercentRemaining(percent),
            })
            .with_retries(Retries::new(self.retries.count, Duration::from_secs(self.retries.delay)))
            .with_route(match self.route {
                RouteJson::ByService => Route::ByService,
                RouteJson::Direct => Route::Direct,
            })
            .with_store(match self.store {
                StoreJson::Device => CertificateStore::Device,
                StoreJson::User => CertificateStore::User,
            });
        settings = urls.fold(settings, ScepSettings::add_url);
        for thumbprint in &self.thumbprints {
            settings = settings.add_thumbprint(Fingerprint::from_hex(thumbprint).map_err(|_| JsonField::Thumbprints)?);
        }
        let purposes: Option<Vec<_>> = self.extended_key_usage.iter().map(|text| oid_text::parse(text)).collect();
        let purposes = purposes.ok_or(JsonField::ExtendedKeyUsage)?;
        let purposes: Vec<Oid<'_>> = purposes.iter().filter_map(OwnedOid::as_oid).collect();
        settings = settings.with_extended_key_usage(&purposes);
        if let Some(identifier) = self.ca_identifier {
            settings = settings.with_ca_identifier(identifier);
        }
        if let Some(seconds) = self.lifetime {
            settings = settings.with_lifetime(Duration::from_secs(seconds));
        }
        Ok(match self.template {
            None => settings,
            Some(TemplateJson::Id(id)) => {
                settings.with_template(CertificateTemplate::Id(oid_text::parse(&id).ok_or(JsonField::Template)?))
            }
            Some(TemplateJson::Name(name)) => settings.with_template(CertificateTemplate::Name(name)),
        })
    }

    /// How much there may be of everything.
    fn check(&self) -> Result<(), JsonError> {
        let is_short = |text: &str| text.chars().count() <= LONGEST_NAME;
        let template = match &self.template {
            Some(TemplateJson::Name(name)) => !name.is_empty() && is_short(name),
            _ => true,
        };
        for (holds, field) in [
            (is_short(&self.name), JsonField::Name),
            (matches!(self.urls.len(), 1..=MOST_URLS), JsonField::Urls),
            (self.urls.iter().all(|url| url.len() <= LONGEST_URL), JsonField::Urls),
            (self.ca_identifier.as_deref().is_none_or(is_short), JsonField::CaIdentifier),
            (self.thumbprints.len() <= MOST_THUMBPRINTS, JsonField::Thumbprints),
            (self.extended_key_usage.len() <= MOST_PURPOSES, JsonField::ExtendedKeyUsage),
            (template, JsonField::Template),
        ] {
            if !holds {
                return Err(field.into());
            }
        }
        Ok(())
    }
}

impl KeyJson {
    const fn of(key: KeySpec) -> Self {
        Self {
            algorithm: match key.algorithm() {
                KeyAlgorithm::Ec(Curve::P256) => AlgorithmJson::Ec(CurveJson::P256),
                KeyAlgorithm::Ec(Curve::P384) => AlgorithmJson::Ec(CurveJson::P384),
                KeyAlgorithm::Ec(Curve::P521) => AlgorithmJson::Ec(CurveJson::P521),
                KeyAlgorithm::Rsa { bits } => AlgorithmJson::Rsa(bits),
            },
            protection: match key.protection() {
                KeyProtection::HardwarePreferred => ProtectionJson::HardwarePreferred,
                KeyProtection::HardwareRequired => ProtectionJson::HardwareRequired,
                KeyProtection::Software => ProtectionJson::Software,
            },
            extractability: match key.extractability() {
                Extractability::Allowed => ExtractabilityJson::Allowed,
                Extractability::Never => ExtractabilityJson::Never,
            },
        }
    }

    const fn into_spec(self) -> KeySpec {
        let algorithm = match self.algorithm {
            AlgorithmJson::Ec(CurveJson::P256) => KeyAlgorithm::Ec(Curve::P256),
            AlgorithmJson::Ec(CurveJson::P384) => KeyAlgorithm::Ec(Curve::P384),
            AlgorithmJson::Ec(CurveJson::P521) => KeyAlgorithm::Ec(Curve::P521),
            AlgorithmJson::Rsa(bits) => KeyAlgorithm::Rsa { bits },
        };
        let protection = match self.protection {
            ProtectionJson::HardwarePreferred => KeyProtection::HardwarePreferred,
            ProtectionJson::HardwareRequired => KeyProtection::HardwareRequired,
            ProtectionJson::Software => KeyProtection::Software,
        };
        let extractability = match self.extractability {
            ExtractabilityJson::Allowed => Extractability::Allowed,
            ExtractabilityJson::Never => Extractability::Never,
        };
        KeySpec::new(algorithm).with_protection(protection).with_extractability(extractability)
    }
}

/// Digits without colons.
fn hexadecimal(thumbprint: &Fingerprint) -> String {
    thumbprint.to_string().replace(':', "")
}

const LONGEST_NAME: usize = 256;
const LONGEST_URL: usize = 2048;
const MOST_URLS: usize = 16;
const MOST_THUMBPRINTS: usize = 16;
const MOST_PURPOSES: usize = 32;
