//! The device's side: [`DeviceIdentity`].
//!
//! ```text
//!             request            receive               used
//!  current ───────────▶ pending ─────────▶ next ──────────────▶ current
//!     │                    │                 │                     │
//!     └──── stays good ────┴─────────────────┘       the former key: keys_to_delete
//! ```
//!
//! Every step gives a new state. Store it before anything is sent or deleted, and go on from what is stored after a crash: the
//! same CSR is sent again, the same certificate comes again, a key is deleted twice. Nothing is lost in between, since the
//! current certificate and its key stay until the service accepted the next.

mod encoding;
mod error;

use alloc::vec::Vec;
use core::time::Duration;

use pki_core::{
    Certificate, Csr, UnixTime,
    chain::{ChainValidator, Pool, Purpose, TrustAnchor},
    crypto::CryptoProvider,
};
use scep::server::RenewalWindow;

pub use self::error::NotAccepted;
use super::renewal::is_same_key;
use crate::{
    identity::{IdentityUris, identity_of},
    keystore::KeyHandle,
    lifecycle::RenewalStart,
};

/// What a device keeps of its client certificate: the roots that it pinned, the certificate in use, a request under way, the
/// next certificate, and keys that are to be deleted.
///
/// It has no private key: [`KeyHandle`]s are what the caller finds them by. Who can change it can change which service is
/// believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceIdentity {
    uris: IdentityUris,
    roots: Vec<Certificate>,
    current: Option<ClientKey>,
    pending: Option<PendingRequest>,
    next: Option<ClientKey>,
    unused_keys: Vec<KeyHandle>,
}

/// A certificate with its chain and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientKey {
    /// The certificate, and those that it needs to the root, which is left out.
    pub chain: Vec<Certificate>,
    /// The key.
    pub key: KeyHandle,
}

/// A request that was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingRequest {
    /// What to send, and to send again: these octets and no others, or the service takes it for another request.
    pub csr: Csr,
    /// The key that the certificate is asked for.
    pub key: KeyHandle,
}

impl DeviceIdentity {
    /// Most certificates in a chain or in the list of roots.
    pub const MOST_CERTIFICATES: usize = 16;

    /// Of a device that is to be activated.
    #[must_use]
    pub const fn new(uris: IdentityUris) -> Self {
        Self { uris, roots: Vec::new(), current: None, pending: None, next: None, unused_keys: Vec::new() }
    }

    /// With other roots: those that came with the activation, or over a connection that the ones before verified. The first
    /// [`MOST_CERTIFICATES`](Self::MOST_CERTIFICATES) count.
    #[must_use]
    pub fn with_roots(mut self, roots: impl IntoIterator<Item = Certificate>) -> Self {
        self.roots = roots.into_iter().take(Self::MOST_CERTIFICATES).collect();
        self
    }

    /// With a request to send, in the place of one that was under way.
    #[must_use]
    pub fn request(&self, csr: Csr, key: KeyHandle) -> Self {
        // What is in use again is not to be deleted.
        let mut state = self.key_deleted(&key);
        let former = state.pending.replace(PendingRequest { csr, key });
        state.discard(former.map(|former| former.key));
        state
    }

    /// With the answer to the request: the certificate, and those that it needs to a root, in any order behind it. The same
    /// answer again changes nothing.
    ///
    /// # Errors
    /// [`NotAccepted`]; the request stays.
    pub fn receive(&self, chain: &[Certificate], crypto: &CryptoProvider, now: UnixTime) -> Result<Self, NotAccepted> {
        let leaf = chain.first().ok_or(NotAccepted::NoCertificate)?;
        let Some(pending) = &self.pending else {
            let known = self.keys().any(|known| known.chain.first().map(Certificate::tbs) == Some(leaf.tbs()));
            return if known { Ok(self.clone()) } else { Err(NotAccepted::NothingPending) };
        };
        if !is_same_key(leaf.public_key(), pending.csr.public_key()) {
            return Err(NotAccepted::OtherKey);
        }
        let path = self.validate(chain, crypto, now)?;
        let identity = identity_of(leaf, &self.uris)?;
        if let Some(current) = self.current.as_ref().and_then(|current| current.chain.first()) {
            let former = identity_of(current, &self.uris)?;
            if !identity.is_same_place(&former) {
                return Err(NotAccepted::OtherIdentity { expected: former, found: identity });
            }
        }
        let mut state = self.clone();
        let key = pending.key.clone();
        state.pending = None;
        let replaced = state.next.replace(ClientKey { chain: path, key });
        state.discard(replaced.map(|replaced| replaced.key));
        Ok(state)
    }

