//! Replays traces.

use super::read::{TraceError, TraceStep, parse};
use super::write::{LineWriter, digits};
use crate::core::{CloseInfo, Diagnosis, Effect, Error, Event, Fate, Instant, Machine};
use alloc::string::String;

/// Returns the trace with the effects of each input below it, indented: `-` if there are none, and the timer if
/// it changed. Effects that the text had are replaced, so a correct transcript is returned unchanged.
pub fn replay(text: &str) -> Result<String, TraceError> {
    let trace = parse(text)?;
    let broken = |_| TraceError { line: 0, rule: "the configuration is invalid" };
    let mut machine = Machine::new(trace.config, trace.seed).map_err(broken)?;
    let mut out = String::with_capacity(2 * text.len());
    let mut timer = None;
    let mut steps = trace.steps.iter().peekable();
    for (at, line) in text.lines().enumerate() {
        if line.starts_with([' ', '\t']) {
            continue;
        }
        out.push_str(line);
        out.push('\n');
        let Some(step) = steps.next_if(|step| step.line == at + 1) else { continue };
        let before = out.len();
        if let Err(error) = machine.handle(step.at, step.input.clone()) {
            out.push_str("   refused");
            LineWriter(&mut out).word(refusal(error));
            out.push('\n');
        }
        let most = steps.peek().and_then(|next: &&TraceStep| next.polls);
        let mut polls = 0;
        while most.is_none_or(|most| polls < most)
            && let Some(effect) = machine.poll()
        {
            out.push_str("  ");
            write_effect(&mut out, &effect, machine.close_info());
            polls += 1;
        }
        if most.is_none() {
            write_timer(&mut out, &mut timer, machine.deadline());
        }
        if out.len() == before {
            out.push_str("   -\n");
        }
    }
    Ok(out)
}

fn write_timer(out: &mut String, timer: &mut Option<Instant>, deadline: Option<Instant>) {
    if *timer == deadline {
        return;
    }
    *timer = deadline;
    out.push_str("   timer ");
    match deadline {
        Some(at) => digits(out, at.as_millis()),
        None => out.push_str("none"),
    }
    out.push('\n');
}

fn write_effect(out: &mut String, effect: &Effect<u64>, close_info: &CloseInfo) {
    let mut line = LineWriter(out);
    match effect {
        Effect::Dial(attempt) => line.word("dial").number(*attempt),
        Effect::Gate(attempt) => line.word("gate").number(*attempt),
        Effect::Transmit(attempt, payload) => {
            line.word("transmit").number(*attempt).word("message").number(*payload)
        }
        Effect::Ping(attempt) => line.word("ping").number(*attempt),
        Effect::Sample(attempt) => line.word("sample").number(*attempt),
        Effect::Hangup { attempt, code, reason } => {
            line.word("hangup").number(*attempt);
            match code {
                Some(code) => line.number(*code).text(reason),
                None => line.word("none").text(reason),
            }
        }
        Effect::Abandon(attempt) => line.word("abandon").number(*attempt),
        Effect::Ask(attempt) => line.word("ask").number(*attempt).close_info(close_info),
        Effect::Fate(ticket, _, fate) => line.word("fate").number(ticket.0).word(match fate {
            Fate::HandedOver => "handed-over",
            Fate::Discarded(why) => why.as_str(),
        }),
        Effect::Flushed(before) => line.word("flushed").number(before.0),
        Effect::FlushFailed(lost) => line.word("flush-failed").number(lost.ticket.0).word(lost.why.as_str()),
        Effect::Failure(Diagnosis { phase, took, cause }) => {
            line.word("failure").word(phase.as_str()).number(*took).word(cause.as_str())
        }
        Effect::Fire(event) => write_event(line.word("fire"), event, close_info),
    };
    out.push('\n');
}

fn write_event<'a, 'b>(
    line: &'a mut LineWriter<'b>,
    event: &Event<u64>,
    close_info: &CloseInfo,
) -> &'a mut LineWriter<'b> {
    match event {
        Event::Open(attempt) => line.word("open").number(*attempt),
        Event::Error => line.word("error"),
        Event::Close => line.word("close").close_info(close_info),
        Event::Reconnecting { attempt, delay, in_doubt } => {
            line.word("reconnecting").number(*attempt).word("in").number(*delay).close_info(close_info);
            line.field("in-doubt", *in_doubt)
        }
        Event::Drain => line.word("drain"),
        Event::Discard(ticket, payload, why) => {
            line.word("discard").number(ticket.0).word("message").number(*payload).word(why.as_str())
        }
    }
}

const fn refusal(error: Error) -> &'static str {
    match error {
        Error::StillConnecting => "still-connecting",
        Error::CloseCode(_) => "close-code",
        Error::ReasonTooLong(_) => "reason-too-long",
        Error::ProtocolToken(_) => "protocol-token",
        Error::ProtocolRepeated(_) => "protocol-repeated",
        Error::QueueBytes => "queue-bytes",
        Error::QueueCount => "queue-count",
        Error::TooLarge => "too-large",
        Error::NoLifetime => "no-lifetime",
        Error::NotQueued(_) => "not-queued",
        Error::NotOpen => "not-open",
        Error::AlreadyConnected => "already-connected",
        Error::Ended => "ended",
        Error::NotSteady => "not-steady",
    }
}
