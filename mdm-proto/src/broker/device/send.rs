//! [`Send`] and [`Submit`]: something to send, and the answer to judge.

use alloc::{sync::Arc, vec::Vec};

use pki_core::UnixTime;
use scep::{HttpRequest, HttpResponse, MessageType, Nonce, client::Authority};

use super::{
    Enrolment, Error, Rejected, SignAttributes, SignDigest, Step, Submission,
    pending::Own,
    reply::{Judge, authority},
};
use crate::broker::{attributes::Expected, message::ToDevice};

/// A message to send to the service over the mutually authenticated channel. Bring the answer to [`Send::finish`].
///
/// Should the channel fail, send it again: the same message, octet for octet, asks for the same.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct Send {
    enrolment: Arc<Enrolment>,
    message: Vec<u8>,
    awaits: Awaits,
}

/// What the answer may be, beside a refusal.
#[derive(Clone, Debug)]
pub(super) enum Awaits {
    Attributes { message_type: MessageType, nonce: Nonce, polls: u32 },
    Digest,
    Reply { nonce: Nonce, polls: u32 },
}

impl Send {
    pub(super) const fn request(enrolment: Arc<Enrolment>, message: Vec<u8>) -> Self {
        Self { enrolment, message, awaits: Awaits::Digest }
    }

    pub(super) const fn new(enrolment: Arc<Enrolment>, message: Vec<u8>, awaits: Awaits) -> Self {
        Self { enrolment, message, awaits }
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// Judges the service's answer. Nothing is signed yet: what is to be signed has been looked at.
    ///
    /// # Errors
    /// - [`Error::Decode`] or [`Error::Unexpected`] if it is no answer to this.
    /// - [`Error::Digest`], [`Error::Algorithm`] or [`Error::Attributes`] if it asks for a signature that the device does not give.
    /// - [`Error::NotPinned`], [`Error::Authority`], [`Error::Message`] or [`Error::Misbehaved`] if the CA's reply in it is not
    ///   believed.
    /// - [`Error::Build`] if the next message can't be made.
    pub fn finish(&self, answer: &[u8], now: UnixTime) -> Result<Step, Error> {
        let enrolment = &self.enrolment;
        match (ToDevice::from_der(answer)?, &self.awaits) {
            (ToDevice::Refusal(reason), _) => Ok(Step::Rejected(Rejected::ByService(reason))),
            (ToDevice::Digest(digest), Awaits::Digest) => {
                SignDigest::new(Arc::clone(enrolment), digest).map(Step::SignDigest)
            }
            (ToDevice::Attributes { algorithm, attributes }, Awaits::Attributes { message_type, nonce, polls })
                if enrolment.config.submission == Submission::ByService =>
            {
                let digest = enrolment.attribute_digest(algorithm)?;
                let transaction_id = &enrolment.transaction_id;
                Expected { message_type: *message_type, transaction_id, nonce, digest }.check(&attributes)?;
                let (enrolment, nonce) = (Arc::clone(enrolment), nonce.clone());
                Ok(Step::SignAttributes(SignAttributes::for_service(enrolment, attributes, algorithm, nonce, *polls)))
            }
            (ToDevice::Envelope(envelope), Awaits::Attributes { message_type, nonce, .. })
                if enrolment.config.submission == Submission::ByDevice && *message_type == MessageType::PKCS_REQ =>
            {
                let authority = authority(&envelope.authority, &enrolment.config, now)?;
                let own = Arc::new(Own::new(authority, &envelope));
                own.message(enrolment, MessageType::PKCS_REQ, nonce, envelope.envelope, 0).map(Step::SignAttributes)
            }
            (ToDevice::Reply { cert_rep, authority: certificates, poll_at }, Awaits::Reply { nonce, polls }) => {
                let authority = authority(&certificates, &enrolment.config, now)?;
                let judge = Judge { enrolment, authority: &authority, nonce, polls: *polls, own: None };
                judge.judge(&cert_rep, poll_at, now)
            }
            _ => Err(Error::Unexpected),
        }
    }
}

/// A message to send to the CA, whose URL the profile has. Bring the reply to [`Submit::finish`].
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct Submit {
    pub(super) enrolment: Arc<Enrolment>,
    pub(super) own: Arc<Own>,
    pub(super) nonce: Nonce,
    pub(super) polls: u32,
    pub(super) request: HttpRequest,
}

impl Submit {
    /// What to send.
    #[must_use]
    pub const fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// The authority that the message is encrypted to.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        self.own.authority()
    }

    /// Judges the CA's reply.
    ///
    /// # Errors
    /// [`Error::Http`] for an HTTP error; [`Error::Message`] or [`Error::Misbehaved`] for a reply that is not believed.
    pub fn finish(&self, reply: &HttpResponse, now: UnixTime) -> Result<Step, Error> {
        if !reply.is_success() {
            return Err(Error::Http(reply.status));
        }
        let Self { enrolment, own, nonce, polls, .. } = self;
        let judge = Judge { enrolment, authority: own.authority(), nonce, polls: *polls, own: Some(own) };
        judge.judge(&reply.body, reply.retry_after.map(|hint| now.plus(hint.delay(now))), now)
    }
}
