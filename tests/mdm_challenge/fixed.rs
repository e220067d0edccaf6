//! One password for all.

use conformance::fixtures::client_key;
use mdm_proto::challenge::{Presented, RedeemError, StaticChallenge};
use pki_core::Secret;

use crate::{after, alternative_names, csr_with, expectation, now};

fn presented(challenge: Option<&str>) -> Presented {
    let csr = csr_with("device", alternative_names(), None, client_key());
    Presented::new(&csr, challenge.map(Secret::from).as_ref())
}

fn of_wifi() -> StaticChallenge {
    StaticChallenge::new("wifi", Secret::from("correct horse"))
}

#[test]
fn the_right_one_and_others() {
    let challenge = of_wifi();
    let grant = challenge.redeem(&presented(Some("correct horse")), now()).expect("right");
    assert_eq!((grant.device(), grant.profile()), (None, Some("wifi")));
    for wrong in ["correct hors", "correct horse ", "Correct horse", "x"] {
        assert_eq!(challenge.redeem(&presented(Some(wrong)), now()).expect_err(wrong), RedeemError::Unknown);
    }
    assert_eq!(challenge.redeem(&presented(None), now()).expect_err("none"), RedeemError::Missing);
    let elsewhere = presented(Some("correct horse")).with_profile("vpn");
    assert_eq!(challenge.redeem(&elsewhere, now()).expect_err("vpn"), RedeemError::WrongProfile);
}

#[test]
fn omnitrust_1904_no_password_is_right_where_there_is_none() {
    let nothing = StaticChallenge::new("wifi", Secret::from(""));
    assert_eq!(nothing.redeem(&presented(Some("")), now()).expect_err("empty"), RedeemError::Missing);
    assert_eq!(nothing.redeem(&presented(None), now()).expect_err("none"), RedeemError::Missing);
}

#[test]
fn a_password_is_changed_while_profiles_are_on_their_way() {
    let challenge = of_wifi().changed(Secret::from("battery staple"), after(60));
    let redeem = |text, at| challenge.redeem(&presented(Some(text)), at).map(drop);
    assert_eq!(redeem("battery staple", after(1000)), Ok(()));
    assert_eq!(redeem("correct horse", after(60)), Ok(()));
    assert_eq!(redeem("correct horse", after(61)), Err(RedeemError::Expired { at: after(60) }));
    assert!(!format!("{challenge:?}").contains("horse"));
}

#[test]
fn vu_971035_who_knows_it_is_kept_to_his_own_names() {
    let right = presented(Some("correct horse"));
    assert!(of_wifi().redeem_as(&expectation("device"), &right, now()).is_ok());
    let refused = of_wifi().redeem_as(&expectation("admin"), &right, now());
    assert!(matches!(refused, Err(RedeemError::Mismatch(_))));
}
