//! Alternative names as sets.

use alloc::{borrow::Cow, collections::BTreeMap, string::String, vec::Vec};

use pki_core::{GeneralName, der::Writer};
use scep::server::{NameMismatch, Names};

use super::NameComparison;

/// What the subject and the alternative names of a CSR have beyond and lack, by the rule.
pub(super) fn subject_differs(expected: &Names, found: &Names, comparison: NameComparison) -> bool {
    match comparison {
        NameComparison::Normalised => !found.subject().matches(expected.subject().as_ref()),
        NameComparison::Raw => found.subject() != expected.subject(),
    }
}

/// Every alternative name that is there and should not be, and then every one that should be there and is not.
pub(super) fn differences(expected: &Names, found: &Names, comparison: NameComparison) -> Vec<NameMismatch> {
    let (expected, found) = (by_key(expected, comparison), by_key(found, comparison));
    let added = found.iter().filter(|(key, _)| !expected.contains_key(*key));
    let missing = expected.iter().filter(|(key, _)| !found.contains_key(*key));
    let added = added.map(|(_, name)| NameMismatch::Added { name: name.clone() });
    added.chain(missing.map(|(_, name)| NameMismatch::Missing { name: name.clone() })).collect()
}

/// The DER of each name, by the octets that equal names have the same.
fn by_key(names: &Names, comparison: NameComparison) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let pairs = names.alternative().map(|name| {
        let der = Writer::encode(|w| name.encode(w));
        match comparison {
            NameComparison::Normalised => (normalised(&name).unwrap_or_else(|| der.clone()), der),
            NameComparison::Raw => (der.clone(), der),
        }
    });
    pairs.collect()
}

/// The name as its own kind is compared; `None` for kinds that are compared by their octets.
fn normalised(name: &GeneralName<'_>) -> Option<Vec<u8>> {
    let encode = |name: GeneralName<'_>| Writer::encode(|w| name.encode(w));
    if let Some(upn) = name.upn() {
        // In its own form, which no DER begins with.
        return Some([&[0][..], upn.to_lowercase().as_bytes()].concat());
    }
    match *name {
        GeneralName::DnsName(host) => Some(encode(GeneralName::DnsName(&host.to_ascii_lowercase()))),
        GeneralName::Rfc822Name(mailbox) => Some(encode(GeneralName::Rfc822Name(&lower_case_host(mailbox)))),
        GeneralName::Uri(uri) => Some(encode(GeneralName::Uri(&lower_case_authority(uri)))),
        _ => None,
    }
}

/// The host without case, the rest as it is (RFC 5280 section 7.5).
fn lower_case_host(mailbox: &str) -> Cow<'_, str> {
    match mailbox.rsplit_once('@') {
        Some((local, host)) => Cow::Owned(alloc::format!("{local}@{}", host.to_ascii_lowercase())),
        None => Cow::Borrowed(mailbox),
    }
}

/// Scheme and authority without case, the rest as it is (RFC 5280 section 7.4).
fn lower_case_authority(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once(':') else { return uri.into() };
    let scheme = scheme.to_ascii_lowercase();
    let Some(rest) = rest.strip_prefix("//") else { return alloc::format!("{scheme}:{rest}") };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => alloc::format!("{user}@{}", host.to_ascii_lowercase()),
        None => authority.to_ascii_lowercase(),
    };
    alloc::format!("{scheme}://{authority}{path}")
}
