//! What a service derives from its secret.

use hkdf::Hkdf;
use pki_core::Secret;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    activation::password::{
        identifier::UserId,
        message::Salt,
        spake::{DeviceSecret, ServiceVerifier},
    },
    keyed,
};

/// Keys of the secret, one for each use.
#[derive(Clone)]
pub(super) struct ServiceKeys {
    salts: Zeroizing<[u8; 32]>,
    decoys: Zeroizing<[u8; 32]>,
    scalars: Zeroizing<[u8; 32]>,
    decoy_scalars: Zeroizing<[u8; 32]>,
}

impl ServiceKeys {
    /// None for a secret that is too short.
    pub(super) fn new(secret: &Secret) -> Option<Self> {
        if secret.expose().len() < LEAST {
            return None;
        }
        let kdf = Hkdf::<Sha256>::new(None, secret.expose());
        let key = |label: &[u8]| {
            let mut key = Zeroizing::new([0; 32]);
            kdf.expand(label, &mut *key).ok().map(|()| key)
        };
        Some(Self {
            salts: key(b"activation 1, salts")?,
            decoys: key(b"activation 1, decoys")?,
            scalars: key(b"activation 1, scalars")?,
            decoy_scalars: key(b"activation 1, scalars of decoys")?,
        })
    }

    /// A user's salt: the same whether or not there is a password.
    pub(super) fn salt(&self, user: &UserId) -> Salt {
        keyed::hash(&*self.salts, &[user.as_str().as_bytes()])
    }

    /// A verifier that no password fits.
    pub(super) fn decoy(&self, user: &UserId) -> Option<ServiceVerifier> {
        let kdf = Hkdf::<Sha256>::from_prk(&*self.decoys).ok()?;
        let mut output = Zeroizing::new([0; 80]);
        kdf.expand(user.as_str().as_bytes(), &mut *output).ok()?;
        Some(DeviceSecret::from_pbkdf_output(&*output).ok()?.verifier_record())
    }

    /// The seed of the scalar for a share that was counted with `nonce`.
    pub(super) fn seed(&self, share: &[u8; 32], nonce: &[u8; 32]) -> [u8; 32] {
        keyed::hash(&*self.scalars, &[share, nonce])
    }

    /// The seed of the scalar for a share that was not counted.
    pub(super) fn decoy_seed(&self, share: &[u8; 32]) -> [u8; 32] {
        keyed::hash(&*self.decoy_scalars, &[share])
    }
}

const LEAST: usize = 32;
