//! [`ClientConfig`]: what a client knows beforehand.

use alloc::string::String;
use core::time::Duration;

use pki_core::{Limits, UnixTime, crypto::CryptoProvider};

use super::{Authority, Error, Fingerprint, Misbehaviour};
use crate::peer::{PeerProfile, Quirks};

/// What a client knows beforehand (RFC 8894 section 2.1.1). Immutable, shared by any number of enrolments.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    crypto: CryptoProvider,
    ca_identifier: Option<String>,
    fingerprint: Option<Fingerprint>,
    authority: Option<Authority>,
    poll_policy: PollPolicy,
    limits: Limits,
    peer: PeerProfile,
}

/// When to ask again, and when to give up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by struct update syntax")]
pub struct PollPolicy {
    /// Wait before the first poll; each further wait is twice as long. Default one minute.
    pub first: Duration,
    /// Longest wait. Default one hour.
    pub longest: Duration,
    /// Time from the first PENDING after which there is no further poll. Default seven days.
    pub deadline: Duration,
    /// Most polls. Default 1,000.
    pub limit: u32,
}

impl ClientConfig {
    /// With nothing known but the algorithms that may be used.
    #[must_use]
    pub const fn new(crypto: CryptoProvider) -> Self {
        Self {
            crypto,
            ca_identifier: None,
            fingerprint: None,
            authority: None,
            poll_policy: PollPolicy::DEFAULT,
            limits: Limits::DEFAULT,
            peer: PeerProfile::TOLERANT,
        }
    }

    /// The name of the CA behind the URL, sent as `message` of GetCACaps and GetCACert: for servers with several CAs. NDES
    /// wants any.
    #[must_use]
    pub fn with_ca_identifier(self, identifier: impl Into<String>) -> Self {
        Self { ca_identifier: Some(identifier.into()), ..self }
    }

    /// Pins the CA: its certificate, or one of the certificates that GetCACert gives, has this fingerprint. There will be no
    /// [`ConfirmAuthority`](super::ConfirmAuthority) step.
    ///
    /// A registration authority is believed if the pinned CA issued its certificate, for signing or encryption and, where it
    /// has an extendedKeyUsage, as an agent. A CA that gives devices certificates without extendedKeyUsage lets each of them
    /// stand in for the RA on a network that it controls: use HTTPS, or [`ClientConfig::with_authority`], there.
    #[must_use]
    pub fn with_fingerprint(self, fingerprint: Fingerprint) -> Self {
        Self { fingerprint: Some(fingerprint), ..self }
    }

    /// Gives the CA's certificates, known out of band (RFC 8894 section 2.2): GetCACert is skipped, and so is confirmation.
    #[must_use]
    pub fn with_authority(self, authority: Authority) -> Self {
        Self { authority: Some(authority), ..self }
    }

    /// Replaces the poll policy.
    #[must_use]
    pub fn with_poll_policy(self, poll_policy: PollPolicy) -> Self {
        Self { poll_policy, ..self }
    }

    /// Replaces the limits on what is read.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Says who the CA is: what is tolerated of it, and how it wants to be asked. [`PeerProfile::TOLERANT`] unless said.
    #[must_use]
    pub fn with_peer(self, peer: PeerProfile) -> Self {
        Self { peer, ..self }
    }

    /// The algorithms that may be used.
    #[must_use]
    pub const fn crypto(&self) -> &CryptoProvider {
        &self.crypto
    }

    pub(super) fn ca_identifier(&self) -> Option<&str> {
        self.ca_identifier.as_deref()
    }

    pub(super) const fn fingerprint(&self) -> Option<&Fingerprint> {
        self.fingerprint.as_ref()
    }

    pub(super) const fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    pub(super) const fn poll_policy(&self) -> PollPolicy {
        self.poll_policy
    }

    pub(super) const fn peer(&self) -> &PeerProfile {
        &self.peer
    }

    /// Compares what deviates with the profile.
    pub(super) fn check_quirks(&self, see: impl FnOnce() -> Quirks) -> Result<(), Error> {
        Ok(self.peer.check_with(see).map_err(Misbehaviour::Quirk)?)
    }

    pub(super) const fn limits(&self) -> Limits {
        self.limits
    }
}

impl PollPolicy {
    /// The defaults above.
    pub const DEFAULT: Self = Self {
        first: Duration::from_secs(60),
        longest: Duration::from_secs(3600),
        deadline: Duration::from_secs(7 * 86_400),
        limit: 1000,
    };

    /// When the next poll is due, `polls` having been made since the first PENDING at `since`; `None` if there is to be none.
    pub(super) fn next(&self, polls: u32, since: UnixTime, now: UnixTime) -> Option<UnixTime> {
        if polls >= self.limit {
            return None;
        }
        let wait = self.first.saturating_mul(2_u32.saturating_pow(polls)).min(self.longest);
        let next = now.plus(wait);
        (next <= since.plus(self.deadline)).then_some(next)
    }
}

impl Default for PollPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scep_2_5_1_05_polling_backs_off_and_ends() {
        let policy = PollPolicy::DEFAULT;
        let start = UnixTime::from_seconds(1_000_000);
        let (mut now, mut waits, mut polls) = (start, alloc::vec![], 0);
        while let Some(next) = policy.next(polls, start, now) {
            waits.push(next.as_seconds() - now.as_seconds());
            now = next;
            polls += 1;
        }
        assert_eq!(waits[..8], [60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert!(now <= start.plus(policy.deadline));
        // 3780 s for the first six waits, then one an hour within seven days.
        assert_eq!(polls, 6 + (7 * 86_400 - 3780) / 3600);
        assert_eq!(PollPolicy { limit: 3, ..policy }.next(3, start, start), None);
        assert!(policy.next(999, start, start).is_some());
    }
}
