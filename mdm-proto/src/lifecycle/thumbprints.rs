//! [`Thumbprints`]: which CA and RA certificates are expected.

use alloc::collections::BTreeSet;

use pki_core::Certificate;
use sha2::{Digest, Sha256};

/// The SHA-256 of each CA or RA certificate that is expected: a set, so that the next one can be pushed before the switch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thumbprints(BTreeSet<[u8; 32]>);

/// How the certificates that a CA shows stand to those that were expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "how two sets may lie")]
pub enum ThumbprintChange {
    /// All are known.
    None,
    /// Some are known, some new: the CA rolls over. Nothing has to be enrolled anew; expect the new ones as well once they
    /// are verified.
    Rollover,
    /// None is known: another CA, or somebody in between. It is [`Trigger::Thumbprint`](super::Trigger::Thumbprint) only if
    /// the profile says so.
    Replaced,
}

impl Thumbprints {
    /// Of these.
    #[must_use]
    pub fn of(certificates: &[Certificate]) -> Self {
        certificates.iter().map(thumbprint).collect()
    }

    /// With one more.
    #[must_use]
    pub fn with(mut self, thumbprint: [u8; 32]) -> Self {
        self.0.insert(thumbprint);
        self
    }

    /// Whether this certificate is expected.
    #[must_use]
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.0.contains(&thumbprint(certificate))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.0.iter()
    }

    /// How what the CA shows, by GetCACert, stands to them. Nothing shown is nothing new.
    #[must_use]
    pub fn compare(&self, shown: &[Certificate]) -> ThumbprintChange {
        let known = shown.iter().filter(|certificate| self.contains(certificate)).count();
        if known == shown.len() {
            ThumbprintChange::None
        } else if known > 0 {
            ThumbprintChange::Rollover
        } else {
            ThumbprintChange::Replaced
        }
    }
}

impl FromIterator<[u8; 32]> for Thumbprints {
    fn from_iter<I: IntoIterator<Item = [u8; 32]>>(thumbprints: I) -> Self {
        Self(thumbprints.into_iter().collect())
    }
}

/// SHA-256 of the whole certificate.
pub(super) fn thumbprint(certificate: &Certificate) -> [u8; 32] {
    Sha256::digest(certificate.as_der()).into()
}
