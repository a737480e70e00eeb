//! Read access to a socket: the standard's attributes and the counters.

use super::io::{Attempt, CloseInfo, Ticket};
use super::machine::Machine;
use super::machine_kind::MachineKind;
use super::phase::{GateState, Phase, ReadyState};
use super::time::Millis;

/// Counters over the life of a socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Connection attempts.
    pub attempts: u32,
    /// Connections established.
    pub connections: u32,
    /// Messages handed to a connection.
    pub sent_messages: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// Messages received.
    pub received_messages: u64,
    /// Their bytes.
    pub received_bytes: u64,
    /// Messages discarded by a rule.
    pub discarded: u64,
    /// Messages left in doubt.
    pub in_doubt: u64,
    /// The round trip of the last heartbeat.
    pub round_trip: Option<Millis>,
}

impl<P: Clone, K: MachineKind> Machine<P, K> {
    /// Returns `readyState`.
    pub const fn ready_state(&self) -> ReadyState {
        self.phase.ready_state(self.steady.is_some())
    }

    /// Returns `bufferedAmount`, given the native socket's.
    pub fn buffered_amount(&self, native: u64) -> u64 {
        // After the end the native amount is counted in `never_sent`.
        let native = if matches!(self.phase, Phase::Closed { .. }) { 0 } else { native };
        self.queued().1.saturating_add(native).saturating_add(self.never_sent)
    }

    /// Returns whether the application should pause sending.
    pub const fn is_pressed(&self) -> bool {
        self.flow.is_pressed()
    }

    /// Returns the number of messages and bytes in the outbox.
    pub fn queued(&self) -> (u64, u64) {
        match &self.steady {
            Some(steady) => (steady.outbox.count(), steady.outbox.bytes()),
            None => (0, 0),
        }
    }

    /// Returns the ticket of the next accepted message.
    pub const fn next_ticket(&self) -> Ticket {
        self.next_ticket
    }

    /// Returns whether a message of a steady socket has no fate yet.
    pub fn holds(&mut self, ticket: Ticket) -> bool {
        self.steady.as_deref_mut().is_some_and(|steady| {
            steady.outbox.find(ticket).is_some() || steady.in_flight.find(ticket).is_some()
        })
    }

    /// Returns the number of the current or last connection; 0 before the first.
    pub const fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// Returns how the last connection ended, or the arguments of `close()`; code 1006 before either.
    pub const fn close_info(&self) -> &CloseInfo<K::Text> {
        &self.close_info
    }

    /// Returns the counters.
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Returns whether queued messages wait for [`Input::Announced`](super::Input::Announced) or
    /// [`Input::Gate`](super::Input::Gate).
    pub const fn is_held_back(&self) -> bool {
        matches!(self.phase, Phase::Open { gate: GateState::Unannounced | GateState::Shut { .. }, .. })
    }
}
