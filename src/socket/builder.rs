//! The options of a socket.

use super::callbacks::{IsPong, SteadyCallbacks};
use super::error::OpenError;
use super::gate::{Gate, boxed_before_flush};
use super::inbox::Inbound;
use super::message::{Message, Outgoing, Payload, millis};
use super::sender::Sender;
#[cfg(feature = "session")]
use super::session::{Rules, Session, SessionCallbacks, SessionMachine, refused};
use super::shell::Shell;
use super::source::{Address, FixedSource, Provided, ProviderSource};
use super::websocket::WebSocket;
use crate::core::trace::Recorded;
use crate::core::{
    self, CloseInfo, Config, ConfigError, Decision, Machine, Marks, Queue, Retry, SteadyConfig,
};
use crate::web::{self, Driver, seed};
use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

/// Detects a dead peer: sends a ping after a silence, and expects any message in return.
///
/// ```
/// # use steady_websocket::Heartbeat;
/// # use std::time::Duration;
/// let heartbeat = Heartbeat::new(r#"{"type":"ping"}"#)
///     .pong_if(|message| message.as_text() == Some(r#"{"type":"pong"}"#))
///     .every(Duration::from_secs(20));
/// ```
#[must_use]
pub struct Heartbeat {
    ping: Outgoing,
    pong: Option<IsPong>,
    times: core::HeartbeatConfig,
}

impl Heartbeat {
    /// Sends this message after 30 seconds of silence, and waits 10 seconds for any message.
    pub fn new(ping: impl Into<Outgoing>) -> Self {
        let times = core::HeartbeatConfig { interval: 30_000, timeout: 10_000 };
        Self { ping: ping.into(), pong: None, times }
    }

    /// Sets the reply, which is not delivered but measured as [`round_trip`](core::Stats::round_trip).
    pub fn pong(self, answer: impl Into<Message>) -> Self {
        let answer = answer.into();
        self.pong_if(move |message| match &answer {
            Message::Text(text) => message.as_text() == Some(text),
            Message::Binary(bytes) => {
                message.size() == bytes.len() as u64
                    && message.as_text().is_none()
                    && message.to_vec() == *bytes
            }
        })
    }

    /// Recognizes a reply that is not always the same.
    pub fn pong_if(mut self, is_pong: impl Fn(&Payload) -> bool + 'static) -> Self {
        self.pong = Some(Box::new(is_pong));
        self
    }

    /// Sets the silence after which a ping is sent.
    pub fn every(mut self, interval: Duration) -> Self {
        self.times.interval = millis(interval);
        self
    }

    /// Sets how long to wait for any message after a ping.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.times.timeout = millis(timeout);
        self
    }
}

/// Options for a [`WebSocket`], made by [`WebSocket::builder`].
///
/// Without options the socket is strict: one connection, as in the standard. These make it steady:
/// [`steady`](Self::steady), [`reconnect`](Self::reconnect), [`retry_if`](Self::retry_if),
/// [`queue`](Self::queue), [`heartbeat`](Self::heartbeat), [`before_flush`](Self::before_flush),
/// [`connect_timeout`](Self::connect_timeout) and [`close_timeout`](Self::close_timeout).
/// A steady socket reconnects, and queues what you send until there is a connection.
///
/// ```no_run
/// # use steady_websocket::{Gate, Heartbeat, Message, OpenError, Retry, SendError, WebSocket};
/// # fn example() -> Result<WebSocket, OpenError> {
/// WebSocket::builder("wss://example.com/live")
///     .protocols(["v2.live"])
///     .reconnect(Retry { ceiling: 10_000, ..Retry::default() })
///     .heartbeat(Heartbeat::new("ping").pong("pong"))
///     .before_flush(|mut gate: Gate| async move {
///         gate.send("token 123")?;
///         match gate.next().await {
///             Some(Message::Text(answer)) if answer == "welcome" => Ok(()),
///             _ => Err(SendError::Closed),
///         }
///     })
///     .open()
/// # }
/// ```
#[must_use = "call `open`"]
pub struct Builder {
    url: Address,
    add_protocols: Option<Box<dyn FnOnce(Address) -> Address>>,
    flow: Marks,
    inbound: Inbound,
    steady_options: Option<Box<SteadyOptions>>,
    /// Creates and connects the driver. A function, so that an app carries only the kinds of sockets it uses.
    make: Make,
    recorded: Option<Make>,
    /// Whether the limits of received messages are the application's.
    #[cfg(feature = "session")]
    has_inbound: bool,
}

type Make = fn(Shell, Marks, Option<Box<SteadyOptions>>) -> Result<Rc<Driver<Shell>>, ConfigError>;

/// The options of a steady socket.
#[derive(Default)]
struct SteadyOptions {
    config: SteadyConfig,
    callbacks: SteadyCallbacks,
    #[cfg(feature = "session")]
    session: Option<Session>,
}

