//! [`ChallengeRecord`]: what is kept of a challenge.

use core::time::Duration;

use pki_core::{CsrDigest, UnixTime};
use scep::TransactionId;

use super::{ChallengeId, key::Hash};
use crate::challenge::{Binding, DEFAULT_SKEW, RedeemError};

/// What is kept of a challenge that is used once: no secret. Plain data; changes give a new record.
#[derive(Clone, Debug)]
pub struct ChallengeRecord {
    pub(super) hash: Hash,
    pub(super) binding: Binding,
    pub(super) issued: UnixTime,
    pub(super) expires: UnixTime,
    pub(super) state: ChallengeState,
}

/// How a challenge stands, but for the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "callers match, and a new state would change what they have to do")]
pub enum ChallengeState {
    /// Made; the device may not have it yet.
    Issued,
    /// The profile with it was delivered.
    Delivered {
        /// When.
        at: UnixTime,
    },
    /// Used.
    Spent {
        /// When.
        at: UnixTime,
        /// For which request.
        on: SpentOn,
    },
    /// Taken back: the device or the profile is gone.
    Withdrawn {
        /// When.
        at: UnixTime,
    },
}

/// What a challenge was used for. The same again is no second use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a CSR where it is seen, else what the messages about it have in common")]
pub enum SpentOn {
    /// This CSR.
    Csr(CsrDigest),
    /// A transaction, whose CSR is sealed to the CA: for a proxy.
    Transaction {
        /// Its identifier, which anybody can know.
        id: TransactionId,
        /// The SHA-256 of the key that signs its messages.
        signer: [u8; 32],
    },
}

/// How a challenge stands at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "as the states, and the clock")]
pub enum Status {
    /// Can be used, but the device may not have it yet.
    Issued,
    /// Can be used.
    Delivered,
    /// Was used.
    Spent,
    /// Was not used in time.
    Expired,
    /// Was taken back.
    Withdrawn,
}

/// Rules for redeeming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by struct update syntax")]
pub struct RedeemPolicy {
    /// For how long after its use a challenge is still good for the very request that used it, whose reply may be lost.
    /// Default one hour: clients ask again for minutes (Cisco ten times, Apple three).
    pub grace: Duration,
    /// How far the clocks of who issues and who redeems may differ. Default [`DEFAULT_SKEW`].
    pub skew: Duration,
}

impl ChallengeRecord {
    pub(super) const fn new(hash: Hash, binding: Binding, issued: UnixTime, expires: UnixTime) -> Self {
        Self { hash, binding, issued, expires, state: ChallengeState::Issued }
    }

    /// What it is found by: the primary key.
    #[must_use]
    pub const fn id(&self) -> ChallengeId {
        self.hash.id
    }

    /// For whom and what it is.
    #[must_use]
    pub const fn binding(&self) -> &Binding {
        &self.binding
    }

    /// When it was made.
    #[must_use]
    pub const fn issued(&self) -> UnixTime {
        self.issued
    }

    /// The last second in which it can be used.
    #[must_use]
    pub const fn expires(&self) -> UnixTime {
        self.expires
    }

    /// How it stands, but for the clock.
    #[must_use]
    pub const fn state(&self) -> &ChallengeState {
        &self.state
    }

    /// How it stands at a time.
    #[must_use]
    pub fn status(&self, policy: &RedeemPolicy, now: UnixTime) -> Status {
        match self.state {
            ChallengeState::Spent { .. } => Status::Spent,
            ChallengeState::Withdrawn { .. } => Status::Withdrawn,
            _ if self.is_late(policy, now) => Status::Expired,
            ChallengeState::Issued => Status::Issued,
            ChallengeState::Delivered { .. } => Status::Delivered,
        }
    }

    /// From when on it is good for nothing any more. It should be kept a while longer, so that who comes too late is told apart
    /// from who comes with nothing.
    #[must_use]
    pub fn ends(&self, policy: &RedeemPolicy) -> UnixTime {
        match self.state {
            ChallengeState::Issued | ChallengeState::Delivered { .. } => self.expires.plus(policy.skew),
            ChallengeState::Spent { at, .. } => at.plus(policy.grace),
            ChallengeState::Withdrawn { at } => at,
        }
    }

    /// The profile with it was delivered. What was delivered, used or taken back before stays so.
    #[must_use]
    pub fn delivered(&self, at: UnixTime) -> Self {
        match self.state {
            ChallengeState::Issued => self.with_state(ChallengeState::Delivered { at }),
            _ => self.clone(),
        }
    }

    /// The device or the profile is gone. What was used or taken back before stays so.
    #[must_use]
    pub fn withdrawn(&self, at: UnixTime) -> Self {
        match self.state {
            ChallengeState::Issued | ChallengeState::Delivered { .. } => {
                self.with_state(ChallengeState::Withdrawn { at })
            }
            _ => self.clone(),
        }
    }

    /// Whether it may be used for this, now: `None` if it was, and the reply may be lost; the record to store if it is now.
    pub(super) fn spend(
        &self,
        on: SpentOn,
        policy: &RedeemPolicy,
        now: UnixTime,
        check: impl FnOnce(&Binding) -> Result<(), RedeemError>,
    ) -> Result<Option<Self>, RedeemError> {
        match &self.state {
            ChallengeState::Withdrawn { .. } => Err(RedeemError::Withdrawn),
            ChallengeState::Spent { at, on: before } => {
                if *before == on && now <= at.plus(policy.grace) {
                    Ok(None)
                } else {
                    Err(RedeemError::Spent)
                }
            }
            _ if self.is_late(policy, now) => Err(RedeemError::Expired { at: self.expires }),
            ChallengeState::Issued | ChallengeState::Delivered { .. } => {
                check(&self.binding)?;
                Ok(Some(self.with_state(ChallengeState::Spent { at: now, on })))
            }
        }
    }

    fn is_late(&self, policy: &RedeemPolicy, now: UnixTime) -> bool {
        now > self.expires.plus(policy.skew)
    }

    fn with_state(&self, state: ChallengeState) -> Self {
        Self { state, ..self.clone() }
    }
}

impl PartialEq for ChallengeRecord {
    fn eq(&self, other: &Self) -> bool {
        self.hash.matches(&other.hash)
            && self.binding == other.binding
            && (self.issued, self.expires, &self.state) == (other.issued, other.expires, &other.state)
    }
}

impl Eq for ChallengeRecord {}

impl RedeemPolicy {
    /// The defaults above.
    pub const DEFAULT: Self = Self { grace: Duration::from_secs(3600), skew: DEFAULT_SKEW };
}

impl Default for RedeemPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}
