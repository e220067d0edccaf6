//! RFC 5280 section 6.1.5: what is left after the last certificate. Its key, (c) to (e), is the caller's to use.

use super::{Check, Rule, State, Work, prepare::o_critical_extensions};
use crate::chain::{error::Violation, facts::Facts, profile::Role};

pub(super) const A_B: Rule = Rule {
    section: "RFC 5280 section 6.1.5 (a) and (b)",
    text: "explicit_policy lowered",
    check: Check::InPath(a_b_explicit_policy),
};

pub(super) const F: Rule = Rule {
    section: "RFC 5280 section 6.1.5 (f)",
    text: "every critical extension processed",
    check: Check::Alone(o_critical_extensions),
};

pub(super) const G: Rule = Rule {
    section: "RFC 5280 section 6.1.5 (g)",
    text: "a policy that was asked for, if one is required",
    check: Check::InPath(g_policies),
};

/// (a), (b) One less, and 0 if the certificate says so itself.
fn a_b_explicit_policy<'a>(
    state: &mut State<'a>,
    facts: &Facts<'a>,
    _: Role,
    _: &mut Work<'_>,
) -> Result<(), Violation> {
    if state.explicit_policy != u32::MAX {
        state.explicit_policy = state.explicit_policy.saturating_sub(1);
    }
    if facts.policy_constraints.and_then(|constraints| constraints.require_explicit_policy) == Some(0) {
        state.explicit_policy = 0;
    }
    Ok(())
}

/// (g) Either `explicit_policy` is greater than 0, or some policy holds that was asked for.
fn g_policies<'a>(state: &mut State<'a>, _: &Facts<'a>, _: Role, _: &mut Work<'_>) -> Result<(), Violation> {
    if state.explicit_policy > 0 {
        return Ok(());
    }
    if state.policy_sets().1.is_empty() { Err(Violation::NoValidPolicy) } else { Ok(()) }
}
