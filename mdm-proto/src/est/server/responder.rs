//! [`Responder`]: reads requests.

use alloc::vec::Vec;

use pki_core::{Certificate, Csr, Limits, Secret, chain::ValidatedChain, crypto::CryptoProvider};

use super::{Enrol, Error, Refusal};
use crate::est::{
    ChannelBinding, CsrAttributes, Function, HttpRequest, HttpResponse, Label, Linking, MediaType, Reenrolment, body,
    bundle,
};

/// Reads requests. Immutable; share it.
#[derive(Clone, Debug)]
pub struct Responder {
    crypto: CryptoProvider,
    limits: Limits,
    linking: Linking,
}

/// What the caller's TLS knows of the connection that a request came by.
#[derive(Debug, Default)]
pub struct Connection {
    binding: Option<ChannelBinding>,
    client: Option<ValidatedChain>,
}

/// What is asked.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "the functions of RFC 7030 that are done here")]
pub enum Operation {
    /// `/cacerts`: needs no authentication (section 4.1.2).
    CaCerts(CaCertsRequest),
    /// `/csrattrs`: needs no authentication (section 4.5).
    CsrAttributes(CsrAttributesRequest),
    /// `/simpleenroll`.
    SimpleEnroll(Enrol),
    /// `/simplereenroll`, by the certificate that is to be renewed.
    SimpleReenroll(Enrol),
}

/// Somebody asks for the CA's certificates.
#[derive(Debug)]
#[must_use = "the client waits for an answer"]
pub struct CaCertsRequest(Option<Label>);

/// Somebody asks what CSRs should have.
#[derive(Debug)]
#[must_use = "the client waits for an answer"]
pub struct CsrAttributesRequest(Option<Label>);

impl Responder {
    /// With the algorithms by which CSRs may be signed.
    #[must_use]
    pub const fn new(crypto: CryptoProvider) -> Self {
        Self { crypto, limits: Limits::DEFAULT, linking: Linking::IfPresent }
    }

    /// With other limits on what is read.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// With another policy on the link between CSR and connection. [`Linking::IfPresent`] by default.
    #[must_use]
    pub fn with_linking(self, linking: Linking) -> Self {
        Self { linking, ..self }
    }

    /// Reads a request.
    ///
    /// `Content-Type` is compared where it was handed over. The label is handed on: which there are, the caller knows.
    ///
    /// # Errors
    /// [`Refusal`] with an [`Error`] that is the peer's, or [`Error::DigestMissing`].
    pub fn receive(&self, request: &HttpRequest, connection: &Connection) -> Result<Operation, Refusal> {
        let (function, label) = Function::from_path(&request.path).map_err(Error::Path)?;
        if matches!(function, Function::FullCmc | Function::ServerKeyGen) {
            return Err(Error::NotImplemented(function).into());
        }
        if request.method != function.method() {
            return Err(Error::Method(function).into());
        }
        match function {
            Function::CaCerts => Ok(Operation::CaCerts(CaCertsRequest(label))),
            Function::CsrAttrs => Ok(Operation::CsrAttributes(CsrAttributesRequest(label))),
            Function::SimpleReenroll => {
                let current = connection.client.as_ref().and_then(ValidatedChain::target);
                let current = current.ok_or(Error::ClientCertificateMissing)?;
                let mut enrol = self.enrol(request, connection, label)?;
                enrol.reenrolment = Some(Reenrolment::check(&enrol.csr, current).map_err(Error::Reenrolment)?);
                Ok(Operation::SimpleReenroll(enrol))
            }
            _ => Ok(Operation::SimpleEnroll(self.enrol(request, connection, label)?)),
        }
    }

    fn enrol(&self, request: &HttpRequest, connection: &Connection, label: Option<Label>) -> Result<Enrol, Error> {
        let media_type = request.content_type.as_deref().map(MediaType::from_content_type);
        if media_type.is_some_and(|found| found != Some(MediaType::Pkcs10)) {
            return Err(Error::MediaType);
        }
        let limits = self.limits.with_size(self.limits.size.min(Csr::MAX_SIZE));
        let der = body::decode(&request.body, limits).map_err(Error::Body)?;
        let csr = Csr::from_der(&der).map_err(Error::Csr)?;
        csr.verify(&self.crypto).map_err(Error::Signature)?;
        self.linking.check(&csr, connection.binding.as_ref()).map_err(Error::Link)?;
        let digest = csr.digest(&self.crypto).ok_or(Error::DigestMissing)?;
        let authorization = request.authorization.as_ref().map(|value| Secret::from(value.expose()));
        Ok(Enrol { csr, digest, label, authorization, client: connection.client.clone(), reenrolment: None })
    }
}

impl Connection {
    /// Of which nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With its channel binding.
    #[must_use]
    pub fn with_channel_binding(self, binding: ChannelBinding) -> Self {
        Self { binding: Some(binding), ..self }
    }

    /// With the client's certificate, whose key TLS has seen proved, and which the caller has validated for TLS clients
    /// (RFC 7030 section 3.3.2).
    #[must_use]
    pub fn with_client(self, client: ValidatedChain) -> Self {
        Self { client: Some(client), ..self }
    }
}

impl CaCertsRequest {
    /// The CA that is asked, where there are several.
    #[must_use]
    pub const fn label(&self) -> Option<&Label> {
        self.0.as_ref()
    }

    /// Gives them: the current root, those of subordinate CAs, and while one root comes after another `OldWithOld`,
    /// `OldWithNew` and `NewWithOld` (section 4.1.3).
    #[must_use]
    pub fn answer(self, certificates: &[Certificate]) -> HttpResponse {
        HttpResponse::ok(MediaType::Pkcs7Mime, &bundle::write(certificates))
    }

    /// There is no such CA: 404.
    #[must_use]
    pub fn not_found(self) -> HttpResponse {
        HttpResponse::text(404, "there is no CA with this label")
    }
}

impl CsrAttributesRequest {
    /// The CA that is asked, where there are several.
    #[must_use]
    pub const fn label(&self) -> Option<&Label> {
        self.0.as_ref()
    }

    /// Gives them. None are said by 204 (section 4.5.2).
    #[must_use]
    pub fn answer(self, attributes: &CsrAttributes) -> HttpResponse {
        match attributes.is_empty() {
            true => HttpResponse::new(204, "", Vec::new()),
            false => HttpResponse::ok(MediaType::CsrAttributes, &attributes.to_der()),
        }
    }

    /// There is no such CA: 404.
    #[must_use]
    pub fn not_found(self) -> HttpResponse {
        HttpResponse::text(404, "there is no CA with this label")
    }
}
