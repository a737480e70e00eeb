//! Replaces what std would bring to the wasm of the npm package. std's allocator alone would be a seventh of it.

use super::heap::Heap;
use ::core::panic::PanicInfo;

#[global_allocator]
static HEAP: Heap = Heap::new();

/// A message could not be shown; any panic is a bug.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    ::core::arch::wasm32::unreachable()
}
