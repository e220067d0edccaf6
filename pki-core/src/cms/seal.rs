//! Making EnvelopedData and AuthEnvelopedData: [`EnvelopedDataBuilder`].

use alloc::{vec, vec::Vec};

use super::{CertificateIdentifier, PasswordKey, SealError, encode_content_info, sign::encode_attribute};
use crate::{
    algorithm::{AlgorithmIdentifier, CipherAlgorithm, KeyTransportAlgorithm},
    crypto::{AuthenticatedCipher, ContentCipher, ContentKey, CryptoProvider, Sealed, SecureRandom},
    der::{Tag, Writer},
    key::PublicKeyRef,
    oid::{self, Oid},
};

/// Encrypts content to recipients, in DER, with a fresh key and a fresh IV each time (RFC 5652 section 6). With a cipher that
/// authenticates, an AuthEnvelopedData comes of it (RFC 5083).
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

enum Cipher {
    Plain(&'static dyn ContentCipher),
    Authenticated(&'static dyn AuthenticatedCipher),
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
        let cipher = Cipher::of(self.cipher, crypto).ok_or(SealError::UnsupportedCipher(self.cipher))?;
        let key = ContentKey::generate(self.cipher, rng).map_err(SealError::Random)?;
        let mut iv = vec![0; self.cipher.iv_length()];
        rng.fill(&mut iv).map_err(SealError::Random)?;
        let recipients = self.recipients.iter().map(|recipient| recipient.encode(&key, rng, crypto));
        let recipients = recipients.collect::<Result<Vec<_>, _>>()?;
        match cipher {
            Cipher::Plain(cipher) => {
                let ciphertext = cipher.encrypt(&key, &iv, self.content).map_err(SealError::Cipher)?;
                Ok(self.encode(recipients, &iv, &ciphertext))
            }
            Cipher::Authenticated(cipher) => {
                let attributes = self.authenticated_attributes();
                let sealed = cipher.seal(&key, &iv, &attributes, self.content).map_err(SealError::Cipher)?;
                Ok(self.encode_authenticated(recipients, &iv, &attributes, &sealed))
            }
        }
    }

    fn encode(&self, recipients: Vec<Vec<u8>>, iv: &[u8], ciphertext: &[u8]) -> Vec<u8> {
        // RFC 5652 section 6.1, for these kinds of recipients.
        let version = self.recipients.iter().map(Recipient::version_of_all).max().unwrap_or(0);
        let parameters = Writer::encode(|w| w.octet_string(iv));
        encode_content_info(oid::ENVELOPED_DATA, |w| {
            w.small_integer(version);
            w.set_of(Tag::SET, recipients);
            self.encode_content(w, &parameters, ciphertext);
        })
    }

    /// RFC 5083 section 2.1, with the parameters of RFC 5084 section 3.2.
    fn encode_authenticated(
        &self,
        recipients: Vec<Vec<u8>>,
        nonce: &[u8],
        attributes: &[u8],
        sealed: &Sealed,
    ) -> Vec<u8> {
        let parameters = Writer::encode(|w| {
            w.sequence(|w| {
                w.octet_string(nonce);
                w.unsigned(Tag::INTEGER, &sealed.tag.len().to_be_bytes());
            });
        });
        encode_content_info(oid::AUTH_ENVELOPED_DATA, |w| {
            w.small_integer(0);
            w.set_of(Tag::SET, recipients);
            self.encode_content(w, &parameters, &sealed.ciphertext);
            if let [_, length_and_contents @ ..] = attributes {
                w.raw(&[Tag::context_constructed(1).as_byte()]);
                w.raw(length_and_contents);
            }
            w.octet_string(&sealed.tag);
        })
    }

    fn encode_content(&self, writer: &mut Writer, parameters: &[u8], ciphertext: &[u8]) {
        writer.sequence(|w| {
            w.oid(self.content_type);
            AlgorithmIdentifier::new(self.cipher.oid(), Some(parameters)).encode(w);
            w.primitive(Tag::context(0), ciphertext);
        });
    }

    /// As a SET OF: the content type, which must be there unless it is id-data (RFC 5083 section 2.1).
    fn authenticated_attributes(&self) -> Vec<u8> {
        if self.content_type == oid::DATA {
            return Vec::new();
        }
        let content_type = Writer::encode(|w| w.oid(self.content_type));
        let attribute = encode_attribute(oid::CONTENT_TYPE.as_bytes(), &content_type);
        Writer::encode(|w| w.constructed(Tag::SET, |w| w.raw(&attribute)))
    }
}

impl Cipher {
    fn of(algorithm: CipherAlgorithm, crypto: &CryptoProvider) -> Option<Self> {
        if algorithm.is_authenticated() {
            crypto.authenticated_cipher(algorithm.oid()).map(Self::Authenticated)
        } else {
            crypto.cipher(algorithm.oid()).map(Self::Plain)
        }
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
