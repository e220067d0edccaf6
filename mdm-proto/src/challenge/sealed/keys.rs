//! [`SealingKeys`]: what challenges are sealed under.

use alloc::vec::Vec;
use core::{fmt, time::Duration};

use aes_gcm::{Aes256Gcm, KeyInit as _, aead::AeadInOut as _};
use hkdf::Hkdf;
use pki_core::{
    Secret, UnixTime,
    crypto::{RandomFailed, SecureRandom},
};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{
    Detail, Recall, TokenId, base62,
    token::{Sealed, Token},
};
use crate::{
    challenge::{Binding, Challenge, DEFAULT_SKEW, Grant, Presented, RedeemError, Step},
    keyed,
};

/// The keys that challenges are sealed under: the newest seals, all of them open. Each has a number, from 0 to 255, that stands
/// in the challenge.
///
/// All servers that make or redeem challenges have them. To change keys: [`add_key`](Self::add_key) everywhere but let the old
/// one seal ([`with_sealing_key`](Self::with_sealing_key)), then let the new one seal, then, when the last challenge under the
/// old one has ended, [`without_key`](Self::without_key).
#[derive(Debug)]
pub struct SealingKeys {
    keys: Vec<Key>,
    skew: Duration,
    longest: usize,
}

#[derive(Debug)]
struct Key {
    number: u8,
    secret: Secret,
}

/// Why a key can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// There is another key with this number.
    NumberTaken(u8),
    /// There is no key with this number, or it is the only one.
    NumberUnknown(u8),
    /// It has fewer than [`SealingKeys::KEY_LENGTH`] octets.
    TooShort,
}

/// Why no challenge was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// The end lies before 1970.
    Ended,
    /// No randomness.
    Random(RandomFailed),
    /// It would have so many characters. [`Detail::Digest`] is shorter; so are names of devices and profiles.
    TooLong {
        /// How many.
        characters: usize,
        /// How many it may have.
        longest: usize,
    },
}

impl SealingKeys {
    /// Octets in a key that is generated, and fewest in any.
    pub const KEY_LENGTH: usize = 32;

    /// One key with this number.
    ///
    /// # Errors
    /// [`KeyError::TooShort`].
    pub fn new(number: u8, key: Secret) -> Result<Self, KeyError> {
        Self { keys: Vec::new(), skew: DEFAULT_SKEW, longest: Challenge::LONGEST }.add_key(number, key)
    }

    /// A fresh key, to be kept and handed to [`SealingKeys::new`] or [`SealingKeys::add_key`].
    ///
    /// # Errors
    /// [`RandomFailed`].
    pub fn generate_key(rng: &mut dyn SecureRandom) -> Result<Secret, RandomFailed> {
        keyed::key(rng)
    }

    /// Adds a key, which seals from now on.
    ///
    /// # Errors
    /// [`KeyError::TooShort`], [`KeyError::NumberTaken`].
    pub fn add_key(mut self, number: u8, key: Secret) -> Result<Self, KeyError> {
        if key.expose().len() < Self::KEY_LENGTH {
            return Err(KeyError::TooShort);
        }
        if self.key(number).is_some() {
            return Err(KeyError::NumberTaken(number));
        }
        self.keys.insert(0, Key { number, secret: key });
        Ok(self)
    }

    /// Lets another one of the keys seal.
    ///
    /// # Errors
    /// [`KeyError::NumberUnknown`].
    pub fn with_sealing_key(mut self, number: u8) -> Result<Self, KeyError> {
        let position = self.keys.iter().position(|key| key.number == number);
        let key = self.keys.remove(position.ok_or(KeyError::NumberUnknown(number))?);
        self.keys.insert(0, key);
        Ok(self)
    }

    /// Without this key: what is sealed under it is unknown from now on.
    ///
    /// # Errors
    /// [`KeyError::NumberUnknown`], also for the last one.
    pub fn without_key(mut self, number: u8) -> Result<Self, KeyError> {
        if self.key(number).is_none() || self.keys.len() < 2 {
            return Err(KeyError::NumberUnknown(number));
        }
        self.keys.retain(|key| key.number != number);
        Ok(self)
    }

    /// With another tolerance for clocks: a challenge is good for so long after its end. Default [`DEFAULT_SKEW`].
    #[must_use]
    pub fn with_skew(self, skew: Duration) -> Self {
        Self { skew, ..self }
    }

    /// With another bound on characters, for peers known to take more or fewer than [`Challenge::LONGEST`].
    #[must_use]
    pub fn with_longest(self, longest: usize) -> Self {
        Self { longest, ..self }
    }

