//! A platform for tests. Its clock moves only when a test moves it, and its connections do what the test says.

use crate::core::{CloseInfo, Page};
use crate::socket::OpenError;
use crate::web::platform::{Guard, HostSocket, NativeData, Platform, install};
use crate::web::{Data, SocketEvent};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

type Task = Pin<Box<dyn Future<Output = ()>>>;
type Run = Rc<dyn Fn()>;
type Hear = Rc<dyn Fn(SocketEvent)>;
/// Called whenever the shell calls the platform, like scripts that have patched it.
type Hook = Box<dyn FnMut(&'static str)>;

/// The platform of one test, installed until it is dropped.
pub(super) struct World(Rc<Inner>);

#[derive(Default)]
struct Inner {
    me: RefCell<Weak<Inner>>,
    now: Cell<u64>,
    /// How far the wall clock is ahead of the other.
    ahead: Cell<u64>,
    /// Where the wall clock was stopped.
    stopped: Cell<Option<u64>>,
    offline: Cell<bool>,
    chance: Cell<f64>,
    next: Cell<u64>,
    /// What is to be done, by its time and the order in which it was asked for; and whether it is a timeout.
    jobs: RefCell<BTreeMap<(u64, u64), Run>>,
    timeouts: Cell<usize>,
    ears: RefCell<BTreeMap<u64, fn(Page)>>,
    links: RefCell<Vec<Rc<Link>>>,
    listeners: Cell<usize>,
    tasks: RefCell<BTreeMap<u64, Option<Task>>>,
    woken: Arc<Mutex<VecDeque<u64>>>,
    hook: RefCell<Option<Hook>>,
    panics: RefCell<Vec<String>>,
    /// Whether tasks wait although events come.
    quiet: Cell<bool>,
    refusal: RefCell<Option<OpenError>>,
}

impl World {
    pub(super) fn new() -> Self {
        let inner = Rc::new(Inner { now: Cell::new(1_000), chance: Cell::new(0.5), ..Inner::default() });
        inner.me.replace(Rc::downgrade(&inner));
        install(Some(inner.clone()));
        Self(inner)
    }

    pub(super) fn now(&self) -> u64 {
        self.0.now.get()
    }

    /// The connections that were begun, the oldest first.
    pub(super) fn links(&self) -> Vec<Rc<Link>> {
        self.0.links.borrow().clone()
    }

    /// The connection that was begun last.
    pub(super) fn link(&self) -> Rc<Link> {
        self.0.links.borrow().last().cloned().expect("a connection was begun")
    }

    /// The next connection is not even begun.
    pub(super) fn refuse(&self, refusal: Option<OpenError>) {
        self.0.refusal.replace(refusal);
    }

    /// What the seed of the next socket is made of.
    pub(super) fn chance(&self, chance: f64) {
        self.0.chance.set(chance);
    }

    /// Calls this whenever the shell calls the platform.
    pub(super) fn hook(&self, hook: impl FnMut(&'static str) + 'static) {
        self.0.hook.replace(Some(Box::new(hook)));
    }

    pub(super) fn unhook(&self) {
        self.0.hook.take();
    }

    pub(super) fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        self.0.spawn(Box::pin(future));
    }

    /// Polls whatever was woken until nothing is.
    pub(super) fn settle(&self) {
        self.0.settle();
    }

    /// Does what is due until then, in its order.
    pub(super) fn advance(&self, millis: u64) {
        let end = self.now() + millis;
        self.settle();
        while let Some((at, run)) = self.0.due(end) {
            self.0.now.set(self.now().max(at));
            self.0.guarded(|| run());
            drop(run);
            self.settle();
        }
        self.0.now.set(end);
    }

    /// Lets time pass in which nothing runs: a page that is frozen, a machine that sleeps.
    pub(super) fn sleep(&self, millis: u64, wall_only: bool) {
        let clock = if wall_only { &self.0.ahead } else { &self.0.now };
        clock.set(clock.get() + millis);
    }

    /// Stops the wall clock, as pages under test do.
    pub(super) fn stop_wall(&self) {
        self.0.stopped.set(Some(self.0.wall() as u64));
    }

    /// While the page is frozen, and in the task of its `close` event, it sees no bytes leave.
    pub(super) fn freeze(&self, frozen: bool) {
        for link in self.links() {
            link.frozen.set(frozen);
            link.show();
        }
    }

    /// Resolves after so many milliseconds.
    pub(super) fn pause(&self, millis: u64) -> impl Future<Output = ()> + use<> {
        let (done, waker) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(None::<Waker>)));
        let (is_done, waits) = (done.clone(), waker.clone());
        let ring: Run = Rc::new(move || {
            done.set(true);
            if let Some(waker) = waker.take() {
                waker.wake();
            }
        });
        let at = (self.now() + millis, self.0.number());
        self.0.jobs.borrow_mut().insert(at, ring);
        std::future::poll_fn(move |context| {
            if is_done.get() {
                return Poll::Ready(());
            }
            waits.set(Some(context.waker().clone()));
            Poll::Pending
        })
    }

    pub(super) fn page(&self, page: Page) {
        match page {
            Page::Offline => self.0.offline.set(true),
            Page::Online => self.0.offline.set(false),
            _ => {}
        }
        let ears: Vec<fn(Page)> = self.0.ears.borrow().values().copied().collect();
        for ear in ears {
            self.0.guarded(|| ear(page));
        }
        self.settle();
    }

    /// A native event's task.
    pub(super) fn task(&self, run: impl FnOnce()) {
        self.0.guarded(run);
        self.settle();
    }

    /// What the application's code has panicked with since the last time.
    pub(super) fn panics(&self) -> Vec<String> {
        self.0.panics.take()
    }

    /// What the shell still holds of the platform.
    pub(super) fn held(&self) -> Vec<String> {
        let mut held = Vec::new();
        let mut add = |count: usize, what: &str| {
            if count > 0 {
                held.push(format!("{count} {what}"));
            }
        };
        add(self.0.timeouts.get(), "timeouts");
        add(self.0.ears.borrow().len(), "listeners on the page");
        add(self.0.listeners.get(), "listeners on connections");
        add(self.0.tasks.borrow().len(), "tasks");
        let live = |link: &&Rc<Link>| link.is_live() && link.closing.borrow().is_none();
        add(self.0.links.borrow().iter().filter(live).count(), "connections");
        held
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.unhook();
        // What a task holds may call the platform when it is dropped.
        let tasks = self.0.tasks.take();
        drop(tasks);
        let jobs = self.0.jobs.take();
        drop(jobs);
        install(None);
    }
}

