//! Reads traces. Any text gives a trace, or the line and the rule it breaks.

use super::words::Word;
use crate::core::{
    CloseInfo, Config, Decision, HeartbeatConfig, Input, Instant, OutgoingMessage, Page, SteadyConfig, Ticket,
};
use alloc::{string::String, vec::Vec};

/// An invalid trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceError {
    /// The line, counted from 1; 0 if no line is to blame.
    pub line: usize,
    /// What must hold.
    pub rule: &'static str,
}

/// One input of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceStep {
    /// Its line, counted from 1.
    pub line: usize,
    /// When it occurred.
    pub at: Instant,
    /// How many polls after the previous input; `None`: after all its effects.
    pub polls: Option<u32>,
    /// The input. A payload is its message's number, counted from 0.
    pub input: Input<u64>,
}

/// A parsed trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The machine's configuration.
    pub config: Config,
    /// Its seed.
    pub seed: u64,
    /// The inputs, in order.
    pub steps: Vec<TraceStep>,
}

/// Reads a trace.
pub fn parse(text: &str) -> Result<Trace, TraceError> {
    let mut trace: Option<Trace> = None;
    let mut messages = 0;
    for (at, text) in text.lines().enumerate() {
        let line = at + 1;
        if text.is_empty() || text.starts_with(['#', ' ', '\t']) {
            continue;
        }
        let mut words = Words { rest: text };
        let outcome = match &mut trace {
            None => words.config().map(|(config, seed)| {
                trace = Some(Trace { config, seed, steps: Vec::new() });
            }),
            Some(trace) => words.step(line, &mut messages).map(|step| trace.steps.push(step)),
        };
        outcome.and_then(|()| words.end()).map_err(|rule| TraceError { line, rule })?;
    }
    trace.ok_or(TraceError { line: 0, rule: "a trace must begin with a line `socket`" })
}

type Rule = &'static str;
type Parsed<T> = Result<T, Rule>;

const NUMBER: Rule = "expected a number in range";
const WORD: Rule = "unknown word";

struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    /// The next bare word.
    fn word(&mut self) -> Parsed<&'a str> {
        let rest = self.rest.trim_start_matches(' ');
        let end = rest.find(' ').unwrap_or(rest.len());
        let (word, rest) = rest.split_at_checked(end).ok_or(WORD)?;
        self.rest = rest;
        if word.is_empty() { Err("the line is incomplete") } else { Ok(word) }
    }

    fn number<T: TryFrom<u64>>(&mut self) -> Parsed<T> {
        number(self.word()?)
    }

    /// The next text in quotes.
    fn text(&mut self) -> Parsed<String> {
        let open = self.rest.trim_start_matches(' ').strip_prefix('"');
        let mut letters = open.ok_or("expected a text in quotes")?.chars();
        let mut text = String::new();
        loop {
            match letters.next().ok_or("the closing quote is missing")? {
                '"' => break,
                '\\' => text.push(match letters.next() {
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some(plain @ ('"' | '\\')) => plain,
                    _ => return Err("a backslash must be followed by n, r, \" or \\"),
                }),
                plain => text.push(plain),
            }
        }
        self.rest = letters.as_str();
        Ok(text)
    }

    fn end(&self) -> Parsed<()> {
        if self.rest.trim_matches(' ').is_empty() {
            Ok(())
        } else {
            Err("unexpected text at the end of the line")
        }
    }

    fn is_over(&self) -> bool {
        self.end().is_ok()
    }

    fn config(&mut self) -> Parsed<(Config, u64)> {
        if self.word()? != "socket" {
            return Err("a trace must begin with a line `socket`");
        }
        let mut config = Config::default();
        let mut steady = match self.word()? {
            "strict" => None,
            "steady" => Some(SteadyConfig::default()),
            _ => return Err("expected `strict` or `steady`"),
        };
        let mut seed = 0;
        while !self.is_over() {
            let field = self.word()?;
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            match (name, &mut steady) {
                ("seed", _) => seed = number(value)?,
                ("high", _) => config.flow.high = number(value)?,
                ("low", _) => config.flow.low = number(value)?,
                (_, Some(steady)) => steady_field(steady, name, value)?,
                (_, None) => return Err("unknown field of a strict socket"),
            }
        }
        config.steady = steady;
        config.check().map_err(|error| error.rule)?;
        Ok((config, seed))
    }

    fn step(&mut self, line: usize, messages: &mut u64) -> Parsed<TraceStep> {
        let time = self.word()?;
        let (at, polls) = match time.split_once('+') {
            Some((at, polls)) => (at, Some(number(polls)?)),
            None => (time, None),
        };
        let at = Instant::from_millis(number(at)?);
        Ok(TraceStep { line, at, polls, input: self.input(messages)? })
    }

    fn input(&mut self, messages: &mut u64) -> Parsed<Input<u64>> {
        Ok(match self.word()? {
            "connect" => Input::Connect,
            "send" => Input::Send(self.message(messages)?),
            "send-direct" => Input::SendDirect(self.number()?, self.message(messages)?),
            "cancel" => Input::Cancel(Ticket(self.number()?)),
            "close" if self.is_over() => Input::Close { code: None, reason: "".into() },
            "close" => {
                let word = self.word()?;
                let code = if word == "none" { None } else { Some(number(word)?) };
                Input::Close { code, reason: self.text()? }
            }
            "terminate" => Input::Terminate,
            "reconnect" => Input::Reconnect,
            "give-up" => Input::GiveUp,
            "new-session" => Input::NewSession,
            "flush" => Input::Flush,
            "decide" => Input::Decide(self.number()?, self.decision()?),
            "gate" => Input::Gate(self.number()?, self.either("open", "shut")?),
            "dialed" => Input::Dialed(self.number()?),
            "not-dialed" => Input::NotDialed(self.number()?, Word::of(self.word()?).ok_or(WORD)?),
            "opened" => Input::Opened(self.number()?),
            "announced" => Input::Announced(self.number()?),
            "received" => {
                let (attempt, size) = (self.number()?, self.number()?);
                let pong = !self.is_over();
                if pong && self.word()? != "pong" {
                    return Err(WORD);
                }
                Input::Received { attempt, size, pong }
            }
            "peer-closing" => Input::PeerClosing(self.number()?),
            "failed" => Input::Failed(self.number()?),
            "closed" => {
                let attempt = self.number()?;
                let (code, reason) = (self.number()?, self.text()?);
                let was_clean = self.either("clean", "unclean")?;
                Input::Closed {
                    attempt,
                    close_info: CloseInfo { code, reason, was_clean },
                    unsent: self.number()?,
                }
            }
            "buffered" => Input::Buffered(self.number()?, self.number()?),
            "page" => Input::Page(Page::of(self.word()?).ok_or(WORD)?),
            "tick" => Input::Tick,
            _ => return Err("unknown input"),
        })
    }

    fn either(&mut self, yes: &str, no: &str) -> Parsed<bool> {
        let word = self.word()?;
        if word == yes || word == no { Ok(word == yes) } else { Err(WORD) }
    }

    fn decision(&mut self) -> Parsed<Decision> {
        match self.word()? {
            "after" => Ok(Decision::After(self.number()?)),
            word => Decision::of(word).ok_or(WORD),
        }
    }

    fn message(&mut self, messages: &mut u64) -> Parsed<OutgoingMessage<u64>> {
        let mut message = OutgoingMessage::new(*messages, self.number()?);
        *messages += 1;
        while !self.is_over() {
            let word = self.word()?;
            match word.split_once('=').unwrap_or((word, "")) {
                ("session", "") => message.session_bound = true,
                ("lifetime", span) => message.lifetime = Some(number(span)?),
                ("replaces", ticket) => message.replaces = Some(Ticket(number(ticket)?)),
                _ => return Err("unknown option of a message"),
            }
        }
        Ok(message)
    }
}

