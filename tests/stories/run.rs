//! Runs the stories against the Rust API. `README.md` describes the language.

use crate::log::{Answers, Log};
use crate::story::{Line, Story, meant, parse};
use crate::support::{ask, control, field, sleep, tag, url, within};
use crate::words::{ended, failure, outcome, outgoing, quoted, refused, shown};
use futures_util::{FutureExt, SinkExt, poll};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;
use steady_websocket::{
    Builder, CloseError, CloseInfo, Decision, Gate, Heartbeat, Inbound, Jitter, Marks, Message, OpenError,
    Overflow, Queue, ReadyState, Receiver, Retry, Sender, Ticket, WebSocket,
};
use wasm_bindgen_futures::spawn_local;

/// How long a story waits for what it expects, in milliseconds.
const PATIENCE: u32 = 20_000;

/// Runs every story of a file, and panics at the end if any failed.
pub async fn file(name: &str, content: &str) {
    let mut failed = Vec::new();
    for story in parse(content) {
        let mut runner = Runner::new(&story).await;
        if let Err(error) = runner.run(&story).await {
            failed.push(format!("{name}.txt, \"{}\": {error}", story.title));
        }
        if let Some(socket) = &runner.socket {
            socket.terminate();
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

type Outcome = Rc<RefCell<Option<String>>>;

/// Polls a future immediately, and continues it while the story goes on.
async fn begin(future: impl Future<Output = String> + 'static) -> Outcome {
    let outcome = Outcome::default();
    let mut future = Box::pin(future);
    match poll!(future.as_mut()) {
        std::task::Poll::Ready(done) => drop(outcome.replace(Some(done))),
        std::task::Poll::Pending => {
            let outcome = outcome.clone();
            spawn_local(async move {
                let done = future.await;
                outcome.replace(Some(done));
            });
        }
    }
    outcome
}

/// Returns the first result within the time limit.
async fn patiently(look: impl Fn() -> Option<String>) -> String {
    let found = within(PATIENCE, async {
        loop {
            match look() {
                Some(found) => return found,
                None => sleep(2).await,
            }
        }
    });
    found.await.unwrap_or_else(|| "nothing".to_owned())
}

struct Runner {
    id: String,
    /// Returns the URL without its path.
    base: String,
    log: Rc<Log>,
    retry: Retry,
    queue: Queue,
    marks: Marks,
    heartbeat: Option<Heartbeat>,
    inbound: Option<usize>,
    connect_timeout: Option<Duration>,
    close_timeout: Option<Duration>,
    protocols: Vec<String>,
    addresses: Answers,
    gate: Answers,
    rule: Answers,
    is_unread: bool,
    socket: Option<Rc<Sender>>,
    messages: Option<RefCell<Receiver>>,
    uses_sink: bool,
    sink: Option<Sender>,
    flushes: VecDeque<Outcome>,
    ready: VecDeque<Outcome>,
    closing: Option<Outcome>,
    last: String,
}

impl Runner {
    async fn new(story: &Story) -> Self {
        Self {
            id: tag(),
            base: url("").await,
            log: Rc::default(),
            retry: Retry {
                jitter: Jitter::None,
                first: 60_000,
                growth: 100,
                floor: 1,
                ceiling: 60_000,
                ..Retry::default()
            },
            queue: Queue::default(),
            marks: Marks::default(),
            heartbeat: None,
            inbound: None,
            connect_timeout: None,
            close_timeout: None,
            protocols: Vec::new(),
            addresses: Answers::default(),
            gate: Answers::default(),
            rule: Answers::default(),
            is_unread: false,
            socket: None,
            messages: None,
            uses_sink: story.lines.iter().any(|line| line.text == "close the sink"),
            sink: None,
            flushes: VecDeque::new(),
            ready: VecDeque::new(),
            closing: None,
            last: String::new(),
        }
    }

    async fn run(&mut self, story: &Story) -> Result<(), String> {
        let mut refused: Option<String> = None;
        for Line { text, number } in &story.lines {
            let Some(text) = meant(text) else { continue };
            if let Some(why) = text.strip_prefix("refused: ") {
                if refused.take().as_deref() != Some(why) {
                    return Err(self.unlike(*number, text, "accepted, or refused for another reason"));
                }
                continue;
            }
            if let Some(why) = refused {
                return Err(self.unlike(*number, text, &format!("refused: {why}")));
            }
            match self.expected(text).await {
                Some(actual) if actual != text => return Err(self.unlike(*number, text, &actual)),
                Some(actual) => {
                    if text.starts_with("event ") {
                        self.last = actual;
                    }
                    refused = None;
                }
                None => refused = self.act(text).await,
            }
        }
        if let Some(why) = refused {
            return Err(format!("refused: {why}"));
        }
        if self.socket.is_none() {
            return Ok(());
        }
        if !self.last.starts_with("event close") {
            return Err("the story goes on".to_owned());
        }
        sleep(0).await;
        let left = self.left();
        if left.is_empty() { Ok(()) } else { Err(format!("not in the story: {left:?}")) }
    }

    fn unlike(&self, number: usize, text: &str, actual: &str) -> String {
        let left = self.left();
        format!("line {number}: \"{text}\" was expected, and it was \"{actual}\"; next: {left:?}")
    }

    /// Returns what was not expected yet.
    fn left(&self) -> Vec<String> {
        let events = std::iter::from_fn(|| self.log.next());
        events.chain(std::iter::from_fn(|| self.message())).collect()
    }

    fn message(&self) -> Option<String> {
        if self.is_unread {
            return None;
        }
        let payload = self.messages.as_ref()?.borrow_mut().take_payload()?;
        Some(format!("message {}", shown(&payload.into_message())))
    }

    // ---- lines that expect something: what the line should be; `None` for other lines ---------------------

    async fn expected(&mut self, text: &str) -> Option<String> {
        let words: Vec<&str> = text.split(' ').collect();
        Some(match *words.as_slice() {
            ["event" | "callback", ..] => patiently(|| self.log.next()).await,
            ["message", ..] => patiently(|| self.message()).await,
            ["flushed"] | ["not", "flushed:", ..] => settled(self.flushes.pop_front()?).await,
            ["ready"] | ["not", "ready:", ..] => settled(self.ready.pop_front()?).await,
            ["sink", ..] => settled(self.closing.take()?).await,
            ["state", _] => match self.socket().ready_state() {
                ReadyState::Connecting => "state CONNECTING",
                ReadyState::Open => "state OPEN",
                ReadyState::Closing => "state CLOSING",
                ReadyState::Closed => "state CLOSED",
            }
            .to_owned(),
            ["protocol", _] => format!("protocol \"{}\"", self.socket().protocol()),
            ["buffered", _] => format!("buffered {}", self.socket().buffered_amount()),
            ["last", "failure:", ..] => {
                format!("last failure: {}", failure(self.socket().last_failure().as_ref()))
            }
            ["connection", number, "received", ..] => self.received(number).await,
            ["server", ..] => {
                self.serve(text).await;
                text.to_owned()
            }
            _ => return None,
        })
    }

    async fn received(&self, number: &str) -> String {
        let Self { id, .. } = self;
        let log = ask(&format!("/log?connections={number}&ended={number}&id={id}")).await;
        let connections = js_sys::Array::from(&field(&log, "connections"));
        let connection = connections.get(number.parse::<u32>().unwrap() - 1);
        let shown: Vec<String> = js_sys::Array::from(&field(&connection, "received"))
            .iter()
            .filter_map(|one| match field(&one, "kind").as_string()?.as_str() {
                "text" => Some(format!("\"{}\"", field(&one, "text").as_string()?)),
                "binary" => Some(format!("{} bytes", field(&one, "length").as_f64()?)),
                _ => None,
            })
            .collect();
        let shown = if shown.is_empty() { "nothing".to_owned() } else { shown.join(" ") };
        format!("connection {number} received {shown}")
    }

    async fn serve(&self, text: &str) {
        let Self { id, .. } = self;
        if let Some(path) = text.strip_prefix("server answers next with ") {
            let path = js_sys::encode_uri_component(path);
            control(&format!("/mode?n=1&path={path}&id={id}")).await;
        } else if text == "server kills the connection" {
            control(&format!("/kill?id={id}")).await;
        } else {
            panic!("unknown: {text}");
        }
    }

    // ---- lines that do something: none of them waits ------------------------------------------------------

    fn socket(&self) -> &Rc<Sender> {
        self.socket.as_ref().expect("a socket")
    }

    /// Returns the refusal of a call, if there was one.
    async fn act(&mut self, text: &str) -> Option<String> {
        if let Some(option) = text.strip_prefix("with ") {
            let (name, value) = option.split_once(' ').expect("an option and its value");
            self.option(name, value);
            return None;
        }
        if let Some(what) = text.strip_prefix("send ") {
            let message = outgoing(what);
            return self.socket().send_now(message).err().map(refused);
        }
        if let Some(message) = text.strip_prefix("write ") {
            let sink = self.sink.as_mut().expect("a sink");
            let message = quoted(message).expect("a text").into();
            return sink.start_send_unpin(message).err().map(refused);
        }
        if let Some(how) = text.strip_prefix("close ")
            && how != "the sink"
        {
            let (code, reason) = how.split_once(' ').unwrap_or((how, "\"\""));
            let closing = self.socket().close(code.parse().unwrap(), quoted(reason).unwrap());
            return match closing.now_or_never()? {
                Err(CloseError::Code(_)) => Some("code".to_owned()),
                Err(CloseError::ReasonTooLong(_)) => Some("reason".to_owned()),
                _ => None,
            };
        }
        if let Some(ticket) = text.strip_prefix("cancel ") {
            let cancelled = self.socket().cancel(Ticket(ticket.parse().unwrap()));
            return if cancelled { None } else { Some("not queued".to_owned()) };
        }
        if let Some(event) = text.strip_prefix("page ") {
            page(event);
            return None;
        }
        if let Some(how) = text.strip_prefix("open ") {
            return self.open(how);
        }
        match text {
            "needs a document" => {}
            "terminate" => self.socket().terminate(),
            "reconnect" => return self.socket().reconnect().err().map(|_| "closed".to_owned()),
            "new session" => return self.socket().new_session().err().map(|_| "closed".to_owned()),
            "flush" => {
                let socket = self.socket().clone();
                let flush = async move { outcome(socket.flush().await, "flushed", "not flushed") };
                self.flushes.push_back(begin(flush).await);
            }
            "wait until ready" => {
                let mut sink = Sender::clone(self.socket());
                let ready = async move { poll_fn(|context| sink.poll_ready_unpin(context)).await };
                let outcome = async move { outcome(ready.await, "ready", "not ready") };
                self.ready.push_back(begin(outcome).await);
            }
            "close the sink" => {
                let mut sink = self.sink.take().expect("a sink");
                let closing = async move {
                    outcome(SinkExt::<Message>::close(&mut sink).await, "sink closed", "sink failed")
                };
                self.closing = Some(begin(closing).await);
            }
            other => panic!("unknown: {other}"),
        }
        None
    }
}

impl Runner {
    fn option(&mut self, name: &str, value: &str) {
        let number = || value.parse::<u64>().unwrap();
        let span = || Duration::from_millis(number());
        match name {
            "backoff" => (self.retry.first, self.retry.ceiling) = (number(), number()),
            "backoff.attempts" => self.retry.attempts = Some(number() as u32),
            "connectTimeout" => self.connect_timeout = Some(span()),
            "closeTimeout" => self.close_timeout = Some(span()),
            "highWaterMark" => self.marks.high = number(),
            "lowWaterMark" => self.marks.low = number(),
            "queue.maxCount" => self.queue.max_count = number(),
            "queue.maxBytes" => self.queue.max_bytes = number(),
            "queue.ttl" => self.queue.lifetime = Some(number()),
            "queue.overflow" if value == "drop-oldest" => self.queue.overflow = Overflow::DropOldest,
            "queue.overflow" if value == "drop-newest" => self.queue.overflow = Overflow::DropNewest,
            "heartbeat" => self.heartbeat = Some(Heartbeat::new(quoted(value).unwrap())),
            "heartbeat.reply" => self.with_heartbeat(|heartbeat| heartbeat.pong(quoted(value).unwrap())),
            "heartbeat.interval" => self.with_heartbeat(|heartbeat| heartbeat.every(span())),
            "heartbeat.timeout" => self.with_heartbeat(|heartbeat| heartbeat.timeout(span())),
            "inbound.maxCount" => self.inbound = Some(number() as usize),
            "messages" => self.is_unread = true,
            "protocols" => {
                self.protocols = value.split(' ').map(|one| quoted(one).unwrap().to_owned()).collect()
            }
            "address" => self.addresses.push(value),
            "beforeFlush" => self.gate.push(value),
            "retry" => self.rule.push(value),
            "reconnecting" => self.log.gives_up.set(true),
            "drain" => self.log.ignores_drain.set(true),
            _ => panic!("unknown: with {name} {value}"),
        }
    }

    fn with_heartbeat(&mut self, change: impl FnOnce(Heartbeat) -> Heartbeat) {
        self.heartbeat = self.heartbeat.take().map(change);
    }

    /// Opens the socket; returns the refusal, if there was one.
    fn open(&mut self, how: &str) -> Option<String> {
        let (kind, path) = how.split_once(' ').unwrap_or((how, ""));
        let here = Here { base: self.base.clone(), id: self.id.clone() };
        let opened = match kind {
            "strict" if self.protocols.is_empty() => WebSocket::open(here.address(path)),
            "strict" => WebSocket::builder(here.address(path)).protocols(self.protocols.clone()).open(),
            _ if self.addresses.some() => {
                let provider = self.provider(here);
                self.steady(WebSocket::builder(provider)).open()
            }
            _ => self.steady(WebSocket::builder(here.address(path))).open(),
        };
        let socket = match opened {
            Ok(socket) => socket,
            Err(OpenError::Url(_)) => return Some("address".to_owned()),
            Err(other) => return Some(other.to_string()),
        };
        self.log.events.replace(Some(socket.events()));
        let (sender, receiver) = socket.split();
        if self.uses_sink {
            self.sink = Some(sender.clone());
        }
        let sender = Rc::new(sender);
        self.log.sender.replace(Some(sender.clone()));
        self.socket = Some(sender);
        self.messages = Some(RefCell::new(receiver));
        None
    }

    fn provider(
        &self,
        here: Here,
    ) -> impl Fn() -> Pin<Box<dyn Future<Output = Result<String, ()>>>> + 'static {
        let (log, addresses) = (self.log.clone(), self.addresses.clone());
        move || {
            log.callback("address");
            let answer = addresses.next();
            let address = here.address(&answer);
            Box::pin(async move {
                match answer.as_str() {
                    "fail" => Err(()),
                    "never" => pending().await,
                    _ => Ok(address),
                }
            })
        }
    }

    fn steady(&mut self, builder: Builder) -> Builder {
        let mut builder =
            builder.reconnect(self.retry.clone()).queue(self.queue.clone()).flow(self.marks.clone());
        if !self.protocols.is_empty() {
            builder = builder.protocols(self.protocols.clone());
        }
        if let Some(span) = self.connect_timeout {
            builder = builder.connect_timeout(span);
        }
        if let Some(span) = self.close_timeout {
            builder = builder.close_timeout(span);
        }
        if let Some(heartbeat) = self.heartbeat.take() {
            builder = builder.heartbeat(heartbeat);
        }
        if let Some(count) = self.inbound {
            builder = builder.inbound(Inbound::close().max_count(count));
        }
        if self.gate.some() {
            builder = builder.before_flush(self.gatekeeper());
        }
        if self.rule.some() {
            builder = builder.retry_if(self.retry_rule());
        }
        builder
    }

    fn gatekeeper(&self) -> impl Fn(Gate) -> Pin<Box<dyn Future<Output = Result<(), ()>>>> + 'static {
        let (log, answers) = (self.log.clone(), self.gate.clone());
        move |gate| {
            log.callback(&format!("beforeFlush: attempt {}", gate.attempt()));
            let (log, answer) = (log.clone(), answers.next());
            Box::pin(async move {
                match answer.as_str() {
                    "pass" => Ok(()),
                    "fail" => Err(()),
                    "never" => pending().await,
                    "new session" => {
                        let sender = { log.sender.borrow().clone() };
                        sender.ok_or(())?.new_session().map_err(drop)
                    }
                    send => {
                        let text = send.strip_prefix("send ").and_then(quoted).expect("a text to send");
                        gate.send(text).map_err(drop)
                    }
                }
            })
        }
    }

    fn retry_rule(&self) -> impl Fn(&CloseInfo) -> Decision + 'static {
        let (log, answers) = (self.log.clone(), self.rule.clone());
        move |closed| {
            log.callback(&format!("retry: {}", ended(closed)));
            match answers.next().as_str() {
                "stop" => Decision::Stop,
                "again" => Decision::Again,
                "as usual" => Decision::Usual,
                "throw" => wasm_bindgen::throw_str("thrown on purpose"),
                delay => {
                    let millis = delay.strip_prefix("in ").and_then(|delay| delay.strip_suffix(" ms"));
                    Decision::After(millis.expect("a delay").parse().unwrap())
                }
            }
        }
    }
}

async fn settled(outcome: Outcome) -> String {
    patiently(|| outcome.borrow().clone()).await
}

/// The fault server's address, with the story's tag.
struct Here {
    base: String,
    id: String,
}

impl Here {
    fn address(&self, path: &str) -> String {
        let joint = if path.contains('?') { '&' } else { '?' };
        quoted(path).map_or_else(|| format!("{}{path}{joint}id={}", self.base, self.id), str::to_owned)
    }
}

/// Page events that a test cannot cause.
fn page(event: &str) {
    let script = match event {
        "goes offline" => {
            "Object.defineProperty(navigator, 'onLine', { value: false, configurable: true });
             dispatchEvent(new Event('offline'))"
        }
        "goes online" => "delete navigator.onLine; dispatchEvent(new Event('online'))",
        "enters the back/forward cache" => {
            "dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))"
        }
        "leaves the back/forward cache" => {
            "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
        }
        other => panic!("unknown: page {other}"),
    };
    js_sys::eval(script).unwrap();
}
