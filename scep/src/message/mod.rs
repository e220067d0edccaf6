//! pkiMessages as typed stages of trust (RFC 8894 section 3.2).
//!
//! ```text
//!  bytes ──decode──▶ Received ──verify──▶ Verified ──open──▶ Opened
//!                    nothing is           signature and      envelope decrypted,
//!                    believed             attributes hold    messageData read
//! ```
//!
//! Each stage is made only by the one before it, by `&self`: what fails leaves the earlier stage as it was. Between
//! `Verified` and `Opened` a private key is needed; [`Verified::wrapped_key`] hands out what it has to unwrap.
//!
//! To write a message: [`seal`] the messageData to its recipient, put it into a [`PkiMessageBuilder`], sign what comes out.

mod attributes;
mod builder;
mod content;
mod error;
mod opened;
mod quirks;
mod received;
mod vendor;
mod verified;

pub use attributes::{Attributes, ReplyAddress};
pub use builder::{EnvelopeAlgorithms, PkiMessage, PkiMessageBuilder, seal, seal_with_password};
pub(crate) use builder::{has_mandatory_algorithms, signature_algorithm};
pub use content::{IssuerAndSerial, IssuerAndSubject};
pub use error::{BuildError, MessageError};
pub use opened::{Bundle, MessageData, Opened};
pub(crate) use quirks::is_der;
pub use received::Received;
pub use vendor::VendorText;
pub use verified::Verified;
