//! Drives a machine: native events and time in, effects out.
//!
//! **The application's code runs when the machine has answered**: effects that call it are queued, and performed in
//! their order when the round is over. No borrow is held meanwhile, so it may call anything, drop anything or throw.
//! What it calls takes effect at once; what follows for the application is queued behind.

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
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

/// What a message turned out to be.
pub(crate) struct ReceivedMessage<M> {
    /// The message itself.
    pub(crate) message: M,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// Whether it answers a heartbeat, and is not for the application.
    pub(crate) pong: bool,
}

/// Whoever owns a driver, and speaks for the application.
pub(crate) trait Host: Sized + 'static {
    /// What it sends.
    type Payload: Clone + 'static;
    /// What it receives.
    type Message;

    /// Find the address and begin a connection; say [`Driver::dialed`] or [`Driver::not_dialed`], now or later.
    fn dial(&self, driver: &Rc<Driver<Self>>, attempt: Attempt);
    /// The provider or the gate of the present attempt is of no use any more.
    fn release(&self);
    /// Perform what the driver does not: in the middle of a round [`Effect::Ping`] and [`Effect::Failure`], after it
    /// [`Effect::Gate`], [`Effect::Ask`], [`Effect::Flushed`] and [`Effect::FlushFailed`].
    fn perform(&self, driver: &Rc<Driver<Self>>, effect: Effect<Self::Payload>);
    /// Hand a payload to a connection. If the connection does not take it: how many bytes it has.
    fn transmit(&self, socket: &Socket, payload: &Self::Payload) -> Result<(), u64>;
    /// Look at a message.
    fn receive(&self, data: Data) -> ReceivedMessage<Self::Message>;
    /// Deliver a message.
    fn deliver(&self, driver: &Rc<Driver<Self>>, message: Self::Message);
    /// Tell the application. After [`Event::Close`] nothing follows.
    fn fire(&self, driver: &Rc<Driver<Self>>, event: Event<Self::Payload>);
}

pub(crate) struct Driver<H: Host> {
    host: H,
    engine: Box<dyn Engine<H::Payload>>,
    /// The present connection, or the last.
    connection: RefCell<Option<Rc<Connection>>>,
    /// Used only by strict sockets.
    timer: Timer,
    subscription: RefCell<Option<Rc<dyn PageSubscription>>>,
    /// What calls the application, in order.
    callbacks: RefCell<VecDeque<Effect<H::Payload>>>,
    is_calling: Cell<bool>,
    /// The application was just told that this one is open.
    announced: Cell<Option<Attempt>>,
    /// How many messages were accepted when a connection did last not take one.
    refused: Cell<u64>,
    /// Whether it matters when a message arrives: to a heartbeat, or in a trace.
    times_messages: bool,
}

impl<H: Host> Driver<H> {
    /// A socket that has not been told to connect.
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

    /// Begins to connect.
    pub(crate) fn connect(self: &Rc<Self>) {
        self.feed(Input::Connect);
    }

    /// The same for a socket that reacts to its page.
    pub(crate) fn connect_in_page(self: &Rc<Self>) {
        let me: Weak<Self> = Rc::downgrade(self);
        let subscription = page::subscribe(me);
        self.subscription.replace(Some(subscription.clone()));
        if is_offline() {
            self.feed(Input::Page(Page::Offline));
        }
        self.connect();
        // The handshake is under way meanwhile. What could not even begin is over.
        if self.engine.ready_state() != ReadyState::Closed {
            subscription.listen();
        }
    }

    pub(crate) fn host(&self) -> &H {
        &self.host
    }

    /// The machine, to look at as it is now.
    pub(crate) fn machine(self: &Rc<Self>) -> &dyn Engine<H::Payload> {
        self.detect_peer_closing();
        &*self.engine
    }

    /// The machine in the middle of a round.
    pub(crate) fn engine(&self) -> &dyn Engine<H::Payload> {
        &*self.engine
    }

    /// The present connection, or the last. A copy: whatever is called on it may call back.
    fn connection(&self) -> Option<Rc<Connection>> {
        self.connection.borrow().clone()
    }

    /// What the native socket of the present connection says.
    pub(crate) fn with_socket<R>(&self, look: impl FnOnce(&Socket) -> R) -> Option<R> {
        self.connection()
            .filter(|connection| connection.is_live())
            .map(|connection| look(connection.socket()))
    }