    /// After the service accepted a connection with the next certificate. The key of the former one is to be deleted.
    #[must_use]
    pub fn used(&self) -> Self {
        let mut state = self.clone();
        if let Some(next) = state.next.take() {
            let former = state.current.replace(next);
            state.discard(former.map(|former| former.key));
        }
        state
    }

    /// After the service refused the next certificate, and took the current one: the next is given up. Request another.
    #[must_use]
    pub fn dismissed(&self) -> Self {
        let mut state = self.clone();
        let refused = state.next.take();
        state.discard(refused.map(|refused| refused.key));
        state
    }

    /// After a key was deleted, or was not found.
    #[must_use]
    pub fn key_deleted(&self, key: &KeyHandle) -> Self {
        let mut state = self.clone();
        state.unused_keys.retain(|unused| unused != key);
        state
    }

    /// The roots.
    #[must_use]
    pub fn roots(&self) -> &[Certificate] {
        &self.roots
    }

    /// What to authenticate with: the next certificate if there is one, and if that fails the current one.
    pub fn keys(&self) -> impl Iterator<Item = &ClientKey> {
        self.next.iter().chain(&self.current)
    }

    /// The certificate that the service accepted last.
    #[must_use]
    pub const fn current(&self) -> Option<&ClientKey> {
        self.current.as_ref()
    }

    /// The certificate that the service has not seen yet: connect with it.
    #[must_use]
    pub const fn next(&self) -> Option<&ClientKey> {
        self.next.as_ref()
    }

    /// The request to send.
    #[must_use]
    pub const fn pending(&self) -> Option<&PendingRequest> {
        self.pending.as_ref()
    }

    /// Keys that nothing needs any more: delete them, and say so by [`key_deleted`](Self::key_deleted).
    #[must_use]
    pub fn keys_to_delete(&self) -> &[KeyHandle] {
        &self.unused_keys
    }

    /// When to renew: never before half of the certificate's life is over, since services refuse that
    /// ([`RenewalRules::DEFAULT`](super::RenewalRules::DEFAULT)). `None` without a certificate.
    #[must_use]
    pub fn renew_at(&self, start: RenewalStart) -> Option<UnixTime> {
        let validity = self.keys().next()?.chain.first()?.validity();
        let window = match start {
            RenewalStart::Before(time) => RenewalWindow::Last(time),
            RenewalStart::PercentRemaining(percent) => RenewalWindow::LastPercent(percent),
        };
        Some(window.opens(validity).max(RenewalWindow::LastPercent(50).opens(validity)))
    }

    /// The path from the certificate up to below a pinned root.
    fn validate(
        &self,
        chain: &[Certificate],
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Vec<Certificate>, NotAccepted> {
        let leaf = chain.first().ok_or(NotAccepted::NoCertificate)?;
        let anchors: Vec<_> = self.roots.iter().cloned().map(TrustAnchor::from_certificate).collect();
        let pool: Pool = chain.iter().take(Self::MOST_CERTIFICATES).cloned().collect();
        // A clock that is a little slow is no failure of the service.
        let at = now.max(leaf.validity().not_before.min(now.plus(SKEW)));
        let validated = ChainValidator::new(anchors, *crypto).validate(leaf, &pool, Purpose::CLIENT_AUTH, at)?;
        Ok(validated.path().to_vec())
    }

    /// To be deleted, unless something still has it: a policy may let the new certificate have the old key.
    fn discard(&mut self, key: Option<KeyHandle>) {
        let Some(key) = key else { return };
        let held = self.keys().any(|held| held.key == key) || self.pending.iter().any(|held| held.key == key);
        if !held {
            KeyHandle::insert(&mut self.unused_keys, key, MOST_KEYS);
        }
    }
}

/// Most keys that are to be deleted.
const MOST_KEYS: usize = 256;
/// How slow a clock may be beside the back-dating of certificates.
const SKEW: Duration = Duration::from_secs(5 * 60);
