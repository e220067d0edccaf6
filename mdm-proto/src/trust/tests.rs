//! What a change of a set adds and removes.

use alloc::{vec, vec::Vec};
use core::time::Duration;

use hex_literal::hex;
use pki_core::{
    CertificateBuilder, DecodeErrorKind, Name, Profile, PublicKey, SerialNumber, UnixTime, Validity,
    algorithm::SignatureAlgorithm,
    crypto::{CryptoProvider, Signature},
    extension::{BasicConstraints, KeyUsage},
};

use super::*;

const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
/// RFC 8410 section 10.1.
const ED25519: [u8; 44] =
    hex!("302a 3005 06032b6570 032100 19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
const NO_ALGORITHMS: CryptoProvider = CryptoProvider {
    verifiers: &[],
    digests: &[],
    ciphers: &[],
    authenticated_ciphers: &[],
    key_transports: &[],
    key_derivations: &[],
};

fn draft(number: u16, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Certificate {
    let name = Name::from_common_name("CA").unwrap();
    let validity = Validity::new(NOW, NOW.plus(Duration::from_secs(365 * 86_400)));
    let serial = SerialNumber::from_bytes(&number.saturating_add(1).to_be_bytes()).unwrap();
    let builder = CertificateBuilder::new(serial, name.clone(), name, validity, PublicKey::from_der(&ED25519).unwrap());
    let builder = change(builder.with_profile(&Profile::ROOT_CA));
    builder.build(SignatureAlgorithm::ECDSA_SHA256).unwrap().attach(Signature::new(vec![0; 64]))
}

fn ca(number: u16) -> Certificate {
    draft(number, |builder| builder)
}

fn cas(numbers: impl IntoIterator<Item = u16>) -> Vec<Certificate> {
    numbers.into_iter().map(ca).collect()
}

#[test]
fn a_change_replaces_the_whole_set() {
    let (store, change) = TrustStore::new().replace(TrustPurpose::WiFi, cas([1, 2, 1])).unwrap();
    assert_eq!(store.certificates(TrustPurpose::WiFi), cas([1, 2]));
    assert_eq!((change.add, change.remove), (cas([1, 2]), vec![]));
    let (store, change) = store.replace(TrustPurpose::WiFi, cas([3, 2])).unwrap();
    assert_eq!(store.certificates(TrustPurpose::WiFi), cas([3, 2]));
    assert_eq!((&change.add, &change.remove), (&cas([3]), &cas([1])));
    assert_eq!((change.install, change.uninstall), (cas([3]), cas([1])));
    let (same, change) = store.replace(TrustPurpose::WiFi, cas([2, 3])).unwrap();
    assert!(change.is_empty(), "the order has no meaning");
    assert!(same.replace(TrustPurpose::WiFi, []).unwrap().0 == TrustStore::new());
}

#[test]
fn what_another_purpose_has_stays() {
    let (store, _) = TrustStore::new().replace(TrustPurpose::WiFi, cas([1])).unwrap();
    let (store, change) = store.replace(TrustPurpose::Vpn, cas([1, 2])).unwrap();
    assert_eq!((change.add, change.install), (cas([1, 2]), cas([2])));
    assert!(store.purposes(&ca(1)).eq([TrustPurpose::Vpn, TrustPurpose::WiFi]));
    let (store, change) = store.replace(TrustPurpose::WiFi, []).unwrap();
    assert_eq!((change.remove, change.uninstall), (cas([1]), vec![]));
    let (_, change) = store.replace(TrustPurpose::Vpn, []).unwrap();
    assert_eq!(change.uninstall, cas([1, 2]));
}

#[test]
fn a_device_keeps_an_enterprise_root() {
    assert_eq!(TrustStore::new().replace(TrustPurpose::Enterprise, []), Err(TrustError::NoEnterpriseRoot));
    assert!(TrustStore::new().replace(TrustPurpose::Enterprise, cas([1])).is_ok());
}

#[test]
fn sets_are_bounded() {
    let (store, _) = TrustStore::new().replace(TrustPurpose::Browser, cas(0..256)).unwrap();
    assert_eq!(store.replace(TrustPurpose::Browser, cas(0..257)), Err(TrustError::TooMany));
    assert_eq!(TrustStore::from_der(&store.to_der()), Ok(store));
}

#[test]
fn warnings_say_what_is_odd() {
    let warnings = |certificate: &Certificate, seconds: i64| {
        let now = UnixTime::from_seconds(NOW.as_seconds() + seconds);
        Description::new(certificate, ExpiryWarning::default(), now, &NO_ALGORITHMS).warnings
    };
    let (not_before, not_after) = (NOW, NOW.plus(Duration::from_secs(365 * 86_400)));
    assert_eq!(warnings(&ca(1), -1), [Warning::NotYetValid { not_before }]);
    assert_eq!(warnings(&ca(1), 0), []);
    assert_eq!(warnings(&ca(1), 275 * 86_400), []);
    assert_eq!(warnings(&ca(1), 275 * 86_400 + 1), [Warning::Expiring { not_after }]);
    assert_eq!(warnings(&ca(1), 365 * 86_400), [Warning::Expiring { not_after }]);
    assert_eq!(warnings(&ca(1), 365 * 86_400 + 1), [Warning::Expired { not_after }]);
    let end_entity = draft(1, |builder| builder.with_basic_constraints(BasicConstraints::END_ENTITY));
    let signer = draft(1, |builder| builder.with_key_usage(KeyUsage::DIGITAL_SIGNATURE));
    let silent = draft(1, |builder| builder.with_key_usage(KeyUsage::NONE));
    assert_eq!(warnings(&end_entity, 0), [Warning::NotACa]);
    assert_eq!(warnings(&signer, 0), [Warning::NotACa]);
    assert_eq!(warnings(&silent, 0), []);
    assert_eq!(warnings(&signer, 365 * 86_400 + 1), [Warning::Expired { not_after }, Warning::NotACa]);
}

#[test]
fn fingerprints_are_left_out_where_there_is_no_digest() {
    let description = Description::new(&ca(1), ExpiryWarning::default(), NOW, &NO_ALGORITHMS);
    assert_eq!((description.sha256, description.sha1), (None, None));
    assert_eq!(description.subject, Name::from_common_name("CA").unwrap());
}

#[test]
fn what_is_no_record_is_refused() {
    let (store, _) = TrustStore::new().replace(TrustPurpose::WiFi, cas([1])).unwrap();
    let (store, _) = store.replace(TrustPurpose::Email, cas([1, 2])).unwrap();
    let der = store.to_der();
    assert_eq!(TrustStore::from_der(&der), Ok(store));
    assert!((0..der.len()).all(|end| TrustStore::from_der(&der[..end]).is_err()));
    for (der, kind) in [
        (&hex!("3005 020102 3000")[..], DecodeErrorKind::UnsupportedVersion),
        (&hex!("300c 020101 3007 3005 020109 3000"), DecodeErrorKind::InvalidValue),
        (&hex!("3013 020101 300e 3005 020101 3000 3005 020101 3000"), DecodeErrorKind::Duplicate),
    ] {
        assert_eq!(TrustStore::from_der(der).unwrap_err().kind(), kind);
    }
}
