//! [`Step`]: from the completed CSR to the CA's last reply.

use alloc::{boxed::Box, sync::Arc, vec::Vec};

use pki_core::{
    Certificate, PublicKey, UnixTime,
    crypto::{CryptoProvider, SecureRandom},
};
use scep::{
    FailInfo, HttpRequest, HttpResponse, TransactionId,
    client::{
        self, Authority, ClientConfig, Fingerprint, Misbehaviour, PendingRecord, RejectReason, Rejected, SignRecord,
    },
};

use super::{Error, Further};
use crate::broker::{
    device,
    message::{RefusalReason, ToDevice, ToService},
};

/// What the service has to do next.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Step {
    /// Send attributes to the device, and wait for their signature.
    Attributes(Attributes),
    /// Send a request to the CA, bring the reply.
    Exchange(Exchange),
    /// The CA has not decided. Tell the device, and wait for its poll.
    Pending(Pending),
    /// The CA has decided. Tell the device. The end.
    Relayed(Relayed),
}

/// What all steps share. The challenge is not in it.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) pin: Fingerprint,
    pub(super) crypto: CryptoProvider,
    pub(super) transport: Certificate,
    pub(super) transaction_id: TransactionId,
    pub(super) public_key: PublicKey,
}

/// A request to send to the CA. Bring the reply to [`Exchange::finish`].
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct Exchange {
    shared: Arc<Shared>,
    /// From the moment on when it is known.
    authority: Option<Authority>,
    inner: Box<client::Exchange>,
}

/// The attributes of a message to the CA: the device has to sign them.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct Attributes {
    shared: Arc<Shared>,
    sign: Box<client::Sign>,
    record: Box<SignRecord>,
    message: Vec<u8>,
}

/// The CA has not decided yet. The device polls when it is told to, with a nonce of its own.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct Pending {
    shared: Arc<Shared>,
    wait: Box<client::Wait>,
    message: Option<Vec<u8>>,
}

/// The CA's last reply, on its way to the device.
#[must_use = "the device has to be told"]
#[derive(Clone, Debug)]
pub struct Relayed {
    shared: Arc<Shared>,
    authority: Option<Authority>,
    message: Vec<u8>,
    outcome: Outcome,
}

/// How it ended, as far as the service can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The CA did not decide within the poll policy.
    GaveUp,
    /// The CA issued a certificate, which only the device can read.
    Granted,
    /// The CA says no.
    Refused(Option<FailInfo>),
}

impl Exchange {
    pub(super) fn new(shared: Arc<Shared>, authority: Option<Authority>, inner: client::Exchange) -> Self {
        Self { shared, authority, inner: Box::new(inner) }
    }

    /// What to send.
    #[must_use]
    pub const fn request(&self) -> &HttpRequest {
        self.inner.request()
    }

    /// Judges the reply, as [`scep::client::Exchange::finish`] does.
    ///
    /// # Errors
    /// - [`Error::Scep`] with what is wrong with the reply; the exchange can be made again.
    /// - [`Error::NotPinned`] if the authority is not below the pinned certificate.
    pub fn finish(&self, reply: &HttpResponse, now: UnixTime, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        let shared = Arc::clone(&self.shared);
        match self.inner.finish(reply, now, rng)? {
            client::Step::Exchange(next) => Ok(Step::Exchange(Self::new(shared, self.authority.clone(), next))),
            client::Step::Sign(sign) => Attributes::of(shared, sign).map(Step::Attributes),
            client::Step::Open(_) => Ok(Step::Relayed(self.relayed(reply, Outcome::Granted))),
            client::Step::Rejected(rejected) => Ok(Step::Relayed(self.rejected(reply, &rejected))),
            client::Step::Wait(wait) => {
                let message = self.reply(reply, Some(wait.until()));
                Ok(Step::Pending(Pending { shared, wait: Box::new(wait), message: Some(message) }))
            }
            client::Step::ConfirmAuthority(_) => Err(Error::NotPinned),
            _ => Err(Error::Unexpected),
        }
    }

