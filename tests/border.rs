//! Compares the table of the border's numbers, `src/js/numbers.rs`, with the core, and `src/js/mod.rs` with the modules
//! that it includes.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::Path;
use steady_websocket::core::{
    Cause, Config, Decision, FailurePhase, Jitter, NotDialed, Overflow, ReadyState, Why,
};

#[path = "../src/js/numbers.rs"]
#[allow(dead_code)]
mod numbers;

use numbers::{DefaultValue, NAMED, OPTIONS, RULES, WORDS, cause, fate, option, phase};

fn kebab(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

#[test]
fn words_are_the_cores() {
    use Why::*;
    let whys = [Overflow, Expired, Replaced, Cancelled, StaleSession, Closed, InDoubt];
    let words = ["handed-over"].into_iter().chain(whys.map(Why::as_str));
    assert!(words.eq(fate::NAMES.iter().map(|name| kebab(name))));
    use FailurePhase as P;
    let phases = [P::Connecting, P::Gate, P::Open, P::Closing];
    assert!(phases.iter().map(|phase| *phase as usize).eq(0..phases.len()));
    assert!(phases.iter().map(|phase| phase.as_str()).eq(phase::NAMES.iter().map(|name| kebab(name))));
    use Cause as C;
    let causes = [
        C::Handshake,
        C::Timeout,
        C::Offline,
        C::Cut,
        C::Server,
        C::Provider,
        C::Forbidden,
        C::Gate,
        C::Stowed,
        C::Page,
    ];
    assert!(causes.iter().map(|cause| *cause as usize).eq(0..causes.len()));
    assert!(causes.iter().map(|cause| cause.as_str()).eq(cause::NAMES.iter().map(|name| kebab(name))));
}

/// A new variant must be added here and to the table.
#[test]
fn nothing_is_missing() {
    let jitter = |jitter| match jitter {
        Jitter::Full | Jitter::Equal | Jitter::Decorrelated | Jitter::None => 4,
    };
    assert_eq!(numbers::jitter::NAMES.len(), jitter(Jitter::Full));
    let overflow = |overflow| match overflow {
        Overflow::Refuse | Overflow::DropOldest | Overflow::DropNewest => 3,
    };
    assert_eq!(numbers::overflow::NAMES.len(), overflow(Overflow::Refuse));
    let not_dialed = |why| match why {
        NotDialed::Provider | NotDialed::Forbidden | NotDialed::ForbiddenForGood => 3,
    };
    assert_eq!(numbers::not_dialed::NAMES.len(), not_dialed(NotDialed::Provider));
    let decision = |decision| match decision {
        Decision::Stop | Decision::Usual | Decision::Again | Decision::After(_) => 3,
    };
    assert_eq!(numbers::decision::NAMES.len(), decision(Decision::Stop));
    let states = [ReadyState::Connecting, ReadyState::Open, ReadyState::Closing, ReadyState::Closed];
    assert!(states.iter().map(|state| *state as usize).eq(0..4), "JavaScript reads them as numbers");
}

#[test]
fn defaults_are_the_cores() {
    let Config { flow, steady } = Config::steady();
    let steady = steady.unwrap();
    let (retry, queue) = (steady.retry, steady.queue);
    let number = |place: usize| match OPTIONS.get(place) {
        Some((_, DefaultValue::Number(number))) => Some(*number),
        _ => None,
    };
    for (place, usual) in [
        (option::HIGH_WATER_MARK, flow.high),
        (option::LOW_WATER_MARK, flow.low),
        (option::CONNECT_TIMEOUT, steady.connect_timeout),
        (option::CLOSE_TIMEOUT, steady.close_timeout),
        (option::FIRST, retry.first),
        (option::GROWTH, u64::from(retry.growth) / 100),
        (option::FLOOR, retry.floor),
        (option::CEILING, retry.ceiling),
        (option::STABLE_AFTER, retry.stable_after),
        (option::RESTART_FLOOR, retry.restart_floor),
        (option::BUSY_FLOOR, retry.busy_floor),
        (option::MAX_BYTES, queue.max_bytes),
        (option::MAX_COUNT, queue.max_count),
    ] {
        assert_eq!(number(place), Some(usual), "{:?}", OPTIONS.get(place).map(|(name, _)| name));
    }
    let absent = |place: usize| matches!(OPTIONS.get(place), Some((_, DefaultValue::Absent)));
    assert!(absent(option::MOST_ATTEMPTS) && retry.attempts.is_none());
    assert!(absent(option::TTL) && queue.lifetime.is_none());
    assert!(absent(option::INTERVAL) && absent(option::TIMEOUT) && steady.heartbeat.is_none());
    assert_eq!((retry.jitter, queue.overflow), (Jitter::Full, Overflow::Refuse));
    assert_eq!(OPTIONS.len(), option::COUNT);
}

/// The names of the options must begin with those of the core's fields.
fn translated(field: &str) -> String {
    let field = match field {
        "flow.low" => "lowWaterMark".into(),
        "flow.high" => "highWaterMark".into(),
        "queue.lifetime" => "queue.ttl".into(),
        _ => field.replace("retry.", "backoff."),
    };
    let mut words = field.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let (initial, rest) = word.split_at(1);
        text + &initial.to_uppercase() + rest
    })
}

