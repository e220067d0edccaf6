//! [`SignerInfo`]: one signature, and its verification.

use alloc::borrow::Cow;

use subtle::ConstantTimeEq;

use super::{CertificateIdentifier, SignatureError, SignedAttributes, algorithm_identifier};
use crate::{
    algorithm::{AlgorithmIdentifier, SignatureAlgorithm, pss_parameters},
    ber,
    crypto::{CryptoProvider, VerifyError},
    der::{self, Tag},
    error::{DecodeError, DecodeErrorKind},
    key::PublicKeyRef,
    limits::Limits,
    oid::{self, Oid},
};

/// A SignerInfo as received (RFC 5652 section 5.3).
#[derive(Clone, Debug)]
pub struct SignerInfo<'a> {
    version: u32,
    identifier: CertificateIdentifier<'a>,
    digest_algorithm: AlgorithmIdentifier<'a>,
    signed_attributes: Option<SignedAttributes<'a>>,
    signature_algorithm: AlgorithmIdentifier<'a>,
    signature: Cow<'a, [u8]>,
    unsigned_attributes: Option<&'a [u8]>,
}

/// What a signature turned out to be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignedOver {
    /// Over the signed attributes, which hold the digest of the content.
    Attributes,
    /// Over the content itself; there are no signed attributes.
    Content,
}

impl<'a> SignerInfo<'a> {
    /// Reads the next element.
    pub(super) fn decode(reader: &mut ber::Reader<'a>, limits: Limits) -> Result<Self, DecodeError> {
        let mut fields = reader.sequence()?;
        let version = fields.small_integer().map_err(DecodeError::within("version"))?;
        let identifier = CertificateIdentifier::decode(&mut fields).map_err(DecodeError::within("sid"))?;
        let digest_algorithm = algorithm_identifier(&mut fields).map_err(DecodeError::within("digestAlgorithm"))?;
        let signed_attributes = match fields.optional(Tag::context_constructed(0))? {
            None => None,
            Some(element) => {
                Some(SignedAttributes::decode(&element, limits).map_err(DecodeError::within("signedAttrs"))?)
            }
        };
        let signature_algorithm =
            algorithm_identifier(&mut fields).map_err(DecodeError::within("signatureAlgorithm"))?;
        let signature = fields.octets(Tag::OCTET_STRING).map_err(DecodeError::within("signature"))?;
        let unsigned_attributes = fields.optional(Tag::context_constructed(1))?.map(|element| element.raw());
        fields.finish()?;
        Ok(Self {
            version,
            identifier,
            digest_algorithm,
            signed_attributes,
            signature_algorithm,
            signature,
            unsigned_attributes,
        })
    }

