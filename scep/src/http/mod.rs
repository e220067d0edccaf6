//! SCEP over HTTP (RFC 8894 section 4.1), as plain values: the transport is the caller's.
//!
//! A client turns an [`HttpRequest`] into `METHOD path?query`; a server fills one in from what it received and reads it with
//! [`HttpRequest::parse`]. The path is never looked at.

mod media;
mod query;
mod quirks;
mod retry_after;

#[cfg(test)]
mod tests;

pub use media::MediaType;
pub use query::{HttpError, Request};
pub use retry_after::RetryAfter;

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use base64ct::{Base64, Encoding};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pki_core::Limits;

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 8894 section 4.1 knows two methods")]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
}

/// What the `operation` parameter names (RFC 8894 sections 3.5, 4.2, 4.3 and 4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// GetCACaps: what the CA can do.
    GetCaCaps,
    /// GetCACert: the CA's certificates.
    GetCaCert,
    /// GetNextCACert: the certificates that will come after them.
    GetNextCaCert,
    /// PKIOperation: a pkiMessage.
    PkiOperation,
}

/// A request as it goes over HTTP.
///
/// The body's length is known: send it with `Content-Length`, since the IIS before NDES refuses chunked bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpRequest {
    /// GET or POST.
    pub method: Method,
    /// The query as it stands in the request line, without the question mark, nothing decoded. A framework's decoded
    /// parameters won't do: some clients send `+` in base64 as it is.
    pub query: String,
    /// `Content-Type`, where there is a body. Not looked at in what is received.
    pub content_type: Option<String>,
    /// The body; empty for GET.
    pub body: Vec<u8>,
}

/// A response as it goes over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// `Content-Type`; empty where there is none.
    pub content_type: String,
    /// The body, transfer encodings removed.
    pub body: Vec<u8>,
    /// `Retry-After`, where there is one that can be read.
    pub retry_after: Option<RetryAfter>,
}

impl Operation {
    const ALL: [Self; 4] = [Self::GetCaCaps, Self::GetCaCert, Self::GetNextCaCert, Self::PkiOperation];

    /// The value of the parameter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GetCaCaps => "GetCACaps",
            Self::GetCaCert => "GetCACert",
            Self::GetNextCaCert => "GetNextCACert",
            Self::PkiOperation => "PKIOperation",
        }
    }

    /// From the value of the parameter, in any letter case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name().eq_ignore_ascii_case(name))
    }
}

impl HttpRequest {
    /// From what a server received: the method, the raw query, the body.
    #[must_use]
    pub fn new(method: Method, query: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { method, query: query.into(), content_type: None, body: body.into() }
    }

    /// GetCACaps. RFC 8894 has no CA identifier; drafts had, and some servers want one.
    #[must_use]
    pub fn get_ca_caps(ca_identifier: Option<&str>) -> Self {
        Self::get(Operation::GetCaCaps, ca_identifier)
    }

    /// GetCACert. NDES wants a CA identifier, whichever.
    #[must_use]
    pub fn get_ca_cert(ca_identifier: Option<&str>) -> Self {
        Self::get(Operation::GetCaCert, ca_identifier)
    }

    /// GetNextCACert.
    #[must_use]
    pub fn get_next_ca_cert(ca_identifier: Option<&str>) -> Self {
        Self::get(Operation::GetNextCaCert, ca_identifier)
    }

    /// PKIOperation with this pkiMessage. POST is for CAs with
    /// [`PostPkiOperation`](crate::Capability::PostPkiOperation), for which it is mandatory; GET for others.
    #[must_use]
    pub fn pki_operation(method: Method, message: Vec<u8>) -> Self {
        match method {
            Method::Get => Self::get(Operation::PkiOperation, Some(&Base64::encode_string(&message))),
            Method::Post => Self {
                method,
                query: query(Operation::PkiOperation),
                content_type: Some(MediaType::PkiMessage.to_string()),
                body: message,
            },
        }
    }

    /// What is asked, as a server reads it.
    ///
    /// Parameters may come in any order, among others. The operation may be in any letter case. For what else is tolerated
    /// see [`Request`].
    ///
    /// # Errors
    /// [`HttpError`].
    pub fn parse(&self, limits: &Limits) -> Result<Request<'_>, HttpError> {
        query::parse(self, limits)
    }

    fn get(operation: Operation, message: Option<&str>) -> Self {
        let mut query = query(operation);
        if let Some(message) = message {
            query.push_str("&message=");
            query.extend(utf8_percent_encode(message, ESCAPED));
        }
        Self { method: Method::Get, query, content_type: None, body: Vec::new() }
    }
}

impl HttpResponse {
    /// From what a client received.
    #[must_use]
    pub fn new(status: u16, content_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type: content_type.into(), body: body.into(), retry_after: None }
    }

    /// Says when to ask again; from the header's text by [`RetryAfter::parse`].
    #[must_use]
    pub fn with_retry_after(self, retry_after: impl Into<Option<RetryAfter>>) -> Self {
        Self { retry_after: retry_after.into(), ..self }
    }

    /// Status 200 with a body of this type.
    #[must_use]
    pub fn ok(media_type: MediaType, body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, media_type.as_str(), body)
    }

    /// The refusal of a request that could not be read. The body is a line of text for people.
    #[must_use]
    pub fn refusal(error: &HttpError) -> Self {
        Self::new(error.status(), MediaType::TextPlain.as_str(), alloc::format!("{error}\n"))
    }

    /// Whether the status is one of 200 to 299.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The media type, if it is one that SCEP has.
    #[must_use]
    pub fn media_type(&self) -> Option<MediaType> {
        MediaType::from_content_type(&self.content_type)
    }
}

fn query(operation: Operation) -> String {
    alloc::format!("operation={}", operation.name())
}

/// All but the unreserved characters of RFC 3986 section 2.3.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
