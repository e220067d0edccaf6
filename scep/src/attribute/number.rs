//! [`MessageType`], [`PkiStatus`] and [`FailInfo`]: decimal numbers, each in a PrintableString.

use alloc::{string::ToString, vec::Vec};
use core::fmt;

use pki_core::{
    DecodeError, DecodeErrorKind,
    der::{Element, Tag, Writer},
};

use super::string_content;

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident, $(#[$known_doc:meta])* $known:ident {
        $($(#[$value_doc:meta])* $id:ident, $variant:ident = $number:literal, $text:literal;)*
    })*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        $(#[$known_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $known {
            $($(#[$value_doc])* $variant,)*
        }

        impl $name {
            $($(#[$value_doc])* pub const $id: Self = Self($number);)*

            /// From the number.
            #[must_use]
            pub const fn new(number: u32) -> Self {
                Self(number)
            }

            /// The number.
            #[must_use]
            pub const fn number(self) -> u32 {
                self.0
            }

            /// Which of those that RFC 8894 defines; `None` for any other.
            #[must_use]
            pub const fn known(self) -> Option<$known> {
                match self.0 {
                    $($number => Some($known::$variant),)*
                    _ => None,
                }
            }

            /// From the value of the attribute: a decimal number without sign, white space or leading zeros.
            ///
            /// # Errors
            /// - [`DecodeErrorKind::UnexpectedTag`] if it is not a PrintableString, UTF8String or IA5String.
            /// - [`DecodeErrorKind::InvalidValue`] if it is not such a number, or over 2³²-1.
            pub fn decode(element: &Element<'_>) -> Result<Self, DecodeError> {
                decimal(string_content(element)?).map(Self).ok_or_else(|| element.error(DecodeErrorKind::InvalidValue))
            }

            /// The value of the attribute, a PrintableString.
            #[must_use]
            pub fn to_der(self) -> Vec<u8> {
                Writer::encode(|w| w.primitive(Tag::PRINTABLE_STRING, self.0.to_string().as_bytes()))
            }
        }

        impl From<$known> for $name {
            fn from(known: $known) -> Self {
                match known {
                    $($known::$variant => Self::$id,)*
                }
            }
        }

        impl fmt::Display for $name {
            /// The number, with its name in the RFC if it has one.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.known() {
                    $(Some($known::$variant) => f.write_str(concat!($text, " (", $number, ")")),)*
                    None => self.0.fmt(f),
                }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        })*
    };
}

numbers! {
    /// messageType: what a pkiMessage asks or answers (RFC 8894 section 3.2.1.2).
    ///
    /// Values that are not defined are errors (there), so grant by [`known`](Self::known) and refuse what is left: a server
    /// that served 18, the UpdateReq of old drafts, by a path of its own gave certificates to anyone (CVE-2026-30836).
    MessageType,
    /// A [`MessageType`] that RFC 8894 defines.
    KnownMessageType {
        /// Response to a certificate or CRL request.
        CERT_REP, CertRep = 3, "CertRep";
        /// Request for a certificate, signed with the one that it replaces.
        RENEWAL_REQ, RenewalReq = 17, "RenewalReq";
        /// Request for a certificate.
        PKCS_REQ, PkcsReq = 19, "PKCSReq";
        /// Question for what became of a request; GetCertInitial in drafts.
        CERT_POLL, CertPoll = 20, "CertPoll";
        /// Request for an issued certificate.
        GET_CERT, GetCert = 21, "GetCert";
        /// Request for a CRL.
        GET_CRL, GetCrl = 22, "GetCRL";
    }

    /// pkiStatus: how a request went (RFC 8894 section 3.2.1.3).
    ///
    /// Values that are not defined are errors (there): neither a success nor a reason to wait.
    PkiStatus,
    /// A [`PkiStatus`] that RFC 8894 defines.
    KnownPkiStatus {
        /// The request was granted.
        SUCCESS, Success = 0, "SUCCESS";
        /// The request was refused; failInfo says why.
        FAILURE, Failure = 2, "FAILURE";
        /// The request waits for a person.
        PENDING, Pending = 3, "PENDING";
    }

    /// failInfo: why a request was refused (RFC 8894 section 3.2.1.4).
    FailInfo,
    /// A [`FailInfo`] that RFC 8894 defines.
    KnownFailInfo {
        /// Unknown or unsupported algorithm.
        BAD_ALG, BadAlg = 0, "badAlg";
        /// The integrity check of the message failed.
        BAD_MESSAGE_CHECK, BadMessageCheck = 1, "badMessageCheck";
        /// The transaction is not permitted or not supported.
        BAD_REQUEST, BadRequest = 2, "badRequest";
        /// The signingTime is not close enough to the time of the system.
        BAD_TIME, BadTime = 3, "badTime";
        /// No certificate matches the criteria.
        BAD_CERT_ID, BadCertId = 4, "badCertId";
    }
}

/// `0`, or digits that don't begin with 0, up to 2³²-1.
fn decimal(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || (digits.len() > 1 && digits.first() == Some(&b'0')) {
        return None;
    }
    digits.iter().try_fold(0_u32, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| digit - b'0')?;
        number.checked_mul(10)?.checked_add(u32::from(digit))
    })
}
