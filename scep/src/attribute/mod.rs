//! The signed attributes of a pkiMessage (RFC 8894 section 3.2.1), each by itself.
//!
//! All of them survive values that nobody has defined: what those mean is for who reads the message to say. Numbers and
//! transaction identifiers are of type PrintableString; early Microsoft and Cisco implementations sent UTF8String and IA5String,
//! which are read too. [`is_printable_string`] tells the difference. Written is always what the RFC says.

mod nonce;
mod number;
mod text;
mod transaction_id;

#[cfg(test)]
mod tests;

pub use nonce::Nonce;
pub use number::{FailInfo, KnownFailInfo, KnownMessageType, KnownPkiStatus, MessageType, PkiStatus};
pub use text::FailInfoText;
pub use transaction_id::TransactionId;

use pki_core::{
    DecodeError, DecodeErrorKind,
    der::{Element, Tag},
};

/// Whether `element` is what RFC 8894 section 3.2.1 has for strings: a PrintableString, with no character that the type
/// lacks.
#[must_use]
pub fn is_printable_string(element: &Element<'_>) -> bool {
    element.tag() == Tag::PRINTABLE_STRING && element.content().iter().all(|byte| is_printable(*byte))
}

/// The contents of a PrintableString, or of the string types that stand for it.
fn string_content<'a>(element: &Element<'a>) -> Result<&'a [u8], DecodeError> {
    match element.tag() {
        Tag::PRINTABLE_STRING | Tag::UTF8_STRING | Tag::IA5_STRING => Ok(element.content()),
        found => {
            Err(element.error(DecodeErrorKind::UnexpectedTag { expected: Tag::PRINTABLE_STRING, found: Some(found) }))
        }
    }
}

/// Whether a PrintableString may have this octet (X.680 section 41.4).
const fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b' ' | b'\'' | b'(' | b')' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b'=' | b'?')
}
