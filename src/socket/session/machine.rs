//! The machine of a socket with a session.
//!
//! Until the server is known to have no sessions, messages belong to the session: they get its numbers, are sent as
//! direct sends of the steady machine, and are held until the server's application has handled them. If the server
//! has no sessions, they move to the steady machine's queue.

use super::SessionEvent;
use super::held::{Held, HeldMessages, cost, escaped};
use super::sent::{Outcome, SessionFate, TrackedMessages};
use crate::core::{
    Attempt, CloseInfo, Decision, Effect, Error, Event, Fate, Input, Instant, LostMessage, Machine, Marks,
    OutgoingMessage, Overflow, Queue, ReadyState, Stats, Ticket, Why, close_arguments,
};
use crate::socket::message::OutgoingData;
use crate::web::Engine;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use steady_session::{
    Agreed, Client, ClientInput, Config, Effect as SessionEffect, Event as ClientEvent, Fallback,
    Fate as ClientFate, Loss, Mode, agree, offer,
};

/// Makes the driver call the shell, for an event or for the application's gate.
const CALL_SHELL: Effect<OutgoingData> = Effect::Gate(NO_ATTEMPT);
/// Attempts are counted from 1.
pub(super) const NO_ATTEMPT: Attempt = 0;

/// The kind of a received message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::socket) enum Arrival {
    /// A frame of the session, or a message to ignore.
    Nothing,
    /// A message that belongs to the connection, not the session.
    Own,
    /// A message of the session, with its number among those of all sessions.
    Numbered(u64),
}

/// The machine, shared by the driver and the shell.
#[derive(Clone)]
pub(in crate::socket) struct SessionMachine(Rc<RefCell<State>>);

/// A call of the shell.
pub(in crate::socket) enum Call {
    Emit(SessionEvent),
    /// Report the fate of a tracked message.
    Settle(Rc<Outcome>, SessionFate),
    /// Run the application's gate on this connection.
    Gate(Attempt),
}

/// The options used by both machines.
pub(in crate::socket) struct Rules {
    pub(in crate::socket) required: bool,
    pub(in crate::socket) window: u64,
    pub(in crate::socket) flow: Marks,
    pub(in crate::socket) queue: Queue,
    pub(in crate::socket) close_timeout: u64,
    /// True if the application has a gate.
    pub(in crate::socket) gated: bool,
}

struct State {
    rules: Rules,
    steady: Machine<OutgoingData>,
    /// The payloads are the numbers of the messages.
    client: Client<u64>,
    held: HeldMessages,
    tracked: TrackedMessages,
    now: Instant,
    next_ticket: Ticket,
    /// The open connection.
    on: Option<Attempt>,
    /// True if the application's gate was started on that connection.
    gate_started: bool,
    /// True if the steady machine's gate is open on that connection.
    gate_open: bool,
    fallback: Fallback,
    /// True if the application has sub-protocols; set at each attempt.
    has_protocols: bool,
    /// If the server has no sessions: the tickets of the messages that moved to the steady machine, in order.
    moved: Option<Vec<Ticket>>,
    /// The connection on which that became known.
    plain_on: Option<Attempt>,
    /// True if a session has begun.
    begun: bool,
    /// The arguments of `close()`, and the deadline.
    closing: Option<(Option<u16>, String, Instant)>,
    /// The code and the reason of `close()`, after the server has closed the session.
    closed_with: Option<(u16, String)>,
    /// True if the steady machine has closed.
    over: bool,
    pressed: bool,
    flushes: VecDeque<Ticket>,
    /// The last message that was not delivered.
    lost: Option<LostMessage>,
    arrival: Arrival,
    effects: VecDeque<Effect<OutgoingData>>,
    calls: VecDeque<Call>,
    /// How many messages of this session the server's application has handled.
    delivered: u64,
    /// How many messages the lost sessions have received.
    received_before: u64,
    totals: Stats,
}

fn new_client(rules: &Rules) -> Client<u64> {
    // The queue's rules limit the held messages.
    let config = Config { window: rules.window, queue: u64::MAX, ..Config::default() };
    Client::new(config, if rules.required { Mode::Require } else { Mode::Prefer })
}

