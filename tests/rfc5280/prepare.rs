//! 6.1.4: preparation for the next certificate.

use conformance::TestRandom;
use pki_core::{
    GeneralName, GeneralNamesBuilder, Profile,
    algorithm::SignatureAlgorithm,
    crypto::{Signer, rustcrypto::PrivateKey},
    extension::{BasicConstraints, KeyUsage},
};

use super::*;

fn path_length(allowed: u32) -> impl FnOnce(CertificateBuilder) -> CertificateBuilder {
    move |b| b.with_basic_constraints(BasicConstraints { is_ca: true, path_length: Some(allowed) })
}

fn mappings(pairs: &[(Oid<'_>, Oid<'_>)]) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            for (issuer, subject) in pairs {
                w.sequence(|w| {
                    w.oid(*issuer);
                    w.oid(*subject);
                });
            }
        });
    })
}

#[test]
fn s6_1_4_a_any_policy_is_not_mapped() {
    let root = Ca::root("Root");
    for pair in [(oid::ANY_POLICY, A), (A, oid::ANY_POLICY)] {
        let ca = root.ca_with("CA", |b| {
            b.add_extension(oid::POLICY_MAPPINGS, Criticality::Critical, &mappings(&[pair]))
                .with_certificate_policies(&[A])
        });
        let verdict = chain::validate(&root, &[&ca], &ca.leaf("leaf"));
        assert_eq!(refused(verdict, 1, "RFC 5280 section 6.1.4 (a)"), Violation::MappedAnyPolicy);
        // In the last certificate nobody looks at it: 6.1.4 is not for that.
        assert!(chain::validate(&root, &[], &ca.certificate).is_ok());
    }
}

#[test]
fn s6_1_4_b_1_policies_are_mapped() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", |b| b.with_certificate_policies(&[A]).with_policy_mappings(&[(A, B), (A, C)]));
    for policy in [B, C] {
        // What the user asks for are policies of the anchor's domain.
        assert_eq!(policies_of(&root, &[&ca], &ca.leaf_with("leaf", under(&[policy]))), set(&[A]));
    }
    let settings = PolicySettings::ANY.requiring_explicit_policy();
    refused_policy(validate_under(settings, &root, &[&ca], &ca.leaf_with("leaf", under(&[A]))), 0);
}

#[test]
fn s6_1_4_b_1_what_any_policy_stands_for_is_mapped() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", |b| b.with_certificate_policies(&[oid::ANY_POLICY]).with_policy_mappings(&[(A, B)]));
    assert_eq!(policies_of(&root, &[&ca], &ca.leaf_with("leaf", under(&[B]))), set(&[A]));
}

#[test]
fn s6_1_4_b_2_where_mapping_is_inhibited_mapped_policies_end() {
    let root = Ca::root("Root");
    let upper = root.ca_with("upper", |b| {
        b.with_certificate_policies(&[A, C]).with_policy_constraints(PolicyConstraints::new(Some(0), Some(0)))
    });
    let lower = upper.ca_with("lower", |b| b.with_certificate_policies(&[A, C]).with_policy_mappings(&[(A, B)]));
    refused_policy(chain::validate(&root, &[&upper, &lower], &lower.leaf_with("leaf", under(&[B]))), 0);
    assert!(chain::validate(&root, &[&upper, &lower], &lower.leaf_with("leaf", under(&[C]))).is_ok());
}

#[test]
fn s6_1_4_c_the_next_issuer_is_this_subject() {
    let root = Ca::root("Root");
    let (ca, other) = (root.ca("CA"), root.ca("Other"));
    let valid = chain::validate(&root, &[&ca, &other], &other.leaf("leaf")).expect("a path");
    assert_eq!(valid.path()[1], other.certificate);
}

