//! [`EnvelopedData`]: content encrypted to recipients.

use alloc::{borrow::Cow, vec::Vec};

use super::{
    CertificateIdentifier, EnvelopeError, PasswordRecipient, PasswordWrappedKey, algorithm_identifier, content_info,
};
use crate::{
    algorithm::{AlgorithmIdentifier, KeyTransportAlgorithm},
    ber,
    crypto::{CipherFailed, ContentCipher, ContentKey, CryptoProvider, WrappedKey},
    der::{self, Tag},
    error::{DecodeError, DecodeErrorKind},
    limits::Limits,
    oid::{self, Oid},
    secret::Secret,
};

/// An EnvelopedData as received (RFC 5652 section 6.1).
///
/// - There is at least one recipient, of any kind; key agreement, key encryption keys and others are counted only.
/// - originatorInfo and unprotectedAttrs are read over.
#[derive(Clone, Debug)]
pub struct EnvelopedData<'a> {
    version: u32,
    recipients: Vec<KeyTransRecipient<'a>>,
    password_recipients: Vec<PasswordRecipient<'a>>,
    other_recipients: usize,
    iteration_limit: u32,
    content_type: Oid<'a>,
    cipher: AlgorithmIdentifier<'a>,
    encrypted_content: Option<Cow<'a, [u8]>>,
}

/// A recipient whose public key the content key is encrypted to (RFC 5652 section 6.2.1).
#[derive(Clone, Debug)]
pub struct KeyTransRecipient<'a> {
    version: u32,
    identifier: CertificateIdentifier<'a>,
    algorithm: AlgorithmIdentifier<'a>,
    encrypted_key: Cow<'a, [u8]>,
}

impl<'a> EnvelopedData<'a> {
    /// Reads a `ContentInfo` with an EnvelopedData in it, in any BER.
    ///
    /// # Errors
    /// Those of [`ber::Reader`]; [`TooMany`](DecodeErrorKind::TooMany) for more recipients than [`Limits::entries`];
    /// [`Empty`](DecodeErrorKind::Empty) for none.
    pub fn from_ber(bytes: &'a [u8], limits: Limits) -> Result<Self, DecodeError> {
        let mut fields = content_info(bytes, oid::ENVELOPED_DATA, limits)?;
        let version = fields.small_integer().map_err(DecodeError::within("version"))?;
        fields.optional(Tag::context_constructed(0)).map_err(DecodeError::within("originatorInfo"))?;
        let mut this = Self {
            version,
            recipients: Vec::new(),
            password_recipients: Vec::new(),
            other_recipients: 0,
            iteration_limit: limits.iterations,
            content_type: oid::DATA,
            cipher: AlgorithmIdentifier::new(oid::DATA, None),
            encrypted_content: None,
        };
        this.read_recipients(&mut fields, limits).map_err(DecodeError::within("recipientInfos"))?;
        this.read_content(&mut fields).map_err(DecodeError::within("encryptedContentInfo"))?;
        fields.optional(Tag::context_constructed(1)).map_err(DecodeError::within("unprotectedAttrs"))?;
        fields.finish()?;
        Ok(this)
    }

    fn read_recipients(&mut self, fields: &mut ber::Reader<'a>, limits: Limits) -> Result<(), DecodeError> {
        let mut set = fields.nested(Tag::SET)?;
        if set.is_empty() {
            return Err(set.error(DecodeErrorKind::Empty));
        }
        while let Some(tag) = set.peek() {
            if self.recipients.len() + self.password_recipients.len() + self.other_recipients >= limits.entries {
                return Err(set.error(DecodeErrorKind::TooMany));
            }
            match tag {
                Tag::SEQUENCE => self.recipients.push(KeyTransRecipient::decode(&mut set)?),
                PasswordRecipient::TAG => self.password_recipients.push(PasswordRecipient::decode(&mut set)?),
                _ => {
                    set.any()?;
                    self.other_recipients += 1;
                }
            }
        }
        Ok(())
    }

    fn read_content(&mut self, fields: &mut ber::Reader<'a>) -> Result<(), DecodeError> {
        let mut info = fields.sequence()?;
        self.content_type = info.oid().map_err(DecodeError::within("contentType"))?;
        self.cipher = algorithm_identifier(&mut info).map_err(DecodeError::within("contentEncryptionAlgorithm"))?;
        if !info.is_empty() {
            let octets = info.octets(Tag::context(0)).map_err(DecodeError::within("encryptedContent"))?;
            self.encrypted_content = Some(octets);
        }
        info.finish()
    }

    /// The version: 0 for what SCEP sends, 2 with a recipient named by key identifier, 3 with one who has a password.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The key transport recipients, in the order received.
    #[must_use]
    pub fn recipients(&self) -> &[KeyTransRecipient<'a>] {
        &self.recipients
    }

    /// The recipients who have a password, in the order received. Nothing says which password.
    #[must_use]
    pub fn password_recipients(&self) -> &[PasswordRecipient<'a>] {
        &self.password_recipients
    }

    /// How many recipients are of other kinds: key agreement, key encryption keys.
    #[must_use]
    pub const fn other_recipients(&self) -> usize {
        self.other_recipients
    }

