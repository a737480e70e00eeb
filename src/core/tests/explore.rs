//! Breadth first through everything a small world can become, to closure.

use super::alphabet::{Alphabet, FRUITLESS, Step};
use super::shape::shape;
use super::world::{Broken, World};
use crate::core::steady_state::SteadyState;
use crate::core::*;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter;

/// Two independent 64-bit hashes: among millions of states a collision is out of the question.
fn mark(shape: &str) -> u128 {
    let hash = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        shape.hash(&mut hasher);
        hasher.finish()
    };
    u128::from(hash(1)) << 64 | u128::from(hash(2))
}

/// How a shell answers what wants an answer at once.
#[derive(Clone, Copy, PartialEq)]
enum Reply {
    Later,
    AtOnce { lost: bool },
}

impl Reply {
    fn to(self, world: &World, effect: &Effect<u64>) -> Option<Input<u64>> {
        let Self::AtOnce { lost } = self else { return None };
        let amount = if lost { world.account.native } else { 0 };
        match effect {
            Effect::Sample(attempt) if world.account.fruitless < FRUITLESS => {
                Some(Input::Buffered(*attempt, amount))
            }
            Effect::Sample(attempt) => Some(Input::Buffered(*attempt, 0)),
            Effect::Abandon(attempt) => Some(ended(*attempt, 1006, amount)),
            Effect::Dial(attempt) if lost => Some(Input::NotDialed(*attempt, NotDialed::Provider)),
            Effect::Fire(Event::Open(attempt)) => Some(Input::Announced(*attempt)),
            Effect::Transmit(attempt, _) if lost => Some(Input::Failed(*attempt)),
            Effect::Ask(attempt) => {
                Some(Input::Decide(*attempt, if lost { Decision::Stop } else { Decision::Again }))
            }
            Effect::Gate(attempt) => Some(Input::Gate(*attempt, !lost)),
            _ => None,
        }
    }
}

fn ended(attempt: Attempt, code: u16, unsent: u64) -> Input<u64> {
    let close_info = CloseInfo { code, reason: "".into(), was_clean: code == 1000 };
    Input::Closed { attempt, close_info, unsent }
}

/// A world and how it came to be.
struct Node {
    world: World,
    path: Option<usize>,
}

#[derive(Default)]
struct Explorer {
    grain: Millis,
    seen: HashSet<u128>,
    /// For every state, how it was reached: the state before, and the input.
    trail: Vec<(Option<usize>, String)>,
    steps: u64,
}

/// Explores; panics with the whole way to the first broken rule.
pub(super) fn explore(alphabet: &Alphabet, most: usize) -> (usize, u64) {
    let mut world = World::new(alphabet.config.clone(), 0);
    world.now = Instant::from_millis(1_000_000);
    world.account.lifetime = alphabet.config.steady.as_ref().and_then(|steady| steady.queue.lifetime);
    let start = world.now;
    world.step(start, Input::Tick).expect("nothing happens");
    let mut explorer = Explorer { grain: alphabet.grain, ..Explorer::default() };
    explorer.seen.insert(mark(&shape(&world, alphabet.grain)));
    let mut level = vec![Node { world, path: None }];
    while !level.is_empty() {
        let mut next = Vec::new();
        for node in &mut level {
            explorer.leave(alphabet, node, &mut next);
        }
        assert!(explorer.seen.len() <= most, "{}: no closure within {most} states", alphabet.name);
        level = next;
    }
    println!("{:<28} {:>7} states {:>9} steps, closed", alphabet.name, explorer.seen.len(), explorer.steps);
    (explorer.seen.len(), explorer.steps)
}

impl Explorer {
    fn leave(&mut self, alphabet: &Alphabet, node: &mut Node, next: &mut Vec<Node>) {
        let here = shape(&node.world, alphabet.grain);
        self.check_still(alphabet, node, &here);
        self.check_credit(node);
        for step in alphabet.inputs(&mut node.world) {
            let effects = self.take(node, &step, Reply::Later, next);
            let wants = |effect: &Effect<u64>| {
                matches!(
                    effect,
                    Effect::Sample(_)
                        | Effect::Abandon(_)
                        | Effect::Dial(_)
                        | Effect::Ask(..)
                        | Effect::Gate(_)
                        | Effect::Transmit(..)
                        | Effect::Fire(Event::Open(_))
                )
            };
            if effects.iter().any(wants) {
                self.take(node, &step, Reply::AtOnce { lost: false }, next);
                self.take(node, &step, Reply::AtOnce { lost: true }, next);
            }
        }
        let mut world = node.world.clone();
        if let Err(broken) = comes_to_rest(&mut world) {
            self.fail(node, "left to an honest shell", &broken);
        }
    }

