//! The browser's socket, the network and the server around one machine, and their faults.

use std::collections::{BTreeMap, VecDeque};

use steady_websocket::core::{
    Attempt, CloseInfo, Config, Effect, Error, Event, Fate, Input, Instant, Machine, OutgoingMessage, Page,
    ReadyState,
};

use crate::calendar::Millis;
use crate::ledger::Ledger;
use crate::line::{Line, ended, unsent};

/// A condition of the network and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// No fault.
    Clear,
    /// Connections are refused.
    Down,
    /// Connections are never answered.
    Deaf,
    /// Connections end as soon as they are made.
    DropsAtOnce,
    /// What is sent is lost, and nothing comes back.
    Swallows,
    /// What is sent leaves slowly.
    Slow,
}

/// The payload of a heartbeat.
const PING: u64 = u64::MAX;

/// One machine and its surroundings.
pub struct Network {
    /// The virtual time.
    pub now: Millis,
    machine: Machine<u64>,
    sizes: BTreeMap<u64, u64>,
    line: Option<Line>,
    weather: (Weather, Millis),
    /// Scheduled inputs and page events.
    coming: BTreeMap<(Millis, u64), Input<u64>>,
    count: u64,
    asleep: Option<Millis>,
    ledger: Ledger,
    closed: bool,
}

impl Network {
    /// Creates a world before the first connection.
    pub fn new(config: Config, seed: u64) -> Result<Self, String> {
        Ok(Self {
            now: 0,
            machine: Machine::new(config, seed).map_err(|error| format!("{error:?}"))?,
            sizes: BTreeMap::new(),
            line: None,
            weather: (Weather::Clear, 0),
            coming: BTreeMap::new(),
            count: 0,
            asleep: None,
            ledger: Ledger::default(),
            closed: false,
        })
    }

    /// Returns the number of the next message.
    pub const fn next_ticket(&self) -> u64 {
        self.ledger.next()
    }

    /// Returns whether the page runs.
    pub const fn is_awake(&self) -> bool {
        self.asleep.is_none()
    }

    /// Connected, with nothing on its way.
    pub fn is_calm(&self) -> bool {
        let idle = self.line.as_ref().is_some_and(|line| line.open && line.buffer.is_empty());
        idle && self.machine.queued().0 == 0 && self.machine.ready_state() == ReadyState::Open
    }

    /// How much the machine has to say about itself, containers' contents included.
    pub fn description(&self) -> usize {
        format!("{:?}", self.machine).len()
    }

    /// Connections it has made.
    pub const fn connections(&self) -> u32 {
        self.machine.stats().connections
    }

    /// `send`: an error is its refusal.
    pub fn send(&mut self, message: OutgoingMessage<u64>) -> Result<Option<Error>, String> {
        let (id, size) = (message.payload, message.size);
        self.drain()?;
        if let Err(error) = self.machine.handle(Instant::from_millis(self.now), Input::Send(message)) {
            self.carry_out()?;
            return Ok(Some(error));
        }
        self.ledger.accepted();
        self.sizes.insert(id, size);
        self.carry_out()?;
        Ok(None)
    }

    /// One input and everything that follows from it.
    pub fn hear(&mut self, input: Input<u64>) -> Result<(), String> {
        self.drain()?;
        let outcome = self.machine.handle(Instant::from_millis(self.now), input);
        outcome.map_err(|error| format!("refused at {} ms: {error:?}", self.now))?;
        self.carry_out()
    }

    /// Lets time pass, with all that happens in it.
    pub fn run_until(&mut self, end: Millis) -> Result<(), String> {
        loop {
            let timer = self.machine.deadline().map_or(u64::MAX, Instant::as_millis).max(self.now);
            let coming = self.coming.first_key_value().map_or(u64::MAX, |((at, _), _)| *at).max(self.now);
            let next = timer.min(coming).max(self.asleep.unwrap_or(0));
            if next > end {
                self.now = self.now.max(end);
                return Ok(());
            }
            self.now = next;
            if self.asleep.take().is_some() {
                // The clock is looked at before the timers that are late.
                self.hear(Input::Page(Page::ClockJumped))?;
            } else if coming <= timer
                && let Some((_, input)) = self.coming.pop_first()
            {
                self.arrive(input)?;
            } else {
                self.hear(Input::Tick)?;
            }
        }
    }

    fn arrive(&mut self, input: Input<u64>) -> Result<(), String> {
        match &input {
            Input::Opened(attempt) => {
                let drops = self.mood() == Weather::DropsAtOnce;
                let Some(line) = self.line.as_mut().filter(|line| line.attempt == *attempt) else {
                    return Ok(());
                };
                (line.open, line.since) = (true, self.now);
                self.hear(input)?;
                if drops { self.cut(1006) } else { Ok(()) }
            }
            Input::Closed { attempt, close_info, .. } => {
                if self.line.as_ref().is_some_and(|line| line.attempt == *attempt) {
                    let code = close_info.code;
                    return self.cut(code);
                }
                Ok(())
            }
            _ => self.hear(input),
        }
    }

    /// The connection, or the attempt, ends with this code.
    pub fn cut(&mut self, code: u16) -> Result<(), String> {
        self.drain()?;
        let Some(line) = self.line.take() else { return Ok(()) };
        let end = ended(&line, code);
        if let Some(wake) = self.asleep {
            // The events wait for the page to run.
            self.line = Some(Line { open: false, ..line });
            self.plan(wake, end);
            return Ok(());
        }
        self.hear(end)
    }

