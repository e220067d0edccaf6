//! [`ClientConfig`]: what a client knows beforehand.

use alloc::string::String;

use pki_core::{Limits, crypto::CryptoProvider};

use super::{Authority, Error, Fingerprint, KnownCapabilities, Misbehaviour, PollPolicy};
use crate::peer::{PeerProfile, Quirks};

/// What a client knows beforehand (RFC 8894 section 2.1.1). Immutable, shared by any number of enrolments.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    crypto: CryptoProvider,
    ca_identifier: Option<String>,
    fingerprint: Option<Fingerprint>,
    authority: Option<Authority>,
    known: KnownCapabilities,
    poll_policy: PollPolicy,
    limits: Limits,
    peer: PeerProfile,
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
            known: KnownCapabilities::NONE,
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

    /// What this CA was last seen to state, from [`Issued::known_capabilities`](super::Issued::known_capabilities). What it no
    /// longer states is [`Error::Downgraded`](super::Error::Downgraded).
    #[must_use]
    pub fn with_known_capabilities(self, known: KnownCapabilities) -> Self {
        Self { known, ..self }
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

    pub(super) const fn known_capabilities(&self) -> KnownCapabilities {
        self.known
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
