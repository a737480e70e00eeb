//! Everything a socket can be told before it is opened.

use super::duties::{Duties, Pong};
use super::error::OpenError;
use super::gate::{Gate, gatekeeper};
use super::inbox::Inbound;
use super::message::{Message, Outgoing, Payload, millis};
use super::sender::Sender;
use super::shell::Shell;
use super::source::{Address, Asked, Known, Offering, Protocols, Provided};
use super::websocket::WebSocket;
use crate::core::trace::Recorded;
use crate::core::{
    self, Closure as Closed, Config, ConfigError, Decision, Machine, Marks, Queue, Retry, Steady,
};
use crate::web::{self, Driver, seed};
use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

/// How a dead peer is noticed: it is asked for a sign of life, and anything it says is one.
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
    pong: Option<Pong>,
    times: core::Heartbeat,
}

impl Heartbeat {
    /// Asks with this message after 30 seconds of silence, and waits 10 for an answer.
    pub fn new(ping: impl Into<Outgoing>) -> Self {
        let times = core::Heartbeat { interval: 30_000, timeout: 10_000 };
        Self { ping: ping.into(), pong: None, times }
    }

    /// The answer: not delivered, but measured as [`round_trip`](core::Stats::round_trip).
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

    /// The answer, if it is not always the same.
    pub fn pong_if(mut self, is_pong: impl Fn(&Payload) -> bool + 'static) -> Self {
        self.pong = Some(Box::new(is_pong));
        self
    }

    /// The silence after which the peer is asked.
    pub fn every(mut self, interval: Duration) -> Self {
        self.times.interval = millis(interval);
        self
    }

    /// How long anything at all may take to come back.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.times.timeout = millis(timeout);
        self
    }
}

/// Options for a [`WebSocket`], made by [`WebSocket::builder`].
///
/// Without any, the socket is strict: one connection, as the standard says. These make it steady:
/// [`steady`](Self::steady), [`reconnect`](Self::reconnect), [`retry_if`](Self::retry_if),
/// [`queue`](Self::queue), [`heartbeat`](Self::heartbeat), [`before_flush`](Self::before_flush),
/// [`connect_timeout`](Self::connect_timeout) and [`close_timeout`](Self::close_timeout).
/// A steady socket reconnects, and keeps what you send until there is a connection to send it on.
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
    protocols: Option<Rc<dyn Protocols>>,
    flow: Marks,
    inbound: Inbound,
    steadily: Option<Box<Steadily>>,
    /// Makes what `steadily` asks for, and has it connect: whoever asks for nothing does not carry the making of it.
    found: Found,
    recorded: Option<Found>,
}

type Found = fn(Shell, Marks, Option<Box<Steadily>>) -> Result<Rc<Driver<Shell>>, ConfigError>;

/// What makes a socket steady.
#[derive(Default)]
struct Steadily {
    config: Steady,
    duties: Duties,
}

impl WebSocket {
    /// A strict socket, connecting.
    pub fn open(url: impl Into<Address>) -> Result<Self, OpenError> {
        // Past the builder: an app that has nothing to say to it does not carry it.
        open(|| found_strict(Shell::new(url.into(), None, Inbound::default()), Marks::default(), None))
    }

    /// A socket with options: the place to ask for a steady one.
    pub fn builder(url: impl Into<Address>) -> Builder {
        Builder::new(url.into())
    }
}

impl Builder {
    fn new(url: Address) -> Self {
        Self {
            url,
            protocols: None,
            flow: Marks::default(),
            inbound: Inbound::default(),
            steadily: None,
            found: found_strict,
            recorded: None,
        }
    }

    /// The sub-protocols to offer, in order of preference.
    pub fn protocols<S: Into<String>>(mut self, list: impl IntoIterator<Item = S>) -> Self {
        let list: Vec<String> = list.into_iter().map(Into::into).collect();
        self.protocols = Some(Rc::new(Offering(Known(list))));
        self
    }

    /// Asks for the sub-protocols at every attempt.
    pub fn protocols_with<F, A>(mut self, ask: F) -> Self
    where
        F: Fn() -> A + 'static,
        A: Future<Output: Provided<Vec<String>>> + 'static,
    {
        self.protocols = Some(Rc::new(Offering(Asked(ask))));
        self
    }

    fn with(mut self, set: impl FnOnce(&mut Steady, &mut Duties)) -> Self {
        let steadily = self.steadily.get_or_insert_default();
        set(&mut steadily.config, &mut steadily.duties);
        self.found = found_steady;
        self
    }

    /// Stays connected, with every default.
    pub fn steady(self) -> Self {
        self.with(|_, _| ())
    }

    /// When to try again after a connection was lost.
    pub fn reconnect(self, retry: Retry) -> Self {
        self.with(|steady, _| steady.retry = retry)
    }

