//! Challenges that are used once, one at a time.

use conformance::{
    TestRandom,
    fixtures::{client_key, other_key},
};
use mdm_proto::{
    challenge::{
        Advice, Binding, Challenge, ChallengeFormat, ChallengeId, ChallengeRecord, ChallengeState, IssueError,
        KeyTooShort, Lookup, NextTry, Presented, RedeemError, RedeemPolicy, Retries, Service, ServiceKey,
        ServiceLimits, SpentOn, Status, Step,
    },
    csr_policy::Field,
};
use pki_core::{DecodeErrorKind, Secret, UnixTime};
use scep::{FailInfo, peer::ChallengeAlphabet, server::Denied};

use crate::{HOUR, after, alternative_names, binding, csr, csr_with, now, present, rng, service_key};

fn service() -> Service {
    Service::new(service_key(), ServiceLimits::DEFAULT)
}

fn issued(service: &mut Service, device: &str) -> Challenge {
    service.issue(binding(device), HOUR, now(), &mut rng()).expect("room")
}

fn error(service: &mut Service, presented: &Presented, at: UnixTime) -> RedeemError {
    service.redeem(presented, at).expect_err("not right")
}

#[test]
fn w4_every_character_is_safe_for_windows_and_there_are_128_bits() {
    let challenge = ChallengeFormat::DEFAULT.generate(&mut rng()).expect("random");
    assert_eq!((challenge.expose().len(), ChallengeFormat::DEFAULT.bits()), (26, 130));
    assert!(challenge.suits(ChallengeAlphabet::LettersDigitsHyphen));
    assert!(!challenge.expose().contains(['0', '1', '8']));
    let long = ChallengeFormat::with_bits(256).expect("enough").generate(&mut rng()).expect("random");
    assert_eq!(long.expose().len(), 52);
    for bits in [0, 64, 127, 1276, u16::MAX] {
        assert!(ChallengeFormat::with_bits(bits).is_err(), "{bits}");
    }
    assert_eq!(ChallengeFormat::with_bits(1275).map(ChallengeFormat::bits), Ok(1275));
    assert!(!Challenge::from_text(b"a_b").expect("a text").suits(ChallengeAlphabet::LettersDigitsHyphen));
    for text in ["", "two words", "tab\t", "umlaut\u{e4}", &"x".repeat(256)] {
        assert!(Challenge::from_text(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn every_bit_of_the_randomness_is_used() {
    // 26 octets of which five bits count: all 32 characters come up, none much more often than others.
    let mut random = TestRandom::new(3);
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..1000 {
        let challenge = ChallengeFormat::DEFAULT.generate(&mut random).expect("random");
        challenge.expose().chars().for_each(|c| *counts.entry(c).or_insert(0_u32) += 1);
    }
    assert_eq!(counts.len(), 32);
    // 812.5 expected, standard deviation 28.
    assert!(counts.values().all(|count| (640..985).contains(count)), "{counts:?}");
}

#[test]
fn redeemed_for_the_csr_that_it_was_for() {
    let mut service = service();
    let csr = csr("device", &issued(&mut service, "device"));
    let grant = service.redeem(&present(&csr).with_device("device").with_profile("wifi"), after(60)).expect("right");
    assert_eq!(Some(*grant.redeemed().csr()), csr.digest(&pki_core::crypto::rustcrypto::PROVIDER));
    assert_eq!((grant.device(), grant.profile()), (Some("device"), Some("wifi")));
    assert_eq!((grant.token(), grant.data()), (None, None));
}

#[test]
fn a_lost_reply_is_made_up_for_and_another_csr_is_not() {
    let mut service = service();
    let challenge = issued(&mut service, "device");
    let first = csr("device", &challenge);
    assert!(service.redeem(&present(&first), after(10)).is_ok());
    // The same CSR, also after the challenge's end, up to the last second of the grace.
    for seconds in [11, 3600, 3610] {
        assert!(service.redeem(&present(&first), after(seconds)).is_ok(), "{seconds}");
    }
    assert_eq!(error(&mut service, &present(&first), after(3611)), RedeemError::Spent);
    // Another key for the same names, at no time.
    let other = csr_with("device", alternative_names(), Some(challenge.expose()), other_key());
    for seconds in [10, 11, 3600, 3610, 3611] {
        assert_eq!(error(&mut service, &present(&other), after(seconds)), RedeemError::Spent, "{seconds}");
    }
}

#[test]
fn what_is_wrong_uses_nothing_up() {
    let mut service = service();
    let challenge = issued(&mut service, "device");
    let right = csr("device", &challenge);
    // Names as a set, so order does not matter; another subject and one name more do.
    let admin = csr("admin", &challenge);
    let RedeemError::Mismatch(mismatches) = error(&mut service, &present(&admin), now()) else { panic!() };
    assert!(mismatches.concern(Field::Subject) && !mismatches.concern(Field::AlternativeNames));
    let more = alternative_names().add_dns_name("admin.example.com");
    let more = csr_with("device", more, Some(challenge.expose()), client_key());
    assert!(matches!(error(&mut service, &present(&more), now()), RedeemError::Mismatch(_)));
    assert_eq!(error(&mut service, &present(&right).with_device("other"), now()), RedeemError::WrongDevice);
    assert_eq!(error(&mut service, &present(&right).with_profile("vpn"), now()), RedeemError::WrongProfile);
    assert!(service.redeem(&present(&right), now()).is_ok());
}

#[test]
fn none_empty_and_unknown_challenges() {
    let mut service = service();
    let challenge = issued(&mut service, "device");
    let none = csr_with("device", alternative_names(), None, client_key());
    assert_eq!(error(&mut service, &present(&none), now()), RedeemError::Missing);
    assert_eq!(error(&mut service, &Presented::new(&none, Some(&Secret::from(""))), now()), RedeemError::Missing);
    let mut wrong = challenge.expose().to_string();
    wrong.pop();
    for text in [wrong.as_str(), &challenge.expose().to_lowercase(), &(wrong.clone() + "~"), "x"] {
        let presented = Presented::new(&none, Some(&Secret::from(text)));
        assert_eq!(error(&mut service, &presented, now()), RedeemError::Unknown, "{text}");
    }
    assert!(service.redeem(&Presented::new(&none, Some(challenge.as_secret())), now()).is_ok());
}

#[test]
fn expiry_has_an_edge_of_one_second_and_burns_no_retries() {
    let mut service = service();
    let csr = csr("device", &issued(&mut service, "device"));
    // An hour, and five minutes for the clocks.
    let late = error(&mut service, &present(&csr), after(3901));
    assert_eq!(late, RedeemError::Expired { at: after(3600) });
    assert_eq!(late.advice(), Advice::IssueNew);
    assert!(service.redeem(&present(&csr), after(3900)).is_ok());

    // Offline for a week, with a challenge for each hour: none of it counts.
    let mut retries = Retries::new(3);
    for _ in 0..168 {
        assert_eq!(retries.after(&late), NextTry::Resend);
    }
    assert_eq!(retries.failures(), 0);
    assert_eq!(retries.after(&mdm_proto::challenge::external::ExternalError::Unreachable.into()), NextTry::AskAgain);
    let wrong = RedeemError::Unknown;
    let tries = [1, 2, 3, 4].map(|_| retries.after(&wrong));
    assert_eq!(tries, [NextTry::Resend, NextTry::Resend, NextTry::Resend, NextTry::GiveUp]);
    assert_eq!(retries.succeeded(), Retries::new(3));
    assert_eq!(Retries::new(3).with_failures(3).failed(), NextTry::GiveUp);
}

#[test]
fn what_is_over_is_remembered_for_a_while_and_then_unknown() {
    let mut service = service();
    let csr = csr("device", &issued(&mut service, "device"));
    let forgotten = 3900 + 14 * 86_400 + 1;
    service.expire(after(forgotten - 1));
    assert!(matches!(error(&mut service, &present(&csr), after(forgotten - 1)), RedeemError::Expired { .. }));
    service.expire(after(forgotten));
    assert_eq!(error(&mut service, &present(&csr), after(forgotten)), RedeemError::Unknown);
    assert_eq!(service.records().len(), 0);
}

#[test]
fn states_go_forward_only() {
    let policy = RedeemPolicy::DEFAULT;
    let (_, record) = service_key()
        .issue(binding("device"), after(3600), ChallengeFormat::DEFAULT, now(), &mut rng())
        .expect("random");
    assert_eq!((record.issued(), record.expires()), (now(), after(3600)));
    assert_eq!(record.status(&policy, now()), Status::Issued);
    let delivered = record.delivered(after(1));
    assert_eq!(delivered.status(&policy, after(2)), Status::Delivered);
    assert_eq!(delivered.delivered(after(5)), delivered);
    assert_eq!(delivered.status(&policy, after(3901)), Status::Expired);
    let withdrawn = delivered.withdrawn(after(3));
    assert_eq!(withdrawn.state(), &ChallengeState::Withdrawn { at: after(3) });
    assert_eq!(withdrawn.status(&policy, after(3901)), Status::Withdrawn);
    assert_eq!((withdrawn.delivered(after(4)), withdrawn.withdrawn(after(4))), (withdrawn.clone(), withdrawn));
}

#[test]
fn a_device_that_is_gone_takes_its_challenges_with_it() {
    let mut service = service();
    let gone: Vec<_> = (0..3)
        .map(|seed| service.issue(binding("device"), HOUR, now(), &mut TestRandom::new(seed)).expect("room"))
        .collect();
    // Names that begin alike are others.
    let stays = service.issue(binding("device-2"), HOUR, now(), &mut TestRandom::new(99)).expect("room");
    service.withdraw_device("device", after(1));
    for challenge in &gone {
        assert_eq!(error(&mut service, &present(&csr("device", challenge)), after(2)), RedeemError::Withdrawn);
    }
    assert!(service.redeem(&present(&csr("device-2", &stays)), after(2)).is_ok());
    assert_eq!(service.of_device("device").count(), 3);
}

#[test]
fn one_is_delivered_and_one_is_taken_back() {
    let mut service = service();
    let challenge = issued(&mut service, "device");
    let id = service.find(&challenge).expect("known").id();
    service.delivered(&id, after(1));
    let state = |service: &Service| service.find(&challenge).expect("known").state().clone();
    assert_eq!(state(&service), ChallengeState::Delivered { at: after(1) });
    service.withdraw(&id, after(2));
    assert_eq!(state(&service), ChallengeState::Withdrawn { at: after(2) });
    let nobody = ChallengeId::from_bytes([0; 16]);
    service.delivered(&nobody, now());
    service.withdraw(&nobody, now());
    assert!(service.remove(&nobody).is_none());
    assert!(service.remove(&id).is_some());
    assert!(service.find(&challenge).is_none());
}

#[test]
fn room_is_bounded_by_device_and_in_all() {
    let limits = ServiceLimits { capacity: 20, per_device: 3, ..ServiceLimits::DEFAULT };
    let mut service = Service::new(service_key(), limits);
    let random = &mut TestRandom::new(1);
    let ask = |service: &mut Service, device: &str, at, random: &mut TestRandom| {
        service.issue(binding(device), HOUR, at, random).map(drop)
    };
    for _ in 0..3 {
        assert_eq!(ask(&mut service, "device", now(), random), Ok(()));
    }
    assert_eq!(ask(&mut service, "device", now(), random), Err(IssueError::TooManyForDevice));
    // When they are over, the oldest makes room.
    assert_eq!(ask(&mut service, "device", after(3901), random), Ok(()));
    assert_eq!(service.of_device("device").count(), 3);
    for number in 0..17 {
        assert_eq!(ask(&mut service, &format!("d{number}"), after(3901), random), Ok(()));
    }
    // Two of the first device's are over: they go first.
    assert_eq!(ask(&mut service, "x", after(3901), random), Ok(()));
    assert_eq!(ask(&mut service, "y", after(3901), random), Ok(()));
    assert_eq!(ask(&mut service, "z", after(3901), random), Err(IssueError::Full));
    assert_eq!(service.records().len(), 20);
    let dry = &mut TestRandom::failing_after(1, 0);
    let failed = Service::new(service_key(), limits).issue(binding("device"), HOUR, now(), dry);
    assert!(matches!(failed, Err(IssueError::Random(_))));
}

#[test]
fn records_are_kept_elsewhere_and_come_back() {
    let mut service = service();
    let (spent, unspent) = (issued(&mut service, "spent"), {
        service.issue(binding("unspent"), HOUR, now(), &mut TestRandom::new(9)).expect("room")
    });
    let csr_of_spent = csr("spent", &spent);
    assert!(service.redeem(&present(&csr_of_spent), now()).is_ok());
    let kept: Vec<_> = service.records().map(ChallengeRecord::to_der).collect();

    let mut again = self::service();
    for der in &kept {
        let record = ChallengeRecord::from_der(der).expect("a record");
        assert_eq!(&record.to_der(), der);
        again.insert(record);
    }
    assert!(again.redeem(&present(&csr_of_spent), after(5)).is_ok());
    assert!(again.redeem(&present(&csr("unspent", &unspent)), after(5)).is_ok());
    // With another key nothing is known.
    let mut stranger = Service::new(ServiceKey::generate(&mut rng()).expect("random"), ServiceLimits::DEFAULT);
    kept.iter().for_each(|der| stranger.insert(ChallengeRecord::from_der(der).expect("a record")));
    assert_eq!(error(&mut stranger, &present(&csr_of_spent), after(5)), RedeemError::Unknown);
}

#[test]
fn a_record_in_every_state_comes_back_and_nothing_else_does() {
    let (_, record) = service_key()
        .issue(binding("device"), after(3600), ChallengeFormat::DEFAULT, now(), &mut rng())
        .expect("random");
    let any = Binding::any_request("device", "wifi").expect("names");
    let passage = Binding::passage("device", "wifi").expect("names");
    let [any, passage] = [any, passage].map(|binding| {
        service_key().issue(binding, after(1), ChallengeFormat::DEFAULT, now(), &mut rng()).expect("random").1
    });
    assert_ne!(any, passage);
    for record in [record.clone(), any, passage, record.delivered(after(1)), record.withdrawn(after(1))] {
        let der = record.to_der();
        assert_eq!(ChallengeRecord::from_der(&der), Ok(record));
        for end in 0..der.len() {
            assert!(ChallengeRecord::from_der(&der[..end]).is_err());
        }
    }
    let mut later = record.to_der();
    let version = later.windows(3).position(|window| window == [2, 1, 1]).expect("a version") + 2;
    later[version] = 2;
    let refused = ChallengeRecord::from_der(&later).expect_err("a later version");
    assert_eq!(refused.kind(), DecodeErrorKind::UnsupportedVersion);
    assert_eq!(refused.path().next(), Some("ChallengeRecord"));
}

#[test]
fn keys_change_while_challenges_are_out() {
    let mut service = service();
    let before = issued(&mut service, "before");
    service.rotate_key(ServiceKey::generate(&mut TestRandom::new(5)).expect("random"));
    let behind = service.issue(binding("behind"), HOUR, now(), &mut TestRandom::new(6)).expect("room");
    assert!(service.redeem(&present(&csr("before", &before)), now()).is_ok());
    assert!(service.redeem(&present(&csr("behind", &behind)), now()).is_ok());
    let short = ServiceKey::from_secret(Secret::from("too short"));
    assert_eq!(short.expect_err("too short"), KeyTooShort { least: 32 });
    let kept = ServiceKey::from_secret(Secret::from(service_key().expose().expose())).expect("a key");
    assert_eq!(kept.id(before.as_secret()), service_key().id(before.as_secret()));
}

#[test]
fn out_of_a_database_a_challenge_counts_when_it_is_stored() {
    let (challenge, record) = service_key()
        .issue(binding("device"), after(3600), ChallengeFormat::DEFAULT, now(), &mut rng())
        .expect("random");
    let keys = [ServiceKey::generate(&mut rng()).expect("random"), service_key()];
    let right = csr("device", &challenge);
    let lookup = Lookup::new(&keys, present(&right), RedeemPolicy::DEFAULT).expect("a challenge");
    assert!(lookup.ids().any(|id| *id == record.id()) && lookup.ids().count() == 2);

    assert_eq!(lookup.found(None, now()).expect_err("none"), RedeemError::Unknown);
    let (_, another) = service_key()
        .issue(binding("device"), after(1), ChallengeFormat::DEFAULT, now(), &mut TestRandom::new(8))
        .expect("random");
    assert_eq!(lookup.found(Some(&another), now()).expect_err("another"), RedeemError::Unknown);

    let Ok(Step::Store(spending)) = lookup.found(Some(&record), now()) else { panic!() };
    assert_eq!((spending.id(), spending.previous()), (record.id(), &record));
    let ChallengeState::Spent { at, on: SpentOn::Csr(digest) } = spending.record().state() else { panic!() };
    assert_eq!((*at, digest), (now(), present(&right).csr_digest()));
    // Somebody else was first, with the same request: then it is granted without storing anything.
    let stored = spending.record().clone();
    let again = spending.lost().found(Some(&stored), after(1));
    assert!(matches!(again, Ok(Step::Granted(_))));
    // Or with another.
    let other = csr_with("device", alternative_names(), Some(challenge.expose()), other_key());
    let lookup = Lookup::new(&keys, present(&other), RedeemPolicy::DEFAULT).expect("a challenge");
    assert_eq!(lookup.found(Some(&stored), now()).expect_err("used"), RedeemError::Spent);
    let none = Presented::new(&other, None);
    assert_eq!(Lookup::new(&keys, none, RedeemPolicy::DEFAULT).expect_err("none"), RedeemError::Missing);
}

#[test]
fn a_record_with_the_right_id_and_another_hash_is_another_challenge_s() {
    let (challenge, record) = service_key()
        .issue(binding("device"), after(3600), ChallengeFormat::DEFAULT, now(), &mut rng())
        .expect("random");
    let mut der = record.to_der();
    let id = der.windows(16).position(|window| window == record.id().as_bytes()).expect("the id");
    der[id + 31] ^= 1;
    let forged = ChallengeRecord::from_der(&der).expect("a record");
    assert_eq!(forged.id(), record.id());
    assert_ne!(forged, record);
    let lookup = Lookup::new(&[service_key()], present(&csr("device", &challenge)), RedeemPolicy::DEFAULT);
    let lookup = lookup.expect("a challenge");
    assert_eq!(lookup.found(Some(&forged), now()).expect_err("another"), RedeemError::Unknown);
    assert!(lookup.found(Some(&record), now()).is_ok());
}

#[test]
fn names_of_devices_are_names() {
    for name in ["", ".", "..", "a\nb", "\u{7f}", &"x".repeat(256)] {
        assert!(Binding::any_request(name, "wifi").is_err(), "{name:?}");
        assert!(Binding::any_request("device", name).is_err(), "{name:?}");
    }
    assert!(Binding::any_request(&"x".repeat(255), "W\u{e4}-Lan: 5 GHz").is_ok());
}

#[test]
fn the_peer_is_told_the_same_for_all_that_is_wrong() {
    let at = now();
    let external = mdm_proto::challenge::external::ExternalError::Malformed;
    let unreadable = pki_core::DecodeError::new(DecodeErrorKind::Empty, 0);
    let wrong = [
        RedeemError::Expired { at },
        RedeemError::External(external),
        RedeemError::Spent,
        RedeemError::Unknown,
        RedeemError::Unreadable(unreadable),
        RedeemError::Withdrawn,
        RedeemError::WrongDevice,
        RedeemError::WrongProfile,
    ];
    for error in &wrong {
        assert_eq!(Denied::from(error.clone()), Denied::ChallengeWrong);
        assert_eq!(error.fail_info(), FailInfo::BAD_REQUEST);
        assert_eq!(error.denied().fail_info_text(), None);
    }
    assert_eq!(RedeemError::Missing.denied(), Denied::ChallengeMissing);
    let texts: std::collections::BTreeSet<_> = wrong.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), wrong.len(), "the log is told each");
}

#[test]
fn a_challenge_that_is_no_text_can_t_be_read() {
    let csr = csr_with("device", alternative_names(), Some("QQQQQQQQ"), client_key());
    let der = csr.as_der();
    // challengePassword as a PrintableString: make its tag that of an INTEGER.
    let at =
        der.windows(2).position(|window| window == [0x13, 8]).or_else(|| der.windows(2).position(|w| w == [0x0c, 8]));
    let mut der = der.to_vec();
    der[at.expect("the value")] = 0x02;
    let broken = pki_core::Csr::from_der(&der).expect("still a CSR");
    let error = RedeemError::from(Presented::in_csr(&broken).expect_err("no text"));
    assert!(matches!(error, RedeemError::Unreadable(_)));
}

#[test]
fn no_secret_is_shown() {
    let mut service = service();
    let challenge = issued(&mut service, "device");
    let presented = present(&csr("device", &challenge));
    let lookup = Lookup::new(&[service_key()], presented.clone(), RedeemPolicy::DEFAULT).expect("a challenge");
    let record = service.find(&challenge).expect("known").clone();
    let step = lookup.found(Some(&record), now()).expect("right");
    let shown = format!("{challenge:?} {presented:?} {lookup:?} {record:?} {step:?} {service:?} {:?}", service_key());
    assert!(!shown.contains(challenge.expose()), "{shown}");
    assert!(!shown.contains("66, 66"), "the key: {shown}");
}
