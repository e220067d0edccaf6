//! [`Uri`]: uniformResourceIdentifier.

use super::dns::{ends_in_number, is_host_name, is_subdomain};

/// A URI that is not relative (RFC 3986 section 3).
#[derive(Clone, Copy, Debug)]
pub(super) struct Uri<'a> {
    scheme: &'a str,
    authority: Option<&'a str>,
    /// What follows the authority, or the scheme if there is none.
    rest: &'a str,
}

/// What a URI in constraints restricts hosts to (RFC 5280 section 4.2.1.10).
#[derive(Clone, Copy, Debug)]
pub(super) enum Subtree<'a> {
    /// Those in this domain, which was written with a dot in front.
    Domain(&'a str),
    /// This one.
    Host(&'a str),
}

impl<'a> Uri<'a> {
    /// `None` if it is none. What has characters that a URI does not have is none, since readers disagree where its host is.
    pub(super) fn new(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once(':')?;
        if !is_scheme(scheme) || !text.bytes().all(is_uri_character) {
            return None;
        }
        let Some(hierarchical) = rest.strip_prefix("//") else {
            return Some(Self { scheme, authority: None, rest });
        };
        let end = hierarchical.find(['/', '?', '#']).unwrap_or(hierarchical.len());
        let (authority, rest) = hierarchical.split_at_checked(end)?;
        Some(Self { scheme, authority: Some(authority), rest })
    }

    /// The host if there is an authority and its host is a fully qualified domain name.
    pub(super) fn domain_name(self) -> Option<&'a str> {
        let authority = self.authority?;
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (host, port) = host.split_once(':').unwrap_or((host, ""));
        let is_plain = !user.contains(['@', '[', ']']) && port.bytes().all(|byte| byte.is_ascii_digit());
        (is_plain && is_fully_qualified(host)).then_some(host)
    }

    /// Whether `presented` is what this URI asks for; see [`PeerName::Uri`](super::PeerName::Uri).
    pub(super) fn accepts(self, presented: Uri<'_>) -> bool {
        if !self.scheme.eq_ignore_ascii_case(presented.scheme) {
            return false;
        }
        match (self.authority, presented.authority) {
            (Some(authority), Some(other)) => {
                let names_a_host = matches!(self.rest, "" | "/") && self.domain_name() == Some(authority);
                if names_a_host {
                    return presented.domain_name().is_some_and(|host| host.eq_ignore_ascii_case(authority));
                }
                authority == other && self.rest == presented.rest
            }
            (None, None) if is_host_name(self.rest) => self.rest.eq_ignore_ascii_case(presented.rest),
            (None, None) => self.rest == presented.rest,
            _ => false,
        }
    }
}

impl<'a> Subtree<'a> {
    /// `None` if it is neither. A host is fully qualified.
    pub(super) fn new(text: &'a str) -> Option<Self> {
        match text.strip_prefix('.') {
            Some(domain) => (is_host_name(domain) && !ends_in_number(domain)).then_some(Self::Domain(domain)),
            None => is_fully_qualified(text).then_some(Self::Host(text)),
        }
    }

    pub(super) fn contains(self, host: &str) -> bool {
        match self {
            Self::Domain(domain) => is_subdomain(host, domain),
            Self::Host(other) => host.eq_ignore_ascii_case(other),
        }
    }
}

/// A domain name of two labels at least that is no address.
fn is_fully_qualified(host: &str) -> bool {
    host.contains('.') && is_host_name(host) && !ends_in_number(host)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// Unreserved, reserved, or the beginning of an escape (RFC 3986 section 2).
fn is_uri_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}
