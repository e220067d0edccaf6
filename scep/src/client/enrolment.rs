//! From what is asked for to the transaction that asks for it.

use alloc::{sync::Arc, vec::Vec};
use core::time::Duration;

use pki_core::{
    Certificate, CertificateBuilder, Csr, Name, Profile, PublicKey, SerialNumber, ToBeSigned, UnixTime, Validity,
    crypto::SecureRandom,
};

use super::{
    Authority, ClientConfig, EnrolmentRequest, Error, KeyRole, LookupRequest, Renewal, Sign,
    lookup::{Inquiry, Item},
    protection::Protection,
    renewal::Form,
    request::{RsaPadding, signature_algorithm},
    transaction::{Sender, Transaction},
};
use crate::{
    attribute::{MessageType, Nonce, TransactionId},
    capability::{Capabilities, Capability},
    message::IssuerAndSubject,
};

/// What the caller wants.
#[derive(Clone, Debug)]
pub(super) enum Order {
    Certificate(Arc<EnrolmentRequest>),
    Lookup(Item, Arc<LookupRequest>),
}

/// An order, and how the CA can take it.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) config: Arc<ClientConfig>,
    pub(super) task: Task,
    pub(super) protection: Protection,
}

/// An order in its form.
#[derive(Clone, Debug)]
pub(super) enum Task {
    Certificate(Arc<EnrolmentRequest>, Form),
    Lookup(Item, Arc<LookupRequest>),
}

/// A plan whose CA is known, and maybe confirmed, before anything is signed.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) plan: Plan,
    pub(super) authority: Authority,
    pub(super) now: UnixTime,
}

/// A transaction that ends in a certificate.
#[derive(Debug)]
pub(super) struct Enrolment {
    pub(super) transaction: Transaction,
    /// Of the request.
    pub(super) message_type: MessageType,
    pub(super) subject: Name,
    pub(super) public_key: PublicKey,
    /// The certificate that is to be renewed.
    pub(super) current: Option<Certificate>,
}

/// What a message is for.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// A request, or, with progress, a poll.
    Certificate(Arc<Enrolment>, Option<Progress>),
    Lookup(Arc<Inquiry>),
}

impl Plan {
    pub(super) fn new(config: Arc<ClientConfig>, order: &Order, capabilities: &Capabilities) -> Result<Self, Error> {
        let protection = Protection::choose(&config, capabilities)?;
        let task = match order {
            Order::Certificate(request) => {
                let form = request.form(capabilities.supports(Capability::Renewal), &config)?;
                Task::Certificate(Arc::clone(request), form)
            }
            Order::Lookup(item, request) => Task::Lookup(*item, Arc::clone(request)),
        };
        Ok(Self { config, task, protection })
    }
}

impl Draft {
    /// With this authority.
    ///
    /// # Errors
    /// [`Error::CurrentCertificate`] if the certificate that is to sign can't, at `now`.
    pub(super) fn new(plan: Plan, authority: Authority, now: UnixTime) -> Result<Self, Error> {
        plan.config.check_quirks(|| authority.quirks())?;
        let crypto = plan.config.crypto();
        let checked = match &plan.task {
            Task::Certificate(request, Form::Renewal(_)) => {
                let check = |renewal: &Renewal| {
                    plan.config.first_of(&authority, now, |authority| renewal.check(authority, crypto, now))
                };
                request.renewed().map_or(Ok(()), check)
            }
            Task::Certificate(_, Form::First) => Ok(()),
            Task::Lookup(_, request) => request.check_at(now),
        };
        checked.map_err(Error::CurrentCertificate)?;
        Ok(Self { plan, authority, now })
    }

    /// The self-signed certificate that messages are signed by where there is no other (RFC 8894 section 2.3): the subject of
    /// the request, for a few days, for signatures and encryption.
    pub(super) fn transport_certificate(
        &self,
        subject: &Name,
        key: &PublicKey,
        rng: &mut dyn SecureRandom,
    ) -> Result<ToBeSigned<Certificate>, Error> {
        let validity = Validity::new(self.now.minus(CLOCK_SKEW), self.now.plus(TRANSPORT_LIFETIME));
        let serial = SerialNumber::random(rng)?;
        let algorithm = signature_algorithm(key.as_ref(), self.plan.protection.digest)?;
        CertificateBuilder::new(serial, subject.clone(), subject.clone(), validity, key.clone())
            .with_profile(&Profile::SCEP_TRANSPORT)
            .build(algorithm)
            .map_err(Error::Request)
    }

    /// The transaction, once it is known who signs, with this identifier or a fresh one.
    pub(super) fn transaction(
        &self,
        sender: Sender,
        id: Option<&TransactionId>,
        rng: &mut dyn SecureRandom,
    ) -> Result<Transaction, Error> {
        Ok(Transaction {
            config: Arc::clone(&self.plan.config),
            authority: self.authority.clone(),
            protection: self.plan.protection,
            id: id.map_or_else(|| TransactionId::generate(rng), |id| Ok(id.clone()))?,
            sender,
        })
    }
}

impl Enrolment {
    /// PKCSReq or RenewalReq (RFC 8894 section 3.3.1).
    pub(super) fn request(
        self: &Arc<Self>,
        csr: &Csr,
        nonce: Option<Nonce>,
        rng: &mut dyn SecureRandom,
    ) -> Result<Sign, Error> {
        let nonce = nonce.map_or_else(|| Nonce::generate(rng), Ok)?;
        let message = self.transaction.message(self.message_type, nonce, csr.as_der(), rng)?;
        Ok(Sign::message(Purpose::Certificate(Arc::clone(self), None), message))
    }

    /// CertPoll (section 3.3.3), by the names of the CA and of the requester.
    pub(super) fn cert_poll(
        self: &Arc<Self>,
        progress: Progress,
        nonce: Nonce,
        rng: &mut dyn SecureRandom,
    ) -> Result<Sign, Error> {
        let issuer = self.transaction.authority.issuer().subject().to_owned();
        let data = IssuerAndSubject::new(issuer, self.subject.clone()).to_der();
        let message = self.transaction.message(MessageType::CERT_POLL, nonce, &data, rng)?;
        Ok(Sign::message(Purpose::Certificate(Arc::clone(self), Some(progress.polled())), message))
    }
}

impl Purpose {
    pub(super) fn transaction(&self) -> &Transaction {
        match self {
            Self::Certificate(enrolment, _) => &enrolment.transaction,
            Self::Lookup(inquiry) => &inquiry.transaction,
        }
    }
}

impl Sender {
    /// By a certificate made for this transaction.
    pub(super) const fn transport(certificate: Certificate, key: KeyRole, padding: RsaPadding) -> Self {
        Self { certificate, chain: Vec::new(), key, padding }
    }

    /// By a certificate that was there before.
    pub(super) fn current(certificate: &Certificate, chain: &[Certificate], padding: RsaPadding) -> Self {
        Self { certificate: certificate.clone(), chain: chain.to_vec(), key: KeyRole::Current, padding }
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
