//! [`Monitor`]: many certificates, in memory.

mod event;
mod heap;
mod index;
mod packed;
mod record;

use alloc::{collections::BTreeMap, vec::Vec};
use core::fmt;

use pki_core::UnixTime;

pub use event::{Event, Output};

use self::{
    heap::{Heap, Node},
    index::Index,
    packed::Packed,
};
use super::{Action, ClockEvidence, Inputs, Life, LifecyclePolicy, Outcome, Task, decide, span};

/// Watches certificates, of one agent or of a million devices, and says one by one what is to be done: [`decide()`] for
/// each, when its time comes.
///
/// - [`poll`](Self::poll) takes O(log n) for each certificate whose time has come, and decides for no other.
/// - Time is the wall clock's, since that is what certificates go by. Stages only move forward: a clock that is set back
///   repeats no event, and one that jumps forward gives the last stage only, not those between. An attempt that began further
///   off in the future than it may take has failed. While the clock is behind by less than the skew, time stands still; when
///   it goes back further, all certificates are looked at once more, which takes O(n).
/// - An event is told once. What it asks for counts as begun; say by [`resolve`](Self::resolve) what came of it.
/// - A certificate takes some 80 octets ([`with_capacity`](Self::with_capacity) spares the room for growth); one with hints of
///   its CA, or none yet, 300 more.
///
/// ```
/// use pki_core::UnixTime;
/// use mdm_proto::lifecycle::{
///     CertificateFacts, CertificateId, Event, FailureClass, LifecyclePolicy, Monitor, Outcome, Output, RevocationWatch, Seed,
/// };
///
/// let day = |day: i64| UnixTime::from_seconds(day * 86_400);
/// let policy = LifecyclePolicy { revocation: RevocationWatch::Ignore, ..LifecyclePolicy::BES };
/// let mut monitor = Monitor::new(policy);
/// let id = CertificateId(1);
/// monitor.track(id, CertificateFacts::new(day(0), day(365), Seed::new(b"device", &[1])));
///
/// // Nothing to do for 335 days, and up to three more, as the seed has it.
/// let Output::Wait(Some(until)) = monitor.poll(day(1)) else { panic!() };
/// assert!((day(335)..=day(338)).contains(&until));
/// assert!(matches!(monitor.poll(until), Output::Event(Event::RenewalDue { attempt: 1, .. })));
/// // A failure is tried again after a while, a success in a year.
/// monitor.resolve(id, Outcome::Failed(FailureClass::Transient), until)?;
/// let Output::Wait(Some(until)) = monitor.poll(until) else { panic!() };
/// assert!(matches!(monitor.poll(until), Output::Event(Event::RenewalDue { attempt: 2, .. })));
/// let renewed = CertificateFacts::new(until, day(700), Seed::new(b"device", &[2]));
/// monitor.resolve(id, Outcome::Renewed(renewed), until)?;
/// # Ok::<(), mdm_proto::lifecycle::UnknownCertificate>(())
/// ```
#[derive(Clone)]
pub struct Monitor {
    policies: Vec<LifecyclePolicy>,
    clock: ClockEvidence,
    /// Whether people were told that the clock is not to be believed.
    clock_told: bool,
    /// The latest time that was polled.
    latest: UnixTime,
    /// Densely, in no order.
    entries: Vec<Entry>,
    /// Where each one is.
    index: Index,
    /// When each is to be looked at.
    heap: Heap,
    /// Those whose lives can't be packed.
    rare: BTreeMap<u64, Life>,
}

/// Names a certificate, as the caller likes. Not to be chosen by strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a number")]
pub struct CertificateId(pub u64);

/// Names a policy of a [`Monitor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PolicyId(u8);

/// There is no certificate of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a name")]
pub struct UnknownCertificate(pub CertificateId);

/// 255 policies are as many as there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooManyPolicies;

#[derive(Clone, Copy, Debug)]
struct Entry {
    id: u64,
    /// `None`: it is among the rare ones.
    life: Option<Packed>,
    /// Its place in the heap.
    place: u32,
    policy: u8,
}

impl PolicyId {
    /// The policy that the monitor was made with.
    pub const FIRST: Self = Self(0);
}

impl Monitor {
    /// Empty, with the policy for certificates that are tracked without one.
    #[must_use]
    pub fn new(policy: LifecyclePolicy) -> Self {
        Self::with_capacity(policy, 0)
    }

