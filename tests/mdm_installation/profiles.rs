//! The profiles of certificates for mutual TLS, row by row, for root, server and client, as OpenSSL reads them.

use mdm_proto::{
    client_certificate::{ClientCertificates, KeyUse},
    identity::{IdentityUris, Sid},
    installation::{KeyTransport, RootProfile, ServerProfile},
};
use pki_core::{
    Certificate, KeyKind,
    crypto::{Signer, rustcrypto::PROVIDER},
    oid,
};

use super::{openssl, world::*};

const CRL: &str = "http://pki.example.com/root.crl";
const OCSP: &str = "http://ocsp.example.com/";
const ISSUER: &str = "http://pki.example.com/root.cer";

fn server_with(key: &pki_core::PublicKey, key_transport: KeyTransport) -> Certificate {
    let profile = ServerProfile::new()
        .add_dns_name("mdm.example.com")
        .add_dns_name("scep.example.com")
        .add_ip_address("192.0.2.7".parse().unwrap())
        .add_ip_address("2001:db8::7".parse().unwrap())
        .with_key_transport(key_transport)
        .with_lifetime(ServerProfile::LONGEST)
        .add_crl_distribution_point(CRL)
        .add_authority_info_access(oid::AD_OCSP, OCSP)
        .add_authority_info_access(oid::AD_CA_ISSUERS, ISSUER);
    sign(&profile.certificate(&root(), key.clone(), &issuance(now()), &PROVIDER).unwrap(), root_key("root-1"))
}

fn server() -> Certificate {
    server_with(key("server").public_key(), KeyTransport::None)
}

fn clients() -> ClientCertificates {
    ClientCertificates::new(root(), PROVIDER)
        .add_crl_distribution_point(CRL)
        .add_authority_info_access(oid::AD_OCSP, OCSP)
        .add_authority_info_access(oid::AD_CA_ISSUERS, ISSUER)
}

fn client() -> Certificate {
    let identity = identity().with_sid(Sid::new("S-1-5-21-3623811015-3361044348-30300820-1013").unwrap());
    sign(&clients().issue(&csr("device-1"), &identity, &issuance(now())).unwrap(), root_key("root-1"))
}

fn rsa_client(key_use: KeyUse) -> Certificate {
    let csr = csr_with(identity().subject().unwrap(), None, conformance::fixtures::client_key());
    sign(&clients().with_key_use(key_use).issue(&csr, &identity(), &issuance(now())).unwrap(), root_key("root-1"))
}

/// Each has all of these and none of those.
fn check(rows: &[(Certificate, &[&str], &[&str])]) {
    for (certificate, present, absent) in rows {
        let Some(text) = openssl::text(certificate) else { return };
        for part in *present {
            assert!(text.contains(part), "{certificate:?} lacks {part}: {text}");
        }
        for part in *absent {
            assert!(!text.contains(part), "{certificate:?} has {part}: {text}");
        }
    }
}

#[test]
fn mdm_5_1_basic_constraints() {
    let with_issuing_ca = root_of(&RootProfile::DEFAULT.with_issuing_ca(), "Root", "root-1", now());
    let issuing = RootProfile::DEFAULT.issuing_ca(
        &with_issuing_ca,
        name("Issuing"),
        key("issuing").public_key().clone(),
        &issuance(now()),
        &PROVIDER,
    );
    check(&[
        (root(), &["X509v3 Basic Constraints: critical CA:TRUE, pathlen:0"], &[]),
        (with_issuing_ca, &["X509v3 Basic Constraints: critical CA:TRUE, pathlen:1"], &[]),
        (
            sign(&issuing.unwrap(), root_key("root-1")),
            &["X509v3 Basic Constraints: critical CA:TRUE, pathlen:0"],
            &["Extended Key Usage"],
        ),
        (server(), &["X509v3 Basic Constraints: CA:FALSE"], &["CA:TRUE", "pathlen"]),
        (client(), &["X509v3 Basic Constraints: CA:FALSE"], &["CA:TRUE", "pathlen"]),
    ]);
}