#[test]
fn s6_1_4_g_permitted_subtrees_meet() {
    let root = Ca::root("Root");
    let permitting = |base| [GeneralName::DnsName(base)];
    let upper = root.ca_with("upper", |b| b.with_name_constraints(&permitting("example.com"), &[]));
    let lower = upper.ca_with("lower", |b| b.with_name_constraints(&permitting("eu.example.com"), &[]));
    let wider = upper.ca_with("wider", |b| b.with_name_constraints(&permitting("com"), &[]));
    let check = |ca: &Ca, name: &str| {
        let leaf = ca.leaf_with("leaf", |b| b.with_subject_alt_name(GeneralNamesBuilder::new().add_dns_name(name)));
        chain::validate(&root, &[&upper, &lower, &wider], &leaf)
    };
    assert!(check(&lower, "a.eu.example.com").is_ok());
    refused_name(check(&lower, "a.example.com"), 0);
    assert!(check(&wider, "a.example.com").is_ok());
    refused_name(check(&wider, "a.com"), 0);
    assert_eq!(check(&lower, "a.eu.example.com").expect("a path").name_constraints().count(), 2);
}

#[test]
fn s6_1_4_g_excluded_subtrees_join() {
    let root = Ca::root("Root");
    let excluding = |base| [GeneralName::DnsName(base)];
    let upper = root.ca_with("upper", |b| b.with_name_constraints(&[], &excluding("a.example.com")));
    let lower = upper.ca_with("lower", |b| b.with_name_constraints(&[], &excluding("b.example.com")));
    let check = |name: &str| {
        let leaf = lower.leaf_with("leaf", |b| b.with_subject_alt_name(GeneralNamesBuilder::new().add_dns_name(name)));
        chain::validate(&root, &[&upper, &lower], &leaf)
    };
    assert!(check("c.example.com").is_ok());
    refused_name(check("a.example.com"), 0);
    refused_name(check("b.example.com"), 0);
}

/// The constraints of a certificate are for those below it.
#[test]
fn s6_1_4_g_a_certificate_is_not_bound_by_its_own_name_constraints() {
    let root = Ca::root("Root");
    let elsewhere = pki_core::NameBuilder::new().add_organization("Elsewhere").build().expect("a name");
    let own = [GeneralName::DirectoryName(elsewhere.as_ref())];
    let ca = root.ca_with("CA", |b| b.with_name_constraints(&own, &[]));
    let leaf = ca.draft("leaf").with_name(elsewhere.clone()).issue(|b| b);
    assert!(chain::validate(&root, &[&ca], &leaf).is_ok());
}

#[test]
fn s6_1_4_h_1_explicit_policy_is_lowered_by_each_ca() {
    let root = Ca::root("Root");
    for (certificates, is_valid) in [(1, false), (2, false), (3, true), (4, true)] {
        // The lower CA and the leaf take one each, and one has to be left.
        let upper = root.ca_with("upper", |b| b.with_policy_constraints(requiring_policy_after(certificates)));
        let lower = upper.ca("lower");
        let verdict = chain::validate(&root, &[&upper, &lower], &lower.leaf("leaf"));
        assert_eq!(verdict.is_ok(), is_valid, "requireExplicitPolicy {certificates}");
    }
}

#[test]
fn s6_1_4_h_2_policy_mapping_is_lowered_by_each_ca() {
    let root = Ca::root("Root");
    for (certificates, is_valid) in [(0, false), (1, true)] {
        let constraints = PolicyConstraints::new(Some(0), Some(certificates));
        let upper = root.ca_with("upper", |b| b.with_certificate_policies(&[A]).with_policy_constraints(constraints));
        let lower = upper.ca_with("lower", |b| b.with_certificate_policies(&[A]).with_policy_mappings(&[(A, B)]));
        let leaf = lower.leaf_with("leaf", under(&[B]));
        let verdict = chain::validate(&root, &[&upper, &lower], &leaf);
        assert_eq!(verdict.is_ok(), is_valid, "inhibitPolicyMapping {certificates}");
        // One lower it is over.
        let lowest = lower.ca_with("lowest", |b| b.with_certificate_policies(&[B]).with_policy_mappings(&[(B, C)]));
        let leaf = lowest.leaf_with("leaf", under(&[C]));
        assert!(chain::validate(&root, &[&upper, &lower, &lowest], &leaf).is_err());
    }
}

