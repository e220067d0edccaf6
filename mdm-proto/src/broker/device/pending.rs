//! [`Wait`] and [`PendingRecord`]: the CA has not decided yet; and what a device needs to submit by itself.

use alloc::{sync::Arc, vec::Vec};

use pki_core::{
    Certificate, Csr, DecodeError, UnixTime,
    crypto::SecureRandom,
    der::{Tag, Writer},
};
use scep::{
    MessageType, Method, Nonce, TransactionId,
    client::Authority,
    message::{self, Attributes, IssuerAndSubject, PkiMessageBuilder},
};

use super::{
    DeviceConfig, Enrolment, Error, SignAttributes, Step, Submission,
    reply::authority,
    send::{Awaits, Send},
};
use crate::{
    broker::{
        attributes::Expected,
        message::{Envelope, ToService},
        request_info,
    },
    identity::der,
};

/// The CA has not decided yet. Poll at [`Wait::until`].
///
/// Each poll takes one more set of attributes from the key's budget. A wait may take days: [`Wait::record`] is what to keep.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct Wait {
    enrolment: Arc<Enrolment>,
    own: Option<Arc<Own>>,
    until: UnixTime,
    polls: u32,
}

/// What a device that submits by itself knows of the CA.
#[derive(Debug)]
pub(super) struct Own {
    authority: Authority,
    /// Without the envelope.
    form: Envelope,
}

/// A pending enrolment as plain data, without a secret: what [`Wait::record`] gives and [`PendingRecord::resume`] takes. Keep it
/// beside the key and its budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRecord {
    der: Vec<u8>,
    until: UnixTime,
}

impl Wait {
    pub(super) const fn new(enrolment: Arc<Enrolment>, own: Option<Arc<Own>>, until: UnixTime, polls: u32) -> Self {
        Self { enrolment, own, until, polls }
    }

    /// When to poll: a day from now at most.
    #[must_use]
    pub const fn until(&self) -> UnixTime {
        self.until
    }

    /// Asks again, with CertPoll and a nonce of its own.
    ///
    /// # Errors
    /// [`Error::Random`] or [`Error::Build`] if the message can't be made.
    pub fn poll(&self, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        let nonce = Nonce::generate(rng)?;
        let Some(own) = &self.own else {
            let transaction_id = self.enrolment.transaction_id.clone();
            let message = ToService::Poll { transaction_id, nonce: nonce.clone() }.to_der();
            let awaits = Awaits::Attributes { message_type: MessageType::CERT_POLL, nonce, polls: self.polls };
            return Ok(Step::Send(Send::new(Arc::clone(&self.enrolment), message, awaits)));
        };
        let issuer = own.authority.issuer().subject().to_owned();
        let names = IssuerAndSubject::new(issuer, self.enrolment.csr.subject().to_owned()).to_der();
        let crypto = &self.enrolment.config.crypto;
        let envelope = message::seal(&names, own.authority.recipient(), own.form.algorithms, crypto, rng)?;
        own.message(&self.enrolment, MessageType::CERT_POLL, &nonce, envelope, self.polls).map(Step::SignAttributes)
    }

    /// What to keep while waiting.
    #[must_use]
    pub fn record(&self) -> PendingRecord {
        let Enrolment { csr, transport, transaction_id, .. } = self.enrolment.as_ref();
        let der = Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.raw(csr.as_der());
                w.raw(transport.as_der());
                w.octet_string(transaction_id.as_bytes());
                der::write_time(w, self.until);
                w.small_integer(self.polls);
                if let Some(own) = &self.own {
                    w.constructed(OWN, |w| own.form.encode(w));
                }
            });
        });
        PendingRecord { der, until: self.until }
    }
}

