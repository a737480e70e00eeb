//! A native socket, as far as a life in virtual time needs one.

use std::collections::VecDeque;

use steady_websocket::core::{Attempt, CloseInfo, Input};

use crate::calendar::Millis;

/// A native socket: what it holds has not left.
pub struct Line {
    /// Which connection.
    pub attempt: Attempt,
    /// It is established.
    pub open: bool,
    /// Messages that have not left, with their sizes, oldest first.
    pub buffer: VecDeque<(u64, u64)>,
    /// Bytes of the first message that have left.
    pub gone: u64,
    /// Since when the next ones leave.
    pub since: Millis,
}

/// The native `bufferedAmount`.
pub fn unsent(line: &Line) -> u64 {
    line.buffer.iter().map(|(_, size)| size).sum::<u64>() - line.gone
}

/// How the machine hears that it ended with this code.
pub fn ended(line: &Line, code: u16) -> Input<u64> {
    let close_info = CloseInfo { code, reason: "".into(), was_clean: code != 1006 };
    Input::Closed { attempt: line.attempt, close_info, unsent: unsent(line) }
}
