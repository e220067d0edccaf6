//! [`DnsPattern`]: domain names, and those with a wildcard.

use super::presented::Side;

/// A dNSName of a certificate: a domain name, or `*.` and one.
#[derive(Clone, Copy, Debug)]
pub(super) struct DnsPattern<'a> {
    is_wildcard: bool,
    /// What follows the wildcard.
    name: &'a str,
}

impl<'a> DnsPattern<'a> {
    /// `None` if it is neither. A wildcard is the whole first label (RFC 9525 section 6.3).
    pub(super) fn new(text: &'a str) -> Option<Self> {
        let (is_wildcard, name) = text.strip_prefix("*.").map_or((false, text), |name| (true, name));
        is_domain_name(name).then_some(Self { is_wildcard, name })
    }

    /// Whether a dNSName in constraints is a domain name or empty. A leading dot is not for this form.
    pub(super) fn is_subtree(text: &str) -> bool {
        text.is_empty() || is_domain_name(text)
    }

    /// Whether it lies in the subtree of `base`: the names made of it by zero or more labels in front.
    ///
    /// Those that a wildcard stands for have one label more than what follows it. All of them lie where that lies; one of
    /// them may be `base` itself.
    pub(super) fn lies_in(self, base: &str, side: Side) -> bool {
        let stands_for_base =
            || self.is_wildcard && base.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(self.name));
        is_below(self.name, base) || (side == Side::Excluded && stands_for_base())
    }

    /// Whether it stands for the host `name`. A wildcard stands for one label, and only with two labels at
    /// least behind it.
    pub(super) fn stands_for(self, name: &str) -> bool {
        if !self.is_wildcard {
            return self.name.eq_ignore_ascii_case(name);
        }
        let rest = name.split_once('.').map(|(_, rest)| rest);
        self.name.contains('.') && rest.is_some_and(|rest| rest.eq_ignore_ascii_case(self.name))
    }
}

/// Whether `name` is `base`, or that with labels in front. The empty name is at the root of all.
pub(super) fn is_below(name: &str, base: &str) -> bool {
    let split = name.len().checked_sub(base.len()).and_then(|at| name.split_at_checked(at));
    split.is_some_and(|(head, tail)| {
        tail.eq_ignore_ascii_case(base) && (head.is_empty() || base.is_empty() || head.ends_with('.'))
    })
}

/// Whether `name` is `base` with at least one label in front.
pub(super) fn is_subdomain(name: &str, base: &str) -> bool {
    name.len() > base.len() && is_below(name, base)
}

/// Whether it is the name of a host, in the preferred syntax of RFC 1034 section 3.5 and RFC 1123 section 2.1: letters, digits
/// and hyphens. There is no dot at the end, and no wildcard.
pub(super) fn is_host_name(text: &str) -> bool {
    !text.as_bytes().contains(&b'_') && is_domain_name(text)
}

/// The same, or with underscores, which the DNS has and hosts should not.
fn is_domain_name(text: &str) -> bool {
    text.len() <= LONGEST_NAME && text.as_bytes().split(|byte| *byte == b'.').all(is_label)
}

/// Whether the last label is a number, as it is in an IPv4 address in any of its spellings.
pub(super) fn ends_in_number(name: &str) -> bool {
    let last = name.as_bytes().rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    last.iter().all(u8::is_ascii_digit)
        || matches!(last, [b'0', b'x' | b'X', digits @ ..] if digits.iter().all(u8::is_ascii_hexdigit))
}

fn is_label(label: &[u8]) -> bool {
    label.len() <= LONGEST_LABEL
        && !matches!(label, [] | [b'-', ..] | [.., b'-'])
        && label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// RFC 1034 section 3.1: 255 octets, with a length before each label and a root label.
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;
