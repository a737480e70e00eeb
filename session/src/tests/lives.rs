//! The pair of machines driven at random: long lives, real sizes, many faults.

use super::world::{Budget, Step, World};
use crate::Config;
use proptest::prelude::*;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// Mostly small, sometimes larger than the window.
fn size(payload: u32) -> u64 {
    let random = Random(payload.into()).next();
    match random % 16 {
        0 => random % 400_000 + 1,
        1..4 => random % 20_000 + 1,
        _ => random % 1_024 + 1,
    }
}

/// Whether it causes a fault: rare among many steps that do not.
fn breaks(step: Step, world: &World) -> bool {
    match step {
        Step::CutAtClient(_)
        | Step::CutAtServer(_)
        | Step::Crash(_)
        | Step::LoseTail
        | Step::ClientCloses
        | Step::ServerCloses(_) => true,
        Step::ClientTicks => !world.client.is_live(),
        Step::ServerTicks(node) => world.nodes[node].as_ref().is_some_and(|node| !node.machine.is_live()),
        _ => false,
    }
}

fn live(seed: u64, budget: Budget) -> Result<World, TestCaseError> {
    super::fail_fast();
    let mut random = Random(seed);
    let config = Config { window: 256 << 10, queue: 1 << 40, life: 120_000 };
    let mut world = World::new(budget, config, size);
    for number in 0..4_000 {
        let steps = world.steps();
        if steps.is_empty() {
            break;
        }
        let step = steps[random.below(steps.len())];
        if breaks(step, &world) && random.below(40) > 0 {
            continue;
        }
        world
            .take(step)
            .map_err(|broken| TestCaseError::fail(std::format!("{number}: {step:?}: {broken}")))?;
    }
    world.comes_to_rest().map_err(TestCaseError::fail)?;
    Ok(world)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_message_is_handled_once_and_in_order(
        seed: u64, cuts in 0..60u32, crashes in 0..12u32, nodes in 1..3usize, drops in 0..20u32, transactional: bool,
    ) {
        let budget = Budget {
            client_sends: 400, server_sends: 400, drops, cuts, crashes, nodes, transactional, ..Budget::default()
        };
        live(seed, budget)?;
    }

    #[test]
    fn every_end_is_told_with_every_fate(
        seed: u64, cuts in 0..20u32, crashes in 0..4u32, nodes in 1..3usize, expiries in 0..3u32, closes in 0..3u32,
    ) {
        let budget = Budget {
            client_sends: 200, server_sends: 200, cuts, crashes, nodes, expiries, closes, endings: true, transactional: true,
            ..Budget::default()
        };
        live(seed, budget)?;
    }

    #[test]
    fn a_lost_tail_doubles_nothing(seed: u64, cuts in 0..20u32, crashes in 0..4u32, nodes in 1..3usize, tails in 1..4u32) {
        let budget = Budget {
            client_sends: 200, server_sends: 200, cuts, crashes, nodes, tails, transactional: true, ..Budget::default()
        };
        live(seed, budget)?;
    }
}

/// Without faults, and with many: the lives must be long enough to be meaningful.
#[test]
fn lives_are_long() {
    let calm =
        Budget { client_sends: 400, server_sends: 400, nodes: 1, transactional: true, ..Budget::default() };
    let wild = Budget { cuts: 60, crashes: 12, nodes: 2, drops: 20, ..calm.clone() };
    for (name, budget) in [("calm", calm), ("wild", wild)] {
        let (mut handled, mut resumed) = (0, 0);
        for seed in 0..32 {
            let world = live(seed, budget.clone()).unwrap();
            handled += world.effects.len() + world.client_payloads.len();
            resumed += world.dialed - 1;
        }
        std::println!("{name}: {handled} messages handled in 32 lives, {resumed} further connections");
        assert!(handled > 32 * 500, "{name}: {handled}");
        assert!((resumed > 32 * 10) == (name == "wild"), "{name}: {resumed}");
    }
}
