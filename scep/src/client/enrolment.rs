//! What all steps of one enrolment share.

use alloc::sync::Arc;
use core::time::Duration;

use pki_core::{
    Certificate, CertificateBuilder, Csr, Name, Profile, PublicKey, SerialNumber, ToBeSigned, UnixTime, Validity,
    crypto::SecureRandom,
};

use super::{
    Authority, ClientConfig, EnrolmentRequest, Error, Exchange, Sign, protection::Protection,
    request::signature_algorithm,
};
use crate::{
    attribute::{MessageType, Nonce, TransactionId},
    message::{Attributes, IssuerAndSubject, PkiMessage, PkiMessageBuilder, seal},
};

/// An enrolment whose CA is known and confirmed, before anything is signed.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) config: Arc<ClientConfig>,
    pub(super) request: Arc<EnrolmentRequest>,
    pub(super) authority: Authority,
    pub(super) protection: Protection,
    pub(super) now: UnixTime,
}

/// A transaction: what is needed to make its messages and to judge the replies. No secret is in it.
#[derive(Debug)]
pub(super) struct Enrolment {
    pub(super) config: Arc<ClientConfig>,
    pub(super) authority: Authority,
    pub(super) protection: Protection,
    pub(super) transaction_id: TransactionId,
    /// Whose signature the messages bear, and whom the reply is encrypted to.
    pub(super) transport: Certificate,
    /// What the messages are signed with, and the replies opened.
    pub(super) separate_transport_key: bool,
    pub(super) subject: Name,
    pub(super) public_key: PublicKey,
}

impl Draft {
    /// The self-signed certificate that the messages are signed by (RFC 8894 section 2.3): the subject of the request, for a
    /// few days, for signatures and encryption.
    pub(super) fn transport_certificate(&self, rng: &mut dyn SecureRandom) -> Result<ToBeSigned<Certificate>, Error> {
        let key = self.request.transport_key();
        let subject = self.request.subject().to_owned();
        let validity = Validity::new(self.now.minus(CLOCK_SKEW), self.now.plus(TRANSPORT_LIFETIME));
        let serial = SerialNumber::random(rng)?;
        let algorithm = signature_algorithm(key, self.protection.digest)?;
        CertificateBuilder::new(serial, subject.clone(), subject, validity, key.clone())
            .with_profile(&Profile::SCEP_TRANSPORT)
            .build(algorithm)
            .map_err(Error::Request)
    }

    /// The transaction, once the CSR and the transport certificate are there.
    pub(super) fn enrolment(
        &self,
        csr: &Csr,
        transport: Certificate,
        rng: &mut dyn SecureRandom,
    ) -> Result<Enrolment, Error> {
        Ok(Enrolment {
            config: Arc::clone(&self.config),
            authority: self.authority.clone(),
            protection: self.protection,
            transaction_id: TransactionId::generate(rng)?,
            transport,
            separate_transport_key: self.request.has_transport_key(),
            subject: csr.subject().to_owned(),
            public_key: csr.public_key().to_owned(),
        })
    }
}

impl Enrolment {
    /// PKCSReq (RFC 8894 section 3.3.1).
    pub(super) fn pkcs_req(self: &Arc<Self>, csr: &Csr, rng: &mut dyn SecureRandom) -> Result<Sign, Error> {
        let (nonce, message) = self.message(MessageType::PKCS_REQ, csr.as_der(), rng)?;
        Ok(Sign::message(Arc::clone(self), nonce, message, None))
    }

    /// CertPoll (section 3.3.3), by the names of the CA and of the requester.
    pub(super) fn cert_poll(self: &Arc<Self>, progress: Progress, rng: &mut dyn SecureRandom) -> Result<Sign, Error> {
        let issuer = self.authority.issuer().subject().to_owned();
        let data = IssuerAndSubject::new(issuer, self.subject.clone()).to_der();
        let (nonce, message) = self.message(MessageType::CERT_POLL, &data, rng)?;
        Ok(Sign::message(Arc::clone(self), nonce, message, Some(progress.polled())))
    }

    /// The exchange of a signed message.
    pub(super) fn exchange(
        self: &Arc<Self>,
        message: PkiMessage,
        nonce: Nonce,
        progress: Option<Progress>,
    ) -> Exchange {
        Exchange::operation(Arc::clone(self), message, nonce, progress)
    }

    fn message(
        &self,
        message_type: MessageType,
        data: &[u8],
        rng: &mut dyn SecureRandom,
    ) -> Result<(Nonce, ToBeSigned<PkiMessage>), Error> {
        let crypto = self.config.crypto();
        let nonce = Nonce::generate(rng)?;
        let attributes = Attributes::request(message_type, self.transaction_id.clone(), nonce.clone());
        let envelope = seal(data, self.authority.recipient(), self.protection.envelope, crypto, rng)?;
        let algorithm = signature_algorithm(&self.transport.public_key().to_owned(), self.protection.digest)?;
        let message = PkiMessageBuilder::new(attributes)
            .with_envelope(envelope)
            .add_certificate(&self.transport)
            .build(&self.transport, algorithm, crypto)?;
        Ok((nonce, message))
    }
}

/// How long a transaction has been pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// When the first PENDING came.
    pub(super) since: UnixTime,
    /// Polls made.
    pub(super) polls: u32,
    /// What the jitter of the schedule is made from, so that a client that goes on from a record keeps to it.
    pub(super) seed: u64,
}

impl Progress {
    const fn polled(self) -> Self {
        Self { polls: self.polls.saturating_add(1), ..self }
    }
}

/// How far the clocks of client and CA may differ.
const CLOCK_SKEW: Duration = Duration::from_secs(3600);
/// Longer than any transaction is pending.
const TRANSPORT_LIFETIME: Duration = Duration::from_secs(30 * 86_400);
