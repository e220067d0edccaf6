//! mdm.md 6.4 and 9: which certificate of a list belongs to a profile (mdmdirector#166), and what a report says.

use std::time::Duration;

use conformance::chain::{self, Ca};
use mdm_proto::lifecycle::{Candidate, DeviceStanding, NotSelected, Revocation, Selection, select, standing};
use pki_core::{Certificate, Name, NameBuilder, UnixTime};

const DAY: Duration = Duration::from_secs(86_400);

fn name(marker: Option<&str>) -> Name {
    let builder = NameBuilder::new().add_common_name("device");
    match marker {
        Some(marker) => builder.add_organizational_unit(marker).build().unwrap(),
        None => builder.build().unwrap(),
    }
}

/// By `ca`, with the marker, from so many days before now to so many days after.
fn certificate(ca: &Ca, marker: Option<&str>, before: i64, after: i64) -> Certificate {
    let time = |days: i64| UnixTime::from_seconds(chain::now().as_seconds() + days * 86_400);
    let draft = ca.draft("device").with_name(name(marker)).with_validity(time(-before), time(after));
    draft.issue(|builder| builder)
}

fn candidates<'a>(certificates: &[&'a Certificate]) -> Vec<Candidate<'a>> {
    let candidate = |certificate: &&'a Certificate| Candidate { certificate, revocation: Revocation::Unchecked };
    certificates.iter().map(candidate).collect()
}

fn names(cas: &[&Ca]) -> Vec<Name> {
    cas.iter().map(|ca| ca.certificate.subject().to_owned()).collect()
}

/// Every order of a few things.
fn orders<T: Copy>(things: &[T]) -> Vec<Vec<T>> {
    if things.is_empty() {
        return vec![vec![]];
    }
    let mut all = vec![];
    for first in 0..things.len() {
        let mut rest = things.to_vec();
        let thing = rest.remove(first);
        all.extend(orders(&rest).into_iter().map(|mut order| {
            order.insert(0, thing);
            order
        }));
    }
    all
}

#[test]
fn mdm_md_9_two_identities_in_any_order_other_cas_expired_duplicates_stable_choice() {
    let (ours, theirs) = (Ca::root("Ours"), Ca::root("Theirs"));
    let old = certificate(&ours, Some("m"), 60, 30);
    let new = certificate(&ours, Some("m"), 1, 89);
    let foreign = certificate(&theirs, Some("m"), 1, 300);
    let ended = certificate(&ours, Some("m"), 300, -1);
    let unmarked = certificate(&ours, None, 1, 400);
    let marked_otherwise = certificate(&ours, Some("n"), 1, 400);
    let selection = Selection::new(names(&[&ours])).with_marker("m");
    for order in orders(&[&old, &new, &foreign, &ended, &unmarked, &marked_otherwise]) {
        let list = candidates(&order);
        let selected = select(&selection, &list, chain::now());
        assert_eq!(selected.best.map(|place| order[place]), Some(&new));
        let others: Vec<_> = selected.others.iter().map(|(place, reason)| (order[*place], *reason)).collect();
        for (certificate, reason) in [
            (&old, NotSelected::Bettered),
            (&foreign, NotSelected::OtherIssuer),
            (&ended, NotSelected::Expired),
            (&unmarked, NotSelected::OtherProfile),
            (&marked_otherwise, NotSelected::OtherProfile),
        ] {
            assert!(others.contains(&(certificate, reason)), "{reason}");
        }
        assert!(selected.others.is_sorted_by_key(|(place, _)| *place));
    }
}

#[test]
fn the_same_certificate_twice_counts_once() {
    let ca = Ca::root("Ours");
    let only = certificate(&ca, None, 1, 89);
    let selected = select(&Selection::new(names(&[&ca])), &candidates(&[&only, &only]), chain::now());
    assert_eq!(selected.best, Some(0));
    assert_eq!(selected.others, [(1, NotSelected::Duplicate)]);
}

#[test]
fn a_preferred_issuer_counts_more_than_a_long_life() {
    let (first, second) = (Ca::root("First"), Ca::root("Second"));
    let short = certificate(&first, None, 1, 10);
    let long = certificate(&second, None, 1, 300);
    let list = candidates(&[&long, &short]);
    assert_eq!(select(&Selection::new(names(&[&first, &second])), &list, chain::now()).best, Some(1));
    assert_eq!(select(&Selection::new(names(&[&second, &first])), &list, chain::now()).best, Some(0));
}