    /// Decides, after each loss, whether to try again. Without it the close code does.
    pub fn retry_if(self, rule: impl Fn(&Closed) -> Decision + 'static) -> Self {
        self.with(|steady, duties| {
            steady.asks = true;
            duties.rule = Some(Box::new(rule));
        })
    }

    /// What is kept while there is no connection.
    pub fn queue(self, queue: Queue) -> Self {
        self.with(|steady, _| steady.queue = queue)
    }

    /// How a dead peer is noticed.
    pub fn heartbeat(self, heartbeat: Heartbeat) -> Self {
        self.with(|steady, duties| {
            steady.heartbeat = Some(heartbeat.times);
            duties.ping = Some(heartbeat.ping);
            duties.pong = heartbeat.pong;
        })
    }

    /// Runs on every fresh connection before queued messages flow: authenticate, subscribe. An error,
    /// or no answer within the connect timeout, gives the connection up for another.
    pub fn before_flush<F, A, E>(self, open: F) -> Self
    where
        F: Fn(Gate) -> A + 'static,
        A: Future<Output = Result<(), E>> + 'static,
    {
        self.with(|steady, duties| {
            steady.gated = true;
            duties.gatekeeper = Some(gatekeeper(open));
        })
    }

    /// How long one attempt may take: the provider, the handshake and the gate each.
    pub fn connect_timeout(self, span: Duration) -> Self {
        self.with(|steady, _| steady.connect_timeout = millis(span))
    }

    /// How long a closing handshake may take.
    pub fn close_timeout(self, span: Duration) -> Self {
        self.with(|steady, _| steady.close_timeout = millis(span))
    }

    /// The water marks: above the high one [`send`](WebSocket::send) waits for the low one.
    pub fn flow(mut self, marks: Marks) -> Self {
        self.flow = marks;
        self
    }

    /// How much received may wait to be taken, and what gives way.
    pub fn inbound(mut self, inbound: Inbound) -> Self {
        self.inbound = inbound;
        self
    }

    /// Writes down what happens to the socket: [`Sender::trace`] tells. It grows with every message, so it is for
    /// finding faults; a socket that is not recorded carries nothing of it.
    pub fn record(mut self) -> Self {
        self.recorded = Some(found_recorded);
        self
    }

    /// Begins to connect. The socket is usable at once; [`opened`](Sender::opened) waits.
    pub fn open(self) -> Result<WebSocket, OpenError> {
        let Self { url, protocols, flow, inbound, steadily, found, recorded } = self;
        let found = recorded.unwrap_or(found);
        open(|| found(Shell::new(url, protocols, inbound), flow, steadily))
    }
}

fn open(found: impl FnOnce() -> Result<Rc<Driver<Shell>>, ConfigError>) -> Result<WebSocket, OpenError> {
    if !web::is_there() {
        return Err(OpenError::NoBrowser);
    }
    let driver = found().map_err(OpenError::Option)?;
    // Known to be wrong already: no attempt will mend it.
    match driver.host().failure.take() {
        Some(failure) => Err(failure),
        None => Ok(WebSocket::new(Sender::new(driver))),
    }
}

fn found_strict(
    shell: Shell,
    flow: Marks,
    _: Option<Box<Steadily>>,
) -> Result<Rc<Driver<Shell>>, ConfigError> {
    let machine = Machine::strict(flow)?;
    let driver = Driver::new(Box::new(RefCell::new(machine)), shell, false);
    driver.connect();
    Ok(driver)
}

fn found_steady(
    mut shell: Shell,
    flow: Marks,
    steadily: Option<Box<Steadily>>,
) -> Result<Rc<Driver<Shell>>, ConfigError> {
    let Steadily { config, duties } = *steadily.unwrap_or_default();
    let has_heartbeat = config.heartbeat.is_some();
    let machine = Machine::new(Config { flow, steady: Some(config) }, seed())?;
    shell.duty = Some(Rc::new(duties));
    let driver = Driver::new(Box::new(RefCell::new(machine)), shell, has_heartbeat);
    driver.connect_in_page();
    Ok(driver)
}

fn found_recorded(
    mut shell: Shell,
    flow: Marks,
    steadily: Option<Box<Steadily>>,
) -> Result<Rc<Driver<Shell>>, ConfigError> {
    let (steady, duties) = steadily.map(|steadily| (steadily.config, steadily.duties)).unzip();
    let attends = steady.is_some();
    let machine = Recorded::new(Config { flow, steady }, seed())?;
    shell.duty = duties.map(|duties| Rc::new(duties) as Rc<_>);
    let driver = Driver::new(Box::new(RefCell::new(machine)), shell, true);
    if attends {
        driver.connect_in_page()
    } else {
        driver.connect()
    }
    Ok(driver)
}
