//! RFC 5280 section 6.1.3: basic certificate processing.

use super::{Check, Rule, State, Work};
use crate::chain::{
    Context,
    error::Violation,
    facts::Facts,
    limits::LimitKind,
    names,
    policy::{AnyPolicy, PolicyError},
    profile::Role,
};

pub(super) const A1: Rule =
    Rule { section: "RFC 5280 section 6.1.3 (a) (1)", text: "signed by the key above", check: Check::Signature };

pub(super) const A2: Rule =
    Rule { section: "RFC 5280 section 6.1.3 (a) (2)", text: "valid at this time", check: Check::Alone(a2_validity) };

pub(super) const A3: Rule =
    Rule { section: "RFC 5280 section 6.1.3 (a) (3)", text: "not revoked", check: Check::Status };

pub(super) const A4: Rule =
    Rule { section: "RFC 5280 section 6.1.3 (a) (4)", text: "issued by the one above", check: Check::Issuer };

pub(super) const B_C: Rule = Rule {
    section: "RFC 5280 section 6.1.3 (b) and (c)",
    text: "names within the constraints above",
    check: Check::InPath(b_c_names),
};

pub(super) const D_E: Rule = Rule {
    section: "RFC 5280 section 6.1.3 (d) and (e)",
    text: "policies added to those above",
    check: Check::InPath(d_e_policies),
};

pub(super) const F: Rule = Rule {
    section: "RFC 5280 section 6.1.3 (f)",
    text: "a valid policy, if one is required",
    check: Check::InPath(f_explicit_policy),
};

/// (a) (2) The validity period includes the current time, both ends included.
fn a2_validity(facts: &Facts<'_>, _: Role, context: &Context<'_>) -> Result<(), Violation> {
    let (validity, at) = (facts.certificate.validity(), context.now);
    if at < validity.not_before {
        return Err(Violation::NotYetValid { at, not_before: validity.not_before });
    }
    if at > validity.not_after {
        return Err(Violation::Expired { at, not_after: validity.not_after });
    }
    Ok(())
}

/// (b), (c) Subject and alternative names lie in the permitted subtrees and in no excluded one; self-issued certificates
/// that are not the last are let through.
fn b_c_names<'a>(state: &mut State<'a>, facts: &Facts<'a>, role: Role, work: &mut Work<'_>) -> Result<(), Violation> {
    if role != Role::Target && !state.name_constraints.is_empty() && facts.is_self_issued() {
        return Ok(());
    }
    state
        .name_constraints
        .iter()
        .try_for_each(|constraints| names::check(constraints, facts.certificate, &mut work.budget.names))
        .map_err(|refused| work.budget.name_refused(refused))
}

/// (d), (e) The policies of the certificate; none makes the graph NULL.
fn d_e_policies<'a>(state: &mut State<'a>, facts: &Facts<'a>, role: Role, _: &mut Work<'_>) -> Result<(), Violation> {
    // (d) (2)
    let counts = state.inhibit_any_policy > 0 || (role != Role::Target && facts.is_self_issued());
    let any_policy = if counts { AnyPolicy::Allowed } else { AnyPolicy::Inhibited };
    state.policies.process_policies(facts.policies, any_policy).map_err(policy_violation)
}

/// (f) Either `explicit_policy` is greater than 0 or there is a valid policy.
fn f_explicit_policy<'a>(state: &mut State<'a>, _: &Facts<'a>, _: Role, _: &mut Work<'_>) -> Result<(), Violation> {
    if state.explicit_policy == 0 && state.policies.is_null() { Err(Violation::NoValidPolicy) } else { Ok(()) }
}

pub(super) fn policy_violation(error: PolicyError<'_>) -> Violation {
    match error {
        PolicyError::AnyPolicyMapped => Violation::MappedAnyPolicy,
        PolicyError::Duplicate(policy) => Violation::DuplicatePolicy(policy.into()),
        PolicyError::TooMany => Violation::LimitExceeded(LimitKind::PolicyNodes),
    }
}
