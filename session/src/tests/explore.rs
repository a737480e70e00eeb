//! Explores everything that can happen in a small world, breadth first, to closure.

use super::world::{Budget, Checked, Node, SMALL, Step, World, rule};
use crate::{ClientInput, ServerInput};
use std::collections::HashSet;
use std::format;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::string::String;
use std::vec::Vec;
use std::{panic, println};

/// Two independent 64-bit hashes: a collision among millions of states is practically impossible.
fn fingerprint(whole: &impl Hash) -> u128 {
    let hash = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        whole.hash(&mut hasher);
        hasher.finish()
    };
    u128::from(hash(1)) << 64 | u128::from(hash(2))
}

struct Explorer {
    seen: HashSet<u128>,
    /// How each state was reached: the previous state, and the step.
    trail: Vec<(Option<usize>, Step)>,
    steps: u64,
}

/// What a world may have that is explored for each mutant.
const SMALL_WORLD: usize = 50_000;

/// Explores; panics with the steps to the first broken rule.
pub(super) fn explore(name: &str, budget: Budget, most: usize) {
    if super::fail_fast() && most > SMALL_WORLD {
        return;
    }
    let world = World::new(budget, SMALL, |_| 1);
    let mut explorer = Explorer { seen: HashSet::from([fingerprint(&world)]), trail: Vec::new(), steps: 0 };
    let mut level = std::vec![(world, None)];
    while !level.is_empty() {
        let mut next = Vec::new();
        for (world, path) in level {
            explorer.leave(name, &world, path, &mut next);
        }
        assert!(explorer.seen.len() <= most, "{name}: no closure within {most} states");
        level = next;
    }
    println!("{name:<28} {:>7} states {:>9} steps, closed", explorer.seen.len(), explorer.steps);
}

impl Explorer {
    fn leave(
        &mut self,
        name: &str,
        world: &World,
        path: Option<usize>,
        next: &mut Vec<(World, Option<usize>)>,
    ) {
        for step in world.steps() {
            self.steps += 1;
            let mut after = world.clone();
            if let Err(broken) = after.take(step) {
                self.fail(name, world, path, Some(step), &broken);
            }
            if self.seen.insert(fingerprint(&after)) {
                self.trail.push((path, step));
                next.push((after, Some(self.trail.len() - 1)));
            }
        }
        if let Err(broken) = stays_still(world) {
            self.fail(name, world, path, None, &broken);
        }
        let mut quiet = world.clone();
        if let Err(broken) = quiet.comes_to_rest() {
            self.fail(name, &quiet, path, None, &format!("on a quiet link: {broken}"));
        }
    }

    fn fail(
        &self,
        name: &str,
        world: &World,
        mut path: Option<usize>,
        last: Option<Step>,
        broken: &str,
    ) -> ! {
        let mut way: Vec<String> = last.iter().map(|step| format!("{step:?}")).collect();
        while let Some((before, step)) = path.and_then(|at| self.trail.get(at)) {
            way.push(format!("{step:?}"));
            path = *before;
        }
        way.reverse();
        panic!("{name}: {broken}\n  {}\nin {world:?}", way.join("\n  "));
    }
}

/// Inputs that must change nothing: those of other connections, and refused ones.
fn stays_still(world: &World) -> Checked {
    let stale = [0, world.dialed + 1];
    let exact = fingerprint(&world.client);
    for on in stale {
        for input in [
            ClientInput::Ready(on),
            ClientInput::Message(on, 1),
            ClientInput::Control(on, "\u{10}A9 9 9".into()),
            ClientInput::Disconnected(on, 4500),
        ] {
            let mut client = world.client.clone();
            let _ = client.handle(0, input.clone());
            rule(client.poll().is_none() && fingerprint(&client) == exact, || {
                format!("{input:?} changed the client")
            })?;
        }
    }
    for input in
        [ClientInput::Drop(0), ClientInput::Handled(0), ClientInput::Drop(99), ClientInput::Handled(99)]
    {
        let mut client = world.client.clone();
        let refused = client.handle(0, input.clone()).is_err();
        rule(refused && fingerprint(&client) == exact, || format!("{input:?} was not refused"))?;
    }
    for Node { machine, .. } in world.nodes.iter().flatten() {
        let exact = fingerprint(machine);
        for on in stale {
            for input in [
                ServerInput::Message(on, 1),
                ServerInput::Control(on, "\u{10}A9 9 9".into()),
                ServerInput::Disconnected(on, 4500),
            ] {
                let mut server = machine.clone();
                let _ = server.handle(0, input.clone());
                rule(server.poll().is_none() && fingerprint(&server) == exact, || {
                    format!("{input:?} changed a server")
                })?;
            }
        }
        for input in
            [ServerInput::Drop(0), ServerInput::Handled(0), ServerInput::Drop(99), ServerInput::Handled(99)]
        {
            let mut server = machine.clone();
            let refused = server.handle(0, input.clone()).is_err();
            rule(refused && fingerprint(&server) == exact, || format!("{input:?} was not refused"))?;
        }
    }
    Ok(())
}
