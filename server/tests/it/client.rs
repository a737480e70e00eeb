//! A test client: the session crate's machine over tokio-tungstenite, without tasks of its own. Tests cut its
//! connections.

use futures_util::{SinkExt, StreamExt};
use std::future::{Future, pending};
use std::time::{Duration, Instant};
use steady_session::{
    Bits, ClientInput, Config, Effect, Event, Incoming, Loss, Mode, agree, cost_of_binary, cost_of_text,
    escape, incoming, offer,
};
use steady_websocket_server::{Session, Sessions};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

/// The timeout of everything that a test waits for.
pub const SOON: Duration = Duration::from_secs(60);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Connects over a stream, without a machine.
pub async fn handshake<S>(stream: S, offer: Option<&'static str>) -> WebSocketStream<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut request = "ws://localhost/".into_client_request().unwrap();
    if let Some(offer) = offer {
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(offer));
    }
    client_async(request, stream).await.unwrap().0
}

/// Connects to a server over an in-memory stream, without a machine. The task finishes when the connection ends.
pub async fn dial<H, A>(
    sessions: &Sessions,
    offer: Option<&'static str>,
    handler: H,
) -> (WebSocketStream<DuplexStream>, JoinHandle<()>)
where
    H: FnOnce(Session) -> A + Send + 'static,
    A: Future<Output = ()> + Send + 'static,
{
    let (ours, theirs) = tokio::io::duplex(4_096);
    let serving = sessions.clone();
    let server = tokio::spawn(async move { serving.accept(theirs, handler).await.unwrap() });
    let socket = handshake(ours, offer).await;
    (socket, server)
}

pub struct Client {
    pub machine: steady_session::Client<Message>,
    pub protocols: Vec<&'static str>,
    /// The headers of the handshake.
    pub headers: Vec<(&'static str, String)>,
    /// Messages sent before the open or resume.
    pub before: Vec<Message>,
    pub received: Vec<Message>,
    pub events: Vec<Event>,
    /// The close codes of past connections.
    pub closes: Vec<u16>,
    /// All sent texts, including control frames.
    pub sent: Vec<String>,
    /// The control frames received.
    pub control: Vec<String>,
    /// The number of frames after which the connection is cut.
    pub frames: Option<u32>,
    /// True if messages are handled as they arrive.
    pub handles: bool,
    socket: Option<Socket>,
    on: u32,
    origin: Instant,
}

pub fn cost(message: &Message) -> u64 {
    match message {
        Message::Text(text) => cost_of_text(text),
        other => cost_of_binary(other.len()),
    }
}

impl Client {
    pub fn new() -> Self {
        Self::with(Config::default(), Mode::Require)
    }

    pub fn with(config: Config, mode: Mode) -> Self {
        Self {
            machine: steady_session::Client::new(config, mode),
            protocols: Vec::new(),
            headers: Vec::new(),
            before: Vec::new(),
            received: Vec::new(),
            events: Vec::new(),
            closes: Vec::new(),
            sent: Vec::new(),
            control: Vec::new(),
            frames: None,
            handles: true,
            socket: None,
            on: 0,
            origin: Instant::now(),
        }
    }

    fn now(&self) -> u64 {
        self.origin.elapsed().as_millis() as u64
    }

    pub fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    /// Connects, and opens or resumes the session.
    pub async fn connect(&mut self, address: &str) -> Result<(), Error> {
        let mut request = address.into_client_request()?;
        let offered = offer(&self.protocols).join(", ");
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_str(&offered).unwrap());
        for (name, value) in &self.headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let (mut socket, response) = connect_async(request).await?;
        let chosen = response.headers().get("sec-websocket-protocol").map(|value| value.to_str().unwrap());
        let session = agree(chosen.unwrap_or_default()).session;
        for message in &self.before {
            socket.send(message.clone()).await?;
        }
        self.socket = Some(socket);
        self.on += 1;
        self.input(ClientInput::Connected(self.on, session)).await;
        self.input(ClientInput::Ready(self.on)).await;
        Ok(())
    }

    pub async fn send(&mut self, text: &str) {
        let message = Message::text(text);
        let cost = cost(&message);
        self.input(ClientInput::Send(message, cost)).await;
    }

    pub async fn input(&mut self, input: ClientInput<Message>) {
        let now = self.now();
        self.machine.handle(now, input).unwrap();
        self.drain().await;
    }

    async fn drain(&mut self) {
        while let Some(effect) = self.machine.poll() {
            match effect {
                Effect::Transmit(on, message) => {
                    let escaped = match message {
                        Message::Text(text) => Message::text(escape(&text).into_owned()),
                        other => other,
                    };
                    self.put(on, escaped).await;
                }
                Effect::Control(on, text) => self.put(on, Message::text(text)).await,
                Effect::Close { code, .. } => {
                    self.closes.push(code);
                    if let Some(mut socket) = self.socket.take() {
                        let _ = socket.close(None).await;
                    }
                }
                Effect::Fire(event) => self.events.push(event),
                Effect::Deliver(_) | Effect::Own(_) | Effect::Persist { .. } | Effect::Adopt { .. } => {
                    unreachable!("{effect:?}")
                }
            }
        }
    }

