//! [`ConfigurationProfile`].

use alloc::{collections::BTreeSet, string::String, vec::Vec};
use core::{fmt, time::Duration};

use pki_core::{
    Certificate, Secret, UnixTime,
    crypto::{CryptoProvider, SecureRandom},
};

use super::{Document, EncryptError, Identifier, InvalidIdentifier, Payload, envelope::envelope};
use crate::{
    plist::{Dictionary, Value, WriteError},
    profile::CertificateStore,
};

/// A configuration profile: payloads, and what holds them together.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigurationProfile {
    identifier: Identifier,
    display_name: Option<String>,
    organization: Option<String>,
    store: CertificateStore,
    removal: Removal,
    removal_date: Option<UnixTime>,
    removed_after: Option<Duration>,
    expiration: Option<UnixTime>,
    payloads: Vec<Payload>,
}

/// Whether the user may remove a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "yes or no")]
pub enum Removal {
    /// The user may.
    #[default]
    Allowed,
    /// Only the service may.
    Disallowed,
}

/// Why a profile cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProfileError {
    /// A payload refers to a UUID that no payload of this profile has. References do not reach into other profiles.
    DanglingReference {
        /// The payload that refers.
        payload: String,
        /// The UUID.
        uuid: String,
    },
    /// Two payloads have this name.
    DuplicateName(String),
    /// The name of a payload makes no identifier.
    Identifier(InvalidIdentifier),
    /// There are no payloads.
    NoPayloads,
    /// The property list cannot be written.
    Write(WriteError),
}

impl ConfigurationProfile {
    /// Without payloads. A profile with this identifier that the device has is replaced.
    #[must_use]
    pub const fn new(identifier: Identifier) -> Self {
        Self {
            identifier,
            display_name: None,
            organization: None,
            store: CertificateStore::Device,
            removal: Removal::Allowed,
            removal_date: None,
            removed_after: None,
            expiration: None,
            payloads: Vec::new(),
        }
    }

    /// With a name for people.
    #[must_use]
    pub fn with_display_name(self, name: impl Into<String>) -> Self {
        Self { display_name: Some(name.into()), ..self }
    }

    /// With the name of whoever sends it.
    #[must_use]
    pub fn with_organization(self, name: impl Into<String>) -> Self {
        Self { organization: Some(name.into()), ..self }
    }

    /// For this keychain of macOS: `PayloadScope` System or User.
    #[must_use]
    pub fn with_store(self, store: CertificateStore) -> Self {
        Self { store, ..self }
    }

    /// Whether the user may remove it.
    #[must_use]
    pub fn with_removal(self, removal: Removal) -> Self {
        Self { removal, ..self }
    }

    /// Gone at this time.
    #[must_use]
    pub fn with_removal_date(self, date: UnixTime) -> Self {
        Self { removal_date: Some(date), ..self }
    }

    /// Gone so long after it was installed. With a date too, the earlier one counts.
    #[must_use]
    pub fn with_removal_after(self, duration: Duration) -> Self {
        Self { removed_after: Some(duration), ..self }
    }

    /// Shown as expired from this time on.
    #[must_use]
    pub fn with_expiration(self, date: UnixTime) -> Self {
        Self { expiration: Some(date), ..self }
    }

    /// Adds a payload.
    #[must_use]
    pub fn add_payload(mut self, payload: impl Into<Payload>) -> Self {
        self.payloads.push(payload.into());
        self
    }

    /// The identifier.
    #[must_use]
    pub const fn identifier(&self) -> &Identifier {
        &self.identifier
    }

    /// The payloads, in order.
    #[must_use]
    pub fn payloads(&self) -> &[Payload] {
        &self.payloads
    }

    /// The identifier of the payload of this name, whose UUID others refer to.
    ///
    /// # Errors
    /// [`InvalidIdentifier`] if the name makes none.
    pub fn identifier_of(&self, name: &str) -> Result<Identifier, InvalidIdentifier> {
        self.identifier.inside(name)
    }