    /// The same with room for so many certificates.
    #[must_use]
    pub fn with_capacity(policy: LifecyclePolicy, capacity: usize) -> Self {
        Self {
            policies: alloc::vec![policy],
            clock: ClockEvidence::NONE,
            clock_told: false,
            latest: NEVER,
            entries: Vec::with_capacity(capacity),
            index: Index::with_capacity(capacity),
            heap: Heap::with_capacity(capacity),
            rare: BTreeMap::new(),
        }
    }

    /// Adds a policy: profiles have their own start of renewal.
    ///
    /// # Errors
    /// [`TooManyPolicies`] if there are 255.
    pub fn add_policy(&mut self, policy: LifecyclePolicy) -> Result<PolicyId, TooManyPolicies> {
        let id = u8::try_from(self.policies.len()).ok().filter(|id| *id < u8::MAX).ok_or(TooManyPolicies)?;
        self.policies.push(policy);
        Ok(PolicyId(id))
    }

    /// The policies in the order in which they were added, as for a monitor that was [read](Self::from_der).
    pub fn policies(&self) -> impl Iterator<Item = PolicyId> {
        (0..u8::MAX).map(PolicyId).take(self.policies.len())
    }

    /// Says what is known of the time beside the clock. All certificates are looked at once more.
    pub fn set_clock(&mut self, clock: ClockEvidence) {
        self.clock = clock;
        self.look_at_all();
    }

    /// Watches a certificate, or one that is yet to be enrolled, in place of any of the same name.
    pub fn track(&mut self, id: CertificateId, life: impl Into<Life>) {
        self.track_under(PolicyId::FIRST, id, life);
    }

    /// The same under another policy of this monitor. One that is not counts as the first.
    pub fn track_under(&mut self, policy: PolicyId, id: CertificateId, life: impl Into<Life>) {
        let slot = match self.slot(id) {
            Some(slot) => slot,
            None => {
                let slot = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
                let Some(place) = self.heap.push(slot) else { return };
                self.entries.push(Entry { id: id.0, life: None, place, policy: policy.0 });
                self.index.insert(id.0, slot, &self.entries);
                slot
            }
        };
        if let Some(entry) = self.entry_mut(slot) {
            entry.policy = policy.0;
        }
        self.store(slot, &life.into());
        self.look_at(slot, NEVER);
    }

    /// Watches a certificate no longer, and gives back what was known of it.
    pub fn forget(&mut self, id: CertificateId) -> Option<Life> {
        let slot = self.slot(id)?;
        let life = self.life_in(slot)?;
        self.rare.remove(&id.0);
        self.index.remove(id.0, &self.entries);
        let place = self.entry(slot)?.place;
        self.heap.remove(place, &mut self.entries);
        let last = u32::try_from(self.entries.len().saturating_sub(1)).ok()?;
        let moved = self.entry(last).map(|entry| (entry.id, entry.place));
        if let Some((moved, place)) = moved.filter(|_| last != slot) {
            self.index.moved(moved, slot, &self.entries);
            self.heap.moved(place, slot);
        }
        self.entries.swap_remove(usize::try_from(slot).ok()?);
        Some(life)
    }

    /// Says what has happened to a certificate, at `now`.
    ///
    /// # Errors
    /// [`UnknownCertificate`] if it is not watched.
    pub fn resolve(&mut self, id: CertificateId, outcome: Outcome, now: UnixTime) -> Result<(), UnknownCertificate> {
        let slot = self.slot(id).ok_or(UnknownCertificate(id))?;
        let life = self.life_in(slot).ok_or(UnknownCertificate(id))?;
        let (policy, now) = (self.policy_of(slot), self.time(now));
        let next = Inputs::new(&policy, &life).with_clock(self.clock).resolved(outcome, now);
        self.store(slot, &next);
        self.look_at(slot, NEVER);
        Ok(())
    }

    /// The next event, or how long there will be none: until then at least, or until something is tracked or resolved.
    pub fn poll(&mut self, now: UnixTime) -> Output {
        let now = self.time(now);
        let LifecyclePolicy { skew, look_every, .. } = self.policies.first().copied().unwrap_or_default();
        let is_known = self.clock.is_known(now, skew);
        if !is_known && !self.clock_told {
            self.clock_told = true;
            return Output::Event(Event::ClockDistrusted);
        }
        self.clock_told = !is_known;
        while let Some(Node { at, slot }) = self.heap.first() {
            if at > now {
                break;
            }
            if let Some(event) = self.look(slot, now) {
                return Output::Event(event);
            }
        }
        let next = self.heap.first().map(|node| node.at).filter(|at| *at < FOREVER);
        Output::Wait(if is_known { next } else { span::sooner(next, Some(span::after(now, look_every))) })
    }

