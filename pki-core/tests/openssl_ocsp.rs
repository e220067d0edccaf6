//! OCSP requests and responses that are built here, read, answered and verified by the `openssl` program. Skipped, loudly,
//! where there is none.
#![cfg(feature = "rustcrypto")]
#![expect(clippy::unwrap_used, reason = "these are the tools of tests")]

mod tools;

use std::path::PathBuf;

use pki_core::{
    Certificate, CertificateBuilder, KeyKind, Name, Profile, SerialNumber, UnixTime, Validity,
    algorithm::DigestAlgorithm,
    crl::RevocationReason,
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
    ocsp::{
        CertId, CertStatus, NoncePolicy, OcspRequest, OcspRequestBuilder, OcspResponse, OcspResponseBuilder,
        ResponderId,
    },
};
use tools::{key, openssl, preferred};

/// A CA, two certificates that it issued, a delegate, and where their files are.
struct World {
    directory: PathBuf,
    ca: Certificate,
    ca_key: PrivateKey,
    certificates: [Certificate; 2],
    responder: Certificate,
    responder_key: PrivateKey,
}

impl World {
    fn new(kind: KeyKind, label: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("pki-core-ocsp-{label}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let (ca_key, responder_key) = (key(kind), key(kind));
        let issue = |serial: u8, subject: &str, key: &PrivateKey, profile: &Profile| {
            let serial = SerialNumber::from_bytes(&[serial]).unwrap();
            let validity = Validity::new(time(2020), time(2099));
            let [issuer, subject] = ["ca", subject].map(|name| Name::from_common_name(name).unwrap());
            let builder = CertificateBuilder::new(serial, issuer, subject, validity, key.public_key().clone())
                .with_profile(profile)
                .with_subject_key_identifier(&PROVIDER)
                .with_authority_key(ca_key.public_key(), &PROVIDER);
            let builder = if *profile == Profile::OCSP_RESPONDER { builder.with_ocsp_no_check() } else { builder };
            builder.build(preferred(&ca_key)).unwrap().sign_with(&ca_key, &mut rng()).unwrap()
        };
        let leaf_key = key(KeyKind::P256);
        let world = Self {
            ca: issue(1, "ca", &ca_key, &Profile::ROOT_CA),
            certificates: [7, 0x8f].map(|serial| issue(serial, "leaf", &leaf_key, &Profile::DEVICE_CLIENT)),
            responder: issue(9, "responder", &responder_key, &Profile::OCSP_RESPONDER),
            directory,
            ca_key,
            responder_key,
        };
        world.write("ca.pem", world.ca.to_pem().as_bytes());
        world.write("leaf.pem", world.certificates[0].to_pem().as_bytes());
        world.write("revoked.pem", world.certificates[1].to_pem().as_bytes());
        world.write("responder.pem", world.responder.to_pem().as_bytes());
        world.write("responder.key", world.responder_key.to_pem().expose());
        world
    }

    fn file(&self, name: &str) -> String {
        self.directory.join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, contents: &[u8]) {
        std::fs::write(self.directory.join(name), contents).unwrap();
    }

    fn id(&self, index: usize, digest: DigestAlgorithm) -> CertId {
        let key = self.ca.public_key();
        CertId::of_certificate(self.certificates.get(index).unwrap(), key, digest, &PROVIDER).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.directory).unwrap();
    }
}

fn rng() -> Random<getrandom::SysRng> {
    Random(getrandom::SysRng)
}

fn time(year: u16) -> UnixTime {
    UnixTime::from_civil(year, 1, 2, 3, 4, 5).unwrap()
}

#[test]
fn openssl_reads_and_answers_our_request() {
    let world = World::new(KeyKind::P256, "request");
    let ids = [world.id(0, DigestAlgorithm::SHA1), world.id(1, DigestAlgorithm::SHA256)];
    let request = OcspRequestBuilder::new(ids[0].as_ref())
        .add_certificate(ids[1].as_ref())
        .with_random_nonce(&mut rng())
        .unwrap()
        .build()
        .unwrap();
    world.write("request.der", request.as_der());
    let index = "V\t990102030405Z\t\t07\tunknown\t/CN=leaf\n\
                 R\t990102030405Z\t240102030405Z,superseded\t8F\tunknown\t/CN=leaf\n";
    world.write("index", index.as_bytes());
    let files = ["request.der", "index", "ca.pem", "responder.pem", "responder.key", "response.der"];
    let [request_file, index, ca, signer, signer_key, response_file] = files.map(|name| world.file(name));
    let arguments = ["ocsp", "-reqin", &request_file, "-req_text", "-noverify", "-index", &index, "-CA", &ca]
        .into_iter()
        .chain(["-rsigner", &signer, "-rkey", &signer_key, "-ndays", "7", "-respout", &response_file]);
    let Some((success, text)) = openssl(&arguments.collect::<Vec<_>>(), &[]) else { return };
    let nonce: String = request.nonce().unwrap().unwrap().iter().map(|byte| format!("{byte:02X}")).collect();
    assert!(success, "{text}");
    for expected in ["Hash Algorithm: sha1", "Hash Algorithm: sha256", "Serial Number: 07", "Serial Number: 8F", &nonce]
    {
        assert!(text.contains(expected), "{expected} in {text}");
    }

    let response = OcspResponse::from_der(&std::fs::read(&response_file).unwrap()).unwrap();
    let basic = response.basic().unwrap();
    assert_eq!(request.check_nonce(basic, NoncePolicy::Required), Ok(()));
    assert_eq!(basic.verify_signature(world.responder.public_key(), &PROVIDER), Ok(()));
    let revoked = CertStatus::Revoked { at: time(2024), reason: Some(RevocationReason::Superseded) };
    assert!(basic.responses().map(|single| single.status).eq([CertStatus::Good, revoked]));
    assert!(basic.responses().map(|single| single.cert_id).eq(ids.iter().map(CertId::as_ref)));
}

