//! What is checked before there is a socket: the constructor's first steps.

use super::verdict;
use crate::core;
use wasm_bindgen::prelude::*;

const ADDRESS_IS_HTTP: i32 = 1;
const WRONG_SCHEME: i32 = -1;
const HAS_FRAGMENT: i32 = -2;

/// The steps of the constructor that follow the URL parser.
#[wasm_bindgen(skip_typescript)]
pub fn check_address(scheme: &JsValue, has_fragment: bool) -> i32 {
    let answer = match scheme.as_string().as_deref() {
        // "If urlRecord's scheme is "http", then set urlRecord's scheme to "ws". Otherwise, if urlRecord's
        // scheme is "https", set urlRecord's scheme to "wss"."
        Some("http:" | "https:") => ADDRESS_IS_HTTP,
        Some("ws:" | "wss:") => 0,
        // "If urlRecord's scheme is not "ws" or "wss", then throw a "SyntaxError" DOMException."
        _ => return WRONG_SCHEME,
    };
    // "If urlRecord's fragment is non-null, then throw a "SyntaxError" DOMException."
    if has_fragment { HAS_FRAGMENT } else { answer }
}

/// The constructor's step about protocols.
#[wasm_bindgen(skip_typescript)]
pub fn check_protocols(list: &JsValue) -> i32 {
    let list: Vec<String> = js_sys::Array::from(list)
        .iter()
        // What is no Unicode text is no token either.
        .map(|name| name.as_string().unwrap_or_default())
        .collect();
    core::protocols(&list).map_or_else(verdict, |()| 0)
}