#[test]
fn mdm_5_1_key_usage() {
    let rsa = Signer::public_key(conformance::fixtures::client_key());
    let only_signs: &[&str] = &["X509v3 Key Usage: critical Digital Signature X509v3"];
    let both: &[&str] = &["X509v3 Key Usage: critical Digital Signature, Key Encipherment X509v3"];
    check(&[
        (root(), &["X509v3 Key Usage: critical Certificate Sign, CRL Sign X509v3"], &[]),
        (server(), only_signs, &[]),
        (server_with(rsa, KeyTransport::None), only_signs, &[]),
        (server_with(rsa, KeyTransport::Tls12), both, &[]),
        (server_with(key("server").public_key(), KeyTransport::Tls12), only_signs, &[]),
        (client(), only_signs, &[]),
        (rsa_client(KeyUse::Tls), only_signs, &[]),
        (rsa_client(KeyUse::TlsAndScep), both, &[]),
    ]);
    let csr = csr("device-1");
    let issued = clients().with_key_use(KeyUse::TlsAndScep).issue(&csr, &identity(), &issuance(now())).unwrap();
    check(&[(sign(&issued, root_key("root-1")), only_signs, &[])]);
}

#[test]
fn mdm_5_1_extended_key_usage() {
    check(&[
        (root(), &[], &["Extended Key Usage"]),
        (server(), &["X509v3 Extended Key Usage: TLS Web Server Authentication X509v3"], &["Client", "Any"]),
        (
            client(),
            &["X509v3 Extended Key Usage: TLS Web Client Authentication X509v3"],
            &["Web Server", "Any", "Smart"],
        ),
    ]);
}

#[test]
fn mdm_5_1_subject_alt_name() {
    check(&[
        (root(), &[], &["Alternative"]),
        (
            server(),
            &[
                "Subject: Subject Public",
                "X509v3 Subject Alternative Name: critical DNS:mdm.example.com, DNS:scep.example.com, IP Address:192.0.2.7, \
                 IP Address:2001:DB8:0:0:0:0:0:7",
            ],
            &["CN = mdm"],
        ),
        (
            client(),
            &[
                "Subject: O = Example, CN = 01010101-0101-0101-0101-010101010101",
                "X509v3 Subject Alternative Name: URI:urn:uuid:01010101-0101-0101-0101-010101010101, \
                 URI:work-space:sales-7, email:jane@example.com, othername: UPN::jane@corp.example.com, \
                 URI:tag:microsoft.com,2022-09-14:sid:S-1-5-21-3623811015-3361044348-30300820-1013",
            ],
            &[],
        ),
    ]);
    let uris = IdentityUris::DEFAULT.with_work_space_prefix("https://mdm.example.com/ws/").unwrap();
    let issued = clients().with_uris(uris).issue(&csr("device-1"), &identity(), &issuance(now())).unwrap();
    check(&[(sign(&issued, root_key("root-1")), &["URI:https://mdm.example.com/ws/sales-7"], &["work-space:"])]);
}

#[test]
fn mdm_5_1_validity() {
    // now is 2026-11-23 09:00:00.
    let before = "Validity Not Before: Nov 23 08:55:00 2026 GMT";
    check(&[
        (root(), &[before, "Not After : Nov 19 09:00:00 2041 GMT"], &[]),
        (server(), &[before, "Not After : Feb 25 08:54:59 2029 GMT"], &[]),
        (client(), &[before, "Not After : Nov 23 09:00:00 2027 GMT"], &[]),
    ]);
    let length = |certificate: Certificate| {
        certificate.validity().not_after.as_seconds() - certificate.validity().not_before.as_seconds()
    };
    assert_eq!(length(server()), 825 * 86_400 - 1);
}

#[test]
fn mdm_5_1_key_and_hash() {
    let rsa_key = key_of(KeyKind::Rsa { bits: 3072 }, "root");
    let profile = RootProfile::DEFAULT;
    let rsa = profile.root(name("Root"), rsa_key.public_key().clone(), &issuance(now()), &PROVIDER).unwrap();
    check(&[
        (root(), &["Public-Key: (384 bit)", "Signature Algorithm: ecdsa-with-SHA384"], &[]),
        (sign(&rsa, rsa_key), &["Public-Key: (3072 bit)", "Signature Algorithm: sha256WithRSAEncryption"], &[]),
        (server(), &["Public-Key: (256 bit)", "Signature Algorithm: ecdsa-with-SHA256"], &["SHA1", "sha1"]),
        (client(), &["Public-Key: (256 bit)", "Signature Algorithm: ecdsa-with-SHA256"], &["SHA1", "sha1"]),
    ]);
}

