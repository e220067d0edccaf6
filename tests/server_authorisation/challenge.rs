//! Challenges, and several validators at once.

use std::{
    collections::BTreeMap,
    sync::{Barrier, Mutex},
    thread,
};

use conformance::{
    fixtures::{self, client_key, other_key},
    forge::RawMessage,
};
use pki_core::{CsrDigest, GeneralNamesBuilder, Secret, oid};
use scep::server::{
    AgentPolicy, Authorized, Denied, Enrol, IssueError, Means, NameMismatch, NameRule, Names, Nature, Redeemed,
    RenewalPolicy,
};

use crate::{
    ask, ca, crl_with, csr, device as device_certificate, first, now, open, raw_csr, renewal, renewal_csr, server,
    with_san,
};

/// A challenge service as a caller writes one: each challenge is for some names, and for one request.
#[derive(Debug)]
struct Challenges(Mutex<BTreeMap<Vec<u8>, Challenge>>);

#[derive(Debug)]
struct Challenge {
    names: Names,
    used: Option<CsrDigest>,
}

impl Challenges {
    fn new(challenge: &str, names: Names) -> Self {
        let challenges = [(challenge.as_bytes().to_vec(), Challenge { names, used: None })];
        Self(Mutex::new(challenges.into()))
    }

    /// Looks and uses up in one step. The same request gets the same word again, as after a lost reply.
    fn redeem(&self, enrol: &Enrol) -> Option<Redeemed> {
        let mut challenges = self.0.lock().expect("no panics");
        let Challenge { names, used } = challenges.get_mut(enrol.challenge()?.expose())?;
        names.compare(enrol.csr(), NameRule::Same).ok()?;
        let digest = *enrol.csr_digest();
        (*used.get_or_insert(digest) == digest).then(|| Redeemed::for_csr(digest))
    }

    fn authorize(&self, enrol: &Enrol) -> Result<Authorized, Denied> {
        enrol.authorize_challenge(&self.redeem(enrol).ok_or(Denied::ChallengeWrong)?)
    }
}

fn for_device() -> Challenges {
    Challenges::new("once", Names::new(fixtures::name("device")))
}

/// A first request for the device with a key of its own.
fn with_other_key() -> Enrol {
    let csr = csr("device", other_key(), |csr| csr.with_challenge_password(&Secret::from("once")));
    let signer = fixtures::self_signed("device", other_key());
    open(&RawMessage::request(&server(), "19", csr.as_der(), signer, other_key()))
}

#[test]
fn replay_of_a_used_challenge_sequential_scep_2_4_01_and_7_3_02() {
    let challenges = for_device();
    let authorized = challenges.authorize(&first("device", "once")).expect("the first time");
    assert!(authorized.is_by(Means::Challenge));
    assert_eq!(challenges.authorize(&with_other_key()), Err(Denied::ChallengeWrong));
    // The same request again is no second use.
    assert_eq!(challenges.authorize(&first("device", "once")), Ok(authorized));
}

#[test]
fn replay_of_a_used_challenge_concurrent() {
    let challenges = for_device();
    let requests = [first("device", "once"), with_other_key()];
    let start = Barrier::new(8);
    let granted: Vec<Authorized> = thread::scope(|scope| {
        let (start, challenges, requests) = (&start, &challenges, &requests);
        let threads = [0, 1].repeat(4).into_iter().map(|index: usize| {
            scope.spawn(move || {
                start.wait();
                challenges.authorize(&requests[index]).ok()
            })
        });
        let threads: Vec<_> = threads.collect();
        threads.into_iter().filter_map(|thread| thread.join().expect("no panic")).collect()
    });
    assert_eq!(granted.len(), 4);
    assert!(granted.iter().all(|authorized| authorized.csr() == granted[0].csr()));
}

#[test]
fn vu_971035_challenge_for_subject_a_with_csr_for_b() {
    let challenges = for_device();
    assert_eq!(challenges.authorize(&first("admin", "once")), Err(Denied::ChallengeWrong));
    // And it is not used up by the attempt.
    assert!(challenges.authorize(&first("device", "once")).is_ok());
}

#[test]
fn vu_971035_san_added_to_a_challenge_for_a_subject() {
    let more = csr("device", client_key(), |csr| {
        let admin = GeneralNamesBuilder::new().add_upn("administrator@corp.example.com");
        csr.with_challenge_password(&Secret::from("once")).with_subject_alt_name(admin)
    });
    let enrol = ask("19", &more, &fixtures::self_signed("device", client_key()));
    assert_eq!(for_device().authorize(&enrol), Err(Denied::ChallengeWrong));
    // Where the service looks at nothing but the secret, issuing still does.
    let authorized = enrol.check_challenge(&Secret::from("once")).expect("right");
    let names = Names::new(fixtures::name("device"));
    let refused = crate::issue::profile().certificate(enrol.csr(), &authorized, &names, &crate::issue::issuance());
    assert!(matches!(refused, Err(IssueError::Names(NameMismatch::Added { .. }))), "{refused:?}");
}

