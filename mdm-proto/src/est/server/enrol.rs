//! [`Enrol`]: somebody asks for a certificate.

use alloc::{format, string::String, vec::Vec};
use core::fmt;

use pki_core::{Certificate, Csr, CsrDigest, Secret, chain::ValidatedChain};
use scep::http::RetryAfter;

use super::{Authorized, Error, Means, Refusal};
use crate::est::{Credentials, HttpResponse, InvalidCredentials, Label, MediaType, Reenrolment, bundle};

/// Somebody asks for a certificate: by a CSR that is signed by its own key, over a connection that it is linked to as far as
/// [`Responder::with_linking`](super::Responder::with_linking) asks.
#[derive(Debug)]
#[must_use = "the client waits for an answer"]
pub struct Enrol {
    pub(super) csr: Csr,
    pub(super) digest: CsrDigest,
    pub(super) label: Option<Label>,
    pub(super) authorization: Option<Secret>,
    pub(super) client: Option<ValidatedChain>,
    pub(super) reenrolment: Option<Reenrolment>,
}

/// Why a certificate is not given, as HTTP has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The CSR is not as the CA wants it: 400.
    BadRequest,
    /// This client may not have it: 403.
    Forbidden,
    /// Not now; ask again after this: 503.
    Unavailable(RetryAfter),
}

impl Enrol {
    /// The CSR. Its key counts; its names are for comparison.
    #[must_use]
    pub const fn csr(&self) -> &Csr {
        &self.csr
    }

    /// The SHA-256 of the CSR.
    #[must_use]
    pub const fn digest(&self) -> CsrDigest {
        self.digest
    }

    /// The CA that is asked, where there are several.
    #[must_use]
    pub const fn label(&self) -> Option<&Label> {
        self.label.as_ref()
    }

    /// The client's certificate in TLS, if it has one; for `/simplereenroll` it has, and that is what is to be renewed.
    #[must_use]
    pub const fn client(&self) -> Option<&ValidatedChain> {
        self.client.as_ref()
    }

    /// For `/simplereenroll`: with the same key or another.
    #[must_use]
    pub const fn reenrolment(&self) -> Option<Reenrolment> {
        self.reenrolment
    }

    /// The credentials, if there are any.
    ///
    /// # Errors
    /// [`InvalidCredentials`] for what is none, and for other schemes than Basic.
    pub fn credentials(&self) -> Result<Option<Credentials>, InvalidCredentials> {
        self.authorization.as_ref().map(Credentials::from_header).transpose()
    }

    /// By the client's certificate, which this CSR is to renew. That the certificate is still good, and not too early, is for
    /// the caller to have seen: TLS says nothing of revocation.
    ///
    /// # Errors
    /// [`Error::ClientCertificateMissing`] for what is no `/simplereenroll`.
    pub fn authorize_by_certificate(&self) -> Result<Authorized, Error> {
        match self.reenrolment {
            Some(_) => Ok(Authorized::new(self.digest, Means::Certificate)),
            None => Err(Error::ClientCertificateMissing),
        }
    }

    /// Gives the certificate, and nothing beside (RFC 7030 section 4.2.3).
    ///
    /// # Errors
    /// [`Refusal`] with [`Error::DifferentRequest`] for an authorisation of another CSR, [`Error::KeyMismatch`] for a
    /// certificate for another key.
    pub fn issue(self, authorized: &Authorized, certificate: &Certificate) -> Result<HttpResponse, Refusal> {
        if *authorized.csr() != self.digest {
            return Err(Error::DifferentRequest.into());
        }
        if certificate.public_key().as_der() != self.csr.public_key().as_der() {
            return Err(Error::KeyMismatch.into());
        }
        Ok(HttpResponse::ok(MediaType::Pkcs7Mime, &bundle::write(core::slice::from_ref(certificate))))
    }

    /// Not decided yet: the client repeats the same request, not before this (section 4.2.3). There is no text with it, since
    /// BouncyCastle's client gives up where there is.
    #[must_use]
    pub fn pend(self, retry_after: RetryAfter) -> HttpResponse {
        HttpResponse::new(202, "", Vec::new()).with_retry_after(retry_after)
    }

    /// Says no, and why in a line for people. Whoever sent the request reads it: before a client has proven who it is, say
    /// nothing in it of users and devices, or [ask for credentials](Self::ask_for_credentials) instead.
    #[must_use]
    pub fn reject(self, rejection: Rejection, text: impl fmt::Display) -> HttpResponse {
        let reply = HttpResponse::text(rejection.status(), text);
        match rejection {
            Rejection::Unavailable(retry_after) => reply.with_retry_after(retry_after),
            Rejection::BadRequest | Rejection::Forbidden => reply,
        }
    }

    /// Asks for credentials, or for others, by HTTP Basic (section 3.2.3). In `realm` quotes, backslashes and what is not
    /// printable ASCII are left out.
    ///
    /// There is no body, as in appendix A.3: BouncyCastle's client gives up where there is one.
    #[must_use]
    pub fn ask_for_credentials(self, realm: &str) -> HttpResponse {
        let plain = |c: &char| (*c == ' ' || c.is_ascii_graphic()) && !matches!(c, '"' | '\\');
        let realm: String = realm.chars().filter(plain).collect();
        HttpResponse::new(401, "", Vec::new())
            .with_www_authenticate(format!("Basic realm=\"{realm}\", charset=\"UTF-8\""))
    }
}

impl Rejection {
    const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden => 403,
            Self::Unavailable(_) => 503,
        }
    }
}