impl PendingRecord {
    /// As bytes, of the newest version.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        self.der.clone()
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`UnsupportedVersion`](pki_core::DecodeErrorKind::UnsupportedVersion) for those of a later release, and others for what is no record.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        let fields = Fields::decode(der).map_err(DecodeError::within("PendingRecord"))?;
        Ok(Self { der: der.to_vec(), until: fields.until })
    }

    /// When to poll.
    #[must_use]
    pub const fn until(&self) -> UnixTime {
        self.until
    }

    /// Goes on waiting.
    ///
    /// # Errors
    /// - [`Error::Csr`] if `config` has not the algorithms that the enrolment began with.
    /// - [`Error::NotPinned`] or [`Error::Authority`] if the device submits by itself and the CA is no longer the pinned one.
    pub fn resume(&self, config: Arc<DeviceConfig>, now: UnixTime) -> Result<Wait, Error> {
        let Fields { csr, transport, transaction_id, until, polls, form } = Fields::decode(&self.der)?;
        let algorithm = request_info::check(&csr, &config.crypto)?;
        let own = match form {
            None => None,
            Some(_) if config.submission == Submission::ByService => return Err(Error::Unexpected),
            Some(form) => Some(Arc::new(Own { authority: authority(&form.authority, &config, now)?, form })),
        };
        let enrolment = Enrolment { config, csr, algorithm, transport, transaction_id };
        Ok(Wait { enrolment: Arc::new(enrolment), own, until, polls })
    }
}

struct Fields {
    csr: Csr,
    transport: Certificate,
    transaction_id: TransactionId,
    until: UnixTime,
    polls: u32,
    form: Option<Envelope>,
}

impl Fields {
    fn decode(der: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = der::record(der, VERSION, LARGEST)?;
        let csr = Csr::from_der(fields.any()?.raw())?;
        let transport = der::certificate(&mut fields)?;
        let transaction_id = TransactionId::from_bytes(fields.octet_string()?)?;
        let until = der::time(&mut fields)?;
        let polls = fields.small_integer()?;
        let form = match fields.optional(OWN)? {
            None => None,
            Some(own) => {
                let mut inner = own.reader();
                let form = Envelope::decode(&mut inner)?;
                inner.finish()?;
                Some(form)
            }
        };
        fields.finish()?;
        Ok(Self { csr, transport, transaction_id, until, polls, form })
    }
}

impl Own {
    pub(super) fn new(authority: Authority, form: &Envelope) -> Self {
        Self { authority, form: Envelope { envelope: Vec::new(), ..form.clone() } }
    }

    pub(super) const fn authority(&self) -> &Authority {
        &self.authority
    }

    pub(super) const fn method(&self) -> Method {
        self.form.method
    }

    /// A message around an envelope, for the CA. It is the device's own, and still looked at as if it were not.
    pub(super) fn message(
        self: &Arc<Self>,
        enrolment: &Arc<Enrolment>,
        message_type: MessageType,
        nonce: &Nonce,
        envelope: Vec<u8>,
        polls: u32,
    ) -> Result<SignAttributes, Error> {
        let Enrolment { transport, transaction_id, config, .. } = enrolment.as_ref();
        let algorithm = pki_core::algorithm::SignatureAlgorithm::for_key(transport.public_key(), self.form.digest);
        let algorithm = algorithm.ok_or(Error::Unexpected)?;
        let digest = enrolment.attribute_digest(algorithm)?;
        let attributes = Attributes::request(message_type, transaction_id.clone(), nonce.clone());
        let builder = PkiMessageBuilder::new(attributes).with_envelope(envelope).add_certificate(transport);
        let message = builder.build(transport, algorithm, &config.crypto)?;
        Expected { message_type, transaction_id, nonce, digest }.check(message.message())?;
        Ok(SignAttributes::for_ca(Arc::clone(enrolment), Arc::clone(self), message, nonce.clone(), polls))
    }
}

const VERSION: u32 = 1;
/// Most octets in one: as in the messages that it comes from.
const LARGEST: usize = 256 * 1024;
const OWN: Tag = Tag::context_constructed(0);