    /// For so long it is like this.
    pub fn weather(&mut self, weather: Weather, span: Millis) {
        self.weather = (weather, self.now + span);
    }

    fn mood(&self) -> Weather {
        if self.now < self.weather.1 { self.weather.0 } else { Weather::Clear }
    }

    /// Something befalls the page, and is over later.
    pub fn page_for(&mut self, begin: Page, end: Page, span: Millis) -> Result<(), String> {
        self.plan(self.now + span, Input::Page(end));
        if self.is_awake() { self.hear(Input::Page(begin)) } else { Ok(()) }
    }

    /// The machine under the page sleeps: no timer runs and no event comes, until it wakes.
    pub fn sleep(&mut self, span: Millis) -> Result<(), String> {
        self.drain()?;
        self.asleep = Some(self.asleep.unwrap_or(0).max(self.now + span));
        Ok(())
    }

    /// The weather clears and the page is awake, online and shown.
    pub fn clear(&mut self) -> Result<(), String> {
        self.weather = (Weather::Clear, 0);
        self.run_until(self.now.max(self.asleep.unwrap_or(0)))?;
        self.hear(Input::Page(Page::Online))?;
        self.hear(Input::Page(Page::Shown))
    }

    /// The books, once the socket is closed.
    pub fn balance(&self) -> Result<(u64, u64, u64, u64), String> {
        if self.closed { self.ledger.balance() } else { Err("it did not close".into()) }
    }

    fn plan(&mut self, at: Millis, input: Input<u64>) {
        self.count += 1;
        self.coming.insert((at, self.count), input);
    }

    /// Bytes that left are gone; a network that drops packets does not report it.
    fn drain(&mut self) -> Result<(), String> {
        let mood = self.mood();
        let per_milli = if mood == Weather::Slow { 2 } else { 5_000 };
        let Some(line) = self.line.as_mut().filter(|line| line.open) else { return Ok(()) };
        let mut room = (self.now - line.since) * per_milli + line.gone;
        (line.since, line.gone) = (self.now, 0);
        while let Some((id, size)) = line.buffer.front().copied() {
            if size > room {
                line.gone = room;
                break;
            }
            room -= size;
            line.buffer.pop_front();
            if id == PING {
                continue;
            }
            self.sizes.remove(&id);
            if mood == Weather::Swallows { self.ledger.swallowed(id)? } else { self.ledger.delivered(id)? }
        }
        Ok(())
    }

    fn carry_out(&mut self) -> Result<(), String> {
        while let Some(effect) = self.machine.poll() {
            if self.closed {
                return Err(format!("after the end: {effect:?}"));
            }
            let answer = match effect {
                Effect::Dial(attempt) => Some(self.dial(attempt)?),
                Effect::Transmit(_, id) => {
                    let size = self.sizes.get(&id).copied().unwrap_or(10);
                    let line = self.line.as_mut().ok_or("transmitted on nothing")?;
                    line.buffer.push_back((id, size));
                    None
                }
                Effect::Sample(attempt) => {
                    let line = self.line.as_ref().ok_or("sampled nothing")?;
                    Some(Input::Buffered(attempt, unsent(line)))
                }
                Effect::Ping(attempt) => {
                    if self.mood() != Weather::Swallows {
                        self.plan(self.now + 50, Input::Received { attempt, size: 10, pong: true });
                    }
                    Some(Input::SendDirect(attempt, OutgoingMessage::new(PING, 10)))
                }
                Effect::Abandon(_) => {
                    let line = self.line.take().ok_or("abandoned nothing")?;
                    Some(ended(&line, 1006))
                }
                Effect::Hangup { attempt, .. } => {
                    let close_info = CloseInfo { code: 1000, reason: "".into(), was_clean: true };
                    self.plan(self.now + 10_000, Input::Closed { attempt, close_info, unsent: 0 });
                    None
                }
                Effect::Fate(ticket, _, fate) => {
                    self.ledger.fate(ticket.0, fate)?;
                    None
                }
                Effect::Fire(Event::Discard(ticket, _, why)) => {
                    self.ledger.fate(ticket.0, Fate::Discarded(why))?;
                    None
                }
                Effect::Fire(Event::Open(attempt)) => Some(Input::Announced(attempt)),
                Effect::Fire(Event::Close) => {
                    self.closed = true;
                    None
                }
                _ => None,
            };
            if let Some(answer) = answer {
                let outcome = self.machine.handle(Instant::from_millis(self.now), answer);
                outcome.map_err(|error| format!("an answer was refused: {error:?}"))?;
            }
        }
        Ok(())
    }

    fn dial(&mut self, attempt: Attempt) -> Result<Input<u64>, String> {
        if self.line.is_some() {
            return Err("two connections at a time".into());
        }
        let line = Line { attempt, open: false, buffer: VecDeque::new(), gone: 0, since: self.now };
        match self.mood() {
            Weather::Deaf => {}
            Weather::Down => self.plan(self.now + 20, ended(&line, 1006)),
            _ => self.plan(self.now + 80, Input::Opened(attempt)),
        }
        self.line = Some(line);
        Ok(Input::Dialed(attempt))
    }
}
