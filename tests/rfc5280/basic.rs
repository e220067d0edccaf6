//! 6.1.3: basic certificate processing.

use std::time::Duration;

use conformance::TestRandom;
use pki_core::{
    Crl, CrlBuilder, GeneralName, GeneralNamesBuilder, NameBuilder,
    algorithm::SignatureAlgorithm,
    chain::RevocationPolicy,
    crl::{CrlNumber, Revocation, RevocationReason},
    crypto::{CryptoProvider, VerifyError},
    der::Tag,
};

use super::*;

const SIGNATURE: &str = "RFC 5280 section 6.1.3 (a) (1)";
const STATUS: &str = "RFC 5280 section 6.1.3 (a) (3)";
const VALIDITY: &str = "RFC 5280 section 6.1.3 (a) (2)";

#[test]
fn s6_1_3_a_1_the_signature_is_by_the_key_above() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let forged_leaf = ca.draft("leaf").forged().issue(|b| b);
    let bad = Violation::Signature(VerifyError::BadSignature);
    assert_eq!(refused(chain::validate(&root, &[&ca], &forged_leaf), 0, SIGNATURE), bad);
    let forged_ca = root.draft("CA").with_profile(pki_core::Profile::ROOT_CA).forged().into_ca(|b| b);
    assert_eq!(refused(chain::validate(&root, &[&forged_ca], &ca.leaf("leaf")), 1, SIGNATURE), bad);
}

#[test]
fn s6_1_3_a_1_every_octet_is_signed() {
    let root = Ca::root("Root");
    let leaf = root.leaf("leaf");
    let serial = leaf.as_der().windows(8).position(|window| window == leaf.serial_number()).expect("a serial number");
    let mut der = leaf.as_der().to_vec();
    der[serial + 5] ^= 1;
    let changed = Certificate::from_der(&der).expect("a certificate");
    refused(chain::validate(&root, &[], &changed), 0, SIGNATURE);
}

#[test]
fn s6_1_3_a_1_algorithms_are_those_of_the_provider() {
    let root = Ca::root("Root");
    let none = CryptoProvider { verifiers: &[], ..PROVIDER };
    let validator = ChainValidator::new([root.anchor()], none);
    let verdict = validator.validate(&root.leaf("leaf"), &Pool::new(), Purpose::ANY, chain::now());
    assert_eq!(refused(verdict, 0, SIGNATURE), Violation::Signature(VerifyError::UnsupportedAlgorithm));
}

/// RFC 5280 section 4.1.1.2.
#[test]
fn s6_1_3_a_1_the_algorithms_inside_and_outside_are_the_same() {
    let root = Ca::root("Root");
    let leaf = root.leaf("leaf");
    // ecdsa-with-SHA256 ends in 2, ecdsa-with-SHA384 in 3: the one outside is changed.
    let outside = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    let mut der = leaf.as_der().to_vec();
    let at = der.windows(8).rposition(|window| window == outside).expect("the algorithm");
    der[at + 7] = 3;
    let changed = Certificate::from_der(&der).expect("a certificate");
    let violation = refused(chain::validate(&root, &[], &changed), 0, SIGNATURE);
    assert_eq!(violation, Violation::Signature(VerifyError::AlgorithmMismatch));
}

/// A root, a CA and a leaf, of which the one at `depth` is valid from a second before `from` to a second after `to`.
fn valid_between(depth: usize, not_before: i64, not_after: i64) -> (Ca, Ca, Certificate) {
    use pki_core::UnixTime;
    let times = (UnixTime::from_seconds(not_before), UnixTime::from_seconds(not_after));
    let root = Ca::root("Root");
    let draft = root.draft("CA").with_profile(pki_core::Profile::ROOT_CA);
    let draft = if depth == 1 { draft.with_validity(times.0, times.1) } else { draft };
    let ca = draft.into_ca(|b| b);
    let leaf = ca.draft("leaf");
    let leaf = if depth == 0 { leaf.with_validity(times.0, times.1) } else { leaf };
    let leaf = leaf.issue(|b| b);
    (root, ca, leaf)
}