impl SessionMachine {
    pub(in crate::socket) fn new(rules: Rules, steady: Machine<OutgoingData>) -> Self {
        Self(Rc::new(RefCell::new(State {
            client: new_client(&rules),
            rules,
            steady,
            held: HeldMessages::default(),
            tracked: TrackedMessages::default(),
            now: Instant::default(),
            next_ticket: Ticket(0),
            on: None,
            gate_started: false,
            gate_open: false,
            fallback: Fallback::default(),
            has_protocols: false,
            moved: None,
            plain_on: None,
            begun: false,
            closing: None,
            closed_with: None,
            over: false,
            pressed: false,
            flushes: VecDeque::new(),
            lost: None,
            arrival: Arrival::Nothing,
            effects: VecDeque::new(),
            calls: VecDeque::new(),
            delivered: 0,
            received_before: 0,
            totals: Stats::default(),
        })))
    }

    /// Returns the sub-protocols to offer on the next attempt.
    pub(in crate::socket) fn offer(&self, protocols: Vec<String>) -> Vec<String> {
        let mut state = self.0.borrow_mut();
        state.has_protocols = !protocols.is_empty();
        let offers = state.rules.required || state.has_protocols || state.fallback.offers();
        if state.moved.is_some() || !offers {
            return protocols;
        }
        offer(&protocols.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Reports an open connection with this sub-protocol.
    pub(in crate::socket) fn connected(&self, now: Instant, on: Attempt, chosen: &str) {
        let mut state = self.0.borrow_mut();
        state.now = now;
        state.on = Some(on);
        (state.gate_started, state.gate_open) = (false, false);
        if state.moved.is_some() {
            return state.begin_gate();
        }
        let Agreed { session, .. } = agree(chosen);
        state.client(ClientInput::Connected(on, session));
    }

    /// Reports a received control frame, or a message of this cost.
    pub(in crate::socket) fn receive(&self, now: Instant, message: ClientMessage<'_>) -> Arrival {
        let mut state = self.0.borrow_mut();
        state.now = now;
        let (Some(on), None) = (state.on, &state.moved) else { return Arrival::Own };
        state.arrival = Arrival::Nothing;
        state.client(match message {
            ClientMessage::Control(text) => ClientInput::Control(on, text.to_owned()),
            ClientMessage::Data(cost) => ClientInput::Message(on, cost),
        });
        state.arrival
    }

    /// Reports that the application has taken all messages up to this one.
    pub(in crate::socket) fn handled(&self, now: Instant, number: u64) {
        let mut state = self.0.borrow_mut();
        state.now = now;
        // A message of a lost session that was taken late says nothing about this one.
        if number > state.received_before {
            let number = number - state.received_before;
            state.client(ClientInput::Handled(number));
        }
    }

    /// Sends a ping of the session. Returns whether there is a session.
    pub(in crate::socket) fn ping(&self, now: Instant) -> bool {
        let mut state = self.0.borrow_mut();
        state.now = now;
        let live = state.client.is_live();
        if live {
            state.client(ClientInput::Ping);
        }
        live
    }

    /// Returns whether messages belong to a session.
    pub(in crate::socket) fn is_live(&self) -> bool {
        self.0.borrow().client.is_live()
    }

    /// Returns whether the server is known to have no sessions.
    pub(in crate::socket) fn is_plain(&self) -> bool {
        self.0.borrow().moved.is_some()
    }

    /// Returns whether the server may still greet: the time for its hello ran out on this connection.
    pub(in crate::socket) fn may_greet_late(&self) -> bool {
        let state = self.0.borrow();
        state.plain_on.is_some() && state.plain_on == state.on
    }

    /// Returns whether the application has closed the session.
    pub(in crate::socket) fn is_closing(&self) -> bool {
        self.0.borrow().closing.is_some()
    }

    /// Tracks the next message that is accepted.
    pub(in crate::socket) fn track_next(&self) -> Rc<Outcome> {
        let ticket = self.next_ticket();
        self.0.borrow_mut().tracked.add(ticket)
    }

    /// Returns the next call of the shell.
    pub(in crate::socket) fn next_call(&self) -> Option<Call> {
        self.0.borrow_mut().calls.pop_front()
    }
}

/// A received frame.
pub(in crate::socket) enum ClientMessage<'a> {
    Control(&'a str),
    /// The cost of a message.
    Data(u64),
}

impl State {
    fn steady(&mut self, input: Input<OutgoingData>) {
        // A late input returns an error and changes nothing.
        let _ = self.steady.handle(self.now, input);
    }

    /// Handles an input of the session and carries out the effects. Returns whether it was accepted; a late input
    /// changes nothing.
    fn client(&mut self, input: ClientInput<u64>) -> bool {
        let mut round = Round::default();
        let accepted = self.client.handle(self.now.as_millis(), input).is_ok();
        while let Some(effect) = self.client.poll() {
            self.perform(effect, &mut round);
        }
        self.finish(round);
        accepted
    }

    fn perform(&mut self, effect: SessionEffect<u64>, round: &mut Round) {
        match effect {
            SessionEffect::Transmit(on, number) => {
                let Some(held) = self.held.get(number) else { return };
                let (data, size) = (escaped(held.message.payload.clone()), held.message.size);
                self.held.sent(number);
                self.totals.sent_messages += 1;
                self.totals.sent_bytes = self.totals.sent_bytes.saturating_add(size);
                self.direct(on, data);
            }
            SessionEffect::Control(on, text) => self.direct(on, OutgoingData::Text(Rc::new(text))),
            SessionEffect::Deliver(number) => self.arrival = Arrival::Numbered(self.received_before + number),
            SessionEffect::Own(_) => self.arrival = Arrival::Own,
            SessionEffect::Close { connection, code, reason } => {
                round.close = Some((connection, code, reason))
            }
            SessionEffect::Fire(event) => self.event(event, round),
            // Only servers have these effects.
            SessionEffect::Persist { .. } | SessionEffect::Adopt { .. } => {}
        }
    }

    fn direct(&mut self, on: Attempt, data: OutgoingData) {
        let size = data.size();
        self.steady(Input::SendDirect(on, OutgoingMessage::new(data, size)));
    }

    fn event(&mut self, event: ClientEvent, round: &mut Round) {
        match event {
            ClientEvent::New { life } => {
                self.begun = true;
                self.emit(SessionEvent::New { life: Duration::from_millis(life) });
                self.open_gate();
            }
            ClientEvent::Resuming(_) => self.emit(SessionEvent::Resuming),
            ClientEvent::Resumed { replayed, unacknowledged } => {
                self.emit(SessionEvent::Resumed { replayed, unacknowledged });
                self.open_gate();
            }
            ClientEvent::Fate { first, last, fate } => self.decide(first, last, fate, round),
            ClientEvent::Plain(_) => round.plain = true,
            ClientEvent::Closed => round.closed = true,
            ClientEvent::Lost(loss) => round.loss = Some(loss),
            ClientEvent::Pong | ClientEvent::Returned { .. } => {}
        }
    }

    fn decide(&mut self, first: u64, last: u64, fate: ClientFate, round: &mut Round) {
        match fate {
            ClientFate::Delivered => (first..=last).for_each(|number| {
                self.delivered += 1;
                if let Some(held) = self.held.remove(number) {
                    self.settle(held.ticket, SessionFate::Delivered);
                }
            }),
            ClientFate::NotHandled => {
                round.lost.extend((first..=last).map(|number| (number, SessionFate::NotHandled)))
            }
            ClientFate::Unknown => {
                let in_doubt = SessionFate::Discarded(Why::InDoubt);
                round.lost.extend((first..=last).map(|number| (number, in_doubt)))
            }
            // Dropped messages are already removed; plain ones move all at once.
            ClientFate::Dropped | ClientFate::Plain => {}
        }
    }

    fn finish(&mut self, round: Round) {
        let Round { lost, loss, close, plain, closed } = round;
        if plain {
            self.become_plain();
        }
        if let Some(loss) = loss {
            self.lose(loss, lost);
        } else {
            self.report_unhandled(lost);
        }
        if closed {
            let (code, reason) =
                self.closing.take().map_or((None, String::default()), |(code, reason, _)| (code, reason));
            self.closed_with = code.map(|code| (code, reason.clone()));
            self.steady(Input::Close { code, reason });
        } else if let Some((on, code, reason)) = close {
            self.close_connection(on, code, reason);
        }
        self.begin_gate();
        self.settle_flushes();
        self.update_pressure();
    }

    /// Makes the driver call the shell.
    fn call(&mut self, call: Call) {
        self.calls.push_back(call);
        self.effects.push_back(CALL_SHELL);
    }

    fn emit(&mut self, event: SessionEvent) {
        self.call(Call::Emit(event));
    }

    /// Reports the fate of a message if it is tracked.
    fn settle(&mut self, ticket: Ticket, fate: SessionFate) {
        if let Some(outcome) = self.tracked.remove(ticket) {
            self.call(Call::Settle(outcome, fate));
        }
    }

    /// Runs the application's gate once the hello has arrived or the server is known to have no sessions.
    fn begin_gate(&mut self) {
        let Some(on) = self.on else { return };
        let plain = self.moved.is_some();
        if self.gate_started || !(plain || self.client.is_gated()) {
            return;
        }
        self.gate_started = true;
        if self.rules.gated {
            self.call(Call::Gate(on));
        } else if plain {
            self.open_gate();
        } else {
            self.client(ClientInput::Ready(on));
        }
    }

    /// Starts the steady machine's heartbeats and queue.
    fn open_gate(&mut self) {
        if let Some(on) = self.on {
            self.gate_open = true;
            self.steady(Input::Gate(on, true));
        }
    }

    fn close_connection(&mut self, on: Attempt, code: u16, reason: String) {
        if self.over || self.on != Some(on) {
            return;
        }
        if self.gate_open {
            self.effects.push_back(Effect::Hangup { attempt: on, code: Some(code), reason });
            self.steady(Input::PeerClosing(on));
        } else {
            self.steady(Input::Gate(on, false));
        }
    }

    /// Reports the end of a connection.
    fn disconnected(&mut self, attempt: Attempt, code: u16) {
        if self.on == Some(attempt) {
            self.on = None;
            self.client(ClientInput::Disconnected(attempt, code));
        }
    }

    fn become_plain(&mut self) {
        // The application has closed the socket: there is no connection that could send what waits.
        if self.steady.ready_state() >= ReadyState::Closing {
            for Held { ticket, message, .. } in self.held.take_all() {
                self.drop_message(ticket, message.payload, Why::Closed);
            }
            return;
        }
        let mut moved = Vec::new();
        for held in self.held.take_all() {
            let (ticket, message) = held.again(self.now);
            self.move_flushes(ticket);
            let payload = message.payload.clone();
            match self.steady.handle(self.now, Input::Send(message)) {
                Ok(()) => moved.push(ticket),
                Err(_) => self.drop_message(ticket, payload, Why::Overflow),
            }
        }
        self.moved = Some(moved);
        self.plain_on = self.on;
        self.move_flushes(self.next_ticket);
        self.emit(SessionEvent::None);
    }

    /// Moves the flushes of what was accepted before this message to the steady machine, which has it all and no more.
    fn move_flushes(&mut self, before: Ticket) {
        let waiting = self.flushes.len();
        self.flushes.retain(|limit| *limit > before);
        if self.flushes.len() < waiting {
            self.steady(Input::Flush);
        }
    }

    /// Reports what the server had not handled when it closed the session.
    fn report_unhandled(&mut self, lost: Vec<(u64, SessionFate)>) {
        for (number, fate) in lost {
            if let Some(Held { ticket, message, .. }) = self.held.remove(number) {
                self.discard(ticket, message.payload, fate);
            }
        }
    }

    /// Handles the end of a session. Messages for a session that never began wait for the next one.
    fn lose(&mut self, reason: Loss, lost: Vec<(u64, SessionFate)>) {
        let ends = matches!(reason, Loss::GivenUp) || (reason == Loss::NoSessions && self.rules.required);
        let begun = std::mem::replace(&mut self.begun, false);
        let handled = std::mem::replace(&mut self.delivered, 0);
        let mut unhandled = Vec::new();
        let mut again = Vec::new();
        for (number, fate) in lost {
            let Some(held) = self.held.remove(number) else { continue };
            if !begun && !ends {
                again.push(held.again(self.now));
            } else {
                let Held { ticket, message, .. } = held;
                unhandled.push(ticket);
                let fate = if begun { fate } else { SessionFate::Discarded(Why::Closed) };
                self.discard(ticket, message.payload, fate);
            }
        }
        if begun || reason != Loss::GivenUp {
            self.emit(SessionEvent::Lost { reason, handled, unhandled });
        }
        if self.over {
            return;
        }
        if self.closing.is_some() || ends {
            return self.steady(Input::Terminate);
        }
        self.received_before += self.client.stats().received;
        self.client = new_client(&self.rules);
        self.held.restart();
        for (ticket, message) in again {
            self.accept(ticket, message);
        }
    }

    fn send(&mut self, message: OutgoingMessage<OutgoingData>) -> Result<(), Error> {
        if message.lifetime == Some(0) {
            return Err(Error::NoLifetime);
        }
        if self.closing.is_some() || self.steady.ready_state() >= ReadyState::Closing {
            return Err(Error::Ended);
        }
        let Queue { max_bytes, overflow, .. } = self.rules.queue;
        if message.size > max_bytes {
            return Err(Error::TooLarge);
        }
        let older = message.replaces.and_then(|ticket| self.held.find_unsent(ticket));
        let mut full = self.held.full(&self.rules.queue, message.size, older);
        if let Some(error) = full
            && overflow == Overflow::Refuse
        {
            return Err(error);
        }
        let ticket = self.next_ticket;
        self.next_ticket = Ticket(ticket.0.wrapping_add(1));
        if full.is_some() && overflow == Overflow::DropNewest {
            self.drop_message(ticket, message.payload, Why::Overflow);
            return Ok(());
        }
        if let Some(older) = older {
            self.drop_unsent(older, Why::Replaced);
        }
        while overflow == Overflow::DropOldest
            && full.is_some()
            && let Some(number) = self.held.first_unsent()
            && self.drop_unsent(number, Why::Overflow)
        {
            full = self.held.full(&self.rules.queue, message.size, None);
        }
        match full {
            // All held messages were sent, and cannot be dropped.
            Some(_) => self.drop_message(ticket, message.payload, Why::Overflow),
            None => self.accept(ticket, message),
        }
        Ok(())
    }

    fn accept(&mut self, ticket: Ticket, message: OutgoingMessage<OutgoingData>) {
        let number = self.client.stats().accepted + 1;
        let cost = cost(&message.payload);
        let lifetime = message.lifetime.or(self.rules.queue.lifetime);
        self.held.add(number, ticket, message, lifetime.map(|span| self.now.after(span)));
        self.client(ClientInput::Send(number, cost));
    }

    /// Drops a message if it was never sent; returns whether it was dropped.
    fn drop_unsent(&mut self, number: u64, why: Why) -> bool {
        let dropped = self.client(ClientInput::Drop(number));
        if dropped && let Some(Held { ticket, message, .. }) = self.held.remove(number) {
            self.drop_message(ticket, message.payload, why);
        }
        dropped
    }

    fn drop_message(&mut self, ticket: Ticket, payload: OutgoingData, why: Why) {
        self.discard(ticket, payload, SessionFate::Discarded(why));
    }

    fn discard(&mut self, ticket: Ticket, payload: OutgoingData, fate: SessionFate) {
        let why = if let SessionFate::Discarded(why) = fate { why } else { Why::Closed };
        match why {
            Why::InDoubt => self.totals.in_doubt += 1,
            _ => self.totals.discarded += 1,
        }
        let lost = LostMessage { number: self.lost.map_or(0, |lost| lost.number) + 1, ticket, why };
        self.lost = Some(lost);
        let before = self.flushes.len();
        self.flushes.retain(|limit| *limit <= ticket);
        if self.flushes.len() < before {
            self.effects.push_back(Effect::FlushFailed(lost));
        }
        self.effects.push_back(Effect::Fire(Event::Discard(ticket, payload, why)));
        self.settle(ticket, fate);
    }

    /// Reports flushes whose messages have all been handled.
    fn settle_flushes(&mut self) {
        let limit = self.held.oldest().unwrap_or(self.next_ticket);
        let mut done = None;
        while let Some(first) = self.flushes.front().copied()
            && first <= limit
        {
            self.flushes.pop_front();
            done = Some(first);
        }
        if let Some(done) = done {
            self.effects.push_back(Effect::Flushed(done));
        }
    }

    fn update_pressure(&mut self) {
        // The client keeps the cost of what has moved to the steady machine.
        if self.moved.is_some() {
            return;
        }
        let held = self.client.stats().held_cost;
        if held > self.rules.flow.high {
            self.pressed = true;
        } else if held <= self.rules.flow.low {
            self.end_pressure();
        }
    }

    /// Ends the pressure of the held messages. The steady machine's may go on.
    fn end_pressure(&mut self) {
        let was_pressed = std::mem::take(&mut self.pressed);
        if was_pressed && !self.steady.is_pressed() && !self.over {
            self.effects.push_back(Effect::Fire(Event::Drain));
        }
    }

    fn close(&mut self, code: Option<u16>, reason: String) -> Result<(), Error> {
        close_arguments(code, reason.len())?;
        if self.closing.is_none() && self.steady.ready_state() < ReadyState::Closing {
            self.closing = Some((code, reason, self.now.after(self.rules.close_timeout)));
            self.client(ClientInput::Close);
        }
        Ok(())
    }

    fn tick(&mut self) {
        if self.client.deadline().is_some_and(|due| due <= self.now.as_millis()) {
            self.client(ClientInput::Tick);
        }
        while let Some((at, number)) = self.held.next_expiry()
            && at <= self.now
        {
            if !self.drop_unsent(number, Why::Expired) {
                // The session has ended; its messages are about to get their outcomes.
                self.held.sent(number);
            }
        }
        if self.closing.as_ref().is_some_and(|(.., until)| *until <= self.now) {
            self.steady(Input::Terminate);
        }
        self.steady(Input::Tick);
    }

    /// Converts a ticket of the steady machine to the application's, after messages moved there.
    fn outer(&self, inner: Ticket) -> Ticket {
        let Some(moved) = &self.moved else { return inner };
        let place = usize::try_from(inner.0).unwrap_or(usize::MAX);
        let later = inner.0.saturating_sub(moved.len() as u64).saturating_add(self.next_ticket.0);
        moved.get(place).copied().unwrap_or(Ticket(later))
    }

    /// Converts a ticket of the application to the steady machine's.
    fn inner(&self, outer: Ticket) -> Option<Ticket> {
        let moved = self.moved.as_ref()?;
        if outer >= self.next_ticket {
            return Some(Ticket(outer.0 - self.next_ticket.0 + moved.len() as u64));
        }
        moved.binary_search(&outer).ok().map(|place| Ticket(place as u64))
    }

    /// Converts a loss of the steady machine, whose messages moved there after all losses of the session.
    fn outer_loss(&self, LostMessage { number, ticket, why }: LostMessage) -> LostMessage {
        let number = self.lost.map_or(0, |lost| lost.number) + number;
        LostMessage { number, ticket: self.outer(ticket), why }
    }

    fn translated(&self, effect: Effect<OutgoingData>) -> Effect<OutgoingData> {
        match effect {
            Effect::Flushed(before) => Effect::Flushed(self.outer(before)),
            Effect::FlushFailed(lost) => Effect::FlushFailed(self.outer_loss(lost)),
            Effect::Fire(Event::Discard(ticket, payload, why)) => {
                Effect::Fire(Event::Discard(self.outer(ticket), payload, why))
            }
            other => other,
        }
    }

    fn handle(&mut self, input: Input<OutgoingData>) -> Result<(), Error> {
        match input {
            Input::Closed { attempt, mut close_info, unsent } => {
                // The server closes the connection behind its session, and its Close frame may be there before ours.
                if close_info.was_clean
                    && let Some((code, reason)) = self.closed_with.take()
                {
                    (close_info.code, close_info.reason) = (code, reason);
                }
                let code = close_info.code;
                let handled = self.steady.handle(self.now, Input::Closed { attempt, close_info, unsent });
                self.disconnected(attempt, code);
                handled
            }
            // An attempt that this end abandons, such as by `reconnect()`, says nothing about the offer.
            Input::Opened(_) | Input::Failed(_) => {
                let opened = matches!(input, Input::Opened(_));
                if opened || !self.has_protocols {
                    self.fallback = self.fallback.after(opened);
                }
                self.steady.handle(self.now, input)
            }
            Input::Cancel(ticket) if self.moved.is_some() => {
                let inner = self.inner(ticket).ok_or(Error::NotQueued(ticket))?;
                self.steady.handle(self.now, Input::Cancel(inner))
            }
            Input::Send(mut message) if self.moved.is_some() => {
                message.replaces = message.replaces.and_then(|ticket| self.inner(ticket));
                self.steady.handle(self.now, Input::Send(message))
            }
            input if self.moved.is_some() => self.steady.handle(self.now, input),
            Input::Send(message) => self.send(message),
            // Once the session is asked for, the server counts every message.
            Input::SendDirect(..) if !self.client.is_gated() => Err(Error::NotOpen),
            Input::SendDirect(on, message) => {
                let data = escaped(message.payload);
                let size = data.size();
                self.steady.handle(self.now, Input::SendDirect(on, OutgoingMessage::new(data, size)))
            }
            Input::Cancel(ticket) => {
                let dropped =
                    self.held.find(ticket).is_some_and(|number| self.drop_unsent(number, Why::Cancelled));
                if dropped { Ok(()) } else { Err(Error::NotQueued(ticket)) }
            }
            Input::Close { code, reason } if self.begun => self.close(code, reason),
            Input::Reconnect if self.closing.is_some() => Err(Error::Ended),
            Input::Flush => {
                self.flushes.push_back(self.next_ticket);
                if self.held.count() > 0 {
                    self.client(ClientInput::Ask);
                }
                self.settle_flushes();
                Ok(())
            }
            Input::NewSession => {
                self.held.generation = self.held.generation.wrapping_add(1);
                for number in self.held.stale() {
                    self.drop_unsent(number, Why::StaleSession);
                }
                self.steady.handle(self.now, Input::NewSession)
            }
            Input::Gate(attempt, true) if self.on == Some(attempt) => {
                self.client(ClientInput::Ready(attempt));
                Ok(())
            }
            // If the server closes the connection normally without ending the session, reconnect.
            Input::Decide(attempt, Decision::Usual)
                if self.begun && self.closing.is_none() && self.steady.close_info().code == 1000 =>
            {
                self.steady.handle(self.now, Input::Decide(attempt, Decision::Again))
            }
            Input::Tick => {
                self.tick();
                Ok(())
            }
            input => self.steady.handle(self.now, input),
        }
    }

    fn poll(&mut self) -> Option<Effect<OutgoingData>> {
        loop {
            if let Some(effect) = self.effects.pop_front() {
                return Some(effect);
            }
            let Some(effect) = self.steady.poll() else {
                // Only now does the steady machine know whether what has moved there puts it under pressure.
                if self.moved.is_some() {
                    self.end_pressure();
                }
                return self.effects.pop_front();
            };
            match effect {
                // All messages get their outcomes before the socket ends.
                Effect::Fire(Event::Error | Event::Close) if !self.over => {
                    self.over = true;
                    self.client(ClientInput::GiveUp);
                    self.effects.push_back(effect);
                }
                Effect::Fire(Event::Drain) if self.pressed => {}
                Effect::Fate(ticket, _, Fate::HandedOver) => {
                    self.settle(self.outer(ticket), SessionFate::HandedOver);
                }
                effect => {
                    let effect = self.translated(effect);
                    if let Effect::Fire(Event::Discard(ticket, _, why)) = &effect {
                        self.settle(*ticket, SessionFate::Discarded(*why));
                    }
                    return Some(effect);
                }
            }
        }
    }
}

/// A summary of the session's effects after an input.
#[derive(Default)]
struct Round {
    lost: Vec<(u64, SessionFate)>,
    loss: Option<Loss>,
    close: Option<(Attempt, u16, String)>,
    plain: bool,
    closed: bool,
}

impl Engine<OutgoingData> for SessionMachine {
    fn handle(&self, now: Instant, input: Input<OutgoingData>) -> Result<(), Error> {
        let mut state = self.0.borrow_mut();
        state.now = state.now.max(now);
        state.handle(input)
    }

    fn poll(&self) -> Option<Effect<OutgoingData>> {
        self.0.borrow_mut().poll()
    }

    fn deadline(&self) -> Option<Instant> {
        let mut state = self.0.borrow_mut();
        let client = state.client.deadline().map(Instant::from_millis);
        let expiry = state.held.next_expiry().map(|(at, _)| at);
        let closing = state.closing.as_ref().map(|(.., until)| *until);
        let steady = state.steady.deadline();
        [client, expiry, closing, steady].into_iter().flatten().min().filter(|_| !state.over)
    }

    fn ready_state(&self) -> ReadyState {
        let state = self.0.borrow();
        let own = if state.closing.is_some() { ReadyState::Closing } else { ReadyState::Connecting };
        state.steady.ready_state().max(own)
    }

    fn attempt(&self) -> Attempt {
        self.0.borrow().steady.attempt()
    }

    fn awaits(&self, attempt: Attempt) -> bool {
        self.0.borrow().steady.awaits(attempt)
    }

    fn delivers(&self, attempt: Attempt) -> bool {
        self.0.borrow().steady.delivers(attempt)
    }

    fn is_pressed(&self) -> bool {
        let state = self.0.borrow();
        state.pressed || state.steady.is_pressed()
    }

    fn buffered_amount(&self, native: u64) -> u64 {
        let state = self.0.borrow();
        match state.moved {
            Some(_) => state.steady.buffered_amount(native),
            None => state.client.stats().held_cost,
        }
    }

    fn next_ticket(&self) -> Ticket {
        let state = self.0.borrow();
        match state.moved {
            Some(_) => state.outer(state.steady.next_ticket()),
            None => state.next_ticket,
        }
    }

    fn holds(&self, ticket: Ticket) -> bool {
        let mut state = self.0.borrow_mut();
        let inner = state.inner(ticket);
        state.held.find(ticket).is_some() || inner.is_some_and(|inner| state.steady.holds(inner))
    }

    fn last_lost(&self) -> Option<LostMessage> {
        let state = self.0.borrow();
        let moved = state.moved.as_ref().and_then(|_| state.steady.last_lost());
        moved.map(|lost| state.outer_loss(lost)).or(state.lost)
    }

    fn queued(&self) -> (u64, u64) {
        let state = self.0.borrow();
        match state.moved {
            Some(_) => state.steady.queued(),
            None => (state.held.count(), state.held.bytes()),
        }
    }

    fn close_info(&self) -> CloseInfo {
        self.0.borrow().steady.close_info().clone()
    }

    fn stats(&self) -> Stats {
        let state = self.0.borrow();
        let mut stats = state.steady.stats().clone();
        stats.sent_messages = stats.sent_messages.saturating_add(state.totals.sent_messages);
        stats.sent_bytes = stats.sent_bytes.saturating_add(state.totals.sent_bytes);
        stats.discarded = stats.discarded.saturating_add(state.totals.discarded);
        stats.in_doubt = stats.in_doubt.saturating_add(state.totals.in_doubt);
        stats
    }
}
