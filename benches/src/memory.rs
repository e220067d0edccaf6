//! How much memory something keeps.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

/// The system's allocator, counting: for `#[global_allocator]` of a benchmark that asks [`kept`] or [`allocated`].
#[derive(Debug)]
pub struct Counting;

/// Octets that what is made keeps allocated.
pub fn kept<T>(make: impl FnOnce() -> T) -> (T, usize) {
    let before = allocated();
    let made = make();
    (made, allocated().saturating_sub(before))
}

/// Octets that are allocated now.
pub fn allocated() -> usize {
    ALLOCATED.load(Ordering::Relaxed)
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);
