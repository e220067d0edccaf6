//! [`PrivateKey`]: a private key in memory that AWS-LC works with.

use alloc::{boxed::Box, vec};
use core::fmt;

use ::aws_lc_rs::{
    rand::SystemRandom,
    rsa::{
        KeyPair, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
        OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey,
    },
    signature::{self, EcdsaKeyPair, RsaEncoding},
};
use zeroize::Zeroizing;

use crate::{
    algorithm::{DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    crypto::{
        ContentKey, Decrypter, RandomFailed, SecureRandom, SignFailed, Signature, Signer, UnwrapFailed, WrappedKey,
        rustcrypto,
    },
    error::{DecodeError, DecodeErrorKind},
    key::{KeyKind, PublicKey},
};

/// A private key that AWS-LC works with: RSA from 2048 to 8192 bits, P-256, P-384 or P-521.
///
/// - not `Clone`, and shown as `PrivateKey(..)` with its kind by `Debug`,
/// - RSA signs with SHA-256, SHA-384 and SHA-512, an elliptic key with the digest that matches its curve,
/// - RSA decrypts content keys; whether the padding was right may show in the time that takes by a branch or two.
///
/// A new one is made with [`rustcrypto::PrivateKey::generate`] and taken over through PKCS#8.
pub struct PrivateKey {
    public: PublicKey,
    secret: SecretKey,
}

enum SecretKey {
    Ecdsa(EcdsaKeyPair, [SignatureAlgorithm; 1]),
    Rsa(Box<Rsa>),
}

struct Rsa {
    signing: KeyPair,
    pkcs1: Pkcs1PrivateDecryptingKey,
    oaep: OaepPrivateDecryptingKey,
}

impl PrivateKey {
    /// From the DER of a `PrivateKeyInfo` (RFC 5958), not encrypted.
    ///
    /// # Errors
    /// Those of [`rustcrypto::PrivateKey::from_pkcs8_der`], and
    /// [`InvalidValue`](DecodeErrorKind::InvalidValue) for an Ed25519 key, or RSA below 2048 bits.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, DecodeError> {
        Self::take_over(&rustcrypto::PrivateKey::from_pkcs8_der(der)?)
    }

    /// From PEM, as [`rustcrypto::PrivateKey::from_pem`].
    ///
    /// # Errors
    /// Those of [`rustcrypto::PrivateKey::from_pem`] and [`PrivateKey::from_pkcs8_der`].
    pub fn from_pem(text: &str) -> Result<Self, DecodeError> {
        Self::take_over(&rustcrypto::PrivateKey::from_pem(text)?)
    }

    fn take_over(key: &rustcrypto::PrivateKey) -> Result<Self, DecodeError> {
        let unsupported = DecodeError::new(DecodeErrorKind::InvalidValue, 0);
        let public = Signer::public_key(key).clone();
        let pkcs8 = key.to_pkcs8_der();
        let ecdsa = |signing, algorithm| {
            let key = EcdsaKeyPair::from_pkcs8(signing, pkcs8.expose()).map_err(|_rejected| unsupported)?;
            Ok(SecretKey::Ecdsa(key, [algorithm]))
        };
        let secret = match public.kind() {
            KeyKind::P256 => ecdsa(&signature::ECDSA_P256_SHA256_ASN1_SIGNING, SignatureAlgorithm::ECDSA_SHA256)?,
            KeyKind::P384 => ecdsa(&signature::ECDSA_P384_SHA384_ASN1_SIGNING, SignatureAlgorithm::ECDSA_SHA384)?,
            KeyKind::P521 => ecdsa(&signature::ECDSA_P521_SHA512_ASN1_SIGNING, SignatureAlgorithm::ECDSA_SHA512)?,
            KeyKind::Rsa { .. } => SecretKey::Rsa(Box::new(Rsa::from_pkcs8(pkcs8.expose()).ok_or(unsupported)?)),
            _ => return Err(unsupported),
        };
        Ok(Self { public, secret })
    }
}

impl Rsa {
    fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        let decrypting = PrivateDecryptingKey::from_pkcs8(pkcs8).ok()?;
        Some(Self {
            signing: KeyPair::from_pkcs8(pkcs8).ok()?,
            pkcs1: Pkcs1PrivateDecryptingKey::new(decrypting.clone()).ok()?,
            oaep: OaepPrivateDecryptingKey::new(decrypting).ok()?,
        })
    }
}

