//! Scenarios as text: inputs with their times and, below each, the expected effects. The same files are replayed
//! natively and in wasm, and must be reproduced byte by byte.
//!
//! `STEADY_BLESS=1 cargo test --test transcripts` writes the current behaviour into the files, for a human to review
//! the difference.

use steady_websocket::core::Machine;
use steady_websocket::core::trace::{Recorder, parse, replay, write_config, write_input};

#[cfg(test)]
#[path = "core/traces.rs"]
mod traces;

mod api {
    pub use steady_websocket::core::*;
}

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

macro_rules! transcripts {
    ($($name:literal)*) => {
        const TRANSCRIPTS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("transcripts/", $name, ".txt")))),*];
    };
}

transcripts! {
    "strict" "strict-flushed" "strict-failure" "strict-close-while-connecting"
    "reconnect" "told-to-reconnect" "retry-after-codes" "attempts" "asking"
    "no-silent-loss" "empty-messages" "closing" "peer-closes-first" "peer-closing" "strict-peer-closing" "draining"
    "gate" "heartbeat" "waking" "frozen" "pages" "pages-between" "storm" "between-polls"
    "flush" "flush-fails" "strict-flush" "strict-flushed-at-the-end" "crossing-closes" "new-session"
    "failures" "failures-at-the-end" "closing-timeout" "closing-while-connecting" "closing-before-announced"
    "closing-before-the-gate" "closing-meets-closing" "asking-deadline"
    "frozen-sample" "sending-between-polls" "frozen-between" "sampling" "queue-rules" "queue-refuses" "queue-drops-newest" "live"
}

#[cfg(test)]
mod runs {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn transcripts_hold() {
        for (name, text) in TRANSCRIPTS {
            let now = replay(text).unwrap_or_else(|error| panic!("{name}.txt: {error:?}"));
            #[cfg(not(target_arch = "wasm32"))]
            if std::env::var_os("STEADY_BLESS").is_some() {
                let path = format!("{}/tests/transcripts/{name}.txt", env!("CARGO_MANIFEST_DIR"));
                std::fs::write(path, &now).expect("the checkout is writable");
                continue;
            }
            for (at, (is, should)) in now.lines().zip(text.lines()).enumerate() {
                assert_eq!(is, should, "{name}.txt, line {}", at + 1);
            }
            assert_eq!(now, *text, "{name}.txt");
        }
    }

    /// A machine of the strict-only type does what a strict one of the general type does.
    #[test]
    fn strict_for_good_is_strict() {
        for (name, text) in TRANSCRIPTS {
            let trace = parse(text).expect("it reads");
            if trace.config.steady.is_some() {
                continue;
            }
            let mut one = Machine::new(trace.config.clone(), trace.seed).expect("checked");
            let mut other = Machine::strict(trace.config.flow).expect("checked");
            for step in trace.steps {
                let verdict = one.handle(step.at, step.input.clone());
                assert_eq!(verdict, other.handle(step.at, step.input), "{name}.txt, line {}", step.line);
                while let Some(effect) = one.poll() {
                    assert_eq!(Some(effect), other.poll(), "{name}.txt, line {}", step.line);
                }
                assert_eq!(other.poll(), None);
                assert_eq!(one.deadline(), other.deadline());
            }
        }
    }

    #[test]
    fn every_transcript_is_listed() {
        #[cfg(not(target_arch = "wasm32"))]
        {
            let folder = format!("{}/tests/transcripts", env!("CARGO_MANIFEST_DIR"));
            assert_eq!(std::fs::read_dir(folder).expect("it exists").count(), TRANSCRIPTS.len());
        }
    }

    /// Writing a trace that was parsed reproduces the text.
    #[test]
    fn inputs_and_configurations_survive_the_round_trip() {
        for (name, text) in TRANSCRIPTS {
            let trace = parse(text).expect("it is replayed above");
            let mut copy = String::new();
            write_config(&mut copy, &trace.config, trace.seed);
            for step in &trace.steps {
                write_input(&mut copy, step.at, step.polls, &step.input);
            }
            let again = parse(&copy).unwrap_or_else(|error| panic!("{name}: {error:?} in\n{copy}"));
            assert_eq!((&again.config, again.seed), (&trace.config, trace.seed), "{name}");
            let bare = |steps: &[steady_websocket::core::trace::TraceStep]| {
                steps.iter().map(|step| (step.at, step.polls, step.input.clone())).collect::<Vec<_>>()
            };
            assert_eq!(bare(&again.steps), bare(&trace.steps), "{name}");
        }
    }

    /// A shell that records, with samples between polls, is replayed to the same effects.
    #[test]
    fn what_a_shell_records_replays_the_same() {
        let (_, text) = TRANSCRIPTS.iter().find(|(name, _)| *name == "between-polls").expect("listed");
        let trace = parse(text).expect("it is replayed above");
        let mut recorder = Recorder::new(&trace.config, trace.seed);
        let mut machine = Machine::new(trace.config.clone(), trace.seed).expect("checked");
        let mut steps = trace.steps.iter().peekable();
        while let Some(step) = steps.next() {
            recorder.input(step.at, &step.input);
            let _ = machine.handle(step.at, step.input.clone());
            let most = steps.peek().and_then(|next| next.polls).unwrap_or(u32::MAX);
            for _ in 0..most {
                let effect = machine.poll();
                recorder.polled(effect.is_some());
                if effect.is_none() {
                    break;
                }
            }
        }
        let effects = |text: &str| {
            let replayed = replay(text).expect("a trace");
            replayed.lines().filter(|line| line.starts_with(' ')).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(effects(recorder.text()), effects(text));
    }
}
