//! [`OcspRequest`]: what is asked.

use alloc::{string::String, sync::Arc, vec::Vec};
use core::{
    fmt,
    hash::{Hash, Hasher},
};

use base64ct::{Base64, Encoding};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{BasicOcspResponse, CertIdRef, EntryExtensions, NonceError, NoncePolicy, index, nonce};
use crate::{
    algorithm::AlgorithmIdentifier,
    cert::{Certificate, Extensions, extension::ExtensionIndex},
    der::{Decode, Element, Reader, Tag},
    error::{DecodeError, DecodeErrorKind},
    name::GeneralName,
    oid::{self, Oid},
    signed::{Span, algorithm_from_checked, check_algorithm, signature_value},
};

/// An `OCSPRequest` (RFC 6960 section 4.1.1): the exact bytes and where their parts lie. Cheap to clone.
///
/// Equality and hash are those of the bytes. Reading it checks the syntax of every field but the certificates.
#[derive(Clone)]
pub struct OcspRequest(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    tbs: Span,
    requestor_name: Option<Span>,
    /// The contents octets of the list.
    requests: Span,
    /// Counted from the first byte of the signed part.
    extensions: ExtensionIndex,
    signature: Option<SignatureIndex>,
}

struct SignatureIndex {
    algorithm: Span,
    signature: Span,
    /// The contents octets of the list.
    certificates: Span,
}

/// One certificate asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SingleRequest<'a> {
    /// Which certificate.
    pub cert_id: CertIdRef<'a>,
    /// Further extensions.
    pub extensions: EntryExtensions<'a>,
}

/// The signature of a request, which is made over [`OcspRequest::tbs`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RequestSignature<'a> {
    /// How it was made.
    pub algorithm: AlgorithmIdentifier<'a>,
    /// Its octets.
    pub signature: &'a [u8],
    certificates: Reader<'a>,
}

impl OcspRequest {
    /// Most bytes in a request, 64 KiB.
    pub const MAX_SIZE: usize = 64 * 1024;

