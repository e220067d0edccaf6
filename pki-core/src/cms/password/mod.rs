//! PasswordRecipientInfo (RFC 5652 section 6.2.4): content keys encrypted under a password.
//!
//! ```text
//! password, salt, iterations --PBKDF2--> key encryption key --PWRI-KEK--> content key
//!           PasswordProfile                 PasswordKey        PasswordRecipient, PasswordWrappedKey
//! ```
//!
//! RFC 8894 section 3.1 leaves all of it open. What is written here is PBKDF2 (RFC 8018) with HMAC-SHA-256 and
//! id-alg-PWRI-KEK (RFC 3211) with AES-128-CBC; the password is the octets of its UTF-8.

mod recipient;
mod wrap;

pub use recipient::{PasswordRecipient, PasswordWrappedKey};

use alloc::{vec, vec::Vec};
use core::num::NonZeroU32;

use self::recipient::Pbkdf2;
use super::{DeriveError, EnvelopeError, SealError};
use crate::{
    algorithm::{AlgorithmIdentifier, CipherAlgorithm, KeyDerivationAlgorithm},
    crypto::{ContentKey, CryptoProvider, SecureRandom},
    der::{Reader, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
    oid,
    secret::Secret,
};

/// How a key encryption key is derived from a password, and the cipher that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordProfile {
    derivation: KeyDerivationAlgorithm,
    iterations: NonZeroU32,
    cipher: CipherAlgorithm,
}

/// A key encryption key derived from a password, and how: enough to encrypt to whoever knows the password, without the
/// password.
///
/// It is as secret as the password, for messages that were encrypted under it and for guessing the password. `Debug` does
/// not show it, and it is overwritten when dropped.
#[derive(Debug, PartialEq, Eq)]
pub struct PasswordKey {
    profile: PasswordProfile,
    salt: Vec<u8>,
    key: Secret,
}

impl PasswordProfile {
    /// PBKDF2 with HMAC-SHA-256 and 600,000 iterations, what OWASP's cheat sheet on password storage asks for, because SCEP
    /// challenges may be passwords that people chose and that serve again; for AES-128-CBC.
    pub const DEFAULT: Self = Self {
        derivation: KeyDerivationAlgorithm::PBKDF2_SHA256,
        iterations: NonZeroU32::MIN.saturating_add(599_999),
        cipher: CipherAlgorithm::AES128_CBC,
    };

    /// The fewest iterations that a key is made with here. What others made is taken with any number up to
    /// [`Limits::iterations`](crate::Limits::iterations).
    pub const FEWEST_ITERATIONS: u32 = 10_000;

    /// Replaces the key derivation.
    #[must_use]
    pub const fn with_derivation(self, derivation: KeyDerivationAlgorithm) -> Self {
        Self { derivation, ..self }
    }

    /// Replaces the number of iterations. A one-time password of 128 random bits does not need more than
    /// [`PasswordProfile::FEWEST_ITERATIONS`].
    #[must_use]
    pub const fn with_iterations(self, iterations: NonZeroU32) -> Self {
        Self { iterations, ..self }
    }

    /// Replaces the cipher that content keys are wrapped with, one in CBC mode.
    #[must_use]
    pub const fn with_cipher(self, cipher: CipherAlgorithm) -> Self {
        Self { cipher, ..self }
    }

    /// The key derivation.
    #[must_use]
    pub const fn derivation(self) -> KeyDerivationAlgorithm {
        self.derivation
    }

    /// The number of iterations.
    #[must_use]
    pub const fn iterations(self) -> NonZeroU32 {
        self.iterations
    }

    /// The cipher that content keys are wrapped with.
    #[must_use]
    pub const fn cipher(self) -> CipherAlgorithm {
        self.cipher
    }

    /// The key, at the cost of the iterations; `None` if the provider does not have the algorithm.
    fn derive(self, password: &Secret, salt: &[u8], crypto: &CryptoProvider) -> Option<Secret> {
        let derivation = crypto.key_derivation(self.derivation)?;
        Some(derivation.derive(password, salt, self.iterations, self.cipher.key_length()))
    }
}

