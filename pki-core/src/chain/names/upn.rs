//! [`Principal`]: user principal names.

use alloc::borrow::Cow;

/// A user principal name: `user@domain`.
#[derive(Debug)]
pub(super) struct Principal<'a>(Cow<'a, str>);

/// What a user principal name in constraints restricts others to.
///
/// Nothing defines it but what Windows does: its documentation has `user@domain`, and certificates have `@domain` for all
/// users there. Others, of which it is not known whether they mean subdomains too, are not processed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subtree<'a> {
    /// All users of this domain.
    Domain(&'a str),
    /// This one.
    User { user: &'a str, domain: &'a str },
}

impl<'a> Principal<'a> {
    /// `None` unless there is one `@` between a user and a domain in ASCII.
    pub(super) fn new(text: Cow<'a, str>) -> Option<Self> {
        let is_principal = parts(&text).is_some_and(|(user, _)| !user.is_empty());
        is_principal.then_some(Self(text))
    }
}

impl<'a> Subtree<'a> {
    /// `None` if it is neither.
    pub(super) fn new(text: &'a str) -> Option<Self> {
        parts(text)
            .map(|(user, domain)| if user.is_empty() { Self::Domain(domain) } else { Self::User { user, domain } })
    }

    /// Case has no meaning, as in Active Directory.
    pub(super) fn contains(self, principal: &Principal<'_>) -> bool {
        let Some((user, domain)) = parts(&principal.0) else { return false };
        match self {
            Self::Domain(base) => domain.eq_ignore_ascii_case(base),
            Self::User { user: base_user, domain: base } => {
                domain.eq_ignore_ascii_case(base) && lower_case(user).eq(lower_case(base_user))
            }
        }
    }
}

/// User, which may be empty, and domain.
fn parts(text: &str) -> Option<(&str, &str)> {
    let parts = text.split_once('@');
    parts.filter(|(_, domain)| !domain.is_empty() && domain.is_ascii() && !domain.contains('@'))
}

fn lower_case(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}
