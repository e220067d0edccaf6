//! Keys made by OpenSSL, and certificates made of them.

use std::{sync::OnceLock, time::Duration};

use pki_core::{
    Certificate, CertificateBuilder, Csr, CsrBuilder, Name, NameBuilder, Profile, PublicKey, Secret, SerialNumber,
    UnixTime, Validity,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    cms::PasswordProfile,
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
};

use crate::{Clock, TestRandom};

/// The challenge that the fixtures' servers expect.
pub const CHALLENGE: &str = "correct horse";

/// What keys are derived from challenges by: fast.
#[must_use]
pub fn password_profile() -> PasswordProfile {
    let iterations = PasswordProfile::FEWEST_ITERATIONS.try_into().expect("some iterations");
    PasswordProfile::DEFAULT.with_iterations(iterations)
}

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name() -> &'static PrivateKey {
            static KEY: OnceLock<PrivateKey> = OnceLock::new();
            let pem = include_str!(concat!("../data/keys/", $file, ".pem"));
            KEY.get_or_init(|| PrivateKey::from_pem(pem).expect("a test key"))
        })*
    };
}

keys! {
    /// The CA's key, RSA-2048.
    ca_key = "ca";
    /// The RA's key, RSA-2048.
    ra_key = "ra";
    /// The RA's second key, where it has one for each purpose, RSA-2048.
    ra_encryption_key = "ra-encryption";
    /// The client's key, RSA-2048.
    client_key = "client";
    /// Somebody else's key, RSA-2048.
    other_key = "other";
    /// A key that can't decrypt, P-256.
    ec_key = "ec";
    /// The CA's key for tests that enrol thousands of times, RSA-1024.
    small_ca_key = "small-ca";
    /// The RA's key for the same, RSA-1024.
    small_ra_key = "small-ra";
    /// The client's key for the same, RSA-1024.
    small_client_key = "small-client";
}

/// `O=Example, CN=common_name`.
#[must_use]
pub fn name(common_name: &str) -> Name {
    NameBuilder::new().add_organization("Example").add_common_name(common_name).build().expect("a name")
}

/// Ten years around the fixtures' time.
#[must_use]
pub fn validity() -> Validity {
    years(Clock::new().now(), 5, 5)
}

/// So many years before and after `now`.
#[must_use]
pub fn years(now: UnixTime, before: u64, after: u64) -> Validity {
    const YEAR: u64 = 365 * 86_400;
    Validity::new(now.minus(Duration::from_secs(before * YEAR)), now.plus(Duration::from_secs(after * YEAR)))
}

/// A certificate by `issuer`, which is its name and its key.
#[must_use]
pub fn certify(
    issuer: (&Name, &PrivateKey),
    subject: &Name,
    key: &PublicKey,
    validity: Validity,
    profile: &Profile,
) -> Certificate {
    certify_with(
        issuer,
        CertificateBuilder::new(serial(subject, key), issuer.0.clone(), subject.clone(), validity, key.clone())
            .with_profile(profile)
            .with_subject_key_identifier(&PROVIDER),
    )
}

/// What the builder has, signed by `issuer`'s key.
#[must_use]
pub fn certify_with(issuer: (&Name, &PrivateKey), builder: CertificateBuilder) -> Certificate {
    let key = issuer.1;
    let algorithm = SignatureAlgorithm::for_key(Signer::public_key(key).as_ref(), DigestAlgorithm::SHA256);
    let to_be_signed = builder.build(algorithm.expect("an algorithm")).expect("a certificate");
    to_be_signed.sign_with(key, &mut TestRandom::new(1)).expect("a signature")
}

/// A serial number that is the same every time for the same subject and key.
#[must_use]
pub fn serial(subject: &Name, key: &PublicKey) -> SerialNumber {
    let sha256 = PROVIDER.digest(pki_core::oid::SHA256).expect("SHA-256");
    let digest = sha256.digest(&[subject.as_der(), key.as_der()]);
    // 7 octets of it behind one that makes all of them equally long.
    SerialNumber::from_bytes(&[&[0x40], &digest.as_bytes()[..7]].concat()).expect("a serial number")
}

/// A root CA with this key.
#[must_use]
pub fn root(key: &PrivateKey) -> Certificate {
    let name = name("Root");
    certify((&name, key), &name, Signer::public_key(key), validity(), &Profile::ROOT_CA)
}

/// A CA that answers SCEP with its own key.
#[must_use]
pub fn answering_root(key: &PrivateKey) -> Certificate {
    let name = name("Root");
    certify((&name, key), &name, Signer::public_key(key), validity(), &Profile::ROOT_CA.answering_scep())
}

/// A certificate below the root, for anything.
#[must_use]
pub fn below_root(ca_key: &PrivateKey, common_name: &str, key: &PrivateKey, profile: &Profile) -> Certificate {
    certify((&name("Root"), ca_key), &name(common_name), Signer::public_key(key), validity(), profile)
}

/// A self-signed certificate such as clients make for the transport.
#[must_use]
pub fn self_signed(common_name: &str, key: &PrivateKey) -> Certificate {
    let name = name(common_name);
    certify((&name, key), &name, Signer::public_key(key), validity(), &Profile::SCEP_TRANSPORT)
}

/// What a client asks for: this name for this key, with the right challenge.
pub fn request(common_name: &str, key: &PrivateKey) -> CsrBuilder {
    CsrBuilder::new(name(common_name), Signer::public_key(key).clone())
        .with_challenge_password(&Secret::from(CHALLENGE))
}

/// The same, signed.
#[must_use]
pub fn csr(common_name: &str, key: &PrivateKey) -> Csr {
    sign_csr(&request(common_name, key), key)
}

/// A CSR signed by a key, be it the right one or not.
#[must_use]
pub fn sign_csr(builder: &CsrBuilder, key: &PrivateKey) -> Csr {
    let algorithm = SignatureAlgorithm::for_key(builder.public_key().as_ref(), DigestAlgorithm::SHA256);
    let to_be_signed = builder.build(algorithm.expect("an algorithm")).expect("a CSR");
    to_be_signed.sign_with(key, &mut TestRandom::new(2)).expect("a signature")
}
