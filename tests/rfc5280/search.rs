//! 6.1: that a valid path is found whatever else is in the pool, and what is said where there is none.

use std::time::Duration;

use conformance::{TestRandom, chain::Draft};
use pki_core::{KeyIdentifier, Profile, chain::ChainLimits, crypto::VerifyError, extension::BasicConstraints};

use super::*;

fn with(certificates: impl IntoIterator<Item = Certificate>) -> Pool {
    certificates.into_iter().collect()
}

fn validate_in(root: &Ca, pool: &Pool, leaf: &Certificate) -> Result<ValidatedChain, ChainError> {
    chain::validator(root).validate(leaf, pool, Purpose::ANY, chain::now())
}

/// RFC 4210 section 4.4: old key with new, and new with old.
#[test]
fn s6_1_key_rollover_of_a_root() {
    let old = Ca::root("Root");
    let new = Ca::draft_root("Root").with_key(chain::key("new key"));
    let new = Ca { certificate: self_signed("Root", "new key"), ..new.into_ca(|b| b) };
    let old_with_new = new.cross_certify(&old);
    let new_with_old = old.cross_certify(&new);
    assert!(old_with_new.certificate.is_self_issued() && new_with_old.certificate.is_self_issued());
    let everything = [&old, &new, &old_with_new, &new_with_old];
    for (anchor, issuer, length) in [(&old, &old, 1), (&old, &new, 2), (&new, &old, 2), (&new, &new, 1)] {
        let valid = chain::validate(anchor, &everything, &issuer.leaf("leaf")).expect("a path");
        assert_eq!((valid.path().len(), valid.signatures()), (length, u32::try_from(length).expect("small")));
    }
    // Without the links, the new key is nobody's.
    refused(chain::validate(&old, &[&new], &new.leaf("leaf")), 0, "RFC 5280 section 6.1.3 (a) (1)");
}

fn self_signed(name: &str, key: &str) -> Certificate {
    let ca = Ca { certificate: Ca::root(name).certificate, key: chain::key(key) };
    ca.draft_of(&ca).issue(|b| b)
}

#[test]
fn s6_1_key_rollover_of_an_intermediate() {
    let root = Ca::root("Root");
    let old = root.ca("CA");
    let new = old.rolled_over("new key");
    let valid = chain::validate(&root, &[&old, &new], &new.leaf("leaf")).expect("a path");
    assert_eq!(valid.path()[1..], [new.certificate, old.certificate]);
}

#[test]
fn s6_1_several_cas_of_one_name() {
    let root = Ca::root("Root");
    let first = root.ca("CA");
    let draft = root.draft("CA").with_key(chain::key("second")).with_profile(Profile::ROOT_CA);
    let second = draft.into_ca(|b| b);
    for ca in [&first, &second] {
        assert!(chain::validate(&root, &[&first, &second], &ca.leaf("leaf")).is_ok());
    }
    // Without identifiers the signatures tell.
    let bare = |ca: &Ca| {
        let key = pki_core::crypto::Signer::public_key(chain::key("leaf")).clone();
        let name = conformance::fixtures::name("leaf");
        let issuer = ca.certificate.subject().to_owned();
        let serial = conformance::fixtures::serial(&name, &key);
        chain::sign(CertificateBuilder::new(serial, issuer, name, conformance::fixtures::validity(), key), ca.key)
    };
    for ca in [&first, &second] {
        let valid = chain::validate(&root, &[&first, &second], &bare(ca)).expect("a path");
        assert!(valid.signatures() <= 4, "{}", valid.signatures());
    }
}

#[test]
fn s6_1_a_cross_certificate_leads_to_another_anchor() {
    let (ours, theirs) = (Ca::root("Ours"), Ca::root("Theirs"));
    let ca = theirs.ca("CA");
    let cross = ours.cross_certify(&theirs);
    let valid = chain::validate(&ours, &[&theirs, &ca, &cross], &ca.leaf("leaf")).expect("a path");
    assert_eq!(valid.path()[1..], [ca.certificate.clone(), cross.certificate.clone()]);
    // With both anchors the shorter path is found.
    let both = ChainValidator::new([ours.anchor(), theirs.anchor()], PROVIDER);
    let pool = chain::pool(&[&theirs, &ca, &cross]);
    let valid = both.validate(&ca.leaf("leaf"), &pool, Purpose::ANY, chain::now()).expect("a path");
    assert_eq!((valid.path().len(), valid.anchor().name()), (2, theirs.certificate.subject()));
}

