//! Challenges that carry what they are for.

use std::time::Duration;

use conformance::{
    TestRandom,
    fixtures::{self, client_key, other_key},
};
use mdm_proto::{
    challenge::{
        Binding, Challenge, Detail, Grant, KeyError, Presented, Recall, RedeemError, SealError, SealingKeys, Step,
    },
    csr_policy::{Expectation, ExpectedKey, Field, KeyDigest},
};
use pki_core::{GeneralNamesBuilder, Secret, UnixTime, crypto::Signer as _, extension::KeyUsage, oid};
use scep::{
    peer::ChallengeAlphabet,
    server::{ReplayLimits, ReplayWindow, Replayed},
};

use crate::{after, alternative_names, binding, csr, csr_with, expectation, now, present, rng};

fn keys() -> SealingKeys {
    SealingKeys::new(1, Secret::new(vec![1; 32])).expect("a key")
}

fn sealed(binding: &Binding, detail: Detail) -> Challenge {
    keys().seal(binding, after(3600), detail, &mut rng()).expect("short enough")
}

fn redeem(keys: &SealingKeys, challenge: &Challenge, at: UnixTime) -> Result<Grant, RedeemError> {
    keys.redeem_whole(&present(&csr("device", challenge)), at)
}

#[test]
fn opens_for_the_csr_that_it_describes() {
    let challenge = sealed(&binding("device"), Detail::Whole);
    let presented = present(&csr("device", &challenge)).with_device("device").with_profile("wifi");
    let grant = keys().redeem_whole(&presented, now()).expect("right");
    assert_eq!((grant.device(), grant.profile()), (Some("device"), Some("wifi")));
    assert_eq!(grant.redeemed().csr(), presented.csr_digest());
    // Nothing is spent by it.
    assert!(keys().redeem_whole(&presented, after(60)).is_ok());
}

