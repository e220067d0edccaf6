//! What the purpose wants of one certificate.

use alloc::string::ToString;

use super::{Check, Rule};
use crate::{
    chain::{Context, error::Violation, facts::Facts, profile::Role},
    oid,
};

pub(super) const KEY_USAGE: Rule =
    Rule { section: "RFC 5280 section 4.2.1.3", text: "keyUsage allows the purpose", check: Check::Alone(key_usage) };

pub(super) const EXTENDED_KEY_USAGE: Rule = Rule {
    section: "RFC 5280 section 4.2.1.12",
    text: "extKeyUsage allows the purpose",
    check: Check::Alone(extended_key_usage),
};

pub(super) const PEER_NAMES: Rule =
    Rule { section: "RFC 9525 section 6", text: "has the names that are wanted", check: Check::Alone(peer_names) };

fn key_usage(facts: &Facts<'_>, _: Role, context: &Context<'_>) -> Result<(), Violation> {
    let required = context.purpose.key_usage();
    match facts.key_usage {
        Some(found) if !found.contains(required) => Err(Violation::KeyUsage { required, found }),
        _ => Ok(()),
    }
}

/// A CA's restricts what is below, as the CA/Browser Forum has it and everybody but RFC 5280 does.
pub(in crate::chain) fn extended_key_usage(
    facts: &Facts<'_>,
    role: Role,
    context: &Context<'_>,
) -> Result<(), Violation> {
    let Some(found) = facts.extended_key_usage else { return Ok(()) };
    if role != Role::Target && !context.profile.chains_extended_key_usage() {
        return Ok(());
    }
    let allowed = |required| found.iter().any(|purpose| purpose == required || purpose == oid::ANY_EXTENDED_KEY_USAGE);
    match context.purpose.extended_key_usage().iter().find(|required| !allowed(**required)) {
        None => Ok(()),
        Some(required) => Err(Violation::ExtendedKeyUsage {
            required: (*required).into(),
            found: found.iter().take(MOST_REPORTED).map(Into::into).collect(),
        }),
    }
}

/// Every name that the purpose wants is in subjectAltName.
fn peer_names(facts: &Facts<'_>, _: Role, context: &Context<'_>) -> Result<(), Violation> {
    context.purpose.names().iter().try_for_each(|name| match name.matches(facts.certificate) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Violation::PeerName { expected: name.to_string() }),
        Err(error) => Err(Violation::Malformed { field: "subjectAltName", error }),
    })
}

/// How many purposes an error repeats.
const MOST_REPORTED: usize = 16;
