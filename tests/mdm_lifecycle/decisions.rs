//! What counts more than what, and each action that is not told of elsewhere.

use mdm_proto::lifecycle::{
    Alert, CertificateFacts, DeviceStanding, DropReason, EnrolReason, FailureClass, Inputs, KeyPolicy, Life,
    LifecyclePolicy, Outcome, Predecessor, ProfileStanding, RefreshReason, RemovalPolicy, RemoveReason, Revocation,
    Revoke, Role, Seed, Task, Trigger, WaitReason,
};
use pki_core::crl::RevocationReason;

use crate::{DAY, at, day, days, decided, facts, life, next_task, plain};

fn resolved(policy: &LifecyclePolicy, life: Life, outcome: Outcome) -> Life {
    Inputs::new(policy, &life).resolved(outcome, day(1))
}

#[test]
fn who_has_no_certificate_enrols() {
    let policy = plain();
    let first = Life::enrolling(Seed::from_number(1));
    let action = decided(&policy, &first, day(0));
    assert_eq!(action.task, Task::Enrol { attempt: 1, reason: EnrolReason::First });
    assert_eq!(action.again, Some(day(7)));
    // Unless its profile is gone.
    let gone = resolved(&policy, first, Outcome::Profile(ProfileStanding::Unassigned));
    let action = decided(&policy, &gone, day(0));
    assert_eq!((action.task, action.again), (Task::Wait(WaitReason::Unassigned), None));
}

#[test]
fn each_trigger_of_a_profile_starts_an_enrolment() {
    let policy = plain();
    for trigger in [
        Trigger::Activation,
        Trigger::AuthorityIdentifier,
        Trigger::EccStrength,
        Trigger::KeyAlgorithm,
        Trigger::NewProfile,
        Trigger::ReferringProfile,
        Trigger::RsaStrength,
        Trigger::Thumbprint,
    ] {
        let life = resolved(&policy, life(90), Outcome::Profile(ProfileStanding::Changed(trigger)));
        let action = decided(&policy, &life, day(1));
        assert_eq!(action.task, Task::Enrol { attempt: 1, reason: EnrolReason::Profile(trigger) });
        assert!(!trigger.to_string().is_empty());
        // A certificate that was asked for before is none for the profile as it is now.
        let late = resolved(&policy, life, Outcome::Renewed(facts(90)));
        assert_eq!(decided(&policy, &late, day(1)).task, action.task);
        // With the new certificate it is over.
        let begun = Inputs::new(&policy, &life).after(&action, day(1));
        let renewed = resolved(&policy, begun, Outcome::Renewed(facts(90)));
        assert_eq!(decided(&policy, &renewed, day(1)).task, Task::Wait(WaitReason::NotDue));
    }
}

#[test]
fn each_reason_that_a_diff_of_profiles_gives_is_a_trigger() {
    use mdm_proto::profile::{
        Curve, KeyAlgorithm, KeySpec, NameTemplate, ProfileId, ProfileSet, ScepProfile, ScepSettings, WifiProfile,
    };
    let id = ProfileId::new("certificate").unwrap();
    let settings = || ScepSettings::new(id.clone(), "https://ca.example.com/scep");
    let with = |settings: ScepSettings| {
        let profile = ScepProfile::new(settings, NameTemplate::parse("CN=%UserName%").unwrap());
        ProfileSet::new("1").with_scep(profile).unwrap()
    };
    let keyed = |algorithm| with(settings().with_key(KeySpec::new(algorithm)));
    let wifi = |name: &str| {
        let wifi = WifiProfile::new(ProfileId::new("office").unwrap(), name).with_certificate(id.clone());
        with(settings()).with_referrer(wifi).unwrap()
    };
    let thumbprint = scep::client::Fingerprint::new(&[7; 32]).unwrap();
    for (old, new, trigger) in [
        (with(settings()), with(settings()).with_activation("2"), Trigger::Activation),
        (with(settings()), with(settings().with_ca_identifier("other")), Trigger::AuthorityIdentifier),
        (with(settings()), with(settings().with_thumbprint(thumbprint)), Trigger::Thumbprint),
        (with(settings()), keyed(KeyAlgorithm::Ec(Curve::P256)), Trigger::KeyAlgorithm),
        (with(settings()), keyed(KeyAlgorithm::Rsa { bits: 4096 }), Trigger::RsaStrength),
        (keyed(KeyAlgorithm::Ec(Curve::P256)), keyed(KeyAlgorithm::Ec(Curve::P384)), Trigger::EccStrength),
        (with(settings()), wifi("Office"), Trigger::ReferringProfile),
        (wifi("Office"), wifi("Office 2"), Trigger::ReferringProfile),
        (ProfileSet::new("1"), with(settings()), Trigger::NewProfile),
    ] {
        let diff = old.diff(&new);
        let reasons: Vec<_> = diff.enrolments().flat_map(|change| change.reasons()).map(Trigger::from).collect();
        assert!(reasons.contains(&trigger), "{reasons:?} {trigger:?}");
    }
}

