//! [`Open`]: the reply's content key has to be decrypted.

use alloc::sync::Arc;

use pki_core::{
    UnixTime,
    crypto::{ContentKey, Decrypter, SecureRandom, WrappedKey},
};

use super::{Error, Issued, KeyRole, Misbehaviour, Step, enrolment::Enrolment};
use crate::message::{Bundle, MessageData, MessageError, Verified};

/// SUCCESS, signed by the authority; the certificate is in the envelope.
///
/// Open it with the key in place, or take [`Open::wrapped_key`] to where the key is and bring the content key back.
#[must_use = "the dialogue stands still until the step is answered"]
#[derive(Clone, Debug)]
pub struct Open {
    enrolment: Arc<Enrolment>,
    verified: Verified,
    wrapped: WrappedKey,
    /// When the reply came.
    now: UnixTime,
}

impl Open {
    pub(super) fn new(enrolment: Arc<Enrolment>, verified: Verified, now: UnixTime) -> Result<Self, Error> {
        let wrapped = verified.wrapped_key(&enrolment.transport, enrolment.config.crypto())?;
        Ok(Self { enrolment, verified, wrapped, now })
    }

    /// Which key can open it.
    #[must_use]
    pub fn key(&self) -> KeyRole {
        if self.enrolment.separate_transport_key { KeyRole::Transport } else { KeyRole::New }
    }

    /// The content key, encrypted.
    #[must_use]
    pub const fn wrapped_key(&self) -> &WrappedKey {
        &self.wrapped
    }

    /// Opens it with a content key unwrapped elsewhere, and takes out the certificate for the key that was asked for,
    /// wherever it stands among others.
    ///
    /// # Errors
    /// - [`Error::Message`] if the envelope can't be opened.
    /// - [`Error::Misbehaved`] if there is no certificate for the key, or one that does not validate at the time when the reply
    ///   came, see [`Issued`].
    pub fn attach(&self, key: &ContentKey) -> Result<Step, Error> {
        let crypto = self.enrolment.config.crypto();
        let opened = self.verified.open(key, crypto)?;
        self.enrolment.config.check_quirks(|| opened.quirks())?;
        let MessageData::Bundle(Bundle { certificates, .. }) = opened.data() else {
            return Err(MessageError::UnexpectedType(opened.message_type()).into());
        };
        let requested = self.enrolment.public_key.as_ref();
        // A CA that answers a renewal with old and new alike means the one that lasts longer.
        let certificate = certificates
            .iter()
            .filter(|certificate| certificate.public_key() == requested)
            .max_by_key(|certificate| certificate.validity().not_after)
            .ok_or(Misbehaviour::NoCertificateForKey)?;
        let authority = &self.enrolment.authority;
        let issued = Issued::new(certificate.clone(), certificates, authority, crypto, self.now)?;
        Ok(Step::Issued(issued.with_known_capabilities(self.enrolment.protection.seen)))
    }

    /// Opens it in place.
    ///
    /// # Errors
    /// [`Error::Unwrap`] if the decrypter fails, and those of [`Open::attach`]. The step remains; try again.
    pub fn open_with(&self, decrypter: &dyn Decrypter, rng: &mut dyn SecureRandom) -> Result<Step, Error> {
        let key = decrypter.unwrap_key(&self.wrapped, rng)?;
        self.attach(&key)
    }
}
