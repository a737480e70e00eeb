//! A native socket for the simulation in virtual time.

use std::collections::VecDeque;

use steady_websocket::core::{Attempt, CloseInfo, Input};

use crate::calendar::Millis;

/// A native socket with the bytes that have not left.
pub struct Line {
    /// The number of the connection.
    pub attempt: Attempt,
    /// Whether it is established.
    pub open: bool,
    /// Messages that have not left, with their sizes, oldest first.
    pub buffer: VecDeque<(u64, u64)>,
    /// Bytes of the first message that have left.
    pub gone: u64,
    /// Since when the next bytes leave.
    pub since: Millis,
}

/// Returns the native `bufferedAmount`.
pub fn unsent(line: &Line) -> u64 {
    line.buffer.iter().map(|(_, size)| size).sum::<u64>() - line.gone
}

/// Returns the input that reports its end with this code.
pub fn ended(line: &Line, code: u16) -> Input<u64> {
    let close_info = CloseInfo { code, reason: "".into(), was_clean: code != 1006 };
    Input::Closed { attempt: line.attempt, close_info, unsent: unsent(line) }
}
