//! Who takes part, and cryptography that costs nothing but tells keys and messages apart.

use std::{sync::OnceLock, time::Duration};

use pki_core::{
    Certificate, CertificateBuilder, CsrBuilder, Name, Profile, PublicKey, PublicKeyRef, Secret, SerialNumber,
    Validity,
    algorithm::{AlgorithmIdentifier, SignatureAlgorithm},
    crypto::{
        BadSignature, CryptoProvider, Decrypter, SecureRandom, SignFailed, Signature, SignatureVerifier, Signer,
        UnwrapFailed, WrappedKey,
    },
    oid,
};
use scep::{
    client::Authority,
    server::{Generation, RegistrationAuthority, Responder},
};

use conformance::{Clock, TestRandom};

use crate::fake::{self, Key};

/// The CAs, the RAs, and the clients' keys.
#[derive(Debug)]
pub struct World {
    /// The CA that issues, and the one before it. Both serve.
    pub generations: [Issuer; 2],
    pub responder: Responder,
    pub devices: [SaltedKey; 2],
}

/// One generation.
#[derive(Debug)]
pub struct Issuer {
    pub ca_key: SaltedKey,
    pub ca: Certificate,
    pub ra_key: SaltedKey,
    pub ra: Certificate,
    /// What clients know of it.
    pub authority: Authority,
}

/// A key whose signatures differ each time, as those of ECDSA do.
#[derive(Debug)]
pub struct SaltedKey(Key);

/// Verifies them.
#[derive(Debug)]
struct Salted;

/// Everything else is the fuzz targets'.
pub const PROVIDER: CryptoProvider = CryptoProvider { verifiers: &[&Salted], ..fake::HASHING };
pub const CHALLENGE: &str = "correct horse";

const SALT: usize = 8;
const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::RSA_PKCS1_SHA256;

impl World {
    /// The same one each time.
    pub fn shared() -> &'static Self {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(Self::new)
    }

    fn new() -> Self {
        let generations = [Issuer::new(1), Issuer::new(3)];
        let of = |issuer: &Issuer| (issuer.ca.clone(), issuer.registration_authority());
        let [current, former] = generations.each_ref().map(of);
        let former = Generation::new(former.0, former.1, &PROVIDER).unwrap();
        let responder = Responder::new(current.0, current.1, PROVIDER).unwrap();
        let responder = responder.with_former([former]).with_renewal();
        Self { generations, responder, devices: [5, 6].map(|number| SaltedKey(Key::rsa(number))) }
    }
}

impl Issuer {
    fn new(number: u8) -> Self {
        let (ca_key, ra_key) = (SaltedKey(Key::rsa(number)), SaltedKey(Key::rsa(number + 1)));
        let ca = certify(&ca_key, number, "CA", ca_key.public(), &Profile::ROOT_CA);
        let ra = certify(&ca_key, number, "RA", ra_key.public(), &Profile::RA);
        let authority = Authority::new(&[ca.clone(), ra.clone()], &PROVIDER, Clock::new().now()).unwrap();
        Self { ca_key, ca, ra_key, ra, authority }
    }

    fn registration_authority(&self) -> RegistrationAuthority {
        RegistrationAuthority { signing: self.ra.clone(), encryption: self.ra.clone() }
    }
}

impl SaltedKey {
    pub const fn public(&self) -> &PublicKey {
        self.0.public()
    }
}

/// What a device asks for.
pub fn request(subject: &str, key: &SaltedKey) -> CsrBuilder {
    renewal_request(subject, key).with_challenge_password(&Secret::from(CHALLENGE))
}

/// The same, where a certificate entitles to it.
pub fn renewal_request(subject: &str, key: &SaltedKey) -> CsrBuilder {
    CsrBuilder::new(Name::from_common_name(subject).unwrap(), key.public().clone())
}

fn certify(ca_key: &SaltedKey, serial: u8, subject: &str, key: &PublicKey, profile: &Profile) -> Certificate {
    let year = Duration::from_secs(365 * 86_400);
    let now = Clock::new().now();
    let names = ["CA", subject].map(|name| Name::from_common_name(name).unwrap());
    let [issuer, subject] = names;
    let serial = SerialNumber::from_bytes(&[serial]).unwrap();
    let builder =
        CertificateBuilder::new(serial, issuer, subject, Validity::new(now.minus(year), now.plus(year)), key.clone());
    let builder = builder.with_profile(profile).with_subject_key_identifier(&PROVIDER);
    builder.build(ALGORITHM).unwrap().sign_with(ca_key, &mut TestRandom::new(0)).unwrap()
}

fn salted(key: PublicKeyRef<'_>, salt: &[u8], message: &[u8]) -> Vec<u8> {
    let signature = fake::sign(key, message);
    let octets = signature.as_bytes().iter().zip(salt).map(|(octet, salt)| octet ^ salt);
    salt.iter().copied().chain(octets).collect()
}

impl Signer for SaltedKey {
    fn public_key(&self) -> &PublicKey {
        self.0.public()
    }

    fn algorithms(&self) -> &[SignatureAlgorithm] {
        self.0.algorithms()
    }

    fn sign(
        &self,
        _algorithm: SignatureAlgorithm,
        message: &[u8],
        rng: &mut dyn SecureRandom,
    ) -> Result<Signature, SignFailed> {
        let mut salt = [0; SALT];
        rng.fill(&mut salt).map_err(|_| SignFailed)?;
        Ok(Signature::new(salted(self.public().as_ref(), &salt, message)))
    }
}

impl Decrypter for SaltedKey {
    fn public_key(&self) -> &PublicKey {
        self.0.public()
    }

    fn unwrap_key(
        &self,
        key: &WrappedKey,
        rng: &mut dyn SecureRandom,
    ) -> Result<pki_core::crypto::ContentKey, UnwrapFailed> {
        self.0.unwrap_key(key, rng)
    }
}

impl SignatureVerifier for Salted {
    /// No other parameters than NULL: the certificate of a signer is not signed, and may be damaged there.
    fn supports(&self, _signature: AlgorithmIdentifier<'_>, key: AlgorithmIdentifier<'_>) -> bool {
        key == AlgorithmIdentifier::new(oid::RSA_ENCRYPTION, Some(&[0x05, 0x00]))
    }

    fn verify(
        &self,
        _algorithm: AlgorithmIdentifier<'_>,
        key: PublicKeyRef<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        let salt = signature.get(..SALT).ok_or(BadSignature)?;
        if signature == salted(key, salt, message) { Ok(()) } else { Err(BadSignature) }
    }
}
