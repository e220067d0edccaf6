//! What an administrator does, also while the service runs: it is all in the database.

use std::path::Path;

use getrandom::SysRng;
use mdm_proto::{
    activation::password::{ActivationPassword, UserId},
    client_certificate::ClientRecord,
    identity::{DeviceId, Identity, User, WorkSpaceId},
    profile::{KeyAlgorithm, KeySpec, ScepProfile},
};
use pki_core::{crl::RevocationReason, crypto::rustcrypto::Random};

use super::{database::Kind, open};
use crate::{Result, ahead, clock::Clock};

/// A user with a device, or another password for the same device.
pub fn user(state: &Path, name: &str) -> Result<()> {
    let (rng, database) = (&mut Random(SysRng), open(state)?);
    let user = UserId::new(name)?;
    let device = DeviceId::random(rng)?;
    database.insert(Kind::User, user.as_str().as_bytes(), device.to_string().as_bytes(), None)?;
    let device = database.find(Kind::User, user.as_str().as_bytes())?;
    let device = DeviceId::from_text(str::from_utf8(&device)?)?;
    let identity = Identity::new(User::from_email(name)?, WorkSpaceId::new("example")?, device);
    let record = ClientRecord::new(identity).to_der();
    database.insert(Kind::Device, device.to_string().as_bytes(), &record, None)?;

    let password = ActivationPassword::generate(rng)?;
    let expires = ahead(7).now();
    let record = super::activation(&database)?.register(user.clone(), &password, expires)?.to_der();
    loop {
        let old = database.load(Kind::Activation, user.as_str().as_bytes())?;
        if database.replace(Kind::Activation, user.as_str().as_bytes(), old.as_deref(), &record)? {
            println!("{}", str::from_utf8(password.display().expose())?);
            return Ok(());
        }
    }
}

pub fn profile(state: &Path, id: &str, rsa_bits: u16) -> Result<()> {
    let database = open(state)?;
    loop {
        let old = database.find(Kind::Profile, id.as_bytes())?;
        let profile = ScepProfile::from_json(&old)?;
        let settings = profile.settings().clone().with_key(KeySpec::new(KeyAlgorithm::Rsa { bits: rsa_bits }));
        let new = profile.with_settings(settings).to_json_with_password()?;
        if database.replace(Kind::Profile, id.as_bytes(), Some(&old), new.expose())? {
            return Ok(());
        }
    }
}

pub fn revoke(state: &Path, serial: &str, clock: Clock) -> Result<()> {
    let found = open(state)?.revoke(serial, RevocationReason::KeyCompromise, clock.now())?;
    if found { Ok(()) } else { Err("no such certificate is good".into()) }
}
