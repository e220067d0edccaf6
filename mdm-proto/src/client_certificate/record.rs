//! [`ClientRecord`]: what the service keeps of the certificates of one device.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{Certificate, CsrDigest, UnixTime, crypto::Signature};
use scep::server::UnsignedCertificate;

use crate::identity::Identity;

/// The certificates of one device: which is good, which comes next, which were. [The module](super) shows what follows on
/// what.
///
/// Keep it as one blob ([`to_der`](Self::to_der)). It is no secret, but who can change it can make certificates good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRecord {
    pub(super) identity: Identity,
    pub(super) current: Option<IssuedCertificate>,
    pub(super) next: Option<NextCertificate>,
    pub(super) retired: Vec<Retired>,
    pub(super) revoked: Option<Revocation>,
}

/// A certificate and what it was issued for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssuedCertificate {
    /// The CSR.
    pub csr: CsrDigest,
    /// The certificate.
    pub certificate: Certificate,
}

/// A certificate that was not used yet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it is signed or it is not")]
pub enum NextCertificate {
    /// It is decided on, and its signature not recorded.
    Approved {
        /// The CSR.
        csr: CsrDigest,
        /// What is to be signed.
        unsigned: UnsignedCertificate,
    },
    /// It may have been sent.
    Issued(IssuedCertificate),
}

/// A certificate that is not good any more though it may be valid: put it on the CRL if others than the service look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retired {
    /// Its serial number, as [`Certificate::serial_number`] gives it.
    pub serial: Vec<u8>,
    /// Until when it is valid.
    pub not_after: UnixTime,
    /// When it was retired.
    pub at: UnixTime,
    /// Why.
    pub because: RetiredBecause,
}

/// Why a certificate is not good any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "used or not")]
pub enum RetiredBecause {
    /// The one after it is used.
    Renewed,
    /// It was never used, and another was asked for.
    Replaced,
}

/// When a device was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revocation {
    /// Since when.
    pub at: UnixTime,
}

/// Why a step can't be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordError {
    /// The certificate is not the one that was approved; another may have been asked for since.
    NotApproved,
}

impl ClientRecord {
    /// How many retired certificates are remembered, to tell a device that it is late from one that is unknown.
    pub const MOST_RETIRED: usize = 8;

    /// Of a device without a certificate.
    #[must_use]
    pub const fn new(identity: Identity) -> Self {
        Self { identity, current: None, next: None, retired: Vec::new(), revoked: None }
    }

    /// With another user: a change that the next renewal carries into a certificate, if
    /// [`UserChange`](super::UserChange) allows. The device and the work space stay those of the record.
    #[must_use]
    pub fn with_user_of(self, identity: &Identity) -> Self {
        let (work_space, device) = (self.identity.work_space().clone(), *self.identity.device());
        let mut changed = Identity::new(identity.user().clone(), work_space, device);
        if let Some(sid) = identity.sid() {
            changed = changed.with_sid(sid.clone());
        }
        if let Some(organisation) = self.identity.organisation() {
            changed = changed.clone().with_organisation(organisation).unwrap_or(changed);
        }
        Self { identity: changed, ..self }
    }

    /// With the certificate that was approved, now signed. If it is recorded with another signature already, that stands:
    /// [`answer`](Self::answer) has the one to send.
    ///
    /// # Errors
    /// [`RecordError::NotApproved`]
    pub fn with_signed(&self, certificate: Certificate) -> Result<Self, RecordError> {
        let known = |issued: &IssuedCertificate| issued.certificate.tbs() == certificate.tbs();
        let csr = match &self.next {
            Some(NextCertificate::Approved { csr, unsigned, .. }) if unsigned.tbs() == certificate.tbs() => *csr,
            Some(NextCertificate::Issued(issued)) if known(issued) => return Ok(self.clone()),
            _ if self.current.as_ref().is_some_and(known) => return Ok(self.clone()),
            _ => return Err(RecordError::NotApproved),
        };
        let issued = IssuedCertificate { csr, certificate };
        Ok(Self { next: Some(NextCertificate::Issued(issued)), ..self.clone() })
    }

