//! [`ClientConfig`]: what a client knows beforehand.

use alloc::{string::String, vec::Vec};

use pki_core::{Certificate, Limits, UnixTime, algorithm::KeyTransportAlgorithm, crypto::CryptoProvider};

use super::{
    AlgorithmFloor, AuthenticatedEncryption, Authority, DowngradePolicy, Error, Fingerprint, Issued, KnownCapabilities,
    Misbehaviour, NextSigner, PollPolicy, Rollover, StandardPolicy,
};
use crate::peer::{PeerProfile, Quirk, Quirks};

/// What a client knows beforehand (RFC 8894 section 2.1.1). Immutable, shared by any number of enrolments.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    crypto: CryptoProvider,
    ca_identifier: Option<String>,
    fingerprint: Option<Fingerprint>,
    rollover: Option<Rollover>,
    known: KnownCapabilities,
    downgrade_policy: DowngradePolicy,
    standard_policy: StandardPolicy,
    algorithm_floor: AlgorithmFloor,
    authenticated_encryption: Option<AuthenticatedEncryption>,
    key_transport: KeyTransportAlgorithm,
    next_signer: NextSigner,
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
            rollover: None,
            known: KnownCapabilities::NONE,
            downgrade_policy: DowngradePolicy::Refuse,
            standard_policy: StandardPolicy::Refuse,
            algorithm_floor: AlgorithmFloor::Standard,
            authenticated_encryption: None,
            key_transport: KeyTransportAlgorithm::RsaPkcs1,
            next_signer: NextSigner::Ca,
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
        self.with_rollover(Rollover::new(authority))
    }

    /// The same for a CA that is about to be followed by another: each enrolment goes to the one whose time it is, and what
    /// either signs counts as long as both are valid.
    #[must_use]
    pub fn with_rollover(self, rollover: Rollover) -> Self {
        Self { rollover: Some(rollover), ..self }
    }

    /// Whose signature on the answer to GetNextCACert counts. [`NextSigner::Ca`] by default.
    #[must_use]
    pub fn with_next_signer(self, next_signer: NextSigner) -> Self {
        Self { next_signer, ..self }
    }

    /// What this CA was last seen to state, from [`Issued::known_capabilities`](super::Issued::known_capabilities). What it no
    /// longer states is [`Error::Downgraded`](super::Error::Downgraded).
    #[must_use]
    pub fn with_known_capabilities(self, known: KnownCapabilities) -> Self {
        Self { known, ..self }
    }

    /// What to do where it no longer states that. [`DowngradePolicy::Refuse`] by default.
    #[must_use]
    pub fn with_downgrade_policy(self, downgrade_policy: DowngradePolicy) -> Self {
        Self { downgrade_policy, ..self }
    }

    /// What to do where the CA states less than SCEPStandard. [`StandardPolicy::Refuse`] by default.
    #[must_use]
    pub fn with_standard_policy(self, standard_policy: StandardPolicy) -> Self {
        Self { standard_policy, ..self }
    }

    /// The weakest algorithms for requests. [`AlgorithmFloor::Standard`] by default.
    #[must_use]
    pub fn with_algorithm_floor(self, algorithm_floor: AlgorithmFloor) -> Self {
        Self { algorithm_floor, ..self }
    }

    /// Encrypts with a cipher that authenticates, where the CA has it, too. Not done by default.
    #[must_use]
    pub fn with_authenticated_encryption(self, cipher: AuthenticatedEncryption) -> Self {
        Self { authenticated_encryption: Some(cipher), ..self }
    }

    /// How content keys are encrypted to the CA. RSAES-PKCS1-v1_5 by default, which is all that RFC 8894 section 3.1 knows;
    /// NDES reads OAEP, too.
    #[must_use]
    pub fn with_key_transport(self, key_transport: KeyTransportAlgorithm) -> Self {
        Self { key_transport, ..self }
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

    /// The authority that a transaction was begun with, by its certificates, with the RA that it has now.
    pub(super) fn known_authority(&self, certificates: &[Certificate]) -> Option<&Authority> {
        self.rollover.as_ref().and_then(|rollover| rollover.holding(certificates))
    }

    /// Those whose signature on a reply counts: `authority`'s, which was asked, and those of the other CA of a rollover.
    pub(super) fn signers(&self, authority: &Authority, now: UnixTime) -> Vec<Certificate> {
        self.authorities(authority, now).flat_map(Authority::signers).cloned().collect()
    }

    /// A certificate is below `authority` or below the other CA of a rollover: the first that it is proved to be below, or
    /// else what is made of it below `authority`.
    pub(super) fn issued_below(
        &self,
        authority: &Authority,
        now: UnixTime,
        issued: impl Fn(&Authority) -> Result<Issued, Error>,
    ) -> Result<Issued, Error> {
        let first = issued(authority);
        if first.as_ref().is_ok_and(|issued| issued.validated().is_some()) {
            return first;
        }
        let mut others = self.authorities(authority, now).skip(1).filter_map(|other| issued(other).ok());
        others.find(|issued| issued.validated().is_some()).map_or(first, Ok)
    }

    /// What is so below `authority`, or below the other CA of a rollover; why not below `authority`, if below none.
    pub(super) fn first_of<T, E>(
        &self,
        authority: &Authority,
        now: UnixTime,
        judge: impl Fn(&Authority) -> Result<T, E>,
    ) -> Result<T, E> {
        let others = self.authorities(authority, now).skip(1);
        judge(authority).or_else(|error| others.map(&judge).find_map(Result::ok).ok_or(error))
    }

    fn authorities<'a>(&'a self, authority: &'a Authority, now: UnixTime) -> impl Iterator<Item = &'a Authority> {
        let accepted = self.rollover.iter().flat_map(move |rollover| rollover.accepted(now));
        core::iter::once(authority).chain(accepted.filter(move |other| *other != authority))
    }

    /// The authority to begin with at this time.
    pub(super) fn authority(&self, now: UnixTime) -> Option<&Authority> {
        self.rollover.as_ref().map(|rollover| rollover.at(now))
    }

    pub(super) fn next_signer(&self) -> NextSigner {
        if self.peer.tolerated().contains(Quirk::NextAuthorityByRa) { NextSigner::CaOrRa } else { self.next_signer }
    }

    pub(super) const fn known_capabilities(&self) -> KnownCapabilities {
        self.known
    }

    pub(super) const fn downgrade_policy(&self) -> DowngradePolicy {
        self.downgrade_policy
    }

    pub(super) const fn standard_policy(&self) -> StandardPolicy {
        self.standard_policy
    }

    pub(super) const fn algorithm_floor(&self) -> AlgorithmFloor {
        self.algorithm_floor
    }

    pub(super) const fn authenticated_encryption(&self) -> Option<&AuthenticatedEncryption> {
        self.authenticated_encryption.as_ref()
    }

    pub(super) const fn key_transport(&self) -> KeyTransportAlgorithm {
        self.key_transport
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
