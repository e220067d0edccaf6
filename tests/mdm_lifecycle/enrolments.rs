//! mdm.md 6.7: how a profile stands on a device, as the server knows it.

use std::time::Duration;

use conformance::chain::Ca;
use mdm_proto::lifecycle::{
    Applied, Enrolment, EnrolmentConflict as Conflict, EnrolmentEvent as Event, EnrolmentState as State, FailureClass,
    IssuedCertificate,
};
use pki_core::{CsrDigest, DecodeErrorKind, UnixTime, crl::RevocationReason};
use proptest::prelude::*;
use scep::TransactionId;

use crate::{at, day};

const HOUR: Duration = Duration::from_secs(3600);

fn transaction(name: &str) -> TransactionId {
    TransactionId::from_text(name).unwrap()
}

fn requested(name: &str, csr: u8) -> Event {
    Event::Requested { transaction: transaction(name), csr: CsrDigest::from_bytes([csr; 32]) }
}

/// A certificate that ends in 2031.
fn certificate(name: &str) -> IssuedCertificate {
    IssuedCertificate::of(&Ca::root("Root").leaf(name))
}

fn issued(transaction_name: &str, name: &str) -> Event {
    Event::Issued { transaction: transaction(transaction_name), certificate: certificate(name) }
}

fn installed(name: &str) -> Event {
    Event::Installed { thumbprint: *certificate(name).thumbprint() }
}

fn challenge() -> Event {
    Event::ChallengeIssued { expires: at(3600) }
}

/// What stands after these events, all at the time 0.
fn after(events: &[Event]) -> Enrolment {
    let mut enrolment = Enrolment::NONE;
    for event in events {
        match enrolment.apply(event.clone(), at(0)).unwrap_or_else(|error| panic!("{event:?}: {error}")) {
            Applied::Changed(next) => enrolment = next,
            Applied::Unchanged => {}
        }
    }
    enrolment
}

fn to_installed() -> Vec<Event> {
    vec![challenge(), Event::Delivered, requested("t", 1), issued("t", "device"), installed("device")]
}

#[test]
fn from_nothing_to_renewal_and_around_again() {
    let mut events = to_installed();
    let states = [State::ChallengeIssued, State::Delivered, State::Requested, State::Issued, State::Installed];
    for (count, state) in states.iter().enumerate() {
        assert_eq!(after(&events[..=count]).state(), state);
    }
    events.push(Event::RenewDue);
    assert_eq!(after(&events).state(), &State::RenewDue);
    // By the certificate that is there: no challenge is needed. It stays known until the next one is.
    events.push(requested("u", 2));
    let under_way = after(&events);
    assert_eq!(under_way.state(), &State::Requested);
    assert_eq!(under_way.certificate(), Some(&certificate("device")));
    assert_eq!(under_way.transaction(), Some(&transaction("u")));
    events.extend([issued("u", "next"), installed("next")]);
    let renewed = after(&events);
    assert_eq!((renewed.state(), renewed.certificate()), (&State::Installed, Some(&certificate("next"))));
    assert_eq!(renewed.changed(), at(0));
}

#[test]
fn every_event_twice_changes_nothing_the_second_time() {
    let mut paths = vec![to_installed()];
    paths.push([to_installed(), vec![Event::RenewDue]].concat());
    paths.push([to_installed(), vec![Event::Revoked(None)]].concat());
    paths.push([to_installed(), vec![Event::Unassigned]].concat());
    paths.push([to_installed(), vec![Event::Unassigned, Event::Assigned]].concat());
    paths.push(vec![challenge(), Event::Failed(FailureClass::Transient)]);
    // What is revoked while another one is under way is known, though it is not the state.
    paths.push([to_installed(), vec![challenge(), Event::Revoked(None)]].concat());
    for path in paths {
        for count in 1..=path.len() {
            let enrolment = after(&path[..count]);
            let again = enrolment.apply(path[count - 1].clone(), at(60));
            assert_eq!(again, Ok(Applied::Unchanged), "{:?}", path[count - 1]);
        }
    }
}