#[test]
fn s6_1_3_a_2_not_before_is_included() {
    let now = chain::now();
    for depth in [0, 1] {
        let (root, ca, leaf) = valid_between(depth, now.as_seconds(), now.as_seconds() + 9);
        assert!(chain::validate(&root, &[&ca], &leaf).is_ok());
        let (root, ca, leaf) = valid_between(depth, now.as_seconds() + 1, now.as_seconds() + 9);
        let not_before = now.plus(Duration::from_secs(1));
        let violation = refused(chain::validate(&root, &[&ca], &leaf), depth, VALIDITY);
        assert_eq!(violation, Violation::NotYetValid { at: now, not_before });
    }
}

#[test]
fn s6_1_3_a_2_not_after_is_included() {
    let now = chain::now();
    for depth in [0, 1] {
        let (root, ca, leaf) = valid_between(depth, now.as_seconds() - 9, now.as_seconds());
        assert!(chain::validate(&root, &[&ca], &leaf).is_ok());
        let (root, ca, leaf) = valid_between(depth, now.as_seconds() - 9, now.as_seconds() - 1);
        let not_after = now.minus(Duration::from_secs(1));
        let violation = refused(chain::validate(&root, &[&ca], &leaf), depth, VALIDITY);
        assert_eq!(violation, Violation::Expired { at: now, not_after });
    }
}

#[test]
fn s6_1_3_a_3_where_a_status_is_required_there_has_to_be_one() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", |b| b.with_crl_distribution_points(&["http://example.com/root.crl"]));
    let leaf = ca.leaf_with("leaf", |b| b.with_crl_distribution_points(&["http://example.com/ca.crl"]));
    let check = |policy| {
        let validator = chain::validator(&root).with_revocation(policy);
        validator.validate(&leaf, &chain::pool(&[&ca]), Purpose::ANY, chain::now())
    };
    let error = check(RevocationPolicy::Require).expect_err("a status is missing");
    assert!(error.missing().crls().contains(&"http://example.com/root.crl".to_owned()));
    let unknown = Violation::RevocationUnknown { crls: Vec::new(), responses: Vec::new() };
    assert_eq!(refused(Err(error), 1, STATUS), unknown);
    let valid = check(RevocationPolicy::Prefer).expect("a path");
    assert_eq!(valid.missing().crls(), ["http://example.com/root.crl", "http://example.com/ca.crl"]);
    assert!(check(RevocationPolicy::Ignore).expect("a path").missing().is_empty());
}

/// A CRL of this CA, valid now, with this certificate on it.
fn crl(issuer: &Ca, revoked: Option<&Certificate>) -> Crl {
    let now = chain::now();
    let (this_update, next_update) = (now.minus(Duration::from_secs(9)), now.plus(Duration::from_secs(9)));
    let builder = CrlBuilder::new(issuer.certificate.subject().to_owned(), this_update, next_update)
        .with_authority(&issuer.certificate, &PROVIDER)
        .with_number(CrlNumber::from(1));
    let builder = revoked.into_iter().fold(builder, |builder, certificate| {
        let revocation = Revocation::new(certificate.serial_number(), this_update);
        builder.add_revoked(revocation.with_reason(RevocationReason::KeyCompromise))
    });
    let crl = builder.build(SignatureAlgorithm::ECDSA_SHA256).expect("a CRL");
    crl.sign_with(issuer.key, &mut TestRandom::new(1)).expect("a signature")
}

