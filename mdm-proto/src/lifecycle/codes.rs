//! The numbers by which records and the monitor keep enumerations.

use pki_core::{UnixTime, crl::RevocationReason};

use super::{
    Alert, DeviceStanding, FailureClass, Predecessor, ProfileStanding, Revocation, Role, Trigger,
    action::Steady,
    attempts::{Mismatches, Phase},
};

/// One octet for a value, the same for good.
pub(super) trait Code: Sized {
    fn code(self) -> u8;
    fn from_code(code: u8) -> Option<Self>;
}

macro_rules! codes {
    ($($type:ty { $($value:pat_param = $code:literal => $made:expr,)* })*) => {$(
        impl Code for $type {
            fn code(self) -> u8 {
                match self {
                    $($value => $code,)*
                }
            }

            fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some($made),)*
                    _ => None,
                }
            }
        }
    )*};
}

codes! {
    Role {
        Self::Device = 0 => Self::Device,
        Self::Authority = 1 => Self::Authority,
    }
    Mismatches {
        Self::None = 0 => Self::None,
        Self::One = 1 => Self::One,
        Self::More = 2 => Self::More,
    }
    DeviceStanding {
        Self::Unknown = 0 => Self::Unknown,
        Self::Installed = 1 => Self::Installed,
        Self::Missing = 2 => Self::Missing,
        Self::Superseded = 3 => Self::Superseded,
    }
    Predecessor {
        Self::None = 0 => Self::None,
        Self::Kept = 1 => Self::Kept,
        Self::Obsolete = 2 => Self::Obsolete,
    }
    Option<Alert> {
        None = 0 => None,
        Some(Alert::Expiring) = 1 => Some(Alert::Expiring),
        Some(Alert::Urgent) = 2 => Some(Alert::Urgent),
        Some(Alert::Expired) = 3 => Some(Alert::Expired),
    }
    Option<Steady> {
        None = 0 => None,
        Some(Steady::DropTrust) = 1 => Some(Steady::DropTrust),
        Some(Steady::LookForReplacement) = 2 => Some(Steady::LookForReplacement),
        Some(Steady::Remove) = 3 => Some(Steady::Remove),
        Some(Steady::Retire) = 4 => Some(Steady::Retire),
        Some(Steady::Stop) = 5 => Some(Steady::Stop),
        Some(Steady::Suspend) = 6 => Some(Steady::Suspend),
    }
    ProfileStanding {
        Self::Assigned = 0 => Self::Assigned,
        Self::Unassigned = 1 => Self::Unassigned,
        Self::Changed(Trigger::Activation) = 2 => Self::Changed(Trigger::Activation),
        Self::Changed(Trigger::AuthorityIdentifier) = 3 => Self::Changed(Trigger::AuthorityIdentifier),
        Self::Changed(Trigger::EccStrength) = 4 => Self::Changed(Trigger::EccStrength),
        Self::Changed(Trigger::KeyAlgorithm) = 5 => Self::Changed(Trigger::KeyAlgorithm),
        Self::Changed(Trigger::ReferringProfile) = 6 => Self::Changed(Trigger::ReferringProfile),
        Self::Changed(Trigger::RsaStrength) = 7 => Self::Changed(Trigger::RsaStrength),
        Self::Changed(Trigger::Thumbprint) = 8 => Self::Changed(Trigger::Thumbprint),
        Self::Changed(Trigger::NewProfile) = 9 => Self::Changed(Trigger::NewProfile),
    }
    FailureClass {
        Self::ChallengeExpired = 0 => Self::ChallengeExpired,
        Self::CryptoMismatch = 1 => Self::CryptoMismatch,
        Self::NotYetValid = 2 => Self::NotYetValid,
        Self::PolicyReject = 3 => Self::PolicyReject,
        Self::Transient = 4 => Self::Transient,
    }
}

impl Phase {
    /// What it is, and since when.
    pub(super) fn to_code(self) -> (u8, Option<UnixTime>) {
        match self {
            Self::Ready => (0, None),
            Self::Running(since) => (1, Some(since)),
            Self::Failed(class, at) => (FAILED | class.code(), Some(at)),
            Self::Asked(class, at) => (ASKED | class.code(), Some(at)),
        }
    }

    pub(super) fn from_code(code: u8, at: Option<UnixTime>) -> Option<Self> {
        let class = || FailureClass::from_code(code & CLASS);
        match (code & !CLASS, at) {
            (0, None) if code == 0 => Some(Self::Ready),
            (0, Some(since)) if code == 1 => Some(Self::Running(since)),
            (FAILED, Some(at)) => Some(Self::Failed(class()?, at)),
            (ASKED, Some(at)) => Some(Self::Asked(class()?, at)),
            _ => None,
        }
    }
}

impl Revocation {
    /// What it is, and up to when it is good.
    pub(super) fn to_code(self) -> (u8, Option<UnixTime>) {
        let reason = |reason: Option<RevocationReason>| reason.map_or(NO_REASON, RevocationReason::code);
        match self {
            Self::Unchecked => (0, None),
            Self::Good { until } => (1, Some(until)),
            Self::Undetermined => (2, None),
            Self::Revoked(why) => (REVOKED | reason(why), None),
            Self::AuthorityRevoked(why) => (AUTHORITY_REVOKED | reason(why), None),
        }
    }

    pub(super) fn from_code(code: u8, until: Option<UnixTime>) -> Option<Self> {
        let reason = || match code & REASON {
            NO_REASON => Some(None),
            code => RevocationReason::from_code(code).map(Some),
        };
        match (code & !REASON, until) {
            (0, until) => match (code, until) {
                (0, None) => Some(Self::Unchecked),
                (1, Some(until)) => Some(Self::Good { until }),
                (2, None) => Some(Self::Undetermined),
                _ => None,
            },
            (REVOKED, None) => Some(Self::Revoked(reason()?)),
            (AUTHORITY_REVOKED, None) => Some(Self::AuthorityRevoked(reason()?)),
            _ => None,
        }
    }
}

const CLASS: u8 = 0x0f;
const FAILED: u8 = 0x10;
const ASKED: u8 = 0x20;

const REASON: u8 = 0x0f;
const NO_REASON: u8 = 0x0f;
const REVOKED: u8 = 0x10;
const AUTHORITY_REVOKED: u8 = 0x20;