    /// As a property list, for all to read.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn to_document(&self) -> Result<Document, ProfileError> {
        let mut top = self.top_level();
        top.insert("PayloadContent", self.checked_payloads()?);
        document(top)
    }

    /// As a property list whose payloads only the device can read: `IsEncrypted` and `EncryptedPayloadContent`. What remains to
    /// be read are identifier, names, and when it is removed.
    ///
    /// # Errors
    /// [`EncryptError`].
    pub fn encrypt(
        &self,
        device: &Certificate,
        rng: &mut dyn SecureRandom,
        crypto: &CryptoProvider,
    ) -> Result<Document, EncryptError> {
        let payloads = Value::from(self.checked_payloads()?).to_xml().map_err(ProfileError::Write)?;
        let encrypted = envelope(&Secret::new(payloads.into_bytes()), device, rng, crypto)?;
        let mut top = self.top_level();
        top.insert("IsEncrypted", true);
        top.insert("EncryptedPayloadContent", encrypted);
        Ok(document(top)?)
    }

    fn top_level(&self) -> Dictionary {
        let mut top = Dictionary::new();
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        top.insert_some("DurationUntilRemoval", self.removed_after.map(seconds));
        top.insert_some("PayloadDisplayName", self.display_name.as_deref());
        top.insert_some("PayloadExpirationDate", self.expiration);
        top.insert("PayloadIdentifier", &self.identifier);
        top.insert_some("PayloadOrganization", self.organization.as_deref());
        top.insert_some("PayloadRemovalDisallowed", (self.removal == Removal::Disallowed).then_some(true));
        top.insert("PayloadScope", if self.store == CertificateStore::User { "User" } else { "System" });
        top.insert("PayloadType", "Configuration");
        top.insert("PayloadUUID", self.identifier.uuid());
        top.insert("PayloadVersion", 1);
        top.insert_some("RemovalDate", self.removal_date);
        top
    }

    fn checked_payloads(&self) -> Result<Vec<Value>, ProfileError> {
        if self.payloads.is_empty() {
            return Err(ProfileError::NoPayloads);
        }
        let (mut names, mut uuids) = (BTreeSet::new(), BTreeSet::new());
        for payload in &self.payloads {
            if !names.insert(payload.name()) {
                return Err(ProfileError::DuplicateName(payload.name().into()));
            }
            uuids.insert(self.identifier.inside(payload.name())?.uuid());
        }
        for payload in &self.payloads {
            check_references(payload, &uuids)?;
        }
        Ok(self.payloads.iter().map(|payload| payload.to_value(&self.identifier)).collect::<Result<_, _>>()?)
    }
}

/// The keys `...CertificateUUID` and `...CertificateAnchorUUID`, wherever they stand in a payload.
fn check_references(payload: &Payload, uuids: &BTreeSet<String>) -> Result<(), ProfileError> {
    let mut open: Vec<(bool, &Value)> =
        payload.content().iter().map(|(key, value)| (is_reference(key), value)).collect();
    while let Some((refers, value)) = open.pop() {
        match value {
            Value::Dictionary(inner) => open.extend(inner.iter().map(|(key, value)| (is_reference(key), value))),
            Value::Array(elements) => open.extend(elements.iter().map(|element| (refers, element))),
            Value::String(uuid) if refers && !uuids.contains(uuid) => {
                return Err(ProfileError::DanglingReference { payload: payload.name().into(), uuid: uuid.clone() });
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_reference(key: &str) -> bool {
    key.ends_with("CertificateUUID") || key.ends_with("CertificateAnchorUUID")
}

fn document(top: Dictionary) -> Result<Document, ProfileError> {
    let xml = Value::from(top).to_xml().map_err(ProfileError::Write)?;
    Ok(Document::new(Secret::new(xml.into_bytes())))
}

impl From<InvalidIdentifier> for ProfileError {
    fn from(error: InvalidIdentifier) -> Self {
        Self::Identifier(error)
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DanglingReference { payload, uuid } => {
                write!(f, "payload {payload} refers to {uuid}, which is not in the same profile: add that payload")
            }
            Self::DuplicateName(name) => write!(f, "two payloads are named {name}"),
            Self::Identifier(error) => error.fmt(f),
            Self::NoPayloads => f.write_str("a profile has one payload at least"),
            Self::Write(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ProfileError {}
