//! [`PinCount`]: which CA a profile means.

use core::fmt;

use scep::client::Fingerprint;

/// A profile has another number of thumbprints than one. Nothing is encrypted to a CA that is not known beforehand; of several, such
/// as those of a CA and of the one that follows it, say which by
/// [`ScepSettings::with_thumbprint`](crate::profile::ScepSettings::with_thumbprint).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PinCount {
    /// How many it has.
    pub found: usize,
}

impl PinCount {
    /// The only one.
    pub(super) fn only(thumbprints: &[Fingerprint]) -> Result<Fingerprint, Self> {
        match thumbprints {
            [only] => Ok(only.clone()),
            _ => Err(Self { found: thumbprints.len() }),
        }
    }
}

impl fmt::Display for PinCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the profile has {} thumbprints of CAs, and a broker needs one", self.found)
    }
}

impl core::error::Error for PinCount {}
