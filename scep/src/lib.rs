#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

pub mod attribute;
pub mod capability;
pub mod client;
#[doc = include_str!("../CONFORMANCE.md")]
pub mod conformance {}
pub mod http;
pub mod message;
pub mod peer;
pub mod server;

pub use attribute::{FailInfo, FailInfoText, MessageType, Nonce, PkiStatus, TransactionId};
pub use capability::{Capabilities, Capability};
pub use http::{HttpRequest, HttpResponse, Method};
