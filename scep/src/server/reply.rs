//! [`Reply`], and how a CertRep is made.

use alloc::{sync::Arc, vec::Vec};

use pki_core::{
    Certificate, ToBeSigned,
    algorithm::DigestAlgorithm,
    cms,
    crypto::{SecureRandom, SignFailed, Signer},
};

use super::{Error, Refusal, responder::Identity};
use crate::{
    attribute::{FailInfo, FailInfoText, Nonce, PkiStatus, TransactionId},
    http::{HttpResponse, MediaType},
    message::{Attributes, BuildError, EnvelopeAlgorithms, PkiMessage, PkiMessageBuilder, seal},
};

/// What goes back: ready, or a CertRep that still wants the signature of [`RegistrationAuthority::signing`].
///
/// [`RegistrationAuthority::signing`]: super::RegistrationAuthority::signing
#[must_use = "the peer waits for an answer"]
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "taken apart by callers whose key is elsewhere")]
pub enum Reply {
    /// To be sent as it is.
    Ready(HttpResponse),
    /// To be signed, then sent.
    Unsigned(ToBeSigned<HttpResponse>),
}

/// What stands where a CertRep FAILURE or PENDING has no content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the two ways to have nothing")]
pub enum EmptyContent {
    /// Nothing: RFC 8894 sections 3.3.2.2 and 3.3.2.3 say that it is omitted.
    #[default]
    Absent,
    /// An OCTET STRING of no octets. Clients built on OpenSSL's PKCS#7 functions, like certmonger, can't verify a signature
    /// over absent content: they take a FAILURE for a network error and a PENDING, too. Most other servers send this.
    ZeroLength,
}

/// Where a reply goes and how it is protected: as the request was.
#[derive(Clone, Debug)]
pub(super) struct ReplyContext {
    identity: Arc<Identity>,
    transaction_id: TransactionId,
    recipient_nonce: Option<Nonce>,
    digest: DigestAlgorithm,
    envelope: EnvelopeAlgorithms,
}

/// What a CertRep says.
pub(super) enum Answer<'a> {
    /// FAILURE, without content (RFC 8894 section 3.3.2.2).
    Failure(FailInfo, Option<FailInfoText>),
    /// PENDING, without content (section 3.3.2.3).
    Pending,
    /// SUCCESS: the certificates, sealed to the key that signed the request and to nobody else (section 3.3.2.1).
    Success { certificates: &'a [Certificate], recipient: &'a Certificate },
}

impl Reply {
    /// Signs it, if it wants to be.
    ///
    /// # Errors
    /// [`SignFailed`] from the signer.
    pub fn sign_with(&self, signer: &dyn Signer, rng: &mut dyn SecureRandom) -> Result<HttpResponse, SignFailed> {
        match self {
            Self::Ready(response) => Ok(response.clone()),
            Self::Unsigned(reply) => reply.sign_with(signer, rng),
        }
    }

    pub(super) fn http_error(status: u16) -> Self {
        Self::Ready(HttpResponse::new(status, MediaType::TextPlain.as_str(), Vec::new()))
    }
}

impl ReplyContext {
    pub(super) fn new(
        identity: Arc<Identity>,
        transaction_id: TransactionId,
        recipient_nonce: Option<Nonce>,
        digest: Option<DigestAlgorithm>,
    ) -> Self {
        // Nobody signs with MD5 any more; who asks with it has read SHA-1 since the first drafts.
        let digest = match digest.filter(|digest| identity.crypto.digest(digest.oid()).is_some()) {
            Some(DigestAlgorithm::MD5) => DigestAlgorithm::SHA1,
            other => other.unwrap_or(DigestAlgorithm::SHA256),
        };
        Self { identity, transaction_id, recipient_nonce, digest, envelope: EnvelopeAlgorithms::MANDATORY }
    }

    /// With the envelope algorithms of the request.
    pub(super) fn answering(self, envelope: EnvelopeAlgorithms) -> Self {
        Self { envelope, ..self }
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(super) const fn transaction_id(&self) -> &TransactionId {
        &self.transaction_id
    }

    /// The answer; a refusal if it can't be made.
    pub(super) fn answer(&self, answer: Answer<'_>, rng: &mut dyn SecureRandom) -> Result<Reply, Refusal> {
        self.cert_rep(answer, rng).map_err(|cause| self.refuse(cause, rng))
    }

    /// The refusal for `cause`: a CertRep FAILURE; an HTTP error if not even that can be made.
    pub(super) fn refuse(&self, cause: Error, rng: &mut dyn SecureRandom) -> Refusal {
        match self.cert_rep(Answer::Failure(cause.fail_info(), None), rng) {
            Ok(reply) => Refusal { cause, reply },
            Err(_) => Refusal { cause, reply: Reply::http_error(500) },
        }
    }

    fn cert_rep(&self, answer: Answer<'_>, rng: &mut dyn SecureRandom) -> Result<Reply, Error> {
        let builder = match answer {
            Answer::Success { certificates, recipient } => {
                let certificates = self.identity.peer.reply_certificates.choose(certificates);
                let data = cms::certs_only(certificates.iter().map(Certificate::as_der), []);
                let envelope = seal(&data, recipient, self.envelope, &self.identity.crypto, rng)?;
                PkiMessageBuilder::new(self.attributes(PkiStatus::SUCCESS, rng)?).with_envelope(envelope)
            }
            Answer::Pending => self.without_envelope(self.attributes(PkiStatus::PENDING, rng)?),
            Answer::Failure(info, text) => {
                let mut attributes = self.attributes(PkiStatus::FAILURE, rng)?;
                attributes.fail_info = Some(info);
                attributes.fail_info_text = text;
                self.without_envelope(attributes)
            }
        };
        self.finish(builder)
    }

    fn without_envelope(&self, attributes: Attributes) -> PkiMessageBuilder {
        let builder = PkiMessageBuilder::new(attributes);
        match self.identity.empty_content {
            EmptyContent::Absent => builder,
            EmptyContent::ZeroLength => builder.with_envelope(Vec::new()),
        }
    }

    fn attributes(&self, status: PkiStatus, rng: &mut dyn SecureRandom) -> Result<Attributes, Error> {
        let nonce = Nonce::generate(rng).map_err(BuildError::Random)?;
        Ok(Attributes::reply(self.transaction_id.clone(), self.recipient_nonce.clone(), status, nonce))
    }

    fn finish(&self, builder: PkiMessageBuilder) -> Result<Reply, Error> {
        let Identity { signing, crypto, .. } = &*self.identity;
        let algorithm = self.identity.signature_algorithm(self.digest);
        let algorithm = algorithm.ok_or(Error::Build(BuildError::SignerKeyUnsupported))?;
        let message = builder.add_certificate(signing).build(signing, algorithm, crypto)?;
        let respond = |message: PkiMessage| HttpResponse::ok(MediaType::PkiMessage, message.into_bytes());
        Ok(Reply::Unsigned(message.map(respond)))
    }
}
