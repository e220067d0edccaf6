//! [`BasicOcspResponse`]: what a responder signed.

use alloc::{boxed::Box, sync::Arc};
use core::fmt;

use super::{
    ResponderId, SingleResponse,
    index::{self, ResponseDataIndex},
    nonce,
};
use crate::{
    algorithm::{AlgorithmIdentifier, SignatureAlgorithm},
    cert::{Certificate, Extensions},
    crypto::{CryptoProvider, Signature, VerifyError},
    der::{Element, Reader, Tag, Writer},
    error::DecodeError,
    key::PublicKeyRef,
    oid::{self, Oid},
    signed::{Span, algorithm_from_checked, check_algorithm, signature_value},
    time::UnixTime,
};

/// A `BasicOCSPResponse` (RFC 6960 section 4.2.1): the exact bytes received and where its parts lie in them. Cheap to
/// clone.
///
/// Reading it checks the syntax of every field but the certificates. Whether its signature is right, and its signer may
/// speak for the issuer, is the business of chain validation.
#[derive(Clone)]
pub struct BasicOcspResponse(Arc<Parts>);

struct Parts {
    /// The `OCSPResponse` around it.
    bytes: Box<[u8]>,
    data: Span,
    algorithm: Span,
    signature: Span,
    /// The contents octets of the list.
    certificates: Span,
    index: ResponseDataIndex,
}

impl BasicOcspResponse {
    /// From the contents of the `response` OCTET STRING in `der`.
    pub(super) fn read(mut response: Reader<'_>, der: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = response.sequence()?;
        response.finish()?;
        let data = fields.expect(Tag::SEQUENCE).map_err(DecodeError::within("tbsResponseData"))?;
        let index = ResponseDataIndex::read(&data).map_err(DecodeError::within("tbsResponseData"))?;
        let algorithm = fields.expect(Tag::SEQUENCE).map_err(DecodeError::within("signatureAlgorithm"))?;
        check_algorithm(&algorithm).map_err(DecodeError::within("signatureAlgorithm"))?;
        let signature = signature_value(&mut fields).map_err(DecodeError::within("signature"))?;
        let certificates = index::certificates_span(&mut fields).map_err(DecodeError::within("certs"))?;
        fields.finish()?;
        Ok(Self(Arc::new(Parts {
            bytes: der.into(),
            data: Span::of(&data, 0),
            algorithm: Span::of(&algorithm, 0),
            signature,
            certificates,
            index,
        })))
    }

    /// Puts a response of our own together; `certificates` are DER, one after the other.
    pub(super) fn assemble(
        data: &[u8],
        index: ResponseDataIndex,
        algorithm: SignatureAlgorithm,
        signature: &Signature,
        certificates: &[u8],
    ) -> Self {
        let algorithm = Writer::encode(|w| algorithm.identifier().encode(w));
        let rest = Writer::encode(|w| {
            w.bit_string(signature.as_bytes());
            if !certificates.is_empty() {
                w.constructed(Tag::context_constructed(0), |w| w.sequence(|w| w.raw(certificates)));
            }
        });
        let basic = Writer::encode(|w| w.sequence(|w| [data, &algorithm, &rest].iter().for_each(|part| w.raw(part))));
        let bytes = Writer::encode(|w| {
            w.sequence(|w| {
                w.primitive(Tag::ENUMERATED, &[0]);
                w.constructed(Tag::context_constructed(0), |w| {
                    w.sequence(|w| {
                        w.oid(oid::OCSP_BASIC);
                        w.octet_string(&basic);
                    });
                });
            });
        });
        // Everything nests at the end, so places are counted from there.
        let end = bytes.len();
        let algorithm_start = end - rest.len() - algorithm.len();
        // The reader of the rest finds what was just written.
        let mut fields = Reader::at(&rest, end - rest.len());
        let signature = signature_value(&mut fields).unwrap_or_default();
        Self(Arc::new(Parts {
            data: Span::new(algorithm_start - data.len(), data.len()),
            algorithm: Span::new(algorithm_start, algorithm.len()),
            signature,
            certificates: Span::new(end - certificates.len(), certificates.len()),
            index,
            bytes: bytes.into(),
        }))
    }

