//! The monitor with a million certificates, beside trees and heaps of `(deadline, id)` that know nothing of certificates.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    hint::black_box,
    time::Duration,
};

use benches::{
    Contest,
    memory::{Counting, allocated, kept},
};
use mdm_proto::lifecycle::{
    CertificateFacts, CertificateId, Event, FailureClass, Inputs, Life, LifecyclePolicy, Monitor, Outcome, Output,
    RevocationWatch, Seed, decide,
};
use pki_core::UnixTime;

fn main() {
    let count = if std::env::args().any(|argument| argument == "--bench") { 1_000_000 } else { 1_000 };
    memory(count);
    track(count);
    poll(count);
    quiet(count);
    resolve(count);
    decisions();
}

/// Octets for each certificate, at rest and after all of them were renewed once.
fn memory(count: u64) {
    let (mut monitor, grown) = kept(|| full(count, 0));
    let (_, reserved) = kept(|| full(count, count));
    let (tree, in_tree) = kept(|| Tree::full(count));
    let (heap, in_heap) = kept(|| heap(count));
    drop((tree, heap));
    let before = allocated();
    let mut now = at(0);
    for _ in 0..count {
        now = renew_next(&mut monitor, now);
    }
    let renewed = allocated().wrapping_sub(before).wrapping_add(grown);
    if std::env::args().any(|argument| argument == "--bench") {
        let each = |octets: usize| octets as f64 / count as f64;
        println!(
            "monitor of {count}: octets for each: grown {:.1}, with its capacity {:.1}, after renewal of all {:.1}; \
             (deadline, id) in a tree with lives {:.1}, in a heap without {:.1}\n",
            each(grown),
            each(reserved),
            each(renewed),
            each(in_tree),
            each(in_heap)
        );
    }
}

/// To put all of them in.
fn track(count: u64) {
    let mut contest = Contest::new(format!("monitor of {count}: track all"));
    contest.add("Monitor", || full(count, 0).len());
    contest.add("Monitor, with its capacity", || full(count, count).len());
    contest.add("BTreeSet of deadlines, BTreeMap of lives", || Tree::full(count).lives.len());
    contest.add("BinaryHeap of deadlines, no lives", || heap(count).len());
    contest.run();
}

/// The next that is due, and when after that: what is renewed is due again a life later, so that it goes on for ever.
fn poll(count: u64) {
    let (mut monitor, mut monitor_now) = (full(count, count), at(0));
    let (mut tree, mut heap) = (Tree::full(count), heap(count));
    let mut contest = Contest::new(format!("monitor of {count}: poll to an event, renew"));
    contest.add("Monitor: wait, event, renewal", || {
        monitor_now = renew_next(&mut monitor, monitor_now);
    });
    contest.add("BTreeSet and BTreeMap, decide for the first", || tree.renew_next());
    contest.add("BinaryHeap: pop, push, no decision", || {
        let Reverse((at, id)) = heap.pop().unwrap();
        heap.push(Reverse((at.plus(YEAR), id)));
    });
    contest.run();
}

/// To ask when nothing is due.
fn quiet(count: u64) {
    let mut monitor = full(count, count);
    let _ = monitor.poll(at(0));
    let tree = Tree::full(count);
    let mut contest = Contest::new(format!("monitor of {count}: poll, nothing is due"));
    contest.add("Monitor", || monitor.poll(black_box(at(1))));
    contest.add("BTreeSet", || tree.deadlines.first().copied());
    contest.run();
}

/// A failure that is told of: another deadline for any of them.
fn resolve(count: u64) {
    let mut monitor = full(count, count);
    let _ = monitor.poll(at(0));
    let mut tree = Tree::full(count);
    let (mut next, mut next_in_tree) = (0_u64, 0_u64);
    let step = 0x9e37_79b9_7f4a_7c15_u64;
    let mut contest = Contest::new(format!("monitor of {count}: resolve any"));
    contest.add("Monitor: resolve, and the poll that it leads to", || {
        next = next.wrapping_add(step);
        monitor.resolve(CertificateId(next % count), Outcome::Failed(FailureClass::Transient), at(1)).unwrap();
        monitor.poll(at(1))
    });
    contest.add("BTreeSet and BTreeMap: move the deadline", || {
        next_in_tree = next_in_tree.wrapping_add(step);
        tree.resolve(next_in_tree % count);
    });
    contest.run();
}