#[test]
fn s6_1_4_h_3_inhibit_any_policy_is_lowered_by_each_ca() {
    let root = Ca::root("Root");
    for (certificates, is_valid) in [(0, false), (1, true)] {
        let upper = root.ca_with("upper", |b| {
            b.with_certificate_policies(&[A])
                .with_policy_constraints(requiring_policy_after(0))
                .with_inhibit_any_policy(certificates)
        });
        let leaf = upper.leaf_with("leaf", under(&[oid::ANY_POLICY]));
        let verdict = chain::validate(&root, &[&upper], &leaf);
        assert_eq!(verdict.is_ok(), is_valid, "inhibitAnyPolicy {certificates}");
        let lower = upper.ca_with("lower", under(&[A]));
        let leaf = lower.leaf_with("leaf", under(&[oid::ANY_POLICY]));
        refused_policy(chain::validate(&root, &[&upper, &lower], &leaf), 0);
    }
}

#[test]
fn s6_1_4_h_self_issued_cas_lower_nothing() {
    let root = Ca::root("Root");
    let constraints = PolicyConstraints::new(Some(2), Some(1));
    let ca = root.ca_with("CA", |b| {
        b.with_certificate_policies(&[A]).with_policy_constraints(constraints).with_inhibit_any_policy(1)
    });
    let change = under(&[A]);
    let rolled = ca.draft_of(&ca).with_key(chain::key("new key")).into_ca(change);
    // explicit_policy is 2 still: the leaf lowers it to 1.
    assert!(chain::validate(&root, &[&ca, &rolled], &rolled.leaf("leaf")).is_ok());
    // Mapping and anyPolicy are still allowed once.
    let lower =
        rolled.ca_with("lower", |b| b.with_certificate_policies(&[oid::ANY_POLICY]).with_policy_mappings(&[(A, B)]));
    let leaf = lower.leaf_with("leaf", under(&[B]));
    assert_eq!(policies_of(&root, &[&ca, &rolled, &lower], &leaf), set(&[A]));
}

#[test]
fn s6_1_4_i_policy_constraints_only_ever_lower() {
    let root = Ca::root("Root");
    let strict = PolicyConstraints::new(Some(0), Some(0));
    let lax = PolicyConstraints::new(Some(9), Some(9));
    let upper = root.ca_with("upper", |b| b.with_certificate_policies(&[A]).with_policy_constraints(strict));
    let lower = upper.ca_with("lower", |b| b.with_certificate_policies(&[A]).with_policy_constraints(lax));
    refused_policy(chain::validate(&root, &[&upper, &lower], &lower.leaf("leaf")), 0);
    let lowest = lower.ca_with("lowest", |b| b.with_certificate_policies(&[A]).with_policy_mappings(&[(A, B)]));
    refused_policy(chain::validate(&root, &[&upper, &lower, &lowest], &lowest.leaf_with("leaf", under(&[B]))), 0);
    // The other way round.
    let upper = root.ca_with("upper", |b| b.with_certificate_policies(&[A]).with_policy_constraints(lax));
    let lower = upper.ca_with("lower", |b| b.with_certificate_policies(&[A]).with_policy_constraints(strict));
    refused_policy(chain::validate(&root, &[&upper, &lower], &lower.leaf("leaf")), 0);
}

#[test]
fn s6_1_4_j_inhibit_any_policy_only_ever_lowers() {
    let root = Ca::root("Root");
    let change = |certificates| {
        move |b: CertificateBuilder| b.with_certificate_policies(&[A]).with_inhibit_any_policy(certificates)
    };
    for numbers in [(1, 9), (9, 0)] {
        let upper = root.ca_with("upper", change(numbers.0));
        let lower = upper.ca_with("lower", change(numbers.1));
        let leaf = lower.leaf_with("leaf", under(&[oid::ANY_POLICY]));
        let settings = PolicySettings::ANY.requiring_explicit_policy();
        refused_policy(validate_under(settings, &root, &[&upper, &lower], &leaf), 0);
    }
}

