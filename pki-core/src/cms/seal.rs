//! Making EnvelopedData: [`EnvelopedDataBuilder`].

use alloc::{vec, vec::Vec};

use super::{CertificateIdentifier, PasswordKey, SealError, encode_content_info};
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
enum Recipient<'a> {
    KeyTransport { identifier: CertificateIdentifier<'a>, key: PublicKeyRef<'a>, transport: KeyTransportAlgorithm },
    Password(&'a PasswordKey),
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
        self.recipients.push(Recipient::KeyTransport { identifier, key, transport });
        self
    }

    /// Adds a recipient who knows the password that `key` was derived from.
    pub fn add_password_recipient(mut self, key: &'a PasswordKey) -> Self {
        self.recipients.push(Recipient::Password(key));
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
        let mut iv = vec![0; self.cipher.iv_length()];
        rng.fill(&mut iv).map_err(SealError::Random)?;
        let recipients = self.recipients.iter().map(|recipient| recipient.encode(&key, rng, crypto));
        let recipients = recipients.collect::<Result<Vec<_>, _>>()?;
        let ciphertext = cipher.encrypt(&key, &iv, self.content).map_err(SealError::Cipher)?;
        let iv = Writer::encode(|w| w.octet_string(&iv));

        // RFC 5652 section 6.1, for these kinds of recipients.
        let version = self.recipients.iter().map(Recipient::version_of_all).max().unwrap_or(0);
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
    /// The version that an EnvelopedData must at least have with it (RFC 5652 section 6.1).
    const fn version_of_all(&self) -> u32 {
        match self {
            Self::KeyTransport { identifier, .. } => key_transport_version(*identifier),
            Self::Password(_) => 3,
        }
    }

    fn encode(
        &self,
        content_key: &ContentKey,
        rng: &mut dyn SecureRandom,
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, SealError> {
        let (identifier, key, transport) = match *self {
            Self::KeyTransport { identifier, key, transport } => (identifier, key, transport),
            Self::Password(key) => return key.encode_recipient(content_key, rng, crypto),
        };
        identifier.check().map_err(SealError::InvalidDer)?;
        let implementation = crypto.key_transport(transport).ok_or(SealError::UnsupportedKeyTransport(transport))?;
        let encrypted_key = implementation.wrap(key, content_key, rng).map_err(SealError::Wrap)?;
        Ok(Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(key_transport_version(identifier));
                identifier.encode(w);
                transport.encode(w);
                w.octet_string(&encrypted_key);
            });
        }))
    }
}

/// RFC 5652 section 6.2.1.
const fn key_transport_version(identifier: CertificateIdentifier<'_>) -> u32 {
    match identifier {
        CertificateIdentifier::IssuerAndSerial { .. } => 0,
        CertificateIdentifier::SubjectKeyIdentifier(_) => 2,
    }
}
