//! [`Call`]: a question with one answer.

use alloc::vec::Vec;

use pki_core::{Certificate, Limits};

use super::{Authority, ClientConfig, Error, HttpRefusal};
use crate::{
    capability::Capabilities,
    http::{HttpRequest, HttpResponse},
};

/// A question that needs no key and has one answer: GetCACaps, GetCACert.
///
/// Nothing in the answers is authenticated.
#[derive(Clone, Debug)]
#[must_use = "a question that is not sent has no answer"]
pub struct Call<T> {
    request: HttpRequest,
    limits: Limits,
    read: fn(&HttpResponse, Limits) -> Result<T, Error>,
}

impl Call<Capabilities> {
    /// GetCACaps (RFC 8894 section 3.5).
    ///
    /// A CA that does not know the operation states nothing (section 3.5.2): HTTP 501, and 400 to 499 where trying again is no
    /// use, are [`Capabilities::default`], and so is a body that is too long. Other HTTP errors are errors: a server that is
    /// busy or out of order, or something else in its place, says nothing about what the CA can do. Content types are not
    /// looked at.
    pub fn capabilities(config: &ClientConfig) -> Self {
        let read = |reply: &HttpResponse, _| {
            let refusal = HttpRefusal::of(reply);
            match reply.is_success() {
                true => Ok(Capabilities::parse(&reply.body).unwrap_or_default()),
                false if refusal.is_final() => Ok(Capabilities::default()),
                false => Err(Error::Http(refusal)),
            }
        };
        Self { request: HttpRequest::get_ca_caps(config.ca_identifier()), limits: config.limits(), read }
    }
}

impl Call<Vec<Certificate>> {
    /// GetCACert (section 4.2): the CA's certificate, or it and others in no particular order.
    pub fn certificates(config: &ClientConfig) -> Self {
        let read = |reply: &HttpResponse, limits| {
            let refusal = || Error::Http(HttpRefusal::of(reply));
            match (reply.is_success(), reply.media_type()) {
                (false, _) => Err(refusal()),
                (true, None) => Authority::read(&reply.body, limits).map_err(|_| refusal()),
                (true, Some(_)) => Ok(Authority::read(&reply.body, limits)?),
            }
        };
        Self { request: HttpRequest::get_ca_cert(config.ca_identifier()), limits: config.limits(), read }
    }
}

impl<T> Call<T> {
    /// What to send.
    #[must_use]
    pub const fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// - [`Error::Http`] for an HTTP error, or a body that is something else.
    /// - [`Error::Authority`] for malformed certificates.
    pub fn finish(&self, reply: &HttpResponse) -> Result<T, Error> {
        (self.read)(reply, self.limits)
    }
}
