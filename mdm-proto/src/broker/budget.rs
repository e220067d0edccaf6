//! [`SigningBudget`]: what a key may still sign for a broker.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    DecodeError, DecodeErrorKind, PublicKeyRef,
    crypto::DigestValue,
    der::{Tag, Writer},
};
use sha2::{Digest as _, Sha256};

use crate::identity::der;

/// Bounds on what a key signs for a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by struct update syntax")]
pub struct SigningLimits {
    /// Most different sets of signed attributes: one for the request, and one for each poll. Default 33, which is 32 polls:
    /// more than a day with [`PollPolicy::DEFAULT`](scep::client::PollPolicy::DEFAULT).
    pub attribute_sets: u32,
}

/// What a key may still sign for a broker: one digest, and so many sets of signed attributes, until it is closed.
///
/// It belongs to the key, not to a dialogue: a dialogue that is begun again with the same key goes on with the same budget. Keep
/// [`to_der`](Self::to_der) beside the key, and write it *before* a message goes out that has a signature in it; then no crash
/// gives the key a second digest.
///
/// - What was signed last may be signed again: a message that was lost is made again, and says nothing new.
/// - Whoever has the key's certificate already has no use for it: a budget is for a key that was just made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningBudget {
    /// SHA-256 of the `SubjectPublicKeyInfo`.
    key: [u8; 32],
    digest: Option<DigestValue>,
    /// SHA-256 of the set that was signed last.
    last_set: Option<[u8; 32]>,
    sets: u32,
    limits: SigningLimits,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    Open,
}

/// Why something is not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BudgetError {
    /// The key signs no more: it has its certificate, or somebody closed it.
    Closed,
    /// The key has signed another digest. Make a new key and begin again.
    DigestSpent,
    /// The budget is another key's.
    OtherKey,
    /// As many sets of attributes as [`SigningLimits::attribute_sets`] are signed.
    SetsSpent,
}

impl SigningLimits {
    /// The defaults above.
    pub const DEFAULT: Self = Self { attribute_sets: 33 };
}

impl Default for SigningLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl SigningBudget {
    /// Of a key that was made for one certificate and has signed nothing for a broker yet.
    #[must_use]
    pub fn new(key: PublicKeyRef<'_>, limits: SigningLimits) -> Self {
        Self { key: sha256(key.as_der()), digest: None, last_set: None, sets: 0, limits, state: State::Open }
    }

    /// Whether it may sign anything still.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// How many more sets of attributes may be signed.
    #[must_use]
    pub const fn sets_left(&self) -> u32 {
        self.limits.attribute_sets.saturating_sub(self.sets)
    }

    /// The digest that was signed.
    #[must_use]
    pub const fn digest(&self) -> Option<&DigestValue> {
        self.digest.as_ref()
    }

    /// From now on the key signs nothing for a broker.
    pub const fn close(&mut self) {
        self.state = State::Closed;
    }

    /// This digest is about to be signed by `key`.
    pub(super) fn spend_digest(&mut self, key: PublicKeyRef<'_>, digest: &DigestValue) -> Result<(), BudgetError> {
        self.check(key)?;
        match &self.digest {
            Some(spent) if spent != digest => Err(BudgetError::DigestSpent),
            _ => {
                self.digest = Some(*digest);
                Ok(())
            }
        }
    }

    /// These attributes are about to be signed for the certificate of `key`.
    pub(super) fn spend_attributes(&mut self, key: PublicKeyRef<'_>, attributes: &[u8]) -> Result<(), BudgetError> {
        self.check(key)?;
        let set = Some(sha256(attributes));
        if self.last_set == set {
            return Ok(());
        }
        if self.sets_left() == 0 {
            return Err(BudgetError::SetsSpent);
        }
        self.sets = self.sets.saturating_add(1);
        self.last_set = set;
        Ok(())
    }

    fn check(&self, key: PublicKeyRef<'_>) -> Result<(), BudgetError> {
        if self.key != sha256(key.as_der()) {
            return Err(BudgetError::OtherKey);
        }
        if self.is_open() { Ok(()) } else { Err(BudgetError::Closed) }
    }

    /// As bytes, of the newest version. No secret is in them, but who can put older ones in their place makes the key sign more.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                w.octet_string(&self.key);
                if let Some(digest) = &self.digest {
                    w.primitive(DIGEST, digest.as_bytes());
                }
                if let Some(set) = &self.last_set {
                    w.primitive(LAST_SET, set);
                }
                w.small_integer(self.sets);
                w.small_integer(self.limits.attribute_sets);
                w.boolean(self.is_open());
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`DecodeErrorKind::UnsupportedVersion`] for those of a later release, and others for what is no budget.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        Self::decode(der).map_err(DecodeError::within("SigningBudget"))
    }

    fn decode(der: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = der::record(der, VERSION, LARGEST)?;
        let octets = |element: pki_core::der::Element<'_>| {
            <[u8; 32]>::try_from(element.content()).map_err(|_length| element.error(DecodeErrorKind::InvalidValue))
        };
        let key = der::octets(&mut fields)?;
        let digest = match fields.optional(DIGEST)? {
            None => None,
            Some(element) => {
                let digest = DigestValue::new(element.content()).filter(|digest| !digest.as_bytes().is_empty());
                Some(digest.ok_or_else(|| element.error(DecodeErrorKind::InvalidValue))?)
            }
        };
        let last_set = fields.optional(LAST_SET)?.map(octets).transpose()?;
        let sets = fields.small_integer()?;
        let limits = SigningLimits { attribute_sets: fields.small_integer()? };
        let state = if fields.boolean()? { State::Open } else { State::Closed };
        fields.finish()?;
        Ok(Self { key, digest, last_set, sets, limits, state })
    }
}

impl fmt::Display for BudgetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the key signs nothing more for a broker",
            Self::DigestSpent => "the key has signed another digest; make a new key and begin again",
            Self::OtherKey => "the budget is another key's",
            Self::SetsSpent => {
                "the key has signed as many sets of attributes as it may; make a new key and begin again"
            }
        })
    }
}

impl core::error::Error for BudgetError {}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

const VERSION: u32 = 1;
/// Most octets in one: it has 150.
const LARGEST: usize = 1024;
const DIGEST: Tag = Tag::context(0);
const LAST_SET: Tag = Tag::context(1);