/// The shortest way leads through a certificate that is revoked, and the longer ones allow no more than that.
#[test]
fn s6_1_3_a_3_a_revoked_way_does_not_hide_another() {
    let root = Ca::root("Root");
    let target = Ca::root("CA");
    let revoked = root.draft_of(&target).with_key(target.key).into_ca(|b| b);
    let outer = root.ca_with("Outer", |b| b.with_name_constraints(&[], &[GeneralName::DnsName("example.com")]));
    let way = outer.cross_certify(&target);
    let lower = target.ca("Lower");
    let mut pool = chain::pool(&[&revoked, &outer, &way, &lower]);
    let crls = [crl(&root, Some(&revoked.certificate)), crl(&outer, None), crl(&target, None), crl(&lower, None)];
    crls.into_iter().for_each(|crl| pool.add_crl(crl));
    let validator = chain::validator(&root).with_revocation(RevocationPolicy::Require);
    let valid = validator.validate(&lower.leaf("leaf"), &pool, Purpose::ANY, chain::now()).expect("a path");
    assert_eq!(valid.path()[1..], [lower.certificate, way.certificate, outer.certificate]);
}

#[test]
fn s6_1_3_a_3_what_is_revoked_is_refused() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let leaf = ca.leaf("leaf");
    let now = chain::now();
    let check = |policy, crls: [Crl; 2]| {
        let mut pool = chain::pool(&[&ca]);
        crls.into_iter().for_each(|crl| pool.add_crl(crl));
        chain::validator(&root).with_revocation(policy).validate(&leaf, &pool, Purpose::ANY, now)
    };
    assert!(check(RevocationPolicy::Require, [crl(&root, None), crl(&ca, None)]).is_ok());
    for policy in [RevocationPolicy::Require, RevocationPolicy::Prefer] {
        let of_leaf = check(policy, [crl(&root, None), crl(&ca, Some(&leaf))]);
        let revoked =
            Violation::Revoked { at: now.minus(Duration::from_secs(9)), reason: Some(RevocationReason::KeyCompromise) };
        assert_eq!(refused(of_leaf, 0, STATUS), revoked);
        let of_ca = check(policy, [crl(&root, Some(&ca.certificate)), crl(&ca, None)]);
        assert_eq!(refused(of_ca, 1, STATUS), revoked);
    }
    assert!(check(RevocationPolicy::Ignore, [crl(&root, None), crl(&ca, Some(&leaf))]).is_ok());
}

#[test]
fn s6_1_3_a_4_the_issuer_is_the_subject_above() {
    let root = Ca::root("Root");
    // Signed by the key of the one, in the name of the other.
    let (ca, other) = (root.ca("CA"), root.ca("Other"));
    let stranger = Ca { certificate: other.certificate.clone(), key: ca.key };
    let leaf = stranger.leaf("leaf");
    refused(chain::validate(&root, &[&ca, &other], &leaf), 0, SIGNATURE);
    let issuer = other.certificate.subject().to_owned();
    let violation = refused(chain::validate(&root, &[&ca], &leaf), 0, "RFC 5280 section 6.1");
    assert_eq!(violation, Violation::UnknownIssuer { issuer });
}

/// RFC 5280 section 7.1: case and inner spaces have no meaning.
#[test]
fn s6_1_3_a_4_names_are_compared_by_meaning() {
    let root = Ca::root("Root");
    let ca = root.ca("Issuing CA");
    let spelt = NameBuilder::new().add_organization("EXAMPLE").add_common_name("issuing  ca").build().expect("a name");
    let respelt = root.draft("other").with_name(spelt).with_key(ca.key).with_profile(pki_core::Profile::ROOT_CA);
    let respelt = respelt.into_ca(|b| b);
    assert!(chain::validate(&root, &[&respelt], &ca.leaf("leaf")).is_ok());
}

#[test]
fn s6_1_3_b_names_lie_in_the_permitted_subtrees() {
    let root = Ca::root("Root");
    let permitted = NameBuilder::new().add_organization("Example").build().expect("a name");
    let ca = root.ca_with("CA", |b| b.with_name_constraints(&[GeneralName::DirectoryName(permitted.as_ref())], &[]));
    assert!(chain::validate(&root, &[&ca], &ca.leaf("leaf")).is_ok());
    let elsewhere = NameBuilder::new().add_organization("Elsewhere").build().expect("a name");
    let leaf = ca.draft("leaf").with_name(elsewhere.clone()).issue(|b| b);
    let text = refused_name(chain::validate(&root, &[&ca], &leaf), 0);
    assert_eq!(text, "the subject lies in no permitted subtree");
    // Every name, not just the first.
    let names = GeneralNamesBuilder::new().add_directory_name(elsewhere.as_ref());
    let leaf = ca.leaf_with("leaf", |b| b.with_subject_alt_name(names));
    let text = refused_name(chain::validate(&root, &[&ca], &leaf), 0);
    assert_eq!(text, "the directoryName at index 0 of subjectAltName lies in no permitted subtree");
}

