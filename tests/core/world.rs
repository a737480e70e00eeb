//! The world around a machine: an independent account of its effects, and the rules that hold after every input.
//! Shared by the exploration, the fuzz targets and the property tests, so it uses the public interface only.

use super::account::Account;
use super::api::*;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The connection as a shell sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub attempt: Attempt,
    pub dialed: bool,
    pub opened: bool,
    pub announced: bool,
    pub gate_shut: bool,
    pub hung_up: bool,
    pub abandoned: bool,
}

#[derive(Clone)]
pub struct World {
    pub machine: Machine<u64>,
    pub steady: bool,
    pub gated: bool,
    pub now: Instant,
    pub line: Option<Line>,
    pub account: Account,
    pub asked: bool,
    pub stowed: bool,
    /// The limits of the pending flushes, in the order of their requests.
    pub flushes: Vec<u64>,
    /// How the current attempt failed: reported before its consequences.
    pub failure: Option<Diagnosis>,
    pub closed: bool,
    /// An `Error` was emitted, and only `Close` may follow.
    failed: bool,
    /// Whether the machine was under pressure when it was last polled.
    pressed: bool,
    /// How the last connection ended, or the arguments of `close()`.
    pub ending: Option<CloseInfo>,
}

/// A broken rule, and its circumstances.
pub type Broken = String;

/// Fails with the rule and its circumstances unless it holds.
pub fn rule(holds: bool, what: impl FnOnce() -> Broken) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(what()) }
}

/// How many inputs all worlds together have handled.
static STEPS: AtomicU64 = AtomicU64::new(0);

/// With `STEADY_FAIL_FAST` set, the first failure ends the whole run, and so do ten seconds without progress: mutants
/// fail quickly.
pub fn fail_fast() {
    static ASKED: Once = Once::new();
    if std::env::var_os("STEADY_FAIL_FAST").is_some() {
        ASKED.call_once(|| {
            std::panic::set_hook(Box::new(|why| {
                println!("{why}");
                std::process::exit(101);
            }));
            std::thread::spawn(end_a_standstill);
        });
    }
}

#[expect(clippy::disallowed_methods, reason = "a thread of its own may sleep")]
fn end_a_standstill() {
    let (mut seen, mut naps) = (0, 0);
    // Counted in sleeps, not by the clock: a stopped process could not make progress.
    while naps < 100 {
        std::thread::sleep(Duration::from_millis(100));
        let steps = STEPS.load(Relaxed);
        naps = if steps == seen { naps + 1 } else { 0 };
        seen = steps;
    }
    println!("no world has moved for ten seconds");
    std::process::exit(101);
}

impl World {
    pub fn new(config: Config, seed: u64) -> Self {
        fail_fast();
        let steady = config.steady.is_some();
        let gated = config.steady.as_ref().is_some_and(|steady| steady.gated);
        Self {
            machine: Machine::new(config, seed).expect("a configuration that makes sense"),
            steady,
            gated,
            now: Instant::default(),
            line: None,
            account: Account::default(),
            asked: false,
            stowed: false,
            flushes: Vec::new(),
            failure: None,
            closed: false,
            failed: false,
            pressed: false,
            ending: None,
        }
    }

    /// Handles one input and everything that follows from it, and checks every rule.
    pub fn step(&mut self, now: Instant, input: Input<u64>) -> Result<Vec<Effect<u64>>, Broken> {
        self.step_replying(now, input, |_, _| None)
    }

    /// The same, with inputs handled between two effects, as by a shell that answers immediately.
    pub fn step_replying(
        &mut self,
        now: Instant,
        input: Input<u64>,
        mut reply: impl FnMut(&Self, &Effect<u64>) -> Option<Input<u64>>,
    ) -> Result<Vec<Effect<u64>>, Broken> {
        STEPS.fetch_add(1, Relaxed);
        self.now = self.now.max(now);
        let before = self.machine.ready_state();
        let outcome = self.machine.handle(now, input.clone());
        if outcome.is_err() {
            let quiet = self.drain(before, &mut |_, _| None)?;
            // Time alone may still have let messages expire.
            let only_time = |effect: &Effect<u64>| {
                matches!(
                    effect,
                    Effect::Fire(Event::Discard(_, _, Why::Expired) | Event::Drain)
                        | Effect::Flushed(_)
                        | Effect::FlushFailed(LostMessage { why: Why::Expired, .. })
                )
            };
            rule(quiet.iter().all(only_time), || format!("{outcome:?} for {input:?}, and yet {quiet:?}"))?;
            return Ok(quiet);
        }
        self.note(before, &input);
        let effects = self.drain(before, &mut reply)?;
        self.quiescent()?;
        Ok(effects)
    }

