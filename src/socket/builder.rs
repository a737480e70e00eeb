//! Everything a socket can be told before it is opened.

use super::error::OpenError;
use super::events::Readers;
use super::gate::{Gate, gatekeeper};
use super::inbox::{Inbound, Inbox};
use super::message::{Message, Outgoing, Payload, millis};
use super::sender::Sender;
use super::shell::{Ante, Gatekeeper, Pong, Rule, Shell};
use super::source::{Address, Asked, Known, Provided, Source};
use super::{Receiver, WebSocket};
use crate::core::{self, Closure as Closed, Config, Decision, Input, Marks, Queue, Retry, Steady};
use crate::web::Driver;
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
    protocols: Rc<dyn Source<Vec<String>>>,
    config: Config,
    heartbeat: Option<Heartbeat>,
    rule: Option<Rule>,
    gatekeeper: Option<Gatekeeper>,
    inbound: Inbound,
}

impl Builder {
    pub(super) fn new(url: Address) -> Self {
        Self {
            url,
            protocols: Rc::new(Known(Vec::new())),
            config: Config::default(),
            heartbeat: None,
            rule: None,
            gatekeeper: None,
            inbound: Inbound::default(),
        }
    }

    /// The sub-protocols to offer, in order of preference.
    pub fn protocols<S: Into<String>>(mut self, list: impl IntoIterator<Item = S>) -> Self {
        let list: Vec<String> = list.into_iter().map(Into::into).collect();
        self.protocols = Rc::new(Known(list));
        self
    }

    /// Asks for the sub-protocols at every attempt.
    pub fn protocols_with<F, A>(mut self, ask: F) -> Self
    where
        F: Fn() -> A + 'static,
        A: Future<Output: Provided<Vec<String>>> + 'static,
    {
        self.protocols = Rc::new(Asked(ask));
        self
    }

    fn with(mut self, set: impl FnOnce(&mut Steady)) -> Self {
        set(self.config.steady.get_or_insert_with(Steady::default));
        self
    }

    /// Stays connected, with every default.
    pub fn steady(self) -> Self {
        self.with(|_| ())
    }

    /// When to try again after a connection was lost.
    pub fn reconnect(self, retry: Retry) -> Self {
        self.with(|steady| steady.retry = retry)
    }

    /// Decides, after each loss, whether to try again. Without it the close code does.
    pub fn retry_if(mut self, rule: impl Fn(&Closed) -> Decision + 'static) -> Self {
        self.rule = Some(Box::new(rule));
        self.with(|steady| steady.asks = true)
    }

    /// What is kept while there is no connection.
    pub fn queue(self, queue: Queue) -> Self {
        self.with(|steady| steady.queue = queue)
    }

    /// How a dead peer is noticed.
    pub fn heartbeat(mut self, heartbeat: Heartbeat) -> Self {
        let times = heartbeat.times.clone();
        self.heartbeat = Some(heartbeat);
        self.with(|steady| steady.heartbeat = Some(times))
    }

    /// Runs on every fresh connection before queued messages flow: authenticate, subscribe. An error,
    /// or no answer within the connect timeout, gives the connection up for another.
    pub fn before_flush<F, A, E>(mut self, open: F) -> Self
    where
        F: Fn(Gate) -> A + 'static,
        A: Future<Output = Result<(), E>> + 'static,
    {
        self.gatekeeper = Some(gatekeeper(open));
        self.with(|steady| steady.gated = true)
    }

    /// How long one attempt may take: the provider, the handshake and the gate each.
    pub fn connect_timeout(self, span: Duration) -> Self {
        self.with(|steady| steady.connect_timeout = millis(span))
    }

    /// How long a closing handshake may take.
    pub fn close_timeout(self, span: Duration) -> Self {
        self.with(|steady| steady.close_timeout = millis(span))
    }

    /// The water marks: above the high one [`send`](WebSocket::send) waits for the low one.
    pub fn flow(mut self, marks: Marks) -> Self {
        self.config.flow = marks;
        self
    }

    /// How much received may wait to be taken, and what gives way.
    pub fn inbound(mut self, inbound: Inbound) -> Self {
        self.inbound = inbound;
        self
    }

    /// Begins to connect. The socket is usable at once; [`opened`](Sender::opened) waits.
    pub fn open(self) -> Result<WebSocket, OpenError> {
        if !cfg!(all(target_arch = "wasm32", target_os = "unknown")) {
            return Err(OpenError::NoBrowser);
        }
        let (ping, pong) = self.heartbeat.map_or((None, None), |beat| (Some(beat.ping), beat.pong));
        let shell = Shell {
            steady: self.config.steady.is_some(),
            url: self.url.0,
            protocols: self.protocols,
            ping,
            pong,
            rule: self.rule,
            gatekeeper: self.gatekeeper,
            inbox: Inbox::new(self.inbound),
            readers: Readers::default(),
            bell: super::bell::Bell::default(),
            ante: Ante::default(),
            closed: None.into(),
            flushes: 0.into(),
            failure: None.into(),
            arriving: None.into(),
        };
        let driver = Driver::new(self.config, shell).map_err(OpenError::Option)?;
        // It is the first time.
        let _ = driver.handle(Input::Connect);
        // Known to be wrong already: no attempt will mend it.
        if let Some(failure) = driver.host().failure.take() {
            return Err(failure);
        }
        let sender = Sender::new(driver);
        Ok(WebSocket { receiver: Receiver::new(sender.clone()), sender })
    }
}
