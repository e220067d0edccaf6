//! [`Sign`]: a signature is needed.

use alloc::sync::Arc;

use pki_core::{
    Certificate, Csr, ToBeSigned,
    algorithm::SignatureAlgorithm,
    crypto::{SecureRandom, Signature, Signer},
};

use super::{
    Error, Step,
    enrolment::{Draft, Enrolment, Progress},
    request::CsrToSend,
};
use crate::{attribute::Nonce, message::PkiMessage};

/// A signature is needed: over the CSR, over the self-signed certificate that the messages are signed by, or over a message.
///
/// Sign in place with [`Sign::sign_with`], or take [`Sign::bytes`] to where the key is and bring the signature back.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct Sign(Stage);

/// Which key has to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRole {
    /// The key that a certificate is asked for.
    New,
    /// The key that messages are signed with and replies are encrypted to. The same as [`KeyRole::New`] unless
    /// [`EnrolmentRequest::with_transport_key`](super::EnrolmentRequest::with_transport_key) says otherwise.
    Transport,
}

#[derive(Clone, Debug)]
enum Stage {
    Csr { draft: Arc<Draft>, csr: ToBeSigned<Csr> },
    TransportCertificate { draft: Arc<Draft>, csr: Csr, certificate: ToBeSigned<Certificate> },
    Message { enrolment: Arc<Enrolment>, nonce: Nonce, message: ToBeSigned<PkiMessage>, progress: Option<Progress> },
}

impl Sign {
    /// The first signature of an enrolment: over the CSR, or, where that is finished, over the transport certificate.
    pub(super) fn first(draft: Draft, rng: &mut dyn SecureRandom) -> Result<Self, Error> {
        let draft = Arc::new(draft);
        match draft.request.csr(draft.protection.digest)? {
            CsrToSend::Finished(csr) => Self::transport_certificate(draft, csr, rng),
            CsrToSend::Unsigned(csr) => Ok(Self(Stage::Csr { draft, csr })),
        }
    }

    pub(super) const fn message(
        enrolment: Arc<Enrolment>,
        nonce: Nonce,
        message: ToBeSigned<PkiMessage>,
        progress: Option<Progress>,
    ) -> Self {
        Self(Stage::Message { enrolment, nonce, message, progress })
    }

    /// Which key has to sign.
    #[must_use]
    pub fn key(&self) -> KeyRole {
        let separate = match &self.0 {
            Stage::Csr { .. } => false,
            Stage::TransportCertificate { draft, .. } => draft.request.has_transport_key(),
            Stage::Message { enrolment, .. } => enrolment.separate_transport_key,
        };
        if separate { KeyRole::Transport } else { KeyRole::New }
    }

    /// What has to be signed, not hashed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            Stage::Csr { csr, .. } => csr.message(),
            Stage::TransportCertificate { certificate, .. } => certificate.message(),
            Stage::Message { message, .. } => message.message(),
        }
    }

    /// With which algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        match &self.0 {
            Stage::Csr { csr, .. } => csr.algorithm(),
            Stage::TransportCertificate { certificate, .. } => certificate.algorithm(),
            Stage::Message { message, .. } => message.algorithm(),
        }
    }

    /// Goes on with a signature over [`Sign::bytes`] made elsewhere.
    ///
    /// # Errors
    /// [`Error::Random`], [`Error::Build`] or [`Error::Request`] if the next message can't be made.
    pub fn attach(&self, signature: Signature, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        match &self.0 {
            Stage::Csr { draft, csr } => {
                Self::transport_certificate(Arc::clone(draft), csr.attach(signature), rng).map(Step::Sign)
            }
            Stage::TransportCertificate { draft, csr, certificate } => {
                let enrolment = Arc::new(draft.enrolment(csr, certificate.attach(signature), rng)?);
                enrolment.pkcs_req(csr, rng).map(Step::Sign)
            }
            Stage::Message { enrolment, nonce, message, progress } => {
                let message = message.attach(signature);
                Ok(Step::Exchange(enrolment.exchange(message, nonce.clone(), *progress)))
            }
        }
    }

    /// Signs in place and goes on.
    ///
    /// # Errors
    /// [`Error::Sign`] if the signer fails, and those of [`Sign::attach`]. The step remains; try again.
    pub fn sign_with(&self, signer: &dyn Signer, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        let signature = signer.sign(self.algorithm(), self.bytes(), rng)?;
        self.attach(signature, rng)
    }

    fn transport_certificate(draft: Arc<Draft>, csr: Csr, rng: &mut dyn SecureRandom) -> Result<Self, Error> {
        let certificate = draft.transport_certificate(rng)?;
        Ok(Self(Stage::TransportCertificate { draft, csr, certificate }))
    }
}
