//! [`Call`]: a question with one answer.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{Certificate, Limits, crypto::CryptoProvider};

use super::{
    Authority, AuthorityError, ClientConfig, Error, HttpRefusal, Misbehaviour, NextAuthority, NextAuthorityError,
    next::Judge,
};
use crate::{
    capability::Capabilities,
    http::{HttpRequest, HttpResponse, MediaType, Operation},
    peer::PeerProfile,
};

/// A question that needs no key and has one answer: GetCACaps, GetCACert, GetNextCACert.
///
/// Nothing in the answers to the first two is authenticated.
#[derive(Clone)]
#[must_use = "a question that is not sent has no answer"]
pub struct Call<T> {
    operation: Operation,
    request: HttpRequest,
    context: Context,
    read: fn(&HttpResponse, &Context) -> Result<T, Error>,
}

/// What the answer is read with.
#[derive(Clone, Debug)]
struct Context {
    crypto: CryptoProvider,
    limits: Limits,
    peer: PeerProfile,
    /// For GetNextCACert.
    judge: Option<Judge>,
}

impl Call<Capabilities> {
    /// GetCACaps (RFC 8894 section 3.5).
    ///
    /// A CA that does not know the operation states nothing (section 3.5.2): HTTP 501, and 400 to 499 where trying again is no
    /// use, are [`Capabilities::default`], and so is a body that is too long. Other HTTP errors are errors: a server that is
    /// busy or out of order, or something else in its place, says nothing about what the CA can do. Content types are not
    /// looked at.
    pub fn capabilities(config: &ClientConfig) -> Self {
        let read = |reply: &HttpResponse, _: &Context| {
            let refusal = || HttpRefusal::of(reply);
            match reply.is_success() {
                true => Ok(Capabilities::parse(&reply.body).unwrap_or_default()),
                false if refusal().is_final() => Ok(Capabilities::default()),
                false => Err(Error::Http(refusal())),
            }
        };
        let request = HttpRequest::get_ca_caps(config.ca_identifier());
        Self { operation: Operation::GetCaCaps, request, context: Context::of(config), read }
    }
}

impl Call<Vec<Certificate>> {
    /// GetCACert (section 4.2): the CA's certificate, or it and others in no particular order.
    pub fn certificates(config: &ClientConfig) -> Self {
        let read = |reply: &HttpResponse, context: &Context| {
            let types = [MediaType::X509CaCert, MediaType::X509CaRaCert];
            read_or_refuse(reply, &types, || Ok(Authority::read(&reply.body, context.limits)?))
        };
        let request = HttpRequest::get_ca_cert(config.ca_identifier());
        Self { operation: Operation::GetCaCert, request, context: Context::of(config), read }
    }
}

impl Call<NextAuthority> {
    /// GetNextCACert (section 4.7): the certificates that will come after those of `authority`, whose CA has to have signed
    /// them; see [`NextSigner`](super::NextSigner). Ask a CA that states
    /// [`GetNextCaCert`](crate::Capability::GetNextCaCert).
    pub fn next_certificates(config: &ClientConfig, authority: &Authority) -> Self {
        let read = |reply: &HttpResponse, context: &Context| match reply.status {
            400 | 404 | 405 | 410 | 501 => Err(NextAuthorityError::None(HttpRefusal::of(reply)).into()),
            _ => {
                // Drafts had the second.
                let types = [MediaType::NextCaCert, MediaType::X509CaRaCert];
                read_or_refuse(reply, &types, || match &context.judge {
                    Some(judge) => Ok(judge.read(&reply.body, context.limits, &context.crypto)?),
                    None => Err(NextAuthorityError::SignerUnknown.into()),
                })
            }
        };
        let context = Context { judge: Some(Judge::new(authority, config.next_signer())), ..Context::of(config) };
        let request = HttpRequest::get_next_ca_cert(config.ca_identifier());
        Self { operation: Operation::GetNextCaCert, request, context, read }
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
    /// - [`Error::Misbehaved`] for what [`ClientConfig::with_peer`] does not tolerate.
    /// - [`Error::NextAuthority`] for an answer to GetNextCACert that is not believed.
    pub fn finish(&self, reply: &HttpResponse) -> Result<T, Error> {
        let answer = (self.read)(reply, &self.context)?;
        self.context.peer.check_with(|| reply.quirks(self.operation)).map_err(Misbehaviour::Quirk)?;
        Ok(answer)
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("request", &self.request).field("context", &self.context).finish_non_exhaustive()
    }
}

impl Context {
    const fn of(config: &ClientConfig) -> Self {
        Self { crypto: *config.crypto(), limits: config.limits(), peer: *config.peer(), judge: None }
    }
}

/// What `read` makes of the body. If that fails, and the content type is none of `types` either, it was something else: a
/// page of HTML, most likely, whose beginning says more than the position of its first odd byte.
fn read_or_refuse<T>(
    reply: &HttpResponse,
    types: &[MediaType],
    read: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    let refusal = || Error::Http(HttpRefusal::of(reply));
    if !reply.is_success() {
        return Err(refusal());
    }
    let typed = reply.media_type().is_some_and(|found| types.contains(&found));
    read().map_err(|error| match error {
        Error::Authority(AuthorityError::Malformed(_)) | Error::NextAuthority(NextAuthorityError::Malformed(_))
            if !typed =>
        {
            refusal()
        }
        error => error,
    })
}
