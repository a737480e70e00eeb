//! The application's code: called when the machine has answered, dropped when its answer is of no use.

use super::world::World;
use crate::{
    CloseInfo, Decision, Event, Gate, Heartbeat, Inbound, Message, OpenError, Outgoing, Queue, ReadyState,
    Retry, SendError, Sender, Ticket, WebSocket, Why,
};
use futures_util::{FutureExt, StreamExt};
use std::cell::{Cell, RefCell};
use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

/// Counts how many of it are alive.
#[derive(Clone)]
struct Alive(Rc<()>);

impl Alive {
    fn count(&self) -> usize {
        Rc::strong_count(&self.0) - 1
    }
}

fn alive() -> (Alive, Alive) {
    let counted = Alive(Rc::new(()));
    (Alive(counted.0.clone()), counted)
}

type End = fn(&World, &Sender);
const ENDS: [(&str, End); 5] = [
    ("close", |_, tx| drop(tx.close(1000, ""))),
    ("terminate", |_, tx| tx.terminate()),
    ("reconnect", |_, tx| tx.reconnect().unwrap()),
    ("timeout", |world, _| world.advance(30_001)),
    ("cut", |world, _| world.links().last().into_iter().for_each(|link| link.cut())),
];

/// Returns a provider that never answers, and holds its value in the first call only.
fn silent<T: 'static>(held: Alive) -> impl Fn() -> Pin<Box<dyn Future<Output = T>>> + 'static {
    let held = Cell::new(Some(held));
    move || {
        let held = held.take();
        Box::pin(async move {
            let _guard = held;
            pending().await
        })
    }
}

#[test]
fn a_providers_future_is_dropped_when_its_attempt_is_over() {
    for (name, end) in ENDS {
        if name == "cut" {
            continue;
        }
        for of in ["addresses", "sub-protocols"] {
            let world = World::new();
            let (held, count) = alive();
            let builder = match of {
                "addresses" => WebSocket::builder(silent::<String>(held)),
                _ => WebSocket::builder("ws://peer").protocols_with(silent::<Vec<String>>(held)),
            };
            let (tx, _rx) = builder.steady().open().unwrap().split();
            world.settle();
            assert_eq!(count.count(), 1, "{name}, {of}");
            end(&world, &tx);
            world.settle();
            assert_eq!(count.count(), 0, "{name}, {of}");
        }
    }
}

#[test]
fn a_gates_future_is_dropped_when_its_connection_is_over() {
    for (name, end) in ENDS {
        let world = World::new();
        let (held, count) = alive();
        let gate = move |_gate: Gate| {
            let held = held.clone();
            async move {
                let _guard = held;
                pending::<Result<(), ()>>().await
            }
        };
        let (tx, _rx) = WebSocket::builder("ws://peer").before_flush(gate).open().unwrap().split();
        world.link().open();
        assert_eq!(count.count(), 2, "{name}");
        end(&world, &tx);
        world.settle();
        assert_eq!(count.count(), 1, "{name}");
    }
}

#[test]
fn a_socket_that_is_dropped_drops_what_it_asked() {
    let world = World::new();
    let (held, count) = alive();
    let provider = move || {
        let held = held.clone();
        async move {
            let _guard = held;
            pending::<Vec<String>>().await
        }
    };
    let socket = WebSocket::builder("ws://peer").protocols_with(provider).open().unwrap();
    world.settle();
    assert_eq!(count.count(), 2);
    drop(socket);
    world.settle();
    assert_eq!((count.count(), world.held()), (0, vec![]));
}

#[test]
fn a_provider_that_gives_its_own_attempt_up_is_dropped() {
    let world = World::new();
    let (held, count) = alive();
    let handle: Rc<RefCell<Option<Sender>>> = Rc::default();
    let own = handle.clone();
    let socket = WebSocket::builder(move || {
        if let Some(tx) = &*own.borrow() {
            tx.terminate();
        }
        let held = held.clone();
        async move {
            let _guard = held;
            pending::<String>().await
        }
    });
    let (tx, _rx) = socket.steady().open().unwrap().split();
    world.settle();
    handle.replace(Some(tx.clone()));
    tx.reconnect().unwrap();
    world.advance(10_000);
    assert_eq!(tx.ready_state(), ReadyState::Closed);
    assert_eq!(count.count(), 1);
    handle.take();
}