fn number<T: TryFrom<u64>>(word: &str) -> Parsed<T> {
    // Only digits, so that writing a trace again gives the same text.
    if !word.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NUMBER);
    }
    word.parse::<u64>().ok().and_then(|number| T::try_from(number).ok()).ok_or(NUMBER)
}

fn steady_field(steady: &mut SteadyConfig, name: &str, value: &str) -> Parsed<()> {
    let (retry, queue) = (&mut steady.retry, &mut steady.queue);
    match name {
        "connect-timeout" => steady.connect_timeout = number(value)?,
        "close-timeout" => steady.close_timeout = number(value)?,
        "jitter" => retry.jitter = Word::of(value).ok_or(WORD)?,
        "first" => retry.first = number(value)?,
        "growth" => retry.growth = number(value)?,
        "floor" => retry.floor = number(value)?,
        "ceiling" => retry.ceiling = number(value)?,
        "attempts" => retry.attempts = Some(number(value)?),
        "stable-after" => retry.stable_after = number(value)?,
        "restart-floor" => retry.restart_floor = number(value)?,
        "busy-floor" => retry.busy_floor = number(value)?,
        "max-bytes" => queue.max_bytes = number(value)?,
        "max-count" => queue.max_count = number(value)?,
        "overflow" => queue.overflow = Word::of(value).ok_or(WORD)?,
        "lifetime" => queue.lifetime = Some(number(value)?),
        "interval" => heartbeat_mut(steady).interval = number(value)?,
        "timeout" => heartbeat_mut(steady).timeout = number(value)?,
        "gated" if value.is_empty() => steady.gated = true,
        "asks" if value.is_empty() => steady.asks = true,
        _ => return Err("unknown field of a steady socket"),
    }
    Ok(())
}

/// Returns the heartbeat options; if one field is missing, it is ten seconds.
fn heartbeat_mut(steady: &mut SteadyConfig) -> &mut HeartbeatConfig {
    steady.heartbeat.get_or_insert(HeartbeatConfig { interval: 10_000, timeout: 10_000 })
}