    /// The version: 1 for issuer and serial number, 3 for a key identifier.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The signer's certificate.
    #[must_use]
    pub const fn sid(&self) -> CertificateIdentifier<'a> {
        self.identifier
    }

    /// The digest of the content, and of the attributes.
    #[must_use]
    pub const fn digest_algorithm(&self) -> AlgorithmIdentifier<'a> {
        self.digest_algorithm
    }

    /// The signature algorithm as it was named; often rsaEncryption.
    #[must_use]
    pub const fn signature_algorithm(&self) -> AlgorithmIdentifier<'a> {
        self.signature_algorithm
    }

    /// The signed attributes. Not to be believed before [`SignerInfo::verify`].
    #[must_use]
    pub const fn signed_attributes(&self) -> Option<&SignedAttributes<'a>> {
        self.signed_attributes.as_ref()
    }

    /// The unsigned attributes with their `[1]` header, as received. Anyone can have put them there; nothing here looks at
    /// them.
    #[must_use]
    pub const fn unsigned_attributes(&self) -> Option<&'a [u8]> {
        self.unsigned_attributes
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Verifies the signed attributes against the content, and the signature over them (RFC 5652 sections 5.4 and 5.6).
    ///
    /// `content` is the octets of eContent, `None` if absent, which digests like no octets.
    ///
    /// # Errors
    /// [`SignatureError`], [`NoSignedAttributes`](SignatureError::NoSignedAttributes) if the signature is over the content
    /// itself.
    pub fn verify(
        &self,
        content_type: Oid<'_>,
        content: Option<&[u8]>,
        key: PublicKeyRef<'_>,
        crypto: &CryptoProvider,
    ) -> Result<(), SignatureError> {
        let attributes = self.signed_attributes.as_ref().ok_or(SignatureError::NoSignedAttributes)?;
        let algorithm = self.agreed_algorithm()?;
        let typed = |value: der::Element<'a>| match value.tag() {
            Tag::OID => value.oid(),
            found => Err(value.error(DecodeErrorKind::UnexpectedTag { expected: Tag::OID, found: Some(found) })),
        };
        if required(attributes, oid::CONTENT_TYPE, typed)? != content_type {
            return Err(SignatureError::ContentTypeMismatch);
        }
        let octets = |value: der::Element<'a>| match value.tag() {
            Tag::OCTET_STRING => Ok(value.content()),
            found => {
                Err(value.error(DecodeErrorKind::UnexpectedTag { expected: Tag::OCTET_STRING, found: Some(found) }))
            }
        };
        let claimed = required(attributes, oid::MESSAGE_DIGEST, octets)?;
        let digest = self.supported_digest(crypto)?.digest(&[content.unwrap_or_default()]);
        if !bool::from(digest.as_bytes().ct_eq(claimed)) {
            return Err(SignatureError::DigestMismatch);
        }
        self.verify_bytes(algorithm, &attributes.to_signed_bytes(), key, crypto)
    }

    /// Like [`SignerInfo::verify`], but a signature over the content itself is accepted as well, as CMS allows for id-data
    /// (RFC 5652 section 5.3). SCEP doesn't; configuration profiles signed by other software may be such.
    ///
    /// # Errors
    /// [`SignatureError`]; [`AmbiguousContent`](SignatureError::AmbiguousContent) if there are no signed attributes and the
    /// content could be some.
    pub fn verify_any(
        &self,
        content_type: Oid<'_>,
        content: Option<&[u8]>,
        key: PublicKeyRef<'_>,
        crypto: &CryptoProvider,
    ) -> Result<SignedOver, SignatureError> {
        if self.signed_attributes.is_some() {
            return self.verify(content_type, content, key, crypto).map(|()| SignedOver::Attributes);
        }
        if content_type != oid::DATA {
            return Err(SignatureError::NoSignedAttributes);
        }
        let content = content.unwrap_or_default();
        if reads_as_attributes(content) {
            return Err(SignatureError::AmbiguousContent);
        }
        let algorithm = self.agreed_algorithm()?;
        self.supported_digest(crypto)?;
        self.verify_bytes(algorithm, content, key, crypto).map(|()| SignedOver::Content)
    }

    fn verify_bytes(
        &self,
        algorithm: AlgorithmIdentifier<'_>,
        message: &[u8],
        key: PublicKeyRef<'_>,
        crypto: &CryptoProvider,
    ) -> Result<(), SignatureError> {
        crypto.verify(algorithm, key, message, &self.signature).map_err(|error| match error {
            VerifyError::UnsupportedAlgorithm => UNSUPPORTED_SIGNATURE,
            VerifyError::AlgorithmMismatch | VerifyError::BadSignature => SignatureError::BadSignature,
        })
    }

    fn supported_digest(&self, crypto: &CryptoProvider) -> Result<&'static dyn crate::crypto::Digest, SignatureError> {
        let known = self.digest_algorithm.has_no_parameters().then(|| crypto.digest(self.digest_algorithm.oid));
        known.flatten().ok_or(UNSUPPORTED_DIGEST)
    }

    /// The signature algorithm with the digest in it, where it agrees with digestAlgorithm (RFC 8933 section 3).
    ///
    /// rsaEncryption takes its digest from digestAlgorithm (RFC 3370 section 3.2), and so does id-ecPublicKey, which some
    /// peers write. Ed25519 goes with SHA-512 (RFC 8419 section 3.1). An algorithm that is not named in this crate goes to
    /// the provider as it came.
    fn agreed_algorithm(&self) -> Result<AlgorithmIdentifier<'a>, SignatureError> {
        let named = self.signature_algorithm;
        let digest = self.digest_algorithm.oid;
        if named.oid == oid::RSASSA_PSS {
            let parameters = pss_parameters(named.parameters).ok().flatten();
            let (used, _) = parameters.ok_or(UNSUPPORTED_SIGNATURE)?;
            return if used.oid() == digest { Ok(named) } else { Err(SignatureError::AlgorithmMismatch) };
        }
        let by_key = named.oid == oid::RSA_ENCRYPTION || named.oid == oid::EC_PUBLIC_KEY;
        let known = SignatureAlgorithm::KNOWN.iter().filter(|known| known.identifier().oid != oid::RSASSA_PSS);
        let mut candidates =
            known.filter(
                |known| {
                    if by_key { known.key_algorithm() == named.oid } else { known.identifier().oid == named.oid }
                },
            );
        if by_key {
            if named.oid == oid::RSA_ENCRYPTION && !named.has_no_parameters() {
                return Err(UNSUPPORTED_SIGNATURE);
            }
            let fits = candidates.find(|known| known.cms_digest().oid() == digest);
            return fits.map(|known| known.identifier()).ok_or(UNSUPPORTED_DIGEST);
        }
        match candidates.next() {
            None => Ok(named),
            Some(_) if !named.has_no_parameters() => Err(UNSUPPORTED_SIGNATURE),
            Some(known) if known.cms_digest().oid() == digest => Ok(known.identifier()),
            Some(_) => Err(SignatureError::AlgorithmMismatch),
        }
    }
}

/// The value of an attribute that must be there, once.
fn required<'a, T>(
    attributes: &SignedAttributes<'a>,
    oid: Oid<'static>,
    read: impl Fn(der::Element<'a>) -> Result<T, DecodeError>,
) -> Result<T, SignatureError> {
    let malformed = |error| SignatureError::AttributeMalformed { oid, error };
    let value = attributes.single(oid).map_err(malformed)?.ok_or(SignatureError::AttributeMissing { oid })?;
    read(value).map_err(malformed)
}

/// Whether content is the DER of signed attributes: a signature over those could have been moved to a message that claims
/// them as its content.
fn reads_as_attributes(content: &[u8]) -> bool {
    let Ok(element) = ber::Reader::new(content, Limits { size: usize::MAX, ..Limits::DEFAULT })
        .and_then(|mut reader| reader.expect(Tag::SET))
    else {
        return false;
    };
    let attributes = SignedAttributes::decode(&element, Limits::DEFAULT);
    attributes.is_ok_and(|attributes| attributes.iter().any(|attribute| attribute.oid() == oid::MESSAGE_DIGEST))
}

const UNSUPPORTED_DIGEST: SignatureError = SignatureError::UnsupportedAlgorithm { field: "digestAlgorithm" };
const UNSUPPORTED_SIGNATURE: SignatureError = SignatureError::UnsupportedAlgorithm { field: "signatureAlgorithm" };
