//! [`Token`]: the text that a user is given.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    Secret,
    crypto::{RandomFailed, SecureRandom},
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// A secret for one activation: 26 random characters, each one of 32, which are 130 bits, and two that check them.
///
/// The alphabet is Crockford's: digits and capital letters without I, L, O and U, so that nothing is read for something else.
/// It is written as seven groups of four with hyphens, all of which the compact mode of QR codes has. Read is any letter case,
/// with or without spaces and hyphens, and O for 0, I and L for 1.
///
/// ```
/// # #[cfg(feature = "rustcrypto")]
/// # fn main() -> Result<(), Box<dyn core::error::Error>> {
/// use mdm_proto::activation::token::Token;
/// # let token = Token::generate(&mut pki_core::crypto::rustcrypto::Random(getrandom::SysRng))?;
///
/// let text = token.to_text(); // like "7Q4M-0XW2-..."
/// assert_eq!(text.expose().len(), 34);
/// assert_eq!(Token::from_text(&text)?, token);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "rustcrypto"))]
/// # fn main() {}
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Token(Secret);

/// Not a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidToken {
    /// A character that tokens don't have.
    Character,
    /// The characters that check the others don't: something is mistyped.
    Check,
    /// Not 28 characters.
    Length,
}

impl Token {
    /// A random one.
    ///
    /// # Errors
    /// [`RandomFailed`] from the source.
    pub fn generate(rng: &mut dyn SecureRandom) -> Result<Self, RandomFailed> {
        let mut symbols = Zeroizing::new([0; RANDOM]);
        rng.fill(symbols.as_mut())?;
        // Five bits of each octet: every symbol is as likely as every other.
        symbols.iter_mut().for_each(|symbol| *symbol &= 0x1f);
        Ok(Self::of(&symbols[..]))
    }

    /// From text.
    ///
    /// # Errors
    /// [`InvalidToken`]
    pub fn from_text(text: &Secret) -> Result<Self, InvalidToken> {
        let mut symbols = Zeroizing::new(Vec::with_capacity(RANDOM + CHECK));
        for byte in text.expose().iter().filter(|byte| !matches!(byte, b' ' | b'-')) {
            if symbols.len() == RANDOM + CHECK {
                return Err(InvalidToken::Length);
            }
            symbols.push(value(*byte).ok_or(InvalidToken::Character)?);
        }
        let (random, check) = symbols.split_at_checked(RANDOM).ok_or(InvalidToken::Length)?;
        match check.len() {
            CHECK if check == check_of(random) => Ok(Self::of(random)),
            CHECK => Err(InvalidToken::Check),
            _ => Err(InvalidToken::Length),
        }
    }

    /// The text, in groups.
    #[must_use]
    pub fn to_text(&self) -> Secret {
        let symbols = self.0.expose();
        let check = check_of(symbols);
        // Allocated once, since it is a secret.
        let mut text = Vec::with_capacity(SHOWN);
        for (place, symbol) in symbols.iter().chain(&check).enumerate() {
            if place > 0 && place % GROUP == 0 {
                text.push(b'-');
            }
            text.extend(ALPHABET.get(usize::from(*symbol)));
        }
        Secret::new(text)
    }

    /// The symbols, for a keyed hash.
    pub(super) fn symbols(&self) -> &[u8] {
        self.0.expose()
    }

    fn of(symbols: &[u8]) -> Self {
        Self(Secret::from(symbols))
    }
}

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Character => "a token has digits and letters",
            Self::Check => "the token is mistyped: compare it with what you were sent",
            Self::Length => "a token has 28 characters",
        })
    }
}

impl core::error::Error for InvalidToken {}

fn value(byte: u8) -> Option<u8> {
    let letter = match byte.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    ALPHABET.iter().position(|known| *known == letter).and_then(|value| u8::try_from(value).ok())
}

/// Ten bits of a hash: of what is mistyped, one in 1024 goes unseen.
fn check_of(symbols: &[u8]) -> [u8; CHECK] {
    let digest = Sha256::new().chain_update(CHECK_LABEL).chain_update(symbols).finalize();
    let [first, second, ..] = digest.0;
    [first & 0x1f, second & 0x1f]
}

/// Characters in all: [`RANDOM`], [`CHECK`], and a hyphen between groups.
const SHOWN: usize = RANDOM + CHECK + (RANDOM + CHECK - 1) / GROUP;
const RANDOM: usize = 26;
const CHECK: usize = 2;
const GROUP: usize = 4;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHECK_LABEL: &[u8] = b"mdm-proto activation token check 1";
