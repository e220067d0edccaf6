//! The keys under which CSR and certificate travel, and the transcript that they are bound to.

use alloc::vec::Vec;

use aes_gcm::{
    Aes256Gcm,
    aead::{AeadInOut, KeyInit},
};
use hkdf::Hkdf;
use pki_core::Secret;
use sha2::{Digest, Sha256};
use spake2plus::SharedKey;
use zeroize::Zeroizing;

use super::{
    message::{Message, Parameters, Proof, Request, Share},
    spake::Suite,
};
use crate::keyed;

/// SHA-256 over every message so far, in order: each link is the digest of the one before and the digest of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transcript([u8; 32]);

impl Transcript {
    /// Of the four messages that both sides have by the time they have a key.
    pub(super) fn of_agreement(parameters: &Parameters, share: &Share, proof: &Proof) -> Self {
        Self([0; 32])
            .then(&Message::hello(&share.sender.user))
            .then(&Message::parameters(parameters))
            .then(&Message::share(share))
            .then(&Message::proof(proof))
    }

    /// And of the request.
    pub(super) fn then_request(self, request: &Request) -> Self {
        self.then(&Message::request(request))
    }

    /// And of the request but for what is sealed in it, which is sealed with this.
    pub(super) fn then_opening(self, share: &Share, confirmation: [u8; 32]) -> Self {
        self.then_request(&Request { share: share.clone(), confirmation, sealed: Vec::new() })
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn then(self, message: &[u8]) -> Self {
        Self(Sha256::new().chain_update(self.0).chain_update(Sha256::digest(message)).finalize().into())
    }
}

/// One key for each direction.
pub(super) struct Keys {
    /// What the device seals its request with.
    pub(super) to_service: SealingKey,
    /// What the service seals its answer with.
    pub(super) to_device: SealingKey,
}

impl Keys {
    /// HKDF-SHA256 of `K_shared`, salted with the transcript.
    ///
    /// None only if HKDF were asked for more than 255 digests.
    pub(super) fn new(shared: &SharedKey<Suite>, agreement: &Transcript) -> Option<Self> {
        let kdf = Hkdf::<Sha256>::new(Some(agreement.as_bytes()), shared.as_bytes());
        Some(Self {
            to_service: SealingKey::derive(&kdf, b"activation 1, device to service")?,
            to_device: SealingKey::derive(&kdf, b"activation 1, service to device")?,
        })
    }
}

/// AES-256-GCM, with a nonce that is the MAC of what is sealed.
///
/// Sealing the same again gives the same octets; sealing something else, as replicas that decide the same request at once
/// might, takes another nonce. So no nonce is used for two things, and nothing has to be counted.
pub(super) struct SealingKey {
    key: Zeroizing<[u8; 32]>,
    nonce_key: Zeroizing<[u8; 32]>,
}

impl SealingKey {
    fn derive(kdf: &Hkdf<Sha256>, label: &[u8]) -> Option<Self> {
        let mut okm = Zeroizing::new([0; 64]);
        kdf.expand(label, &mut *okm).ok()?;
        Some(Self::from_bytes(&okm))
    }

    pub(super) fn from_bytes(bytes: &[u8; 64]) -> Self {
        let mut this = Self { key: Zeroizing::new([0; 32]), nonce_key: Zeroizing::new([0; 32]) };
        let (key, nonce_key) = bytes.split_at(32);
        this.key.copy_from_slice(key);
        this.nonce_key.copy_from_slice(nonce_key);
        this
    }

    pub(super) fn copy(&self) -> Self {
        Self { key: self.key.clone(), nonce_key: self.nonce_key.clone() }
    }

    pub(super) fn to_bytes(&self) -> Zeroizing<[u8; 64]> {
        let mut bytes = Zeroizing::new([0; 64]);
        let both = self.key.iter().chain(self.nonce_key.iter());
        bytes.iter_mut().zip(both).for_each(|(to, from)| *to = *from);
        bytes
    }

    /// Nonce, ciphertext and tag. None only for more than AES-GCM takes, 64 GiB.
    pub(super) fn seal(&self, transcript: &Transcript, plaintext: &[u8]) -> Option<Vec<u8>> {
        let digest = keyed::hash(&*self.nonce_key, &[&transcript.0, plaintext]);
        let (nonce, _) = digest.split_first_chunk::<NONCE>()?;
        let mut sealed = Vec::with_capacity(NONCE + plaintext.len() + TAG);
        sealed.extend_from_slice(nonce);
        sealed.extend_from_slice(plaintext);
        let cipher = Aes256Gcm::new((&*self.key).into());
        let buffer = sealed.get_mut(NONCE..)?.into();
        let tag = cipher.encrypt_inout_detached(nonce.into(), &transcript.0, buffer).ok()?;
        sealed.extend_from_slice(&tag);
        Some(sealed)
    }

    /// None for whatever was not sealed with this key, for this transcript.
    pub(super) fn open(&self, transcript: &Transcript, sealed: &[u8]) -> Option<Secret> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let (ciphertext, tag) = sealed.split_last_chunk::<TAG>()?;
        let mut plaintext = Zeroizing::new(ciphertext.to_vec());
        let cipher = Aes256Gcm::new((&*self.key).into());
        let buffer = plaintext.as_mut_slice().into();
        cipher.decrypt_inout_detached(nonce.into(), &transcript.0, buffer, tag.into()).ok()?;
        Some(Secret::new(core::mem::take(&mut *plaintext)))
    }
}

const NONCE: usize = 12;
const TAG: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SealingKey {
        SealingKey::from_bytes(&[7; 64])
    }

    #[test]
    fn what_is_sealed_opens_for_its_transcript_only() {
        let (transcript, other) = (Transcript([1; 32]), Transcript([2; 32]));
        let sealed = key().seal(&transcript, b"csr").unwrap();
        assert_eq!(key().open(&transcript, &sealed).unwrap().expose(), b"csr");
        assert!(key().open(&other, &sealed).is_none());
        assert!(SealingKey::from_bytes(&[8; 64]).open(&transcript, &sealed).is_none());
        for length in 0..sealed.len() {
            assert!(key().open(&transcript, &sealed[..length]).is_none());
        }
    }

    #[test]
    fn no_nonce_serves_for_two_things() {
        let transcript = Transcript([1; 32]);
        let sealed = [key().seal(&transcript, b"one").unwrap(), key().seal(&transcript, b"two").unwrap()];
        assert_ne!(sealed[0][..NONCE], sealed[1][..NONCE]);
        assert_eq!(sealed[0], key().seal(&transcript, b"one").unwrap());
        assert_ne!(sealed[0][..NONCE], key().seal(&Transcript([2; 32]), b"one").unwrap()[..NONCE]);
    }

    #[test]
    fn directions_have_keys_of_their_own() {
        let kdf = Hkdf::<Sha256>::new(None, b"key");
        let keys = [SealingKey::derive(&kdf, b"a"), SealingKey::derive(&kdf, b"b")].map(|key| *key.unwrap().to_bytes());
        assert_ne!(keys[0][..32], keys[1][..32]);
        assert_ne!(keys[0][..32], keys[0][32..]);
    }
}
