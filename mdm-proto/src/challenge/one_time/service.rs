//! [`Service`]: challenges in memory, for callers without a database.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    vec::Vec,
};
use core::{fmt, time::Duration};

use pki_core::{
    UnixTime,
    crypto::{RandomFailed, SecureRandom},
};

use super::{ChallengeId, ChallengeRecord, Lookup, RedeemPolicy, ServiceKey, SpentOn};
use crate::challenge::{Binding, Challenge, ChallengeFormat, Grant, Presented, RedeemError};

/// Challenges in memory, for callers without a database. All on one machine, and gone with it unless
/// [`records`](Self::records) are kept.
///
/// Every call takes time by the logarithm of how many there are. It never forgets what can still be used.
#[derive(Debug)]
pub struct Service {
    /// The newest first, which new challenges are hashed under.
    keys: Vec<ServiceKey>,
    limits: ServiceLimits,
    records: BTreeMap<ChallengeId, ChallengeRecord>,
    by_end: BTreeSet<(UnixTime, ChallengeId)>,
    by_device: BTreeSet<(Arc<str>, ChallengeId)>,
}

/// Bounds and rules of a [`Service`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by struct update syntax")]
pub struct ServiceLimits {
    /// Most challenges at a time. Default 100,000.
    pub capacity: usize,
    /// Most challenges of one device at a time; of those that are over, the last ones are kept. Default 16.
    pub per_device: usize,
    /// How long what is over is remembered, so that who comes too late is told apart from who comes with nothing, while there
    /// is room. Default 14 days, twice the longest that a device is commonly given.
    pub remember: Duration,
    /// Characters of new challenges.
    pub format: ChallengeFormat,
    /// Rules for redeeming.
    pub policy: RedeemPolicy,
}

/// Why no challenge was given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssueError {
    /// There is no room for one more that can be used.
    Full,
    /// No randomness.
    Random(RandomFailed),
    /// The device has [`ServiceLimits::per_device`] that can be used: take some back, or wait.
    TooManyForDevice,
}

impl Service {
    /// Empty.
    #[must_use]
    pub fn new(key: ServiceKey, limits: ServiceLimits) -> Self {
        let (records, by_end, by_device) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        Self { keys: alloc::vec![key], limits, records, by_end, by_device }
    }

    /// Hashes new challenges under another key. What is hashed under those before stays good; two of them are kept.
    pub fn rotate_key(&mut self, key: ServiceKey) {
        self.keys.insert(0, key);
        self.keys.truncate(3);
    }

    /// A fresh challenge, good for `lifetime`.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn issue(
        &mut self,
        binding: Binding,
        lifetime: Duration,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<Challenge, IssueError> {
        self.expire(now);
        self.make_room_for(binding.device(), now)?;
        self.make_room(now)?;
        let expires = now.plus(lifetime);
        let Some(key) = self.keys.first() else { return Err(IssueError::Full) };
        let (challenge, record) = key.issue(binding, expires, self.limits.format, now, rng)?;
        self.insert(record);
        Ok(challenge)
    }

    /// Redeems, once.
    ///
    /// # Errors
    /// [`RedeemError::Missing`], and those of [`Lookup::found`].
    pub fn redeem(&mut self, presented: &Presented, now: UnixTime) -> Result<Grant, RedeemError> {
        let lookup = Lookup::new(&self.keys, presented.clone(), self.limits.policy)?;
        let record = lookup.ids().find_map(|id| self.records.get(id)).ok_or(RedeemError::Unknown)?;
        let (changed, grant) = (lookup.redeem(record, now)?, lookup.grant(record));
        if let Some(record) = changed {
            self.insert(record);
        }
        Ok(grant)
    }

    /// Redeems for a transaction whose CSR is not seen.
    pub(crate) fn redeem_for_transaction(
        &mut self,
        token: &Challenge,
        who: (&str, &str),
        on: SpentOn,
        now: UnixTime,
    ) -> Result<(), RedeemError> {
        let record = self.find(token).ok_or(RedeemError::Unknown)?;
        let rules = (&self.limits.policy, now);
        if let Some(changed) = record.redeem_for_transaction(&self.keys, token, who, on, rules)? {
            self.insert(changed);
        }
        Ok(())
    }

    /// Which record is that of this challenge, and how it stands.
    #[must_use]
    pub fn find(&self, challenge: &Challenge) -> Option<&ChallengeRecord> {
        self.keys.iter().find_map(|key| self.records.get(&key.id(challenge.as_secret())))
    }

    /// The profile with this challenge was delivered.
    pub fn delivered(&mut self, id: &ChallengeId, now: UnixTime) {
        if let Some(record) = self.records.get(id).map(|record| record.delivered(now)) {
            self.insert(record);
        }
    }

