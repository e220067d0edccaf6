//! A CSR beside what it should be.
//!
//! An [`Expectation`] says what a device's CSR should ask for: it comes from the profile and the device's variables, and is
//! small enough to travel inside of a challenge. [`Expectation::check`] lists everything that is otherwise, since whoever looks
//! for the cause of a refusal wants to see all of it.
//!
//! It says nothing of who sent the CSR: verify its signature by [`Csr::verify`](pki_core::Csr::verify), and its challenge.

mod encoding;
mod expectation;
mod key;
mod mismatch;
mod names;

pub use expectation::{Expectation, Field, FieldRule, NameComparison};
pub use key::{ExpectedKey, KeyDigest};
pub use mismatch::{Mismatch, Mismatches};

#[cfg(test)]
mod tests;