    /// The recipient that is the certificate with this issuer (the DER of the `Name`), serial number (contents octets) and
    /// subjectKeyIdentifier, wherever it stands (CVE-2019-1563: no other is ever tried).
    #[must_use]
    pub fn recipient_for(
        &self,
        issuer: &[u8],
        serial: &[u8],
        key_identifier: Option<&[u8]>,
    ) -> Option<&KeyTransRecipient<'a>> {
        self.recipients.iter().find(|recipient| recipient.identifier.matches(issuer, serial, key_identifier))
    }

    /// The type of the content inside.
    #[must_use]
    pub const fn content_type(&self) -> Oid<'a> {
        self.content_type
    }

    /// contentEncryptionAlgorithm, whose parameters are the IV.
    #[must_use]
    pub const fn cipher(&self) -> AlgorithmIdentifier<'a> {
        self.cipher
    }

    /// The IV, if the parameters are an OCTET STRING.
    #[must_use]
    pub fn iv(&self) -> Option<&'a [u8]> {
        let element = der::Element::from_der(self.cipher.parameters?).ok()?;
        (element.tag() == Tag::OCTET_STRING).then(|| element.content())
    }

    /// The ciphertext, joined if it came in pieces; `None` if it is elsewhere.
    #[must_use]
    pub fn encrypted_content(&self) -> Option<&[u8]> {
        self.encrypted_content.as_deref()
    }

    /// What a [`Decrypter`](crate::crypto::Decrypter) needs to get at the content key of one of the recipients. The cipher
    /// and its IV are checked here, before any private key is used.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn wrapped_key(
        &self,
        recipient: &KeyTransRecipient<'_>,
        crypto: &CryptoProvider,
    ) -> Result<WrappedKey, EnvelopeError> {
        let (cipher, _) = self.supported_cipher(crypto)?;
        let transport = KeyTransportAlgorithm::from_identifier(recipient.algorithm)
            .filter(|transport| crypto.key_transport(*transport).is_some())
            .ok_or(EnvelopeError::UnsupportedKeyTransport)?;
        Ok(WrappedKey::new(transport, recipient.encrypted_key.to_vec(), cipher.algorithm().key_length()))
    }

    /// What is needed to get at the content key of one of the recipients who have a password. Everything that anyone can see
    /// is checked here, before any work is done: the cipher and its IV, the algorithms and their parameters, the number of
    /// iterations.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn password_wrapped_key(
        &self,
        recipient: &PasswordRecipient<'_>,
        crypto: &CryptoProvider,
    ) -> Result<PasswordWrappedKey, EnvelopeError> {
        let (cipher, _) = self.supported_cipher(crypto)?;
        let requested = self.password_recipients.iter().map(PasswordRecipient::iterations).sum();
        if requested > u64::from(self.iteration_limit) {
            return Err(EnvelopeError::TooManyIterations { requested, limit: self.iteration_limit });
        }
        recipient.wrapped_key(cipher.algorithm().key_length(), crypto)
    }

    /// The content.
    ///
    /// # Errors
    /// [`CipherFailed`], the same for every reason.
    pub fn decrypt(&self, key: &ContentKey, crypto: &CryptoProvider) -> Result<Secret, CipherFailed> {
        let (cipher, iv) = self.supported_cipher(crypto).map_err(|_| CipherFailed)?;
        cipher.decrypt(key, iv, self.encrypted_content().unwrap_or_default())
    }

    fn supported_cipher(
        &self,
        crypto: &CryptoProvider,
    ) -> Result<(&'static dyn ContentCipher, &'a [u8]), EnvelopeError> {
        let cipher = crypto.cipher(self.cipher.oid).ok_or(EnvelopeError::UnsupportedCipher)?;
        let iv = self.iv().filter(|iv| iv.len() == cipher.algorithm().iv_length());
        Ok((cipher, iv.ok_or(EnvelopeError::InvalidIv)?))
    }
}

impl<'a> KeyTransRecipient<'a> {
    fn decode(set: &mut ber::Reader<'a>) -> Result<Self, DecodeError> {
        let mut fields = set.sequence()?;
        let version = fields.small_integer().map_err(DecodeError::within("version"))?;
        let identifier = CertificateIdentifier::decode(&mut fields).map_err(DecodeError::within("rid"))?;
        let algorithm = algorithm_identifier(&mut fields).map_err(DecodeError::within("keyEncryptionAlgorithm"))?;
        let encrypted_key = fields.octets(Tag::OCTET_STRING).map_err(DecodeError::within("encryptedKey"))?;
        fields.finish()?;
        Ok(Self { version, identifier, algorithm, encrypted_key })
    }

    /// The version: 0 for issuer and serial number, 2 for a key identifier.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The recipient's certificate.
    #[must_use]
    pub const fn rid(&self) -> CertificateIdentifier<'a> {
        self.identifier
    }

    /// How the content key is encrypted.
    #[must_use]
    pub const fn algorithm(&self) -> AlgorithmIdentifier<'a> {
        self.algorithm
    }

    /// The encrypted content key.
    #[must_use]
    pub fn encrypted_key(&self) -> &[u8] {
        &self.encrypted_key
    }
}
