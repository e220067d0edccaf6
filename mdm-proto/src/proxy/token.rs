//! [`Permit`]: the token in the path is redeemed for a transaction.

use pki_core::UnixTime;

use super::{Forward, Operation, Route};
use crate::challenge::{ChallengeRecord, RedeemError, RedeemPolicy, Service, ServiceKey};

/// Whether a message may pass.
#[derive(Debug)]
#[must_use = "the device waits"]
#[expect(clippy::exhaustive_enums, reason = "now, or when the record is stored")]
#[expect(clippy::large_enum_variant, reason = "taken apart at once")]
pub enum Permit {
    /// It may: its transaction used the token before.
    Granted(Forward),
    /// When the record is stored.
    Store(UnstoredPermit),
}

/// A message that may pass when the record of its token is stored.
#[derive(Debug)]
#[must_use = "the record is to be stored"]
pub struct UnstoredPermit {
    operation: Operation,
    previous: ChallengeRecord,
    record: ChallengeRecord,
}

impl Operation {
    /// Redeems the token in the path for the transaction: its first message, every repetition, and its polls, all signed by one
    /// key, for [`RedeemPolicy::grace`]. The record is found by [`ServiceKey::id`] of [`Route::token`], under each key.
    ///
    /// # Errors
    /// [`RedeemError::Unknown`] without a record, or with that of another token; [`RedeemError::WrongDevice`],
    /// [`RedeemError::WrongProfile`], [`RedeemError::Withdrawn`], [`RedeemError::Spent`], [`RedeemError::Expired`]. The
    /// operation comes back, to be tried with another record.
    pub fn redeem(
        self,
        keys: &[ServiceKey],
        route: &Route,
        record: Option<&ChallengeRecord>,
        policy: &RedeemPolicy,
        now: UnixTime,
    ) -> Result<Permit, (RedeemError, Self)> {
        let Some(previous) = record else { return Err((RedeemError::Unknown, self)) };
        let who = (route.device(), route.profile());
        match previous.redeem_for_transaction(keys, route.token(), who, self.spends(), (policy, now)) {
            Ok(None) => Ok(Permit::Granted(self.forward)),
            Ok(Some(record)) => {
                Ok(Permit::Store(UnstoredPermit { operation: self, previous: previous.clone(), record }))
            }
            Err(error) => Err((error, self)),
        }
    }

    /// The same where tokens are kept in memory.
    ///
    /// # Errors
    /// As [`Operation::redeem`].
    pub fn redeem_in_memory(
        self,
        service: &mut Service,
        route: &Route,
        now: UnixTime,
    ) -> Result<Forward, (RedeemError, Self)> {
        let who = (route.device(), route.profile());
        match service.redeem_for_transaction(route.token(), who, self.spends(), now) {
            Ok(()) => Ok(self.forward),
            Err(error) => Err((error, self)),
        }
    }
}

impl UnstoredPermit {
    /// What has to be stored still.
    #[must_use]
    pub const fn previous(&self) -> &ChallengeRecord {
        &self.previous
    }

    /// What to store in its place.
    #[must_use]
    pub const fn record(&self) -> &ChallengeRecord {
        &self.record
    }

    /// It was stored.
    pub fn stored(self) -> Forward {
        self.operation.forward
    }

    /// It was not: somebody else changed the record. Look it up again.
    pub fn lost(self) -> Operation {
        self.operation
    }
}