    fn drain(
        &mut self,
        before: ReadyState,
        reply: &mut impl FnMut(&Self, &Effect<u64>) -> Option<Input<u64>>,
    ) -> Result<Vec<Effect<u64>>, Broken> {
        let mut effects = Vec::new();
        let mut in_doubt = 0;
        loop {
            self.pressed = self.machine.is_pressed();
            let Some(effect) = self.machine.poll() else { break };
            if let Effect::Fire(Event::Discard(_, _, Why::InDoubt)) = effect {
                in_doubt += 1;
            }
            self.see(&effect).map_err(|broken| format!("{broken}: {effect:?} with {:?}", self.account))?;
            if let Effect::Fire(Event::Reconnecting { in_doubt: told, .. }) = effect {
                // With a retry rule, the messages in doubt were reported when it was asked.
                rule(told == in_doubt || in_doubt == 0, || format!("{told} in doubt, {in_doubt} told"))?;
            }
            if let Some(input) = reply(self, &effect) {
                let before = self.machine.ready_state();
                if self.machine.handle(self.now, input.clone()).is_ok() {
                    self.note(before, &input);
                }
            }
            effects.push(effect);
            rule(effects.len() < 1_000_000, || "no end of effects".into())?;
        }
        self.forward(before)?;
        Ok(effects)
    }

    fn forward(&self, before: ReadyState) -> Result<(), Broken> {
        let after = self.machine.ready_state();
        let back = self.steady && before == ReadyState::Open && after == ReadyState::Connecting;
        rule(after >= before || back, || format!("ready state went from {before:?} to {after:?}"))
    }

    /// Records what the input itself says about the world.
    fn note(&mut self, before: ReadyState, input: &Input<u64>) {
        let current = self.machine.attempt();
        let is_line = |line: &Line, attempt: &Attempt| line.attempt == *attempt;
        match input {
            Input::Send(message) => {
                if before >= ReadyState::Closing {
                    self.account.never_sent += message.size;
                    self.account.refused_late(self.steady);
                } else {
                    self.account.accepted(message, self.now);
                }
            }
            Input::SendDirect(_, message) => self.account.aside(message),
            Input::Close { code, reason } if self.ended_without_a_connection(before) => {
                let code = code.unwrap_or(1005);
                self.ending = Some(CloseInfo { code, reason: reason.clone(), was_clean: true });
            }
            Input::Terminate if self.ended_without_a_connection(before) => {
                self.ending = Some(CloseInfo { code: 1005, reason: "".into(), was_clean: true });
            }
            Input::Flush => self.flushes.push(self.account.next),
            Input::NewSession => self.account.session += 1,
            Input::Opened(attempt) => {
                let gated = self.gated;
                if before == ReadyState::Connecting
                    && let Some(line) = self.line.as_mut().filter(|line| is_line(line, attempt))
                    && self.machine.ready_state() == ReadyState::Open
                {
                    (line.opened, line.announced, line.gate_shut) = (true, !self.steady, gated);
                }
            }
            // What failed was begun.
            Input::Dialed(attempt) | Input::Failed(attempt) => {
                if let Some(line) = self.line.as_mut().filter(|line| is_line(line, attempt)) {
                    line.dialed = true;
                }
            }
            Input::NotDialed(attempt, _) => {
                let refused = |line: &Line| {
                    is_line(line, attempt) && !line.dialed && !line.opened && !line.hung_up && !line.abandoned
                };
                if before == ReadyState::Connecting && self.line.take_if(|line| refused(line)).is_some() {
                    self.account.cut(0, false, self.steady);
                    self.ending = Some(CloseInfo { code: 1006, reason: "".into(), was_clean: false });
                }
            }
            Input::Announced(attempt) => {
                if let Some(line) = self.line.as_mut().filter(|line| is_line(line, attempt)) {
                    line.announced = true;
                }
            }
            Input::Gate(attempt, true) => {
                if let Some(line) = self.line.as_mut().filter(|line| is_line(line, attempt)) {
                    line.gate_shut = false;
                }
            }
            Input::Closed { attempt, close_info, unsent } if *attempt == current => {
                if let Some(line) = self.line.take() {
                    let ours = line.hung_up
                        && line.opened
                        && !line.abandoned
                        && close_info.was_clean
                        && *unsent == 0;
                    // An abandoned connection may go on sending, and old samples prove nothing.
                    let known = !self.steady || !line.abandoned && !self.account.stale;
                    self.account.cut(if known { *unsent } else { 0 }, ours, self.steady);
                    if before != ReadyState::Closed || !self.steady {
                        self.ending = Some(close_info.clone());
                    }
                }
            }
            Input::Buffered(attempt, amount) if self.samples(*attempt) => {
                self.account.sampled(*amount, self.now)
            }
            Input::Page(Page::Frozen) if self.steady && self.account.native > 0 => {
                (self.account.stale, self.account.fresh) = (true, None);
            }
            Input::Page(Page::Visible | Page::Resumed | Page::ClockJumped | Page::Online) => {
                self.account.fresh = Some(self.now.after(50));
            }
            Input::Page(Page::Stowed) => self.stowed = true,
            Input::Page(Page::Shown) => {
                self.stowed = false;
                self.account.fresh = Some(self.now.after(50));
            }
            _ => {}
        }
        if matches!(input, Input::Decide(attempt, _) if *attempt == current)
            || matches!(input, Input::Close { .. } | Input::Terminate | Input::GiveUp | Input::Reconnect)
        {
            self.asked = false;
        }
    }

