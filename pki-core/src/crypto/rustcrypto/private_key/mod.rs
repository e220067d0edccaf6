//! [`PrivateKey`]: a private key in memory.

use alloc::boxed::Box;
use core::fmt;

use p256::ecdsa::signature::hazmat::RandomizedPrehashSigner;
use rsa::RsaPrivateKey;
use zeroize::Zeroizing;

use super::{
    digest::{Sha1, Sha224, Sha256, Sha384, Sha512},
    random::{Source, Unfailing},
    rsa as rsa_keys,
};
use crate::{
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    crypto::{
        ContentKey, Decrypter, Digest, DigestValue, RandomFailed, SecureRandom, SignFailed, Signature, Signer,
        UnwrapFailed, WrappedKey,
    },
    key::{KeyKind, PublicKey},
};

mod encoding;

/// A private key in memory: RSA, P-256, P-384, P-521 or Ed25519.
///
/// - wiped when dropped, shown as `PrivateKey(..)` with its kind by `Debug`, and not `Clone`,
/// - RSA signs and decrypts blinded with the randomness passed to it (see [the module](super) on RUSTSEC-2023-0071),
/// - ECDSA derives its nonce from key, digest and that randomness together (RFC 6979 section 3.6), so that a bad source does
///   no harm and no fault can be repeated; Ed25519 needs none,
/// - only RSA decrypts: other keys give [`UnwrapFailed`].
pub struct PrivateKey {
    public: PublicKey,
    secret: SecretKey,
}

enum SecretKey {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    P256(Box<p256::ecdsa::SigningKey>),
    P384(Box<p384::ecdsa::SigningKey>),
    P521(Box<p521::ecdsa::SigningKey>),
    Rsa(Box<RsaPrivateKey>),
}

/// Why no key was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GenerateError {
    /// The source of randomness failed.
    RandomFailed,
    /// A kind of key that is not made: unknown, or RSA with fewer than 1024 or more than 8192 bits.
    UnsupportedKind,
}

impl PrivateKey {
    /// A new key of this kind, with an exponent of 65537 for RSA.
    ///
    /// RSA may have from 1024 to 8192 bits; take at least 2048 (RFC 8894 section 2.1, NIST SP 800-131A). Making a large RSA
    /// key takes seconds.
    ///
    /// # Errors
    /// - [`GenerateError::RandomFailed`] from the source.
    /// - [`GenerateError::UnsupportedKind`]
    pub fn generate(kind: KeyKind, rng: &mut dyn SecureRandom) -> Result<Self, GenerateError> {
        let secret = match kind {
            KeyKind::Ed25519 => {
                let mut seed = Zeroizing::new([0; 32]);
                rng.fill(seed.as_mut())?;
                SecretKey::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&seed)))
            }
            KeyKind::P256 => SecretKey::P256(Box::new(scalar::<_, 32>(rng, 0xff, |bytes| {
                p256::ecdsa::SigningKey::from_slice(bytes).ok()
            })?)),
            KeyKind::P384 => SecretKey::P384(Box::new(scalar::<_, 48>(rng, 0xff, |bytes| {
                p384::ecdsa::SigningKey::from_slice(bytes).ok()
            })?)),
            KeyKind::P521 => SecretKey::P521(Box::new(scalar::<_, 66>(rng, 0x01, |bytes| {
                p521::ecdsa::SigningKey::from_slice(bytes).ok()
            })?)),
            KeyKind::Rsa { bits } if (rsa_keys::FEWEST_BITS..=rsa_keys::MOST_BITS).contains(&bits) => {
                let mut source = Unfailing::new(rng);
                let key = RsaPrivateKey::new(&mut source, bits);
                source.finish()?;
                SecretKey::Rsa(Box::new(key.map_err(|_error| GenerateError::UnsupportedKind)?))
            }
            _ => return Err(GenerateError::UnsupportedKind),
        };
        encoding::assemble(secret).map_err(|_error| GenerateError::UnsupportedKind)
    }

    /// Signs a digest that somebody else made, of a message that may be anything: [`Signer::sign`] without its first step.
    /// Who asks for this could as well hold the key, for as long as it is asked for; keep it to those who count what they sign.
    ///
    /// # Errors
    /// [`SignFailed`] if `algorithm` is none of [`Signer::algorithms`], if it has no digest apart from itself (Ed25519), if
    /// `digest` has another length than its digests have, or if randomness fails.
    pub fn sign_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &DigestValue,
        rng: &mut dyn SecureRandom,
    ) -> Result<Signature, SignFailed> {
        let length = algorithm.digest().map(DigestAlgorithm::output_length);
        if !self.algorithms().contains(&algorithm) || length != Some(digest.as_bytes().len()) {
            return Err(SignFailed);
        }
        let mut source = Source(rng);
        let signature = match &self.secret {
            SecretKey::Ed25519(_) => return Err(SignFailed),
            SecretKey::P256(key) => {
                let signature = key.sign_prehash_with_rng(&mut source, digest.as_bytes());
                p256::ecdsa::Signature::to_der(&signature.map_err(|_error| SignFailed)?).as_bytes().to_vec()
            }
            SecretKey::P384(key) => {
                let signature = key.sign_prehash_with_rng(&mut source, digest.as_bytes());
                p384::ecdsa::Signature::to_der(&signature.map_err(|_error| SignFailed)?).as_bytes().to_vec()
            }
            SecretKey::P521(key) => {
                let signature = key.sign_prehash_with_rng(&mut source, digest.as_bytes());
                p521::ecdsa::Signature::to_der(&signature.map_err(|_error| SignFailed)?).as_bytes().to_vec()
            }
            SecretKey::Rsa(key) => rsa_keys::sign(key, algorithm, digest, rng)?,
        };
        Ok(Signature::new(signature))
    }
}

