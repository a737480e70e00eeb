//! The npm package's heap: for every power of two a list of free blocks, and new ones from the end of memory.
//!
//! A general allocator splits and joins blocks, and is half a kilobyte more for a page to download. What a machine asks
//! for needs neither: it is small and always the same, but for queues, which double, and leave behind what the next one
//! will want.

#![expect(unsafe_code, reason = "an allocator hands out memory")]

use ::core::alloc::{GlobalAlloc, Layout};
use ::core::arch::wasm32::memory_grow;
use ::core::cell::Cell;
use ::core::ptr::null_mut;

const PAGE: usize = 1 << 16;

/// Every block is a multiple of this, and begins at one.
const LEAST: usize = 16;

pub(super) struct Heap {
    /// The last block freed of each size; it holds the address of the one before.
    free: [Cell<*mut u8>; 32],
    /// The memory that was never handed out.
    fresh: Cell<usize>,
    end: Cell<usize>,
}

// SAFETY: the package's memory is not shared between threads.
unsafe impl Sync for Heap {}

impl Heap {
    pub(super) const fn new() -> Self {
        Self { free: [const { Cell::new(null_mut()) }; 32], fresh: Cell::new(0), end: Cell::new(0) }
    }

    /// Memory that was never handed out, or null.
    fn fresh(&self, size: usize) -> *mut u8 {
        if self.end.get() - self.fresh.get() < size {
            let pages = size.div_ceil(PAGE);
            let before = memory_grow(0, pages);
            if before == usize::MAX {
                return null_mut();
            }
            let start = before * PAGE;
            // Else it goes on where it ended.
            if start != self.end.get() {
                self.fresh.set(start);
            }
            self.end.set(start + pages * PAGE);
        }
        let block = self.fresh.get();
        self.fresh.set(block + size);
        block as *mut u8
    }
}

/// Which power of two a block for this has.
fn class(layout: Layout) -> u32 {
    usize::BITS - (layout.size().max(LEAST) - 1).leading_zeros()
}

// SAFETY: a block is on no list while it is in use, long enough for its class, and aligned to `LEAST`.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let class = class(layout);
        let Some(list) = self.free.get(class as usize) else { return null_mut() };
        if layout.align() > LEAST {
            // No caller requests that.
            return null_mut();
        }
        let block = list.get();
        if block.is_null() {
            return self.fresh(1 << class);
        }
        // SAFETY: a free block holds the address of the next.
        list.set(unsafe { block.cast::<*mut u8>().read() });
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(list) = self.free.get(class(layout) as usize) {
            // SAFETY: the block has no owner any more.
            unsafe { block.cast::<*mut u8>().write(list.get()) };
            list.set(block);
        }
    }
}
