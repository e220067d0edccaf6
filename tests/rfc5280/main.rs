//! Path processing of RFC 5280 section 6.1, a test for each clause, named after it.

mod basic;
mod dsa;
mod examine;
mod extensions;
mod inputs;
mod limits;
mod prepare;
mod search;
mod wrap_up;

use conformance::chain::{self, Ca};
use pki_core::{
    Certificate, CertificateBuilder, Oid,
    chain::{ChainError, ChainValidator, PolicySet, PolicySettings, Pool, Purpose, ValidatedChain, Violation},
    crypto::rustcrypto::PROVIDER,
    der::Writer,
    extension::{Criticality, PolicyConstraints},
    oid,
};

/// The rule that is broken; where, and what it is called, are as they should be.
#[track_caller]
fn refused(verdict: Result<ValidatedChain, ChainError>, depth: usize, rule: &str) -> Violation {
    let error = verdict.expect_err("a broken rule");
    assert_eq!((error.depth(), error.rule()), (depth, rule), "{error}");
    error.violation().clone()
}

/// What name constraints refuse, and why.
#[track_caller]
fn refused_name(verdict: Result<ValidatedChain, ChainError>, depth: usize) -> String {
    match refused(verdict, depth, "RFC 5280 section 6.1.3 (b) and (c)") {
        Violation::Name(refused) => refused.to_string(),
        violation => panic!("{violation:?}"),
    }
}

/// Under no policy, where one is required.
#[track_caller]
fn refused_policy(verdict: Result<ValidatedChain, ChainError>, depth: usize) {
    assert_eq!(refused(verdict, depth, "RFC 5280 section 6.1.5 (g)"), Violation::NoValidPolicy);
}

/// Path processing with these settings of policies.
fn validate_under(
    settings: PolicySettings,
    root: &Ca,
    cas: &[&Ca],
    leaf: &Certificate,
) -> Result<ValidatedChain, ChainError> {
    let validator = chain::validator(root).with_policies(settings);
    validator.validate(leaf, &chain::pool(cas), Purpose::ANY, chain::now())
}

/// The policies that are valid if one is required.
#[track_caller]
fn policies_of(root: &Ca, cas: &[&Ca], leaf: &Certificate) -> PolicySet {
    let settings = PolicySettings::ANY.requiring_explicit_policy();
    validate_under(settings, root, cas, leaf).expect("a policy").policies().clone()
}

/// certificatePolicies.
fn under(policies: &[Oid<'static>]) -> impl FnOnce(CertificateBuilder) -> CertificateBuilder {
    move |builder| builder.with_certificate_policies(policies)
}

/// `requireExplicitPolicy`
fn requiring_policy_after(certificates: u32) -> PolicyConstraints {
    PolicyConstraints::new(Some(certificates), None)
}

/// A set of policies.
fn set(policies: &[Oid<'static>]) -> PolicySet {
    PolicySet::of(policies.iter().copied())
}

const fn identifier(bytes: &'static [u8]) -> Oid<'static> {
    match Oid::from_bytes(bytes) {
        Some(oid) => oid,
        None => panic!("an object identifier"),
    }
}

/// Policies: 1.2.3.1 and so on.
const A: Oid<'static> = identifier(&[0x2a, 3, 1]);
const B: Oid<'static> = identifier(&[0x2a, 3, 2]);
const C: Oid<'static> = identifier(&[0x2a, 3, 3]);
/// An extension that nobody knows: 1.2.4.1.
const PRIVATE: Oid<'static> = identifier(&[0x2a, 4, 1]);
