//! [`AlternativeNameTemplate`]: an alternative name with variables in it.

use alloc::string::String;
use core::fmt::{self, Write as _};

use pki_core::GeneralNamesBuilder;

use super::{ExpandError, Template};
use crate::{identity::Sid, profile::Variables};

/// An alternative name (RFC 5280 section 4.2.1.6) with variables in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AlternativeNameTemplate {
    /// dNSName.
    Dns(Template),
    /// rfc822Name.
    Email(Template),
    /// The security identifier by which Active Directory maps a certificate to an account (KB5014754): the URI of the
    /// [`Sid`] that the template gives.
    Sid(Template),
    /// uniformResourceIdentifier. The values of variables are percent-encoded but for the unreserved characters (RFC 3986
    /// section 2.3), lest a value adds a segment or an authority; a URI that is one variable and nothing else is taken as it
    /// is.
    Uri(Template),
    /// User principal name, the otherName by which Windows logs on.
    Upn(Template),
}

impl AlternativeNameTemplate {
    /// The template.
    #[must_use]
    pub const fn template(&self) -> &Template {
        match self {
            Self::Dns(template)
            | Self::Email(template)
            | Self::Sid(template)
            | Self::Uri(template)
            | Self::Upn(template) => template,
        }
    }

    /// Adds the name for one device.
    ///
    /// # Errors
    /// - [`ExpandError::Missing`] and [`ExpandError::ControlCharacter`] as [`Template::expand`].
    /// - [`ExpandError::TooLong`] for more than 253 characters of a host name, 254 of a mailbox, 2048 of a URI, 1024 of others.
    /// - [`ExpandError::InvalidValue`] for what is not of the form that such names have.
    pub fn add_to(
        &self,
        names: GeneralNamesBuilder,
        variables: &Variables,
    ) -> Result<GeneralNamesBuilder, ExpandError> {
        let text = self.expand(variables)?;
        let (field, length, longest) = (self.field(), text.chars().count(), self.longest());
        if length > longest {
            return Err(ExpandError::TooLong { field, length, longest });
        }
        let names = match self {
            Self::Dns(_) if is_host(&text) => Some(names.add_dns_name(&text)),
            Self::Email(_) if is_mailbox(&text) => Some(names.add_email_address(&text)),
            Self::Sid(_) => Sid::new(&text).ok().map(|sid| names.add_uri(&sid.to_uri())),
            Self::Uri(_) if is_uri(&text) => Some(names.add_uri(&text)),
            Self::Upn(_) if is_principal(&text) => Some(names.add_upn(&text)),
            _ => None,
        };
        names.ok_or(ExpandError::InvalidValue(field))
    }

    /// What it is called in errors.
    const fn field(&self) -> &'static str {
        match self {
            Self::Dns(_) => "dNSName",
            Self::Email(_) => "rfc822Name",
            Self::Sid(_) => "security identifier",
            Self::Uri(_) => "uniformResourceIdentifier",
            Self::Upn(_) => "userPrincipalName",
        }
    }

    /// Most characters.
    const fn longest(&self) -> usize {
        match self {
            Self::Dns(_) => 253,
            Self::Email(_) => 254,
            Self::Uri(_) => 2048,
            Self::Sid(_) | Self::Upn(_) => 1024,
        }
    }

    fn expand(&self, variables: &Variables) -> Result<String, ExpandError> {
        match self {
            Self::Uri(template) if template.pieces().len() > 1 => template.expand_with(variables, percent_encode),
            _ => self.template().expand(variables),
        }
    }
}

fn percent_encode(value: &str, out: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _: fmt::Result = write!(out, "%{byte:02X}");
        }
    }
}

/// Labels of letters, digits, dashes and underscores; the first may be a wildcard.
fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        matches!(label.len(), 1..=63) && label.bytes().all(allowed)
    };
    text.strip_prefix("*.").unwrap_or(text).split('.').all(is_label)
}

/// One `@` with something on both sides, all printable ASCII.
fn is_mailbox(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic());
    text.split_once('@').is_some_and(|(local, host)| is_part(local) && is_host(host) && !local.contains('@'))
}

/// The same in any letters.
fn is_principal(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    text.split_once('@').is_some_and(|(user, realm)| is_part(user) && is_part(realm))
}

/// A scheme, a colon and more, in characters that a URI may have (RFC 3986 section 2).
fn is_uri(text: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
    };
    text.split_once(':').is_some_and(|(scheme, rest)| {
        let is_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        is_scheme
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && !rest.is_empty()
            && rest.bytes().all(allowed)
    })
}
