//! Names in paths: what name constraints say of them, and whether a certificate is the expected peer's.
//!
//! One file for each form of name says what its texts look like and which subtrees they lie in.

mod address;
mod constraints;
mod dns;
mod error;
mod mail;
mod peer;
mod presented;
mod upn;
mod uri;
mod work;

pub(crate) use constraints::check;
pub use error::{ConstrainedName, NameForm, NamePlace, NameRefused};
pub use peer::PeerName;
pub(crate) use presented::is_subtree_base;
pub(crate) use work::NameWork;

#[cfg(test)]
mod tests;
