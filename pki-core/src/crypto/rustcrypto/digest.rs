//! Message digests.

use sha2::digest::Digest as Hash;

use crate::{
    algorithm::DigestAlgorithm,
    crypto::{Digest, DigestValue},
};

macro_rules! digests {
    ($($(#[$attribute:meta])* $name:ident = $hash:ty, $algorithm:ident;)*) => {
        $($(#[$attribute])*
        #[derive(Clone, Copy, Debug)]
        #[expect(clippy::exhaustive_structs, reason = "a name for an algorithm, without parameters")]
        pub struct $name;

        $(#[$attribute])*
        impl Digest for $name {
            fn algorithm(&self) -> DigestAlgorithm {
                DigestAlgorithm::$algorithm
            }

            fn digest(&self, parts: &[&[u8]]) -> DigestValue {
                digest::<$hash>(parts)
            }
        })*
    };
}

digests! {
    /// SHA-1 (RFC 3174), for legacy peers.
    Sha1 = sha1::Sha1, SHA1;
    /// SHA-224 (RFC 6234).
    Sha224 = sha2::Sha224, SHA224;
    /// SHA-256 (RFC 6234).
    Sha256 = sha2::Sha256, SHA256;
    /// SHA-384 (RFC 6234).
    Sha384 = sha2::Sha384, SHA384;
    /// SHA-512 (RFC 6234).
    Sha512 = sha2::Sha512, SHA512;
    /// MD5 (RFC 1321). Broken.
    #[cfg(feature = "legacy")]
    Md5 = md5::Md5, MD5;
}

fn digest<H: Hash>(parts: &[&[u8]]) -> DigestValue {
    let mut state = H::new();
    parts.iter().for_each(|part| state.update(part));
    let octets = state.finalize();
    let mut value = DigestValue { bytes: [0; DigestValue::LONGEST], length: octets.len() };
    value.bytes.iter_mut().zip(octets).for_each(|(to, from)| *to = from);
    value
}