#[test]
fn a_changed_profile_forgets_what_failed_before() {
    let policy = plain();
    let life = Inputs::new(&policy, &life(90)).resolved(Outcome::Failed(FailureClass::PolicyReject), day(60));
    assert!(matches!(decided(&policy, &life, day(60)).task, Task::Stop(_)));
    let life = resolved(&policy, life, Outcome::Profile(ProfileStanding::Changed(Trigger::KeyAlgorithm)));
    assert!(matches!(decided(&policy, &life, day(60)).task, Task::Enrol { attempt: 1, .. }));
}

#[test]
fn profile_unassigned_bes10_keeps_the_certificate_and_lets_it_end() {
    let policy = plain();
    let life = resolved(&policy, life(90), Outcome::Profile(ProfileStanding::Unassigned));
    let action = decided(&policy, &life, day(1));
    assert_eq!((action.task, action.alert, action.again), (Task::Wait(WaitReason::Unassigned), None, Some(day(60))));
    let action = decided(&policy, &life, day(60));
    assert_eq!((action.task, action.alert), (Task::Wait(WaitReason::Unassigned), Some(Alert::Expiring)));
    assert_eq!(decided(&policy, &life, at(90 * DAY + 1)).alert, Some(Alert::Expired));
    // It comes back.
    let life = resolved(&policy, life, Outcome::Profile(ProfileStanding::Assigned));
    assert!(matches!(decided(&policy, &life, day(60)).task, Task::Renew { .. }));
}

#[test]
fn profile_unassigned_delete_or_delete_and_revoke_by_policy() {
    for (removal, revoke) in [(RemovalPolicy::Delete, Revoke::No), (RemovalPolicy::DeleteAndRevoke, Revoke::Yes)] {
        let policy = LifecyclePolicy { removal, ..plain() };
        let life = resolved(&policy, life(90), Outcome::Profile(ProfileStanding::Unassigned));
        let action = decided(&policy, &life, day(1));
        assert_eq!((action.task, action.again), (Task::Remove(RemoveReason::Unassigned(revoke)), None));
        // Told once, and nothing follows, not even the end.
        let life = Inputs::new(&policy, &life).after(&action, day(1));
        let quiet = decided(&policy, &life, day(100));
        assert_eq!((quiet.task, quiet.alert, quiet.again), (Task::Wait(WaitReason::Acknowledged), None, None));
    }
}

/// A renewal was under way when the profile was taken away.
#[test]
fn a_certificate_that_comes_late_does_not_bring_its_profile_back() {
    for (removal, task) in [
        (RemovalPolicy::Keep, Task::Wait(WaitReason::Unassigned)),
        (RemovalPolicy::Delete, Task::Remove(RemoveReason::Unassigned(Revoke::No))),
    ] {
        let policy = LifecyclePolicy { removal, ..plain() };
        let life = crate::failures::running_again(&policy, life(90), day(60));
        let life = resolved(&policy, life, Outcome::Profile(ProfileStanding::Unassigned));
        let life = Inputs::new(&policy, &life).after(&decided(&policy, &life, day(61)), day(61));
        let life = resolved(&policy, life, Outcome::Renewed(CertificateFacts::new(day(61), day(151), facts(1).seed())));
        assert_eq!(decided(&policy, &life, day(61)).task, task);
        assert_eq!(decided(&policy, &life, day(130)).task, task);
    }
}

#[test]
fn what_is_revoked_and_unassigned_is_deleted_and_not_replaced() {
    for removal in [RemovalPolicy::Keep, RemovalPolicy::Delete, RemovalPolicy::DeleteAndRevoke] {
        let policy = LifecyclePolicy { removal, ..plain() };
        let compromised = Revocation::Revoked(Some(RevocationReason::KeyCompromise));
        let life = resolved(&policy, life(90), Outcome::Checked(compromised, None));
        let life = resolved(&policy, life, Outcome::Profile(ProfileStanding::Unassigned));
        assert_eq!(decided(&policy, &life, day(1)).task, Task::Remove(RemoveReason::Unassigned(Revoke::No)));
    }
}

#[test]
fn what_a_device_reports() {
    let policy = plain();
    let task = |standing| decided(&policy, &resolved(&policy, life(90), Outcome::Device(standing)), day(1)).task;
    assert_eq!(task(DeviceStanding::Unknown), Task::Wait(WaitReason::NotDue));
    assert_eq!(task(DeviceStanding::Installed), Task::Wait(WaitReason::NotDue));
    assert_eq!(task(DeviceStanding::Missing), Task::Enrol { attempt: 1, reason: EnrolReason::Missing });
    assert_eq!(task(DeviceStanding::Superseded), Task::Retire);
}

