use alloc::{string::ToString, sync::Arc, vec::Vec};
use core::{num::NonZeroU32, time::Duration};

use pki_core::{
    CsrDigest, DecodeErrorKind, Secret, UnixTime,
    crypto::{RandomFailed, SecureRandom},
};

use super::*;
use crate::{
    est::{CaTrust, client::Config},
    identity::{DeviceId, Identity, User, WorkSpaceId},
};

/// Octets that count up from a start.
struct Counting(u8);

impl SecureRandom for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        for byte in out {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
        Ok(())
    }
}

struct Broken;

impl SecureRandom for Broken {
    fn fill(&mut self, _out: &mut [u8]) -> Result<(), RandomFailed> {
        Err(RandomFailed)
    }
}

const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
const MINE: CsrDigest = CsrDigest::from_bytes([1; 32]);
const OTHER: CsrDigest = CsrDigest::from_bytes([2; 32]);

fn identity() -> Identity {
    let device = DeviceId::from_bytes([3; 16]);
    Identity::new(User::from_email("jane@example.com").unwrap(), WorkSpaceId::new("sales").unwrap(), device)
}

fn key() -> TokenKey {
    TokenKey::new(Secret::new(alloc::vec![9; 32])).unwrap()
}

fn issued() -> (Token, TokenRecord) {
    let policy = TokenPolicy::DEFAULT.with_attempts(NonZeroU32::new(2).unwrap());
    key().issue(identity(), &policy, NOW, &mut Counting(0)).unwrap()
}

fn wrong() -> Token {
    Token::generate(&mut Counting(1)).unwrap()
}

fn later(seconds: u64) -> UnixTime {
    NOW.plus(Duration::from_secs(seconds))
}

/// Presents, and stores what comes of it.
fn present(record: &mut TokenRecord, token: &Token, csr: CsrDigest, now: UnixTime) -> Result<(), TokenDenied> {
    let attempt = record.present(token, csr, &key(), now);
    *record = TokenRecord::from_der(&attempt.record().to_der()).unwrap();
    assert_eq!(record, attempt.record());
    attempt.stored().map(|authorized| assert_eq!(*authorized.csr(), csr))
}

#[test]
fn a_token_has_128_bits_and_more() {
    // All values of an octet are as likely: 0 to 25 give the first 26 characters of the alphabet.
    let text = Token::generate(&mut Counting(0)).unwrap().to_text();
    let text = str::from_utf8(text.expose()).unwrap().to_string();
    assert!(text.starts_with("0123-4567-89AB-CDEF-GHJK-MNPQ-RS"), "{text}");
    assert_eq!(text.len(), 34);
    // 26 characters of 5 bits are 130; of the others, 6 are hyphens and two check.
    assert_eq!(Token::generate(&mut Broken), Err(RandomFailed));
    assert_eq!(alloc::format!("{:?}", wrong()), "Token(Secret(..))");
}

#[test]
fn a_token_is_read_as_people_type_it() {
    let (token, _) = issued();
    let text = token.to_text();
    let text = str::from_utf8(text.expose()).unwrap().to_string();
    let read = |text: &str| Token::from_text(&Secret::from(text));
    for typed in [
        text.to_lowercase(),
        text.replace('-', ""),
        text.replace('-', " "),
        text.replace('0', "o").replace('1', "l"),
        text.replace('1', "I"),
    ] {
        assert_eq!(read(&typed).as_ref(), Ok(&token), "{typed}");
    }
    assert_eq!(read(text.trim_end_matches(char::is_alphanumeric)), Err(InvalidToken::Length));
    assert_eq!(read(""), Err(InvalidToken::Length));
    assert_eq!(read(&alloc::format!("{text}0")), Err(InvalidToken::Length));
    assert_eq!(read(&text.replace('A', "U")), Err(InvalidToken::Character));
    assert_eq!(read(&text.replace("0123", "0124")), Err(InvalidToken::Check));
    assert_eq!(read(&text.replace("0123", "1023")), Err(InvalidToken::Check));
    for error in [InvalidToken::Length, InvalidToken::Character, InvalidToken::Check] {
        assert!(error.to_string().contains("token"));
    }
}

#[test]
fn the_service_keeps_a_keyed_hash() {
    let (token, record) = issued();
    assert!(TokenKey::new(Secret::new(alloc::vec![9; 31])).is_none());
    let other = TokenKey::new(Secret::new(alloc::vec![8; 32])).unwrap();
    assert_ne!(key().hash(&token), other.hash(&token));
    assert_ne!(key().hash(&token), key().hash(&wrong()));
    let text = token.to_text();
    for kept in [record.to_der(), alloc::format!("{record:?}").into_bytes()] {
        assert!(!kept.windows(26).any(|window| window == token.symbols()));
        assert!(!kept.windows(34).any(|window| window == text.expose()));
    }
    assert_eq!(TokenHash::from_bytes(*key().hash(&token).as_bytes()), key().hash(&token));
}

#[test]
fn hmac_is_that_of_rfc_2104() {
    // openssl dgst -sha256 -mac HMAC -macopt hexkey:0909..09 over the label and 26 octets 00 to 19.
    let (token, _) = issued();
    let expected = hex_literal::hex!("e7b0b53ae1f89042149b176df305a64c8fdb64097c22703eb1c4d8c498577149");
    assert_eq!(key().hash(&token).as_bytes(), &expected);
}

