//! What is sealed.

use core::fmt;

use pki_core::{
    DecodeError, DecodeErrorKind, Secret, UnixTime,
    der::{Reader, Tag, Writer},
};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::squeeze::{squeeze, unsqueeze};
use crate::{
    challenge::{Binding, Grant, Presented, RedeemError, Step},
    csr_policy::Expectation,
};

/// How much of the expectation is sealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the whole, or what it can be told by")]
pub enum Detail {
    /// All of it: nothing else is needed to redeem.
    #[default]
    Whole,
    /// Its SHA-256: short, but the service has to have it when the challenge comes back.
    Digest,
}

/// What a sealed challenge is told by: the SHA-256 of its octets. Fits [`ReplayWindow`](scep::server::ReplayWindow).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId([u8; 32]);

/// The challenge is right as far as it tells. What it expects of the CSR has to be found again, for it has the digest only.
#[derive(Clone, Debug)]
#[must_use = "the expectation is waited for"]
pub struct Recall {
    pub(super) presented: Presented,
    pub(super) token: Token,
    pub(super) digest: [u8; 32],
}

/// A sealed challenge, open.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) id: TokenId,
    pub(super) expires: UnixTime,
    /// Without the expectation, where the digest stands for it.
    pub(super) binding: Binding,
}

/// What is sealed of an expectation.
pub(super) enum Sealed {
    Whole,
    Digest([u8; 32]),
}

impl Token {
    /// What is encrypted.
    pub(super) fn plaintext(binding: &Binding, expires: UnixTime, detail: Detail) -> Secret {
        let plain = Zeroizing::new(Writer::encode(|w| {
            // As many octets as it takes: five until the year 36812.
            let seconds = u64::try_from(expires.as_seconds()).unwrap_or_default().to_be_bytes();
            w.unsigned(Tag::INTEGER, &seconds);
            match (detail, binding.expectation()) {
                (Detail::Digest, Some(expectation)) => {
                    binding.encode_names(w);
                    w.primitive(DIGEST, &digest(expectation));
                }
                _ => binding.encode(w),
            }
        }));
        Secret::new(squeeze(&plain))
    }

    /// What was encrypted.
    pub(super) fn read(plaintext: &[u8], id: TokenId) -> Result<(Self, Sealed), DecodeError> {
        let truncated = DecodeError::new(DecodeErrorKind::Truncated, plaintext.len());
        let plain = unsqueeze(plaintext).ok_or(truncated)?;
        let mut fields = Reader::new(&plain);
        let wrong = fields.error(DecodeErrorKind::InvalidValue);
        let mut seconds = [0; 8];
        let (first, octets) = match fields.integer()? {
            [first, ..] if *first >= 0x80 => return Err(wrong),
            [0, rest @ ..] => (8_usize.checked_sub(rest.len()), rest),
            octets => (8_usize.checked_sub(octets.len()), octets),
        };
        let place = first.and_then(|first| seconds.get_mut(first..)).ok_or(wrong)?;
        place.copy_from_slice(octets);
        let expires = UnixTime::from_seconds(i64::from_be_bytes(seconds));
        let binding = Binding::decode(&mut fields)?;
        let sealed = match fields.optional(DIGEST)? {
            Some(element) if binding.expectation().is_none() => {
                let invalid = element.error(DecodeErrorKind::InvalidValue);
                Sealed::Digest(element.content().try_into().map_err(|_| invalid)?)
            }
            Some(element) => return Err(element.error(DecodeErrorKind::Duplicate)),
            None => Sealed::Whole,
        };
        fields.finish()?;
        Ok((Self { id, expires, binding }, sealed))
    }

    pub(super) fn grant(&self, presented: &Presented) -> Result<Grant, RedeemError> {
        presented.check_csr(&self.binding)?;
        let binding = &self.binding;
        Ok(Grant::new(presented).for_device(binding.device(), binding.profile()).by_token(self.id))
    }
}

impl Recall {
    /// The device whose expectation is needed.
    #[must_use]
    pub fn device(&self) -> &str {
        self.token.binding.device()
    }

    /// The profile whose expectation is needed.
    #[must_use]
    pub fn profile(&self) -> &str {
        self.token.binding.profile()
    }

    /// What is expected of device and profile now; `None` if nothing is any more.
    ///
    /// # Errors
    /// - [`RedeemError::Withdrawn`] for `None`, and for another expectation than the one that was sealed: the profile has changed.
    /// - [`RedeemError::Mismatch`] if the CSR is not as expected.
    pub fn with_expectation(self, expectation: Option<Expectation>) -> Result<Step, RedeemError> {
        let expectation = expectation.ok_or(RedeemError::Withdrawn)?;
        if !bool::from(digest(&expectation).ct_eq(&self.digest)) {
            return Err(RedeemError::Withdrawn);
        }
        let binding = self.token.binding.with_expectation(expectation);
        Token { binding, ..self.token }.grant(&self.presented).map(Step::Granted)
    }
}

impl TokenId {
    pub(super) fn of(octets: &[u8]) -> Self {
        Self(Sha256::digest(octets).into())
    }

    /// For a column of a database.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for TokenId {
    /// Lower-case hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenId({self})")
    }
}

fn digest(expectation: &Expectation) -> [u8; 32] {
    Sha256::digest(expectation.to_der()).into()
}

const DIGEST: Tag = Tag::context(1);