struct Woken(u64, Arc<Mutex<VecDeque<u64>>>);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.1.lock().unwrap().push_back(self.0);
    }
}

impl Inner {
    fn number(&self) -> u64 {
        self.next.set(self.next.get() + 1);
        self.next.get()
    }

    fn called(&self, what: &'static str) {
        // Taken out: what it does may call the platform again.
        if let Some(mut hook) = { self.hook.take() } {
            hook(what);
            let mut place = self.hook.borrow_mut();
            if place.is_none() {
                *place = Some(hook);
            }
        }
    }

    fn guarded(&self, run: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            self.panics.borrow_mut().push(text.unwrap_or_default());
        }
    }

    fn due(&self, end: u64) -> Option<(u64, Run)> {
        let mut jobs = self.jobs.borrow_mut();
        let entry = jobs.first_entry().filter(|entry| entry.key().0 <= end)?;
        let at = entry.key().0;
        Some((at, entry.remove()))
    }

    fn settle(&self) {
        loop {
            let Some(id) = self.woken.lock().unwrap().pop_front() else { return };
            let Some(mut task) = self.tasks.borrow_mut().get_mut(&id).and_then(Option::take) else {
                continue;
            };
            let waker = Waker::from(Arc::new(Woken(id, self.woken.clone())));
            let mut done = true;
            self.guarded(|| done = task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
            if done {
                self.tasks.borrow_mut().remove(&id);
                self.guarded(|| drop(task));
            } else if let Some(place) = self.tasks.borrow_mut().get_mut(&id) {
                *place = Some(task);
            }
        }
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

impl Inner {
    fn guard(&self, release: impl FnOnce(&Inner) + 'static) -> Box<dyn Guard> {
        let me = self.me.borrow().clone();
        Box::new(OnDrop(Some(Box::new(move || {
            if let Some(me) = me.upgrade() {
                release(&me);
            }
        }))))
    }
}

impl Platform for Inner {
    fn monotonic(&self) -> f64 {
        self.now.get() as f64
    }

    fn wall(&self) -> f64 {
        self.stopped.get().unwrap_or_else(|| 1_700_000_000_000 + self.now.get() + self.ahead.get()) as f64
    }

    fn random(&self) -> f64 {
        self.chance.get()
    }

    fn after(&self, delay: i32, run: Rc<dyn Fn()>) -> Option<Box<dyn Guard>> {
        self.called("after");
        let at = (self.now.get() + u64::from(delay.unsigned_abs()), self.number());
        if delay < 4 {
            self.jobs.borrow_mut().insert(at, run);
            return None;
        }
        self.timeouts.set(self.timeouts.get() + 1);
        self.jobs.borrow_mut().insert(at, run);
        Some(self.guard(move |me| {
            me.timeouts.set(me.timeouts.get() - 1);
            let _job = { me.jobs.borrow_mut().remove(&at) };
            me.called("clear");
        }))
    }

    fn spawn(&self, future: Task) {
        let id = self.number();
        self.tasks.borrow_mut().insert(id, Some(future));
        self.woken.lock().unwrap().push_back(id);
    }

    fn is_offline(&self) -> bool {
        self.called("is_offline");
        self.offline.get()
    }

    fn listen(&self, hear: fn(Page)) -> Box<dyn Guard> {
        self.called("listen");
        let id = self.number();
        self.ears.borrow_mut().insert(id, hear);
        self.guard(move |me| {
            me.ears.borrow_mut().remove(&id);
            me.called("unlisten");
        })
    }

    fn connect(&self, url: &str, protocols: &[String]) -> Result<Rc<dyn HostSocket>, OpenError> {
        self.called("connect");
        if let Some(refusal) = self.refusal.borrow().clone() {
            return Err(refusal);
        }
        let link = Rc::new(Link {
            world: self.me.borrow().clone(),
            url: url.to_owned(),
            offered: protocols.to_vec(),
            state: Cell::new(State::Connecting),
            buffered: Cell::new(0),
            shown: Cell::new(0),
            frozen: Cell::new(false),
            given: Cell::new(0),
            misused: Cell::new(false),
            sent: RefCell::default(),
            takes: Cell::new(true),
            closing: RefCell::default(),
            hear: RefCell::default(),
        });
        self.links.borrow_mut().push(link.clone());
        Ok(link)
    }
}

/// Where a native socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Connecting,
    Open,
    Closing,
    Closed,
}

/// What a connection was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Text(String),
    Binary(Vec<u8>),
}

