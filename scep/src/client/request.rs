//! [`EnrolmentRequest`]: what is asked for.

use alloc::vec::Vec;

use pki_core::{
    Csr, Name, PublicKey, Secret, ToBeSigned,
    algorithm::{CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    crypto::CryptoProvider,
    csr::CsrBuilder,
    name::GeneralNames,
};

use super::{Error, Unsupported};

/// What is asked for: a certificate for a public key, with names, and with the challenge that entitles to it.
#[derive(Debug)]
pub struct EnrolmentRequest {
    subject: Name,
    public_key: PublicKey,
    transport_key: Option<PublicKey>,
    subject_alt_name: Option<GeneralNames>,
    extensions: Vec<pki_core::cert::Extension>,
    challenge: Option<Secret>,
    csr: Option<Csr>,
}

impl EnrolmentRequest {
    /// A certificate for `subject` and `public_key`.
    #[must_use]
    pub const fn new(subject: Name, public_key: PublicKey) -> Self {
        Self {
            subject,
            public_key,
            transport_key: None,
            subject_alt_name: None,
            extensions: Vec::new(),
            challenge: None,
            csr: None,
        }
    }

    /// What a finished CSR asks for, made and signed elsewhere. Its challenge is the one inside.
    #[must_use]
    pub fn from_csr(csr: Csr) -> Self {
        let mut request = Self::new(csr.subject().to_owned(), csr.public_key().to_owned());
        request.csr = Some(csr);
        request
    }

    /// Adds subject alternative names.
    #[must_use]
    pub fn with_subject_alt_name(self, names: GeneralNames) -> Self {
        Self { subject_alt_name: Some(names), ..self }
    }

    /// The challengePassword (RFC 8894 section 2.4). It travels inside the envelope only.
    #[must_use]
    pub fn with_challenge(self, challenge: Secret) -> Self {
        Self { challenge: Some(challenge), ..self }
    }

    /// Asks for one more extension.
    #[must_use]
    pub fn add_extension(mut self, extension: pki_core::cert::Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Signs the messages and receives the reply with another key than the one asked for: an RSA key, where the other can't
    /// decrypt (EC), or may not.
    #[must_use]
    pub fn with_transport_key(self, transport_key: PublicKey) -> Self {
        Self { transport_key: Some(transport_key), ..self }
    }

    pub(super) const fn subject(&self) -> &Name {
        &self.subject
    }

    pub(super) const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The key that messages are signed with.
    pub(super) fn transport_key(&self) -> &PublicKey {
        self.transport_key.as_ref().unwrap_or(&self.public_key)
    }

    pub(super) const fn has_transport_key(&self) -> bool {
        self.transport_key.is_some()
    }

    pub(super) const fn finished_csr(&self) -> Option<&Csr> {
        self.csr.as_ref()
    }

    /// Whether it can succeed at all.
    pub(super) fn check(&self, crypto: &CryptoProvider) -> Result<(), Error> {
        if !self.transport_key().as_ref().can_encrypt() {
            return Err(Unsupported::TransportKeyCannotDecrypt.into());
        }
        let complete = crypto.digest(DigestAlgorithm::SHA256.oid()).is_some()
            && crypto.cipher(CipherAlgorithm::AES128_CBC.oid()).is_some()
            && crypto.key_transport(KeyTransportAlgorithm::RsaPkcs1).is_some();
        if !complete {
            return Err(Unsupported::Provider.into());
        }
        if self.csr.is_none() {
            signature_algorithm(&self.public_key, DigestAlgorithm::SHA256)?;
        }
        Ok(())
    }

    /// The CSR to be signed by the new key.
    pub(super) fn csr(&self, digest: DigestAlgorithm) -> Result<ToBeSigned<Csr>, Error> {
        let mut builder = CsrBuilder::new(self.subject.clone(), self.public_key.clone());
        if let Some(names) = &self.subject_alt_name {
            builder = builder.with_subject_alt_name(names.clone());
        }
        for extension in &self.extensions {
            builder = builder.add_extension(extension.clone());
        }
        if let Some(challenge) = &self.challenge {
            builder = builder.with_challenge_password(challenge);
        }
        let algorithm = signature_algorithm(&self.public_key, digest)?;
        builder.build(algorithm).map_err(Error::Request)
    }
}

/// The algorithm for a key with this digest; the digest that the key's kind goes with where that does not exist.
pub(super) fn signature_algorithm(key: &PublicKey, digest: DigestAlgorithm) -> Result<SignatureAlgorithm, Error> {
    [digest, DigestAlgorithm::SHA256, DigestAlgorithm::SHA512]
        .into_iter()
        .find_map(|digest| SignatureAlgorithm::for_key(key.as_ref(), digest))
        .ok_or(Error::Unsupported(Unsupported::Key))
}
