//! [`Index`]: where each certificate is.

use alloc::{vec, vec::Vec};

use super::Entry;
use crate::lifecycle::seed::scatter;

/// Slots by name: a hash table with linear probing, since `alloc` has none, and its trees take four times as much.
///
/// Names are the caller's, not strangers', so that the hash needs no key.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// 0, or a slot plus 1. As many as a power of two.
    table: Vec<u32>,
    count: usize,
}

impl Index {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { table: vec![0; size_for(capacity)], count: 0 }
    }

    pub(super) fn find(&self, id: u64, entries: &[Entry]) -> Option<u32> {
        let place = self.place(id, entries)?;
        self.table.get(place)?.checked_sub(1)
    }

    /// Adds one that is not there.
    pub(super) fn insert(&mut self, id: u64, slot: u32, entries: &[Entry]) {
        let size = size_for(self.count.saturating_add(1));
        if size > self.table.len() {
            let old = core::mem::replace(&mut self.table, vec![0; size]);
            for slot in old.into_iter().filter_map(|number| number.checked_sub(1)) {
                if let Some(entry) = entry(slot, entries) {
                    self.put(entry.id, slot);
                }
            }
        }
        self.put(id, slot);
        self.count = self.count.saturating_add(1);
    }

    /// Takes one out, and closes the gap.
    pub(super) fn remove(&mut self, id: u64, entries: &[Entry]) {
        let Some(mut gap) = self.place(id, entries) else { return };
        self.count = self.count.saturating_sub(1);
        let mut place = gap;
        loop {
            place = self.next(place);
            let number = self.table.get(place).copied().unwrap_or(0);
            let Some(entry) = number.checked_sub(1).and_then(|slot| entry(slot, entries)) else { break };
            // It may move up unless it lies between its home and here.
            let home = self.home(entry.id);
            if self.distance(home, place) >= self.distance(gap, place) {
                self.set(gap, number);
                gap = place;
            }
        }
        self.set(gap, 0);
    }

    /// One lies in another slot now; `entries` are as before.
    pub(super) fn moved(&mut self, id: u64, slot: u32, entries: &[Entry]) {
        if let Some(place) = self.place(id, entries) {
            self.set(place, slot.saturating_add(1));
        }
    }

    fn put(&mut self, id: u64, slot: u32) {
        let mut place = self.home(id);
        while self.table.get(place).is_some_and(|number| *number != 0) {
            place = self.next(place);
        }
        self.set(place, slot.saturating_add(1));
    }

    fn place(&self, id: u64, entries: &[Entry]) -> Option<usize> {
        let mut place = self.home(id);
        loop {
            let slot = self.table.get(place)?.checked_sub(1)?;
            if entry(slot, entries)?.id == id {
                return Some(place);
            }
            place = self.next(place);
        }
    }

    fn home(&self, id: u64) -> usize {
        let mask = u64::try_from(self.table.len().saturating_sub(1)).unwrap_or(0);
        usize::try_from(scatter(id) & mask).unwrap_or(0)
    }

    const fn next(&self, place: usize) -> usize {
        (place + 1) & self.table.len().saturating_sub(1)
    }

    const fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & self.table.len().saturating_sub(1)
    }

    fn set(&mut self, place: usize, number: u32) {
        if let Some(found) = self.table.get_mut(place) {
            *found = number;
        }
    }
}

fn entry(slot: u32, entries: &[Entry]) -> Option<&Entry> {
    entries.get(usize::try_from(slot).ok()?)
}

/// At most three of four are taken.
fn size_for(count: usize) -> usize {
    count.saturating_add(count / 3).saturating_add(1).next_power_of_two().max(8)
}
