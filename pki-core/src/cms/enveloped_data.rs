//! [`EnvelopedData`]: content encrypted to recipients, and authenticated or not.

use alloc::{borrow::Cow, vec::Vec};

use super::{
    EnvelopeError, KeyTransRecipient, PasswordRecipient, PasswordWrappedKey, SignedAttributes, algorithm_identifier,
    content_info,
};
use crate::{
    algorithm::{AlgorithmIdentifier, CipherAlgorithm, KeyTransportAlgorithm},
    ber,
    crypto::{AuthenticatedCipher, CipherFailed, ContentCipher, ContentKey, CryptoProvider, WrappedKey},
    der::{self, Tag},
    error::{DecodeError, DecodeErrorKind},
    limits::Limits,
    oid::{self, Oid},
    secret::Secret,
};

/// An EnvelopedData as received (RFC 5652 section 6.1), or an AuthEnvelopedData (RFC 5083), whose content is authenticated.
///
/// - There is at least one recipient, of any kind; key agreement, key encryption keys and others are counted only.
/// - originatorInfo, unprotectedAttrs and unauthAttrs are read over.
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
    authentication: Option<Authentication<'a>>,
}

/// What an AuthEnvelopedData has and an EnvelopedData has not.
#[derive(Clone, Debug)]
struct Authentication<'a> {
    attributes: Option<SignedAttributes<'a>>,
    mac: Cow<'a, [u8]>,
}

/// The implementation of the content cipher, and its parameters.
enum Cipher<'a> {
    Plain(&'static dyn ContentCipher, &'a [u8]),
    Authenticated(&'static dyn AuthenticatedCipher, &'a [u8]),
}

impl<'a> EnvelopedData<'a> {
    /// Reads a `ContentInfo` with an EnvelopedData or an AuthEnvelopedData in it, in any BER.
    ///
    /// # Errors
    /// Those of [`ber::Reader`]; [`TooMany`](DecodeErrorKind::TooMany) for more recipients, or more authenticated attributes,
    /// than [`Limits::entries`]; [`Empty`](DecodeErrorKind::Empty) for no recipients; those of [`der::Reader`] for
    /// authenticated attributes.
    pub fn from_ber(bytes: &'a [u8], limits: Limits) -> Result<Self, DecodeError> {
        let (kind, mut fields) = content_info(bytes, &[oid::ENVELOPED_DATA, oid::AUTH_ENVELOPED_DATA], limits)?;
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
            authentication: None,
        };
        this.read_recipients(&mut fields, limits).map_err(DecodeError::within("recipientInfos"))?;
        if kind == oid::ENVELOPED_DATA {
            this.read_content(&mut fields).map_err(DecodeError::within("encryptedContentInfo"))?;
            fields.optional(Tag::context_constructed(1)).map_err(DecodeError::within("unprotectedAttrs"))?;
        } else {
            this.read_content(&mut fields).map_err(DecodeError::within("authEncryptedContentInfo"))?;
            this.authentication = Some(Authentication::decode(&mut fields, limits)?);
            fields.optional(Tag::context_constructed(2)).map_err(DecodeError::within("unauthAttrs"))?;
        }
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

    /// Whether it is an AuthEnvelopedData: what comes out of [`EnvelopedData::decrypt`] is then what the sender put in, whoever
    /// that was.
    #[must_use]
    pub const fn is_authenticated(&self) -> bool {
        self.authentication.is_some()
    }

