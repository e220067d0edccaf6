//! [`ScepPayload`]: `com.apple.security.scep`.

mod dictionary;
mod lower;
mod read;

use alloc::{string::String, sync::Arc, vec::Vec};

use pki_core::Secret;

pub use read::{NotScepPayload, PayloadWarning, ReadPayload};

use crate::profile::Extractability;

/// The payload `com.apple.security.scep`, with all its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScepPayload {
    id: String,
    display_name: String,
    url: String,
    ca_name: Option<String>,
    subject: Vec<Vec<SubjectAttribute>>,
    alternative: AlternativeNames,
    challenge: Option<Arc<Secret>>,
    key_size: u16,
    key_usage: u8,
    fingerprint: Option<Vec<u8>>,
    retries: u32,
    retry_delay: u32,
    extractability: Extractability,
    access: AppAccess,
}

/// An attribute of a subject, as Apple writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "Apple gives it two fields for good")]
pub struct SubjectAttribute {
    /// `C`, `L`, `ST`, `O`, `OU`, `CN`, or a dotted decimal identifier.
    pub name: String,
    /// The text.
    pub value: String,
}

/// Which applications of macOS may use the key without asking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "all, or those that the system says")]
pub enum AppAccess {
    /// All.
    AllApps,
    /// Those that the system says.
    #[default]
    Restricted,
}

/// `SubjectAltName`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct AlternativeNames {
    dns: Vec<String>,
    email: Vec<String>,
    upn: Vec<String>,
    uri: Vec<String>,
}

impl ScepPayload {
    /// With this access to the key by applications of macOS.
    #[must_use]
    pub fn with_access(self, access: AppAccess) -> Self {
        Self { access, ..self }
    }

    /// The name of the payload: the identifier of the SCEP profile.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name, for people.
    #[must_use]
    pub fn display_name(&self) -> &str {
        &self.display_name
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The name of the CA behind the URL.
    #[must_use]
    pub fn ca_name(&self) -> Option<&str> {
        self.ca_name.as_deref()
    }

    /// The RDNs of the subject, in the order of the encoding.
    #[must_use]
    pub fn subject(&self) -> &[Vec<SubjectAttribute>] {
        &self.subject
    }

    /// The challenge.
    #[must_use]
    pub fn challenge(&self) -> Option<&Secret> {
        self.challenge.as_deref()
    }

    /// Bits in the modulus of the RSA key.
    #[must_use]
    pub const fn key_size(&self) -> u16 {
        self.key_size
    }

    /// The fingerprint by which the CA is recognised.
    #[must_use]
    pub fn fingerprint(&self) -> Option<&[u8]> {
        self.fingerprint.as_deref()
    }
}

/// `Keysize` where a payload says none: too small for any CA of today.
const DEFAULT_KEY_SIZE: u16 = 1024;
const DEFAULT_RETRIES: u32 = 3;
/// Seconds.
const DEFAULT_RETRY_DELAY: u32 = 10;

/// Bits of `Key Usage`.
const SIGNING: u8 = 1;
const ENCRYPTION: u8 = 4;