    /// A challenge for who and what `binding` says, good up to and including `expires`.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal(
        &self,
        binding: &Binding,
        expires: UnixTime,
        detail: Detail,
        rng: &mut dyn SecureRandom,
    ) -> Result<Challenge, SealError> {
        if expires.as_seconds() < 0 {
            return Err(SealError::Ended);
        }
        let plaintext = Token::plaintext(binding, expires, detail);
        let characters = base62::encoded_length(HEADER + SALT + plaintext.expose().len() + TAG);
        if characters > self.longest {
            return Err(SealError::TooLong { characters, longest: self.longest });
        }
        let mut salt = [0; SALT];
        rng.fill(&mut salt)?;
        let sealed = self.keys.first().and_then(|key| key.seal(&salt, plaintext.expose()));
        let sealed = sealed.ok_or(SealError::TooLong { characters, longest: self.longest })?;
        Ok(Challenge::from_ascii(base62::encode(&sealed)))
    }

    /// Redeems. Nothing is spent by it.
    ///
    /// # Errors
    /// - [`RedeemError::Missing`] without a challenge.
    /// - [`RedeemError::Unknown`] for what was not sealed by one of the keys, or was changed.
    /// - [`RedeemError::Expired`] after its end and the tolerance.
    /// - [`RedeemError::WrongDevice`], [`RedeemError::WrongProfile`] if somebody else presents it.
    /// - [`RedeemError::Mismatch`] if the CSR is not as expected.
    pub fn redeem(&self, presented: &Presented, now: UnixTime) -> Result<Step, RedeemError> {
        let (token, sealed) = self.open(presented.challenge()?).ok_or(RedeemError::Unknown)?;
        presented.check_presenter(&token.binding)?;
        if now > token.expires.plus(self.skew) {
            return Err(RedeemError::Expired { at: token.expires });
        }
        match sealed {
            Sealed::Whole => token.grant(presented).map(Step::Granted),
            Sealed::Digest(digest) => Ok(Step::Recall(Recall { presented: presented.clone(), token, digest })),
        }
    }

    /// Redeems what was sealed whole.
    ///
    /// # Errors
    /// As [`SealingKeys::redeem`], with [`RedeemError::Unknown`] for what was sealed by its digest.
    pub fn redeem_whole(&self, presented: &Presented, now: UnixTime) -> Result<Grant, RedeemError> {
        match self.redeem(presented, now)? {
            Step::Granted(grant) => Ok(grant),
            _ => Err(RedeemError::Unknown),
        }
    }

    fn open(&self, challenge: &Secret) -> Option<(Token, Sealed)> {
        // Nothing that was sealed here is longer, so nothing longer is worth the work.
        let text = Some(challenge.expose()).filter(|text| text.len() <= self.longest.max(Challenge::LONGEST))?;
        let mut sealed = Zeroizing::new(base62::decode(text)?);
        let id = TokenId::of(&sealed);
        let tag = <[u8; TAG]>::try_from(sealed.get(sealed.len().checked_sub(TAG)?..)?).ok()?;
        let [VERSION, number, ..] = **sealed else { return None };
        let (header, salt) = ([VERSION, number], <[u8; SALT]>::try_from(sealed.get(HEADER..HEADER + SALT)?).ok()?);
        let (cipher, nonce) = self.key(number)?.cipher(&salt, header)?;
        let end = sealed.len().checked_sub(TAG)?;
        let body = sealed.get_mut(HEADER + SALT..end)?;
        cipher.decrypt_inout_detached(&nonce.into(), &header, (&mut *body).into(), &tag.into()).ok()?;
        Token::read(body, id).ok()
    }

    fn key(&self, number: u8) -> Option<&Key> {
        self.keys.iter().find(|key| key.number == number)
    }
}

impl Key {
    /// All of the challenge. `None` for more than 64 GiB.
    fn seal(&self, salt: &[u8; SALT], plaintext: &[u8]) -> Option<Vec<u8>> {
        let header = [VERSION, self.number];
        let (cipher, nonce) = self.cipher(salt, header)?;
        let mut sealed = [header.as_slice(), salt, plaintext].concat();
        let body = sealed.get_mut(HEADER + SALT..)?;
        let tag = cipher.encrypt_inout_detached(&nonce.into(), &header, body.into()).ok()?;
        sealed.extend_from_slice(&tag);
        Some(sealed)
    }

    /// The key and the nonce of one challenge.
    fn cipher(&self, salt: &[u8; SALT], header: [u8; HEADER]) -> Option<(Aes256Gcm, [u8; NONCE])> {
        let mut okm = Zeroizing::new([0; 32 + NONCE]);
        // Fails for more than 255 blocks only (RFC 5869 section 2.3).
        Hkdf::<Sha256>::new(Some(salt), self.secret.expose()).expand_multi_info(&[PURPOSE, &header], &mut *okm).ok()?;
        let (mut key, mut nonce) = (Zeroizing::new([0; 32]), [0; NONCE]);
        let (first, second) = okm.split_at(32);
        key.copy_from_slice(first);
        nonce.copy_from_slice(second);
        Some((Aes256Gcm::new(&(*key).into()), nonce))
    }
}

impl From<RandomFailed> for SealError {
    fn from(error: RandomFailed) -> Self {
        Self::Random(error)
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NumberTaken(number) => write!(f, "there is a key with the number {number}: choose another"),
            Self::NumberUnknown(number) => write!(f, "there is no key with the number {number} beside another"),
            Self::TooShort => write!(f, "a key has {} octets or more", SealingKeys::KEY_LENGTH),
        }
    }
}

impl core::error::Error for KeyError {}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("the challenge would end before 1970"),
            Self::Random(error) => error.fmt(f),
            Self::TooLong { characters, longest } => {
                write!(
                    f,
                    "the challenge would have {characters} characters, and may have {longest}: seal the digest only"
                )
            }
        }
    }
}

impl core::error::Error for SealError {}

const VERSION: u8 = 1;
/// Version and key number.
const HEADER: usize = 2;
const SALT: usize = 16;
const NONCE: usize = 12;
const TAG: usize = 16;
const PURPOSE: &[u8] = b"mdm-proto sealed challenge 1\0";
