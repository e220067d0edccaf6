//! [`ServiceKey`]: what challenges are hashed under; [`ChallengeId`]: what they are found by.

use core::fmt;

use pki_core::{
    Secret, UnixTime,
    crypto::{RandomFailed, SecureRandom},
};
use subtle::ConstantTimeEq as _;

use super::ChallengeRecord;
use crate::{
    challenge::{Binding, Challenge, ChallengeFormat},
    keyed,
};

/// The secret that challenges are hashed under. All servers that redeem the same challenges have it; the database does not.
pub struct ServiceKey(Secret);

/// What a record is found by: the first half of the keyed hash of its challenge. No secret, and says nothing to whoever lacks
/// the key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChallengeId([u8; 16]);

/// A keyed hash. The second half is compared in constant time.
#[derive(Clone, Copy)]
pub(in crate::challenge) struct Hash {
    pub(super) id: ChallengeId,
    pub(super) verifier: [u8; 16],
}

/// A key of fewer octets than it has to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "says everything")]
pub struct KeyTooShort {
    /// How many it has to have.
    pub least: usize,
}

impl ServiceKey {
    /// Octets in a key that is generated, and fewest in any.
    pub const LENGTH: usize = 32;

    /// A fresh one. Keep [`ServiceKey::expose`] where secrets are kept.
    ///
    /// # Errors
    /// [`RandomFailed`].
    pub fn generate(rng: &mut dyn SecureRandom) -> Result<Self, RandomFailed> {
        keyed::key(rng).map(Self)
    }

    /// One that was kept.
    ///
    /// # Errors
    /// [`KeyTooShort`] under [`LENGTH`](Self::LENGTH) octets.
    pub fn from_secret(secret: Secret) -> Result<Self, KeyTooShort> {
        if secret.expose().len() < Self::LENGTH { Err(KeyTooShort { least: Self::LENGTH }) } else { Ok(Self(secret)) }
    }

    /// Its octets, to be kept.
    #[must_use]
    pub const fn expose(&self) -> &Secret {
        &self.0
    }

    /// A fresh challenge, good up to and including `expires`, and the record to insert before it is given away.
    ///
    /// # Errors
    /// [`RandomFailed`].
    pub fn issue(
        &self,
        binding: Binding,
        expires: UnixTime,
        format: ChallengeFormat,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<(Challenge, ChallengeRecord), RandomFailed> {
        let challenge = format.generate(rng)?;
        let record = ChallengeRecord::new(self.hash(challenge.as_secret()), binding, now, expires);
        Ok((challenge, record))
    }

    /// What the record of this challenge is found by.
    #[must_use]
    pub fn id(&self, challenge: &Secret) -> ChallengeId {
        self.hash(challenge).id
    }

    pub(in crate::challenge) fn hash(&self, challenge: &Secret) -> Hash {
        Hash::from_bytes(keyed::hash(self.0.expose(), &[PURPOSE, challenge.expose()]))
    }
}

impl Hash {
    pub(super) fn from_bytes(hash: [u8; 32]) -> Self {
        let [mut id, mut verifier] = [[0; 16]; 2];
        let (first, second) = hash.split_at(16);
        id.copy_from_slice(first);
        verifier.copy_from_slice(second);
        Self { id: ChallengeId(id), verifier }
    }

    /// Whether they are of the same challenge.
    pub(super) fn matches(&self, other: &Self) -> bool {
        (self.id.0.ct_eq(&other.id.0) & self.verifier.ct_eq(&other.verifier)).into()
    }
}

impl ChallengeId {
    /// From a column of a database.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// For a column of a database.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceKey(..)")
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.id, f)
    }
}

impl fmt::Display for ChallengeId {
    /// Lower-case hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for ChallengeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChallengeId({self})")
    }
}

impl fmt::Display for KeyTooShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the key has to have {} octets", self.least)
    }
}

impl core::error::Error for KeyTooShort {}

/// What is hashed before the challenge, so that the key may have other uses.
const PURPOSE: &[u8] = b"mdm-proto one-time challenge 1\0";
