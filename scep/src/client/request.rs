//! [`EnrolmentRequest`]: what is asked for.

use pki_core::{
    Certificate, Csr, CsrBuilder, PublicKey, PublicKeyRef, ToBeSigned,
    algorithm::{DigestAlgorithm, KeyDerivationAlgorithm, SignatureAlgorithm},
    crypto::CryptoProvider,
};

use super::{ClientConfig, Error, Renewal, Unsupported, renewal::Form};
use crate::{
    attribute::{Nonce, TransactionId},
    message,
};

/// What is asked for: a certificate for a public key, with names, and with what entitles to it: a challenge, or a certificate
/// that is to be renewed.
///
/// The first request for a certificate is signed by a fresh self-signed one (RFC 8894 section 2.3), whose key receives the
/// reply: the key that the certificate is for, or [another](Self::with_transport_key). Where that key can't decrypt (EC), the
/// reply is encrypted under the challenge, and without a challenge there can be none.
#[derive(Debug)]
pub struct EnrolmentRequest {
    csr: Source,
    transport_key: Option<PublicKey>,
    /// Finished, so that it needs no signature.
    transport_certificate: Option<Certificate>,
    transaction_id: Option<TransactionId>,
    sender_nonce: Option<Nonce>,
    renewal: Option<Renewal>,
    padding: RsaPadding,
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

/// How an RSA key signs messages. Other keys don't care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RsaPadding {
    Pkcs1,
    Pss,
}

impl EnrolmentRequest {
    /// What this CSR will ask for. Its challengePassword (RFC 8894 section 2.4) travels inside the envelope only.
    #[must_use]
    pub const fn new(csr: CsrBuilder) -> Self {
        Self::of(Source::Builder(csr))
    }

    /// What a CSR made and signed elsewhere asks for.
    #[must_use]
    pub fn from_csr(csr: Csr) -> Self {
        let public_key = csr.public_key().to_owned();
        Self::of(Source::Finished { csr, public_key })
    }

    /// A certificate in place of the current one: give that, or a [`Renewal`] for more than the usual.
    ///
    /// A challengePassword in the CSR is for a CA that can't renew; a RenewalReq goes without it (section 2.4).
    #[must_use]
    pub fn renewal(csr: CsrBuilder, renewal: impl Into<Renewal>) -> Self {
        Self { renewal: Some(renewal.into()), ..Self::new(csr) }
    }

    /// The same with a CSR made and signed elsewhere, which is sent as it is: leave the challengePassword out.
    #[must_use]
    pub fn renewal_from_csr(csr: Csr, renewal: impl Into<Renewal>) -> Self {
        Self { renewal: Some(renewal.into()), ..Self::from_csr(csr) }
    }

    /// Signs the messages of a first request and receives the reply with another key than the one asked for: an RSA key,
    /// where the other can't decrypt (EC), or may not. The current certificate of a renewal comes before it.
    #[must_use]
    pub fn with_transport_key(self, transport_key: PublicKey) -> Self {
        Self { transport_key: Some(transport_key), transport_certificate: None, ..self }
    }

    /// Signs the messages of a first request by this self-signed certificate (RFC 8894 section 2.3), made and signed where its
    /// key is, instead of one that is made here. The key may be the one asked for or
    /// [another](Self::with_transport_key); the subject should be that of the CSR.
    #[must_use]
    pub fn with_transport_certificate(self, certificate: Certificate) -> Self {
        let key = certificate.public_key();
        let transport_key = (key != self.public_key().as_ref()).then(|| key.to_owned());
        Self { transport_key, transport_certificate: Some(certificate), ..self }
    }

    /// The transactionID (RFC 8894 section 3.2.1.1), for a signer elsewhere who wants to know it beforehand. It must be unique
    /// to this request. A random one unless said.
    #[must_use]
    pub fn with_transaction_id(self, transaction_id: TransactionId) -> Self {
        Self { transaction_id: Some(transaction_id), ..self }
    }

    /// The senderNonce of the request (section 3.2.1.5), for the same reason: fresh randomness. [`Wait::poll_with_nonce`] has
    /// those of the polls.
    ///
    /// [`Wait::poll_with_nonce`]: super::Wait::poll_with_nonce
    #[must_use]
    pub fn with_sender_nonce(self, sender_nonce: Nonce) -> Self {
        Self { sender_nonce: Some(sender_nonce), ..self }
    }

    /// Signs the messages with RSASSA-PSS (RFC 4056) where the key is an RSA key, and with SHA-256 where the CA states SHA-1
    /// only. No capability says whether a CA can read it, and many can't: Apple's, NDES. CSR and self-signed certificate are
    /// PKCS#1 v1.5 as ever.
    #[must_use]
    pub fn with_rsa_pss(self) -> Self {
        Self { padding: RsaPadding::Pss, ..self }
    }

