//! [`Verified`]: the signature and the signed attributes hold.

use alloc::borrow::Cow;

use pki_core::{
    Certificate,
    cms::{EnvelopeError, EnvelopedData, KeyTransRecipient},
    crypto::{ContentKey, CryptoProvider, WrappedKey},
};

use super::{Attributes, EnvelopeAlgorithms, MessageError, Opened, Received, quirks};
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
            let cipher = crypto.cipher(envelope.cipher().oid).ok_or(EnvelopeError::UnsupportedCipher)?.algorithm();
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
        let envelope = EnvelopedData::from_ber(&content, self.received.limits());
        let envelope = envelope.map_err(MessageError::EnvelopeMalformed)?;
        let info = envelope.recipients().iter().find(|info| info.rid().names(recipient));
        let info = info.ok_or(MessageError::UnknownRecipient)?;
        then(&envelope, info)
    }
}
