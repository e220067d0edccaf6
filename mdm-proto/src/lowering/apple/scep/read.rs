//! Reading payloads.

use alloc::{string::String, sync::Arc, vec::Vec};
use core::fmt;

use pki_core::Secret;

use super::{
    AlternativeNames, AppAccess, DEFAULT_KEY_SIZE, DEFAULT_RETRIES, DEFAULT_RETRY_DELAY, ScepPayload, SubjectAttribute,
};
use crate::{
    plist::{Dictionary, Value},
    profile::Extractability,
};

/// A payload that was read, and what is odd about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadPayload {
    /// The payload. Its `id` is the last part of `PayloadIdentifier`.
    pub payload: ScepPayload,
    /// What is odd.
    pub warnings: Vec<PayloadWarning>,
}

/// What is odd about a payload that devices take nevertheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayloadWarning {
    /// There is no `CAFingerprint`: devices believe whichever CA answers.
    FingerprintMissing,
    /// There is no `Keysize`: devices make keys of 1024 bits.
    KeysizeMissing,
    /// `Keysize` is below 2048.
    WeakKey,
}

/// Why a dictionary is no payload for SCEP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotScepPayload {
    /// A key has a value of another type or range than Apple says. Names the key.
    InvalidValue(&'static str),
    /// A key that must be there is not. Names the key.
    Missing(&'static str),
}

impl ScepPayload {
    /// Reads a payload, keys that all payloads have included.
    ///
    /// # Errors
    /// [`NotScepPayload`]: only `PayloadContent` and the `URL` in it must be there.
    pub fn read(payload: &Dictionary) -> Result<ReadPayload, NotScepPayload> {
        let content = payload.find("PayloadContent").ok_or(NotScepPayload::Missing("PayloadContent"))?;
        let content = content.as_dictionary().ok_or(NotScepPayload::InvalidValue("PayloadContent"))?;
        let read = Content(content);
        let key_size = read.number("Keysize")?;
        let payload = Self {
            id: name_of(payload),
            display_name: payload.string("PayloadDisplayName").unwrap_or_default().into(),
            url: read.string("URL")?.ok_or(NotScepPayload::Missing("URL"))?,
            ca_name: read.string("Name")?,
            subject: read.with("Subject", subject)?.unwrap_or_default(),
            alternative: read.with("SubjectAltName", alternative)?.unwrap_or_default(),
            challenge: read.string("Challenge")?.map(|text| Arc::new(Secret::new(text.into_bytes()))),
            key_size: key_size.unwrap_or(DEFAULT_KEY_SIZE),
            key_usage: read.number("Key Usage")?.unwrap_or(0),
            fingerprint: read.with("CAFingerprint", |value| value.as_data().map(Vec::from))?,
            retries: read.number("Retries")?.unwrap_or(DEFAULT_RETRIES),
            retry_delay: read.number("RetryDelay")?.unwrap_or(DEFAULT_RETRY_DELAY),
            extractability: match read.with("KeyIsExtractable", Value::as_boolean)? {
                Some(false) => Extractability::Never,
                Some(true) | None => Extractability::Allowed,
            },
            access: match read.with("AllowAllAppsAccess", Value::as_boolean)? {
                Some(true) => AppAccess::AllApps,
                Some(false) | None => AppAccess::Restricted,
            },
        };
        if read.string("Key Type")?.is_some_and(|key_type| key_type != "RSA") {
            return Err(NotScepPayload::InvalidValue("Key Type"));
        }
        let warnings = [
            (PayloadWarning::FingerprintMissing, payload.fingerprint.is_none()),
            (PayloadWarning::KeysizeMissing, key_size.is_none()),
            (PayloadWarning::WeakKey, key_size.is_some_and(|bits| bits < STRONG)),
        ];
        let warnings = warnings.into_iter().filter(|(_, is_so)| *is_so).map(|(warning, _)| warning).collect();
        Ok(ReadPayload { payload, warnings })
    }

    /// Reads the SCEP payloads of a configuration profile that is not encrypted.
    ///
    /// # Errors
    /// [`NotScepPayload`], for the first payload of that type which is none.
    pub fn read_all(profile: &Value) -> Result<Vec<ReadPayload>, NotScepPayload> {
        let payloads = profile.as_dictionary().and_then(|profile| profile.find("PayloadContent"));
        let payloads = payloads.and_then(Value::as_array).ok_or(NotScepPayload::Missing("PayloadContent"))?;
        let payloads = payloads.iter().filter_map(Value::as_dictionary);
        payloads.filter(|payload| payload.string("PayloadType") == Some(TYPE)).map(Self::read).collect()
    }
}

struct Content<'a>(&'a Dictionary);

impl<'a> Content<'a> {
    fn with<T>(&self, key: &'static str, read: impl Fn(&'a Value) -> Option<T>) -> Result<Option<T>, NotScepPayload> {
        let value = self.0.find(key);
        value.map(|value| read(value).ok_or(NotScepPayload::InvalidValue(key))).transpose()
    }

    fn string(&self, key: &'static str) -> Result<Option<String>, NotScepPayload> {
        self.with(key, |value| value.as_string().map(String::from))
    }

    fn number<N: TryFrom<i64>>(&self, key: &'static str) -> Result<Option<N>, NotScepPayload> {
        self.with(key, |value| value.as_integer().and_then(|number| N::try_from(number).ok()))
    }
}

fn name_of(payload: &Dictionary) -> String {
    let identifier = payload.string("PayloadIdentifier").unwrap_or_default();
    identifier.rsplit_once('.').map_or(identifier, |(_, name)| name).into()
}

fn subject(value: &Value) -> Option<Vec<Vec<SubjectAttribute>>> {
    let attribute = |pair: &Value| match pair.as_array()? {
        [Value::String(name), Value::String(value)] => {
            Some(SubjectAttribute { name: name.clone(), value: value.clone() })
        }
        _ => None,
    };
    value.as_array()?.iter().map(|rdn| rdn.as_array()?.iter().map(attribute).collect()).collect()
}

fn alternative(value: &Value) -> Option<AlternativeNames> {
    let dictionary = value.as_dictionary()?;
    let list = |key: &str| match dictionary.find(key) {
        None => Some(Vec::new()),
        Some(Value::String(only)) => Some([only.clone()].into()),
        Some(several) => several.as_array()?.iter().map(|name| name.as_string().map(String::from)).collect(),
    };
    let [email, dns, uri, upn] = AlternativeNames::KEYS;
    Some(AlternativeNames { dns: list(dns)?, email: list(email)?, upn: list(upn)?, uri: list(uri)? })
}

impl fmt::Display for PayloadWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FingerprintMissing => "no CAFingerprint: devices believe whichever CA answers",
            Self::KeysizeMissing => "no Keysize: devices make keys of 1024 bits",
            Self::WeakKey => "Keysize is below 2048",
        })
    }
}

impl fmt::Display for NotScepPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidValue(key) => write!(f, "{key} has a value that Apple does not take"),
            Self::Missing(key) => write!(f, "there is no {key}"),
        }
    }
}

impl core::error::Error for NotScepPayload {}

const STRONG: u16 = 2048;
const TYPE: &str = "com.apple.security.scep";