    fn rejected(&self, reply: &HttpResponse, rejected: &Rejected) -> Relayed {
        match rejected.reason() {
            RejectReason::Failed { info, .. } => self.relayed(reply, Outcome::Refused(*info)),
            _ => {
                let message = ToDevice::Refusal(RefusalReason::GaveUp).to_der();
                Relayed { message, ..self.relayed(reply, Outcome::GaveUp) }
            }
        }
    }

    fn relayed(&self, reply: &HttpResponse, outcome: Outcome) -> Relayed {
        let (shared, authority) = (Arc::clone(&self.shared), self.authority.clone());
        Relayed { shared, authority, message: self.reply(reply, None), outcome }
    }

    fn reply(&self, reply: &HttpResponse, poll_at: Option<UnixTime>) -> Vec<u8> {
        let authority = self.authority.as_ref().map(Authority::certificates).unwrap_or_default().to_vec();
        ToDevice::Reply { cert_rep: reply.body.clone(), authority, poll_at }.to_der()
    }
}

impl Attributes {
    /// The authority is looked at here once more: whatever the configuration says, nothing goes to one that is not below the pin.
    fn of(shared: Arc<Shared>, sign: client::Sign) -> Result<Self, Error> {
        if !shared.pin.matches(sign.authority().anchor(), &shared.crypto) {
            return Err(Error::NotPinned);
        }
        let record = Box::new(sign.record().ok_or(Error::Unexpected)?);
        let message = ToDevice::Attributes { algorithm: sign.algorithm(), attributes: sign.bytes().to_vec() }.to_der();
        Ok(Self { shared, sign: Box::new(sign), record, message })
    }

    /// What to keep, under the device and the transactionID, before the message goes out: the device's answer may come to another
    /// replica, or after a crash, and more than once. The challenge is in it as the CA gets it, encrypted.
    #[must_use]
    pub const fn record(&self) -> &SignRecord {
        &self.record
    }

    /// Goes on from a record. `pin` is the profile's.
    ///
    /// # Errors
    /// - [`Error::Scep`] if the CA's certificates no longer do, or lack the pinned one.
    /// - [`Error::NotPinned`] if the authority is not below the pinned certificate.
    pub fn resume(record: &SignRecord, client: ClientConfig, pin: Fingerprint, now: UnixTime) -> Result<Self, Error> {
        let crypto = *client.crypto();
        let sign = record.resume(Arc::new(client.with_fingerprint(pin.clone())), now)?;
        let (transaction, key) = (record.transaction_id(), record.public_key());
        Self::of(Shared::resumed(pin, crypto, record.signer().1, transaction, key), sign)
    }

    /// The message for the device: the attributes as they will be in the message to the CA, in clear.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The transaction, by which the device's answer is found.
    #[must_use]
    pub fn transaction_id(&self) -> &TransactionId {
        &self.shared.transaction_id
    }

    /// Goes on with the device's signature.
    ///
    /// # Errors
    /// - [`Error::Transaction`] or [`Error::Unexpected`] for another message.
    /// - [`Error::Signature`] if the signature is not over these attributes by the transport key.
    /// - [`Error::Scep`] if the message can't be made.
    pub fn answer(&self, message: &Further, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        self.shared.check(message)?;
        let ToService::SignedAttributes { signature, .. } = &message.body else { return Err(Error::Unexpected) };
        let (sign, shared) = (&self.sign, &self.shared);
        let (algorithm, key) = (sign.algorithm().identifier(), shared.transport.public_key());
        shared.crypto.verify(algorithm, key, sign.bytes(), signature.as_bytes())?;
        match sign.attach(signature.clone(), rng)? {
            client::Step::Exchange(exchange) => {
                let authority = Some(sign.authority().clone());
                Ok(Step::Exchange(Exchange::new(Arc::clone(shared), authority, exchange)))
            }
            _ => Err(Error::Unexpected),
        }
    }
}

