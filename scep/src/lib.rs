//! SCEP (RFC 8894).
#![no_std]

extern crate alloc;

pub mod attribute;
pub mod capability;
pub mod http;

pub use attribute::{FailInfo, FailInfoText, MessageType, Nonce, PkiStatus, TransactionId};
pub use capability::{Capabilities, Capability};
pub use http::{HttpRequest, HttpResponse, Method};
