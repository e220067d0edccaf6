//! What is put, proven, removed and left to do.

use alloc::{vec, vec::Vec};
use core::time::Duration;

use hex_literal::hex;
use pki_core::{
    BuildError, Certificate, CertificateBuilder, DecodeErrorKind, Name, PublicKey, SerialNumber, UnixTime, Validity,
    algorithm::SignatureAlgorithm, crypto::Signature,
};

use super::*;
use crate::profile::ProfileId;

/// RFC 8410 section 10.1.
const ED25519: [u8; 44] =
    hex!("302a 3005 06032b6570 032100 19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");

fn certificate(number: u8) -> Certificate {
    let name = Name::from_common_name("device").unwrap();
    let validity = Validity::starting(UnixTime::from_seconds(1_800_000_000), Duration::from_secs(86_400));
    let serial = SerialNumber::from_bytes(&[number]).unwrap();
    let key = PublicKey::from_der(&ED25519).unwrap();
    let builder = CertificateBuilder::new(serial, name.clone(), name, validity, key);
    builder.build(SignatureAlgorithm::ECDSA_SHA256).unwrap().attach(Signature::new(vec![0; 64]))
}

fn handle(number: u8) -> KeyHandle {
    KeyHandle::new(&[number]).unwrap()
}

fn profile(text: &str) -> ProfileId {
    ProfileId::new(text).unwrap()
}

fn wifi() -> ProfileId {
    profile("wifi")
}

fn put(keystore: &Keystore, number: u8) -> Keystore {
    keystore.put(&wifi(), vec![certificate(number)], handle(number)).unwrap()
}

fn all_done(keystore: &Keystore) -> Keystore {
    let mut keystore = keystore.clone();
    while let Some(step) = keystore.steps().first() {
        keystore = keystore.done(step);
    }
    keystore
}

fn in_use(number: u8) -> Keystore {
    all_done(&put(&Keystore::new(), number)).proven(&wifi())
}

fn keys(keystore: &Keystore) -> Vec<KeyHandle> {
    keystore.candidates(&wifi()).map(|entry| entry.key.clone()).collect()
}

#[test]
fn a_certificate_is_used_once_it_is_installed() {
    let keystore = put(&Keystore::new(), 1);
    assert!(keys(&keystore).is_empty());
    let [step @ Step::Add(entry)] = &keystore.steps()[..] else { panic!("one step") };
    assert_eq!((entry.id.number(), &entry.chain[..], &entry.key), (1, &[certificate(1)][..], &handle(1)));
    let keystore = keystore.done(step);
    assert_eq!(keys(&keystore), [handle(1)]);
    assert!(keystore.steps().is_empty());
    assert_eq!(keystore.done(step), keystore);
}

#[test]
fn the_old_one_stays_until_the_new_one_is_proven() {
    let keystore = put(&in_use(1), 2);
    assert_eq!(keys(&keystore), [handle(1)]);
    assert_eq!(keystore.proven(&wifi()), keystore, "what is not installed was not used");
    let keystore = all_done(&keystore);
    assert_eq!(keys(&keystore), [handle(2), handle(1)]);
    let keystore = keystore.proven(&wifi());
    assert_eq!(keys(&keystore), [handle(2)]);
    let [step @ Step::Delete(id)] = &keystore.steps()[..] else { panic!("one step") };
    assert_eq!(id.number(), 1);
    let keystore = keystore.done(step);
    assert_eq!(keystore.steps(), [Step::DeleteKey(handle(1))]);
    assert!(all_done(&keystore).steps().is_empty());
}

#[test]
fn one_that_fails_goes_and_the_old_one_stays() {
    let keystore = all_done(&put(&in_use(1), 2)).failed(&wifi());
    assert_eq!(keys(&keystore), [handle(1)]);
    assert!(matches!(keystore.steps()[..], [Step::Delete(EntryId(2))]));
    let nothing = put(&Keystore::new(), 1).failed(&wifi());
    assert_eq!(nothing.profiles().count(), 0);
}

