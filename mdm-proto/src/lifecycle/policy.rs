//! [`LifecyclePolicy`]: numbers and choices.

use core::time::Duration;

use super::RenewalStart;

/// When to start, how to retry, what to do where there is a choice. Made by struct update syntax from
/// [`DEFAULT`](Self::DEFAULT).
///
/// Bounds that hold whatever a policy says: renewal never starts before half of the life is over, and a retry never comes
/// later than [`margin`](Self::margin) before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by struct update syntax")]
pub struct LifecyclePolicy {
    /// When renewal starts. Default `None`: when a third of the life remains.
    pub start: Option<RenewalStart>,
    /// How often the device is heard of or looks, at least; the window has room for two of these. Default 6 hours.
    pub look_every: Duration,
    /// Longest delay by which starts are spread; a twentieth of the life, and a third of the window, are bounds as well.
    /// Default 3 days.
    pub jitter: Duration,
    /// How to try again after what may pass.
    pub backoff: Backoff,
    /// Most attempts that count before a person has to look. Default `None`: until it succeeds, since devices that used
    /// theirs up while a server was away stay locked out.
    pub attempts: Option<u32>,
    /// How long before the end no retry is put off any further, a hundredth of the life at most; in what is left there are
    /// four more. Default 1 hour.
    pub margin: Duration,
    /// How long an attempt may take, PENDING included, before it counts as failed; a third of the window, or a minute, too,
    /// is a bound up to the end, so that there is time for others. Default 7 days, as long as an SCEP client polls.
    pub patience: Duration,
    /// How long to wait for a new challenge, or for what the CA says of itself, before asking again. Default 1 hour.
    pub answer_within: Duration,
    /// How far clocks may be apart. Default 5 minutes.
    pub skew: Duration,
    /// Whether a renewal makes a new key.
    pub key: KeyPolicy,
    /// How revocation is watched.
    pub revocation: RevocationWatch,
    /// What becomes of a certificate whose profile is taken away.
    pub removal: RemovalPolicy,
    /// What to do where a certificate is revoked for no reason that is told.
    pub unspecified: OnUnspecified,
    /// How long before its end a CA or RA certificate is to be replaced. Default 90 days.
    pub authority_notice: Duration,
    /// How often a CA near its end is asked for its next certificate. Default 1 day.
    pub authority_every: Duration,
    /// How often a window that the CA suggests is asked for again. Default 6 hours; 1 minute to 1 day hold as bounds.
    pub window_every: Duration,
}

/// How long to wait after failures: `first`, and `factor` times as long after each further one, up to `longest`.
///
/// Near the end a hundredth of the life is a bound, too, and there is no jitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by struct update syntax")]
pub struct Backoff {
    /// Wait after the first failure. Default 1 minute.
    pub first: Duration,
    /// By how much each wait is longer than the one before. Default 2; 1 keeps it as it is.
    pub factor: u32,
    /// Longest wait. Default 24 hours.
    pub longest: Duration,
    /// By how many per cent a wait is shortened at most, 0 to 100. Default 50: evenly between half and whole.
    pub jitter: u8,
}

/// How revocation is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "looked up or not")]
pub enum RevocationWatch {
    /// Nobody looks.
    Ignore,
    /// It is looked up before the CRL or OCSP response runs out.
    Check {
        /// Longest time between two look-ups. Default 1 day.
        at_least_every: Duration,
        /// How soon to try again when the status could not be found out. Default 1 hour.
        retry: Duration,
    },
}

/// Which key a renewal is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a new key or the old one")]
pub enum KeyPolicy {
    /// A new one. The old one stays until the new certificate was used.
    #[default]
    New,
    /// The old one: for keys in hardware whose identity is attested.
    Keep,
}

/// What becomes of a certificate whose profile is taken away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "what can be done with it")]
pub enum RemovalPolicy {
    /// It stays until it ends and is not renewed, as with BES10.
    #[default]
    Keep,
    /// Certificate and key are deleted from the device.
    Delete,
    /// They are deleted, and the certificate is revoked.
    DeleteAndRevoke,
}

