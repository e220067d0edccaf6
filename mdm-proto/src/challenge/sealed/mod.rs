//! Challenges that carry what they are for, sealed: nothing is stored.
//!
//! A sealed challenge holds device, profile, expected CSR and end, encrypted and authenticated under a key that the device does
//! not have. It opens nothing but what is in it, so it needs no hiding from the device: it is as good for an attacker as the
//! certificate that it describes would be without its key. (Intune's challenges are made like that; their format is not
//! published.)
//!
//! # Form
//! One octet of version, one of the key's number, 16 random octets, then AES-256-GCM under a key that HKDF-SHA-256 makes of the
//! sealing key and those 16 octets. Each challenge has a key of its own, so no nonce can repeat. The first two octets are
//! authenticated, too.
//!
//! The text has letters and digits only: eleven for each eight octets, in base 62. That is 1.375 characters for an octet where
//! base32 has 1.6, and each sequence of octets has one text and no other.
//!
//! # Length
//! A challengePassword has at most 255 characters (RFC 2985 appendix A), which some CAs and clients enforce: 185 octets, 151 of
//! them for what is sealed. So what recurs in names is one octet each before it is encrypted. Organisation and name, a host name, a
//! user principal name, keyUsage and client authentication, for a device that is named by a UUID and a profile of four letters,
//! make 247 characters. Where something is longer, [`SealError::TooLong`] says so, and [`Detail::Digest`] fits with two UUIDs: of
//! the expectation it seals the SHA-256 only, and the service makes the expectation again, from its own records, when the challenge
//! comes back ([`Recall`]).
//!
//! # Once
//! A sealed challenge can be used any number of times until it ends, each time for the certificate that it describes. Where that
//! is too often, [`Grant::token`](super::Grant::token) is what to remember, with the CSR:
//!
//! ```sql
//! INSERT INTO used (token, csr, until) VALUES (:token, :csr, :until) ON CONFLICT DO NOTHING;
//! SELECT csr FROM used WHERE token = :token;   -- this CSR, or refuse
//! ```

mod base62;
mod keys;
mod squeeze;
mod token;

pub use keys::{KeyError, SealError, SealingKeys};
pub use token::{Detail, Recall, TokenId};
