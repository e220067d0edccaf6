//! [`Exchange`]: a request to send, and the reply to judge.

use alloc::sync::Arc;

use pki_core::{UnixTime, crypto::SecureRandom};

use super::{
    Authority, Call, ClientConfig, ConfirmAuthority, EnrolmentRequest, Error, HttpRefusal, Misbehaviour, Open,
    RejectReason, Rejected, Sign, Step, Wait,
    enrolment::{Draft, Enrolment, Progress},
    protection::Protection,
};
use crate::{
    attribute::{KnownPkiStatus, MessageType, Nonce},
    capability::Capabilities,
    http::{HttpRequest, HttpResponse, Operation},
    message::{PkiMessage, Received, Verified},
    peer::Quirk,
};

/// A request to send. Bring the reply to [`Exchange::finish`].
///
/// Should the transport fail, send it again: the same request, byte for byte, asks for the same thing.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct Exchange(Stage);

#[derive(Clone, Debug)]
enum Stage {
    Capabilities {
        config: Arc<ClientConfig>,
        request: Arc<EnrolmentRequest>,
        call: Call<Capabilities>,
    },
    Certificates {
        config: Arc<ClientConfig>,
        request: Arc<EnrolmentRequest>,
        protection: Protection,
        call: Call<alloc::vec::Vec<pki_core::Certificate>>,
    },
    Operation {
        enrolment: Arc<Enrolment>,
        nonce: Nonce,
        request: HttpRequest,
        progress: Option<Progress>,
    },
}

impl Exchange {
    pub(super) fn capabilities(config: Arc<ClientConfig>, request: Arc<EnrolmentRequest>) -> Self {
        let call = Call::capabilities(&config);
        Self(Stage::Capabilities { config, request, call })
    }

    pub(super) fn operation(
        enrolment: Arc<Enrolment>,
        message: PkiMessage,
        nonce: Nonce,
        progress: Option<Progress>,
    ) -> Self {
        let request = HttpRequest::pki_operation(enrolment.protection.method, message.into_bytes());
        Self(Stage::Operation { enrolment, nonce, request, progress })
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

    /// Judges the reply. A GetCACaps that fails means a CA that states nothing (RFC 8894 section 3.5.2), which is no error.
    ///
    /// `now` is when the certificates of the CA, and the path of the one that it issues, have to be valid, and sets when to
    /// poll.
    ///
    /// # Errors
    /// - [`Error::Http`] if it is no answer by SCEP; see [`Error::is_retryable`].
    /// - [`Error::Authority`] if the CA's certificates don't do, or not the pinned one is among them.
    /// - [`Error::Message`] if the reply is malformed, not for us, or not signed by the authority.
    /// - [`Error::Misbehaved`] if it breaks the protocol: transactionID, recipientNonce, messageType, pkiStatus.
    /// - [`Error::Unsupported`], [`Error::Random`], [`Error::Build`], [`Error::Request`] if the next step can't be made.
    pub fn finish(&self, reply: &HttpResponse, now: UnixTime, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        match &self.0 {
            Stage::Capabilities { config, request, call } => {
                config.check_quirks(|| reply.quirks(Operation::GetCaCaps))?;
                let protection = Protection::choose(config, &call.finish(reply).unwrap_or_default())?;
                let (config, request) = (Arc::clone(config), Arc::clone(request));
                match config.authority().cloned() {
                    Some(authority) => {
                        Sign::first(Draft { config, request, authority, protection, now }, rng).map(Step::Sign)
                    }
                    None => {
                        let call = Call::certificates(&config);
                        Ok(Step::Exchange(Self(Stage::Certificates { config, request, protection, call })))
                    }
                }
            }
            Stage::Certificates { config, request, protection, call } => {
                let certificates = call.finish(reply)?;
                config.check_quirks(|| reply.quirks(Operation::GetCaCert))?;
                let (config, request, protection) = (Arc::clone(config), Arc::clone(request), *protection);
                match config.fingerprint() {
                    Some(pin) => {
                        let authority = Authority::pinned(&certificates, pin, config.crypto(), now)?;
                        config.check_quirks(|| authority.quirks())?;
                        Sign::first(Draft { config, request, authority, protection, now }, rng).map(Step::Sign)
                    }
                    None => {
                        let authority = Authority::proposed(&certificates, config.crypto(), now)?;
                        config.check_quirks(|| authority.quirks())?;
                        let draft = Draft { config, request, authority, protection, now };
                        ConfirmAuthority::new(draft).map(Step::ConfirmAuthority)
                    }
                }
            }
            Stage::Operation { enrolment, nonce, progress, .. } => {
                let verified = verified_reply(enrolment, nonce, reply)?;
                let attributes = verified.attributes();
                match attributes.pki_status.and_then(|status| status.known()) {
                    Some(KnownPkiStatus::Success) => Open::new(Arc::clone(enrolment), verified, now).map(Step::Open),
                    Some(KnownPkiStatus::Failure) => Ok(Step::Rejected(Rejected::new(RejectReason::Failed {
                        info: attributes.fail_info,
                        text: attributes.fail_info_text.clone(),
                    }))),
                    Some(KnownPkiStatus::Pending) => {
                        let progress = match progress {
                            Some(progress) => *progress,
                            None => Progress { since: now, polls: 0, seed: enrolment.config.poll_policy().seed(rng)? },
                        };
                        Ok(Wait::new(Arc::clone(enrolment), progress, reply.retry_after, now))
                    }
                    _ => Err(Misbehaviour::Status(attributes.pki_status).into()),
                }
            }
        }
    }
}

/// The checks of RFC 8894 on a CertRep, in the order of section 3.2: the signature by the confirmed authority, then
/// transactionID, messageType and recipientNonce. Its status is the caller's to judge.
fn verified_reply(enrolment: &Enrolment, nonce: &Nonce, reply: &HttpResponse) -> Result<Verified, Error> {
    if !reply.is_success() {
        return Err(Error::Http(HttpRefusal::of(reply)));
    }
    let config = &enrolment.config;
    let received = match Received::decode(&reply.body, config.limits()) {
        Ok(received) => received,
        // A page of HTML, most likely: its beginning says more than the position of its first odd byte.
        Err(_) if reply.media_type() != Some(crate::http::MediaType::PkiMessage) => {
            return Err(Error::Http(HttpRefusal::of(reply)));
        }
        Err(error) => return Err(error.into()),
    };
    let verified = received.verify_by(enrolment.authority.signers(), config.crypto())?;
    let attributes = verified.attributes();
    if attributes.transaction_id != enrolment.transaction_id {
        return Err(Misbehaviour::TransactionId.into());
    }
    if attributes.message_type != MessageType::CERT_REP {
        return Err(Misbehaviour::Type(attributes.message_type).into());
    }
    let nonce_counts = !config.peer().tolerated().contains(Quirk::NonceNotEchoed);
    if nonce_counts && attributes.recipient_nonce.as_ref() != Some(nonce) {
        return Err(Misbehaviour::RecipientNonce.into());
    }
    config.check_quirks(|| reply.quirks(Operation::PkiOperation) | verified.quirks())?;
    Ok(verified)
}
