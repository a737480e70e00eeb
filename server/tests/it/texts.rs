//! The texts of errors, as users read them.

use std::fmt::Display;
use steady_websocket_server::SessionError;
use steady_websocket_server::store::{Failure, PositionError};

fn check(texts: &[(&dyn Display, &str)]) {
    for (error, text) in texts {
        assert_eq!(error.to_string(), *text);
    }
}

#[test]
fn of_sessions() {
    check(&[
        (&SessionError::Ended, "the session is over: `Session::ended` returns the reason"),
        (&SessionError::Closing, "the session is closing: nothing more can be sent"),
        (
            &SessionError::TooLarge,
            "the message costs more than `Limits::queue`: send smaller messages or raise the limit",
        ),
    ]);
}

#[test]
fn of_stores() {
    check(&[
        (&Failure::Fenced, "another node owns the session"),
        (&Failure::Gap, "the session or an earlier write of it is missing in the store"),
        (&Failure::Corrupt("no owner".into()), "the stored session is invalid: no owner"),
        (
            &Failure::Busy("canceling statement due to lock timeout".into()),
            "something else holds the session in the store: canceling statement due to lock timeout",
        ),
        (&Failure::Away("connection refused".into()), "the store is unavailable: connection refused"),
        (&PositionError::Stale, "the session is over or belongs to another node: roll the transaction back"),
        (&PositionError::Committed, "the position is already committed: roll the transaction back"),
    ]);
}
