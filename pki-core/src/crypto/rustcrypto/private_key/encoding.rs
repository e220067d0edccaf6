//! Reading and writing private keys: PKCS#8, PKCS#1 and SEC 1, in DER and PEM.

use alloc::{boxed::Box, vec, vec::Vec};

use p256::pkcs8::EncodePrivateKey;
use rsa::{RsaPrivateKey, traits::PublicKeyParts};
use zeroize::Zeroizing;

use super::{PrivateKey, SecretKey};
use crate::{
    Limits,
    algorithm::AlgorithmIdentifier,
    crypto::rustcrypto::rsa::{FEWEST_BITS, MOST_BITS, number},
    der::{Reader, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
    key::PublicKey,
    oid::{self, Oid},
    pem,
    secret::Secret,
};

impl PrivateKey {
    /// From the DER of a `PrivateKeyInfo` or `OneAsymmetricKey` (RFC 5958), not encrypted.
    ///
    /// A public key that is in it must be the one that belongs to the private key.
    ///
    /// # Errors
    /// Those of [`Reader`], and
    /// - [`UnsupportedVersion`](DecodeErrorKind::UnsupportedVersion),
    /// - [`InvalidValue`](DecodeErrorKind::InvalidValue) for another algorithm or curve, numbers that are no key, or RSA
    ///   outside of 1024 to 8192 bits.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, DecodeError> {
        let mut outer = Reader::new(der);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        let version = fields.expect(Tag::INTEGER)?;
        if version.small_integer()? > 1 {
            return Err(version.error(DecodeErrorKind::UnsupportedVersion));
        }
        let unknown = fields.error(DecodeErrorKind::InvalidValue);
        let algorithm = AlgorithmIdentifier::decode(&mut fields).map_err(DecodeError::within("privateKeyAlgorithm"))?;
        let inner = fields.expect(Tag::OCTET_STRING)?.reader();
        let _attributes = fields.optional(Tag::context_constructed(0))?;
        let public = fields.optional(Tag::context(1))?;
        fields.finish()?;
        let key = match algorithm.oid {
            oid::RSA_ENCRYPTION => rsa_private_key(inner),
            oid::EC_PUBLIC_KEY => ec_private_key(inner, algorithm.parameters),
            oid::ED25519 => ed25519_private_key(inner),
            _ => return Err(unknown),
        };
        let key = key.map_err(DecodeError::within("privateKey"))?;
        match public {
            Some(public) if public.bit_string()?.whole_bytes() != Some(key.public.as_ref().key_bits()) => {
                Err(public.error(DecodeErrorKind::InvalidValue))
            }
            _ => Ok(key),
        }
    }

    /// From the DER of an `RSAPrivateKey` with two primes (RFC 8017 appendix A.1.2). The exponents and the coefficient for
    /// the Chinese remainder theorem are computed again.
    ///
    /// # Errors
    /// As [`PrivateKey::from_pkcs8_der`].
    pub fn from_pkcs1_der(der: &[u8]) -> Result<Self, DecodeError> {
        rsa_private_key(Reader::new(der))
    }

    /// From the DER of an `ECPrivateKey` that names its curve (RFC 5915).
    ///
    /// # Errors
    /// As [`PrivateKey::from_pkcs8_der`].
    pub fn from_sec1_der(der: &[u8]) -> Result<Self, DecodeError> {
        ec_private_key(Reader::new(der), None)
    }

    /// From the first PEM block that is labelled `PRIVATE KEY` (PKCS#8), `RSA PRIVATE KEY` (PKCS#1) or `EC PRIVATE KEY`
    /// (SEC 1), not encrypted.
    ///
    /// # Errors
    /// Those of [`pem::decode_all`] with the default [`Limits`], [`InvalidPem`](DecodeErrorKind::InvalidPem) if there is no
    /// such block, and those of [`PrivateKey::from_pkcs8_der`] with positions in the DER.
    pub fn from_pem(text: &str) -> Result<Self, DecodeError> {
        let mut key = None;
        for block in pem::decode_all(text, &Limits::DEFAULT)? {
            // Each is wiped, a second key too.
            let der = Secret::new(block.der);
            let read = match block.label {
                "PRIVATE KEY" => Self::from_pkcs8_der,
                "RSA PRIVATE KEY" => Self::from_pkcs1_der,
                "EC PRIVATE KEY" => Self::from_sec1_der,
                _ => continue,
            };
            key = key.or_else(|| Some(read(der.expose())));
        }
        key.unwrap_or(Err(DecodeError::new(DecodeErrorKind::InvalidPem, 0)))
    }

    /// The DER of a `PrivateKeyInfo` (RFC 5958), not encrypted.
    #[must_use]
    pub fn to_pkcs8_der(&self) -> Secret {
        let document = match &self.secret {
            SecretKey::Ed25519(key) => return ed25519_pkcs8(key),
            SecretKey::P256(key) => key.to_pkcs8_der(),
            SecretKey::P384(key) => key.to_pkcs8_der(),
            SecretKey::P521(key) => key.to_pkcs8_der(),
            SecretKey::Rsa(key) => key.to_pkcs8_der(),
        };
        // A key that was accepted has an encoding.
        document.map_or_else(|_error| Secret::new(Vec::new()), |document| Secret::from(document.as_bytes()))
    }

    /// [`PrivateKey::to_pkcs8_der`] in PEM, as ASCII text.
    #[must_use]
    pub fn to_pem(&self) -> Secret {
        Secret::new(pem::encode("PRIVATE KEY", self.to_pkcs8_der().expose()).into_bytes())
    }
}