#[test]
fn a_word_for_one_csr_is_none_for_another() {
    let redeemed = Redeemed::for_csr(*first("device", "once").csr_digest());
    assert_eq!(first("admin", "once").authorize_challenge(&redeemed), Err(Denied::RedeemedForAnotherCsr));
}

#[test]
fn scep_2_4_02_a_missing_or_wrong_challenge_is_denied() {
    let expected = Secret::from("right");
    assert_eq!(first("device", "wrong").check_challenge(&expected), Err(Denied::ChallengeWrong));
    let silent = ask("19", &csr("device", client_key(), |csr| csr), &fixtures::self_signed("device", client_key()));
    assert_eq!(silent.check_challenge(&expected), Err(Denied::ChallengeMissing));
}

#[test]
fn omnitrust_1904_no_challenge_and_no_secret_are_not_equal() {
    let nothing = Secret::from("");
    let own = fixtures::self_signed("device", client_key());
    let asked = |challenge| ask("19", &raw_csr(fixtures::name("device").as_ref(), client_key(), challenge), &own);
    assert_eq!(asked(Some("")).check_challenge(&nothing), Err(Denied::ChallengeWrong));
    assert_eq!(asked(Some("")).check_challenge(&Secret::from("right")), Err(Denied::ChallengeWrong));
    assert_eq!(asked(None).check_challenge(&nothing), Err(Denied::ChallengeMissing));
    assert!(asked(Some("right")).check_challenge(&Secret::from("right")).is_ok());
}

#[test]
fn packetfence_7928_one_validator_more_never_means_one_less() {
    let enrol = first("device", "right");
    let challenge = |secret: &str| enrol.check_challenge(&Secret::from(secret));
    let intune = || enrol.authorize_challenge(&Redeemed::for_csr(*enrol.csr_digest()));
    let intune_says_no = || Err(Denied::RedeemedForAnotherCsr);

    assert_eq!(Authorized::all([challenge("right"), intune()]).map(|all| all.csr() == enrol.csr_digest()), Ok(true));
    assert_eq!(Authorized::all([challenge("other"), intune()]), Err(Denied::ChallengeWrong));
    assert_eq!(Authorized::all([intune(), challenge("other")]), Err(Denied::ChallengeWrong));
    assert_eq!(Authorized::all([challenge("right"), intune_says_no()]), Err(Denied::RedeemedForAnotherCsr));
    assert_eq!(Authorized::all([challenge("right")]), challenge("right"));
    assert_eq!(Authorized::all([]), Err(Denied::NoValidator));
}

#[test]
fn validators_have_to_speak_of_the_same_request() {
    let (device, admin) = (first("device", "x"), first("admin", "x"));
    let both = [device.authorize_manually(), admin.authorize_manually()].map(Ok);
    assert_eq!(Authorized::all(both), Err(Denied::DifferentRequests));

    // The same CSR, sent by the holders of two certificates.
    let twin = ca().draft("device").with_key(client_key());
    let twin = twin.issue(|builder| with_san(builder).with_extended_key_usage(&[oid::CLIENT_AUTH]));
    let both = [by_holder_of(&twin), by_holder_of(&device_certificate())];
    assert!(both.iter().all(Result::is_ok));
    assert_eq!(Authorized::all(both), Err(Denied::DifferentRequests));
}

fn by_holder_of(signer: &pki_core::Certificate) -> Result<Authorized, Denied> {
    renewal(&renewal_csr(), signer).authorize_renewal(&RenewalPolicy::new(), &crl_with(None), now())
}

#[test]
fn somebody_approves_a_request_that_was_pending() {
    let enrol = first("device", "x");
    let kept = CsrDigest::from_bytes(*enrol.csr_digest().as_bytes());
    assert_eq!(Authorized::manually(kept), enrol.authorize_manually());
    assert_eq!(enrol.authorize_manually().means().collect::<Vec<_>>(), [Means::Manual]);
}

#[test]
fn a1_a_first_request_signed_by_another_key_is_for_policy() {
    let same = first("device", "x");
    assert!(!same.has_separate_signer());
    assert_eq!(same.check_signer_key(), Ok(()));
    // As macOS does: a key of its own for the message.
    let apart = ask("19", &renewal_csr(), &fixtures::self_signed("MDM SCEP SIGNER", client_key()));
    assert_eq!(apart.nature(&RenewalPolicy::new(), &AgentPolicy::new()), Nature::First);
    assert!(apart.has_separate_signer());
    assert_eq!(apart.check_signer_key(), Err(Denied::SeparateSigner));
    // A renewal with a new key does it always.
    assert!(renewal(&renewal_csr(), &device_certificate()).has_separate_signer());
}
