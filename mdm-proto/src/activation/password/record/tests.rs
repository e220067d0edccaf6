use alloc::{format, vec};

use super::*;
use crate::activation::password::spake::DeviceSecret;

fn record(limit: u8) -> ActivationRecord {
    let verifier = DeviceSecret::from_pbkdf_output(&[3; 80]).unwrap().verifier_record();
    ActivationRecord {
        user: UserId::new("jane").unwrap(),
        salt: [1; 32],
        scrypt: ScryptParameters::DEFAULT,
        expires: UnixTime::from_seconds(1000),
        limit: NonZeroU8::new(limit).unwrap(),
        state: State::Open { verifier, attempts: vec![] },
    }
}

fn attempt(number: u8) -> Attempted {
    Attempted { share: [number; 32], nonce: [number; 32], at: UnixTime::from_seconds(-1) }
}

#[test]
fn records_are_read_as_they_were_written() {
    let now = UnixTime::from_seconds(5);
    let counted = record(255).counting(attempt(1), now).unwrap().counting(attempt(2), now).unwrap();
    let activated = counted.activated(DeviceName::new("phone").unwrap(), now, [7; 32], vec![1, 2, 3]);
    for record in [record(1), counted, activated] {
        let der = record.to_der();
        let again = ActivationRecord::from_der(&der).unwrap();
        assert_eq!(again.to_der(), der);
        assert_eq!(again, record);
        assert_eq!(again.standing(now), record.standing(now));
        (0..der.len()).for_each(|length| assert!(ActivationRecord::from_der(&der[..length]).is_err()));
    }
}

#[test]
fn attempts_end_at_the_limit_and_the_last_second() {
    let (in_time, late) = (UnixTime::from_seconds(1000), UnixTime::from_seconds(1001));
    let fresh = record(2);
    assert_eq!(fresh.standing(in_time), Standing::Open { attempts_left: 2 });
    assert_eq!(fresh.standing(late), Standing::Expired);
    assert!(fresh.counting(attempt(1), late).is_none());
    let once = fresh.counting(attempt(1), in_time).unwrap();
    assert_eq!(once.standing(in_time), Standing::Open { attempts_left: 1 });
    let twice = once.counting(attempt(2), in_time).unwrap();
    assert_eq!((twice.standing(in_time), twice.standing(late)), (Standing::Locked, Standing::Locked));
    assert!(twice.counting(attempt(3), in_time).is_none());
    assert!(twice.find(&[2; 32]).is_some() && twice.find(&[3; 32]).is_none());
}

#[test]
fn after_a_success_nothing_is_left_to_try_passwords_against() {
    let now = UnixTime::from_seconds(5);
    let counted = record(9).counting(attempt(1), now).unwrap();
    let State::Open { verifier, .. } = &counted.state else { panic!("it is open") };
    let verifier = verifier.to_bytes();
    let contains = |record: &ActivationRecord, part: &[u8]| record.to_der().windows(part.len()).any(|w| w == part);
    assert!(contains(&counted, &verifier[..32]) && contains(&counted, &verifier[32..]));
    let activated = counted.activated(DeviceName::new("phone").unwrap(), now, [7; 32], vec![8]);
    assert!(!contains(&activated, &verifier[..32]) && !contains(&activated, &verifier[32..]));
    assert!(activated.counting(attempt(2), now).is_none() && activated.find(&[1; 32]).is_none());
}

#[test]
fn what_no_record_can_be_is_refused() {
    let kind = |der: &[u8]| ActivationRecord::from_der(der).unwrap_err().kind();
    assert_eq!(kind(b"\x30\x03\x02\x01\x02"), DecodeErrorKind::UnsupportedVersion);
    assert_eq!(kind(&vec![0; LARGEST + 1]), DecodeErrorKind::TooLarge);
    // More attempts than the limit allows.
    let now = UnixTime::from_seconds(5);
    let mut over = record(2).counting(attempt(1), now).unwrap().counting(attempt(2), now).unwrap();
    over.limit = NonZeroU8::new(1).unwrap();
    assert_eq!(kind(&over.to_der()), DecodeErrorKind::TooMany);
    // A verifier that is none: w0 = 0.
    let mut der = record(1).to_der();
    let verifier = DeviceSecret::from_pbkdf_output(&[3; 80]).unwrap().verifier_record().to_bytes();
    let at = der.windows(97).position(|window| window == verifier.as_slice()).unwrap();
    der[at..at + 32].fill(0);
    assert_eq!(kind(&der), DecodeErrorKind::InvalidValue);
}

#[test]
fn debug_shows_who_and_how_far_but_no_key() {
    let text = format!("{:?}", record(3));
    assert_eq!(text, "ActivationRecord(jane, open, 0 of 3 attempts, until 1970-01-01T00:16:40Z)");
}
