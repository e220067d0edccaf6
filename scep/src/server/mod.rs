//! The server dialogue: from one HTTP request to one HTTP response.
//!
//! ```text
//!                      ┌─ Query ── reply ─────────────────────────────────────────────┐
//!  receive(request) ───┤                                                              ▼
//!                      └─ Sealed ── open_with(key) ─┬─ PkcsReq(Enrol)    ── issue/pend/reject ──▶ Reply ── sign_with(key)
//!                                                   ├─ RenewalReq(Enrol) ── issue/pend/reject ──▶
//!                                                   ├─ CertPoll          ── answer(record) ─────▶
//!                                                   ├─ GetCert(Lookup)   ── answer/not_found ───▶
//!                                                   └─ GetCrl(Lookup)    ── answer/not_found ───▶
//!  every failure: Refusal { cause: for the log, reply: for the peer }
//! ```
//!
//! [`Responder`] holds no key, no state and no lock: share it, replicate it. What has to be remembered between requests are
//! [`TransactionRecord`]s, kept in the caller's database, or in [`Transactions`] where there is none.
//!
//! What the caller writes, whole:
//!
//! ```
//! use pki_core::{Certificate, Secret, UnixTime, crypto::{Decrypter, SecureRandom, SignFailed, Signer}};
//! use scep::http::{HttpRequest, HttpResponse};
//! use scep::server::{Enrol, Incoming, Operation, Refusal, Responder, TransactionState, Transactions};
//!
//! fn serve(
//!     responder: &Responder, ra_key: &(impl Signer + Decrypter), challenge: &Secret, transactions: &mut Transactions,
//!     issue: impl Fn(&Enrol) -> Certificate, request: &HttpRequest, now: UnixTime, rng: &mut dyn SecureRandom,
//! ) -> Result<HttpResponse, SignFailed> {
//!     let mut answer = || {
//!         let sealed = match responder.receive(request, now, rng)? {
//!             Incoming::Query(query) => return Ok(query.reply()),
//!             Incoming::Sealed(sealed) => sealed,
//!             _ => unreachable!(),
//!         };
//!         match sealed.open_with(ra_key, rng)? {
//!             Operation::PkcsReq(enrol) | Operation::RenewalReq(enrol) => {
//!                 // First who may, then what is known: strangers take no room in the transactions.
//!                 let authorized = match enrol.check_challenge(challenge) {
//!                     Ok(authorized) => authorized,
//!                     Err(denied) => return enrol.reject(denied.fail_info(), rng),
//!                 };
//!                 let chain = match transactions.admit(&enrol, now) {
//!                     Ok(TransactionState::Issued(chain)) => chain,
//!                     Ok(TransactionState::Pending) => vec![issue(&enrol)],
//!                     Ok(TransactionState::Rejected(info)) => return enrol.reject(info, rng),
//!                     Err(conflict) => return enrol.reject(conflict.fail_info(), rng),
//!                 };
//!                 transactions.settle(enrol.transaction_id(), TransactionState::Issued(chain.clone()));
//!                 enrol.issue(&authorized, &chain, rng)
//!             }
//!             Operation::CertPoll(poll) => {
//!                 let id = poll.transaction_id();
//!                 let record = transactions.records().find(|record| record.transaction_id == *id);
//!                 poll.answer(record, rng)
//!             }
//!             Operation::GetCert(lookup) => Err(lookup.not_found(rng)),
//!             Operation::GetCrl(lookup) => Err(lookup.not_found(rng)),
//!             _ => unreachable!(),
//!         }
//!     };
//!     answer().unwrap_or_else(|refusal: Refusal| refusal.reply).sign_with(ra_key, rng)
//! }
//! ```

mod agent;
mod authorized;
mod denied;
mod enrol;
mod error;
mod generation;
mod issue;
mod lookup;
mod names;
mod next_ca;
mod poll;
mod query;
mod renewal;
mod reply;
mod responder;
mod sealed;
mod signer;
mod text;
mod transactions;

pub use agent::{AgentPolicy, AgentPurpose};
pub use authorized::{Authorized, Means, Redeemed};
pub use denied::Denied;
pub use enrol::{Enrol, Nature};
pub use error::{ConfigError, Error, Refusal};
pub use generation::{Generation, RegistrationAuthority};
pub use issue::{CertificateProfile, Issuance, IssueError, KeyPolicy, KeyRefused};
pub use lookup::{Lookup, LookupAuthorized, LookupDenied, LookupPolicy};
pub use names::{NameMismatch, NameRule, Names};
pub use next_ca::{NextCaCertificates, NextCaError, NextCaResponse};
pub use poll::CertPoll;
pub use query::Query;
pub use renewal::{RenewalKey, RenewalPolicy, RenewalWindow};
pub use reply::{EmptyContent, Reply, UnsignedReply};
pub use responder::{Incoming, Responder};
pub use sealed::{Operation, Sealed};
pub use signer::Evidence;
pub use transactions::{Conflict, TransactionLimits, TransactionRecord, TransactionState, Transactions};
