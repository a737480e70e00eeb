//! A fault on an open connection.

use super::Cut;
use super::frames::{BINARY, TEXT, frame};
use super::opening::Offer;
use super::script::{Deed, Flood, Kind, Part, Script, Until};
use std::collections::VecDeque;
use std::time::Duration;

/// A message, in whatever type a driver has it.
pub trait Payload: Sized {
    /// A text message.
    fn text(text: String) -> Self;
    /// A binary message.
    fn binary(bytes: Vec<u8>) -> Self;
    /// Its bytes.
    fn bytes(&self) -> &[u8];
    /// Whether it is text.
    fn is_text(&self) -> bool;
}

/// What a fault hears.
#[derive(Debug)]
pub enum Input<M> {
    /// A message arrived.
    Message(M),
    /// There is room to send, which [`Run::wants_room`] asked for.
    Room,
    /// The time of [`Run::deadline`] has come.
    Time,
}

/// What is to be done, in this order.
#[derive(Debug, PartialEq, Eq)]
pub enum Output<M> {
    /// Send a message.
    Send(M),
    /// Start the closing handshake. Any code is sent as it is.
    Close(Option<u16>, String),
    /// Write bytes behind everything sent. `message`: they are the whole frame of a message of that length.
    Write {
        /// The bytes.
        bytes: Vec<u8>,
        /// The length of the message.
        message: Option<usize>,
    },
    /// End TCP.
    End(Cut),
    /// From now on nothing leaves.
    Silence,
    /// Read in this way.
    Read(Reading),
    /// Ask for a receive buffer of that size.
    ReceiveBuffer(usize),
    /// End TCP when so many more bytes were read.
    EndAfterReading(u64, Cut),
    /// Enter a room: what is said there is sent to this connection; `own`: its own messages too.
    Join {
        /// The room's name.
        room: String,
        /// Whether it is sent its own messages.
        own: bool,
    },
    /// Say a message in the room.
    Say(M),
}

/// How a server reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As fast as bytes come.
    All,
    /// Not at all.
    Stopped,
    /// So many bytes per second.
    Slow(u64),
}

#[derive(Debug)]
enum State {
    /// Echoes so many messages less one, or until a time, and then does the deed.
    Echo {
        left: u64,
        deadline: Option<Duration>,
        deed: Option<Deed>,
    },
    Room,
    /// Sends: since then, so many so far.
    Flood {
        flood: Flood,
        start: Duration,
        sent: u64,
    },
    FloodWaits(Flood),
    /// Reads so many messages before it reads in this way.
    SinkWaits {
        left: u64,
        read: Reading,
        span: Option<Duration>,
    },
    /// Reads in some way until then.
    Sinks(Duration),
    /// Answers nothing.
    Over,
}

/// A fault on an open connection. After every call the driver takes all outputs.
#[derive(Debug)]
pub struct Run<M> {
    state: State,
    outputs: VecDeque<Output<M>>,
}

impl<M: Payload> Run<M> {
    pub(super) fn start(script: Script, now: Duration, offer: &Offer<'_>) -> Self {
        let echo = State::Echo { left: u64::MAX, deadline: None, deed: None };
        let mut run = Self { state: echo, outputs: VecDeque::new() };
        match script {
            Script::Echo => {}
            Script::Report => run.push(Output::Send(M::text(offer.json()))),
            Script::Room { name, own } => {
                run.push(Output::Join { room: name, own });
                run.state = State::Room;
            }
            Script::Flood(flood) if flood.on_message => run.state = State::FloodWaits(flood),
            Script::Flood(flood) => run.state = State::Flood { flood, start: now, sent: 0 },
            Script::Sink { read, after, span, buffer } => {
                if let Some(bytes) = buffer {
                    run.push(Output::ReceiveBuffer(bytes));
                }
                run.state = State::SinkWaits { left: after, read, span };
                run.sink(now);
            }
            Script::EchoUntil(Until::Messages(0), deed) => run.turn(deed, None),
            Script::EchoUntil(Until::Messages(left), deed) => {
                run.state = State::Echo { left, deadline: None, deed: Some(deed) };
            }
            Script::EchoUntil(Until::Time(time), deed) => {
                let deadline = Some(now.saturating_add(time));
                run.state = State::Echo { left: u64::MAX, deadline, deed: Some(deed) };
            }
            Script::CutReading { bytes, cut } => run.push(Output::EndAfterReading(bytes, cut)),
        }
        run
    }

