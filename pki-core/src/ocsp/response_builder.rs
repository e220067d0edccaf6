//! [`OcspResponseBuilder`].

use alloc::vec::Vec;

use super::{
    BasicOcspResponse, CertIdRef, CertStatus, MOST_CERTIFICATES, MOST_ENTRIES, OcspResponse, ResponderId,
    index::ResponseDataIndex, nonce,
};
use crate::{
    algorithm::SignatureAlgorithm,
    build_error::BuildError,
    cert::{Certificate, ExtensionList, extension::Criticality},
    der::{Element, Tag, Writer},
    oid::Oid,
    tbs::ToBeSigned,
    time::UnixTime,
};

/// Builds an [`OcspResponse`] of the type `id-pkix-ocsp-basic`, for CAs and the responders that they delegate to.
///
/// It has to have an answer for each certificate in the request (RFC 6960 section 4.2.2.3), and the request's nonce if that
/// has one.
#[derive(Debug)]
#[must_use]
pub struct OcspResponseBuilder {
    responder: Vec<u8>,
    produced_at: UnixTime,
    responses: Writer,
    count: usize,
    extensions: ExtensionList,
    certificates: Vec<u8>,
    error: Option<BuildError>,
}

impl OcspResponseBuilder {
    /// By this responder, signed at this time, without answers.
    pub fn new(responder: ResponderId<'_>, produced_at: UnixTime) -> Self {
        Self {
            responder: Writer::encode(|w| responder.encode(w)),
            produced_at,
            responses: Writer::new(),
            count: 0,
            extensions: ExtensionList::default(),
            certificates: Vec::new(),
            error: None,
        }
    }

    /// Adds an answer. `this_update` is when the status was known to be right, `next_update` when more will be known at the
    /// latest; without, the client takes it that the responder knows at any time. The `cert_id` should be that of the
    /// request.
    pub fn add_response(
        mut self,
        cert_id: CertIdRef<'_>,
        status: CertStatus,
        this_update: UnixTime,
        next_update: Option<UnixTime>,
    ) -> Self {
        if next_update.is_some_and(|next| next < this_update) {
            self.error.get_or_insert(BuildError::InvalidValue("nextUpdate"));
        }
        self.count += 1;
        self.responses.sequence(|w| {
            w.raw(cert_id.as_der());
            status.encode(w);
            w.generalized_time(this_update);
            if let Some(time) = next_update {
                w.constructed(Tag::context_constructed(0), |w| w.generalized_time(time));
            }
        });
        self
    }

    /// Sets the nonce, which is that of the request (RFC 9654).
    pub fn with_nonce(mut self, nonce: &[u8]) -> Self {
        nonce::set(&mut self.extensions, nonce);
        self
    }

    /// Sets the certificates to send: that of a responder whom the CA delegated to. A CA that signs itself needs none.
    pub fn with_certificates(mut self, certificates: &[Certificate]) -> Self {
        if certificates.len() > MOST_CERTIFICATES {
            self.error.get_or_insert(BuildError::TooLong("certs"));
        }
        self.certificates = certificates.iter().flat_map(Certificate::as_der).copied().collect();
        self
    }

    /// Adds an extension of the whole response; `value` is the DER that goes into `extnValue`.
    pub fn add_extension(mut self, oid: Oid<'_>, criticality: Criticality, value: &[u8]) -> Self {
        self.extensions.add(oid, criticality, value);
        self
    }

    /// The response, complete but for the signature by the responder's key with `algorithm`.
    ///
    /// # Errors
    /// - [`BuildError::Duplicate`] if an extension was added twice.
    /// - [`BuildError::Empty`] without answers, or for an empty nonce.
    /// - [`BuildError::InvalidValue`] for a `next_update` before its `this_update`, and whatever was wrong with an
    ///   extension.
    /// - [`BuildError::TooLong`] for more than 128 answers or 32 certificates, a nonce over 128 octets, or a response over
    ///   half of [`OcspResponse::MAX_SIZE`].
    /// - [`BuildError::Unreadable`] if it can't be read back.
    pub fn build(self, algorithm: SignatureAlgorithm) -> Result<ToBeSigned<OcspResponse>, BuildError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        self.extensions.check()?;
        match self.count {
            0 => return Err(BuildError::Empty("responses")),
            1..=MOST_ENTRIES => {}
            _ => return Err(BuildError::TooLong("responses")),
        }
        let responses = self.responses.finish();
        let data = Writer::encode(|w| {
            w.sequence(|w| {
                w.raw(&self.responder);
                w.generalized_time(self.produced_at);
                w.sequence(|w| w.raw(&responses));
                if !self.extensions.is_empty() {
                    w.constructed(Tag::context_constructed(1), |w| self.extensions.encode(w));
                }
            });
        });
        let certificates = self.certificates;
        // The other half is for the signature.
        if data.len() + certificates.len() > OcspResponse::MAX_SIZE / 2 {
            return Err(BuildError::TooLong("tbsResponseData"));
        }
        let index = Element::from_der(&data).and_then(|element| ResponseDataIndex::read(&element));
        let index = index.map_err(BuildError::Unreadable)?;
        Ok(ToBeSigned::new(data, algorithm, move |data, signature| {
            let basic = BasicOcspResponse::assemble(data, index.clone(), algorithm, &signature, &certificates);
            OcspResponse::from_basic(basic)
        }))
    }
}
