//! A provider and software keys built on the `RustCrypto` crates.
//!
//! [`PROVIDER`] is what SCEP and RFC 5280 need of today's peers, [`PrivateKey`] signs and decrypts, and [`Random`] makes a
//! [`SecureRandom`](super::SecureRandom) of a generator of the `rand_core` crate:
//!
//! ```
//! use pki_core::{KeyKind, crypto::{Signer, rustcrypto::{PROVIDER, PrivateKey, Random}}};
//!
//! let mut rng = Random(getrandom::SysRng);
//! let key = PrivateKey::generate(KeyKind::P256, &mut rng)?;
//! let algorithm = key.algorithms()[0];
//! let signature = key.sign(algorithm, b"message", &mut rng)?;
//! PROVIDER.verify(algorithm.identifier(), key.public_key().as_ref(), b"message", signature.as_bytes())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # RSA and RUSTSEC-2023-0071
//! The advisory on the Marvin attack names every version of the `rsa` crate: its private operations may leak through their
//! timing. What is done about it here: every private operation is blinded with the caller's randomness, padding of PKCS#1
//! v1.5 is removed with implicit rejection, and whatever fails in a decryption that depends on the ciphertext gives a random
//! key and no error (see [`Decrypter::unwrap_key`](super::Decrypter::unwrap_key)). Whoever can be measured over a local
//! network, and must answer many questions with one RSA key, should keep that key in another implementation behind
//! [`Signer`](super::Signer) and [`Decrypter`](super::Decrypter).

mod cipher;
mod derivation;
mod digest;
mod ecdsa;
mod ed25519;
mod gcm;
mod private_key;
mod random;
mod rsa;

#[cfg(feature = "aws-lc-rs")]
pub(super) use self::rsa::content_key_or_random;
#[cfg(feature = "legacy")]
pub use self::{cipher::DesCbc, digest::Md5, rsa::RsaPkcs1Md5};
pub use self::{
    cipher::{Aes128Cbc, Aes192Cbc, Aes256Cbc, DesEde3Cbc},
    derivation::{Pbkdf2Sha1, Pbkdf2Sha224, Pbkdf2Sha256, Pbkdf2Sha384, Pbkdf2Sha512},
    digest::{Sha1, Sha224, Sha256, Sha384, Sha512},
    ecdsa::{
        EcdsaP256Sha1, EcdsaP256Sha224, EcdsaP256Sha256, EcdsaP256Sha384, EcdsaP256Sha512, EcdsaP384Sha1,
        EcdsaP384Sha224, EcdsaP384Sha256, EcdsaP384Sha384, EcdsaP384Sha512, EcdsaP521Sha1, EcdsaP521Sha224,
        EcdsaP521Sha256, EcdsaP521Sha384, EcdsaP521Sha512,
    },
    ed25519::Ed25519,
    gcm::{Aes128Gcm, Aes192Gcm, Aes256Gcm},
    private_key::{GenerateError, PrivateKey},
    random::Random,
    rsa::{
        RsaOaepSha1, RsaOaepSha256, RsaOaepSha384, RsaOaepSha512, RsaPkcs1, RsaPkcs1Sha1, RsaPkcs1Sha224,
        RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512, RsaPssSha1, RsaPssSha224, RsaPssSha256, RsaPssSha384,
        RsaPssSha512,
    },
};
use super::CryptoProvider;

/// SHA-1 and SHA-2, AES in CBC and GCM mode, triple DES in CBC mode, PBKDF2, RSA from 1024 to 8192 bits, ECDSA on P-256, P-384 and P-521, Ed25519.
///
/// SHA-1 and triple DES are in it for legacy peers (RFC 8894 section 2.9) and are preferred least.
pub const PROVIDER: CryptoProvider = CryptoProvider {
    verifiers: with_sha1![],
    digests: &[&Sha256, &Sha512, &Sha384, &Sha224, &Sha1],
    ciphers: &[&Aes128Cbc, &Aes256Cbc, &Aes192Cbc, &DesEde3Cbc],
    authenticated_ciphers: &[&Aes128Gcm, &Aes256Gcm, &Aes192Gcm],
    key_transports: &[&RsaPkcs1, &RsaOaepSha256, &RsaOaepSha384, &RsaOaepSha512, &RsaOaepSha1],
    key_derivations: &[&Pbkdf2Sha256, &Pbkdf2Sha512, &Pbkdf2Sha384, &Pbkdf2Sha224, &Pbkdf2Sha1],
};

/// [`PROVIDER`] without signatures that use SHA-1, for chains in which nobody old has to be let in. SHA-1 stays as a digest,
/// since key identifiers and OCSP name keys by it.
pub const SHA2_PROVIDER: CryptoProvider = CryptoProvider { verifiers: verifiers![], ..PROVIDER };

/// [`PROVIDER`] and, preferred least, what RFC 8894 section 2.9 forbids: single DES and MD5. For peers that know nothing
/// better, such as micromdm, which answers with single DES.
#[cfg(feature = "legacy")]
pub const LEGACY_PROVIDER: CryptoProvider = CryptoProvider {
    verifiers: with_sha1![&RsaPkcs1Md5],
    digests: &[&Sha256, &Sha512, &Sha384, &Sha224, &Sha1, &Md5],
    ciphers: &[&Aes128Cbc, &Aes256Cbc, &Aes192Cbc, &DesEde3Cbc, &DesCbc],
    ..PROVIDER
};

/// The verifiers of [`SHA2_PROVIDER`] and some more.
macro_rules! verifiers {
    ($($more:expr),*) => {
        &[
            &RsaPkcs1Sha256, &RsaPkcs1Sha512, &RsaPkcs1Sha384, &RsaPkcs1Sha224,
            &EcdsaP256Sha256, &EcdsaP384Sha384, &EcdsaP521Sha512, &Ed25519,
            &EcdsaP256Sha384, &EcdsaP256Sha512, &EcdsaP256Sha224,
            &EcdsaP384Sha256, &EcdsaP384Sha512, &EcdsaP384Sha224,
            &EcdsaP521Sha256, &EcdsaP521Sha384, &EcdsaP521Sha224,
            &RsaPssSha256, &RsaPssSha512, &RsaPssSha384, &RsaPssSha224,
            $($more),*
        ]
    };
}
use verifiers;

/// Those of [`PROVIDER`] and some more.
macro_rules! with_sha1 {
    ($($more:expr),*) => {
        verifiers![&RsaPkcs1Sha1, &EcdsaP256Sha1, &EcdsaP384Sha1, &EcdsaP521Sha1, &RsaPssSha1 $(, $more)*]
    };
}
use with_sha1;

#[cfg(test)]
mod tests;