    /// Hears of something.
    pub fn handle(&mut self, now: Duration, input: Input<M>) {
        match (&mut self.state, input) {
            (State::Echo { left: 1, deed, .. }, Input::Message(message)) => {
                if let Some(deed) = deed.take() {
                    self.turn(deed, Some(message));
                }
            }
            (State::Echo { left, .. }, Input::Message(message)) => {
                *left -= 1;
                self.push(Output::Send(message));
            }
            (State::Echo { deadline, deed, .. }, Input::Time) if deadline.is_some_and(|at| at <= now) => {
                if let Some(deed) = deed.take() {
                    self.turn(deed, None);
                }
            }
            (State::Room, Input::Message(message)) => self.push(Output::Say(message)),
            (State::FloodWaits(flood), Input::Message(_)) => {
                self.state = State::Flood { flood: *flood, start: now, sent: 0 };
            }
            (State::Flood { flood, sent, .. }, Input::Room | Input::Time) => {
                let message = flood.message(*sent);
                *sent += 1;
                let is_last = *sent == flood.count;
                let flood = *flood;
                self.push(Output::Send(message));
                if is_last {
                    self.poured(flood);
                }
            }
            (State::SinkWaits { left, .. }, Input::Message(_)) => {
                *left -= 1;
                self.sink(now);
            }
            (State::Sinks(until), Input::Time) if *until <= now => {
                self.state = State::Over;
                self.push(Output::Read(Reading::All));
            }
            _ => {}
        }
    }

    /// What is to be done next.
    pub fn poll(&mut self) -> Option<Output<M>> {
        self.outputs.pop_front()
    }

    /// When it wants to hear of the time.
    pub fn deadline(&self) -> Option<Duration> {
        match &self.state {
            State::Echo { deadline, .. } => *deadline,
            State::Flood { flood, start, sent } => {
                let nanos = sent.saturating_mul(1_000_000_000).checked_div(flood.rate.into())?;
                Some(start.saturating_add(Duration::from_nanos(nanos)))
            }
            State::Sinks(until) => Some(*until),
            _ => None,
        }
    }

    /// Whether it wants to hear of room to send.
    pub fn wants_room(&self) -> bool {
        matches!(&self.state, State::Flood { flood, .. } if flood.rate == 0)
    }

    fn push(&mut self, output: Output<M>) {
        self.outputs.push_back(output);
    }

    /// The echo is over; here is its last message, if one ended it.
    fn turn(&mut self, deed: Deed, last: Option<M>) {
        self.state = State::Over;
        if let Deed::Drop { part, size, cut } = deed {
            let (mut bytes, length) = match &last {
                Some(message) => {
                    let first = if message.is_text() { TEXT } else { BINARY };
                    (frame(first, message.bytes()), message.bytes().len())
                }
                None => (frame(TEXT, "x".repeat(size).as_bytes()), size),
            };
            let message = (part == Part::Whole).then_some(length);
            bytes.truncate(match part {
                Part::Nothing => 0,
                Part::Half => bytes.len().div_ceil(2),
                Part::Whole => bytes.len(),
            });
            // Even with nothing to write, what was echoed before has to leave first.
            self.push(Output::Write { bytes, message });
            self.push(Output::End(cut));
            return;
        }
        self.outputs.extend(last.map(Output::Send));
        self.push(match deed {
            Deed::Close { code, reason } => Output::Close(code, reason),
            Deed::Write(bytes) => Output::Write { bytes, message: None },
            Deed::Silence | Deed::Drop { .. } => Output::Silence,
        });
    }

    fn poured(&mut self, flood: Flood) {
        self.state = match (flood.then_close, flood.on_message) {
            (true, _) => {
                self.push(Output::Close(Some(1000), String::new()));
                State::Over
            }
            (false, true) => State::FloodWaits(flood),
            (false, false) => State::Echo { left: u64::MAX, deadline: None, deed: None },
        };
    }

    /// Reads as it should, if the messages before that have come.
    fn sink(&mut self, now: Duration) {
        if let State::SinkWaits { left: 0, read, span } = self.state {
            self.state = span.map_or(State::Over, |span| State::Sinks(now.saturating_add(span)));
            self.push(Output::Read(read));
        }
    }
}

impl Flood {
    /// Begins with its number, so that order and loss can be seen.
    fn message<M: Payload>(&self, number: u64) -> M {
        if matches!(self.kind, Kind::Binary) {
            // A message of the next four thousand million has the same number.
            let mut bytes = (number as u32).to_be_bytes().to_vec();
            bytes.resize(self.size, 0xa5);
            return M::binary(bytes);
        }
        let mut text = format!("{number} ");
        text.truncate(self.size);
        if matches!(self.kind, Kind::Unicode) {
            text.extend(std::iter::repeat_n('€', (self.size - text.len()) / '€'.len_utf8()));
        }
        text.extend(std::iter::repeat_n('x', self.size - text.len()));
        M::text(text)
    }
}
