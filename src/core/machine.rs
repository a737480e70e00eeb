//! The machine: what it holds, how it is driven. What it does stands in `lifecycle`, `ending`,
//! `waking` and `sending`.

use super::backoff::Backoff;
use super::config::{Config, ConfigError, Queue, Steady};
use super::flight::Flight;
use super::flow::Flow;
use super::io::{Attempt, Effect, Error, Event, Input, Text, Ticket, Why};
use super::outbox::Outbox;
use super::phase::{Gate, Phase, Pulse, ReadyState};
use super::storm::StormCap;
use super::time::{Instant, Millis};
use alloc::collections::VecDeque;

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

/// What `binaryType` may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BinaryType {
    /// Binary messages arrive as `Blob`.
    #[default]
    Blob,
    /// Binary messages arrive as `ArrayBuffer`.
    ArrayBuffer,
}

/// One socket. See the [module's page](super) for the contract.
#[derive(Clone, Debug)]
pub struct Machine<P> {
    pub(super) steady: Option<Steady>,
    pub(super) phase: Phase,
    pub(super) now: Instant,
    pub(super) attempt: Attempt,
    pub(super) effects: VecDeque<Effect<P>>,
    pub(super) outbox: Outbox<P>,
    pub(super) flight: Flight<P>,
    pub(super) flow: Flow,
    pub(super) backoff: Backoff,
    pub(super) storm: StormCap,
    pub(super) offline: bool,
    pub(super) stowed: bool,
    pub(super) epoch: u32,
    pub(super) next_ticket: Ticket,
    /// Bytes that were sent after closing began, and those that never left before it.
    pub(super) never_sent: u64,
    pub(super) url: Text,
    pub(super) protocol: Text,
    pub(super) extensions: Text,
    pub(super) binary_type: BinaryType,
    pub(super) stats: Stats,
}

impl<P: Clone> Machine<P> {
    /// A socket that has not been told to connect. The seed is all the chance it will ever have.
    pub fn new(config: Config, seed: u64) -> Result<Self, ConfigError> {
        config.check()?;
        let nothing: Text = "".into();
        let queue = config.steady.as_ref().map_or_else(Queue::default, |steady| steady.queue.clone());
        Ok(Self {
            steady: config.steady,
            phase: Phase::Idle,
            now: Instant::default(),
            attempt: 0,
            effects: VecDeque::new(),
            outbox: Outbox::new(queue),
            flight: Flight::new(),
            flow: Flow::new(config.flow),
            backoff: Backoff::new(seed),
            storm: StormCap::default(),
            offline: false,
            stowed: false,
            epoch: 0,
            next_ticket: Ticket(0),
            never_sent: 0,
            url: nothing.clone(),
            protocol: nothing.clone(),
            extensions: nothing,
            binary_type: BinaryType::default(),
            stats: Stats::default(),
        })
    }

    /// Takes one input in. An error means that nothing has changed.
    pub fn handle(&mut self, now: Instant, input: Input<P>) -> Result<(), Error> {
        // A clock that runs backwards stands still.
        self.now = self.now.max(now);
        match input {
            Input::Connect => self.connect(),
            Input::Send(message) => self.send(message),
            Input::Aside(attempt, message) => self.aside(attempt, message),
            Input::Cancel(ticket) => self.cancel(ticket),
            Input::Close { code, reason } => self.close(code, reason),
            Input::Watch => {
                self.flow.watch();
                Ok(())
            }
            Input::Terminate => {
                self.terminate();
                Ok(())
            }
            Input::Reconnect => self.reconnect(),
            Input::GiveUp => self.give_up(),
            Input::NewSession => {
                self.needs_steady()?;
                self.epoch = self.epoch.wrapping_add(1);
                Ok(())
            }
            Input::Decide(attempt, decision) => self.decided(attempt, decision),
            Input::Gate(attempt, open) => self.gate_moved(attempt, open),
            Input::Page(page) => {
                self.page(page);
                Ok(())
            }
            Input::Tick => {
                self.tick();
                Ok(())
            }
            from_below => {
                self.connection(from_below);
                Ok(())
            }
        }
    }

    /// What comes from a connection. Anything from another than the present one changes nothing.
    fn connection(&mut self, input: Input<P>) {
        match input {
            Input::Dialed(attempt, url) if self.is_live(attempt) => self.dialed(url),
            Input::Opened { attempt, protocol, extensions } if self.is_live(attempt) => {
                self.opened(protocol, extensions);
            }
            Input::Received { attempt, size, pong } if self.delivers(attempt) => self.received(size, pong),
            Input::Parting(attempt) if self.is_live(attempt) => self.parting(false),
            Input::Failed(attempt) if self.is_live(attempt) => self.parting(true),
            Input::Closed { attempt, closure, unsent } if self.is_live(attempt) => self.lost(closure, unsent),
            Input::Buffered(attempt, amount) if self.is_live(attempt) && self.is_connected() => {
                self.sampled(amount);
            }
            _ => {}
        }
    }

