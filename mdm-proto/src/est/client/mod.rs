//! The client's side: questions with one answer each.
//!
//! A [`Call`] holds the request and reads the reply; a reply that can't be believed changes nothing, and the same call can be
//! sent again. [`activation::token`](crate::activation::token) makes a dialogue of them.

mod call;
mod config;
mod error;

pub use call::{Call, EnrolReply};
pub use config::Config;
pub use error::{Error, Misbehaviour, Refused};
