//! Property lists in XML, the form of Apple's profiles, commands and answers.
//!
//! [`Value`] is what one holds. Reading is bounded and never recurses: a DOCTYPE is passed over, entities of its own, a key
//! twice in one dictionary, text between elements and anything that is no property list are refused with their position. The
//! binary form is out of scope: profiles and the MDM protocol are XML.
//!
//! Written are the declaration, Apple's DOCTYPE, tabs and base64 without line breaks; the order of keys is kept. So the same
//! value gives the same octets.
//!
//! ```
//! use mdm_proto::plist::{Dictionary, Value};
//! use pki_core::Limits;
//!
//! let mut payload = Dictionary::new();
//! payload.insert("Keysize", 2048);
//! payload.insert("Name", "A & B");
//! let document = Value::from(payload).to_xml()?;
//! assert!(document.contains("<string>A &amp; B</string>"));
//!
//! let value = Value::from_xml(document.as_bytes(), Limits::DEFAULT)?;
//! assert_eq!(value.as_dictionary().and_then(|payload| payload.find("Keysize")), Some(&Value::Integer(2048)));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod dictionary;
mod error;
mod reader;
mod value;
mod writer;

pub use dictionary::Dictionary;
pub use error::{ReadError, ReadErrorKind, WriteError};
pub use value::Value;

pub use crate::xml::{Located, UnwritableCharacter, XmlErrorKind};

#[cfg(test)]
mod tests;