impl Signer for PrivateKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn algorithms(&self) -> &[SignatureAlgorithm] {
        match &self.secret {
            SecretKey::Ecdsa(_, algorithm) => algorithm,
            SecretKey::Rsa(_) => RSA_ALGORITHMS,
        }
    }

    fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        _: &mut dyn SecureRandom,
    ) -> Result<Signature, SignFailed> {
        if !self.algorithms().contains(&algorithm) {
            return Err(SignFailed);
        }
        match &self.secret {
            SecretKey::Ecdsa(key, _) => {
                let signature = key.sign(&SystemRandom::new(), message).map_err(|_unspecified| SignFailed)?;
                Ok(Signature::new(signature.as_ref().to_vec()))
            }
            SecretKey::Rsa(rsa) => {
                let mut signature = vec![0; rsa.signing.public_modulus_len()];
                rsa.signing
                    .sign(rsa_encoding(algorithm)?, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_unspecified| SignFailed)?;
                Ok(Signature::new(signature))
            }
        }
    }
}

impl Decrypter for PrivateKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// RSA with PKCS#1 v1.5, or OAEP with SHA-1, SHA-256, SHA-384 or SHA-512.
    fn unwrap_key(&self, key: &WrappedKey, rng: &mut dyn SecureRandom) -> Result<ContentKey, UnwrapFailed> {
        let SecretKey::Rsa(rsa) = &self.secret else { return Err(UnwrapFailed) };
        let mut random = Zeroizing::new(vec![0; key.key_length()]);
        rng.fill(&mut random).map_err(|RandomFailed| UnwrapFailed)?;
        let mut buffer = Zeroizing::new(vec![0; rsa.pkcs1.min_output_size().max(rsa.oaep.min_output_size())]);
        let decrypted = match key.algorithm() {
            KeyTransportAlgorithm::RsaPkcs1 => rsa.pkcs1.decrypt(key.encrypted(), &mut buffer),
            KeyTransportAlgorithm::RsaOaep(digest) => {
                let oaep = match digest {
                    DigestAlgorithm::SHA1 => &OAEP_SHA1_MGF1SHA1,
                    DigestAlgorithm::SHA256 => &OAEP_SHA256_MGF1SHA256,
                    DigestAlgorithm::SHA384 => &OAEP_SHA384_MGF1SHA384,
                    DigestAlgorithm::SHA512 => &OAEP_SHA512_MGF1SHA512,
                    _ => return Err(UnwrapFailed),
                };
                rsa.oaep.decrypt(oaep, key.encrypted(), &mut buffer, None)
            }
        };
        Ok(rustcrypto::content_key_or_random(decrypted.map_or(&[], |octets| octets), random))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, ..)", self.public.kind())
    }
}

fn rsa_encoding(algorithm: SignatureAlgorithm) -> Result<&'static dyn RsaEncoding, SignFailed> {
    match algorithm {
        SignatureAlgorithm::RSA_PKCS1_SHA256 => Ok(&signature::RSA_PKCS1_SHA256),
        SignatureAlgorithm::RSA_PKCS1_SHA384 => Ok(&signature::RSA_PKCS1_SHA384),
        SignatureAlgorithm::RSA_PKCS1_SHA512 => Ok(&signature::RSA_PKCS1_SHA512),
        SignatureAlgorithm::RSA_PSS_SHA256 => Ok(&signature::RSA_PSS_SHA256),
        SignatureAlgorithm::RSA_PSS_SHA384 => Ok(&signature::RSA_PSS_SHA384),
        SignatureAlgorithm::RSA_PSS_SHA512 => Ok(&signature::RSA_PSS_SHA512),
        _ => Err(SignFailed),
    }
}

const RSA_ALGORITHMS: &[SignatureAlgorithm] = &[
    SignatureAlgorithm::RSA_PKCS1_SHA256,
    SignatureAlgorithm::RSA_PKCS1_SHA512,
    SignatureAlgorithm::RSA_PKCS1_SHA384,
    SignatureAlgorithm::RSA_PSS_SHA256,
    SignatureAlgorithm::RSA_PSS_SHA384,
    SignatureAlgorithm::RSA_PSS_SHA512,
];
