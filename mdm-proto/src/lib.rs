//! What a device management service does with certificates, as pure state machines.
//!
//! - [`installation`], [`activation`], [`client_certificate`], [`identity`], [`est`]: a service comes to be, and a device comes to be
//!   managed;
//! - [`profile`], [`csr_policy`], [`lowering`], [`plist`], [`syncml`], [`trust`]: what a device is to have, for each platform;
//! - [`challenge`], [`ndes`], [`proxy`], and `broker` behind the feature `split-signing`: challenge passwords;
//! - [`lifecycle`], [`keystore`]: when to renew, to warn and to give up, and what becomes of the old key.
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
mod keyed;
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
