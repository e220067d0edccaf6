//! [`Description`]: what people see of a CA certificate.

use alloc::vec::Vec;
use core::{fmt, time::Duration};

use pki_core::{
    Certificate, Name, UnixTime, Validity,
    crypto::{CryptoProvider, DigestValue},
    extension::{BasicConstraints, KeyUsage},
    oid,
};

/// What people see of a CA certificate before they trust it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Description {
    /// Whose it is.
    pub subject: Name,
    /// Who issued it.
    pub issuer: Name,
    /// When it is valid.
    pub validity: Validity,
    /// The SHA-256 of it. `None` if the provider has none.
    pub sha256: Option<DigestValue>,
    /// The SHA-1 of it, which profiles and lists of other systems name certificates by. It proves nothing.
    pub sha1: Option<DigestValue>,
    /// What to look at.
    pub warnings: Vec<Warning>,
}

/// How long before its end a certificate is expiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper and nothing else")]
pub struct ExpiryWarning(pub Duration);

/// What is odd about a CA certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// It is not valid any more.
    Expired {
        /// Since when.
        not_after: UnixTime,
    },
    /// It is not valid much longer.
    Expiring {
        /// Until when.
        not_after: UnixTime,
    },
    /// It is no CA: basicConstraints don't say so, or keyUsage has no keyCertSign (RFC 5280 sections 4.2.1.3 and 4.2.1.9). Only
    /// itself can be trusted by it, and many systems don't.
    NotACa,
    /// It is not valid yet.
    NotYetValid {
        /// From when.
        not_before: UnixTime,
    },
}

impl Description {
    /// Of a certificate.
    #[must_use]
    pub fn new(certificate: &Certificate, expiry: ExpiryWarning, now: UnixTime, crypto: &CryptoProvider) -> Self {
        let fingerprint = |oid| crypto.digest(oid).map(|digest| certificate.fingerprint(digest));
        Self {
            subject: certificate.subject().to_owned(),
            issuer: certificate.issuer().to_owned(),
            validity: certificate.validity(),
            sha256: fingerprint(oid::SHA256),
            sha1: fingerprint(oid::SHA1),
            warnings: warnings(certificate, expiry, now),
        }
    }
}

impl Default for ExpiryWarning {
    /// 90 days.
    fn default() -> Self {
        Self(Duration::from_secs(90 * 86_400))
    }
}

fn warnings(certificate: &Certificate, expiry: ExpiryWarning, now: UnixTime) -> Vec<Warning> {
    let Validity { not_before, not_after } = certificate.validity();
    let mut warnings = Vec::new();
    if now > not_after {
        warnings.push(Warning::Expired { not_after });
    } else if now < not_before {
        warnings.push(Warning::NotYetValid { not_before });
    } else if now.plus(expiry.0) > not_after {
        warnings.push(Warning::Expiring { not_after });
    }
    if !is_ca(certificate) {
        warnings.push(Warning::NotACa);
    }
    warnings
}

fn is_ca(certificate: &Certificate) -> bool {
    let constraints = matches!(certificate.basic_constraints(), Ok(Some(BasicConstraints { is_ca: true, .. })));
    let usage =
        certificate.key_usage().is_ok_and(|usage| usage.is_none_or(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN)));
    constraints && usage
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { not_after } => write!(f, "not valid any more since {not_after}: replace it"),
            Self::Expiring { not_after } => write!(f, "valid until {not_after}: replace it soon"),
            Self::NotACa => f.write_str("no CA certificate: many systems don't trust it"),
            Self::NotYetValid { not_before } => write!(f, "not valid before {not_before}"),
        }
    }
}
