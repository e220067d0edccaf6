//! mdm.md 6.6: each row, by real CRLs and OCSP responses through the chain validator.

use std::time::Duration;

use conformance::{
    TestRandom,
    chain::{self, Ca},
};
use mdm_proto::lifecycle::{
    CertificateFacts, CertificateId, DeviceStanding, DropReason, EnrolReason, Event, Freshness, Inputs, Life,
    LifecyclePolicy, Monitor, OnUnspecified, Outcome, Output, Proof, RemoveReason, Revocation, RevocationWatch,
    StopReason, Task, WaitReason,
};
use pki_core::{
    Certificate, Crl, CrlBuilder, UnixTime,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    chain::{ChainError, Pool, Purpose, RevocationPolicy, ValidatedChain},
    crl::{Revocation as Entry, RevocationReason},
    crypto::{Signer, rustcrypto::PROVIDER},
    ocsp::{CertId, CertStatus, OcspResponse, OcspResponseBuilder, ResponderId},
};

use crate::{decided, exact, next_task};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// The default policy, with revocation looked up.
fn watching() -> LifecyclePolicy {
    LifecyclePolicy { revocation: RevocationWatch::DEFAULT, ..exact(LifecyclePolicy::DEFAULT) }
}

/// A CRL by `ca`, of an hour ago and for a day, with these entries.
fn crl(ca: &Ca, entries: &[(&Certificate, Option<RevocationReason>)]) -> Crl {
    let now = chain::now();
    let name = ca.certificate.subject().to_owned();
    let mut builder = CrlBuilder::new(name, now.minus(HOUR), now.plus(DAY)).with_number(1.into());
    for (certificate, reason) in entries {
        let entry = Entry::new(certificate.serial_number(), now.minus(DAY));
        builder = builder.add_revoked(reason.map_or(entry, |reason| entry.with_reason(reason)));
    }
    let builder = builder.with_authority(&ca.certificate, &PROVIDER);
    builder.build(algorithm(ca)).unwrap().sign_with(ca.key, &mut TestRandom::new(1)).unwrap()
}

/// An OCSP response by `ca` for `certificate`.
fn ocsp(ca: &Ca, certificate: &Certificate, status: CertStatus) -> OcspResponse {
    let (now, name) = (chain::now(), ca.certificate.subject());
    let key = Signer::public_key(ca.key).as_ref();
    let id = CertId::new(certificate.serial_number(), name, key, DigestAlgorithm::SHA1, &PROVIDER).unwrap();
    OcspResponseBuilder::new(ResponderId::ByName(name), now)
        .add_response(id.as_ref(), status, now.minus(HOUR), Some(now.plus(HOUR)))
        .build(algorithm(ca))
        .unwrap()
        .sign_with(ca.key, &mut TestRandom::new(1))
        .unwrap()
}

fn algorithm(ca: &Ca) -> SignatureAlgorithm {
    SignatureAlgorithm::for_key(Signer::public_key(ca.key).as_ref(), DigestAlgorithm::SHA256).unwrap()
}

/// A root and a device's certificate of 90 days, 10 of which are over.
fn device() -> (Ca, Certificate) {
    let root = Ca::root("Root");
    let draft = root.draft("device").with_validity(chain::now().minus(10 * DAY), chain::now().plus(80 * DAY));
    let leaf = draft.issue(|builder| builder);
    (root, leaf)
}

fn verdict(
    root: &Ca,
    leaf: &Certificate,
    pool: &Pool,
    policy: RevocationPolicy,
    now: UnixTime,
) -> Result<ValidatedChain, ChainError> {
    chain::validator(root).with_revocation(policy).validate(leaf, pool, Purpose::ANY, now)
}

/// What a CRL with these entries tells of the device's certificate, and the life of the certificate with that.
fn by_crl(reason: Option<RevocationReason>) -> (Life, UnixTime) {
    let (root, leaf) = device();
    let list = crl(&root, &[(&leaf, reason)]);
    let fresh = Freshness::from(&list);
    let mut pool = Pool::new();
    pool.add_crl(list);
    let found = verdict(&root, &leaf, &pool, RevocationPolicy::Require, chain::now());
    let revocation = Revocation::from_verdict(&found, RevocationPolicy::Require, fresh.next_update.unwrap());
    assert_eq!(revocation, Revocation::Revoked(reason.filter(|reason| *reason != RevocationReason::Unspecified)));
    (checked(&watching(), &leaf, revocation, Some(fresh)), chain::now())
}

