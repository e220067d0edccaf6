//! [`AttemptRecord`]: how often a device asks, and how often for one challenge.

use alloc::vec::Vec;
use core::{fmt, time::Duration};

use pki_core::{DecodeError, UnixTime, der::Writer};

use crate::identity::der;

/// How many requests for a digest, and completions of one, are served in a window of time. An enrolment needs one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by struct update syntax")]
pub struct AttemptLimits {
    /// Of one device for one profile. Default 8: four enrolments.
    pub per_device: u32,
    /// For one challenge, by whatever device. Default 20,000: a fleet of 10,000 within an hour.
    pub per_challenge: u32,
    /// The window, from the first attempt in it. Default one hour.
    pub window: Duration,
}

/// Attempts in the current window: one record for each pair of device and profile, one for each challenge.
///
/// The caller keeps them, and stores what [`admit`] gives only where the record is still the one that was read:
///
/// ```sql
/// UPDATE attempts SET record = :new WHERE name = :name AND record = :old
/// ```
///
/// If that changes no row, somebody else was faster: read again, and admit again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptRecord {
    since: UnixTime,
    attempts: u32,
}

/// An attempt was counted. Made by [`Admission::stored`] only; each is good for one message of a device.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Admitted(());

/// What [`admit`] gives: what to store, and then what to go on with.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "both records are to be stored"]
pub struct Admission {
    device: AttemptRecord,
    challenge: AttemptRecord,
}

/// Too many attempts in the current window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooManyAttempts {
    /// Whose.
    pub by: Counted,
    /// When the window ends.
    pub until: UnixTime,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two limits")]
pub enum Counted {
    /// Attempts for a challenge.
    Challenge,
    /// Attempts of a device.
    Device,
}

/// Counts an attempt of a device for a challenge; `None` where there is no record yet.
///
/// # Errors
/// [`TooManyAttempts`], with the records as they were.
pub fn admit(
    device: Option<&AttemptRecord>,
    challenge: Option<&AttemptRecord>,
    limits: AttemptLimits,
    now: UnixTime,
) -> Result<Admission, TooManyAttempts> {
    let count = |record: Option<&AttemptRecord>, by, limit| {
        let current = record.filter(|record| now < record.since.plus(limits.window));
        let current = current.copied().unwrap_or(AttemptRecord { since: now, attempts: 0 });
        if current.attempts >= limit {
            return Err(TooManyAttempts { by, until: current.since.plus(limits.window) });
        }
        Ok(AttemptRecord { attempts: current.attempts.saturating_add(1), ..current })
    };
    Ok(Admission {
        device: count(device, Counted::Device, limits.per_device)?,
        challenge: count(challenge, Counted::Challenge, limits.per_challenge)?,
    })
}

impl Admission {
    /// The new record of the device.
    #[must_use]
    pub const fn device(&self) -> &AttemptRecord {
        &self.device
    }

    /// The new record of the challenge.
    #[must_use]
    pub const fn challenge(&self) -> &AttemptRecord {
        &self.challenge
    }

    /// Both are stored: the proof.
    pub const fn stored(self) -> Admitted {
        Admitted(())
    }
}

impl AttemptLimits {
    /// The defaults above.
    pub const DEFAULT: Self = Self { per_device: 8, per_challenge: 20_000, window: Duration::from_secs(3600) };
}

impl Default for AttemptLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl AttemptRecord {
    /// Attempts since [`AttemptRecord::since`].
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// When the window began.
    #[must_use]
    pub const fn since(&self) -> UnixTime {
        self.since
    }

    /// As bytes, of the newest version.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(VERSION);
                der::write_time(w, self.since);
                w.small_integer(self.attempts);
            });
        })
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`UnsupportedVersion`](pki_core::DecodeErrorKind::UnsupportedVersion) for those of a later release, and others for what is no record.
    pub fn from_der(der: &[u8]) -> Result<Self, DecodeError> {
        let decode = || {
            let mut fields = der::record(der, VERSION, LARGEST)?;
            let record = Self { since: der::time(&mut fields)?, attempts: fields.small_integer()? };
            fields.finish()?;
            Ok(record)
        };
        decode().map_err(DecodeError::within("AttemptRecord"))
    }
}

impl fmt::Display for TooManyAttempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.by {
            Counted::Challenge => "for this challenge",
            Counted::Device => "by this device",
        };
        write!(f, "too many attempts {by}; again at {}", self.until)
    }
}

impl core::error::Error for TooManyAttempts {}

const VERSION: u32 = 1;
/// Most octets in one: it has 20.
const LARGEST: usize = 64;
