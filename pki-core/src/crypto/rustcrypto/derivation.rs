//! PBKDF2.

use alloc::vec;
use core::num::NonZeroU32;

use crate::{
    algorithm::{DigestAlgorithm, KeyDerivationAlgorithm},
    crypto::KeyDerivation,
    secret::Secret,
};

macro_rules! derivations {
    ($($(#[$attribute:meta])* $name:ident = $hash:ty, $digest:ident;)*) => {
        $($(#[$attribute])*
        #[derive(Clone, Copy, Debug)]
        #[expect(clippy::exhaustive_structs, reason = "a name for an algorithm, without parameters")]
        pub struct $name;

        impl KeyDerivation for $name {
            fn algorithm(&self) -> KeyDerivationAlgorithm {
                KeyDerivationAlgorithm::Pbkdf2(DigestAlgorithm::$digest)
            }

            fn derive(&self, password: &Secret, salt: &[u8], iterations: NonZeroU32, length: usize) -> Secret {
                let mut key = vec![0; length];
                pbkdf2::pbkdf2_hmac::<$hash>(password.expose(), salt, iterations.get(), &mut key);
                Secret::new(key)
            }
        })*
    };
}

derivations! {
    /// PBKDF2 with HMAC-SHA-1 (RFC 8018), for peers that use it by default.
    Pbkdf2Sha1 = sha1::Sha1, SHA1;
    /// PBKDF2 with HMAC-SHA-224 (RFC 8018).
    Pbkdf2Sha224 = sha2::Sha224, SHA224;
    /// PBKDF2 with HMAC-SHA-256 (RFC 8018).
    Pbkdf2Sha256 = sha2::Sha256, SHA256;
    /// PBKDF2 with HMAC-SHA-384 (RFC 8018).
    Pbkdf2Sha384 = sha2::Sha384, SHA384;
    /// PBKDF2 with HMAC-SHA-512 (RFC 8018).
    Pbkdf2Sha512 = sha2::Sha512, SHA512;
}