fn checked(policy: &LifecyclePolicy, leaf: &Certificate, revocation: Revocation, fresh: Option<Freshness>) -> Life {
    let life = Life::new(CertificateFacts::of(leaf, b"device"));
    Inputs::new(policy, &life).resolved(Outcome::Checked(revocation, fresh), chain::now())
}

fn task_by_crl(reason: Option<RevocationReason>) -> Task {
    let (life, now) = by_crl(reason);
    decided(&watching(), &life, now).task
}

#[test]
fn crl_good_is_looked_up_again_before_next_update_by_jitter_and_not_good_after() {
    let (root, leaf) = device();
    let list = crl(&root, &[]);
    let fresh = Freshness::from(&list);
    let mut pool = Pool::new();
    pool.add_crl(list);
    let found = verdict(&root, &leaf, &pool, RevocationPolicy::Require, chain::now());
    let next_update = chain::now().plus(DAY);
    let good = Revocation::from_verdict(&found, RevocationPolicy::Require, next_update);
    assert_eq!(good, Revocation::Good { until: next_update });
    let policy = watching();
    let life = checked(&policy, &leaf, good, Some(fresh));
    let (check_at, task) = next_task(&policy, life, chain::now());
    assert_eq!(task, Task::CheckRevocation);
    // A tenth of 25 hours is more than an hour, which is the most.
    assert!((next_update.minus(HOUR)..=next_update).contains(&check_at), "{check_at}");
    // Stale: the validator knows nothing, and neither does the life.
    let late = next_update.plus(Duration::from_secs(1));
    let found = verdict(&root, &leaf, &pool, RevocationPolicy::Require, late);
    assert_eq!(Revocation::from_verdict(&found, RevocationPolicy::Require, next_update), Revocation::Undetermined);
    assert_eq!(good.at(late), Revocation::Undetermined);
    assert_eq!(good.at(next_update), good);
}

#[test]
fn crl_checks_of_a_fleet_are_spread() {
    let (_, leaf) = device();
    let policy = watching();
    let (this_update, next_update) = (chain::now(), chain::now().plus(20 * HOUR));
    let fresh = Freshness { this_update, next_update: Some(next_update) };
    let mut times: Vec<_> = (0..1000_u32)
        .map(|device| {
            let life = Life::new(CertificateFacts::of(&leaf, &device.to_be_bytes()));
            let outcome = Outcome::Checked(Revocation::Good { until: next_update }, Some(fresh));
            let life = Inputs::new(&policy, &life).resolved(outcome, chain::now());
            next_task(&policy, life, chain::now()).0
        })
        .collect();
    times.sort_unstable();
    times.dedup();
    assert!(times.len() > 800, "{}", times.len());
    assert!(times.iter().all(|time| (next_update.minus(HOUR)..=next_update).contains(time)));
}

#[test]
fn crl_is_looked_up_once_a_day_at_least_and_not_before_this_update() {
    let (_, leaf) = device();
    let policy = watching();
    let now = chain::now();
    let check_at = |this_update, next_update: Option<UnixTime>| {
        let until = next_update.unwrap_or(now.plus(DAY));
        let fresh = Freshness { this_update, next_update };
        let life = checked(&policy, &leaf, Revocation::Good { until }, Some(fresh));
        next_task(&policy, life, now).0
    };
    assert_eq!(check_at(now, Some(now.plus(7 * DAY))), now.plus(DAY));
    assert_eq!(check_at(now, None), now.plus(DAY));
    // thisUpdate in the future, as a CA with a fast clock has it.
    assert!(check_at(now.plus(HOUR), Some(now.plus(HOUR))) >= now.plus(HOUR));
    // What runs out at once is tried again after an hour, not without end.
    assert_eq!(check_at(now.minus(DAY), Some(now)), now.plus(HOUR));
}

