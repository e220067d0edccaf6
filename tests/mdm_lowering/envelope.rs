//! Profiles that are signed and encrypted, opened by OpenSSL.

use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{self, Command, Stdio},
};

use conformance::{TestRandom, fixtures};
use mdm_proto::{
    lowering::apple::{ConfigurationProfile, EncryptError, Identifier, ProfileError, ScepPayload},
    plist::Dictionary,
};
use pki_core::{
    Certificate, CertificateBuilder, Limits, Profile,
    algorithm::SignatureAlgorithm,
    cms::{BuildError, SealError, SignedData},
    crypto::{CryptoProvider, Signer, rustcrypto::PROVIDER},
    extension::KeyUsage,
};
use plist::Value as Theirs;

use super::sample::{CHALLENGE, platform, profile, settings};

/// A directory that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mdm-lowering-{}-{name}", process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    /// What `openssl` writes; `None` if there is none.
    fn openssl(&self, arguments: &str, input: &[u8]) -> Option<Vec<u8>> {
        let child = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else {
            conformance::skipped("no openssl program here");
            return None;
        };
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        Some(output.stdout)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn configuration() -> ConfigurationProfile {
    let payload = ScepPayload::lower(&platform(&profile(settings()))).unwrap().into_parts().0;
    ConfigurationProfile::new(Identifier::new("com.example.mdm").unwrap())
        .with_display_name("Work")
        .add_payload(&payload)
}

fn device() -> Certificate {
    fixtures::below_root(fixtures::ca_key(), "device", fixtures::client_key(), &Profile::DEVICE_CLIENT)
}

const CLIENT_KEY: &str = include_str!("../data/keys/client.pem");

#[test]
fn a_signed_profile_is_verified_by_openssl() {
    let folder = Folder::new("signed");
    folder.put("root.pem", &fixtures::root(fixtures::ca_key()).to_pem());
    let signer = fixtures::below_root(fixtures::ca_key(), "service", fixtures::other_key(), &Profile::DEVICE_CLIENT);
    let document = configuration().to_document().unwrap();
    let to_be_signed = document.to_be_signed(&signer, &[], SignatureAlgorithm::RSA_PKCS1_SHA256, &PROVIDER).unwrap();
    let signed = to_be_signed.sign_with(fixtures::other_key(), &mut TestRandom::new(1)).unwrap();

    let verify = "cms -verify -inform DER -binary -CAfile root.pem -purpose any -no_check_time";
    let Some(content) = folder.openssl(verify, signed.expose()) else { return };
    assert_eq!(content, document.as_bytes());
    let read = Theirs::from_reader_xml(content.as_slice()).unwrap();
    assert!(read.as_dictionary().unwrap().contains_key("PayloadContent"));
}

/// The signature may be made elsewhere, and chain certificates travel along.
#[test]
fn a_profile_is_signed_in_two_halves() {
    let signer = device();
    let root = fixtures::root(fixtures::ca_key());
    let document = configuration().to_document().unwrap();
    let to_be_signed =
        document.to_be_signed(&signer, std::slice::from_ref(&root), SignatureAlgorithm::RSA_PKCS1_SHA256, &PROVIDER);
    let to_be_signed = to_be_signed.unwrap();
    let signature =
        fixtures::client_key().sign(to_be_signed.algorithm(), to_be_signed.message(), &mut TestRandom::new(1)).unwrap();
    let signed = to_be_signed.attach(signature);
    let data = SignedData::from_ber(signed.expose(), Limits::DEFAULT).unwrap();
    assert_eq!(data.content(), Some(document.as_bytes()));
    let mut certificates: Vec<_> = data.certificates().collect();
    certificates.sort_unstable();
    let mut expected = [signer.as_der(), root.as_der()];
    expected.sort_unstable();
    assert_eq!(certificates, expected);
}

#[test]
fn an_encrypted_profile_is_decrypted_by_openssl() {
    let folder = Folder::new("encrypted");
    let device = device();
    folder.put("device.pem", &device.to_pem());
    folder.put("device.key", CLIENT_KEY);
    let document = configuration().encrypt(&device, &mut TestRandom::new(7), &PROVIDER).unwrap();
    let text = String::from_utf8(document.as_bytes().to_vec()).unwrap();
    assert!(!text.contains(CHALLENGE) && !text.contains("com.apple.security.scep"));

    let top = Theirs::from_reader_xml(document.as_bytes()).unwrap().into_dictionary().unwrap();
    assert_eq!(top.get("IsEncrypted"), Some(&Theirs::from(true)));
    assert_eq!(top.get("PayloadIdentifier").unwrap().as_string(), Some("com.example.mdm"));
    assert!(!top.contains_key("PayloadContent"));
    let encrypted = top.get("EncryptedPayloadContent").unwrap().as_data().unwrap();
    let decrypt = "cms -decrypt -inform DER -binary -recip device.pem -inkey device.key";
    let Some(content) = folder.openssl(decrypt, encrypted) else { return };

    // A property list of its own, whose root is the array.
    let decrypted = Theirs::from_reader_xml(content.as_slice()).unwrap();
    let plain = Theirs::from_reader_xml(configuration().to_document().unwrap().as_bytes()).unwrap();
    assert_eq!(Some(&decrypted), plain.as_dictionary().unwrap().get("PayloadContent"));
}

/// First encrypted, then signed: so whoever looks sees who sent it, and not what.
#[test]
fn an_encrypted_profile_is_signed() {
    let document = configuration().encrypt(&device(), &mut TestRandom::new(7), &PROVIDER).unwrap();
    let signed = document.to_be_signed(&device(), &[], SignatureAlgorithm::RSA_PKCS1_SHA256, &PROVIDER).unwrap();
    let signed = signed.sign_with(fixtures::client_key(), &mut TestRandom::new(1)).unwrap();
    let data = SignedData::from_ber(signed.expose(), Limits::DEFAULT).unwrap();
    assert_eq!(data.content(), Some(document.as_bytes()));
    assert_eq!(format!("{document:?}"), format!("Document({} octets)", document.as_bytes().len()));
}

#[test]
fn profiles_are_encrypted_to_rsa_keys_for_encryption_only() {
    let rng = &mut TestRandom::new(1);
    let encrypt = |device: &Certificate, rng: &mut TestRandom, crypto| configuration().encrypt(device, rng, crypto);
    let ec = fixtures::below_root(fixtures::ca_key(), "device", fixtures::ec_key(), &Profile::DEVICE_CLIENT);
    assert_eq!(encrypt(&ec, rng, &PROVIDER).unwrap_err(), EncryptError::CannotEncrypt);

    let name = fixtures::name("device");
    let key = Signer::public_key(fixtures::client_key());
    let builder = |usage| {
        let serial = fixtures::serial(&name, key);
        CertificateBuilder::new(serial, fixtures::name("Root"), name.clone(), fixtures::validity(), key.clone())
            .with_key_usage(usage)
    };
    let issuer = (&fixtures::name("Root"), fixtures::ca_key());
    let signing = fixtures::certify_with(issuer, builder(KeyUsage::DIGITAL_SIGNATURE));
    assert_eq!(encrypt(&signing, rng, &PROVIDER).unwrap_err(), EncryptError::CannotEncrypt);

    let no_ciphers = CryptoProvider { ciphers: &[], ..PROVIDER };
    let error = encrypt(&device(), rng, &no_ciphers).unwrap_err();
    assert!(matches!(error, EncryptError::Seal(SealError::UnsupportedCipher(_))), "{error}");
    let empty = ConfigurationProfile::new(Identifier::new("a").unwrap());
    let error = empty.encrypt(&device(), rng, &PROVIDER).unwrap_err();
    assert_eq!(error, EncryptError::Profile(ProfileError::NoPayloads));
    let no_digests = CryptoProvider { digests: &[], ..PROVIDER };
    let document = configuration().to_document().unwrap();
    let unsigned = document.to_be_signed(&device(), &[], SignatureAlgorithm::RSA_PKCS1_SHA256, &no_digests);
    assert!(matches!(unsigned.unwrap_err(), BuildError::UnsupportedDigest(_)));
    assert!(Dictionary::new().is_empty());
}
