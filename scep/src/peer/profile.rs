//! [`PeerProfile`]: what is to be expected of a peer, and how to talk with it.

use core::fmt;

use super::{
    CaCertificates, ChallengeAlphabet, Polling, Quirk, Quirks, RenewalStyle, ReplyCertificates, SuitableKeys,
    TransactionIdStyle,
};
use crate::server::EmptyContent;

/// What is to be expected of a peer, whichever side it is on, and how to talk with it. Plain data, to be changed at will.
///
/// ```
/// use scep::peer::{PeerProfile, Quirk, Quirks};
///
/// // A fleet of Macs behind a proxy that decodes what it should not.
/// let mac = PeerProfile::APPLE.tolerating(Quirk::Base64Spaces.into());
/// assert_eq!(mac.check(Quirks::of(&[Quirk::NonceLength, Quirk::Base64Spaces])), Ok(()));
/// assert_eq!(mac.check(Quirk::CertificatesMissing.into()), Err(Quirk::CertificatesMissing));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerProfile {
    /// Its name, as in [`Quirk::owners`].
    pub name: &'static str,
    /// What is tolerated of it. Those of [`Quirks::NEVER`] have no effect.
    pub quirks: Quirks,
    /// Algorithms without which some of its versions can't be talked with. They are there only if the provider has them.
    pub needs: Quirks,
    /// As a client: what a reply may carry.
    pub reply_certificates: ReplyCertificates,
    /// As a client: what it can read where a reply has no content.
    pub empty_content: EmptyContent,
    /// How GetCACert is answered, by it or for it.
    pub ca_certificates: CaCertificates,
    /// How it asks for a renewal, or can be asked, where Renewal is not stated; `None` if by RenewalReq or not at all.
    pub renewal: Option<RenewalStyle>,
    /// As a client: challenges that it can be configured with.
    pub challenge: ChallengeAlphabet,
    /// Keys that it gets along with.
    pub keys: SuitableKeys,
    /// As a client: how often it asks again, where that is known.
    pub polling: Option<Polling>,
    /// As a client: what its transactionIDs are made of, where that is known.
    pub transaction_id: Option<TransactionIdStyle>,
}

impl PeerProfile {
    /// Anybody: whatever can be taken without giving something up, and the old algorithms of a provider that has them. The
    /// default.
    pub const TOLERANT: Self = Self::new("tolerant", Quirks::SAFE.union(Quirks::LEGACY));

    /// What RFC 8894 and CMS leave open, and nothing against them.
    pub const CONFORMING: Self = Self::new("conforming", Quirks::ALLOWED);

    /// Nothing that we would do otherwise, be it allowed: the newest algorithms in strict DER.
    pub const STRICT: Self = Self::new("strict", Quirks::NONE);

    /// With this name and these quirks; in all else by the RFC.
    #[must_use]
    pub const fn new(name: &'static str, quirks: Quirks) -> Self {
        Self {
            name,
            quirks,
            needs: Quirks::NONE,
            reply_certificates: ReplyCertificates::AsGiven,
            empty_content: EmptyContent::Absent,
            ca_certificates: CaCertificates::Bundle,
            renewal: None,
            challenge: ChallengeAlphabet::Any,
            keys: SuitableKeys::Any,
            polling: None,
            transaction_id: None,
        }
    }

    /// By its name, in any letter case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|profile| profile.name.eq_ignore_ascii_case(name))
    }

    /// The same, tolerating these, too: the way to name an unsafe one.
    #[must_use]
    pub const fn tolerating(self, quirks: Quirks) -> Self {
        Self { quirks: self.quirks.union(quirks), ..self }
    }

    /// The same, refusing these.
    #[must_use]
    pub const fn refusing(self, quirks: Quirks) -> Self {
        Self { quirks: self.quirks.difference(quirks), ..self }
    }

    /// What is tolerated in effect.
    #[must_use]
    pub const fn tolerated(&self) -> Quirks {
        self.quirks.difference(Quirks::NEVER)
    }

    /// Compares what was seen with what is tolerated.
    ///
    /// # Errors
    /// The first quirk, in the order of [`Quirk::ALL`], that is not.
    pub fn check(&self, seen: Quirks) -> Result<(), Quirk> {
        seen.difference(self.tolerated()).first().map_or(Ok(()), Err)
    }

    /// The same, looking only if there is something to be refused.
    pub(crate) fn check_with(&self, see: impl FnOnce() -> Quirks) -> Result<(), Quirk> {
        if self.quirks.contains_all(Quirks::SAFE.union(Quirks::LEGACY)) { Ok(()) } else { self.check(see()) }
    }
}

impl Default for PeerProfile {
    fn default() -> Self {
        Self::TOLERANT
    }
}

impl fmt::Display for PeerProfile {
    /// The name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
