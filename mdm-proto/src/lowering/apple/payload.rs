//! [`Payload`]: one payload of a configuration profile.

use alloc::{string::String, vec::Vec};

use super::{CertificatePayload, Identifier, InvalidIdentifier, ScepPayload};
use crate::plist::{Dictionary, Value};

/// A payload of a configuration profile, of any type.
///
/// Its identifier is the profile's and its name, so that others can say beforehand which UUID it has.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    payload_type: String,
    name: String,
    display_name: Option<String>,
    content: Dictionary,
}

impl Payload {
    /// Of this type, with this name, which no other payload of the profile has, and these keys of its own.
    #[must_use]
    pub fn new(payload_type: impl Into<String>, name: impl Into<String>, content: Dictionary) -> Self {
        Self { payload_type: payload_type.into(), name: name.into(), display_name: None, content }
    }

    /// With a name for people.
    #[must_use]
    pub fn with_display_name(self, name: impl Into<String>) -> Self {
        Self { display_name: Some(name.into()), ..self }
    }

    /// With the certificate of the payload `name` of `profile` under `key`, for example under `PayloadCertificateUUID`.
    ///
    /// # Errors
    /// [`InvalidIdentifier`] if the name makes none.
    pub fn with_reference(
        mut self,
        key: impl Into<String>,
        profile: &Identifier,
        name: &str,
    ) -> Result<Self, InvalidIdentifier> {
        self.content.insert(key, profile.inside(name)?.uuid());
        Ok(self)
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The keys that are its type's own.
    #[must_use]
    pub const fn content(&self) -> &Dictionary {
        &self.content
    }

    /// With the keys that all payloads have.
    pub(super) fn to_value(&self, profile: &Identifier) -> Result<Value, InvalidIdentifier> {
        let identifier = profile.inside(&self.name)?;
        let mut value = self.content.clone();
        value.insert_some("PayloadDisplayName", self.display_name.as_deref());
        value.insert("PayloadIdentifier", &identifier);
        value.insert("PayloadType", self.payload_type.as_str());
        value.insert("PayloadUUID", identifier.uuid());
        value.insert("PayloadVersion", 1);
        Ok(value.into())
    }
}

impl From<&ScepPayload> for Payload {
    /// The name is the profile's identifier.
    fn from(payload: &ScepPayload) -> Self {
        let content = [("PayloadContent", payload.to_dictionary())].into_iter().collect();
        let base = Self::new("com.apple.security.scep", payload.id(), content);
        base.with_display_name(payload.display_name())
    }
}

impl From<&CertificatePayload> for Payload {
    fn from(payload: &CertificatePayload) -> Self {
        let content = [
            ("PayloadCertificateFileName", Value::String(payload.file_name())),
            ("PayloadContent", Value::Data(Vec::from(payload.certificate().as_der()))),
        ];
        Self::new(payload.role().payload_type(), payload.name(), content.into_iter().collect())
    }
}
