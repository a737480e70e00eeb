//! Limits with which a server cannot work are refused by name.

use std::time::Duration;
use steady_websocket_server::store::Memory;
use steady_websocket_server::{LimitError, Limits, Sessions};

/// Returns the error for the default limits after this change.
fn refused(change: impl FnOnce(&mut Limits)) -> LimitError {
    let mut limits = Limits::default();
    change(&mut limits);
    Sessions::new(Memory::new(), limits).map(drop).unwrap_err()
}

/// Asserts that each of these fields is refused with these values.
macro_rules! refuses {
    ($($field:ident: $($value:expr),+;)+) => {
        $($(assert_eq!(refused(|limits| limits.$field = $value).field, stringify!($field));)+)+
    };
}

#[test]
fn limits_that_cannot_work_are_refused_by_name() {
    let (nothing, too_short) = (Duration::ZERO, Duration::from_micros(999));
    refuses! {
        life: nothing, too_short;
        tombstone: nothing, too_short;
        sessions: 0;
        sessions_per_identity: 0;
        unopened: 0;
        open_within: nothing, too_short;
        window: 0, u64::MAX, 1 << 53;
        queue: 0;
        held: 0, Limits::default().queue - 1;
        message: 0;
        silence: nothing, too_short;
        store: nothing, too_short;
    }
    assert_eq!(refused(|limits| limits.queue = 0).to_string(), "Limits::queue must be above 0");
}

#[test]
fn the_smallest_limits_are_accepted() {
    let mut limits = Limits::default();
    (limits.sessions, limits.sessions_per_identity, limits.unopened) = (1, 1, 1);
    (limits.window, limits.queue, limits.held, limits.message) = (1, 1, 1, 1);
    let shortest = Duration::from_millis(1);
    (limits.life, limits.tombstone, limits.open_within) = (shortest, shortest, shortest);
    (limits.silence, limits.store) = (shortest, shortest);
    assert!(Sessions::new(Memory::new(), limits).is_ok());
}
