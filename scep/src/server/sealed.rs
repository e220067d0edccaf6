//! [`Sealed`]: the signature holds, the envelope is closed.

use pki_core::{
    Certificate, Crl,
    crypto::{ContentKey, CryptoProvider, Decrypter, SecureRandom, UnwrapFailed, WrappedKey},
};

use super::{CertPoll, Enrol, Error, Lookup, MessageDigest, Refusal, TransactionKey, reply::ReplyContext};
use crate::{
    attribute::KnownMessageType,
    message::{MessageData, MessageError, Opened, Verified},
};

/// A PKIOperation that waits for its content key.
///
/// Open it with the key of [`Sealed::recipient`] in place, or take [`Sealed::wrapped_key`] to where the key is and bring the
/// content key back.
#[must_use = "the peer waits for an answer"]
#[derive(Debug)]
pub struct Sealed {
    verified: Verified,
    wrapped: WrappedKey,
    digest: MessageDigest,
    context: ReplyContext,
}

/// What is asked for. Whatever is not listed here was refused: messageType 18, and any other that is not defined.
#[must_use = "the peer waits for an answer"]
#[derive(Debug)]
#[non_exhaustive]
pub enum Operation {
    /// CertPoll (20): what became of an earlier request.
    CertPoll(CertPoll),
    /// GetCert (21): a certificate issued earlier.
    GetCert(Lookup<Certificate>),
    /// GetCRL (22): the CRL on which a certificate would be.
    GetCrl(Lookup<Crl>),
    /// PKCSReq (19): a certificate. From Apple, Cisco and certmonger it may be a renewal, too; the signer tells.
    PkcsReq(Enrol),
    /// RenewalReq (17): a certificate in place of the one that signed the request.
    RenewalReq(Enrol),
}

impl Sealed {
    pub(super) fn new(verified: Verified, wrapped: WrappedKey, context: ReplyContext) -> Result<Self, Error> {
        let digest = MessageDigest::of(verified.received().as_bytes(), context.crypto());
        // A responder has SHA-256: its provider was looked at.
        let digest = digest.ok_or(Error::Message(MessageError::Unopenable))?;
        Ok(Self { verified, wrapped, digest, context })
    }

    /// What its transaction is found by.
    #[must_use]
    pub const fn transaction(&self) -> &TransactionKey {
        self.context.transaction()
    }

    /// Names the message: a reply that was kept under it answers these very octets, and nothing has to be opened.
    #[must_use]
    pub const fn message_digest(&self) -> &MessageDigest {
        &self.digest
    }

    /// The certificate that the message is signed by; the signature holds.
    #[must_use]
    pub const fn signer(&self) -> &Certificate {
        self.verified.signer()
    }

    /// The certificate whose key can open it.
    #[must_use]
    pub fn recipient(&self) -> &Certificate {
        self.context.generation().encryption()
    }

    /// The CA that it is addressed to: which issues, if anything is issued (RFC 8894 section 5.1).
    #[must_use]
    pub fn issuer(&self) -> &Certificate {
        self.context.generation().ca()
    }

    /// The content key, encrypted.
    #[must_use]
    pub const fn wrapped_key(&self) -> &WrappedKey {
        &self.wrapped
    }

    /// Opens it with a content key unwrapped elsewhere. A failure to unwrap is handed in too: from here on every failure
    /// looks the same to the peer.
    ///
    /// # Errors
    /// [`Refusal`] with failInfo badRequest, for every reason.
    pub fn attach(
        self,
        key: Result<ContentKey, UnwrapFailed>,
        rng: &mut dyn SecureRandom,
    ) -> Result<Operation, Refusal> {
        let Self { verified, context, .. } = self;
        let opened = match key {
            Ok(key) => verified.open(&key, context.crypto()).map_err(Error::Message),
            Err(error) => Err(Error::Unwrap(error)),
        };
        if opened.is_err() {
            take_as_long_as_a_csr(verified.signer(), context.crypto());
        }
        match opened.and_then(|opened| operation(&opened, &context)) {
            Ok(operation) => Ok(operation),
            Err(cause) => Err(context.refuse(cause, rng)),
        }
    }

    /// Opens it in place.
    ///
    /// # Errors
    /// As [`Sealed::attach`].
    pub fn open_with(self, decrypter: &dyn Decrypter, rng: &mut dyn SecureRandom) -> Result<Operation, Refusal> {
        let key = decrypter.unwrap_key(&self.wrapped, rng);
        self.attach(key, rng)
    }
}

/// Verifies the signature of a certificate, since that of the CSR will not be: otherwise an envelope whose padding holds takes
/// longer than one whose padding does not, and the time would tell which it was. The signer's certificate is about as long as
/// the CSR and has, on a first enrolment, a signature by the same key.
fn take_as_long_as_a_csr(signer: &Certificate, crypto: &CryptoProvider) {
    core::hint::black_box(signer.verify_signature(signer.public_key(), crypto).is_ok());
}

fn operation(opened: &Opened, context: &ReplyContext) -> Result<Operation, Error> {
    let peer = &context.responder().settings().peer;
    peer.check_with(|| opened.quirks()).map_err(Error::Quirk)?;
    if let MessageData::Csr(csr) = opened.data()
        && !peer.keys.include(csr.public_key())
    {
        return Err(Error::UnsuitableKey);
    }
    let signer = opened.verified().signer().clone();
    let context = context.clone();
    match (opened.message_type().known(), opened.data()) {
        (Some(KnownMessageType::PkcsReq), MessageData::Csr(csr)) => {
            Enrol::new(csr.clone(), opened.verified(), context).map(Operation::PkcsReq)
        }
        (Some(KnownMessageType::RenewalReq), MessageData::Csr(csr)) => {
            Enrol::new(csr.clone(), opened.verified(), context).map(Operation::RenewalReq)
        }
        (Some(KnownMessageType::CertPoll), MessageData::IssuerAndSubject(names)) => {
            Ok(Operation::CertPoll(CertPoll::new(names.clone(), signer, context)))
        }
        (Some(KnownMessageType::GetCert), MessageData::IssuerAndSerial(target)) => {
            Ok(Operation::GetCert(Lookup::new(target.clone(), signer, context)))
        }
        (Some(KnownMessageType::GetCrl), MessageData::IssuerAndSerial(target)) => {
            Ok(Operation::GetCrl(Lookup::new(target.clone(), signer, context)))
        }
        _ => Err(MessageError::UnexpectedType(opened.message_type()).into()),
    }
}
