//! Validation of certification paths (RFC 5280 section 6).

#[cfg_attr(not(test), expect(dead_code, reason = "used by the search"))]
mod profile;

pub use profile::{ProfileViolation, ValidationProfile};
