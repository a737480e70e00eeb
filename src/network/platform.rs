//! The network as the platform of the Rust shell.

use super::executor::{Task, Tasks};
use super::peer::{Inbox, Request};
use crate::core::random::Random;
use crate::core::{CloseInfo, Page};
use crate::socket::OpenError;
use crate::web::platform::{Guard, HostSocket, NativeData, Platform};
use crate::web::{Data, SocketEvent};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::time::Duration;
use steady_network::{
    Connect, ConnectionId, Error, Event, ListenerId, Message, Network as Engine, Options, Peer, ReadyState,
};

type Run = Rc<dyn Fn()>;
type Handle = Rc<dyn Fn(SocketEvent)>;
type Listener = Rc<dyn Fn(Request)>;
type Key = (Duration, u64);

/// 1 January 2026, where the wall clock begins.
const EPOCH: f64 = 1_767_225_600_000.0;

// Everything that the shell or the application gives us is called, and dropped, with no borrow held.

pub(super) struct Inner {
    me: Weak<Inner>,
    pub(super) engine: RefCell<Engine>,
    pub(super) listeners: RefCell<BTreeMap<ListenerId, Listener>>,
    pub(super) inboxes: RefCell<BTreeMap<ConnectionId, Weak<RefCell<Inbox>>>>,
    pub(super) tasks: Tasks,
    pub(super) running: Cell<bool>,
    random: RefCell<Random>,
    timers: RefCell<BTreeMap<Key, Run>>,
    last: Cell<u64>,
    pages: RefCell<BTreeMap<u64, fn(Page)>>,
    sockets: RefCell<BTreeMap<ConnectionId, Weak<Socket>>>,
}

impl Inner {
    pub(super) fn new(options: Options) -> Result<Rc<Self>, Error> {
        let random = RefCell::new(Random::new(options.seed));
        let engine = RefCell::new(Engine::new(options)?);
        Ok(Rc::new_cyclic(|me| Self {
            me: me.clone(),
            engine,
            listeners: RefCell::default(),
            inboxes: RefCell::default(),
            tasks: Tasks::default(),
            running: Cell::default(),
            random,
            timers: RefCell::default(),
            last: Cell::default(),
            pages: RefCell::default(),
            sockets: RefCell::default(),
        }))
    }

    pub(super) fn now(&self) -> Duration {
        self.engine.borrow().now()
    }

    fn number(&self) -> u64 {
        self.last.set(self.last.get() + 1);
        self.last.get()
    }

    pub(super) fn schedule(&self, at: Duration, run: Run) -> Key {
        let key = (at, self.number());
        self.timers.borrow_mut().insert(key, run);
        key
    }

    pub(super) fn settle(&self) {
        self.tasks.settle();
    }

