//! [`PasswordRecipient`]: one as received, and [`PasswordWrappedKey`]: what is left of it to do.

use alloc::{borrow::Cow, vec::Vec};
use core::num::NonZeroU32;

use super::{PasswordKey, PasswordProfile, wrap};
use crate::{
    algorithm::{AlgorithmIdentifier, DigestAlgorithm, KeyDerivationAlgorithm},
    ber,
    cms::{EnvelopeError, algorithm_identifier, algorithm_identifier_fields},
    crypto::{ContentKey, CryptoProvider, SecureRandom, UnwrapFailed},
    der::{Reader, Tag},
    error::{DecodeError, DecodeErrorKind},
    oid::{self, Oid},
    secret::Secret,
};

/// A recipient who knows a password (RFC 5652 section 6.2.4).
#[derive(Clone, Debug)]
pub struct PasswordRecipient<'a> {
    version: u32,
    key_derivation: Option<AlgorithmIdentifier<'a>>,
    algorithm: AlgorithmIdentifier<'a>,
    encrypted_key: Cow<'a, [u8]>,
}

/// A content key encrypted under a password, and what is needed to decrypt it. Nothing that is slow has been done yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordWrappedKey {
    pub(super) profile: PasswordProfile,
    pub(super) salt: Vec<u8>,
    pub(super) iv: Vec<u8>,
    pub(super) encrypted: Vec<u8>,
    pub(super) key_length: usize,
}

/// `PBKDF2-params` (RFC 8018 appendix A.2).
#[derive(Clone, Copy, Debug)]
pub(super) struct Pbkdf2<'a> {
    pub(super) derivation: KeyDerivationAlgorithm,
    pub(super) salt: &'a [u8],
    /// The largest number there is for all that are larger.
    pub(super) iterations: NonZeroU32,
    pub(super) key_length: Option<u32>,
}

impl<'a> PasswordRecipient<'a> {
    /// `[3] IMPLICIT SEQUENCE`.
    pub(in crate::cms) const TAG: Tag = Tag::context_constructed(3);

    /// Reads the next element.
    pub(in crate::cms) fn decode(set: &mut ber::Reader<'a>) -> Result<Self, DecodeError> {
        let mut fields = set.nested(Self::TAG)?;
        let version = fields.small_integer().map_err(DecodeError::within("version"))?;
        let key_derivation = match fields.optional(Tag::context_constructed(0))? {
            None => None,
            Some(element) => {
                let identifier = element.reader().and_then(algorithm_identifier_fields);
                Some(identifier.map_err(DecodeError::within("keyDerivationAlgorithm"))?)
            }
        };
        let algorithm = algorithm_identifier(&mut fields).map_err(DecodeError::within("keyEncryptionAlgorithm"))?;
        let encrypted_key = fields.octets(Tag::OCTET_STRING).map_err(DecodeError::within("encryptedKey"))?;
        fields.finish()?;
        Ok(Self { version, key_derivation, algorithm, encrypted_key })
    }

    /// The version: 0.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// How the key encryption key is derived from the password; `None` if it is agreed on elsewhere.
    #[must_use]
    pub const fn key_derivation(&self) -> Option<AlgorithmIdentifier<'a>> {
        self.key_derivation
    }

    /// How the content key is encrypted.
    #[must_use]
    pub const fn algorithm(&self) -> AlgorithmIdentifier<'a> {
        self.algorithm
    }

    /// The encrypted content key.
    #[must_use]
    pub fn encrypted_key(&self) -> &[u8] {
        &self.encrypted_key
    }

    /// How many iterations it asks for; 0 where that can't be read.
    pub(in crate::cms) fn iterations(&self) -> u64 {
        let parameters = self.key_derivation.and_then(|identifier| Pbkdf2::decode(identifier).ok());
        parameters.map_or(0, |parameters| parameters.iterations.get().into())
    }

    /// With a content key of `key_length` octets in it.
    pub(in crate::cms) fn wrapped_key(
        &self,
        key_length: usize,
        crypto: &CryptoProvider,
    ) -> Result<PasswordWrappedKey, EnvelopeError> {
        let derivation = self.key_derivation.ok_or(EnvelopeError::UnsupportedKeyDerivation)?;
        let Pbkdf2 { derivation, salt, iterations, key_length: announced } = Pbkdf2::decode(derivation)?;
        crypto.key_derivation(derivation).ok_or(EnvelopeError::UnsupportedKeyDerivation)?;
        if self.algorithm.oid != oid::PWRI_KEK {
            return Err(EnvelopeError::UnsupportedKeyTransport);
        }
        let (cipher, iv) = key_encryption(self.algorithm.parameters).map_err(in_field("keyEncryptionAlgorithm"))?;
        let cipher = crypto.cipher(cipher).ok_or(EnvelopeError::UnsupportedKeyTransport)?.algorithm();
        if iv.len() != cipher.iv_length() {
            return Err(invalid("keyEncryptionAlgorithm"));
        }
        if announced.is_some_and(|length| usize::try_from(length) != Ok(cipher.key_length())) {
            return Err(invalid("keyLength"));
        }
        Ok(PasswordWrappedKey {
            profile: PasswordProfile { derivation, iterations, cipher },
            salt: salt.to_vec(),
            iv: iv.to_vec(),
            encrypted: self.encrypted_key.to_vec(),
            key_length,
        })
    }
}

impl PasswordWrappedKey {
    /// How its key is derived, and the cipher that it is wrapped with.
    #[must_use]
    pub const fn profile(&self) -> PasswordProfile {
        self.profile
    }

