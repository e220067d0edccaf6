//! How transactions go on, what is kept, and what is forgotten.

use alloc::{format, string::ToString, vec, vec::Vec};
use core::time::Duration;

use hex_literal::hex;
use pki_core::{
    Certificate, CertificateBuilder, CsrDigest, DecodeErrorKind, Name, Profile, PublicKey, SerialNumber, UnixTime,
    Validity, algorithm::SignatureAlgorithm, crypto::Signature,
};

use super::*;
use crate::{
    FailInfo, TransactionId,
    http::{HttpResponse, MediaType},
};

const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
const LATER: UnixTime = UnixTime::from_seconds(1_800_000_060);
/// RFC 8410 section 10.1.
const ED25519: [u8; 44] =
    hex!("302a 3005 06032b6570 032100 19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
const MESSAGES: [MessageDigest; 4] = [
    MessageDigest::from_bytes([1; 32]),
    MessageDigest::from_bytes([2; 32]),
    MessageDigest::from_bytes([3; 32]),
    MessageDigest::from_bytes([4; 32]),
];

fn key(authority: u8, id: &str) -> TransactionKey {
    TransactionKey::new(AuthorityId::from_bytes([authority; 32]), TransactionId::from_text(id).unwrap())
}

fn record(authority: u8, id: &str) -> TransactionRecord {
    let signer = PublicKey::from_der(&ED25519).unwrap();
    let csr = CsrDigest::from_bytes([9; 32]);
    TransactionRecord::from_parts(key(authority, id), csr, signer, NOW, TransactionState::Pending, NOW)
}

fn unsigned(serial: u8) -> UnsignedCertificate {
    let name = |text| Name::from_common_name(text).unwrap();
    let validity = Validity::starting(NOW, Duration::from_secs(86_400));
    let serial = SerialNumber::from_bytes(&[serial]).unwrap();
    let public_key = PublicKey::from_der(&ED25519).unwrap();
    let builder = CertificateBuilder::new(serial, name("CA"), name("device"), validity, public_key);
    builder.with_profile(&Profile::DEVICE_CLIENT).build(SignatureAlgorithm::ECDSA_SHA256).unwrap().into()
}

fn signed(certificate: &UnsignedCertificate, signature: u8) -> Certificate {
    certificate.to_be_signed().attach(Signature::new(vec![signature; 70]))
}

fn approved(serial: u8) -> TransactionState {
    TransactionState::Approved(unsigned(serial))
}

fn issued(serial: u8, signature: u8) -> TransactionState {
    TransactionState::Issued(vec![signed(&unsigned(serial), signature)])
}

fn rejected() -> TransactionState {
    TransactionState::Rejected(FailInfo::BAD_REQUEST)
}

fn reply(body: &[u8]) -> HttpResponse {
    HttpResponse::ok(MediaType::PkiMessage, body)
}

#[test]
fn scep_2_5_what_follows_on_what() {
    let states =
        [TransactionState::Pending, approved(1), approved(2), issued(1, 7), issued(1, 8), issued(2, 7), rejected()];
    // A row for each state, with an x for each that may follow.
    let table = [" xxxxxx", "   xx  ", "     x ", "       ", "       ", "       ", "       "];
    for (from, row) in states.iter().zip(table) {
        for (to, follows) in states.iter().zip(row.chars()) {
            let follows = follows == 'x';
            let mut record = TransactionRecord::from_parts(
                key(1, "a"),
                CsrDigest::from_bytes([9; 32]),
                PublicKey::from_der(&ED25519).unwrap(),
                NOW,
                from.clone(),
                NOW,
            );
            let stands = record.settle(to.clone(), LATER).clone();
            assert_eq!(&stands, if follows { to } else { from }, "{from:?} to {to:?}");
            assert_eq!((record.state(), record.changed()), (&stands, if follows { LATER } else { NOW }));
            assert_eq!(record.created(), NOW);
        }
    }
    let mut record = record(1, "a");
    assert_eq!(record.settle(TransactionState::Issued(vec![]), LATER), &TransactionState::Pending);
}

#[test]
fn whoever_signs_what_is_approved_signs_the_same_bytes() {
    let mut record = record(1, "a");
    let _ = record.settle(approved(1), NOW);
    // The process ends, and another one reads what was recorded.
    let read = TransactionRecord::from_der(&record.to_der()).unwrap();
    let TransactionState::Approved(certificate) = read.state() else { panic!("{read:?}") };
    assert_eq!(certificate, &unsigned(1));
    assert_eq!(certificate.to_be_signed().algorithm(), SignatureAlgorithm::ECDSA_SHA256);
    assert_eq!(signed(certificate, 7), signed(&unsigned(1), 7));
}

#[test]
fn the_first_of_two_signatures_is_the_one_that_is_sent() {
    let mut transactions = Transactions::new(TransactionLimits::DEFAULT);
    transactions.insert(record(1, "a"));
    let mut settle = |next| transactions.settle(&key(1, "a"), next, NOW).unwrap();
    assert_eq!(settle(approved(1)), approved(1));
    assert_eq!(settle(approved(2)), approved(1));
    assert_eq!(settle(issued(1, 7)), issued(1, 7));
    assert_eq!(settle(issued(1, 8)), issued(1, 7));
    assert_eq!(settle(rejected()), issued(1, 7));
    assert_eq!(transactions.settle(&key(1, "b"), rejected(), NOW), Err(Conflict::Unknown));
}

#[test]
fn generations_of_a_ca_may_meet_the_same_transaction_id() {
    let mut transactions = Transactions::new(TransactionLimits::DEFAULT);
    transactions.insert(record(1, "a"));
    transactions.insert(record(2, "a"));
    assert_eq!(transactions.settle(&key(1, "a"), rejected(), NOW), Ok(rejected()));
    assert_eq!(transactions.get(&key(2, "a")).unwrap().state(), &TransactionState::Pending);
}

#[test]
fn the_first_reply_to_a_message_is_the_one_to_send() {
    let limits = &TransactionLimits::DEFAULT;
    let mut record = record(1, "a");
    let [first, second, ..] = &MESSAGES;
    let pending = TransactionState::Pending;
    assert_eq!(record.keep_reply(first, &pending, reply(b"wait"), limits), reply(b"wait"));
    assert_eq!(record.keep_reply(first, &pending, reply(b"Wait"), limits), reply(b"wait"));
    assert_eq!(record.keep_reply(second, &rejected(), reply(b"no"), limits), reply(b"no"));
    // The last word on the first message; and somebody slow who still says PENDING.
    assert_eq!(record.keep_reply(first, &rejected(), reply(b"No"), limits), reply(b"No"));
    assert_eq!(record.keep_reply(first, &pending, reply(b"wait!"), limits), reply(b"No"));
}

#[test]
fn replies_are_bounded_in_number_and_size() {
    let limits = TransactionLimits { replies: 2, reply_octets: 10, ..TransactionLimits::DEFAULT };
    let mut bounded = record(1, "a");
    let mut keep = |message: usize, body: &[u8]| {
        let sent = bounded.keep_reply(&MESSAGES[message], &rejected(), reply(body), &limits);
        assert_eq!(sent, reply(body));
        bounded.replies().iter().map(|kept| kept.body.clone()).collect::<Vec<_>>()
    };
    assert_eq!(keep(0, b"0"), [b"0"]);
    assert_eq!(keep(1, b"1"), [b"0", b"1"]);
    assert_eq!(keep(2, b"2"), [b"1", b"2"]);
    // Too large to keep; and so large that nothing else fits.
    assert_eq!(keep(3, &[b'3'; 11]), [b"1", b"2"]);
    assert_eq!(keep(3, &[b'3'; 10]), [[b'3'; 10]]);

    let none = TransactionLimits { replies: 0, ..TransactionLimits::DEFAULT };
    let error = HttpResponse::new(500, "text/plain", "");
    let text = HttpResponse::new(200, "text/plain", "POSTPKIOperation");
    let mut record = record(1, "a");
    assert_eq!(record.keep_reply(&MESSAGES[0], &rejected(), reply(b"0"), &none), reply(b"0"));
    for response in [error, text] {
        let sent = record.keep_reply(&MESSAGES[0], &rejected(), response.clone(), &limits);
        assert_eq!(sent, response);
    }
    assert_eq!(record.replies(), []);
}

#[test]
fn replies_to_what_is_unknown_are_not_kept() {
    let mut transactions = Transactions::new(TransactionLimits::DEFAULT);
    for body in [b"0", b"1"] {
        assert_eq!(transactions.keep_reply(&key(1, "a"), &MESSAGES[0], &rejected(), reply(body)), reply(body));
    }
}

#[test]
fn what_has_stood_for_longer_than_its_lifetime_is_forgotten() {
    let lifetime = Duration::from_secs(100);
    let mut transactions = Transactions::new(TransactionLimits { lifetime, ..TransactionLimits::DEFAULT });
    ["a", "b", "c"].into_iter().for_each(|id| transactions.insert(record(1, id)));
    // A decision begins the lifetime anew.
    assert_eq!(transactions.settle(&key(1, "b"), approved(1), LATER), Ok(approved(1)));
    transactions.expire(NOW.plus(lifetime));
    assert_eq!(transactions.records().count(), 3);
    transactions.expire(NOW.plus(lifetime).plus(Duration::from_secs(1)));
    assert_eq!(transactions.records().map(|record| record.key().clone()).collect::<Vec<_>>(), [key(1, "b")]);
    transactions.expire(LATER.plus(lifetime).plus(Duration::from_secs(1)));
    assert_eq!(transactions.records().count(), 0);
}

#[test]
fn a_record_that_is_removed_or_replaced_leaves_nothing_behind() {
    let mut transactions = Transactions::new(TransactionLimits::DEFAULT);
    transactions.insert(record(1, "a"));
    let mut other = record(1, "a");
    let _ = other.settle(rejected(), LATER);
    transactions.insert(other.clone());
    assert_eq!(transactions.records().collect::<Vec<_>>(), [&other]);
    assert_eq!(transactions.remove(&key(1, "a")), Some(other));
    assert_eq!(transactions.remove(&key(1, "a")), None);
    transactions.insert(record(1, "a"));
    transactions.expire(NOW.plus(TransactionLimits::DEFAULT.lifetime));
    assert_eq!(transactions.records().count(), 1);
}

/// One of each state, with replies.
fn samples() -> Vec<TransactionRecord> {
    let states = [TransactionState::Pending, approved(1), issued(1, 7), rejected()];
    let with_state = |state| {
        let mut record = record(1, "a");
        let _ = record.settle(state, LATER);
        record
    };
    let records = states.into_iter().map(with_state);
    let reply = |finality| KeptReply { message: MESSAGES[0], finality, body: b"reply".to_vec() };
    let replies = || vec![reply(Finality::Interim), reply(Finality::Final)];
    records.map(|record| record.with_replies(replies())).collect()
}

#[test]
fn records_are_read_back_as_they_were() {
    for record in samples() {
        let der = record.to_der();
        let read = TransactionRecord::from_der(&der).unwrap();
        assert_eq!(read, record);
        assert_eq!(read.to_der(), der);
    }
}

#[test]
fn records_of_version_1_stay_readable() {
    let kept = include_bytes!("../../../tests/data/transaction-1.der");
    let mut rest = &kept[..];
    for record in samples() {
        let der = record.to_der();
        let (first, others) = rest.split_at(der.len());
        assert_eq!(TransactionRecord::from_der(first).unwrap(), record);
        rest = others;
    }
    assert_eq!(rest, []);
}

#[test]
fn what_is_no_record_is_refused() {
    let der = samples()[2].to_der();
    let kind = |der: &[u8]| TransactionRecord::from_der(der).unwrap_err().kind();
    for length in 0..der.len() {
        assert!(TransactionRecord::from_der(&der[..length]).is_err());
    }
    let version = der.windows(3).position(|window| window == [2, 1, 1]).unwrap() + 2;
    let mut later = der.clone();
    later[version] = 2;
    assert_eq!(kind(&later), DecodeErrorKind::UnsupportedVersion);
    let mut longer_authority = der.clone();
    longer_authority[version + 2] = 31;
    assert_eq!(kind(&longer_authority), DecodeErrorKind::InvalidValue);
    // No change of one octet panics; what is read all the same is written as it is.
    for place in 0..der.len() {
        let mut changed = der.clone();
        changed[place] ^= 0x81;
        if let Ok(record) = TransactionRecord::from_der(&changed) {
            assert_eq!(record.to_der(), changed);
        }
    }
}

#[test]
fn a_tbs_certificate_by_an_unknown_algorithm_is_refused() {
    let der = samples()[1].to_der();
    let ecdsa_sha256 = hex!("06082a8648ce3d040302");
    let place = der.windows(ecdsa_sha256.len()).position(|window| window == ecdsa_sha256).unwrap();
    let mut unknown = der;
    unknown[place + 9] = 0x7f;
    assert_eq!(TransactionRecord::from_der(&unknown).unwrap_err().kind(), DecodeErrorKind::InvalidValue);
}

#[test]
fn what_was_used_is_remembered_for_a_lifetime_and_never_forgotten_early() {
    let mut window = ReplayWindow::new(ReplayLimits { capacity: 2, lifetime: Duration::from_secs(60) });
    let [a, b, c] = [[1; 32], [2; 32], [3; 32]];
    assert_eq!(window.first_use(&a, NOW), Ok(()));
    assert_eq!(window.first_use(&a, NOW), Err(Replayed::Before));
    let soon = NOW.plus(Duration::from_secs(30));
    assert_eq!(window.first_use(&b, soon), Ok(()));
    assert_eq!(window.first_use(&c, soon), Err(Replayed::Full));
    // Kept elsewhere, it is the same.
    let mut again = ReplayWindow::new(ReplayLimits { capacity: 2, lifetime: Duration::from_secs(60) });
    window.entries().for_each(|(digest, until)| again.insert(*digest, until));
    for mut window in [window, again] {
        assert_eq!(window.first_use(&a, NOW.plus(Duration::from_secs(59))), Err(Replayed::Before));
        assert_eq!(window.first_use(&c, LATER), Ok(()));
        assert_eq!(window.first_use(&b, LATER), Err(Replayed::Before));
        assert_eq!(window.first_use(&a, LATER), Err(Replayed::Full));
        window.insert(b, NOW);
        assert_eq!(window.first_use(&a, LATER), Ok(()));
    }
}

#[test]
fn for_the_log() {
    assert_eq!(key(0xab, "a").to_string(), format!("a of CA {}", "ab".repeat(32)));
    let kept = KeptReply { message: MESSAGES[0], finality: Finality::Final, body: vec![0; 3] };
    assert_eq!(format!("{kept:?}"), format!("KeptReply(Final to {}, 3 octets)", "01".repeat(32)));
    for (conflict, text) in [
        (Conflict::DifferentRequest, "the transactionID belongs to another request"),
        (Conflict::Full, "no room for another transaction"),
        (Conflict::Unknown, "no such transaction"),
    ] {
        assert_eq!((conflict.to_string().as_str(), conflict.fail_info()), (text, FailInfo::BAD_REQUEST));
    }
    assert_ne!(Replayed::Before.to_string(), Replayed::Full.to_string());
}

#[cfg(feature = "rustcrypto")]
mod with_crypto {
    use core::num::NonZeroU32;

    use getrandom::SysRng;
    use pki_core::{
        Secret,
        cms::{PasswordKey, PasswordProfile},
        crypto::rustcrypto::{PROVIDER, Random},
    };

    use super::*;

    #[test]
    fn the_password_key_stays_with_the_record_and_is_not_shown() {
        let profile = PasswordProfile::DEFAULT.with_iterations(NonZeroU32::new(10_000).unwrap());
        let derive = || PasswordKey::derive(&Secret::from("challenge"), profile, &mut Random(SysRng), &PROVIDER);
        let password_key = derive().unwrap();
        let secret = password_key.to_der();
        let kept = record(1, "a").with_password_key(password_key);
        let read = TransactionRecord::from_der(&kept.to_der()).unwrap();
        assert_eq!(read.password_key().unwrap().to_der(), secret);
        assert_eq!(kept, read);
        assert!(format!("{read:?}").contains("Secret(..)"));

        let mut transactions = Transactions::new(TransactionLimits::DEFAULT);
        transactions.insert(record(1, "a"));
        assert_eq!(transactions.keep_password_key(&key(1, "a"), derive().unwrap()), Ok(()));
        assert!(transactions.get(&key(1, "a")).unwrap().password_key().is_some());
        assert_eq!(transactions.keep_password_key(&key(1, "b"), derive().unwrap()), Err(Conflict::Unknown));
    }

    #[test]
    fn an_authority_is_its_name_and_its_key() {
        let certificate = |signature| signed(&unsigned(1), signature);
        let id = |certificate: &Certificate| AuthorityId::of(certificate, &PROVIDER).unwrap();
        assert_eq!(id(&certificate(7)), id(&certificate(8)));
        assert_eq!(id(&signed(&unsigned(1), 7)), id(&signed(&unsigned(2), 7)));
        let sha256 = hex!("ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad");
        // FIPS 180-2 appendix B.1.
        assert_eq!(MessageDigest::of(b"abc", &PROVIDER).unwrap().as_bytes(), &sha256);
        let none = pki_core::crypto::CryptoProvider { digests: &[], ..PROVIDER };
        assert_eq!((MessageDigest::of(b"abc", &none), AuthorityId::of(&certificate(7), &none)), (None, None));
    }
}
