//! The client dialogue: from a key pair to a certificate, from a certificate to the next, from a serial number to what it
//! stands for.
//!
//! ```text
//!  start ──────────┬─▶ Exchange (GetCACaps) ─▶ Exchange (GetCACert) ─┬─ fingerprint pinned ──────────┐
//!  get_cert, _crl ─┘                                                 └─▶ ConfirmAuthority ─ accept ──┤
//!                                                                                                    ▼
//!   ┌──────────── Sign (message) ◀─┬─ Sign (transport certificate) ◀─┬─ Sign (CSR) ◀── request ──────┤
//!   │                 ▲            ├─────────── renewal ─────────────┘                               │
//!   │                 │            └─ (transport certificate, unless there is one) ◀── lookup ───────┘
//!   ▼                 └──────── poll ────────┐
//!  Exchange (PKIOperation) ─┬─ PENDING ─▶ Wait
//!                           ├─ FAILURE ─▶ Rejected
//!                           └─ SUCCESS ─▶ Open ─┬─▶ Issued
//!                                               ├─▶ Rejected: the certificate is the same as before
//!                                               └─▶ Found
//! ```
//!
//! A [`Step`] says what is needed next: something signed, something sent, some patience. Answering it gives the next step.
//! Every answer is given by `&self`: if it fails, the step is still there, unchanged, and can be answered again, so a forged
//! or garbled reply costs nothing, nor does a key that was out of reach for a moment.
//!
//! No key enters the dialogue. [`Sign`] and [`Open`] say which key they need, and are answered with the key in place, or with
//! what came back from where the key is. There are up to three, see [`KeyRole`]: a first request needs the new key, and maybe
//! another for the transport; a [renewal](EnrolmentRequest::renewal) the new one and the current one; a
//! [lookup](Step::get_cert) one of any kind.
//!
//! What the caller writes, whole:
//!
//! ```
//! use pki_core::{Secret, UnixTime, crypto::{Decrypter, SecureRandom, Signer}};
//! use scep::{
//!     client::{Error, Fingerprint, Issued, KeyRole, OpenWith, Rejected, Step},
//!     http::{HttpRequest, HttpResponse},
//! };
//!
//! trait Key: Signer + Decrypter {}
//!
//! trait World {
//!     fn send(&mut self, request: &HttpRequest) -> HttpResponse;
//!     fn now(&self) -> UnixTime;
//!     fn sleep_until(&mut self, time: UnixTime);
//!     fn trusts(&self, ca: &Fingerprint) -> bool;
//!     fn key(&self, role: KeyRole) -> &dyn Key;
//!     fn challenge(&self) -> &Secret;
//! }
//!
//! enum Failed { Scep(Error), Rejected(Rejected), Untrusted }
//! impl From<Error> for Failed {
//!     fn from(error: Error) -> Self { Self::Scep(error) }
//! }
//!
//! fn enrol(world: &mut impl World, rng: &mut dyn SecureRandom, mut step: Step) -> Result<Issued, Failed> {
//!     loop {
//!         step = match step {
//!             Step::Exchange(exchange) => {
//!                 let reply = world.send(exchange.request());
//!                 exchange.finish(&reply, world.now(), rng)?
//!             }
//!             Step::ConfirmAuthority(ca) if world.trusts(ca.fingerprint()) => ca.accept(rng)?,
//!             Step::ConfirmAuthority(_) => return Err(Failed::Untrusted),
//!             Step::Sign(sign) => sign.sign_with(world.key(sign.key()), rng)?,
//!             Step::Open(open) => match open.needs() {
//!                 OpenWith::Key(role) => open.open_with(world.key(role), rng)?,
//!                 _ => open.open_with_challenge(world.challenge(), rng)?,
//!             },
//!             Step::Wait(wait) => {
//!                 world.sleep_until(wait.until());
//!                 wait.poll(rng)?
//!             }
//!             Step::Issued(issued) => return Ok(issued),
//!             Step::Rejected(rejected) => return Err(Failed::Rejected(rejected)),
//!             _ => unreachable!("only a lookup ends otherwise"),
//!         };
//!     }
//! }
//! ```