impl Frame {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Binary(_) => "",
        }
    }

    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Binary(bytes) => bytes.len() as u64,
        }
    }
}

/// A native socket.
pub(super) struct Link {
    world: Weak<Inner>,
    pub(super) url: String,
    pub(super) offered: Vec<String>,
    pub(super) state: Cell<State>,
    pub(super) buffered: Cell<u64>,
    /// What the page sees of that.
    shown: Cell<u64>,
    /// Whether the page sees old amounts.
    frozen: Cell<bool>,
    /// All the bytes it was given.
    given: Cell<u64>,
    /// It was given a message while it was not open.
    pub(super) misused: Cell<bool>,
    pub(super) sent: RefCell<Vec<Frame>>,
    /// Whether `send` works.
    pub(super) takes: Cell<bool>,
    /// What `close` was called with.
    pub(super) closing: RefCell<Option<(Option<u16>, String)>>,
    hear: RefCell<Option<Hear>>,
}

impl Link {
    pub(super) fn is_live(&self) -> bool {
        self.state.get() != State::Closed
    }

    /// Whether anybody listens.
    pub(super) fn is_heard(&self) -> bool {
        self.hear.borrow().is_some()
    }

    fn tell(&self, heard: SocketEvent) {
        let hear = { self.hear.borrow().clone() };
        let Some(world) = self.world.upgrade() else { return };
        if let Some(hear) = hear {
            world.guarded(|| hear(heard));
        }
        if !world.quiet.get() {
            world.settle();
        }
    }

    /// Several events before any task runs.
    pub(super) fn quietly(&self, run: impl FnOnce(&Self)) {
        let world = self.world.upgrade().expect("a world");
        world.quiet.set(true);
        run(self);
        world.quiet.set(false);
    }

    /// The handshake is done.
    pub(super) fn open(&self) {
        if self.state.get() == State::Connecting {
            self.state.set(State::Open);
            self.tell(SocketEvent::Open);
        }
    }

    pub(super) fn message(&self, text: &str) {
        self.tell(SocketEvent::Message(Data::Text(text.to_owned())));
    }