#[test]
fn the_same_request_again_is_answered_as_before_another_csr_is_refused() {
    let enrolment = after(&to_installed());
    assert_eq!(enrolment.apply(requested("t", 1), day(1)), Ok(Applied::Unchanged));
    assert_eq!(enrolment.apply(requested("t", 2), day(1)), Err(Conflict::DifferentRequest));
    // The answer is the certificate that is there.
    assert_eq!(enrolment.certificate(), Some(&certificate("device")));
    assert_eq!(enrolment.apply(issued("t", "device"), day(1)), Ok(Applied::Unchanged));
    assert_eq!(enrolment.apply(issued("t", "other"), day(1)), Err(Conflict::DifferentCertificate));
    assert_eq!(enrolment.apply(issued("u", "other"), day(1)), Err(Conflict::UnknownTransaction));
}

#[test]
fn reports_may_be_late_or_missing() {
    // The device asks before its profile is reported as delivered, and that report comes last.
    let enrolment = after(&[challenge(), requested("t", 1), issued("t", "device"), Event::Delivered]);
    assert_eq!(enrolment.state(), &State::Issued);
}

#[test]
fn challenges_end_and_that_is_no_failure_of_the_device() {
    let enrolment = after(&[challenge()]);
    assert_eq!(enrolment.challenge_expires(), Some(at(3600)));
    assert!(enrolment.apply(Event::Delivered, at(3600)).is_ok());
    assert_eq!(enrolment.apply(Event::Delivered, at(3601)), Err(Conflict::ChallengeExpired));
    assert_eq!(enrolment.apply(requested("t", 1), at(3601)), Err(Conflict::ChallengeExpired));
    // Offline for days: as many challenges as it takes.
    let mut events = vec![];
    for round in 0..20 {
        events.push(Event::ChallengeIssued { expires: at(3600 + round) });
        events.push(Event::Failed(FailureClass::ChallengeExpired));
    }
    let enrolment = after(&events);
    assert_eq!((enrolment.state(), enrolment.failures()), (&State::Failed(FailureClass::ChallengeExpired), 0));
    assert_eq!(enrolment.challenge_expires(), None);
    assert_eq!(enrolment.apply(requested("t", 1), at(0)), Err(Conflict::OutOfOrder));
    let enrolment = after(&[
        challenge(),
        Event::Failed(FailureClass::Transient),
        challenge(),
        Event::Failed(FailureClass::PolicyReject),
    ]);
    assert_eq!(enrolment.failures(), 2);
}

#[test]
fn a_retry_after_a_passing_failure_uses_the_challenge_that_is_left() {
    let events = [challenge(), requested("t", 1), Event::Failed(FailureClass::Transient), requested("u", 1)];
    assert_eq!(after(&events).state(), &State::Requested);
}

/// Clients of the drafts make the transactionID of the key, so a second attempt has the same one: with the same CSR, with
/// another challenge in it, or to renew with a key that stays.
#[test]
fn a_transaction_that_is_over_can_be_begun_again() {
    let failed = [challenge(), requested("t", 1), Event::Failed(FailureClass::Transient)];
    let again = [&failed[..], &[requested("t", 1), issued("t", "device")]].concat();
    assert_eq!(after(&again).state(), &State::Issued);

    let expired = [challenge(), requested("t", 1), Event::Failed(FailureClass::ChallengeExpired)];
    let fresh = Event::ChallengeIssued { expires: at(7200) };
    let again = [&expired[..], &[fresh.clone(), requested("t", 2), issued("t", "device")]].concat();
    assert_eq!(after(&again).state(), &State::Issued);

    let renewal = [&to_installed()[..], &[Event::RenewDue, requested("t", 1), issued("t", "next")]].concat();
    assert_eq!(after(&renewal).certificate(), Some(&certificate("next")));
    let renewal = [&to_installed()[..], &[Event::RenewDue, requested("t", 2), issued("t", "next")]].concat();
    assert_eq!(after(&renewal).certificate(), Some(&certificate("next")));

    // Revoked, and enrolled anew with the same key.
    let revoked = [&to_installed()[..], &[Event::Revoked(None), fresh, requested("t", 2)]].concat();
    assert_eq!(after(&revoked).state(), &State::Requested);
    // What is known of the former certificate stays known.
    let late = [&to_installed()[..], &[Event::RenewDue]].concat();
    assert_eq!(after(&late).apply(issued("t", "device"), at(0)), Ok(Applied::Unchanged));
}

