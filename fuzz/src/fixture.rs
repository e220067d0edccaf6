//! A CA with a registration authority, and a device, made once.

use std::{sync::OnceLock, time::Duration};

use pki_core::{
    Certificate, CertificateBuilder, Crl, CrlBuilder, Csr, CsrBuilder, Name, Profile, PublicKey, Secret, SerialNumber,
    UnixTime, Validity,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
};

use super::fake::{self, Key};

/// When everything happens: in the middle of the validity of [`World`]'s certificates.
pub const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

/// Who takes part.
pub struct World {
    pub ca_key: Key,
    pub ca: Certificate,
    pub ra_key: Key,
    pub ra: Certificate,
    pub device_key: Key,
    pub device: Certificate,
    pub ec_key: Key,
    pub stranger: Certificate,
    /// For `device_key`, by the CA.
    pub leaf: Certificate,
    /// For `ec_key`, by the CA.
    pub ec_leaf: Certificate,
    /// For nobody's key, by the CA.
    pub other_leaf: Certificate,
    /// What `device_key` had before `leaf`, by the CA.
    pub current: Certificate,
    /// Of the CA, and of the RA, who issues none.
    pub crls: [Crl; 2],
}

impl World {
    /// The same one each time.
    pub fn shared() -> &'static Self {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(Self::new)
    }

    fn new() -> Self {
        let (ca_key, ra_key, device_key, ec_key) = (Key::rsa(1), Key::rsa(2), Key::rsa(3), Key::ec(4));
        let profile = Profile::ROOT_CA.answering_scep();
        let ca = certificate(1, "CA", "CA", ca_key.public(), &profile);
        let ra = certificate(2, "CA", "RA", ra_key.public(), &Profile::RA);
        let device = certificate(3, "Device", "Device", device_key.public(), &Profile::SCEP_TRANSPORT);
        let stranger = certificate(4, "Stranger", "Stranger", Key::rsa(9).public(), &Profile::RA);
        let issued = |number, key: &Key| certificate(number, "CA", "Device", key.public(), &Profile::DEVICE_CLIENT);
        let (leaf, ec_leaf, other_leaf) = (issued(7, &device_key), issued(8, &ec_key), issued(9, &Key::rsa(8)));
        let current = issued(10, &device_key);
        let crls = ["CA", "RA"].map(crl);
        Self { ca_key, ca, ra_key, ra, device_key, device, ec_key, stranger, leaf, ec_leaf, other_leaf, current, crls }
    }
}

/// A certificate for `key`.
pub fn certificate(serial: u8, issuer: &str, subject: &str, key: &PublicKey, profile: &Profile) -> Certificate {
    let year = Duration::from_secs(365 * 86_400);
    CertificateBuilder::new(
        SerialNumber::from_bytes(&[serial]).unwrap(),
        name(issuer),
        name(subject),
        Validity::new(NOW.minus(year), NOW.plus(year)),
        key.clone(),
    )
    .with_profile(profile)
    .with_subject_key_identifier(&fake::HASHING)
    .build(SignatureAlgorithm::RSA_PKCS1_SHA256)
    .unwrap()
    .attach(fake::signature())
}

/// A CRL by `issuer`.
fn crl(issuer: &str) -> Crl {
    let builder = CrlBuilder::new(name(issuer), NOW, NOW.plus(Duration::from_secs(86_400)));
    builder.build(SignatureAlgorithm::RSA_PKCS1_SHA256).unwrap().attach(fake::signature())
}

/// A CSR for `key` with a challenge, if it is not empty.
pub fn csr(subject: &str, key: &PublicKey, challenge: &str) -> Csr {
    let algorithm = SignatureAlgorithm::for_key(key.as_ref(), DigestAlgorithm::SHA256).unwrap();
    let builder = CsrBuilder::new(name(subject), key.clone());
    let builder =
        if challenge.is_empty() { builder } else { builder.with_challenge_password(&Secret::from(challenge)) };
    builder.build(algorithm).unwrap().attach(fake::signature())
}

/// A name with one commonName.
pub fn name(text: &str) -> Name {
    Name::from_common_name(text).unwrap()
}
