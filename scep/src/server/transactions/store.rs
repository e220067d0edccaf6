//! [`Transactions`]: a bounded store of transactions.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use core::time::Duration;

use pki_core::{UnixTime, cms::PasswordKey};

use super::{Conflict, MessageDigest, TransactionKey, TransactionRecord, TransactionState};
use crate::{
    http::HttpResponse,
    server::{CertPoll, Enrol, Sealed},
};

/// A bounded store of transactions in memory, for servers without a database. All on one machine, and gone with it unless
/// [`records`](Self::records) are kept.
///
/// It does what [the module](super) asks of a database: the first to insert, to decide and to reply wins.
#[derive(Clone, Debug)]
pub struct Transactions {
    limits: TransactionLimits,
    records: BTreeMap<TransactionKey, TransactionRecord>,
    by_age: BTreeSet<(UnixTime, TransactionKey)>,
}

/// Bounds of [`Transactions`] and of the replies that a [`TransactionRecord`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by struct update syntax")]
pub struct TransactionLimits {
    /// Most transactions at a time. Default 10,000.
    pub capacity: usize,
    /// How long a transaction is remembered after it came or was decided. Default 30 days.
    pub lifetime: Duration,
    /// Most replies kept of one transaction, the last ones. Default 2: a client repeats what it sent last.
    pub replies: usize,
    /// Most octets of the replies kept of one transaction. Default 16,384; a reply with one certificate has some 3,000.
    pub reply_octets: usize,
}

impl Transactions {
    /// Empty.
    #[must_use]
    pub const fn new(limits: TransactionLimits) -> Self {
        Self { limits, records: BTreeMap::new(), by_age: BTreeSet::new() }
    }

    /// The reply that these very octets got before: no private key is needed.
    #[must_use]
    pub fn replay(&self, sealed: &Sealed) -> Option<HttpResponse> {
        self.get(sealed.transaction())?.replay(sealed)
    }

    /// How the transaction of this request stands; a new one is pending, and remembered, also in place of one that is
    /// [over](TransactionRecord::is_over).
    ///
    /// # Errors
    /// - [`Conflict::DifferentRequest`] if the transactionID belongs to another request. Nothing is changed.
    /// - [`Conflict::Full`] if there is no room even after what is too old was forgotten.
    pub fn admit(&mut self, enrol: &Enrol, now: UnixTime) -> Result<TransactionState, Conflict> {
        self.expire(now);
        match self.get(enrol.transaction()) {
            Some(record) if record.is_over(enrol) => drop(self.remove(enrol.transaction())),
            Some(record) => return record.admit(enrol).cloned(),
            None => {}
        }
        if self.records.len() >= self.limits.capacity {
            return Err(Conflict::Full);
        }
        self.insert(TransactionRecord::new(enrol, now));
        Ok(TransactionState::Pending)
    }

    /// How the transaction that is asked about stands.
    ///
    /// # Errors
    /// - [`Conflict::Unknown`] if there is none.
    /// - [`Conflict::DifferentRequest`] if it is somebody else's.
    pub fn admit_poll(&self, poll: &CertPoll) -> Result<TransactionState, Conflict> {
        self.get(poll.transaction()).ok_or(Conflict::Unknown)?.admit_poll(poll).cloned()
    }

    /// Goes on to `next` if [that may follow](super), and gives what stands then: `next`, or what was decided before.
    ///
    /// # Errors
    /// [`Conflict::Unknown`] if there is no such transaction.
    pub fn settle(
        &mut self,
        key: &TransactionKey,
        next: TransactionState,
        now: UnixTime,
    ) -> Result<TransactionState, Conflict> {
        let record = self.records.get_mut(key).ok_or(Conflict::Unknown)?;
        let before = record.changed();
        let state = record.settle(next, now).clone();
        let after = record.changed();
        if after != before {
            self.by_age.remove(&(before, key.clone()));
            self.by_age.insert((after, key.clone()));
        }
        Ok(state)
    }

    /// Keeps the reply to a message, made when the transaction stood at `answered`, and gives the one to send: this one, or
    /// one that was kept before. What belongs to no transaction is not kept.
    #[must_use = "an earlier reply is the one to send"]
    pub fn keep_reply(
        &mut self,
        key: &TransactionKey,
        message: &MessageDigest,
        answered: &TransactionState,
        reply: HttpResponse,
    ) -> HttpResponse {
        match self.records.get_mut(key) {
            Some(record) => record.keep_reply(message, answered, reply, &self.limits),
            None => reply,
        }
    }

    /// Keeps the key that polls are answered under; see [`TransactionRecord::with_password_key`].
    ///
    /// # Errors
    /// [`Conflict::Unknown`] if there is no such transaction.
    pub fn keep_password_key(&mut self, key: &TransactionKey, password_key: PasswordKey) -> Result<(), Conflict> {
        let record = self.records.get_mut(key).ok_or(Conflict::Unknown)?;
        record.password_key = Some(Arc::new(password_key));
        Ok(())
    }

    /// Forgets what has stood as it is for longer than [`TransactionLimits::lifetime`].
    pub fn expire(&mut self, now: UnixTime) {
        let oldest = now.minus(self.limits.lifetime);
        while self.by_age.first().is_some_and(|(changed, _)| *changed < oldest) {
            if let Some((_, key)) = self.by_age.pop_first() {
                self.records.remove(&key);
            }
        }
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, key: &TransactionKey) -> Option<&TransactionRecord> {
        self.records.get(key)
    }

    /// All of them, to be kept elsewhere.
    pub fn records(&self) -> impl Iterator<Item = &TransactionRecord> {
        self.records.values()
    }

    /// Puts a record in, in place of any with the same key: what [`Transactions::records`] gave, or a database. It may be
    /// one more than [`TransactionLimits::capacity`].
    pub fn insert(&mut self, record: TransactionRecord) {
        self.remove(record.key());
        self.by_age.insert((record.changed(), record.key().clone()));
        self.records.insert(record.key().clone(), record);
    }

    /// Forgets one, so that its transactionID may be used for another request, and gives it back.
    pub fn remove(&mut self, key: &TransactionKey) -> Option<TransactionRecord> {
        let record = self.records.remove(key)?;
        self.by_age.remove(&(record.changed(), key.clone()));
        Some(record)
    }
}

impl TransactionLimits {
    /// The defaults above.
    pub const DEFAULT: Self =
        Self { capacity: 10_000, lifetime: Duration::from_secs(30 * 86_400), replies: 2, reply_octets: 16 * 1024 };
}

impl Default for TransactionLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
