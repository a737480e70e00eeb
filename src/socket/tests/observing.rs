//! What can be observed of a socket: its properties, halves, events and failures.

use super::world::World;
use crate::core::Page;
use crate::{
    CloseError, Decision, Event, Gate, Inbound, Marks, Message, OpenError, Outgoing, Overflow, Queue,
    ReadyState, Receiver, Retry, SendError, Sender, StateError, WebSocket, Why,
};
use futures_util::{FutureExt, Sink, Stream, StreamExt};
use std::cell::RefCell;
use std::future::{pending, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Reconnects after exactly this delay.
fn after(millis: u64) -> Retry {
    Retry { first: millis, floor: millis, ceiling: millis, ..Retry::default() }
}

#[test]
fn the_properties_are_those_of_the_last_connection() {
    let world = World::new();
    let socket = WebSocket::builder("ws://peer?1".to_owned()).protocols(["chat", "other"]).open().unwrap();
    assert_eq!(world.link().offered, ["chat", "other"]);
    world.link().open();
    world.link().cut();
    let properties = (socket.url(), socket.protocol(), socket.extensions());
    assert_eq!(properties, ("ws://peer?1".into(), "chat".into(), "permessage-deflate".into()));
    assert!(socket.as_raw().is_none());
}

#[test]
fn sub_protocols_are_checked() {
    let world = World::new();
    let open = |list: [&str; 2]| WebSocket::builder("ws://peer").protocols(list).open().err();
    assert_eq!(open(["a", "a"]), Some(OpenError::ProtocolRepeated(1)));
    assert_eq!(open(["a", "b c"]), Some(OpenError::ProtocolToken(1)));
    assert_eq!(world.links().len(), 0);
}

#[test]
fn a_provider_of_sub_protocols_is_called_at_every_attempt() {
    let world = World::new();
    let count = std::cell::Cell::new(0);
    let ask = move || {
        count.set(count.get() + 1);
        ready(vec![format!("v{}", count.get())])
    };
    let _socket = WebSocket::builder("ws://peer").protocols_with(ask).reconnect(after(10)).open().unwrap();
    world.settle();
    assert_eq!(world.link().offered, ["v1"]);
    world.link().cut();
    world.advance(20);
    assert_eq!(world.link().offered, ["v2"]);
}

#[test]
fn a_provider_may_return_a_result() {
    let world = World::new();
    let _socket = WebSocket::builder(|| ready(Ok::<_, ()>("ws://provided".to_owned()))).open().unwrap();
    world.settle();
    assert_eq!(world.link().url, "ws://provided");
    let lists = |list: Result<Vec<String>, ()>| {
        let world = World::new();
        let socket =
            WebSocket::builder("ws://peer").protocols_with(move || ready(list.clone())).open().unwrap();
        world.settle();
        (world.links().len(), socket.ready_state())
    };
    assert_eq!(lists(Ok(vec![])), (1, ReadyState::Connecting));
    assert_eq!(lists(Err(())), (0, ReadyState::Closed));
}

#[test]
fn a_refusal_is_final_if_the_address_and_the_sub_protocols_are_fixed() {
    for (fixed, ends) in [(true, true), (false, false)] {
        let world = World::new();
        let builder = WebSocket::builder("ws://peer").reconnect(after(10));
        let builder = if fixed {
            builder.protocols(["v1"])
        } else {
            builder.protocols_with(|| ready(vec!["v1".to_owned()]))
        };
        let socket = builder.open().unwrap();
        world.settle();
        world.link().open();
        world.refuse(Some(OpenError::Forbidden("ws://peer".into())));
        world.link().cut();
        world.advance(20);
        assert_eq!(socket.closed().now_or_never().is_some(), ends);
    }
}

#[test]
fn a_recorded_socket_has_a_trace() {
    let world = World::new();
    world.chance(0.25);
    let trace = |socket: WebSocket| socket.trace().map(|trace| trace.lines().next().unwrap().to_owned());
    assert_eq!(trace(WebSocket::builder("ws://peer").open().unwrap()), None);
    let strict = trace(WebSocket::builder("ws://peer").record().open().unwrap()).unwrap();
    assert!(strict.contains("strict seed=2251799813685248"), "{strict}");
    let steady = trace(WebSocket::builder("ws://peer").steady().record().open().unwrap()).unwrap();
    assert!(steady.contains("steady seed=2251799813685248"), "{steady}");
}

#[test]
fn a_recorded_socket_observes_the_page_if_it_is_steady() {
    let world = World::new();
    let listens = || world.held().iter().any(|held| held.ends_with("listeners on the page"));
    let steady = WebSocket::builder("ws://peer").reconnect(after(50_000)).record().open().unwrap();
    assert!(listens());
    world.link().open();
    world.link().cut();
    world.page(Page::Offline);
    world.page(Page::Online);
    world.advance(10_000);
    assert_eq!(steady.stats().attempts, 2);
    drop(steady);
    let strict = WebSocket::builder("ws://peer").record().open().unwrap();
    world.link().open();
    assert_eq!((listens(), strict.ready_state()), (false, ReadyState::Open));
}

#[test]
fn both_halves_control_the_socket() {
    let world = World::new();
    let mut socket = WebSocket::open("ws://peer").unwrap();
    world.link().open();
    let context = &mut Context::from_waker(Waker::noop());
    world.link().message("1");
    assert!(matches!(socket.poll_payload(context), Poll::Ready(Some(one)) if one.as_text() == Some("1")));
    assert!(socket.poll_payload(context).is_pending());
    world.link().message("2");
    let receiver: &mut Receiver = socket.as_mut();
    assert_eq!(receiver.take_payload().map(crate::Payload::into_message), Some("2".into()));
    assert!(receiver.take_payload().is_none());
    world.link().message("3");
    assert_eq!(Pin::new(&mut socket).poll_next(context), Poll::Ready(Some("3".into())));
    let sender: &Sender = socket.as_ref();
    assert_eq!(sender.as_ref().ready_state(), ReadyState::Open);
    let (sender, mut receiver) = socket.split();
    world.link().message("4");
    let own: &mut Receiver = receiver.as_mut();
    assert_eq!(own.next_payload().now_or_never().flatten().unwrap().as_text(), Some("4"));
    let other: &Sender = receiver.as_ref();
    other.terminate();
    assert_eq!((sender.ready_state(), receiver.ready_state()), (ReadyState::Closed, ReadyState::Closed));
}

#[test]
fn a_dropped_receiver_discards_what_waits() {
    let world = World::new();
    let (tx, rx) = WebSocket::open("ws://peer").unwrap().split();
    world.link().open();
    world.link().message("1");
    assert_eq!((tx.stats().waiting_messages, tx.stats().waiting_bytes), (1, 1));
    drop(rx);
    assert_eq!((tx.stats().waiting_messages, tx.stats().waiting_bytes), (0, 0));
    world.link().message("2");
    assert_eq!(tx.stats().waiting_messages, 0);
    assert_eq!(tx.ready_state(), ReadyState::Open);
}

#[test]
fn a_sink_is_ready_from_the_low_mark_on() {
    let world = World::new();
    let mut socket = WebSocket::builder("ws://peer").flow(Marks { high: 4, low: 1 }).open().unwrap();
    let context = &mut Context::from_waker(Waker::noop());
    let ready = |socket: &mut WebSocket, context: &mut Context<'_>| {
        Sink::<Message>::poll_ready(Pin::new(socket), context)
    };
    assert_eq!(ready(&mut socket, context), Poll::Pending, "connecting");
    world.link().open();
    let mut events = socket.events();
    assert_eq!(ready(&mut socket, context), Poll::Ready(Ok(())));
    Pin::new(&mut socket).start_send("12345".into()).unwrap();
    assert_eq!(world.link().texts(), ["12345"]);
    assert_eq!(ready(&mut socket, context), Poll::Pending, "above the high mark");
    assert_eq!(Sink::<Message>::poll_flush(Pin::new(&mut socket), context), Poll::Pending);
    world.link().drain(4);
    world.advance(1_000);
    assert_eq!(ready(&mut socket, context), Poll::Ready(Ok(())));
    assert_eq!(events.next().now_or_never(), Some(Some(Event::Drain)));
    world.link().drain(1);
    world.advance(1_000);
    assert_eq!(Sink::<Message>::poll_flush(Pin::new(&mut socket), context), Poll::Ready(Ok(())));
    socket.terminate();
    assert_eq!(ready(&mut socket, context), Poll::Ready(Err(SendError::Closed)));
    assert_eq!(Pin::new(&mut socket).start_send("late".into()), Err(SendError::Closed));
}