#[test]
fn s6_1_4_k_only_a_ca_issues() {
    let root = Ca::root("Root");
    let section = "RFC 5280 section 6.1.4 (k)";
    let no_ca = root.draft("CA").into_ca(|b| b);
    let found = Some(BasicConstraints::END_ENTITY);
    let violation = refused(chain::validate(&root, &[&no_ca], &no_ca.leaf("leaf")), 1, section);
    assert_eq!(violation, Violation::NotACa { found, version: 3 });
    let silent = root.draft("CA").with_profile(Profile::SCEP_TRANSPORT).into_ca(|b| b);
    let violation = refused(chain::validate(&root, &[&silent], &silent.leaf("leaf")), 1, section);
    assert_eq!(violation, Violation::NotACa { found: None, version: 3 });
}

#[test]
fn s6_1_4_k_a_certificate_of_version_1_is_no_ca() {
    let root = Ca::root("Root");
    let key = chain::key("CA");
    let public_key = pki_core::crypto::Signer::public_key(key).clone();
    let name = conformance::fixtures::name("CA");
    let serial = conformance::fixtures::serial(&name, &public_key);
    let validity = conformance::fixtures::validity();
    let issuer = root.certificate.subject().to_owned();
    let old = Ca {
        certificate: chain::sign(CertificateBuilder::new(serial, issuer, name, validity, public_key), root.key),
        key,
    };
    assert_eq!(old.certificate.version(), 1);
    let violation = refused(chain::validate(&root, &[&old], &old.leaf("leaf")), 1, "RFC 5280 section 6.1.4 (k)");
    assert_eq!(violation, Violation::NotACa { found: None, version: 1 });
    // As the last certificate it may be, and as an anchor.
    assert!(chain::validate(&root, &[], &old.certificate).is_ok());
    assert!(chain::validate(&old, &[], &old.leaf("leaf")).is_ok());
}

/// "If certificate i is a version 3 certificate, verify that the basicConstraints extension is present": that of version 1 or
/// 2 must be known to be a CA's by other means.
#[test]
fn s6_1_4_k_basic_constraints_count_in_version_3_alone() {
    let root = Ca::root("Root");
    let ca = root.ca("CA");
    let leaf = ca.leaf("leaf");
    for version in [1, 2] {
        let signed = resigned(&ca.certificate, root.key, |tbs| {
            let at = tbs.windows(5).position(|window| window == [0xa0, 3, 2, 1, 2]).expect("version 3");
            tbs[at + 4] = version - 1;
        });
        assert_eq!((signed.version(), signed.basic_constraints()), (version, Ok(Some(BasicConstraints::CA))));
        let old = Ca { certificate: signed, key: ca.key };
        let violation = refused(chain::validate(&root, &[&old], &leaf), 1, "RFC 5280 section 6.1.4 (k)");
        assert_eq!(violation, Violation::NotACa { found: Some(BasicConstraints::CA), version });
    }
}

/// The certificate with other octets in what is signed, signed again.
fn resigned(certificate: &Certificate, key: &PrivateKey, change: impl FnOnce(&mut Vec<u8>)) -> Certificate {
    let mut tbs = certificate.tbs().to_vec();
    change(&mut tbs);
    let algorithm = SignatureAlgorithm::ECDSA_SHA256;
    let signature = key.sign(algorithm, &tbs, &mut TestRandom::new(1)).expect("a signature");
    let der = Writer::encode(|w| {
        w.sequence(|w| {
            w.raw(&tbs);
            algorithm.identifier().encode(w);
            w.bit_string(signature.as_bytes());
        });
    });
    Certificate::from_der(&der).expect("a certificate")
}

