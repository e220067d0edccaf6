//! [`Received`]: read, and nothing believed yet.

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use pki_core::{
    Certificate, Limits,
    algorithm::DigestAlgorithm,
    ber,
    cms::{SignedData, SignerInfo},
    crypto::CryptoProvider,
};

use super::{Attributes, MessageError, ReplyAddress, Verified, quirks};
use crate::peer::{Quirk, Quirks};

/// A pkiMessage whose outer CMS could be read. Nothing that it says is verified.
///
/// Cheap to clone.
#[derive(Clone)]
pub struct Received(Arc<Parsed>);

struct Parsed {
    message: Vec<u8>,
    /// Where line breaks begin that some peers append.
    end: usize,
    limits: Limits,
    address: ReplyAddress,
    attributes: Result<Attributes, MessageError>,
    digest: Option<DigestAlgorithm>,
    certificates: Vec<Certificate>,
}

impl Received {
    /// Reads the outer CMS SignedData with exactly one SignerInfo, in BER as peers send it.
    ///
    /// CR and LF behind it are cut off; [`Received::quirks`] tells.
    ///
    /// Broken attributes are no error yet: they are when the message is verified, so that [`Received::reply_address`]
    /// can serve for a refusal.
    ///
    /// # Errors
    /// - [`MessageError::Malformed`] if it is no SignedData, or passes `limits`.
    /// - [`MessageError::SignerCount`] unless there is one signer.
    /// - [`MessageError::SignedAttributesMissing`] if it signs no attributes.
    pub fn decode(message: &[u8], limits: Limits) -> Result<Self, MessageError> {
        let end = end_of_message(message, limits)?;
        let signed_data = SignedData::from_ber(message.get(..end).unwrap_or(message), limits);
        let signed_data = signed_data.map_err(MessageError::Malformed)?;
        let signer = only_signer(&signed_data)?;
        let signed = signer.signed_attributes().ok_or(MessageError::SignedAttributesMissing)?;
        let address = ReplyAddress::read(signed);
        let attributes = Attributes::decode(signed);
        let digest = DigestAlgorithm::from_oid(signer.digest_algorithm().oid);
        // A certificate that can't be read is no one's: the signer's is then missed by name.
        let certificates = signed_data.certificates().filter_map(|der| Certificate::from_der(der).ok()).collect();
        Ok(Self(Arc::new(Parsed { message: message.to_vec(), end, limits, address, attributes, digest, certificates })))
    }

    /// transactionID and senderNonce as far as they can be read, for a refusal. Not verified.
    #[must_use]
    pub fn reply_address(&self) -> &ReplyAddress {
        &self.0.address
    }

    /// The digest that the signer says to have used, which a reply should use too. Not verified.
    #[must_use]
    pub fn digest(&self) -> Option<DigestAlgorithm> {
        self.0.digest
    }

    /// The certificates that the message carries, in their order. Not verified.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.0.certificates
    }

    /// The message as it came.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.message
    }

    /// The certificate in the message that its SignerInfo names, wherever it stands among the others. Not verified.
    ///
    /// # Errors
    /// [`MessageError::SignerUnknown`] if there is none (section 2.3 wants it there).
    pub fn named_signer(&self) -> Result<Certificate, MessageError> {
        self.find_signer(&self.0.certificates).cloned()
    }

    /// Verifies the signature by the certificate that the message carries: for requests, where a self-signed certificate
    /// proves no more than that the sender has the key.
    ///
    /// # Errors
    /// - [`MessageError::SignerUnknown`] if the message does not carry the certificate that its SignerInfo names.
    /// - [`MessageError::Signature`] if the signature does not hold.
    /// - [`MessageError::Attribute`], [`MessageError::AttributeMissing`] for the transaction attributes.
    pub fn verify(&self, crypto: &CryptoProvider) -> Result<Verified, MessageError> {
        self.verify_by(&self.0.certificates, crypto)
    }

    /// Verifies the signature by the one of `signers` that the SignerInfo names: for replies, which only the authority may
    /// sign. Certificates in the message are not looked at; NDES sends none.
    ///
    /// # Errors
    /// As [`Received::verify`], with [`MessageError::SignerUnknown`] if it names none of `signers`.
    pub fn verify_by(&self, signers: &[Certificate], crypto: &CryptoProvider) -> Result<Verified, MessageError> {
        let certificate = self.find_signer(signers)?;
        let signed_data = self.signed_data()?;
        let signer = only_signer(&signed_data)?;
        signer.verify(signed_data.content_type(), signed_data.content(), certificate.public_key(), crypto)?;
        let attributes = self.0.attributes.clone()?;
        Ok(Verified::new(self.clone(), attributes, certificate.clone()))
    }

    /// What deviates in the outer CMS and in the attributes. Not verified, either: an attribute that can't be read is an
    /// error of [`Received::verify`], and no quirk.
    #[must_use]
    pub fn quirks(&self) -> Quirks {
        let Ok(signed_data) = self.signed_data() else { return Quirks::NONE };
        let attributes = self.0.attributes.as_ref().ok();
        let mut seen = quirks::of_signed_data(self.trimmed(), &signed_data, attributes, self.0.limits);
        seen.note(Quirk::LineBreakAfter, self.0.end < self.0.message.len());
        seen
    }

    pub(super) fn signed_data(&self) -> Result<SignedData<'_>, MessageError> {
        SignedData::from_ber(self.trimmed(), self.0.limits).map_err(MessageError::Malformed)
    }

    /// The message without line breaks behind it.
    fn trimmed(&self) -> &[u8] {
        self.0.message.get(..self.0.end).unwrap_or(&self.0.message)
    }

    pub(super) fn limits(&self) -> Limits {
        self.0.limits
    }

    fn find_signer<'c>(&self, certificates: &'c [Certificate]) -> Result<&'c Certificate, MessageError> {
        let signed_data = self.signed_data()?;
        let sid = only_signer(&signed_data)?.sid();
        certificates.iter().find(|certificate| sid.names(certificate)).ok_or(MessageError::SignerUnknown)
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("octets", &self.0.message.len())
            .field("attributes", &self.0.attributes)
            .field("certificates", &self.0.certificates)
            .finish_non_exhaustive()
    }
}

pub(super) fn only_signer<'s, 'a>(signed_data: &'s SignedData<'a>) -> Result<&'s SignerInfo<'a>, MessageError> {
    match signed_data.signers() {
        [signer] => Ok(signer),
        signers => Err(MessageError::SignerCount { found: signers.len() }),
    }
}

/// Where the message ends: before line breaks, if nothing else stands behind it.
fn end_of_message(message: &[u8], limits: Limits) -> Result<usize, MessageError> {
    let mut outer = ber::Reader::new(message, limits).map_err(MessageError::Malformed)?;
    let Ok(element) = outer.any() else { return Ok(message.len()) };
    let (_, rest) = message.split_at_checked(element.raw().len()).unwrap_or((message, &[]));
    let is_line_breaks = rest.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
    Ok(if is_line_breaks { element.raw().len() } else { message.len() })
}
