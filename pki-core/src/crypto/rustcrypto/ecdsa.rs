//! ECDSA signatures on the NIST curves.

use p256::ecdsa::signature::hazmat::PrehashVerifier;

use super::digest::{Sha1, Sha224, Sha256, Sha384, Sha512};
use crate::{
    algorithm::{AlgorithmIdentifier, SignatureAlgorithm},
    crypto::{BadSignature, Digest, SignatureVerifier},
    der::Reader,
    key::PublicKeyRef,
    oid::{self, Oid},
};

macro_rules! verifiers {
    ($($(#[$doc:meta])* $name:ident = $verify:ident, $curve:ident, $algorithm:ident, $digest:ident;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        #[expect(clippy::exhaustive_structs, reason = "a name for an algorithm, without parameters")]
        pub struct $name;

        impl SignatureVerifier for $name {
            fn supports(&self, signature: AlgorithmIdentifier<'_>, key: AlgorithmIdentifier<'_>) -> bool {
                supports(SignatureAlgorithm::$algorithm, oid::$curve, signature, key)
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
                $verify(point(key)?, $digest.digest(&[message]).as_bytes(), signature)
            }
        })*
    };
}

verifiers! {
    /// ECDSA on P-256 with SHA-1.
    EcdsaP256Sha1 = verify_p256, SECP256R1, ECDSA_SHA1, Sha1;
    /// ECDSA on P-256 with SHA-224 (RFC 5758).
    EcdsaP256Sha224 = verify_p256, SECP256R1, ECDSA_SHA224, Sha224;
    /// ECDSA on P-256 with SHA-256 (RFC 5758).
    EcdsaP256Sha256 = verify_p256, SECP256R1, ECDSA_SHA256, Sha256;
    /// ECDSA on P-256 with SHA-384 (RFC 5758).
    EcdsaP256Sha384 = verify_p256, SECP256R1, ECDSA_SHA384, Sha384;
    /// ECDSA on P-256 with SHA-512 (RFC 5758).
    EcdsaP256Sha512 = verify_p256, SECP256R1, ECDSA_SHA512, Sha512;
    /// ECDSA on P-384 with SHA-1.
    EcdsaP384Sha1 = verify_p384, SECP384R1, ECDSA_SHA1, Sha1;
    /// ECDSA on P-384 with SHA-224 (RFC 5758).
    EcdsaP384Sha224 = verify_p384, SECP384R1, ECDSA_SHA224, Sha224;
    /// ECDSA on P-384 with SHA-256 (RFC 5758).
    EcdsaP384Sha256 = verify_p384, SECP384R1, ECDSA_SHA256, Sha256;
    /// ECDSA on P-384 with SHA-384 (RFC 5758).
    EcdsaP384Sha384 = verify_p384, SECP384R1, ECDSA_SHA384, Sha384;
    /// ECDSA on P-384 with SHA-512 (RFC 5758).
    EcdsaP384Sha512 = verify_p384, SECP384R1, ECDSA_SHA512, Sha512;
    /// ECDSA on P-521 with SHA-1.
    EcdsaP521Sha1 = verify_p521, SECP521R1, ECDSA_SHA1, Sha1;
    /// ECDSA on P-521 with SHA-224 (RFC 5758).
    EcdsaP521Sha224 = verify_p521, SECP521R1, ECDSA_SHA224, Sha224;
    /// ECDSA on P-521 with SHA-256 (RFC 5758).
    EcdsaP521Sha256 = verify_p521, SECP521R1, ECDSA_SHA256, Sha256;
    /// ECDSA on P-521 with SHA-384 (RFC 5758).
    EcdsaP521Sha384 = verify_p521, SECP521R1, ECDSA_SHA384, Sha384;
    /// ECDSA on P-521 with SHA-512 (RFC 5758).
    EcdsaP521Sha512 = verify_p521, SECP521R1, ECDSA_SHA512, Sha512;
}

/// RFC 5758 section 3.2 has the parameters absent; OpenSSL accepts a NULL there as well, and so do we.
fn supports(
    algorithm: SignatureAlgorithm,
    curve: Oid<'_>,
    signature: AlgorithmIdentifier<'_>,
    key: AlgorithmIdentifier<'_>,
) -> bool {
    signature.oid == algorithm.identifier().oid
        && signature.has_no_parameters()
        && key.oid == oid::EC_PUBLIC_KEY
        && key.parameters.is_some_and(|der| Reader::new(der).oid() == Ok(curve))
}

/// The point, uncompressed or compressed (RFC 5480 section 2.2).
fn point(key: PublicKeyRef<'_>) -> Result<&[u8], BadSignature> {
    match key.key_bits() {
        bits @ [0x02..=0x04, ..] => Ok(bits),
        _ => Err(BadSignature),
    }
}

macro_rules! verify {
    ($($name:ident = $curve:ident;)*) => {
        $(/// Verifies an `Ecdsa-Sig-Value` (RFC 3279 section 2.2.3) over a digest.
        fn $name(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
            let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_error| BadSignature)?;
            let signature = $curve::ecdsa::Signature::from_der(signature).map_err(|_error| BadSignature)?;
            key.verify_prehash(digest, &signature).map_err(|_error| BadSignature)
        })*
    };
}

verify! {
    verify_p256 = p256;
    verify_p384 = p384;
    verify_p521 = p521;
}
