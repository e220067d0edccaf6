//! [`BasicAuth`]: name and password in an HTTP header.

use alloc::string::String;

use base64ct::{Base64, Encoding as _};
use pki_core::Secret;
use zeroize::Zeroizing;

use crate::challenge::text;

/// Name and password in an HTTP header (RFC 7617).
#[derive(Debug)]
pub struct BasicAuth {
    user: String,
    password: Secret,
}

impl BasicAuth {
    /// From name and password; a name has no colon.
    #[must_use]
    pub fn new(user: &str, password: Secret) -> Self {
        Self { user: user.replace(':', ""), password }
    }

    /// The value of `Authorization`.
    #[must_use]
    pub fn header(&self) -> Secret {
        let encoded = text::wiped(Base64::encode_string(&self.pair()));
        Secret::new([b"Basic ".as_slice(), encoded.as_bytes()].concat())
    }

    /// Whether the value of `Authorization` is this name and this password, compared in constant time.
    #[must_use]
    pub fn permits(&self, authorization: Option<&str>) -> bool {
        let Some((scheme, credentials)) = authorization.and_then(|value| value.trim().split_once(' ')) else {
            return false;
        };
        let decoded = Base64::decode_vec(credentials.trim()).map(Secret::new);
        scheme.eq_ignore_ascii_case("Basic") && decoded.is_ok_and(|pair| pair.matches(&self.pair()))
    }

    pub(super) fn copy(&self) -> Self {
        Self { user: self.user.clone(), password: text::copy(&self.password) }
    }

    fn pair(&self) -> Zeroizing<alloc::vec::Vec<u8>> {
        Zeroizing::new([self.user.as_bytes(), b":", self.password.expose()].concat())
    }
}