    fn samples(&self, attempt: Attempt) -> bool {
        self.line.as_ref().is_some_and(|line| line.opened && !line.abandoned && line.attempt == attempt)
    }

    fn ended_without_a_connection(&self, before: ReadyState) -> bool {
        before < ReadyState::Closing && self.machine.ready_state() == ReadyState::Closed
    }

    fn usable(&self, attempt: Attempt) -> Result<&Line, Broken> {
        let line = self.line.as_ref().filter(|line| line.attempt == attempt && !line.abandoned);
        line.ok_or_else(|| "for a connection that does not exist".into())
    }

    fn see(&mut self, effect: &Effect<u64>) -> Result<(), Broken> {
        match effect {
            Effect::Dial(attempt) => {
                rule(self.line.as_ref().is_none_or(|line| line.abandoned), || "two connections".into())?;
                rule(!self.closed, || "dialled after the end".into())?;
                rule(!(self.stowed && self.steady && *attempt > 1), || "dialled while stowed".into())?;
                rule(*attempt == self.machine.attempt(), || "not the present attempt".into())?;
                self.failure = None;
                self.line = Some(Line {
                    attempt: *attempt,
                    dialed: false,
                    opened: false,
                    announced: false,
                    gate_shut: false,
                    hung_up: false,
                    abandoned: false,
                });
            }
            Effect::Gate(attempt) => rule(self.usable(*attempt)?.announced, || "gate, not announced".into())?,
            Effect::Transmit(attempt, payload) => {
                let line = self.usable(*attempt)?;
                rule(line.opened && !line.hung_up, || "transmitted while not open".into())?;
                let aside = self.account.transmitted(*payload, self.now, self.steady)?;
                let shut = self.line.as_ref().is_some_and(|line| line.gate_shut);
                rule(aside || !shut, || "transmitted past the gate".into())?;
                let early = self.line.as_ref().is_some_and(|line| !line.announced);
                let closing = self.machine.ready_state() >= ReadyState::Closing;
                rule(aside || closing || !early, || "transmitted before `open` was told".into())?;
            }
            Effect::Ping(attempt) => {
                let line = self.usable(*attempt)?;
                rule(line.announced && !line.gate_shut && !line.hung_up, || "ping out of place".into())?;
            }
            Effect::Sample(attempt) => rule(self.usable(*attempt)?.opened, || "sample, not open".into())?,
            Effect::Hangup { attempt, .. } => {
                rule(!self.usable(*attempt)?.hung_up, || "hung up twice".into())?;
                self.line.as_mut().expect("just seen").hung_up = true;
            }
            Effect::Abandon(attempt) => {
                self.usable(*attempt)?;
                self.line.as_mut().expect("just seen").abandoned = true;
            }
            Effect::Ask(attempt) => {
                rule(self.line.is_none() && *attempt == self.machine.attempt(), || "asked early".into())?;
                rule(self.ending.as_ref() == Some(self.machine.close_info()), || {
                    "asked about another end".into()
                })?;
                rule(self.failure.is_some(), || "asked, and no failure reported".into())?;
                self.asked = true;
            }
            Effect::Fate(ticket, payload, fate) => {
                rule(*payload == ticket.0, || "another's payload".into())?;
                rule(self.steady, || "a strict socket tells no fates".into())?;
                self.account.fate(*ticket, *fate, self.now)?;
            }
            Effect::Flushed(before) => {
                rule(self.flushes.contains(&before.0), || "nobody asked".into())?;
                self.flushes.retain(|limit| *limit > before.0);
                rule(self.steady <= self.account.is_settled_below(before.0), || "too early".into())?;
            }
            Effect::FlushFailed(lost @ LostMessage { ticket, why, .. }) => {
                let before = self.flushes.len();
                self.flushes.retain(|limit| *limit <= ticket.0);
                rule(self.flushes.len() < before, || "nobody waited for it".into())?;
                rule(!self.steady || self.account.was_discarded(*ticket, *why), || "it was not".into())?;
                let last = self.machine.last_lost();
                let is_known = last.is_some_and(|last| last == *lost || last.number > lost.number);
                rule(is_known, || "lost, and not known".into())?;
            }
            Effect::Failure(failure) => {
                rule(self.steady && self.failure.is_none(), || "a second failure".into())?;
                rule(self.line.is_none(), || "of what?".into())?;
                rule(self.ending.as_ref() == Some(self.machine.close_info()), || "another end".into())?;
                self.failure = Some(*failure);
            }
            Effect::Fire(event) => self.hear(event)?,
        }
        Ok(())
    }

