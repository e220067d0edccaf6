//! [`Authority`].

use alloc::vec::Vec;

use pki_core::{Certificate, UnixTime, crypto::CryptoProvider};

use crate::keystore::KeyHandle;

/// A root with its key, and an issuing CA below it or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    pub(super) generation: u32,
    pub(super) root: Certificate,
    pub(super) root_key: KeyHandle,
    pub(super) issuing: Option<(Certificate, KeyHandle)>,
    pub(super) cross: Vec<Certificate>,
}

impl Authority {
    /// A root that issues itself.
    #[must_use]
    pub const fn new(root: Certificate, key: KeyHandle) -> Self {
        Self { generation: 0, root, root_key: key, issuing: None, cross: Vec::new() }
    }

    /// With an issuing CA.
    #[must_use]
    pub fn with_issuing_ca(self, certificate: Certificate, key: KeyHandle) -> Self {
        Self { issuing: Some((certificate, key)), ..self }
    }

    /// Which one of an installation: the first is 1.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// The root.
    #[must_use]
    pub const fn root(&self) -> &Certificate {
        &self.root
    }

    /// The root's key.
    #[must_use]
    pub const fn root_key(&self) -> &KeyHandle {
        &self.root_key
    }

    /// The CA that issues: the issuing CA, or the root.
    #[must_use]
    pub fn issuer(&self) -> &Certificate {
        self.issuing.as_ref().map_or(&self.root, |(certificate, _)| certificate)
    }

    /// Its key.
    #[must_use]
    pub fn issuer_key(&self) -> &KeyHandle {
        self.issuing.as_ref().map_or(&self.root_key, |(_, key)| key)
    }

    /// Certificates for the name and the key of this root, signed by those of other generations.
    #[must_use]
    pub fn cross(&self) -> &[Certificate] {
        &self.cross
    }

    /// Until when it can issue.
    #[must_use]
    pub fn end(&self) -> UnixTime {
        self.issuer().validity().not_after.min(self.root.validity().not_after)
    }

    /// What a path to its root, or through a cross certificate to another, may need.
    pub(super) fn intermediates(&self) -> impl Iterator<Item = &Certificate> {
        self.issuing.iter().map(|(certificate, _)| certificate).chain(&self.cross)
    }

    pub(super) fn issued(&self, certificate: &Certificate, crypto: &CryptoProvider) -> bool {
        let issuer = self.issuer();
        certificate.issuer().matches(issuer.subject())
            && certificate.verify_signature(issuer.public_key(), crypto).is_ok()
    }
}
