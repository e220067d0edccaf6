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
//! # Who may
//!
//! Nothing is given without a decision that names what is given and to whom:
//!
//! - a certificate is issued by an [`Authorized`], which names the CSR;
//! - a poll is answered by the [`TransactionRecord`] of its transaction, which names the key that made the request
//!   ([`CertPoll::answer`]; RFC 8894 section 4.4);
//! - GetCert and GetCRL are answered by a [`LookupAuthorized`], which names target and requester. By default a requester has
//!   to have a valid certificate of the CA, and gets no other than that ([`LookupPolicy`]).
//!
//! Any messageType that is not one of these five is refused before anything is opened, and RenewalReq too where
//! [`Responder::with_renewal`] does not state it.
//!
//! # Whose keys
//!
//! A [`Generation`] is a CA with the certificates that answer for it. A responder may have several (RFC 8894 section 5.1):
//! [`Responder::with_next`], [`Responder::with_former`]. [`Sealed::recipient`] says whose key opens a request, and
//! [`Reply::signer`] whose signs the reply. What GetNextCACert gives is signed once by the CA's key, wherever that is:
//! [`NextCaCertificates`].
//!
//! # How a reply is protected
//!
//! As its request was: by the same digest, cipher (AES-GCM in an AuthEnvelopedData, too) and key transport, but not with
//! RSASSA-PSS. The key that signed the request is encrypted to and no other. A key that can't decrypt gets
//! its certificate under the challengePassword (section 3.1); where there is none, nothing is issued:
//! [`Error::ReplyUndeliverable`]. A poll has no challengePassword, so the key for the reply is kept from the request:
//! [`Enrol::reply_password_key`].
//!
//! What the caller writes, whole, to issue at once:
//!
//! ```
//! use pki_core::{Certificate, Secret, ToBeSigned, UnixTime, crypto::{Decrypter, SecureRandom, SignFailed, Signer}};
//! use scep::http::{HttpRequest, HttpResponse};
//! use scep::server::{Enrol, Incoming, Operation, Refusal, Reply, Responder, TransactionState, Transactions};
//!
//! struct Ca<S, K> {
//!     responder: Responder,
//!     transactions: Transactions,
//!     challenge: Secret,
//!     /// Signs certificates.
//!     ca_key: S,
//!     /// Talks SCEP.
//!     ra_key: K,
//!     /// Decides what is certified.
//!     profile: fn(&Enrol, UnixTime) -> ToBeSigned<Certificate>,
//! }
//!
//! impl<S: Signer, K: Signer + Decrypter> Ca<S, K> {
//!     fn serve(
//!         &mut self, request: &HttpRequest, now: UnixTime, rng: &mut dyn SecureRandom,
//!     ) -> Result<HttpResponse, SignFailed> {
//!         let sealed = match self.responder.receive(request, now, rng) {
//!             Ok(Incoming::Sealed(sealed)) => sealed,
//!             Ok(Incoming::Query(query)) => return query.reply().sign_with(&self.ra_key, rng),
//!             Ok(_) => unreachable!(),
//!             Err(refusal) => return refusal.reply.sign_with(&self.ra_key, rng),
//!         };
//!         // The same octets again: the same reply.
//!         if let Some(reply) = self.transactions.replay(&sealed) {
//!             return Ok(reply);
//!         }
//!         let (transaction, message) = (sealed.transaction().clone(), *sealed.message_digest());
//!         let operation = match sealed.open_with(&self.ra_key, rng) {
//!             Ok(operation) => operation,
//!             Err(refusal) => return refusal.reply.sign_with(&self.ra_key, rng),
//!         };
//!         let (state, reply) = self.decide(operation, now, rng)?;
//!         let response = reply.unwrap_or_else(|refusal| refusal.reply).sign_with(&self.ra_key, rng)?;
//!         Ok(match state {
//!             Some(state) => self.transactions.keep_reply(&transaction, &message, &state, response),
//!             None => response,
//!         })
//!     }
//!
//!     /// The reply, and how the transaction stood for it.
//!     fn decide(
//!         &mut self, operation: Operation, now: UnixTime, rng: &mut dyn SecureRandom,
//!     ) -> Result<(Option<TransactionState>, Result<Reply, Refusal>), SignFailed> {
//!         let refused = |reply| Ok((None, reply));
//!         match operation {
//!             Operation::PkcsReq(enrol) | Operation::RenewalReq(enrol) => {
//!                 // First who may, then what is known: strangers take no room in the transactions.
//!                 let authorized = match enrol.check_challenge(&self.challenge) {
//!                     Ok(authorized) => authorized,
//!                     Err(denied) => return refused(enrol.reject(denied.fail_info(), rng)),
//!                 };
//!                 let mut state = match self.transactions.admit(&enrol, now) {
//!                     Ok(state) => state,
//!                     Err(conflict) => return refused(enrol.reject(conflict.fail_info(), rng)),
//!                 };
//!                 // Decided, recorded, and only then signed. What stands is what counts, not what was meant here.
//!                 if state == TransactionState::Pending {
//!                     let decision = TransactionState::Approved((self.profile)(&enrol, now).into());
//!                     state = self.transactions.settle(enrol.transaction(), decision, now).expect("admitted");
//!                 }
//!                 if let TransactionState::Approved(certificate) = &state {
//!                     let certificate = certificate.to_be_signed().sign_with(&self.ca_key, rng)?;
//!                     let issued = TransactionState::Issued(vec![certificate]);
//!                     state = self.transactions.settle(enrol.transaction(), issued, now).expect("admitted");
//!                 }
//!                 let reply = match &state {
//!                     TransactionState::Issued(chain) => enrol.issue(&authorized, chain, rng),
//!                     TransactionState::Rejected(info) => enrol.reject(*info, rng),
//!                     TransactionState::Pending | TransactionState::Approved(_) => enrol.pend(rng),
//!                 };
//!                 Ok((Some(state), reply))
//!             }
//!             Operation::CertPoll(poll) => {
//!                 let record = self.transactions.get(poll.transaction());
//!                 Ok((record.map(|record| record.state().clone()), poll.answer(record, rng)))
//!             }
//!             Operation::GetCert(lookup) => refused(Err(lookup.not_found(rng))),
//!             Operation::GetCrl(lookup) => refused(Err(lookup.not_found(rng))),
//!             _ => unreachable!(),
//!         }
//!     }
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
pub mod transactions;

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
pub use transactions::{
    AuthorityId, Conflict, Finality, KeptReply, MessageDigest, ReplayLimits, ReplayWindow, Replayed, TransactionKey,
    TransactionLimits, TransactionRecord, TransactionState, Transactions, UnsignedCertificate,
};
