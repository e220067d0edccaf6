//! [`Mailbox`]: rfc822Name and `SmtpUTF8Mailbox`.

use super::dns::{is_host_name, is_subdomain};
use crate::der::{Element, Tag};

/// A mailbox (RFC 5321 section 4.1.2) at a domain; those at address literals are none here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mailbox<'a> {
    local: &'a str,
    domain: &'a str,
}

/// What an rfc822Name in constraints restricts mailboxes to (RFC 5280 section 4.2.1.10).
#[derive(Clone, Copy, Debug)]
pub(super) enum Subtree<'a> {
    /// All mailboxes at the hosts of this domain, which was written with a dot in front.
    Domain(&'a str),
    /// All mailboxes at this host.
    Host(&'a str),
    /// This one. RFC 8399 section 2.2 took it away, and CAs have it.
    Mailbox(Mailbox<'a>),
}

impl<'a> Mailbox<'a> {
    /// `None` if it is none.
    pub(super) fn new(text: &'a str) -> Option<Self> {
        let length = if text.starts_with('"') { quoted_length(text)? } else { text.find('@')? };
        let (local, rest) = text.split_at_checked(length)?;
        let domain = rest.strip_prefix('@')?;
        (is_local_part(local) && is_host_name(domain)).then_some(Self { local, domain })
    }

    /// From the value of an otherName `SmtpUTF8Mailbox`, whose domain is ASCII too (RFC 9598 section 3).
    pub(super) fn from_utf8_string(der: &'a [u8]) -> Option<Self> {
        let element = Element::from_der(der).ok().filter(|element| element.tag() == Tag::UTF8_STRING)?;
        Self::new(str::from_utf8(element.content()).ok()?)
    }

    /// Whether both are the same mailbox: case matters before the `@` and not behind it (RFC 5280 section 7.5).
    pub(super) fn is(self, other: Mailbox<'_>) -> bool {
        self.domain.eq_ignore_ascii_case(other.domain) && unquoted(self.local).eq(unquoted(other.local))
    }
}

impl<'a> Subtree<'a> {
    /// `None` if it is none of the three.
    pub(super) fn new(text: &'a str) -> Option<Self> {
        if text.contains('@') {
            return Mailbox::new(text).map(Self::Mailbox);
        }
        let (domain, subtree) =
            text.strip_prefix('.').map_or((text, Self::Host(text)), |rest| (rest, Self::Domain(rest)));
        is_host_name(domain).then_some(subtree)
    }

    pub(super) fn contains(self, mailbox: Mailbox<'_>) -> bool {
        match self {
            Self::Domain(domain) => is_subdomain(mailbox.domain, domain),
            Self::Host(host) => mailbox.domain.eq_ignore_ascii_case(host),
            Self::Mailbox(other) => mailbox.is(other),
        }
    }
}

/// How long the quoted string is that `text` begins with.
fn quoted_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, character)| {
        let ends = !escaped && *character == '"';
        escaped = !escaped && *character == '\\';
        ends
    });
    end.map(|(index, _)| index + 1)
}

/// A quoted string without control characters, or atoms with dots between; characters outside of ASCII by RFC 6531
/// section 3.3.
fn is_local_part(local: &str) -> bool {
    if local.starts_with('"') {
        return !local.contains(char::is_control);
    }
    let is_atom_character =
        |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || (!c.is_ascii() && !c.is_control());
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_character))
}

/// What a local part means: quoting does not count.
fn unquoted(local: &str) -> impl Iterator<Item = char> {
    let inner = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let mut escaped = false;
    inner.unwrap_or(local).chars().filter(move |character| {
        escaped = inner.is_some() && !escaped && *character == '\\';
        !escaped
    })
}
