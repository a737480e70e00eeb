//! When a steady socket retries: bounds from the documentation of `Retry`.

use super::api::*;
use super::world::World;
use proptest::prelude::*;

fn end(attempt: Attempt, code: u16) -> Input<u64> {
    Input::Closed { attempt, close_info: CloseInfo { code, reason: "".into(), was_clean: false }, unsent: 0 }
}

/// Returns the delay in the event, which must be that of the next attempt.
fn told(effects: &[Effect<u64>]) -> Option<Millis> {
    effects.iter().find_map(|effect| match effect {
        Effect::Fire(Event::Reconnecting { delay, .. }) => Some(*delay),
        _ => None,
    })
}

fn retry() -> impl Strategy<Value = Retry> {
    let jitter =
        prop_oneof![Just(Jitter::Full), Just(Jitter::Equal), Just(Jitter::Decorrelated), Just(Jitter::None)];
    (jitter, 1..20_000_u64, 100..400_u32, 0..5_000_u64, 20_000..200_000_u64).prop_map(
        |(jitter, first, growth, floor, ceiling)| Retry {
            jitter,
            first,
            growth,
            floor,
            ceiling,
            ..Retry::default()
        },
    )
}

/// Returns the delays before the second and the third attempt, from an end at which nothing had opened.
fn first_two(retry: &Retry, seed: u64) -> (Millis, Millis) {
    let steady = Some(SteadyConfig { retry: retry.clone(), ..SteadyConfig::default() });
    let mut world = World::new(Config { steady, ..Config::default() }, seed);
    let mut now = Instant::default();
    world.step(now, Input::Connect).unwrap();
    let one = told(&world.step(now, end(1, 1006)).unwrap()).expect("tried again");
    now = now.after(one);
    world.step(now, Input::Tick).unwrap();
    (one, told(&world.step(now, end(2, 1006)).unwrap()).expect("tried again"))
}

/// Jitter spreads attempts: many sockets together use all of the range that `Jitter` documents.
#[test]
fn jitter_spreads_over_its_whole_range() {
    let near = |value: Millis, end: Millis| value.abs_diff(end) <= end / 20;
    for (jitter, low, high) in [
        (Jitter::Full, 100, 1_000),
        (Jitter::Equal, 500, 1_000),
        (Jitter::Decorrelated, 1_000, 3_000),
        (Jitter::None, 1_000, 1_000),
    ] {
        let retry = Retry { jitter, first: 1_000, floor: 100, ceiling: 100_000, ..Retry::default() };
        let delays: Vec<_> = (0..400).map(|seed| first_two(&retry, seed)).collect();
        let ones = delays.iter().map(|(one, _)| *one);
        let (least, most) = (ones.clone().min().unwrap(), ones.max().unwrap());
        assert!(near(least, low) && near(most, high), "{jitter:?}: from {least} to {most}");
        // Decorrelated: each delay is up to three times the one before it.
        if jitter == Jitter::Decorrelated {
            let steepest = delays.iter().map(|(one, two)| 100 * two / one).max().unwrap();
            assert!((280..=300).contains(&steepest), "{steepest} %");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn delays_stay_within_the_ladder(retry in retry(), seed in any::<u64>()) {
        let config = Config {
            steady: Some(SteadyConfig { retry: retry.clone(), ..SteadyConfig::default() }),
            ..Config::default()
        };
        let mut world = World::new(config, seed);
        let mut now = Instant::from_millis(1_000_000);
        world.step(now, Input::Connect).unwrap();
        let (mut step, mut last) = (retry.first, 0);
        for attempt in 1..12 {
            let delay = told(&world.step(now, end(attempt, 1006)).unwrap()).expect("tried again");
            let (low, high) = match retry.jitter {
                Jitter::Full => (retry.floor.min(step), step),
                Jitter::Equal => (step / 2, step),
                Jitter::Decorrelated => (retry.first, (retry.first.max(last) * 3).min(retry.ceiling)),
                Jitter::None => (step, step),
            };
            // The rate limit may lengthen a delay to one second, and no further.
            prop_assert!(delay >= low.max(retry.floor), "{delay} < {low}");
            prop_assert!(delay <= high.max(retry.floor).max(1_000), "{delay} > {high}");
            last = delay;
            step = (step * u64::from(retry.growth)).div_ceil(100).min(retry.ceiling);
            let at = now.after(delay);
            prop_assert_eq!(world.machine.deadline(), Some(at));
            now = at;
            let effects = world.step(now, Input::Tick).unwrap();
            prop_assert!(effects.contains(&Effect::Dial(attempt + 1)));
        }
    }

    #[test]
    fn longer_after_1012_and_1013(seed in any::<u64>(), code in 1012..=1013_u16) {
        let mut world = World::new(Config::steady(), seed);
        world.step(Instant::from_millis(50), Input::Connect).unwrap();
        let delay = told(&world.step(Instant::from_millis(60), end(1, code)).unwrap()).expect("tried again");
        let floor = if code == 1012 { 5_000 } else { 30_000 };
        prop_assert!((floor..=2 * floor).contains(&delay), "{delay}");
        // Waking does not shorten it, not by a millisecond.
        let page = Input::Page(Page::Visible);
        prop_assert!(world.step(Instant::from_millis(59 + floor), page.clone()).unwrap().is_empty());
    }

    /// However it is provoked: never more than five dials, and one per second of the window.
    #[test]
    fn storms_are_capped(
        seed in any::<u64>(),
        acts in prop::collection::vec((0..1_500_u64, 0..7_u8), 200),
    ) {
        let mut config = Config::steady();
        let retry = &mut config.steady.as_mut().unwrap().retry;
        (retry.first, retry.ceiling, retry.floor) = (1, 1, 0);
        let mut world = World::new(config, seed);
        let mut now = Instant::from_millis(0);
        let mut dials: Vec<u64> = Vec::new();
        for (pause, act) in std::iter::once((0, 9)).chain(acts) {
            now = now.after(if act < 3 { 0 } else { pause });
            let attempt = world.machine.attempt();
            let inputs = match act {
                9 => vec![Input::Connect],
                0 => vec![Input::Reconnect, end(attempt, 1006), Input::Tick],
                1 => vec![end(attempt, 1006), Input::Page(Page::Visible)],
                2 => vec![Input::Page(Page::Stowed), end(attempt, 1006), Input::Page(Page::Shown)],
                3 => vec![end(attempt, 1012), Input::Reconnect, Input::Tick],
                4 => vec![Input::Page(Page::Offline), end(attempt, 1006), Input::Page(Page::Online)],
                _ => vec![Input::Tick, end(attempt, 1001)],
            };
            for input in inputs {
                let effects = world.step(now, input).unwrap();
                let dialled = effects.iter().filter(|effect| matches!(effect, Effect::Dial(_))).count();
                dials.extend(std::iter::repeat_n(now.as_millis(), dialled));
            }
        }
        for (at, first) in dials.iter().enumerate() {
            for (count, last) in (1..).zip(&dials[at..]) {
                prop_assert!(count <= 5 + (last - first) / 1_000, "{count} within {} ms", last - first);
            }
        }
        prop_assert!(dials.len() > 5);
    }
}
