//! [`Call`]: what to send; [`Ask`]: to know whether a challenge is right.

use alloc::{
    borrow::Cow,
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt;

use pki_core::Secret;
use scep::http::{HttpRequest, HttpResponse, Method};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

use super::{ExternalError, intune, step_ca};
use crate::challenge::{Presented, RedeemError, Step, text};

/// A request to a service elsewhere: send it, by POST, with these headers. It may be sent again, as it is.
///
/// Beside these, a service wants what says who is asking: for Intune an OAuth token, in `Authorization`.
///
/// The body has the challenge in it: `Debug` does not show it, and it is wiped when dropped.
#[derive(Clone)]
pub struct Call {
    url: String,
    headers: Vec<(&'static str, String)>,
    http: HttpRequest,
}

/// Whether a challenge is right, a service elsewhere has to say.
#[derive(Clone, Debug)]
#[must_use = "the answer is waited for"]
pub struct Ask {
    call: Call,
    presented: Presented,
    question: Question,
}

/// Who is asked.
#[derive(Clone, Debug)]
pub(in crate::challenge) enum Question {
    Intune(intune::Intune),
    StepCa(step_ca::Asked),
}

impl Call {
    /// JSON to this address.
    pub(super) fn json(url: String, body: &impl Serialize) -> Self {
        let mut http = HttpRequest::new(Method::Post, "", serde_json::to_vec(body).unwrap_or_default());
        http.content_type = Some("application/json".to_string());
        Self { url, headers: Vec::new(), http }
    }

    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn with_authorization(self, value: &Secret) -> Self {
        self.with_header("Authorization", String::from_utf8_lossy(value.expose()))
    }

    /// Where to.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The headers beside `Content-Type`, by name and value.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Method, content type and body. There is no query.
    #[must_use]
    pub const fn http(&self) -> &HttpRequest {
        &self.http
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.http.body.zeroize();
        self.headers.iter_mut().for_each(|(_, value)| value.zeroize());
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({}, {} octets)", self.url, self.http.body.len())
    }
}

impl Ask {
    pub(in crate::challenge) const fn new(call: Call, presented: Presented, question: Question) -> Self {
        Self { call, presented, question }
    }

    /// What to send.
    #[must_use]
    pub const fn call(&self) -> &Call {
        &self.call
    }

    /// The answer. What can't be read can be asked again.
    ///
    /// # Errors
    /// [`RedeemError::External`].
    pub fn finish(&self, answer: &HttpResponse) -> Result<Step, RedeemError> {
        let grant = match &self.question {
            Question::Intune(intune) => intune.validated(&self.presented, answer)?,
            Question::StepCa(asked) => asked.allowed(&self.presented, answer)?,
        };
        Ok(Step::Granted(grant))
    }

    /// There was no answer, and there will be none.
    #[must_use]
    pub fn unreachable(self) -> RedeemError {
        ExternalError::Unreachable.into()
    }
}

/// The JSON in an answer.
pub(super) fn read<'a, T: Deserialize<'a>>(answer: &'a HttpResponse, most: usize) -> Result<T, ExternalError> {
    if !answer.is_success() {
        return Err(ExternalError::Http { status: answer.status });
    }
    read_body(&answer.body, most)
}

/// The JSON in a body.
pub(super) fn read_body<'a, T: Deserialize<'a>>(body: &'a [u8], most: usize) -> Result<T, ExternalError> {
    if body.len() > most {
        return Err(ExternalError::TooLarge);
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).map_err(|_| ExternalError::Malformed)
}

/// The secret as the text that JSON can have; what is no UTF-8 is replaced.
pub(super) fn secret_text(secret: &Secret) -> zeroize::Zeroizing<String> {
    text::wiped(String::from_utf8_lossy(secret.expose()).into_owned())
}

/// What a peer says, for a log: one line of 255 characters at most.
pub(super) fn shown(text: Option<Cow<'_, str>>) -> alloc::boxed::Box<str> {
    let text = text.unwrap_or_default();
    text.chars().take(255).map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().into()
}
