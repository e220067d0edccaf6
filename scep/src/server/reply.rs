//! [`Reply`], and how a CertRep is made.

use alloc::{sync::Arc, vec::Vec};

use pki_core::{
    Certificate, Crl, ToBeSigned,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    cms::{self, PasswordKey},
    crypto::{CryptoProvider, SecureRandom, SignFailed, Signature, Signer},
};

use super::{Error, Generation, Refusal, Responder, TransactionKey};
use crate::{
    attribute::{FailInfo, FailInfoText, Nonce, PkiStatus, TransactionId},
    http::{HttpResponse, MediaType},
    message::{
        Attributes, BuildError, EnvelopeAlgorithms, PkiMessage, PkiMessageBuilder, Received, seal, seal_with_password,
    },
};

/// What goes back: ready, or a CertRep that still wants a signature.
#[must_use = "the peer waits for an answer"]
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "taken apart by callers whose key is elsewhere")]
pub enum Reply {
    /// To be sent as it is.
    Ready(HttpResponse),
    /// To be signed, then sent.
    Unsigned(UnsignedReply),
}

/// A CertRep that wants the signature of one certificate's key: [`RegistrationAuthority::signing`] of the generation that
/// the request was for.
///
/// [`RegistrationAuthority::signing`]: super::RegistrationAuthority::signing
#[must_use = "nothing is signed yet"]
#[derive(Clone, Debug)]
pub struct UnsignedReply {
    signer: Certificate,
    response: ToBeSigned<HttpResponse>,
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
    responder: Responder,
    generation: Arc<Generation>,
    transaction: TransactionKey,
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
    /// SUCCESS: what was asked for, sealed to whoever asked and to nobody else (section 3.3.2.1).
    Success(Found<'a>, Recipient<'a>),
}