impl WebSocket {
    /// Opens a strict socket.
    pub fn open(url: impl Into<Address>) -> Result<Self, OpenError> {
        // Without the builder, so that a plain app does not carry it.
        open(|| make_strict(Shell::new(url.into(), Inbound::default()), Marks::default(), None))
    }

    /// Returns a builder for a socket with options, such as a steady one.
    pub fn builder(url: impl Into<Address>) -> Builder {
        Builder::new(url.into())
    }
}

impl Builder {
    fn new(url: Address) -> Self {
        Self {
            url,
            add_protocols: None,
            flow: Marks::default(),
            inbound: Inbound::default(),
            steady_options: None,
            make: make_strict,
            recorded: None,
            #[cfg(feature = "session")]
            has_inbound: false,
        }
    }

    /// Sets the sub-protocols to offer, in order of preference.
    pub fn protocols<S: Into<String>>(mut self, list: impl IntoIterator<Item = S>) -> Self {
        let list: Vec<String> = list.into_iter().map(Into::into).collect();
        self.add_protocols = Some(Box::new(|url| url.with_protocols(FixedSource(list))));
        self
    }

    /// Sets a provider that is called for the sub-protocols at every attempt.
    pub fn protocols_with<F, A>(mut self, ask: F) -> Self
    where
        F: Fn() -> A + 'static,
        A: Future<Output: Provided<Vec<String>>> + 'static,
    {
        self.add_protocols = Some(Box::new(|url| url.with_protocols(ProviderSource::new(ask))));
        self
    }

    fn with(mut self, set: impl FnOnce(&mut SteadyConfig, &mut SteadyCallbacks)) -> Self {
        let steady_options = self.steady_options.get_or_insert_default();
        set(&mut steady_options.config, &mut steady_options.callbacks);
        self.make = make_steady;
        self
    }

    /// Makes the socket steady, with all defaults.
    pub fn steady(self) -> Self {
        self.with(|_, _| ())
    }

    /// Sets the delays between attempts.
    pub fn reconnect(self, retry: Retry) -> Self {
        self.with(|steady, _| steady.retry = retry)
    }

    /// Sets a rule that decides after each loss whether to retry. By default the close code decides.
    pub fn retry_if(self, rule: impl Fn(&CloseInfo) -> Decision + 'static) -> Self {
        self.with(|steady, callbacks| {
            steady.asks = true;
            callbacks.rule = Some(Box::new(rule));
        })
    }

    /// Sets the limits of the queue of messages that wait for a connection.
    pub fn queue(self, queue: Queue) -> Self {
        self.with(|steady, _| steady.queue = queue)
    }

    /// Sets how a dead peer is detected.
    pub fn heartbeat(self, heartbeat: Heartbeat) -> Self {
        self.with(|steady, callbacks| {
            steady.heartbeat = Some(heartbeat.times);
            callbacks.ping = Some(heartbeat.ping);
            callbacks.is_pong = heartbeat.pong;
        })
    }

    /// Runs on every new connection before queued messages are sent: to authenticate or subscribe. After an error,
    /// or when it takes longer than the connect timeout, the socket reconnects.
    pub fn before_flush<F, A, E>(self, open: F) -> Self
    where
        F: Fn(Gate) -> A + 'static,
        A: Future<Output = Result<(), E>> + 'static,
    {
        self.with(|steady, callbacks| {
            steady.gated = true;
            callbacks.before_flush = Some(boxed_before_flush(open));
        })
    }

    /// Sets the timeout of an attempt, applied to the provider, the handshake and the gate separately.
    pub fn connect_timeout(self, span: Duration) -> Self {
        self.with(|steady, _| steady.connect_timeout = millis(span))
    }

    /// Sets the timeout of the closing handshake.
    pub fn close_timeout(self, span: Duration) -> Self {
        self.with(|steady, _| steady.close_timeout = millis(span))
    }

    /// Sets the water marks: above the high one [`send`](WebSocket::send) waits for the low one.
    pub fn flow(mut self, marks: Marks) -> Self {
        self.flow = marks;
        self
    }

    /// Sets the limits of the queue of received messages.
    pub fn inbound(mut self, inbound: Inbound) -> Self {
        self.inbound = inbound;
        #[cfg(feature = "session")]
        {
            self.has_inbound = true;
        }
        self
    }

    /// Makes the socket steady, with a [`Session`]: every message exactly once and in order, both ways.
    ///
    /// Contradicts [`inbound`](Self::inbound), because the window bounds what is not read and nothing is dropped, and
    /// [`record`](Self::record).
    #[cfg(feature = "session")]
    pub fn session(mut self, session: Session) -> Self {
        self.steady_options.get_or_insert_default().session = Some(session);
        self
    }

    #[cfg(feature = "session")]
    fn has_session(&self) -> bool {
        self.steady_options.as_ref().is_some_and(|options| options.session.is_some())
    }

