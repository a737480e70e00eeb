//! Everything that can happen to a world, legal or not.

use super::account::{ASIDE, Place};
use super::world::World;
use crate::core::*;

/// What one exploration may use.
pub(super) struct Alphabet {
    pub(super) name: &'static str,
    pub(super) config: Config,
    /// Sizes of messages sent.
    pub(super) sizes: &'static [u64],
    /// Messages queued or in flight at once: the bound that makes the exploration finite.
    pub(super) in_play: usize,
    pub(super) replaces: bool,
    pub(super) lifetime: Option<Millis>,
    pub(super) session: bool,
    pub(super) aside: bool,
    pub(super) pages: bool,
    pub(super) watch: bool,
    /// Samples say all, nothing, or also something between.
    pub(super) partial: bool,
    pub(super) codes: &'static [u16],
    /// The resolution of the rate limiter's level, in milliseconds.
    pub(super) grain: Millis,
}

/// At most this many samples in a row show nothing to have left: else the moments of samples, which
/// grow rarer, would stand in too many relations to every other deadline.
pub(super) const FRUITLESS: u32 = 2;

pub(super) type Step = (Instant, Input<u64>);

fn close_info(code: u16, was_clean: bool) -> CloseInfo {
    CloseInfo { code, reason: "".into(), was_clean }
}

impl Alphabet {
    /// Every input that may change something, from this world.
    pub(super) fn inputs(&self, world: &mut World) -> Vec<Step> {
        let deadline = world.machine.deadline();
        let now = world.now;
        let mut steps: Vec<Step> = vec![(now, Input::Tick)];
        if let Some(at) = deadline {
            steps.push((at, Input::Tick));
            if self.config.steady.as_ref().is_some_and(|steady| steady.heartbeat.is_some()) {
                steps.push((at.after(1_001), Input::Tick));
            }
        }
        let mut all: Vec<Input<u64>> = vec![Input::Connect, Input::Terminate];
        self.messages(world, &mut all);
        for (code, reason) in [(None, ""), (Some(1000), ""), (Some(4000), "x"), (Some(999), "")] {
            all.push(Input::Close { code, reason: reason.into() });
        }
        if self.watch && world.flushes.len() < 3 {
            all.push(Input::Flush);
        }
        if self.config.steady.is_some() {
            all.extend([Input::Reconnect, Input::GiveUp]);
        }
        self.connection(world, world.machine.attempt(), &mut all);
        if self.pages {
            use Page::*;
            let pages = [Online, Offline, Hidden, Visible, Frozen, Resumed, Stowed, Shown, ClockJumped];
            all.extend(pages.map(Input::Page));
        }
        steps.extend(all.into_iter().map(|input| (now, input)));
        steps
    }

    fn messages(&self, world: &World, all: &mut Vec<Input<u64>>) {
        let ticket = world.machine.next_ticket().0;
        let with_ticket = world.account.kept.iter().filter(|kept| kept.ticket.is_some());
        // A strict machine does not keep what it handed over: there, the bytes are bounded.
        let room = world.steady || world.account.native < 4;
        if with_ticket.count() < self.in_play && room {
            for size in self.sizes {
                let plain = OutgoingMessage::new(ticket, *size);
                all.push(Input::Send(plain.clone()));
                if self.replaces {
                    let kept = world.account.kept.iter().filter_map(|kept| kept.ticket).chain([u64::MAX]);
                    all.extend(kept.map(|older| {
                        Input::Send(OutgoingMessage { replaces: Some(Ticket(older)), ..plain.clone() })
                    }));
                }
                if self.lifetime.is_some() {
                    all.push(Input::Send(OutgoingMessage { lifetime: self.lifetime, ..plain.clone() }));
                }
                if self.session {
                    all.push(Input::Send(OutgoingMessage { session_bound: true, ..plain.clone() }));
                }
            }
        }
        if room && self.aside && world.account.kept.iter().all(|kept| kept.ticket.is_some()) {
            let aside = OutgoingMessage::new(ASIDE, 1);
            all.push(Input::SendDirect(world.machine.attempt(), aside));
        }
        all.push(Input::Send(OutgoingMessage { lifetime: Some(0), ..OutgoingMessage::new(ticket, 1) }));
        all.extend(world.account.queue().into_iter().map(|ticket| Input::Cancel(Ticket(ticket))));
        let flying = world.account.kept.iter().find(|kept| kept.place == Place::Flying);
        all.extend(flying.and_then(|kept| kept.ticket).map(|ticket| Input::Cancel(Ticket(ticket))));
        all.push(Input::Cancel(Ticket(u64::MAX)));
        if self.session {
            all.push(Input::NewSession);
        }
    }

    /// The inputs about a connection, whether or not it is the current one.
    pub(super) fn connection(&self, world: &World, attempt: Attempt, all: &mut Vec<Input<u64>>) {
        all.extend([Input::Dialed(attempt), Input::Opened(attempt), Input::Announced(attempt)]);
        use NotDialed::*;
        all.extend([Provider, Forbidden, ForbiddenForGood].map(|why| Input::NotDialed(attempt, why)));
        all.extend([false, true].map(|pong| Input::Received { attempt, size: 1, pong }));
        all.extend([Input::PeerClosing(attempt), Input::Failed(attempt)]);
        let native = world.account.native;
        let mut amounts = vec![0, native];
        if self.partial {
            amounts.push(1);
        }
        amounts.retain(|amount| *amount <= native);
        amounts.sort_unstable();
        amounts.dedup();
        for unsent in amounts {
            // Something between gives a rate, and rates give too many different moments: strict only.
            let between = unsent > 0 && unsent < native;
            let idle = unsent == native && native > 0 && world.account.fruitless >= FRUITLESS;
            let too_many = idle || between && world.steady;
            if !too_many {
                all.push(Input::Buffered(attempt, unsent));
            }
            for code in self.codes {
                let clean = *code == 1000 || *code >= 3000;
                all.push(Input::Closed { attempt, close_info: close_info(*code, clean), unsent });
            }
        }
        if let Some(steady) = &self.config.steady {
            if steady.gated {
                all.extend([true, false].map(|opens| Input::Gate(attempt, opens)));
            }
            if steady.asks {
                let answers = [Decision::Usual, Decision::Stop, Decision::Again, Decision::After(1_500)];
                all.extend(answers.map(|answer| Input::Decide(attempt, answer)));
            }
        }
    }
}
