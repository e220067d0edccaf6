//! [`PollPolicy`]: when to ask again, and when to give up.

use core::time::Duration;

use pki_core::{
    UnixTime,
    crypto::{RandomFailed, SecureRandom},
};

use super::enrolment::Progress;
use crate::{http::RetryAfter, peer::Polling};

/// When to ask again, and when to give up (RFC 8894 section 2.5.1).
///
/// - Each wait is twice as long as the one before, from `first` up to `longest`; where the two are the same, all are equal.
/// - Where the server says when to ask again, by [`RetryAfter`], that counts instead: not less than a second, and, because
///   nobody signs it, not more than `longest`.
/// - A wait is lengthened, never shortened, by up to `jitter`, lest all clients that a server turned away come back at once.
/// - A poll that the jitter would put behind the deadline is made at the deadline.
///
/// The jitter of a transaction follows from one number, which is kept in its [`PendingRecord`](super::PendingRecord): a
/// client that goes on elsewhere goes on by the same schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by struct update syntax")]
pub struct PollPolicy {
    /// Wait before the first poll; each further wait is twice as long. Default one minute.
    pub first: Duration,
    /// Longest wait, jitter apart. Default one hour.
    pub longest: Duration,
    /// Time from the first PENDING after which there is no further poll. Default seven days.
    pub deadline: Duration,
    /// Most polls. Default 1,000.
    pub limit: u32,
    /// By how many per cent a wait is lengthened at most. Default 10.
    pub jitter: u8,
    /// What the jitter is made from. Default `None`: each transaction takes a number from its `rng`.
    pub seed: Option<u64>,
}

impl PollPolicy {
    /// What Apple's devices do by default: three polls, ten seconds apart (`Retries` and `RetryDelay` of the SCEP payload).
    pub const APPLE: Self = Self::steady(Duration::from_secs(10), 3);

    /// What Cisco IOS does by default: ten polls, a minute apart.
    pub const CISCO_IOS: Self = Self::steady(Duration::from_secs(60), 10);

    /// The defaults above.
    pub const DEFAULT: Self = Self {
        first: Duration::from_secs(60),
        longest: Duration::from_secs(3600),
        deadline: Duration::from_secs(7 * 86_400),
        limit: 1000,
        jitter: 10,
        seed: None,
    };

    const fn steady(wait: Duration, limit: u32) -> Self {
        Self { first: wait, longest: wait, limit, jitter: 0, ..Self::DEFAULT }
    }

    /// When the next poll is due; `None` if there is to be none.
    pub(super) fn next(&self, progress: Progress, hint: Option<RetryAfter>, now: UnixTime) -> Option<UnixTime> {
        if progress.polls >= self.limit {
            return None;
        }
        let doubled = || self.first.saturating_mul(2_u32.saturating_pow(progress.polls));
        let wait = hint.map_or_else(doubled, |hint| hint.delay(now).max(SHORTEST_HINT)).min(self.longest);
        let next = now.plus(wait);
        let deadline = progress.since.plus(self.deadline);
        (next <= deadline).then(|| next.plus(self.lengthening(wait, progress)).min(deadline))
    }

    /// The number that the jitter of one transaction is made from.
    pub(super) fn seed(&self, rng: &mut dyn SecureRandom) -> Result<u64, RandomFailed> {
        if let Some(seed) = self.seed {
            return Ok(seed);
        }
        let mut octets = [0; 8];
        rng.fill(&mut octets)?;
        Ok(u64::from_be_bytes(octets))
    }

    /// Evenly between nothing and `jitter` per cent of `wait`.
    fn lengthening(&self, wait: Duration, progress: Progress) -> Duration {
        let most = wait.as_secs().saturating_mul(self.jitter.into()) / 100;
        let scattered = scatter(progress.seed.wrapping_add(u64::from(progress.polls).wrapping_mul(GOLDEN_GAMMA)));
        // The remainder is even enough: a wait has far fewer seconds than 2⁶⁴.
        Duration::from_secs(most.checked_add(1).map_or(scattered, |choices| scattered % choices))
    }
}

impl From<Polling> for PollPolicy {
    /// As a peer asks: so often, so far apart.
    fn from(polling: Polling) -> Self {
        Self::steady(polling.interval, polling.attempts)
    }
}

