//! [`Enrol`]: both sides have proven the password.

use core::fmt;

use pki_core::Csr;

use super::{Device, DeviceExchange, DeviceStep, exchange::Requested};
use crate::activation::password::{
    DeviceError,
    identifier::ServiceName,
    keys::{Keys, Transcript},
    message::{LARGEST_TO_SERVICE, Message, Request, Share},
    spake::Confirmation,
};

/// The service knows the password. Make a key pair, in hardware if there is any, and a CSR, whose names do not matter: the
/// service decides on them.
#[must_use]
pub struct Enrol {
    pub(super) device: Device,
    pub(super) service: ServiceName,
    pub(super) share: Share,
    pub(super) confirmation: Confirmation,
    pub(super) keys: Keys,
    pub(super) agreement: Transcript,
}

impl Enrol {
    /// The service, proven.
    #[must_use]
    pub const fn service(&self) -> &ServiceName {
        &self.service
    }

    /// Asks for a certificate.
    ///
    /// # Errors
    /// [`DeviceError::CsrTooLarge`]: for more than 16 kB in all.
    pub fn request(&self, csr: &Csr) -> Result<DeviceStep, DeviceError> {
        let opening = self.agreement.then_opening(&self.share, self.confirmation);
        let sealed = self.keys.to_service.seal(&opening, csr.as_der()).ok_or(DeviceError::CsrTooLarge)?;
        let request = Request { share: self.share.clone(), confirmation: self.confirmation, sealed };
        let message = Message::request(&request);
        if message.len() > LARGEST_TO_SERVICE {
            return Err(DeviceError::CsrTooLarge);
        }
        let requested = Requested {
            device: self.device.clone(),
            key: self.keys.to_device.copy(),
            transcript: self.agreement.then_request(&request),
            public_key: csr.public_key().to_owned(),
        };
        Ok(DeviceStep::Exchange(DeviceExchange::request(message, requested)))
    }
}

impl fmt::Debug for Enrol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Enrol({})", self.service)
    }
}
