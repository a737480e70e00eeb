//! The texts of errors, as users read them.

use crate::codec::{DecodeError, EncodeError};
use crate::core::{Config, ConfigError, HeartbeatConfig, SteadyConfig};
use crate::web::Data;
use crate::{
    Cause, CloseError, CloseInfo, Failure, FailurePhase, OpenError, Payload, SendError, StateError, Ticket,
    Why,
};
use std::fmt::Display;
use std::time::Duration;

fn check(texts: &[(&dyn Display, &str)]) {
    for (error, text) in texts {
        assert_eq!(error.to_string(), *text);
    }
}

#[test]
fn of_opening() {
    let url = || "ftp://host".to_owned();
    check(&[
        (&OpenError::NoBrowser, "this environment has no WebSocket"),
        (&OpenError::Url(url()), "not a valid ws: or wss: URL: ftp://host"),
        (&OpenError::Forbidden(url()), "this page may not connect to ftp://host: use wss:"),
        (&OpenError::ProtocolToken(1), "protocols[1] is not a token"),
        (&OpenError::ProtocolRepeated(1), "protocols[1] is repeated"),
    ]);
}

/// Returns the first broken rule of a steady configuration that was changed in one place.
fn broken(change: impl FnOnce(&mut Config, &mut SteadyConfig)) -> ConfigError {
    let (mut config, mut steady) = (Config::default(), SteadyConfig::default());
    change(&mut config, &mut steady);
    config.steady = Some(steady);
    config.check().expect_err("the change breaks a rule")
}

#[test]
fn of_options() {
    const SPAN: &str = "must be between 1 and 2147483647 ms";
    const AT_MOST: &str = "must be at most 2147483647 ms";
    let heartbeat = |interval, timeout| Some(HeartbeatConfig { interval, timeout });
    let rules = [
        (broken(|config, _| config.flow.low = u64::MAX), "flow.low", "must not be above flow.high"),
        (broken(|_, steady| steady.connect_timeout = 0), "connect_timeout", SPAN),
        (broken(|_, steady| steady.close_timeout = 0), "close_timeout", SPAN),
        (broken(|_, steady| steady.retry.first = 0), "retry.first", SPAN),
        (broken(|_, steady| steady.retry.ceiling = 0), "retry.ceiling", SPAN),
        (broken(|_, steady| steady.retry.growth = 99), "retry.growth", "must be at least 100 percent"),
        (broken(|_, steady| steady.retry.floor = 30_001), "retry.floor", "must not be above retry.ceiling"),
        (broken(|_, steady| steady.retry.first = 30_001), "retry.first", "must not be above retry.ceiling"),
        (broken(|_, steady| steady.retry.stable_after = 1 << 31), "retry.stable_after", AT_MOST),
        (broken(|_, steady| steady.retry.restart_floor = 1 << 31), "retry.restart_floor", AT_MOST),
        (broken(|_, steady| steady.retry.busy_floor = 1 << 31), "retry.busy_floor", AT_MOST),
        (broken(|_, steady| steady.queue.lifetime = Some(0)), "queue.lifetime", "must not be 0"),
        (broken(|_, steady| steady.heartbeat = heartbeat(0, 1)), "heartbeat.interval", SPAN),
        (broken(|_, steady| steady.heartbeat = heartbeat(1, 0)), "heartbeat.timeout", SPAN),
    ];
    for (number, (error, field, rule)) in rules.into_iter().enumerate() {
        assert_eq!(usize::from(error.number), number);
        check(&[(&OpenError::Option(error), &format!("{field} {rule}"))]);
    }
}

#[test]
fn of_sending() {
    check(&[
        (
            &SendError::Connecting,
            "the socket is not open yet: wait for `opened`, or use a steady socket, which queues",
        ),
        (&SendError::Closed, "the socket is closing or closed: open another"),
        (
            &SendError::QueueBytes,
            "the queue holds `max_bytes`: send less, raise it, or let `overflow` drop messages",
        ),
        (
            &SendError::QueueCount,
            "the queue holds `max_count` messages: send less, raise it, or let `overflow` drop messages",
        ),
        (
            &SendError::TooLarge,
            "the message is larger than the queue's `max_bytes`: split it, or raise the limit",
        ),
        (&SendError::NoLifetime, "the message's `lifetime` must be at least 1 ms"),
        (&SendError::Lost(Ticket(7), Why::InDoubt), "message 7 was not handed over: in-doubt"),
    ]);
}

