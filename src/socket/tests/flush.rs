//! A flush is about the messages accepted before it: done when all were handed over, failed as soon as one was not.

use super::world::{Link, World};
use crate::{
    Marks, Message, Outgoing, Overflow, Queue, ReadyState, SendError, Sender, Ticket, WebSocket, Why,
};
use futures_util::{FutureExt, Sink, SinkExt, StreamExt};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

fn steady(world: &World) -> (WebSocket, Rc<Link>) {
    let socket = WebSocket::builder("ws://peer").steady().open().unwrap();
    let link = world.link();
    link.open();
    (socket, link)
}

fn poll_flush(sender: &mut Sender) -> Poll<Result<(), SendError>> {
    Sink::<Message>::poll_flush(Pin::new(sender), &mut Context::from_waker(Waker::noop()))
}

#[test]
fn what_was_lost_fails_the_flush_and_names_the_message() {
    let world = World::new();
    let (socket, link) = steady(&world);
    socket.send_now("12345").unwrap();
    let second = socket.send_now("67890").unwrap();
    let mut flush = pin!(socket.flush());
    assert_eq!(flush.as_mut().now_or_never(), None);
    link.drain(2);
    world.advance(1);
    link.cut();
    let lost = flush.now_or_never().expect("settled");
    assert!(matches!(lost, Err(SendError::Lost(ticket, Why::InDoubt)) if ticket < second), "{lost:?}");
}

#[test]
fn each_lost_message_fails_a_flush() {
    let world = World::new();
    let (socket, link) = steady(&world);
    let first = socket.send_now("12345").unwrap();
    let second = socket.send_now("67890").unwrap();
    let mut flush = pin!(socket.flush());
    assert_eq!(flush.as_mut().now_or_never(), None);
    link.drain(10);
    world.advance(1);
    link.cut();
    assert_eq!(flush.now_or_never(), Some(Err(SendError::Lost(first, Why::InDoubt))));
    assert_eq!(socket.flush().now_or_never(), Some(Err(SendError::Lost(second, Why::InDoubt))));
}

#[test]
fn what_a_rule_discards_fails_it_too() {
    let world = World::new();
    let queue = Queue { max_count: 1, overflow: Overflow::DropOldest, ..Queue::default() };
    let socket = WebSocket::builder("ws://peer").queue(queue).open().unwrap();
    let first = socket.send_now("1").unwrap();
    let mut flush = pin!(socket.flush());
    assert_eq!(flush.as_mut().now_or_never(), None);
    socket.send_now("2").unwrap();
    assert_eq!(flush.now_or_never(), Some(Err(SendError::Lost(first, Why::Overflow))));

    let short = Outgoing::from("3").lifetime(Duration::from_millis(5));
    let third = socket.send_now(short).unwrap();
    world.advance(10);
    assert_eq!(socket.flush().now_or_never(), Some(Err(SendError::Lost(third, Why::Expired))));
    assert_eq!(socket.flush().now_or_never(), Some(Ok(())), "it was reported");
}

#[test]
fn a_strict_flush_fails_when_the_connection_ends_first() {
    let world = World::new();
    let socket = WebSocket::open("ws://peer").unwrap();
    world.link().open();
    socket.send_now("0123456789").unwrap();
    let mut flush = pin!(socket.flush());
    assert_eq!(flush.as_mut().now_or_never(), None);
    world.link().drain(5);
    world.link().cut();
    assert_eq!(flush.now_or_never(), Some(Err(SendError::Lost(Ticket(0), Why::Closed))));
}

#[test]
fn a_flush_does_not_wait_for_what_is_sent_after_it() {
    let world = World::new();
    let (socket, link) = steady(&world);
    socket.send_now("first").unwrap();
    let mut flush = pin!(socket.flush());
    for _ in 0..20 {
        assert_eq!(flush.as_mut().now_or_never(), None);
        socket.send_now("traffic").unwrap();
    }
    link.drain(5);
    world.advance(100);
    assert_eq!(flush.now_or_never(), Some(Ok(())));
    assert!(socket.buffered_amount() > 0);
}

#[test]
fn a_flush_does_not_fail_with_what_is_sent_after_it() {
    let world = World::new();
    let marks = Marks { high: 1, low: 1 };
    let socket = WebSocket::builder("ws://peer").flow(marks).steady().open().unwrap();
    let link = world.link();
    link.open();
    socket.send_now("first").unwrap();
    let mut flush = pin!(socket.flush());
    assert_eq!(flush.as_mut().now_or_never(), None);
    let second = socket.send_now("second").unwrap();
    let mut later = pin!(socket.flush());
    assert_eq!(later.as_mut().now_or_never(), None);
    assert!(socket.cancel(second));
    assert_eq!(later.now_or_never(), Some(Err(SendError::Lost(second, Why::Cancelled))));
    assert_eq!(flush.as_mut().now_or_never(), None);
    link.drain(5);
    world.advance(300);
    assert_eq!(flush.now_or_never(), Some(Ok(())));
}

