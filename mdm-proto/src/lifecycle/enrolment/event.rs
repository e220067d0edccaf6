//! [`EnrolmentEvent`], and what follows on what.

use core::fmt;

use pki_core::{CsrDigest, UnixTime, crl::RevocationReason};
use scep::TransactionId;

use super::{Enrolment, EnrolmentState as State, IssuedCertificate, Request};
use crate::lifecycle::{Attempts, FailureClass};

/// What has happened to an enrolment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnrolmentEvent {
    /// The profile was assigned again.
    Assigned,
    /// A challenge was issued for it.
    ChallengeIssued {
        /// Its last second.
        expires: UnixTime,
    },
    /// The device has the profile and the challenge.
    Delivered,
    /// The certificate has ended.
    Expired,
    /// It did not work.
    Failed(FailureClass),
    /// The device has the certificate with this SHA-256, as `CertificateList`, a status or a thumbprint says.
    Installed {
        /// Of the certificate.
        thumbprint: [u8; 32],
    },
    /// The certificate was issued in this transaction.
    Issued {
        /// In which.
        transaction: TransactionId,
        /// The certificate.
        certificate: IssuedCertificate,
    },
    /// It is not on hold any longer.
    Reinstated,
    /// It is to be renewed.
    RenewDue,
    /// The device has asked for a certificate.
    Requested {
        /// In which transaction.
        transaction: TransactionId,
        /// By which CSR.
        csr: CsrDigest,
    },
    /// It is revoked.
    Revoked(Option<RevocationReason>),
    /// The profile was taken away.
    Unassigned,
}

/// What comes of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "it changes something or nothing")]
pub enum Applied {
    /// Store this in the place of what was there.
    Changed(Enrolment),
    /// It was known, or is overtaken. A request is answered as it was before.
    Unchanged,
}

/// Why an event can't be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EnrolmentConflict {
    /// The challenge has ended: issue another one. It is no failure of the device.
    ChallengeExpired,
    /// Another certificate than the one that was issued.
    DifferentCertificate,
    /// The transactionID belongs to another CSR.
    DifferentRequest,
    /// There is no certificate that it could be about.
    NoCertificate,
    /// The certificate has not ended.
    NotExpired,
    /// Nothing that has to come before has come.
    OutOfOrder,
    /// The profile was taken away.
    Unassigned,
    /// The certificate was asked for in another transaction, or in none.
    UnknownTransaction,
}

use EnrolmentConflict as Conflict;

impl Enrolment {
    /// What comes of an event at `now`.
    ///
    /// # Errors
    /// [`EnrolmentConflict`]. Nothing changes then.
    pub fn apply(&self, event: EnrolmentEvent, now: UnixTime) -> Result<Applied, EnrolmentConflict> {
        if self.state == State::Orphaned && !matches!(event, EnrolmentEvent::Assigned | EnrolmentEvent::Unassigned) {
            return Err(Conflict::Unassigned);
        }
        let next = match event {
            EnrolmentEvent::Assigned => self.assigned(),
            EnrolmentEvent::ChallengeIssued { expires } => self.challenge_issued(expires),
            EnrolmentEvent::Delivered => self.delivered(now)?,
            EnrolmentEvent::Expired => self.expired(now)?,
            EnrolmentEvent::Failed(class) => self.failed(class)?,
            EnrolmentEvent::Installed { thumbprint } => self.installed(&thumbprint)?,
            EnrolmentEvent::Issued { transaction, certificate } => self.issued(&transaction, certificate)?,
            EnrolmentEvent::Reinstated => self.reinstated()?,
            EnrolmentEvent::RenewDue => self.renew_due()?,
            EnrolmentEvent::Requested { transaction, csr } => self.requested(Request { transaction, csr }, now)?,
            EnrolmentEvent::Revoked(reason) => self.revoked(reason)?,
            EnrolmentEvent::Unassigned => Self { state: State::Orphaned, challenge: None, ..self.clone() },
        };
        Ok(if next == *self { Applied::Unchanged } else { Applied::Changed(Self { changed: now, ..next }) })
    }

    fn to(&self, state: State) -> Self {
        Self { state, ..self.clone() }
    }

    fn assigned(&self) -> Self {
        match (&self.state, &self.certificate) {
            (State::Orphaned, Some(_)) => self.to(State::Installed),
            (State::Orphaned, None) => self.to(State::None),
            _ => self.clone(),
        }
    }

    fn challenge_issued(&self, expires: UnixTime) -> Self {
        if self.challenge == Some(expires) && matches!(self.state, State::ChallengeIssued | State::Delivered) {
            return self.clone();
        }
        Self { challenge: Some(expires), ..self.to(State::ChallengeIssued) }
    }

    fn delivered(&self, now: UnixTime) -> Result<Self, Conflict> {
        match self.state {
            State::ChallengeIssued if self.challenge.is_some_and(|expires| now > expires) => {
                Err(Conflict::ChallengeExpired)
            }
            State::ChallengeIssued => Ok(self.to(State::Delivered)),
            State::None | State::Failed(_) | State::Expired | State::Revoked(_) => Err(Conflict::OutOfOrder),
            // The report was overtaken.
            _ => Ok(self.clone()),
        }
    }