#[test]
fn only_a_steady_socket_can_be_steered() {
    let world = World::new();
    let strict = WebSocket::open("ws://peer").unwrap();
    let refused = Err(StateError::NotSteady);
    assert_eq!([strict.reconnect(), strict.give_up(), strict.new_session()], [refused; 3]);
    assert_eq!(strict.send_now("early"), Err(SendError::Connecting));
    let steady = WebSocket::builder("ws://peer").reconnect(after(100)).open().unwrap();
    world.link().open();
    world.link().cut();
    assert_eq!(steady.give_up(), Ok(()));
    assert_eq!(steady.ready_state(), ReadyState::Closed);
    assert_eq!(steady.reconnect(), Err(StateError::Ended));
}

#[test]
fn a_queued_message_can_be_cancelled_once() {
    let world = World::new();
    let socket = WebSocket::builder("ws://peer").steady().open().unwrap();
    let ticket = socket.send_now("never").unwrap();
    assert_eq!((socket.stats().queued_messages, socket.stats().queued_bytes), (1, 5));
    assert_eq!((socket.cancel(ticket), socket.cancel(ticket)), (true, false));
    world.link().open();
    assert_eq!(world.link().texts(), [""; 0]);
}

#[test]
fn a_reader_that_falls_behind_misses_the_oldest_events() {
    let world = World::new();
    let queue = Queue { max_count: 1, overflow: Overflow::DropOldest, ..Queue::default() };
    let socket = WebSocket::builder("ws://peer").queue(queue).open().unwrap();
    for (sent, missed) in [(1_024, 0), (1_025, 1), (1_030, 6)] {
        socket.send_now("first").unwrap();
        let mut events = socket.events();
        for _ in 0..sent {
            socket.send_now("message").unwrap();
        }
        let context = &mut Context::from_waker(Waker::noop());
        if missed > 0 {
            assert_eq!(events.poll_event(context), Poll::Ready(Some(Event::Missed { events: missed })));
        }
        for _ in 0..1_024 {
            let event = events.poll_event(context);
            assert!(
                matches!(event, Poll::Ready(Some(Event::Discarded { why: Why::Overflow, .. }))),
                "{event:?}"
            );
        }
        assert_eq!(events.poll_event(context), Poll::Pending);
    }
    drop(world);
}