#[test]
fn another_replaces_what_was_not_proven() {
    let keystore = put(&put(&in_use(1), 2), 3);
    assert_eq!(keystore.steps().len(), 2);
    assert!(matches!(&keystore.steps()[..], [Step::Add(entry), Step::Delete(EntryId(2))] if entry.id == EntryId(3)));
    assert_eq!(put(&keystore, 3), keystore, "the same again");
}

#[test]
fn a_key_that_an_entry_has_is_not_deleted() {
    let keystore = in_use(1).put(&wifi(), vec![certificate(2)], handle(1)).unwrap();
    let keystore = all_done(&all_done(&keystore).proven(&wifi()));
    assert_eq!(keys(&keystore), [handle(1)]);
    let keystore = keystore.remove(&wifi(), Removal::Delete);
    let deleted = keystore.done(&Step::Delete(EntryId(2)));
    assert_eq!(deleted.steps(), [Step::DeleteKey(handle(1))]);
    // It comes into use again before it is deleted.
    assert!(matches!(put(&deleted, 1).steps()[..], [Step::Add(_)]));
}

#[test]
fn mdm_6_6_what_becomes_of_certificates_is_a_policy() {
    let keystore = all_done(&put(&in_use(1), 2));
    assert_eq!(Removal::default(), Removal::Keep);
    let kept = keystore.remove(&wifi(), Removal::Keep);
    assert!(kept.steps().is_empty());
    assert_eq!((kept.profiles().count(), kept.kept().count()), (0, 1));
    assert_eq!(keys(&kept), [handle(2), handle(1)]);
    let deleted = keystore.remove(&wifi(), Removal::Delete);
    assert!(matches!(deleted.steps()[..], [Step::Delete(EntryId(2)), Step::Delete(EntryId(1))]));
    let revoked = keystore.remove(&wifi(), Removal::DeleteAndRevoke);
    assert_eq!(revoked.steps()[..2], [Step::Revoke(certificate(2)), Step::Revoke(certificate(1))]);
    assert_eq!(revoked.steps()[2..], deleted.steps());
    assert!(all_done(&revoked).entries().next().is_none());
    assert_eq!(keystore.remove(&profile("vpn"), Removal::Delete), keystore);
    assert_eq!(keystore.remove(&profile("vpn"), Removal::Keep), keystore);
}

#[test]
fn what_was_kept_is_replaced_when_the_profile_comes_back() {
    let kept = in_use(1).remove(&wifi(), Removal::Keep);
    let back = put(&kept, 2);
    assert_eq!(back.profiles().count(), 1);
    let back = all_done(&back).proven(&wifi());
    assert!(matches!(back.steps()[..], [Step::Delete(EntryId(1))]));
    assert_eq!(put(&kept, 1).profiles().count(), 1, "with the certificate that was kept");
    assert!(put(&kept, 1).steps().is_empty());
}

#[test]
fn what_is_planned_when_the_profile_goes_does_not_come() {
    let kept = put(&in_use(1), 2).remove(&wifi(), Removal::Keep);
    assert!(matches!(kept.steps()[..], [Step::Delete(EntryId(2))]), "it may be there");
    let nothing = put(&Keystore::new(), 1).remove(&wifi(), Removal::Keep);
    assert_eq!(nothing.kept().count(), 0);
}

