//! By password: SPAKE2+ (RFC 9383).

mod activation_password;
mod device;
mod error;
mod identifier;
mod keys;
mod message;
mod record;
mod refusal_reason;
mod scrypt_parameters;
mod service;
mod spake;

pub use activation_password::{ActivationPassword, InvalidPassword};
pub use device::{Derive, Device, DeviceActivated, DeviceExchange, DeviceStep, Enrol, RequestRecord};
pub use error::{DeviceError, DeviceFailure, IssueError, Refusal, RegisterError, ServiceError};
pub use identifier::{DeviceName, InvalidIdentifier, ServiceName, UserId};
pub use record::{ActivationRecord, Standing};
pub use refusal_reason::RefusalReason;
pub use scrypt_parameters::{ScryptBounds, ScryptParameters, UnacceptableParameters};
pub use service::{
    Activated, Attempt, AttemptReceived, Confirmed, Decoy, HelloReceived, Opened, Received, RequestReceived, Service,
    Unwritten,
};