#[test]
fn s6_1_3_c_names_lie_in_no_excluded_subtree() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", |b| b.with_name_constraints(&[], &[GeneralName::Rfc822Name("example.com")]));
    let leaf = |names| ca.leaf_with("leaf", |b| b.with_subject_alt_name(names));
    let elsewhere = leaf(GeneralNamesBuilder::new().add_email_address("a@example.org"));
    assert!(chain::validate(&root, &[&ca], &elsewhere).is_ok());
    let inside = leaf(GeneralNamesBuilder::new().add_dns_name("example.com").add_email_address("a@example.com"));
    let text = refused_name(chain::validate(&root, &[&ca], &inside), 0);
    assert_eq!(text, "the rfc822Name at index 1 of subjectAltName lies in an excluded subtree");
    // RFC 5280 section 4.2.1.10: where there is no rfc822Name, emailAddress in the subject is one.
    let name = NameBuilder::new().add_email_address("a@example.com").build().expect("a name");
    let text = refused_name(chain::validate(&root, &[&ca], &ca.draft("leaf").with_name(name).issue(|b| b)), 0);
    assert_eq!(text, "emailAddress in the subject lies in an excluded subtree");
}

/// RFC 5280 section 4.2.1.10: in the presence of a name of its form, a constraint is processed or refused.
#[test]
fn s6_1_3_b_c_constraints_that_are_not_processed_refuse_names_of_their_form() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", |b| b.with_name_constraints(&[], &[GeneralName::RegisteredId(A)]));
    assert!(chain::validate(&root, &[&ca], &ca.leaf("leaf")).is_ok());
    let leaf = ca.leaf_with("leaf", |b| {
        b.with_subject_alt_name(GeneralNamesBuilder::new().add_name(GeneralName::RegisteredId(B)))
    });
    let text = refused_name(chain::validate(&root, &[&ca], &leaf), 0);
    assert_eq!(
        text,
        "a constraint on the registeredID at index 0 of subjectAltName is of a kind that is not processed"
    );
}

#[test]
fn s6_1_3_b_c_a_minimum_is_not_processed() {
    let root = Ca::root("Root");
    let extension = Writer::encode(|w| {
        w.sequence(|w| {
            w.constructed(Tag::context_constructed(1), |w| {
                w.sequence(|w| {
                    GeneralName::DnsName("example.com").encode(w);
                    w.primitive(Tag::context(0), &[1]);
                });
            });
        });
    });
    let ca = root.ca_with("CA", |b| b.add_extension(oid::NAME_CONSTRAINTS, Criticality::Critical, &extension));
    let leaf =
        ca.leaf_with("leaf", |b| b.with_subject_alt_name(GeneralNamesBuilder::new().add_dns_name("a.example.org")));
    refused_name(chain::validate(&root, &[&ca], &leaf), 0);
}

#[test]
fn s6_1_3_b_c_name_constraints_do_not_bind_self_issued_intermediates() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    // The name of the CA is excluded by itself.
    let constrained = root
        .draft_of(&ca)
        .into_ca(|b| b.with_name_constraints(&[], &[GeneralName::DirectoryName(ca.certificate.subject())]));
    let rolled = constrained.rolled_over("new key");
    let elsewhere = NameBuilder::new().add_organization("Elsewhere").build().expect("a name");
    let leaf = rolled.draft("leaf").with_name(elsewhere).issue(|b| b);
    assert_eq!(chain::validate(&root, &[&constrained, &rolled], &leaf).expect("a path").path().len(), 3);
    // As the last of the path it has to obey.
    let text = refused_name(chain::validate(&root, &[&constrained], &rolled.certificate), 0);
    assert_eq!(text, "the subject lies in an excluded subtree");
}

