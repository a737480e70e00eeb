//! The numbers that cross the border between the core and JavaScript. They are named only here: `cargo xtask build`
//! generates `numbers.js` and `words.js` from this file, and fails if the committed ones differ.
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
    /// The inputs of a machine.
    input_kind {
        CONNECT TERMINATE RECONNECT GIVE_UP NEW_SESSION FLUSH
        ONLINE OFFLINE AWAKE FROZEN STOWED SHOWN
        SEND SEND_TRACKED SEND_DIRECT CANCEL CLOSE DECIDE GATE
        DIALED NOT_DIALED OPENED ANNOUNCED PEER_CLOSING FAILED BUFFERED CLOSED CLOSED_CLEANLY TICK
    }
    /// The queries. From ATTEMPTS on, the answers are the members of `stats()`.
    query {
        READY_STATE BUFFERED_AMOUNT PRESSED NEXT_TICKET CREDIT DEADLINE FLUSHED_BELOW LOSSES LAST_LOST
        ATTEMPTS CONNECTIONS SENT_MESSAGES SENT_BYTES DISCARDED IN_DOUBT QUEUED_MESSAGES QUEUED_BYTES ROUND_TRIP
    }
    /// The effects that the shell of a steady socket performs.
    effect {
        DIAL START_GATE PING ASK TRANSMIT SAMPLE HANG_UP ABANDON FIRE ENDED RECONNECTING DISCARD FATE
        FLUSHED FLUSH_FAILED FAILURE
    }
    /// The events without members, for FIRE.
    event { OPEN ERROR DRAIN }
    /// What the shell of a strict socket must do: positions of bits, in the order in which it does it.
    answer { TRANSMIT HANG_UP DRAIN FLUSHED FLUSH_FAILED SAMPLE }
    /// Why an input is refused. What crosses is the complement, a negative number.
    refusal {
        STILL_CONNECTING CLOSE_CODE REASON_TOO_LONG PROTOCOL_TOKEN PROTOCOL_REPEATED QUEUE_BYTES QUEUE_COUNT TOO_LARGE
        NO_LIFETIME NOT_QUEUED NOT_OPEN ALREADY_CONNECTED ENDED NOT_STEADY
    }
    /// The fates of a message.
    fate { HANDED_OVER OVERFLOW EXPIRED REPLACED CANCELLED STALE_SESSION CLOSED IN_DOUBT }
    /// Why no connection attempt could be made.
    not_dialed { PROVIDER FORBIDDEN FORBIDDEN_FOR_GOOD }
    /// The phase in which an attempt failed.
    phase { CONNECTING GATE OPEN CLOSING }
    /// The cause of the failure.
    cause { HANDSHAKE TIMEOUT OFFLINE CUT SERVER PROVIDER FORBIDDEN GATE STOWED PAGE }
    /// What `retry` returns, unless it is a number of milliseconds. What crosses is the complement.
    decision { STOP USUAL AGAIN }
    /// `backoff.jitter`.
    jitter { FULL EQUAL DECORRELATED NONE }
    /// `queue.overflow`.
    overflow { REFUSE DROP_OLDEST DROP_NEWEST }
}

/// Groups whose numbers JavaScript uses by name, and their prefix there.
pub const NAMED: &[(&str, &[&str])] = &[
    ("", input_kind::NAMES),
    ("", query::NAMES),
    ("DO_", effect::NAMES),
    ("EVENT_", event::NAMES),
    ("ANSWER_", answer::NAMES),
    ("REFUSED_", refusal::NAMES),
    ("NOT_DIALED_", not_dialed::NAMES),
    ("DECISION_", decision::NAMES),
];

/// Groups of which JavaScript uses the words.
pub const WORDS: &[(&str, &[&str])] =
    &[("FATES", fate::NAMES), ("PHASES", phase::NAMES), ("CAUSES", cause::NAMES), ("EVENTS", event::NAMES)];

/// The type of an option, and its default.
#[allow(missing_docs)]
pub enum DefaultValue {
    Number(u64),
    /// Not set.
    Absent,
    /// One of these words, by default the first.
    Word(&'static [&'static str]),
    /// A function; the number says whether it was given.
    Function,
}

/// Declares the options in the order in which they cross.
macro_rules! options {
    ($($place:ident $name:literal $usual:expr;)*) => {
        /// The positions of the options.
        pub mod option {
            #[allow(clippy::upper_case_acronyms, non_camel_case_types)]
            enum Order { $($place,)* Count }
            $(#[allow(missing_docs)] pub const $place: usize = Order::$place as usize;)*
            /// How many there are.
            pub const COUNT: usize = Order::Count as usize;
        }
        /// The names and defaults of the options, by position.
        pub const OPTIONS: &[(&str, DefaultValue)] = &[$(($name, $usual)),*];
    };
}

options! {
    HIGH_WATER_MARK "highWaterMark" DefaultValue::Number(1 << 20);
    LOW_WATER_MARK "lowWaterMark" DefaultValue::Number(1 << 18);
    CONNECT_TIMEOUT "connectTimeout" DefaultValue::Number(10_000);
    CLOSE_TIMEOUT "closeTimeout" DefaultValue::Number(5_000);
    JITTER "backoff.jitter" DefaultValue::Word(jitter::NAMES);
    FIRST "backoff.first" DefaultValue::Number(1_000);
    GROWTH "backoff.growth" DefaultValue::Number(2);
    FLOOR "backoff.floor" DefaultValue::Number(100);
    CEILING "backoff.ceiling" DefaultValue::Number(30_000);
    MOST_ATTEMPTS "backoff.attempts" DefaultValue::Absent;
    STABLE_AFTER "backoff.stableAfter" DefaultValue::Number(5_000);
    RESTART_FLOOR "backoff.restartFloor" DefaultValue::Number(5_000);
    BUSY_FLOOR "backoff.busyFloor" DefaultValue::Number(30_000);
    MAX_BYTES "queue.maxBytes" DefaultValue::Number(16 << 20);
    MAX_COUNT "queue.maxCount" DefaultValue::Number(1 << 20);
    OVERFLOW "queue.overflow" DefaultValue::Word(overflow::NAMES);
    TTL "queue.ttl" DefaultValue::Absent;
    INTERVAL "heartbeat.interval" DefaultValue::Absent;
    TIMEOUT "heartbeat.timeout" DefaultValue::Absent;
    GATED "beforeFlush" DefaultValue::Function;
    ASKS "retry" DefaultValue::Function;
}

/// The rule of a duration that may be 0.
const AT_MOST: &str = "must be at most 2147483647 ms";

/// The options that the core's rules are about, by the number of the rule; and the rule, unless it is that of a duration.
pub const RULES: &[(&str, &str)] = &[
    ("lowWaterMark", "must not be above highWaterMark"),
    ("connectTimeout", ""),
    ("closeTimeout", ""),
    ("backoff.first", ""),
    ("backoff.ceiling", ""),
    ("backoff.growth", "must be at least 1"),
    ("backoff.floor", "must not be above backoff.ceiling"),
    ("backoff.first", "must not be above backoff.ceiling"),
    ("backoff.stableAfter", AT_MOST),
    ("backoff.restartFloor", AT_MOST),
    ("backoff.busyFloor", AT_MOST),
    ("queue.ttl", "must not be 0"),
    ("heartbeat.interval", ""),
    ("heartbeat.timeout", ""),
];
