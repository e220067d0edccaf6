//! RFC 5280 section 6.1.4: preparation for the next certificate. `working_issuer_name` (c) is the search's.

use super::{Check, Rule, State, Work, basic::policy_violation};
use crate::{
    cert::extension::KeyUsage,
    chain::{Context, error::Violation, facts::Facts, limits::LimitKind, policy::PolicyMappings, profile::Role},
};

pub(super) const A_B: Rule = Rule {
    section: "RFC 5280 section 6.1.4 (a) and (b)",
    text: "policies mapped, none of them anyPolicy",
    check: Check::InPath(a_b_mappings),
};

pub(super) const D_E_F: Rule = Rule {
    section: "RFC 5280 section 6.1.4 (d) to (f)",
    text: "the key, with parameters from above where it has none",
    check: Check::InPath(d_e_f_working_key),
};

pub(super) const G: Rule = Rule {
    section: "RFC 5280 section 6.1.4 (g)",
    text: "its name constraints added to those above",
    check: Check::InPath(g_name_constraints),
};

pub(super) const H_I_J: Rule = Rule {
    section: "RFC 5280 section 6.1.4 (h) to (j)",
    text: "counters of policies lowered",
    check: Check::InPath(h_i_j_counters),
};

pub(super) const K: Rule = Rule { section: "RFC 5280 section 6.1.4 (k)", text: "a CA", check: Check::Alone(k_is_ca) };

pub(super) const L_M: Rule = Rule {
    section: "RFC 5280 section 6.1.4 (l) and (m)",
    text: "no more CAs than allowed above",
    check: Check::InPath(l_m_path_length),
};

pub(super) const N: Rule = Rule {
    section: "RFC 5280 section 6.1.4 (n)",
    text: "keyCertSign in keyUsage, if there is one",
    check: Check::Alone(n_key_cert_sign),
};

pub(super) const O: Rule = Rule {
    section: "RFC 5280 section 6.1.4 (o)",
    text: "every critical extension processed",
    check: Check::Alone(o_critical_extensions),
};

/// (a), (b) No mapping from or to anyPolicy; the others change the graph.
fn a_b_mappings<'a>(state: &mut State<'a>, facts: &Facts<'a>, _: Role, _: &mut Work<'_>) -> Result<(), Violation> {
    let Some(mappings) = facts.policy_mappings else { return Ok(()) };
    let mapping = if state.policy_mapping > 0 { PolicyMappings::Allowed } else { PolicyMappings::Inhibited };
    state.policies.map(mappings, mapping).map_err(policy_violation)
}

/// (d), (e), (f) The key of the certificate; parameters that it lacks are those of the key above, if that is of the same
/// algorithm.
fn d_e_f_working_key<'a>(state: &mut State<'a>, facts: &Facts<'a>, _: Role, _: &mut Work<'_>) -> Result<(), Violation> {
    let (key, above) = (facts.public_key, state.working_key.algorithm());
    state.working_key = match above.parameters {
        Some(parameters) if key.algorithm().has_no_parameters() && key.algorithm().oid == above.oid => {
            key.with_parameters(parameters)
        }
        _ => key,
    };
    Ok(())
}

/// (g) Permitted subtrees meet, excluded ones join: each list is kept and obeyed.
fn g_name_constraints<'a>(
    state: &mut State<'a>,
    facts: &Facts<'a>,
    _: Role,
    _: &mut Work<'_>,
) -> Result<(), Violation> {
    state.name_constraints.extend(facts.name_constraints);
    Ok(())
}

/// (h), (i), (j) One less of each counter unless the certificate is self-issued; then no more than it says itself.
fn h_i_j_counters<'a>(state: &mut State<'a>, facts: &Facts<'a>, _: Role, _: &mut Work<'_>) -> Result<(), Violation> {
    if !facts.is_self_issued() {
        for counter in [&mut state.explicit_policy, &mut state.policy_mapping, &mut state.inhibit_any_policy] {
            *counter = lowered(*counter);
        }
    }
    if let Some(constraints) = facts.policy_constraints {
        state.explicit_policy = state.explicit_policy.min(constraints.require_explicit_policy.unwrap_or(u32::MAX));
        state.policy_mapping = state.policy_mapping.min(constraints.inhibit_policy_mapping.unwrap_or(u32::MAX));
    }
    state.inhibit_any_policy = state.inhibit_any_policy.min(facts.inhibit_any_policy.unwrap_or(u32::MAX));
    Ok(())
}

/// (k) Version 3 and cA in basicConstraints. There is no other means here to know that a certificate of version 1 is a CA's.
fn k_is_ca(facts: &Facts<'_>, _: Role, _: &Context<'_>) -> Result<(), Violation> {
    match facts.certificate.version() {
        3 if facts.is_ca() => Ok(()),
        version => Err(Violation::NotACa { found: facts.basic_constraints, version }),
    }
}

/// (l), (m) One less, of the limit too, unless the certificate is self-issued; then no more than its pathLenConstraint.
fn l_m_path_length<'a>(state: &mut State<'a>, facts: &Facts<'a>, _: Role, _: &mut Work<'_>) -> Result<(), Violation> {
    if !facts.is_self_issued() {
        let left = state.max_path_length.checked_sub(1);
        state.max_path_length = left.ok_or(Violation::PathLength { allowed: state.path_length })?;
        let left = state.depth.checked_sub(1);
        state.depth = left.ok_or(Violation::LimitExceeded(LimitKind::Depth))?;
    }
    let own = facts.basic_constraints.and_then(|constraints| constraints.path_length);
    if let Some(length) = own.filter(|length| *length <= state.max_path_length) {
        (state.max_path_length, state.path_length) = (length, length);
    }
    Ok(())
}

/// (n) keyCertSign, if keyUsage is there.
fn n_key_cert_sign(facts: &Facts<'_>, _: Role, _: &Context<'_>) -> Result<(), Violation> {
    match facts.key_usage {
        Some(found) if !found.contains(KeyUsage::KEY_CERT_SIGN) => {
            Err(Violation::KeyUsage { required: KeyUsage::KEY_CERT_SIGN, found })
        }
        _ => Ok(()),
    }
}

/// (o) No critical extension is left that is not processed.
pub(super) fn o_critical_extensions(facts: &Facts<'_>, _: Role, _: &Context<'_>) -> Result<(), Violation> {
    facts.unknown_critical.map_or(Ok(()), |oid| Err(Violation::UnknownCriticalExtension(oid.into())))
}

/// A counter stays at 0; the largest number stands for one that is never reached.
const fn lowered(counter: u32) -> u32 {
    if counter == u32::MAX { counter } else { counter.saturating_sub(1) }
}
