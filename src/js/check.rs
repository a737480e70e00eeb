//! What is checked before there is a socket: the constructor's first steps.

use super::{table, verdict};
use crate::core;
use alloc::string::String;
use alloc::vec::Vec;
use wasm_bindgen::prelude::*;

const ADDRESS_IS_HTTP: i32 = 1;
const WRONG_SCHEME: i32 = -1;
const HAS_FRAGMENT: i32 = -2;

/// The steps of the constructor that follow the URL parser; the scheme was put down.
#[wasm_bindgen(skip_typescript)]
pub fn check_address(has_fragment: bool) -> i32 {
    let answer = match table::text().as_str() {
        // "If urlRecord's scheme is "http", then set urlRecord's scheme to "ws". Otherwise, if urlRecord's
        // scheme is "https", set urlRecord's scheme to "wss"."
        "http:" | "https:" => ADDRESS_IS_HTTP,
        "ws:" | "wss:" => 0,
        // "If urlRecord's scheme is not "ws" or "wss", then throw a "SyntaxError" DOMException."
        _ => return WRONG_SCHEME,
    };
    // "If urlRecord's fragment is non-null, then throw a "SyntaxError" DOMException."
    if has_fragment { HAS_FRAGMENT } else { answer }
}

/// The constructor's step about protocols; so many were put down.
#[wasm_bindgen(skip_typescript)]
pub fn check_protocols(count: u32) -> i32 {
    let list: Vec<String> = (0..count).map(|_| table::text()).collect();
    core::protocols(&list).map_or_else(verdict, |()| 0)
}