#[test]
fn ocsp_good_revoked_and_unknown() {
    let (root, leaf) = device();
    let now = chain::now();
    let until = now.plus(HOUR);
    let find = |status| {
        let mut pool = Pool::new();
        pool.add_ocsp(ocsp(&root, &leaf, status));
        let found = verdict(&root, &leaf, &pool, RevocationPolicy::Require, now);
        Revocation::from_verdict(&found, RevocationPolicy::Require, until)
    };
    assert_eq!(find(CertStatus::Good), Revocation::Good { until });
    let reason = Some(RevocationReason::KeyCompromise);
    assert_eq!(find(CertStatus::Revoked { at: now.minus(DAY), reason }), Revocation::Revoked(reason));
    assert_eq!(find(CertStatus::Unknown), Revocation::Undetermined);
    // And the response says when to ask again.
    let response = ocsp(&root, &leaf, CertStatus::Good);
    let basic = response.basic().unwrap();
    let fresh = Freshness::from(&basic.responses().next().unwrap());
    assert_eq!(fresh, Freshness { this_update: now.minus(HOUR), next_update: Some(until) });
    let policy = watching();
    let life = checked(&policy, &leaf, Revocation::Good { until }, Some(fresh));
    let (check_at, task) = next_task(&policy, life, now);
    assert_eq!(task, Task::CheckRevocation);
    // A tenth of two hours.
    assert!((until.minus(Duration::from_secs(720))..=until).contains(&check_at));
}

#[test]
fn what_is_not_known_is_undetermined_and_withdraws_only_the_privilege_of_renewal_without_a_challenge() {
    let (root, leaf) = device();
    let now = chain::now();
    let empty = Pool::new();
    let require = verdict(&root, &leaf, &empty, RevocationPolicy::Require, now);
    let prefer = verdict(&root, &leaf, &empty, RevocationPolicy::Prefer, now);
    let ignore = verdict(&root, &leaf, &empty, RevocationPolicy::Ignore, now);
    assert_eq!(Revocation::from_verdict(&require, RevocationPolicy::Require, now), Revocation::Undetermined);
    assert!(prefer.is_ok());
    assert_eq!(Revocation::from_verdict(&prefer, RevocationPolicy::Prefer, now), Revocation::Undetermined);
    assert_eq!(Revocation::from_verdict(&ignore, RevocationPolicy::Ignore, now), Revocation::Unchecked);
    // A path that is broken for another reason says nothing either.
    let stranger = Ca::root("Stranger");
    let broken = verdict(&stranger, &leaf, &empty, RevocationPolicy::Require, now);
    assert_eq!(Revocation::from_verdict(&broken, RevocationPolicy::Require, now), Revocation::Undetermined);

    let policy = watching();
    let life = checked(&policy, &leaf, Revocation::Undetermined, None);
    // Used on, and looked up again in an hour.
    assert_eq!(decided(&policy, &life, now).task, Task::Wait(WaitReason::NotDue));
    assert_eq!(next_task(&policy, life, now), (now.plus(HOUR), Task::CheckRevocation));
    // When it is to be renewed it is looked up once more, before that costs a challenge.
    let at = now.plus(50 * DAY + HOUR);
    let looked_up = |life: Life, found| {
        let inputs = Inputs::new(&policy, &life);
        let action = decided(&policy, &life, at);
        assert_eq!(action.task, Task::CheckRevocation);
        let begun = inputs.after(&action, at);
        assert!(matches!(decided(&policy, &begun, at).task, Task::Renew { proof: Proof::Challenge, .. }), "one look");
        let known = Inputs::new(&policy, &begun).resolved(Outcome::Checked(found, None), at);
        decided(&policy, &known, at).task
    };
    let unknown = looked_up(life, Revocation::Undetermined);
    assert!(matches!(unknown, Task::Renew { proof: Proof::Challenge, .. }), "{unknown:?}");
    // Good once, and not heard of since, as after weeks without power.
    let stale = checked(&policy, &leaf, Revocation::Good { until: now.plus(DAY) }, None);
    let good = looked_up(stale, Revocation::Good { until: at.plus(DAY) });
    assert!(matches!(good, Task::Renew { proof: Proof::Certificate, .. }), "{good:?}");
    let unknown = looked_up(stale, Revocation::Undetermined);
    assert!(matches!(unknown, Task::Renew { proof: Proof::Challenge, .. }), "{unknown:?}");
    let revoked = looked_up(stale, Revocation::Revoked(Some(RevocationReason::KeyCompromise)));
    assert!(matches!(revoked, Task::ReplaceKey { .. }), "{revoked:?}");
    // What is known to be good is not looked up for it.
    let good = checked(&policy, &leaf, Revocation::Good { until: now.plus(60 * DAY) }, None);
    let due = decided(&policy, &good, at);
    assert!(matches!(due.task, Task::Renew { proof: Proof::Certificate, .. }), "{due:?}");
}