#[test]
fn a_token_is_good_for_one_csr() {
    let (token, mut record) = issued();
    assert_eq!(present(&mut record, &token, MINE, NOW), Ok(()));
    assert_eq!(record.state(), TokenState::Redeemed { csr: MINE, at: NOW });
    assert_eq!(present(&mut record, &token, OTHER, NOW), Err(TokenDenied::Used { at: NOW }));
    // The reply was lost.
    assert_eq!(present(&mut record, &token, MINE, later(3600)), Ok(()));
    assert_eq!(record.state(), TokenState::Redeemed { csr: MINE, at: NOW });
    assert_eq!(present(&mut record, &token, MINE, later(3601)), Err(TokenDenied::Used { at: NOW }));
}

#[test]
fn a_reply_that_was_lost_is_answered_after_the_token_expired() {
    let (token, mut record) = issued();
    assert_eq!(present(&mut record, &token, MINE, later(86_400)), Ok(()));
    assert_eq!(present(&mut record, &token, MINE, later(86_401)), Ok(()));
}

#[test]
fn a_token_expires_and_that_costs_nothing() {
    let (token, mut record) = issued();
    let expired = TokenDenied::Expired { at: later(86_401), expired: later(86_400) };
    assert_eq!(present(&mut record, &token, MINE, later(86_401)), Err(expired));
    assert_eq!(present(&mut record, &wrong(), MINE, later(86_401)), Err(TokenDenied::Wrong { left: 2 }));
    assert_eq!((record.attempts_left(), record.expires()), (2, later(86_400)));
}

#[test]
fn wrong_tokens_are_counted_and_lock_it() {
    let (token, mut record) = issued();
    assert_eq!(present(&mut record, &wrong(), MINE, NOW), Err(TokenDenied::Wrong { left: 1 }));
    assert_eq!(present(&mut record.clone(), &token, MINE, NOW), Ok(()));
    assert_eq!(present(&mut record, &wrong(), MINE, NOW), Err(TokenDenied::Wrong { left: 0 }));
    assert_eq!(present(&mut record, &token, MINE, NOW), Err(TokenDenied::Locked));
    // Who guesses is not told.
    assert_eq!(present(&mut record, &wrong(), MINE, NOW), Err(TokenDenied::Wrong { left: 0 }));
}

#[test]
fn nobody_locks_out_who_has_redeemed() {
    let (token, mut record) = issued();
    assert_eq!(present(&mut record, &token, MINE, NOW), Ok(()));
    for _ in 0..5 {
        assert_eq!(present(&mut record, &wrong(), MINE, NOW), Err(TokenDenied::Wrong { left: 2 }));
    }
    assert_eq!(present(&mut record, &token, MINE, NOW), Ok(()));
}

#[test]
fn a_token_is_taken_back() {
    let (token, record) = issued();
    let mut revoked = record.revoke();
    assert_eq!(present(&mut revoked, &token, MINE, NOW), Err(TokenDenied::Revoked));
    assert_eq!(revoked.revoke().state(), TokenState::Revoked);
    let redeemed = record.present(&token, MINE, &key(), NOW).record().clone();
    assert_eq!(redeemed.revoke(), redeemed);
}

#[test]
fn of_two_that_present_it_at_once_one_is_stored() {
    let (token, stored) = issued();
    let [one, other] = [MINE, OTHER].map(|csr| stored.present(&token, csr, &key(), NOW));
    assert!(one.is_right() && other.is_right());
    // Both compare with what they have read.
    let mut database = stored.to_der();
    let mut swap = |new: &TokenRecord| {
        let first = database == stored.to_der();
        if first {
            database = new.to_der();
        }
        first
    };
    assert!(swap(one.record()));
    assert!(!swap(other.record()));
    let again = TokenRecord::from_der(&database).unwrap().present(&token, OTHER, &key(), NOW);
    assert_eq!(again.stored().map(|_| ()), Err(TokenDenied::Used { at: NOW }));
}

#[test]
fn a_record_is_read_as_it_was_written_and_nothing_else() {
    let der = issued().1.to_der();
    assert_eq!(issued().1.identity(), &identity());
    for length in 0..der.len() {
        assert!(TokenRecord::from_der(&der[..length]).is_err());
    }
    let mut later_version = der.clone();
    let version = later_version.windows(3).position(|window| window == [2, 1, 1]).unwrap();
    later_version[version + 2] = 2;
    assert_eq!(TokenRecord::from_der(&later_version).unwrap_err().kind(), DecodeErrorKind::UnsupportedVersion);
    let mut state = der.clone();
    let last = state.len() - 2;
    state[last] = 0x85;
    assert_eq!(TokenRecord::from_der(&state).unwrap_err().kind(), DecodeErrorKind::InvalidValue);
    let large = [der, Vec::from([0; TokenRecord::MAX_SIZE])].concat();
    assert_eq!(TokenRecord::from_der(&large).unwrap_err().kind(), DecodeErrorKind::TooLarge);
}

#[test]
fn a_device_begins_without_a_secret_on_the_wire() {
    let (token, _) = issued();
    let data = ActivationData::new("jane", token, CaTrust::Server).unwrap();
    let fetch = FetchAuthority::start(Arc::new(Config::new(pki_core::crypto::rustcrypto::PROVIDER)), data);
    assert_eq!(fetch.request().path, "/.well-known/est/cacerts");
    assert!(fetch.request().authorization.is_none() && fetch.request().body.is_empty());
    let bad = ActivationData::new("a:b", wrong(), CaTrust::Server);
    assert!(bad.unwrap_err().to_string().contains("colon"));
}

#[test]
fn every_refusal_says_what_to_do() {
    for denied in [
        TokenDenied::Expired { at: NOW, expired: NOW },
        TokenDenied::Locked,
        TokenDenied::Missing,
        TokenDenied::Revoked,
        TokenDenied::Used { at: NOW },
        TokenDenied::Wrong { left: 1 },
    ] {
        assert!(denied.to_string().contains("token"), "{denied}");
    }
}
