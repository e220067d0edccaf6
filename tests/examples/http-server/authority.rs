//! The CA in its generations: its keys, its certificates, and what it certifies.

use std::{fs, io::Write as _, path::Path, time::Duration};

use getrandom::SysRng;
use pki_core::{
    Certificate, CertificateBuilder, Crl, CrlBuilder, KeyKind, Name, NameBuilder, Profile, PublicKey, Secret,
    SerialNumber, UnixTime, Validity,
    algorithm::SignatureAlgorithm,
    crl::{CrlNumber, Revocation},
    crypto::{
        CryptoProvider, Signer as _,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
    pem,
};
use scep::server::{
    AuthorityId, CertificateProfile, Generation, NextCaCertificates, RegistrationAuthority, Responder,
    UnsignedCertificate,
};

use crate::{Result, now};

/// The CA as it is, and the one that will follow, if that is known yet.
pub struct Authority {
    pub current: Issuer,
    pub next: Option<Issuer>,
}

/// One generation of the CA: one key signs certificates, the other talks SCEP.
pub struct Issuer {
    pub id: AuthorityId,
    pub generation: Generation,
    pub profile: CertificateProfile,
    ca_key: PrivateKey,
    /// `None` where the CA's key does both.
    ra_key: Option<PrivateKey>,
}

/// Which key talks SCEP.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ScepKey {
    Ca,
    Ra,
}

impl Authority {
    /// Makes a CA, unless it is there.
    pub fn install(state: &Path, scep_key: ScepKey) -> Result<()> {
        if state.join("ca.pem").exists() {
            return Ok(());
        }
        create_directory(state)?;
        // From an hour ago: clocks differ.
        install(state, "", "Example Root", scep_key, now().minus(HOUR))
    }

    /// Makes the CA that takes over at this time, and is valid from then.
    pub fn install_next(state: &Path, scep_key: ScepKey, at: UnixTime) -> Result<()> {
        install(state, "next-", "Example Root 2", scep_key, at)
    }

    pub fn load(state: &Path, scep_key: ScepKey, crypto: &CryptoProvider) -> Result<Self> {
        let next = state.join("next-ca.pem").exists();
        Ok(Self {
            current: Issuer::load(state, "", scep_key, crypto)?,
            next: next.then(|| Issuer::load(state, "next-", scep_key, crypto)).transpose()?,
        })
    }

    /// Answers for all generations. The next one takes over when its certificate becomes valid; until then clients can have
    /// it, signed by the current one.
    pub fn responder(&self, crypto: CryptoProvider) -> Result<Responder> {
        let Issuer { generation: current, ca_key, .. } = &self.current;
        let responder = Responder::of(current.clone(), crypto);
        let Some(Issuer { generation: next, .. }) = &self.next else { return Ok(responder) };
        let response = NextCaCertificates::new(next.certificates())
            .build(current.ca(), SignatureAlgorithm::RSA_PKCS1_SHA256, &crypto)?
            .sign_with(ca_key, &mut Random(SysRng))?;
        Ok(responder.with_next(next.clone(), next.ca().validity().not_before).with_next_ca_response(response))
    }

    /// The key that belongs to a certificate which signs or decrypts SCEP messages.
    pub fn key_of(&self, certificate: &Certificate) -> Result<&PrivateKey> {
        let keys = self.issuers().map(Issuer::scep_key);
        let mut fitting = keys.filter(|key| key.public_key().as_ref() == certificate.public_key());
        fitting.next().ok_or_else(|| "no key for this certificate".into())
    }

    pub fn issuer(&self, id: &AuthorityId) -> Result<&Issuer> {
        self.issuers().find(|issuer| issuer.id == *id).ok_or_else(|| format!("there is no CA {id}").into())
    }

    pub fn issuers(&self) -> impl Iterator<Item = &Issuer> {
        [&self.current].into_iter().chain(&self.next)
    }
}

impl Issuer {
    fn load(state: &Path, prefix: &str, scep_key: ScepKey, crypto: &CryptoProvider) -> Result<Self> {
        let (ca, ca_key) = load_pair(state, &format!("{prefix}ca"))?;
        let id = AuthorityId::of(&ca, crypto).ok_or("no SHA-256")?;
        let profile = CertificateProfile::new(ca.clone(), 365 * DAY, *crypto).with_back_dating(HOUR);
        let (generation, ra_key) = match scep_key {
            ScepKey::Ca => (Generation::with_ca_key(ca, crypto)?, None),
            ScepKey::Ra => {
                let (ra, ra_key) = load_pair(state, &format!("{prefix}ra"))?;
                let ra = RegistrationAuthority { signing: ra.clone(), encryption: ra };
                (Generation::new(ca, ra, crypto)?, Some(ra_key))
            }
        };
        Ok(Self { id, generation, profile, ca_key, ra_key })
    }

