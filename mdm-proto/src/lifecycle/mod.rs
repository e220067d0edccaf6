//! When to renew, to warn and to give up.

mod renewal_start;

pub use renewal_start::RenewalStart;
