//! Drives a machine: native events and time in, effects out.
//!
//! **The application's code runs only between rounds**: effects that call it are queued, and performed in order when
//! the machine has no more effects. No borrow is held then, so it may call anything, drop anything or throw. Its calls
//! take effect immediately; callbacks that they cause are queued behind.

use super::clock;
use super::connection::{Connection, Data, SocketEvent};
use super::engine::Engine;
use super::page::{self, PageSubscription, REST_DELAY, Subscriber};
use super::platform::{Socket, is_offline};
use super::timer::Timer;
use crate::core::{
    Attempt, CloseInfo, Effect, Error, Event, Input, Instant, NotDialed, OutgoingMessage, Page, ReadyState,
    Ticket,
};
use std::cell::{Cell, RefCell, RefMut};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

/// A received message, classified.
pub(crate) struct ReceivedMessage<M> {
    /// The message itself.
    pub(crate) message: M,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// Whether it answers a heartbeat, and is not for the application.
    pub(crate) pong: bool,
}

/// The owner of a driver, which represents the application.
pub(crate) trait Host: Sized + 'static {
    /// The data it sends.
    type Payload: Clone + 'static;
    /// The messages it receives.
    type Message;

    /// Starts a connection; calls [`Driver::dialed`] or [`Driver::not_dialed`], now or later.
    fn dial(&self, driver: &Rc<Driver<Self>>, attempt: Attempt);
    /// Cancels the provider or the gate of the current attempt.
    fn release(&self);
    /// Performs the effects that the driver does not: in the middle of a round [`Effect::Ping`] and
    /// [`Effect::Failure`], after it [`Effect::Gate`], [`Effect::Ask`], [`Effect::Flushed`] and
    /// [`Effect::FlushFailed`].
    fn perform(&self, driver: &Rc<Driver<Self>>, effect: Effect<Self::Payload>);
    /// Hands a payload to a connection. If the connection refuses it, returns its size.
    fn transmit(&self, socket: &Socket, payload: &Self::Payload) -> Result<(), u64>;
    /// Classifies a received message.
    fn receive(&self, data: Data) -> ReceivedMessage<Self::Message>;
    /// Delivers a message to the application.
    fn deliver(&self, driver: &Rc<Driver<Self>>, message: Self::Message);
    /// Emits an event. [`Event::Close`] is the last.
    fn fire(&self, driver: &Rc<Driver<Self>>, event: Event<Self::Payload>);
}

pub(crate) struct Driver<H: Host> {
    host: H,
    engine: Box<dyn Engine<H::Payload>>,
    /// The current connection, or the last.
    connection: RefCell<Option<Rc<Connection>>>,
    /// Used only by strict sockets.
    timer: Timer,
    subscription: RefCell<Option<Rc<dyn PageSubscription>>>,
    /// The effects that call the application, in order.
    callbacks: RefCell<VecDeque<Effect<H::Payload>>>,
    is_calling: Cell<bool>,
    /// The attempt whose open event was just emitted.
    announced: Cell<Option<Attempt>>,
    /// How many messages were accepted when a connection last refused one.
    refused: Cell<u64>,
    /// Whether the time of a received message matters: to a heartbeat, or in a trace.
    times_messages: bool,
}

impl<H: Host> Driver<H> {
    /// Returns a driver that is not connecting yet.
    pub(crate) fn new(engine: Box<dyn Engine<H::Payload>>, host: H, times_messages: bool) -> Rc<Self> {
        Rc::new(Self {
            host,
            times_messages,
            engine,
            connection: RefCell::default(),
            timer: Timer::default(),
            subscription: RefCell::default(),
            callbacks: RefCell::default(),
            is_calling: Cell::new(false),
            announced: Cell::new(None),
            refused: Cell::new(0),
        })
    }

    /// Starts to connect.
    pub(crate) fn connect(self: &Rc<Self>) {
        self.feed(Input::Connect);
    }

    /// Subscribes to page events and starts to connect.
    pub(crate) fn connect_in_page(self: &Rc<Self>) {
        let me: Weak<Self> = Rc::downgrade(self);
        let subscription = page::subscribe(me);
        self.subscription.replace(Some(subscription.clone()));
        if is_offline() {
            self.feed(Input::Page(Page::Offline));
        }
        self.connect();
        // After the handshake has started, so as not to delay it. A socket that could not start is closed.
        if self.engine.ready_state() != ReadyState::Closed {
            subscription.listen();
        }
    }

    pub(crate) fn host(&self) -> &H {
        &self.host
    }

    /// Returns the machine in its current state.
    pub(crate) fn machine(self: &Rc<Self>) -> &dyn Engine<H::Payload> {
        self.detect_peer_closing();
        &*self.engine
    }

    /// Returns the machine in the middle of a round.
    pub(crate) fn engine(&self) -> &dyn Engine<H::Payload> {
        &*self.engine
    }