impl Signer for PrivateKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn algorithms(&self) -> &[SignatureAlgorithm] {
        match &self.secret {
            SecretKey::Ed25519(_) => &[SignatureAlgorithm::ED25519],
            SecretKey::P256(_) => P256_ALGORITHMS,
            SecretKey::P384(_) => P384_ALGORITHMS,
            SecretKey::P521(_) => P521_ALGORITHMS,
            SecretKey::Rsa(_) => match (rsa_keys::SIGNATURE_ALGORITHMS, self.public.kind()) {
                // A hash and a salt of 64 octets do not fit into fewer (RFC 8017 section 9.1.1).
                ([others @ .., _pss_sha512], KeyKind::Rsa { bits: 0..1034 }) => others,
                (all, _) => all,
            },
        }
    }

    fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        rng: &mut dyn SecureRandom,
    ) -> Result<Signature, SignFailed> {
        if !self.algorithms().contains(&algorithm) {
            return Err(SignFailed);
        }
        match &self.secret {
            SecretKey::Ed25519(key) => Ok(Signature::new(ed25519_dalek::Signer::sign(key.as_ref(), message).to_vec())),
            _ => self.sign_digest(algorithm, &digest(algorithm, message)?, rng),
        }
    }
}

impl Decrypter for PrivateKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// RSA with PKCS#1 v1.5, or OAEP with SHA-1, SHA-256, SHA-384 or SHA-512.
    fn unwrap_key(&self, key: &WrappedKey, rng: &mut dyn SecureRandom) -> Result<ContentKey, UnwrapFailed> {
        match &self.secret {
            SecretKey::Rsa(private) => rsa_keys::unwrap(private, key, rng),
            _ => Err(UnwrapFailed),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, ..)", self.public.kind())
    }
}

impl From<RandomFailed> for GenerateError {
    fn from(RandomFailed: RandomFailed) -> Self {
        Self::RandomFailed
    }
}

impl fmt::Display for GenerateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RandomFailed => RandomFailed.fmt(f),
            Self::UnsupportedKind => f.write_str("keys of this kind or size are not made"),
        }
    }
}

impl core::error::Error for GenerateError {}

/// A number below the order of a curve, by trial (FIPS 186-5 appendix A.2.2). The chance of a miss is below one half.
fn scalar<K, const N: usize>(
    rng: &mut dyn SecureRandom,
    first_octet: u8,
    accept: impl Fn(&[u8]) -> Option<K>,
) -> Result<K, GenerateError> {
    let mut bytes = Zeroizing::new([0; N]);
    for _ in 0..128 {
        rng.fill(bytes.as_mut())?;
        if let Some(first) = bytes.first_mut() {
            *first &= first_octet;
        }
        if let Some(key) = accept(bytes.as_ref()) {
            return Ok(key);
        }
    }
    Err(GenerateError::RandomFailed)
}

fn digest(algorithm: SignatureAlgorithm, message: &[u8]) -> Result<DigestValue, SignFailed> {
    let digests: [&dyn Digest; 5] = [&Sha256, &Sha384, &Sha512, &Sha224, &Sha1];
    let digest = digests.into_iter().find(|digest| Some(digest.algorithm()) == algorithm.digest());
    Ok(digest.ok_or(SignFailed)?.digest(&[message]))
}

const P256_ALGORITHMS: &[SignatureAlgorithm] = &[
    SignatureAlgorithm::ECDSA_SHA256,
    SignatureAlgorithm::ECDSA_SHA384,
    SignatureAlgorithm::ECDSA_SHA512,
    SignatureAlgorithm::ECDSA_SHA224,
];
const P384_ALGORITHMS: &[SignatureAlgorithm] = &[
    SignatureAlgorithm::ECDSA_SHA384,
    SignatureAlgorithm::ECDSA_SHA512,
    SignatureAlgorithm::ECDSA_SHA256,
    SignatureAlgorithm::ECDSA_SHA224,
];
const P521_ALGORITHMS: &[SignatureAlgorithm] = &[
    SignatureAlgorithm::ECDSA_SHA512,
    SignatureAlgorithm::ECDSA_SHA384,
    SignatureAlgorithm::ECDSA_SHA256,
    SignatureAlgorithm::ECDSA_SHA224,
];
