//! Counters of a node.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A node's counters since it started, and its current load.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Counters {
            $($(#[$doc])* pub $name: u64,)*
            /// Current sessions.
            pub sessions: u64,
            /// Current connections of clients without sessions.
            pub plain: u64,
            /// Current total cost of the messages held for clients.
            pub held: u64,
            /// Store requests that failed or timed out.
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
    /// Connections that negotiated sessions.
    connections,
    /// Sessions opened.
    opened,
    /// Sessions resumed that were already at this node.
    resumed,
    /// Sessions taken over from another node, or from before this node's restart.
    adopted,
    /// Opens and resumes refused.
    refused,
    /// Connections denied by the `authorize` hook.
    denied,
    /// Connections closed because of [`Limits::unopened`](crate::Limits::unopened).
    crowded,
    /// Sessions closed by either end.
    closed,
    /// Sessions lost.
    lost,
    /// Messages received from clients.
    received,
    /// Messages accepted for clients.
    accepted,
}

/// Increments a counter.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
