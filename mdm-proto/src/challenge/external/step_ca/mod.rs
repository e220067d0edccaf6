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

pub use hook::{Answer, Hook, HookError, Incoming};
pub(in crate::challenge) use webhook::Asked;
pub use webhook::{Webhook, WebhookAuth};

/// Which webhook it is.
pub const ID_HEADER: &str = "X-Smallstep-Webhook-ID";
/// The signature of the body, in hexadecimal.
pub const SIGNATURE_HEADER: &str = "X-Smallstep-Signature";
