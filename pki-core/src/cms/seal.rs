//! Making EnvelopedData: [`EnvelopedDataBuilder`].

use alloc::{vec, vec::Vec};

use super::{CertificateIdentifier, SealError, encode_content_info};
use crate::{
    algorithm::{AlgorithmIdentifier, CipherAlgorithm, KeyTransportAlgorithm},
    crypto::{ContentKey, CryptoProvider, SecureRandom},
    der::{Tag, Writer},
    key::PublicKeyRef,
    oid::{self, Oid},
};

/// Encrypts content to recipients, in DER, with a fresh key and a fresh IV each time (RFC 5652 section 6).
///
/// Whether a recipient's certificate allows keyEncipherment (RFC 5652 section 6.2.1) is the caller's to check.
#[derive(Clone, Debug)]
#[must_use = "nothing is made before `build`"]
pub struct EnvelopedDataBuilder<'a> {
    content: &'a [u8],
    content_type: Oid<'a>,
    cipher: CipherAlgorithm,
    recipients: Vec<Recipient<'a>>,
}

#[derive(Clone, Debug)]
struct Recipient<'a> {
    identifier: CertificateIdentifier<'a>,
    key: PublicKeyRef<'a>,
    transport: KeyTransportAlgorithm,
}

impl<'a> EnvelopedDataBuilder<'a> {
    /// Around `content` of type id-data.
    pub const fn new(content: &'a [u8], cipher: CipherAlgorithm) -> Self {
        Self { content, content_type: oid::DATA, cipher, recipients: Vec::new() }
    }

    /// Replaces the content type.
    pub fn with_content_type(self, content_type: Oid<'a>) -> Self {
        Self { content_type, ..self }
    }

    /// Adds a recipient: how to name its certificate, its public key, and how to encrypt to that.
    pub fn add_recipient(
        mut self,
        identifier: CertificateIdentifier<'a>,
        key: PublicKeyRef<'a>,
        transport: KeyTransportAlgorithm,
    ) -> Self {
        self.recipients.push(Recipient { identifier, key, transport });
        self
    }

    /// Encrypts.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn build(&self, rng: &mut dyn SecureRandom, crypto: &CryptoProvider) -> Result<Vec<u8>, SealError> {
        if self.recipients.is_empty() {
            return Err(SealError::NoRecipients);
        }
        let cipher = crypto.cipher(self.cipher.oid()).ok_or(SealError::UnsupportedCipher(self.cipher))?;
        let key = ContentKey::generate(self.cipher, rng).map_err(SealError::Random)?;
        let mut iv = vec![0; self.cipher.block_length()];
        rng.fill(&mut iv).map_err(SealError::Random)?;
        let recipients = self.recipients.iter().map(|recipient| recipient.encode(&key, rng, crypto));
        let recipients = recipients.collect::<Result<Vec<_>, _>>()?;
        let ciphertext = cipher.encrypt(&key, &iv, self.content).map_err(SealError::Cipher)?;
        let iv = Writer::encode(|w| w.octet_string(&iv));

        // RFC 5652 section 6.1, for key transport only.
        let version = if self.recipients.iter().all(|recipient| recipient.version() == 0) { 0 } else { 2 };
        Ok(encode_content_info(oid::ENVELOPED_DATA, |w| {
            w.small_integer(version);
            w.set_of(Tag::SET, recipients);
            w.sequence(|w| {
                w.oid(self.content_type);
                AlgorithmIdentifier::new(self.cipher.oid(), Some(&iv)).encode(w);
                w.primitive(Tag::context(0), &ciphertext);
            });
        }))
    }
}

impl Recipient<'_> {
    const fn version(&self) -> u32 {
        match self.identifier {
            CertificateIdentifier::IssuerAndSerial { .. } => 0,
            CertificateIdentifier::SubjectKeyIdentifier(_) => 2,
        }
    }

    fn encode(
        &self,
        key: &ContentKey,
        rng: &mut dyn SecureRandom,
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, SealError> {
        self.identifier.check().map_err(SealError::InvalidDer)?;
        let transport =
            crypto.key_transport(self.transport).ok_or(SealError::UnsupportedKeyTransport(self.transport))?;
        let encrypted_key = transport.wrap(self.key, key, rng).map_err(SealError::Wrap)?;
        Ok(Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(self.version());
                self.identifier.encode(w);
                self.transport.encode(w);
                w.octet_string(&encrypted_key);
            });
        }))
    }
}
