//! Certification paths (RFC 5280 section 6).

#![cfg_attr(not(test), expect(dead_code, reason = "used by the search"))]

mod names;

pub(crate) use names::is_subtree_base;
pub use names::{ConstrainedName, NameForm, NamePlace, NameRefused, PeerName};
#[expect(unused_imports, reason = "used by the search")]
pub(crate) use names::{NameWork, check};