    pub(super) fn with_peer<T>(
        &self,
        connection: ConnectionId,
        call: impl FnOnce(&mut Peer<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut engine = self.engine.borrow_mut();
        call(&mut engine.peer(connection)?)
    }

    /// Makes a server read nothing while its inbox is full.
    pub(super) fn hold(&self, connection: ConnectionId, full: bool) {
        let mut engine = self.engine.borrow_mut();
        // What is left unread of a connection that is over holds nothing up.
        if let Ok(mut peer) = engine.peer(connection) {
            peer.hold(full);
        }
    }

    /// Lets the next thing happen, if it is due until then, and moves the clock to it. Otherwise moves the clock there.
    pub(super) fn step(&self, until: Duration) -> bool {
        self.settle();
        if self.step_once(until) {
            return true;
        }
        let mut engine = self.engine.borrow_mut();
        // It is not in the past, and nothing is due.
        let _ = engine.next_event(until);
        false
    }

    /// The same, but leaves the clock where it is if nothing is due.
    pub(super) fn step_once(&self, until: Duration) -> bool {
        let timer = { self.timers.borrow().first_key_value().map(|(key, _)| key.0) };
        let arrival = { self.engine.borrow().next_time() };
        let Some(next) = timer.into_iter().chain(arrival).min().filter(|next| *next <= until) else {
            return false;
        };
        let event = {
            let mut engine = self.engine.borrow_mut();
            let next = next.max(engine.now());
            engine.next_event(next)
        };
        match event {
            Ok(Some(event)) => self.dispatch(event),
            // The time is not in the past.
            _ => {
                let due = {
                    let mut timers = self.timers.borrow_mut();
                    timers.first_entry().filter(|entry| entry.key().0 <= next).map(|entry| entry.remove())
                };
                if let Some(run) = due {
                    run();
                }
            }
        }
        true
    }

    fn dispatch(&self, event: Event) {
        match event {
            Event::Request { connection, listener, request } => {
                let handle = { self.listeners.borrow().get(&listener).cloned() };
                if let Some(handle) = handle {
                    handle(Request { inner: self.me.clone(), connection, request });
                }
            }
            Event::PeerMessage { connection, message } => {
                let mut full = false;
                self.receive(connection, |inbox| {
                    inbox.push(message);
                    full = inbox.is_full();
                });
                if full {
                    self.hold(connection, true);
                }
            }
            Event::PeerClosed { connection, .. } => {
                self.receive(connection, |inbox| inbox.closed = true);
                self.inboxes.borrow_mut().remove(&connection);
            }
            Event::Open { connection, protocol, extensions } => self.tell_socket(connection, |socket| {
                socket.chosen.replace((protocol, extensions));
                SocketEvent::Open
            }),
            Event::Message { connection, message } => self.tell_socket(connection, |_| {
                SocketEvent::Message(match message {
                    Message::Text(text) => Data::Text(text),
                    Message::Binary(bytes) => Data::Buffer(bytes),
                })
            }),
            Event::Error { connection } => self.tell_socket(connection, |_| SocketEvent::Error),
            Event::Closed { connection, code, reason, clean, buffered } => {
                self.tell_socket(connection, |socket| {
                    socket.unsent.set(buffered);
                    SocketEvent::Close(CloseInfo { code, reason, was_clean: clean })
                });
                self.sockets.borrow_mut().remove(&connection);
            }
            // The shell looks at the ready state and the buffered amount itself.
            Event::Closing { .. } | Event::Drained { .. } | Event::PeerDrained { .. } => {}
        }
    }

    fn receive(&self, connection: ConnectionId, change: impl FnOnce(&mut Inbox)) {
        let inbox = { self.inboxes.borrow().get(&connection).and_then(Weak::upgrade) };
        let Some(inbox) = inbox else { return };
        let waker = {
            let mut inbox = inbox.borrow_mut();
            change(&mut inbox);
            inbox.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn tell_socket(&self, connection: ConnectionId, event: impl FnOnce(&Socket) -> SocketEvent) {
        let socket = { self.sockets.borrow().get(&connection).and_then(Weak::upgrade) };
        let Some(socket) = socket else { return };
        let event = event(&socket);
        let handle = { socket.handle.borrow().clone() };
        if let Some(handle) = handle {
            handle(event);
        }
    }

    pub(super) fn tell(&self, page: Page) {
        let handles: Vec<fn(Page)> = self.pages.borrow().values().copied().collect();
        for handle in handles {
            handle(page);
        }
    }

    /// Drops what the application and the shell gave.
    pub(super) fn release(&self) {
        self.tasks.release();
        let timers = self.timers.take();
        drop(timers);
        let listeners = self.listeners.take();
        drop(listeners);
    }

    fn guard(&self, release: impl FnOnce(&Inner) + 'static) -> Box<dyn Guard> {
        let me = self.me.clone();
        Box::new(OnDrop(Some(Box::new(move || {
            if let Some(me) = me.upgrade() {
                release(&me);
            }
        }))))
    }
}

/// Calls back when it is dropped.
struct OnDrop(Option<Box<dyn FnOnce()>>);

impl Guard for OnDrop {}

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            release();
        }
    }
}

impl Platform for Inner {
    fn monotonic(&self) -> f64 {
        self.now().as_secs_f64() * 1000.0
    }

    fn wall(&self) -> f64 {
        EPOCH + self.monotonic()
    }

    fn random(&self) -> f64 {
        let bits = self.random.borrow_mut().between(0, u64::from(u32::MAX));
        bits as f64 / 4_294_967_296.0
    }

