//! A device comes to be managed: it has nothing but what a person typed, or an administrator handed over, and ends with a
//! client certificate, the root under which both sides authenticate, and the service's URL.
//!
//! # Two ways in
//! | | [password] | [token] |
//! |---|---|---|
//! | what the person has | a short password, chosen or generated; 6 characters do | a one-time token of at least 128 bits, as a QR code or in a mail |
//! | what protects it | SPAKE2+ (RFC 9383): each guess costs an attempt | TLS, and that nobody guesses 128 bits |
//! | before it begins | nothing: no certificate, no TLS | a server certificate that the device can verify, or a pinned one |
//! | on the wire | three exchanges, of our own | EST (RFC 7030), with any EST client or server |
//! | the service keeps | a verifier | a hash |
//! | feature | `rustcrypto` | none |
//!
//! Where nobody types, as when a device is set up over USB, or by a program that knows it already: let
//! [`ActivationPassword::generate`](password::ActivationPassword::generate) make a password that nobody sees, and hand it
//! over with user and service. The dialogue is the same.
//!
//! # Who sends what
//! ```text
//!  administrator          service                                              device
//!       ├── password ────────┤ verifier kept                                      │
//!       └── password ────────┼───────────── by a person, by USB ─────────────────▶│
//!                            │                                                    │
//!                            │◀─ hello: user ─────────────────────────────────────┤
//!                            ├─ salt, cost of scrypt, service ───────────────────▶│ scrypt
//!                            │◀─ share, device ───────────────────────────────────┤
//!             attempt counted│                                                    │
//!                            ├─ share, confirmation ─────────────────────────────▶│ the service knows the password
//!    the device knows it too │◀─ confirmation, {CSR} ─────────────────────────────┤ key pair
//! certificate, by own records│                                                    │
//!            password used up│                                                    │
//!                            ├─ {certificate, root, chain, URL} ─────────────────▶│ checked, kept
//!                            │                                                    │
//!                            │◀═══════════ TLS, both with certificates ══════════▶│ policies, profiles
//! ```
//! `{…}` is sealed under the key that the password gave. With a token, EST's `cacerts` and `simpleenroll` take the place of
//! the middle part.
//!
//! The activation of `BlackBerry` devices was the model. Kept are: a key agreed upon by password; certificate contents that the
//! service decides from its own records; root, certificate and URL in one authenticated message; mutual TLS at once. SPAKE2+,
//! whose service keeps no password, takes the place of EC-SPEKE, and TLS 1.3 that of ECMQV.
//!
//! # Patents
//! US 8,527,770 and 8,943,323 (priority 2006, the former listed to 2029-05-08) claim ways of provisioning a device certificate
//! *during activation*, with a request that has user and device identifiers and goes by way of a server to a CA, whose
//! certificate binds both. How far that reaches, to EST as well as to this, is a question for counsel; nothing here is advice.

#[cfg(feature = "rustcrypto")]
pub mod password;
pub mod token;