#[test]
fn key_compromise_deletes_the_key_and_enrols_with_a_fresh_one_never_by_renewal() {
    let (life, now) = by_crl(Some(RevocationReason::KeyCompromise));
    let policy = watching();
    let action = decided(&policy, &life, now);
    assert_eq!((action.task, action.alert), (Task::ReplaceKey { attempt: 1 }, None));
    // Not even when it would be time to renew.
    assert_eq!(decided(&policy, &life, now.plus(60 * DAY)).task, Task::ReplaceKey { attempt: 1 });
    let life = Inputs::new(&policy, &life).after(&action, now);
    let life =
        Inputs::new(&policy, &life).resolved(Outcome::Failed(mdm_proto::lifecycle::FailureClass::Transient), now);
    assert_eq!(next_task(&policy, life, now), (now.plus(Duration::from_secs(60)), Task::ReplaceKey { attempt: 2 }));
}

#[test]
fn superseded_looks_for_the_replacement_and_enrols_if_there_is_none() {
    let (life, now) = by_crl(Some(RevocationReason::Superseded));
    let policy = watching();
    let action = decided(&policy, &life, now);
    assert_eq!(action.task, Task::LookForReplacement);
    let life = Inputs::new(&policy, &life).after(&action, now);
    assert_eq!(decided(&policy, &life, now).task, Task::Wait(WaitReason::Acknowledged));
    let found = |standing| {
        let life = Inputs::new(&policy, &life).resolved(Outcome::Device(standing), now);
        decided(&policy, &life, now).task
    };
    assert_eq!(found(DeviceStanding::Superseded), Task::Retire);
    let enrol = Task::Enrol { attempt: 1, reason: EnrolReason::Superseded };
    assert_eq!(found(DeviceStanding::Installed), enrol);
    assert_eq!(found(DeviceStanding::Missing), enrol);
}

#[test]
fn affiliation_changed_privilege_withdrawn_cessation_of_operation_remove_certificate_and_key() {
    for reason in [
        RevocationReason::AffiliationChanged,
        RevocationReason::PrivilegeWithdrawn,
        RevocationReason::CessationOfOperation,
    ] {
        assert_eq!(task_by_crl(Some(reason)), Task::Remove(RemoveReason::Revoked(reason)));
    }
}

#[test]
fn certificate_hold_suspends_keeps_the_key_and_looks_again() {
    let (life, now) = by_crl(Some(RevocationReason::CertificateHold));
    let policy = watching();
    let action = decided(&policy, &life, now);
    assert_eq!(action.task, Task::Suspend);
    let life = Inputs::new(&policy, &life).after(&action, now);
    let (check_at, task) = next_task(&policy, life, now);
    assert_eq!(task, Task::CheckRevocation);
    assert!((now.plus(23 * HOUR)..=now.plus(DAY)).contains(&check_at));
    // Still on hold: nothing new. Not any longer: as before.
    let hold = Outcome::Checked(Revocation::Revoked(Some(RevocationReason::CertificateHold)), None);
    let still = Inputs::new(&policy, &life).resolved(hold, check_at);
    assert_eq!(decided(&policy, &still, check_at).task, Task::Wait(WaitReason::Acknowledged));
    let good = Outcome::Checked(Revocation::Good { until: check_at.plus(DAY) }, None);
    let back = Inputs::new(&policy, &still).resolved(good, check_at);
    assert_eq!(decided(&policy, &back, check_at).task, Task::Wait(WaitReason::NotDue));
    // Its end comes all the same.
    let alert = decided(&policy, &still, now.plus(81 * DAY)).alert;
    assert_eq!(alert, Some(mdm_proto::lifecycle::Alert::Expired));
}

