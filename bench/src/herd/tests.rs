//! The shape of a small herd. Nothing here depends on the time it takes.

use steady_websocket::core::{Config, Jitter};

use crate::client::Ours;
use crate::outcome::Outcome;
use crate::run::run;
use crate::scenario::{Kind, POLICIES, Scenario};

const SOCKETS: usize = 10_000;
/// The difference is large enough here for a short test.
const FEWER: usize = 2_000;

fn outcomes(scenario: &Scenario, sockets: usize) -> Vec<(&'static str, Outcome)> {
    POLICIES.iter().map(|policy| (policy.name, policy.run(scenario, sockets, 1))).collect()
}

fn of<'a>(outcomes: &'a [(&str, Outcome)], name: &str) -> &'a Outcome {
    &outcomes.iter().find(|(is, _)| *is == name).unwrap().1
}

/// Clients without jitter, including ours with that option.
const FIXED: [&str; 3] = ["steady, none", "partysocket", "Phoenix"];

#[test]
fn ours_spreads_where_fixed_delays_march_in_step() {
    let [outage, ..] = Scenario::all(SOCKETS, 30_000);
    let [_, restart, overload] = Scenario::all(FEWER, 30_000);
    for (scenario, sockets) in [(&outage, SOCKETS), (&restart, FEWER)] {
        let outcomes = outcomes(scenario, sockets);
        let ours = of(&outcomes, POLICIES[0].name);
        for peer in FIXED.map(|name| of(&outcomes, name)) {
            assert!(ours.peak_over_mean() < peer.peak_over_mean(), "{}: {ours:?}", scenario.name);
        }
        for (name, outcome) in &outcomes {
            assert_eq!(outcome.missing, 0, "{name} is stuck after the {}", scenario.name);
        }
        if scenario.name == "outage" {
            for (name, outcome) in outcomes.iter().skip(4) {
                assert!(ours.rush() < outcome.rush(), "{name} rushes less upon the server that is back");
                assert!(ours.wasted() < outcome.wasted(), "{name} wastes less");
            }
        }
    }
    // A server that ends what it accepted is flooded by clients that start over when opened.
    let outcomes = outcomes(&overload, FEWER);
    let ours = of(&outcomes, POLICIES[0].name);
    assert_eq!(ours.missing, 0);
    for name in ["Phoenix", "socket.io"] {
        assert!(ours.wasted() * 3.0 < of(&outcomes, name).wasted(), "{name}");
    }
}

#[test]
fn the_storm_cap_holds_whatever_the_options_say() {
    let [_, _, mut overload] = Scenario::all(1_000, 30_000);
    overload.capacity.per_second = 5;
    let mut config = Config::steady();
    let retry = &mut config.steady.as_mut().unwrap().retry;
    (retry.jitter, retry.first, retry.floor, retry.ceiling) = (Jitter::None, 1, 0, 1);
    let outcome = run(&overload, 1_000, 1, |seed| Ours::new(&config, seed).ok());
    let dials = outcome.dials.unwrap();
    assert!(dials.iter().any(|dials| dials.len() > 50), "nobody was hammering");
    for dials in dials {
        for (first, from) in dials.iter().enumerate() {
            for (count, to) in dials.iter().skip(first).enumerate() {
                let allowed = 5 + (to - from) / 1_000;
                assert!((count as u32) < allowed, "{} connections in {} ms", count + 1, to - from);
            }
        }
    }
}

#[test]
fn a_server_that_never_answers_is_outlived() {
    use crate::server::Excess;
    let [mut outage, ..] = Scenario::all(1_000, 30_000);
    outage.capacity.excess = Excess::Silence;
    // Without jitter the same few are accepted each time, and without a timeout the others never try again.
    for policy in &POLICIES {
        let back = !matches!(policy.name, "steady, none" | "Phoenix");
        assert_eq!(policy.run(&outage, 1_000, 1).missing == 0, back, "{}", policy.name);
    }
}

#[test]
fn a_seed_gives_one_history() {
    let [outage, ..] = Scenario::all(500, 10_000);
    for policy in &POLICIES {
        let mut once = policy.run(&outage, 500, 7);
        let mut again = policy.run(&outage, 500, 7);
        (once.idle_bytes, again.idle_bytes) = (0, 0);
        assert_eq!(once, again, "{}", policy.name);
        if matches!(policy.kind, Kind::Ours(Jitter::Full)) {
            assert_ne!(once.dials, policy.run(&outage, 500, 8).dials);
        }
    }
}
