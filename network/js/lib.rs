//! `steady_network` for JavaScript: numbers, texts, byte arrays and plain objects. `network.js` has the classes.

use js_sys::{Array, Error as JsError, Object, Reflect, TypeError, Uint8Array};
use std::time::Duration;
use steady_network::wire::{Direction, Record, What};
use steady_network::{
    Accept, Connect, ConnectionId, Error, Event, ListenerId, Message, Options, Refuse, Request,
};
use wasm_bindgen::prelude::*;

/// The engine. Times are in milliseconds; an absent number is negative.
#[wasm_bindgen(skip_typescript)]
#[derive(Debug)]
pub struct Engine(steady_network::Network);

fn thrown(error: Error) -> JsValue {
    let text = error.to_string();
    match error {
        Error::Argument { .. } => TypeError::new(&text).into(),
        _ => JsError::new(&text).into(),
    }
}

fn span(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::MAX)
}

fn millis(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e6
}

fn id(connection: f64) -> ConnectionId {
    ConnectionId::from_number(connection as u64)
}

fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        // A plain object accepts every property.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

fn list<T: Into<JsValue>>(items: impl IntoIterator<Item = T>) -> JsValue {
    items.into_iter().map(Into::into).collect::<Array>().into()
}

fn strings(list: &Array) -> Vec<String> {
    list.iter().filter_map(|item| item.as_string()).collect()
}

/// Headers cross as a flat list: name, value, name, value.
fn headers(list: &Array) -> Vec<(String, String)> {
    strings(list)
        .chunks_exact(2)
        .filter_map(|pair| Some((pair.first()?.clone(), pair.get(1)?.clone())))
        .collect()
}

fn data(message: Message) -> JsValue {
    match message {
        Message::Text(text) => text.into(),
        Message::Binary(bytes) => Uint8Array::from(bytes.as_slice()).into(),
    }
}

#[wasm_bindgen]
impl Engine {
    /// Creates a network.
    #[wasm_bindgen(constructor)]
    pub fn new(seed: f64, latency: f64, bandwidth: f64, buffer: f64) -> Result<Engine, JsValue> {
        let defaults = Options::default();
        let options = Options {
            seed: seed as u64,
            latency: span(latency),
            bandwidth: (bandwidth >= 0.0).then_some(bandwidth as u64),
            buffer: if buffer < 0.0 { defaults.buffer } else { buffer as usize },
            ..defaults
        };
        steady_network::Network::new(options).map(Self).map_err(thrown)
    }

    /// Returns the time.
    pub fn now(&self) -> f64 {
        millis(self.0.now())
    }

    /// Returns when the next task is due; -1 if there is none.
    #[wasm_bindgen(js_name = nextTime)]
    pub fn next_time(&self) -> f64 {
        self.0.next_time().map_or(-1.0, millis)
    }

    /// Returns the next event up to a time, and moves the clock to it.
    #[wasm_bindgen(js_name = nextEvent)]
    pub fn next_event(&mut self, until: f64) -> Result<JsValue, JsValue> {
        // A time that went through JavaScript may be rounded down.
        let until = span(until).max(self.0.now());
        Ok(self.0.next_event(until).map_err(thrown)?.map_or(JsValue::UNDEFINED, event))
    }

    /// Moves the clock to a time, unless something happens until then.
    #[wasm_bindgen(js_name = catchUp)]
    pub fn catch_up(&mut self, until: f64) -> Result<(), JsValue> {
        let until = span(until).max(self.0.now());
        if self.0.next_time().is_none_or(|next| next > until) {
            self.0.next_event(until).map_err(thrown)?;
        }
        Ok(())
    }

    /// Listens at a URL, and returns the number of the listener.
    pub fn listen(&mut self, url: &str) -> Result<f64, JsValue> {
        self.0.listen(url).map(|listener| listener.number() as f64).map_err(thrown)
    }

    /// Ends a listener.
    pub fn unlisten(&mut self, listener: f64) -> Result<(), JsValue> {
        self.0.unlisten(ListenerId::from_number(listener as u64)).map_err(thrown)
    }

    /// Starts a connection, and returns its number.
    pub fn connect(
        &mut self,
        url: String,
        protocols: &Array,
        origin: Option<String>,
    ) -> Result<f64, JsValue> {
        let connect = Connect { protocols: strings(protocols), origin, ..Connect::to(url) };
        self.0.connect(connect).map(|connection| connection.number() as f64).map_err(thrown)
    }

    /// Sends text from the client.
    #[wasm_bindgen(js_name = sendText)]
    pub fn send_text(&mut self, connection: f64, text: String) -> Result<(), JsValue> {
        self.0.send(id(connection), Message::Text(text)).map_err(thrown)
    }

    /// Sends bytes from the client.
    #[wasm_bindgen(js_name = sendBytes)]
    pub fn send_bytes(&mut self, connection: f64, bytes: Vec<u8>) -> Result<(), JsValue> {
        self.0.send(id(connection), Message::Binary(bytes)).map_err(thrown)
    }