#[test]
fn s6_1_3_d_1_policies_are_those_that_every_certificate_has() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", under(&[A, B]));
    assert_eq!(policies_of(&root, &[&ca], &ca.leaf_with("leaf", under(&[B, C]))), set(&[B]));
    let verdict = validate_under(
        PolicySettings::ANY.requiring_explicit_policy(),
        &root,
        &[&ca],
        &ca.leaf_with("leaf", under(&[C])),
    );
    refused_policy(verdict, 0);
}

#[test]
fn s6_1_3_d_1_any_policy_above_stands_for_each() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", under(&[oid::ANY_POLICY]));
    assert_eq!(policies_of(&root, &[&ca], &ca.leaf_with("leaf", under(&[C]))), set(&[C]));
}

#[test]
fn s6_1_3_d_2_any_policy_takes_over_those_above() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", under(&[A, B]));
    assert_eq!(policies_of(&root, &[&ca], &ca.leaf_with("leaf", under(&[oid::ANY_POLICY]))), set(&[A, B]));
    let ca = root.ca_with("CA", under(&[oid::ANY_POLICY]));
    let policies = policies_of(&root, &[&ca], &ca.leaf_with("leaf", under(&[oid::ANY_POLICY])));
    assert!(policies.is_any());
}

/// anyPolicy still counts in a self-issued certificate that is not the last.
#[test]
fn s6_1_3_d_2_inhibited_any_policy_counts_in_self_issued_intermediates() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", |b| b.with_certificate_policies(&[A]).with_inhibit_any_policy(0));
    let rolled = ca.draft_of(&ca).with_key(chain::key("new key")).into_ca(under(&[oid::ANY_POLICY]));
    assert_eq!(policies_of(&root, &[&ca, &rolled], &rolled.leaf_with("leaf", under(&[A]))), set(&[A]));
    let settings = PolicySettings::ANY.requiring_explicit_policy();
    refused_policy(validate_under(settings.clone(), &root, &[&ca], &rolled.certificate), 0);
    let other = ca.ca_with("Other", under(&[oid::ANY_POLICY]));
    let leaf = other.leaf_with("leaf", under(&[A]));
    refused_policy(validate_under(settings, &root, &[&ca, &other], &leaf), 1);
}

#[test]
fn s6_1_3_d_3_policies_without_offspring_are_gone() {
    let root = Ca::root("Root");
    let upper = root.ca_with("upper", under(&[A, B]));
    let lower = upper.ca_with("lower", under(&[A]));
    assert_eq!(policies_of(&root, &[&upper, &lower], &lower.leaf_with("leaf", under(&[A, B]))), set(&[A]));
}

#[test]
fn s6_1_3_e_a_certificate_without_policies_ends_all() {
    let root = Ca::root("Root");
    let upper = root.ca_with("upper", under(&[A]));
    let lower = upper.ca("lower");
    let leaf = lower.leaf_with("leaf", under(&[A]));
    let valid = chain::validate(&root, &[&upper, &lower], &leaf).expect("a path");
    assert!(valid.policies().is_empty() && valid.authority_policies().is_empty());
}

#[test]
fn s6_1_3_f_a_policy_is_required_where_explicit_policy_is_0() {
    let root = Ca::root("Root");
    let upper =
        root.ca_with("upper", |b| b.with_certificate_policies(&[A]).with_policy_constraints(requiring_policy_after(0)));
    let lower = upper.ca("lower");
    refused_policy(chain::validate(&root, &[&upper, &lower], &lower.leaf_with("leaf", under(&[A]))), 1);
    let lower = upper.ca_with("lower", under(&[A]));
    assert!(chain::validate(&root, &[&upper, &lower], &lower.leaf_with("leaf", under(&[A]))).is_ok());
}
