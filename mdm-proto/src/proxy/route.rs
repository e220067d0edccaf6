//! [`Route`]: the address of one device at a proxy.

use alloc::{format, string::String, sync::Arc};
use core::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::{
    challenge::{Binding, Challenge},
    ndes::without_client,
};

/// The address of one device at a proxy: `/prefix/DEVICE/PROFILE/TOKEN`. The path has a token in it and is a secret as that is.
#[derive(Clone, Debug)]
pub struct Route {
    device: Arc<str>,
    profile: Arc<str>,
    token: Arc<Challenge>,
}

/// Not the address of a device at a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidRoute {
    /// A part can't be read, is empty, or too long.
    Malformed,
    /// The path has not the parts that it should have.
    NotFound,
}

impl Route {
    /// From the path of a request, as it stands in the request line. What clients append, `/pkiclient.exe` and slashes, is passed
    /// over.
    ///
    /// # Errors
    /// - [`InvalidRoute::NotFound`] unless it is the prefix and three parts.
    /// - [`InvalidRoute::Malformed`] for parts that no [`Binding`] and no [`Challenge`] has.
    pub fn parse(prefix: &str, path: &str) -> Result<Self, InvalidRoute> {
        if path.len() > LONGEST {
            return Err(InvalidRoute::Malformed);
        }
        let rest = without_client(path).strip_prefix(prefix.trim_end_matches('/')).ok_or(InvalidRoute::NotFound)?;
        let mut parts = rest.strip_prefix('/').ok_or(InvalidRoute::NotFound)?.split('/');
        let (Some(device), Some(profile), Some(token), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidRoute::NotFound);
        };
        let decode = |part| percent_decode_str(part).decode_utf8().map_err(|_| InvalidRoute::Malformed);
        let binding = Binding::passage(&decode(device)?, &decode(profile)?).map_err(|_| InvalidRoute::Malformed)?;
        let token = Challenge::from_text(decode(token)?.as_bytes()).map_err(|_| InvalidRoute::Malformed)?;
        Ok(Self { device: binding.device().into(), profile: binding.profile().into(), token: Arc::new(token) })
    }

    /// The path for the profile of a device.
    #[must_use]
    pub fn path(prefix: &str, binding: &Binding, token: &Challenge) -> String {
        let encode = |part| utf8_percent_encode(part, ESCAPED);
        let (device, profile) = (encode(binding.device()), encode(binding.profile()));
        format!("{}/{device}/{profile}/{}", prefix.trim_end_matches('/'), encode(token.expose()))
    }

    /// Whose.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.device
    }

    /// For which profile.
    #[must_use]
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// The token.
    #[must_use]
    pub fn token(&self) -> &Challenge {
        &self.token
    }
}

impl fmt::Display for InvalidRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "a part of the path can't be read",
            Self::NotFound => "the path is not prefix, device, profile and token",
        })
    }
}

impl core::error::Error for InvalidRoute {}

/// All but the unreserved characters of RFC 3986 section 2.3.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Three parts of 255 octets, each three characters long.
const LONGEST: usize = 4096;
