//! How effects cross to JavaScript: a kind, up to three numbers and a text, each read by a call of its own.

use steady_session::{Connection, Effect, Error, Event, Fate, Loss, Millis};
use wasm_bindgen::prelude::*;

/// The kinds of effects.
#[wasm_bindgen(skip_typescript)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// There are no more effects.
    #[default]
    None,
    /// Send message `first` on the connection.
    Transmit,
    /// Send the control frame `text` on the connection.
    Control,
    /// The received message has the number `first`.
    Deliver,
    /// The received message belongs to the connection, not the session.
    Own,
    /// Close the connection with the code `first` and the reason `text`.
    Close,
    /// A session began; its life is `first`.
    New,
    /// The session is being resumed on the connection.
    Resuming,
    /// The session was resumed: `first` messages are sent again, `second` are not acknowledged.
    Resumed,
    /// The messages from `first` to `second` were delivered.
    Delivered,
    /// The messages from `first` to `second` have another fate, `text`.
    Fate,
    /// A pong arrived.
    Pong,
    /// The server has no sessions.
    Plain,
    /// Either end closed the session.
    Closed,
    /// The session was lost; `text` is the reason, `first` the close code.
    Lost,
    /// The client returned after the end, and has received `first` messages.
    Returned,
    /// Write to the store. `text` is the kind of write, `first` its number, `second` and `third` its values.
    Persist,
    /// Make this node the owner.
    Adopt,
}

/// An effect in the form in which it crosses.
#[derive(Debug, Default)]
pub struct Crossing {
    pub kind: Kind,
    pub connection: Connection,
    pub numbers: [u64; 3],
    pub text: String,
}

impl Crossing {
    /// Returns the form of an effect; `None` for those that a server passes to its store.
    pub fn of(effect: &Effect<u64>) -> Option<Self> {
        let on = |kind, connection| Self { kind, connection, ..Self::default() };
        Some(match effect {
            Effect::Transmit(connection, number) => {
                Self { numbers: [*number, 0, 0], ..on(Kind::Transmit, *connection) }
            }
            Effect::Control(connection, text) => {
                Self { text: text.clone(), ..on(Kind::Control, *connection) }
            }
            Effect::Deliver(number) => Self { numbers: [*number, 0, 0], ..on(Kind::Deliver, 0) },
            Effect::Own(connection) => on(Kind::Own, *connection),
            Effect::Close { connection, code, reason } => Self {
                numbers: [u64::from(*code), 0, 0],
                text: reason.clone(),
                ..on(Kind::Close, *connection)
            },
            Effect::Fire(event) => Self::of_event(event),
            // Only a server's machine emits these, and its own boundary converts them.
            Effect::Persist { .. } | Effect::Adopt { .. } => return None,
        })
    }

    fn of_event(event: &Event) -> Self {
        let (kind, connection, numbers, text) = match *event {
            Event::New { life } => (Kind::New, 0, [life, 0, 0], ""),
            Event::Resuming(connection) => (Kind::Resuming, connection, [0; 3], ""),
            Event::Resumed { replayed, unacknowledged } => {
                (Kind::Resumed, 0, [replayed, unacknowledged, 0], "")
            }
            // A text would take longer than the rest of an acknowledgement.
            Event::Fate { first, last, fate: Fate::Delivered } => (Kind::Delivered, 0, [first, last, 0], ""),
            Event::Fate { first, last, fate } => (Kind::Fate, 0, [first, last, 0], fate_word(fate)),
            Event::Pong => (Kind::Pong, 0, [0; 3], ""),
            Event::Plain(connection) => (Kind::Plain, connection, [0; 3], ""),
            Event::Closed => (Kind::Closed, 0, [0; 3], ""),
            Event::Lost(loss) => (Kind::Lost, 0, [u64::from(peer_code(loss)), 0, 0], loss.as_str()),
            Event::Returned { received } => (Kind::Returned, 0, [received, 0, 0], ""),
        };
        Self { kind, connection, numbers, text: text.to_owned() }
    }

    pub fn number(&self, place: usize) -> f64 {
        self.numbers.get(place).copied().unwrap_or_default() as f64
    }
}

/// Returns the word that applications see.
const fn fate_word(fate: Fate) -> &'static str {
    match fate {
        Fate::Delivered => "delivered",
        Fate::Dropped => "dropped",
        Fate::NotHandled => "not-handled",
        Fate::Unknown => "in-doubt",
        Fate::Plain => "plain",
    }
}

/// Returns the close code of a loss, or 0.
const fn peer_code(loss: Loss) -> u16 {
    match loss {
        Loss::Peer(code) | Loss::Repeated(code) => code,
        _ => 0,
    }
}

/// Returns 0, or a positive number for an error.
pub const fn refusal(result: Result<(), Error>) -> u32 {
    match result {
        Ok(()) => 0,
        Err(Error::Ended) => 1,
        Err(Error::Full) => 2,
        Err(Error::NotQueued) => 3,
        Err(Error::NotReceived) => 4,
        Err(Error::NotNow) => 5,
    }
}

/// Truncates to whole milliseconds, which the machines count.
pub fn millis(now: f64) -> Millis {
    now as Millis
}

/// Returns a deadline, or -1 for none.
pub fn deadline(at: Option<Millis>) -> f64 {
    at.map_or(-1.0, |at| at as f64)
}

/// Declares what JavaScript reads from either machine: the rest of its last effect, and its counts.
macro_rules! readings {
    ($machine:ident) => {
        #[wasm_bindgen]
        impl $machine {
            /// The connection that the effect is about.
            pub fn connection(&self) -> u32 {
                self.last.connection
            }

            /// The first number of the effect.
            pub fn first(&self) -> f64 {
                self.last.number(0)
            }

            /// The second.
            pub fn second(&self) -> f64 {
                self.last.number(1)
            }

            /// The text of the effect.
            pub fn text(&self) -> String {
                self.last.text.clone()
            }

            /// When `tick` is to be called; -1 if need not be.
            pub fn deadline(&self) -> f64 {
                deadline(self.machine.deadline())
            }

            /// Returns whether the session is over, or never began.
            #[wasm_bindgen(js_name = isOver)]
            pub fn is_over(&self) -> bool {
                self.machine.is_over()
            }

            /// The cost of what was accepted and is not acknowledged.
            #[wasm_bindgen(js_name = heldCost)]
            pub fn held_cost(&self) -> f64 {
                self.machine.stats().held_cost as f64
            }

            /// Returns how many messages were accepted.
            pub fn accepted(&self) -> f64 {
                self.machine.stats().accepted as f64
            }

            /// Returns how many messages the other end has handled.
            pub fn acknowledged(&self) -> f64 {
                self.machine.stats().acknowledged as f64
            }

            /// Returns how many messages were received.
            pub fn received(&self) -> f64 {
                self.machine.stats().received as f64
            }

            /// Returns how many received messages were handled.
            #[wasm_bindgen(js_name = handledCount)]
            pub fn handled_count(&self) -> f64 {
                self.machine.stats().handled as f64
            }
        }
    };
}
pub(crate) use readings;
