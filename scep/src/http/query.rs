//! [`Request`]: what a server reads out of a query and a body.

use alloc::{borrow::Cow, vec::Vec};
use core::fmt;

use base64ct::{Base64Unpadded, Encoding};
use percent_encoding::percent_decode_str;
use pki_core::{DecodeError, DecodeErrorKind, Limits};

use super::{HttpRequest, Method, Operation};

/// What is asked of a server.
///
/// Drafts before RFC 8894 had a CA identifier in `message`, and many clients still send one, or an empty one, which is the
/// same as none. What in it is not UTF-8 is replaced.
///
/// The `message` of a PKIOperation by GET is base64 (RFC 8894 section 4.1), and is read from the raw query, because of what
/// is sent:
/// - `+`, `/` and `=` as they are: Apple escapes `=` only, strongSwan `+` only. A `+` stays a plus;
/// - a space, which is a plus that something on the way has decoded once too often;
/// - line breaks, escaped or not: sscep, Cisco IOS and strongSwan send `%0A` between lines of base64;
/// - `-` and `_` for `+` and `/`: mdmb, and micromdm of old;
/// - lower-case escapes, missing padding.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request<'a> {
    /// GetCACaps.
    GetCaCaps {
        /// The CA identifier, if there is one.
        ca_identifier: Option<Cow<'a, str>>,
    },
    /// GetCACert.
    GetCaCert {
        /// The CA identifier, if there is one.
        ca_identifier: Option<Cow<'a, str>>,
    },
    /// GetNextCACert.
    GetNextCaCert {
        /// The CA identifier, if there is one.
        ca_identifier: Option<Cow<'a, str>>,
    },
    /// PKIOperation.
    PkiOperation {
        /// The pkiMessage, not looked at yet; not empty.
        message: Cow<'a, [u8]>,
    },
}

/// Why a request could not be read. There is no pkiMessage to answer with one: what goes back is [`HttpError::status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpError {
    /// A parameter of this name occurs twice.
    DuplicateParameter(&'static str),
    /// A PKIOperation without a message: an empty body, or an empty or no `message` parameter.
    EmptyMessage,
    /// The `message` of a PKIOperation is not base64. The position is in the text with escapes and line breaks removed.
    InvalidBase64(DecodeError),
    /// There is no `operation` parameter.
    MissingOperation,
    /// The message has more than [`Limits::size`] bytes.
    TooLarge,
    /// The `operation` is none that this crate knows.
    UnknownOperation,
    /// Not a method for this operation: POST is for PKIOperation only (RFC 8894 section 4.1).
    WrongMethod(Operation),
}

impl HttpError {
    /// The HTTP status to answer with.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::TooLarge => 413,
            Self::WrongMethod(_) => 405,
            _ => 400,
        }
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateParameter(name) => write!(f, "the parameter `{name}` occurs twice"),
            Self::EmptyMessage => f.write_str("there is no message"),
            Self::InvalidBase64(error) => write!(f, "the message is not base64: {error}"),
            Self::MissingOperation => f.write_str("there is no parameter `operation`"),
            Self::TooLarge => f.write_str("the message is too large"),
            Self::UnknownOperation => f.write_str("the operation is not known"),
            Self::WrongMethod(operation) => write!(f, "{} is not done by this method", operation.name()),
        }
    }
}

impl core::error::Error for HttpError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::InvalidBase64(error) => Some(error),
            _ => None,
        }
    }
}

pub(super) fn parse<'a>(request: &'a HttpRequest, limits: &Limits) -> Result<Request<'a>, HttpError> {
    // No encoding of a message of the largest size is longer: four characters for three bytes, three for an escaped one.
    let longest = limits.size.saturating_mul(4).saturating_add(QUERY_BESIDE_MESSAGE);
    if request.body.len() > limits.size || request.query.len() > longest {
        return Err(HttpError::TooLarge);
    }
    let parameters = Parameters::parse(&request.query)?;
    let operation = parameters.operation.ok_or(HttpError::MissingOperation)?;
    let operation = Operation::from_name(operation).ok_or(HttpError::UnknownOperation)?;
    let ca_identifier = || parameters.message.filter(|text| !text.is_empty()).map(text);
    match (request.method, operation) {
        (Method::Get, Operation::GetCaCaps) => Ok(Request::GetCaCaps { ca_identifier: ca_identifier() }),
        (Method::Get, Operation::GetCaCert) => Ok(Request::GetCaCert { ca_identifier: ca_identifier() }),
        (Method::Get, Operation::GetNextCaCert) => Ok(Request::GetNextCaCert { ca_identifier: ca_identifier() }),
        (Method::Get, Operation::PkiOperation) => {
            let message = base64(parameters.message.unwrap_or_default(), limits)?;
            pki_operation(Cow::Owned(message))
        }
        (Method::Post, Operation::PkiOperation) => pki_operation(Cow::Borrowed(&request.body)),
        (Method::Post, other) => Err(HttpError::WrongMethod(other)),
    }
}

/// The two parameters of RFC 8894 section 4.1, raw.
#[derive(Default)]
pub(super) struct Parameters<'a> {
    pub(super) operation: Option<&'a str>,
    pub(super) message: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    pub(super) fn parse(query: &'a str) -> Result<Self, HttpError> {
        let mut parameters = Self::default();
        for parameter in query.strip_prefix('?').unwrap_or(query).split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let (name, place) = match name {
                "operation" => ("operation", &mut parameters.operation),
                "message" => ("message", &mut parameters.message),
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(HttpError::DuplicateParameter(name));
            }
        }
        Ok(parameters)
    }
}

fn pki_operation(message: Cow<'_, [u8]>) -> Result<Request<'_>, HttpError> {
    if message.is_empty() { Err(HttpError::EmptyMessage) } else { Ok(Request::PkiOperation { message }) }
}

fn text(raw: &str) -> Cow<'_, str> {
    percent_decode_str(raw).decode_utf8_lossy()
}

/// Base64 in every form that [`Request`] lists.
fn base64(raw: &str, limits: &Limits) -> Result<Vec<u8>, HttpError> {
    let mut text: Vec<u8> = percent_decode_str(raw).filter_map(standard_alphabet).collect();
    let padding = text.iter().rev().take_while(|character| **character == b'=').count();
    text.truncate(text.len() - padding);
    if text.len() / 4 > limits.size / 3 {
        return Err(HttpError::TooLarge);
    }
    let invalid = |position| HttpError::InvalidBase64(DecodeError::new(DecodeErrorKind::InvalidBase64, position));
    if let Some(position) = text.iter().position(|character| !is_base64(*character)) {
        return Err(invalid(position));
    }
    let mut message = alloc::vec![0; text.len() / 4 * 3 + text.len() % 4];
    let length = Base64Unpadded::decode(&text, &mut message).map_err(|_| invalid(text.len()))?.len();
    message.truncate(length);
    if message.len() > limits.size { Err(HttpError::TooLarge) } else { Ok(message) }
}

const fn standard_alphabet(character: u8) -> Option<u8> {
    match character {
        b'\r' | b'\n' => None,
        b' ' | b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        other => Some(other),
    }
}

const fn is_base64(character: u8) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, b'+' | b'/')
}

/// Room for the other parameters, and for line breaks.
const QUERY_BESIDE_MESSAGE: usize = 4096;