    fn requested(&self, request: Request, now: UnixTime) -> Result<Self, Conflict> {
        // It is over when it failed or when something new is to begin, and clients of the drafts begin it again: their
        // transactionID is made of the key.
        let is_live = matches!(self.state, State::Requested | State::Issued | State::Installed);
        let known = self.request.as_ref().filter(|known| is_live && known.transaction == request.transaction);
        if let Some(known) = known {
            return if known.csr == request.csr { Ok(self.clone()) } else { Err(Conflict::DifferentRequest) };
        }
        let may_renew = match self.state {
            State::Expired | State::Revoked(_) | State::None => false,
            _ => self.certificate.as_ref().is_some_and(|certificate| now <= certificate.not_after),
        };
        match self.challenge {
            Some(expires) if now <= expires => {}
            _ if may_renew => {}
            Some(_) => return Err(Conflict::ChallengeExpired),
            None => return Err(Conflict::OutOfOrder),
        }
        Ok(Self { request: Some(request), ..self.to(State::Requested) })
    }

    fn issued(&self, transaction: &TransactionId, certificate: IssuedCertificate) -> Result<Self, Conflict> {
        if self.transaction() != Some(transaction) {
            return Err(Conflict::UnknownTransaction);
        }
        match self.state {
            State::Requested => {
                let next = self.to(State::Issued);
                Ok(Self { certificate: Some(certificate), challenge: None, failures: 0, ..next })
            }
            // Another challenge is on its way, or it was reported by then.
            _ if self.certificate.as_ref() == Some(&certificate) => Ok(self.clone()),
            State::Issued | State::Installed | State::RenewDue => Err(Conflict::DifferentCertificate),
            _ => Err(Conflict::OutOfOrder),
        }
    }

    fn installed(&self, thumbprint: &[u8; 32]) -> Result<Self, Conflict> {
        let certificate = self.certificate.as_ref().ok_or(Conflict::NoCertificate)?;
        if certificate.thumbprint != *thumbprint {
            return Err(Conflict::DifferentCertificate);
        }
        Ok(if self.state == State::Issued { self.to(State::Installed) } else { self.clone() })
    }

    fn renew_due(&self) -> Result<Self, Conflict> {
        match (&self.state, &self.certificate) {
            (State::Issued | State::Installed, _) => Ok(self.to(State::RenewDue)),
            (_, None) => Err(Conflict::NoCertificate),
            // It is under way, or too late.
            _ => Ok(self.clone()),
        }
    }

    fn failed(&self, class: FailureClass) -> Result<Self, Conflict> {
        match self.state {
            State::ChallengeIssued | State::Delivered | State::Requested => {
                let failures =
                    Attempts { failures: self.failures, ..Attempts::NONE }.failed(class, self.changed).failures;
                let challenge = self.challenge.filter(|_| class != FailureClass::ChallengeExpired);
                Ok(Self { failures, challenge, ..self.to(State::Failed(class)) })
            }
            State::Failed(known) if known == class => Ok(self.clone()),
            _ => Err(Conflict::OutOfOrder),
        }
    }

    fn expired(&self, now: UnixTime) -> Result<Self, Conflict> {
        let Some(certificate) = &self.certificate else {
            let is_known = self.state == State::Expired || self.is_under_way();
            return if is_known { Ok(self.clone()) } else { Err(Conflict::NoCertificate) };
        };
        if now <= certificate.not_after {
            return Err(Conflict::NotExpired);
        }
        Ok(self.without_certificate(State::Expired))
    }

    fn revoked(&self, reason: Option<RevocationReason>) -> Result<Self, Conflict> {
        if self.certificate.is_none() {
            let is_known = matches!(self.state, State::Revoked(_)) || self.is_under_way();
            return if is_known { Ok(self.clone()) } else { Err(Conflict::NoCertificate) };
        }
        if reason == Some(RevocationReason::CertificateHold) && !self.is_under_way() {
            return Ok(self.to(State::Revoked(reason)));
        }
        Ok(self.without_certificate(State::Revoked(reason)))
    }

    fn reinstated(&self) -> Result<Self, Conflict> {
        match (&self.state, &self.certificate) {
            (State::Revoked(Some(RevocationReason::CertificateHold)), Some(_)) => Ok(self.to(State::Installed)),
            (State::Issued | State::Installed | State::RenewDue, _) => Ok(self.clone()),
            _ => Err(Conflict::OutOfOrder),
        }
    }

    /// Without the certificate, which is of no use any more. What is under way goes on.
    fn without_certificate(&self, state: State) -> Self {
        let state = if self.is_under_way() { self.state.clone() } else { state };
        Self { certificate: None, ..self.to(state) }
    }

    const fn is_under_way(&self) -> bool {
        matches!(self.state, State::ChallengeIssued | State::Delivered | State::Requested)
    }
}

impl fmt::Display for EnrolmentConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ChallengeExpired => "the challenge has ended: issue another one",
            Self::DifferentCertificate => "it is another certificate than the one that was issued",
            Self::DifferentRequest => "the transactionID belongs to another CSR",
            Self::NoCertificate => "there is no certificate",
            Self::NotExpired => "the certificate has not ended",
            Self::OutOfOrder => "what has to come before has not come",
            Self::Unassigned => "the profile was taken away",
            Self::UnknownTransaction => "it was asked for in another transaction",
        })
    }
}

impl core::error::Error for EnrolmentConflict {}
