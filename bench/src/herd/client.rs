//! One socket of the simulation; ours runs the real core.

use std::sync::LazyLock;

use steady_websocket::core::{CloseInfo, Config, ConfigError, Effect, Event, Input, Instant, Machine};

use crate::calendar::Millis;

/// An input to a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Connect for the first time.
    Connect,
    /// The connection is established.
    Opened,
    /// The connection or the attempt ended with this close code.
    Lost(u16),
    /// The requested time has come.
    Tick,
}

/// What the socket does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// It starts a connection.
    pub dial: bool,
    /// It abandons its connection.
    pub let_go: bool,
    /// It requests a timer.
    pub wake: Option<Millis>,
}

/// A socket that reconnects.
pub trait Client {
    /// Handles one input.
    fn hear(&mut self, now: Millis, news: News) -> Wish;
}

/// Shared, so that a million sockets do not store a million empty strings.
static NOTHING: LazyLock<String> = LazyLock::new(|| "".into());

/// The real core. Its payload is empty, because these sockets send no messages.
pub struct Ours(Machine<()>);

impl Ours {
    /// Creates a socket with this configuration; the seed is its only source of randomness.
    pub fn new(config: &Config, seed: u64) -> Result<Self, ConfigError> {
        Machine::new(config.clone(), seed).map(Self)
    }

    fn closed(&self, code: u16) -> Input<()> {
        let close_info = CloseInfo { code, reason: NOTHING.clone(), was_clean: code != 1006 };
        Input::Closed { attempt: self.0.attempt(), close_info, unsent: 0 }
    }
}

impl Client for Ours {
    fn hear(&mut self, now: Millis, news: News) -> Wish {
        let now = Instant::from_millis(now);
        let attempt = self.0.attempt();
        let input = match news {
            News::Connect => Input::Connect,
            News::Opened => Input::Opened(attempt),
            News::Lost(code) => self.closed(code),
            News::Tick => Input::Tick,
        };
        // Only an application's mistakes are refused, and there are none here.
        self.0.handle(now, input).unwrap_or_default();
        let mut wish = Wish::default();
        while let Some(effect) = self.0.poll() {
            let answer = match effect {
                Effect::Dial(attempt) => {
                    wish.dial = true;
                    Input::Dialed(attempt)
                }
                Effect::Abandon(_) => {
                    wish.let_go = true;
                    self.closed(1006)
                }
                Effect::Fire(Event::Open(attempt)) => Input::Announced(attempt),
                _ => continue,
            };
            self.0.handle(now, answer).unwrap_or_default();
        }
        wish.wake = self.0.deadline().map(Instant::as_millis);
        wish
    }
}
