//! CA certificates for devices, by what they are trusted for.
//!
//! A [`TrustStore`] has one set for each [`TrustPurpose`]. A change replaces the whole set, and the [`Change`] says what that
//! means for a device, both where each purpose has a store of its own and where all share one: a certificate that another
//! purpose has too is not uninstalled.
//!
//! ```
//! # fn example(old: pki_core::Certificate, new: pki_core::Certificate) -> Result<(), Box<dyn core::error::Error>> {
//! use mdm_proto::trust::{TrustPurpose, TrustStore};
//!
//! let (store, change) = TrustStore::new().replace(TrustPurpose::WiFi, [old.clone()])?;
//! assert_eq!((change.add, change.install), (vec![old.clone()], vec![old.clone()]));
//!
//! let (store, _) = store.replace(TrustPurpose::Vpn, [old.clone()])?;
//! let (store, change) = store.replace(TrustPurpose::WiFi, [new])?;
//! assert_eq!(change.remove, [old]);
//! assert!(change.uninstall.is_empty(), "the VPN has it");
//! # Ok(())
//! # }
//! ```

mod description;
mod encoding;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use core::fmt;

use pki_core::Certificate;

pub use self::description::{Description, ExpiryWarning, Warning};

/// What CA certificates are trusted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TrustPurpose {
    /// Servers of the work browser.
    Browser,
    /// Servers of work e-mail, and S/MIME.
    Email,
    /// The management service itself: the enterprise management roots.
    Enterprise,
    /// Gateways of VPNs.
    Vpn,
    /// RADIUS servers of Wi-Fi networks.
    WiFi,
}

/// Which CA certificates are trusted for what.
///
/// It is no secret, but who can change it can change whom devices believe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustStore {
    sets: BTreeMap<TrustPurpose, Vec<Certificate>>,
}

/// What a change means for a device.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "it has to be done"]
pub struct Change {
    /// For which purpose.
    pub purpose: TrustPurpose,
    /// What the purpose did not have.
    pub add: Vec<Certificate>,
    /// What it does not have any more.
    pub remove: Vec<Certificate>,
    /// What is added and no purpose had.
    pub install: Vec<Certificate>,
    /// What is removed and no purpose has any more.
    pub uninstall: Vec<Certificate>,
}

/// Why a set can't be replaced. Nothing is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustError {
    /// Without a root a device would not find back to the service.
    NoEnterpriseRoot,
    /// More than [`TrustStore::MOST_CERTIFICATES`].
    TooMany,
}

impl TrustPurpose {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Browser, Self::Email, Self::Enterprise, Self::Vpn, Self::WiFi];
}

impl TrustStore {
    /// Most certificates for one purpose.
    pub const MOST_CERTIFICATES: usize = 256;

    /// Empty.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With these certificates for a purpose, and no others; what is there twice counts once. Warnings about them are in their
    /// [`Description`]s, and refuse nothing.
    ///
    /// # Errors
    /// [`TrustError`]
    pub fn replace(
        &self,
        purpose: TrustPurpose,
        certificates: impl IntoIterator<Item = Certificate>,
    ) -> Result<(Self, Change), TrustError> {
        let mut set = Vec::new();
        let mut seen = BTreeSet::new();
        for certificate in certificates {
            if seen.insert(certificate.as_der().to_vec()) {
                if set.len() == Self::MOST_CERTIFICATES {
                    return Err(TrustError::TooMany);
                }
                set.push(certificate);
            }
        }
        if purpose == TrustPurpose::Enterprise && set.is_empty() {
            return Err(TrustError::NoEnterpriseRoot);
        }
        let mut store = self.clone();
        store.sets.insert(purpose, set);
        store.sets.retain(|_, set| !set.is_empty());
        let add = beyond(store.certificates(purpose), self.certificates(purpose));
        let remove = beyond(self.certificates(purpose), store.certificates(purpose));
        let install = beyond(&add, &self.all());
        let uninstall = beyond(&remove, &store.all());
        Ok((store, Change { purpose, add, remove, install, uninstall }))
    }

    /// What is trusted for a purpose, in the order in which it was given.
    #[must_use]
    pub fn certificates(&self, purpose: TrustPurpose) -> &[Certificate] {
        self.sets.get(&purpose).map(Vec::as_slice).unwrap_or_default()
    }

    /// What a certificate is trusted for.
    pub fn purposes(&self, certificate: &Certificate) -> impl Iterator<Item = TrustPurpose> {
        self.sets.iter().filter(|(_, set)| set.contains(certificate)).map(|(purpose, _)| *purpose)
    }

    /// Everything, once for each purpose.
    fn all(&self) -> Vec<Certificate> {
        self.sets.values().flatten().cloned().collect()
    }
}

impl Change {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }
}

/// What is in one list and not in the other.
fn beyond(one: &[Certificate], other: &[Certificate]) -> Vec<Certificate> {
    let other: BTreeSet<_> = other.iter().map(Certificate::as_der).collect();
    one.iter().filter(|certificate| !other.contains(certificate.as_der())).cloned().collect()
}

impl fmt::Display for TrustPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Browser => "browser",
            Self::Email => "e-mail",
            Self::Enterprise => "enterprise",
            Self::Vpn => "VPN",
            Self::WiFi => "Wi-Fi",
        })
    }
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEnterpriseRoot => f.write_str("devices need a root to find back to the service: give one"),
            Self::TooMany => write!(f, "more than {} certificates: leave some out", TrustStore::MOST_CERTIFICATES),
        }
    }
}

impl core::error::Error for TrustError {}

#[cfg(test)]
mod tests;
