//! [`DeviceStep`]: the side that has the password.

mod activated;
mod derive;
mod enrol;
mod exchange;
mod record;

use alloc::sync::Arc;
use core::fmt;

use pki_core::crypto::CryptoProvider;

pub use self::{
    activated::DeviceActivated, derive::Derive, enrol::Enrol, exchange::DeviceExchange, record::RequestRecord,
};
use super::{DeviceName, RefusalReason, ScryptBounds, ServiceName, UserId, message::Sender};

/// What a device needs next.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Debug)]
#[non_exhaustive]
pub enum DeviceStep {
    /// The certificate, the root and the service. The end.
    Activated(DeviceActivated),
    /// Run scrypt on the password: a second's work, and memory.
    Derive(Derive),
    /// The service knows the password: make a CSR.
    Enrol(Enrol),
    /// Send a message, bring the reply.
    Exchange(DeviceExchange),
    /// The service, which knows the password, issues nothing. The end.
    Refused(RefusalReason),
}

/// Who the device is, and what it accepts.
#[derive(Clone, Debug)]
pub struct Device(Arc<Settings>);

#[derive(Clone)]
struct Settings {
    sender: Sender,
    service: Option<ServiceName>,
    crypto: CryptoProvider,
    bounds: ScryptBounds,
}

impl Device {
    /// A device of this user. The provider verifies the certificate that comes.
    #[must_use]
    pub fn new(user: UserId, device: DeviceName, crypto: CryptoProvider) -> Self {
        let sender = Sender { user, device };
        Self(Arc::new(Settings { sender, service: None, crypto, bounds: ScryptBounds::DEFAULT }))
    }

    /// With the only service that may answer. Default: any, since the password decides.
    #[must_use]
    pub fn with_service(self, service: ServiceName) -> Self {
        self.with(|settings| settings.service = Some(service))
    }

    /// With other bounds on what the service may ask of scrypt.
    #[must_use]
    pub fn with_scrypt_bounds(self, bounds: ScryptBounds) -> Self {
        self.with(|settings| settings.bounds = bounds)
    }

    /// Begins a run. One run is one guess at the password, for the service's counter and for anyone in the service's place:
    /// begin because a person says so, not in a loop.
    pub fn start(&self) -> DeviceStep {
        DeviceStep::Exchange(DeviceExchange::hello(self.clone()))
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.sender.device, self.sender.user)
    }
}