    /// The next thing to do, until there is nothing. What could be a million effects is made here
    /// one by one instead of being stored.
    pub fn poll(&mut self) -> Option<Effect<P>> {
        loop {
            if let Some(effect) = self.effects.pop_front() {
                return Some(effect);
            }
            if let Some(entry) = self.outbox.pop_expired(self.now) {
                self.discard(entry, Why::Expired);
            } else if !self.flush_one() && !self.say_farewell() && !self.relieve() {
                self.flow.schedule(self.now, self.is_connected(), !self.flight.is_empty());
                return None;
            }
        }
    }

    /// When to come back with [`Input::Tick`] at the latest, if nothing else happens.
    pub fn deadline(&mut self) -> Option<Instant> {
        [self.phase.deadline(), self.flow.next(), self.outbox.next_expiry()].into_iter().flatten().min()
    }

    /// The pressure is off, or all is handed over: whether there was something to tell.
    fn relieve(&mut self) -> bool {
        if matches!(self.phase, Phase::Closed { .. }) {
            return false;
        }
        let drained = self.flow.weigh(self.outbox.bytes());
        if drained {
            self.effects.push_back(Effect::Fire(Event::Drain));
        }
        let known = self.steady.is_some() || self.flow.native() == 0;
        let flushed = self.flow.settle(self.outbox.is_empty() && self.flight.is_empty() && known);
        if flushed {
            self.effects.push_back(Effect::Fire(Event::Flushed));
        }
        drained || flushed
    }

    pub(super) const fn needs_steady(&self) -> Result<(), Error> {
        if self.steady.is_some() { Ok(()) } else { Err(Error::Strict) }
    }

    /// Whether this is the present connection, and it has not ended.
    fn is_live(&self, attempt: Attempt) -> bool {
        attempt == self.attempt
            && matches!(
                self.phase,
                Phase::Dialing { .. }
                    | Phase::Open { .. }
                    | Phase::Closing { .. }
                    | Phase::Parting { .. }
                    | Phase::Dropping { .. }
            )
    }

    pub(super) const fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Open { .. } | Phase::Closing { .. } | Phase::Parting { .. })
    }

    /// Whether a message that arrived on this connection is for the application.
    pub fn delivers(&self, attempt: Attempt) -> bool {
        // Receiving: "If ready state is not OPEN (1), then return."
        attempt == self.attempt && matches!(self.phase, Phase::Open { .. })
    }

    /// Whether this connection is still to be made: its [`Input::Dialed`] is not too late.
    pub const fn awaits(&self, attempt: Attempt) -> bool {
        attempt == self.attempt && matches!(self.phase, Phase::Dialing { dialed: false, .. })
    }

    /// `readyState`.
    pub const fn ready_state(&self) -> ReadyState {
        self.phase.ready_state(self.steady.is_some())
    }

    /// `bufferedAmount`, given what the native socket says of its own.
    pub const fn buffered_amount(&self, native: u64) -> u64 {
        // Once over, the native amount is part of what was never sent.
        let native = if matches!(self.phase, Phase::Closed { .. }) { 0 } else { native };
        self.outbox.bytes().saturating_add(native).saturating_add(self.never_sent)
    }

    /// Whether the application should pause.
    pub const fn is_pressed(&self) -> bool {
        self.flow.is_pressed()
    }

    /// Messages and bytes in the outbox.
    pub const fn queued(&self) -> (u64, u64) {
        (self.outbox.count(), self.outbox.bytes())
    }

    /// The number the next accepted message will bear.
    pub const fn next_ticket(&self) -> Ticket {
        self.next_ticket
    }

    /// The number of the present connection, or the last one; 0 before the first.
    pub const fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// `url`: where the present or last connection leads.
    pub const fn url(&self) -> &Text {
        &self.url
    }

    /// `protocol`.
    pub const fn protocol(&self) -> &Text {
        &self.protocol
    }

    /// `extensions`.
    pub const fn extensions(&self) -> &Text {
        &self.extensions
    }

    /// `binaryType`.
    pub const fn binary_type(&self) -> BinaryType {
        self.binary_type
    }

    /// Sets `binaryType`. Web IDL: a value that is not in the enumeration is ignored.
    pub fn set_binary_type(&mut self, value: &str) {
        match value {
            "blob" => self.binary_type = BinaryType::Blob,
            "arraybuffer" => self.binary_type = BinaryType::ArrayBuffer,
            _ => {}
        }
    }

    /// What this socket has done so far.
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Whether queued messages wait for [`Input::Gate`].
    pub const fn is_gated(&self) -> bool {
        matches!(self.phase, Phase::Open { gate: Gate::Shut { .. }, .. })
    }

    pub(super) fn heard(&mut self) {
        let Some(heartbeat) = self.steady.as_ref().and_then(|steady| steady.heartbeat.as_ref()) else {
            return;
        };
        // Behind a shut gate the gate's own deadline tells, and no heartbeat runs ahead of it.
        if let Phase::Open { pulse, gate: Gate::Open, .. } = &mut self.phase {
            *pulse = Pulse::Heard { until: self.now.after(heartbeat.interval) };
        }
    }
}
