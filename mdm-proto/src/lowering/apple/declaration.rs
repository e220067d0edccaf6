//! [`Declarations`]: the declarative form.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use base64ct::{Base64, Encoding};
use pki_core::Secret;
use serde_json::{Map, json};
use sha2::{Digest, Sha256};

use super::{AppAccess, Identifier, InvalidIdentifier, ScepPayload};
use crate::{plist::Value, profile::Extractability};

/// A SCEP identity in the declarative form: the credential, which the device fetches, the asset that says where from, and the
/// configuration that has the identity made (iOS 17, macOS 14).
///
/// Identifiers come of one prefix and stay; server tokens are digests and change with the content, so a device fetches the
/// credential again when it has changed, and not otherwise.
#[derive(Debug)]
#[non_exhaustive]
pub struct Declarations {
    /// The credential document, `application/json`, to be served at the asset's URL to this device alone. It holds the
    /// challenge.
    pub credential: Secret,
    /// The declaration `com.apple.asset.credential.scep`.
    pub asset: String,
    /// The declaration `com.apple.configuration.security.identity`.
    pub configuration: String,
}

/// When a device can use an identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Accessible {
    /// From the first unlock on.
    AfterFirstUnlock,
    /// As seldom as what refers to it allows.
    #[default]
    Default,
}

/// Why declarations cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeclarationError {
    /// An identifier that is none.
    Identifier(InvalidIdentifier),
    /// The URL of the credential is not https.
    NotHttps,
}

impl Declarations {
    /// The declarations for a payload, named after `prefix`, with the credential at `data_url`.
    ///
    /// # Errors
    /// [`DeclarationError`].
    pub fn new(
        payload: &ScepPayload,
        prefix: &Identifier,
        data_url: &str,
        accessible: Accessible,
    ) -> Result<Self, DeclarationError> {
        if !data_url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")) {
            return Err(DeclarationError::NotHttps);
        }
        let credential = to_json(&Value::from(payload.to_credential())).to_string().into_bytes();
        let asset_id = prefix.inside(&format!("{}.credential", payload.id()))?;
        let asset = json!({
            "Accessible": match accessible {
                Accessible::AfterFirstUnlock => "AfterFirstUnlock",
                Accessible::Default => "Default",
            },
            "Authentication": { "Type": "MDM" },
            "Reference": {
                "ContentType": "application/json",
                "DataURL": data_url,
                "Hash-SHA-256": hex(&credential),
                "Size": credential.len(),
            },
        });
        let mut configuration = Map::new();
        configuration.insert("CredentialAssetReference".to_string(), asset_id.as_str().into());
        configuration
            .insert("KeyIsExtractable".to_string(), (payload.extractability() == Extractability::Allowed).into());
        if payload.access() == AppAccess::AllApps {
            configuration.insert("AllowAllAppsAccess".to_string(), true.into());
        }
        let configuration_id = prefix.inside(&format!("{}.identity", payload.id()))?;
        Ok(Self {
            asset: declaration("com.apple.asset.credential.scep", &asset_id, asset),
            configuration: declaration(
                "com.apple.configuration.security.identity",
                &configuration_id,
                configuration.into(),
            ),
            credential: Secret::new(credential),
        })
    }
}

fn declaration(declaration_type: &str, identifier: &Identifier, payload: serde_json::Value) -> String {
    let token = hex(payload.to_string().as_bytes());
    let declaration = json!({
        "Identifier": identifier.as_str(),
        "Payload": payload,
        "ServerToken": token,
        "Type": declaration_type,
    });
    declaration.to_string()
}

/// Apple's JSON has data as base64 and everything else as it is.
fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Array(elements) => elements.iter().map(to_json).collect(),
        Value::Boolean(value) => (*value).into(),
        Value::Data(octets) => Base64::encode_string(octets).into(),
        Value::Date(time) => time.to_string().into(),
        Value::Dictionary(dictionary) => {
            let entries = dictionary.iter().map(|(key, value)| (key.to_string(), to_json(value)));
            entries.collect::<Map<_, _>>().into()
        }
        Value::Integer(number) => (*number).into(),
        Value::Real(number) => (*number).into(),
        Value::String(text) => text.as_str().into(),
    }
}

fn hex(octets: &[u8]) -> String {
    let digits: Vec<String> = Sha256::digest(octets).iter().map(|octet| format!("{octet:02x}")).collect();
    digits.concat()
}

impl From<InvalidIdentifier> for DeclarationError {
    fn from(error: InvalidIdentifier) -> Self {
        Self::Identifier(error)
    }
}

impl fmt::Display for DeclarationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identifier(error) => error.fmt(f),
            Self::NotHttps => f.write_str("a credential is fetched by https alone"),
        }
    }
}

impl core::error::Error for DeclarationError {}
