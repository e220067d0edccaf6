//! [`UserId`], [`DeviceName`], [`ServiceName`]: who takes part.

use alloc::{borrow::ToOwned, string::String, sync::Arc};
use core::fmt;

use pki_core::{
    DecodeError, DecodeErrorKind,
    der::{Reader, Writer},
};

use crate::identity::der;

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident, $canonical:expr;)*) => {
        $($(#[$doc])*
        ///
        /// 1 to 254 octets of UTF-8 without control characters; white space around it is no part of it. Cheap to clone.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// From a text.
            ///
            /// # Errors
            /// All of [`InvalidIdentifier`].
            pub fn new(text: &str) -> Result<Self, InvalidIdentifier> {
                let canonical: fn(&str) -> String = $canonical;
                check(text.trim()).map(|text| Self(canonical(text).into()))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// As a UTF8String.
            pub(super) fn encode(&self, w: &mut Writer) {
                der::write_text(w, &self.0);
            }

            /// From a UTF8String in the form that [`encode`](Self::encode) writes, and in no other.
            pub(super) fn decode(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let not_canonical = fields.error(DecodeErrorKind::InvalidValue);
                let text = der::text(fields)?;
                Self::new(&text).ok().filter(|identifier| identifier.as_str() == text).ok_or(not_canonical)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        )*
    };
}

identifiers! {
    /// Whose password it is: what the person types beside it, a login or a mail address. ASCII letters are taken as lower
    /// case, since keyboards capitalise.
    UserId, |text| text.to_ascii_lowercase();
    /// Which device asks: its serial number, its model, a name that the person gave it. The device says it itself; it is
    /// bound to the run, not proven. It is not the [`DeviceId`](crate::identity::DeviceId) of the certificate, which the
    /// service gives.
    DeviceName, |text| text.to_owned();
    /// Which service: the host name that the person types, or a name that devices know. A password that is registered under
    /// one name is of no use to who answers under another.
    ServiceName, |text| text.to_owned();
}

/// Why a text is no identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidIdentifier {
    /// It has a control character.
    ControlCharacter,
    /// Nothing is left of it.
    Empty,
    /// It is longer than 254 octets.
    TooLong,
}

impl fmt::Display for InvalidIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ControlCharacter => "the identifier has a control character",
            Self::Empty => "the identifier is empty",
            Self::TooLong => "the identifier is longer than 254 octets",
        })
    }
}

impl core::error::Error for InvalidIdentifier {}

fn check(text: &str) -> Result<&str, InvalidIdentifier> {
    match text.len() {
        0 => Err(InvalidIdentifier::Empty),
        1..=LONGEST if text.chars().any(char::is_control) => Err(InvalidIdentifier::ControlCharacter),
        1..=LONGEST => Ok(text),
        _ => Err(InvalidIdentifier::TooLong),
    }
}

/// The longest mail address (RFC 5321 section 4.5.3.1.3, less the angle brackets).
const LONGEST: usize = 254;

#[cfg(test)]
mod tests {
    use pki_core::der::Tag;

    use super::*;

    #[test]
    fn people_capitalise_and_leave_blanks() {
        assert_eq!(UserId::new(" Jane@Example.com ").unwrap().as_str(), "jane@example.com");
        assert_eq!(DeviceName::new("ABC").unwrap().as_str(), "ABC");
    }

    #[test]
    fn every_reason_to_refuse() {
        assert_eq!(UserId::new("  "), Err(InvalidIdentifier::Empty));
        assert_eq!(DeviceName::new("a\u{7}b"), Err(InvalidIdentifier::ControlCharacter));
        assert_eq!(ServiceName::new(&"x".repeat(255)), Err(InvalidIdentifier::TooLong));
        assert!(ServiceName::new(&"x".repeat(254)).is_ok());
    }

    #[test]
    fn only_the_canonical_form_is_read() {
        let read = |text: &[u8]| {
            let der = Writer::encode(|w| w.primitive(Tag::UTF8_STRING, text));
            UserId::decode(&mut Reader::new(&der)).map_err(|error| error.kind())
        };
        assert_eq!(read(b"jane"), Ok(UserId::new("jane").unwrap()));
        assert_eq!(read(b"Jane"), Err(DecodeErrorKind::InvalidValue));
        assert_eq!(read(b"jane "), Err(DecodeErrorKind::InvalidValue));
        assert_eq!(read(b"\xff"), Err(DecodeErrorKind::InvalidString));
    }
}
