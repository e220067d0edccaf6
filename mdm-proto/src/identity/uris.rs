//! [`IdentityUris`].

use alloc::{borrow::Cow, string::String};

use pki_core::BuildError;

use super::{DeviceId, Sid, WorkSpaceId};

/// What the URIs of a service's identities begin with. The same for all certificates of a service, for good: a certificate
/// with another prefix is read as one without a work space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityUris {
    work_space: Cow<'static, str>,
}

impl IdentityUris {
    /// `work-space:` for work spaces.
    pub const DEFAULT: Self = Self { work_space: Cow::Borrowed("work-space:") };

    /// With another prefix for work spaces, like `https://mdm.example.com/work-spaces/` or `tag:example.com,2026:work-space:`:
    /// a scheme, and up to 128 characters of a URI altogether, the last a `:`, `/` or `=`, which no identifier has.
    ///
    /// # Errors
    /// - [`BuildError::InvalidCharacters`] for what no URI has, or no scheme.
    /// - [`BuildError::InvalidValue`] for another end, or a prefix that stands before those of devices or SIDs, or behind them.
    /// - [`BuildError::TooLong`]
    pub fn with_work_space_prefix(self, prefix: &str) -> Result<Self, BuildError> {
        let (scheme, _) = prefix.split_once(':').ok_or(BuildError::InvalidCharacters(FIELD))?;
        if !is_scheme(scheme) || !prefix.bytes().all(is_of_uri) {
            return Err(BuildError::InvalidCharacters(FIELD));
        }
        if prefix.len() > 128 {
            return Err(BuildError::TooLong(FIELD));
        }
        let overlaps = |other: &str| begins_with(other, prefix) || begins_with(prefix, other);
        if !prefix.ends_with([':', '/', '=']) || overlaps(DeviceId::PREFIX) || overlaps(Sid::PREFIX) {
            return Err(BuildError::InvalidValue(FIELD));
        }
        Ok(Self { work_space: Cow::Owned(prefix.into()) })
    }

    /// What the URIs of work spaces begin with.
    #[must_use]
    pub fn work_space_prefix(&self) -> &str {
        &self.work_space
    }

    /// The URI of a work space.
    #[must_use]
    pub fn work_space(&self, id: &WorkSpaceId) -> String {
        alloc::format!("{}{id}", self.work_space)
    }
}

impl Default for IdentityUris {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Whether `text` begins with `prefix`, whatever the case of either.
pub(super) fn begins_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// RFC 3986 section 3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// RFC 3986 section 2; no fragment.
fn is_of_uri(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"#<>[\\]^`{|}".contains(&byte)
}

const FIELD: &str = "workSpacePrefix";
