//! A CSR beside what it should be.
//!
//! An [`Expectation`] says what a device's CSR should ask for: it comes from the profile and the device's variables, and is
//! small enough to travel inside of a challenge. [`Expectation::check`] lists everything that is otherwise, since whoever looks
//! for the cause of a refusal wants to see all of it.
//!
//! It says nothing of who sent the CSR: verify its signature by [`Csr::verify`](pki_core::Csr::verify), and its challenge.
//!
//! A CA of Microsoft's takes more from a CSR than other CAs do: the account that a certificate stands for from an extension
//! (`1.3.6.1.4.1.311.25.2`), and where it is set up so, names from an attribute (`1.3.6.1.4.1.311.13.2.1`). So a CSR may not
//! ask for more than what is compared, but for a few things that say nothing of who somebody is: see [`Field::Extras`].
//!
//! Unless told, names and key have to be there and equal, and what clients leave out, usages and template, may be absent. What
//! is not expected may not be asked for: a template or a usage more can be a privilege more. [`Expectation`] has an example.

mod encoding;
mod expectation;
mod extras;
mod key;
mod mismatch;
mod names;

pub use expectation::{Expectation, Field, FieldRule, NameComparison};
pub use key::{ExpectedKey, KeyDigest};
pub use mismatch::{Mismatch, Mismatches};

#[cfg(test)]
mod tests;