/// Of two certificates for one CA, one is expired, is too narrow, is forged, or has an extension that nobody knows.
#[test]
fn s6_1_another_way_round_is_found() {
    let root = Ca::root("Root");
    let (left, right) = (root.ca("left"), root.ca("right"));
    let target = left.ca("CA");
    let leaf = target.leaf("leaf");
    let good = right.cross_certify(&target);
    let now = chain::now();
    let before = now.minus(Duration::from_secs(1));
    let draft = || left.draft_of(&target);
    let bad = [
        draft().with_validity(before, before).into_ca(|b| b),
        draft().into_ca(|b| b.with_name_constraints(&[], &[pki_core::GeneralName::DirectoryName(leaf.subject())])),
        draft().forged().into_ca(|b| b),
        draft().into_ca(|b| b.add_extension(PRIVATE, Criticality::Critical, &[5, 0])),
        draft().into_ca(|b| b.with_basic_constraints(BasicConstraints::END_ENTITY)),
    ];
    for bad in &bad {
        assert!(chain::validate(&root, &[&left, bad], &leaf).is_err());
        let valid = chain::validate(&root, &[&left, &right, bad, &good], &leaf).expect("a path");
        assert_eq!(valid.path()[1], good.certificate);
    }
}

#[test]
fn s6_1_duplicates_cost_nothing() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let leaf = ca.leaf("leaf");
    let everything = [&leaf, &ca.certificate, &root.certificate].into_iter().cycle().take(300).cloned();
    let pool = with(everything);
    assert_eq!(pool.certificates().len(), 3);
    assert_eq!(validate_in(&root, &pool, &leaf).expect("a path").signatures(), 2);
}

#[test]
fn s6_1_loops_end() {
    let root = Ca::root("Root");
    let (a, b) = (Ca::root("A"), Ca::root("B"));
    let (a_by_b, b_by_a) = (b.cross_certify(&a), a.cross_certify(&b));
    let error = chain::validate(&root, &[&a, &b, &a_by_b, &b_by_a], &a.leaf("leaf")).expect_err("no path");
    assert_eq!((error.signatures(), error.exhausted()), (0, None));
    let a_by_root = root.cross_certify(&a);
    for issuer in [&a, &b] {
        let valid = chain::validate(&root, &[&a, &b, &a_by_b, &b_by_a, &a_by_root], &issuer.leaf("leaf"));
        assert!(valid.is_ok());
    }
}

/// Whatever is in the pool besides, a path costs as many checks as it has certificates.
#[test]
fn s6_1_a_valid_path_costs_as_many_checks_as_it_has_certificates() {
    let root = Ca::root("Root");
    let other = Ca::root("Other");
    let mut certificates = vec![other.certificate.clone()];
    certificates.extend((0..50).map(|number| other.leaf(&format!("junk {number}"))));
    certificates.extend((0..50).map(|number| root.ca(&format!("CA {number}")).certificate));
    let mut last = root.clone();
    for depth in 1..=6 {
        last = last.ca(&format!("deep {depth}"));
        certificates.push(last.certificate.clone());
        let valid = validate_in(&root, &with(certificates.clone()), &last.leaf("leaf")).expect("a path");
        assert_eq!(valid.signatures(), depth + 1);
    }
}

/// A service that keeps every CA that it ever saw pays for those alone that lie on the way.
#[test]
fn s6_1_a_thousand_strangers_cost_nothing() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let leaf = ca.leaf("leaf");
    let stranger = |number| {
        let draft = Draft::by("Root of strangers", &format!("Stranger {number}"));
        draft.with_key(chain::key("stranger")).into_ca(|b| b).certificate
    };
    let pool = with((0..1000).map(stranger).chain([ca.certificate.clone()]));
    assert_eq!(pool.certificates().len(), 1001);
    let limits = ChainLimits { signatures: 2, steps: 8, ..ChainLimits::DEFAULT };
    let validator = chain::validator(&root).with_limits(limits);
    let valid = validator.validate(&leaf, &pool, Purpose::ANY, chain::now()).expect("a path");
    assert_eq!((valid.path().len(), valid.signatures()), (2, 2));
}

#[test]
fn s6_1_the_order_of_the_pool_has_no_meaning() {
    let root = Ca::root("Root");
    let names = ["A", "B", "C", "D", "E"].map(|name| root.ca(name));
    let mut certificates: Vec<Certificate> = names.iter().map(|ca| ca.certificate.clone()).collect();
    for (above, below) in (0..5).flat_map(|above| (0..5).map(move |below| (above, below))).filter(|(a, b)| a != b) {
        certificates.push(names[above].cross_certify(&names[below]).certificate);
    }
    let bottom = names[4].ca("bottom");
    certificates.push(bottom.certificate.clone());
    let good = bottom.leaf("leaf");
    let bad = bottom.draft("leaf").forged().issue(|b| b);
    let mut rng = TestRandom::new(7);
    for _ in 0..30 {
        for last in (1..certificates.len()).rev() {
            certificates.swap(last, rng.below(last + 1));
        }
        let pool = with(certificates.clone());
        let valid = validate_in(&root, &pool, &good).expect("a path");
        assert_eq!((valid.path().len(), valid.signatures()), (3, 3));
        let error = validate_in(&root, &pool, &bad).expect_err("forged");
        assert_eq!((error.violation(), error.depth()), (&Violation::Signature(VerifyError::BadSignature), 0));
    }
}

