//! [`Challenge`]: what a device is given; [`ChallengeFormat`]: how much of it is random.

use alloc::{string::String, vec::Vec};
use core::fmt;

use pki_core::{
    Secret,
    crypto::{RandomFailed, SecureRandom},
};
use scep::peer::ChallengeAlphabet;
use zeroize::Zeroizing;

/// A challenge password on its way to a device: ASCII text, wiped when dropped, not shown by `Debug`.
///
/// What this crate makes are letters, digits and hyphens, which every peer takes, Windows too
/// ([`ChallengeAlphabet::LettersDigitsHyphen`]), and no more than [`Challenge::LONGEST`] of them.
#[derive(PartialEq, Eq)]
pub struct Challenge(Secret);

/// How long a random challenge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChallengeFormat {
    characters: u8,
}

impl Challenge {
    /// Most characters of a challengePassword: `pkcs-9-ub-challengePassword` (RFC 2985 appendix A), which CAs and clients
    /// enforce.
    pub const LONGEST: usize = 255;

    /// One that came from elsewhere: from NDES, from a webhook.
    ///
    /// # Errors
    /// [`InvalidChallenge`] unless it is 1 to [`LONGEST`](Self::LONGEST) printable characters of ASCII without spaces.
    pub fn from_text(text: &[u8]) -> Result<Self, InvalidChallenge> {
        let fits = (1..=Self::LONGEST).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic);
        if fits { Ok(Self(Secret::from(text))) } else { Err(InvalidChallenge) }
    }

    /// Of characters that are known to be right.
    pub(super) const fn from_ascii(text: Vec<u8>) -> Self {
        Self(Secret::new(text))
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        core::str::from_utf8(self.0.expose()).unwrap_or_default()
    }

    /// For [`CsrBuilder::with_challenge_password`](pki_core::CsrBuilder::with_challenge_password), or for comparison.
    #[must_use]
    pub const fn as_secret(&self) -> &Secret {
        &self.0
    }

    /// Whether a peer with this alphabet can be given it.
    #[must_use]
    pub fn suits(&self, alphabet: ChallengeAlphabet) -> bool {
        alphabet.permits(self.expose())
    }
}

impl ChallengeFormat {
    /// 26 characters, 130 bits.
    pub const DEFAULT: Self = Self { characters: 26 };

    /// At least so many bits, in characters of five. Fewer than 128 are not to be had: nobody types a challenge.
    ///
    /// # Errors
    /// [`InvalidChallenge`] outside of 128 to 1275 bits: more would be longer than [`Challenge::LONGEST`].
    pub fn with_bits(bits: u16) -> Result<Self, InvalidChallenge> {
        match u8::try_from(bits.div_ceil(5)) {
            Ok(characters) if bits >= 128 => Ok(Self { characters }),
            _ => Err(InvalidChallenge),
        }
    }

    /// How many bits are random.
    #[must_use]
    pub fn bits(self) -> u16 {
        u16::from(self.characters) * 5
    }

    /// A fresh challenge in the alphabet of base32 (RFC 4648 section 6), which has no 0, 1 and 8.
    ///
    /// # Errors
    /// [`RandomFailed`].
    pub fn generate(self, rng: &mut dyn SecureRandom) -> Result<Challenge, RandomFailed> {
        let mut random = Zeroizing::new(alloc::vec![0_u8; usize::from(self.characters)]);
        rng.fill(&mut random)?;
        let text = random.iter().map(|octet| BASE32.get(usize::from(octet & 31)).copied().unwrap_or(b'A'));
        Ok(Challenge::from_ascii(text.collect()))
    }
}

impl Default for ChallengeFormat {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenge(..)")
    }
}

impl From<Challenge> for Secret {
    fn from(challenge: Challenge) -> Self {
        challenge.0
    }
}

/// A text that is no challenge, or a length that no challenge has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidChallenge;

impl fmt::Display for InvalidChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a challenge has 1 to 255 printable characters, and 128 random bits or more")
    }
}

impl core::error::Error for InvalidChallenge {}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A copy of a text that is a secret.
pub(super) fn copy(secret: &Secret) -> Secret {
    Secret::from(secret.expose())
}

/// A text in which a secret was, wiped.
pub(super) fn wiped(text: String) -> Zeroizing<String> {
    Zeroizing::new(text)
}