#[test]
fn rules_are_the_cores() {
    type Change = fn(&mut Config);
    fn steady(config: &mut Config) -> &mut steady_websocket::core::SteadyConfig {
        config.steady.as_mut().unwrap()
    }
    let heartbeat = |config: &mut Config, interval, timeout| {
        steady(config).heartbeat = Some(steady_websocket::core::HeartbeatConfig { interval, timeout });
    };
    let changes: Vec<(Change, &str)> = vec![
        (|config| config.flow.low = config.flow.high + 1, "must not be above highWaterMark"),
        (|config| steady(config).connect_timeout = 0, ""),
        (|config| steady(config).close_timeout = 0, ""),
        (|config| steady(config).retry.first = 0, ""),
        (|config| steady(config).retry.ceiling = 0, ""),
        (|config| steady(config).retry.growth = 99, "must be at least 1"),
        (|config| steady(config).retry.floor = 30_001, "must not be above backoff.ceiling"),
        (|config| steady(config).retry.first = 30_001, "must not be above backoff.ceiling"),
        (|config| steady(config).retry.stable_after = u64::MAX, "must be at most 2147483647 ms"),
        (|config| steady(config).retry.restart_floor = u64::MAX, "must be at most 2147483647 ms"),
        (|config| steady(config).retry.busy_floor = u64::MAX, "must be at most 2147483647 ms"),
        (|config| steady(config).queue.lifetime = Some(0), "must not be 0"),
    ];
    let errors = changes.into_iter().map(|(change, rule)| {
        let mut config = Config::steady();
        change(&mut config);
        (config.check().unwrap_err(), rule)
    });
    let beats = [(0, 1), (1, 0)].into_iter().map(|(interval, timeout)| {
        let mut config = Config::steady();
        heartbeat(&mut config, interval, timeout);
        (config.check().unwrap_err(), "")
    });
    let mut count = 0;
    for (error, rule) in errors.chain(beats) {
        let row = RULES.get(usize::from(error.number)).unwrap();
        assert_eq!(*row, (translated(error.field).as_str(), rule));
        count += 1;
    }
    assert_eq!(count, RULES.len());
}

fn is_number(text: &str) -> bool {
    let text = text.trim().trim_start_matches(['-', '~']);
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Outside the table, the border's numbers are used by name.
#[test]
fn no_number_is_written_by_hand() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/js");
    let lists: Vec<&str> = WORDS.iter().map(|(list, _)| *list).collect();
    let names: Vec<String> = NAMED
        .iter()
        .flat_map(|(prefix, names)| names.iter().map(move |name| format!("{prefix}{name}")))
        .collect();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let script = name.ends_with(".js");
        if !script && !name.ends_with(".rs") || ["numbers.rs", "numbers.js", "words.js"].contains(&&*name) {
            continue;
        }
        for (at, line) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
            let place = format!("{name}, line {}: {line}", at + 1);
            let code = line.trim().trim_start_matches("export ").trim_start_matches("pub(super) ");
            if let Some((left, right)) = code.strip_prefix("const ").and_then(|rest| rest.split_once('=')) {
                let left = left.split(':').next().unwrap_or_default().trim();
                assert!(!lists.contains(&left), "{place}");
                assert!(!names.iter().any(|name| name == left), "{place}");
                assert!(
                    script
                        || !is_number(right.trim_end_matches(';'))
                        || left == "PAGE"
                        || left == "LEAST"
                        || left == "ATTEMPT"
                        || left == "NO_CODE"
                        || left == "FINE",
                    "{place}"
                );
            }
            // A bare number where an input, a query or an effect has a name.
            for call in [".act(", ".do(", ".call(", ".learn(", "simply(", "carry("] {
                let first = code.split(call).nth(1).and_then(|rest| rest.split([',', ')']).next());
                assert!(!first.is_some_and(is_number), "{place}");
            }
            let arm = code.strip_prefix("case ").and_then(|rest| rest.strip_suffix(':'));
            assert!(!arm.is_some_and(is_number), "{place}");
        }
    }
}

/// A plain `wasm-pack build` has a module only if `src/js/mod.rs` names it.
#[test]
fn every_imported_module_is_included() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/js");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let mut imported = BTreeSet::new();
    let mut unread = vec!["socket.js".to_owned(), "border.js".to_owned()];
    while let Some(name) = unread.pop() {
        if imported.insert(name.clone()) {
            let text = read(&name);
            let modules = text.split("from \"./").skip(1);
            unread.extend(modules.map(|module| module.split('"').next().unwrap().to_owned()));
        }
    }
    let text = read("mod.rs");
    let included = text.split("\"/src/js/").skip(1).map(|file| file.split('"').next().unwrap().to_owned());
    assert_eq!(included.collect::<BTreeSet<_>>(), imported);
}
