//! Writes traces.

use super::words::Word;
use crate::core::{CloseInfo, Config, Decision, Input, Instant, OutgoingMessage, Text};
use alloc::string::String;

/// Appends the parts of a line, each after a space.
pub(super) struct LineWriter<'a>(pub(super) &'a mut String);

impl LineWriter<'_> {
    pub(super) fn word(&mut self, word: &str) -> &mut Self {
        self.0.push(' ');
        self.0.push_str(word);
        self
    }

    pub(super) fn number(&mut self, number: impl Into<u64>) -> &mut Self {
        self.0.push(' ');
        digits(self.0, number.into());
        self
    }

    pub(super) fn field(&mut self, name: &str, number: impl Into<u64>) -> &mut Self {
        self.word(name).0.push('=');
        digits(self.0, number.into());
        self
    }

    fn chosen(&mut self, name: &str, word: &str) -> &mut Self {
        self.word(name).0.push('=');
        self.0.push_str(word);
        self
    }

    pub(super) fn text(&mut self, text: &impl Text) -> &mut Self {
        self.0.push(' ');
        quoted(self.0, text);
        self
    }

    fn flag(&mut self, name: &str, set: bool) -> &mut Self {
        if set { self.word(name) } else { self }
    }

    pub(super) fn close_info(&mut self, close_info: &CloseInfo<impl Text>) -> &mut Self {
        let clean = if close_info.was_clean { "clean" } else { "unclean" };
        self.number(close_info.code).text(&close_info.reason).word(clean)
    }

    fn message<P>(&mut self, message: &OutgoingMessage<P>) -> &mut Self {
        self.number(message.size);
        if let Some(ticket) = message.replaces {
            self.field("replaces", ticket.0);
        }
        if let Some(span) = message.lifetime {
            self.field("lifetime", span);
        }
        self.flag("session", message.session_bound)
    }
}

pub(super) fn digits(out: &mut String, number: u64) {
    if number >= 10 {
        digits(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

fn quoted(out: &mut String, text: &impl Text) {
    let mut plain = String::new();
    text.write_to(&mut plain);
    out.push('"');
    for letter in plain.chars() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '"' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
}

/// Writes the first line of a trace: the configuration and the seed.
pub fn write_config(out: &mut String, config: &Config, seed: u64) {
    out.push_str("socket");
    let mut line = LineWriter(out);
    line.word(if config.steady.is_some() { "steady" } else { "strict" }).field("seed", seed);
    line.field("high", config.flow.high).field("low", config.flow.low);
    if let Some(steady) = &config.steady {
        line.field("connect-timeout", steady.connect_timeout).field("close-timeout", steady.close_timeout);
        let retry = &steady.retry;
        line.chosen("jitter", retry.jitter.word()).field("first", retry.first).field("growth", retry.growth);
        line.field("floor", retry.floor).field("ceiling", retry.ceiling);
        if let Some(attempts) = retry.attempts {
            line.field("attempts", attempts);
        }
        line.field("stable-after", retry.stable_after);
        line.field("restart-floor", retry.restart_floor).field("busy-floor", retry.busy_floor);
        let queue = &steady.queue;
        line.field("max-bytes", queue.max_bytes).field("max-count", queue.max_count);
        line.chosen("overflow", queue.overflow.word());
        if let Some(span) = queue.lifetime {
            line.field("lifetime", span);
        }
        if let Some(heartbeat) = &steady.heartbeat {
            line.field("interval", heartbeat.interval).field("timeout", heartbeat.timeout);
        }
        line.flag("gated", steady.gated).flag("asks", steady.asks);
    }
    out.push('\n');
}

/// Writes one input. Payloads are not written: a replay numbers the messages.
pub fn write_input<P>(out: &mut String, now: Instant, polls: Option<u32>, input: &Input<P, impl Text>) {
    digits(out, now.as_millis());
    if let Some(polls) = polls {
        out.push('+');
        digits(out, polls.into());
    }
    let mut line = LineWriter(out);
    match input {
        Input::Connect => line.word("connect"),
        Input::Send(message) => line.word("send").message(message),
        Input::SendDirect(attempt, message) => line.word("send-direct").number(*attempt).message(message),
        Input::Cancel(ticket) => line.word("cancel").number(ticket.0),
        Input::Close { code: None, reason } if reason.bytes() == 0 => line.word("close"),
        Input::Close { code: None, reason } => line.word("close").word("none").text(reason),
        Input::Close { code: Some(code), reason } => line.word("close").number(*code).text(reason),
        Input::Terminate => line.word("terminate"),
        Input::Reconnect => line.word("reconnect"),
        Input::GiveUp => line.word("give-up"),
        Input::NewSession => line.word("new-session"),
        Input::Flush => line.word("flush"),
        Input::Decide(attempt, Decision::After(span)) => {
            line.word("decide").number(*attempt).word("after").number(*span)
        }
        Input::Decide(attempt, other) => line.word("decide").number(*attempt).word(other.word()),
        Input::Gate(attempt, opens) => {
            line.word("gate").number(*attempt).word(if *opens { "open" } else { "shut" })
        }
        Input::Dialed(attempt) => line.word("dialed").number(*attempt),
        Input::NotDialed(attempt, why) => line.word("not-dialed").number(*attempt).word(why.word()),
        Input::Opened(attempt) => line.word("opened").number(*attempt),
        Input::Announced(attempt) => line.word("announced").number(*attempt),
        Input::Received { attempt, size, pong } => {
            line.word("received").number(*attempt).number(*size).flag("pong", *pong)
        }
        Input::PeerClosing(attempt) => line.word("peer-closing").number(*attempt),
        Input::Failed(attempt) => line.word("failed").number(*attempt),
        Input::Closed { attempt, close_info, unsent } => {
            line.word("closed").number(*attempt).close_info(close_info).number(*unsent)
        }
        Input::Buffered(attempt, amount) => line.word("buffered").number(*attempt).number(*amount),
        Input::Page(page) => line.word("page").word(page.word()),
        Input::Tick => line.word("tick"),
    };
    out.push('\n');
}

/// Records a trace: call [`input`](Self::input) before each input is handled and [`polled`](Self::polled) after
/// each poll.
#[derive(Clone, Debug)]
pub struct Recorder {
    text: String,
    polls: u32,
    drained: bool,
}

impl Recorder {
    /// Returns a recorder with the configuration written.
    pub fn new(config: &Config, seed: u64) -> Self {
        let mut text = String::new();
        write_config(&mut text, config, seed);
        Self { text, polls: 0, drained: true }
    }

    /// Records an input.
    pub fn input<P>(&mut self, now: Instant, input: &Input<P, impl Text>) {
        let polls = if self.drained { None } else { Some(self.polls) };
        write_input(&mut self.text, now, polls, input);
        (self.polls, self.drained) = (0, false);
    }

    /// Records a poll; `some`: whether it returned an effect.
    pub const fn polled(&mut self, some: bool) {
        self.polls += 1;
        self.drained = !some;
    }

    /// Returns the trace so far.
    pub fn text(&self) -> &str {
        &self.text
    }
}
