//! The CA: its keys, its certificates, and what it certifies.

use std::{fs, io::Write as _, path::Path, time::Duration};

use getrandom::SysRng;
use pki_core::{
    Certificate, CertificateBuilder, Csr, KeyKind, Name, NameBuilder, Profile, PublicKey, Secret, SerialNumber,
    ToBeSigned, Validity,
    algorithm::SignatureAlgorithm,
    crypto::{
        Signer as _,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
    pem,
};

use scep::server::UnsignedCertificate;

use crate::{Result, now};

/// The CA's keys and certificates: one key signs certificates, the other talks SCEP.
pub struct Authority {
    pub ca: Certificate,
    pub ca_key: PrivateKey,
    pub ra: Option<(Certificate, PrivateKey)>,
}

impl Authority {
    /// Makes a root for ten years and an RA for two, unless they are there. `ca.pem` comes last: with it, the rest is there.
    pub fn install(state: &Path, ca_key_answers: bool) -> Result<()> {
        if state.join("ca.pem").exists() {
            return Ok(());
        }
        create_directory(state)?;
        let rng = &mut Random(SysRng);
        let profile = if ca_key_answers { Profile::ROOT_CA.answering_scep() } else { Profile::ROOT_CA };
        let ca_key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, rng)?;
        let root = name("Example Root")?;
        let public_key = ca_key.public_key().clone();
        let ca = CertificateBuilder::new(SerialNumber::random(rng)?, root.clone(), root, years(10), public_key)
            .with_profile(&profile)
            .with_subject_key_identifier(&PROVIDER)
            .build(SignatureAlgorithm::RSA_PKCS1_SHA256)?
            .sign_with(&ca_key, rng)?;
        let ra_key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, rng)?;
        let ra = template(&ca, &Profile::RA, name("Example RA")?, years(2), ra_key.public_key().clone())?
            .build(SignatureAlgorithm::RSA_PKCS1_SHA256)?
            .sign_with(&ca_key, rng)?;

        write_secret(&state.join("ca-key.pem"), &ca_key.to_pem())?;
        write_secret(&state.join("ra-key.pem"), &ra_key.to_pem())?;
        fs::write(state.join("ra.pem"), pem::encode("CERTIFICATE", ra.as_der()))?;
        fs::write(state.join("ca.pem"), pem::encode("CERTIFICATE", ca.as_der()))?;
        Ok(())
    }

    pub fn load(state: &Path, ca_key_answers: bool) -> Result<Self> {
        let (ca, ca_key) = load_pair(state, "ca")?;
        let ra = if ca_key_answers { None } else { Some(load_pair(state, "ra")?) };
        Ok(Self { ca, ca_key, ra })
    }

    /// Signs and decrypts SCEP messages.
    pub fn scep_key(&self) -> &PrivateKey {
        self.ra.as_ref().map_or(&self.ca_key, |(_, key)| key)
    }

    /// A certificate as this CA gives it: of the CSR only the key, the subject and the subjectAltName count.
    pub fn certificate(&self, csr: &Csr) -> Result<ToBeSigned<Certificate>> {
        let (subject, public_key) = (csr.subject().to_owned(), csr.public_key().to_owned());
        let mut builder = template(&self.ca, &Profile::DEVICE_CLIENT, subject, years(1), public_key)?;
        if let Some(names) = csr.subject_alt_name()? {
            builder = builder.with_subject_alt_name(names.iter().collect());
        }
        Ok(builder.build(SignatureAlgorithm::RSA_PKCS1_SHA256)?)
    }

    /// Signs it.
    pub fn sign(&self, certificate: &UnsignedCertificate) -> Result<Certificate> {
        Ok(certificate.to_be_signed().sign_with(&self.ca_key, &mut Random(SysRng))?)
    }
}

/// What all certificates below the CA have. Nothing outlives its issuer.
fn template(
    ca: &Certificate,
    profile: &Profile,
    subject: Name,
    validity: Validity,
    public_key: PublicKey,
) -> Result<CertificateBuilder> {
    let serial = SerialNumber::random(&mut Random(SysRng))?;
    let validity = Validity::new(validity.not_before, validity.not_after.min(ca.validity().not_after));
    Ok(CertificateBuilder::new(serial, ca.subject().to_owned(), subject, validity, public_key)
        .with_profile(profile)
        .with_subject_key_identifier(&PROVIDER)
        .with_authority(ca, &PROVIDER))
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

/// From an hour ago: clocks differ.
fn years(years: u64) -> Validity {
    Validity::starting(now().minus(Duration::from_secs(3600)), Duration::from_secs(years * 365 * 86_400))
}
