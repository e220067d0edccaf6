//! [`Sign`]: a signature is needed.

use alloc::sync::Arc;

use pki_core::{
    Certificate, Csr, ToBeSigned,
    algorithm::SignatureAlgorithm,
    crypto::{SecureRandom, Signature, Signer},
};

use super::{
    Authority, EnrolmentRequest, Error, Exchange, LookupRequest, SignRecord, Step,
    enrolment::{Draft, Enrolment, Purpose, Task},
    lookup::{Inquirer, Inquiry, Item},
    renewal::Form,
    request::CsrToSend,
    transaction::{Sender, Unsigned},
};
use crate::attribute::MessageType;

/// A signature is needed: over the CSR, over the self-signed certificate that the messages are signed by, or over a message.
///
/// Sign in place with [`Sign::sign_with`], or take [`Sign::bytes`] to where the key is and bring the signature back.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct Sign(Stage);

/// Which key is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRole {
    /// The key of the certificate that is there already: the one to be renewed, or the one that a lookup is signed with. It
    /// signs messages and opens replies.
    Current,
    /// The key that a certificate is asked for.
    New,
    /// The key that messages are signed with and replies are encrypted to where that is neither of the others:
    /// [`EnrolmentRequest::with_transport_key`], [`LookupRequest::self_signed`].
    Transport,
}

#[derive(Clone, Debug)]
enum Stage {
    Csr { draft: Arc<Draft>, request: Arc<EnrolmentRequest>, form: Form, csr: ToBeSigned<Csr> },
    TransportCertificate { draft: Arc<Draft>, cause: Cause, certificate: ToBeSigned<Certificate> },
    Message { purpose: Purpose, unsigned: Unsigned },
}

/// What a transport certificate is made for.
#[derive(Clone, Debug)]
enum Cause {
    Request(Arc<EnrolmentRequest>, Csr),
    Lookup(Item, Arc<LookupRequest>),
}

impl Sign {
    /// The first signature: over the CSR if it is not finished, else over the transport certificate if there is to be one,
    /// else over the message.
    pub(super) fn first(draft: Draft, rng: &mut dyn SecureRandom) -> Result<Self, Error> {
        let draft = Arc::new(draft);
        match &draft.plan.task {
            Task::Certificate(request, form) => match request.csr(*form, draft.plan.protection.digest)? {
                CsrToSend::Finished(csr) => Self::with_csr(&draft, request, *form, csr, rng),
                CsrToSend::Unsigned(csr) => {
                    let (request, form) = (Arc::clone(request), *form);
                    Ok(Self(Stage::Csr { draft, request, form, csr }))
                }
            },
            Task::Lookup(item, request) => match request.inquirer() {
                Inquirer::Certificate { current, chain } => {
                    let sender = Sender::current(current, chain, request.padding());
                    Self::lookup(&draft, *item, request, sender, rng)
                }
                Inquirer::Key { subject, key } => {
                    let certificate = draft.transport_certificate(subject, key, rng)?;
                    let cause = Cause::Lookup(*item, Arc::clone(request));
                    Ok(Self(Stage::TransportCertificate { draft, cause, certificate }))
                }
            },
        }
    }

    pub(super) const fn message(purpose: Purpose, unsigned: Unsigned) -> Self {
        Self(Stage::Message { purpose, unsigned })
    }

    /// Which key has to sign.
    #[must_use]
    pub fn key(&self) -> KeyRole {
        match &self.0 {
            Stage::Csr { .. } => KeyRole::New,
            Stage::TransportCertificate { cause, .. } => cause.key(),
            Stage::Message { purpose, .. } => purpose.transaction().sender.key,
        }
    }

