//! [`SignDigest`] and [`SignAttributes`]: signatures that the device gives.

use alloc::{sync::Arc, vec::Vec};

use pki_core::{
    ToBeSigned,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    crypto::{DigestValue, SecureRandom, Signature, Signer},
};
use scep::{HttpRequest, MessageType, Nonce, message::PkiMessage};

use super::{
    Enrolment, Error, SigningBudget, Step, Submit,
    pending::Own,
    send::{Awaits, Send},
};
use crate::broker::{
    DigestSigner,
    message::{SignedDigest, ToService},
};

/// The digest of the CSR that has the challenge in it is to be signed by the key that the certificate is for. What it is the digest
/// of, nobody but the service knows.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct SignDigest {
    enrolment: Arc<Enrolment>,
    digest: DigestValue,
}

impl SignDigest {
    pub(super) fn new(enrolment: Arc<Enrolment>, digest: DigestValue) -> Result<Self, Error> {
        let length = enrolment.algorithm.digest().map(DigestAlgorithm::output_length);
        if length == Some(digest.as_bytes().len()) { Ok(Self { enrolment, digest }) } else { Err(Error::Digest) }
    }

    /// The digest, to be signed elsewhere; `budget` is spent on it. Write the budget down before anything goes out.
    ///
    /// # Errors
    /// [`Error::Budget`] if the key has signed another digest, or may sign none.
    pub fn digest(&self, budget: &mut SigningBudget) -> Result<&DigestValue, Error> {
        budget.spend_digest(self.enrolment.csr.public_key(), &self.digest)?;
        Ok(&self.digest)
    }

    /// With which algorithm: that of the CSR.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.enrolment.algorithm
    }

    /// Goes on with a signature over [`SignDigest::digest`] made elsewhere.
    ///
    /// # Errors
    /// [`Error::Random`] from the source.
    pub fn attach(&self, signature: Signature, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        let nonce = Nonce::generate(rng)?;
        let Enrolment { config, csr, transport, transaction_id, .. } = self.enrolment.as_ref();
        let message = ToService::SignedDigest(SignedDigest {
            profile: config.profile.clone(),
            csr: csr.clone(),
            signature,
            transport: transport.clone(),
            transaction_id: transaction_id.clone(),
            nonce: nonce.clone(),
        });
        let awaits = Awaits::Attributes { message_type: MessageType::PKCS_REQ, nonce, polls: 0 };
        Ok(Step::Send(Send::new(Arc::clone(&self.enrolment), message.to_der(), awaits)))
    }

    /// Signs in place and goes on.
    ///
    /// # Errors
    /// [`Error::OtherKey`] if it is another key than the CSR's, [`Error::Sign`] if the signer fails, and those of
    /// [`SignDigest::digest`] and [`SignDigest::attach`].
    pub fn sign_with(
        &self,
        budget: &mut SigningBudget,
        signer: &dyn DigestSigner,
        rng: &mut dyn SecureRandom,
    ) -> Result<Step, Error> {
        if signer.public_key().as_ref() != self.enrolment.csr.public_key() {
            return Err(Error::OtherKey);
        }
        let digest = self.digest(budget)?;
        self.attach(signer.sign_digest(self.algorithm(), digest, rng)?, rng)
    }
}

/// The attributes of a message to the CA are to be signed by the key of the transport certificate. They have been looked at: but for
/// the digest of the envelope, all in them is this device's own.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct SignAttributes {
    enrolment: Arc<Enrolment>,
    attributes: Vec<u8>,
    algorithm: SignatureAlgorithm,
    nonce: Nonce,
    polls: u32,
    then: Then,
}

#[derive(Clone, Debug)]
enum Then {
    Send,
    Submit(Arc<Own>, ToBeSigned<PkiMessage>),
}

impl SignAttributes {
    pub(super) const fn for_service(
        enrolment: Arc<Enrolment>,
        attributes: Vec<u8>,
        algorithm: SignatureAlgorithm,
        nonce: Nonce,
        polls: u32,
    ) -> Self {
        Self { enrolment, attributes, algorithm, nonce, polls, then: Then::Send }
    }

    pub(super) fn for_ca(
        enrolment: Arc<Enrolment>,
        own: Arc<Own>,
        message: ToBeSigned<PkiMessage>,
        nonce: Nonce,
        polls: u32,
    ) -> Self {
        let (attributes, algorithm) = (message.message().to_vec(), message.algorithm());
        Self { enrolment, attributes, algorithm, nonce, polls, then: Then::Submit(own, message) }
    }

    /// The attributes, to be hashed and signed elsewhere; `budget` is spent on them. Write the budget down before anything goes
    /// out.
    ///
    /// # Errors
    /// [`Error::Budget`] if the key has signed as many as it may.
    pub fn bytes(&self, budget: &mut SigningBudget) -> Result<&[u8], Error> {
        budget.spend_attributes(self.enrolment.csr.public_key(), &self.attributes)?;
        Ok(&self.attributes)
    }

    /// With which algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Goes on with a signature over [`SignAttributes::bytes`] made elsewhere.
    pub fn attach(&self, signature: Signature) -> Step {
        let (enrolment, nonce, polls) = (Arc::clone(&self.enrolment), self.nonce.clone(), self.polls);
        match &self.then {
            Then::Send => {
                let transaction_id = enrolment.transaction_id.clone();
                let message = ToService::SignedAttributes { transaction_id, signature }.to_der();
                Step::Send(Send::new(enrolment, message, Awaits::Reply { nonce, polls }))
            }
            Then::Submit(own, message) => {
                let request = HttpRequest::pki_operation(own.method(), message.attach(signature).into_bytes());
                Step::Submit(Submit { enrolment, own: Arc::clone(own), nonce, polls, request })
            }
        }
    }

    /// Signs in place and goes on. The key hashes them itself.
    ///
    /// # Errors
    /// [`Error::OtherKey`] if it is another key than the transport certificate's, [`Error::Sign`] if the signer fails, and those
    /// of [`SignAttributes::bytes`].
    pub fn sign_with(
        &self,
        budget: &mut SigningBudget,
        signer: &dyn Signer,
        rng: &mut dyn SecureRandom,
    ) -> Result<Step, Error> {
        if signer.public_key().as_ref() != self.enrolment.transport.public_key() {
            return Err(Error::OtherKey);
        }
        let bytes = self.bytes(budget)?;
        Ok(self.attach(signer.sign(self.algorithm, bytes, rng)?))
    }
}

impl Enrolment {
    /// The digest of an algorithm that attributes may be signed by.
    pub(super) fn attribute_digest(&self, algorithm: SignatureAlgorithm) -> Result<DigestAlgorithm, Error> {
        let fits = algorithm.key_algorithm() == self.transport.public_key().algorithm().oid;
        let digest = algorithm.digest().filter(|digest| fits && self.config.allows(*digest));
        digest.ok_or(Error::Algorithm(algorithm))
    }
}
