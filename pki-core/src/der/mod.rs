//! Reading and writing DER (X.690), over borrowed slices.
//!
//! [`Reader`] takes strict DER apart, [`Writer`] puts it together. What other CMS implementations send is BER and goes
//! through [`crate::ber`] first. None of them recurses, and none allocates by a length that the input announces.

mod reader;
mod sequence_of;
mod tag;
mod writer;

pub use reader::{BitString, Element, Reader};
pub use sequence_of::{Decode, SequenceOf};
pub use tag::Tag;
pub use writer::Writer;
