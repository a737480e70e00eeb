//! A fault on an open connection.

use super::Cut;
use super::frames::{BINARY, TEXT, frame};
use super::opening::Offer;
use super::script::{Deed, Flood, Kind, Part, Script, Until};
use std::collections::VecDeque;
use std::time::Duration;

/// A message, in the driver's own type.
pub trait Payload: Sized {
    /// A text message.
    fn text(text: String) -> Self;
    /// A binary message.
    fn binary(bytes: Vec<u8>) -> Self;
    /// Returns its bytes.
    fn bytes(&self) -> &[u8];
    /// Returns whether it is text.
    fn is_text(&self) -> bool;
}

/// An input of a fault.
#[derive(Debug)]
pub enum Input<M> {
    /// A message arrived.
    Message(M),
    /// There is room to send, as requested by [`Run::wants_room`].
    Room,
    /// The time of [`Run::deadline`] was reached.
    Time,
}

/// An output of a fault. Outputs are carried out in order.
#[derive(Debug, PartialEq, Eq)]
pub enum Output<M> {
    /// Send a message.
    Send(M),
    /// Start the closing handshake with any code.
    Close(Option<u16>, String),
    /// Write raw bytes. `message`: they are the whole frame of a message of that length.
    Write {
        /// The bytes.
        bytes: Vec<u8>,
        /// The length of the message.
        message: Option<usize>,
    },
    /// End TCP.
    End(Cut),
    /// Send nothing from now on.
    Silence,
    /// Change how the connection is read.
    Read(Reading),
    /// Request a receive buffer of this size.
    ReceiveBuffer(usize),
    /// End TCP after this many more bytes were read.
    EndAfterReading(u64, Cut),
    /// Join a room; `own`: receive its own messages too.
    Join {
        /// The room's name.
        room: String,
        /// Whether it receives its own messages.
        own: bool,
    },
    /// Send a message to the room.
    Say(M),
}

/// How a server reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As fast as possible.
    All,
    /// Not at all.
    Stopped,
    /// At most this many bytes per second.
    Slow(u64),
}

#[derive(Debug)]
enum State {
    /// Echoes all but the last of this many messages, or until a time, and then acts.
    Echo {
        left: u64,
        deadline: Option<Duration>,
        deed: Option<Deed>,
    },
    Room,
    /// Sends: the start, and the number sent.
    Flood {
        flood: Flood,
        start: Duration,
        sent: u64,
    },
    FloodWaits(Flood),
    /// Reads this many messages before it changes how it reads.
    SinkWaits {
        left: u64,
        read: Reading,
        span: Option<Duration>,
    },
    /// Reads in this way until then.
    Sinks(Duration),
    /// Answers nothing.
    Over,
}

/// A fault on an open connection. The driver must take all outputs after every call.
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

    /// Handles an input.
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

    /// Returns the next output.
    pub fn poll(&mut self) -> Option<Output<M>> {
        self.outputs.pop_front()
    }

    /// Returns when it wants [`Input::Time`].
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

    /// Returns whether it wants [`Input::Room`].
    pub fn wants_room(&self) -> bool {
        matches!(&self.state, State::Flood { flood, .. } if flood.rate == 0)
    }

    fn push(&mut self, output: Output<M>) {
        self.outputs.push_back(output);
    }

    /// Acts after the last echo, if a message ended it.
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
            // Even with nothing to write, earlier echoes must leave first.
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

    /// Changes how it reads, after the messages before that.
    fn sink(&mut self, now: Duration) {
        if let State::SinkWaits { left: 0, read, span } = self.state {
            self.state = span.map_or(State::Over, |span| State::Sinks(now.saturating_add(span)));
            self.push(Output::Read(read));
        }
    }
}

impl Flood {
    /// Begins with its number, so that order and loss are visible.
    fn message<M: Payload>(&self, number: u64) -> M {
        if matches!(self.kind, Kind::Binary) {
            // A message of the next four billion has the same number.
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
