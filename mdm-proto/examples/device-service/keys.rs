//! Keys by their handles, as a keystore in hardware has them.

use std::collections::BTreeMap;

use mdm_proto::keystore::KeyHandle;
use pki_core::{
    KeyKind, PublicKey,
    crypto::{Signer as _, rustcrypto::PrivateKey},
};

use crate::{Result, Rng};

#[derive(Default)]
pub struct Keys {
    keys: BTreeMap<KeyHandle, PrivateKey>,
    made: u32,
}

impl Keys {
    pub fn make(&mut self, kind: KeyKind, rng: &mut Rng) -> Result<(KeyHandle, PublicKey)> {
        let key = PrivateKey::generate(kind, rng)?;
        self.made += 1;
        let handle = KeyHandle::new(format!("key {}", self.made).as_bytes())?;
        let public = key.public_key().clone();
        self.keys.insert(handle.clone(), key);
        Ok((handle, public))
    }

    pub fn get(&self, handle: &KeyHandle) -> Result<&PrivateKey> {
        self.keys.get(handle).ok_or_else(|| format!("there is no {}", name(handle)).into())
    }

    pub fn delete(&mut self, handle: &KeyHandle) {
        self.keys.remove(handle);
    }
}

pub fn name(handle: &KeyHandle) -> String {
    String::from_utf8_lossy(handle.as_bytes()).into_owned()
}
