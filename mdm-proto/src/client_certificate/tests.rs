//! How a record goes on, and how it is kept. What needs keys is tested by package `conformance`.

use alloc::{vec, vec::Vec};
use core::time::Duration;

use hex_literal::hex;
use pki_core::{
    Certificate, CertificateBuilder, CsrDigest, DecodeErrorKind, Name, Profile, PublicKey, SerialNumber, UnixTime,
    Validity, algorithm::SignatureAlgorithm, crypto::Signature,
};

use super::*;
use crate::identity::{DeviceId, Identity, Sid, User, WorkSpaceId};

const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
const LATER: UnixTime = UnixTime::from_seconds(1_800_000_060);
/// RFC 8410 section 10.1.
const ED25519: [u8; 44] =
    hex!("302a 3005 06032b6570 032100 19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");

fn identity() -> Identity {
    let user = User::from_email("jane@example.com").unwrap();
    Identity::new(user, WorkSpaceId::new("sales-7").unwrap(), DeviceId::from_bytes([7; 16]))
}

fn csr(number: u8) -> CsrDigest {
    CsrDigest::from_bytes([number; 32])
}

fn unsigned(serial: u8) -> UnsignedCertificate {
    let name = |text| Name::from_common_name(text).unwrap();
    let validity = Validity::starting(NOW, Duration::from_secs(86_400));
    let serial = SerialNumber::from_bytes(&[serial]).unwrap();
    let public_key = PublicKey::from_der(&ED25519).unwrap();
    let builder = CertificateBuilder::new(serial, name("CA"), name("device"), validity, public_key);
    builder.with_profile(&Profile::DEVICE_CLIENT).build(SignatureAlgorithm::ECDSA_SHA256).unwrap().into()
}

fn signed(serial: u8, signature: u8) -> Certificate {
    unsigned(serial).to_be_signed().attach(Signature::new(vec![signature; 70]))
}

fn approved(record: &ClientRecord, number: u8) -> ClientRecord {
    record.clone().with_approved(csr(number), unsigned(number), NOW)
}

fn issued(record: &ClientRecord, number: u8) -> ClientRecord {
    approved(record, number).with_signed(signed(number, 1)).unwrap()
}

fn used(record: &ClientRecord, number: u8) -> ClientRecord {
    issued(record, number).with_used(&signed(number, 1), LATER)
}

fn records() -> Vec<ClientRecord> {
    let new = ClientRecord::new(identity());
    let current = used(&new, 1);
    vec![
        new.clone(),
        approved(&new, 1),
        issued(&new, 1),
        current.clone(),
        approved(&current, 2),
        issued(&current, 2),
        used(&current, 2),
        issued(&issued(&current, 2), 3),
        issued(&current, 2).revoke(LATER),
    ]
}

#[test]
fn the_first_signature_that_is_recorded_stands() {
    let approved = approved(&ClientRecord::new(identity()), 1);
    assert_eq!(approved.with_signed(signed(2, 1)), Err(RecordError::NotApproved));
    assert_eq!(approved.answer(&csr(1)), None);
    let issued = approved.with_signed(signed(1, 1)).unwrap();
    assert_eq!(issued.answer(&csr(1)), Some(&signed(1, 1)));
    // As another replica does, whose ECDSA signature is another.
    assert_eq!(issued.with_signed(signed(1, 2)).unwrap(), issued);
    assert_eq!(issued.with_signed(signed(2, 1)), Err(RecordError::NotApproved));
    let used = issued.with_used(&signed(1, 1), LATER);
    assert_eq!(used.with_signed(signed(1, 2)).unwrap(), used);
    assert_eq!(ClientRecord::new(identity()).with_signed(signed(1, 1)), Err(RecordError::NotApproved));
}