    /// The whole `OCSPResponse`.
    pub(super) fn response_der(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The `tbsResponseData` with its header: what the signature is made over.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        self.0.data.of_bytes(&self.0.bytes)
    }

    /// The algorithm of the signature.
    #[must_use]
    pub fn signature_algorithm(&self) -> AlgorithmIdentifier<'_> {
        algorithm_from_checked(self.0.algorithm.of_bytes(&self.0.bytes))
    }

    /// The octets of the signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.0.signature.of_bytes(&self.0.bytes)
    }

    /// Who says to have signed it.
    #[must_use]
    pub fn responder_id(&self) -> ResponderId<'_> {
        let element = Element::from_der(self.field(self.0.index.responder));
        // It was read before.
        element.and_then(|element| ResponderId::from_element(&element)).unwrap_or(ResponderId::ByKey(&[]))
    }

    /// When it was signed.
    #[must_use]
    pub fn produced_at(&self) -> UnixTime {
        self.0.index.produced_at
    }

    /// The answers, in the order of the encoding; up to 128.
    pub fn responses(&self) -> impl Iterator<Item = SingleResponse<'_>> {
        index::entries(self.field(self.0.index.responses))
    }

    /// The extensions of the whole response.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'_> {
        Extensions::new(self.tbs(), &self.0.index.extensions, self.0.data.start())
    }

    /// The nonce of the request that it answers (RFC 9654).
    ///
    /// # Errors
    /// What is wrong with the extension: [`InvalidValue`](crate::DecodeErrorKind::InvalidValue) if it has not 1 to 128
    /// octets.
    pub fn nonce(&self) -> Result<Option<&[u8]>, DecodeError> {
        nonce::find(self.extensions())
    }

    /// The first critical extension of the whole response that has no meaning to this library. Who relies on the response
    /// must refuse it (RFC 6960 section 4.1.2).
    #[must_use]
    pub fn unknown_critical(&self) -> Option<Oid<'_>> {
        let mut extensions = self.extensions().iter();
        extensions.find(|extension| extension.critical && !KNOWN.contains(&extension.oid)).map(|found| found.oid)
    }

    /// The certificates that help to find the signer's; up to 32. Each is decoded when its turn comes.
    pub fn certificates(&self) -> impl Iterator<Item = Result<Certificate, DecodeError>> {
        let span = self.0.certificates;
        index::certificates(Reader::at(span.of_bytes(&self.0.bytes), span.start()))
    }

    /// Verifies the signature over the bytes received. It says nothing of whether the key's owner may answer.
    ///
    /// # Errors
    /// Those of [`CryptoProvider::verify`].
    pub fn verify_signature(
        &self,
        responder_key: PublicKeyRef<'_>,
        crypto: &CryptoProvider,
    ) -> Result<(), VerifyError> {
        crypto.verify(self.signature_algorithm(), responder_key, self.tbs(), self.signature())
    }

    fn field(&self, span: Span) -> &[u8] {
        span.of_bytes(self.tbs())
    }
}

impl PartialEq for BasicOcspResponse {
    fn eq(&self, other: &Self) -> bool {
        self.0.bytes == other.0.bytes
    }
}

impl Eq for BasicOcspResponse {}

impl fmt::Debug for BasicOcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicOcspResponse")
            .field("responder_id", &self.responder_id())
            .field("produced_at", &self.produced_at())
            .field("responses", &self.responses().count())
            .finish_non_exhaustive()
    }
}

/// Extensions that change nothing in what the answers say (RFC 6960 sections 4.4.1 and 4.4.8).
const KNOWN: [Oid<'static>; 2] = [oid::OCSP_NONCE, oid::OCSP_EXTENDED_REVOKE];
