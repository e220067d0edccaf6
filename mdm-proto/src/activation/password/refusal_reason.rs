//! [`RefusalReason`]: what a device is told once it has proven the password.

use core::fmt;

/// Why a service issues nothing to a device that knows the password. It travels sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalReason {
    /// The CSR can't be read, or its signature does not verify.
    Csr,
    /// The service has no place for this device, or not in the hands of this user.
    Device,
    /// The service wants another kind of key.
    Key,
    /// The service can't issue just now.
    Unavailable,
    /// A reason of a later version.
    Other(u32),
}

impl RefusalReason {
    pub(super) const fn number(self) -> u32 {
        match self {
            Self::Csr => 1,
            Self::Device => 2,
            Self::Key => 3,
            Self::Unavailable => 4,
            Self::Other(number) => number,
        }
    }

    pub(super) const fn from_number(number: u32) -> Self {
        match number {
            1 => Self::Csr,
            2 => Self::Device,
            3 => Self::Key,
            4 => Self::Unavailable,
            _ => Self::Other(number),
        }
    }
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csr => "the service can't accept the CSR",
            Self::Device => "the service does not accept this device for this user",
            Self::Key => "the service wants another kind of key",
            Self::Unavailable => "the service can't issue a certificate just now; begin again later",
            Self::Other(number) => return write!(f, "the service refuses for reason {number}"),
        })
    }
}