#[test]
fn what_ends_or_is_revoked_needs_a_challenge() {
    let later = UnixTime::from_seconds(certificate("device").not_after().as_seconds() + 1);
    let enrolment = after(&to_installed());
    assert_eq!(enrolment.apply(Event::Expired, at(0)), Err(Conflict::NotExpired));
    let Ok(Applied::Changed(expired)) = enrolment.apply(Event::Expired, later) else { panic!() };
    assert_eq!((expired.state(), expired.certificate()), (&State::Expired, None));
    assert_eq!(expired.apply(Event::Expired, later), Ok(Applied::Unchanged));
    assert_eq!(expired.apply(requested("u", 2), later), Err(Conflict::OutOfOrder));
    let again = Event::ChallengeIssued { expires: later.plus(HOUR) };
    let Ok(Applied::Changed(again)) = expired.apply(again, later) else { panic!() };
    assert!(again.apply(requested("u", 2), later).is_ok());

    let revoked = after(&[to_installed(), vec![Event::Revoked(Some(RevocationReason::KeyCompromise))]].concat());
    assert_eq!(revoked.state(), &State::Revoked(Some(RevocationReason::KeyCompromise)));
    assert_eq!(revoked.certificate(), None);
    assert_eq!(revoked.apply(requested("u", 2), at(0)), Err(Conflict::OutOfOrder));
    assert_eq!(revoked.apply(Event::Reinstated, at(0)), Err(Conflict::OutOfOrder));
    // An enrolment that is under way goes on without the old certificate.
    let under_way = [to_installed(), vec![challenge(), Event::Revoked(None)]].concat();
    let under_way = after(&under_way);
    assert_eq!((under_way.state(), under_way.certificate()), (&State::ChallengeIssued, None));
}

#[test]
fn what_is_on_hold_may_come_back() {
    let hold = Event::Revoked(Some(RevocationReason::CertificateHold));
    let held = [to_installed(), vec![hold]].concat();
    assert_eq!(after(&held).certificate(), Some(&certificate("device")));
    assert_eq!(after(&held).apply(requested("u", 2), at(0)), Err(Conflict::OutOfOrder));
    let back = [held, vec![Event::Reinstated]].concat();
    assert_eq!(after(&back).state(), &State::Installed);
    assert_eq!(after(&back).apply(Event::Reinstated, at(0)), Ok(Applied::Unchanged));
}

#[test]
fn a_profile_that_was_taken_away_gets_nothing_until_it_is_back() {
    let orphaned = after(&[to_installed(), vec![Event::Unassigned]].concat());
    assert_eq!(orphaned.state(), &State::Orphaned);
    for event in [challenge(), requested("u", 1), Event::RenewDue, Event::Delivered] {
        assert_eq!(orphaned.apply(event, at(0)), Err(Conflict::Unassigned));
    }
    let Ok(Applied::Changed(back)) = orphaned.apply(Event::Assigned, at(5)) else { panic!() };
    assert_eq!((back.state(), back.changed()), (&State::Installed, at(5)));
    let never = after(&[challenge(), Event::Unassigned, Event::Assigned]);
    assert_eq!((never.state(), never.challenge_expires()), (&State::None, None));
}

