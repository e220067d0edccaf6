//! [`RequestReceived`]: the proof of the password and the CSR come, and the certificate goes.

use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};
use core::fmt;

use pki_core::{Certificate, Csr, UnixTime};
use spake2plus::ShareP;

use super::{Service, Unwritten, attempt::Runs, digest};
use crate::activation::password::{
    ActivationRecord, IssueError, Refusal, RefusalReason, ServiceError,
    identifier::{DeviceName, UserId},
    keys::{Keys, SealingKey, Transcript},
    message::{
        LARGEST_TO_DEVICE, Message, Request,
        content::{Content, Issued, MOST_CERTIFICATES, is_https},
    },
    record::State,
    spake::Suite,
};

/// A device says that it knows the password, and asks for a certificate.
#[must_use]
#[derive(Debug)]
pub struct RequestReceived {
    pub(super) service: Service,
    pub(super) request: Request,
    pub(super) point: ShareP<Suite>,
}

/// What a request comes to.
#[must_use]
#[derive(Debug)]
#[non_exhaustive]
pub enum Opened {
    /// The very same was answered before, and the answer may not have arrived. Here it is again.
    Answered(Vec<u8>),
    /// The device knows the password.
    Confirmed(Confirmed),
}

/// A device that has proven the password, and its CSR, whose signature verifies. Decide on the certificate: its content is the
/// service's, from its records of user, work space and device; the CSR gives the key.
///
/// Nothing has been written so far. Where two replicas decide on one request at once, both may make a certificate; the one
/// whose record is written first stands, the other certificate is to be thrown away.
#[must_use]
pub struct Confirmed {
    record: Box<ActivationRecord>,
    device: DeviceName,
    csr: Csr,
    request: [u8; 32],
    key: SealingKey,
    transcript: Transcript,
}

/// What a device is given, all of it in one authenticated message.
#[derive(Clone, Debug)]
pub struct Activated {
    certificate: Certificate,
    roots: Vec<Certificate>,
    chain: Vec<Certificate>,
    url: String,
}

impl RequestReceived {
    /// Whose password.
    #[must_use]
    pub const fn user(&self) -> &UserId {
        &self.request.share.sender.user
    }

    /// Which device it says that it is.
    #[must_use]
    pub const fn device(&self) -> &DeviceName {
        &self.request.share.sender.device
    }

    /// Checks the proof, and opens the CSR. Nothing is written.
    ///
    /// # Errors
    /// [`Refusal`], whose reply goes to the device:
    /// - [`ServiceError::NotCounted`], [`ServiceError::TimedOut`], [`ServiceError::NotConfirmed`]: one and the same reply.
    /// - [`ServiceError::Csr`], [`ServiceError::CsrSignature`]: the device has proven the password, and learns the reason.
    pub fn open(&self, record: Option<&ActivationRecord>, now: UnixTime) -> Result<Opened, Refusal> {
        let request = digest(&Message::request(&self.request));
        if let Some(answer) = self.earlier_answer(record, &request, now) {
            return Ok(Opened::Answered(answer));
        }
        let (record, keys, agreement) = self.confirm(record, now).map_err(Refusal::silent)?;
        let opening = agreement.then_opening(&self.request.share, self.request.confirmation);
        let csr = keys.to_service.open(&opening, &self.request.sealed);
        let csr = csr.ok_or_else(|| Refusal::silent(ServiceError::NotConfirmed))?;
        let (key, transcript) = (keys.to_device, agreement.then_request(&self.request));
        let refused = |cause| {
            let sealed = key.seal(&transcript, &Content::Refused(RefusalReason::Csr).to_der());
            Refusal { cause, reply: sealed.map_or_else(Message::failure, |sealed| Message::answer(&sealed)) }
        };
        let csr = Csr::from_der(csr.expose()).map_err(|error| refused(ServiceError::Csr(error)))?;
        csr.verify(&self.service.0.crypto).map_err(|error| refused(ServiceError::CsrSignature(error)))?;
        let device = self.device().clone();
        Ok(Opened::Confirmed(Confirmed { record: Box::new(record.clone()), device, csr, request, key, transcript }))
    }

