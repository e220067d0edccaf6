//! Roots and server certificates: what is made, what is refused, what devices believe.

use std::time::Duration;

use mdm_proto::installation::{
    InstallationError, KeyTransport, RootProfile, ServerProfile, ServerRefused, verify_server,
};
use pki_core::{
    BuildError, Certificate, KeyKind, Name,
    chain::{PeerName, Violation},
    crypto::{Signer, rustcrypto::PROVIDER},
};

use super::{openssl, world::*};

fn make_root(profile: RootProfile, kind: KeyKind) -> Result<Certificate, InstallationError> {
    let key =
        if kind == (KeyKind::Rsa { bits: 2048 }) { conformance::fixtures::ca_key() } else { key_of(kind, "root") };
    let root = profile.root(name("Root"), Signer::public_key(key).clone(), &issuance(now()), &PROVIDER)?;
    Ok(sign(&root, key))
}

fn make_server(profile: &ServerProfile) -> Result<Certificate, InstallationError> {
    let key = key("server").public_key().clone();
    profile.certificate(&root(), key, &issuance(now()), &PROVIDER).map(|server| sign(&server, root_key("root-1")))
}

fn named() -> ServerProfile {
    ServerProfile::new().add_dns_name("mdm.example.com")
}

#[test]
fn mdm_5_1_roots_have_strong_keys() {
    for kind in [KeyKind::P256, KeyKind::Ed25519, KeyKind::Rsa { bits: 2048 }] {
        assert_eq!(make_root(RootProfile::DEFAULT, kind), Err(InstallationError::WeakKey { kind }));
    }
    for kind in [KeyKind::P384, KeyKind::P521, KeyKind::Rsa { bits: 3072 }] {
        let root = make_root(RootProfile::DEFAULT, kind).unwrap();
        root.verify_signature(root.public_key(), &PROVIDER).unwrap();
        let Some(verdict) = openssl::verify(std::slice::from_ref(&root), std::slice::from_ref(&root), &[], now())
        else {
            return;
        };
        assert_eq!(verdict, Ok(()));
    }
}

#[test]
fn mdm_5_1_roots_live_for_10_to_20_years() {
    let live = |lifetime| make_root(RootProfile::DEFAULT.with_lifetime(days(lifetime)), KeyKind::P384);
    for lifetime in [3650, 20 * 365, 20 * 365 + 5] {
        assert!(live(lifetime).is_ok());
    }
    for lifetime in [0, 3649, 20 * 365 + 6] {
        assert!(matches!(live(lifetime), Err(InstallationError::Lifetime { .. })));
    }
    let early = make_root(RootProfile::DEFAULT.with_back_dating(days(1)), KeyKind::P384).unwrap();
    assert_eq!(early.validity().not_before, now().minus(days(1)));
}

#[test]
fn what_no_certificate_can_be_made_of_is_refused() {
    let key = root_key("root-1").public_key().clone();
    let nameless = RootProfile::DEFAULT.root(Name::empty(), key, &issuance(now()), &PROVIDER).unwrap_err();
    assert_eq!(nameless, InstallationError::Build(BuildError::Empty("issuer")));
}

#[test]
fn rfc5280_s4_2_1_9_an_issuing_ca_needs_room() {
    let issuing = |root: &Certificate, key: &pki_core::PublicKey, at| {
        RootProfile::DEFAULT.issuing_ca(root, name("Issuing"), key.clone(), &issuance(at), &PROVIDER).map(drop)
    };
    let tall = root_of(&RootProfile::DEFAULT.with_issuing_ca(), "Root", "root-1", now());
    let strong = key("issuing").public_key();
    assert_eq!(issuing(&tall, strong, now()), Ok(()));
    assert_eq!(issuing(&root(), strong, now()), Err(InstallationError::NoRoom));
    assert_eq!(issuing(&make_server(&named()).unwrap(), strong, now()), Err(InstallationError::NotACa));
    let weak = Signer::public_key(conformance::fixtures::ca_key());
    let kind = KeyKind::Rsa { bits: 2048 };
    assert_eq!(issuing(&tall, weak, now()), Err(InstallationError::WeakKey { kind }));
    let late = day(16 * 365);
    assert_eq!(issuing(&tall, strong, late), Err(InstallationError::IssuerNotValid { at: late }));
}

#[test]
fn mdm_5_1_servers_are_refused_that_apple_would_refuse() {
    assert_eq!(make_server(&ServerProfile::new()), Err(InstallationError::NoName));
    let days_825 = named().with_lifetime(days(825)).with_back_dating(Duration::ZERO);
    let validity = make_server(&days_825).unwrap().validity();
    assert_eq!((validity.not_before, validity.not_after), (now(), day(825).minus(Duration::from_secs(1))));
    let longer = named().with_lifetime(days(825) + Duration::from_secs(1));
    assert!(matches!(make_server(&longer), Err(InstallationError::Lifetime { .. })));
    // By an old root, back-dated so far that it would be over.
    let old = root_of(&RootProfile::DEFAULT, "Root", "root-1", now().minus(days(1000)));
    let over = named().with_back_dating(days(826));
    let made = over.certificate(&old, key("server-1").public_key().clone(), &issuance(now()), &PROVIDER);
    assert!(matches!(made, Err(InstallationError::Lifetime { .. })));
    for wrong in [
        "",
        "*",
        "*.com",
        "mdm..example.com",
        "-a.example.com",
        "a-.example.com",
        "a_b.example.com",
        "192.0.2.7",
        "x.*.com",
        "mdm.example.com.",
    ] {
        let error = make_server(&ServerProfile::new().add_dns_name(wrong)).unwrap_err();
        assert_eq!(error, InstallationError::InvalidName { name: wrong.into() });
    }
    for good in ["mdm", "*.example.com", "xn--bcher-kva.example", "7.example.com"] {
        assert!(make_server(&ServerProfile::new().add_dns_name(good)).is_ok(), "{good}");
    }
}

