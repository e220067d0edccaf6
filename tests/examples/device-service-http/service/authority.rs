//! A SCEP CA: its key and certificate, and what it certifies.

use std::{fs, path::Path, time::Duration};

use getrandom::SysRng;
use pki_core::{
    Certificate, CertificateBuilder, Crl, CrlBuilder, KeyKind, NameBuilder, Profile, Secret, SerialNumber, UnixTime,
    Validity,
    algorithm::SignatureAlgorithm,
    crl::{CrlNumber, Revocation},
    crypto::{
        Signer as _,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
};
use scep::server::{AuthorityId, CertificateProfile, RenewalPolicy, RenewalWindow, Responder};

use super::database::{Database, Kind};
use crate::{Result, clock::Clock};

pub struct Authority {
    pub name: &'static str,
    pub id: AuthorityId,
    pub responder: Responder,
    pub profile: CertificateProfile,
    pub renewal: RenewalPolicy,
    pub admission: Admission,
    pub key: PrivateKey,
    certificate: Certificate,
}

/// What entitles to a first certificate.
pub enum Admission {
    /// A challenge of the service's own.
    OneTime,
    /// One for everybody, as with CAs that know nothing else.
    Static(Secret),
}

impl Authority {
    pub const NAMES: [&'static str; 2] = ["wifi", "vpn"];

    /// Makes the CA, unless it is there. `NAME-ca.pem` is for other programs.
    pub fn install(state: &Path, database: &Database, name: &str, clock: Clock) -> Result<()> {
        let (key_name, certificate_name) = names(name);
        if database.load(Kind::Secret, certificate_name.as_bytes())?.is_some() {
            return Ok(());
        }
        let rng = &mut Random(SysRng);
        // The one of an installation that was interrupted, if there was one.
        let key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }, rng)?;
        database.insert(Kind::Secret, key_name.as_bytes(), key.to_pem().expose(), None)?;
        let key = PrivateKey::from_pem(str::from_utf8(&database.find(Kind::Secret, key_name.as_bytes())?)?)?;
        let subject = NameBuilder::new().add_organization("Example").add_common_name(&format!("{name} CA")).build()?;
        let validity = Validity::starting(clock.now().minus(HOUR), 3650 * DAY);
        let serial = SerialNumber::random(rng)?;
        let certificate = CertificateBuilder::new(serial, subject.clone(), subject, validity, key.public_key().clone())
            .with_subject_key_identifier(&PROVIDER)
            .with_profile(&Profile::ROOT_CA.answering_scep())
            .build(SignatureAlgorithm::RSA_PKCS1_SHA256)?
            .sign_with(&key, rng)?;
        fs::write(state.join(format!("{name}-ca.pem")), certificate.to_pem())?;
        database.insert(Kind::Secret, certificate_name.as_bytes(), certificate.as_der(), None)?;
        Ok(())
    }

    pub fn load(database: &Database, name: &'static str, url: &str) -> Result<Self> {
        let certificate = Self::certificate(database, name)?;
        let (key_name, _) = names(name);
        let key = database.find(Kind::Secret, key_name.as_bytes())?;
        let crl = format!("{url}/crl/{name}");
        let [one_time, _] = Self::NAMES;
        Ok(Self {
            name,
            id: AuthorityId::of(&certificate, &PROVIDER).ok_or("no SHA-256")?,
            responder: Responder::with_ca_key(certificate.clone(), PROVIDER)?.with_renewal(),
            profile: CertificateProfile::new(certificate.clone(), 365 * DAY, PROVIDER)
                .with_back_dating(HOUR)
                .add_crl_distribution_point(&crl),
            renewal: RenewalPolicy::new().with_window(RenewalWindow::LastPercent(50)),
            admission: if name == one_time { Admission::OneTime } else { Admission::Static(password(database)?) },
            key: PrivateKey::from_pem(str::from_utf8(&key)?)?,
            certificate,
        })
    }

    pub fn certificate(database: &Database, name: &str) -> Result<Certificate> {
        let (_, certificate) = names(name);
        Ok(Certificate::from_der(&database.find(Kind::Secret, certificate.as_bytes())?)?)
    }

    /// A CRL for a day. A larger CA would sign one when something is revoked, and keep it.
    pub fn crl(&self, database: &Database, now: UnixTime) -> Result<Crl> {
        let number = CrlNumber::from_bytes(&now.as_seconds().to_be_bytes())?;
        let mut crl = CrlBuilder::new(self.certificate.subject().to_owned(), now, now.plus(DAY))
            .with_authority(&self.certificate, &PROVIDER)
            .with_number(number);
        for revoked in database.revoked(&self.id)? {
            let revocation = Revocation::new(&revoked.serial, revoked.at);
            crl = crl.add_revoked(revoked.reason.map_or(revocation, |reason| revocation.with_reason(reason)));
        }
        Ok(crl.build(SignatureAlgorithm::RSA_PKCS1_SHA256)?.sign_with(&self.key, &mut Random(SysRng))?)
    }
}

/// The password of the CA that has one for everybody.
pub fn password(database: &Database) -> Result<Secret> {
    let random = super::secret(database, "vpn-password")?;
    let text: String = random.expose().iter().map(|octet| format!("{octet:02x}")).collect();
    Ok(Secret::from(text.as_str()))
}

fn names(name: &str) -> (String, String) {
    (format!("{name}-key"), format!("{name}-certificate"))
}

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
