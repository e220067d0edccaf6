//! The syntax of names that alternative names carry as text (RFC 5280 section 4.2.1.6).

use core::net::Ipv4Addr;

/// A dNSName: a host name, or one after `*.`, on which RFC 5280 is silent.
pub(super) fn is_dns_name(name: &str) -> bool {
    is_host_name(name.strip_prefix("*.").unwrap_or(name))
}

/// The preferred name syntax of RFC 1034 section 3.5 as RFC 1123 section 2.1 has it: labels of letters, digits and inner
/// hyphens, of which the last is not a number.
pub(super) fn is_host_name(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= LONGEST_NAME && name.split('.').all(is_label) && !last.bytes().all(|byte| byte.is_ascii_digit())
}

/// A `Mailbox` (RFC 2821 section 4.1.2).
pub(super) fn is_mailbox(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let literal = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    (is_dot_string(local) || is_quoted_string(local)) && literal.map_or_else(|| is_host_name(domain), is_literal)
}

/// A URI with a scheme and something after it; if it has an authority, with a host name or address in it.
pub(super) fn is_absolute_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let authority = rest.strip_prefix("//").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    is_scheme(scheme) && !rest.is_empty() && rest.bytes().all(is_uri_character) && authority.is_none_or(has_host)
}

fn is_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=LONGEST_LABEL).contains(&label.len())
        && label.bytes().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_dot_string(local: &str) -> bool {
    let is_atext = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

fn is_quoted_string(local: &str) -> bool {
    let inner = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let mut bytes = inner.unwrap_or("\"").bytes();
    while let Some(byte) = bytes.next() {
        let allowed = match byte {
            b'\\' => bytes.next().is_some(),
            b'"' | b'\r' | b'\n' => false,
            _ => true,
        };
        if !allowed {
            return false;
        }
    }
    true
}

/// What stands in the brackets of an address literal: an address, or a tag, a colon and text.
fn is_literal(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
        || text.split_once(':').is_some_and(|(tag, rest)| is_label(tag) && !rest.is_empty())
}

fn is_scheme(scheme: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(inner)
}

/// RFC 3986 section 2: unreserved, reserved and percent.
fn is_uri_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}

fn has_host(authority: &str) -> bool {
    let host = authority.rsplit('@').next().unwrap_or_default();
    if let Some(address) = host.strip_prefix('[') {
        return address.contains(']');
    }
    let host = host.split(':').next().unwrap_or_default();
    is_host_name(host) || host.parse::<Ipv4Addr>().is_ok()
}

/// RFC 1034 section 3.1: 255 octets with the lengths of the labels and of the root.
const LONGEST_NAME: usize = 253;

const LONGEST_LABEL: usize = 63;