#[test]
fn streams_of_events_end_with_their_socket() {
    let world = World::new();
    let socket = WebSocket::builder("ws://peer").steady().open().unwrap();
    let (early, mut dropped) = (socket.events(), socket.events());
    socket.terminate();
    assert_eq!(early.collect::<Vec<_>>().now_or_never().unwrap().len(), 1);
    assert!(matches!(dropped.next().now_or_never(), Some(Some(Event::Closed(_)))));
    assert_eq!(socket.events().next().now_or_never(), Some(None), "created after the end");
    let other = WebSocket::open("ws://peer").unwrap();
    let mut events = other.events();
    assert_eq!(events.next().now_or_never(), None);
    drop(other);
    assert_eq!(events.next().now_or_never(), Some(None));
    drop(world);
}

#[test]
fn nothing_follows_the_last_event() {
    let world = World::new();
    let gates: Rc<RefCell<Vec<Gate>>> = Rc::default();
    let own = gates.clone();
    let gate = move |gate: Gate| {
        own.borrow_mut().push(gate);
        pending::<Result<(), ()>>()
    };
    let inbound = Inbound::drop_newest().max_count(0);
    let socket = WebSocket::builder("ws://peer").inbound(inbound).before_flush(gate).open().unwrap();
    let events = socket.events();
    world.link().open();
    let mut gate = gates.borrow_mut().pop().unwrap();
    assert_eq!(gate.attempt(), 1);
    let mut next = Box::pin(gate.next());
    assert_eq!(next.as_mut().now_or_never(), None);
    world.link().message("for the gate");
    socket.terminate();
    // The message returns to a queue that has no room.
    drop(next);
    assert_eq!(socket.stats().dropped_messages, 1);
    let events = events.collect::<Vec<_>>().now_or_never().expect("the end");
    assert!(matches!(events.last(), Some(Event::Closed(_))), "{events:?}");
}

#[test]
fn a_lost_connection_is_reported_with_its_failure() {
    let world = World::new();
    let socket = WebSocket::builder("ws://peer?token=1").reconnect(after(100)).open().unwrap();
    let mut events = socket.events();
    world.link().cut();
    let failure = socket.last_failure().unwrap();
    let flags = (failure.attempt, failure.ever_opened, failure.worked_before, failure.online);
    assert_eq!(flags, (1, false, false, true));
    assert_eq!(failure.close_code().first, 1006);
    let event = events.next().now_or_never().flatten();
    let Some(Event::Reconnecting { attempt: 2, delay, failure: Some(reported), .. }) = event else {
        panic!("{event:?}")
    };
    assert_eq!((delay.as_millis(), reported), (100, failure));
    world.advance(100);
    world.link().open();
    world.page(Page::Offline);
    world.link().cut();
    let failure = socket.last_failure().unwrap();
    let flags = (failure.attempt, failure.ever_opened, failure.worked_before, failure.online);
    assert_eq!(flags, (2, true, true, false));
}

/// Returns whether a new socket knows that connections to this address were established.
fn worked(world: &World, url: &str) -> bool {
    let socket = WebSocket::builder(url).reconnect(after(100)).open().unwrap();
    world.link().cut();
    socket.last_failure().unwrap().worked_before
}