impl Pending {
    /// The message for the device: the CA's reply, and when to poll. `None` after [`Pending::resume`], when the device has been
    /// told.
    #[must_use]
    pub fn message(&self) -> Option<&[u8]> {
        self.message.as_deref()
    }

    /// When the device will poll.
    #[must_use]
    pub const fn until(&self) -> UnixTime {
        self.wait.until()
    }

    /// The transaction, by which the device's poll is found.
    #[must_use]
    pub fn transaction_id(&self) -> &TransactionId {
        &self.shared.transaction_id
    }

    /// What to keep until then. The challenge is not in it.
    #[must_use]
    pub fn record(&self) -> PendingRecord {
        self.wait.record()
    }

    /// Goes on from a record. `pin` is the profile's.
    ///
    /// # Errors
    /// [`Error::Scep`] if the CA's certificates no longer do, or lack the pinned one.
    pub fn resume(
        record: &PendingRecord,
        client: ClientConfig,
        pin: Fingerprint,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let crypto = *client.crypto();
        let wait = record.resume(Arc::new(client.with_fingerprint(pin.clone())), now)?;
        let (transaction, key) = (record.transaction_id(), record.public_key());
        let shared = Shared::resumed(pin, crypto, record.signer().1, transaction, key);
        Ok(Self { shared, wait: Box::new(wait), message: None })
    }

    /// Makes a poll out of the device's message.
    ///
    /// # Errors
    /// - [`Error::Transaction`] or [`Error::Unexpected`] for another message.
    /// - [`Error::Scep`] if the poll can't be made.
    pub fn poll(&self, message: &Further, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        self.shared.check(message)?;
        let ToService::Poll { nonce, .. } = &message.body else { return Err(Error::Unexpected) };
        match self.wait.poll_with_nonce(nonce.clone(), rng)? {
            client::Step::Sign(sign) => Attributes::of(Arc::clone(&self.shared), sign).map(Step::Attributes),
            _ => Err(Error::Unexpected),
        }
    }
}

impl Relayed {
    /// The message for the device: the CA's reply as it came, for the device to believe or not.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// How it ended.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The transaction.
    #[must_use]
    pub fn transaction_id(&self) -> &TransactionId {
        &self.shared.transaction_id
    }

    /// The certificate that the device reports to have installed, if it is for the key that was asked for, and valid below the
    /// pinned certificate.
    ///
    /// # Errors
    /// - [`Error::Transaction`] or [`Error::Unexpected`] for another message, or where there was none to be had.
    /// - [`Error::Certificate`] if it is not that.
    pub fn confirm(&self, message: &Further, now: UnixTime) -> Result<Certificate, Error> {
        self.shared.check(message)?;
        let ToService::Installed { certificate, .. } = &message.body else { return Err(Error::Unexpected) };
        let authority =
            self.authority.as_ref().filter(|_| self.outcome == Outcome::Granted).ok_or(Error::Unexpected)?;
        if certificate.public_key() != self.shared.public_key.as_ref() {
            let cause = device::Error::Misbehaved(Misbehaviour::NoCertificateForKey);
            return Err(Error::Certificate(Box::new(cause)));
        }
        let pool = authority.certificates().iter().cloned().collect();
        device::below(authority.anchor(), certificate, &pool, &self.shared.crypto, now)
            .map_err(|error| Error::Certificate(Box::new(error)))?;
        Ok(certificate.clone())
    }
}

impl Shared {
    /// Out of what a record has.
    fn resumed(
        pin: Fingerprint,
        crypto: CryptoProvider,
        transport: &Certificate,
        transaction_id: &TransactionId,
        public_key: &PublicKey,
    ) -> Arc<Self> {
        let (transport, transaction_id) = (transport.clone(), transaction_id.clone());
        Arc::new(Self { pin, crypto, transport, transaction_id, public_key: public_key.clone() })
    }

    fn check(&self, message: &Further) -> Result<(), Error> {
        if message.transaction_id == self.transaction_id { Ok(()) } else { Err(Error::Transaction) }
    }
}
