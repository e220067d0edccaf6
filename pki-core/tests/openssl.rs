//! What is built here, read and verified by the `openssl` program. Skipped, loudly, where there is none.
#![cfg(feature = "rustcrypto")]
#![expect(clippy::unwrap_used, reason = "these are the tools of tests")]

mod tools;

use core::{net::IpAddr, time::Duration};

use pki_core::{
    Certificate, CertificateBuilder, CrlBuilder, Csr, CsrBuilder, GeneralNamesBuilder, KeyKind, Name, NameBuilder,
    Profile, Secret, SerialNumber, UnixTime, Validity,
    cert::extension::KeyUsage,
    crl::{CrlScope, IssuingDistributionPoint, Reasons, Revocation, RevocationReason},
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
    oid,
};
use tools::{key, openssl, preferred};

fn subject() -> Name {
    NameBuilder::new().add_country("US").add_organization("Exämple, Inc.").add_common_name("device 1").build().unwrap()
}

fn names() -> GeneralNamesBuilder {
    GeneralNamesBuilder::new()
        .add_upn("user@corp.example")
        .add_email_address("user@example.org")
        .add_dns_name("host.example")
        .add_directory_name(Name::from_common_name("other").unwrap().as_ref())
        .add_uri("https://host.example/")
        .add_ip_address(IpAddr::from([192, 0, 2, 7]))
        .add_registered_id(oid::SHA256)
}

const NAMES: &str = "othername: UPN::user@corp.example, email:user@example.org, DNS:host.example, DirName:/CN=other, \
                     URI:https://host.example/, IP Address:192.0.2.7, Registered ID:sha256";

fn csr(key: &PrivateKey) -> Csr {
    CsrBuilder::new(subject(), key.public_key().clone())
        .with_subject_alt_name(names())
        .with_key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT)
        .with_extended_key_usage(&[oid::CLIENT_AUTH])
        .with_challenge_password(&Secret::from("pass@word"))
        .build(preferred(key))
        .unwrap()
        .sign_with(key, &mut Random(getrandom::SysRng))
        .unwrap()
}

#[test]
fn openssl_reads_and_verifies_our_csr() {
    for kind in [KeyKind::Rsa { bits: 2048 }, KeyKind::P256, KeyKind::Ed25519] {
        let csr = csr(&key(kind));
        assert_eq!(csr.verify(&PROVIDER), Ok(()), "{kind}");
        let arguments = ["req", "-inform", "DER", "-verify", "-noout", "-text", "-nameopt", "RFC2253,-esc_msb,utf8"];
        let Some((success, text)) = openssl(&arguments, csr.as_der()) else { return };
        assert!(success && text.contains("verify OK"), "{kind}: {text}");
        for expected in [
            "Version: 1 (0x0)",
            "challengePassword        :pass@word",
            NAMES,
            "Digital Signature, Key Encipherment",
            "TLS Web Client Authentication",
        ] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
        assert!(text.contains(&format!("Subject: {}", csr.subject())), "{text}");
    }
}

/// A self-signed root, and a certificate that it signed.
fn chain(root_kind: KeyKind, kind: KeyKind, profile: Profile) -> [Certificate; 2] {
    let mut rng = Random(getrandom::SysRng);
    let (root_key, leaf_key) = (key(root_kind), key(kind));
    let start = UnixTime::from_civil(2020, 1, 1, 0, 0, 0).unwrap();
    let validity = Validity::starting(start, Duration::from_secs(3650 * 86_400));
    let root_name = Name::from_common_name("root").unwrap();
    let public = root_key.public_key().clone();
    let serial = SerialNumber::random(&mut rng).unwrap();
    let root = CertificateBuilder::new(serial, root_name.clone(), root_name.clone(), validity, public)
        .with_profile(&Profile::ROOT_CA.answering_scep())
        .with_subject_key_identifier(&PROVIDER)
        .build(preferred(&root_key))
        .unwrap()
        .sign_with(&root_key, &mut rng)
        .unwrap();
    let serial = SerialNumber::random(&mut rng).unwrap();
    let leaf = CertificateBuilder::new(serial, root_name, subject(), validity, leaf_key.public_key().clone())
        .with_profile(&profile)
        .with_subject_key_identifier(&PROVIDER)
        .with_authority(&root, &PROVIDER)
        .with_subject_alt_name(names())
        .with_crl_distribution_points(&["http://crl.example/ca.crl"])
        .with_authority_info_access(&[
            (oid::AD_OCSP, "http://ocsp.example/"),
            (oid::AD_CA_ISSUERS, "http://ca.example/ca"),
        ])
        .build(preferred(&root_key))
        .unwrap()
        .sign_with(&root_key, &mut rng)
        .unwrap();
    [root, leaf]
}

