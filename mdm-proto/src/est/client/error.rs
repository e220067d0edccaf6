//! [`Error`]: why a call has no answer yet.

use alloc::string::String;
use core::fmt;

use pki_core::DecodeError;
use scep::http::RetryAfter;

use crate::est::{BodyError, BundleError, HttpResponse, body};

/// Why a call has no answer yet, by who is to blame: always the peer, or something before it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The CSR attributes can't be read.
    Attributes(DecodeError),
    /// The body can't be read.
    Body(BodyError),
    /// The certificates can't be read.
    Bundle(BundleError),
    /// A readable answer that breaks the protocol.
    Misbehaved(Misbehaviour),
    /// An HTTP status that says no.
    Refused(Refused),
    /// Status 200 with something else: another content type, and nothing that can be read.
    SomethingElse(Refused),
}

/// What a server says instead of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The HTTP status.
    pub status: u16,
    /// The content type, as it came.
    pub content_type: String,
    /// The beginning of the body, at most 256 octets, with everything that is not printable replaced.
    pub text: String,
    /// When to ask again, if it says so.
    pub retry_after: Option<RetryAfter>,
    /// How it wants clients to authenticate, if it says so.
    pub www_authenticate: Option<String>,
}

/// How a server broke the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misbehaviour {
    /// None of the certificates is for the key in the CSR.
    NoCertificateForKey,
    /// 202 without a `Retry-After` that can be read (RFC 7030 section 4.2.3).
    RetryAfterMissing,
}

impl Refused {
    pub(super) fn of(reply: &HttpResponse) -> Self {
        Self {
            status: reply.status,
            content_type: reply.content_type.chars().take(MOST_CHARACTERS).collect(),
            text: body::excerpt(&reply.body),
            retry_after: reply.retry_after,
            www_authenticate: reply
                .www_authenticate
                .as_deref()
                .map(|text| text.chars().take(MOST_CHARACTERS).collect()),
        }
    }

    /// Whether the server does not have this function (RFC 7030 section 4.3.2).
    #[must_use]
    pub const fn is_unsupported(&self) -> bool {
        matches!(self.status, 404 | 501)
    }

    /// Whether it wants credentials, or others (RFC 7030 section 3.2.3).
    #[must_use]
    pub const fn wants_credentials(&self) -> bool {
        self.status == 401
    }
}

impl Error {
    /// Whether the same request may be answered later: a server that is busy or out of order, or that has not decided.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Misbehaved(Misbehaviour::RetryAfterMissing) => true,
            Self::Refused(refused) => matches!(refused.status, 408 | 425 | 429 | 500 | 502..=599),
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attributes(error) => write!(f, "CSR attributes: {error}"),
            Self::Body(error) => error.fmt(f),
            Self::Bundle(error) => error.fmt(f),
            Self::Misbehaved(misbehaviour) => misbehaviour.fmt(f),
            Self::Refused(refused) => refused.fmt(f),
            Self::SomethingElse(refused) => write!(f, "not an answer by EST: {refused}"),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Attributes(error) => Some(error),
            Self::Body(error) => Some(error),
            Self::Bundle(error) => Some(error),
            Self::Misbehaved(_) | Self::Refused(_) | Self::SomethingElse(_) => None,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.status)?;
        if !self.text.is_empty() {
            write!(f, ": {}", self.text)?;
        }
        Ok(())
    }
}

impl fmt::Display for Misbehaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCertificateForKey => "the server sent no certificate for the key in the CSR",
            Self::RetryAfterMissing => "the server says that it has not decided, and not when to ask again",
        })
    }
}

const MOST_CHARACTERS: usize = 128;