    /// Returns the current or last connection. A copy, because calls on it may call back.
    fn connection(&self) -> Option<Rc<Connection>> {
        self.connection.borrow().clone()
    }

    fn live_connection(&self) -> Option<Rc<Connection>> {
        self.connection().filter(|connection| connection.is_live())
    }

    /// Reads from the native socket of the current connection.
    pub(crate) fn with_socket<R>(&self, look: impl FnOnce(&Socket) -> R) -> Option<R> {
        self.live_connection().map(|connection| look(connection.socket()))
    }

    /// Reads from the native socket of the current or last connection.
    pub(crate) fn with_last_socket<R>(&self, look: impl FnOnce(&Socket) -> R) -> Option<R> {
        self.connection().map(|connection| look(connection.socket()))
    }

    // Borrowed only here, because an app carries the source location of every borrow.
    fn callbacks(&self) -> RefMut<'_, VecDeque<Effect<H::Payload>>> {
        self.callbacks.borrow_mut()
    }

    fn native_amount(&self) -> u64 {
        self.with_socket(Socket::buffered_amount).unwrap_or(0)
    }

    /// Returns `bufferedAmount`.
    pub(crate) fn buffered_amount(&self) -> u64 {
        self.engine.buffered_amount(self.native_amount())
    }

    /// Handles an input and performs its effects.
    pub(crate) fn handle(self: &Rc<Self>, input: Input<H::Payload>) -> Result<(), Error> {
        self.detect_peer_closing();
        self.handle_input(input)
    }

    /// Sends a message; the caller has just checked the [machine](Self::machine).
    pub(crate) fn send(self: &Rc<Self>, message: OutgoingMessage<H::Payload>) -> Result<Ticket, Error> {
        let ticket = self.engine.next_ticket();
        self.handle_input(Input::Send(message))?;
        Ok(ticket)
    }

    /// Returns whether a connection refused this message, which was just sent.
    pub(crate) fn was_refused(&self, ticket: Ticket) -> bool {
        self.refused.get() == ticket.0.wrapping_add(1)
    }

    fn handle_input(self: &Rc<Self>, input: Input<H::Payload>) -> Result<(), Error> {
        self.engine.handle(clock::now(), input)?;
        self.run();
        Ok(())
    }

    /// Handles an input from the platform, which is never rejected.
    fn feed(self: &Rc<Self>, input: Input<H::Payload>) {
        // Only calls of the application can be rejected.
        let _ = self.handle_input(input);
    }

    /// Answers an effect in the middle of a round; new effects belong to the same round.
    pub(crate) fn answer(&self, input: Input<H::Payload>) {
        // A late answer is rejected, and changes nothing.
        let _ = self.engine.handle(clock::now(), input);
    }

    /// Attaches a connection that the host started.
    pub(crate) fn dialed(self: &Rc<Self>, attempt: Attempt, socket: Socket) {
        let me = Rc::downgrade(self);
        let connection = Connection::new(socket, move |event| {
            if let Some(driver) = me.upgrade() {
                driver.on_event(attempt, event);
            }
        });
        if self.engine.awaits(attempt) {
            self.connection.replace(Some(Rc::new(connection)));
            self.feed(Input::Dialed(attempt));
        } else {
            // Too late: the attempt ended while the address was being provided.
            connection.abandon();
        }
    }

    /// Reports that the host could not start one.
    pub(crate) fn not_dialed(self: &Rc<Self>, attempt: Attempt, why: NotDialed) {
        self.feed(Input::NotDialed(attempt, why));
    }

    fn on_event(self: &Rc<Self>, attempt: Attempt, event: SocketEvent) {
        self.begin_task();
        match event {
            SocketEvent::Open => self.feed(Input::Opened(attempt)),
            SocketEvent::Message(data) => {
                let ReceivedMessage { message, size, pong } = self.host.receive(data);
                let received = Input::Received { attempt, size, pong };
                if self.times_messages {
                    self.feed(received);
                } else {
                    // Only counted: it has no effects and needs no time.
                    let _ = self.engine.handle(Instant::default(), received);
                }
                if !pong && self.engine.delivers(attempt) {
                    self.host.deliver(self, message);
                }
            }
            SocketEvent::Error => self.feed(Input::Failed(attempt)),
            SocketEvent::Close(close_info) => {
                self.connection_ended(attempt, close_info, self.native_amount());
                if let Some(connection) = self.connection() {
                    connection.stop();
                }
                self.run();
            }
        }
    }

    /// Reports the end of an attempt or connection.
    fn connection_ended(&self, attempt: Attempt, close_info: CloseInfo, unsent: u64) {
        if self.engine.attempt() == attempt {
            self.host.release();
        }
        self.answer(Input::Closed { attempt, close_info, unsent });
    }

    /// Checks whether the native socket is closing, for which there is no event.
    fn detect_peer_closing(self: &Rc<Self>) {
        let open = self.engine.ready_state() == ReadyState::Open;
        if open && self.with_socket(Socket::is_closing) == Some(true) {
            let attempt = self.engine.attempt();
            self.feed(Input::PeerClosing(attempt));
        }
    }

    /// Performs the effects of what the machine has handled.
    pub(crate) fn run(self: &Rc<Self>) {
        self.run_effects();
        self.run_callbacks();
    }

    fn run_effects(self: &Rc<Self>) {
        while let Some(effect) = self.engine.poll() {
            self.perform(effect);
        }
        if let Some(deadline) = self.engine.deadline() {
            self.wake_at(deadline);
        }
    }

    fn perform(self: &Rc<Self>, effect: Effect<H::Payload>) {
        match effect {
            // The Rust API reports only discarded messages.
            Effect::Fate(..) => {}
            Effect::Ping(_) | Effect::Failure(_) => self.host.perform(self, effect),
            Effect::Transmit(attempt, payload) => {
                let sent = self.with_socket(|socket| self.host.transmit(socket, &payload));
                if let Some(Err(size)) = sent {
                    self.refused.set(self.engine.next_ticket().0);
                    // A connection that refuses a message is abandoned. What it accepted before may still leave.
                    self.answer(Input::Failed(attempt));
                    self.abandon(attempt, size);
                }
            }
            Effect::Sample(attempt) => self.answer(Input::Buffered(attempt, self.native_amount())),
            Effect::Hangup { attempt, code, reason } => {
                self.host.release();
                if self.with_socket(|socket| socket.close(code, &reason)).is_none() {
                    self.connection_ended(attempt, CloseInfo::abnormal(), 0);
                }
            }
            Effect::Abandon(attempt) => self.abandon(attempt, self.native_amount()),
            _ => self.callbacks().push_back(effect),
        }
    }

    fn hang_up(&self) {
        if let Some(connection) = self.connection() {
            connection.abandon();
        }
    }

    /// Abandons a connection with so many unsent bytes.
    fn abandon(&self, attempt: Attempt, unsent: u64) {
        self.connection_ended(attempt, CloseInfo::abnormal(), unsent);
        self.hang_up();
    }

    /// Marks the beginning of a platform task: a callback that was still running threw.
    fn begin_task(&self) {
        self.is_calling.set(false);
    }

    /// Schedules the remaining callbacks in another task, in case the next one throws.
    fn schedule_rest(self: &Rc<Self>) {
        self.wake_at(clock::now().after(REST_DELAY));
    }

    fn run_callbacks(self: &Rc<Self>) {
        if self.is_calling.replace(true) {
            return self.schedule_rest();
        }
        loop {
            if let Some(attempt) = self.announced.take() {
                self.answer(Input::Announced(attempt));
                self.run_effects();
            }
            let has_more = {
                let callbacks = self.callbacks();
                callbacks.len() > 1 || matches!(callbacks.front(), Some(Effect::Fire(Event::Open(_))))
            };
            if has_more {
                self.schedule_rest();
            }
            let Some(effect) = ({ self.callbacks().pop_front() }) else { break };
            match effect {
                Effect::Fire(event) => self.fire(event),
                Effect::Dial(attempt) if self.engine.awaits(attempt) => self.host.dial(self, attempt),
                Effect::Dial(_) => {}
                _ => self.host.perform(self, effect),
            }
        }
        self.is_calling.set(false);
    }

    fn fire(self: &Rc<Self>, event: Event<H::Payload>) {
        let is_over = matches!(event, Event::Close);
        if let Event::Open(attempt) = event {
            self.announced.set(Some(attempt));
        }
        self.host.fire(self, event);
        if is_over {
            self.timer.stop();
            // `take` would add its own source location to every app.
            drop(self.subscription.replace(None));
        }
    }

    fn wake_at(self: &Rc<Self>, deadline: Instant) {
        let subscription = { self.subscription.borrow().clone() };
        if let Some(subscription) = subscription {
            return subscription.wake_at(deadline);
        }
        let me = Rc::downgrade(self);
        self.timer.set(deadline, move |deadline| {
            if let Some(driver) = me.upgrade()
                && driver.timer.fired(deadline)
            {
                driver.tick();
            }
        });
    }
}

impl<H: Host> Subscriber for Driver<H> {
    fn page(self: Rc<Self>, page: Page) {
        self.begin_task();
        self.feed(Input::Page(page));
    }

    fn tick(self: Rc<Self>) {
        self.begin_task();
        self.feed(Input::Tick);
    }
}

impl<H: Host> Drop for Driver<H> {
    fn drop(&mut self) {
        // The application is gone; the peer is still notified.
        self.hang_up();
    }
}
