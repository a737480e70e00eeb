//! The npm package's wasm: the library's JavaScript classes, which it exports by itself once it is linked.

#![no_std]

use steady_websocket as _;
