//! What the service begins with, and the server certificate, which is replaced in time.

use std::{fs, path::Path, sync::Arc};

use getrandom::SysRng;
use mdm_proto::{
    client_certificate::{ClientCertificates, Issuance, NameRule},
    installation::{Action, Authority, Installation, RootProfile, Schedule, ServerDue, ServerProfile},
    keystore::KeyHandle,
};
use pki_core::{
    KeyKind, Name,
    crypto::{
        Signer as _,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
};
use rustls::ServerConfig;

use super::{
    Service,
    database::{Database, Kind},
};
use crate::{Result, clock::Clock, tls};

/// Makes the root, unless it is there. `root.pem` is for other programs; who activates is given it.
pub fn install(state: &Path, database: &Database, clock: Clock) -> Result<()> {
    if database.load(Kind::Installation, RECORD)?.is_some() {
        return Ok(());
    }
    let rng = &mut Random(SysRng);
    let key = PrivateKey::generate(KeyKind::P384, rng)?;
    let name = Name::from_common_name("Example Enterprise Management Root")?;
    let issuance = Issuance::new(clock.now(), rng)?;
    let root = RootProfile::DEFAULT.root(name, key.public_key().clone(), &issuance, &PROVIDER)?.sign_with(&key, rng)?;
    fs::write(state.join("root.pem"), root.to_pem())?;
    let installation = Installation::new(Authority::new(root, keep_key(database, &key)?));
    database.insert(Kind::Installation, RECORD, &installation.to_der(), None)?;
    println!("installed: {}", installation.current().root().subject());
    Ok(())
}

/// Keeps a key under a name of its own. Before anything refers to it: a key too many does no harm.
fn keep_key(database: &Database, key: &PrivateKey) -> Result<KeyHandle> {
    let mut name = [0; 16];
    getrandom::fill(&mut name)?;
    database.insert(Kind::Secret, &name, key.to_pem().expose(), None)?;
    Ok(KeyHandle::new(&name)?)
}

impl Service {
    pub(super) fn installation(&self) -> Result<Installation> {
        Ok(Installation::from_der(&self.database.find(Kind::Installation, RECORD)?)?)
    }

    pub(super) fn key(&self, handle: &KeyHandle) -> Result<PrivateKey> {
        let pem = self.database.find(Kind::Secret, handle.as_bytes())?;
        Ok(PrivateKey::from_pem(str::from_utf8(&pem)?)?)
    }

    pub(super) fn clients(&self, installation: &Installation) -> ClientCertificates {
        let current = installation.current();
        // A device that is activated does not know its names yet; in any case it is not asked for them.
        ClientCertificates::new(current.issuer().clone(), PROVIDER)
            .with_root(current.root())
            .with_csr_names(NameRule::Any)
    }

    /// Does what is due. A next root is left to a person: [`Action::BeginRollover`].
    pub(super) fn maintain(&self) -> Result<()> {
        loop {
            let (now, old) = (self.clock.now(), self.database.find(Kind::Installation, RECORD)?);
            let installation = Installation::from_der(&old)?;
            match installation.next_action(&Schedule::DEFAULT, now) {
                Action::IssueServer { because } => {
                    let new = self.issue_server(&installation)?;
                    if self.database.replace(Kind::Installation, RECORD, Some(&old), &new.to_der())? {
                        match because {
                            ServerDue::Ending { not_after } => {
                                println!("server certificate issued: the one before ends at {not_after}");
                            }
                            because => println!("server certificate issued: {because:?}"),
                        }
                    }
                }
                Action::Wait { until } => {
                    println!("installation in order until {until}");
                    return self.database.forget_before(now);
                }
                action => {
                    println!("installation: {action:?} is due");
                    return Ok(());
                }
            }
        }
    }

    fn issue_server(&self, installation: &Installation) -> Result<Installation> {
        let rng = &mut Random(SysRng);
        let key = PrivateKey::generate(KeyKind::P256, rng)?;
        let authority = installation.current();
        let issuance = Issuance::new(self.clock.now(), rng)?;
        let profile = ServerProfile::new().add_dns_name("localhost");
        let certificate = profile.certificate(authority.issuer(), key.public_key().clone(), &issuance, &PROVIDER)?;
        let certificate = certificate.sign_with(&self.key(authority.issuer_key())?, rng)?;
        Ok(installation.with_server(certificate, keep_key(&self.database, &key)?, &PROVIDER)?)
    }

    /// What TLS shows, and whose clients it believes.
    pub(super) fn tls(&self) -> Result<Arc<ServerConfig>> {
        let installation = self.installation()?;
        let server = installation.server().ok_or("there is no server certificate")?;
        let (chain, key) = (installation.server_chain(), self.key(&server.key)?);
        let (clients, _) = installation.client_validator(PROVIDER);
        tls::server_config(&tls::Identity { chain: &chain, key: &key }, clients, self.clock)
    }
}

const RECORD: &[u8] = b"installation";