    /// Closes the client's socket.
    pub fn close(&mut self, connection: f64, code: Option<u16>, reason: &str) -> Result<(), JsValue> {
        self.0.close(id(connection), code, reason).map_err(thrown)
    }

    /// Returns the client's `bufferedAmount`; -1 if both ends are closed.
    #[wasm_bindgen(js_name = bufferedAmount)]
    pub fn buffered_amount(&self, connection: f64) -> f64 {
        self.0.buffered_amount(id(connection)).map_or(-1.0, |amount| amount as f64)
    }

    /// Accepts a handshake.
    pub fn accept(
        &mut self,
        connection: f64,
        protocol: Option<String>,
        extensions: Option<String>,
        further: &Array,
    ) -> Result<(), JsValue> {
        let accept = Accept { protocol, extensions, headers: headers(further) };
        self.0.peer(id(connection)).and_then(|mut peer| peer.accept(accept)).map_err(thrown)
    }

    /// Refuses a handshake.
    pub fn refuse(
        &mut self,
        connection: f64,
        status: u16,
        further: &Array,
        body: Vec<u8>,
    ) -> Result<(), JsValue> {
        let refuse = Refuse { status, headers: headers(further), body };
        self.0.peer(id(connection)).and_then(|mut peer| peer.refuse(refuse)).map_err(thrown)
    }

    /// Answers a handshake, and behaves from then on, as the fault server does for this path and query.
    pub fn fault(&mut self, connection: f64, target: &str) -> Result<(), JsValue> {
        self.0.peer(id(connection)).and_then(|mut peer| peer.fault(target)).map_err(thrown)
    }

    /// Sends text from the server.
    #[wasm_bindgen(js_name = peerSendText)]
    pub fn peer_send_text(&mut self, connection: f64, text: String) -> Result<(), JsValue> {
        self.0.peer(id(connection)).and_then(|mut peer| peer.send(Message::Text(text))).map_err(thrown)
    }

    /// Sends bytes from the server.
    #[wasm_bindgen(js_name = peerSendBytes)]
    pub fn peer_send_bytes(&mut self, connection: f64, bytes: Vec<u8>) -> Result<(), JsValue> {
        self.0.peer(id(connection)).and_then(|mut peer| peer.send(Message::Binary(bytes))).map_err(thrown)
    }

    /// Starts the closing handshake from the server.
    #[wasm_bindgen(js_name = peerClose)]
    pub fn peer_close(&mut self, connection: f64, code: Option<u16>, reason: &str) -> Result<(), JsValue> {
        self.0.peer(id(connection)).and_then(|mut peer| peer.close(code, reason)).map_err(thrown)
    }

    /// Writes raw bytes from the server.
    #[wasm_bindgen(js_name = peerWrite)]
    pub fn peer_write(&mut self, connection: f64, bytes: &[u8]) -> Result<(), JsValue> {
        self.0.peer(id(connection)).and_then(|mut peer| peer.write(bytes)).map_err(thrown)
    }

    /// Breaks the protocol from the server.
    #[wasm_bindgen(js_name = peerViolate)]
    pub fn peer_violate(&mut self, connection: f64, how: &str) -> Result<(), JsValue> {
        self.0.peer(id(connection)).and_then(|mut peer| peer.violate(how)).map_err(thrown)
    }

    /// Ends TCP from the server.
    #[wasm_bindgen(js_name = peerCut)]
    pub fn peer_cut(&mut self, connection: f64) -> Result<(), JsValue> {
        self.0.peer(id(connection)).and_then(|mut peer| peer.cut()).map_err(thrown)
    }

    /// Resets TCP from the server.
    #[wasm_bindgen(js_name = peerReset)]
    pub fn peer_reset(&mut self, connection: f64) -> Result<(), JsValue> {
        self.0.peer(id(connection)).and_then(|mut peer| peer.reset()).map_err(thrown)
    }

    /// Discards everything that the server sends from now on.
    #[wasm_bindgen(js_name = peerSilence)]
    pub fn peer_silence(&mut self, connection: f64) -> Result<(), JsValue> {
        self.0.peer(id(connection)).and_then(|mut peer| peer.silence()).map_err(thrown)
    }

    /// Sets how many bytes per second the server reads: 0 for no limit, negative for none.
    #[wasm_bindgen(js_name = peerRead)]
    pub fn peer_read(&mut self, connection: f64, bytes_per_second: f64) -> Result<(), JsValue> {
        let mut peer = self.0.peer(id(connection)).map_err(thrown)?;
        let done = if bytes_per_second < 0.0 {
            peer.stop_reading()
        } else if bytes_per_second == 0.0 {
            peer.resume_reading()
        } else {
            peer.slow(bytes_per_second as u64)
        };
        done.map_err(thrown)
    }

    /// Makes the server read nothing while its application has too much to read.
    #[wasm_bindgen(js_name = peerHold)]
    pub fn peer_hold(&mut self, connection: f64, full: bool) {
        // What is left unread of a connection that is over holds nothing up.
        if let Ok(mut peer) = self.0.peer(id(connection)) {
            peer.hold(full);
        }
    }

