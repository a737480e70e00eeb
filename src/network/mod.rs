//! Tests of an app's socket code without a browser: servers in memory, and virtual time.
//!
//! A [`Network`] takes the browser's place on its thread until it is dropped. Sockets are opened with the usual API;
//! heartbeats, backoff and timeouts follow the network's clock, which moves only while it runs:
//!
//! ```
//! use steady_websocket::WebSocket;
//! use steady_websocket::network::{Accept, Network, Options};
//!
//! let network = Network::new(Options::default())?;
//! network.listen("wss://chat.test/", |request| {
//!     let _ = request.accept(Accept::default()).and_then(|peer| peer.send("welcome"));
//! })?;
//! network.run(async {
//!     let mut socket = WebSocket::builder("wss://chat.test/").steady().open().unwrap();
//!     assert_eq!(socket.next().await.unwrap().as_bytes(), b"welcome");
//! })?;
//! # Ok::<(), steady_websocket::network::Error>(())
//! ```
//!
//! The engine is [`steady_network`], whose words are used here; [`Peer`] says what a server can do.

mod executor;
mod peer;
mod platform;

pub use peer::{Peer, Request};
pub use steady_network::{Accept, Error, Limits, ListenerId, Message, Options, Refuse, faults, wire};

use crate::core::Page;
use crate::web::platform::{install, is_there};
use platform::Inner;
use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// How long [`Network::run`] runs at most, in virtual time.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A network in memory, in the browser's place on its thread until it is dropped.
pub struct Network(Rc<Inner>);

impl Network {
    /// Makes a network at time 0, and puts it in the browser's place.
    ///
    /// # Errors
    ///
    /// If an option cannot be used, or this thread has a network already.
    pub fn new(options: Options) -> Result<Self, Error> {
        if is_there() {
            return Err(Error::State { method: "new", problem: "this thread has a network already" });
        }
        let inner = Inner::new(options)?;
        install(Some(inner.clone()));
        Ok(Self(inner))
    }

    /// Calls `handle` for each handshake at a URL. A path that ends in `*` means all that begin like it.
    ///
    /// # Errors
    ///
    /// If the URL cannot be read, or is listened at already.
    pub fn listen(&self, url: &str, handle: impl Fn(Request) + 'static) -> Result<ListenerId, Error> {
        let id = self.0.engine.borrow_mut().listen(url)?;
        self.0.listeners.borrow_mut().insert(id, Rc::new(handle));
        Ok(id)
    }

    /// Ends a listener; new connections are refused. Its connections stay.
    ///
    /// # Errors
    ///
    /// If it does not listen.
    pub fn unlisten(&self, listener: ListenerId) -> Result<(), Error> {
        self.0.engine.borrow_mut().unlisten(listener)?;
        // What it owns may call anything when it is dropped.
        let _handle = { self.0.listeners.borrow_mut().remove(&listener) };
        Ok(())
    }

    /// The time since the network was made.
    pub fn now(&self) -> Duration {
        self.0.now()
    }

    /// Lets time pass: what is due happens, in its order.
    ///
    /// # Errors
    ///
    /// If the network runs already.
    pub fn advance(&self, time: Duration) -> Result<(), Error> {
        let _running = Running::begin(&self.0, "advance")?;
        let until = self.now().saturating_add(time);
        while self.0.step(until) {}
        Ok(())
    }

    /// Runs until a future is complete. Time moves from one happening to the next.
    ///
    /// # Errors
    ///
    /// If the network runs already, if the future waits and nothing will ever happen, or if a day has passed.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> Result<T, Error> {
        let _running = Running::begin(&self.0, "run")?;
        let end = self.now().saturating_add(DAY);
        let mut future = pin!(future);
        let (woken, waker) = executor::flag();
        loop {
            if woken.take()
                && let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker))
            {
                self.0.settle();
                return Ok(output);
            }
            self.0.settle();
            if !woken.is_set() && !self.0.step_once(end) {
                let waiting = self.0.engine.borrow().waiting();
                return Err(Error::Stalled { waiting });
            }
        }
    }

    /// Runs a future in the background, whenever the network runs.
    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        self.0.tasks.spawn(Box::pin(future));
    }

    /// Resolves after some virtual time.
    pub fn sleep(&self, time: Duration) -> impl Future<Output = ()> + use<> {
        let state: Rc<Cell<(bool, Option<Waker>)>> = Rc::default();
        let rings = state.clone();
        let ring = Rc::new(move || {
            if let (_, Some(waker)) = rings.replace((true, None)) {
                waker.wake();
            }
        });
        self.0.schedule(self.now().saturating_add(time), ring);
        std::future::poll_fn(move |context| {
            let (done, _) = state.take();
            state.set((done, (!done).then(|| context.waker().clone())));
            if done { Poll::Ready(()) } else { Poll::Pending }
        })
    }

    /// Takes the network away, or brings it back, and tells the sockets, as a browser tells a page.
    pub fn set_offline(&self, offline: bool) {
        self.0.engine.borrow_mut().set_offline(offline);
        self.0.tell(if offline { Page::Offline } else { Page::Online });
    }

    /// What crossed the wire.
    pub fn records(&self) -> Vec<wire::Record> {
        self.0.engine.borrow().wire().records().cloned().collect()
    }

    /// What crossed the wire, as text.
    pub fn text(&self) -> String {
        self.0.engine.borrow().wire().text()
    }

    /// What crossed the wire, as a capture that Wireshark opens.
    pub fn pcapng(&self) -> Vec<u8> {
        self.0.engine.borrow().wire().pcapng()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.0.release();
        install(None);
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").field("now", &self.now()).finish_non_exhaustive()
    }
}

/// Marks that the network runs.
struct Running<'n>(&'n Cell<bool>);

impl<'n> Running<'n> {
    fn begin(inner: &'n Inner, method: &'static str) -> Result<Self, Error> {
        if inner.running.replace(true) {
            return Err(Error::State { method, problem: "the network runs already" });
        }
        Ok(Self(&inner.running))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}