#[test]
fn ca_compromise_drops_trust() {
    assert_eq!(task_by_crl(Some(RevocationReason::CaCompromise)), Task::DropTrust(DropReason::Compromised));
}

#[test]
fn a_ca_above_that_is_revoked_drops_trust_by_its_reason() {
    for (reason, expected) in [
        (Some(RevocationReason::CaCompromise), Task::DropTrust(DropReason::Compromised)),
        (Some(RevocationReason::KeyCompromise), Task::DropTrust(DropReason::Compromised)),
        (Some(RevocationReason::Superseded), Task::DropTrust(DropReason::Replaced)),
        (Some(RevocationReason::CessationOfOperation), Task::DropTrust(DropReason::Replaced)),
        (None, Task::DropTrust(DropReason::Replaced)),
        (Some(RevocationReason::CertificateHold), Task::Suspend),
    ] {
        let root = Ca::root("Root");
        let ca = root.ca("CA");
        let leaf = ca.leaf("device");
        let mut pool = chain::pool(&[&ca]);
        pool.add_crl(crl(&root, &[(&ca.certificate, reason)]));
        pool.add_crl(crl(&ca, &[]));
        let found = verdict(&root, &leaf, &pool, RevocationPolicy::Require, chain::now());
        let revocation = Revocation::from_verdict(&found, RevocationPolicy::Require, chain::now());
        assert_eq!(revocation, Revocation::AuthorityRevoked(reason));
        let policy = watching();
        let life = checked(&policy, &leaf, revocation, None);
        assert_eq!(decided(&policy, &life, chain::now()).task, expected);
    }
}

/// Its key is not ours to replace, and nobody enrols a CA.
#[test]
fn a_ca_or_ra_certificate_that_is_revoked_itself_is_trusted_no_more() {
    for (reason, expected) in [
        (Some(RevocationReason::CaCompromise), Task::DropTrust(DropReason::Compromised)),
        (Some(RevocationReason::KeyCompromise), Task::DropTrust(DropReason::Compromised)),
        (Some(RevocationReason::Superseded), Task::DropTrust(DropReason::Replaced)),
        (Some(RevocationReason::AffiliationChanged), Task::DropTrust(DropReason::Replaced)),
        (None, Task::DropTrust(DropReason::Replaced)),
        (Some(RevocationReason::CertificateHold), Task::Suspend),
    ] {
        let policy = LifecyclePolicy { unspecified: OnUnspecified::Enrol, ..watching() };
        let (_, leaf) = device();
        let life = Life::new(CertificateFacts::of_authority(&leaf, b"device"));
        let life =
            Inputs::new(&policy, &life).resolved(Outcome::Checked(Revocation::Revoked(reason), None), chain::now());
        assert_eq!(decided(&policy, &life, chain::now()).task, expected);
    }
}

/// It is used on until it ends.
#[test]
fn a_certificate_that_nobody_renews_any_more_is_looked_up_all_the_same() {
    let (_, leaf) = device();
    let policy = watching();
    let now = chain::now();
    let life = checked(&policy, &leaf, Revocation::Good { until: now.plus(DAY) }, None);
    let life =
        Inputs::new(&policy, &life).resolved(Outcome::Failed(mdm_proto::lifecycle::FailureClass::PolicyReject), now);
    let now = now.plus(50 * DAY);
    let stopped = Inputs::new(&policy, &life).resolved(Outcome::Checked(Revocation::Undetermined, None), now);
    let action = decided(&policy, &stopped, now);
    assert_eq!(action.task, Task::Stop(StopReason::PolicyReject));
    let stopped = Inputs::new(&policy, &stopped).after(&action, now);
    assert_eq!(next_task(&policy, stopped, now), (now.plus(HOUR), Task::CheckRevocation));
    // Looking it up does not have the same told again.
    let now = now.plus(HOUR);
    let stopped = Inputs::new(&policy, &stopped).after(&decided(&policy, &stopped, now), now);
    assert_eq!(decided(&policy, &stopped, now).task, Task::Wait(WaitReason::Acknowledged));
}