#[test]
fn w4_letters_and_digits_only_and_no_more_than_255() {
    let challenge = sealed(&binding("device"), Detail::Whole);
    assert!(challenge.expose().bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert!(challenge.suits(ChallengeAlphabet::LettersDigitsHyphen));
    assert!(challenge.expose().len() <= Challenge::LONGEST);
}

#[test]
fn rfc2985_what_is_longer_than_a_challenge_may_be_is_refused() {
    let long = "x".repeat(100);
    let binding = |device: &str| Binding::new(device, "wifi", expectation("device")).expect("names");
    let refused = keys().seal(&binding(&long), after(3600), Detail::Whole, &mut rng()).map(drop);
    let Err(SealError::TooLong { characters, longest: 255 }) = refused else { panic!("{refused:?}") };
    // The same by hand: 11 characters for 8 octets, so that many fewer octets make it fit.
    let fits = "x".repeat(100 - ((characters - 255) * 8).div_ceil(11) - 1);
    let sealed = keys().seal(&binding(&fits), after(3600), Detail::Whole, &mut rng()).expect("short enough");
    assert!((250..=255).contains(&sealed.expose().len()), "{}", sealed.expose().len());
    // Two UUIDs and a digest fit, whatever the digest: 34 octets around, 6 for the end, 38 for each name, 34, and an escape for
    // each octet of the digest at worst.
    let most = [34, 6, 38, 38, 34, 32].iter().sum::<usize>() * 11 / 8 + 1;
    assert!(most <= Challenge::LONGEST);
    let uuid = "0e4a1f5c-7d6b-4c1e-9a70-2b8f3c9d1e55";
    let two = Binding::new(uuid, uuid, expectation("device")).expect("names");
    let digest = keys().seal(&two, after(3600), Detail::Digest, &mut rng()).expect("short enough");
    assert!((207..=most).contains(&digest.expose().len()), "{}", digest.expose().len());
    let shorter = keys().with_longest(200).seal(&two, after(3600), Detail::Digest, &mut rng()).map(drop);
    assert!(matches!(shorter, Err(SealError::TooLong { longest: 200, .. })));
}

#[test]
fn a_flipped_bit_anywhere_is_unknown() {
    let challenge = sealed(&binding("device"), Detail::Whole);
    let (text, right) = (challenge.expose().as_bytes().to_vec(), csr("device", &challenge));
    for position in 0..text.len() {
        for bit in 0..8 {
            let mut changed = text.clone();
            changed[position] ^= 1 << bit;
            let presented = Presented::new(&right, Some(&Secret::new(changed)));
            assert_eq!(
                keys().redeem(&presented, now()).expect_err("changed"),
                RedeemError::Unknown,
                "{position}.{bit}"
            );
        }
    }
}

#[test]
fn another_character_anywhere_is_unknown() {
    // All 61 others in every place of the first and last block, and the neighbours in between: no octet is left unprotected, and no
    // second text stands for the same octets.
    let challenge = sealed(&binding("device"), Detail::Digest);
    let (text, right) = (challenge.expose().as_bytes().to_vec(), csr("device", &challenge));
    for position in 0..text.len() {
        let near_the_end = position < 11 || position + 11 >= text.len();
        for other in (b'0'..=b'z').filter(u8::is_ascii_alphanumeric).filter(|other| *other != text[position]) {
            if near_the_end || other.abs_diff(text[position]) == 1 {
                let mut changed = text.clone();
                changed[position] = other;
                let presented = Presented::new(&right, Some(&Secret::new(changed)));
                assert_eq!(keys().redeem(&presented, now()).expect_err("changed"), RedeemError::Unknown);
            }
        }
    }
}

#[test]
fn cut_short_or_lengthened_is_unknown() {
    let challenge = sealed(&binding("device"), Detail::Whole);
    let (text, right) = (challenge.expose().to_string(), csr("device", &challenge));
    let unknown = |text: &str| {
        let presented = Presented::new(&right, Some(&Secret::from(text)));
        assert_eq!(keys().redeem(&presented, now()).expect_err("changed"), RedeemError::Unknown, "{text}");
    };
    (1..text.len()).for_each(|end| unknown(&text[..end]));
    for more in ["0", "00", "000", "00000000000"] {
        unknown(&format!("{text}{more}"));
        unknown(&format!("{more}{text}"));
    }
    unknown(&"z".repeat(100_000));
}

#[test]
fn wrong_device_and_profile() {
    let challenge = sealed(&binding("device"), Detail::Whole);
    let presented = present(&csr("device", &challenge));
    let error = |presented: &Presented| keys().redeem(presented, now()).map(drop).expect_err("wrong");
    assert_eq!(error(&presented.clone().with_device("other")), RedeemError::WrongDevice);
    assert_eq!(error(&presented.clone().with_profile("vpn")), RedeemError::WrongProfile);
    let none = csr_with("device", alternative_names(), None, client_key());
    assert_eq!(error(&present(&none)), RedeemError::Missing);
}

#[test]
fn alternative_names_match_as_a_set() {
    let challenge = sealed(&binding("device"), Detail::Whole);
    let turned = GeneralNamesBuilder::new().add_upn("user@example.com").add_dns_name("DEVICE.example.com");
    let turned = csr_with("device", turned, Some(challenge.expose()), client_key());
    assert!(keys().redeem_whole(&present(&turned), now()).is_ok());
    for wrong in [
        GeneralNamesBuilder::new().add_dns_name("device.example.com"),
        alternative_names().add_dns_name("more.example.com"),
        GeneralNamesBuilder::new().add_dns_name("device.example.com").add_upn("admin@example.com"),
    ] {
        let csr = csr_with("device", wrong, Some(challenge.expose()), client_key());
        let Err(RedeemError::Mismatch(mismatches)) = keys().redeem_whole(&present(&csr), now()) else { panic!() };
        assert!(mismatches.concern(Field::AlternativeNames));
    }
}

#[test]
fn usages_and_key_are_bound() {
    use mdm_proto::csr_policy::FieldRule;
    let strict = expectation("device")
        .with_key_usage(KeyUsage::DIGITAL_SIGNATURE)
        .with_extended_key_usage(&[oid::CLIENT_AUTH])
        .with_rule(Field::KeyUsage, FieldRule::MustEqual);
    let challenge = sealed(&Binding::new("device", "wifi", strict).expect("names"), Detail::Whole);
    let Err(RedeemError::Mismatch(mismatches)) = redeem(&keys(), &challenge, now()) else { panic!() };
    assert!(mismatches.concern(Field::KeyUsage) && !mismatches.concern(Field::Key));

    let mine = ExpectedKey::Exact(KeyDigest::of(client_key().public_key().as_ref()));
    let names = expectation("device").names().clone();
    let exact = Binding::new("device", "wifi", Expectation::new(names, mine)).expect("names");
    let challenge = sealed(&exact, Detail::Whole);
    assert!(redeem(&keys(), &challenge, now()).is_ok());
    let other = csr_with("device", alternative_names(), Some(challenge.expose()), other_key());
    let Err(RedeemError::Mismatch(mismatches)) = keys().redeem_whole(&present(&other), now()) else { panic!() };
    assert!(mismatches.concern(Field::Key));
}

#[test]
fn the_end_has_an_edge_of_one_second_and_a_tolerance() {
    let challenge = sealed(&binding("device"), Detail::Whole);
    assert!(redeem(&keys(), &challenge, after(3600)).is_ok());
    assert!(redeem(&keys(), &challenge, after(3900)).is_ok());
    let late = redeem(&keys(), &challenge, after(3901)).expect_err("late");
    assert_eq!(late, RedeemError::Expired { at: after(3600) });
    let none = keys().with_skew(Duration::ZERO);
    assert!(redeem(&none, &challenge, after(3600)).is_ok());
    assert_eq!(redeem(&none, &challenge, after(3601)).expect_err("late"), late);
    // Ends of every size, and none before there was time.
    for seconds in [0, 127, 128, 255, 256, 4_294_967_295, 4_294_967_296, i64::MAX] {
        let end = UnixTime::from_seconds(seconds);
        let challenge = keys().seal(&binding("device"), end, Detail::Whole, &mut rng()).expect("sealed");
        assert!(redeem(&keys(), &challenge, end).is_ok(), "{seconds}");
        if seconds < i64::MAX - 301 {
            let late = redeem(&keys(), &challenge, UnixTime::from_seconds(seconds + 301));
            assert_eq!(late.expect_err("late"), RedeemError::Expired { at: end });
        }
    }
    let past = keys().seal(&binding("device"), UnixTime::from_seconds(-1), Detail::Whole, &mut rng());
    assert_eq!(past.map(drop), Err(SealError::Ended));
}

#[test]
fn keys_change_while_challenges_are_out() {
    let old = sealed(&binding("device"), Detail::Whole);
    let both = keys().add_key(2, Secret::new(vec![2; 32])).expect("another number");
    let new = both.seal(&binding("device"), after(3600), Detail::Whole, &mut rng()).expect("sealed");
    assert!(redeem(&both, &old, now()).is_ok() && redeem(&both, &new, now()).is_ok());
    assert_eq!(redeem(&keys(), &new, now()).expect_err("not known yet"), RedeemError::Unknown);
    // Rolled out before it seals.
    let waiting = keys().add_key(2, Secret::new(vec![2; 32])).and_then(|keys| keys.with_sealing_key(1)).expect("known");
    let still = waiting.seal(&binding("device"), after(3600), Detail::Whole, &mut rng()).expect("sealed");
    assert!(redeem(&keys(), &still, now()).is_ok());
    let only = both.without_key(1).expect("another is left");
    assert_eq!(redeem(&only, &old, now()).expect_err("taken out"), RedeemError::Unknown);
    assert!(redeem(&only, &new, now()).is_ok());
    // The same number with another secret is another key.
    let stranger = SealingKeys::new(1, Secret::new(vec![3; 32])).expect("a key");
    assert_eq!(redeem(&stranger, &old, now()).expect_err("another key"), RedeemError::Unknown);

    assert_eq!(only.without_key(2).map(drop), Err(KeyError::NumberUnknown(2)));
    assert_eq!(keys().without_key(9).map(drop), Err(KeyError::NumberUnknown(9)));
    assert_eq!(keys().with_sealing_key(9).map(drop), Err(KeyError::NumberUnknown(9)));
    assert_eq!(keys().add_key(1, Secret::new(vec![2; 32])).map(drop), Err(KeyError::NumberTaken(1)));
    assert_eq!(SealingKeys::new(1, Secret::new(vec![2; 31])).map(drop), Err(KeyError::TooShort));
    assert_eq!(SealingKeys::generate_key(&mut rng()).expect("random").expose().len(), SealingKeys::KEY_LENGTH);
}

#[test]
fn no_two_challenges_are_the_same() {
    let random = &mut TestRandom::new(1);
    let all: std::collections::BTreeSet<_> = (0..100)
        .map(|_| keys().seal(&binding("device"), after(1), Detail::Whole, random).expect("sealed").expose().to_string())
        .collect();
    assert_eq!(all.len(), 100);
    let dry = keys().seal(&binding("device"), after(1), Detail::Whole, &mut TestRandom::failing_after(1, 0));
    assert!(matches!(dry, Err(SealError::Random(_))));
}

fn recall(challenge: &Challenge) -> Recall {
    let step = keys().redeem(&present(&csr("device", challenge)), now()).expect("right so far");
    let Step::Recall(recall) = step else { panic!("{step:?}") };
    recall
}

#[test]
fn by_its_digest_the_expectation_is_found_again() {
    let challenge = sealed(&binding("device"), Detail::Digest);
    let recalled = recall(&challenge);
    assert_eq!((recalled.device(), recalled.profile()), ("device", "wifi"));
    let Ok(Step::Granted(grant)) = recalled.with_expectation(Some(expectation("device"))) else { panic!() };
    assert_eq!((grant.device(), grant.profile()), (Some("device"), Some("wifi")));

    let gone = recall(&challenge).with_expectation(None);
    assert_eq!(gone.map(drop), Err(RedeemError::Withdrawn));
    let changed = recall(&challenge).with_expectation(Some(expectation("other")));
    assert_eq!(changed.map(drop), Err(RedeemError::Withdrawn));
    // The right expectation, and a CSR that is otherwise.
    let admin = csr("admin", &challenge);
    let Ok(Step::Recall(recalled)) = keys().redeem(&present(&admin), now()) else { panic!() };
    assert!(matches!(recalled.with_expectation(Some(expectation("device"))), Err(RedeemError::Mismatch(_))));
    // Nothing but the whole will do where there is nobody to ask.
    assert_eq!(redeem(&keys(), &challenge, now()).expect_err("a digest"), RedeemError::Unknown);
    assert!(matches!(redeem(&keys(), &challenge, after(3901)), Err(RedeemError::Expired { .. })));
}

#[test]
fn without_an_expectation_it_is_good_for_any_csr() {
    let any = Binding::any_request("device", "wifi").expect("names");
    for detail in [Detail::Whole, Detail::Digest] {
        let challenge = sealed(&any, detail);
        assert!(redeem(&keys(), &challenge, now()).is_ok());
        assert!(keys().redeem_whole(&present(&csr("admin", &challenge)), now()).is_ok());
    }
}

#[test]
fn once_where_that_is_wanted() {
    let challenge = sealed(&binding("device"), Detail::Whole);
    let another = keys().seal(&binding("device"), after(3600), Detail::Whole, &mut TestRandom::new(8)).expect("sealed");
    let token = |challenge| *redeem(&keys(), challenge, now()).expect("right").token().expect("a token");
    assert_eq!(token(&challenge), token(&challenge));
    assert_ne!(token(&challenge), token(&another));
    let mut used = ReplayWindow::new(ReplayLimits::DEFAULT);
    assert_eq!(used.first_use(token(&challenge).as_bytes(), now()), Ok(()));
    assert_eq!(used.first_use(token(&challenge).as_bytes(), now()), Err(Replayed::Before));
    assert_eq!(used.first_use(token(&another).as_bytes(), now()), Ok(()));
}

#[test]
fn no_secret_is_shown() {
    let challenge = sealed(&binding("device"), Detail::Digest);
    let shown = format!("{challenge:?} {:?} {:?}", keys(), recall(&challenge));
    assert!(!shown.contains(challenge.expose()) && !shown.contains("1, 1, 1, 1"), "{shown}");
    let _ = fixtures::name("device");
}

#[test]
fn what_a_device_commonly_has_fits() {
    // Organisation and name, host and user, signature and client authentication, for an identifier as long as a UUID.
    let uuid = "0e4a1f5c-7d6b-4c1e-9a70-2b8f3c9d1e55";
    let common =
        expectation("device").with_key_usage(KeyUsage::DIGITAL_SIGNATURE).with_extended_key_usage(&[oid::CLIENT_AUTH]);
    let whole = |device| sealed(&Binding::new(device, "wifi", common.clone()).expect("names"), Detail::Whole);
    assert_eq!((whole("device").expose().len(), whole(uuid).expose().len()), (205, 247));
}