#[test]
fn a_message_that_a_gate_did_not_take_keeps_its_place() {
    let world = World::new();
    let gate = |mut gate: Gate| async move {
        {
            // Waits, and is gone before it has looked.
            let mut next = Box::pin(gate.next());
            assert!(futures_util::poll!(&mut next).is_pending());
            futures_util::pending!();
        }
        pending::<Result<(), ()>>().await
    };
    let mut socket = WebSocket::builder("ws://peer").before_flush(gate).open().unwrap();
    let link = world.link();
    link.open();
    link.quietly(|link| {
        link.message("1");
        link.message("2");
    });
    world.settle();
    link.message("3");
    for text in ["1", "2", "3"] {
        assert_eq!(socket.next().now_or_never(), Some(Some(Message::Text(text.into()))));
    }
}

#[test]
fn each_gate_has_its_own_letterbox() {
    let world = World::new();
    let gates: Rc<RefCell<Vec<Gate>>> = Rc::default();
    let keep = gates.clone();
    let gate = move |gate: Gate| {
        keep.borrow_mut().push(gate);
        pending::<Result<(), ()>>()
    };
    let retry = Retry { first: 1, floor: 1, ..Retry::default() };
    let socket = WebSocket::builder("ws://peer").reconnect(retry).before_flush(gate).open().unwrap();
    world.link().open();
    let mut first = gates.borrow_mut().pop().unwrap();
    let mut old = Box::pin(first.next());
    assert_eq!(old.as_mut().now_or_never(), None);
    world.link().cut();
    world.advance(2_000);
    world.link().open();
    assert_eq!(old.now_or_never(), Some(None));
    let mut second = gates.borrow_mut().pop().unwrap();
    assert_eq!((first.attempt(), second.attempt()), (1, 2));
    assert_eq!(first.send("too late"), Err(SendError::Closed));
    second.send("at once").unwrap();
    assert_eq!(world.link().texts(), ["at once"]);
    let mut new = Box::pin(second.next());
    assert_eq!(new.as_mut().now_or_never(), None);
    world.link().message("for the second");
    assert_eq!(new.now_or_never(), Some(Some(Message::Text("for the second".into()))));
    drop(socket);
}

#[test]
fn a_native_send_that_throws_ends_a_strict_socket() {
    let world = World::new();
    let socket = WebSocket::open("ws://peer").unwrap();
    let events = socket.events();
    let link = world.link();
    link.open();
    socket.send_now("ok").unwrap();
    link.takes.set(false);
    assert_eq!(socket.send_now("not taken"), Err(SendError::Closed));
    assert_eq!(socket.ready_state(), ReadyState::Closed);
    let closed = CloseInfo { code: 1006, reason: String::new(), was_clean: false };
    assert_eq!(socket.closed().now_or_never(), Some(closed.clone()));
    assert_eq!(socket.flush().now_or_never(), Some(Err(SendError::Lost(Ticket(1), Why::Closed))));
    assert_eq!(
        events.collect::<Vec<_>>().now_or_never().unwrap(),
        [Event::Open { attempt: 1 }, Event::Closed(closed)]
    );
    assert!(link.closing.borrow().is_some(), "the peer was told");
    assert_eq!(socket.buffered_amount(), 9);
    drop(socket);
    assert_eq!(world.held(), [""; 0]);
}

#[test]
fn a_steady_socket_sends_again_what_a_connection_did_not_take() {
    let world = World::new();
    let socket = WebSocket::builder("ws://peer").steady().open().unwrap();
    world.link().open();
    world.link().takes.set(false);
    let ticket = socket.send_now("taken the second time").unwrap();
    assert_eq!(socket.stats().queued_messages, 1);
    world.advance(5_000);
    world.link().open();
    assert_eq!(world.link().texts(), ["taken the second time"]);
    assert_eq!(ticket, Ticket(0));
}

#[test]
fn a_fixed_address_that_is_refused_later_ends_the_socket() {
    for (fixed, ends) in [(true, true), (false, false)] {
        let world = World::new();
        let retry = Retry { first: 10, floor: 10, ..Retry::default() };
        let builder = if fixed {
            WebSocket::builder("ws://peer")
        } else {
            WebSocket::builder(|| std::future::ready("ws://peer".to_owned()))
        };
        let socket = builder.reconnect(retry).open().unwrap();
        world.settle();
        world.link().open();
        world.refuse(Some(OpenError::Forbidden("ws://peer".into())));
        world.link().cut();
        world.advance(2_000);
        assert_eq!(socket.closed().now_or_never().is_some(), ends);
        let failure = socket.last_failure().unwrap();
        assert_eq!((failure.cause, failure.worked_before), (crate::Cause::Forbidden, true));
        assert!(failure.error.is_some());
    }
}

