//! [`HelloReceived`].

use alloc::vec::Vec;

use super::Service;
use crate::activation::password::{
    ActivationRecord,
    identifier::{DeviceName, UserId},
    message::{Hello, Message},
};

/// A device asks what to do with the password.
#[must_use]
#[derive(Debug)]
pub struct HelloReceived {
    pub(super) service: Service,
    pub(super) hello: Hello,
}

impl HelloReceived {
    /// Whose password.
    #[must_use]
    pub const fn user(&self) -> &UserId {
        &self.hello.user
    }

    /// Which device it says that it is.
    #[must_use]
    pub const fn device(&self) -> &DeviceName {
        &self.hello.device
    }

    /// The salt and the cost of scrypt: those of the record, or of the user if there is no record. Nothing is written, and
    /// nothing shows whether there is one.
    #[must_use]
    pub fn answer(&self, record: Option<&ActivationRecord>) -> Vec<u8> {
        Message::parameters(&self.service.parameters(&self.hello, record))
    }
}
