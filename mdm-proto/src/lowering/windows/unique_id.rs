//! [`UniqueId`]: what a request is known by.

use alloc::string::String;
use core::fmt::{self, Write as _};

use crate::profile::{CertificateStore, ProfileId};

/// The `{UniqueID}` of a request, which is a segment of a URI: what a profile is named by, other characters than letters,
/// digits, dashes, dots and underscores percent-encoded (RFC 3986 section 2.1).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UniqueId(String);

impl UniqueId {
    /// That of a profile.
    #[must_use]
    pub fn of(profile: &ProfileId) -> Self {
        let mut id = String::with_capacity(profile.as_str().len());
        for byte in profile.as_str().bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
                id.push(char::from(byte));
            } else {
                let _: fmt::Result = write!(id, "%{byte:02X}");
            }
        }
        Self(id)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The node of the request.
    #[must_use]
    pub fn node(&self, store: CertificateStore) -> String {
        let scope = match store {
            CertificateStore::Device => "Device",
            CertificateStore::User => "User",
        };
        alloc::format!("./{scope}/{PROVIDER}/{self}")
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UniqueId({self})")
    }
}

pub(super) const PROVIDER: &str = "Vendor/MSFT/ClientCertificateInstall/SCEP";
