//! What is checked before there is a socket: the constructor's step about protocols.

use super::{table, verdict};
use crate::core;
use alloc::string::String;
use alloc::vec::Vec;
use wasm_bindgen::prelude::*;

/// So many were put down.
#[wasm_bindgen(skip_typescript)]
pub fn check_protocols(count: u32) -> i32 {
    let list: Vec<String> = (0..count).map(|_| table::text()).collect();
    core::protocols(&list).map_or_else(verdict, |()| 0)
}
