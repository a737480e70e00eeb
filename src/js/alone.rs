//! What std would bring, for the npm package's wasm, which does without: a page downloads it. std's allocator alone is
//! a seventh.

use super::heap::Heap;
use ::core::panic::PanicInfo;

#[global_allocator]
static HEAP: Heap = Heap::new();

/// Nobody could read why, and all that panics is a bug.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    ::core::arch::wasm32::unreachable()
}
