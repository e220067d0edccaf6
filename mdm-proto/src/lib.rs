//! What a device management service does with certificates, as pure state machines.
//!
//! **Empty so far.** It is built once pki-core and scep do their part. It will hold:
//! - activation: the dialogue of a device that comes to be managed, up to its first certificate;
//! - profiles: the SCEP payloads that Apple and Windows devices are given, checked before they are written;
//! - a challenge service: one-time passwords bound to a device and to what it may ask for;
//! - a policy for CSRs: which names, keys and uses a device may have;
//! - the lifecycle: a monitor that says for each of a million certificates when to renew, to warn and to give up.
//!
//! In scope: decisions and messages. Out of scope: transport, storage, clocks, randomness and logging, which are the caller's,
//! and everything of device management that has nothing to do with certificates.
#![no_std]

extern crate alloc;

pub mod activation;
#[cfg(feature = "split-signing")]
pub mod broker;
pub mod challenge;
pub mod client_certificate;
pub mod csr_policy;
pub mod est;
pub mod identity;
pub mod installation;
pub mod keystore;
pub mod lifecycle;
pub mod lowering;
pub mod ndes;
pub mod plist;
pub mod profile;
pub mod proxy;
pub mod syncml;
pub mod trust;
mod xml;
