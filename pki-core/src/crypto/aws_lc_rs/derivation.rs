//! PBKDF2.

use alloc::vec;
use core::{fmt, num::NonZeroU32};

use ::aws_lc_rs::pbkdf2;

use crate::{algorithm::KeyDerivationAlgorithm, crypto::KeyDerivation, secret::Secret};

/// A key derivation of `rustcrypto`, and what takes its place.
pub(super) struct Derivation {
    pub(super) like: &'static dyn KeyDerivation,
    pub(super) by: pbkdf2::Algorithm,
}

impl KeyDerivation for Derivation {
    fn algorithm(&self) -> KeyDerivationAlgorithm {
        self.like.algorithm()
    }

    fn derive(&self, password: &Secret, salt: &[u8], iterations: NonZeroU32, length: usize) -> Secret {
        let mut key = vec![0; length];
        pbkdf2::derive(self.by, iterations, salt, password.expose(), &mut key);
        Secret::new(key)
    }
}

impl fmt::Debug for Derivation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Derivation({:?})", self.like)
    }
}
