//! [`Credentials`]: HTTP Basic.

use alloc::{string::String, vec::Vec};
use core::fmt;

use base64ct::{Base64, Encoding};
use pki_core::Secret;
use zeroize::Zeroizing;

/// A user name and a password, as HTTP Basic carries them (RFC 7617): only within TLS, and only to a server that TLS has
/// authenticated (RFC 7030 section 3.2.3).
///
/// The name may be empty, for a password that belongs to no name.
#[derive(Debug, PartialEq, Eq)]
pub struct Credentials {
    user: String,
    password: Secret,
}

/// Why these are no credentials for HTTP Basic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidCredentials {
    /// A control character in name or password (RFC 7617 section 2).
    ControlCharacter,
    /// What follows `Basic` is not base64 of UTF-8 text with a colon in it.
    Malformed,
    /// Another scheme than `Basic`.
    Scheme,
    /// More than [`Credentials::MAX_LENGTH`] characters.
    TooLong,
    /// A colon in the name (RFC 7617 section 2).
    UserColon,
}

impl Credentials {
    /// Most octets of name and password together.
    pub const MAX_LENGTH: usize = 1024;

    /// From name and password.
    ///
    /// # Errors
    /// [`InvalidCredentials`], but for `Malformed` and `Scheme`. A password that is not UTF-8 is `Malformed`.
    pub fn new(user: impl Into<String>, password: Secret) -> Result<Self, InvalidCredentials> {
        let user = user.into();
        let text = str::from_utf8(password.expose()).map_err(|_error| InvalidCredentials::Malformed)?;
        if user.len().saturating_add(text.len()) > Self::MAX_LENGTH {
            return Err(InvalidCredentials::TooLong);
        }
        if user.chars().chain(text.chars()).any(char::is_control) {
            return Err(InvalidCredentials::ControlCharacter);
        }
        if user.contains(':') {
            return Err(InvalidCredentials::UserColon);
        }
        Ok(Self { user, password })
    }

    /// From the value of `Authorization`.
    ///
    /// # Errors
    /// [`InvalidCredentials`].
    pub fn from_header(value: &Secret) -> Result<Self, InvalidCredentials> {
        let value = value.expose();
        if value.len() > 2 * Self::MAX_LENGTH {
            return Err(InvalidCredentials::TooLong);
        }
        let (scheme, rest) = value.split_at_checked(SCHEME.len()).ok_or(InvalidCredentials::Scheme)?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(InvalidCredentials::Scheme);
        }
        let mut decoded = Zeroizing::new(rest.trim_ascii().to_vec());
        let length = Base64::decode_in_place(&mut decoded).map_err(|_error| InvalidCredentials::Malformed)?.len();
        decoded.truncate(length);
        let text = str::from_utf8(&decoded).map_err(|_error| InvalidCredentials::Malformed)?;
        let (user, password) = text.split_once(':').ok_or(InvalidCredentials::Malformed)?;
        Self::new(user, Secret::from(password))
    }

    /// The value of `Authorization`.
    #[must_use]
    pub fn to_header(&self) -> Secret {
        let password = self.password.expose();
        // Allocated once, since the password is in it.
        let mut pair = Zeroizing::new(Vec::with_capacity(self.user.len() + 1 + password.len()));
        pair.extend([self.user.as_bytes(), b":", password].into_iter().flatten());
        let text = Zeroizing::new(Base64::encode_string(&pair));
        Secret::new([SCHEME, text.as_bytes()].concat())
    }

    /// The name; may be empty.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The password. [`Secret::matches`] compares it in constant time.
    #[must_use]
    pub const fn password(&self) -> &Secret {
        &self.password
    }
}

impl fmt::Display for InvalidCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ControlCharacter => "name or password have a control character",
            Self::Malformed => "not base64 of a name, a colon and a password in UTF-8",
            Self::Scheme => "not by the Basic scheme",
            Self::TooLong => "name and password are too long",
            Self::UserColon => "the name has a colon",
        })
    }
}

impl core::error::Error for InvalidCredentials {}

const SCHEME: &[u8] = b"Basic ";

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;

    #[test]
    fn rfc7617_s2_the_examples_of_the_rfc() {
        let aladdin = Credentials::new("Aladdin", Secret::from("open sesame")).unwrap();
        assert!(aladdin.to_header().matches(b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        let test = Credentials::from_header(&Secret::from("basic  dGVzdDoxMjPCow== ")).unwrap();
        assert_eq!((test.user(), test.password()), ("test", &Secret::from("123\u{a3}")));
    }

    #[test]
    fn rfc7030_s3_2_3_the_name_may_be_empty() {
        let nameless = Credentials::new("", Secret::from("a:b")).unwrap();
        let read = Credentials::from_header(&nameless.to_header()).unwrap();
        assert_eq!((read.user(), read.password()), ("", &Secret::from("a:b")));
        assert!(!format!("{read:?}").contains("a:b"));
    }

    #[test]
    fn what_is_no_credentials_is_refused_by_what_is_wrong() {
        let new = |user: &str, password: &[u8]| Credentials::new(user, Secret::from(password)).unwrap_err();
        assert_eq!(new("a:b", b"c"), InvalidCredentials::UserColon);
        assert_eq!(new("a\n", b"c"), InvalidCredentials::ControlCharacter);
        assert_eq!(new("a", b"\x07"), InvalidCredentials::ControlCharacter);
        assert_eq!(new("a", b"\xff"), InvalidCredentials::Malformed);
        assert_eq!(new("a", &[b'x'; 1024]), InvalidCredentials::TooLong);
        let header = |value: &str| Credentials::from_header(&Secret::from(value)).unwrap_err();
        assert_eq!(header("Digest username=\"x\""), InvalidCredentials::Scheme);
        assert_eq!(header(""), InvalidCredentials::Scheme);
        assert_eq!(header("Basic ===="), InvalidCredentials::Malformed);
        assert_eq!(header("Basic QWxhZGRpbg=="), InvalidCredentials::Malformed);
        assert_eq!(header(&format!("Basic {}", "A".repeat(4096))), InvalidCredentials::TooLong);
        for error in [InvalidCredentials::Scheme, InvalidCredentials::Malformed, InvalidCredentials::TooLong] {
            assert!(!error.to_string().is_empty());
        }
    }
}