    /// From DER.
    ///
    /// # Errors
    /// Those that a responder answers with [`Refusal::MalformedRequest`](super::Refusal::MalformedRequest):
    /// - [`DecodeErrorKind::TooLarge`] if it is larger than [`OcspRequest::MAX_SIZE`].
    /// - [`DecodeErrorKind::TooMany`] for more than 128 certificates, or 32 beside the signature, or 128 extensions in one
    ///   place.
    /// - [`DecodeErrorKind::Duplicate`] if an extension occurs twice in one place.
    /// - [`DecodeErrorKind::Empty`] if it asks for no certificate.
    /// - [`DecodeErrorKind::UnsupportedVersion`] for another version than 1.
    /// - Others for what is not DER, or not a request.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        if der.len() > Self::MAX_SIZE {
            return Err(DecodeError::new(DecodeErrorKind::TooLarge, 0));
        }
        let mut reader = Reader::new(der);
        let mut fields = reader.sequence()?;
        reader.finish()?;
        let tbs = fields.expect(Tag::SEQUENCE).map_err(DecodeError::within("tbsRequest"))?;
        let mut inner = read_tbs(&tbs).map_err(DecodeError::within("tbsRequest"))?;
        let signature = fields.optional(Tag::context_constructed(0));
        if let Some(explicit) = signature.map_err(DecodeError::within("optionalSignature"))? {
            inner.signature = Some(SignatureIndex::read(&explicit).map_err(DecodeError::within("optionalSignature"))?);
        }
        fields.finish()?;
        Ok(Self(Arc::new(Inner { der: der.to_vec(), ..inner })))
    }

    /// From what follows the responder's URL in the path of a GET (RFC 6960 appendix A.1): base64, percent-encoded. Slashes
    /// before it are passed over.
    ///
    /// # Errors
    /// [`DecodeErrorKind::InvalidBase64`], and those of [`OcspRequest::from_der`].
    pub fn from_get_path(path: &str) -> Result<Self, DecodeError> {
        // Four characters carry three octets, and each may be written as three.
        if path.len() > Self::MAX_SIZE * 4 {
            return Err(DecodeError::new(DecodeErrorKind::TooLarge, 0));
        }
        let text: Vec<u8> = percent_decode_str(path.trim_start_matches('/')).collect();
        let text = str::from_utf8(&text).ok();
        let der = text.and_then(|text| Base64::decode_vec(text).ok());
        Self::from_der(&der.ok_or(DecodeError::new(DecodeErrorKind::InvalidBase64, 0))?)
    }

    /// What follows the responder's URL and a slash in the path of a GET (RFC 6960 appendix A.1). GET is for requests
    /// whose URL stays below 255 octets; without a nonce, since caches can't know its answer (RFC 5019 section 5).
    #[must_use]
    pub fn to_get_path(&self) -> String {
        utf8_percent_encode(&Base64::encode_string(self.as_der()), NON_ALPHANUMERIC).collect()
    }

    /// The DER, which goes into the body of a POST.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.der
    }

    /// The `tbsRequest` with its header: what the signature is made over, if there is one.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        self.0.tbs.of_bytes(&self.0.der)
    }

    /// Who asks, as signed requests say.
    #[must_use]
    pub fn requestor_name(&self) -> Option<GeneralName<'_>> {
        let der = self.0.requestor_name?.of_bytes(&self.0.der);
        GeneralName::decode(&mut Reader::new(der)).ok()
    }

    /// The certificates asked for; at least one, up to 128.
    pub fn requests(&self) -> impl Iterator<Item = SingleRequest<'_>> {
        index::entries(self.0.requests.of_bytes(&self.0.der))
    }

    /// The extensions of the whole request.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'_> {
        Extensions::new(self.tbs(), &self.0.extensions, self.0.tbs.start())
    }

    /// The nonce, which the response repeats (RFC 9654).
    ///
    /// # Errors
    /// What is wrong with the extension: [`DecodeErrorKind::InvalidValue`] if it has not 1 to 128 octets. A responder
    /// answers with [`Refusal::MalformedRequest`](super::Refusal::MalformedRequest).
    pub fn nonce(&self) -> Result<Option<&[u8]>, DecodeError> {
        nonce::find(self.extensions())
    }

    /// The first critical extension, of the whole or of one certificate asked for, that has no meaning to this library. A
    /// responder that does not know it either must not answer (RFC 6960 section 4.1.2).
    #[must_use]
    pub fn unknown_critical(&self) -> Option<Oid<'_>> {
        let single = self.requests().flat_map(|request| request.extensions.iter());
        let mut all = self.extensions().iter().chain(single);
        all.find(|extension| extension.critical && !KNOWN.contains(&extension.oid)).map(|found| found.oid)
    }

    /// The signature, if there is one. Nobody has verified it.
    #[must_use]
    pub fn signature(&self) -> Option<RequestSignature<'_>> {
        let (der, index) = (&self.0.der, self.0.signature.as_ref()?);
        Some(RequestSignature {
            algorithm: algorithm_from_checked(index.algorithm.of_bytes(der)),
            signature: index.signature.of_bytes(der),
            certificates: Reader::at(index.certificates.of_bytes(der), index.certificates.start()),
        })
    }

    /// Whether `response` has the nonce of this request (RFC 9654 section 2.1). They are compared in constant time.
    ///
    /// # Errors
    /// - [`NonceError::Mismatch`] if it has another nonce.
    /// - [`NonceError::Missing`] if it has none, or this request has none to compare with, and the policy wants one.
    pub fn check_nonce(&self, response: &BasicOcspResponse, policy: NoncePolicy) -> Result<(), NonceError> {
        let sent = self.nonce().map_err(|_| NonceError::Mismatch)?;
        nonce::check(sent, response.nonce(), policy)
    }
}

