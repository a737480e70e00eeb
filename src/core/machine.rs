//! The machine's fields and its driving interface. Its behaviour is in `lifecycle`, `ending`, `waking`
//! and `sending`, read access in `attributes`.

use super::attributes::Stats;
use super::config::{Config, ConfigError, Marks};
use super::flow::Flow;
use super::flush::PendingFlushes;
use super::in_flight::InFlight;
use super::io::{Attempt, CloseInfo, Effect, Error, Event, Input, Text, Ticket};
use super::machine_kind::{AnyKind, MachineKind, StrictOnly};
use super::outbox::Outbox;
use super::phase::{GateState, Liveness, Phase};
use super::steady_state::SteadyState;
use super::time::{Instant, earlier};
use alloc::boxed::Box;
use alloc::collections::VecDeque;

/// One socket. See the [module's page](super) for the contract.
#[derive(Clone, Debug)]
pub struct Machine<P, K: MachineKind = AnyKind> {
    /// The state of a steady socket; `None` makes the socket strict.
    pub(super) steady: Option<K::SteadyHalf<P>>,
    pub(super) phase: Phase,
    /// How the last connection ended, or the arguments of `close()` after it was called.
    pub(super) close_info: CloseInfo<K::Text>,
    pub(super) now: Instant,
    pub(super) attempt: Attempt,
    pub(super) effects: VecDeque<Effect<P, K::Text>>,
    pub(super) flow: Flow,
    pub(super) flushes: PendingFlushes,
    pub(super) next_ticket: Ticket,
    /// Bytes passed to `send` after closing began, and bytes that were never sent before it.
    pub(super) never_sent: u64,
    pub(super) stats: Stats,
}

impl<P: Clone, T: Text> Machine<P, AnyKind<T>> {
    /// Returns a socket that is not connecting yet. The seed is its only source of randomness.
    pub fn new(config: Config, seed: u64) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self::made(config.flow, config.steady.map(|rules| Box::new(SteadyState::new(rules, seed)))))
    }
}

impl<P: Clone> Machine<P, StrictOnly> {
    /// Returns a strict socket of a type that leaves the code for steady ones out of an app.
    pub fn strict(flow: Marks) -> Result<Self, ConfigError> {
        flow.check()?;
        Ok(Self::made(flow, None))
    }
}

impl<P: Clone, K: MachineKind> Machine<P, K> {
    fn made(flow: Marks, steady: Option<K::SteadyHalf<P>>) -> Self {
        Self {
            steady,
            phase: Phase::Idle,
            close_info: CloseInfo::abnormal(),
            now: Instant::default(),
            attempt: 0,
            effects: VecDeque::new(),
            flow: Flow::new(flow),
            flushes: PendingFlushes::default(),
            next_ticket: Ticket(0),
            never_sent: 0,
            stats: Stats::default(),
        }
    }

    /// Handles one input. On an error nothing has changed.
    pub fn handle(&mut self, now: Instant, input: Input<P, K::Text>) -> Result<(), Error> {
        // A clock that runs backwards is ignored.
        self.now = self.now.max(now);
        match input {
            Input::SendDirect(..)
            | Input::GiveUp
            | Input::NewSession
            | Input::Decide(..)
            | Input::Gate(..)
                if self.steady.is_none() =>
            {
                return Err(Error::NotSteady);
            }
            Input::Connect => return self.connect(),
            Input::Send(message) => return self.send(message),
            Input::SendDirect(attempt, message) => return self.send_direct(attempt, message),
            Input::Cancel(ticket) => return self.cancel(ticket),
            Input::Close { code, reason } => return self.close(code, reason),
            Input::Reconnect => return self.reconnect(),
            Input::Flush => self.begin_flush(),
            Input::Terminate => self.terminate(),
            Input::GiveUp => self.give_up(),
            Input::NewSession => self.new_session(),
            Input::Decide(attempt, decision) => self.decided(attempt, decision),
            Input::Gate(attempt, open) => self.gate_answered(attempt, open),
            Input::Page(page) => self.page(page),
            Input::Tick => self.tick(),
            from_below => self.connection(from_below),
        }
        Ok(())
    }

