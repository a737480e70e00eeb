//! Messages: accepted, queued, handed over or discarded.

use super::config::Overflow;
use super::in_flight::InFlight;
use super::io::{Attempt, Effect, Error, Event, Fate, OutgoingMessage, Ticket, Why};
use super::machine::Machine;
use super::machine_kind::MachineKind;
use super::outbox::{Entry, Outbox};
use super::phase::{GateState, Hangup, Liveness, Phase, ReadyState};
use super::steady_state::SteadyState;

impl<P: Clone, K: MachineKind> Machine<P, K> {
    pub(super) fn send(&mut self, message: OutgoingMessage<P>) -> Result<(), Error> {
        if message.lifetime == Some(0) {
            return Err(Error::NoLifetime);
        }
        self.check_total(message.size)?;
        match self.ready_state() {
            // "If the WebSocket connection is established and the WebSocket closing handshake has
            // not yet started, then the user agent must send a WebSocket Message"
            ReadyState::Open if self.can_transmit() => {
                self.replace_in_flight(message.replaces);
                let entry = self.accept(message);
                self.transmit(entry);
            }
            ReadyState::Connecting | ReadyState::Open => self.queue(message)?,
            // "Any invocation of this method … that does not throw an exception must increase the
            // bufferedAmount attribute by the number of bytes"
            ReadyState::Closing | ReadyState::Closed => {
                self.never_sent = self.never_sent.saturating_add(message.size);
                let entry = self.accept(message);
                let ticket = entry.ticket;
                self.fate(entry, Fate::Discarded(Why::Closed));
                self.fail_flushes(ticket, Why::Closed);
            }
        }
        Ok(())
    }

    /// Returns the credit. The shell may transmit messages that together have fewer bytes than this, and tell the machine
    /// later, but before any other input: of each message with [`Input::Send`](super::Input::Send), whose only effect it has
    /// performed already, or of many with [`spend`](Self::spend).
    pub fn credit(&self) -> u64 {
        let ages = self.steady.as_deref().is_some_and(|steady| steady.rules.queue.lifetime.is_some());
        let open = self.ready_state() == ReadyState::Open && self.can_transmit() && !ages;
        if open { self.flow.room() } else { 0 }
    }

    /// Counts messages that were sent on credit. Those of a steady socket must have left, and a sample that shows it follows.
    pub fn spend(&mut self, messages: u64, bytes: u64) {
        self.next_ticket = Ticket(self.next_ticket.0.wrapping_add(messages));
        self.stats.sent_messages += messages;
        self.stats.sent_bytes = self.stats.sent_bytes.saturating_add(bytes);
        if self.steady.is_some() {
            self.flushes.left += messages;
        }
        self.flow.hand_over(self.now, bytes);
    }

    /// Returns an error if the total of all held bytes would overflow.
    fn check_total(&self, size: u64) -> Result<(), Error> {
        let held = self.steady.as_deref().map_or(0, SteadyState::held);
        if held.checked_add(size).is_some() { Ok(()) } else { Err(Error::TooLarge) }
    }

    /// Returns whether a message may go to the open connection without overtaking another.
    fn can_transmit(&self) -> bool {
        let Some(steady) = &self.steady else { return true };
        !self.is_held_back() && steady.outbox.is_empty() && self.flow.has_room()
    }

    fn accept(&mut self, message: OutgoingMessage<P>) -> Entry<P> {
        let ticket = self.next_ticket;
        self.next_ticket = Ticket(ticket.0.wrapping_add(1));
        let OutgoingMessage { payload, size, replaces: _, lifetime, session_bound } = message;
        let (mut expires, mut session) = (None, None);
        if let Some(steady) = &self.steady {
            expires = lifetime.or(steady.rules.queue.lifetime).map(|span| self.now.after(span));
            session = session_bound.then_some(steady.session);
        }
        Entry { ticket, payload, size, expires, session, is_replaced: false }
    }

    /// Records that a newer message replaces this one, if it is in flight.
    fn replace_in_flight(&mut self, replaced: Option<Ticket>) {
        if let Some(entry) = replaced.and_then(|ticket| self.in_flight()?.find(ticket)) {
            entry.is_replaced = true;
        }
    }

    fn queue(&mut self, message: OutgoingMessage<P>) -> Result<(), Error> {
        // send(): "If this's ready state is CONNECTING, then throw an "InvalidStateError""
        let Some(SteadyState { outbox, rules, .. }) = self.steady.as_deref() else {
            return Err(Error::StillConnecting);
        };
        let rules = &rules.queue;
        let (size, overflow) = (message.size, rules.overflow);
        if size > rules.max_bytes {
            return Err(Error::TooLarge);
        }
        if rules.max_count == 0 {
            return Err(Error::QueueCount);
        }
        let replaced = message.replaces;
        let full = outbox.full(rules, size, replaced);
        if let Some(error) = full
            && overflow == Overflow::Refuse
        {
            return Err(error);
        }
        let entry = self.accept(message);
        if full.is_some() && overflow == Overflow::DropNewest {
            self.discard(entry, Why::Overflow);
            return Ok(());
        }
        self.replace_in_flight(replaced);
        if let Some(older) = replaced.and_then(|ticket| self.outbox()?.remove(ticket)) {
            self.discard(older, Why::Replaced);
        }
        while let Some(oldest) = self.steady.as_deref_mut().and_then(|steady| steady.pop_overflow(size)) {
            self.discard(oldest, Why::Overflow);
        }
        if let Some(outbox) = self.outbox() {
            outbox.push(entry);
        }
        Ok(())
    }