    /// Returns an error if an option is invalid with the session, or contradicts it.
    #[cfg(feature = "session")]
    fn check_session(&self) -> Result<(), ConfigError> {
        let Some(session) = self.steady_options.as_ref().and_then(|options| options.session.as_ref()) else {
            return Ok(());
        };
        session.check()?;
        if self.has_inbound {
            return Err(refused("inbound", "contradicts session: its window bounds what is not read"));
        }
        if self.recorded.is_some() {
            return Err(refused("record", "contradicts session: a trace has no session"));
        }
        Ok(())
    }

    /// Records a trace of the socket for [`Sender::trace`]. It grows with every message, so use it for debugging.
    pub fn record(mut self) -> Self {
        self.recorded = Some(make_recorded);
        self
    }

    /// Starts to connect. The socket is usable immediately; [`opened`](Sender::opened) waits.
    pub fn open(self) -> Result<WebSocket, OpenError> {
        #[cfg(feature = "session")]
        let (has_session, _) = (self.has_session(), self.check_session().map_err(OpenError::Option)?);
        let Self { url, add_protocols, flow, inbound, steady_options, make, recorded, .. } = self;
        let make = recorded.unwrap_or(make);
        #[cfg(feature = "session")]
        let make = if has_session { make_session } else { make };
        let url = match add_protocols {
            Some(add) => add(url),
            #[cfg(feature = "session")]
            None if has_session => url.with_protocols(FixedSource(Vec::new())),
            None => url,
        };
        open(|| make(Shell::new(url, inbound), flow, steady_options))
    }
}

fn open(make: impl FnOnce() -> Result<Rc<Driver<Shell>>, ConfigError>) -> Result<WebSocket, OpenError> {
    if !web::is_there() {
        return Err(OpenError::NoBrowser);
    }
    let driver = make().map_err(OpenError::Option)?;
    // It failed synchronously, and no later attempt would succeed.
    match driver.host().failure.take() {
        Some(failure) => Err(failure),
        None => Ok(WebSocket::new(Sender::new(driver))),
    }
}

fn make_strict(
    shell: Shell,
    flow: Marks,
    _: Option<Box<SteadyOptions>>,
) -> Result<Rc<Driver<Shell>>, ConfigError> {
    let machine = Machine::strict(flow)?;
    let driver = Driver::new(Box::new(RefCell::new(machine)), shell, false);
    driver.connect();
    Ok(driver)
}

fn make_steady(
    mut shell: Shell,
    flow: Marks,
    steady_options: Option<Box<SteadyOptions>>,
) -> Result<Rc<Driver<Shell>>, ConfigError> {
    let SteadyOptions { config, mut callbacks, .. } = *steady_options.unwrap_or_default();
    callbacks.is_fixed = shell.is_fixed();
    let has_heartbeat = config.heartbeat.is_some();
    let machine = <Machine<_>>::new(Config { flow, steady: Some(config) }, seed())?;
    shell.callbacks = Some(Rc::new(callbacks));
    let driver = Driver::new(Box::new(RefCell::new(machine)), shell, has_heartbeat);
    driver.connect_in_page();
    Ok(driver)
}

#[cfg(feature = "session")]
fn make_session(
    mut shell: Shell,
    flow: Marks,
    steady_options: Option<Box<SteadyOptions>>,
) -> Result<Rc<Driver<Shell>>, ConfigError> {
    let SteadyOptions { mut config, mut callbacks, session } = *steady_options.unwrap_or_default();
    let Session { required, window } = session.unwrap_or(Session::prefer());
    callbacks.is_fixed = shell.is_fixed();
    let rules = Rules {
        required,
        window,
        flow: flow.clone(),
        queue: config.queue.clone(),
        close_timeout: config.close_timeout,
        gated: config.gated,
    };
    // The session begins in the steady machine's gate, and decides after a close without its end.
    (config.gated, config.asks) = (true, true);
    let has_heartbeat = config.heartbeat.is_some();
    let steady = Machine::new(Config { flow, steady: Some(config) }, seed())?;
    let machine = SessionMachine::new(rules, steady);
    let offering = machine.clone();
    shell.set_offer(Rc::new(move |protocols| offering.offer(protocols)));
    shell.callbacks = Some(Rc::new(SessionCallbacks::new(machine.clone(), callbacks, has_heartbeat)));
    let driver = Driver::new(Box::new(machine), shell, has_heartbeat);
    driver.connect_in_page();
    Ok(driver)
}

fn make_recorded(
    mut shell: Shell,
    flow: Marks,
    steady_options: Option<Box<SteadyOptions>>,
) -> Result<Rc<Driver<Shell>>, ConfigError> {
    let (steady, callbacks) =
        steady_options.map(|steady_options| (steady_options.config, steady_options.callbacks)).unzip();
    let attends = steady.is_some();
    let machine = Recorded::new(Config { flow, steady }, seed())?;
    let is_fixed = shell.is_fixed();
    shell.callbacks = callbacks.map(|mut callbacks| {
        callbacks.is_fixed = is_fixed;
        Rc::new(callbacks) as Rc<_>
    });
    let driver = Driver::new(Box::new(RefCell::new(machine)), shell, true);
    if attends {
        driver.connect_in_page()
    } else {
        driver.connect()
    }
    Ok(driver)
}