#[test]
fn s6_1_missing_says_who_and_where() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let url = "http://example.com/ca.cer";
    let access = [
        (oid::AD_CA_ISSUERS, url),
        (oid::AD_OCSP, "http://example.com/ocsp"),
        (oid::AD_CA_ISSUERS, "ldap://example.com/ca"),
    ];
    let leaf = ca.leaf_with("leaf", |b| b.with_authority_info_access(&access));
    let error = chain::validate(&root, &[], &leaf).expect_err("an issuer is missing");
    let issuer = ca.certificate.subject().to_owned();
    assert_eq!(error.violation(), &Violation::UnknownIssuer { issuer: issuer.clone() });
    let [missing] = error.missing().issuers() else { panic!("{:?}", error.missing()) };
    let key_identifier =
        ca.certificate.subject_key_identifier().expect("readable").map(|id| KeyIdentifier::new(id.as_bytes()));
    assert_eq!((&missing.name, &missing.key_identifier), (&issuer, &key_identifier));
    assert_eq!(error.missing().urls().collect::<Vec<_>>(), [url, "ldap://example.com/ca"]);
    assert!(error.missing().crls().is_empty() && error.missing().ocsp().is_empty());
    // With it there is nothing to fetch.
    let mut pool = Pool::new();
    pool.add_der(ca.certificate.as_der()).expect("a certificate");
    assert!(validate_in(&root, &pool, &leaf).expect("a path").missing().is_empty());
}

/// What is missing is the issuer of the topmost certificate, not of the target.
#[test]
fn s6_1_missing_names_the_gap() {
    let root = Ca::root("Root");
    let upper = root.ca("upper");
    let lower = upper.ca("lower");
    let error = chain::validate(&root, &[&lower], &lower.leaf("leaf")).expect_err("an issuer is missing");
    assert_eq!(error.missing().issuers()[0].name.as_ref(), upper.certificate.subject());
    assert_eq!((error.depth(), error.path().len(), error.anchor().is_none()), (1, 2, true));
    assert!(error.missing().is_empty(), "nowhere to fetch it from");
}

/// The URIs of a hostile certificate are not repeated without end.
#[test]
fn s6_1_missing_is_bounded() {
    let ca = Ca::root("Root").ca("CA");
    let urls: Vec<String> = (0..500).map(|number| format!("http://example.com/{number}")).collect();
    let access: Vec<_> = urls.iter().map(|url| (oid::AD_CA_ISSUERS, url.as_str())).collect();
    let leaf = ca.leaf_with("leaf", |b| b.with_authority_info_access(&access));
    let error = chain::validate(&Ca::root("Other"), &[], &leaf).expect_err("an issuer is missing");
    assert_eq!(error.missing().urls().count(), 32);
}

/// Of several paths, the one that got furthest says what is wrong.
#[test]
fn s6_1_the_violation_that_says_most_is_reported() {
    let root = Ca::root("Root");
    let target = Ca::root("CA");
    let leaf = target.leaf("leaf");
    let now = chain::now();
    let before = now.minus(Duration::from_secs(1));
    let stranger = Ca::root("Stranger").cross_certify(&target);
    let forged = root.draft_of(&target).forged().into_ca(|b| b);
    let no_ca = root.draft_of(&target).into_ca(|b| b.with_basic_constraints(BasicConstraints::END_ENTITY));
    let unknown = root.draft_of(&target).into_ca(|b| b.add_extension(PRIVATE, Criticality::Critical, &[5, 0]));
    let expired = root.draft_of(&target).with_validity(before, before).into_ca(|b| b);
    let excluding = root
        .draft_of(&target)
        .into_ca(|b| b.with_name_constraints(&[], &[pki_core::GeneralName::DirectoryName(leaf.subject())]));
    // Each with all before it.
    let ranked = [
        (&stranger, "RFC 5280 section 6.1"),
        (&forged, "RFC 5280 section 6.1.3 (a) (1)"),
        (&no_ca, "RFC 5280 section 6.1.4 (k)"),
        (&unknown, "RFC 5280 section 6.1.4 (o)"),
        (&expired, "RFC 5280 section 6.1.3 (a) (2)"),
        (&excluding, "RFC 5280 section 6.1.3 (b) and (c)"),
    ];
    for last in 0..ranked.len() {
        let mut pool: Vec<&Ca> = ranked[..=last].iter().map(|(ca, _)| *ca).collect();
        for _ in 0..2 {
            let error = chain::validate(&root, &pool, &leaf).expect_err("no path");
            assert_eq!(error.rule(), ranked[last].1);
            pool.reverse();
        }
    }
}

#[test]
fn s6_1_an_error_has_the_path_that_it_is_about() {
    let root = Ca::root("Root");
    let upper = root.ca("upper");
    let lower = upper.draft("lower").with_profile(Profile::ROOT_CA).forged().into_ca(|b| b);
    let leaf = lower.leaf("leaf");
    let error = chain::validate(&root, &[&upper, &lower], &leaf).expect_err("forged");
    assert_eq!((error.depth(), error.rule()), (1, "RFC 5280 section 6.1.3 (a) (1)"));
    assert_eq!(error.path(), [leaf, lower.certificate, upper.certificate]);
    assert_eq!(error.anchor().and_then(|anchor| anchor.certificate()), Some(&root.certificate));
    // The forged one was found out before the leaf was looked at.
    assert_eq!(error.signatures(), 2);
}