    fn after(&self, delay: i32, run: Run) -> Option<Box<dyn Guard>> {
        // Of two tasks at one time the network would do nothing else if each posted another.
        let delay = Duration::from_millis(u64::from(delay.max(1).unsigned_abs()));
        let key = self.schedule(self.now().saturating_add(delay), run);
        Some(self.guard(move |me| {
            let _run = { me.timers.borrow_mut().remove(&key) };
        }))
    }

    fn spawn(&self, future: Task) {
        self.tasks.spawn(future);
    }

    fn is_offline(&self) -> bool {
        self.engine.borrow().is_offline()
    }

    fn listen(&self, handle: fn(Page)) -> Box<dyn Guard> {
        let id = self.number();
        self.pages.borrow_mut().insert(id, handle);
        self.guard(move |me| {
            me.pages.borrow_mut().remove(&id);
        })
    }

    fn connect(&self, url: &str, protocols: &[String]) -> Result<Rc<dyn HostSocket>, OpenError> {
        let connect = Connect {
            protocols: protocols.to_vec(),
            origin: Some("https://app.test".to_owned()),
            ..Connect::to(url)
        };
        let begun = { self.engine.borrow_mut().connect(connect) };
        let connection = match begun {
            Ok(connection) => connection,
            Err(Error::Limit { .. }) => return Err(OpenError::Forbidden(url.to_owned())),
            Err(_) => return Err(OpenError::Url(url.to_owned())),
        };
        let socket = Rc::new(Socket {
            inner: self.me.clone(),
            connection,
            url: url.to_owned(),
            chosen: RefCell::default(),
            handle: RefCell::default(),
            unsent: Cell::default(),
        });
        self.sockets.borrow_mut().insert(connection, Rc::downgrade(&socket));
        Ok(socket)
    }
}

/// The client's end of a connection.
struct Socket {
    inner: Weak<Inner>,
    connection: ConnectionId,
    url: String,
    /// Sub-protocol and extensions.
    chosen: RefCell<(String, String)>,
    handle: RefCell<Option<Handle>>,
    /// The buffered amount after the end.
    unsent: Cell<u64>,
}

impl Socket {
    fn engine<T>(&self, call: impl FnOnce(&mut Engine) -> T) -> Option<T> {
        let inner = self.inner.upgrade()?;
        let mut engine = inner.engine.borrow_mut();
        Some(call(&mut engine))
    }

    fn ready_state(&self) -> ReadyState {
        self.engine(|engine| engine.ready_state(self.connection)).unwrap_or(ReadyState::Closed)
    }
}

impl HostSocket for Socket {
    fn listen(&self, handle: Handle) -> Box<dyn Guard> {
        let _former = self.handle.replace(Some(handle));
        let connection = self.connection;
        let Some(inner) = self.inner.upgrade() else { return Box::new(OnDrop(None)) };
        inner.guard(move |inner| {
            let socket = { inner.sockets.borrow().get(&connection).and_then(Weak::upgrade) };
            let _handle = socket.and_then(|socket| socket.handle.take());
        })
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn protocol(&self) -> String {
        self.chosen.borrow().0.clone()
    }

    fn extensions(&self) -> String {
        self.chosen.borrow().1.clone()
    }

    fn send(&self, message: NativeData<'_>) -> bool {
        let message = match message {
            NativeData::Text(text) => Message::from(text),
            NativeData::Bytes(bytes) => Message::from(bytes.to_vec()),
        };
        let length = message.len() as u64;
        match self.engine(|engine| engine.send(self.connection, message)) {
            Some(Ok(())) => true,
            // Both ends are closed: it is only counted.
            Some(Err(Error::Unknown)) | None => {
                self.unsent.set(self.unsent.get() + length);
                true
            }
            Some(Err(_)) => false,
        }
    }

    fn close(&self, code: Option<u16>, reason: &str) {
        // The core has checked the arguments; a connection that is over needs no closing.
        let _ = self.engine(|engine| engine.close(self.connection, code, reason));
    }

    fn buffered_amount(&self) -> u64 {
        let amount = self.engine(|engine| engine.buffered_amount(self.connection));
        amount.and_then(Result::ok).unwrap_or(self.unsent.get())
    }

    fn is_closing(&self) -> bool {
        matches!(self.ready_state(), ReadyState::Closing | ReadyState::Closed)
    }
}
