//! SyncML (OMA DM 1.2), the language in which Windows is told what to set and says what came of it.
//!
//! The part of it that certificates need: requests ([`Command`]) with their items and formats, the [`Status`] of each, and
//! [`Results`]. A [`SyncBody`] numbers its commands itself: the first has [`SyncBody::with_first_id`], each further one, those
//! inside of an Atomic too, the next number, so that a status is matched by its `CmdRef`.
//!
//! Out of scope is the session: header, authentication, alerts, large objects. Other commands are passed over when a body is
//! read, and [`SyncBody::commands_to_xml`] writes commands alone, for a body that the caller writes.
//!
//! ```
//! use mdm_proto::syncml::{Command, Format, Item, SyncBody};
//! use pki_core::Limits;
//!
//! let add = Command::add(Item::new("./Device/Vendor/MSFT/X/Count").with_format(Format::Int).with_data("3"));
//! let body = SyncBody::new([Command::Atomic(vec![add])]);
//! let xml = body.to_xml()?;
//! assert!(xml.contains("<Format xmlns=\"syncml:metinf\">int</Format>"));
//! assert_eq!(SyncBody::from_xml(xml.as_bytes(), Limits::DEFAULT)?.commands(), body.commands());
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod body;
mod command;
mod error;
mod reader;
mod writer;

pub use body::SyncBody;
pub use command::{Command, Format, Item, Results, Status, StatusCode, Verb};
pub use error::{ReadError, ReadErrorKind, WriteError};

pub use crate::xml::{Located, UnwritableCharacter, XmlErrorKind};

#[cfg(test)]
mod tests;