#[test]
fn servers_have_keys_of_their_own_that_are_strong() {
    let with = |key: &pki_core::PublicKey| {
        named().certificate(&root(), key.clone(), &issuance(now()), &PROVIDER).map(drop).unwrap_err()
    };
    let small = Signer::public_key(conformance::fixtures::small_ca_key());
    assert_eq!(with(small), InstallationError::WeakKey { kind: KeyKind::Rsa { bits: 1024 } });
    assert_eq!(with(root_key("root-1").public_key()), InstallationError::KeyOfIssuer);
}

#[test]
fn servers_do_not_outlive_the_root() {
    let at = root().validity().not_after.minus(days(30));
    let key = key("server").public_key();
    let server = named().certificate(&root(), key.clone(), &issuance(at), &PROVIDER).unwrap();
    assert_eq!(sign(&server, root_key("root-1")).validity().not_after, root().validity().not_after);
    let late = at.plus(days(31));
    let over = named().certificate(&root(), key.clone(), &issuance(late), &PROVIDER).unwrap_err();
    assert_eq!(over, InstallationError::IssuerNotValid { at: late });
    let early = now().minus(days(1));
    let before = named().certificate(&root(), key.clone(), &issuance(early), &PROVIDER).unwrap_err();
    assert_eq!(before, InstallationError::IssuerNotValid { at: early });
}

#[test]
fn an_issuer_that_can_not_sign_is_refused() {
    // X25519 keys sign nothing (RFC 8410 section 10.2).
    let x25519 = hex_literal::hex!(
        "302a 300506032b656e 032100 19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"
    );
    let builder = pki_core::CertificateBuilder::new(
        issuance(now()).serial,
        name("CA"),
        name("CA"),
        root().validity(),
        pki_core::PublicKey::from_der(&x25519).unwrap(),
    )
    .with_profile(&pki_core::Profile::issuing_ca(0));
    let ca = sign(&builder.build(pki_core::algorithm::SignatureAlgorithm::ECDSA_SHA256).unwrap(), key("x"));
    let refused = named().certificate(&ca, key("server").public_key().clone(), &issuance(now()), &PROVIDER);
    assert_eq!(refused.unwrap_err(), InstallationError::IssuerKeyUnsupported);
}

#[test]
fn a_subject_is_for_people() {
    let server =
        make_server(&named().with_subject(name("Management")).with_key_transport(KeyTransport::Tls12)).unwrap();
    assert!(server.subject().matches(name("Management").as_ref()));
    let Some(text) = openssl::text(&server) else { return };
    assert!(text.contains("X509v3 Subject Alternative Name: DNS:mdm.example.com"), "not critical: {text}");
}

#[test]
fn a_device_believes_its_server_and_no_other() {
    let server = make_server(&named()).unwrap();
    let host = [PeerName::Dns("mdm.example.com")];
    let verify = |roots: &[Certificate], chain: &[Certificate], names: &[PeerName<'_>], at| {
        verify_server(roots, chain, names, at, &PROVIDER)
    };
    let good = std::slice::from_ref(&server);
    assert!(verify(&[root()], good, &host, now()).is_ok());
    let violation = |result: Result<_, ServerRefused>| match result {
        Err(ServerRefused::Chain(error)) => error.violation().clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(verify(&[root()], &[], &host, now()).unwrap_err(), ServerRefused::NoCertificate);
    assert_eq!(verify(&[root()], good, &[], now()).unwrap_err(), ServerRefused::NoName);
    let other_name = violation(verify(&[root()], good, &[PeerName::Dns("other.example.com")], now()));
    assert!(matches!(other_name, Violation::PeerName { .. }));
    assert!(matches!(violation(verify(&[root()], good, &host, day(366))), Violation::Expired { .. }));
    let other_root = root_at("Root", "root-2", now());
    assert!(matches!(violation(verify(&[other_root], good, &host, now())), Violation::Signature(_)));
    assert!(matches!(violation(verify(&[], good, &host, now())), Violation::UnknownIssuer { .. }));
    // A device that plays the server by its own certificate.
    let service = Service::activated(|clients| clients);
    let device = violation(verify(&[root()], &[service.1], &host, now()));
    assert!(matches!(device, Violation::ExtendedKeyUsage { .. } | Violation::PeerName { .. }), "{device:?}");
}
