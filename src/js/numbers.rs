//! The numbers that cross the border between the core and JavaScript. Each has its name here and nowhere else:
//! `cargo xtask build` writes `numbers.js` and `words.js` from this file, and fails if they are not committed.
//!
//! Self-contained, because `xtask` includes it.

/// Declares modules of numbered names, from 0 in the order given.
macro_rules! numbers {
    ($($(#[$doc:meta])* $group:ident { $($name:ident)* })*) => {$(
        $(#[$doc])*
        pub mod $group {
            #[allow(clippy::upper_case_acronyms, non_camel_case_types)]
            enum Order { $($name),* }
            $(#[allow(missing_docs)] pub const $name: u32 = Order::$name as u32;)*
            /// The names, by their numbers.
            pub const NAMES: &[&str] = &[$(stringify!($name)),*];
        }
    )*};
}

numbers! {
    /// What is done: the inputs of a machine.
    verb {
        CONNECT TERMINATE RECONNECT GIVE_UP NEW_SESSION WATCH
        ONLINE OFFLINE AWAKE FROZEN STOWED SHOWN
        SEND TRACK ASIDE CANCEL CLOSE DECIDE GATE
        DIALED NOT_DIALED OPENED ANNOUNCED PARTING FAILED BUFFERED OVER OVER_CLEANLY TICK
    }
    /// What is asked. From ATTEMPTS on, the answers are what `stats()` shows.
    question {
        READY_STATE BUFFERED_AMOUNT PRESSED NEXT_TICKET DEADLINE FLUSHED_BELOW LOST_SINCE
        ATTEMPTS CONNECTIONS SENT_MESSAGES SENT_BYTES DISCARDED IN_DOUBT QUEUED_MESSAGES QUEUED_BYTES ROUND_TRIP
    }
    /// What a steady socket's shell must do.
    effect {
        DIAL START_GATE PING ASK TRANSMIT SAMPLE HANG_UP ABANDON FIRE ENDED RECONNECTING DISCARD FATE
        FLUSHED FLUSH_FAILED FAILURE
    }
    /// The events without members that FIRE fires.
    event { OPEN ERROR DRAIN }
    /// What the answer to a strict socket's verb asks for: the places of bits, in the order in which it is done.
    answer { TRANSMIT HANG_UP DRAIN FLUSHED FLUSH_FAILED SAMPLE }
    /// What is refused. The answer is the number's complement, which is negative.
    refusal {
        STILL_CONNECTING CLOSE_CODE REASON_TOO_LONG PROTOCOL_TOKEN PROTOCOL_REPEATED QUEUE_BYTES QUEUE_COUNT TOO_LARGE
        NO_LIFETIME NOT_QUEUED NOT_OPEN ALREADY_CONNECTED ENDED STRICT
    }
    /// What became of a message.
    fate { HANDED_OVER OVERFLOW EXPIRED REPLACED CANCELLED STALE_SESSION CLOSED IN_DOUBT }
    /// Why no connection could be begun.
    not_dialed { PROVIDER FORBIDDEN FORBIDDEN_FOR_GOOD }
    /// How far an attempt had come when it failed.
    phase { CONNECTING GATE OPEN CLOSING }
    /// Why it failed.
    cause { HANDSHAKE TIMEOUT OFFLINE CUT SERVER PROVIDER FORBIDDEN GATE STOWED PAGE }
    /// What a retry rule answers, unless it is a number of milliseconds: the complement of these.
    decision { STOP USUAL AGAIN }
    /// `backoff.jitter`.
    jitter { FULL EQUAL DECORRELATED NONE }
    /// `queue.overflow`.
    overflow { REFUSE DROP_OLDEST DROP_NEWEST }
}

/// Groups whose numbers JavaScript uses by name, and the prefix they have there.
pub const NAMED: &[(&str, &[&str])] = &[
    ("", verb::NAMES),
    ("", question::NAMES),
    ("DO_", effect::NAMES),
    ("EVENT_", event::NAMES),
    ("ANSWER_", answer::NAMES),
    ("REFUSED_", refusal::NAMES),
    ("NOT_DIALED_", not_dialed::NAMES),
    ("DECISION_", decision::NAMES),
];

/// Groups of which JavaScript shows the words.
pub const WORDS: &[(&str, &[&str])] =
    &[("FATES", fate::NAMES), ("PHASES", phase::NAMES), ("CAUSES", cause::NAMES), ("EVENTS", event::NAMES)];

/// What an option is, and its default.
#[allow(missing_docs)]
pub enum Usual {
    Number(u64),
    /// Not set.
    Absent,
    /// One of these words; the first is the default.
    Word(&'static [&'static str]),
    /// A function; the number says whether it is there.
    Function,
}

/// Declares the options in the order in which they cross, and their places.
macro_rules! options {
    ($($place:ident $name:literal $usual:expr;)*) => {
        /// The places of the options.
        pub mod option {
            #[allow(clippy::upper_case_acronyms, non_camel_case_types)]
            enum Order { $($place,)* Count }
            $(#[allow(missing_docs)] pub const $place: usize = Order::$place as usize;)*
            /// How many there are.
            pub const COUNT: usize = Order::Count as usize;
        }
        /// The options' names and defaults, by their places.
        pub const OPTIONS: &[(&str, Usual)] = &[$(($name, $usual)),*];
    };
}

options! {
    HIGH_WATER_MARK "highWaterMark" Usual::Number(1 << 20);
    LOW_WATER_MARK "lowWaterMark" Usual::Number(1 << 18);
    CONNECT_TIMEOUT "connectTimeout" Usual::Number(10_000);
    CLOSE_TIMEOUT "closeTimeout" Usual::Number(5_000);
    JITTER "backoff.jitter" Usual::Word(jitter::NAMES);
    FIRST "backoff.first" Usual::Number(1_000);
    GROWTH "backoff.growth" Usual::Number(2);
    FLOOR "backoff.floor" Usual::Number(100);
    CEILING "backoff.ceiling" Usual::Number(30_000);
    MOST_ATTEMPTS "backoff.attempts" Usual::Absent;
    STABLE_AFTER "backoff.stableAfter" Usual::Number(5_000);
    RESTART_FLOOR "backoff.restartFloor" Usual::Number(5_000);
    BUSY_FLOOR "backoff.busyFloor" Usual::Number(30_000);
    MAX_BYTES "queue.maxBytes" Usual::Number(16 << 20);
    MAX_COUNT "queue.maxCount" Usual::Number(1 << 20);
    OVERFLOW "queue.overflow" Usual::Word(overflow::NAMES);
    TTL "queue.ttl" Usual::Absent;
    INTERVAL "heartbeat.interval" Usual::Absent;
    TIMEOUT "heartbeat.timeout" Usual::Absent;
    GATED "beforeFlush" Usual::Function;
    ASKS "retry" Usual::Function;
}

/// The options that the core's rules are about, by the rule's number, and what must hold where that is not "a span".
pub const RULES: &[(&str, &str)] = &[
    ("lowWaterMark", "must not be above highWaterMark"),
    ("connectTimeout", ""),
    ("closeTimeout", ""),
    ("backoff.first", ""),
    ("backoff.ceiling", ""),
    ("backoff.growth", "must be at least 1"),
    ("backoff.floor", "must not be above backoff.ceiling"),
    ("backoff.first", "must not be above backoff.ceiling"),
    ("backoff.stableAfter", ""),
    ("backoff.restartFloor", ""),
    ("backoff.busyFloor", ""),
    ("queue.ttl", "must not be 0"),
    ("heartbeat.interval", ""),
    ("heartbeat.timeout", ""),
];
