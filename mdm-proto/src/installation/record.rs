//! [`Installation`]: what the service keeps of its authorities and its server certificate.

use alloc::vec::Vec;

use pki_core::{
    Certificate, UnixTime,
    chain::{ChainValidator, Pool, TrustAnchor},
    crypto::CryptoProvider,
};

use super::{Authority, Schedule, StepError};
use crate::keystore::KeyHandle;

/// The authorities of an installation and its server certificate. [The module](super) shows the steps.
///
/// Keep it as one blob ([`to_der`](Self::to_der)). It has no private key, but who can change it can change whom devices
/// believe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    pub(super) current: Authority,
    pub(super) next: Option<(Authority, UnixTime)>,
    pub(super) former: Vec<Former>,
    pub(super) server: Option<ServerKey>,
}

/// A root that issues no more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Former {
    /// The root.
    pub authority: Authority,
    /// When the last client certificate under it ends.
    pub until: UnixTime,
}

/// The server certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerKey {
    /// The certificate.
    pub certificate: Certificate,
    /// Its key.
    pub key: KeyHandle,
    /// The [generation](Authority::generation) that issued it.
    pub generation: u32,
}

impl Installation {
    /// Most roots that issue no more and are still kept.
    pub const MOST_FORMER: usize = 4;

    /// Most cross certificates of one root.
    pub const MOST_CROSS: usize = 4;

    /// Of a new installation, without a server certificate.
    #[must_use]
    pub fn new(authority: Authority) -> Self {
        let current = Authority { generation: 1, ..authority };
        Self { current, next: None, former: Vec::new(), server: None }
    }

    /// With a server certificate by one of its authorities, in the place of the one before.
    ///
    /// # Errors
    /// [`StepError::NotIssuedHere`]
    pub fn with_server(
        &self,
        certificate: Certificate,
        key: KeyHandle,
        crypto: &CryptoProvider,
    ) -> Result<Self, StepError> {
        let issuer = self.authorities().find(|authority| authority.issued(&certificate, crypto));
        let generation = issuer.ok_or(StepError::NotIssuedHere)?.generation;
        Ok(Self { server: Some(ServerKey { certificate, key, generation }), ..self.clone() })
    }

    /// With a next root, which is handed out from now on.
    ///
    /// # Errors
    /// [`StepError::UnderWay`]
    pub fn begin_rollover(&self, next: Authority, now: UnixTime) -> Result<Self, StepError> {
        if self.next.is_some() {
            return Err(StepError::UnderWay);
        }
        let next = Authority { generation: self.current.generation.saturating_add(1), ..next };
        Ok(Self { next: Some((next, now)), ..self.clone() })
    }

    /// With a cross certificate, made by [`RootProfile::cross`](super::RootProfile::cross) in either direction. The same again
    /// changes nothing.
    ///
    /// # Errors
    /// - [`StepError::NotIssuedHere`] if it is not for the name and key of a root, signed by another.
    /// - [`StepError::TooManyRoots`] if a root has too many.
    pub fn add_cross(&self, certificate: Certificate, crypto: &CryptoProvider) -> Result<Self, StepError> {
        let signed = |authority: &Authority| {
            certificate.issuer().matches(authority.root.subject())
                && certificate.verify_signature(authority.root.public_key(), crypto).is_ok()
        };
        let signer = self.authorities().find(|authority| signed(authority)).ok_or(StepError::NotIssuedHere)?.generation;
        let mut record = self.clone();
        let subject = record.authorities_mut().find(|authority| {
            authority.generation != signer
                && authority.root.subject().matches(certificate.subject())
                && authority.root.public_key() == certificate.public_key()
        });
        let subject = subject.ok_or(StepError::NotIssuedHere)?;
        if subject.cross.contains(&certificate) {
            return Ok(record);
        }
        if subject.cross.len() >= Self::MOST_CROSS {
            return Err(StepError::TooManyRoots);
        }
        subject.cross.push(certificate);
        Ok(record)
    }

