//! The format of traces: how every input and effect is written, and what is rejected.

use super::api::trace::{Recorded, Recorder, parse, replay, write_config, write_input};
use super::api::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn message(payload: u64, size: u64) -> OutgoingMessage<u64> {
    OutgoingMessage::new(payload, size)
}

fn close_info(code: u16, reason: &str, was_clean: bool) -> CloseInfo {
    CloseInfo { code, reason: reason.into(), was_clean }
}

/// Each input and its line; messages are numbered in order.
fn inputs() -> Vec<(&'static str, Input<u64>)> {
    vec![
        ("connect", Input::Connect),
        ("send 5", Input::Send(message(0, 5))),
        ("send 0 lifetime=70 session", {
            Input::Send(OutgoingMessage { lifetime: Some(70), session_bound: true, ..message(1, 0) })
        }),
        ("send 10 replaces=4", Input::Send(OutgoingMessage { replaces: Some(Ticket(4)), ..message(2, 10) })),
        ("send-direct 3 7", Input::SendDirect(3, message(3, 7))),
        ("cancel 12", Input::Cancel(Ticket(12))),
        ("close", Input::Close { code: None, reason: "".into() }),
        (r#"close none "why""#, Input::Close { code: None, reason: "why".into() }),
        (r#"close 1000 """#, Input::Close { code: Some(1000), reason: "".into() }),
        (r#"close 4999 "one\ntwo\r""#, Input::Close { code: Some(4999), reason: "one\ntwo\r".into() }),
        (r#"close none "a \"b\" \\c""#, Input::Close { code: None, reason: r#"a "b" \c"#.into() }),
        ("terminate", Input::Terminate),
        ("reconnect", Input::Reconnect),
        ("give-up", Input::GiveUp),
        ("new-session", Input::NewSession),
        ("flush", Input::Flush),
        ("decide 1 usual", Input::Decide(1, Decision::Usual)),
        ("decide 1 stop", Input::Decide(1, Decision::Stop)),
        ("decide 1 again", Input::Decide(1, Decision::Again)),
        ("decide 1 after 250", Input::Decide(1, Decision::After(250))),
        ("gate 1 open", Input::Gate(1, true)),
        ("gate 1 shut", Input::Gate(1, false)),
        ("dialed 1", Input::Dialed(1)),
        ("not-dialed 1 provider", Input::NotDialed(1, NotDialed::Provider)),
        ("not-dialed 1 forbidden", Input::NotDialed(1, NotDialed::Forbidden)),
        ("not-dialed 1 forbidden-for-good", Input::NotDialed(1, NotDialed::ForbiddenForGood)),
        ("opened 1", Input::Opened(1)),
        ("announced 1", Input::Announced(1)),
        ("received 1 70", Input::Received { attempt: 1, size: 70, pong: false }),
        ("received 1 4 pong", Input::Received { attempt: 1, size: 4, pong: true }),
        ("peer-closing 1", Input::PeerClosing(1)),
        ("failed 4294967295", Input::Failed(u32::MAX)),
        (r#"closed 1 1000 "bye" clean 0"#, {
            Input::Closed { attempt: 1, close_info: close_info(1000, "bye", true), unsent: 0 }
        }),
        (r#"closed 1 1006 "" unclean 18446744073709551615"#, {
            Input::Closed { attempt: 1, close_info: close_info(1006, "", false), unsent: u64::MAX }
        }),
        ("buffered 1 9", Input::Buffered(1, 9)),
        ("page online", Input::Page(Page::Online)),
        ("page offline", Input::Page(Page::Offline)),
        ("page hidden", Input::Page(Page::Hidden)),
        ("page visible", Input::Page(Page::Visible)),
        ("page frozen", Input::Page(Page::Frozen)),
        ("page resumed", Input::Page(Page::Resumed)),
        ("page stowed", Input::Page(Page::Stowed)),
        ("page shown", Input::Page(Page::Shown)),
        ("page clock-jumped", Input::Page(Page::ClockJumped)),
        ("tick", Input::Tick),
    ]
}

#[test]
fn every_input_has_its_line() {
    let mut text = String::from("socket strict\n");
    for (at, (line, _)) in inputs().iter().enumerate() {
        text.push_str(&format!("{at}+3 {line}\n"));
    }
    let trace = parse(&text).expect("a trace");
    assert_eq!(trace.steps.len(), inputs().len());
    for (at, ((line, input), step)) in inputs().into_iter().zip(&trace.steps).enumerate() {
        assert_eq!((step.line, step.at, step.polls), (at + 2, Instant::from_millis(at as u64), Some(3)));
        assert_eq!(step.input, input, "{line}");
        let mut written = String::new();
        write_input(&mut written, Instant::from_millis(90), None, &input);
        assert_eq!(written, format!("90 {line}\n"));
    }
}

#[test]
fn every_field_of_a_configuration_has_its_word() {
    let plain = "socket strict seed=18446744073709551615 high=20 low=10\n";
    let full = "socket steady seed=7 high=9 low=8 connect-timeout=11 close-timeout=12 jitter=decorrelated first=13 \
                growth=140 floor=15 ceiling=160 attempts=17 stable-after=18 restart-floor=19 busy-floor=20 \
                max-bytes=21 max-count=22 overflow=drop-oldest lifetime=23 interval=24 timeout=25 gated asks\n";
    let retry = Retry {
        jitter: Jitter::Decorrelated,
        first: 13,
        growth: 140,
        floor: 15,
        ceiling: 160,
        attempts: Some(17),
        stable_after: 18,
        restart_floor: 19,
        busy_floor: 20,
    };
    let queue = Queue { max_bytes: 21, max_count: 22, overflow: Overflow::DropOldest, lifetime: Some(23) };
    let heartbeat = Some(HeartbeatConfig { interval: 24, timeout: 25 });
    let steady = SteadyConfig {
        connect_timeout: 11,
        close_timeout: 12,
        retry,
        queue,
        heartbeat,
        gated: true,
        asks: true,
    };
    let mut cases = vec![
        (plain.to_owned(), u64::MAX, Config { flow: Marks { high: 20, low: 10 }, steady: None }),
        (full.to_owned(), 7, Config { flow: Marks { high: 9, low: 8 }, steady: Some(steady) }),
    ];
    let words = [("full", Jitter::Full), ("equal", Jitter::Equal), ("none", Jitter::None)];
    let rules = [("refuse", Overflow::Refuse), ("drop-newest", Overflow::DropNewest)];
    for (at, (word, jitter)) in words.into_iter().enumerate() {
        let (rule, overflow) = rules[at % 2];
        let (_, seed, mut config) = cases[1].clone();
        let steady = config.steady.as_mut().expect("steady");
        (steady.retry.jitter, steady.queue.overflow) = (jitter, overflow);
        let text = full.replace("decorrelated", word).replace("drop-oldest", rule);
        cases.push((text, seed, config));
    }
    for (text, seed, config) in cases {
        let mut written = String::new();
        write_config(&mut written, &config, seed);
        assert_eq!(written, text);
        let trace = parse(&text).expect("a trace");
        assert_eq!((trace.config, trace.seed, trace.steps.len()), (config, seed, 0));
    }
}

/// Missing fields have their defaults; either field of a heartbeat enables it.
#[test]
fn what_is_not_written_is_the_default() {
    let config = |text: &str| parse(text).expect("a trace").config;
    assert_eq!(config("socket strict"), Config::default());
    assert_eq!(config("socket steady"), Config::steady());
    let beats = |text: &str| config(text).steady.and_then(|steady| steady.heartbeat);
    assert_eq!(beats("socket steady interval=5"), Some(HeartbeatConfig { interval: 5, timeout: 10_000 }));
    assert_eq!(beats("socket steady timeout=5"), Some(HeartbeatConfig { interval: 10_000, timeout: 5 }));
}

/// Polls are written where the machine was not polled to the end before the next input.
#[test]
fn a_recorder_says_after_how_many_polls_an_input_came() {
    let config = Config { flow: Marks { high: 9, low: 8 }, steady: None };
    let mut recorder = Recorder::new(&config, 1);
    let tick: Input<u64> = Input::Tick;
    let at = Instant::from_millis;
    recorder.input(at(1), &tick);
    (0..2).for_each(|_| recorder.polled(true));
    recorder.input(at(2), &tick);
    recorder.input(at(3), &tick);
    recorder.polled(true);
    recorder.polled(false);
    recorder.input(at(4), &tick);
    let text = "socket strict seed=1 high=9 low=8\n1 tick\n2+2 tick\n3+0 tick\n4 tick\n";
    assert_eq!(recorder.text(), text);
}

/// Driven and polled like the machine in it, its trace has the same effects.
#[test]
fn a_recorded_machine_is_replayed() {
    let config = Config { flow: Marks { high: 9, low: 8 }, steady: None };
    let mut recorded: Recorded<u64> = Recorded::new(config, 1).expect("fine");
    let at = Instant::from_millis;
    assert_eq!(recorded.handle(at(1), Input::Connect), Ok(()));
    assert_eq!((recorded.poll(), recorded.poll()), (Some(Effect::Dial(1)), None));
    assert_eq!(recorded.handle(at(2), Input::Connect), Err(Error::AlreadyConnected));
    assert_eq!((recorded.attempt(), recorded.deadline()), (1, None));
    let trace = "socket strict seed=1 high=9 low=8\n1 connect\n2 connect\n";
    assert_eq!(recorded.trace(), trace);
    let told =
        "socket strict seed=1 high=9 low=8\n1 connect\n   dial 1\n2 connect\n   refused already-connected\n";
    assert_eq!(replay(trace).as_deref(), Ok(told));
    // Effects from before are not parsed.
    assert_eq!(replay(&told.replace("   dial", "\t dial")).as_deref(), Ok(told));
}

/// The remaining effects are written below the input that came between them.
#[test]
fn an_input_may_come_between_two_effects() {
    let trace = "socket steady\n0 connect\n1 send 5\n2 send 6\n3 opened 1\n3 announced 1\n3+1 buffered 1 5\n";
    let told = "socket steady\n0 connect\n   dial 1\n   timer 10000\n1 send 5\n   -\n2 send 6\n   -\n\
                3 opened 1\n   fire open 1\n   timer none\n3 announced 1\n   transmit 1 message 0\n\
                3+1 buffered 1 5\n   transmit 1 message 1\n   timer 103\n";
    assert_eq!(replay(trace).as_deref(), Ok(told));
}

#[test]
fn a_broken_trace_names_the_line_and_the_rule() {
    let first = "socket steady\n";
    for (text, line, rule) in [
        ("", 0, "a trace must begin with a line `socket`"),
        ("0 connect", 1, "a trace must begin with a line `socket`"),
        ("socket", 1, "the line is incomplete"),
        ("socket lazy", 1, "expected `strict` or `steady`"),
        ("socket strict first=1", 1, "unknown field of a strict socket"),
        ("socket steady colour=red", 1, "unknown field of a steady socket"),
        ("socket steady first=0", 1, "must be between 1 and 2147483647 ms"),
        ("socket steady first=-1", 1, "expected a number in range"),
        ("socket steady attempts=4294967296", 1, "expected a number in range"),
        ("socket steady gated=yes", 1, "unknown field of a steady socket"),
        ("socket steady asks=yes", 1, "unknown field of a steady socket"),
        ("socket steady jitter=some", 1, "unknown word"),
        ("0 dance", 2, "unknown input"),
        ("x tick", 2, "expected a number in range"),
        ("0+x tick", 2, "expected a number in range"),
        ("0 tick tock", 2, "unexpected text at the end of the line"),
        ("0 close none bye", 2, "expected a text in quotes"),
        ("0 close none \"bye", 2, "the closing quote is missing"),
        ("0 close none \"\\x\"", 2, "a backslash must be followed by n, r, \" or \\"),
        ("0 page turned", 2, "unknown word"),
        ("0 gate 1 ajar", 2, "unknown word"),
        ("0 received 1 1 ping", 2, "unknown word"),
        ("0 decide 1 maybe", 2, "unknown word"),
        ("0 send 1 loudly", 2, "unknown option of a message"),
        ("0 closed 1 70000 \"\" clean 0", 2, "expected a number in range"),
    ] {
        let whole = if line == 2 { format!("{first}{text}") } else { text.to_owned() };
        let error = parse(&whole).expect_err(text);
        assert_eq!((error.line, error.rule), (line, rule), "{text}");
    }
    let any: Input<u64> = Input::Tick;
    assert_eq!(parse("socket steady\n\n# x\n  - \n7 tick").expect("fine").steps[0].input, any);
}
