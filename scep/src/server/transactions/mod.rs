//! What a server remembers of requests: [`TransactionRecord`], and [`Transactions`], a bounded store of them.
//!
//! ```text
//!                    ┌───────────────────────▶ Rejected
//!   admit ──▶ Pending ──▶ Approved ──▶ Issued
//!                └────────────────────────▲
//! ```
//!
//! - *Pending → Approved*: the `TBSCertificate` is decided and **recorded before it is signed**, with its serial number and
//!   validity. Whoever comes to sign it, after a crash or on another replica, signs the same bytes.
//! - *Approved → Issued*: only by a certificate with that `TBSCertificate`. Signatures may differ, as those of ECDSA do; the
//!   first that is recorded is the one that is sent.
//! - *Pending → Issued*: for certificates that another CA signs. That CA has to see to it that asking twice gives one.
//! - *Pending → Rejected*. What is approved can't be refused any more: a signature may exist.
//! - Nothing else, and nothing leads back. A step that can't be made changes nothing; [`settle`](Transactions::settle) gives
//!   what stands, and that is what the client is told.
//!
//! So there is at most one certificate for a transaction, wherever a server stops, and however many replicas decide at once.
//!
//! # Again
//! - The same octets again get the same reply, octet for octet ([`replay`](Transactions::replay),
//!   [`keep_reply`](Transactions::keep_reply)), before any private key is used. PENDING is replayed only as long as it is
//!   true.
//! - The same CSR by the same signer in another message, or a poll, gets a reply of its own with the same certificate.
//! - Another CSR or another signer under the same transactionID is badRequest, and changes nothing (RFC 8894 section 3.2.1.1).
//!
//! Transactions are forgotten [`lifetime`](TransactionLimits::lifetime) after their last step. A challenge that is good for
//! longer than that may be used by a replayed request again: let one-time challenges expire sooner.
//!
//! # In a database
//! Every step is one statement, and the first to make it wins; no lock is held while a key signs. `admit`:
//!
//! ```sql
//! INSERT INTO transactions (authority, id, csr, signer, created, state, value, changed)
//!     VALUES (:authority, :id, :csr, :signer, :now, 'pending', '', :now) ON CONFLICT DO NOTHING;
//! SELECT * FROM transactions WHERE authority = :authority AND id = :id;  -- then TransactionRecord::admit
//! ```
//!
//! `settle`, and then the SELECT again, for what stands:
//!
//! ```sql
//! UPDATE transactions SET state = 'approved', value = :tbs, changed = :now
//!     WHERE authority = :authority AND id = :id AND state = 'pending';
//! UPDATE transactions SET state = 'issued', value = :chain, changed = :now
//!     WHERE authority = :authority AND id = :id AND state = 'approved' AND value = :tbs_of_the_first;
//! UPDATE transactions SET state = 'rejected', value = :fail_info, changed = :now
//!     WHERE authority = :authority AND id = :id AND state = 'pending';
//! ```
//!
//! `keep_reply`, after which what is found is sent:
//!
//! ```sql
//! INSERT INTO replies (authority, id, message, final, body) VALUES (…) ON CONFLICT DO NOTHING;
//! SELECT body FROM replies WHERE authority = :authority AND id = :id AND message = :message ORDER BY final DESC LIMIT 1;
//! ```
//!
//! Or keep the whole record as one value: read it, let [`TransactionRecord::settle`] or
//! [`keep_reply`](TransactionRecord::keep_reply) change it, and write it back if nobody else has; if somebody has, begin anew:
//!
//! ```sql
//! UPDATE transactions SET record = :new WHERE authority = :authority AND id = :id AND record = :old;
//! ```

mod encoding;
mod key;
mod record;
mod replay;
mod state;
mod store;

pub use key::{AuthorityId, MessageDigest, TransactionKey};
pub use record::{Conflict, KeptReply, TransactionRecord};
pub use replay::{ReplayLimits, ReplayWindow, Replayed};
pub use state::{Finality, TransactionState, UnsignedCertificate};
pub use store::{TransactionLimits, Transactions};

#[cfg(test)]
mod tests;
