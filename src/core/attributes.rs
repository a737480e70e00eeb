//! What can be asked of a socket: the standard's attributes, and what it has done so far.

use super::io::{Attempt, CloseInfo, Ticket};
use super::machine::Machine;
use super::machine_kind::MachineKind;
use super::phase::{GateState, Phase, ReadyState};
use super::time::Millis;

/// What a socket has done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Connections tried.
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
    /// The last heartbeat's way there and back.
    pub round_trip: Option<Millis>,
}

impl<P: Clone, K: MachineKind> Machine<P, K> {
    /// `readyState`.
    pub const fn ready_state(&self) -> ReadyState {
        self.phase.ready_state(self.steady.is_some())
    }

    /// `bufferedAmount`, given what the native socket says of its own.
    pub fn buffered_amount(&self, native: u64) -> u64 {
        // Once over, the native amount is part of what was never sent.
        let native = if matches!(self.phase, Phase::Closed { .. }) { 0 } else { native };
        self.queued().1.saturating_add(native).saturating_add(self.never_sent)
    }

    /// Whether the application should pause.
    pub const fn is_pressed(&self) -> bool {
        self.flow.is_pressed()
    }

    /// Messages and bytes in the outbox.
    pub fn queued(&self) -> (u64, u64) {
        match &self.steady {
            Some(steady) => (steady.outbox.count(), steady.outbox.bytes()),
            None => (0, 0),
        }
    }

    /// The number the next accepted message will bear.
    pub const fn next_ticket(&self) -> Ticket {
        self.next_ticket
    }

    /// The number of the present connection, or the last one; 0 before the first.
    pub const fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// How the last connection ended, or how `close()` said that the socket should; 1006 before.
    pub const fn close_info(&self) -> &CloseInfo {
        &self.close_info
    }

    /// What this socket has done so far.
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Whether queued messages wait for [`Input::Announced`](super::Input::Announced) or
    /// [`Input::Gate`](super::Input::Gate).
    pub const fn is_held_back(&self) -> bool {
        matches!(self.phase, Phase::Open { gate: GateState::Unannounced | GateState::Shut { .. }, .. })
    }
}