    /// The keys of the run that this request belongs to. As much is computed where there is none.
    fn confirm<'a>(
        &'a self,
        record: Option<&'a ActivationRecord>,
        now: UnixTime,
    ) -> Result<(&'a ActivationRecord, Keys, Transcript), ServiceError> {
        let Request { share, confirmation, .. } = &self.request;
        let runs = Runs::new(&self.service, share, &self.point, record);
        let attempt = runs.record.and_then(|record| Some((record, record.find(&runs.share)?)));
        let run = attempt.and_then(|(_, attempt)| runs.real(&attempt.nonce)).or_else(|| runs.false_one());
        let run = run.ok_or(ServiceError::NotConfirmed)?;
        let agreement = Transcript::of_agreement(&runs.parameters, share, &run.proof);
        let keys = run.finish(confirmation).and_then(|shared| Keys::new(&shared, &agreement));
        let (record, attempt) = attempt.ok_or(ServiceError::NotCounted)?;
        if now > attempt.at.plus(self.service.0.attempt_lifetime) {
            return Err(ServiceError::TimedOut);
        }
        Ok((record, keys.ok_or(ServiceError::NotConfirmed)?, agreement))
    }

    fn earlier_answer(&self, record: Option<&ActivationRecord>, this: &[u8; 32], now: UnixTime) -> Option<Vec<u8>> {
        match &super::of_user(record, &self.request.share.sender.user)?.state {
            State::Activated { at, request, answer, .. } if request == this && now <= at.plus(self.service.0.grace) => {
                Some(answer.clone())
            }
            _ => None,
        }
    }
}

impl Confirmed {
    /// Whose password it was.
    #[must_use]
    pub fn user(&self) -> &UserId {
        self.record.user()
    }

    /// Which device it says that it is. Who knows the password may say anything: the service's records decide.
    #[must_use]
    pub const fn device(&self) -> &DeviceName {
        &self.device
    }

    /// What it asks for. The signature verifies: the device has the key.
    #[must_use]
    pub const fn csr(&self) -> &Csr {
        &self.csr
    }

    /// Answers with a certificate, and with that the password is used up.
    ///
    /// # Errors
    /// All of [`IssueError`]: the caller's, and nothing has happened.
    pub fn issue(&self, activated: &Activated, now: UnixTime) -> Result<Unwritten, IssueError> {
        activated.check(&self.csr)?;
        let Activated { certificate, roots, chain, url } = activated.clone();
        let content = Content::Issued(Issued { certificate, roots, chain, url }).to_der();
        let sealed = self.key.seal(&self.transcript, &content).ok_or(IssueError::TooLarge)?;
        let reply = Message::answer(&sealed);
        if reply.len() > LARGEST_TO_DEVICE {
            return Err(IssueError::TooLarge);
        }
        let record = self.record.activated(self.device.clone(), now, self.request, reply.clone());
        Ok(Unwritten::new(record, reply))
    }

    /// Answers that there will be no certificate. The password can still be used; the attempt stays counted.
    #[must_use]
    pub fn refuse(&self, reason: RefusalReason) -> Vec<u8> {
        let sealed = self.key.seal(&self.transcript, &Content::Refused(reason).to_der());
        sealed.map_or_else(Message::failure, |sealed| Message::answer(&sealed))
    }
}

impl Activated {
    /// The device's certificate, the root under which both sides authenticate from now on, and the URL of the service behind
    /// it.
    #[must_use]
    pub fn new(certificate: Certificate, root: Certificate, url: &str) -> Self {
        Self { certificate, roots: alloc::vec![root], chain: Vec::new(), url: url.to_owned() }
    }

    /// With another root beside, in a rollover.
    #[must_use]
    pub fn add_root(mut self, root: Certificate) -> Self {
        self.roots.push(root);
        self
    }

    /// With the certificates between the device's and the root.
    #[must_use]
    pub fn with_chain(self, chain: Vec<Certificate>) -> Self {
        Self { chain, ..self }
    }

    fn check(&self, csr: &Csr) -> Result<(), IssueError> {
        if self.certificate.public_key() != csr.public_key() {
            return Err(IssueError::CertificateMismatch);
        }
        if self.roots.len() > MOST_CERTIFICATES || self.chain.len() > MOST_CERTIFICATES {
            return Err(IssueError::TooLarge);
        }
        if is_https(&self.url) { Ok(()) } else { Err(IssueError::Url) }
    }
}

impl Refusal {
    /// For whoever has not proven the password.
    fn silent(cause: ServiceError) -> Self {
        Self { cause, reply: Message::failure() }
    }
}

impl fmt::Debug for Confirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Confirmed({} of {:?})", self.device, self.record)
    }
}
