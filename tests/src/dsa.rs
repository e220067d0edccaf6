//! [`Dsa`]: DSA signatures, which PKITS and old hierarchies have and pki-core has not.

use std::sync::OnceLock;

use dsa::{BoxedUint, Components, Signature, VerifyingKey, signature::hazmat::PrehashVerifier};
use pki_core::{
    AlgorithmIdentifier, Oid, PublicKeyRef,
    algorithm::DigestAlgorithm,
    crypto::{BadSignature, CryptoProvider, SignatureVerifier, rustcrypto::PROVIDER},
    der::Reader,
};

/// DSA with SHA-1 or SHA-256 (RFC 3279 section 2.2.2, RFC 5758 section 3.1), by keys that have, or inherit, their parameters.
#[derive(Clone, Copy, Debug)]
pub struct Dsa;

/// What pki-core verifies, and DSA.
#[must_use]
pub fn provider() -> CryptoProvider {
    static VERIFIERS: OnceLock<Vec<&'static dyn SignatureVerifier>> = OnceLock::new();
    let verifiers = VERIFIERS.get_or_init(|| [PROVIDER.verifiers, &[&Dsa]].concat());
    CryptoProvider { verifiers, ..PROVIDER }
}

impl SignatureVerifier for Dsa {
    fn supports(&self, signature: AlgorithmIdentifier<'_>, key: AlgorithmIdentifier<'_>) -> bool {
        digest(signature.oid).is_some() && key.oid == DSA && !key.has_no_parameters()
    }

    fn verify(
        &self,
        algorithm: AlgorithmIdentifier<'_>,
        key: PublicKeyRef<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        let digest = digest(algorithm.oid).and_then(|digest| PROVIDER.digest(digest.oid())).ok_or(BadSignature)?;
        let (Some(key), Some([r, s])) = (verifying_key(key), integers(signature)) else { return Err(BadSignature) };
        let signature = Signature::from_components(r, s).ok_or(BadSignature)?;
        key.verify_prehash(digest.digest(&[message]).as_bytes(), &signature).map_err(|_| BadSignature)
    }
}

fn digest(signature: Oid<'_>) -> Option<DigestAlgorithm> {
    match signature {
        DSA_WITH_SHA1 => Some(DigestAlgorithm::SHA1),
        DSA_WITH_SHA256 => Some(DigestAlgorithm::SHA256),
        _ => None,
    }
}

fn verifying_key(key: PublicKeyRef<'_>) -> Option<VerifyingKey> {
    let [p, q, g] = integers(key.algorithm().parameters?)?;
    let y = unsigned(Reader::new(key.key_bits()).integer().ok()?);
    VerifyingKey::from_components(Components::from_components(p, q, g).ok()?, y).ok()
}

/// A SEQUENCE of so many INTEGERs, none of them negative.
fn integers<const COUNT: usize>(der: &[u8]) -> Option<[BoxedUint; COUNT]> {
    let mut reader = Reader::new(der).sequence().ok()?;
    let numbers: Vec<BoxedUint> = std::iter::from_fn(|| reader.integer().ok()).map(unsigned).collect();
    reader.finish().ok()?;
    numbers.try_into().ok()
}

fn unsigned(digits: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice_vartime(digits.strip_prefix(&[0]).unwrap_or(digits))
}

const DSA: Oid<'static> = oid(&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01]);
const DSA_WITH_SHA1: Oid<'static> = oid(&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03]);
const DSA_WITH_SHA256: Oid<'static> = oid(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x02]);

const fn oid(bytes: &'static [u8]) -> Oid<'static> {
    match Oid::from_bytes(bytes) {
        Some(oid) => oid,
        None => panic!("an object identifier"),
    }
}