#[test]
fn of_closing_and_steering() {
    check(&[
        (&CloseError::Code(1001), "close code 1001 is not allowed: use 1000, or 3000 to 4999"),
        (&CloseError::ReasonTooLong(124), "the close reason has 124 bytes of UTF-8: at most 123 are allowed"),
        (
            &StateError::NotSteady,
            "the socket is strict: make it steady with `WebSocket::builder(url).steady()`",
        ),
        (&StateError::Ended, "the socket is closing or closed: open another"),
    ]);
}

#[test]
fn of_codecs() {
    let message = Payload::new(Data::Text("no".to_owned()));
    check(&[
        (&EncodeError::Encode("a cycle"), "the value does not encode: a cycle"),
        (&EncodeError::<&str>::Send(SendError::Closed), "the socket is closing or closed: open another"),
        (&DecodeError { error: "line 1", message }, "the message does not decode: line 1"),
    ]);
}

#[test]
fn of_failures() {
    let failure = Failure {
        attempt: 2,
        phase: FailurePhase::Connecting,
        took: Duration::from_millis(30),
        online: true,
        ever_opened: false,
        worked_before: false,
        closed: CloseInfo { code: 1006, reason: String::new(), was_clean: false },
        cause: Cause::Handshake,
        error: None,
    };
    let phases = [
        (FailurePhase::Connecting, "while connecting", "nothing answered within the connect timeout"),
        (
            FailurePhase::Gate,
            "before messages could flow",
            "`before_flush` was not done within the connect timeout",
        ),
        (FailurePhase::Open, "while open", "the heartbeat was not answered: the peer or the network is gone"),
        (FailurePhase::Closing, "while closing", "the Close frame was not answered within the close timeout"),
    ];
    let end = "1006 is Abnormal Closure: the connection ended without a Close frame.";
    for (phase, when, cause) in phases {
        let failure = Failure { phase, cause: Cause::Timeout, ..failure.clone() };
        check(&[(&failure, &format!("attempt 2 ended {when}, after 30 ms: {cause}. {end}"))]);
    }
    let causes = [
        (
            Cause::Handshake,
            "server not listening, refused by an HTTP status such as 502, blocked by a proxy, wrong address, mixed \
             content, a certificate that is not trusted, or closed before the connection was established",
        ),
        (Cause::Offline, "the machine was offline"),
        (
            Cause::Cut,
            "the server or a proxy ended it without a Close frame (a crash, an idle timeout), or the network was lost",
        ),
        (Cause::Server, "the server closed it"),
        (Cause::Provider, "the provider of the address or the sub-protocols failed"),
        (Cause::Forbidden, "the browser refused the address or the sub-protocols"),
        (Cause::Gate, "`before_flush` failed"),
        (Cause::Stowed, "the page went into the back/forward cache, where no connection may live"),
        (Cause::Page, "the application ended it"),
    ];
    for (cause, text) in causes {
        let failure = Failure { cause, ..failure.clone() };
        check(&[(&failure, &format!("attempt 2 ended while connecting, after 30 ms: {text}. {end}"))]);
    }
    let before = "attempt 2 ended while connecting, after 30 ms: server not listening, refused by an HTTP status such \
                  as 502, blocked by a proxy, or closed before the connection was established";
    let worked = Failure { worked_before: true, ..failure.clone() };
    let refused = Failure { error: Some(OpenError::ProtocolToken(0)), ..worked.clone() };
    check(&[
        (&worked, &format!("{before}. {end}")),
        (&refused, &format!("{before} (protocols[0] is not a token). {end}")),
    ]);
}