#[test]
fn openssl_reads_our_certificate() {
    let [root, leaf] = chain(KeyKind::P256, KeyKind::Rsa { bits: 2048 }, Profile::DEVICE_CLIENT);
    assert_eq!(root.verify_signature(root.public_key(), &PROVIDER), Ok(()));
    assert_eq!(leaf.verify_signature(root.public_key(), &PROVIDER), Ok(()));
    assert!(root.is_self_issued() && !leaf.is_self_issued());
    let Some((success, text)) = openssl(&["x509", "-inform", "DER", "-noout", "-text"], leaf.as_der()) else { return };
    assert!(success, "{text}");
    let identifier = root.subject_key_identifier().unwrap().unwrap();
    let identifier: Vec<String> = identifier.as_bytes().iter().map(|byte| format!("{byte:02X}")).collect();
    for expected in [
        "Version: 3 (0x2)",
        "Not Before: Jan  1 00:00:00 2020 GMT",
        "X509v3 Basic Constraints: \n                CA:FALSE",
        "X509v3 Key Usage: critical\n                Digital Signature, Key Encipherment",
        "TLS Web Client Authentication",
        NAMES,
        "URI:http://crl.example/ca.crl",
        "OCSP - URI:http://ocsp.example/",
        "CA Issuers - URI:http://ca.example/ca",
        &identifier.join(":"),
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
}

#[test]
fn openssl_reads_and_verifies_our_crl() {
    let mut rng = Random(getrandom::SysRng);
    let (key, time) = (key(KeyKind::P256), |day| UnixTime::from_civil(2026, 1, day, 0, 0, 0).unwrap());
    let name = Name::from_common_name("root").unwrap();
    let other = Name::from_common_name("other").unwrap();
    let serial = SerialNumber::random(&mut rng).unwrap();
    let validity = Validity::new(time(1), time(31));
    let root = CertificateBuilder::new(serial, name.clone(), name.clone(), validity, key.public_key().clone())
        .with_profile(&Profile::ROOT_CA)
        .with_subject_key_identifier(&PROVIDER)
        .build(preferred(&key))
        .unwrap()
        .sign_with(&key, &mut rng)
        .unwrap();
    let point = IssuingDistributionPoint::new(None)
        .with_scope(CrlScope::CaCertificates)
        .with_reasons(Reasons::KEY_COMPROMISE | Reasons::AA_COMPROMISE)
        .indirect();
    let crl = CrlBuilder::new(name, time(2), time(9))
        .with_number(0x1234.into())
        .with_delta_base(0x1230.into())
        .with_authority(&root, &PROVIDER)
        .with_issuing_distribution_point(&point)
        .add_revoked(Revocation::new(&[1], time(1)))
        .add_revoked(
            Revocation::new(&[0, 0x80], time(1))
                .with_reason(RevocationReason::AaCompromise)
                .with_invalidity_date(UnixTime::from_civil(2025, 6, 7, 8, 9, 10).unwrap())
                .with_certificate_issuer(other.as_ref()),
        )
        .build(preferred(&key))
        .unwrap()
        .sign_with(&key, &mut rng)
        .unwrap();
    assert_eq!(crl.verify_signature(root.public_key(), &PROVIDER), Ok(()));

    let file = std::env::temp_dir().join(format!("pki-core-openssl-crl-{}.pem", std::process::id()));
    std::fs::write(&file, root.to_pem()).unwrap();
    let arguments = ["crl", "-inform", "DER", "-noout", "-text", "-CAfile", file.to_str().unwrap()];
    let output = openssl(&arguments, crl.as_der());
    std::fs::remove_file(&file).unwrap();
    let Some((success, text)) = output else { return };
    assert!(success && text.contains("verify OK"), "{text}");
    for expected in [
        "Version 2 (0x1)",
        "Last Update: Jan  2 00:00:00 2026 GMT",
        "Next Update: Jan  9 00:00:00 2026 GMT",
        "X509v3 CRL Number: \n                4660",
        "X509v3 Delta CRL Indicator: critical\n                4656",
        "Only CA Certificates",
        "Indirect CRL",
        "Key Compromise, AA Compromise",
        "Serial Number: 80",
        "X509v3 Certificate Issuer: critical\n                DirName:/CN=other",
        "Jun  7 08:09:10 2025 GMT",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
}

#[test]
fn openssl_verifies_our_chain() {
    let directory = std::env::temp_dir().join(format!("pki-core-openssl-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let [root_file, leaf_file] = ["root.pem", "leaf.pem"].map(|name| directory.join(name));
    for (kind, profile, purpose) in [
        (KeyKind::P256, Profile::DEVICE_CLIENT, "sslclient"),
        (KeyKind::Rsa { bits: 2048 }, Profile::TLS_SERVER, "sslserver"),
        (KeyKind::Ed25519, Profile::RA_SIGNING, "any"),
    ] {
        let [root, leaf] = chain(kind, KeyKind::P256, profile);
        std::fs::write(&root_file, root.to_pem()).unwrap();
        std::fs::write(&leaf_file, leaf.to_pem()).unwrap();
        let (root_path, leaf_path) = (root_file.to_str().unwrap(), leaf_file.to_str().unwrap());
        let arguments = ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", root_path, leaf_path];
        let Some((success, text)) = openssl(&arguments, &[]) else { break };
        assert!(success, "{kind}: {text}");
    }
    std::fs::remove_dir_all(&directory).unwrap();
}
