//! [`CertificateFacts`]: what decisions need to know of a certificate.

use pki_core::{Certificate, UnixTime};

use super::{Seed, span};

/// What decisions need to know of a certificate: when its life starts and ends, what its jitter is made from, whose it is.
///
/// The life starts at notBefore, unless the certificate is known to have been obtained more than an hour after that: then it
/// was back-dated, and starts when it was obtained. CAs date back by minutes for clocks that are slow, and some by days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    pub(super) starts: UnixTime,
    pub(super) expires: UnixTime,
    pub(super) seed: Seed,
    pub(super) role: Role,
}

/// Whose certificate it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "ours or theirs")]
pub enum Role {
    /// A CA's or RA's. It is not ours to renew: who it belongs to is asked for the next one in time.
    Authority,
    /// The device's own.
    Device,
}

impl CertificateFacts {
    /// Of a device's certificate that is valid from `starts` to `expires`.
    #[must_use]
    pub const fn new(starts: UnixTime, expires: UnixTime, seed: Seed) -> Self {
        Self { starts, expires, seed, role: Role::Device }
    }

    /// Of this certificate of this device, which is named by whatever names it for good.
    #[must_use]
    pub fn of(certificate: &Certificate, device: &[u8]) -> Self {
        let validity = certificate.validity();
        Self::new(validity.not_before, validity.not_after, Seed::new(device, certificate.serial_number()))
    }

    /// The same for a CA or RA certificate, on this device.
    #[must_use]
    pub fn of_authority(certificate: &Certificate, device: &[u8]) -> Self {
        Self::of(certificate, device).with_role(Role::Authority)
    }

    /// Whose it is.
    #[must_use]
    pub const fn with_role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// When it was obtained: what it is back-dated by, if that is more than an hour, doesn't count as life.
    #[must_use]
    pub fn obtained(self, at: UnixTime) -> Self {
        let is_back_dated = span::seconds_between(self.starts, at) > MOST_BACK_DATING;
        if is_back_dated && at < self.expires { Self { starts: at, ..self } } else { self }
    }

    /// When its life starts.
    #[must_use]
    pub const fn starts(&self) -> UnixTime {
        self.starts
    }

    /// Its last second.
    #[must_use]
    pub const fn expires(&self) -> UnixTime {
        self.expires
    }

    /// What its jitter is made from.
    #[must_use]
    pub const fn seed(&self) -> Seed {
        self.seed
    }

    /// Whose it is.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Seconds of life.
    pub(super) fn lifetime(&self) -> u64 {
        span::seconds_between(self.starts, self.expires)
    }
}

/// Seconds.
const MOST_BACK_DATING: u64 = 3600;
