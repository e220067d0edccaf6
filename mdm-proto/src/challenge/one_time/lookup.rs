//! [`Lookup`] and [`Spending`]: a challenge is redeemed out of a database.

use alloc::vec::Vec;

use pki_core::UnixTime;

use super::{ChallengeId, ChallengeRecord, RedeemPolicy, ServiceKey, SpentOn, key::Hash};
use crate::challenge::{Challenge, Grant, Presented, RedeemError, Step};

/// The record of the challenge is needed.
#[derive(Clone, Debug)]
#[must_use = "the record is waited for"]
pub struct Lookup {
    presented: Presented,
    hashes: Vec<Hash>,
    policy: RedeemPolicy,
}

/// The challenge is right. It counts when the record is stored.
#[derive(Clone, Debug)]
#[must_use = "the record is to be stored"]
pub struct Spending {
    lookup: Lookup,
    previous: ChallengeRecord,
    record: ChallengeRecord,
}

impl Lookup {
    /// For what was presented, which may be hashed under any of these keys, the newest first.
    ///
    /// # Errors
    /// [`RedeemError::Missing`] without a challenge.
    pub fn new(keys: &[ServiceKey], presented: Presented, policy: RedeemPolicy) -> Result<Self, RedeemError> {
        let challenge = presented.challenge()?;
        let hashes = keys.iter().map(|key| key.hash(challenge)).collect();
        Ok(Self { presented, hashes, policy })
    }

    /// What the record may be found by: one for each key.
    pub fn ids(&self) -> impl Iterator<Item = &ChallengeId> {
        self.hashes.iter().map(|hash| &hash.id)
    }

    /// The record that was found by one of the ids, if one was. Can be asked again with another.
    ///
    /// # Errors
    /// - [`RedeemError::Unknown`] if there is none, or that of another challenge.
    /// - [`RedeemError::WrongDevice`], [`RedeemError::WrongProfile`] if somebody else presents it.
    /// - [`RedeemError::Withdrawn`], [`RedeemError::Spent`], [`RedeemError::Expired`] if it is good no longer.
    /// - [`RedeemError::Mismatch`] if the CSR is not as expected.
    pub fn found(&self, record: Option<&ChallengeRecord>, now: UnixTime) -> Result<Step, RedeemError> {
        let record = record.ok_or(RedeemError::Unknown)?;
        Ok(match self.redeem(record, now)? {
            None => Step::Granted(self.grant(record)),
            Some(new) => Step::Store(Spending { lookup: self.clone(), previous: record.clone(), record: new }),
        })
    }

    /// The record to store; `None` if the same request used the challenge before.
    pub(super) fn redeem(
        &self,
        record: &ChallengeRecord,
        now: UnixTime,
    ) -> Result<Option<ChallengeRecord>, RedeemError> {
        if !self.hashes.iter().any(|hash| record.hash.matches(hash)) {
            return Err(RedeemError::Unknown);
        }
        self.presented.check_presenter(record.binding())?;
        let on = SpentOn::Csr(*self.presented.csr_digest());
        record.spend(on, &self.policy, now, |binding| self.presented.check_csr(binding))
    }

    pub(super) fn grant(&self, record: &ChallengeRecord) -> Grant {
        let binding = record.binding();
        Grant::new(&self.presented).for_device(binding.device(), binding.profile())
    }
}

impl ChallengeRecord {
    /// Redeems for a transaction whose CSR is not seen. The record to store; `None` if the same used it before. Unknown
    /// unless it is for that: whoever made a challenge for a CSR wants that looked at.
    pub(crate) fn redeem_for_transaction(
        &self,
        keys: &[ServiceKey],
        token: &Challenge,
        (device, profile): (&str, &str),
        on: SpentOn,
        (policy, now): (&RedeemPolicy, UnixTime),
    ) -> Result<Option<Self>, RedeemError> {
        let is_this = keys.iter().any(|key| self.hash.matches(&key.hash(token.as_secret())));
        if !is_this || !self.binding.is_passage() {
            return Err(RedeemError::Unknown);
        }
        if self.binding.device() != device {
            return Err(RedeemError::WrongDevice);
        }
        if self.binding.profile() != profile {
            return Err(RedeemError::WrongProfile);
        }
        self.spend(on, policy, now, |_| Ok(()))
    }
}

impl Spending {
    /// What to find the record by.
    #[must_use]
    pub const fn id(&self) -> ChallengeId {
        self.previous.id()
    }

    /// What has to be stored still: [`ChallengeRecord::to_der`] is the same for the same record.
    #[must_use]
    pub const fn previous(&self) -> &ChallengeRecord {
        &self.previous
    }

    /// What to store in its place.
    #[must_use]
    pub const fn record(&self) -> &ChallengeRecord {
        &self.record
    }

    /// It was stored: the UPDATE changed one row.
    pub fn stored(self) -> Grant {
        self.lookup.grant(&self.record)
    }

    /// It was not: somebody else changed the record. Look it up again.
    pub fn lost(self) -> Lookup {
        self.lookup
    }
}