    const fn of(csr: Source) -> Self {
        Self {
            csr,
            transport_key: None,
            transport_certificate: None,
            transaction_id: None,
            sender_nonce: None,
            renewal: None,
            padding: RsaPadding::Pkcs1,
        }
    }

    pub(super) const fn public_key(&self) -> &PublicKey {
        match &self.csr {
            Source::Builder(builder) => builder.public_key(),
            Source::Finished { public_key, .. } => public_key,
        }
    }

    /// The key that the messages of a first request are signed with.
    pub(super) fn transport_key(&self) -> &PublicKey {
        self.transport_key.as_ref().unwrap_or_else(|| self.public_key())
    }

    pub(super) const fn has_transport_key(&self) -> bool {
        self.transport_key.is_some()
    }

    pub(super) const fn transport_certificate(&self) -> Option<&Certificate> {
        self.transport_certificate.as_ref()
    }

    pub(super) const fn transaction_id(&self) -> Option<&TransactionId> {
        self.transaction_id.as_ref()
    }

    pub(super) const fn sender_nonce(&self) -> Option<&Nonce> {
        self.sender_nonce.as_ref()
    }

    pub(super) const fn padding(&self) -> RsaPadding {
        self.padding
    }

    pub(super) const fn renewed(&self) -> Option<&Renewal> {
        self.renewal.as_ref()
    }

    pub(super) fn current(&self) -> Option<&Certificate> {
        self.renewal.as_ref().map(Renewal::current)
    }

    /// Whether it can succeed at all, as far as can be said before the CA is known.
    pub(super) fn check(&self, crypto: &CryptoProvider) -> Result<(), Error> {
        if self.renewal.is_none() {
            self.check_form(Form::First, crypto)?;
        }
        if !message::has_mandatory_algorithms(crypto) {
            return Err(Unsupported::Provider.into());
        }
        signature_algorithm(self.public_key().as_ref(), DigestAlgorithm::SHA256).map(drop)
    }

    /// How to ask a CA that states, or does not state, Renewal.
    pub(super) fn form(&self, renewal_stated: bool, config: &ClientConfig) -> Result<Form, Error> {
        let form = match &self.renewal {
            None => Form::First,
            Some(renewal) => renewal.form(renewal_stated, config.peer().renewal, self.has_challenge())?,
        };
        self.check_form(form, config.crypto()).map(|()| form)
    }

    /// The CSR, finished or to be signed by the new key.
    pub(super) fn csr(&self, form: Form, digest: DigestAlgorithm) -> Result<CsrToSend, Error> {
        match &self.csr {
            Source::Finished { csr, .. } => Ok(CsrToSend::Finished(csr.clone())),
            Source::Builder(builder) => {
                let algorithm = signature_algorithm(builder.public_key().as_ref(), digest)?;
                let without = self.renewal.as_ref().is_some_and(|renewal| renewal.leaves_challenge_out(form));
                let csr = if without {
                    builder.build_without_challenge_password(algorithm)
                } else {
                    builder.build(algorithm)
                };
                csr.map(CsrToSend::Unsigned).map_err(Error::Request)
            }
        }
    }

    /// Whether the reply can be opened: by the key that signs the messages, or with the challenge (RFC 8894 section 3.1).
    fn check_form(&self, form: Form, crypto: &CryptoProvider) -> Result<(), Error> {
        let recipient = match (form, self.current()) {
            (Form::Renewal(_), Some(current)) => current.public_key(),
            _ => self.transport_key().as_ref(),
        };
        if recipient.can_encrypt() {
            return Ok(());
        }
        if !self.has_challenge() {
            return Err(Unsupported::TransportKeyCannotDecrypt.into());
        }
        let derives = crypto.key_derivation(KeyDerivationAlgorithm::PBKDF2_SHA256).is_some();
        if derives { Ok(()) } else { Err(Unsupported::Provider.into()) }
    }

    fn has_challenge(&self) -> bool {
        match &self.csr {
            Source::Builder(builder) => builder.has_challenge_password(),
            Source::Finished { csr, .. } => csr.challenge_password().is_ok_and(|challenge| challenge.is_some()),
        }
    }
}

impl RsaPadding {
    /// The algorithm with this padding: RSASSA-PSS has no SHA-1 here.
    pub(super) fn applied_to(self, algorithm: SignatureAlgorithm, digest: DigestAlgorithm) -> SignatureAlgorithm {
        if self == Self::Pkcs1 || algorithm.key_algorithm() != SignatureAlgorithm::RSA_PSS_SHA256.key_algorithm() {
            return algorithm;
        }
        SignatureAlgorithm::RSA_PSS_SHA256.with_digest(digest).unwrap_or(SignatureAlgorithm::RSA_PSS_SHA256)
    }
}

/// The algorithm for a key with this digest.
pub(super) fn signature_algorithm(key: PublicKeyRef<'_>, digest: DigestAlgorithm) -> Result<SignatureAlgorithm, Error> {
    message::signature_algorithm(key, digest).ok_or(Error::Unsupported(Unsupported::Key))
}
