//! [`DigestSigner`]: a private key that signs digests made elsewhere.

use pki_core::algorithm::SignatureAlgorithm;
use pki_core::crypto::{DigestValue, SecureRandom, SignFailed, Signature, Signer};

/// A private key that signs a digest which somebody else made: PKCS#1 v1.5, RSASSA-PSS or ECDSA over that digest as it is.
///
/// Platforms have it: `DIGEST_NONE` in Android's keystore (for RSA the caller puts `DigestInfo` around the digest), the
/// algorithms named *digest* of Apple's `SecKey`, `NCryptSignHash` in Windows, the mechanisms without a hash of PKCS#11. TPM
/// keys that are restricted, and Ed25519, have not.
///
/// Such a key signs whatever it is given. [`SigningBudget`](super::SigningBudget) says how often it may be asked.
pub trait DigestSigner: Signer {
    /// Signs `digest`, which is as long as the digests of `algorithm` are.
    ///
    /// `rng` serves blinding and salts; an implementation that has its own may ignore it.
    ///
    /// # Errors
    /// [`SignFailed`] if the key does not sign by `algorithm`, if the digest has another length, or if the key is out of reach.
    fn sign_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &DigestValue,
        rng: &mut dyn SecureRandom,
    ) -> Result<Signature, SignFailed>;
}

#[cfg(feature = "rustcrypto")]
impl DigestSigner for pki_core::crypto::rustcrypto::PrivateKey {
    fn sign_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &DigestValue,
        rng: &mut dyn SecureRandom,
    ) -> Result<Signature, SignFailed> {
        Self::sign_digest(self, algorithm, digest, rng)
    }
}
