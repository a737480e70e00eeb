//! Gives any text to the parser of control frames and to the escape. `session/tests/fuzz.rs` and the libFuzzer target share
//! it.

use std::collections::BTreeSet;
use steady_session::{Incoming, escape, incoming, parse};

/// Reads any text as a control frame and as a message.
pub fn frames(data: &[u8]) -> BTreeSet<&'static str> {
    let text = &*String::from_utf8_lossy(data);
    assert_eq!(incoming(&escape(text)), Incoming::Data(text));
    match parse(text) {
        Ok(frame) => {
            assert_eq!(frame.to_string(), text);
            assert_eq!(incoming(text), Incoming::Control(text));
            BTreeSet::from(["frame"])
        }
        Err(_) => BTreeSet::from(["malformed"]),
    }
}
