//! How a profile, a device and a predecessor stand.

use core::fmt;

use crate::profile::EnrolmentReason;

/// What a change of profiles says, by which enrolment starts anew (BES10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the list of the BlackBerry Device Service")]
pub enum Trigger {
    /// The device was activated anew.
    Activation,
    /// The profile names another CA.
    AuthorityIdentifier,
    /// Keys on another curve.
    EccStrength,
    /// Keys of another algorithm.
    KeyAlgorithm,
    /// The profile itself is new.
    NewProfile,
    /// A profile that refers to it is new or has changed: Wi-Fi, VPN, e-mail.
    ReferringProfile,
    /// RSA keys of another size.
    RsaStrength,
    /// The CA has another thumbprint.
    Thumbprint,
}

/// How the profile stands that a certificate belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it is there, there and changed, or gone")]
pub enum ProfileStanding {
    /// The device has it, as it was when the certificate was enrolled.
    #[default]
    Assigned,
    /// The device has it, and it has changed so that a new certificate is needed.
    Changed(Trigger),
    /// It was taken away.
    Unassigned,
}

/// What the device says of a certificate, as [`select`](super::select) found it in its report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "each has an action")]
pub enum DeviceStanding {
    /// Nothing was heard yet.
    #[default]
    Unknown,
    /// It has it, and nothing better.
    Installed,
    /// It does not have it, and nothing in its place.
    Missing,
    /// It has a better one for the same profile.
    Superseded,
}

/// How the key and certificate stand that a renewal replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "none, kept, or no longer needed")]
pub enum Predecessor {
    /// There are none, or they were deleted.
    #[default]
    None,
    /// They are kept: the new certificate was not used yet.
    Kept,
    /// The new certificate was used; they are to be deleted.
    Obsolete,
}

impl From<&EnrolmentReason> for Trigger {
    /// What [`ProfileSet::diff`](crate::profile::ProfileSet::diff) found, without its details.
    fn from(reason: &EnrolmentReason) -> Self {
        match reason {
            EnrolmentReason::CaIdentifier => Self::AuthorityIdentifier,
            EnrolmentReason::ChangedReferrer(_) | EnrolmentReason::NewReferrer(_) => Self::ReferringProfile,
            EnrolmentReason::EccStrength { .. } => Self::EccStrength,
            EnrolmentReason::KeyAlgorithm { .. } => Self::KeyAlgorithm,
            EnrolmentReason::NewActivation => Self::Activation,
            EnrolmentReason::NewProfile => Self::NewProfile,
            EnrolmentReason::RsaStrength { .. } => Self::RsaStrength,
            EnrolmentReason::Thumbprint { .. } => Self::Thumbprint,
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Activation => "the device was activated anew",
            Self::AuthorityIdentifier => "the profile names another CA",
            Self::EccStrength => "the profile asks for another curve",
            Self::KeyAlgorithm => "the profile asks for another key algorithm",
            Self::NewProfile => "the profile is new",
            Self::ReferringProfile => "a profile that refers to it is new or has changed",
            Self::RsaStrength => "the profile asks for another RSA key size",
            Self::Thumbprint => "the CA has another thumbprint",
        })
    }
}