    /// One input on a copy of the world; what is new is kept.
    fn take(&mut self, node: &Node, step: &Step, reply: Reply, next: &mut Vec<Node>) -> Vec<Effect<u64>> {
        self.steps += 1;
        let mut world = node.world.clone();
        let (now, input) = step.clone();
        let effects = match world.step_replying(now, input, |world, effect| reply.to(world, effect)) {
            Ok(effects) => effects,
            Err(broken) => self.fail(node, &format!("{step:?}"), &broken),
        };
        if world.machine.deadline().is_some_and(|at| at < world.now) {
            self.fail(node, &format!("{step:?}"), "a deadline in the past");
        }
        if let Err(broken) = audit(&world) {
            self.fail(node, &format!("{step:?}"), &broken);
        }
        if self.seen.insert(mark(&shape(&world, self.grain))) {
            self.trail.push((node.path, format!("{:?} {:?} -> {effects:?}", step.0, step.1)));
            next.push(Node { world, path: Some(self.trail.len() - 1) });
        }
        effects
    }

    /// What must change nothing: stale and future attempts, refused input, a timer that is early.
    fn check_still(&mut self, alphabet: &Alphabet, node: &mut Node, here: &str) {
        let attempt = node.world.machine.attempt();
        let mut stale = Vec::new();
        for other in [attempt.wrapping_sub(1), attempt.wrapping_add(1)] {
            alphabet.connection(&node.world, other, &mut stale);
        }
        let exact = format!("{:?}", node.world.machine);
        for input in stale {
            self.steps += 1;
            let mut machine = node.world.machine.clone();
            let _ = machine.handle(node.world.now, input.clone());
            if format!("{machine:?}") != exact || machine.poll().is_some() {
                self.fail(node, &format!("{input:?}"), "a stale input changed something");
            }
        }
        for (now, input) in alphabet.inputs(&mut node.world) {
            let mut machine = node.world.machine.clone();
            if now == node.world.now && machine.handle(now, input.clone()).is_err() {
                self.steps += 1;
                if format!("{machine:?}") != exact || machine.poll().is_some() {
                    self.fail(node, &format!("{input:?}"), "was refused, and changed something");
                }
            }
        }
        if let Some(at) = node.world.machine.deadline()
            && at > node.world.now
        {
            self.steps += 1;
            let mut machine = node.world.machine.clone();
            let early = Instant::from_millis(at.as_millis() - 1);
            let _ = machine.handle(early, Input::Tick);
            if machine.poll().is_some() || machine.deadline() != Some(at) {
                self.fail(node, here, "an early timer did something");
            }
        }
    }

    /// What is sent on credit would only be transmitted, and it makes no difference if the machine is told later, or of many
    /// messages in one go.
    fn check_credit(&mut self, node: &Node) {
        let World { machine, now, steady, .. } = &node.world;
        let next = machine.next_ticket();
        let credit = machine.credit();
        let few = credit.min(4);
        let send = |machine: &mut Machine<u64>, size| {
            let message = OutgoingMessage::new(machine.next_ticket().0, size);
            let _ = machine.handle(*now, Input::Send(message));
            effects_of(machine)
        };
        for [first, second] in (0..few).flat_map(|first| (0..few - first).map(move |second| [first, second]))
        {
            self.steps += 1;
            let way = format!("{first} and {second} on a credit of {credit}");
            let mut each = machine.clone();
            let mut rest = credit;
            for size in [first, second] {
                rest -= size;
                let effects = send(&mut each, size);
                if !matches!(effects[..], [Effect::Transmit(..)]) || each.credit() != rest {
                    self.fail(node, &way, &format!("{effects:?}, and a credit of {}", each.credit()));
                }
            }
            // How much of the younger message has not left.
            for unsent in 0..second.max(1) {
                let mut machines = [each.clone(), machine.clone()];
                if unsent == 0 {
                    machines[1].spend(2, first + second);
                } else {
                    machines[1].spend(1, first);
                    send(&mut machines[1], second);
                }
                let [mut told, spent] = machines.each_mut().map(|machine| {
                    if *steady {
                        let _ = machine.handle(*now, Input::Buffered(machine.attempt(), unsent));
                    }
                    effects_of(machine)
                });
                told.retain(|effect| !matches!(effect, Effect::Fate(ticket, ..) if *ticket >= next));
                let states = machines.map(|machine| format!("{machine:?}"));
                if told != spent || states[0] != states[1] {
                    self.fail(node, &way, &format!("{told:?} and {spent:?},\n{}", states.join("\nand ")));
                }
            }
        }
    }

