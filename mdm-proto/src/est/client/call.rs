//! [`Call`]: a question with one answer.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{Certificate, Csr, DecodeErrorKind, Limits, PublicKey};
use scep::http::RetryAfter;

use super::{Config, Error, Misbehaviour, Refused};
use crate::est::{
    BodyError, BundleError, CaCertificates, Credentials, CsrAttributes, Function, HttpRequest, HttpResponse, MediaType,
    authority, body, bundle,
};

/// A question, and how its answer is read. It can be asked again, and the answer is to the same question.
#[must_use = "a question that is not sent has no answer"]
pub struct Call<T> {
    request: HttpRequest,
    context: Context,
    read: fn(&HttpResponse, &Context) -> Result<T, Error>,
}

/// What `/simpleenroll` and `/simplereenroll` answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 7030 section 4.2.3: 200 or 202, all else is an error")]
pub enum EnrolReply {
    /// The certificate, for the key in the CSR. Whether it is valid below the CA is not looked at:
    /// [`Authority::validate`](crate::est::Authority::validate) does.
    Issued(Certificate),
    /// Not decided yet. Ask the same again, not before this.
    Pending(RetryAfter),
}

struct Context {
    limits: Limits,
    /// The key to certify.
    key: Option<PublicKey>,
}

impl Call<CaCertificates> {
    /// `/cacerts` (RFC 7030 section 4.1.2).
    pub fn ca_certificates(config: &Config) -> Self {
        Self::new(config, Function::CaCerts, |reply, context| {
            if reply.status != 200 {
                return Err(refused(reply));
            }
            typed(reply, MediaType::Pkcs7Mime, authority::read(&reply.body, context.limits).map_err(Error::Bundle))
        })
    }
}

impl Call<CsrAttributes> {
    /// `/csrattrs` (section 4.5). That there are none, by 204 or 404, is an answer too.
    pub fn csr_attributes(config: &Config) -> Self {
        Self::new(config, Function::CsrAttrs, |reply, context| match reply.status {
            204 | 404 => Ok(CsrAttributes::new()),
            200 => typed(reply, MediaType::CsrAttributes, read_attributes(&reply.body, context.limits)),
            _ => Err(refused(reply)),
        })
    }
}

impl Call<EnrolReply> {
    /// `/simpleenroll` with this CSR (section 4.2.1).
    pub fn simple_enroll(config: &Config, csr: &Csr) -> Self {
        Self::enrol(config, Function::SimpleEnroll, csr)
    }

    /// `/simplereenroll` with this CSR, whose names are those of the certificate that is renewed (section 4.2.2), over a
    /// connection on which that certificate is the client's; see [`reenrolment_csr`](crate::est::reenrolment_csr).
    pub fn simple_reenroll(config: &Config, csr: &Csr) -> Self {
        Self::enrol(config, Function::SimpleReenroll, csr)
    }

    fn enrol(config: &Config, function: Function, csr: &Csr) -> Self {
        let call = Self::new(config, function, |reply, context| match reply.status {
            200 => {
                let certificates = bundle::read(&reply.body, context.limits).map_err(Error::Bundle);
                let certificates = typed(reply, MediaType::Pkcs7Mime, certificates)?;
                issued(certificates, context)
            }
            202 => {
                let pending = reply.retry_after.map(EnrolReply::Pending);
                pending.ok_or(Error::Misbehaved(Misbehaviour::RetryAfterMissing))
            }
            _ => Err(refused(reply)),
        });
        let context = Context { key: Some(csr.public_key().to_owned()), ..call.context };
        Self { request: call.request.with_der(MediaType::Pkcs10, csr.as_der()), context, ..call }
    }
}

impl<T> Call<T> {
    fn new(config: &Config, function: Function, read: fn(&HttpResponse, &Context) -> Result<T, Error>) -> Self {
        let request = HttpRequest::of(function, config.label());
        Self { request, context: Context { limits: config.limits(), key: None }, read }
    }

    /// With HTTP Basic: only over a connection whose server TLS has authenticated (section 4.1.1).
    pub fn with_credentials(self, credentials: &Credentials) -> Self {
        Self { request: self.request.with_authorization(credentials.to_header()), ..self }
    }

    /// What to send.
    #[must_use]
    pub const fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// - [`Error::Refused`] for any status that is not the answer.
    /// - [`Error::SomethingElse`] for a body of another type that can't be read either.
    /// - [`Error::Bundle`], [`Error::Attributes`], [`Error::Body`] for a body that can't be read.
    /// - [`Error::Misbehaved`] for an answer to something else.
    pub fn finish(&self, reply: &HttpResponse) -> Result<T, Error> {
        (self.read)(reply, &self.context)
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("request", &self.request).finish_non_exhaustive()
    }
}

/// The one for our key. Section 4.2.3 has no other in it; others do no harm, and there are servers that send the chain.
fn issued(certificates: Vec<Certificate>, context: &Context) -> Result<EnrolReply, Error> {
    let is_ours = |certificate: &Certificate| {
        context.key.as_ref().is_some_and(|key| key.as_der() == certificate.public_key().as_der())
    };
    let issued = certificates.into_iter().find(is_ours);
    issued.map(EnrolReply::Issued).ok_or(Error::Misbehaved(Misbehaviour::NoCertificateForKey))
}

fn read_attributes(text: &[u8], limits: Limits) -> Result<CsrAttributes, Error> {
    match body::decode(text, limits) {
        Ok(der) => CsrAttributes::from_der(&der, limits).map_err(Error::Attributes),
        Err(error) => Err(Error::Body(error)),
    }
}

/// What can't be read, and is not of the type either, was something else: a page of HTML, most likely.
fn typed<T>(reply: &HttpResponse, media_type: MediaType, read: Result<T, Error>) -> Result<T, Error> {
    let is_unreadable = |error: &Error| match error {
        Error::Bundle(BundleError::Body(BodyError::NotBase64) | BundleError::Malformed(_)) => true,
        Error::Attributes(error) => error.kind() != DecodeErrorKind::TooMany,
        Error::Body(error) => *error == BodyError::NotBase64,
        _ => false,
    };
    read.map_err(|error| match reply.media_type() {
        found if found != Some(media_type) && is_unreadable(&error) => Error::SomethingElse(Refused::of(reply)),
        _ => error,
    })
}

fn refused(reply: &HttpResponse) -> Error {
    Error::Refused(Refused::of(reply))
}
