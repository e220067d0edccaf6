//! [`HelloReceived`].

use alloc::vec::Vec;

use super::Service;
use crate::activation::password::{ActivationRecord, identifier::UserId, message::Message};

/// A device asks what to do with the password.
#[must_use]
#[derive(Debug)]
pub struct HelloReceived {
    pub(super) service: Service,
    pub(super) user: UserId,
}

impl HelloReceived {
    /// Whose password.
    #[must_use]
    pub const fn user(&self) -> &UserId {
        &self.user
    }

    /// The salt and the cost of scrypt: those of the record, or of the user if there is no record. Nothing is written, and
    /// nothing shows whether there is one.
    #[must_use]
    pub fn answer(&self, record: Option<&ActivationRecord>) -> Vec<u8> {
        Message::parameters(&self.service.parameters(&self.user, record))
    }
}
