//! The `SCEPChallenge` webhook of Jamf, which Smallstep and Okta take, too: one challenge for one profile that is about to be
//! delivered. JSON by POST with a name and a password; the challenge comes back as plain text.

use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};

use pki_core::UnixTime;
use scep::http::{HttpResponse, MediaType};
use serde::{Deserialize, Serialize};

use super::{BasicAuth, Call, ExternalError, call::read_body};
use crate::challenge::Challenge;

/// A profile is about to be delivered and wants a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChallengeEvent {
    /// The webhook's number, as who asks counts them.
    pub id: u64,
    /// The webhook's name.
    pub name: String,
    /// When, in the unit of who asks: seconds, or milliseconds.
    pub timestamp: u64,
    /// Where the profile will send the device.
    pub scep_url: String,
    /// Which profile.
    pub payload_identifier: String,
    /// Which payloads it has.
    pub payload_types: Vec<String>,
}

impl ChallengeEvent {
    /// For a profile with a SCEP payload.
    #[must_use]
    pub fn new(scep_url: &str, payload_identifier: &str, now: UnixTime) -> Self {
        Self {
            id: 1,
            name: EVENT.into(),
            timestamp: u64::try_from(now.as_seconds()).unwrap_or_default(),
            scep_url: scep_url.into(),
            payload_identifier: payload_identifier.into(),
            payload_types: alloc::vec![PAYLOAD.into()],
        }
    }

    /// What to send. The answer goes to [`read_challenge`].
    #[must_use]
    pub fn call(&self, url: &str, auth: &BasicAuth) -> Call {
        let body = Body {
            webhook: Webhook {
                webhook_event: EVENT.into(),
                id: self.id,
                event_timestamp: self.timestamp,
                name: self.name.clone(),
            },
            event: Event {
                scep_server_url: self.scep_url.clone(),
                payload_identifier: self.payload_identifier.clone(),
                payload_types: self.payload_types.clone(),
            },
        };
        Call::json(url.into(), &body).with_authorization(&auth.header())
    }

    /// Reads what was sent, for a service that is asked. Who asks is known by [`BasicAuth::permits`].
    ///
    /// # Errors
    /// [`ExternalError::TooLarge`]; [`ExternalError::Malformed`], also for another event.
    pub fn receive(body: &[u8]) -> Result<Self, ExternalError> {
        let Body { webhook, event } = read_body(body, LARGEST)?;
        if webhook.webhook_event != EVENT {
            return Err(ExternalError::Malformed);
        }
        Ok(Self {
            id: webhook.id,
            name: webhook.name,
            timestamp: webhook.event_timestamp,
            scep_url: event.scep_server_url,
            payload_identifier: event.payload_identifier,
            payload_types: event.payload_types,
        })
    }
}

/// The challenge in an answer, without white space around it.
///
/// # Errors
/// [`ExternalError::Http`]; [`ExternalError::InvalidChallenge`] for a page where a challenge should be.
pub fn read_challenge(answer: &HttpResponse) -> Result<Challenge, ExternalError> {
    if answer.status != 200 {
        return Err(ExternalError::Http { status: answer.status });
    }
    Challenge::from_text(answer.body.trim_ascii()).map_err(|_| ExternalError::InvalidChallenge)
}

/// The answer with this challenge. It is a secret: send it, and don't log it.
#[must_use]
pub fn answer(challenge: &Challenge) -> HttpResponse {
    HttpResponse::new(200, MediaType::TextPlain.to_string(), challenge.expose())
}

#[derive(Serialize, Deserialize)]
struct Body {
    webhook: Webhook,
    event: Event,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Webhook {
    webhook_event: String,
    #[serde(default)]
    id: u64,
    #[serde(default)]
    event_timestamp: u64,
    #[serde(default)]
    name: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(default)]
    scep_server_url: String,
    #[serde(default)]
    payload_identifier: String,
    #[serde(default)]
    payload_types: Vec<String>,
}

const EVENT: &str = "SCEPChallenge";
const PAYLOAD: &str = "com.apple.security.scep";
const LARGEST: usize = 64 * 1024;
