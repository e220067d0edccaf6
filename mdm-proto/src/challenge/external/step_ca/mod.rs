//! The webhooks of step-ca's SCEP provisioner, from both ends.
//!
//! - [`Webhook`]: a CA asks one whether a challenge is right (SCEPCHALLENGE), and tells it what came of it (NOTIFYING).
//! - [`Hook`]: a service that is asked: an unmodified step-ca, and challenges of this crate's kinds.
//!
//! Bodies are JSON. They are signed by HMAC-SHA-256 under a secret that both have, in the header `X-Smallstep-Signature`. What
//! says when a body was made is part of it, so that one that was listened to is good for minutes only ([`Hook::with_tolerance`]).

mod body;
mod hook;
mod webhook;

use base64ct::{Base64, Encoding as _};
pub use hook::{Answer, Hook, HookError, Incoming};
use pki_core::Secret;
pub(in crate::challenge) use webhook::Asked;
pub use webhook::{Webhook, WebhookAuth};

use crate::challenge::InvalidChallenge;

/// Which webhook it is.
pub const ID_HEADER: &str = "X-Smallstep-Webhook-ID";
/// The signature of the body, in hexadecimal.
pub const SIGNATURE_HEADER: &str = "X-Smallstep-Signature";

/// The octets of a secret that step-ca shows in base64; some of them.
fn signing_key(base64: &Secret) -> Result<Secret, InvalidChallenge> {
    let text = core::str::from_utf8(base64.expose()).map_err(|_| InvalidChallenge)?;
    let secret = Base64::decode_vec(text).map(Secret::new).map_err(|_| InvalidChallenge)?;
    if secret.expose().is_empty() { Err(InvalidChallenge) } else { Ok(secret) }
}