    /// What the native socket of the present or the last connection says.
    pub(crate) fn with_last_socket<R>(&self, look: impl FnOnce(&Socket) -> R) -> Option<R> {
        self.connection().map(|connection| look(connection.socket()))
    }

    fn native_amount(&self) -> u64 {
        self.with_socket(Socket::buffered_amount).unwrap_or(0)
    }

    /// `bufferedAmount`.
    pub(crate) fn buffered_amount(&self) -> u64 {
        self.engine.buffered_amount(self.native_amount())
    }

    /// Takes one input in and carries out what follows from it.
    pub(crate) fn handle(self: &Rc<Self>, input: Input<H::Payload>) -> Result<(), Error> {
        self.detect_peer_closing();
        self.handle_input(input)
    }

    /// Sends for whoever has just looked at the [machine](Self::machine), and found that it may.
    pub(crate) fn send(self: &Rc<Self>, message: OutgoingMessage<H::Payload>) -> Result<Ticket, Error> {
        let ticket = self.engine.next_ticket();
        self.handle_input(Input::Send(message))?;
        Ok(ticket)
    }

    /// Whether this message, just sent, is the last that a connection did not take.
    pub(crate) fn was_refused(&self, ticket: Ticket) -> bool {
        self.refused.get() == ticket.0.wrapping_add(1)
    }

    fn handle_input(self: &Rc<Self>, input: Input<H::Payload>) -> Result<(), Error> {
        self.engine.handle(clock::now(), input)?;
        self.run();
        Ok(())
    }

    /// Takes in what can not be refused: everything that comes from below.
    fn feed(self: &Rc<Self>, input: Input<H::Payload>) {
        // Only an application's verbs can be illegal.
        let _ = self.handle_input(input);
    }

    /// Answers an effect in the middle of a round: what follows is carried out in the same round.
    pub(crate) fn answer(&self, input: Input<H::Payload>) {
        // What comes too late is refused, and changes nothing.
        let _ = self.engine.handle(clock::now(), input);
    }

    /// The host found the address and began a connection.
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
            // Too late: the attempt was given up while the address was being found.
            connection.abandon();
        }
    }

    /// The host could not begin one.
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
                    // It is counted, nothing follows from it, and no time passes.
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

    /// The attempt or the connection is over.
    fn connection_ended(&self, attempt: Attempt, close_info: CloseInfo, unsent: u64) {
        if self.engine.attempt() == attempt {
            self.host.release();
        }
        self.answer(Input::Closed { attempt, close_info, unsent });
    }

    /// The native socket begins to close without an event; whoever looks or acts shall know.
    fn detect_peer_closing(self: &Rc<Self>) {
        let open = self.engine.ready_state() == ReadyState::Open;
        if open && self.with_socket(Socket::is_closing) == Some(true) {
            let attempt = self.engine.attempt();
            self.feed(Input::PeerClosing(attempt));
        }
    }

    fn run(self: &Rc<Self>) {
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
            // No message is tracked here.
            Effect::Fate(..) => {}
            Effect::Ping(_) | Effect::Failure(_) => self.host.perform(self, effect),
            Effect::Transmit(attempt, payload) => {
                let sent = self.with_socket(|socket| self.host.transmit(socket, &payload));
                if let Some(Err(size)) = sent {
                    self.refused.set(self.engine.next_ticket().0);
                    // A connection that refuses a message is of no use. What it took before may still leave.
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
            _ => self.callbacks.borrow_mut().push_back(effect),
        }
    }

    fn hang_up(&self) {
        if let Some(connection) = self.connection() {
            connection.abandon();
        }
    }

    /// Lets go of a connection that never sends so many bytes.
    fn abandon(&self, attempt: Attempt, unsent: u64) {
        self.connection_ended(attempt, CloseInfo::abnormal(), unsent);
        self.hang_up();
    }

    /// A task of the platform's begins: no call is under way. If one was, it threw.
    fn begin_task(&self) {
        self.is_calling.set(false);
    }

    /// Should what is called throw, the rest is done in a task of its own.
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
                let callbacks = self.callbacks.borrow();
                callbacks.len() > 1 || matches!(callbacks.front(), Some(Effect::Fire(Event::Open(_))))
            };
            if has_more {
                self.schedule_rest();
            }
            let Some(effect) = ({ self.callbacks.borrow_mut().pop_front() }) else { break };
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
            let _subscription = { self.subscription.take() };
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
        // Nobody is left to hear of it, but the peer should.
        self.hang_up();
    }
}
