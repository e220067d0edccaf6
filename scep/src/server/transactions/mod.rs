//! [`TransactionRecord`]: what a server remembers of a request; [`Transactions`]: a bounded store of them.

use alloc::{collections::BTreeMap, vec::Vec};
use core::{fmt, time::Duration};

use pki_core::{Certificate, CsrDigest, PublicKey, UnixTime};

use super::{CertPoll, Enrol};
use crate::attribute::{FailInfo, TransactionId};

/// One transaction, as it goes into a database: plain data.
///
/// It ties a transactionID to one CSR and to one key: a repeated request gets the same answer, another request under the
/// same transactionID gets none, and a poll is answered to whoever made the request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransactionRecord {
    /// The transactionID, chosen by the client.
    pub transaction_id: TransactionId,
    /// The CSR that it is about.
    pub csr: CsrDigest,
    /// The key that signed the request and that the answer is encrypted to.
    pub signer: PublicKey,
    /// How it stands.
    pub state: TransactionState,
    /// When the request came first.
    pub created: UnixTime,
}

/// How a transaction stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 8894 section 2.5 has these three")]
pub enum TransactionState {
    /// The certificates to send, the one issued first. Sent again whenever it is asked for.
    Issued(Vec<Certificate>),
    /// Not decided.
    Pending,
    /// Refused.
    Rejected(FailInfo),
}

/// Why a request does not get the answer of the transaction it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// The same transactionID with another CSR, or signed by another key. The first one stands.
    DifferentRequest,
    /// No room for another transaction.
    Full,
    /// No such transaction (RFC 8894 section 4.4).
    Unknown,
}

/// A bounded store of transactions in memory, for servers without a database. All on one machine, and gone with it.
#[derive(Clone, Debug)]
pub struct Transactions {
    limits: TransactionLimits,
    records: BTreeMap<Vec<u8>, TransactionRecord>,
}

/// Bounds of [`Transactions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by struct update syntax")]
pub struct TransactionLimits {
    /// Most transactions at a time. Default 10,000.
    pub capacity: usize,
    /// How long a transaction is remembered. Default 30 days.
    pub lifetime: Duration,
}

impl TransactionRecord {
    /// Of a request that came for the first time, undecided.
    #[must_use]
    pub fn new(enrol: &Enrol, now: UnixTime) -> Self {
        Self {
            transaction_id: enrol.transaction_id().clone(),
            csr: *enrol.csr_digest(),
            signer: enrol.signer().public_key().to_owned(),
            state: TransactionState::Pending,
            created: now,
        }
    }

    /// From the columns of a database.
    #[must_use]
    pub const fn from_parts(
        transaction_id: TransactionId,
        csr: CsrDigest,
        signer: PublicKey,
        state: TransactionState,
        created: UnixTime,
    ) -> Self {
        Self { transaction_id, csr, signer, state, created }
    }

    /// Whether `enrol` is this very request again, and how it stands then.
    ///
    /// # Errors
    /// [`Conflict::DifferentRequest`] if it is another request under the same transactionID.
    pub fn admit(&self, enrol: &Enrol) -> Result<&TransactionState, Conflict> {
        let same = self.transaction_id == *enrol.transaction_id()
            && self.csr == *enrol.csr_digest()
            && self.signer.as_ref() == enrol.signer().public_key();
        if same { Ok(&self.state) } else { Err(Conflict::DifferentRequest) }
    }

    /// Whether `poll` comes from whoever made the request, and how it stands then.
    ///
    /// # Errors
    /// [`Conflict::DifferentRequest`] if it is signed by another key: the certificate is not for that key.
    pub fn admit_poll(&self, poll: &CertPoll) -> Result<&TransactionState, Conflict> {
        let same = self.transaction_id == *poll.transaction_id() && self.signer.as_ref() == poll.signer().public_key();
        if same { Ok(&self.state) } else { Err(Conflict::DifferentRequest) }
    }
}

impl Conflict {
    /// What to tell the peer.
    #[must_use]
    pub const fn fail_info(self) -> FailInfo {
        FailInfo::BAD_REQUEST
    }
}

impl Transactions {
    /// Empty.
    #[must_use]
    pub const fn new(limits: TransactionLimits) -> Self {
        Self { limits, records: BTreeMap::new() }
    }

    /// How the transaction of this request stands; a new one is pending, and remembered.
    ///
    /// # Errors
    /// - [`Conflict::DifferentRequest`] if the transactionID belongs to another request. Nothing is changed.
    /// - [`Conflict::Full`] if there is no room even after what is too old was forgotten.
    pub fn admit(&mut self, enrol: &Enrol, now: UnixTime) -> Result<TransactionState, Conflict> {
        if let Some(record) = self.records.get(enrol.transaction_id().as_bytes()) {
            return record.admit(enrol).cloned();
        }
        if self.records.len() >= self.limits.capacity {
            self.expire(now);
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
        let record = self.records.get(poll.transaction_id().as_bytes()).ok_or(Conflict::Unknown)?;
        record.admit_poll(poll).cloned()
    }

    /// Decides a pending transaction. One that is decided stays as it is (RFC 8894 section 2.5: one final answer); an
    /// unknown one is none of ours.
    pub fn settle(&mut self, transaction_id: &TransactionId, state: TransactionState) {
        if let Some(record) = self.records.get_mut(transaction_id.as_bytes())
            && record.state == TransactionState::Pending
        {
            record.state = state;
        }
    }

    /// Forgets what is older than [`TransactionLimits::lifetime`].
    pub fn expire(&mut self, now: UnixTime) {
        let oldest = now.minus(self.limits.lifetime);
        self.records.retain(|_, record| record.created >= oldest);
    }

    /// All of them, to be kept elsewhere.
    pub fn records(&self) -> impl Iterator<Item = &TransactionRecord> {
        self.records.values()
    }

    /// Puts a record in, in place of any with the same transactionID: what [`Transactions::records`] gave, or a database.
    pub fn insert(&mut self, record: TransactionRecord) {
        self.records.insert(record.transaction_id.as_bytes().to_vec(), record);
    }
}

impl TransactionLimits {
    /// The defaults above.
    pub const DEFAULT: Self = Self { capacity: 10_000, lifetime: Duration::from_secs(30 * 86_400) };
}

impl Default for TransactionLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DifferentRequest => "the transactionID belongs to another request",
            Self::Full => "no room for another transaction",
            Self::Unknown => "no such transaction",
        })
    }
}

impl core::error::Error for Conflict {}