    /// Signs and decrypts SCEP messages.
    fn scep_key(&self) -> &PrivateKey {
        self.ra_key.as_ref().unwrap_or(&self.ca_key)
    }

    /// Signs a certificate that was decided on.
    pub fn sign(&self, certificate: &UnsignedCertificate) -> Result<Certificate> {
        Ok(certificate.to_be_signed().sign_with(&self.ca_key, &mut Random(SysRng))?)
    }

    /// A CRL for a day. A larger CA would sign one when something is revoked, and keep it.
    pub fn crl(&self, revoked: &[(Vec<u8>, UnixTime)]) -> Result<Crl> {
        let (ca, now) = (self.generation.ca(), now());
        let number = CrlNumber::from_bytes(&now.as_seconds().to_be_bytes())?;
        let crl = CrlBuilder::new(ca.subject().to_owned(), now, now.plus(DAY))
            .with_authority(ca, &PROVIDER)
            .with_number(number);
        let crl = revoked.iter().fold(crl, |crl, (serial, at)| crl.add_revoked(Revocation::new(serial, *at)));
        Ok(crl.build(SignatureAlgorithm::RSA_PKCS1_SHA256)?.sign_with(&self.ca_key, &mut Random(SysRng))?)
    }
}

/// A root for ten years and an RA for two. The root's certificate comes last: with it, the rest is there.
fn install(state: &Path, prefix: &str, root: &str, scep_key: ScepKey, from: UnixTime) -> Result<()> {
    let rng = &mut Random(SysRng);
    let profile = if scep_key == ScepKey::Ca { Profile::ROOT_CA.answering_scep() } else { Profile::ROOT_CA };
    let (ca_key, ra_key) = (PrivateKey::generate(RSA, rng)?, PrivateKey::generate(RSA, rng)?);
    let root = name(root)?;
    let ca = certificate(&root, &root, Validity::starting(from, 3650 * DAY), ca_key.public_key())?
        .with_profile(&profile)
        .build(SignatureAlgorithm::RSA_PKCS1_SHA256)?
        .sign_with(&ca_key, rng)?;
    let ra = certificate(&root, &name("Example RA")?, Validity::starting(from, 730 * DAY), ra_key.public_key())?
        .with_profile(&Profile::RA)
        .with_authority(&ca, &PROVIDER)
        .build(SignatureAlgorithm::RSA_PKCS1_SHA256)?
        .sign_with(&ca_key, rng)?;

    write_secret(&state.join(format!("{prefix}ca-key.pem")), &ca_key.to_pem())?;
    write_secret(&state.join(format!("{prefix}ra-key.pem")), &ra_key.to_pem())?;
    fs::write(state.join(format!("{prefix}ra.pem")), pem::encode("CERTIFICATE", ra.as_der()))?;
    fs::write(state.join(format!("{prefix}ca.pem")), pem::encode("CERTIFICATE", ca.as_der()))?;
    Ok(())
}

fn certificate(issuer: &Name, subject: &Name, validity: Validity, key: &PublicKey) -> Result<CertificateBuilder> {
    let serial = SerialNumber::random(&mut Random(SysRng))?;
    Ok(CertificateBuilder::new(serial, issuer.clone(), subject.clone(), validity, key.clone())
        .with_subject_key_identifier(&PROVIDER))
}

/// NAME.pem and NAME-key.pem.
fn load_pair(state: &Path, name: &str) -> Result<(Certificate, PrivateKey)> {
    let certificate = pem::decode(&fs::read_to_string(state.join(format!("{name}.pem")))?, "CERTIFICATE")?;
    let key = PrivateKey::from_pem(&fs::read_to_string(state.join(format!("{name}-key.pem")))?)?;
    Ok((Certificate::from_der(&certificate)?, key))
}

/// For its owner alone: the database has CSRs in it, and they have challenges.
fn create_directory(directory: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.recursive(true).create(directory)?)
}

/// Readable by its owner alone.
fn write_secret(path: &Path, secret: &Secret) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?.write_all(secret.expose())?)
}

fn name(common_name: &str) -> Result<Name> {
    Ok(NameBuilder::new().add_organization("Example").add_common_name(common_name).build()?)
}

const RSA: KeyKind = KeyKind::Rsa { bits: 2048 };
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