    /// Revoked: no certificate of the device is good any more, and it gets none. Revoking again changes nothing.
    ///
    /// What has to go on the CRL are [`certificates`](Self::certificates), and [`retired`](Self::retired) perhaps.
    #[must_use]
    pub fn revoke(&self, at: UnixTime) -> Self {
        Self { revoked: self.revoked.or(Some(Revocation { at })), ..self.clone() }
    }

    /// Who the device is, as the service has it now.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The certificate in use.
    #[must_use]
    pub const fn current(&self) -> Option<&IssuedCertificate> {
        self.current.as_ref()
    }

    /// The certificate that was not used yet.
    #[must_use]
    pub const fn next(&self) -> Option<&NextCertificate> {
        self.next.as_ref()
    }

    /// Those that are good: the one in use, and the next.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        let next = match &self.next {
            Some(NextCertificate::Issued(issued)) => Some(issued),
            _ => None,
        };
        self.current.iter().chain(next).map(|issued| &issued.certificate)
    }

    /// The certificate to send for this CSR.
    #[must_use]
    pub fn answer(&self, csr: &CsrDigest) -> Option<&Certificate> {
        let next = match &self.next {
            Some(NextCertificate::Issued(issued)) => Some(issued),
            _ => None,
        };
        next.into_iter().chain(&self.current).find(|issued| issued.csr == *csr).map(|issued| &issued.certificate)
    }

    /// Those that were good, the oldest first; not more than [`MOST_RETIRED`](Self::MOST_RETIRED).
    #[must_use]
    pub fn retired(&self) -> &[Retired] {
        &self.retired
    }

    /// When it was revoked.
    #[must_use]
    pub const fn revoked(&self) -> Option<Revocation> {
        self.revoked
    }

    /// With another certificate decided on; what was not used is retired.
    pub(super) fn with_approved(mut self, csr: CsrDigest, unsigned: UnsignedCertificate, at: UnixTime) -> Self {
        if let Some(replaced) = self.next.take() {
            self.retire(&replaced.certificate(), at, RetiredBecause::Replaced);
        }
        self.next = Some(NextCertificate::Approved { csr, unsigned });
        self
    }

    /// With the next certificate in use.
    pub(super) fn with_used(mut self, certificate: &Certificate, at: UnixTime) -> Self {
        let Some(next) = self.next.take() else { return self };
        if let Some(former) = self.current.take() {
            self.retire(&former.certificate, at, RetiredBecause::Renewed);
        }
        self.current = Some(IssuedCertificate { csr: *next.csr(), certificate: certificate.clone() });
        self
    }

    fn retire(&mut self, certificate: &Certificate, at: UnixTime, because: RetiredBecause) {
        if self.retired.len() >= Self::MOST_RETIRED {
            self.retired.remove(0);
        }
        let not_after = certificate.validity().not_after;
        self.retired.push(Retired { serial: certificate.serial_number().to_vec(), not_after, at, because });
    }
}

impl NextCertificate {
    /// The CSR.
    #[must_use]
    pub const fn csr(&self) -> &CsrDigest {
        match self {
            Self::Approved { csr, .. } | Self::Issued(IssuedCertificate { csr, .. }) => csr,
        }
    }

    /// The certificate; without a signature while there is none.
    #[must_use]
    pub fn certificate(&self) -> Certificate {
        match self {
            Self::Approved { unsigned, .. } => unsigned.to_be_signed().attach(Signature::new(Vec::new())),
            Self::Issued(issued) => issued.certificate.clone(),
        }
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotApproved => f.write_str("another certificate was approved: read the record again"),
        }
    }
}

impl core::error::Error for RecordError {}
