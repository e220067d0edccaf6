//! A device comes to be managed.

#[cfg(feature = "rustcrypto")]
pub mod password;
pub mod token;