    pub(super) fn send_direct(&mut self, attempt: Attempt, message: OutgoingMessage<P>) -> Result<(), Error> {
        if !self.delivers(attempt) {
            return Err(Error::NotOpen);
        }
        let size = message.size;
        self.check_total(size)?;
        self.hand_over(size, message.payload);
        if let Some(in_flight) = self.in_flight() {
            in_flight.push_direct(size);
        }
        Ok(())
    }

    pub(super) fn cancel(&mut self, ticket: Ticket) -> Result<(), Error> {
        let entry = self.outbox().and_then(|outbox| outbox.remove(ticket)).ok_or(Error::NotQueued(ticket))?;
        self.discard(entry, Why::Cancelled);
        Ok(())
    }

    /// Discards one message whose lifetime is over.
    pub(super) fn expire_one(&mut self) -> bool {
        let now = self.now;
        let expired = self.outbox().and_then(|outbox| outbox.pop_expired(now));
        let Some(entry) = expired else { return false };
        self.discard(entry, Why::Expired);
        true
    }

    /// Starts a new session and discards queued messages bound to an earlier one.
    pub(super) fn new_session(&mut self) {
        let Some(SteadyState { session, outbox, .. }) = self.steady.as_deref_mut() else { return };
        *session = session.wrapping_add(1);
        let session = *session;
        // Rotates the queue, which keeps the order of the others.
        for _ in 0..outbox.count() {
            let Some(entry) = self.outbox().and_then(Outbox::pop) else { return };
            if entry.is_stale(session) {
                self.discard(entry, Why::StaleSession);
            } else if let Some(outbox) = self.outbox() {
                outbox.push(entry);
            }
        }
    }

    /// Moves one message from the outbox to the connection.
    pub(super) fn flush_one(&mut self) -> bool {
        let flows = match self.phase {
            Phase::Open { gate: GateState::Open, .. } => self.flow.has_room(),
            // What was accepted before close() goes out before the Close frame, as with the native
            // socket's own buffer.
            Phase::Closing { hangup: Hangup::Due, .. } => true,
            _ => false,
        };
        if !flows {
            return false;
        }
        let Some(entry) = self.outbox().and_then(Outbox::pop) else { return self.hang_up() };
        self.transmit(entry);
        true
    }

    fn transmit(&mut self, entry: Entry<P>) {
        let size = entry.size;
        self.stats.sent_messages += 1;
        self.stats.sent_bytes = self.stats.sent_bytes.saturating_add(size);
        let Some(in_flight) = self.in_flight() else {
            // A strict socket does not requeue.
            return self.hand_over(size, entry.payload);
        };
        let payload = entry.payload.clone();
        in_flight.push(entry);
        self.hand_over(size, payload);
    }

    fn hand_over(&mut self, size: u64, payload: P) {
        self.effects.push_back(Effect::Transmit(self.attempt, payload));
        if self.flow.hand_over(self.now, size) {
            self.effects.push_back(Effect::Sample(self.attempt));
        }
    }

    pub(super) fn sampled(&mut self, amount: u64) {
        let progress = self.flow.sampled(self.now, amount, !self.flushes.is_empty());
        self.extend_close_timeout(progress);
        if let Some(steady) = &mut self.steady {
            steady.has_sample = true;
        }
    }

    /// Reports one message that a sample showed to have left. Returns whether there was one.
    pub(super) fn confirm_one(&mut self) -> bool {
        // What was handed over since the sample is younger, and counts in both sums.
        let unsent = self.flow.native();
        let Some(steady) = self.steady.as_deref_mut().filter(|steady| steady.has_sample) else {
            return false;
        };
        let confirmed = steady.in_flight.pop_confirmed(unsent);
        steady.has_sample = confirmed.is_some();
        if let Some(entry) = confirmed.flatten() {
            self.fate(entry, Fate::HandedOver);
        }
        self.steady.as_deref().is_some_and(|steady| steady.has_sample)
    }

    pub(super) fn received(&mut self, size: u64, pong: bool) {
        if let Phase::Open { liveness: Liveness::Pinged { at, .. }, .. } = self.phase
            && pong
        {
            self.stats.round_trip = Some(self.now.since(at));
        }
        if !pong {
            self.stats.received_messages += 1;
            self.stats.received_bytes = self.stats.received_bytes.saturating_add(size);
        }
        self.restart_liveness();
    }

    /// Requeues the messages that never left a connection that ended with `unsent` bytes. The others are
    /// discarded as in doubt, unless they are known to have `arrived`. Returns how many are in doubt.
    pub(super) fn requeue_unsent(&mut self, unsent: u64, arrived: bool) -> u64 {
        let never_left = self.in_flight().map_or(0, |in_flight| in_flight.never_left(unsent));
        for _ in 0..never_left {
            if let Some((entry, why)) = self.steady.as_deref_mut().and_then(SteadyState::put_back) {
                self.discard(entry, why);
            }
        }
        let mut in_doubt = 0;
        while let Some(sent) = self.in_flight().and_then(InFlight::pop) {
            match sent {
                Some(entry) if arrived => self.fate(entry, Fate::HandedOver),
                Some(entry) => {
                    in_doubt += 1;
                    self.discard(entry, Why::InDoubt);
                }
                None => {}
            }
        }
        in_doubt
    }

    pub(super) fn discard(&mut self, entry: Entry<P>, why: Why) {
        match why {
            Why::InDoubt => self.stats.in_doubt += 1,
            _ => self.stats.discarded += 1,
        }
        self.fail_flushes(entry.ticket, why);
        self.effects.push_back(Effect::Fire(Event::Discard(entry.ticket, entry.payload, why)));
    }

    fn fate(&mut self, entry: Entry<P>, fate: Fate) {
        if fate == Fate::HandedOver {
            self.flushes.left += 1;
        }
        if self.steady.is_some() {
            self.effects.push_back(Effect::Fate(entry.ticket, entry.payload, fate));
        }
    }
}
