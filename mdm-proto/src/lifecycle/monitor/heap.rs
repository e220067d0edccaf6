//! [`Heap`]: what is to be looked at first.

use alloc::vec::Vec;

use pki_core::UnixTime;

use super::Entry;

/// A heap by time, in which each node's place is known to its entry, so that any can be moved.
///
/// Each node has four children: half as deep as with two, and the four lie side by side.
#[derive(Clone, Debug)]
pub(super) struct Heap(Vec<Node>);

/// When the entry in `slot` is to be looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) at: UnixTime,
    pub(super) slot: u32,
}

impl Heap {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// The first to be looked at.
    pub(super) fn first(&self) -> Option<Node> {
        self.0.first().copied()
    }

    /// Adds a node at the end, whose entry comes next; it is not in order before it is [`set`](Self::set). `None` if there
    /// are 2³² already.
    pub(super) fn push(&mut self, slot: u32) -> Option<u32> {
        let place = u32::try_from(self.0.len()).ok().filter(|place| *place < u32::MAX)?;
        // Behind all others until its entry is there to be told of its place.
        self.0.push(Node { at: super::FOREVER, slot });
        Some(place)
    }

    /// Changes when the node at `place` is looked at.
    pub(super) fn set(&mut self, place: u32, at: UnixTime, entries: &mut [Entry]) {
        let Some(place) = index(place) else { return };
        let Some(node) = self.0.get_mut(place) else { return };
        let before = core::mem::replace(&mut node.at, at);
        if at <= before {
            self.up(place, entries);
        }
        if at >= before {
            self.down(place, entries);
        }
    }

    /// Takes the node at `place` out.
    pub(super) fn remove(&mut self, place: u32, entries: &mut [Entry]) {
        let Some(place) = index(place).filter(|place| *place < self.0.len()) else { return };
        self.0.swap_remove(place);
        self.note(place, entries);
        self.up(place, entries);
        self.down(place, entries);
    }

    /// The entry of the node at `place` lies in another slot now.
    pub(super) fn moved(&mut self, place: u32, slot: u32) {
        if let Some(node) = index(place).and_then(|place| self.0.get_mut(place)) {
            node.slot = slot;
        }
    }

    /// Has all looked at at the same time. Where all are equal, any order is one.
    pub(super) fn set_all(&mut self, at: UnixTime) {
        self.0.iter_mut().for_each(|node| node.at = at);
    }

    fn up(&mut self, mut place: usize, entries: &mut [Entry]) {
        while place > 0 {
            let parent = (place - 1) / CHILDREN;
            if !self.is_before(place, parent) {
                break;
            }
            self.swap(place, parent, entries);
            place = parent;
        }
    }

    fn down(&mut self, mut place: usize, entries: &mut [Entry]) {
        loop {
            let first_child = place.saturating_mul(CHILDREN).saturating_add(1);
            let children = first_child..first_child.saturating_add(CHILDREN).min(self.0.len());
            let Some(least) = children.reduce(|least, child| if self.is_before(child, least) { child } else { least })
            else {
                break;
            };
            if !self.is_before(least, place) {
                break;
            }
            self.swap(least, place, entries);
            place = least;
        }
    }

    fn is_before(&self, a: usize, b: usize) -> bool {
        match (self.0.get(a), self.0.get(b)) {
            (Some(a), Some(b)) => (a.at, a.slot) < (b.at, b.slot),
            _ => false,
        }
    }

    fn swap(&mut self, a: usize, b: usize, entries: &mut [Entry]) {
        self.0.swap(a, b);
        self.note(a, entries);
        self.note(b, entries);
    }

    /// Tells the entry of the node at `place` so.
    fn note(&self, place: usize, entries: &mut [Entry]) {
        let Some(node) = self.0.get(place) else { return };
        if let (Some(entry), Ok(place)) =
            (index(node.slot).and_then(|slot| entries.get_mut(slot)), u32::try_from(place))
        {
            entry.place = place;
        }
    }
}

fn index(number: u32) -> Option<usize> {
    usize::try_from(number).ok()
}

const CHILDREN: usize = 4;
