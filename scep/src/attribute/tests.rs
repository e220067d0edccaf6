use alloc::{format, string::ToString, vec, vec::Vec};

use hex_literal::hex;
use pki_core::{
    crypto::{RandomFailed, SecureRandom},
    der::{Reader, Writer},
};

use super::*;

/// Octets 0, 1, 2 and so on, as long as there are any.
struct Counting(u8);

impl SecureRandom for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        for octet in out {
            *octet = self.0;
            self.0 = self.0.checked_add(1).ok_or(RandomFailed)?;
        }
        Ok(())
    }
}

fn element(tag: Tag, content: &[u8]) -> Vec<u8> {
    Writer::encode(|w| w.primitive(tag, content))
}

fn read<T>(decode: impl Fn(&Element<'_>) -> Result<T, DecodeError>, der: &[u8]) -> Result<T, DecodeErrorKind> {
    decode(&Reader::new(der).any().unwrap()).map_err(|error| error.kind())
}

fn message_type(text: &str) -> Result<MessageType, DecodeErrorKind> {
    read(MessageType::decode, &element(Tag::PRINTABLE_STRING, text.as_bytes()))
}

const INTEGER_INSTEAD: DecodeErrorKind =
    DecodeErrorKind::UnexpectedTag { expected: Tag::PRINTABLE_STRING, found: Some(Tag::INTEGER) };

#[test]
fn scep_3_2_1_2_01_message_types() {
    for (number, known) in [
        (3, KnownMessageType::CertRep),
        (17, KnownMessageType::RenewalReq),
        (19, KnownMessageType::PkcsReq),
        (20, KnownMessageType::CertPoll),
        (21, KnownMessageType::GetCert),
        (22, KnownMessageType::GetCrl),
    ] {
        assert_eq!(MessageType::new(number).known(), Some(known));
        assert_eq!(MessageType::from(known).number(), number);
    }
    assert_eq!(MessageType::PKCS_REQ.to_der(), hex!("1302 3139"));
    assert_eq!(MessageType::PKCS_REQ.to_string(), "PKCSReq (19)");
}

#[test]
fn scep_3_2_1_2_03_no_other_number_in_0_to_255_is_a_message_type() {
    let known: Vec<u32> = (0..=255).filter(|number| MessageType::new(*number).known().is_some()).collect();
    assert_eq!(known, [3, 17, 19, 20, 21, 22]);
    assert_eq!(message_type("18").unwrap().number(), 18);
    assert_eq!(message_type("4294967295").unwrap().to_string(), "4294967295");
}

#[test]
fn scep_3_2_1_10_numbers_are_decimal_without_ornaments() {
    for bad in ["", "3 ", " 3", "03", "019", "3x", "0x3", "+3", "-1", "1,2", "3\0", "00", "99999999999", "4294967296"] {
        assert_eq!(message_type(bad), Err(DecodeErrorKind::InvalidValue), "{bad:?}");
    }
    assert_eq!(message_type("0").map(MessageType::number), Ok(0));
    assert_eq!(read(MessageType::decode, &hex!("020113")), Err(INTEGER_INSTEAD));
}

#[test]
fn scep_3_2_1_3_01_and_02_pki_status() {
    let known: Vec<u32> = (0..=255).filter(|number| PkiStatus::new(*number).known().is_some()).collect();
    assert_eq!(known, [0, 2, 3]);
    assert_eq!(PkiStatus::SUCCESS.to_der(), hex!("1301 30"));
    assert_eq!(PkiStatus::from(KnownPkiStatus::Pending).to_string(), "PENDING (3)");
    for bad in ["", "00", "0x0", " 0"] {
        let der = element(Tag::PRINTABLE_STRING, bad.as_bytes());
        assert_eq!(read(PkiStatus::decode, &der), Err(DecodeErrorKind::InvalidValue), "{bad:?}");
    }
}

#[test]
fn scep_3_2_1_4_01_and_02_fail_info() {
    let known: Vec<u32> = (0..=255).filter(|number| FailInfo::new(*number).known().is_some()).collect();
    assert_eq!(known, [0, 1, 2, 3, 4]);
    assert_eq!(FailInfo::BAD_CERT_ID.to_string(), "badCertId (4)");
    assert_eq!(format!("{:?}", FailInfo::new(9)), "FailInfo(9)");
    assert_eq!(read(FailInfo::decode, &hex!("130134")), Ok(FailInfo::BAD_CERT_ID));
}

#[test]
fn o13_other_string_types_are_read_and_told_apart() {
    for (tag, canonical) in [(Tag::PRINTABLE_STRING, true), (Tag::UTF8_STRING, false), (Tag::IA5_STRING, false)] {
        let der = element(tag, b"19");
        assert_eq!(read(MessageType::decode, &der), Ok(MessageType::PKCS_REQ));
        assert_eq!(read(TransactionId::decode, &der).unwrap().to_der(), hex!("1302 3139"));
        assert_eq!(is_printable_string(&Element::from_der(&der).unwrap()), canonical);
    }
    assert!(!is_printable_string(&Element::from_der(&element(Tag::PRINTABLE_STRING, b"a_b")).unwrap()));
}

#[test]
fn scep_3_2_1_1_02_alphabet_of_printable_string() {
    // X.680 table 10.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?";
    assert_eq!(TransactionId::from_text(alphabet).unwrap().as_bytes(), alphabet.as_bytes());
    assert_eq!((0..=255).filter(|byte| is_printable(*byte)).count(), alphabet.len());
    for bad in ["ab_", "ab*", "ab@", "ab&", "ab\0", "ab\u{e9}"] {
        assert_eq!(TransactionId::from_text(bad), Err(DecodeError::new(DecodeErrorKind::InvalidString, 2)));
    }
}

#[test]
fn scep_3_2_1_1_02_other_characters_go_back_as_they_came() {
    let der = element(Tag::PRINTABLE_STRING, b"a_@*&\0\xff");
    let id = read(TransactionId::decode, &der).unwrap();
    assert_eq!(id.to_der(), der);
    assert_eq!(id.to_string(), "a_@*&\\x00\\xff");
}

#[test]
fn scep_3_2_1_1_03_equal_only_as_a_whole() {
    let id = TransactionId::from_text("Ab12").unwrap();
    for other in ["Ab1", "Ab123", "ab12", "Ab12 "] {
        assert_ne!(TransactionId::from_text(other).unwrap(), id);
    }
    assert_eq!(TransactionId::from_bytes(b"Ab12"), Ok(id));
}

#[test]
fn scep_3_2_1_1_04_lengths_from_1_to_255() {
    for length in [1, 17, 64, 128, 255] {
        let der = element(Tag::PRINTABLE_STRING, &vec![b'x'; length]);
        assert_eq!(read(TransactionId::decode, &der).unwrap().to_der(), der);
    }
    assert_eq!(read(TransactionId::decode, &hex!("1300")), Err(DecodeErrorKind::Empty));
    let long = element(Tag::PRINTABLE_STRING, &[b'x'; 256]);
    assert_eq!(read(TransactionId::decode, &long), Err(DecodeErrorKind::TooLarge));
    assert_eq!(read(TransactionId::decode, &hex!("020113")), Err(INTEGER_INSTEAD));
}

#[test]
fn scep_3_2_1_1_01_generated_identifiers_are_fresh_and_printable() {
    let mut rng = Counting(0);
    let first = TransactionId::generate(&mut rng).unwrap();
    assert_eq!(first.to_string(), "000102030405060708090a0b0c0d0e0f");
    assert_ne!(TransactionId::generate(&mut rng).unwrap(), first);
    assert!(is_printable_string(&Element::from_der(&first.to_der()).unwrap()));
    assert_eq!(TransactionId::generate(&mut Counting(250)).unwrap_err(), RandomFailed);
}

#[test]
fn scep_3_2_1_14_generated_nonces_have_16_octets() {
    let nonce = Nonce::generate(&mut Counting(0)).unwrap();
    assert_eq!(nonce.to_der(), hex!("0410 000102030405060708090a0b0c0d0e0f"));
    assert!(!nonce.was_odd_length());
    assert_eq!(Nonce::generate(&mut Counting(250)).unwrap_err(), RandomFailed);
}

#[test]
fn a3_nonces_of_1_to_64_octets_go_back_as_they_came() {
    for length in [1, 8, 15, 16, 17, 32, 64] {
        let der = element(Tag::OCTET_STRING, &vec![7; length]);
        let nonce = read(Nonce::decode, &der).unwrap();
        assert_eq!((nonce.to_der(), nonce.was_odd_length()), (der, length != 16));
    }
    assert_eq!(read(Nonce::decode, &hex!("0400")), Err(DecodeErrorKind::Empty));
    assert_eq!(read(Nonce::decode, &element(Tag::OCTET_STRING, &[7; 65])), Err(DecodeErrorKind::TooLarge));
    let expected = DecodeErrorKind::UnexpectedTag { expected: Tag::OCTET_STRING, found: Some(Tag::PRINTABLE_STRING) };
    assert_eq!(read(Nonce::decode, &hex!("130131")), Err(expected));
}

#[test]
fn scep_3_2_1_5_04_nonces_are_equal_only_as_a_whole() {
    let nonce = Nonce::from_bytes(&[1; 16]).unwrap();
    assert_eq!(Nonce::from_bytes(&[1; 16]), Ok(nonce.clone()));
    for other in [&[1; 8][..], &[1; 17], &[2; 16]] {
        assert_ne!(Nonce::from_bytes(other).unwrap(), nonce);
    }
}

#[test]
fn scep_3_2_1_13_fail_info_text_is_utf_8() {
    let text = FailInfoText::new("défi refusé");
    assert_eq!(text.to_der(), element(Tag::UTF8_STRING, "défi refusé".as_bytes()));
    assert_eq!(read(FailInfoText::decode, &text.to_der()), Ok(text));
    assert_eq!(read(FailInfoText::decode, &hex!("0c01ff")), Err(DecodeErrorKind::InvalidString));
    assert_eq!(read(FailInfoText::decode, &hex!("020113")), Err(INTEGER_INSTEAD));
}

#[test]
fn scep_3_2_1_4_08_fail_info_text_is_bounded_and_escaped() {
    assert_eq!(FailInfoText::new("").as_str(), "");
    assert_eq!(FailInfoText::new(&"x".repeat(65_536)).as_str().len(), 1024);
    assert_eq!(FailInfoText::new(&"é".repeat(600)).as_str().chars().count(), 512);
    assert_eq!(FailInfoText::new(&("x".to_string() + &"é".repeat(600))).as_str().len(), 1023);
    let hostile = FailInfoText::new("it's \"\u{1b}[31m\u{202e}\r\n");
    assert_eq!(hostile.to_string(), "it's \"\\u{1b}[31m\\u{202e}\\r\\n");
}