    /// Takes one back.
    pub fn withdraw(&mut self, id: &ChallengeId, now: UnixTime) {
        if let Some(record) = self.records.get(id).map(|record| record.withdrawn(now)) {
            self.insert(record);
        }
    }

    /// Takes back all that a device has, since it left, or is to have nothing more.
    pub fn withdraw_device(&mut self, device: &str, now: UnixTime) {
        let records: Vec<_> = self.of_device(device).map(|record| record.withdrawn(now)).collect();
        records.into_iter().for_each(|record| self.insert(record));
    }

    /// Forgets what has been over for longer than [`ServiceLimits::remember`].
    pub fn expire(&mut self, now: UnixTime) {
        let oldest = now.minus(self.limits.remember);
        while self.by_end.first().is_some_and(|(end, _)| *end < oldest) {
            self.forget_first();
        }
    }

    /// Those of a device.
    pub fn of_device(&self, device: &str) -> impl Iterator<Item = &ChallengeRecord> {
        let device: Arc<str> = device.into();
        let start = (Arc::clone(&device), ChallengeId::from_bytes([0; 16]));
        let end = (device, ChallengeId::from_bytes([0xff; 16]));
        self.by_device.range(start..=end).filter_map(|(_, id)| self.records.get(id))
    }

    /// All of them, to be kept elsewhere.
    #[must_use]
    pub fn records(&self) -> impl ExactSizeIterator<Item = &ChallengeRecord> {
        self.records.values()
    }

    /// Puts a record in, in place of any with the same id: what [`records`](Self::records) gave. It may be one more than
    /// [`ServiceLimits::capacity`].
    pub fn insert(&mut self, record: ChallengeRecord) {
        let id = record.id();
        let (end, device) = (record.ends(&self.limits.policy), Arc::clone(record.binding().shared_device()));
        match self.records.insert(id, record) {
            // Changed, as by every redemption: the device stays.
            Some(before) if before.binding().shared_device() == &device => {
                let before = before.ends(&self.limits.policy);
                if before == end {
                    return;
                }
                self.by_end.remove(&(before, id));
            }
            Some(before) => {
                self.unindex(&before);
                self.by_device.insert((device, id));
            }
            None => {
                self.by_device.insert((device, id));
            }
        }
        self.by_end.insert((end, id));
    }

    /// Forgets one.
    pub fn remove(&mut self, id: &ChallengeId) -> Option<ChallengeRecord> {
        let record = self.records.remove(id)?;
        self.unindex(&record);
        Some(record)
    }

    /// Forgets what is over first.
    fn forget_first(&mut self) {
        if let Some((_, id)) = self.by_end.pop_first() {
            self.remove(&id);
        }
    }

    fn unindex(&mut self, record: &ChallengeRecord) {
        self.by_end.remove(&(record.ends(&self.limits.policy), record.id()));
        self.by_device.remove(&(Arc::clone(record.binding().shared_device()), record.id()));
    }

    /// Room for one more of this device, by forgetting what was over first.
    fn make_room_for(&mut self, device: &str, now: UnixTime) -> Result<(), IssueError> {
        let mut ends: BTreeSet<_> =
            self.of_device(device).map(|record| (record.ends(&self.limits.policy), record.id())).collect();
        while ends.len() >= self.limits.per_device {
            match ends.pop_first() {
                Some((end, id)) if end < now => drop(self.remove(&id)),
                _ => return Err(IssueError::TooManyForDevice),
            }
        }
        Ok(())
    }

    /// Room for one more, by forgetting what was over first.
    fn make_room(&mut self, now: UnixTime) -> Result<(), IssueError> {
        while self.records.len() >= self.limits.capacity {
            if self.by_end.first().is_none_or(|(end, _)| *end >= now) {
                return Err(IssueError::Full);
            }
            self.forget_first();
        }
        Ok(())
    }
}

impl ServiceLimits {
    /// The defaults above.
    pub const DEFAULT: Self = Self {
        capacity: 100_000,
        per_device: 16,
        remember: Duration::from_secs(14 * 86_400),
        format: ChallengeFormat::DEFAULT,
        policy: RedeemPolicy::DEFAULT,
    };
}

impl Default for ServiceLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl From<RandomFailed> for IssueError {
    fn from(error: RandomFailed) -> Self {
        Self::Random(error)
    }
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => {
                f.write_str("there is no room for another challenge: raise the capacity, or let them end sooner")
            }
            Self::Random(error) => error.fmt(f),
            Self::TooManyForDevice => f.write_str("the device has too many challenges that can be used"),
        }
    }
}

impl core::error::Error for IssueError {}