    fn hear(&mut self, event: &Event<u64>) -> Result<(), Broken> {
        rule(!self.closed, || "fired after close".into())?;
        rule(!self.failed || matches!(event, Event::Close) || !self.steady, || {
            "fired between error and close".into()
        })?;
        match event {
            Event::Open(attempt) => rule(self.usable(*attempt)?.opened, || "open, and is not".into())?,
            Event::Error => {
                rule(!self.failed, || "a second error".into())?;
                self.failed = true;
            }
            Event::Close => {
                let close_info = self.machine.close_info();
                self.closed = true;
                rule(self.line.as_ref().is_none_or(|line| line.abandoned), || "a connection left".into())?;
                rule(self.flushes.is_empty(), || format!("flushes forgotten: {:?}", self.flushes))?;
                rule(!self.steady || close_info.was_clean || self.failure.is_some(), || {
                    "no failure reported".into()
                })?;
                rule(self.ending.as_ref() == Some(close_info), || {
                    format!("invented, not {:?}", self.ending)
                })?;
                if self.steady {
                    rule(self.failed != close_info.was_clean, || "error, or not, before the close".into())?;
                    rule(self.account.is_settled(), || format!("messages forgotten {:?}", self.account))?;
                }
            }
            Event::Reconnecting { attempt, .. } => {
                rule(self.steady && self.line.is_none(), || "not lost".into())?;
                rule(*attempt == self.machine.attempt() + 1, || "the next is another".into())?;
                rule(self.failure.is_some(), || "no failure reported".into())?;
                rule(self.ending.as_ref() == Some(self.machine.close_info()), || "another end".into())?;
            }
            Event::Drain => rule(self.pressed, || "was not under pressure".into())?,
            Event::Discard(ticket, payload, why) => {
                rule(self.flushes.iter().all(|limit| *limit <= ticket.0), || "a flush did not fail".into())?;
                self.account.discarded(*ticket, *payload, *why, self.now)?;
            }
        }
        Ok(())
    }

    /// Rules that hold when there is nothing left to do.
    pub fn quiescent(&mut self) -> Result<(), Broken> {
        let machine = &mut self.machine;
        let deadline = machine.deadline();
        let state = machine.ready_state();
        rule((state == ReadyState::Closed && self.steady) <= self.closed, || {
            "closed, and said nothing".into()
        })?;
        let account = &mut self.account;
        let waits = |limit: &u64| !self.steady || !account.is_settled_below(*limit);
        rule(self.flushes.iter().all(waits), || format!("not told: {:?}", self.flushes))?;
        let connected = self.line.as_ref().is_some_and(|line| !line.abandoned);
        rule(connected || account.flying() == 0 || self.line.is_some(), || "in flight on nothing".into())?;
        let queued = if self.steady { account.queued() } else { (0, 0) };
        rule(machine.queued() == queued, || format!("{:?} queued, not {queued:?}", machine.queued()))?;
        let native = if self.line.is_some() { account.native } else { 0 };
        let expected = queued.1 + native + account.never_sent;
        let said = machine.buffered_amount(native);
        rule(said == expected, || format!("bufferedAmount is {said}, not {expected}"))?;
        rule(!self.closed || deadline.is_none(), || "a timer after the end".into())?;
        let waits_for_us = self.closed
            || machine.attempt() == 0
            || self.asked
            || self.stowed && self.line.is_none()
            || self
                .line
                .as_ref()
                .is_some_and(|line| line.abandoned || !self.steady || state == ReadyState::Open);
        rule(waits_for_us || deadline.is_some(), || "stuck".into())?;
        account.tidy();
        Ok(())
    }
}
