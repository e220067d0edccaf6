//! The payload as a dictionary.

use alloc::{string::String, vec::Vec};

use super::{AlternativeNames, AppAccess, ScepPayload, SubjectAttribute};
use crate::{
    plist::{Dictionary, Value},
    profile::Extractability,
};

impl ScepPayload {
    /// The inner `PayloadContent`. It holds the challenge.
    ///
    /// `Keysize` is always written: without it devices take 1024.
    #[must_use]
    pub fn to_dictionary(&self) -> Dictionary {
        let mut content = self.to_credential();
        content.insert("KeyIsExtractable", self.extractability == Extractability::Allowed);
        content.insert_some("AllowAllAppsAccess", (self.access == AppAccess::AllApps).then_some(true));
        content
    }

    /// The same without the keys that the declarative form has elsewhere.
    pub(in crate::lowering::apple) fn to_credential(&self) -> Dictionary {
        let mut content = Dictionary::new();
        content.insert("URL", self.url.as_str());
        content.insert_some("Name", self.ca_name.as_deref());
        content.insert_some("Subject", (!self.subject.is_empty()).then(|| subject(&self.subject)));
        let challenge = self.challenge.as_deref().map(|challenge| String::from_utf8_lossy(challenge.expose()));
        content.insert_some("Challenge", challenge.map(String::from));
        content.insert("Keysize", u32::from(self.key_size));
        content.insert("Key Type", "RSA");
        content.insert_some("Key Usage", (self.key_usage != 0).then_some(u32::from(self.key_usage)));
        content.insert_some("CAFingerprint", self.fingerprint.clone());
        content.insert("Retries", self.retries);
        content.insert("RetryDelay", self.retry_delay);
        content.insert_some("SubjectAltName", self.alternative.to_dictionary());
        content
    }

    pub(in crate::lowering::apple) const fn extractability(&self) -> Extractability {
        self.extractability
    }

    pub(in crate::lowering::apple) const fn access(&self) -> AppAccess {
        self.access
    }
}

impl AlternativeNames {
    pub(super) const KEYS: [&str; 4] = ["rfc822Name", "dNSName", "uniformResourceIdentifier", "ntPrincipalName"];

    pub(super) const fn lists(&self) -> [&Vec<String>; 4] {
        [&self.email, &self.dns, &self.uri, &self.upn]
    }

    fn to_dictionary(&self) -> Option<Dictionary> {
        let filled = Self::KEYS.into_iter().zip(self.lists()).filter(|(_, names)| !names.is_empty());
        let dictionary: Dictionary = filled.map(|(key, names)| (key, string_or_array(names))).collect();
        (!dictionary.is_empty()).then_some(dictionary)
    }
}

/// One name is a string, several are an array.
fn string_or_array(names: &[String]) -> Value {
    match names {
        [only] => only.as_str().into(),
        several => Value::Array(several.iter().map(|name| name.as_str().into()).collect()),
    }
}

/// Three levels of arrays: RDNs, attributes, and a pair.
fn subject(rdns: &[Vec<SubjectAttribute>]) -> Value {
    let pair = |attribute: &SubjectAttribute| {
        Value::Array([attribute.name.as_str().into(), attribute.value.as_str().into()].into())
    };
    Value::Array(rdns.iter().map(|rdn| Value::Array(rdn.iter().map(pair).collect())).collect())
}
