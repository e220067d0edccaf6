//! What a device management service does with certificates, as pure state machines.
//!
//! ```text
//!  service                                                        device
//!  installation: root, server certificate
//!  activation  ◀──────────── password or token, CSR ──────────── activation
//!  client_certificate ────── certificate, root, URL ───────────▶ client_certificate::device
//!  profile: ProfileSet ───── AgentProfile as JSON ─────────────▶ profile: diff says what starts
//!      │ lowering ────────── a payload ────────────────────────▶ the platform's own client
//!  challenge ◀───── redeem ────── SCEP CA ◀───── PKCSReq ─────── scep::client
//!  broker      ◀──────────── CSR without challenge ───────────── broker::device
//!  trust ─────────────────── CA certificates by purpose ───────▶ keystore: add, replace, delete
//!  lifecycle::decide         both, for each certificate          lifecycle::Monitor
//!  est         ◀──────────── simplereenroll ──────────────────── est::client
//! ```
//!
//! | to | begin at |
//! |---|---|
//! | make a root and a server certificate, and replace them in time | [`installation`] |
//! | bring a device under management, by a typed password or by a token | [`activation::password`], [`activation::token`] |
//! | issue and renew client certificates, and know who connects | [`client_certificate`], [`identity`], [`est`] |
//! | say what certificates a device is to have, on any platform | [`profile`], [`lowering`], [`csr_policy`], [`plist`], [`syncml`] |
//! | entitle one device to one certificate | [`challenge`], [`ndes`], [`proxy`], `broker` behind the feature `split-signing` |
//! | keep what a device has, and whom it believes | [`keystore`], [`trust`] |
//! | renew, warn, give up, at the right time | [`lifecycle`] |
//!
//! `examples/device-service` is all of it, in memory. Wherever something is kept it is a record: versioned DER that the caller stores
//! by compare-and-set, in a new state before anything is sent that depends on it.
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
