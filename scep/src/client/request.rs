//! [`EnrolmentRequest`]: what is asked for.

use pki_core::{
    Csr, CsrBuilder, NameRef, PublicKey, ToBeSigned,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    crypto::CryptoProvider,
};

use super::{Error, Unsupported};
use crate::message;

/// What is asked for: a certificate for a public key, with names, and with the challenge that entitles to it.
#[derive(Debug)]
pub struct EnrolmentRequest {
    csr: Source,
    transport_key: Option<PublicKey>,
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one, behind an Arc")]
enum Source {
    Builder(CsrBuilder),
    Finished { csr: Csr, public_key: PublicKey },
}

/// The CSR of a request.
pub(super) enum CsrToSend {
    Finished(Csr),
    Unsigned(ToBeSigned<Csr>),
}

impl EnrolmentRequest {
    /// What this CSR will ask for. Its challengePassword (RFC 8894 section 2.4) travels inside the envelope only.
    #[must_use]
    pub const fn new(csr: CsrBuilder) -> Self {
        Self { csr: Source::Builder(csr), transport_key: None }
    }

    /// What a CSR made and signed elsewhere asks for.
    #[must_use]
    pub fn from_csr(csr: Csr) -> Self {
        let public_key = csr.public_key().to_owned();
        Self { csr: Source::Finished { csr, public_key }, transport_key: None }
    }

    /// Signs the messages and receives the reply with another key than the one asked for: an RSA key, where the other can't
    /// decrypt (EC), or may not.
    #[must_use]
    pub fn with_transport_key(self, transport_key: PublicKey) -> Self {
        Self { transport_key: Some(transport_key), ..self }
    }

    pub(super) fn subject(&self) -> NameRef<'_> {
        match &self.csr {
            Source::Builder(builder) => builder.subject().as_ref(),
            Source::Finished { csr, .. } => csr.subject(),
        }
    }

    pub(super) const fn public_key(&self) -> &PublicKey {
        match &self.csr {
            Source::Builder(builder) => builder.public_key(),
            Source::Finished { public_key, .. } => public_key,
        }
    }

    /// The key that messages are signed with.
    pub(super) fn transport_key(&self) -> &PublicKey {
        self.transport_key.as_ref().unwrap_or_else(|| self.public_key())
    }

    pub(super) const fn has_transport_key(&self) -> bool {
        self.transport_key.is_some()
    }

    /// Whether it can succeed at all.
    pub(super) fn check(&self, crypto: &CryptoProvider) -> Result<(), Error> {
        if !self.transport_key().as_ref().can_encrypt() {
            return Err(Unsupported::TransportKeyCannotDecrypt.into());
        }
        if !message::has_mandatory_algorithms(crypto) {
            return Err(Unsupported::Provider.into());
        }
        signature_algorithm(self.public_key(), DigestAlgorithm::SHA256).map(drop)
    }

    /// The CSR, finished or to be signed by the new key.
    pub(super) fn csr(&self, digest: DigestAlgorithm) -> Result<CsrToSend, Error> {
        match &self.csr {
            Source::Finished { csr, .. } => Ok(CsrToSend::Finished(csr.clone())),
            Source::Builder(builder) => {
                let algorithm = signature_algorithm(builder.public_key(), digest)?;
                builder.build(algorithm).map(CsrToSend::Unsigned).map_err(Error::Request)
            }
        }
    }
}

/// The algorithm for a key with this digest.
pub(super) fn signature_algorithm(key: &PublicKey, digest: DigestAlgorithm) -> Result<SignatureAlgorithm, Error> {
    message::signature_algorithm(key.as_ref(), digest).ok_or(Error::Unsupported(Unsupported::Key))
}
