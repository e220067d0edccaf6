//! The rules of RFC 5280 section 6.1, each a short function, in the RFC's order.
//!
//! The search applies those on one certificate when it meets the certificate, those on the path when it goes down a path,
//! and the signature and the status, which cost most, when a path is whole. [`examine`](super::ChainValidator::examine)
//! applies all of them in the order that stands here.

mod alone;
mod basic;
mod initial;
mod prepare;
mod wrap_up;

use core::fmt;

pub(super) use initial::State;

use super::{
    Context,
    error::Violation,
    facts::Facts,
    limits::Budget,
    profile::{self, Role},
};

/// One rule.
pub(super) struct Rule {
    /// Document and section.
    pub(super) section: &'static str,
    /// What it demands.
    pub(super) text: &'static str,
    pub(super) check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy)]
pub(super) enum Check {
    /// One certificate, wherever it stands.
    Alone(fn(&Facts<'_>, Role, &Context<'_>) -> Result<(), Violation>),
    /// A certificate below those that made the state.
    InPath(for<'a> fn(&mut State<'a>, &Facts<'a>, Role, &mut Work<'_>) -> Result<(), Violation>),
    /// The name of the issuer, which the search follows.
    Issuer,
    /// The signature, by the working key.
    Signature,
    /// The revocation status.
    Status,
}

/// What rules count.
pub(super) struct Work<'a> {
    pub(super) budget: &'a mut Budget,
}

/// What applies to every certificate of a path.
const EVERY: &[Rule] = &[basic::A1, basic::A2, basic::A3, basic::A4, basic::B_C, basic::D_E, basic::F];

/// What applies to those that are not the last (6.1.4).
const INTERMEDIATE: &[Rule] = &[
    prepare::A_B,
    prepare::D_E_F,
    prepare::G,
    prepare::H_I_J,
    prepare::K,
    prepare::L_M,
    prepare::N,
    prepare::O,
    alone::EXTENDED_KEY_USAGE,
];

/// What applies to the last one (6.1.5), and what the purpose wants of it.
const TARGET: &[Rule] =
    &[wrap_up::A_B, wrap_up::F, wrap_up::G, alone::KEY_USAGE, alone::EXTENDED_KEY_USAGE, alone::PEER_NAMES];

/// The rules for a certificate in this place, in order.
pub(super) fn rules(role: Role) -> impl Iterator<Item = &'static Rule> {
    let own = match role {
        Role::Target => TARGET,
        _ => INTERMEDIATE,
    };
    EVERY.iter().chain(own)
}

/// The rules on one certificate by itself, those of the profile first.
pub(super) fn check_alone(facts: &Facts<'_>, role: Role, context: &Context<'_>) -> Result<(), Violation> {
    profile::check(context.profile, facts.certificate, role).map_err(Violation::Profile)?;
    rules(role).try_for_each(|rule| match rule.check {
        Check::Alone(check) => check(facts, role, context),
        _ => Ok(()),
    })
}

/// The rules on an anchor that is a certificate.
pub(super) fn check_anchor(facts: &Facts<'_>, context: &Context<'_>) -> Result<(), Violation> {
    profile::check(context.profile, facts.certificate, Role::Anchor).map_err(Violation::Profile)?;
    for rule in [&basic::A2, &prepare::O, &alone::EXTENDED_KEY_USAGE] {
        if let Check::Alone(check) = rule.check {
            check(facts, Role::Anchor, context)?;
        }
    }
    Ok(())
}

/// The rules on a path: `state` after the certificates above becomes that after this one.
pub(super) fn process<'a>(
    state: &mut State<'a>,
    facts: &Facts<'a>,
    role: Role,
    work: &mut Work<'_>,
) -> Result<(), Violation> {
    rules(role).try_for_each(|rule| match rule.check {
        Check::InPath(check) => check(state, facts, role, work),
        _ => Ok(()),
    })
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({})", self.section)
    }
}
