//! The part of XML 1.0 that property lists and SyncML need.
//!
//! Read: UTF-8, one root element, text, CDATA, comments and processing instructions (the last two are passed over), the five
//! entities that XML itself has and character references. A plain DOCTYPE is passed over; one with an internal subset is
//! refused, and so every entity that a document could bring along. Attributes are checked and thrown away: neither format
//! keeps anything in them but versions and namespaces. Names lose their prefix.
//!
//! Nothing here recurses. What is deeper, larger or has more elements than [`Limits`](pki_core::Limits) allow is refused.

mod character;
mod cursor;
mod error;
mod reader;
mod text;
mod writer;

pub(crate) use error::XmlError;
pub use error::{Located, XmlErrorKind};
pub(crate) use reader::{Event, Reader};
pub use writer::UnwritableCharacter;
pub(crate) use writer::Writer;

#[cfg(test)]
mod tests;
