//! RSA, ECDSA and PBKDF2 by AWS-LC, through the `aws-lc-rs` crate: with signatures several times faster than [`rustcrypto`],
//! but C, and with std.
//!
//! What AWS-LC has no part in is that of [`rustcrypto`]: digests, ciphers, key transport, and the other signatures. AWS-LC
//! blinds and salts with randomness of its own, so the `rng` of [`Signer`](super::Signer) is not used for signatures.

mod derivation;
mod private_key;

use ::aws_lc_rs::{
    pbkdf2,
    signature::{self, UnparsedPublicKey, VerificationAlgorithm},
};

use self::derivation::Derivation;
pub use self::private_key::PrivateKey;
use super::{BadSignature, CryptoProvider, KeyDerivation, SignatureVerifier, rustcrypto};
use crate::{algorithm::AlgorithmIdentifier, key::PublicKeyRef};

/// [`rustcrypto::PROVIDER`] with verification and key derivation by AWS-LC where it can: the same algorithms in the same
/// order.
pub const PROVIDER: CryptoProvider =
    CryptoProvider { verifiers: VERIFIERS, key_derivations: KEY_DERIVATIONS, ..rustcrypto::PROVIDER };

/// A verifier of `rustcrypto`, which says what is supported, and the one that takes its place.
#[derive(Debug)]
struct Verifier {
    like: &'static dyn SignatureVerifier,
    by: &'static dyn VerificationAlgorithm,
}

impl SignatureVerifier for Verifier {
    fn supports(&self, signature: AlgorithmIdentifier<'_>, key: AlgorithmIdentifier<'_>) -> bool {
        self.like.supports(signature, key)
    }

    fn verify(
        &self,
        algorithm: AlgorithmIdentifier<'_>,
        key: PublicKeyRef<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        if !self.supports(algorithm, key.algorithm()) {
            return Err(BadSignature);
        }
        let key = UnparsedPublicKey::new(self.by, key.key_bits());
        key.verify(message, signature).map_err(|_unspecified| BadSignature)
    }
}

/// RSA with SHA-224 and SHA-384 stays with `rustcrypto`: AWS-LC has no such verifier for keys below 2048 bits.
const VERIFIERS: &[&dyn SignatureVerifier] = &[
    &Verifier { like: &rustcrypto::RsaPkcs1Sha256, by: &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY },
    &Verifier { like: &rustcrypto::RsaPkcs1Sha512, by: &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY },
    &rustcrypto::RsaPkcs1Sha384,
    &rustcrypto::RsaPkcs1Sha224,
    &Verifier { like: &rustcrypto::RsaPkcs1Sha1, by: &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY },
    &Verifier { like: &rustcrypto::EcdsaP256Sha256, by: &signature::ECDSA_P256_SHA256_ASN1 },
    &Verifier { like: &rustcrypto::EcdsaP384Sha384, by: &signature::ECDSA_P384_SHA384_ASN1 },
    &Verifier { like: &rustcrypto::EcdsaP521Sha512, by: &signature::ECDSA_P521_SHA512_ASN1 },
    &rustcrypto::Ed25519,
    &Verifier { like: &rustcrypto::EcdsaP256Sha384, by: &signature::ECDSA_P256_SHA384_ASN1 },
    &Verifier { like: &rustcrypto::EcdsaP256Sha512, by: &signature::ECDSA_P256_SHA512_ASN1 },
    &rustcrypto::EcdsaP256Sha224,
    &Verifier { like: &rustcrypto::EcdsaP256Sha1, by: &signature::ECDSA_P256_SHA1_ASN1 },
    &Verifier { like: &rustcrypto::EcdsaP384Sha256, by: &signature::ECDSA_P384_SHA256_ASN1 },
    &Verifier { like: &rustcrypto::EcdsaP384Sha512, by: &signature::ECDSA_P384_SHA512_ASN1 },
    &rustcrypto::EcdsaP384Sha224,
    &rustcrypto::EcdsaP384Sha1,
    &Verifier { like: &rustcrypto::EcdsaP521Sha256, by: &signature::ECDSA_P521_SHA256_ASN1 },
    &Verifier { like: &rustcrypto::EcdsaP521Sha384, by: &signature::ECDSA_P521_SHA384_ASN1 },
    &Verifier { like: &rustcrypto::EcdsaP521Sha224, by: &signature::ECDSA_P521_SHA224_ASN1 },
    &Verifier { like: &rustcrypto::EcdsaP521Sha1, by: &signature::ECDSA_P521_SHA1_ASN1 },
    &rustcrypto::RsaPssSha256,
    &rustcrypto::RsaPssSha512,
    &rustcrypto::RsaPssSha384,
    &rustcrypto::RsaPssSha224,
    &rustcrypto::RsaPssSha1,
];

/// AWS-LC has PBKDF2 with SHA-224, and the crate does not offer it.
const KEY_DERIVATIONS: &[&dyn KeyDerivation] = &[
    &Derivation { like: &rustcrypto::Pbkdf2Sha256, by: pbkdf2::PBKDF2_HMAC_SHA256 },
    &Derivation { like: &rustcrypto::Pbkdf2Sha512, by: pbkdf2::PBKDF2_HMAC_SHA512 },
    &Derivation { like: &rustcrypto::Pbkdf2Sha384, by: pbkdf2::PBKDF2_HMAC_SHA384 },
    &rustcrypto::Pbkdf2Sha224,
    &Derivation { like: &rustcrypto::Pbkdf2Sha1, by: pbkdf2::PBKDF2_HMAC_SHA1 },
];

#[cfg(test)]
mod tests;
