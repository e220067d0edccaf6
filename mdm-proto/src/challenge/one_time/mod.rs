//! Challenges that are used once: random, hashed where they are kept, bound to a device, a profile and a CSR.
//!
//! ```text
//!  issue ──▶ Issued ──▶ Delivered ──▶ Spent          (again within the grace: the same CSR, and no other)
//!               │            ├──▶ Withdrawn
//!               └────────────┴──▶ expired, by the clock
//! ```
//!
//! - What is kept is a keyed hash (HMAC-SHA-256): who reads the database learns no challenge, and without the [`ServiceKey`]
//!   can't try any. Its first half, the [`ChallengeId`], is what a database finds the record by; the second half is compared in
//!   constant time.
//! - A wrong CSR, device or profile changes nothing: the challenge stays good for the right one.
//! - *Spent* names the request. A device whose reply was lost asks again with the same CSR and gets the same word, for
//!   [`RedeemPolicy::grace`]; another CSR never does.
//! - Too late is [`RedeemError::Expired`](super::RedeemError::Expired), apart from wrong, for as long as the record is kept: give
//!   the device a new one, and don't count it.
//!
//! # In a database
//! A record is one value, found by its id. Every change is one statement, which the first to make it wins:
//!
//! ```sql
//! CREATE TABLE challenges (id BLOB PRIMARY KEY, device TEXT NOT NULL, ends INTEGER NOT NULL, record BLOB NOT NULL);
//! CREATE INDEX challenges_device ON challenges (device);
//! CREATE INDEX challenges_ends ON challenges (ends);
//! INSERT INTO challenges (id, device, ends, record) VALUES (:id, :device, :ends, :record);
//! SELECT record FROM challenges WHERE id = :id;                                 -- Lookup::found
//! UPDATE challenges SET record = :new WHERE id = :id AND record = :old;         -- one row: Spending::stored
//! DELETE FROM challenges WHERE ends < :now - :remember;
//! ```
//!
//! Where the UPDATE changes no row, somebody else was first: SELECT again ([`Spending::lost`]). A caller without a database has
//! a [`Service`].

mod encoding;
mod key;
mod lookup;
mod record;
mod service;

pub use key::{ChallengeId, KeyTooShort, ServiceKey};
pub use lookup::{Lookup, Spending};
pub use record::{ChallengeRecord, ChallengeState, RedeemPolicy, SpentOn, Status};
pub use service::{IssueError, Service, ServiceLimits};
