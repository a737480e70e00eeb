//! One socket, as the simulation drives it: ours is the real core.

use std::sync::LazyLock;

use steady_websocket::core::{CloseInfo, Config, ConfigError, Effect, Event, Input, Instant, Machine, Text};

use crate::calendar::Millis;

/// What a socket hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It is to connect for the first time.
    Connect,
    /// Its connection is established.
    Opened,
    /// Its connection, or the attempt to make one, ended with this close code.
    Lost(u16),
    /// The time it asked for has come.
    Tick,
}

/// What it does about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// It begins a connection.
    pub dial: bool,
    /// It lets go of the one it had.
    pub let_go: bool,
    /// When it wants to hear that time has passed.
    pub wake: Option<Millis>,
}

/// A socket that comes back.
pub trait Client {
    /// One piece of news.
    fn hear(&mut self, now: Millis, news: News) -> Wish;
}

/// Shared, so that a million sockets do not hold a million empty texts.
static NOTHING: LazyLock<Text> = LazyLock::new(|| "".into());

/// The core itself. Its payload is empty: clients of the herd send no messages.
pub struct Ours(Machine<()>);

impl Ours {
    /// A socket with this configuration; the seed is all the chance it will have.
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
        // Refused is only what the application does wrong, and there is none.
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
