//! A SCEP proxy before another CA, as values.
//!
//! **Pass-through** ([`PassThrough`]): the device talks SCEP with the CA, and the proxy looks only at who it is. Each device has an
//! address of its own with a one-time token in it ([`Route`]), which is kept as a challenge is ([`challenge::one_time`]). What
//! passes, passes as it came: the raw query, the body, the reply. The CA is not seen from outside, but its own challenge is in the
//! device's hands.
//!
//! **Terminating**: the proxy is the SCEP server for the device ([`scep::server`]) with challenges of its own, and a client of the CA
//! behind it. Much of that is in `scep` already:
//! - whom to encrypt to, and whose replies to believe: [`Authority`](scep::client::Authority);
//! - a CSR that the device signed, sent under a key that is made for it:
//!   `EnrolmentRequest::from_csr(csr).with_transport_key(key)`, and what signs the message is made by the dialogue;
//! - what the request is ([`Class`] on top of [`Enrol::nature`](scep::server::Enrol::nature)).
//!
//! Here are the rest: [`certificate_for`] finds the device's certificate in what the CA sent, [`RequestKey`] is what repeated requests
//! are told by.
//!
//! A proxy can't put a challenge into a CSR that is signed: where the CA behind wants one, the device has to have it, or the proxy
//! is an agent of that CA (an RA), or the CA is asked by other means.

mod class;
mod pass;
mod pick;
mod route;
mod token;

pub use class::{Class, InitialSigner};
pub use pass::{Forward, NotPassed, Operation, PassThrough, Passage};
pub use pick::{RequestKey, certificate_for};
pub use route::{InvalidRoute, Route};
pub use token::{Permit, UnstoredPermit};

#[cfg(doc)]
use crate::challenge;