    /// What has to be signed, not hashed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            Stage::Csr { csr, .. } => csr.message(),
            Stage::TransportCertificate { certificate, .. } => certificate.message(),
            Stage::Message { unsigned, .. } => unsigned.message.message(),
        }
    }

    /// With which algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        match &self.0 {
            Stage::Csr { csr, .. } => csr.algorithm(),
            Stage::TransportCertificate { certificate, .. } => certificate.algorithm(),
            Stage::Message { unsigned, .. } => unsigned.message.algorithm(),
        }
    }

    /// The authority that all this is for: whom the message is, or will be, encrypted to.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        match &self.0 {
            Stage::Csr { draft, .. } | Stage::TransportCertificate { draft, .. } => &draft.authority,
            Stage::Message { purpose, .. } => &purpose.transaction().authority,
        }
    }

    /// What to keep while the signature is made elsewhere, where that takes time: of a request for a certificate, or of a poll.
    /// `None` for all else, which is begun again as easily.
    #[must_use]
    pub fn record(&self) -> Option<SignRecord> {
        match &self.0 {
            Stage::Message { purpose: Purpose::Certificate(enrolment, progress), unsigned } => {
                Some(SignRecord::of(enrolment, *progress, unsigned))
            }
            _ => None,
        }
    }

    /// Goes on with a signature over [`Sign::bytes`] made elsewhere.
    ///
    /// # Errors
    /// [`Error::Random`], [`Error::Build`] or [`Error::Request`] if the next message can't be made.
    pub fn attach(&self, signature: Signature, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        match &self.0 {
            Stage::Csr { draft, request, form, csr } => {
                Self::with_csr(draft, request, *form, csr.attach(signature), rng).map(Step::Sign)
            }
            Stage::TransportCertificate { draft, cause, certificate } => {
                let certificate = certificate.attach(signature);
                let next = match cause {
                    Cause::Request(request, csr) => {
                        let sender = Sender::transport(certificate, cause.key(), request.padding());
                        Self::enrolment(draft, request, MessageType::PKCS_REQ, csr, sender, rng)
                    }
                    Cause::Lookup(item, request) => {
                        let sender = Sender::transport(certificate, cause.key(), request.padding());
                        Self::lookup(draft, *item, request, sender, rng)
                    }
                };
                next.map(Step::Sign)
            }
            Stage::Message { purpose, unsigned } => {
                let (message, nonce) = (unsigned.message.attach(signature), unsigned.nonce.clone());
                Ok(Step::Exchange(Exchange::operation(purpose.clone(), message, nonce)))
            }
        }
    }

    /// Signs in place and goes on.
    ///
    /// # Errors
    /// [`Error::Sign`] if the signer fails, and those of [`Sign::attach`]. The step remains; try again.
    pub fn sign_with(&self, signer: &dyn Signer, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        let signature = signer.sign(self.algorithm(), self.bytes(), rng)?;
        self.attach(signature, rng)
    }

    /// A first request is signed by a certificate that is yet to be made, a renewal by the one that is there.
    fn with_csr(
        draft: &Arc<Draft>,
        request: &Arc<EnrolmentRequest>,
        form: Form,
        csr: Csr,
        rng: &mut dyn SecureRandom,
    ) -> Result<Self, Error> {
        if let (Form::Renewal(message_type), Some(renewal)) = (form, request.renewed()) {
            let sender = Sender::current(renewal.current(), renewal.chain(), request.padding());
            return Self::enrolment(draft, request, message_type, &csr, sender, rng);
        }
        if let Some(certificate) = request.transport_certificate() {
            let sender = Sender::transport(certificate.clone(), transport_role(request), request.padding());
            return Self::enrolment(draft, request, MessageType::PKCS_REQ, &csr, sender, rng);
        }
        let subject = csr.subject().to_owned();
        let certificate = draft.transport_certificate(&subject, request.transport_key(), rng)?;
        let (draft, cause) = (Arc::clone(draft), Cause::Request(Arc::clone(request), csr));
        Ok(Self(Stage::TransportCertificate { draft, cause, certificate }))
    }

    fn enrolment(
        draft: &Draft,
        request: &EnrolmentRequest,
        message_type: MessageType,
        csr: &Csr,
        sender: Sender,
        rng: &mut dyn SecureRandom,
    ) -> Result<Self, Error> {
        let enrolment = Enrolment {
            transaction: draft.transaction(sender, request.transaction_id(), rng)?,
            message_type,
            subject: csr.subject().to_owned(),
            public_key: csr.public_key().to_owned(),
            current: request.current().cloned(),
        };
        Arc::new(enrolment).request(csr, request.sender_nonce().cloned(), rng)
    }

    fn lookup(
        draft: &Draft,
        item: Item,
        request: &LookupRequest,
        sender: Sender,
        rng: &mut dyn SecureRandom,
    ) -> Result<Self, Error> {
        let transaction = draft.transaction(sender, None, rng)?;
        Arc::new(Inquiry { transaction, item, target: request.target().clone() }).request(rng)
    }
}

impl Cause {
    fn key(&self) -> KeyRole {
        match self {
            Self::Request(request, _) => transport_role(request),
            Self::Lookup(..) => KeyRole::Transport,
        }
    }
}

/// Whose key signs the messages of a first request.
fn transport_role(request: &EnrolmentRequest) -> KeyRole {
    if request.has_transport_key() { KeyRole::Transport } else { KeyRole::New }
}
