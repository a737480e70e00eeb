//! What a node has done so far.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What a node has done since it started, and what it holds now.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Counters {
            $($(#[$doc])* pub $name: u64,)*
            /// Sessions of this node, now.
            pub sessions: u64,
            /// Connections of clients without sessions, now.
            pub plain: u64,
            /// The cost of the messages that the sessions hold, now.
            pub held: u64,
            /// Requests that the store did not answer.
            pub store_failures: u64,
        }

        #[derive(Debug, Default)]
        pub(crate) struct Tally {
            $(pub(crate) $name: AtomicU64,)*
        }

        impl Tally {
            pub(crate) fn read(&self) -> Counters {
                Counters {
                    $($name: self.$name.load(Ordering::Relaxed),)*
                    ..Counters::default()
                }
            }
        }
    };
}

counters! {
    /// Connections that asked for the sub-protocol.
    connections,
    /// Sessions opened.
    opened,
    /// Resumes of sessions of this node.
    resumed,
    /// Sessions taken over from another node, or from this one's past.
    adopted,
    /// Opens and resumes that were refused.
    refused,
    /// Connections that the application's hook denied.
    denied,
    /// Connections closed because too many had not said whom they belong to.
    crowded,
    /// Sessions closed by one of their ends.
    closed,
    /// Sessions that ended otherwise.
    lost,
    /// Messages received.
    received,
    /// Messages accepted for clients.
    accepted,
}

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
