//! What std would bring, for the npm package's wasm, which does without: a page downloads it. std's allocator alone is
//! a seventh.

use ::core::panic::PanicInfo;

#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Nobody could read why, and all that panics is a bug.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    ::core::arch::wasm32::unreachable()
}
