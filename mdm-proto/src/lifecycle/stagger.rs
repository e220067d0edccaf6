//! [`Stagger`]: no more starts in a time than a CA can take.

use alloc::collections::BTreeMap;
use core::{fmt, time::Duration};

use pki_core::UnixTime;

/// So many starts in any period of this length: what NDES with its five passwords, or a CA's rate limit, can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a rate has two numbers")]
pub struct StartLimit {
    /// Most starts, at least 1.
    pub starts: u32,
    /// In any period so long.
    pub period: Duration,
}

/// Gives out instants at which renewals may start, so that a limit holds in **any** period of its length, not only between
/// full hours.
///
/// The period is divided into as many slots as there may be starts, and each start takes a slot; so a period of that length
/// has no more than the limit allows. A start is at the beginning of the first slot that is free from when it is wanted on.
/// Both reserving and releasing take O(log n).
///
/// It is for one process; where several share a limit, one of them plans, or each gets its part of the limit.
///
/// ```
/// use std::time::Duration;
///
/// use mdm_proto::lifecycle::{StaggerFull, Stagger, StartLimit};
/// use pki_core::UnixTime;
///
/// let mut stagger = Stagger::new(StartLimit { starts: 100, period: Duration::from_secs(3600) });
/// let noon = UnixTime::from_seconds(43_200);
/// let evening = UnixTime::from_seconds(64_800);
/// // One start every 36 seconds.
/// assert_eq!(stagger.reserve(noon, evening), Ok(noon));
/// assert_eq!(stagger.reserve(noon, evening), Ok(noon.plus(Duration::from_secs(36))));
/// assert_eq!(stagger.reserve(noon, noon), Err(StaggerFull));
/// ```
#[derive(Clone, Debug)]
pub struct Stagger {
    /// Seconds in a slot.
    length: i64,
    /// Starts in a slot.
    most: u32,
    /// Slots that have some, but not all.
    partial: BTreeMap<i64, u32>,
    /// Slots that have all: first of a run and what follows the last.
    full: BTreeMap<i64, i64>,
}

/// There is no room before the time at which it would be too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing more to say")]
pub struct StaggerFull;

impl Stagger {
    /// With nothing reserved.
    #[must_use]
    pub fn new(limit: StartLimit) -> Self {
        let period = limit.period.as_secs().max(1);
        let starts = u64::from(limit.starts.max(1));
        // More than one in a second only where there are more starts than seconds.
        let most = (starts / period).max(1);
        let length = period.saturating_mul(most).div_ceil(starts).max(1);
        Self {
            length: i64::try_from(length).unwrap_or(i64::MAX),
            most: u32::try_from(most).unwrap_or(u32::MAX),
            partial: BTreeMap::new(),
            full: BTreeMap::new(),
        }
    }

    /// Reserves a start at `wanted`, or as soon after it as there is room.
    ///
    /// # Errors
    /// [`StaggerFull`] if that is after `latest`: then start at once and tell somebody, or let it expire.
    pub fn reserve(&mut self, wanted: UnixTime, latest: UnixTime) -> Result<UnixTime, StaggerFull> {
        // The slot that is under way has begun, and one in its midst would be too close to the next.
        let under_way = self.slot(wanted);
        let slot = if self.time(under_way) < wanted { under_way.saturating_add(1) } else { under_way };
        let free = self.after_run(slot);
        let at = self.time(free);
        if at > latest {
            return Err(StaggerFull);
        }
        let taken = self.partial.remove(&free).unwrap_or(0).saturating_add(1);
        if taken < self.most {
            self.partial.insert(free, taken);
        } else {
            self.fill(free);
        }
        Ok(at)
    }

    /// Gives a reserved start back.
    pub fn release(&mut self, at: UnixTime) {
        let slot = self.slot(at);
        if let Some(taken) = self.partial.get_mut(&slot) {
            *taken = taken.saturating_sub(1);
            if *taken == 0 {
                self.partial.remove(&slot);
            }
            return;
        }
        let Some((&start, &end)) = self.full.range(..=slot).next_back().filter(|(_, end)| slot < **end) else { return };
        self.full.remove(&start);
        if start < slot {
            self.full.insert(start, slot);
        }
        if slot.saturating_add(1) < end {
            self.full.insert(slot.saturating_add(1), end);
        }
        if self.most > 1 {
            self.partial.insert(slot, self.most.saturating_sub(1));
        }
    }

    /// Forgets what lies wholly before `now`.
    pub fn forget_before(&mut self, now: UnixTime) {
        let slot = self.slot(now);
        self.partial = self.partial.split_off(&slot);
        let current = self.full.range(..slot).next_back().map(|(_, end)| *end).filter(|end| *end > slot);
        self.full = self.full.split_off(&slot);
        if let Some(end) = current {
            self.full.insert(slot, end);
        }
    }

    /// How many starts are reserved.
    #[must_use]
    pub fn reserved(&self) -> u64 {
        let full = self.full.iter().map(|(start, end)| u64::try_from(end.saturating_sub(*start)).unwrap_or(0));
        let full = full.fold(0, u64::saturating_add).saturating_mul(self.most.into());
        self.partial.values().map(|taken| u64::from(*taken)).fold(full, u64::saturating_add)
    }

    fn slot(&self, time: UnixTime) -> i64 {
        time.as_seconds().div_euclid(self.length)
    }

    /// The first second of a slot.
    fn time(&self, slot: i64) -> UnixTime {
        UnixTime::from_seconds(slot.saturating_mul(self.length))
    }

    /// This slot, or the one behind the run of full ones that it lies in.
    fn after_run(&self, slot: i64) -> i64 {
        self.full.range(..=slot).next_back().map_or(slot, |(_, end)| slot.max(*end))
    }

    /// Notes that a slot is full, together with its neighbours.
    fn fill(&mut self, slot: i64) {
        let end = self.full.remove(&slot.saturating_add(1)).unwrap_or_else(|| slot.saturating_add(1));
        let before = self.full.range(..slot).next_back().filter(|(_, end)| **end == slot);
        let start = before.map_or(slot, |(start, _)| *start);
        self.full.insert(start, end);
    }
}

impl fmt::Display for StaggerFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no start is free before it is too late: raise the limit, or renew sooner")
    }
}

impl core::error::Error for StaggerFull {}
