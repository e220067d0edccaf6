//! [`ActivationPassword`]: what a person types, or what nobody sees.

use alloc::{string::String, vec::Vec};
use core::fmt;

use pki_core::{
    Secret,
    crypto::{RandomFailed, SecureRandom},
};
use zeroize::{Zeroize, Zeroizing};

/// An activation password: typed by a person, or generated.
///
/// A [generated](Self::generate) one is of 28 digits and capitals of which no two look alike and which spell no words.
/// Whatever is typed that consists of these alone, whatever its case, blanks and hyphens aside, is taken for such a one:
/// `bcdf 2345` is `BCDF-2345`. All else counts as it is typed.
pub struct ActivationPassword(Secret);

/// Why a text is no activation password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPassword {
    /// It is empty.
    Empty,
    /// It is longer than 256 octets.
    TooLong,
}

impl ActivationPassword {
    /// As it was typed.
    ///
    /// # Errors
    /// All of [`InvalidPassword`].
    pub fn typed(text: &str) -> Result<Self, InvalidPassword> {
        match text.len() {
            0 => return Err(InvalidPassword::Empty),
            1..=LONGEST => {}
            _ => return Err(InvalidPassword::TooLong),
        }
        let significant = text.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_uppercase());
        let mut canonical = String::with_capacity(text.len());
        canonical.extend(significant);
        let generated = !canonical.is_empty() && canonical.bytes().all(|byte| ALPHABET.contains(&byte));
        if generated {
            return Ok(Self(Secret::new(canonical.into_bytes())));
        }
        canonical.zeroize();
        Ok(Self(Secret::from(text)))
    }

    /// Of 12 characters, 57 bits: for a person to type, or for nobody to see.
    ///
    /// # Errors
    /// [`RandomFailed`].
    pub fn generate(rng: &mut dyn SecureRandom) -> Result<Self, RandomFailed> {
        let mut password = Zeroizing::new(Vec::with_capacity(GENERATED));
        let mut random = Zeroizing::new([0; 2 * GENERATED]);
        while password.len() < GENERATED {
            rng.fill(&mut *random)?;
            // What is above the largest multiple of 28 would make some characters likelier than others.
            let fair = random.iter().filter(|byte| **byte < FAIR);
            let characters = fair.filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()));
            let missing = GENERATED - password.len();
            password.extend(characters.take(missing));
        }
        Ok(Self(Secret::from(password.as_slice())))
    }

    /// The text to show to the person, once: a generated one in groups of four, `BCDF-2345-GHJK`.
    #[must_use]
    pub fn display(&self) -> Secret {
        let octets = self.expose();
        if !octets.iter().all(|octet| ALPHABET.contains(octet)) {
            return Secret::from(octets);
        }
        let mut text = Vec::with_capacity(octets.len() + octets.len() / 4);
        for group in octets.chunks(4) {
            if !text.is_empty() {
                text.push(b'-');
            }
            text.extend_from_slice(group);
        }
        Secret::new(text)
    }

    /// How many characters count.
    pub(super) fn characters(&self) -> usize {
        self.expose().iter().filter(|octet| **octet & 0xc0 != 0x80).count()
    }

    pub(super) fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

impl fmt::Debug for ActivationPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActivationPassword(..)")
    }
}

impl fmt::Display for InvalidPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the activation password is empty",
            Self::TooLong => "the activation password is longer than 256 octets",
        })
    }
}

impl core::error::Error for InvalidPassword {}

/// Without 0 1 I L O U, which look like others, and A E, without which there are few words.
const ALPHABET: &[u8; 28] = b"23456789BCDFGHJKMNPQRSTVWXYZ";
/// The largest multiple of 28 in an octet.
const FAIR: u8 = 252;
const GENERATED: usize = 12;
const LONGEST: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(Vec<u8>);

    impl SecureRandom for Bytes {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
            let taken = self.0.get(..out.len()).ok_or(RandomFailed)?;
            out.copy_from_slice(taken);
            self.0.drain(..out.len());
            Ok(())
        }
    }

    #[test]
    fn a_generated_one_is_understood_however_it_is_typed() {
        for text in ["BCDF-2345", "bcdf2345", " bcdf 23-45 "] {
            assert_eq!(ActivationPassword::typed(text).unwrap().expose(), b"BCDF2345", "{text}");
        }
        assert_eq!(ActivationPassword::typed("BCDF2345GH").unwrap().display().expose(), b"BCDF-2345-GH");
    }

    #[test]
    fn any_other_counts_as_it_is_typed() {
        for text in ["Correct Horse-1", "-", "bcdf2340", "pässword"] {
            let password = ActivationPassword::typed(text).unwrap();
            assert_eq!(password.expose(), text.as_bytes(), "{text}");
            assert_eq!(password.display().expose(), text.as_bytes(), "{text}");
        }
        assert_eq!(ActivationPassword::typed("pässword").unwrap().characters(), 8);
    }

    #[test]
    fn generation_throws_away_what_would_be_unfair() {
        let mut random = alloc::vec![255; 24];
        random.extend(0..12);
        random.extend([252; 12]);
        let password = ActivationPassword::generate(&mut Bytes(random)).unwrap();
        assert_eq!(password.expose(), b"23456789BCDF");
        assert!(ActivationPassword::generate(&mut Bytes(alloc::vec![255; 47])).is_err());
    }

    #[test]
    fn every_reason_to_refuse() {
        assert_eq!(ActivationPassword::typed("").unwrap_err(), InvalidPassword::Empty);
        assert_eq!(ActivationPassword::typed(&"x".repeat(257)).unwrap_err(), InvalidPassword::TooLong);
        assert!(ActivationPassword::typed(&"x".repeat(256)).is_ok());
    }

    #[test]
    fn debug_shows_nothing() {
        let password = ActivationPassword::typed("hunter2").unwrap();
        assert_eq!(alloc::format!("{password:?} {:?}", password.display()), "ActivationPassword(..) Secret(..)");
    }
}