#[test]
fn a_cancelled_flush_is_not_the_next_ones() {
    let world = World::new();
    let (socket, link) = steady(&world);
    let (mut tx, _rx) = socket.split();
    tx.send_now("first").unwrap();
    assert_eq!(poll_flush(&mut tx), Poll::Pending);
    let mut send = Box::pin(SinkExt::send(&mut tx, Message::Text("second".into())));
    assert_eq!(send.as_mut().now_or_never(), None);
    link.drain(5);
    world.advance(100);
    assert_eq!(send.as_mut().now_or_never(), None, "the second has not left");
    link.drain(6);
    world.advance(300);
    assert_eq!(send.now_or_never(), Some(Ok(())));
}

#[test]
fn every_way_to_send_begins_a_new_flush() {
    let world = World::new();
    let (socket, link) = steady(&world);
    let (mut tx, _rx) = socket.split();
    let send: [fn(&mut Sender); 3] = [
        |tx| {
            tx.send_now("way").unwrap();
        },
        |tx| {
            Sender::send(tx, "way").now_or_never().unwrap().unwrap();
        },
        |tx| Pin::new(tx).start_send(Message::Text("way".into())).unwrap(),
    ];
    for send in send {
        tx.send_now("one").unwrap();
        assert_eq!(poll_flush(&mut tx), Poll::Pending);
        send(&mut tx);
        link.drain(3);
        world.advance(300);
        assert_eq!(poll_flush(&mut tx), Poll::Pending);
        link.drain(3);
        world.advance(300);
        assert_eq!(poll_flush(&mut tx), Poll::Ready(Ok(())));
    }
}

#[test]
fn closing_a_sink_flushes_first() {
    let world = World::new();
    let socket = WebSocket::builder("ws://peer").steady().open().unwrap();
    let (tx, rx) = socket.split();
    let messages = futures_util::stream::iter(["1", "2", "3"]).map(|text| Ok(Message::Text(text.into())));
    let mut forward = Box::pin(messages.forward(tx));
    assert_eq!(forward.as_mut().now_or_never(), None, "connecting");
    let link = world.link();
    link.open();
    assert_eq!(link.texts(), ["1", "2", "3"]);
    assert_eq!(forward.as_mut().now_or_never(), None);
    assert_eq!(rx.ready_state(), ReadyState::Open, "they have not left");
    link.drain(3);
    world.advance(300);
    assert_eq!(forward.as_mut().now_or_never(), None);
    assert_eq!(rx.ready_state(), ReadyState::Closing);
    link.finish();
    assert_eq!(forward.now_or_never(), Some(Ok(())));
    assert!(rx.closed().now_or_never().unwrap().was_clean);
}

#[test]
fn closing_a_sink_waits_for_the_gate_and_fails_if_something_was_lost() {
    let world = World::new();
    let gate = |_| std::future::pending::<Result<(), ()>>();
    let socket = WebSocket::builder("ws://peer").before_flush(gate).open().unwrap();
    let (mut tx, rx) = socket.split();
    let ticket = tx.send_now("behind the gate").unwrap();
    let mut close = Box::pin(SinkExt::<Message>::close(&mut tx));
    world.link().open();
    assert_eq!(close.as_mut().now_or_never(), None);
    assert_eq!(rx.ready_state(), ReadyState::Open);
    rx.terminate();
    assert_eq!(close.now_or_never(), Some(Err(SendError::Lost(ticket, Why::Closed))));
}

#[test]
fn closing_a_sink_that_lost_something_hands_over_the_rest() {
    let world = World::new();
    let queue = Queue { max_count: 1, overflow: Overflow::DropOldest, ..Queue::default() };
    let (mut tx, _rx) = WebSocket::builder("ws://peer").queue(queue).open().unwrap().split();
    let lost = tx.send_now("lost").unwrap();
    tx.send_now("kept").unwrap();
    let mut close = Box::pin(SinkExt::<Message>::close(&mut tx));
    assert_eq!(close.as_mut().now_or_never(), None);
    let link = world.link();
    link.open();
    assert_eq!(link.texts(), ["kept"]);
    link.drain(4);
    world.advance(300);
    assert_eq!(close.as_mut().now_or_never(), None);
    link.finish();
    assert_eq!(close.now_or_never(), Some(Err(SendError::Lost(lost, Why::Overflow))));
}

#[test]
fn a_sink_that_sent_nothing_closes_at_once() {
    let world = World::new();
    let mut socket = WebSocket::open("ws://peer").unwrap();
    let mut close = Box::pin(SinkExt::<Message>::close(&mut socket));
    assert_eq!(close.as_mut().now_or_never(), None);
    world.link().finish();
    assert_eq!(close.now_or_never(), Some(Ok(())));
}

#[test]
fn flushes_that_nobody_waits_for_do_not_accumulate() {
    let world = World::new();
    let (socket, link) = steady(&world);
    socket.send_now("one").unwrap();
    for _ in 0..1_000 {
        assert_eq!(socket.flush().now_or_never(), None);
    }
    let mut last = pin!(socket.flush());
    assert_eq!(last.as_mut().now_or_never(), None);
    link.drain(3);
    world.advance(300);
    assert_eq!(last.now_or_never(), Some(Ok(())));
}
