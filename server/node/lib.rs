//! `steady_session::Server` for Node: numbers, control frames and records. Payloads stay in JavaScript.

#[path = "../../session/js/border.rs"]
mod border;
mod record;

use border::{Crossing, Kind, deadline, millis, readings, refusal};
use record::Head;
use sha2::{Digest as _, Sha256};
use steady_session::{
    Bits, Config, Digest, Effect, Frame, Fresh, Resume, ServerInput as Input, StoreError, Write,
};
use wasm_bindgen::prelude::*;

fn hash(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// 16 bytes of a cryptographic source.
fn bits(bytes: &[u8]) -> Result<Bits, JsValue> {
    bytes.try_into().map(Bits).map_err(|_| JsValue::from_str("128 bits are 16 bytes"))
}

fn fresh(bytes: &[u8]) -> Result<Fresh, JsValue> {
    let (secret, nonce) = bytes.split_at_checked(16).unwrap_or_default();
    Ok(Fresh { secret: bits(secret)?, nonce: bits(nonce)? })
}

/// The first control frame of a client.
#[wasm_bindgen(skip_typescript)]
#[derive(Clone, Copy, Debug)]
pub struct Opening(Frame);

#[wasm_bindgen]
impl Opening {
    /// Reads an open or a resume; anything else is none.
    pub fn parse(text: &str) -> Option<Self> {
        let frame = steady_session::parse(text).ok()?;
        matches!(frame, Frame::Open { .. } | Frame::Resume { .. }).then_some(Self(frame))
    }

    /// The session that the client wants back.
    pub fn id(&self) -> Option<String> {
        match self.0 {
            Frame::Resume { id, .. } => Some(id.to_string()),
            _ => None,
        }
    }
}

/// Returns the frame that refuses a client which has no session yet, or none that is known.
#[wasm_bindgen(skip_typescript)]
pub fn refused(why: &str) -> String {
    let why = steady_session::Refusal::parse(why).unwrap_or(steady_session::Refusal::Unknown);
    Frame::Refused { why, handled: None }.to_string()
}

/// Returns the first message on every connection.
#[wasm_bindgen(skip_typescript)]
pub fn hello(window: f64, life: f64) -> String {
    steady_session::Server::<u64>::hello(&config(window, 0.0, life)).to_string()
}

/// Returns what a server chooses of an offer, if it knows these protocols.
#[wasm_bindgen(skip_typescript)]
pub fn choose(offered: Vec<String>, known: Vec<String>) -> Option<String> {
    let offered: Vec<&str> = offered.iter().map(String::as_str).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    steady_session::choose(&offered, &known).map(str::to_owned)
}

/// Returns the application's protocol, if the chosen one is with a session.
#[wasm_bindgen(skip_typescript)]
pub fn agreed(chosen: &str) -> Option<String> {
    let agreed = steady_session::agree(chosen);
    agreed.session.then(|| agreed.protocol.to_owned())
}

fn config(window: f64, queue: f64, life: f64) -> Config {
    Config { window: window as u64, queue: queue as u64, life: life as u64 }
}

/// The server's end of one session. After each call, `poll` until it returns 0.
#[wasm_bindgen(skip_typescript)]
#[derive(Debug)]
pub struct Server {
    machine: steady_session::Server<u64>,
    last: Crossing,
    owner: String,
    head: Head,
}

readings!(Server);

#[wasm_bindgen]
impl Server {
    fn with(machine: steady_session::Server<u64>) -> Self {
        Self { machine, last: Crossing::default(), owner: String::new(), head: Head::default() }
    }

    /// A session for a client that sent an open. `random` are 48 bytes.
    #[allow(clippy::too_many_arguments)]
    pub fn open(
        window: f64,
        queue: f64,
        life: f64,
        on: u32,
        opening: &Opening,
        identity: &str,
        random: &[u8],
    ) -> Result<Self, JsValue> {
        let Frame::Open { window: peer_window } = opening.0 else {
            return Err(JsValue::from_str("not an open"));
        };
        let (id, rest) = random.split_at_checked(16).unwrap_or_default();
        let machine = steady_session::Server::open(
            config(window, queue, life),
            hash,
            on,
            peer_window,
            hash(identity.as_bytes()),
            bits(id)?,
            fresh(rest)?,
        );
        Ok(Self::with(machine))
    }

    /// A session that was read from the store; none if the record makes no sense.
    pub fn restore(queue: f64, head: &Head, costs: &[f64]) -> Option<Self> {
        let machine = steady_session::Server::restore(config(1.0, queue, 0.0), hash, head.record(costs)?)?;
        Some(Self::with(machine))
    }

    fn handle(&mut self, now: f64, input: Input<u64>) -> u32 {
        refusal(self.machine.handle(millis(now), input))
    }

    /// A client wants the session back. `random` are 32 bytes.
    pub fn resume(
        &mut self,
        now: f64,
        on: u32,
        opening: &Opening,
        identity: &str,
        random: &[u8],
    ) -> Result<u32, JsValue> {
        let Frame::Resume { secret, nonce, attempt, received, window, .. } = opening.0 else {
            return Err(JsValue::from_str("not a resume"));
        };
        let identity = hash(identity.as_bytes());
        let fresh = fresh(random)?;
        let resume = Resume { on, secret, nonce, attempt, received, window, identity, fresh };
        Ok(self.handle(now, Input::Resume(resume)))
    }

    /// Whether another node has resumed the session since, as this record says.
    #[wasm_bindgen(js_name = isOvertakenBy)]
    pub fn is_overtaken_by(&self, head: &Head) -> bool {
        head.record(&[]).is_none_or(|record| self.machine.is_overtaken_by(&record))
    }

    /// Accepts a message. Its number is the count of those accepted.
    pub fn send(&mut self, now: f64, number: f64, cost: f64) -> u32 {
        self.handle(now, Input::Send(number as u64, cost as u64))
    }

    /// The application has handled every message up to this one.
    pub fn handled(&mut self, now: f64, number: f64) -> u32 {
        self.handle(now, Input::Handled(number as u64))
    }

    /// Asks for an acknowledgement.
    #[wasm_bindgen(js_name = askNow)]
    pub fn ask_now(&mut self, now: f64) -> u32 {
        self.handle(now, Input::Ask)
    }

    /// Closes the session.
    pub fn close(&mut self, now: f64) -> u32 {
        self.handle(now, Input::Close)
    }

    /// A message of this cost arrived.
    pub fn message(&mut self, now: f64, on: u32, cost: f64) -> u32 {
        self.handle(now, Input::Message(on, cost as u64))
    }

    /// A control frame arrived.
    pub fn control(&mut self, now: f64, on: u32, text: String) -> u32 {
        self.handle(now, Input::Control(on, text))
    }

    /// The connection is over.
    pub fn disconnected(&mut self, now: f64, on: u32, code: u16) -> u32 {
        self.handle(now, Input::Disconnected(on, code))
    }

    /// Every write up to this one survives.
    pub fn stored(&mut self, now: f64, seq: f64) -> u32 {
        self.handle(now, Input::Stored(seq as u64))
    }

    /// The store has made this node the owner, and returned the record.
    pub fn adopted(&mut self, now: f64, head: &Head, costs: &[f64]) -> u32 {
        let input = match head.record(costs) {
            Some(record) => Input::Adopted(Box::new(record)),
            None => Input::StoreFailed(StoreError::Gap),
        };
        self.handle(now, input)
    }

    /// The store refused a write, since another node is the owner, or else since a write before is missing.
    #[wasm_bindgen(js_name = storeFailed)]
    pub fn store_failed(&mut self, now: f64, fenced: bool) -> u32 {
        let error = if fenced { StoreError::Fenced } else { StoreError::Gap };
        self.handle(now, Input::StoreFailed(error))
    }

    /// Time has passed.
    pub fn tick(&mut self, now: f64) -> u32 {
        self.handle(now, Input::Tick)
    }

    /// Returns the kind of the next effect, 0 after the last. The getters have the rest of it.
    pub fn poll(&mut self) -> Kind {
        self.last = match self.machine.poll() {
            None => Crossing::default(),
            Some(Effect::Persist { seq, owner, write }) => {
                self.owner = owner.to_string();
                self.crossing_of(seq, write)
            }
            Some(Effect::Adopt { owner, swap }) => {
                self.owner = owner.to_string();
                self.head = Head::of_swap(&swap);
                Crossing { kind: Kind::Adopt, ..Crossing::default() }
            }
            Some(effect) => Crossing::of(&effect).unwrap_or_default(),
        };
        self.last.kind
    }

    /// The number of the write, and up to two of its own; the text is its kind, and the head has the rest.
    fn crossing_of(&mut self, seq: u64, write: Write<u64>) -> Crossing {
        let (name, one, other) = match write {
            Write::Create(record) => {
                self.head = Head::of_record(&record);
                ("create", 0, 0)
            }
            Write::Append { payload, cost } => ("append", payload, cost),
            Write::Skip(number) => ("skip", number, 0),
            Write::Trim(count) => ("trim", count, 0),
            Write::Handled { count, cost } => ("handled", count, cost),
            Write::Swap(swap) => {
                self.head = Head::of_swap(&swap);
                ("swap", 0, 0)
            }
            Write::Confirm => ("confirm", 0, 0),
            Write::End(tombstone) => {
                self.head = Head { end: tombstone.why.as_str().to_owned(), ..Head::default() };
                ("end", tombstone.handled, 0)
            }
        };
        Crossing {
            kind: Kind::Persist,
            numbers: [seq, one, other],
            text: name.to_owned(),
            ..Crossing::default()
        }
    }

    /// The third.
    pub fn third(&self) -> f64 {
        self.last.number(2)
    }

    /// Who writes: a nonce.
    pub fn owner(&self) -> String {
        self.owner.clone()
    }

    /// The record of a write that has one, or its part.
    pub fn head(&self) -> Head {
        self.head.clone()
    }

    /// The session's id.
    pub fn id(&self) -> String {
        self.machine.id().to_string()
    }
}
