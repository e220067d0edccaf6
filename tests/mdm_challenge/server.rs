//! Every kind of challenge behind a SCEP server: from the pkiMessage to the word that issuing wants.

use conformance::{
    attack,
    fixtures::{self, client_key, ra_key},
    forge::RawMessage,
};
use mdm_proto::challenge::{
    ChallengeFormat, Detail, Presented, RedeemError, RedeemPolicy, SealingKeys, Service, ServiceLimits, Source,
    StaticChallenge, Step,
};
use pki_core::{Csr, Secret};
use scep::server::{Denied, Enrol, Incoming, Means, Operation};

use crate::{HOUR, after, alternative_names, binding, csr, csr_with, expectation, now, rng, service_key};

/// What the server's caller sees of a PKCSReq with this CSR.
fn enrol(csr: &Csr) -> Enrol {
    let server = attack::server();
    let signer = fixtures::self_signed("device", client_key());
    let message = RawMessage::request(&server, "19", csr.as_der(), signer, client_key());
    let incoming = server.responder.receive(&message.to_request(), now(), &mut rng()).expect("a message");
    let Incoming::Sealed(sealed) = incoming else { panic!() };
    match sealed.open_with(ra_key(), &mut rng()).expect("an operation") {
        Operation::PkcsReq(enrol) => enrol,
        operation => panic!("{operation:?}"),
    }
}

/// What a server does with any source but those that ask elsewhere.
fn authorize(source: Source<'_>, enrol: &Enrol) -> Result<Means, Denied> {
    let step = source.redeem(&Presented::of(enrol), now(), &mut rng()).map_err(|error| error.denied())?;
    let grant = match step {
        Step::Granted(grant) => grant,
        Step::Recall(recall) => {
            let expectation = expectation(recall.device());
            match recall.with_expectation(Some(expectation)).map_err(|error| error.denied())? {
                Step::Granted(grant) => grant,
                step => panic!("{step:?}"),
            }
        }
        step => panic!("{step:?}"),
    };
    let authorized = enrol.authorize_challenge(grant.redeemed())?;
    assert_eq!(authorized.csr(), enrol.csr_digest());
    Ok(authorized.means().next().expect("one"))
}

#[test]
fn scep_2_4_01_each_kind_authorises_the_csr_that_it_was_redeemed_for() {
    let mut service = Service::new(service_key(), ServiceLimits::DEFAULT);
    let challenge = service.issue(binding("device"), HOUR, now(), &mut rng()).expect("room");
    let once = enrol(&csr("device", &challenge));
    assert_eq!(authorize(Source::OneTimeInMemory(&mut service), &once), Ok(Means::Challenge));
    let admin = enrol(&csr("admin", &challenge));
    assert_eq!(authorize(Source::OneTimeInMemory(&mut service), &admin), Err(Denied::ChallengeWrong));

    let keys = SealingKeys::new(1, Secret::new(vec![1; 32])).expect("a key");
    for detail in [Detail::Whole, Detail::Digest] {
        let challenge = keys.seal(&binding("device"), after(3600), detail, &mut rng()).expect("short enough");
        assert_eq!(authorize(Source::Sealed(&keys), &enrol(&csr("device", &challenge))), Ok(Means::Challenge));
        assert_eq!(authorize(Source::Sealed(&keys), &enrol(&csr("admin", &challenge))), Err(Denied::ChallengeWrong));
        assert_eq!(authorize(Source::Sealed(&keys), &once), Err(Denied::ChallengeWrong));
    }

    let fixed = StaticChallenge::new("wifi", Secret::from("correct horse"));
    let right = enrol(&csr_with("device", alternative_names(), Some("correct horse"), client_key()));
    assert_eq!(authorize(Source::Static(&fixed), &right), Ok(Means::Challenge));
    assert_eq!(authorize(Source::Static(&fixed), &once), Err(Denied::ChallengeWrong));
    let silent = enrol(&csr_with("device", alternative_names(), None, client_key()));
    assert_eq!(authorize(Source::Static(&fixed), &silent), Err(Denied::ChallengeMissing));
}

#[test]
fn out_of_a_database() {
    let keys = [service_key()];
    let format = ChallengeFormat::DEFAULT;
    let (challenge, record) = keys[0].issue(binding("device"), after(3600), format, now(), &mut rng()).expect("random");
    let enrol = enrol(&csr("device", &challenge));
    let source = Source::OneTime(&keys, RedeemPolicy::DEFAULT);
    let Ok(Step::Load(lookup)) = source.redeem(&Presented::of(&enrol), now(), &mut rng()) else { panic!() };
    let Ok(Step::Store(spending)) = lookup.found(Some(&record), now()) else { panic!() };
    let grant = spending.stored();
    assert!(enrol.authorize_challenge(grant.redeemed()).is_ok());
    // A word for one request is none for another.
    let other = self::enrol(&csr("admin", &challenge));
    assert_eq!(other.authorize_challenge(grant.redeemed()), Err(Denied::RedeemedForAnotherCsr));
    assert_eq!(RedeemError::Expired { at: now() }.denied(), Denied::ChallengeWrong);
}
