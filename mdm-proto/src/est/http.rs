//! [`HttpRequest`] and [`HttpResponse`]: EST over HTTP, as plain values.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use pki_core::Secret;
use scep::http::{Method, RetryAfter};

use super::{Function, Label, body};

/// A request as it goes over HTTP, within TLS.
///
/// Those of `scep` have no path and no `Authorization`, which are half of EST.
#[derive(PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpRequest {
    /// GET or POST.
    pub method: Method,
    /// The path as it stands in the request line.
    pub path: String,
    /// The value of `Content-Type`, where there is a body.
    pub content_type: Option<String>,
    /// The value of `Authorization`, if there is one. Sent to a server that TLS has authenticated, and to no other (RFC 7030
    /// section 3.2.3).
    pub authorization: Option<Secret>,
    /// The body, transfer encodings removed; empty for GET.
    pub body: Vec<u8>,
}

/// A response as it goes over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The value of `Content-Type`; empty where there is none.
    pub content_type: String,
    /// `Retry-After`, where there is one that can be read.
    pub retry_after: Option<RetryAfter>,
    /// The value of `WWW-Authenticate`, where there is one.
    pub www_authenticate: Option<String>,
    /// The body, transfer encodings removed.
    pub body: Vec<u8>,
}

/// A content type of RFC 7030 section 3.2.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaType {
    /// `application/csrattrs`
    CsrAttributes,
    /// `application/pkcs10`: a CSR.
    Pkcs10,
    /// `application/pkcs7-mime`, sent with `smime-type=certs-only`.
    Pkcs7Mime,
    /// `text/plain`: a refusal, for people.
    TextPlain,
}

impl HttpRequest {
    /// From what a server received: the method, the path as it stands in the request line, the body.
    #[must_use]
    pub fn new(method: Method, path: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { method, path: path.into(), content_type: None, authorization: None, body: body.into() }
    }

    /// With the value of `Content-Type`.
    #[must_use]
    pub fn with_content_type(self, content_type: impl Into<String>) -> Self {
        Self { content_type: Some(content_type.into()), ..self }
    }

    /// With the value of `Authorization`.
    #[must_use]
    pub fn with_authorization(self, authorization: Secret) -> Self {
        Self { authorization: Some(authorization), ..self }
    }

    /// The headers to send, but for `Authorization`, which is a secret.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        let content_type = self.content_type.clone().map(|value| (CONTENT_TYPE, value));
        let encoding = content_type.is_some().then(|| (TRANSFER_ENCODING, BASE64.to_string()));
        content_type.into_iter().chain(encoding)
    }

    pub(super) fn of(function: Function, label: Option<&Label>) -> Self {
        Self::new(function.method(), function.path(label), Vec::new())
    }

    pub(super) fn with_der(self, media_type: MediaType, der: &[u8]) -> Self {
        Self { body: body::encode(der), ..self }.with_content_type(media_type.to_string())
    }
}

impl HttpResponse {
    /// From what a client received.
    #[must_use]
    pub fn new(status: u16, content_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        let content_type = content_type.into();
        Self { status, content_type, retry_after: None, www_authenticate: None, body: body.into() }
    }

    /// With when to ask again; from the header's text by [`RetryAfter::parse`].
    #[must_use]
    pub fn with_retry_after(self, retry_after: impl Into<Option<RetryAfter>>) -> Self {
        Self { retry_after: retry_after.into(), ..self }
    }

    /// With the value of `WWW-Authenticate`.
    #[must_use]
    pub fn with_www_authenticate(self, value: impl Into<Option<String>>) -> Self {
        Self { www_authenticate: value.into(), ..self }
    }

    /// The headers to send.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        let encoded = self.status == 200 && self.media_type() != Some(MediaType::TextPlain);
        let content_type = (!self.content_type.is_empty()).then(|| (CONTENT_TYPE, self.content_type.clone()));
        let encoding = encoded.then(|| (TRANSFER_ENCODING, BASE64.to_string()));
        let retry_after = self.retry_after.map(|value| ("Retry-After", value.to_string()));
        let challenge = self.www_authenticate.clone().map(|value| ("WWW-Authenticate", value));
        [content_type, encoding, retry_after, challenge].into_iter().flatten()
    }

    /// The media type, if it is one that EST has.
    #[must_use]
    pub fn media_type(&self) -> Option<MediaType> {
        MediaType::from_content_type(&self.content_type)
    }

    pub(super) fn ok(media_type: MediaType, der: &[u8]) -> Self {
        Self::new(200, media_type.to_string(), body::encode(der))
    }

    /// A refusal, or something like it, with a line of text for people.
    pub(super) fn text(status: u16, text: impl fmt::Display) -> Self {
        Self::new(status, MediaType::TextPlain.to_string(), format!("{text}\n"))
    }
}

impl fmt::Debug for HttpRequest {
    /// Without the body, since a password may be in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("content_type", &self.content_type)
            .field("authorization", &self.authorization)
            .field("body", &format_args!("{} octets", self.body.len()))
            .finish()
    }
}

impl MediaType {
    const ALL: [Self; 4] = [Self::CsrAttributes, Self::Pkcs10, Self::Pkcs7Mime, Self::TextPlain];

    /// The type without parameters.
    #[must_use]
    pub const fn essence(self) -> &'static str {
        match self {
            Self::CsrAttributes => "application/csrattrs",
            Self::Pkcs10 => "application/pkcs10",
            Self::Pkcs7Mime => "application/pkcs7-mime",
            Self::TextPlain => "text/plain",
        }
    }

    /// From the value of `Content-Type`, in any letter case, parameters aside (RFC 9110 section 8.3.1).
    #[must_use]
    pub fn from_content_type(value: &str) -> Option<Self> {
        let essence = value.split_once(';').map_or(value, |(essence, _parameters)| essence).trim();
        Self::ALL.into_iter().find(|known| known.essence().eq_ignore_ascii_case(essence))
    }
}

impl fmt::Display for MediaType {
    /// The value of `Content-Type`, with the parameters that we send.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.essence())?;
        match self {
            Self::Pkcs7Mime => f.write_str("; smime-type=certs-only"),
            Self::TextPlain => f.write_str("; charset=utf-8"),
            Self::CsrAttributes | Self::Pkcs10 => Ok(()),
        }
    }
}

const CONTENT_TYPE: &str = "Content-Type";
const TRANSFER_ENCODING: &str = "Content-Transfer-Encoding";
const BASE64: &str = "base64";
