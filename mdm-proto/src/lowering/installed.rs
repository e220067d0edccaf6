//! [`InstalledCertificate`]: what devices say of the certificates that they have, whatever the platform.

use alloc::string::String;

use pki_core::Certificate;

/// A certificate that a device says it has.
///
/// Reports are claims: a certificate in one proves nothing until its chain is validated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstalledCertificate {
    /// With its encoding: Apple.
    Whole {
        /// The certificate.
        certificate: Certificate,
        /// Whether the device has its key.
        possession: Possession,
        /// What the platform calls it: a common name, an identifier of the list.
        label: Option<String>,
    },
    /// Known by its SHA-1 thumbprint alone: Windows.
    Thumbprint {
        /// SHA-1 of the DER.
        sha1: [u8; 20],
        /// The request that it came from, see [`UniqueId`](super::windows::UniqueId).
        unique_id: String,
    },
}

/// Whether a device has the key of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "yes or no")]
pub enum Possession {
    /// The certificate alone.
    CertificateOnly,
    /// Certificate and key.
    WithKey,
}

impl InstalledCertificate {
    /// The certificate, where the report has it.
    #[must_use]
    pub const fn certificate(&self) -> Option<&Certificate> {
        match self {
            Self::Whole { certificate, .. } => Some(certificate),
            Self::Thumbprint { .. } => None,
        }
    }

    /// Whether this is `certificate`, as far as the report tells. `sha1` is its SHA-1 thumbprint.
    #[must_use]
    pub fn is(&self, certificate: &Certificate, sha1: &[u8]) -> bool {
        match self {
            Self::Whole { certificate: found, .. } => found.as_der() == certificate.as_der(),
            Self::Thumbprint { sha1: found, .. } => found == sha1,
        }
    }
}
