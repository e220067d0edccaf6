//! [`Verified`]: the signature and the signed attributes hold.

use alloc::borrow::Cow;

use pki_core::{
    Certificate, UnixTime,
    cms::{EnvelopedData, KeyTransRecipient, PasswordWrappedKey, SignerInfo},
    crypto::{ContentKey, CryptoProvider, WrappedKey},
    oid,
};

use super::{
    Attributes, EnvelopeAlgorithms, MessageError, Opened, Received, VendorText, quirks, received::only_signer,
};
use crate::peer::Quirks;

/// A pkiMessage whose CMS signature verifies by [`Verified::signer`], and whose attributes are therefore that signer's word.
///
/// Who the signer *is* remains to be decided: anybody can make a self-signed certificate.
#[derive(Clone, Debug)]
pub struct Verified {
    received: Received,
    attributes: Attributes,
    signer: Certificate,
}

impl Verified {
    pub(super) const fn new(received: Received, attributes: Attributes, signer: Certificate) -> Self {
        Self { received, attributes, signer }
    }

    /// The transaction attributes.
    #[must_use]
    pub const fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// What Microsoft's servers say beside the transaction attributes.
    #[must_use]
    pub fn vendor_text(&self) -> VendorText {
        let signed_data = self.received.signed_data().ok();
        let signer = signed_data.as_ref().and_then(|signed_data| only_signer(signed_data).ok());
        signer.and_then(SignerInfo::signed_attributes).map(VendorText::read).unwrap_or_default()
    }

    /// The certificate that the signature verifies by.
    #[must_use]
    pub const fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// The stage before.
    #[must_use]
    pub const fn received(&self) -> &Received {
        &self.received
    }

    /// What deviates in the message, in its envelope as far as that shows closed, and in the signer of a request.
    #[must_use]
    pub fn quirks(&self) -> Quirks {
        let limits = self.received.limits();
        let envelope = self.content().map_or(Quirks::NONE, |content| quirks::of_envelope(&content, limits));
        let signer = quirks::of_signer(&self.signer, self.attributes.message_type, self.received.digest());
        self.received.quirks() | envelope | signer
    }

    /// The signing-time attribute (RFC 5652 section 11.3): when the signer says to have signed. `None` if there is none; RFC
    /// 8894 does not ask for one.
    ///
    /// # Errors
    /// [`MessageError::Attribute`] for a repeated, empty or malformed one.
    pub fn signing_time(&self) -> Result<Option<UnixTime>, MessageError> {
        let oid = oid::SIGNING_TIME;
        let signed_data = self.received.signed_data()?;
        let signed = only_signer(&signed_data)?.signed_attributes().ok_or(MessageError::SignedAttributesMissing)?;
        let element = signed.single(oid).map_err(|cause| MessageError::Attribute { oid, cause })?;
        let time = element.map(|element| UnixTime::from_element(&element)).transpose();
        time.map_err(|cause| MessageError::Attribute { oid, cause })
    }

    /// Which of `recipients` the envelope is encrypted to: the first that a recipientInfo names by issuer and serial number
    /// or by key identifier.
    ///
    /// # Errors
    /// - [`MessageError::EnvelopeMissing`] if there is none.
    /// - [`MessageError::EnvelopeMalformed`] if it can't be read.
    /// - [`MessageError::UnknownRecipient`] if it is for others.
    pub fn recipient_among<'c>(
        &self,
        recipients: impl IntoIterator<Item = &'c Certificate>,
    ) -> Result<&'c Certificate, MessageError> {
        let content = self.content()?;
        let envelope = self.envelope(&content)?;
        let is_named =
            |certificate: &&Certificate| envelope.recipients().iter().any(|info| info.rid().names(certificate));
        recipients.into_iter().find(is_named).ok_or(MessageError::UnknownRecipient)
    }

    /// How the envelope is encrypted to `recipient`, which a reply should use too.
    ///
    /// # Errors
    /// As [`Verified::wrapped_key`].
    pub fn envelope_algorithms(
        &self,
        recipient: &Certificate,
        crypto: &CryptoProvider,
    ) -> Result<EnvelopeAlgorithms, MessageError> {
        self.with_envelope(recipient, |envelope, info| {
            let key_transport = envelope.wrapped_key(info, crypto)?.algorithm();
            let cipher = envelope.cipher_algorithm(crypto)?;
            Ok(EnvelopeAlgorithms { cipher, key_transport })
        })
    }

    /// The content key as it is encrypted to `recipient`, found among all recipientInfos by issuer and serial number or by
    /// key identifier.
    ///
    /// # Errors
    /// - [`MessageError::EnvelopeMissing`] if there is none.
    /// - [`MessageError::EnvelopeMalformed`] if it can't be read.
    /// - [`MessageError::Envelope`] if it uses what `crypto` does not have.
    /// - [`MessageError::UnknownRecipient`] if it is for others.
    pub fn wrapped_key(&self, recipient: &Certificate, crypto: &CryptoProvider) -> Result<WrappedKey, MessageError> {
        self.with_envelope(recipient, |envelope, info| Ok(envelope.wrapped_key(info, crypto)?))
    }

    /// The content key as it is encrypted under a password: of the first recipient who has one, for nothing says which
    /// password it is (RFC 8894 section 3.1: the challengePassword).
    ///
    /// # Errors
    /// As [`Verified::wrapped_key`], with [`MessageError::UnknownRecipient`] if there is no such recipient.
    pub fn password_wrapped_key(&self, crypto: &CryptoProvider) -> Result<PasswordWrappedKey, MessageError> {
        let content = self.content()?;
        let envelope = EnvelopedData::from_ber(&content, self.received.limits());
        let envelope = envelope.map_err(MessageError::EnvelopeMalformed)?;
        let recipient = envelope.password_recipients().first().ok_or(MessageError::UnknownRecipient)?;
        Ok(envelope.password_wrapped_key(recipient, crypto)?)
    }

    /// Decrypts the envelope and reads the messageData that belongs to the messageType.
    ///
    /// # Errors
    /// [`MessageError::Unopenable`] for everything: a wrong key, damaged padding and damaged contents look the same.
    pub fn open(&self, key: &ContentKey, crypto: &CryptoProvider) -> Result<Opened, MessageError> {
        Opened::open(self, key, crypto).ok_or(MessageError::Unopenable)
    }

    /// The envelope's bytes, the contents of the signed eContent.
    pub(super) fn content(&self) -> Result<Cow<'_, [u8]>, MessageError> {
        match self.received.signed_data()?.into_content() {
            Some(content) if !content.is_empty() => Ok(content),
            _ => Err(MessageError::EnvelopeMissing),
        }
    }

    fn with_envelope<T>(
        &self,
        recipient: &Certificate,
        then: impl FnOnce(&EnvelopedData<'_>, &KeyTransRecipient<'_>) -> Result<T, MessageError>,
    ) -> Result<T, MessageError> {
        let content = self.content()?;
        let envelope = self.envelope(&content)?;
        let info = envelope.recipients().iter().find(|info| info.rid().names(recipient));
        let info = info.ok_or(MessageError::UnknownRecipient)?;
        then(&envelope, info)
    }

    fn envelope<'c>(&self, content: &'c [u8]) -> Result<EnvelopedData<'c>, MessageError> {
        EnvelopedData::from_ber(content, self.received.limits()).map_err(MessageError::EnvelopeMalformed)
    }
}
