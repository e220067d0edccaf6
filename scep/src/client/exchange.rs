//! [`Exchange`]: a request to send, and the reply to judge.

use alloc::{sync::Arc, vec::Vec};

use pki_core::{Certificate, UnixTime, crypto::SecureRandom};

use super::{
    Authority, Call, ClientConfig, ConfirmAuthority, Error, Misbehaviour, Open, RejectReason, Rejected, Sign, Step,
    Wait,
    enrolment::{Draft, Order, Plan, Progress, Purpose},
};
use crate::{
    attribute::{KnownPkiStatus, Nonce},
    capability::Capabilities,
    http::{HttpRequest, HttpResponse, RetryAfter},
    message::{PkiMessage, Verified},
};

/// A request to send. Bring the reply to [`Exchange::finish`].
///
/// Should the transport fail, send it again: the same request, byte for byte, asks for the same thing.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct Exchange(Stage);

#[derive(Clone, Debug)]
enum Stage {
    Capabilities { config: Arc<ClientConfig>, order: Order, call: Call<Capabilities> },
    Certificates { plan: Plan, call: Call<Vec<Certificate>> },
    Operation { purpose: Purpose, nonce: Nonce, request: HttpRequest },
}

impl Exchange {
    pub(super) fn capabilities(config: Arc<ClientConfig>, order: Order) -> Self {
        let call = Call::capabilities(&config);
        Self(Stage::Capabilities { config, order, call })
    }

    pub(super) fn operation(purpose: Purpose, message: PkiMessage, nonce: Nonce) -> Self {
        let method = purpose.transaction().protection.method;
        let request = HttpRequest::pki_operation(method, message.into_bytes());
        Self(Stage::Operation { purpose, nonce, request })
    }

    /// What to send.
    #[must_use]
    pub const fn request(&self) -> &HttpRequest {
        match &self.0 {
            Stage::Capabilities { call, .. } => call.request(),
            Stage::Certificates { call, .. } => call.request(),
            Stage::Operation { request, .. } => request,
        }
    }

    /// Judges the reply.
    ///
    /// A GetCACaps that is refused means a CA that states nothing (RFC 8894 section 3.5.2), which is no HTTP error; see
    /// [`Call::capabilities`]. NDES of old closes the connection instead. Who knows a server by other signs answers for it: a
    /// response of status 501 says that it states nothing, and one of 200 with words in it what it is known to have.
    ///
    /// `now` is when the certificates of the CA, and the path of the one that it issues, have to be valid, and sets when to
    /// poll.
    ///
    /// # Errors
    /// - [`Error::Http`] if it is no answer by SCEP; see [`Error::is_retryable`] and [`Error::retry_after`].
    /// - [`Error::Downgraded`] if the CA no longer states what it was known to state.
    /// - [`Error::Authority`] if the CA's certificates don't do, or not the pinned one is among them.
    /// - [`Error::CurrentCertificate`] if the certificate that is to sign can't.
    /// - [`Error::Message`] if the reply is malformed, not for us, or not signed by the authority.
    /// - [`Error::Misbehaved`] if it breaks the protocol: transactionID, recipientNonce, messageType, pkiStatus,
    ///   or PENDING where there is nothing to wait for.
    /// - [`Error::Unsupported`], [`Error::Random`], [`Error::Build`], [`Error::Request`] if the next step can't be made.
    pub fn finish(&self, reply: &HttpResponse, now: UnixTime, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        match &self.0 {
            Stage::Capabilities { config, order, call } => {
                let plan = Plan::new(Arc::clone(config), order, &call.finish(reply)?)?;
                match config.authority(now).cloned() {
                    Some(authority) => Sign::first(Draft::new(plan, authority, now)?, rng).map(Step::Sign),
                    None => {
                        let call = Call::certificates(config);
                        Ok(Step::Exchange(Self(Stage::Certificates { plan, call })))
                    }
                }
            }
            Stage::Certificates { plan, call } => {
                let certificates = call.finish(reply)?;
                let (config, plan) = (&plan.config, plan.clone());
                match config.fingerprint() {
                    Some(pin) => {
                        let authority = Authority::pinned(&certificates, pin, config.crypto(), now)?;
                        Sign::first(Draft::new(plan, authority, now)?, rng).map(Step::Sign)
                    }
                    None => {
                        let authority = Authority::proposed(&certificates, config.crypto(), now)?;
                        ConfirmAuthority::new(Draft::new(plan, authority, now)?).map(Step::ConfirmAuthority)
                    }
                }
            }
            Stage::Operation { purpose, nonce, .. } => {
                let verified = purpose.transaction().verified_reply(nonce, reply, now)?;
                next(purpose, verified, reply.retry_after, now, rng)
            }
        }
    }
}

/// What comes of a reply that is ours, by its status.
fn next(
    purpose: &Purpose,
    verified: Verified,
    hint: Option<RetryAfter>,
    now: UnixTime,
    rng: &mut dyn SecureRandom,
) -> Result<Step, Error> {
    let attributes = verified.attributes();
    match (attributes.pki_status.and_then(|status| status.known()), purpose) {
        (Some(KnownPkiStatus::Success), _) => Open::new(purpose.clone(), verified, now).map(Step::Open),
        (Some(KnownPkiStatus::Failure), _) => {
            let (info, text) = (attributes.fail_info, attributes.fail_info_text.clone());
            Ok(Step::Rejected(Rejected::by_ca(RejectReason::Failed { info, text }, &verified)))
        }
        (Some(KnownPkiStatus::Pending), Purpose::Certificate(enrolment, progress)) => {
            let progress = match progress {
                Some(progress) => *progress,
                None => {
                    let seed = enrolment.transaction.config.poll_policy().seed(rng)?;
                    Progress { since: now, polls: 0, seed }
                }
            };
            Ok(Wait::new(Arc::clone(enrolment), progress, hint, now))
        }
        (Some(KnownPkiStatus::Pending), Purpose::Lookup(_)) => Err(Misbehaviour::PendingLookup.into()),
        (None, _) => Err(Misbehaviour::Status(attributes.pki_status).into()),
    }
}