impl Default for PollPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// One number of `SplitMix64` (Steele, Lea and Flood: Fast splittable pseudorandom number generators, 2014).
const fn scatter(state: u64) -> u64 {
    let mixed = state.wrapping_add(GOLDEN_GAMMA);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
/// A server that says "at once" is not asked more often.
const SHORTEST_HINT: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::*;
    use crate::peer::PeerProfile;

    const START: UnixTime = UnixTime::from_seconds(1_000_000);
    const EXACT: PollPolicy = PollPolicy { jitter: 0, ..PollPolicy::DEFAULT };

    fn after(polls: u32) -> Progress {
        Progress { since: START, polls, seed: 7 }
    }

    fn seconds(seconds: u64) -> Option<RetryAfter> {
        Some(RetryAfter::Delay(Duration::from_secs(seconds)))
    }

    /// All waits in seconds, until it ends.
    fn schedule(policy: PollPolicy, seed: u64) -> Vec<i64> {
        let (mut now, mut waits) = (START, vec![]);
        let mut progress = Progress { seed, ..after(0) };
        while let Some(next) = policy.next(progress, None, now) {
            waits.push(next.as_seconds() - now.as_seconds());
            now = next;
            progress.polls += 1;
        }
        assert!(now <= START.plus(policy.deadline));
        waits
    }

    #[test]
    fn scep_2_5_1_05_polling_backs_off_and_ends() {
        let waits = schedule(EXACT, 0);
        assert_eq!(waits[..8], [60, 120, 240, 480, 960, 1920, 3600, 3600]);
        // 3780 s for the first six waits, then one an hour within seven days.
        assert_eq!(waits.len(), 6 + (7 * 86_400 - 3780) / 3600);
        assert_eq!(PollPolicy { limit: 3, ..EXACT }.next(after(3), None, START), None);
        assert!(EXACT.next(after(999), None, START).is_some());
    }

    #[test]
    fn a15_c7_the_schedules_of_apple_and_cisco() {
        assert_eq!(schedule(PollPolicy::APPLE, 1), [10; 3]);
        assert_eq!(schedule(PollPolicy::CISCO_IOS, 1), [60; 10]);
        assert_eq!(PeerProfile::APPLE.polling.map(PollPolicy::from), Some(PollPolicy::APPLE));
        assert_eq!(PeerProfile::CISCO_IOS.polling.map(PollPolicy::from), Some(PollPolicy::CISCO_IOS));
    }

    #[test]
    fn waits_are_lengthened_by_the_jitter_and_never_shortened() {
        let policy = PollPolicy { limit: 500, ..PollPolicy::DEFAULT };
        let mut seen = vec![];
        for seed in 0..200 {
            let waits = schedule(policy, seed);
            for (wait, least) in waits.iter().zip([60, 120, 240, 480, 960, 1920, 3600]) {
                assert!((least..=least + least / 10).contains(wait), "{wait} instead of {least}");
            }
            seen.push(waits[0]);
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [60, 61, 62, 63, 64, 65, 66]);
    }

    #[test]
    fn the_schedule_follows_from_the_seed() {
        assert_eq!(schedule(PollPolicy::DEFAULT, 5), schedule(PollPolicy::DEFAULT, 5));
        assert_ne!(schedule(PollPolicy::DEFAULT, 5), schedule(PollPolicy::DEFAULT, 6));
    }

    /// What Vigna's program in C gives for the seed 1234567, as Rosetta Code prints it.
    #[test]
    fn the_numbers_are_those_of_split_mix_64() {
        let outputs = [0_u64, 1, 2].map(|index| scatter(1_234_567_u64.wrapping_add(index.wrapping_mul(GOLDEN_GAMMA))));
        assert_eq!(outputs, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn what_the_server_says_counts_within_bounds() {
        let next = |hint| EXACT.next(after(3), hint, START).unwrap().as_seconds() - START.as_seconds();
        assert_eq!(next(None), 480);
        assert_eq!(next(seconds(5)), 5);
        assert_eq!(next(seconds(0)), 1);
        assert_eq!(next(seconds(3000)), 3000);
        assert_eq!(next(seconds(1_000_000)), 3600);
        assert_eq!(next(Some(RetryAfter::At(START.plus(Duration::from_secs(77))))), 77);
        assert_eq!(next(Some(RetryAfter::At(UnixTime::from_seconds(0)))), 1);
        assert_eq!(EXACT.next(after(1000), seconds(5), START), None);
    }

    #[test]
    fn nothing_is_asked_behind_the_deadline() {
        let policy = PollPolicy { deadline: Duration::from_secs(60), jitter: 100, ..PollPolicy::DEFAULT };
        for seed in 0..50 {
            let next = policy.next(Progress { seed, ..after(0) }, None, START);
            assert_eq!(next, Some(START.plus(policy.deadline)));
        }
        assert_eq!(policy.next(after(0), None, START.plus(Duration::from_secs(1))), None);
    }

    #[test]
    fn extreme_numbers_do_no_harm() {
        let policy = PollPolicy { first: Duration::MAX, longest: Duration::MAX, jitter: 255, ..PollPolicy::DEFAULT };
        assert_eq!(policy.next(after(u32::MAX), None, START), None);
        assert_eq!(policy.next(after(31), seconds(u32::MAX.into()), START), None);
        let policy = PollPolicy { deadline: Duration::MAX, limit: u32::MAX, ..policy };
        assert!(policy.next(after(40), None, START).is_some());
    }
}
