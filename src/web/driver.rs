//! Drives a machine: native events and time in, effects out.
//!
//! No borrow is held while anybody else's code runs, so a handler may call anything, drop anything
//! or throw. What a handler does takes effect at once; the events it causes wait until it is done,
//! so that every listener sees them in the order they happened.

use super::clock;
use super::engine::Engine;
use super::line::{Data, Heard, Line};
use super::page::{self, Attendance, Audience};
use super::platform::{Socket, is_offline};
use super::timer::Timer;
use crate::core::{
    Attempt, Closure, Effect, Error, Event, Input, Instant, Message, NotDialed, Page, ReadyState, Text,
    Ticket, Why,
};
use std::cell::{Cell, Ref, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

/// What a message turned out to be.
pub(crate) struct Receipt<M> {
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

    /// Find the address and begin a connection; say [`Driver::dialed`] or [`Driver::refused`], now or later.
    fn dial(&self, driver: &Rc<Driver<Self>>, attempt: Attempt);
    /// Do what only a steady socket's machine asks for: [`Effect::Gate`], [`Effect::Ping`], [`Effect::Ask`].
    fn oblige(&self, driver: &Rc<Driver<Self>>, effect: Effect<Self::Payload>);
    /// The connection is established.
    fn opened(&self);
    /// All messages below this ticket were handed over.
    fn flushed(&self, before: Ticket);
    /// This message was not handed over.
    fn flush_failed(&self, ticket: Ticket, why: Why);
    /// The attempt or the connection is over; `given_up` if the machine let go of it.
    fn over(&self, closure: &Closure, given_up: bool);
    /// The page goes into the back/forward cache.
    fn stowed(&self);
    /// Hand a payload to a connection; fails only if that is of no use.
    fn transmit(&self, socket: &Socket, payload: &Self::Payload) -> bool;
    /// Look at a message.
    fn receive(&self, data: Data) -> Receipt<Self::Message>;
    /// Deliver a message.
    fn deliver(&self, driver: &Rc<Driver<Self>>, message: Self::Message);
    /// Tell the application; `closure` is how the connection ended, if that is what the event is about. After
    /// [`Event::Close`] nothing follows.
    fn fire(&self, event: Event<Self::Payload>, closure: Closure);
}

/// What is known of the present connection, or was of the last.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) url: Text,
    pub(crate) protocol: Text,
    pub(crate) extensions: Text,
}