mod authority;
mod call;
mod config;
mod confirm;
mod enrolment;
mod error;
mod exchange;
mod fingerprint;
mod issued;
mod known;
mod lookup;
mod next;
mod open;
mod policy;
mod poll_policy;
mod protection;
mod record;
mod renewal;
mod request;
mod rollover;
mod sign;
mod sign_record;
mod transaction;
mod wait;

use alloc::sync::Arc;

pub use authority::{Authority, AuthorityError, LeftOut, LeftOutCause};
pub use call::Call;
pub use config::ClientConfig;
pub use confirm::ConfirmAuthority;
pub use error::{Error, HttpRefusal, Misbehaviour, Unsupported};
pub use exchange::Exchange;
pub use fingerprint::{Fingerprint, InvalidFingerprint};
pub use issued::{Issued, RejectReason, Rejected};
pub use known::KnownCapabilities;
pub use lookup::{Found, LookupRequest};
pub use next::{NextAuthority, NextAuthorityError, NextSigner};
pub use open::{Open, OpenWith};
pub use policy::{AlgorithmFloor, AuthenticatedEncryption, DowngradePolicy, StandardPolicy};
pub use poll_policy::PollPolicy;
pub use record::PendingRecord;
pub use renewal::{Renewal, UnusableCertificate};
pub use request::EnrolmentRequest;
pub use rollover::{Rollover, Standing};
pub use sign::{KeyRole, Sign};
pub use sign_record::SignRecord;
pub use wait::Wait;

use self::{enrolment::Order, lookup::Item};
pub use crate::peer::RenewalStyle;

/// What is needed next.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Step {
    /// Is this the right CA? Asked only where no fingerprint is configured.
    ConfirmAuthority(ConfirmAuthority),
    /// Send a request, bring the reply.
    Exchange(Exchange),
    /// Here is what was looked up. The end.
    Found(Found),
    /// Here is the certificate. The end.
    Issued(Issued),
    /// Decrypt the reply.
    Open(Open),
    /// There will be no certificate. The end.
    Rejected(Rejected),
    /// Sign something.
    Sign(Sign),
    /// Come back later.
    Wait(Wait),
}

impl Step {
    /// Begins an enrolment, or the renewal of a certificate, as the request says.
    ///
    /// # Errors
    /// - [`Error::Unsupported`] if the reply could not be decrypted, if no signature algorithm fits a key, or if the provider
    ///   lacks a mandatory algorithm.
    pub fn start(config: Arc<ClientConfig>, request: EnrolmentRequest) -> Result<Self, Error> {
        request.check(config.crypto())?;
        Ok(Self::Exchange(Exchange::capabilities(config, Order::Certificate(Arc::new(request)))))
    }

    /// Begins GetCert (RFC 8894 section 4.5): a certificate by its issuer and serial number. It ends in [`Step::Found`] or
    /// [`Step::Rejected`], and never waits.
    ///
    /// # Errors
    /// As [`Step::start`].
    pub fn get_cert(config: Arc<ClientConfig>, request: LookupRequest) -> Result<Self, Error> {
        Self::lookup(config, Item::Certificate, request)
    }

    /// Begins GetCRL (section 4.6): the CRL on which the certificate with this issuer and serial number would be. It ends as
    /// [`Step::get_cert`] does.
    ///
    /// # Errors
    /// As [`Step::start`].
    pub fn get_crl(config: Arc<ClientConfig>, request: LookupRequest) -> Result<Self, Error> {
        Self::lookup(config, Item::Crl, request)
    }

    fn lookup(config: Arc<ClientConfig>, item: Item, request: LookupRequest) -> Result<Self, Error> {
        request.check(config.crypto())?;
        Ok(Self::Exchange(Exchange::capabilities(config, Order::Lookup(item, Arc::new(request)))))
    }
}