#[test]
fn openssl_verifies_our_response() {
    for (kind, label) in [(KeyKind::P256, "p256"), (KeyKind::Rsa { bits: 2048 }, "rsa")] {
        let world = World::new(kind, label);
        let responder = world.responder.public_key().key_identifier(&PROVIDER).unwrap();
        let revoked = CertStatus::Revoked { at: time(2024), reason: Some(RevocationReason::KeyCompromise) };
        for (id, signer, certificates) in [
            (ResponderId::ByName(world.ca.subject()), &world.ca_key, &[][..]),
            (ResponderId::ByKey(responder.as_bytes()), &world.responder_key, core::slice::from_ref(&world.responder)),
        ] {
            // OpenSSL compares these with the clock.
            let (this, next) = (time(2020), Some(time(2099)));
            let response = OcspResponseBuilder::new(id, time(2020))
                .add_response(world.id(0, DigestAlgorithm::SHA256).as_ref(), CertStatus::Good, this, next)
                .add_response(world.id(1, DigestAlgorithm::SHA256).as_ref(), revoked, this, next)
                .with_nonce(&[0xab; 32])
                .with_certificates(certificates)
                .build(preferred(signer))
                .unwrap()
                .sign_with(signer, &mut rng())
                .unwrap();
            world.write("response.der", response.as_der());
            let [ca, leaf, other, file] =
                ["ca.pem", "leaf.pem", "revoked.pem", "response.der"].map(|name| world.file(name));
            let arguments = ["ocsp", "-respin", &file, "-resp_text", "-CAfile", &ca, "-issuer", &ca, "-no_nonce"]
                .into_iter()
                .chain(["-sha256", "-cert", &leaf, "-sha256", "-cert", &other]);
            let Some((success, text)) = openssl(&arguments.collect::<Vec<_>>(), &[]) else { return };
            assert!(success, "{text}");
            for expected in [
                "Response verify OK",
                "leaf.pem: good",
                "revoked.pem: revoked",
                "Reason: keyCompromise",
                "Revocation Time: Jan  2 03:04:05 2024 GMT",
                "Next Update: Jan  2 03:04:05 2099 GMT",
                &"AB".repeat(32),
            ] {
                assert!(text.contains(expected), "{kind}: {expected} in {text}");
            }
        }
    }
}

#[test]
fn openssl_reads_our_refusal() {
    let response = OcspResponse::refusal(pki_core::ocsp::Refusal::TryLater);
    let world = World::new(KeyKind::P256, "refusal");
    world.write("response.der", response.as_der());
    let Some((_, text)) = openssl(&["ocsp", "-respin", &world.file("response.der"), "-noverify"], &[]) else { return };
    assert!(text.contains("trylater (3)"), "{text}");
}

#[test]
fn what_openssl_signs_we_read() {
    let world = World::new(KeyKind::P256, "signed");
    let [request, ca, signer, signer_key] =
        ["request.der", "ca.pem", "responder.pem", "responder.key"].map(|name| world.file(name));
    let arguments = ["ocsp", "-issuer", &ca, "-serial", "0x7", "-signer", &signer, "-signkey", &signer_key, "-reqout"];
    let arguments: Vec<&str> = arguments.into_iter().chain([request.as_str()]).collect();
    let Some((success, text)) = openssl(&arguments, &[]) else { return };
    assert!(success, "{text}");
    let request = OcspRequest::from_der(&std::fs::read(&request).unwrap()).unwrap();
    let signature = request.signature().unwrap();
    let sent: Vec<_> = signature.certificates().collect();
    assert_eq!(sent, [Ok(world.responder.clone())]);
    let key = world.responder.public_key();
    assert_eq!(PROVIDER.verify(signature.algorithm, key, request.tbs(), signature.signature), Ok(()));
    let id = request.requests().next().unwrap().cert_id;
    assert_eq!(id.matches(world.ca.subject(), world.ca.public_key(), &[7], &PROVIDER), Some(true));
}