    fn fail(&self, node: &Node, last: &str, broken: &str) -> ! {
        let mut way = vec![last.to_owned()];
        let mut at = node.path;
        while let Some((before, step)) = at.and_then(|at| self.trail.get(at)) {
            way.push(step.clone());
            at = *before;
        }
        way.reverse();
        panic!("{broken}\n  {}\nin {}", way.join("\n  "), shape(&node.world, 1));
    }
}

fn effects_of(machine: &mut Machine<u64>) -> Vec<Effect<u64>> {
    iter::from_fn(|| machine.poll()).collect()
}

/// The private sums against what they sum up, and against the world's own account.
fn audit(world: &World) -> Result<(), Broken> {
    let Some(SteadyState { outbox, in_flight, .. }) = world.machine.steady.as_deref() else { return Ok(()) };
    let entries: Vec<_> = outbox.entries().collect();
    let bytes: u64 = entries.iter().map(|entry| entry.size).sum();
    let sent: u64 = in_flight.entries().map(|(size, _)| size).sum();
    let tickets: Vec<u64> = entries.iter().map(|entry| entry.ticket.0).collect();
    let soonest = entries.iter().filter_map(|entry| entry.expires).min();
    let connected = world.line.as_ref().is_some_and(|line| line.opened);
    for (holds, what) in [
        (outbox.count() == entries.len() as u64 && outbox.bytes() == bytes, "the outbox's sums"),
        (in_flight.bytes() == sent, "the in_flight's sum"),
        (tickets == world.account.queue(), "the outbox's order"),
        (entries.iter().all(|entry| !entry.is_replaced), "the outbox's replaced messages"),
        (outbox.clone().next_expiry() == soonest, "the outbox's expiries"),
        (connected || in_flight.is_empty(), "a in_flight on nothing"),
    ] {
        super::world::rule(holds, || format!("{what} are wrong"))?;
    }
    Ok(())
}

/// An honest shell answers what it owes and lets time pass: before long the socket is open, or over.
fn comes_to_rest(world: &mut World) -> Result<(), Broken> {
    if world.machine.attempt() == 0 {
        return Ok(());
    }
    world.step(world.now, Input::Page(Page::Shown))?;
    world.step(world.now, Input::Page(Page::Online))?;
    for _ in 0..40 {
        let attempt = world.machine.attempt();
        let now = world.now;
        if world.closed || world.machine.ready_state() == ReadyState::Open && world.machine.queued().0 == 0 {
            return Ok(());
        }
        if world.asked {
            world.step(now, Input::Decide(attempt, Decision::Again))?;
        } else if let Some(line) = world.line.clone() {
            let native = world.account.native;
            if line.abandoned
                || line.hung_up
                || world.machine.ready_state() != ReadyState::Open && line.opened
            {
                world.step(now, ended(attempt, 1006, native))?;
            } else if line.opened {
                world.step(now, Input::Announced(attempt))?;
                if world.machine.is_held_back() {
                    world.step(now, Input::Gate(attempt, true))?;
                }
                world.step(now, Input::Buffered(attempt, 0))?;
            } else {
                world.step(now, Input::Opened(attempt))?;
            }
            if world.line.as_ref() == Some(&line) && world.machine.ready_state() != ReadyState::Open {
                world.step(now, ended(attempt, 1006, native))?;
            }
        } else if let Some(at) = world.machine.deadline() {
            world.step(at, Input::Tick)?;
        }
    }
    Err("never comes to rest".into())
}
