//! `steady_session::Server` for Node. Only numbers, control frames and records cross the boundary; payloads stay in
//! JavaScript.

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

/// Converts 16 random bytes.
fn bits(bytes: &[u8]) -> Result<Bits, JsValue> {
    bytes.try_into().map(Bits).map_err(|_| JsValue::from_str("128 bits are 16 bytes"))
}

fn fresh(bytes: &[u8]) -> Result<Fresh, JsValue> {
    let (secret, nonce) = bytes.split_at_checked(16).unwrap_or_default();
    Ok(Fresh { secret: bits(secret)?, nonce: bits(nonce)? })
}

/// A client's open or resume frame.
#[wasm_bindgen(skip_typescript)]
#[derive(Clone, Copy, Debug)]
pub struct Opening(Frame);

#[wasm_bindgen]
impl Opening {
    /// Parses an open or resume frame; returns `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let frame = steady_session::parse(text).ok()?;
        matches!(frame, Frame::Open { .. } | Frame::Resume { .. }).then_some(Self(frame))
    }

    /// Returns the ID of the session to resume.
    pub fn id(&self) -> Option<String> {
        match self.0 {
            Frame::Resume { id, .. } => Some(id.to_string()),
            _ => None,
        }
    }
}

/// Returns a `refused` frame for a client without a session.
#[wasm_bindgen(skip_typescript)]
pub fn refused(why: &str) -> String {
    let why = steady_session::Refusal::parse(why).unwrap_or(steady_session::Refusal::Unknown);
    Frame::Refused { why, handled: None }.to_string()
}

/// Returns the hello, the first message on every connection.
#[wasm_bindgen(skip_typescript)]
pub fn hello(window: f64, life: f64) -> String {
    steady_session::Server::<u64>::hello(&config(window, 0.0, life)).to_string()
}

/// Returns the sub-protocol to select from an offer, given the application's protocols.
#[wasm_bindgen(skip_typescript)]
pub fn choose(offered: Vec<String>, known: Vec<String>) -> Option<String> {
    let offered: Vec<&str> = offered.iter().map(String::as_str).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    steady_session::choose(&offered, &known).map(str::to_owned)
}

/// Returns the application's protocol, if the selected one includes a session.
#[wasm_bindgen(skip_typescript)]
pub fn agreed(chosen: &str) -> Option<String> {
    let agreed = steady_session::agree(chosen);
    agreed.session.then(|| agreed.protocol.to_owned())
}

fn config(window: f64, queue: f64, life: f64) -> Config {
    Config { window: window as u64, queue: queue as u64, life: life as u64 }
}

/// The server's end of one session. Call `poll` after each input until it returns 0.
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

    /// Opens a session. `random` has 48 bytes.
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

    /// Restores a session from a stored record; `None` if the record is invalid.
    pub fn restore(queue: f64, head: &Head, costs: &[f64]) -> Option<Self> {
        let machine = steady_session::Server::restore(config(1.0, queue, 0.0), hash, head.record(costs)?)?;
        Some(Self::with(machine))
    }

    fn handle(&mut self, now: f64, input: Input<u64>) -> u32 {
        refusal(self.machine.handle(millis(now), input))
    }

    /// Resumes the session on a new connection. `random` has 32 bytes.
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

    /// Returns whether another node has resumed the session, according to this stored record.
    #[wasm_bindgen(js_name = isOvertakenBy)]
    pub fn is_overtaken_by(&self, head: &Head) -> bool {
        head.record(&[]).is_none_or(|record| self.machine.is_overtaken_by(&record))
    }

    /// Accepts a message. Messages are numbered from 1 in the order of acceptance.
    pub fn send(&mut self, now: f64, number: f64, cost: f64) -> u32 {
        self.handle(now, Input::Send(number as u64, cost as u64))
    }

    /// Reports that the application has handled all messages up to this one.
    pub fn handled(&mut self, now: f64, number: f64) -> u32 {
        self.handle(now, Input::Handled(number as u64))
    }

    /// Requests an acknowledgement.
    #[wasm_bindgen(js_name = askNow)]
    pub fn ask_now(&mut self, now: f64) -> u32 {
        self.handle(now, Input::Ask)
    }

    /// Closes the session.
    pub fn close(&mut self, now: f64) -> u32 {
        self.handle(now, Input::Close)
    }

    /// Reports a received message of this cost.
    pub fn message(&mut self, now: f64, on: u32, cost: f64) -> u32 {
        self.handle(now, Input::Message(on, cost as u64))
    }

    /// Reports a received control frame.
    pub fn control(&mut self, now: f64, on: u32, text: String) -> u32 {
        self.handle(now, Input::Control(on, text))
    }

    /// Reports the end of a connection.
    pub fn disconnected(&mut self, now: f64, on: u32, code: u16) -> u32 {
        self.handle(now, Input::Disconnected(on, code))
    }

    /// Reports that all writes up to this one are stored. After an end, `handled` is the store's count of handled
    /// messages.
    pub fn stored(&mut self, now: f64, seq: f64, handled: f64) -> u32 {
        self.handle(now, Input::Stored { seq: seq as u64, handled: handled as u64 })
    }

    /// Reports that the store made this node the owner, with the record it returned.
    pub fn adopted(&mut self, now: f64, head: &Head, costs: &[f64]) -> u32 {
        let input = match head.record(costs) {
            Some(record) => Input::Adopted(Box::new(record)),
            None => Input::StoreFailed(StoreError::Gap),
        };
        self.handle(now, input)
    }

    /// Reports that the store refused a write: `fenced` if another node is the owner, otherwise because an earlier
    /// write is missing.
    #[wasm_bindgen(js_name = storeFailed)]
    pub fn store_failed(&mut self, now: f64, fenced: bool) -> u32 {
        let error = if fenced { StoreError::Fenced } else { StoreError::Gap };
        self.handle(now, Input::StoreFailed(error))
    }

    /// Reports that time has passed.
    pub fn tick(&mut self, now: f64) -> u32 {
        self.handle(now, Input::Tick)
    }

    /// Returns the kind of the next effect, 0 if there are no more. The methods below return its fields.
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

    /// Flattens a write: its number and up to two values of its own, its kind as the text, and anything else as the
    /// head.
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

    /// Returns the third number of the effect.
    pub fn third(&self) -> f64 {
        self.last.number(2)
    }

    /// Returns the nonce of the owner that makes the write.
    pub fn owner(&self) -> String {
        self.owner.clone()
    }

    /// Returns the record, or the part of it, that the write contains.
    pub fn head(&self) -> Head {
        self.head.clone()
    }

    /// Returns the session's ID.
    pub fn id(&self) -> String {
        self.machine.id().to_string()
    }
}