    /// How many octets the content key must have, by the cipher that it is for.
    #[must_use]
    pub const fn key_length(&self) -> usize {
        self.key_length
    }

    /// Derives the key for it, at the cost of [`PasswordProfile::iterations`].
    ///
    /// # Errors
    /// [`UnwrapFailed`] if the provider does not have the key derivation.
    pub fn derive(&self, password: &Secret, crypto: &CryptoProvider) -> Result<PasswordKey, UnwrapFailed> {
        let key = self.profile.derive(password, &self.salt, crypto).ok_or(UnwrapFailed)?;
        Ok(PasswordKey { profile: self.profile, salt: self.salt.clone(), key })
    }

    /// Decrypts the content key with one that [`PasswordWrappedKey::derive`] made.
    ///
    /// A wrong password, and whatever is wrong with the encrypted key, gives a *random* key of the right length and no error,
    /// as [`Decrypter::unwrap_key`](crate::crypto::Decrypter::unwrap_key) does, so that what fails later fails as one. The
    /// check value of RFC 3211 section 2.3.2 is compared in constant time.
    ///
    /// # Errors
    /// [`UnwrapFailed`] if the key was derived in another way or with another salt, the provider does not have the cipher, or
    /// randomness fails: reasons that do not depend on the password or the encrypted key.
    pub fn unwrap_key(
        &self,
        key: &PasswordKey,
        rng: &mut dyn SecureRandom,
        crypto: &CryptoProvider,
    ) -> Result<ContentKey, UnwrapFailed> {
        if key.profile != self.profile || key.salt != self.salt {
            return Err(UnwrapFailed);
        }
        let cipher = crypto.cipher(self.profile.cipher.oid()).ok_or(UnwrapFailed)?;
        let kek = ContentKey::new(key.key.expose().to_vec());
        wrap::unwrap(cipher, &kek, &self.iv, &self.encrypted, self.key_length, rng)
    }
}

impl<'a> Pbkdf2<'a> {
    pub(super) fn decode(identifier: AlgorithmIdentifier<'a>) -> Result<Self, EnvelopeError> {
        if identifier.oid != oid::PBKDF2 {
            return Err(EnvelopeError::UnsupportedKeyDerivation);
        }
        let parameters = identifier.parameters.unwrap_or_default();
        let (salt, iterations, key_length, prf) =
            Self::fields(parameters).map_err(in_field("keyDerivationAlgorithm"))?;
        let derivation = match prf {
            None => Some(KeyDerivationAlgorithm::Pbkdf2(DigestAlgorithm::SHA1)),
            Some(prf) => KeyDerivationAlgorithm::from_prf(prf),
        };
        let derivation = derivation.ok_or(EnvelopeError::UnsupportedKeyDerivation)?;
        Ok(Self { derivation, salt, iterations, key_length })
    }

    fn fields(parameters: &'a [u8]) -> Result<Fields<'a>, DecodeError> {
        let mut outer = Reader::new(parameters);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        let salt = fields.expect(Tag::OCTET_STRING).map_err(DecodeError::within("salt"))?;
        if !(1..=SALT_LIMIT).contains(&salt.content().len()) {
            return Err(DecodeError::within("salt")(salt.error(DecodeErrorKind::InvalidValue)));
        }
        let iterations = iteration_count(&mut fields).map_err(DecodeError::within("iterationCount"))?;
        let key_length = match fields.peek() {
            Some(Tag::INTEGER) => Some(fields.small_integer().map_err(DecodeError::within("keyLength"))?),
            _ => None,
        };
        let prf = match fields.is_empty() {
            true => None,
            false => Some(AlgorithmIdentifier::decode(&mut fields).map_err(DecodeError::within("prf"))?),
        };
        fields.finish()?;
        Ok((salt.content(), iterations, key_length, prf))
    }
}

type Fields<'a> = (&'a [u8], NonZeroU32, Option<u32>, Option<AlgorithmIdentifier<'a>>);

/// A positive INTEGER; the largest `u32` for all that are larger, because no bound is above that.
fn iteration_count(fields: &mut Reader<'_>) -> Result<NonZeroU32, DecodeError> {
    let invalid = fields.error(DecodeErrorKind::InvalidValue);
    let count = match fields.integer()? {
        [0x80..=0xff, ..] => 0,
        octets => octets.iter().fold(0_u32, |count, octet| match count.checked_mul(256) {
            Some(shifted) => shifted | u32::from(*octet),
            None => u32::MAX,
        }),
    };
    NonZeroU32::new(count).ok_or(invalid)
}

/// The cipher and IV that are the parameter of id-alg-PWRI-KEK (RFC 3211 section 2.3).
fn key_encryption(parameters: Option<&[u8]>) -> Result<(Oid<'_>, &[u8]), DecodeError> {
    let mut outer = Reader::new(parameters.unwrap_or_default());
    let cipher = AlgorithmIdentifier::decode(&mut outer)?;
    outer.finish()?;
    let mut outer = Reader::new(cipher.parameters.unwrap_or_default());
    let iv = outer.expect(Tag::OCTET_STRING)?;
    outer.finish()?;
    Ok((cipher.oid, iv.content()))
}

fn in_field(field: &'static str) -> impl Fn(DecodeError) -> EnvelopeError {
    move |error| EnvelopeError::InvalidPasswordRecipient(DecodeError::within(field)(error))
}

fn invalid(field: &'static str) -> EnvelopeError {
    in_field(field)(DecodeError::new(DecodeErrorKind::InvalidValue, 0))
}

/// Most octets of salt. OpenSSL 3.0 sends 8, BouncyCastle 20.
const SALT_LIMIT: usize = 128;
