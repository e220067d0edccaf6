//! [`PkiMessageBuilder`]: from attributes and messageData to a signed message.

use alloc::vec::Vec;
use core::fmt;

use pki_core::{
    Certificate, KeyKind, PublicKeyRef, ToBeSigned,
    algorithm::{CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    cms::{CertificateIdentifier, EnvelopedDataBuilder, PasswordKey, SignedDataBuilder},
    crypto::{CryptoProvider, SecureRandom},
    oid,
};

use super::{Attributes, BuildError};

/// A signed pkiMessage, ready to be sent: strict DER.
#[derive(Clone, PartialEq, Eq)]
pub struct PkiMessage(Vec<u8>);

/// Makes a [`PkiMessage`].
#[derive(Clone, Debug)]
pub struct PkiMessageBuilder {
    attributes: Attributes,
    envelope: Option<Vec<u8>>,
    certificates: Vec<Certificate>,
}

/// How messageData is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "an envelope has these two algorithms")]
pub struct EnvelopeAlgorithms {
    /// Of the content.
    pub cipher: CipherAlgorithm,
    /// Of the content key.
    pub key_transport: KeyTransportAlgorithm,
}

impl EnvelopeAlgorithms {
    /// What RFC 8894 section 2.9 has everybody implement: AES-128-CBC, and RSAES-PKCS1-v1_5 for the key.
    pub const MANDATORY: Self =
        Self { cipher: CipherAlgorithm::AES128_CBC, key_transport: KeyTransportAlgorithm::RsaPkcs1 };

    /// Whether a content key can be encrypted to this key: RSA, and long enough for the padding (RFC 8017 sections 7.1.1 and
    /// 7.2.1).
    pub(crate) fn fit(self, recipient: PublicKeyRef<'_>) -> bool {
        let padding = match self.key_transport {
            KeyTransportAlgorithm::RsaOaep(digest) => 2 * digest.output_length() + 2,
            _ => 11,
        };
        match recipient.kind() {
            KeyKind::Rsa { bits } => bits.div_ceil(8) >= padding + self.cipher.key_length(),
            _ => false,
        }
    }
}

/// Encrypts messageData to `recipient`: a pkcsPKIEnvelope (RFC 8894 section 3.2.2).
///
/// # Errors
/// [`BuildError`] if `crypto` lacks the algorithms, the recipient's key does not fit, or randomness fails.
pub fn seal(
    message_data: &[u8],
    recipient: &Certificate,
    algorithms: EnvelopeAlgorithms,
    crypto: &CryptoProvider,
    rng: &mut dyn SecureRandom,
) -> Result<Vec<u8>, BuildError> {
    let identifier = CertificateIdentifier::of(recipient);
    Ok(EnvelopedDataBuilder::new(message_data, algorithms.cipher)
        .add_recipient(identifier, recipient.public_key(), algorithms.key_transport)
        .build(rng, crypto)?)
}

/// Encrypts messageData to whoever knows the password that `key` was derived from: for recipients whose key can't decrypt,
/// and the password is the challengePassword (RFC 8894 section 3.1).
///
/// # Errors
/// [`BuildError`] if `crypto` lacks the algorithms, or randomness fails.
pub fn seal_with_password(
    message_data: &[u8],
    key: &PasswordKey,
    cipher: CipherAlgorithm,
    crypto: &CryptoProvider,
    rng: &mut dyn SecureRandom,
) -> Result<Vec<u8>, BuildError> {
    Ok(EnvelopedDataBuilder::new(message_data, cipher).add_password_recipient(key).build(rng, crypto)?)
}

/// Whether `crypto` has what RFC 8894 section 2.9 has everybody implement.
pub(crate) fn has_mandatory_algorithms(crypto: &CryptoProvider) -> bool {
    let EnvelopeAlgorithms { cipher, key_transport } = EnvelopeAlgorithms::MANDATORY;
    crypto.digest(DigestAlgorithm::SHA256.oid()).is_some()
        && crypto.cipher(cipher.oid()).is_some()
        && crypto.key_transport(key_transport).is_some()
}

/// The algorithm for a key with this digest; with the digest that the key's kind goes with where there is none. SHA-1 is
/// for RSA only: no peer of its time had other keys, and not every key of ours signs with it.
pub(crate) fn signature_algorithm(key: PublicKeyRef<'_>, digest: DigestAlgorithm) -> Option<SignatureAlgorithm> {
    let too_weak = digest == DigestAlgorithm::SHA1 && key.algorithm().oid != oid::RSA_ENCRYPTION;
    [digest, DigestAlgorithm::SHA256, DigestAlgorithm::SHA512]
        .into_iter()
        .skip(usize::from(too_weak))
        .find_map(|digest| SignatureAlgorithm::for_key(key, digest))
}

impl PkiMessageBuilder {
    /// With these attributes, without content and certificates.
    #[must_use]
    pub const fn new(attributes: Attributes) -> Self {
        Self { attributes, envelope: None, certificates: Vec::new() }
    }

    /// With a pkcsPKIEnvelope from [`seal`]. CertRep FAILURE and PENDING have none (section 3).
    #[must_use]
    pub fn with_envelope(self, envelope: Vec<u8>) -> Self {
        Self { envelope: Some(envelope), ..self }
    }

    /// Carries a certificate: in requests the signer's own, in replies whatever helps to verify them.
    #[must_use]
    pub fn add_certificate(mut self, certificate: &Certificate) -> Self {
        self.certificates.push(certificate.clone());
        self
    }

    /// What has to be signed by the key of `signer`.
    ///
    /// # Errors
    /// [`BuildError::Cms`] if `crypto` lacks the digest of `algorithm`.
    pub fn build(
        &self,
        signer: &Certificate,
        algorithm: SignatureAlgorithm,
        crypto: &CryptoProvider,
    ) -> Result<ToBeSigned<PkiMessage>, BuildError> {
        let mut builder = SignedDataBuilder::new(self.envelope.clone());
        for certificate in &self.certificates {
            builder = builder.add_certificate(certificate.as_der());
        }
        for (oid, value) in self.attributes.encode() {
            builder = builder.add_attribute(oid, &value);
        }
        Ok(builder.build(CertificateIdentifier::of(signer), algorithm, crypto)?.map(PkiMessage))
    }
}

impl PkiMessage {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, taken over.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for PkiMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PkiMessage({} octets)", self.0.len())
    }
}
