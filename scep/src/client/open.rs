//! [`Open`]: the reply's content key has to be decrypted.

use alloc::vec::Vec;

use pki_core::{
    Secret, UnixTime,
    cms::PasswordWrappedKey,
    crypto::{ContentKey, Decrypter, SecureRandom, WrappedKey},
};

use super::{
    Error, Issued, KeyRole, Misbehaviour, RejectReason, Rejected, Step, Unsupported,
    enrolment::{Enrolment, Purpose},
};
use crate::message::{Bundle, IssuerAndSerial, MessageData, MessageError, Verified};

/// SUCCESS, signed by the authority; what was asked for is in the envelope.
///
/// What opens it depends on the key that signed the request, see [`Open::needs`]: that key, in place or elsewhere, or, where
/// it can't decrypt, the challenge.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct Open {
    purpose: Purpose,
    verified: Verified,
    locked: Locked,
    /// When the reply came.
    now: UnixTime,
}

/// What opens a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenWith {
    /// The challengePassword that was in the CSR: [`Open::open_with_challenge`]. No record holds it.
    Challenge,
    /// A private key: [`Open::open_with`], or [`Open::wrapped_key`] and [`Open::attach`].
    Key(KeyRole),
}

#[derive(Clone, Debug)]
enum Locked {
    Challenge(PasswordWrappedKey),
    Key(WrappedKey),
}

impl Open {
    /// To a key that can decrypt, nothing but that key will do: a reply under the challenge is one for somebody else (RFC 8894
    /// section 3.1). Whoever learns a challenge that was used could read it.
    pub(super) fn new(purpose: Purpose, verified: Verified, now: UnixTime) -> Result<Self, Error> {
        let transaction = purpose.transaction();
        let (recipient, crypto) = (&transaction.sender.certificate, transaction.config.crypto());
        let locked = if recipient.public_key().can_encrypt() {
            Locked::Key(verified.wrapped_key(recipient, crypto)?)
        } else {
            Locked::Challenge(verified.password_wrapped_key(crypto)?)
        };
        Ok(Self { purpose, verified, locked, now })
    }

    /// What opens it.
    #[must_use]
    pub fn needs(&self) -> OpenWith {
        match &self.locked {
            Locked::Challenge(_) => OpenWith::Challenge,
            Locked::Key(_) => OpenWith::Key(self.purpose.transaction().sender.key),
        }
    }

    /// The content key, encrypted to a key: where [`Open::needs`] says so.
    #[must_use]
    pub const fn wrapped_key(&self) -> Option<&WrappedKey> {
        match &self.locked {
            Locked::Challenge(_) => None,
            Locked::Key(wrapped) => Some(wrapped),
        }
    }

    /// The content key, encrypted under the challenge: where [`Open::needs`] says so.
    #[must_use]
    pub const fn password_wrapped_key(&self) -> Option<&PasswordWrappedKey> {
        match &self.locked {
            Locked::Challenge(wrapped) => Some(wrapped),
            Locked::Key(_) => None,
        }
    }

    /// Opens it with a content key unwrapped elsewhere, and takes out what was asked for: the certificate for the key,
    /// wherever it stands among others, or what is looked up.
    ///
    /// # Errors
    /// - [`Error::Message`] if the envelope can't be opened.
    /// - [`Error::Misbehaved`] if what was asked for is not there, or does not hold: see [`Issued`],
    ///   [`Found`](super::Found).
    pub fn attach(&self, key: &ContentKey) -> Result<Step, Error> {
        let config = &self.purpose.transaction().config;
        let opened = self.verified.open(key, config.crypto())?;
        config.check_quirks(|| opened.quirks())?;
        let MessageData::Bundle(bundle) = opened.data() else {
            return Err(MessageError::UnexpectedType(opened.message_type()).into());
        };
        match &self.purpose {
            Purpose::Certificate(enrolment, _) => self.issued(enrolment, bundle),
            Purpose::Lookup(inquiry) => Ok(Step::Found(inquiry.find(bundle)?)),
        }
    }

    /// Opens it in place.
    ///
    /// # Errors
    /// [`Error::Unwrap`] if the decrypter fails, [`Error::Unsupported`] if the challenge is needed, and those of
    /// [`Open::attach`]. The step remains; try again.
    pub fn open_with(&self, decrypter: &dyn Decrypter, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        let wrapped = self.wrapped_key().ok_or(Unsupported::EncryptedUnderChallenge)?;
        self.attach(&decrypter.unwrap_key(wrapped, rng)?)
    }

    /// Opens it with the challengePassword that was sent in the CSR, as UTF-8. This is slow on purpose, some tenths of a
    /// second: keys are derived from passwords in many iterations.
    ///
    /// # Errors
    /// [`Error::Unwrap`] if the provider or randomness fails, [`Error::Unsupported`] if a key is needed, and those of
    /// [`Open::attach`]. The step remains; try again.
    pub fn open_with_challenge(&self, challenge: &Secret, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        let wrapped = self.password_wrapped_key().ok_or(Unsupported::EncryptedToKey)?;
        let crypto = self.purpose.transaction().config.crypto();
        let key = wrapped.derive(challenge, crypto)?;
        self.attach(&wrapped.unwrap_key(&key, rng, crypto)?)
    }

    fn issued(&self, enrolment: &Enrolment, bundle: &Bundle) -> Result<Step, Error> {
        let Bundle { certificates, .. } = bundle;
        let requested = enrolment.public_key.as_ref();
        let current = enrolment.current.as_ref().map(IssuerAndSerial::of);
        let is_current = |certificate: &_| current.as_ref().is_some_and(|current| current.names(certificate));
        // A CA that answers a renewal with old and new alike means the new one.
        let (same, new): (Vec<_>, Vec<_>) = certificates
            .iter()
            .filter(|certificate| certificate.public_key() == requested)
            .partition(|certificate| is_current(certificate));
        match new.into_iter().max_by_key(|certificate| certificate.validity().not_after) {
            Some(certificate) => {
                let transaction = &enrolment.transaction;
                let (authority, crypto) = (&transaction.authority, transaction.config.crypto());
                let issued = transaction.config.issued_below(authority, self.now, |authority| {
                    Issued::new(certificate.clone(), certificates, authority, crypto, self.now)
                })?;
                Ok(Step::Issued(issued.with_known_capabilities(transaction.protection.seen)))
            }
            None if same.is_empty() => Err(Misbehaviour::NoCertificateForKey.into()),
            None => Ok(Step::Rejected(Rejected::by_ca(RejectReason::SameCertificate, &self.verified))),
        }
    }
}