    /// Handles an input from a connection. Inputs from any but the current one are ignored.
    fn connection(&mut self, input: Input<P, K::Text>) {
        let (Input::Dialed(attempt)
        | Input::NotDialed(attempt, _)
        | Input::Opened(attempt)
        | Input::Announced(attempt)
        | Input::Received { attempt, .. }
        | Input::PeerClosing(attempt)
        | Input::Failed(attempt)
        | Input::Closed { attempt, .. }
        | Input::Buffered(attempt, _)) = input
        else {
            return;
        };
        if !self.is_live(attempt) {
            return;
        }
        match input {
            Input::Dialed(_) => self.dialed(),
            Input::NotDialed(_, why) => self.not_dialed(why),
            Input::Opened(_) => self.opened(),
            Input::Announced(_) => self.announced(),
            Input::Received { size, pong, .. } if self.delivers(attempt) => self.received(size, pong),
            Input::PeerClosing(_) => self.begin_ending(false),
            Input::Failed(_) => self.begin_ending(true),
            Input::Closed { close_info, unsent, .. } => self.lost(close_info, unsent),
            Input::Buffered(_, amount) if self.is_connected() => self.sampled(amount),
            _ => {}
        }
    }

    /// Returns the next effect; `None` when there is none. Effects that may be numerous are made here one by
    /// one instead of being stored.
    pub fn poll(&mut self) -> Option<Effect<P, K::Text>> {
        loop {
            if let Some(effect) = self.effects.pop_front() {
                return Some(effect);
            }
            let busy = self.confirm_one()
                || self.expire_one()
                || self.flush_one()
                || self.report_flushes()
                || self.emit_close()
                || self.emit_drain();
            if !busy {
                let unconfirmed = self.steady.as_ref().is_some_and(|steady| !steady.in_flight.is_empty());
                self.flow.schedule(self.now, self.is_connected(), unconfirmed, !self.flushes.is_empty());
                return None;
            }
        }
    }

    /// Returns when the next [`Input::Tick`] is due.
    pub fn deadline(&mut self) -> Option<Instant> {
        // A strict socket has no other deadline than its samples.
        let Some(outbox) = self.outbox() else { return self.flow.next() };
        let expiry = outbox.next_expiry();
        earlier(earlier(self.phase.deadline(), self.flow.next()), expiry)
    }

    /// Emits `Drain` if the pressure has ended; returns whether it did.
    fn emit_drain(&mut self) -> bool {
        if matches!(self.phase, Phase::Closed { .. }) {
            return false;
        }
        let drained = self.flow.update_pressure(self.queued().1);
        if drained {
            self.effects.push_back(Effect::Fire(Event::Drain));
        }
        drained
    }

    /// Returns the outbox of a steady socket.
    pub(super) fn outbox(&mut self) -> Option<&mut Outbox<P>> {
        self.steady.as_mut().map(|steady| &mut steady.outbox)
    }

    /// Returns the messages in flight of a steady socket.
    pub(super) fn in_flight(&mut self) -> Option<&mut InFlight<P>> {
        self.steady.as_mut().map(|steady| &mut steady.in_flight)
    }

    /// Returns whether this is the current connection and it has not ended.
    fn is_live(&self, attempt: Attempt) -> bool {
        attempt == self.attempt
            && matches!(
                self.phase,
                Phase::Dialing { .. }
                    | Phase::Open { .. }
                    | Phase::Closing { .. }
                    | Phase::Ending { .. }
                    | Phase::Dropping { .. }
            )
    }

    pub(super) const fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Open { .. } | Phase::Closing { .. } | Phase::Ending { .. })
    }

    /// Returns whether a message received on this connection is delivered to the application.
    pub fn delivers(&self, attempt: Attempt) -> bool {
        // Receiving: "If ready state is not OPEN (1), then return."
        attempt == self.attempt && matches!(self.phase, Phase::Open { .. })
    }

    /// Returns whether this attempt still waits for [`Input::Dialed`].
    pub const fn awaits(&self, attempt: Attempt) -> bool {
        attempt == self.attempt && matches!(self.phase, Phase::Dialing { dialed: false, .. })
    }

    pub(super) fn restart_liveness(&mut self) {
        let Some(heartbeat) = self.steady.as_ref().and_then(|steady| steady.rules.heartbeat.as_ref()) else {
            return;
        };
        // While the gate is shut its own deadline applies, and no heartbeat is sent.
        if let Phase::Open { liveness, gate: GateState::Open, .. } = &mut self.phase {
            *liveness = Liveness::Idle { until: self.now.after(heartbeat.interval) };
        }
    }
}