#[test]
fn the_events_of_a_handler_that_calls_verbs_keep_their_order() {
    let world = World::new();
    let handle: Rc<RefCell<Option<Sender>>> = Rc::default();
    let own = handle.clone();
    let rule = move |_: &CloseInfo| {
        let tx = own.borrow().clone().unwrap();
        tx.send_now("from the rule").unwrap();
        drop(tx.close(1000, "from the rule"));
        assert_eq!(tx.ready_state(), ReadyState::Closed);
        Decision::Again
    };
    let queue = Queue { max_count: 1, ..Queue::default() };
    let socket = WebSocket::builder("ws://peer").queue(queue).retry_if(rule).open().unwrap();
    let (tx, _rx) = socket.split();
    handle.replace(Some(tx.clone()));
    let events = tx.events();
    world.link().open();
    world.link().cut();
    let events: Vec<Event> = events.collect::<Vec<_>>().now_or_never().expect("the end");
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| match event {
            Event::Open { .. } => "open",
            Event::Discarded { why: Why::Closed, .. } => "discarded",
            Event::Closed(closed) if closed.was_clean => "closed",
            _ => "other",
        })
        .collect();
    assert_eq!(kinds, ["open", "discarded", "closed"]);
    handle.take();
}

#[test]
fn a_key_that_drops_the_receiver_leaves_no_message() {
    let world = World::new();
    let rx = Rc::new(RefCell::new(None));
    let own = rx.clone();
    let inbound = Inbound::latest_per_key(move |_| {
        drop(own.borrow_mut().take());
        Some("key".into())
    });
    let (tx, receiver) = WebSocket::builder("ws://peer").inbound(inbound).open().unwrap().split();
    rx.replace(Some(receiver));
    world.link().open();
    world.link().message("for nobody");
    assert_eq!(tx.stats().waiting_messages, 0);
}

#[test]
fn what_arrives_after_a_heartbeat_told_a_task_to_close_is_not_delivered() {
    let world = World::new();
    let handle: Rc<RefCell<Option<Sender>>> = Rc::default();
    let own = handle.clone();
    let heartbeat = Heartbeat::new("ping").every(Duration::from_millis(10)).pong_if(move |_| {
        if let Some(tx) = own.take() {
            drop(tx.close(1000, ""));
        }
        false
    });
    let (tx, mut rx) = WebSocket::builder("ws://peer").heartbeat(heartbeat).open().unwrap().split();
    handle.replace(Some(tx));
    world.link().open();
    world.link().message("after close()");
    world.link().finish();
    assert_eq!(rx.next().now_or_never(), Some(None));
}

#[test]
fn a_message_can_be_sent_when_its_value_was_discarded() {
    assert_eq!(Outgoing::from(Message::Text("grün".into())).into_message(), Message::Text("grün".into()));
}

thread_local! {
    static TERMINATED: RefCell<Option<Sender>> = const { RefCell::new(None) };
}

/// Terminates the socket of this thread when it is woken.
struct Terminates;

impl Wake for Terminates {
    fn wake(self: Arc<Self>) {
        let sender = TERMINATED.take();
        sender.iter().for_each(Sender::terminate);
    }
}

#[test]
fn a_retry_rule_is_not_called_when_a_task_has_closed_the_socket() {
    let world = World::new();
    let calls = Rc::new(Cell::new(0));
    let count = calls.clone();
    let rule = move |_: &CloseInfo| {
        count.set(count.get() + 1);
        Decision::Usual
    };
    let socket = WebSocket::builder("ws://peer").retry_if(rule).open().unwrap();
    let (tx, _rx) = socket.split();
    let link = world.link();
    link.open();
    tx.send_now("in doubt").unwrap();
    link.drain(2);
    world.advance(1);
    let waker = Waker::from(Arc::new(Terminates));
    let mut closed = pin!(tx.closed());
    assert!(closed.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    TERMINATED.set(Some(tx.clone()));
    // The event of the message that may have been lost wakes the task before the rule's turn.
    link.end(1001, "", true);
    assert_eq!((tx.ready_state(), calls.get()), (ReadyState::Closed, 0));
}

#[test]
fn an_attempt_is_not_made_when_a_task_has_closed_the_socket() {
    let world = World::new();
    let (tx, _rx) = WebSocket::builder("ws://peer").steady().open().unwrap().split();
    world.link().open();
    let waker = Waker::from(Arc::new(Terminates));
    let mut events = tx.events();
    assert!(events.poll_next_unpin(&mut Context::from_waker(&waker)).is_pending());
    TERMINATED.set(Some(tx.clone()));
    // The event that announces the attempt wakes the task.
    tx.reconnect().unwrap();
    world.settle();
    assert_eq!((tx.ready_state(), world.links().len()), (ReadyState::Closed, 1));
}