    /// The attributes that an AuthEnvelopedData has beside the content, authenticated with it and not encrypted. Not to be
    /// believed before [`EnvelopedData::decrypt`].
    #[must_use]
    pub fn authenticated_attributes(&self) -> Option<&SignedAttributes<'a>> {
        self.authentication.as_ref()?.attributes.as_ref()
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
        self.recipients.iter().find(|recipient| recipient.rid().matches(issuer, serial, key_identifier))
    }

    /// The type of the content inside.
    #[must_use]
    pub const fn content_type(&self) -> Oid<'a> {
        self.content_type
    }

    /// contentEncryptionAlgorithm, whose parameters are the IV, or nonce and length of the tag.
    #[must_use]
    pub const fn cipher(&self) -> AlgorithmIdentifier<'a> {
        self.cipher
    }

    /// What the content is encrypted with, where the provider has it and all about it is in order. Nothing is decrypted for
    /// that.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn cipher_algorithm(&self, crypto: &CryptoProvider) -> Result<CipherAlgorithm, EnvelopeError> {
        Ok(match self.supported_cipher(crypto)? {
            Cipher::Plain(cipher, _) => cipher.algorithm(),
            Cipher::Authenticated(cipher, _) => cipher.algorithm(),
        })
    }

    /// The IV, if the parameters are an OCTET STRING, or the nonce of `GCMParameters`.
    #[must_use]
    pub fn iv(&self) -> Option<&'a [u8]> {
        match self.parameters(Tag::OCTET_STRING) {
            Some(iv) => Some(iv.content()),
            None => {
                self.parameters(Tag::SEQUENCE)?.reader().expect(Tag::OCTET_STRING).ok().map(|nonce| nonce.content())
            }
        }
    }

    /// The parameters of the cipher, if this is their tag.
    fn parameters(&self, tag: Tag) -> Option<der::Element<'a>> {
        let element = der::Element::from_der(self.cipher.parameters?).ok()?;
        (element.tag() == tag).then_some(element)
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
        let cipher = self.cipher_algorithm(crypto)?;
        let transport = KeyTransportAlgorithm::from_identifier(recipient.algorithm())
            .filter(|transport| crypto.key_transport(*transport).is_some())
            .ok_or(EnvelopeError::UnsupportedKeyTransport)?;
        Ok(WrappedKey::new(transport, recipient.encrypted_key().to_vec(), cipher.key_length()))
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
        let cipher = self.cipher_algorithm(crypto)?;
        let requested = self.password_recipients.iter().map(PasswordRecipient::iterations).sum();
        if requested > u64::from(self.iteration_limit) {
            return Err(EnvelopeError::TooManyIterations { requested, limit: self.iteration_limit });
        }
        recipient.wrapped_key(cipher.key_length(), crypto)
    }

    /// The content.
    ///
    /// # Errors
    /// [`CipherFailed`], the same for every reason.
    pub fn decrypt(&self, key: &ContentKey, crypto: &CryptoProvider) -> Result<Secret, CipherFailed> {
        let ciphertext = self.encrypted_content().ok_or(CipherFailed)?;
        match (self.supported_cipher(crypto), &self.authentication) {
            (Ok(Cipher::Plain(cipher, iv)), None) => cipher.decrypt(key, iv, ciphertext),
            (Ok(Cipher::Authenticated(cipher, nonce)), Some(Authentication { attributes, mac })) => {
                let data = attributes.as_ref().map(SignedAttributes::to_signed_bytes).unwrap_or_default();
                cipher.open(key, nonce, &data, ciphertext, mac)
            }
            _ => Err(CipherFailed),
        }
    }

    fn supported_cipher(&self, crypto: &CryptoProvider) -> Result<Cipher<'a>, EnvelopeError> {
        let oid = self.cipher.oid;
        let known = CipherAlgorithm::from_oid(oid).map(CipherAlgorithm::is_authenticated);
        let (plain, authenticated) = (crypto.cipher(oid), crypto.authenticated_cipher(oid));
        let Some(authentication) = &self.authentication else {
            if known == Some(true) || (plain.is_none() && authenticated.is_some()) {
                return Err(EnvelopeError::AuthenticatedCipher);
            }
            let cipher = plain.ok_or(EnvelopeError::UnsupportedCipher)?;
            let iv = self.parameters(Tag::OCTET_STRING).map(|parameters| parameters.content());
            let iv = iv.filter(|iv| iv.len() == cipher.algorithm().iv_length());
            return Ok(Cipher::Plain(cipher, iv.ok_or(EnvelopeError::InvalidIv)?));
        };
        if known == Some(false) || (authenticated.is_none() && plain.is_some()) {
            return Err(EnvelopeError::UnauthenticatedCipher);
        }
        let cipher = authenticated.ok_or(EnvelopeError::UnsupportedCipher)?;
        let (nonce, tag_length) = gcm_parameters(self.cipher.parameters).map_err(|_error| EnvelopeError::InvalidIv)?;
        if nonce.len() != cipher.algorithm().iv_length() {
            return Err(EnvelopeError::InvalidIv);
        }
        if !(12..=16).contains(&tag_length) || usize::try_from(tag_length) != Ok(authentication.mac.len()) {
            return Err(EnvelopeError::InvalidMac);
        }
        if !authentication.names(self.content_type) {
            return Err(EnvelopeError::ContentTypeMismatch);
        }
        Ok(Cipher::Authenticated(cipher, nonce))
    }
}

impl<'a> Authentication<'a> {
    fn decode(fields: &mut ber::Reader<'a>, limits: Limits) -> Result<Self, DecodeError> {
        let attributes = match fields.optional(Tag::context_constructed(1)).map_err(DecodeError::within("authAttrs"))? {
            None => None,
            Some(element) => {
                Some(SignedAttributes::decode(&element, limits).map_err(DecodeError::within("authAttrs"))?)
            }
        };
        let mac = fields.octets(Tag::OCTET_STRING).map_err(DecodeError::within("mac"))?;
        Ok(Self { attributes, mac })
    }

    /// Whether the attributes say that the content is of this type, which they need not for id-data.
    fn names(&self, content_type: Oid<'_>) -> bool {
        let attribute = self.attributes.as_ref().map(|attributes| attributes.single(oid::CONTENT_TYPE));
        match attribute.unwrap_or(Ok(None)) {
            Ok(None) => content_type == oid::DATA,
            Ok(Some(value)) => value.tag() == Tag::OID && value.oid() == Ok(content_type),
            Err(_) => false,
        }
    }
}

/// `GCMParameters` (RFC 5084 section 3.2): nonce and length of the tag.
fn gcm_parameters(parameters: Option<&[u8]>) -> Result<(&[u8], u32), DecodeError> {
    let mut outer = der::Reader::new(parameters.unwrap_or_default());
    let mut fields = outer.sequence()?;
    outer.finish()?;
    let nonce = fields.expect(Tag::OCTET_STRING)?.content();
    let tag_length = if fields.is_empty() { 12 } else { fields.small_integer()? };
    fields.finish()?;
    Ok((nonce, tag_length))
}