impl PasswordKey {
    /// Derives a key with a fresh salt. This is slow on purpose: 600,000 iterations with SHA-256 take a server core more
    /// than a tenth of a second.
    ///
    /// # Errors
    /// [`DeriveError`].
    pub fn derive(
        password: &Secret,
        profile: PasswordProfile,
        rng: &mut dyn SecureRandom,
        crypto: &CryptoProvider,
    ) -> Result<Self, DeriveError> {
        let iterations = profile.iterations.get();
        if iterations < PasswordProfile::FEWEST_ITERATIONS {
            return Err(DeriveError::TooFewIterations(iterations));
        }
        if profile.derivation.prf().is_none() || crypto.key_derivation(profile.derivation).is_none() {
            return Err(DeriveError::UnsupportedKeyDerivation(profile.derivation));
        }
        if crypto.cipher(profile.cipher.oid()).is_none() {
            return Err(DeriveError::UnsupportedCipher(profile.cipher));
        }
        let mut salt = vec![0; SALT_LENGTH];
        rng.fill(&mut salt).map_err(DeriveError::Random)?;
        let key = profile.derive(password, &salt, crypto);
        let key = key.ok_or(DeriveError::UnsupportedKeyDerivation(profile.derivation))?;
        Ok(Self { profile, salt, key })
    }

    /// How it was derived.
    #[must_use]
    pub const fn profile(&self) -> PasswordProfile {
        self.profile
    }

    /// The salt that it was derived with.
    #[must_use]
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// For safe keeping: the key with all that belongs to it, in a form of our own, which [`PasswordKey::from_der`] reads.
    #[must_use]
    pub fn to_der(&self) -> Secret {
        Secret::new(Writer::encode(|w| {
            w.sequence(|w| {
                self.encode_derivation(w, Tag::SEQUENCE);
                w.oid(self.profile.cipher.oid());
                w.octet_string(self.key.expose());
            });
        }))
    }

    /// Reads what [`PasswordKey::to_der`] made.
    ///
    /// # Errors
    /// Those of [`Reader`]; [`InvalidValue`](DecodeErrorKind::InvalidValue) for algorithms that are not known, and for a key
    /// that is not as long as its cipher's.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        let mut outer = Reader::new(der);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        let invalid = fields.error(DecodeErrorKind::InvalidValue);
        let derivation = AlgorithmIdentifier::decode(&mut fields)?;
        let Pbkdf2 { derivation, salt, iterations, .. } = Pbkdf2::decode(derivation).map_err(|error| match error {
            EnvelopeError::InvalidPasswordRecipient(error) => error,
            _ => invalid,
        })?;
        let cipher = CipherAlgorithm::from_oid(fields.oid()?).filter(|cipher| !cipher.is_authenticated());
        let cipher = cipher.ok_or(invalid)?;
        let key = Secret::from(fields.expect(Tag::OCTET_STRING)?.content());
        fields.finish()?;
        let profile = PasswordProfile { derivation, iterations, cipher };
        if key.expose().len() != cipher.key_length() {
            return Err(invalid);
        }
        Ok(Self { profile, salt: salt.to_vec(), key })
    }

    /// A PasswordRecipientInfo with this content key, version 0 (RFC 5652 section 6.2.4).
    pub(super) fn encode_recipient(
        &self,
        content_key: &ContentKey,
        rng: &mut dyn SecureRandom,
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, SealError> {
        let cipher = self.profile.cipher;
        let implementation = crypto.cipher(cipher.oid()).ok_or(SealError::UnsupportedCipher(cipher))?;
        let mut iv = vec![0; cipher.iv_length()];
        rng.fill(&mut iv).map_err(SealError::Random)?;
        let kek = ContentKey::new(self.key.expose().to_vec());
        let encrypted_key = wrap::wrap(implementation, &kek, &iv, content_key, rng).map_err(SealError::Wrap)?;
        let iv = Writer::encode(|w| w.octet_string(&iv));
        let cipher = Writer::encode(|w| AlgorithmIdentifier::new(cipher.oid(), Some(&iv)).encode(w));
        Ok(Writer::encode(|w| {
            w.constructed(PasswordRecipient::TAG, |w| {
                w.small_integer(0);
                self.encode_derivation(w, Tag::context_constructed(0));
                AlgorithmIdentifier::new(oid::PWRI_KEK, Some(&cipher)).encode(w);
                w.octet_string(&encrypted_key);
            });
        }))
    }

    /// The AlgorithmIdentifier of PBKDF2 with its parameters, under `tag` (RFC 8018 appendix A.2).
    fn encode_derivation(&self, writer: &mut Writer, tag: Tag) {
        // What has no identifier does not get into a key.
        let prf = self.profile.derivation.prf().filter(|prf| prf.oid != oid::HMAC_WITH_SHA1);
        writer.constructed(tag, |w| {
            w.oid(oid::PBKDF2);
            w.sequence(|w| {
                w.octet_string(&self.salt);
                w.small_integer(self.profile.iterations.get());
                if let Some(prf) = prf {
                    prf.encode(w);
                }
            });
        });
    }
}

impl Default for PasswordProfile {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Octets in the salts that are made here: twice the least of RFC 8018 section 4.1.
const SALT_LENGTH: usize = 16;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests;
