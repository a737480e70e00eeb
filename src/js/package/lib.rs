//! The npm package's wasm: the library's JavaScript classes, which it exports by itself once it is linked.

use steady_websocket as _;

/// std's own allocator is a seventh of what a page would download.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