#[test]
fn s6_1_4_l_no_more_cas_than_the_path_length() {
    let root = Ca::root("Root");
    for allowed in 0..3_usize {
        let limit = u32::try_from(allowed).expect("small");
        let mut cas = vec![root.ca_with("constrained", path_length(limit))];
        for below in 1..=3 {
            let last = &cas[below - 1];
            let pool: Vec<&Ca> = cas.iter().collect();
            let verdict = chain::validate(&root, &pool, &last.leaf("leaf"));
            if below - 1 <= allowed {
                let left = u32::try_from(allowed - (below - 1)).expect("small");
                assert_eq!(verdict.expect("a path").constraints().path_length, left);
            } else {
                // The first that is too many.
                let violation = refused(verdict, below - 1 - allowed, "RFC 5280 section 6.1.4 (l)");
                assert_eq!(violation, Violation::PathLength { allowed: limit });
            }
            let next = last.ca(&format!("CA {below}"));
            cas.push(next);
        }
    }
}

/// The last certificate is not counted, CA or not.
#[test]
fn s6_1_4_l_a_ca_at_the_end_of_a_path_is_not_counted() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", path_length(0));
    assert!(chain::validate(&root, &[&ca], &ca.ca("target").certificate).is_ok());
}

#[test]
fn s6_1_4_l_self_issued_cas_are_not_counted() {
    let root = Ca::root("Root");
    let ca = root.ca_with("CA", path_length(0));
    let rolled = ca.rolled_over("new key");
    let again = rolled.rolled_over("newer key");
    assert!(chain::validate(&root, &[&ca, &rolled, &again], &again.leaf("leaf")).is_ok());
    let lower = again.ca("lower");
    let verdict = chain::validate(&root, &[&ca, &rolled, &again, &lower], &lower.leaf("leaf"));
    refused(verdict, 1, "RFC 5280 section 6.1.4 (l)");
}

#[test]
fn s6_1_4_m_a_ca_below_can_only_lower_the_path_length() {
    let root = Ca::root("Root");
    let upper = root.ca_with("upper", path_length(1));
    let lower = upper.ca_with("lower", path_length(9));
    let lowest = lower.ca("lowest");
    assert!(chain::validate(&root, &[&upper, &lower], &lower.leaf("leaf")).is_ok());
    let verdict = chain::validate(&root, &[&upper, &lower, &lowest], &lowest.leaf("leaf"));
    refused(verdict, 1, "RFC 5280 section 6.1.4 (l)");
    let upper = root.ca_with("upper", path_length(9));
    let lower = upper.ca_with("lower", path_length(0));
    let lowest = lower.ca("lowest");
    let verdict = chain::validate(&root, &[&upper, &lower, &lowest], &lowest.leaf("leaf"));
    refused(verdict, 1, "RFC 5280 section 6.1.4 (l)");
}

#[test]
fn s6_1_4_n_key_cert_sign_if_there_is_a_key_usage() {
    let root = Ca::root("Root");
    let other = root.ca_with("CA", |b| b.with_key_usage(KeyUsage::CRL_SIGN));
    let violation = refused(chain::validate(&root, &[&other], &other.leaf("leaf")), 1, "RFC 5280 section 6.1.4 (n)");
    assert_eq!(violation, Violation::KeyUsage { required: KeyUsage::KEY_CERT_SIGN, found: KeyUsage::CRL_SIGN });
    let silent = root.ca_with("CA", |b| b.with_key_usage(KeyUsage::NONE));
    assert!(chain::validate(&root, &[&silent], &silent.leaf("leaf")).is_ok());
}

#[test]
fn s6_1_4_o_every_critical_extension_is_processed() {
    let root = Ca::root("Root");
    let with = |criticality| root.ca_with("CA", |b| b.add_extension(PRIVATE, criticality, &[5, 0]));
    let critical = with(Criticality::Critical);
    let leaf = critical.leaf("leaf");
    let violation = refused(chain::validate(&root, &[&critical], &leaf), 1, "RFC 5280 section 6.1.4 (o)");
    assert_eq!(violation, Violation::UnknownCriticalExtension(PRIVATE.into()));
    let known = chain::validator(&root).add_known_extension(PRIVATE);
    assert!(known.validate(&leaf, &chain::pool(&[&critical]), Purpose::ANY, chain::now()).is_ok());
    assert!(chain::validate(&root, &[&with(Criticality::NonCritical)], &leaf).is_ok());
}