    pub(super) fn bytes(&self, bytes: &[u8]) {
        self.tell(SocketEvent::Message(Data::Buffer(bytes.to_vec())));
    }

    /// So many bytes of what was given to it leave.
    pub(super) fn drain(&self, bytes: u64) {
        self.buffered.set(self.buffered.get().saturating_sub(bytes));
        self.show();
    }

    fn show(&self) {
        if !self.frozen.get() {
            self.shown.set(self.buffered.get());
        }
    }

    /// All the bytes it was given.
    pub(super) fn given(&self) -> u64 {
        self.given.get()
    }

    /// A number for the next message from the peer, higher than any before.
    pub(super) fn number(&self) -> u32 {
        self.world.upgrade().map_or(0, |world| world.number() as u32)
    }

    /// The peer begins to close: there is no event for it.
    pub(super) fn part(&self) {
        self.state.set(State::Closing);
    }

    /// It ends, as the peer or the network will have it.
    pub(super) fn end(&self, code: u16, reason: &str, was_clean: bool) {
        if !self.is_live() {
            return;
        }
        self.state.set(State::Closed);
        if !was_clean {
            self.tell(SocketEvent::Error);
        }
        self.tell(SocketEvent::Close(CloseInfo { code, reason: reason.to_owned(), was_clean }));
    }

    /// The network is gone.
    pub(super) fn cut(&self) {
        self.end(1006, "", false);
    }

    /// What `close` has begun is done.
    pub(super) fn finish(&self) {
        let closing = self.closing.borrow().clone();
        let (code, reason) = closing.expect("`close` was called");
        if self.state.get() == State::Connecting {
            return self.cut();
        }
        self.drain(u64::MAX);
        self.end(code.unwrap_or(1005), &reason, true);
    }

    pub(super) fn texts(&self) -> Vec<String> {
        let text = |frame: &Frame| match frame {
            Frame::Text(text) => text.clone(),
            Frame::Binary(bytes) => format!("{bytes:?}"),
        };
        self.sent.borrow().iter().map(text).collect()
    }

    fn called(&self, what: &'static str) {
        if let Some(world) = self.world.upgrade() {
            world.called(what);
        }
    }
}

impl std::fmt::Display for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (state, closing) = (self.state.get(), self.closing.borrow());
        write!(
            f,
            "{state:?}, closing {closing:?}, {} of {} bytes left: ",
            self.buffered.get(),
            self.given.get()
        )?;
        write!(f, "{:?}", self.texts())
    }
}

impl HostSocket for Link {
    fn listen(&self, hear: Hear) -> Box<dyn Guard> {
        self.called("on");
        let world = self.world.upgrade().expect("a world");
        world.listeners.set(world.listeners.get() + 1);
        self.hear.replace(Some(hear));
        let links = world.links.borrow();
        let me = links.iter().find(|link| std::ptr::eq(&***link, self)).map(Rc::downgrade);
        world.guard(move |world| {
            world.listeners.set(world.listeners.get() - 1);
            let _hear = me.and_then(|me| me.upgrade()?.hear.take());
            world.called("off");
        })
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn protocol(&self) -> String {
        self.offered.first().cloned().unwrap_or_default()
    }

    fn extensions(&self) -> String {
        "permessage-deflate".into()
    }

    fn send(&self, message: NativeData<'_>) -> bool {
        self.called("send");
        if !self.takes.get() {
            return false;
        }
        let frame = match message {
            NativeData::Text(text) => Frame::Text(text.to_owned()),
            NativeData::Bytes(bytes) => Frame::Binary(bytes.to_vec()),
        };
        let size = frame.size();
        self.buffered.set(self.buffered.get() + size);
        self.shown.set(self.shown.get() + size);
        self.given.set(self.given.get() + size);
        let opened = matches!(self.state.get(), State::Open | State::Closing | State::Closed);
        if !opened || self.closing.borrow().is_some() {
            self.misused.set(true);
        }
        self.sent.borrow_mut().push(frame);
        true
    }

    fn close(&self, code: Option<u16>, reason: &str) {
        self.called("close");
        if self.closing.borrow().is_none() {
            self.closing.replace(Some((code, reason.to_owned())));
        }
    }

    fn buffered_amount(&self) -> u64 {
        self.called("amount");
        self.shown.get()
    }

    fn is_closing(&self) -> bool {
        matches!(self.state.get(), State::Closing | State::Closed) || self.closing.borrow().is_some()
    }
}