/// A key with its public half.
pub(super) fn assemble(secret: SecretKey) -> Result<PrivateKey, DecodeError> {
    let public = match &secret {
        SecretKey::Ed25519(key) => spki(oid::ED25519, None, key.verifying_key().as_bytes()),
        SecretKey::P256(key) => ec_spki(oid::SECP256R1, key.verifying_key().to_sec1_point(false).as_bytes()),
        SecretKey::P384(key) => ec_spki(oid::SECP384R1, key.verifying_key().to_sec1_point(false).as_bytes()),
        SecretKey::P521(key) => ec_spki(oid::SECP521R1, key.verifying_key().to_sec1_point(false).as_bytes()),
        SecretKey::Rsa(key) => {
            let numbers = Writer::encode(|w| {
                w.sequence(|w| {
                    w.unsigned(Tag::INTEGER, &key.n().to_be_bytes());
                    w.unsigned(Tag::INTEGER, &key.e().to_be_bytes());
                });
            });
            spki(oid::RSA_ENCRYPTION, Some(&[0x05, 0x00]), &numbers)
        }
    };
    Ok(PrivateKey { public: public?, secret })
}

fn ec_spki(curve: Oid<'_>, point: &[u8]) -> Result<PublicKey, DecodeError> {
    spki(oid::EC_PUBLIC_KEY, Some(&Writer::encode(|w| w.oid(curve))), point)
}

fn spki(algorithm: Oid<'_>, parameters: Option<&[u8]>, bits: &[u8]) -> Result<PublicKey, DecodeError> {
    let der = Writer::encode(|w| {
        w.sequence(|w| {
            AlgorithmIdentifier::new(algorithm, parameters).encode(w);
            w.bit_string(bits);
        });
    });
    PublicKey::from_der(&der)
}