    /// With the next root issuing from now on. What the former one issued is good until it ends, which by the schedule is a
    /// client certificate's lifetime from now at the latest.
    ///
    /// # Errors
    /// [`StepError::NothingUnderWay`], [`StepError::TooManyRoots`].
    pub fn switch(&self, schedule: &Schedule, now: UnixTime) -> Result<Self, StepError> {
        let mut record = self.clone();
        let (next, _) = record.next.take().ok_or(StepError::NothingUnderWay)?;
        if record.former.len() >= Self::MOST_FORMER {
            return Err(StepError::TooManyRoots);
        }
        let until = now.plus(schedule.client_lifetime()).min(self.current.end());
        let authority = core::mem::replace(&mut record.current, next);
        record.former.push(Former { authority, until });
        Ok(record)
    }

    /// With another end for the client certificates under a former root, as the caller's database says: sooner, where all
    /// devices have renewed.
    ///
    /// # Errors
    /// [`StepError::UnknownGeneration`]
    pub fn with_clients_until(&self, generation: u32, until: UnixTime) -> Result<Self, StepError> {
        let mut record = self.clone();
        let former = record.former.iter_mut().find(|former| former.authority.generation == generation);
        former.ok_or(StepError::UnknownGeneration)?.until = until;
        Ok(record)
    }

    /// Without a former root. Its key is to be deleted.
    ///
    /// # Errors
    /// - [`StepError::UnknownGeneration`]
    /// - [`StepError::StillNeeded`] while the server certificate is under it, or a client certificate may be.
    pub fn retire(&self, generation: u32, now: UnixTime) -> Result<Self, StepError> {
        let former = self.former.iter().find(|former| former.authority.generation == generation);
        let former = former.ok_or(StepError::UnknownGeneration)?;
        if !self.is_free(former, now) {
            return Err(StepError::StillNeeded);
        }
        let mut record = self.clone();
        record.former.retain(|former| former.authority.generation != generation);
        Ok(record)
    }

    /// The authority that issues.
    #[must_use]
    pub const fn current(&self) -> &Authority {
        &self.current
    }

    /// The one that will.
    #[must_use]
    pub fn next(&self) -> Option<&Authority> {
        self.next.as_ref().map(|(next, _)| next)
    }

    /// Those that did, the oldest first.
    #[must_use]
    pub fn former(&self) -> &[Former] {
        &self.former
    }

    /// The server certificate.
    #[must_use]
    pub const fn server(&self) -> Option<&ServerKey> {
        self.server.as_ref()
    }

    /// The roots for devices to pin, all of them: the current one first.
    #[must_use]
    pub fn roots(&self) -> Vec<Certificate> {
        self.authorities().map(|authority| authority.root.clone()).collect()
    }

    /// What the server sends in TLS: its certificate, and those that lead to any root that a device may know.
    #[must_use]
    pub fn server_chain(&self) -> Vec<Certificate> {
        let Some(server) = &self.server else { return Vec::new() };
        let authority = self.authorities().find(|authority| authority.generation == server.generation);
        let above = authority.into_iter().flat_map(Authority::intermediates);
        core::iter::once(&server.certificate).chain(above).cloned().collect()
    }

    /// What validates client certificates. Add what says whether they are revoked to the pool, if the records of clients don't.
    #[must_use]
    pub fn client_validator(&self, crypto: CryptoProvider) -> (ChainValidator, Pool) {
        let anchors: Vec<_> = self.roots().into_iter().map(TrustAnchor::from_certificate).collect();
        let pool = self.authorities().flat_map(Authority::intermediates).cloned().collect();
        (ChainValidator::new(anchors, crypto), pool)
    }

    pub(super) fn is_free(&self, former: &Former, now: UnixTime) -> bool {
        let serves = self.server.as_ref().is_some_and(|server| server.generation == former.authority.generation);
        !serves && now > former.until
    }

    pub(super) fn authorities(&self) -> impl Iterator<Item = &Authority> {
        let next = self.next.as_ref().map(|(next, _)| next);
        core::iter::once(&self.current).chain(next).chain(self.former.iter().map(|former| &former.authority))
    }

    fn authorities_mut(&mut self) -> impl Iterator<Item = &mut Authority> {
        let next = self.next.as_mut().map(|(next, _)| next);
        let former = self.former.iter_mut().map(|former| &mut former.authority);
        core::iter::once(&mut self.current).chain(next).chain(former)
    }
}
