//! RSA: signatures and key transport, and the bounds on keys.
//!
//! A modulus has 1024 to 8192 bits and the public exponent is odd and from 3 to 2³³-1; other keys verify nothing and nothing
//! is encrypted to them.

use alloc::vec::Vec;

use rsa::{
    BoxedUint, Oaep, Pkcs1v15Encrypt, Pkcs1v15Sign, Pss, RsaPrivateKey, RsaPublicKey,
    traits::{PaddingScheme, SignatureScheme},
};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

#[cfg(feature = "legacy")]
use super::digest::Md5;
use super::{
    digest::{Sha1, Sha224, Sha256, Sha384, Sha512},
    random::Source,
};
use crate::{
    algorithm::{self, AlgorithmIdentifier, DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    crypto::{
        BadSignature, ContentKey, Digest, DigestValue, KeyTransport, RandomFailed, SecureRandom, SignFailed,
        SignatureVerifier, UnwrapFailed, WrapFailed, WrappedKey,
    },
    der::{Reader, Writer},
    error::{DecodeError, DecodeErrorKind},
    key::PublicKeyRef,
    oid,
};

macro_rules! verifiers {
    ($supports:ident, $verify:ident; $($(#[$attribute:meta])* $name:ident = $digest:ident, $algorithm:expr;)*) => {
        $($(#[$attribute])*
        #[derive(Clone, Copy, Debug)]
        #[expect(clippy::exhaustive_structs, reason = "a name for an algorithm, without parameters")]
        pub struct $name;

        $(#[$attribute])*
        impl SignatureVerifier for $name {
            fn supports(&self, signature: AlgorithmIdentifier<'_>, key: AlgorithmIdentifier<'_>) -> bool {
                is_rsa(key) && $supports(signature, $algorithm)
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
                let key = public_key(key).map_err(|_error| BadSignature)?;
                $verify(algorithm, &key, $digest.algorithm(), $digest.digest(&[message]), signature)
            }
        })*
    };
}

verifiers! { supports_pkcs1, verify_pkcs1;
    /// RSASSA-PKCS1-v1_5 with SHA-1, for legacy peers.
    RsaPkcs1Sha1 = Sha1, SignatureAlgorithm::RSA_PKCS1_SHA1;
    /// RSASSA-PKCS1-v1_5 with SHA-224 (RFC 4055 section 5).
    RsaPkcs1Sha224 = Sha224, SignatureAlgorithm::RSA_PKCS1_SHA224;
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 4055 section 5).
    RsaPkcs1Sha256 = Sha256, SignatureAlgorithm::RSA_PKCS1_SHA256;
    /// RSASSA-PKCS1-v1_5 with SHA-384 (RFC 4055 section 5).
    RsaPkcs1Sha384 = Sha384, SignatureAlgorithm::RSA_PKCS1_SHA384;
    /// RSASSA-PKCS1-v1_5 with SHA-512 (RFC 4055 section 5).
    RsaPkcs1Sha512 = Sha512, SignatureAlgorithm::RSA_PKCS1_SHA512;
    /// RSASSA-PKCS1-v1_5 with MD5. Broken.
    #[cfg(feature = "legacy")]
    RsaPkcs1Md5 = Md5, SignatureAlgorithm::RSA_PKCS1_MD5;
}

verifiers! { supports_pss, verify_pss;
    /// RSASSA-PSS with SHA-1 for message and mask, and a salt of any length (RFC 4055 section 3).
    RsaPssSha1 = Sha1, DigestAlgorithm::SHA1;
    /// RSASSA-PSS with SHA-224 for message and mask, and a salt of any length (RFC 4055 section 3).
    RsaPssSha224 = Sha224, DigestAlgorithm::SHA224;
    /// RSASSA-PSS with SHA-256 for message and mask, and a salt of any length (RFC 4055 section 3).
    RsaPssSha256 = Sha256, DigestAlgorithm::SHA256;
    /// RSASSA-PSS with SHA-384 for message and mask, and a salt of any length (RFC 4055 section 3).
    RsaPssSha384 = Sha384, DigestAlgorithm::SHA384;
    /// RSASSA-PSS with SHA-512 for message and mask, and a salt of any length (RFC 4055 section 3).
    RsaPssSha512 = Sha512, DigestAlgorithm::SHA512;
}

macro_rules! key_transports {
    ($($(#[$doc:meta])* $name:ident = $algorithm:expr;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        #[expect(clippy::exhaustive_structs, reason = "a name for an algorithm, without parameters")]
        pub struct $name;

        impl KeyTransport for $name {
            fn algorithm(&self) -> KeyTransportAlgorithm {
                $algorithm
            }

            fn wrap(
                &self,
                recipient: PublicKeyRef<'_>,
                content_key: &ContentKey,
                rng: &mut dyn SecureRandom,
            ) -> Result<Vec<u8>, WrapFailed> {
                wrap($algorithm, recipient, content_key, rng)
            }
        })*
    };
}

key_transports! {
    /// RSAES-PKCS1-v1_5 (RFC 3370 section 4.2.1), the only one that SCEP peers are sure to know.
    RsaPkcs1 = KeyTransportAlgorithm::RsaPkcs1;
    /// RSAES-OAEP with SHA-1 (RFC 3560), the default of its parameters. OAEP does not need SHA-1 to resist collisions.
    RsaOaepSha1 = KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA1);
    /// RSAES-OAEP with SHA-256 (RFC 3560).
    RsaOaepSha256 = KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA256);
    /// RSAES-OAEP with SHA-384 (RFC 3560).
    RsaOaepSha384 = KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA384);
    /// RSAES-OAEP with SHA-512 (RFC 3560).
    RsaOaepSha512 = KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA512);
}

/// Reads an `RSAPublicKey` (RFC 8017 appendix A.1.1) that keeps to the bounds.
pub(super) fn public_key(key: PublicKeyRef<'_>) -> Result<RsaPublicKey, DecodeError> {
    let outside = DecodeError::new(DecodeErrorKind::InvalidValue, 0);
    if !is_rsa(key.algorithm()) {
        return Err(outside);
    }
    let mut outer = Reader::new(key.key_bits());
    let mut numbers = outer.sequence()?;
    let modulus = number(&mut numbers, MOST_BITS / 8)?;
    let exponent = number(&mut numbers, MOST_BITS / 8)?;
    numbers.finish()?;
    outer.finish()?;
    RsaPublicKey::new(modulus, exponent).map_err(|_error| outside)
}

/// Reads an INTEGER that is not negative and has at most so many octets.
pub(super) fn number(reader: &mut Reader<'_>, most_octets: usize) -> Result<BoxedUint, DecodeError> {
    let invalid = reader.error(DecodeErrorKind::InvalidValue);
    let octets = reader.integer()?;
    if octets.first().is_none_or(|first| *first >= 0x80) {
        return Err(invalid);
    }
    let digits = octets.strip_prefix(&[0]).unwrap_or(octets);
    if digits.len() > most_octets {
        return Err(invalid);
    }
    let bits = u32::try_from(digits.len().max(1) * 8).map_err(|_size| invalid)?;
    BoxedUint::from_be_slice(digits, bits).map_err(|_error| invalid)
}

/// Signs a digest with one of [`SIGNATURE_ALGORITHMS`], blinded.
pub(super) fn sign(
    key: &RsaPrivateKey,
    algorithm: SignatureAlgorithm,
    value: &DigestValue,
    rng: &mut dyn SecureRandom,
) -> Result<Vec<u8>, SignFailed> {
    let digest = algorithm.digest().ok_or(SignFailed)?;
    let mut source = Source(rng);
    let signature = if algorithm.identifier().oid == oid::RSASSA_PSS {
        let hash = value.as_bytes();
        match digest {
            DigestAlgorithm::SHA256 => Pss::<sha2::Sha256>::new().sign(Some(&mut source), key, hash),
            DigestAlgorithm::SHA384 => Pss::<sha2::Sha384>::new().sign(Some(&mut source), key, hash),
            DigestAlgorithm::SHA512 => Pss::<sha2::Sha512>::new().sign(Some(&mut source), key, hash),
            _ => return Err(SignFailed),
        }
    } else {
        Pkcs1v15Sign::new_unprefixed().sign(Some(&mut source), key, &digest_info(digest, *value))
    };
    signature.map_err(|_error| SignFailed)
}

/// Decrypts a content key, blinded. What depends on the ciphertext gives a random key.
pub(super) fn unwrap(
    key: &RsaPrivateKey,
    wrapped: &WrappedKey,
    rng: &mut dyn SecureRandom,
) -> Result<ContentKey, UnwrapFailed> {
    // Drawn in any case, so that nothing tells whether it was needed.
    let mut content_key = Zeroizing::new(alloc::vec![0; wrapped.key_length()]);
    rng.fill(&mut content_key).map_err(|RandomFailed| UnwrapFailed)?;
    let (source, encrypted) = (Some(&mut Source(rng)), wrapped.encrypted());
    let decrypted = match wrapped.algorithm() {
        KeyTransportAlgorithm::RsaPkcs1 => Pkcs1v15Encrypt.decrypt(source, key, encrypted),
        KeyTransportAlgorithm::RsaOaep(digest) => match digest {
            DigestAlgorithm::SHA1 => Oaep::<sha1::Sha1>::new().decrypt(source, key, encrypted),
            DigestAlgorithm::SHA256 => Oaep::<sha2::Sha256>::new().decrypt(source, key, encrypted),
            DigestAlgorithm::SHA384 => Oaep::<sha2::Sha384>::new().decrypt(source, key, encrypted),
            DigestAlgorithm::SHA512 => Oaep::<sha2::Sha512>::new().decrypt(source, key, encrypted),
            _ => return Err(UnwrapFailed),
        },
    };
    let decrypted = Zeroizing::new(match decrypted {
        Err(rsa::Error::Rng) => return Err(UnwrapFailed),
        other => other.unwrap_or_default(),
    });
    Ok(content_key_or_random(&decrypted, content_key))
}

/// What was decrypted if it is as long as the random key, else that.
pub(in crate::crypto) fn content_key_or_random(decrypted: &[u8], mut random: Zeroizing<Vec<u8>>) -> ContentKey {
    let fits = decrypted.len().ct_eq(&random.len());
    for (position, octet) in random.iter_mut().enumerate() {
        octet.conditional_assign(decrypted.get(position).unwrap_or(&0), fits);
    }
    ContentKey::new(core::mem::take(&mut random))
}

fn wrap(
    algorithm: KeyTransportAlgorithm,
    recipient: PublicKeyRef<'_>,
    content_key: &ContentKey,
    rng: &mut dyn SecureRandom,
) -> Result<Vec<u8>, WrapFailed> {
    let key = public_key(recipient).map_err(|_error| WrapFailed)?;
    let (source, message) = (&mut Source(rng), content_key.expose());
    let encrypted = match algorithm {
        KeyTransportAlgorithm::RsaPkcs1 => Pkcs1v15Encrypt.encrypt(source, &key, message),
        KeyTransportAlgorithm::RsaOaep(digest) => match digest {
            DigestAlgorithm::SHA1 => Oaep::<sha1::Sha1>::new().encrypt(source, &key, message),
            DigestAlgorithm::SHA256 => Oaep::<sha2::Sha256>::new().encrypt(source, &key, message),
            DigestAlgorithm::SHA384 => Oaep::<sha2::Sha384>::new().encrypt(source, &key, message),
            DigestAlgorithm::SHA512 => Oaep::<sha2::Sha512>::new().encrypt(source, &key, message),
            _ => return Err(WrapFailed),
        },
    };
    encrypted.map_err(|_error| WrapFailed)
}

/// RFC 8017 appendix A.1 has NULL for the parameters of a key; absent ones are accepted.
fn is_rsa(key: AlgorithmIdentifier<'_>) -> bool {
    key.oid == oid::RSA_ENCRYPTION && key.has_no_parameters()
}

fn supports_pkcs1(signature: AlgorithmIdentifier<'_>, algorithm: SignatureAlgorithm) -> bool {
    signature.oid == algorithm.identifier().oid && signature.has_no_parameters()
}

/// Absent parameters are those of a key (RFC 4055 section 3.1), not of a signature.
fn supports_pss(signature: AlgorithmIdentifier<'_>, digest: DigestAlgorithm) -> bool {
    let parameters = algorithm::pss_parameters(signature.parameters);
    signature.oid == oid::RSASSA_PSS && matches!(parameters, Ok(Some((named, _))) if named == digest)
}

fn verify_pkcs1(
    _: AlgorithmIdentifier<'_>,
    key: &RsaPublicKey,
    digest: DigestAlgorithm,
    value: DigestValue,
    signature: &[u8],
) -> Result<(), BadSignature> {
    let info = digest_info(digest, value);
    Pkcs1v15Sign::new_unprefixed().verify(key, &info, signature).map_err(|_error| BadSignature)
}

fn verify_pss(
    algorithm: AlgorithmIdentifier<'_>,
    key: &RsaPublicKey,
    digest: DigestAlgorithm,
    value: DigestValue,
    signature: &[u8],
) -> Result<(), BadSignature> {
    let parameters = algorithm::pss_parameters(algorithm.parameters).ok().flatten();
    let (_, salt_length) = parameters.filter(|(_, salt)| *salt <= MOST_BITS / 8).ok_or(BadSignature)?;
    let value = value.as_bytes();
    match digest {
        DigestAlgorithm::SHA1 => Pss::<sha1::Sha1>::new_with_salt(salt_length).verify(key, value, signature),
        DigestAlgorithm::SHA224 => Pss::<sha2::Sha224>::new_with_salt(salt_length).verify(key, value, signature),
        DigestAlgorithm::SHA256 => Pss::<sha2::Sha256>::new_with_salt(salt_length).verify(key, value, signature),
        DigestAlgorithm::SHA384 => Pss::<sha2::Sha384>::new_with_salt(salt_length).verify(key, value, signature),
        DigestAlgorithm::SHA512 => Pss::<sha2::Sha512>::new_with_salt(salt_length).verify(key, value, signature),
        _ => return Err(BadSignature),
    }
    .map_err(|_error| BadSignature)
}

/// `DigestInfo` as RFC 8017 section 9.2 has it signed, with its NULL.
fn digest_info(digest: DigestAlgorithm, value: DigestValue) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.oid(digest.oid());
                w.null();
            });
            w.octet_string(value.as_bytes());
        });
    })
}

/// What a private key signs with. MD5 is not among it.
pub(super) const SIGNATURE_ALGORITHMS: &[SignatureAlgorithm] = &[
    SignatureAlgorithm::RSA_PKCS1_SHA256,
    SignatureAlgorithm::RSA_PKCS1_SHA512,
    SignatureAlgorithm::RSA_PKCS1_SHA384,
    SignatureAlgorithm::RSA_PKCS1_SHA224,
    SignatureAlgorithm::RSA_PKCS1_SHA1,
    SignatureAlgorithm::RSA_PSS_SHA256,
    SignatureAlgorithm::RSA_PSS_SHA384,
    SignatureAlgorithm::RSA_PSS_SHA512,
];

/// Bits in a modulus, at least.
pub(super) const FEWEST_BITS: usize = RsaPublicKey::MIN_SIZE;
/// Bits in a modulus, at most.
pub(super) const MOST_BITS: usize = RsaPublicKey::MAX_SIZE;