    /// How many certificates are watched.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What is known of a certificate.
    #[must_use]
    pub fn get(&self, id: CertificateId) -> Option<Life> {
        self.life_in(self.slot(id)?)
    }

    /// All certificates, in no order, with what is known of them.
    pub fn iter(&self) -> impl Iterator<Item = (CertificateId, Life)> {
        self.entries.iter().filter_map(|entry| Some((CertificateId(entry.id), self.unpack(entry)?)))
    }

    /// Decides for one, notes what follows, and says what is to be told.
    fn look(&mut self, slot: u32, now: UnixTime) -> Option<Event> {
        let (id, life) = (CertificateId(self.entry(slot)?.id), self.life_in(slot)?);
        let policy = self.policy_of(slot);
        let inputs = Inputs::new(&policy, &life).with_clock(self.clock);
        let action = decide::once(now, &inputs);
        let (event, next, at) = match action {
            // The task's turn comes at once, when the alert was told.
            Action { alert: Some(alert), .. } => (Some(Event::of_alert(id, alert)), life.with_told(Some(alert)), NEVER),
            Action { task: Task::Wait(_) | Task::SetClock, again, .. } => (None, life, again.unwrap_or(FOREVER)),
            Action { task, .. } => {
                // There may be more to do, and what was begun says when to look again.
                (Some(Event::of_task(id, task, &life)), inputs.after(&action, now), NEVER)
            }
        };
        if next != life {
            self.store(slot, &next);
        }
        self.look_at(slot, at);
        event
    }

    /// The time to go by: it stands still while the clock is a little behind what it showed before.
    fn time(&mut self, now: UnixTime) -> UnixTime {
        let skew = self.policies.first().map_or(LifecyclePolicy::DEFAULT.skew, |policy| policy.skew);
        if now.plus(skew) < self.latest {
            self.look_at_all();
            self.latest = now;
        }
        self.latest = self.latest.max(now);
        self.latest
    }

    /// Has all certificates looked at once more.
    fn look_at_all(&mut self) {
        self.heap.set_all(NEVER);
    }

    fn look_at(&mut self, slot: u32, at: UnixTime) {
        if let Some(place) = self.entry(slot).map(|entry| entry.place) {
            self.heap.set(place, at, &mut self.entries);
        }
    }

    fn store(&mut self, slot: u32, life: &Life) {
        let packed = Packed::pack(life);
        let Some(entry) = self.entry_mut(slot) else { return };
        let (id, was_rare) = (entry.id, entry.life.is_none());
        entry.life = packed;
        match packed {
            Some(_) if was_rare => drop(self.rare.remove(&id)),
            Some(_) => {}
            None => drop(self.rare.insert(id, *life)),
        }
    }

    fn unpack(&self, entry: &Entry) -> Option<Life> {
        entry.life.map_or_else(|| self.rare.get(&entry.id).copied(), |packed| packed.unpack())
    }

    fn life_in(&self, slot: u32) -> Option<Life> {
        self.unpack(self.entry(slot)?)
    }

    fn policy_of(&self, slot: u32) -> LifecyclePolicy {
        let number = self.entry(slot).map_or(0, |entry| usize::from(entry.policy));
        self.policies.get(number).or_else(|| self.policies.first()).copied().unwrap_or_default()
    }

    fn slot(&self, id: CertificateId) -> Option<u32> {
        self.index.find(id.0, &self.entries)
    }

    fn entry(&self, slot: u32) -> Option<&Entry> {
        self.entries.get(usize::try_from(slot).ok()?)
    }

    fn entry_mut(&mut self, slot: u32) -> Option<&mut Entry> {
        self.entries.get_mut(usize::try_from(slot).ok()?)
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor")
            .field("certificates", &self.len())
            .field("next", &self.heap.first().map(|node| node.at))
            .finish_non_exhaustive()
    }
}

impl fmt::Display for UnknownCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "certificate {} is not watched", self.0.0)
    }
}

impl core::error::Error for UnknownCertificate {}

impl fmt::Display for TooManyPolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a monitor has 255 policies at most")
    }
}

impl core::error::Error for TooManyPolicies {}

/// Before anything: at once.
const NEVER: UnixTime = UnixTime::from_seconds(i64::MIN);
/// After anything: not by itself.
const FOREVER: UnixTime = UnixTime::from_seconds(i64::MAX);
