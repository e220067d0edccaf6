//! [`DeviceExchange`]: a message goes, a reply comes.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use pki_core::{DecodeError, DecodeErrorKind, PublicKey, UnixTime};
use spake2plus::Prover;

use super::{Derive, Device, DeviceActivated, DeviceStep, Enrol, record::RequestRecord};
use crate::activation::password::{
    DeviceError, DeviceFailure,
    keys::{Keys, SealingKey, Transcript},
    message::{LARGEST_TO_DEVICE, Message, Parameters, Proof, Share, content::Content},
    spake::{self, Suite},
};

/// A message that is to be sent, by HTTP POST or any other way, and whose reply is to be brought back. TLS is not needed for
/// the password's sake; it hides who is activated.
#[must_use]
pub struct DeviceExchange {
    message: Vec<u8>,
    awaited: Awaited,
}

/// Which reply.
enum Awaited {
    Parameters(Device),
    Proof(Box<Offered>),
    Answer(Box<Requested>),
}

/// After the share.
pub(super) struct Offered {
    pub(super) device: Device,
    pub(super) parameters: Parameters,
    pub(super) share: Share,
    pub(super) prover: Prover<Suite>,
}

/// After the request.
pub(super) struct Requested {
    pub(super) device: Device,
    pub(super) key: SealingKey,
    pub(super) transcript: Transcript,
    pub(super) public_key: PublicKey,
}

impl DeviceExchange {
    pub(super) fn hello(device: Device) -> Self {
        Self { message: Message::hello(&device.0.sender.user), awaited: Awaited::Parameters(device) }
    }

    pub(super) fn share(offered: Offered) -> Self {
        Self { message: Message::share(&offered.share), awaited: Awaited::Proof(Box::new(offered)) }
    }

    pub(super) fn request(message: Vec<u8>, requested: Requested) -> Self {
        Self { message, awaited: Awaited::Answer(Box::new(requested)) }
    }

    /// What to send. The same again, if no reply came: that is not another attempt.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// For the last exchange, what to keep where it outlives the device's restart: the service has used up the password, and
    /// answers this one request again for a while, and no other. None for the others, which can be begun again.
    #[must_use]
    pub fn record(&self) -> Option<RequestRecord> {
        match &self.awaited {
            Awaited::Answer(requested) => Some(RequestRecord::new(&self.message, requested)),
            _ => None,
        }
    }

    /// Takes the reply. The time is for the certificate.
    ///
    /// # Errors
    /// [`DeviceFailure`], with the exchange to be tried again:
    /// - [`DeviceError::Message`] for what is no reply to this, like the page of a proxy.
    /// - [`DeviceError::Parameters`], [`DeviceError::OtherService`] after the first message.
    /// - [`DeviceError::NotConfirmed`] after the second; this alone ends the run.
    /// - [`DeviceError::Refused`], [`DeviceError::Sealed`], [`DeviceError::CertificateMismatch`], [`DeviceError::Chain`] after
    ///   the third.
    pub fn finish(self, reply: &[u8], now: UnixTime) -> Result<DeviceStep, DeviceFailure> {
        let reply = match Message::decode(reply, LARGEST_TO_DEVICE) {
            Ok(reply) => reply,
            Err(error) => return Err(self.again(DeviceError::Message(error))),
        };
        match (&self.awaited, reply) {
            (Awaited::Parameters(device), Message::Parameters(parameters)) => match device.accept(parameters) {
                Ok(derive) => Ok(DeviceStep::Derive(derive)),
                Err(cause) => Err(self.again(cause)),
            },
            (Awaited::Proof(_), Message::Proof(proof)) => self.confirm(&proof),
            (Awaited::Answer(requested), Message::Answer(sealed)) => match requested.open(&sealed, now) {
                Ok(step) => Ok(step),
                Err(cause) => Err(self.again(cause)),
            },
            (Awaited::Answer(_) | Awaited::Proof(_), Message::Failure) => Err(self.again(DeviceError::Refused)),
            _ => Err(self.again(out_of_place())),
        }
    }

    fn confirm(self, proof: &Proof) -> Result<DeviceStep, DeviceFailure> {
        let Some(peer) = spake::peer(proof) else { return Err(self.again(out_of_place())) };
        let Awaited::Proof(offered) = self.awaited else { return Err(self.again(out_of_place())) };
        let Offered { device, parameters, share, prover } = *offered;
        let over = DeviceFailure { cause: DeviceError::NotConfirmed, exchange: None };
        let Some((confirmation, shared)) = spake::confirm(prover, peer) else { return Err(over) };
        let agreement = Transcript::of_agreement(&parameters, &share, proof);
        let Some(keys) = Keys::new(&shared, &agreement) else { return Err(over) };
        Ok(DeviceStep::Enrol(Enrol { device, service: parameters.service, share, confirmation, keys, agreement }))
    }

    fn again(self, cause: DeviceError) -> DeviceFailure {
        DeviceFailure { cause, exchange: Some(self) }
    }
}

impl Device {
    /// Looks at the parameters before any work is done.
    fn accept(&self, parameters: Parameters) -> Result<Derive, DeviceError> {
        if self.0.service.as_ref().is_some_and(|expected| *expected != parameters.service) {
            return Err(DeviceError::OtherService(parameters.service));
        }
        self.0.bounds.check(parameters.scrypt).map_err(DeviceError::Parameters)?;
        Ok(Derive { device: self.clone(), parameters })
    }
}

impl Requested {
    fn open(&self, sealed: &[u8], now: UnixTime) -> Result<DeviceStep, DeviceError> {
        let content = self.key.open(&self.transcript, sealed).ok_or(DeviceError::Sealed)?;
        let content = Content::from_der(content.expose()).map_err(DeviceError::Message)?;
        match content {
            Content::Issued(issued) if issued.certificate.public_key() != self.public_key.as_ref() => {
                Err(DeviceError::CertificateMismatch)
            }
            Content::Issued(issued) => {
                DeviceActivated::check(issued, &self.device.0.crypto, now).map(DeviceStep::Activated)
            }
            Content::Refused(reason) => Ok(DeviceStep::Refused(reason)),
        }
    }
}

impl fmt::Debug for DeviceExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.awaited {
            Awaited::Parameters(_) => "DeviceExchange(hello)",
            Awaited::Proof(_) => "DeviceExchange(share)",
            Awaited::Answer(_) => "DeviceExchange(request)",
        })
    }
}

fn out_of_place() -> DeviceError {
    DeviceError::Message(DecodeError::new(DecodeErrorKind::InvalidValue, 0))
}

#[cfg(test)]
mod tests;