/// What to do where a certificate is revoked for no reason that is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "ask or go on")]
pub enum OnUnspecified {
    /// Stop and ask the server.
    #[default]
    Stop,
    /// Enrol anew.
    Enrol,
}

impl LifecyclePolicy {
    /// The defaults above.
    pub const DEFAULT: Self = Self {
        start: None,
        look_every: Duration::from_secs(6 * HOUR),
        jitter: Duration::from_secs(3 * DAY),
        backoff: Backoff::DEFAULT,
        attempts: None,
        margin: Duration::from_secs(HOUR),
        patience: Duration::from_secs(7 * DAY),
        answer_within: Duration::from_secs(HOUR),
        skew: Duration::from_secs(300),
        key: KeyPolicy::New,
        revocation: RevocationWatch::DEFAULT,
        removal: RemovalPolicy::Keep,
        unspecified: OnUnspecified::Stop,
        authority_notice: Duration::from_secs(90 * DAY),
        authority_every: Duration::from_secs(DAY),
        window_every: Duration::from_secs(6 * HOUR),
    };

    /// What BES and UEM do unless told otherwise: 30 days before the end.
    pub const BES: Self = Self::starting(RenewalStart::Before(Duration::from_secs(30 * DAY)));

    /// What Windows does with its management certificate: from 42 days before the end, every 7 days.
    pub const WINDOWS: Self = Self {
        backoff: Backoff::steady(Duration::from_secs(7 * DAY)),
        ..Self::starting(RenewalStart::Before(Duration::from_secs(42 * DAY)))
    };

    /// What Fleet does for Apple and Android devices: 30 days before the end, or at half of a short life; three tries, half a
    /// minute apart.
    pub const FLEET: Self = Self { backoff: Backoff::steady(Duration::from_secs(30)), attempts: Some(3), ..Self::BES };

    /// What Jamf does unless told otherwise: 10 days before the end, every 6 hours.
    pub const JAMF: Self = Self {
        backoff: Backoff::steady(Duration::from_secs(6 * HOUR)),
        ..Self::starting(RenewalStart::Before(Duration::from_secs(10 * DAY)))
    };

    /// The defaults with this start, as a profile has it.
    #[must_use]
    pub const fn starting(start: RenewalStart) -> Self {
        Self { start: Some(start), ..Self::DEFAULT }
    }

    /// How often a window that the CA suggests is asked for, within bounds.
    pub(super) fn window_every(&self) -> Duration {
        self.window_every.clamp(Duration::from_secs(60), Duration::from_secs(DAY))
    }
}

impl Default for LifecyclePolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Backoff {
    /// The defaults above.
    pub const DEFAULT: Self =
        Self { first: Duration::from_secs(60), factor: 2, longest: Duration::from_secs(DAY), jitter: 50 };

    /// What Let's Encrypt asks of clients: 1 minute, 10, 100, then once a day.
    pub const LETS_ENCRYPT: Self = Self { factor: 10, ..Self::DEFAULT };

    /// Always as long.
    #[must_use]
    pub const fn steady(wait: Duration) -> Self {
        Self { first: wait, factor: 1, longest: wait, jitter: 0 }
    }

    /// Seconds after so many failures, 1 being the first; jitter apart.
    pub(super) fn seconds(&self, failures: u32) -> u64 {
        let factor = u64::from(self.factor.max(1)).saturating_pow(failures.saturating_sub(1));
        // Less than a second would be at once, for ever.
        self.first.as_secs().max(1).saturating_mul(factor).min(self.longest.as_secs().max(1))
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl RevocationWatch {
    /// The defaults above.
    pub const DEFAULT: Self =
        Self::Check { at_least_every: Duration::from_secs(DAY), retry: Duration::from_secs(HOUR) };
}

impl Default for RevocationWatch {
    fn default() -> Self {
        Self::DEFAULT
    }
}

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
