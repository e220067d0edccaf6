//! [`Sid`].

use alloc::string::String;
use core::fmt;

use pki_core::BuildError;

/// A security identifier of Windows, like `S-1-5-21-3623811015-3361044348-30300820-1013`, as text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sid(String);

impl Sid {
    /// What its URIs begin with.
    pub const PREFIX: &'static str = "tag:microsoft.com,2022-09-14:sid:";

    /// From text: `S-1-`, and decimal numbers with hyphens between them, 16 at most.
    ///
    /// # Errors
    /// [`BuildError::InvalidValue`]
    pub fn new(text: &str) -> Result<Self, BuildError> {
        let is_number = |part: &str| (1..=15).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        let numbers = text.strip_prefix("S-1-").ok_or(BuildError::InvalidValue("sid"))?;
        let good = numbers.split('-').all(is_number) && (2..=16).contains(&numbers.split('-').count());
        if good { Ok(Self(text.into())) } else { Err(BuildError::InvalidValue("sid")) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URI.
    #[must_use]
    pub fn to_uri(&self) -> String {
        alloc::format!("{}{}", Self::PREFIX, self.0)
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sid({self})")
    }
}
