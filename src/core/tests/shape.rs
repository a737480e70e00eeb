//! What makes two machines the same: everything that can show in the future, with moments counted
//! from now and messages from the oldest, so that an endless life has finitely many shapes.
//!
//! Left out, because they only count: statistics, the numbers of attempts, tickets and sessions,
//! bytes never sent, the random state (no configuration explored draws a range), texts. Bounded,
//! because more can make no difference: ages beyond what any rule looks back to.

use super::world::World;
use crate::core::ReadyState;
use crate::core::machine::Machine;
use crate::core::phase::{Hangup, Liveness, NextStep, Phase};
use crate::core::steady_state::SteadyState;
use crate::core::time::{Instant, Millis};
use crate::core::waking::LATE;
use std::fmt::Write;

/// Returns the relevant state as text. `grain`: the resolution of the rate limiter's level.
pub(super) fn shape(world: &World, grain: Millis) -> String {
    // No `..`: a new field must be decided about here.
    let Machine {
        steady,
        phase,
        close_info,
        now,
        attempt,
        effects,
        flow,
        flushes,
        next_ticket: _,
        never_sent: _,
        stats: _,
    } = &world.machine;
    assert!(effects.is_empty(), "shapes are taken when there is nothing to do");
    let stable = steady.as_ref().map_or(0, |steady| steady.rules.retry.stable_after);
    let mut text = String::with_capacity(1_000);
    let phase = relative_phase(*phase, *now, stable);
    let left = flow.left();
    let flow = flow.clone().normal(*now, world.machine.is_connected());
    let _ = write!(text, "{phase:?}|{flow:?}|{}", *attempt > 0);
    if matches!(phase, Phase::Asking { .. } | Phase::Waiting { .. }) {
        let _ = write!(text, "|{close_info:?}");
    }
    if let Some(steady) = steady {
        let coming = world.machine.ready_state() < ReadyState::Closing;
        keep(&mut text, steady, &phase, *now, coming.then_some(grain));
    }
    for watch in flushes.pending() {
        // What it still waits for: messages, or a strict socket's bytes.
        let left = if steady.is_some() { flushes.left } else { left };
        let _ = write!(text, "|w{}", watch.mark.saturating_sub(left));
    }
    let World { machine: _, line, account, asked, closed, .. } = world;
    // Whether it was dialled and announced shows in the phase, as long as it matters.
    let line = line.as_ref().map(|line| (line.opened, line.gate_shut, line.hung_up, line.abandoned));
    let _ = write!(text, "|{line:?}{asked}{closed}{}-{}", account.native, account.fruitless);
    relative(&text, *now)
}

/// The steady half. `grain`: `None` if no connection can come any more.
fn keep(text: &mut String, steady: &SteadyState<u64>, phase: &Phase, now: Instant, grain: Option<Millis>) {
    let SteadyState {
        rules,
        outbox,
        in_flight,
        backoff,
        rate_limiter,
        offline,
        stowed,
        woken,
        session,
        progress,
        has_sample,
    } = steady;
    assert!(!has_sample, "a sample is still to be used");
    if matches!(phase, Phase::Closing { .. } | Phase::Ending { .. } | Phase::Dropping { .. }) {
        // Elsewhere it follows from the phase, or nothing will be diagnosed any more.
        let _ = write!(text, "|{:?}{:?}", progress.phase, progress.cause);
    }
    let backoff = backoff.clone().normal(rules.retry.attempts.is_none());
    let _ = write!(text, "|{backoff:?}|{offline}{stowed}");
    if let Some(grain) = grain {
        let doubtful = matches!(phase, Phase::Open { .. } | Phase::Ending { .. } | Phase::Dropping { .. });
        let woken = woken.filter(|at| doubtful && now.since(*at) <= LATE);
        let _ = write!(text, "|{:?}{woken:?}", rate_limiter.clone().normal(now, grain));
    }
    let mut number = 0;
    for entry in outbox.entries() {
        number += 1;
        let expires = entry.expires.map(|at| at.max(now));
        let _ = write!(text, "|q{number}:{:?}:{expires:?}", entry.size);
        let _ = write!(text, ":{}", entry.is_stale(*session));
    }
    for (size, entry) in in_flight.entries() {
        let told = entry
            .map(|entry| (entry.is_replaced, entry.expires.map(|at| at.max(now)), entry.is_stale(*session)));
        let _ = write!(text, "|f{size}:{told:?}");
    }
}

fn relative_phase(phase: Phase, now: Instant, stable: u64) -> Phase {
    let age = |at: Instant| Instant::from_millis(now.as_millis() - now.since(at).min(stable));
    match phase {
        Phase::Open { since, gate, liveness } => {
            let liveness = match liveness {
                Liveness::Pinged { at: _, deadline, forgiven } => {
                    Liveness::Pinged { at: now, deadline, forgiven }
                }
                other => other,
            };
            Phase::Open { since: age(since), gate, liveness }
        }
        Phase::Closing { hangup, .. } => {
            assert_ne!(hangup, Hangup::Due, "hung up before all is still");
            phase
        }
        Phase::Dropping { then: NextStep::Finish, opened: _ } => {
            Phase::Dropping { then: NextStep::Finish, opened: None }
        }
        Phase::Dropping { then, opened } => Phase::Dropping { then, opened: opened.map(age) },
        Phase::Ending { failed, opened, deadline } => {
            Phase::Ending { failed, opened: opened.map(age), deadline }
        }
        Phase::Waiting { until, floor } => Phase::Waiting { until, floor: floor.max(now) },
        other => other,
    }
}

/// Rewrites every `Instant(n)` as its distance from now.
fn relative(text: &str, now: Instant) -> String {
    let mut parts = text.split("Instant(");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_once(')').expect("derived Debug");
        let at: i64 = digits.parse().expect("milliseconds");
        let _ = write!(out, "{:+}", at - now.as_millis() as i64);
        out.push_str(rest);
    }
    out
}