pub(crate) struct Driver<H: Host> {
    host: H,
    engine: Box<dyn Engine<H::Payload>>,
    line: RefCell<Option<Rc<Line>>>,
    said: RefCell<Said>,
    /// Of a socket that does not react to its page.
    timer: Timer,
    attendance: RefCell<Option<Rc<dyn Attendance>>>,
    /// What is to be told, and how the connection had ended then.
    events: RefCell<VecDeque<(Event<H::Payload>, Closure)>>,
    firing: Cell<bool>,
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
            line: RefCell::default(),
            said: RefCell::default(),
            timer: Timer::default(),
            attendance: RefCell::default(),
            events: RefCell::default(),
            firing: Cell::new(false),
        })
    }

    /// Begins to connect.
    pub(crate) fn connect(self: &Rc<Self>) {
        self.react(Input::Connect);
    }

    /// The same for a socket that reacts to its page.
    pub(crate) fn connect_in_page(self: &Rc<Self>) {
        let me: Weak<Self> = Rc::downgrade(self);
        let attendance = page::attend(me);
        self.attendance.replace(Some(attendance.clone()));
        if is_offline() {
            self.react(Input::Page(Page::Offline));
        }
        self.connect();
        // The handshake is under way meanwhile. What could not even begin is over.
        if self.engine.ready_state() != ReadyState::Closed {
            attendance.listen();
        }
    }

    pub(crate) fn host(&self) -> &H {
        &self.host
    }

    /// The machine, to look at as it is now.
    pub(crate) fn machine(self: &Rc<Self>) -> &dyn Engine<H::Payload> {
        self.notice_parting();
        &*self.engine
    }

    /// The connection there is now, if any. A copy: whatever is called on it may call back.
    fn line(&self) -> Option<Rc<Line>> {
        self.line.borrow().clone()
    }

    /// What the native socket says, if there is one now.
    pub(crate) fn with_socket<R>(&self, look: impl FnOnce(&Socket) -> R) -> Option<R> {
        self.line().map(|line| look(line.socket()))
    }

    pub(crate) fn said(&self) -> Ref<'_, Said> {
        self.said.borrow()
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
        self.notice_parting();
        self.take_in(input)
    }

    /// Sends for whoever has just looked at the [machine](Self::machine), and found that it may.
    pub(crate) fn send(self: &Rc<Self>, message: Message<H::Payload>) -> Result<Ticket, Error> {
        let ticket = self.engine.next_ticket();
        self.take_in(Input::Send(message))?;
        Ok(ticket)
    }

    fn take_in(self: &Rc<Self>, input: Input<H::Payload>) -> Result<(), Error> {
        self.engine.handle(clock::now(), input)?;
        self.carry_out();
        Ok(())
    }

    /// Takes in what can not be refused: everything that comes from below.
    fn react(self: &Rc<Self>, input: Input<H::Payload>) {
        // Only an application's verbs can be illegal.
        let _ = self.take_in(input);
    }

    /// The host found the address and began a connection.
    pub(crate) fn dialed(self: &Rc<Self>, attempt: Attempt, socket: Socket, url: Text) {
        let me = Rc::downgrade(self);
        let line = Line::new(socket, move |heard| {
            if let Some(driver) = me.upgrade() {
                driver.heard(attempt, heard);
            }
        });
        if self.engine.awaits(attempt) {
            self.line.replace(Some(Rc::new(line)));
            self.said.borrow_mut().url = url;
            self.react(Input::Dialed(attempt));
        } else {
            // Too late: the attempt was given up while the address was being found.
            line.let_go();
        }
    }

    /// The host could not begin one.
    pub(crate) fn refused(self: &Rc<Self>, attempt: Attempt, why: NotDialed) {
        self.host.over(&Closure::abnormal(), false);
        self.react(Input::NotDialed(attempt, why));
    }

    fn heard(self: &Rc<Self>, attempt: Attempt, heard: Heard) {
        match heard {
            Heard::Open => {
                let spoken = |socket: &Socket| (socket.protocol(), socket.extensions());
                let Some((protocol, extensions)) = self.with_socket(spoken) else { return };
                {
                    let mut said = self.said.borrow_mut();
                    (said.protocol, said.extensions) = (protocol, extensions);
                }
                self.host.opened();
                self.react(Input::Opened(attempt));
            }
            Heard::Message(data) => {
                let Receipt { message, size, pong } = self.host.receive(data);
                let wanted = self.engine.delivers(attempt) && !pong;
                let received = Input::Received { attempt, size, pong };
                if self.times_messages {
                    self.react(received);
                } else {
                    // It is counted, nothing follows from it, and no time passes.
                    let _ = self.engine.handle(Instant::default(), received);
                }
                if wanted {
                    self.host.deliver(self, message);
                }
            }
            Heard::Error => self.react(Input::Failed(attempt)),
            Heard::Close(closure) => self.over(attempt, closure, self.native_amount(), false),
        }
    }

    fn over(self: &Rc<Self>, attempt: Attempt, closure: Closure, unsent: u64, given_up: bool) {
        let present = self.engine.attempt() == attempt;
        let line = if present { self.line.take() } else { None };
        if present {
            self.host.over(&closure, given_up);
        }
        self.react(Input::Closed { attempt, closure, unsent });
        drop(line);
    }

    /// The native socket begins to close without an event; whoever looks or acts shall know.
    fn notice_parting(self: &Rc<Self>) {
        let open = self.engine.ready_state() == ReadyState::Open;
        if open && self.with_socket(Socket::is_parting) == Some(true) {
            let attempt = self.engine.attempt();
            self.react(Input::Parting(attempt));
        }
    }

    fn carry_out(self: &Rc<Self>) {
        while let Some(effect) = self.engine.poll() {
            self.perform(effect);
        }
        self.set_timer();
        self.fire_all();
    }

    fn perform(self: &Rc<Self>, effect: Effect<H::Payload>) {
        match effect {
            Effect::Fire(event) => self.events.borrow_mut().push_back((event, self.engine.closure())),
            Effect::Dial(attempt) => self.host.dial(self, attempt),
            Effect::Gate(_) | Effect::Ping(_) | Effect::Ask(..) => self.host.oblige(self, effect),
            // No message is tracked here.
            Effect::Fate(..) | Effect::Failure(_) => {}
            Effect::Flushed(before) => self.host.flushed(before),
            Effect::FlushFailed(ticket, why) => self.host.flush_failed(ticket, why),
            Effect::Transmit(attempt, payload) => {
                // A socket that refuses a message is of no use.
                if self.with_socket(|socket| self.host.transmit(socket, &payload)) == Some(false) {
                    self.react(Input::Failed(attempt));
                }
            }
            Effect::Sample(attempt) => self.react(Input::Buffered(attempt, self.native_amount())),
            Effect::Hangup { attempt, code, reason } => {
                if self.with_socket(|socket| socket.close(code, &reason)).is_none() {
                    self.over(attempt, Closure::abnormal(), 0, false);
                }
            }
            Effect::Abandon(attempt) => {
                let unsent = self.native_amount();
                if let Some(line) = self.line.take() {
                    line.let_go();
                }
                self.over(attempt, Closure::abnormal(), unsent, true);
            }
        }
    }

    fn fire_all(self: &Rc<Self>) {
        if self.firing.replace(true) {
            return;
        }
        while let Some((event, closure)) = { self.events.borrow_mut().pop_front() } {
            if matches!(event, Event::Close) {
                self.timer.stop();
                self.attendance.take();
            }
            let opened = if let Event::Open(attempt) = event { Some(attempt) } else { None };
            self.host.fire(event, closure);
            if let Some(attempt) = opened {
                self.react(Input::Announced(attempt));
            }
        }
        self.firing.set(false);
    }

    fn set_timer(self: &Rc<Self>) {
        let Some(deadline) = self.engine.deadline() else { return };
        if let Some(attendance) = &*self.attendance.borrow() {
            return attendance.wake_at(deadline);
        }
        let me = Rc::downgrade(self);
        self.timer.set(deadline, move |deadline| {
            if let Some(driver) = me.upgrade()
                && driver.timer.fired(deadline)
            {
                driver.react(Input::Tick);
            }
        });
    }
}

impl<H: Host> Audience for Driver<H> {
    fn page(self: Rc<Self>, page: Page) {
        if page == Page::Stowed {
            self.host.stowed();
        }
        self.react(Input::Page(page));
    }

    fn tick(self: Rc<Self>) {
        self.react(Input::Tick);
    }
}

impl<H: Host> Drop for Driver<H> {
    fn drop(&mut self) {
        // Nobody is left to hear of it, but the peer should.
        if let Some(line) = self.line.take() {
            line.let_go();
        }
    }
}