impl<'a> RequestSignature<'a> {
    /// The certificates that help to verify it; up to 32. Each is decoded when its turn comes.
    pub fn certificates(&self) -> impl Iterator<Item = Result<Certificate, DecodeError>> + use<'a> {
        index::certificates(self.certificates)
    }
}

impl<'a> Decode<'a> for SingleRequest<'a> {
    /// # Errors
    /// What is wrong with a field, below its name.
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut fields = reader.sequence()?;
        let cert_id = CertIdRef::decode(&mut fields).map_err(DecodeError::within("reqCert"))?;
        let extensions = match fields.optional(Tag::context_constructed(0))? {
            None => EntryExtensions::NONE,
            Some(explicit) => {
                let read = EntryExtensions::from_explicit(&explicit);
                read.map_err(DecodeError::within("singleRequestExtensions"))?
            }
        };
        fields.finish()?;
        Ok(Self { cert_id, extensions })
    }
}

impl SignatureIndex {
    fn read(explicit: &Element<'_>) -> Result<Self, DecodeError> {
        let mut inner = explicit.reader();
        let mut fields = inner.sequence()?;
        inner.finish()?;
        let algorithm = fields.expect(Tag::SEQUENCE).map_err(DecodeError::within("signatureAlgorithm"))?;
        check_algorithm(&algorithm).map_err(DecodeError::within("signatureAlgorithm"))?;
        let signature = signature_value(&mut fields).map_err(DecodeError::within("signature"))?;
        let certificates = index::certificates_span(&mut fields).map_err(DecodeError::within("certs"))?;
        fields.finish()?;
        Ok(Self { algorithm: Span::of(&algorithm, 0), signature, certificates })
    }
}

impl PartialEq for OcspRequest {
    fn eq(&self, other: &Self) -> bool {
        self.as_der() == other.as_der()
    }
}

impl Eq for OcspRequest {}

impl Hash for OcspRequest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_der().hash(state);
    }
}

impl fmt::Debug for OcspRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OcspRequest")?;
        f.debug_list().entries(self.requests().map(|request| request.cert_id)).finish()
    }
}

/// All but the bytes and the signature.
fn read_tbs(tbs: &Element<'_>) -> Result<Inner, DecodeError> {
    let mut fields = tbs.reader();
    index::version(&mut fields).map_err(DecodeError::within("version"))?;
    let requestor_name = match fields.optional(Tag::context_constructed(1))? {
        None => None,
        Some(explicit) => {
            let mut inner = explicit.reader();
            GeneralName::decode(&mut inner).map_err(DecodeError::within("requestorName"))?;
            inner.finish().map_err(DecodeError::within("requestorName"))?;
            Some(Span::of_content(&explicit, 0))
        }
    };
    let list = fields.expect(Tag::SEQUENCE).map_err(DecodeError::within("requestList"))?;
    if list.content().is_empty() {
        return Err(DecodeError::within("requestList")(list.error(DecodeErrorKind::Empty)));
    }
    index::check_entries::<SingleRequest<'_>>(list.reader()).map_err(DecodeError::within("requestList"))?;
    let extensions = index::extensions(&mut fields, Tag::context_constructed(2), tbs)
        .map_err(DecodeError::within("requestExtensions"))?;
    fields.finish()?;
    Ok(Inner {
        der: Vec::new(),
        tbs: Span::of(tbs, 0),
        requestor_name,
        requests: Span::of_content(&list, 0),
        extensions,
        signature: None,
    })
}

/// Extensions that are answered by [`OcspResponseBuilder`](super::OcspResponseBuilder): the nonce, and the basic response
/// as a type that every client takes (RFC 6960 section 4.4.3).
const KNOWN: [Oid<'static>; 2] = [oid::OCSP_NONCE, oid::OCSP_RESPONSE];