#[test]
fn what_has_no_place_is_refused() {
    let none = Enrolment::NONE;
    for (event, conflict) in [
        (Event::Delivered, Conflict::OutOfOrder),
        (requested("t", 1), Conflict::OutOfOrder),
        (issued("t", "device"), Conflict::UnknownTransaction),
        (installed("device"), Conflict::NoCertificate),
        (Event::RenewDue, Conflict::NoCertificate),
        (Event::Expired, Conflict::NoCertificate),
        (Event::Revoked(None), Conflict::NoCertificate),
        (Event::Reinstated, Conflict::OutOfOrder),
        (Event::Failed(FailureClass::Transient), Conflict::OutOfOrder),
    ] {
        assert_eq!(none.apply(event, at(0)), Err(conflict));
        assert!(!conflict.to_string().is_empty());
    }
    assert_eq!(none.apply(Event::Assigned, at(0)), Ok(Applied::Unchanged));
    let other = after(&to_installed()).apply(installed("other"), at(0));
    assert_eq!(other, Err(Conflict::DifferentCertificate));
    let failed = after(&[challenge(), requested("t", 1), Event::Failed(FailureClass::PolicyReject)]);
    assert_eq!(failed.apply(issued("t", "device"), at(0)), Err(Conflict::OutOfOrder));
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Assigned),
        (0..9000_i64).prop_map(|expires| Event::ChallengeIssued { expires: at(expires) }),
        Just(Event::Delivered),
        Just(Event::Expired),
        Just(Event::Failed(FailureClass::ChallengeExpired)),
        Just(Event::Failed(FailureClass::Transient)),
        Just(installed("device")),
        Just(installed("other")),
        Just(issued("t", "device")),
        Just(issued("u", "other")),
        Just(Event::Reinstated),
        Just(Event::RenewDue),
        (prop_oneof![Just("t"), Just("u"), Just("v")], 0..2_u8).prop_map(|(name, csr)| requested(name, csr)),
        Just(Event::Revoked(None)),
        Just(Event::Revoked(Some(RevocationReason::CertificateHold))),
        Just(Event::Unassigned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever comes in whatever order: records keep everything, repetition changes nothing, and one request has one
    /// certificate.
    #[test]
    fn whatever_comes(events in prop::collection::vec((event(), 0..9000_i64), 1..40)) {
        let mut enrolment = Enrolment::NONE;
        let mut answers: Vec<(TransactionId, IssuedCertificate)> = vec![];
        for (event, time) in events {
            if let Ok(Applied::Changed(next)) = enrolment.apply(event.clone(), at(time)) {
                if let Event::Issued { transaction, certificate } = &event {
                    prop_assert!(answers.iter().all(|(known, other)| known != transaction || other == certificate));
                    answers.push((transaction.clone(), certificate.clone()));
                }
                prop_assert_eq!(next.apply(event, at(time)), Ok(Applied::Unchanged));
                prop_assert_eq!(&Enrolment::from_der(&next.to_der()).unwrap(), &next);
                enrolment = next;
            }
        }
    }
}

#[test]
fn enrolments_are_kept_as_bytes() {
    let enrolment = after(&to_installed());
    let der = enrolment.to_der();
    for length in 0..der.len() {
        assert!(Enrolment::from_der(&der[..length]).is_err());
    }
    let kind = |der: &[u8]| Enrolment::from_der(der).unwrap_err().kind();
    // SEQUENCE, length, INTEGER 1, OCTET STRING of two: the state.
    assert_eq!(der[2..9], [2, 1, 1, 4, 2, 5, 0]);
    let changed = |place: usize, octet| {
        let mut der = der.clone();
        der[place] = octet;
        der
    };
    assert_eq!(kind(&changed(4, 2)), DecodeErrorKind::UnsupportedVersion);
    assert_eq!(kind(&changed(7, 11)), DecodeErrorKind::InvalidValue);
    assert_eq!(kind(&changed(8, 1)), DecodeErrorKind::InvalidValue);
    assert_eq!(kind(&changed(7, 9)), DecodeErrorKind::InvalidValue);
}
