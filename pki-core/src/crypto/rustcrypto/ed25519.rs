//! Ed25519 signatures.

use ed25519_dalek::{Signature, VerifyingKey};

use crate::{
    algorithm::AlgorithmIdentifier,
    crypto::{BadSignature, SignatureVerifier},
    key::PublicKeyRef,
    oid,
};

/// Verifies Ed25519 (RFC 8410). Keys and signatures with a point of small order are refused.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a name for an algorithm, without parameters")]
pub struct Ed25519;

impl SignatureVerifier for Ed25519 {
    /// RFC 8410 section 3: the parameters must be absent, in both.
    fn supports(&self, signature: AlgorithmIdentifier<'_>, key: AlgorithmIdentifier<'_>) -> bool {
        let plain = AlgorithmIdentifier::new(oid::ED25519, None);
        signature == plain && key == plain
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
        let point = key.key_bits().try_into().map_err(|_length| BadSignature)?;
        let key = VerifyingKey::from_bytes(point).map_err(|_error| BadSignature)?;
        let signature = Signature::from_slice(signature).map_err(|_length| BadSignature)?;
        key.verify_strict(message, &signature).map_err(|_error| BadSignature)
    }
}
