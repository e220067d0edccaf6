//! From profiles to restrictions.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

use base64ct::{Base64, Encoding};
use pki_core::Secret;

use super::{ManagedConfiguration, Restriction, RestrictionValue};
use crate::{
    lifecycle::RenewalStart,
    lowering::{
        Field, Loss, Lowered, LoweringError, Reason,
        names::{Alternative, alternative},
    },
    profile::{
        AgentChallenge, AgentProfile, CertificateStore, CertificateTemplate, Curve, Extractability, KeyAlgorithm,
        KeyProtection, Route,
    },
};

/// The key of the restriction that has the profiles.
pub const SCEP_PROFILES: &str = "scep_profiles";

/// The key of the restriction that has all profiles as the JSON that an agent built with this crate reads.
pub const AGENT_PROFILES: &str = "agent_profiles";

impl ManagedConfiguration {
    /// The managed configuration that has these profiles, in this order.
    ///
    /// # Errors
    /// [`LoweringError::ChallengeNotText`].
    pub fn lower(profiles: &[AgentProfile]) -> Result<Lowered<Self>, LoweringError> {
        let mut losses = Vec::new();
        let bundles = profiles.iter().map(|profile| bundle(profile, &mut losses)).collect::<Result<_, _>>()?;
        let restriction = Restriction { key: SCEP_PROFILES, value: RestrictionValue::BundleArray(bundles) };
        Ok(Lowered::new(Self::new([restriction].into()), losses))
    }
}

fn bundle(profile: &AgentProfile, losses: &mut Vec<Loss>) -> Result<Vec<Restriction>, LoweringError> {
    let settings = profile.settings();
    let mut bundle = Bundle(Vec::new());
    bundle.string("id", settings.id().as_str());
    bundle.string("name", settings.name());
    bundle.texts("urls", settings.urls().iter().cloned());
    if let Some(identifier) = settings.ca_identifier() {
        bundle.string("ca_identifier", identifier);
    }
    let thumbprints = settings.thumbprints().iter().map(|thumbprint| hex(thumbprint.as_bytes()));
    bundle.texts("ca_thumbprints", thumbprints);
    bundle.key(profile);
    bundle.names(profile, losses);
    bundle.texts(
        "key_usage",
        settings.key_usage().to_string().split(", ").filter(|name| !name.is_empty()).map(String::from),
    );
    bundle.texts("extended_key_usage", settings.extended_key_usage().iter().map(ToString::to_string));
    bundle.string("digest", settings.digest().name());
    bundle.string("cipher", settings.cipher().name());
    if let Some(lifetime) = settings.lifetime() {
        bundle.seconds("lifetime_seconds", lifetime, Field::Lifetime, losses);
    }
    match settings.renewal() {
        RenewalStart::Before(duration) => bundle.seconds("renew_seconds_before", duration, Field::Renewal, losses),
        RenewalStart::PercentRemaining(percent) => bundle.integer("renew_percent_remaining", percent.into()),
    }
    bundle.integer("retry_count", settings.retries().count.into());
    bundle.seconds("retry_delay_seconds", settings.retries().delay, Field::RetryDelay, losses);
    match settings.template() {
        Some(CertificateTemplate::Id(id)) => bundle.string("template", &id.to_string()),
        Some(CertificateTemplate::Name(name)) => bundle.string("template", name),
        None => {}
    }
    bundle.choice(
        "route",
        match settings.route() {
            Route::ByService => "service",
            Route::Direct => "direct",
        },
    );
    bundle.choice(
        "store",
        match settings.store() {
            CertificateStore::Device => "device",
            CertificateStore::User => "user",
        },
    );
    bundle.challenge(profile.challenge())?;
    Ok(bundle.0)
}

struct Bundle(Vec<Restriction>);

impl Bundle {
    fn push(&mut self, key: &'static str, value: RestrictionValue) {
        self.0.push(Restriction { key, value });
    }

    fn choice(&mut self, key: &'static str, text: &'static str) {
        self.push(key, RestrictionValue::Choice(text));
    }

    fn integer(&mut self, key: &'static str, number: i32) {
        self.push(key, RestrictionValue::Integer(number));
    }

    fn string(&mut self, key: &'static str, text: &str) {
        self.push(key, RestrictionValue::String(text.into()));
    }

    fn texts(&mut self, key: &'static str, texts: impl Iterator<Item = String>) {
        self.push(key, RestrictionValue::MultiSelect(texts.collect()));
    }

    /// Whole seconds, as far as an integer goes.
    fn seconds(&mut self, key: &'static str, duration: Duration, field: Field, losses: &mut Vec<Loss>) {
        let seconds = duration.as_secs();
        let written = i32::try_from(seconds).unwrap_or(i32::MAX);
        if u64::from(written.unsigned_abs()) != seconds {
            losses.push(Loss::clamped(field, seconds, written.unsigned_abs().into(), Reason::Range));
        }
        self.integer(key, written);
    }

    fn key(&mut self, profile: &AgentProfile) {
        let key = profile.settings().key();
        let (algorithm, size) = match key.algorithm() {
            KeyAlgorithm::Ec(Curve::P256) => ("EC", 256),
            KeyAlgorithm::Ec(Curve::P384) => ("EC", 384),
            KeyAlgorithm::Ec(Curve::P521) => ("EC", 521),
            KeyAlgorithm::Rsa { bits } => ("RSA", i32::from(bits)),
        };
        self.choice("key_algorithm", algorithm);
        self.integer("key_size", size);
        self.choice(
            "key_protection",
            match key.protection() {
                KeyProtection::HardwarePreferred => "hardware-preferred",
                KeyProtection::HardwareRequired => "hardware-required",
                KeyProtection::Software => "software",
            },
        );
        self.push("key_exportable", RestrictionValue::Bool(key.extractability() == Extractability::Allowed));
    }

    fn names(&mut self, profile: &AgentProfile, losses: &mut Vec<Loss>) {
        let subject = profile.names().subject();
        self.string("subject", &subject.to_string());
        self.string("subject_der", &Base64::encode_string(subject.as_der()));
        let mut bundles = Vec::new();
        for name in profile.names().alternative() {
            let (kind, text) = match alternative(name) {
                Some(Alternative::Dns(text)) => ("dns", text),
                Some(Alternative::Email(text)) => ("email", text),
                Some(Alternative::Upn(text)) => ("upn", text),
                Some(Alternative::Uri(text)) => ("uri", text),
                None => {
                    losses.push(Loss::dropped(Field::AlternativeName, Reason::NoSuchSetting));
                    continue;
                }
            };
            let mut bundle = Self(Vec::new());
            bundle.choice("type", kind);
            bundle.string("value", &text);
            bundles.push(bundle.0);
        }
        self.push("alternative_names", RestrictionValue::BundleArray(bundles));
    }

    fn challenge(&mut self, challenge: &AgentChallenge) -> Result<(), LoweringError> {
        match challenge {
            AgentChallenge::Broker => self.choice("challenge_source", "broker"),
            AgentChallenge::None => self.choice("challenge_source", "none"),
            AgentChallenge::OneTime(challenge) => {
                let text = core::str::from_utf8(Secret::expose(challenge));
                self.choice("challenge_source", "one-time");
                self.string("challenge", text.map_err(|_error| LoweringError::ChallengeNotText)?);
            }
        }
        Ok(())
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().concat()
}