    /// Returns how many bytes the server has not written to its socket buffer; 0 if both ends are closed.
    #[wasm_bindgen(js_name = peerBufferedAmount)]
    pub fn peer_buffered_amount(&mut self, connection: f64) -> f64 {
        self.0.peer(id(connection)).map_or(0.0, |peer| peer.buffered_amount() as f64)
    }

    /// Returns how many connections have an open end.
    pub fn connections(&self) -> f64 {
        self.0.connections() as f64
    }

    /// Returns what each connection waits for, in words.
    pub fn waiting(&self) -> String {
        self.0.waiting()
    }

    /// Returns whether the network is offline.
    #[wasm_bindgen(js_name = isOffline)]
    pub fn is_offline(&self) -> bool {
        self.0.is_offline()
    }

    /// Takes the network offline, or brings it back.
    #[wasm_bindgen(js_name = setOffline)]
    pub fn set_offline(&mut self, offline: bool) {
        self.0.set_offline(offline);
    }

    /// Returns the handshakes, frames and ends of streams.
    pub fn wire(&self) -> Array {
        self.0.wire().records().map(record).collect()
    }

    /// Returns the wire as text.
    pub fn text(&self) -> String {
        self.0.wire().text()
    }

    /// Returns the wire as a capture file.
    pub fn pcapng(&self) -> Vec<u8> {
        self.0.wire().pcapng()
    }
}

fn event(event: Event) -> JsValue {
    let members = |kind: &str, connection: ConnectionId, rest: Vec<(&str, JsValue)>| {
        let mut all = vec![("type", kind.into()), ("connection", (connection.number() as f64).into())];
        all.extend(rest);
        object(&all)
    };
    match event {
        Event::Open { connection, protocol, extensions } => members(
            "open",
            connection,
            vec![("protocol", protocol.into()), ("extensions", extensions.into())],
        ),
        Event::Message { connection, message } => {
            members("message", connection, vec![("data", data(message))])
        }
        Event::Drained { connection } => members("drained", connection, Vec::new()),
        Event::Closing { connection } => members("closing", connection, Vec::new()),
        Event::Error { connection } => members("error", connection, Vec::new()),
        Event::Closed { connection, code, reason, clean, buffered } => members(
            "closed",
            connection,
            vec![
                ("code", code.into()),
                ("reason", reason.into()),
                ("wasClean", clean.into()),
                ("buffered", (buffered as f64).into()),
            ],
        ),
        Event::Request { connection, listener, request } => members(
            "request",
            connection,
            vec![("listener", (listener.number() as f64).into()), ("request", asked(request))],
        ),
        Event::PeerMessage { connection, message } => {
            members("peerMessage", connection, vec![("data", data(message))])
        }
        Event::PeerDrained { connection } => members("peerDrained", connection, Vec::new()),
        Event::PeerClosed { connection, code, reason, clean } => members(
            "peerClosed",
            connection,
            vec![("code", code.into()), ("reason", reason.into()), ("wasClean", clean.into())],
        ),
    }
}

fn asked(request: Request) -> JsValue {
    let headers = request.headers.into_iter().map(|(name, value)| list([name, value]));
    object(&[
        ("url", request.url.into()),
        ("headers", list(headers)),
        ("protocols", list(request.protocols)),
        ("origin", request.origin.map_or(JsValue::NULL, Into::into)),
    ])
}

fn record(record: &Record) -> JsValue {
    let direction = match record.direction {
        Direction::ToServer => "to-server",
        Direction::ToClient => "to-client",
    };
    let mut members: Vec<(&str, JsValue)> = vec![
        ("connection", (record.connection.number() as f64).into()),
        ("time", millis(record.at).into()),
        ("direction", direction.into()),
    ];
    let bytes = |bytes: &[u8]| JsValue::from(Uint8Array::from(bytes));
    match &record.what {
        What::Request(head) => members.extend([("type", "request".into()), ("head", head.into())]),
        What::Answer { head, accept } => {
            members.extend([("type", "response".into()), ("head", head.into())]);
            if let Some(key) = accept {
                let accept = object(&[
                    ("key", (&key.key).into()),
                    ("guid", key.guid.into()),
                    ("expected", (&key.expected).into()),
                    ("given", (&key.given).into()),
                ]);
                members.push(("accept", accept));
            }
        }
        What::Frame(frame) => members.extend([
            ("type", "frame".into()),
            ("name", frame.name().into()),
            ("fin", frame.fin.into()),
            ("rsv", frame.rsv.into()),
            ("opcode", frame.opcode.into()),
            ("mask", frame.mask.map_or(JsValue::NULL, |key| bytes(&key))),
            ("length", (frame.length as f64).into()),
            ("lengthBits", frame.length_bits.into()),
            ("payload", bytes(&frame.payload)),
            ("plain", bytes(&frame.plain())),
        ]),
        What::Bytes(data) => members.extend([("type", "bytes".into()), ("bytes", bytes(data))]),
        What::Fin => members.push(("type", "fin".into())),
        What::Reset => members.push(("type", "reset".into())),
    }
    object(&members)
}