#[test]
fn equal_ends_go_by_the_later_start_and_then_by_the_hash() {
    let ca = Ca::root("Ours");
    let (early, late) = (certificate(&ca, Some("a"), 20, 50), certificate(&ca, Some("a"), 10, 50));
    let (one, other) = (certificate(&ca, Some("b"), 10, 50), certificate(&ca, Some("c"), 10, 50));
    let selection = Selection::new(names(&[&ca]));
    for order in orders(&[&early, &late]) {
        assert_eq!(select(&selection, &candidates(&order), chain::now()).best.map(|place| order[place]), Some(&late));
    }
    let chosen = |order: &[&Certificate]| {
        select(&selection, &candidates(order), chain::now()).best.map(|place| order[place].clone())
    };
    assert_eq!(chosen(&[&one, &other]), chosen(&[&other, &one]));
}

#[test]
fn what_is_revoked_or_not_valid_yet_is_not_chosen_and_five_minutes_don_t_count() {
    let ca = Ca::root("Ours");
    let (good, better) = (certificate(&ca, None, 1, 10), certificate(&ca, None, 1, 20));
    let selection = Selection::new(names(&[&ca]));
    let mut list = candidates(&[&good, &better]);
    list[1].revocation = Revocation::Revoked(None);
    let selected = select(&selection, &list, chain::now());
    assert_eq!((selected.best, selected.others), (Some(0), vec![(1, NotSelected::Revoked)]));
    list[1].revocation = Revocation::Undetermined;
    assert_eq!(select(&selection, &list, chain::now()).best, Some(1));

    let future = certificate(&ca, None, -1, 20);
    let list = candidates(&[&future]);
    let selected = select(&selection, &list, chain::now());
    assert_eq!((selected.best, selected.others), (None, vec![(0, NotSelected::NotYetValid)]));
    let five_minutes = Duration::from_secs(300);
    assert_eq!(select(&selection, &list, chain::now().plus(DAY - five_minutes)).best, Some(0));
    assert_eq!(select(&selection, &candidates(&[&good]), chain::now().plus(10 * DAY + five_minutes)).best, Some(0));
    let strict = selection.with_skew(Duration::ZERO);
    assert_eq!(select(&strict, &list, chain::now().plus(DAY - five_minutes)).best, None);
}

#[test]
fn a_report_says_installed_missing_or_superseded() {
    let (ours, theirs) = (Ca::root("Ours"), Ca::root("Theirs"));
    let old = certificate(&ours, Some("m"), 60, 30);
    let new = certificate(&ours, Some("m"), 1, 89);
    let foreign = certificate(&theirs, Some("m"), 1, 300);
    let selection = Selection::new(names(&[&ours])).with_marker("m");
    let now = chain::now();
    let standing = |expected, report: &[&Certificate]| standing(&selection, expected, &candidates(report), now);
    assert_eq!(standing(&new, &[&foreign, &new, &old]), DeviceStanding::Installed);
    assert_eq!(standing(&old, &[&old, &foreign]), DeviceStanding::Installed);
    assert_eq!(standing(&old, &[&old, &new]), DeviceStanding::Superseded);
    assert_eq!(standing(&old, &[&new]), DeviceStanding::Superseded);
    assert_eq!(standing(&new, &[]), DeviceStanding::Missing);
    // What the device has in its place is worse: the new one has not arrived.
    assert_eq!(standing(&new, &[&old, &foreign]), DeviceStanding::Missing);
    // It has ended, but it is there.
    let ended = certificate(&ours, Some("m"), 100, -1);
    assert_eq!(standing(&ended, &[&ended]), DeviceStanding::Installed);
    assert_eq!(standing(&ended, &[]), DeviceStanding::Missing);
}

#[test]
fn reasons_read_as_text() {
    for reason in [
        NotSelected::Bettered,
        NotSelected::Duplicate,
        NotSelected::Expired,
        NotSelected::NotYetValid,
        NotSelected::OtherIssuer,
        NotSelected::OtherProfile,
        NotSelected::Revoked,
    ] {
        assert!(!reason.to_string().is_empty());
    }
}