#[test]
fn mdm_md_6_4_the_old_key_is_kept_until_the_new_certificate_was_used() {
    let policy = plain();
    let renewed = resolved(&policy, life(90), Outcome::Renewed(facts(180)));
    assert_eq!(renewed.predecessor(), Predecessor::Kept);
    assert_eq!(decided(&policy, &renewed, day(1)).task, Task::Wait(WaitReason::NotDue));
    let used = resolved(&policy, renewed, Outcome::Used);
    let action = decided(&policy, &used, day(1));
    assert_eq!(action.task, Task::DeletePredecessor);
    let life = Inputs::new(&policy, &used).after(&action, day(1));
    assert_eq!(life.predecessor(), Predecessor::None);
    assert_eq!(action.again, decided(&policy, &life, day(1)).again);
    // Used again: nothing is left to delete.
    assert_eq!(resolved(&policy, life, Outcome::Used), life);
}

#[test]
fn mdm_md_6_4_no_predecessor_where_the_key_stays_is_compromised_or_there_was_none() {
    let keep = LifecyclePolicy { key: KeyPolicy::Keep, ..plain() };
    assert_eq!(resolved(&keep, life(90), Outcome::Renewed(facts(180))).predecessor(), Predecessor::None);
    let (_, task) = next_task(&keep, life(90), day(0));
    assert!(matches!(task, Task::Renew { key: KeyPolicy::Keep, .. }));
    let policy = plain();
    let first = Life::enrolling(Seed::from_number(1));
    assert_eq!(resolved(&policy, first, Outcome::Renewed(facts(90))).predecessor(), Predecessor::None);
    let compromised = Revocation::Revoked(Some(RevocationReason::KeyCompromise));
    let life = resolved(&policy, life(90), Outcome::Checked(compromised, None));
    assert_eq!(resolved(&policy, life, Outcome::Renewed(facts(180))).predecessor(), Predecessor::None);
}

#[test]
fn mdm_md_6_5_ca_and_ra_certificates_are_asked_for_in_time_once_a_day_and_dropped_at_their_end() {
    let policy = plain();
    // An RA certificate of two years: 90 days before its end.
    let mut ra = Life::new(facts(730).with_role(Role::Authority));
    let (mut now, task) = next_task(&policy, ra, day(0));
    assert_eq!((now, task), (day(640), Task::RefreshAuthority(RefreshReason::Expiring)));
    for next in 641..644 {
        ra = crate::failures::running_again(&policy, ra, now);
        // What was read is no newer: that is no reason to ask at once.
        ra = Inputs::new(&policy, &ra).resolved(Outcome::Prepared, now);
        (now, _) = next_task(&policy, ra, now);
        assert_eq!(now, day(next));
    }
    // The CA could not be reached.
    ra = crate::failures::running_again(&policy, ra, now);
    ra = Inputs::new(&policy, &ra).resolved(Outcome::Failed(FailureClass::Transient), now);
    assert_eq!(next_task(&policy, ra, now).0, now.plus(std::time::Duration::from_secs(60)));
    // The next one is there.
    let renewed = Inputs::new(&policy, &ra).resolved(
        Outcome::Renewed(CertificateFacts::new(day(640), day(1370), Seed::from_number(2)).with_role(Role::Authority)),
        now,
    );
    assert_eq!(renewed.predecessor(), Predecessor::None);
    assert_eq!(next_task(&policy, renewed, now).0, day(1280));
    let over = decided(&policy, &ra, day(731));
    assert_eq!((over.task, over.alert), (Task::DropTrust(DropReason::Expired), Some(Alert::Expired)));
}

/// A clock that was ahead, when the CA was asked.
#[test]
fn a_ca_that_was_asked_in_the_future_is_asked_again() {
    let policy = plain();
    let ca = Life::new(facts(365).with_role(Role::Authority));
    let life = Inputs::new(&policy, &ca).after(&decided(&policy, &ca, day(360)), day(360));
    assert_eq!(decided(&policy, &life, day(300)).task, Task::RefreshAuthority(RefreshReason::Expiring));
}

#[test]
fn a_ca_of_ten_days_is_asked_for_at_half_of_its_life() {
    let ca = Life::new(facts(10).with_role(Role::Authority));
    assert_eq!(next_task(&plain(), ca, day(0)).0, day(5));
}

#[test]
fn action_says_when_to_look_again_once_what_it_says_was_begun() {
    // For each task: what is stored after it says the same time.
    let policy = LifecyclePolicy { revocation: mdm_proto::lifecycle::RevocationWatch::DEFAULT, ..plain() };
    let mut life = life(90);
    let mut now = day(0);
    let mut seen = 0;
    for _ in 0..300 {
        let action = decided(&policy, &life, now);
        life = Inputs::new(&policy, &life).after(&action, now);
        if !matches!(action.task, Task::Wait(_)) {
            seen += 1;
            let next = decided(&policy, &life, now);
            if matches!(next.task, Task::Wait(_)) {
                assert_eq!(action.again, next.again);
            }
        }
        now = action.again.unwrap();
    }
    assert!(seen > 100, "a look at revocation every hour, since nobody answers");
    let _ = days(1);
}
