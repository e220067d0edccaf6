//! Which certificate a device is known by, across renewals (micromdm#557), and which CA certificates are expected.

use std::{slice, time::Duration};

use conformance::chain::{self, Ca};
use mdm_proto::lifecycle::{Association, KeyEvidence, NotAssociated, ThumbprintChange, Thumbprints};
use pki_core::{
    Certificate, DecodeErrorKind, GeneralNamesBuilder,
    chain::{Purpose, ValidatedChain},
    crypto::Signer,
};

const DAY: Duration = Duration::from_secs(86_400);

fn validated(root: &Ca, cas: &[&Ca], leaf: &Certificate) -> ValidatedChain {
    chain::validator(root).validate(leaf, &chain::pool(cas), Purpose::ANY, chain::now()).unwrap()
}

/// A certificate for the device with the key of this name, from so many days ago.
fn issued(ca: &Ca, key: &str, days_ago: u32, mail: &str) -> Certificate {
    let now = chain::now();
    ca.draft("device")
        .with_key(chain::key(key))
        .with_validity(now.minus(days_ago * DAY), now.plus((90 - days_ago) * DAY))
        .issue(|builder| builder.with_subject_alt_name(GeneralNamesBuilder::new().add_email_address(mail)))
}

#[test]
fn the_new_certificate_follows_the_old_one_by_issuer_identity_and_key() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let old = issued(&ca, "old", 60, "a@example.com");
    let new = issued(&ca, "new", 0, "a@example.com");
    let association = Association::new(&validated(&root, &[&ca], &old)).unwrap();
    assert!(association.is(&old) && !association.is(&new));
    let chain = validated(&root, &[&ca], &new);
    // The renewal was authorised for this key.
    let key = Signer::public_key(chain::key("new")).as_ref();
    let next = association.follow(&chain, KeyEvidence::Renewal(key)).unwrap();
    assert!(next.is(&new) && !next.is(&old));
    // Again is the same.
    assert_eq!(next.follow(&chain, KeyEvidence::SameKey), Ok(next));
    // The same key needs no evidence.
    let same = issued(&ca, "old", 0, "a@example.com");
    assert!(association.follow(&validated(&root, &[&ca], &same), KeyEvidence::SameKey).unwrap().is(&same));
}

#[test]
fn what_is_not_the_device_s_does_not_follow() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let old = issued(&ca, "old", 60, "a@example.com");
    let association = Association::new(&validated(&root, &[&ca], &old)).unwrap();
    let follow = |root: &Ca, cas: &[&Ca], leaf: &Certificate, evidence: KeyEvidence<'_>| {
        association.follow(&validated(root, cas, leaf), evidence).map(|_| ())
    };
    let authorised = KeyEvidence::Renewal(Signer::public_key(chain::key("new")).as_ref());
    let new = issued(&ca, "new", 0, "a@example.com");
    assert_eq!(follow(&root, &[&ca], &new, KeyEvidence::SameKey), Err(NotAssociated::UnknownKey));
    let other_key = KeyEvidence::Renewal(Signer::public_key(chain::key("third")).as_ref());
    assert_eq!(follow(&root, &[&ca], &new, other_key), Err(NotAssociated::UnknownKey));
    let other_names = issued(&ca, "new", 0, "b@example.com");
    assert_eq!(follow(&root, &[&ca], &other_names, authorised), Err(NotAssociated::DifferentIdentity));
    let older = issued(&ca, "new", 61, "a@example.com");
    assert_eq!(follow(&root, &[&ca], &older, authorised), Err(NotAssociated::Older));
    // Another CA of the same name, under another root that is trusted as well.
    let other_root = Ca::root("Other root");
    let namesake = other_root.ca_with("CA", |builder| builder);
    let rekeyed = namesake.rolled_over("CA of others");
    let foreign = issued(&rekeyed, "new", 0, "a@example.com");
    let verdict = follow(&other_root, &[&namesake, &rekeyed], &foreign, authorised);
    assert_eq!(verdict, Err(NotAssociated::DifferentIssuer));
    let elsewhere = issued(&root, "new", 0, "a@example.com");
    assert_eq!(follow(&root, &[], &elsewhere, authorised), Err(NotAssociated::DifferentIssuer));
    for error in [
        NotAssociated::DifferentIdentity,
        NotAssociated::DifferentIssuer,
        NotAssociated::Older,
        NotAssociated::UnknownKey,
    ] {
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn an_association_is_kept_as_bytes() {
    let root = Ca::root("Root");
    let association = Association::new(&validated(&root, &[], &issued(&root, "old", 1, "a@example.com"))).unwrap();
    let der = association.to_der();
    assert_eq!(Association::from_der(&der), Ok(association));
    let mut later = der.clone();
    // SEQUENCE, length in two octets, INTEGER, 1.
    assert_eq!(later[3..6], [2, 1, 1]);
    later[5] = 2;
    assert_eq!(Association::from_der(&later).unwrap_err().kind(), DecodeErrorKind::UnsupportedVersion);
    for length in 0..der.len() {
        assert!(Association::from_der(&der[..length]).is_err());
    }
    assert_eq!(Association::from_der(&[&der[..], &[0]].concat()).unwrap_err().kind(), DecodeErrorKind::TrailingData);
}

#[test]
fn thumbprints_are_a_set_so_that_the_next_ca_can_be_pushed_before_the_switch() {
    let (old, new, stranger) = (Ca::root("Old"), Ca::root("New"), Ca::root("Stranger"));
    let [old, new, stranger] = [old, new, stranger].map(|ca| ca.certificate);
    let expected = Thumbprints::of(slice::from_ref(&old));
    assert_eq!(expected.compare(slice::from_ref(&old)), ThumbprintChange::None);
    assert_eq!(expected.compare(&[]), ThumbprintChange::None);
    assert_eq!(expected.compare(&[old.clone(), new.clone()]), ThumbprintChange::Rollover);
    assert_eq!(expected.compare(slice::from_ref(&new)), ThumbprintChange::Replaced);
    let both = expected.with(*Thumbprints::of(slice::from_ref(&new)).iter().next().unwrap());
    assert_eq!(both.compare(&[new]), ThumbprintChange::None);
    assert_eq!(both.iter().count(), 2);
    assert!(both.contains(&old) && !both.contains(&stranger));
}