/// One decision alone.
fn decisions() {
    let policy = policy();
    let life = Life::new(facts(1));
    let mut contest = Contest::new("decide");
    contest.add("nothing is due", || decide(black_box(at(1)), &Inputs::new(&policy, &life)));
    contest.add("renewal is due", || decide(black_box(at(340 * DAY)), &Inputs::new(&policy, &life)));
    contest.run();
}

/// Polls until a renewal is due, and says that it was done.
fn renew_next(monitor: &mut Monitor, mut now: UnixTime) -> UnixTime {
    loop {
        match monitor.poll(now) {
            Output::Wait(until) => now = until.unwrap(),
            Output::Event(Event::RenewalDue { id, .. }) => {
                let renewed = CertificateFacts::new(now, now.plus(YEAR), seed(id.0));
                monitor.resolve(id, Outcome::Renewed(renewed), now).unwrap();
                return now;
            }
            Output::Event(event) => panic!("{event:?}"),
        }
    }
}

fn full(count: u64, capacity: u64) -> Monitor {
    let mut monitor = Monitor::with_capacity(policy(), usize::try_from(capacity).unwrap());
    (0..count).for_each(|id| monitor.track(CertificateId(id), facts(id)));
    // The first look at each.
    let _ = monitor.poll(at(-1));
    monitor
}

/// What one writes without the monitor: deadlines in order, and lives by name.
struct Tree {
    policy: LifecyclePolicy,
    deadlines: BTreeSet<(UnixTime, u64)>,
    lives: BTreeMap<u64, Life>,
}

impl Tree {
    fn full(count: u64) -> Self {
        let mut tree = Self { policy: policy(), deadlines: BTreeSet::new(), lives: BTreeMap::new() };
        for id in 0..count {
            let life = Life::new(facts(id));
            let again = decide(at(-1), &Inputs::new(&tree.policy, &life)).again.unwrap();
            tree.deadlines.insert((again, id));
            tree.lives.insert(id, life);
        }
        tree
    }

    fn renew_next(&mut self) {
        let (now, id) = self.deadlines.pop_first().unwrap();
        let life = self.lives.get_mut(&id).unwrap();
        let inputs = Inputs::new(&self.policy, life);
        let begun = inputs.after(&decide(now, &inputs), now);
        let renewed = CertificateFacts::new(now, now.plus(YEAR), seed(id));
        *life = Inputs::new(&self.policy, &begun).resolved(Outcome::Renewed(renewed), now);
        let again = decide(now, &Inputs::new(&self.policy, life)).again.unwrap();
        self.deadlines.insert((again, id));
    }

    fn resolve(&mut self, id: u64) {
        let life = self.lives.get_mut(&id).unwrap();
        let before = decide(at(1), &Inputs::new(&self.policy, life)).again.unwrap();
        *life = Inputs::new(&self.policy, life).resolved(Outcome::Failed(FailureClass::Transient), at(1));
        let after = decide(at(1), &Inputs::new(&self.policy, life)).again.unwrap();
        self.deadlines.remove(&(before, id));
        self.deadlines.insert((after, id));
    }
}

fn heap(count: u64) -> BinaryHeap<Reverse<(UnixTime, u64)>> {
    (0..count).map(|id| Reverse((facts(id).expires(), id))).collect()
}

/// A year each, from some time in the last one.
fn facts(id: u64) -> CertificateFacts {
    let starts = at(-i64::from(seed(id).number() % 20_000_000));
    CertificateFacts::new(starts, starts.plus(YEAR), seed(id))
}

fn seed(id: u64) -> Seed {
    let mixed = id.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Seed::from_number(u32::try_from(mixed >> 32).unwrap())
}

fn policy() -> LifecyclePolicy {
    LifecyclePolicy { revocation: RevocationWatch::Ignore, ..LifecyclePolicy::BES }
}

fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(1_795_424_400 + seconds)
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
const DAY: i64 = 86_400;
const YEAR: Duration = Duration::from_secs(365 * 86_400);
