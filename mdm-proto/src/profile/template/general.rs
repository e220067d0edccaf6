//! [`AlternativeNameTemplate`]: an alternative name with variables in it.

use alloc::string::String;
use core::fmt::{self, Write as _};

use pki_core::GeneralNamesBuilder;

use super::{ExpandError, Template};
use crate::profile::Variables;

/// An alternative name (RFC 5280 section 4.2.1.6) with variables in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AlternativeNameTemplate {
    /// dNSName.
    Dns(Template),
    /// rfc822Name.
    Email(Template),
    /// The security identifier by which Active Directory maps a certificate to an account (KB5014754): the URI
    /// [`SID_PREFIX`](Self::SID_PREFIX) and what the template gives, `S-1-5-21-...`.
    Sid(Template),
    /// uniformResourceIdentifier. The values of variables are percent-encoded but for the unreserved characters (RFC 3986
    /// section 2.3), lest a value adds a segment or an authority; a URI that is one variable and nothing else is taken as it
    /// is.
    Uri(Template),
    /// User principal name, the otherName by which Windows logs on.
    Upn(Template),
}

impl AlternativeNameTemplate {
    /// What stands before a security identifier.
    pub const SID_PREFIX: &'static str = "tag:microsoft.com,2022-09-14:sid:";

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
    /// - [`ExpandError::InvalidValue`] for what is not of the form that such names have.
    pub fn add_to(
        &self,
        names: GeneralNamesBuilder,
        variables: &Variables,
    ) -> Result<GeneralNamesBuilder, ExpandError> {
        let text = self.expand(variables)?;
        let (field, is_valid) = match self {
            Self::Dns(_) => ("dNSName", is_host(&text)),
            Self::Email(_) => ("rfc822Name", is_mailbox(&text)),
            Self::Sid(_) => ("security identifier", is_sid(&text)),
            Self::Uri(_) => ("uniformResourceIdentifier", is_uri(&text)),
            Self::Upn(_) => ("userPrincipalName", is_principal(&text)),
        };
        if !is_valid {
            return Err(ExpandError::InvalidValue(field));
        }
        Ok(match self {
            Self::Dns(_) => names.add_dns_name(&text),
            Self::Email(_) => names.add_email_address(&text),
            Self::Sid(_) => names.add_uri(&alloc::format!("{}{text}", Self::SID_PREFIX)),
            Self::Uri(_) => names.add_uri(&text),
            Self::Upn(_) => names.add_upn(&text),
        })
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
    text.len() <= 253 && text.strip_prefix("*.").unwrap_or(text).split('.').all(is_label)
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

/// `S-1-` and 2 to 16 numbers (MS-DTYP section 2.4.2.1).
fn is_sid(text: &str) -> bool {
    let is_number = |part: &str| matches!(part.len(), 1..=15) && part.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = text.strip_prefix("S-1-").map(|rest| rest.split('-'));
    numbers.is_some_and(|numbers| matches!(numbers.clone().count(), 2..=16) && numbers.clone().all(is_number))
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