#[test]
fn mdm_5_1_identifiers_and_pointers() {
    let pointers: &[&str] = &[
        "X509v3 Subject Key Identifier:",
        "X509v3 Authority Key Identifier:",
        "X509v3 CRL Distribution Points: Full Name: URI:http://pki.example.com/root.crl",
        "Authority Information Access: OCSP - URI:http://ocsp.example.com/ CA Issuers - URI:http://pki.example.com/root.cer",
    ];
    check(&[
        (root(), &["X509v3 Subject Key Identifier:"], &["CRL Distribution", "Information Access"]),
        (server(), pointers, &[]),
        (client(), pointers, &[]),
    ]);
    // CAs below the root can be revoked, too.
    let profile = RootProfile::DEFAULT
        .with_issuing_ca()
        .add_crl_distribution_point(CRL)
        .add_authority_info_access(oid::AD_OCSP, OCSP)
        .add_authority_info_access(oid::AD_CA_ISSUERS, ISSUER);
    let tall = root_of(&profile, "Root", "root-1", now());
    let issuing_key = key("issuing").public_key().clone();
    let issuing = profile.issuing_ca(&tall, name("Issuing"), issuing_key, &issuance(now()), &PROVIDER).unwrap();
    let cross = profile.cross(&root_at("Next", "root-2", now()), &tall, &issuance(now()), &PROVIDER).unwrap();
    check(&[
        (tall, &["X509v3 Subject Key Identifier:"], &["CRL Distribution", "Information Access"]),
        (sign(&issuing, root_key("root-1")), pointers, &[]),
        (sign(&cross, root_key("root-1")), pointers, &[]),
    ]);
    let root = root();
    let of_root = root.subject_key_identifier().unwrap().unwrap().as_bytes().to_vec();
    for certificate in [server(), client()] {
        let authority = certificate.authority_key_identifier().unwrap().unwrap();
        assert_eq!(authority.key_identifier.unwrap(), of_root);
    }
}

#[test]
fn mdm_5_1_serial_numbers_have_64_random_bits_or_more() {
    let mut rng = conformance::TestRandom::new(1);
    let (one, other) = (
        mdm_proto::client_certificate::Issuance::new(now(), &mut rng).unwrap(),
        mdm_proto::client_certificate::Issuance::new(now(), &mut rng).unwrap(),
    );
    assert_ne!(one, other);
    let issued = clients().issue(&csr("device-1"), &identity(), &one).unwrap();
    assert_eq!(sign(&issued, root_key("root-1")).serial_number(), one.serial.as_bytes());
    assert!(one.serial.as_bytes().len() * 8 >= 64);
}

#[test]
fn openssl_builds_the_paths() {
    let (tls_server, tls_client) = (["-purpose", "sslserver"], ["-purpose", "sslclient"]);
    let host = [&tls_server[..], &["-verify_hostname", "scep.example.com"]].concat();
    let ip = [&tls_server[..], &["-verify_ip", "192.0.2.7"]].concat();
    let other_host = [&tls_server[..], &["-verify_hostname", "other.example.com"]].concat();
    let other_root = root_at("Root", "root-2", now());
    for (root, leaf, options, is_good) in [
        (root(), server(), &host[..], true),
        (root(), server(), &ip, true),
        (root(), server(), &other_host, false),
        (root(), server(), &tls_client, false),
        (root(), client(), &tls_client, true),
        (root(), client(), &tls_server, false),
        (other_root, client(), &tls_client, false),
    ] {
        let Some(verdict) = openssl::verify(&[root], std::slice::from_ref(&leaf), options, now()) else { return };
        assert_eq!(verdict.is_ok(), is_good, "{leaf:?} {options:?}: {verdict:?}");
    }
}
