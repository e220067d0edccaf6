//! Profiles as JSON, for what the service keeps and for what an agent is sent.
//!
//! Ours on both sides: unknown fields are refused, and `version` says which fields there are. Times are whole seconds,
//! identifiers dotted decimal, thumbprints hexadecimal; an agent's names are the base64 of their DER, so that both sides ask
//! for and expect the same octets.
//!
//! - What an agent gets holds its challenge, and is a [`Secret`] for that.
//! - A profile with a password that is one for all devices is not written by [`ScepProfile::to_json`], lest it end up where
//!   profiles are looked at; [`ScepProfile::to_json_with_password`] does.
//!
//! Reading is bounded: by size first, then by how many of each thing there may be. The reader of JSON keeps text that it
//! unescapes in memory that is not overwritten afterwards; so does whatever took it from the network.

mod agent;
mod convert;
mod error;
mod referrer;
mod service;
mod settings;

use alloc::vec::Vec;

pub use error::{JsonError, JsonField};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The version alone.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Reads a text of the version that is known.
fn read<T: DeserializeOwned>(json: &[u8], largest: usize) -> Result<T, JsonError> {
    if json.len() > largest {
        return Err(JsonError::TooLarge);
    }
    let Versioned { version } = serde_json::from_slice(json).map_err(JsonError::syntax)?;
    if version != VERSION {
        return Err(JsonError::UnsupportedVersion(version));
    }
    serde_json::from_slice(json).map_err(JsonError::syntax)
}

/// Writes a text that is read as the same.
fn write<T: Serialize>(value: &T, largest: usize) -> Result<Vec<u8>, JsonError> {
    let json = serde_json::to_vec(value).map_err(JsonError::syntax)?;
    if json.len() > largest { Err(JsonError::TooLarge) } else { Ok(json) }
}

const VERSION: u32 = 1;
/// Most octets of one profile.
const LARGEST: usize = 64 * 1024;
/// Most octets of the profiles of a device.
const LARGEST_SET: usize = 1024 * 1024;

#[cfg(test)]
mod tests;
