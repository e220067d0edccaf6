//! [`User`].

use alloc::string::String;

use pki_core::BuildError;

/// Who uses a device: by a mailbox, by a user principal name, or by both.
///
/// Each is a name, an `@` and a domain. They are kept as they are written and compare so: which spellings are one user is for
/// the directory that they come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct User {
    email: Option<String>,
    upn: Option<String>,
}

impl User {
    /// By a mailbox like `jane@example.com`: ASCII, up to 254 characters (RFC 5280 section 4.2.1.6).
    ///
    /// # Errors
    /// [`BuildError::InvalidCharacters`], [`BuildError::InvalidValue`], [`BuildError::TooLong`].
    pub fn from_email(mailbox: &str) -> Result<Self, BuildError> {
        Self { email: None, upn: None }.with_email(mailbox)
    }

    /// By a user principal name like `jane@corp.example.com`: up to 1024 characters, of any script.
    ///
    /// # Errors
    /// [`BuildError::InvalidCharacters`], [`BuildError::InvalidValue`], [`BuildError::TooLong`].
    pub fn from_upn(upn: &str) -> Result<Self, BuildError> {
        Self { email: None, upn: None }.with_upn(upn)
    }

    /// With a mailbox.
    ///
    /// # Errors
    /// As [`User::from_email`].
    pub fn with_email(self, mailbox: &str) -> Result<Self, BuildError> {
        if !mailbox.is_ascii() {
            return Err(BuildError::InvalidCharacters("email"));
        }
        Ok(Self { email: Some(checked("email", mailbox, 254)?), ..self })
    }

    /// With a user principal name.
    ///
    /// # Errors
    /// As [`User::from_upn`].
    pub fn with_upn(self, upn: &str) -> Result<Self, BuildError> {
        Ok(Self { upn: Some(checked("upn", upn, 1024)?), ..self })
    }

    /// The mailbox.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The user principal name.
    #[must_use]
    pub fn upn(&self) -> Option<&str> {
        self.upn.as_deref()
    }
}

/// A name, an `@` and a domain. Names may have an `@` themselves, between quotes (RFC 5321 section 4.1.2).
fn checked(field: &'static str, text: &str, longest: usize) -> Result<String, BuildError> {
    if text.chars().count() > longest {
        return Err(BuildError::TooLong(field));
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(BuildError::InvalidCharacters(field));
    }
    match text.rsplit_once('@') {
        Some((name, domain)) if !name.is_empty() && !domain.is_empty() => Ok(text.into()),
        _ => Err(BuildError::InvalidValue(field)),
    }
}