/// `RSAPrivateKey` (RFC 8017 appendix A.1.2). Everything is bounded before it is multiplied.
fn rsa_private_key(mut outer: Reader<'_>) -> Result<PrivateKey, DecodeError> {
    let invalid = outer.error(DecodeErrorKind::InvalidValue);
    let mut fields = outer.sequence()?;
    outer.finish()?;
    let version = fields.expect(Tag::INTEGER)?;
    if version.small_integer()? != 0 {
        return Err(version.error(DecodeErrorKind::UnsupportedVersion));
    }
    let modulus = number(&mut fields, MOST_BITS / 8)?;
    let bits = usize::try_from(modulus.bits_vartime()).unwrap_or(usize::MAX);
    if !(FEWEST_BITS..=MOST_BITS).contains(&bits) {
        return Err(invalid);
    }
    let octets = bits.div_ceil(8);
    let public_exponent = number(&mut fields, octets)?;
    let private_exponent = number(&mut fields, octets)?;
    let primes = vec![number(&mut fields, octets)?, number(&mut fields, octets)?];
    for _crt_value in 0..3 {
        let _computed_again = fields.integer()?;
    }
    fields.finish()?;
    let key =
        RsaPrivateKey::from_components(modulus, public_exponent, private_exponent, primes).map_err(|_error| invalid)?;
    assemble(SecretKey::Rsa(Box::new(key)))
}

/// `ECPrivateKey` (RFC 5915); the curve is named in it or, in PKCS#8, in the algorithm, and if in both then alike.
fn ec_private_key(mut outer: Reader<'_>, parameters: Option<&[u8]>) -> Result<PrivateKey, DecodeError> {
    let invalid = outer.error(DecodeErrorKind::InvalidValue);
    let mut fields = outer.sequence()?;
    outer.finish()?;
    let version = fields.expect(Tag::INTEGER)?;
    if version.small_integer()? != 1 {
        return Err(version.error(DecodeErrorKind::UnsupportedVersion));
    }
    let scalar = fields.octet_string()?;
    let named = fields.optional(Tag::context_constructed(0))?.map(|named| named.content());
    let public = fields.optional(Tag::context_constructed(1))?;
    fields.finish()?;
    if named.is_some() && parameters.is_some() && named != parameters {
        return Err(invalid);
    }
    let mut curve = Reader::new(parameters.or(named).ok_or(invalid)?);
    let secret = match curve.oid()? {
        oid::SECP256R1 => p256::ecdsa::SigningKey::from_slice(scalar).map(|key| SecretKey::P256(Box::new(key))),
        oid::SECP384R1 => p384::ecdsa::SigningKey::from_slice(scalar).map(|key| SecretKey::P384(Box::new(key))),
        oid::SECP521R1 => p521::ecdsa::SigningKey::from_slice(scalar).map(|key| SecretKey::P521(Box::new(key))),
        _ => return Err(invalid),
    };
    curve.finish()?;
    let key = assemble(secret.map_err(|_error| invalid)?)?;
    if let Some(public) = public {
        let mut inner = public.reader();
        if inner.bit_string()?.whole_bytes() != Some(key.public.as_ref().key_bits()) {
            return Err(public.error(DecodeErrorKind::InvalidValue));
        }
        inner.finish()?;
    }
    Ok(key)
}

/// `CurvePrivateKey` (RFC 8410 section 7).
fn ed25519_private_key(mut outer: Reader<'_>) -> Result<PrivateKey, DecodeError> {
    let invalid = outer.error(DecodeErrorKind::InvalidValue);
    let seed = outer.octet_string()?.try_into().map_err(|_length| invalid)?;
    outer.finish()?;
    assemble(SecretKey::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(seed))))
}

/// All but the last 32 octets are the same for every key, so that nothing secret is moved while a buffer grows.
fn ed25519_pkcs8(key: &ed25519_dalek::SigningKey) -> Secret {
    let mut der = Vec::with_capacity(ED25519_HEADER.len() + 32);
    der.extend_from_slice(&ED25519_HEADER);
    der.extend_from_slice(Zeroizing::new(key.to_bytes()).as_ref());
    Secret::new(der)
}

/// `PrivateKeyInfo` of version 0 with id-Ed25519, up to the 32 octets of the key (RFC 8410 section 7).
const ED25519_HEADER: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
