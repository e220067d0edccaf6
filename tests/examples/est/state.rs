//! What the service begins with: keys and certificates, and tokens for users.

use std::{fs, path::Path};

use getrandom::SysRng;
use mdm_proto::{
    activation::token::{TokenKey, TokenPolicy},
    client_certificate::Issuance,
    identity::{DeviceId, Identity, User, WorkSpaceId},
    installation::{RootProfile, ServerProfile},
};
use pki_core::{
    KeyKind, Name, Secret,
    crypto::{
        SecureRandom as _, Signer as _,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
};

use crate::{Result, ahead, key_pem};

/// Makes a token for a new device of this user.
pub fn token(state: &Path, user: &str) -> Result<()> {
    let rng = &mut Random(SysRng);
    let identity = Identity::new(User::from_email(user)?, WorkSpaceId::new("example")?, DeviceId::random(rng)?);
    let (token, record) = token_key(state)?.issue(identity, &TokenPolicy::DEFAULT, ahead(0).now(), rng)?;
    fs::write(state.join("tokens").join(user), record.to_der())?;
    println!("{}", str::from_utf8(token.to_text().expose())?);
    Ok(())
}

/// A root, a certificate for `localhost`, and the key of the tokens.
pub fn install(state: &Path) -> Result<()> {
    if state.join("server.pem").exists() {
        return Ok(());
    }
    for directory in ["tokens", "devices"] {
        fs::create_dir_all(state.join(directory))?;
    }
    let (rng, now) = (&mut Random(SysRng), ahead(0).now());
    let root_key = PrivateKey::generate(KeyKind::P384, rng)?;
    let server_key = PrivateKey::generate(KeyKind::P256, rng)?;
    let name = Name::from_common_name("Example Enterprise Management Root")?;
    let root = RootProfile::DEFAULT.root(name, root_key.public_key().clone(), &Issuance::new(now, rng)?, &PROVIDER)?;
    let root = root.sign_with(&root_key, rng)?;
    let profile = ServerProfile::new().add_dns_name("localhost");
    let server = profile.certificate(&root, server_key.public_key().clone(), &Issuance::new(now, rng)?, &PROVIDER)?;
    let mut secret = [0; TokenKey::MIN_LENGTH];
    rng.fill(&mut secret)?;
    fs::write(state.join("token.key"), secret)?;
    fs::write(state.join("ca-key.pem"), key_pem(&root_key))?;
    fs::write(state.join("server-key.pem"), key_pem(&server_key))?;
    fs::write(state.join("ca.pem"), root.to_pem())?;
    Ok(fs::write(state.join("server.pem"), server.sign_with(&root_key, rng)?.to_pem())?)
}

pub fn token_key(state: &Path) -> Result<TokenKey> {
    Ok(TokenKey::new(Secret::new(fs::read(state.join("token.key"))?)).ok_or("the key of the tokens is too short")?)
}
