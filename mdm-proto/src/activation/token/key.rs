//! [`TokenKey`]: what the service hashes tokens under.

use core::fmt;

use pki_core::{
    Secret, UnixTime,
    crypto::{RandomFailed, SecureRandom},
};
use subtle::ConstantTimeEq as _;

use super::{Token, TokenPolicy, TokenRecord};
use crate::{identity::Identity, keyed};

/// A secret of the service, kept apart from the database of [`TokenRecord`]s: who has only the records can't tell a right
/// token from a wrong one.
#[derive(Debug)]
pub struct TokenKey(Secret);

/// The HMAC-SHA256 of a token.
#[derive(Clone, Copy)]
pub struct TokenHash([u8; 32]);

impl TokenKey {
    /// Fewest octets.
    pub const MIN_LENGTH: usize = 32;

    /// From random octets; `None` for fewer than [`MIN_LENGTH`](Self::MIN_LENGTH).
    #[must_use]
    pub fn new(key: Secret) -> Option<Self> {
        (key.expose().len() >= Self::MIN_LENGTH).then_some(Self(key))
    }

    /// Makes a token for this identity, to give to the user, and the record to store.
    ///
    /// # Errors
    /// [`RandomFailed`] from the source.
    pub fn issue(
        &self,
        identity: Identity,
        policy: &TokenPolicy,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<(Token, TokenRecord), RandomFailed> {
        let token = Token::generate(rng)?;
        let record = TokenRecord::new(self.hash(&token), identity, policy, now);
        Ok((token, record))
    }

    /// The hash of a token, as its record has it.
    #[must_use]
    pub fn hash(&self, token: &Token) -> TokenHash {
        TokenHash(keyed::hash(self.0.expose(), &[LABEL, token.symbols()]))
    }
}

impl TokenHash {
    /// From octets that were kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for TokenHash {
    /// In constant time.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenHash {}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

const LABEL: &[u8] = b"mdm-proto activation token 1";