fn connect(world: &World, url: &str) {
    let _socket = WebSocket::builder(url).steady().open().unwrap();
    world.link().open();
}

#[test]
fn a_page_remembers_the_last_100_addresses_that_worked() {
    let world = World::new();
    assert!(!worked(&world, "ws://0"));
    connect(&world, "ws://0?a");
    connect(&world, "ws://1");
    assert!(worked(&world, "ws://0?b") && worked(&world, "ws://1"));
    // Known addresses become the newest.
    connect(&world, "ws://0");
    for number in 2..100 {
        connect(&world, &format!("ws://{number}"));
    }
    assert!(worked(&world, "ws://0") && worked(&world, "ws://1"), "100 addresses");
    connect(&world, "ws://100");
    assert_eq!((worked(&world, "ws://0"), worked(&world, "ws://1")), (true, false));
}

#[test]
fn a_retry_rule_receives_how_the_connection_ended() {
    let world = World::new();
    let closed = Rc::new(RefCell::new(Vec::new()));
    let own = closed.clone();
    let rule = move |info: &crate::CloseInfo| {
        own.borrow_mut().push(info.code);
        if info.code == 4001 { Decision::Stop } else { Decision::Usual }
    };
    let socket = WebSocket::builder("ws://peer").reconnect(after(10)).retry_if(rule).open().unwrap();
    world.link().open();
    world.link().end(4000, "", true);
    world.advance(10);
    world.link().open();
    world.link().end(4001, "", true);
    assert_eq!((&*closed.borrow(), socket.ready_state()), (&vec![4000, 4001], ReadyState::Closed));
}

#[test]
fn a_clock_jumps_by_more_than_two_seconds() {
    for (jump, attempts) in [(0, 1), (2_000, 1), (2_001, 2)] {
        let world = World::new();
        let lost = WebSocket::builder("ws://peer").reconnect(after(50_000)).open().unwrap();
        world.link().open();
        let heartbeat = crate::Heartbeat::new("ping").every(Duration::from_secs(5));
        let _ticks = WebSocket::builder("ws://other").heartbeat(heartbeat).open().unwrap();
        world.link().open();
        world.links()[0].cut();
        world.sleep(jump, true);
        world.advance(6_000);
        assert_eq!(lost.stats().attempts, attempts, "{jump} ms");
    }
}

#[test]
fn invalid_arguments_of_close_change_nothing() {
    let world = World::new();
    let socket = WebSocket::open("ws://peer").unwrap();
    world.link().open();
    assert_eq!(socket.close(1001, "").now_or_never(), Some(Err(CloseError::Code(1001))));
    let long = "x".repeat(124);
    assert_eq!(socket.close(1000, &long).now_or_never(), Some(Err(CloseError::ReasonTooLong(124))));
    assert_eq!(socket.ready_state(), ReadyState::Open);
    assert!(world.link().closing.borrow().is_none());
}

#[test]
fn a_full_queue_says_which_limit_refused() {
    let _world = World::new();
    let open = |max_bytes, max_count| {
        let queue = Queue { max_bytes, max_count, ..Queue::default() };
        WebSocket::builder("ws://peer").queue(queue).open().unwrap()
    };
    let (bytes, count) = (open(3, 9), open(9, 1));
    assert!(bytes.send_now("12").is_ok() && count.send_now("12").is_ok());
    assert_eq!(bytes.send_now("34"), Err(SendError::QueueBytes));
    assert_eq!(bytes.send_now("1234"), Err(SendError::TooLarge));
    assert_eq!(count.send_now("34"), Err(SendError::QueueCount));
    let expired = Outgoing::from("1").lifetime(Duration::ZERO);
    assert_eq!(bytes.send_now(expired), Err(SendError::NoLifetime));
}

#[test]
fn an_ended_connection_is_neither_observed_nor_closed() {
    let world = World::new();
    let socket = WebSocket::builder("ws://peer").reconnect(after(100)).open().unwrap();
    let link = world.link();
    link.open();
    assert!(link.is_heard());
    link.cut();
    assert!(!link.is_heard());
    drop(socket);
    assert!(link.closing.borrow().is_none());
}

#[test]
fn a_socket_notices_that_its_peer_is_closing() {
    let world = World::new();
    let socket = WebSocket::open("ws://peer").unwrap();
    world.link().open();
    assert_eq!(socket.ready_state(), ReadyState::Open);
    world.link().part();
    assert_eq!(socket.ready_state(), ReadyState::Closing);
    assert_eq!(socket.send_now("late"), Err(SendError::Closed));
    assert_eq!(world.link().texts(), [""; 0]);
}
