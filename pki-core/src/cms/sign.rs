//! Making SignedData: [`SignedDataBuilder`] and [`certs_only`].

use alloc::vec::Vec;

use super::{BuildError, CertificateIdentifier, encode_content_info};
use crate::{
    algorithm::SignatureAlgorithm,
    crypto::{CryptoProvider, Signature},
    der::{Element, Tag, Writer},
    oid::{self, Oid},
    tbs::ToBeSigned,
};

/// Makes a SignedData with one signer and signed attributes, in DER.
///
/// The attributes content-type and message-digest are added here. `SignerInfo.signatureAlgorithm` is rsaEncryption for
/// RSA with PKCS#1 v1.5 padding ([`SignatureAlgorithm::cms_identifier`]).
#[derive(Clone, Debug)]
#[must_use = "nothing is made before `build`"]
pub struct SignedDataBuilder {
    content: Option<Vec<u8>>,
    content_type: Oid<'static>,
    certificates: Vec<Vec<u8>>,
    attributes: Vec<NewAttribute>,
}

#[derive(Clone, Debug)]
struct NewAttribute {
    oid: Vec<u8>,
    value: Vec<u8>,
}

impl SignedDataBuilder {
    /// Around `content` of type id-data. Without content there is no eContent, and message-digest is that of no octets.
    pub const fn new(content: Option<Vec<u8>>) -> Self {
        Self { content, content_type: oid::DATA, certificates: Vec::new(), attributes: Vec::new() }
    }

    /// Replaces the content type.
    pub fn with_content_type(self, content_type: Oid<'static>) -> Self {
        Self { content_type, ..self }
    }

    /// Adds the DER of an X.509 certificate.
    pub fn add_certificate(mut self, der: &[u8]) -> Self {
        self.certificates.push(der.to_vec());
        self
    }

    /// Adds a signed attribute with one value, given as DER with its header.
    pub fn add_attribute(mut self, oid: Oid<'_>, value: &[u8]) -> Self {
        self.attributes.push(NewAttribute { oid: oid.as_bytes().to_vec(), value: value.to_vec() });
        self
    }

    /// Everything but the signature. What is to be signed is the DER of the attributes as a SET OF (RFC 5652 section 5.4).
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(
        self,
        signer: CertificateIdentifier<'_>,
        algorithm: SignatureAlgorithm,
        crypto: &CryptoProvider,
    ) -> Result<ToBeSigned<Vec<u8>>, BuildError> {
        self.check(signer)?;
        let digest = algorithm.cms_digest();
        let digester = crypto.digest(digest.oid()).ok_or(BuildError::UnsupportedDigest(digest))?;
        let content_digest = digester.digest(&[self.content.as_deref().unwrap_or_default()]);

        let content_type = Writer::encode(|w| w.oid(self.content_type));
        let message_digest = Writer::encode(|w| w.octet_string(content_digest.as_bytes()));
        let ours = [
            encode_attribute(oid::CONTENT_TYPE.as_bytes(), &content_type),
            encode_attribute(oid::MESSAGE_DIGEST.as_bytes(), &message_digest),
        ];
        let theirs = self.attributes.iter().map(|attribute| encode_attribute(&attribute.oid, &attribute.value));
        let attributes = Writer::encode(|w| w.set_of(Tag::SET, theirs.chain(ours)));

        let signer_version = match signer {
            CertificateIdentifier::IssuerAndSerial { .. } => 1,
            CertificateIdentifier::SubjectKeyIdentifier(_) => 3,
        };
        // RFC 5652 section 5.1, for X.509 certificates only.
        let version = if signer_version == 3 || self.content_type != oid::DATA { 3 } else { 1 };
        let signer = Writer::encode(|w| {
            w.small_integer(signer_version);
            signer.encode(w);
            digest.identifier().encode(w);
        });
        let before_signers = Writer::encode(|w| {
            w.small_integer(version);
            w.constructed(Tag::SET, |w| digest.identifier().encode(w));
            encode_encapsulated(w, self.content_type, self.content.as_deref());
            if !self.certificates.is_empty() {
                w.set_of(Tag::context_constructed(0), self.certificates);
            }
        });
        Ok(ToBeSigned::new(attributes, algorithm, move |attributes, signature| {
            let signer_info = |w: &mut Writer| {
                w.raw(&signer);
                w.raw(&[Tag::context_constructed(0).as_byte()]);
                w.raw(attributes.get(1..).unwrap_or_default());
                algorithm.cms_identifier().encode(w);
                w.octet_string(Signature::as_bytes(&signature));
            };
            encode_content_info(oid::SIGNED_DATA, |w| {
                w.raw(&before_signers);
                w.constructed(Tag::SET, |w| w.sequence(signer_info));
            })
        }))
    }

    fn check(&self, signer: CertificateIdentifier<'_>) -> Result<(), BuildError> {
        signer.check().map_err(BuildError::InvalidDer)?;
        for certificate in &self.certificates {
            Element::from_der(certificate).map_err(BuildError::InvalidDer)?;
        }
        for (index, NewAttribute { oid, value }) in self.attributes.iter().enumerate() {
            Element::from_der(value).map_err(BuildError::InvalidDer)?;
            if [oid::CONTENT_TYPE.as_bytes(), oid::MESSAGE_DIGEST.as_bytes()].contains(&oid.as_slice()) {
                return Err(BuildError::ReservedAttribute);
            }
            if self.attributes.iter().take(index).any(|earlier| earlier.oid == *oid) {
                return Err(BuildError::DuplicateAttribute);
            }
        }
        Ok(())
    }
}

/// A SignedData that carries certificates and CRLs and is signed by nobody: version 1, id-data without eContent, no
/// digest algorithms, no signers (RFC 8894 section 3.4, RFC 5652 section 5.2).
///
/// Each item is the DER of one. They are written in the order given, as BER allows and OpenSSL does: Apple's clients take
/// the first certificate for the one issued, which DER's order of a SET OF would leave to chance.
#[must_use]
pub fn certs_only<'a>(
    certificates: impl IntoIterator<Item = &'a [u8]>,
    crls: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<u8> {
    let mut certificates = certificates.into_iter().peekable();
    let mut crls = crls.into_iter().peekable();
    encode_content_info(oid::SIGNED_DATA, |w| {
        w.small_integer(1);
        w.constructed(Tag::SET, |_| {});
        encode_encapsulated(w, oid::DATA, None);
        if certificates.peek().is_some() {
            w.constructed(Tag::context_constructed(0), |w| certificates.for_each(|der| w.raw(der)));
        }
        if crls.peek().is_some() {
            w.constructed(Tag::context_constructed(1), |w| crls.for_each(|der| w.raw(der)));
        }
        w.constructed(Tag::SET, |_| {});
    })
}

fn encode_encapsulated(writer: &mut Writer, content_type: Oid<'_>, content: Option<&[u8]>) {
    writer.sequence(|w| {
        w.oid(content_type);
        if let Some(content) = content {
            w.constructed(Tag::context_constructed(0), |w| w.octet_string(content));
        }
    });
}

pub(super) fn encode_attribute(oid: &[u8], value: &[u8]) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.primitive(Tag::OID, oid);
            w.constructed(Tag::SET, |w| w.raw(value));
        });
    })
}
