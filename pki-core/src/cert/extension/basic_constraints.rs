//! basicConstraints.

use super::index::tolerant_boolean;
use crate::{
    der::{Decode, Reader, Tag, Writer},
    error::{DecodeError, DecodeErrorKind},
};

/// Whether the subject is a CA, and how many CAs may follow (RFC 5280 section 4.2.1.9).
///
/// `cA` may be any BOOLEAN of BER and may be written out though it is FALSE, as old CAs do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "RFC 5280 gives it two fields for good")]
pub struct BasicConstraints {
    /// `cA`
    pub is_ca: bool,
    /// `pathLenConstraint`: the most CA certificates that may lie between this one and the end entity's.
    pub path_length: Option<u32>,
}

impl BasicConstraints {
    /// A CA with any number of CAs below.
    pub const CA: Self = Self { is_ca: true, path_length: None };
    /// Not a CA.
    pub const END_ENTITY: Self = Self { is_ca: false, path_length: None };

    /// Writes it.
    pub fn encode(self, writer: &mut Writer) {
        writer.sequence(|w| {
            if self.is_ca {
                w.boolean(true);
            }
            if let Some(length) = self.path_length {
                w.small_integer(length);
            }
        });
    }
}

impl Decode<'_> for BasicConstraints {
    /// # Errors
    /// [`InvalidValue`](DecodeErrorKind::InvalidValue) for a negative path length.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut inner = reader.sequence()?;
        let is_ca = match inner.optional(Tag::BOOLEAN)? {
            None => false,
            Some(element) => {
                let value = tolerant_boolean(element.content());
                value.ok_or_else(|| element.error(DecodeErrorKind::InvalidEncoding))?.0
            }
        };
        let path_length = inner.optional(Tag::INTEGER)?.map(|element| element.small_integer()).transpose()?;
        inner.finish()?;
        Ok(Self { is_ca, path_length })
    }
}