    async fn put(&mut self, on: u32, message: Message) {
        if on != self.on {
            return;
        }
        if let Message::Text(text) = &message {
            self.sent.push(text.to_string());
        }
        if self.may_pass()
            && let Some(socket) = &mut self.socket
        {
            let _ = socket.send(message).await;
        }
    }

    /// Counts a frame. Cuts the connection and returns false if it exceeds the limit.
    fn may_pass(&mut self) -> bool {
        match &mut self.frames {
            Some(0) => {
                self.socket = None;
                false
            }
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }

    /// Cuts the connection without a close frame.
    pub async fn cut(&mut self) {
        self.socket = None;
        self.input(ClientInput::Disconnected(self.on, 1006)).await;
    }

    /// Waits for the next frame, deadline, or end of the connection.
    pub async fn turn(&mut self) {
        let deadline = self.machine.deadline().map(|at| Duration::from_millis(at.saturating_sub(self.now())));
        let Some(socket) = &mut self.socket else {
            return self.input(ClientInput::Disconnected(self.on, 1006)).await;
        };
        let late = async {
            match deadline {
                Some(span) => tokio::time::sleep(span).await,
                None => pending().await,
            }
        };
        let message = tokio::select! {
            message = socket.next() => message,
            () = late => return self.input(ClientInput::Tick).await,
        };
        let code = match message {
            Some(Ok(Message::Close(frame))) => frame.map_or(1005, |frame| frame.code.into()),
            Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                if self.may_pass() {
                    return self.take(message).await;
                }
                1006
            }
            Some(Ok(_)) => return,
            Some(Err(_)) | None => 1006,
        };
        self.closes.push(code);
        self.socket = None;
        self.input(ClientInput::Disconnected(self.on, code)).await;
    }

    async fn take(&mut self, message: Message) {
        let now = self.now();
        let message = match &message {
            Message::Text(text) => match incoming(text) {
                Incoming::Control(frame) => {
                    let frame = frame.to_owned();
                    self.control.push(frame.clone());
                    return self.input(ClientInput::Control(self.on, frame)).await;
                }
                Incoming::Data(data) => Message::text(data),
            },
            other => other.clone(),
        };
        self.machine.handle(now, ClientInput::Message(self.on, cost(&message))).unwrap();
        let mut message = Some(message);
        while let Some(effect) = self.machine.poll() {
            match effect {
                Effect::Deliver(number) => {
                    self.received.extend(message.take());
                    assert_eq!(self.received.len() as u64, number);
                    if self.handles {
                        self.machine.handle(now, ClientInput::Handled(number)).unwrap();
                    }
                }
                Effect::Own(_) => self.received.extend(message.take()),
                Effect::Control(on, text) => self.put(on, Message::text(text)).await,
                Effect::Transmit(on, message) => self.put(on, message).await,
                Effect::Fire(event) => self.events.push(event),
                Effect::Close { code, .. } => {
                    self.closes.push(code);
                    self.socket = None;
                }
                Effect::Persist { .. } | Effect::Adopt { .. } => unreachable!(),
            }
        }
    }

    /// Runs until the condition holds.
    pub async fn until(&mut self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let turns = async {
            while !is_so(self) {
                assert!(self.socket.is_some(), "no connection while waiting for {what}: {:?}", self.closes);
                self.turn().await;
            }
        };
        if timeout(SOON, turns).await.is_err() {
            panic!("timed out waiting for {what}: {:?}, {:?}", self.machine.stats(), self.events);
        }
    }

    /// Runs until the condition holds, and reconnects whenever the connection is lost.
    pub async fn persist(&mut self, address: &str, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let turns = async {
            while !is_so(self) {
                self.turn_at(address).await;
            }
        };
        if timeout(SOON, turns).await.is_err() {
            panic!("timed out waiting for {what}: {:?}, {:?}", self.machine.stats(), self.events);
        }
    }

    /// Waits for one thing to happen; without a connection, tries once to open one.
    pub async fn turn_at(&mut self, address: &str) {
        if self.socket.is_some() {
            return self.turn().await;
        }
        assert!(!self.machine.is_over(), "{:?}", self.loss());
        let _ = self.machine.handle(self.now(), ClientInput::Disconnected(self.on, 1006));
        if self.connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn is_live(&self) -> bool {
        self.machine.is_live()
    }

    /// Returns the session's ID.
    pub fn id(&self) -> Bits {
        let welcome = self.control.iter().find_map(|text| text.strip_prefix("\u{10}W")).unwrap();
        Bits::parse(&welcome[..32]).unwrap()
    }

    /// Returns why the session was lost.
    pub fn loss(&self) -> Option<Loss> {
        self.events.iter().find_map(|event| match event {
            Event::Lost(loss) => Some(*loss),
            _ => None,
        })
    }

    pub fn texts(&self) -> Vec<String> {
        self.received.iter().map(|message| message.to_text().unwrap().to_owned()).collect()
    }
}