/// What a SUCCESS brings, in a degenerate SignedData (section 3.4).
#[derive(Clone, Copy)]
pub(super) enum Found<'a> {
    Certificates(&'a [Certificate]),
    Crl(&'a Crl),
}

/// To whom a SUCCESS is sealed.
#[derive(Clone, Copy)]
pub(super) enum Recipient<'a> {
    /// The key in the certificate that signed the request.
    Key(&'a Certificate),
    /// Whoever knows the challengePassword: for a key that can't decrypt (section 3.1).
    Password(&'a PasswordKey),
}

impl Reply {
    /// The certificate whose key has to sign; `None` if none has to.
    #[must_use]
    pub const fn signer(&self) -> Option<&Certificate> {
        match self {
            Self::Ready(_) => None,
            Self::Unsigned(reply) => Some(reply.signer()),
        }
    }

    /// Signs it, if it wants to be, by the key of [`Reply::signer`].
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

impl UnsignedReply {
    /// The certificate whose key has to sign.
    #[must_use]
    pub const fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// The bytes to sign, not hashed.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        self.response.message()
    }

    /// The algorithm to sign them with.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.response.algorithm()
    }

    /// Attaches a signature made elsewhere. It is not verified here.
    #[must_use]
    pub fn attach(&self, signature: Signature) -> HttpResponse {
        self.response.attach(signature)
    }

    /// Signs in place.
    ///
    /// # Errors
    /// [`SignFailed`] if the signer does not know the algorithm, or fails.
    pub fn sign_with(&self, signer: &dyn Signer, rng: &mut dyn SecureRandom) -> Result<HttpResponse, SignFailed> {
        self.response.sign_with(signer, rng)
    }

    /// What there is to sign, as any other.
    pub const fn to_be_signed(&self) -> &ToBeSigned<HttpResponse> {
        &self.response
    }
}

impl ReplyContext {
    pub(super) fn new(
        responder: Responder,
        generation: Arc<Generation>,
        received: &Received,
        transaction_id: TransactionId,
        recipient_nonce: Option<Nonce>,
    ) -> Self {
        // Nobody signs with MD5 any more; who asks with it has read SHA-1 since the first drafts.
        let crypto = &responder.settings().crypto;
        let digest = match received.digest().filter(|digest| crypto.digest(digest.oid()).is_some()) {
            Some(DigestAlgorithm::MD5) => DigestAlgorithm::SHA1,
            other => other.unwrap_or(DigestAlgorithm::SHA256),
        };
        let envelope = EnvelopeAlgorithms::MANDATORY;
        let transaction = TransactionKey::new(generation.id(), transaction_id);
        Self { responder, generation, transaction, recipient_nonce, digest, envelope }
    }

    /// With the envelope algorithms of the request.
    pub(super) fn answering(self, envelope: EnvelopeAlgorithms) -> Self {
        Self { envelope, ..self }
    }

    pub(super) fn responder(&self) -> &Responder {
        &self.responder
    }

    pub(super) fn crypto(&self) -> &CryptoProvider {
        &self.responder.settings().crypto
    }

    /// Those whom the request was for.
    pub(super) fn generation(&self) -> &Generation {
        &self.generation
    }

    pub(super) const fn transaction(&self) -> &TransactionKey {
        &self.transaction
    }

    pub(super) const fn transaction_id(&self) -> &TransactionId {
        &self.transaction.id
    }

    /// The answer; a refusal if it can't be made.
    pub(super) fn answer(&self, answer: Answer<'_>, rng: &mut dyn SecureRandom) -> Result<Reply, Refusal> {
        self.cert_rep(answer, rng).map_err(|cause| self.refuse(cause, rng))
    }

    /// The refusal for `cause`: a CertRep FAILURE; an HTTP error if not even that can be made.
    pub(super) fn refuse(&self, cause: Error, rng: &mut dyn SecureRandom) -> Refusal {
        let text = self.responder.settings().fail_info_text.of(&cause);
        match self.cert_rep(Answer::Failure(cause.fail_info(), text), rng) {
            Ok(reply) => Refusal { cause, reply },
            Err(_) => Refusal { cause, reply: Reply::http_error(500) },
        }
    }

    fn cert_rep(&self, answer: Answer<'_>, rng: &mut dyn SecureRandom) -> Result<Reply, Error> {
        let builder = match answer {
            Answer::Success(found, recipient) => {
                let envelope = self.seal(found, recipient, rng)?;
                PkiMessageBuilder::new(self.attributes(PkiStatus::SUCCESS, rng)?).with_envelope(envelope)
            }
            Answer::Pending => self.without_envelope(self.attributes(PkiStatus::PENDING, rng)?),
            Answer::Failure(info, text) => {
                let mut attributes = self.attributes(PkiStatus::FAILURE, rng)?;
                attributes.fail_info = Some(info);
                attributes.fail_info_text = text.or_else(|| self.responder.settings().fail_info_text.of_info(info));
                self.without_envelope(attributes)
            }
        };
        self.finish(builder)
    }

    fn seal(
        &self,
        found: Found<'_>,
        recipient: Recipient<'_>,
        rng: &mut dyn SecureRandom,
    ) -> Result<Vec<u8>, BuildError> {
        let data = match found {
            Found::Certificates(certificates) => {
                let chosen = self.responder.settings().peer.reply_certificates.choose(certificates);
                cms::certs_only(chosen.iter().map(Certificate::as_der), [])
            }
            Found::Crl(crl) => cms::certs_only([], [crl.as_der()]),
        };
        match recipient {
            Recipient::Key(certificate) => seal(&data, certificate, self.envelope, self.crypto(), rng),
            Recipient::Password(key) => seal_with_password(&data, key, self.envelope.cipher, self.crypto(), rng),
        }
    }

    fn without_envelope(&self, attributes: Attributes) -> PkiMessageBuilder {
        let builder = PkiMessageBuilder::new(attributes);
        match self.responder.settings().empty_content {
            EmptyContent::Absent => builder,
            EmptyContent::ZeroLength => builder.with_envelope(Vec::new()),
        }
    }

    fn attributes(&self, status: PkiStatus, rng: &mut dyn SecureRandom) -> Result<Attributes, Error> {
        let nonce = Nonce::generate(rng).map_err(BuildError::Random)?;
        Ok(Attributes::reply(self.transaction.id.clone(), self.recipient_nonce.clone(), status, nonce))
    }

    fn finish(&self, builder: PkiMessageBuilder) -> Result<Reply, Error> {
        let signer = self.generation.signing().clone();
        let algorithm = self.generation.signature_algorithm(self.digest);
        let algorithm = algorithm.ok_or(Error::Build(BuildError::SignerKeyUnsupported))?;
        let message = builder.add_certificate(&signer).build(&signer, algorithm, self.crypto())?;
        let respond = |message: PkiMessage| HttpResponse::ok(MediaType::PkiMessage, message.into_bytes());
        Ok(Reply::Unsigned(UnsignedReply { signer, response: message.map(respond) }))
    }
}
