//! Challenges that somebody else gives out or checks: Intune, a webhook of step-ca, a webhook of Jamf or Okta.
//!
//! Nothing is sent here. A [`Call`] is what to send, its answer goes to `finish`, and what was not answered can be sent again, as
//! it is.
//!
//! Whoever validates a challenge may want to hear what came of it. Then the certificate waits: [`Grant::issued`] takes it, gives
//! a [`Notification`], and that gives it back when the service has taken note, and not before.
//!
//! ```text
//!  Ask ──finish──▶ Grant ──issued(certificate)──▶ Notification ──finish──▶ the certificate
//!     └▶ refused       └──failed(failure)──▶ Call                 └──────▶ Withheld ──again──▶ Notification
//! ```
//!
//! - [`intune`]: Microsoft Intune's service for third-party CAs.
//! - [`step_ca`]: the webhooks of step-ca, from both ends.
//! - [`jamf`]: the `SCEPChallenge` webhook of Jamf, which Okta and Smallstep take, too, from both ends.

mod auth;
mod call;
mod error;
pub mod intune;
pub mod jamf;
mod notify;
pub mod step_ca;
mod time;

pub use auth::BasicAuth;
pub(super) use call::Question;
pub use call::{Ask, Call};
pub use error::ExternalError;
pub(super) use notify::Duty;
pub use notify::{Failure, Notification, Withheld};

#[cfg(doc)]
use super::Grant;