#[test]
fn the_next_certificate_retires_the_current_one_by_its_use() {
    let record = used(&ClientRecord::new(identity()), 1);
    assert_eq!(record.certificates().collect::<Vec<_>>(), [&signed(1, 1)]);
    assert!(record.retired().is_empty());
    let renewed = issued(&record, 2);
    assert_eq!(renewed.certificates().collect::<Vec<_>>(), [&signed(1, 1), &signed(2, 1)]);
    assert!(renewed.retired().is_empty());
    let used = renewed.with_used(&signed(2, 1), LATER);
    assert_eq!(used.certificates().collect::<Vec<_>>(), [&signed(2, 1)]);
    let [retired] = used.retired() else { panic!("one") };
    let not_after = NOW.plus(Duration::from_secs(86_400));
    assert_eq!((&retired.serial[..], retired.not_after, retired.at), (&[1][..], not_after, LATER));
    assert_eq!(retired.because, RetiredBecause::Renewed);
}

#[test]
fn another_request_replaces_what_was_not_used() {
    let record = used(&ClientRecord::new(identity()), 1);
    // Signed or not: it may be out there.
    for replaced in [approved(&record, 2), issued(&record, 2)] {
        let record = approved(&replaced, 3);
        let [retired] = record.retired() else { panic!("one") };
        assert_eq!((&retired.serial[..], retired.because), (&[2][..], RetiredBecause::Replaced));
        assert_eq!(record.next().unwrap().csr(), &csr(3));
        assert_eq!(record.current().unwrap().certificate, signed(1, 1));
    }
}

#[test]
fn only_the_last_are_remembered() {
    let record = (1..=20).fold(ClientRecord::new(identity()), |record, number| used(&record, number));
    let serials: Vec<_> = record.retired().iter().map(|retired| retired.serial[0]).collect();
    assert_eq!(serials, [12, 13, 14, 15, 16, 17, 18, 19]);
    assert_eq!(ClientRecord::from_der(&record.to_der()), Ok(record));
}

#[test]
fn the_first_revocation_stands() {
    let record = ClientRecord::new(identity()).revoke(NOW).revoke(LATER);
    assert_eq!(record.revoked().unwrap().at, NOW);
}

#[test]
fn a_change_of_user_leaves_the_place() {
    let record = ClientRecord::new(identity().with_organisation("Example").unwrap());
    let joan = Identity::new(
        User::from_upn("joan@corp").unwrap(),
        WorkSpaceId::new("other").unwrap(),
        DeviceId::from_bytes([8; 16]),
    );
    let changed = record.with_user_of(&joan.with_sid(Sid::new("S-1-5-32-544").unwrap()));
    assert_eq!(changed.identity().user().upn(), Some("joan@corp"));
    assert_eq!(changed.identity().sid().unwrap().as_str(), "S-1-5-32-544");
    assert_eq!(changed.identity().organisation(), Some("Example"));
    assert!(changed.identity().is_same_place(&identity()));
}

#[test]
fn records_are_read_back_octet_for_octet() {
    for record in records() {
        let der = record.to_der();
        let read = ClientRecord::from_der(&der).unwrap();
        assert_eq!(read, record);
        assert_eq!(read.to_der(), der);
    }
}

#[test]
fn what_is_no_record_is_refused() {
    for record in records() {
        let der = record.to_der();
        assert!((0..der.len()).all(|end| ClientRecord::from_der(&der[..end]).is_err()));
        let mut longer = der.clone();
        longer.push(0);
        assert_eq!(ClientRecord::from_der(&longer).unwrap_err().kind(), DecodeErrorKind::TrailingData);
        // No change of one octet panics, and what is read is written again.
        for place in 0..der.len() {
            let mut changed = der.clone();
            changed[place] ^= 0x41;
            if let Ok(read) = ClientRecord::from_der(&changed) {
                assert_eq!(ClientRecord::from_der(&read.to_der()), Ok(read));
            }
        }
    }
    let large = vec![0x30; ClientRecord::MAX_SIZE + 1];
    assert_eq!(ClientRecord::from_der(&large).unwrap_err().kind(), DecodeErrorKind::TooLarge);
    let later = hex!("3003 020102");
    assert_eq!(ClientRecord::from_der(&later).unwrap_err().kind(), DecodeErrorKind::UnsupportedVersion);
}
