//! [`CertificatePayload`]: a CA certificate for the device.

use alloc::{format, string::String};

use pki_core::Certificate;

/// A CA certificate that a device is to have, in a payload of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificatePayload {
    name: String,
    role: CertificateRole,
    certificate: Certificate,
}

/// What a certificate is to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateRole {
    /// It is between roots and others.
    Intermediate,
    /// It is believed.
    Root,
}

impl CertificatePayload {
    /// A root, which the device is to believe.
    #[must_use]
    pub fn root(name: impl Into<String>, certificate: Certificate) -> Self {
        Self { name: name.into(), role: CertificateRole::Root, certificate }
    }

    /// An intermediate CA's.
    #[must_use]
    pub fn intermediate(name: impl Into<String>, certificate: Certificate) -> Self {
        Self { name: name.into(), role: CertificateRole::Intermediate, certificate }
    }

    /// The name, which no other payload of the profile has.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is to the device.
    #[must_use]
    pub const fn role(&self) -> CertificateRole {
        self.role
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(super) fn file_name(&self) -> String {
        format!("{}.cer", self.name)
    }
}

impl CertificateRole {
    /// The `PayloadType` for it. `com.apple.security.pkcs1` is a DER certificate despite its name.
    #[must_use]
    pub const fn payload_type(self) -> &'static str {
        match self {
            Self::Intermediate => "com.apple.security.pkcs1",
            Self::Root => "com.apple.security.root",
        }
    }
}
