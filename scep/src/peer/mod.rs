//! What real peers do otherwise than RFC 8894, as data: [`Quirk`], [`Quirks`] and [`PeerProfile`].
//!
//! Seeing is apart from judging. A message, a request or a reply says what deviates in it: [`Received::quirks`],
//! [`Verified::quirks`], [`Opened::quirks`], [`HttpRequest::quirks`], [`HttpResponse::quirks`]. A [`PeerProfile`] says what is
//! to be expected of a peer and how to talk with it, and the dialogues refuse, by name, what it does not list.
//!
//! ```text
//!  bytes ──▶ quirks observed ──minus──▶ quirks of the profile ──▶ nothing: on it goes; something: refused by its name
//! ```
//!
//! - [`PeerProfile::TOLERANT`], the default, takes everything that can be taken safely, from anybody.
//! - [`PeerProfile::CONFORMING`] takes what RFC 8894 and CMS leave open, and no more.
//! - [`PeerProfile::STRICT`] takes what this crate would send, and nothing else.
//! - [`PeerProfile::APPLE`], [`PeerProfile::NDES`] and so on take what this peer was seen to send.
//!
//! Letters and numbers such as A5 or N3 in the docs of [`Quirk`] are the rows of the survey of peers that the quirks come
//! from: A for Apple, N for NDES, W for Windows and Intune, C for Cisco and Juniper, O for others.
//!
//! [`Received::quirks`]: crate::message::Received::quirks
//! [`Verified::quirks`]: crate::message::Verified::quirks
//! [`Opened::quirks`]: crate::message::Opened::quirks
//! [`HttpRequest::quirks`]: crate::HttpRequest::quirks
//! [`HttpResponse::quirks`]: crate::HttpResponse::quirks

mod habits;
mod known;
mod profile;
mod quirk;
mod quirks;

#[cfg(test)]
mod tests;

pub use habits::{
    CaCertificates, ChallengeAlphabet, Polling, RenewalStyle, ReplyCertificates, SuitableKeys, TransactionIdStyle,
};
pub use profile::PeerProfile;
pub use quirk::{Quirk, Standing};
pub use quirks::Quirks;
