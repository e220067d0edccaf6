//! Profiles that refer to a SCEP profile: what uses its certificate.
//!
//! They hold what matters for certificates, and a digest of the rest: whether a profile
//! [changed](crate::profile::ProfileSet::diff) is asked of the whole, and most of it is none of our business.

/// What all of them have.
macro_rules! common {
    ($profile:ident) => {
        impl $profile {
            /// With the certificate of this SCEP profile to authenticate by.
            #[must_use]
            pub fn with_certificate(self, scep: ProfileId) -> Self {
                Self { certificate: Some(scep), ..self }
            }

            /// With a digest of what else the profile has.
            #[must_use]
            pub fn with_other(self, other: OtherSettings) -> Self {
                Self { other, ..self }
            }

            /// The identifier.
            #[must_use]
            pub const fn id(&self) -> &ProfileId {
                &self.id
            }

            /// The SCEP profile whose certificate authenticates.
            #[must_use]
            pub const fn certificate(&self) -> Option<&ProfileId> {
                self.certificate.as_ref()
            }

            /// The digest of what else it has.
            #[must_use]
            pub const fn other(&self) -> &OtherSettings {
                &self.other
            }
        }
    };
}

mod email;
mod vpn;
mod wifi;

pub use email::{EmailAuthentication, EmailProfile};
pub use vpn::{VpnAuthentication, VpnProfile};
pub use wifi::{EapMethod, WifiProfile};

use super::ProfileId;

/// A profile that may refer to SCEP profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Referrer {
    /// E-mail.
    Email(EmailProfile),
    /// A VPN.
    Vpn(VpnProfile),
    /// A Wi-Fi network.
    Wifi(WifiProfile),
}

/// The digest of what else a profile has, as the caller makes it: equal where that is equal. Any octets; most often the
/// SHA-256 of the payload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OtherSettings(alloc::vec::Vec<u8>);

impl Referrer {
    /// The identifier.
    #[must_use]
    pub const fn id(&self) -> &ProfileId {
        match self {
            Self::Email(profile) => profile.id(),
            Self::Vpn(profile) => profile.id(),
            Self::Wifi(profile) => profile.id(),
        }
    }

    /// The SCEP profiles that it refers to; one may be there more than once.
    pub fn certificates(&self) -> impl Iterator<Item = &ProfileId> {
        let ids = match self {
            Self::Email(profile) => {
                [profile.certificate(), profile.signing_certificate(), profile.encryption_certificate()]
            }
            Self::Vpn(profile) => [profile.certificate(), None, None],
            Self::Wifi(profile) => [profile.certificate(), None, None],
        };
        ids.into_iter().flatten()
    }
}

impl OtherSettings {
    /// From octets.
    #[must_use]
    pub fn new(digest: &[u8]) -> Self {
        Self(digest.to_vec())
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<EmailProfile> for Referrer {
    fn from(profile: EmailProfile) -> Self {
        Self::Email(profile)
    }
}

impl From<VpnProfile> for Referrer {
    fn from(profile: VpnProfile) -> Self {
        Self::Vpn(profile)
    }
}

impl From<WifiProfile> for Referrer {
    fn from(profile: WifiProfile) -> Self {
        Self::Wifi(profile)
    }
}
