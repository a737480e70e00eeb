//! Frames that break the protocol, which no WebSocket crate would send.

use super::frames::{BINARY, CLOSE, FIN, PING, TEXT, close, frame, masked};
use super::target::Target;

/// The names of the violations.
const WAYS: [&str; 13] = [
    "opcode",
    "masked",
    "utf8",
    "oversize",
    "fragmented-control",
    "close-code",
    "data-after-close",
    "length",
    "rsv",
    "continuation",
    "interleave",
    "close-length",
    "close-utf8",
];

/// Returns the frames of a violation, by the name that `how` has in the table of faults.
pub(crate) fn frames(how: &str) -> Option<Vec<u8>> {
    WAYS.contains(&how).then(|| bytes(how, 1005))
}

/// Returns the bytes that a URL specifies.
pub(super) fn parse(target: &Target) -> Result<Vec<u8>, String> {
    let how = target.choice("how", &WAYS)?;
    Ok(bytes(how, target.number_or("code", 1005)?))
}

fn bytes(how: &str, code: u16) -> Vec<u8> {
    match how {
        "masked" => masked(TEXT, b"masked by a server"),
        "utf8" => frame(TEXT, b"not UTF-8: \xff"),
        // RFC 6455, 5.5: a control frame's payload is 125 bytes at most.
        "oversize" => frame(PING, &[b'x'; 126]),
        "fragmented-control" => frame(PING & !FIN, b"half a ping"),
        "close-code" => close(code, ""),
        "data-after-close" => [close(1000, "over"), frame(TEXT, b"after the end")].concat(),
        // 5.2: the most significant bit of a 64-bit length must be 0.
        "length" => [BINARY, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff].to_vec(),
        // 5.2: RSV bits without a negotiated extension.
        "rsv" => frame(TEXT | 0x40, b"reserved"),
        "continuation" => frame(FIN, b"of nothing"),
        "interleave" => [frame(TEXT & !FIN, b"first"), frame(TEXT, b"second")].concat(),
        "close-length" => frame(CLOSE, &[3]),
        "close-utf8" => frame(CLOSE, &[0x03, 0xe8, 0xff]),
        _ => frame(FIN | 0x3, b"reserved opcode"),
    }
}
