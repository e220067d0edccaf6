//! [`Derive`]: from the password to a share.

use core::fmt;

use pki_core::crypto::SecureRandom;
use zeroize::Zeroizing;

use super::{Device, DeviceExchange, DeviceStep, exchange::Offered};
use crate::activation::password::{
    ActivationPassword, DeviceError,
    identifier::ServiceName,
    message::{Parameters, Share},
    scrypt_parameters::ScryptParameters,
    spake::{self, Bound},
};

/// The service has said how: scrypt is to be run on the password, within the [bounds](super::ScryptBounds) of this device.
#[must_use]
pub struct Derive {
    pub(super) device: Device,
    pub(super) parameters: Parameters,
}

impl Derive {
    /// The service that answers, by its own account so far.
    #[must_use]
    pub const fn service(&self) -> &ServiceName {
        &self.parameters.service
    }

    /// What scrypt will be run with.
    #[must_use]
    pub const fn scrypt(&self) -> ScryptParameters {
        self.parameters.scrypt
    }

    /// Runs scrypt: a tenth of a second up to a second or two, and the [memory](ScryptParameters::memory). Off the thread that
    /// draws.
    ///
    /// # Errors
    /// - [`DeviceError::Random`].
    /// - [`DeviceError::NotConfirmed`] for a password that gives no secret, of which none is known.
    pub fn derive(&self, password: &ActivationPassword, rng: &mut dyn SecureRandom) -> Result<DeviceStep, DeviceError> {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill(&mut *seed).map_err(DeviceError::Random)?;
        let Self { device, parameters } = self;
        let names = (&device.0.sender.user, &parameters.service);
        let secret = spake::derive(password, names, &parameters.salt, parameters.scrypt);
        let secret = secret.ok_or(DeviceError::NotConfirmed)?;
        let (prover, share) = spake::start(&secret, &Bound::new(&device.0.sender, parameters), &seed);
        let share = Share { sender: device.0.sender.clone(), share };
        let offered = Offered { device: device.clone(), parameters: parameters.clone(), share, prover };
        Ok(DeviceStep::Exchange(DeviceExchange::share(offered)))
    }
}

impl fmt::Debug for Derive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Derive({}, {:?})", self.parameters.service, self.parameters.scrypt)
    }
}