#[test]
fn unspecified_stops_and_asks_or_enrols_by_policy() {
    for reason in [None, Some(RevocationReason::Unspecified)] {
        let (life, now) = by_crl(reason);
        let action = decided(&watching(), &life, now);
        assert_eq!(action.task, Task::Stop(StopReason::Revoked(None)));
        let policy = LifecyclePolicy { unspecified: OnUnspecified::Enrol, ..watching() };
        let action = decided(&policy, &life, now);
        assert_eq!(action.task, Task::Enrol { attempt: 1, reason: EnrolReason::Unspecified });
    }
}

#[test]
fn reasons_that_no_certificate_of_a_device_has_stop_and_ask() {
    for reason in [RevocationReason::AaCompromise, RevocationReason::Unspecified] {
        let (_, leaf) = device();
        let policy = watching();
        let life = checked(&policy, &leaf, Revocation::Revoked(Some(reason)), None);
        assert_eq!(decided(&policy, &life, chain::now()).task, Task::Stop(StopReason::Revoked(Some(reason))));
    }
    // OCSP can say removeFromCRL, which is for delta CRLs.
    let (root, leaf) = device();
    let reason = Some(RevocationReason::RemoveFromCrl);
    let mut pool = Pool::new();
    pool.add_ocsp(ocsp(&root, &leaf, CertStatus::Revoked { at: chain::now().minus(DAY), reason }));
    let found = verdict(&root, &leaf, &pool, RevocationPolicy::Require, chain::now());
    let revocation = Revocation::from_verdict(&found, RevocationPolicy::Require, chain::now());
    let policy = watching();
    let life = checked(&policy, &leaf, revocation, None);
    assert_eq!(decided(&policy, &life, chain::now()).task, Task::Stop(StopReason::Revoked(reason)));
}

#[test]
fn the_monitor_tells_of_a_revocation_once_and_schedules_the_next_look() {
    let (root, leaf) = device();
    let mut monitor = Monitor::new(watching());
    let id = CertificateId(1);
    monitor.track(id, CertificateFacts::of(&leaf, b"device"));
    let now = chain::now();
    // The first look is within a day of the start of the life.
    assert_eq!(monitor.poll(now), Output::Event(Event::Todo { id, task: Task::CheckRevocation }));
    assert_eq!(monitor.poll(now), Output::Wait(Some(now.plus(HOUR))));
    let list = crl(&root, &[(&leaf, Some(RevocationReason::AffiliationChanged))]);
    let fresh = Some(Freshness::from(&list));
    let mut pool = Pool::new();
    pool.add_crl(list);
    let found = verdict(&root, &leaf, &pool, RevocationPolicy::Require, now);
    let revocation = Revocation::from_verdict(&found, RevocationPolicy::Require, now.plus(DAY));
    monitor.resolve(id, Outcome::Checked(revocation, fresh), now).unwrap();
    let task = Task::Remove(RemoveReason::Revoked(RevocationReason::AffiliationChanged));
    assert_eq!(monitor.poll(now), Output::Event(Event::Revoked { id, task }));
    assert_eq!(monitor.poll(now), Output::Wait(None));
    assert_eq!(monitor.poll(now.plus(100 * DAY)), Output::Wait(None));
}

#[test]
fn nobody_looks_where_policy_says_so() {
    let (_, leaf) = device();
    let policy = exact(LifecyclePolicy::DEFAULT);
    let (_, task) = next_task(&policy, Life::new(CertificateFacts::of(&leaf, b"device")), chain::now());
    assert!(matches!(task, Task::Renew { .. }));
}
