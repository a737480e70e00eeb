//! What JavaScript gets: the classes of `socket.js`, and the core's functions, handed to them.
//!
//! Compiled only into this checkout's own builds (`cfg(npm)`, see `build.rs`), so that a Rust app pays nothing
//! for classes it can not reach.
//!
//! `socket.js` can not import the wasm's main file, which imports it. So `start`, or in the package whoever makes the
//! instance, passes it the instance's exports, and it calls them with no glue in between. To keep it so, only numbers
//! and `bool`s go over the border (raw, a `u32` may arrive in JavaScript negative (`>>> 0`) and a `bool` is 0 or 1), and
//! what else there is, seldom and short, goes by way of `table`: a page downloads no glue for strings and objects. The
//! other way, the wasm imports from `border.js`; in the package from whatever is handed to it under the name `border`.

#[cfg(npm_alone)]
mod alone;
#[cfg(npm_alone)]
mod heap;
#[allow(dead_code, reason = "what JavaScript and the tests use is not all used here")]
mod numbers;
mod options;
mod steady;
mod strict;
mod table;
#[cfg(npm_trace)]
mod trace;
mod verbs;

use crate::core::Error;
use numbers::refusal;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/socket.js")]
extern "C" {
    /// The strict class. The Rust name leaves `WebSocket` to the platform's own.
    #[wasm_bindgen(js_name = WebSocket, reexport)]
    type Strict;

    /// The class that stays connected.
    #[wasm_bindgen(js_name = SteadyWebSocket, reexport)]
    type Steady;
}

#[cfg(not(npm_alone))]
#[wasm_bindgen(module = "/src/js/border.js")]
extern "C" {
    fn install(core: &JsValue);
}

/// What the files above import. wasm-bindgen carries along only files that Rust names a function of.
mod carried {
    use wasm_bindgen::prelude::*;

    macro_rules! carry {
        ($($name:ident $file:literal)*) => {$(
            #[wasm_bindgen(module = $file)]
            extern "C" {
                #[wasm_bindgen(js_name = none)]
                fn $name();
            }
        )*};
    }

    carry! {
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
        outcomes "/src/js/outcomes.js"
        page "/src/js/page.js"
        steady "/src/js/steady.js"
        streams "/src/js/streams.js"
        strict "/src/js/strict.js"
        waiting "/src/js/waiting.js"
        words "/src/js/words.js"
    }
}

/// Not in the package: it would be the one function that speaks of an object, and wasm-bindgen's table of them comes
/// with it.
#[cfg(not(npm_alone))]
#[wasm_bindgen(start, private)]
fn start() {
    install(&wasm_bindgen::exports());
}

/// A refusal, as a negative number.
const fn verdict(error: Error) -> i32 {
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
        Error::NotSteady => refusal::STRICT,
    };
    !(number as i32)
}
