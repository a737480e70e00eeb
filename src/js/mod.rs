//! The JavaScript shell: the classes of `socket.js`, and the functions of the core that they call.
//!
//! Compiled only in builds of this checkout (`cfg(npm)`, see `build.rs`), so that a Rust app does not carry classes that
//! it cannot use.
//!
//! `socket.js` cannot import the main file of the wasm, which imports it. So `start`, or `instance.js` in the package,
//! passes it the instance's exports, which it calls directly. Only numbers and `bool`s cross this border (raw: a `u32` may
//! arrive in JavaScript as a negative number, a `bool` is 0 or 1). Texts and payloads stay in
//! JavaScript, and the core has their numbers, so a page downloads no glue for strings and objects. In the other direction
//! the wasm imports from `border.js`; in the package, from an object under the name `border`.

#[cfg(npm_alone)]
mod alone;
#[cfg(npm_alone)]
mod heap;
mod inputs;
#[allow(dead_code, reason = "JavaScript and the tests use more of it than this module")]
mod numbers;
mod options;
mod steady;
mod strict;
mod table;
mod text;
#[cfg(npm_trace)]
mod trace;

use crate::core::Error;
use numbers::refusal;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/socket.js")]
extern "C" {
    /// The strict class.
    #[wasm_bindgen(js_name = WebSocket, reexport)]
    type StrictClass;

    /// The steady class.
    #[wasm_bindgen(js_name = SteadyWebSocket, reexport)]
    type SteadyClass;
}

#[cfg(not(npm_alone))]
#[wasm_bindgen(module = "/src/js/border.js")]
extern "C" {
    fn install(core: &JsValue);
}

/// The modules that those import. wasm-bindgen includes only files of which Rust names a function.
mod included {
    use wasm_bindgen::prelude::*;

    macro_rules! include_modules {
        ($($name:ident $file:literal)*) => {$(
            #[wasm_bindgen(module = $file)]
            extern "C" {
                #[wasm_bindgen(js_name = none)]
                fn $name();
            }
        )*};
    }

    include_modules! {
        address "/src/js/address.js"
        brand "/src/js/brand.js"
        callbacks "/src/js/callbacks.js"
        clock "/src/js/clock.js"
        connection "/src/js/connection.js"
        convert "/src/js/convert.js"
        core "/src/js/core.js"
        effects "/src/js/effects.js"
        events "/src/js/events.js"
        exceptions "/src/js/exceptions.js"
        failure "/src/js/failure.js"
        hooks "/src/js/hooks.js"
        listeners "/src/js/listeners.js"
        options "/src/js/options.js"
        numbers "/src/js/numbers.js"
        tracking "/src/js/tracking.js"
        page "/src/js/page.js"
        queue "/src/js/queue.js"
        steady "/src/js/steady.js"
        streams "/src/js/streams.js"
        strict "/src/js/strict.js"
        waiting "/src/js/waiting.js"
        words "/src/js/words.js"
    }
}

/// Not in the package: this one function that takes an object would bring wasm-bindgen's table of objects.
#[cfg(not(npm_alone))]
#[wasm_bindgen(start, private)]
fn start() {
    install(&wasm_bindgen::exports());
}

/// Returns the negative number of a refusal.
const fn refusal_number(error: Error) -> i32 {
    let number = match error {
        Error::StillConnecting => refusal::STILL_CONNECTING,
        Error::CloseCode(_) => refusal::CLOSE_CODE,
        Error::ReasonTooLong(_) => refusal::REASON_TOO_LONG,
        Error::ProtocolToken(_) => refusal::PROTOCOL_TOKEN,
        Error::ProtocolRepeated(_) => refusal::PROTOCOL_REPEATED,
        Error::QueueBytes => refusal::QUEUE_BYTES,
        Error::QueueCount => refusal::QUEUE_COUNT,
        Error::TooLarge => refusal::TOO_LARGE,
        Error::NoLifetime => refusal::NO_LIFETIME,
        Error::NotQueued(_) => refusal::NOT_QUEUED,
        Error::NotOpen => refusal::NOT_OPEN,
        Error::AlreadyConnected => refusal::ALREADY_CONNECTED,
        Error::Ended => refusal::ENDED,
        Error::NotSteady => refusal::NOT_STEADY,
    };
    !(number as i32)
}