#[test]
fn every_bound_has_an_error() {
    let keystore = Keystore::new();
    assert_eq!(keystore.put(&wifi(), vec![], handle(1)), Err(KeystoreError::NoCertificate));
    let long = vec![certificate(1); 17];
    assert_eq!(keystore.put(&wifi(), long, handle(1)), Err(KeystoreError::TooManyCertificates));
    let name = Name::from_common_name("large").unwrap();
    let validity = Validity::starting(UnixTime::from_seconds(1_800_000_000), Duration::from_secs(86_400));
    let key = PublicKey::from_der(&ED25519).unwrap();
    let serial = SerialNumber::from_bytes(&[1]).unwrap();
    let padding = pki_core::der::Writer::encode(|w| w.octet_string(&[0; 30_000]));
    let large = CertificateBuilder::new(serial, name.clone(), name, validity, key)
        .add_extension(pki_core::oid::DATA, pki_core::extension::Criticality::NonCritical, &padding)
        .build(SignatureAlgorithm::ECDSA_SHA256)
        .unwrap()
        .attach(Signature::new(vec![0; 64]));
    assert_eq!(keystore.put(&wifi(), vec![large.clone(); 5], handle(1)), Err(KeystoreError::TooLarge));
    assert!(keystore.put(&wifi(), vec![large; 4], handle(1)).is_ok());
    let mut full = keystore.clone();
    for number in 0..256 {
        full = full.put(&profile(&alloc::format!("{number}")), vec![certificate(1)], handle(1)).unwrap();
    }
    assert_eq!(full.put(&wifi(), vec![certificate(1)], handle(1)), Err(KeystoreError::TooManyProfiles));
    let mut busy = put(&keystore, 1);
    let error = loop {
        let number = u8::try_from(busy.retired.len() % 2 + 1).unwrap();
        match busy.put(&wifi(), vec![certificate(3 - number)], handle(number)) {
            Ok(next) => busy = next,
            Err(error) => break error,
        }
    };
    assert_eq!(error, KeystoreError::Full);
    // Even then nothing is beyond what is read back.
    let all = (0..256).map(|number| profile(&alloc::format!("{number}")));
    let emptied = all.fold(full, |keystore, profile| keystore.remove(&profile, Removal::DeleteAndRevoke));
    assert_eq!(Keystore::from_der(&emptied.to_der()), Ok(emptied));
    assert_eq!(Keystore::from_der(&busy.to_der()), Ok(busy));
    assert_eq!(KeyHandle::new(&[]), Err(BuildError::Empty("keyHandle")));
    assert_eq!(KeyHandle::new(&[0; 4097]), Err(BuildError::TooLong("keyHandle")));
}

#[test]
fn what_is_no_record_is_refused() {
    let keystores = [
        Keystore::new(),
        put(&in_use(1), 2),
        all_done(&put(&in_use(1), 2)),
        all_done(&put(&in_use(1), 2)).proven(&wifi()),
        in_use(1).remove(&wifi(), Removal::DeleteAndRevoke),
        in_use(1).remove(&wifi(), Removal::Delete).done(&Step::Delete(EntryId(1))),
        in_use(1).remove(&wifi(), Removal::Keep),
    ];
    for keystore in keystores {
        let der = keystore.to_der();
        assert_eq!(Keystore::from_der(&der), Ok(keystore));
        assert!((0..der.len()).all(|end| Keystore::from_der(&der[..end]).is_err()));
        for place in 0..der.len() {
            let mut changed = der.clone();
            changed[place] ^= 0x41;
            if let Ok(read) = Keystore::from_der(&changed) {
                assert_eq!(Keystore::from_der(&read.to_der()), Ok(read));
            }
        }
    }
    let later = hex!("3003 020102");
    assert_eq!(Keystore::from_der(&later).unwrap_err().kind(), DecodeErrorKind::UnsupportedVersion);
    // A profile without an entry: it would count as one that is assigned.
    let mut empty = Keystore::new();
    empty.slots.insert(wifi(), record::Slot { is_assigned: true, current: None, next: None });
    assert_eq!(Keystore::from_der(&empty.to_der()).unwrap_err().kind(), DecodeErrorKind::Empty);
    // A key that an entry has: it would be deleted.
    let mut used = in_use(1);
    used.unused_keys.push(handle(1));
    assert_eq!(Keystore::from_der(&used.to_der()).unwrap_err().kind(), DecodeErrorKind::InvalidValue);
    // The last id given is lower than that of an entry, so it would be given again.
    let mut repeating = put(&Keystore::new(), 1);
    repeating.last_id = 0;
    assert_eq!(Keystore::from_der(&repeating.to_der()).unwrap_err().kind(), DecodeErrorKind::Duplicate);
}
