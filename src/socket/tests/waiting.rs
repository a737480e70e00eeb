//! What waits has a life: the waker of a task that is done or gone is released.

use super::world::World;
use crate::{Event, Gate, Marks, Message, WebSocket};
use futures_util::{FutureExt, Sink, Stream, StreamExt};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};

/// A task that only counts how often it was woken.
#[derive(Default)]
struct Task(AtomicUsize);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls by a task of its own; how many wakers of it are left.
fn left(poll: impl FnOnce(&mut Context<'_>)) -> usize {
    let task = Arc::new(Task::default());
    let waker = Waker::from(task.clone());
    poll(&mut Context::from_waker(&waker));
    drop(waker);
    Arc::strong_count(&task) - 1
}

/// Polls a future once and drops it.
fn finished<F: Future>(future: F) -> usize {
    left(|context| assert!(pin!(future).poll(context).is_pending()))
}

#[test]
fn a_thousand_finished_tasks_leave_nothing() {
    let _world = World::new();
    let mut socket = WebSocket::open("ws://peer").unwrap();
    let mut events = socket.events();
    for _ in 0..1_000 {
        assert_eq!(finished(socket.send("waits for the connection")), 0);
        assert_eq!(finished(socket.opened()), 0);
        assert_eq!(finished(socket.closed()), 0);
        assert_eq!(finished(socket.next()), 0);
        assert_eq!(finished(socket.next_payload()), 0);
        assert_eq!(finished(events.next()), 0);
    }
}

#[test]
fn closing_and_flushing_leave_nothing_either() {
    let world = World::new();
    let socket = WebSocket::builder("ws://peer").steady().open().unwrap();
    world.link().open();
    socket.send_now("on its way").unwrap();
    for _ in 0..1_000 {
        assert_eq!(finished(socket.flush()), 0);
        assert_eq!(finished(socket.close(1000, "")), 0);
    }
}

#[test]
fn a_stream_or_sink_keeps_the_last_task_alone() {
    let world = World::new();
    let marks = Marks { high: 10, low: 1 };
    let mut socket = WebSocket::builder("ws://peer").flow(marks).steady().open().unwrap();
    world.link().open();
    let mut events = socket.events();
    socket.send_now("more than the high mark").unwrap();
    let tasks: Vec<Arc<Task>> = (0..1_000).map(|_| Arc::default()).collect();
    for task in &tasks {
        let waker = Waker::from(task.clone());
        let context = &mut Context::from_waker(&waker);
        assert!(Pin::new(&mut socket).poll_next(context).is_pending());
        assert!(Sink::<Message>::poll_ready(Pin::new(&mut socket), context).is_pending());
        assert!(Sink::<Message>::poll_flush(Pin::new(&mut socket), context).is_pending());
        assert!(Pin::new(&mut events).poll_next(context).is_pending());
    }
    let held = || tasks.iter().filter(|task| Arc::strong_count(task) > 1).count();
    assert_eq!(held(), 1);
    drop((socket, events));
    assert_eq!(held(), 0);
}

#[test]
fn a_dropped_sender_leaves_nothing() {
    let world = World::new();
    let (mut tx, _rx) = WebSocket::builder("ws://peer").steady().open().unwrap().split();
    world.link().open();
    tx.send_now("on its way").unwrap();
    let polled = left(|context| {
        assert!(Sink::<Message>::poll_flush(Pin::new(&mut tx), context).is_pending());
        drop(tx);
    });
    assert_eq!(polled, 0);
}

#[test]
fn every_task_that_waits_is_woken_once() {
    let world = World::new();
    let socket = WebSocket::open("ws://peer").unwrap();
    let tasks: Vec<Arc<Task>> = (0..100).map(|_| Arc::default()).collect();
    let mut waits: Vec<_> = tasks.iter().map(|_| Box::pin(socket.opened())).collect();
    for (task, wait) in tasks.iter().zip(&mut waits) {
        let waker = Waker::from(task.clone());
        let context = &mut Context::from_waker(&waker);
        // Asked twice, it still waits in one place.
        assert!(wait.as_mut().poll(context).is_pending() && wait.as_mut().poll(context).is_pending());
    }
    world.link().open();
    assert!(tasks.iter().all(|task| task.0.load(Ordering::Relaxed) == 1));
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("on purpose");
    }
}

#[test]
fn a_waker_that_panics_leaves_the_others_waiting() {
    let world = World::new();
    let socket = WebSocket::open("ws://peer").unwrap();
    let task = Arc::new(Task::default());
    let (bad, good) = (Waker::from(Arc::new(Panics)), Waker::from(task.clone()));
    let (mut first, mut second) = (pin!(socket.closed()), pin!(socket.closed()));
    assert!(first.as_mut().poll(&mut Context::from_waker(&bad)).is_pending());
    assert!(second.as_mut().poll(&mut Context::from_waker(&good)).is_pending());
    world.link().open();
    assert_eq!(world.panics(), ["on purpose"]);
    world.link().cut();
    assert_eq!(task.0.load(Ordering::Relaxed), 1);
    assert!(second.poll(&mut Context::from_waker(&good)).is_ready());
}

#[test]
fn a_gate_that_waits_leaves_nothing() {
    let world = World::new();
    let builder = WebSocket::builder("ws://peer").before_flush(|mut gate: Gate| async move {
        for _ in 0..1_000 {
            assert_eq!(finished(gate.next()), 0);
        }
        Ok::<(), ()>(())
    });
    let _socket = builder.open().unwrap();
    world.link().open();
    assert_eq!(world.panics(), [""; 0]);
}

/// Polls a future with a waker that panics.
fn poll_panicking(future: Pin<&mut impl Future>) {
    assert!(future.poll(&mut Context::from_waker(&Waker::from(Arc::new(Panics)))).is_pending());
}

#[test]
fn a_waker_that_panics_at_the_open_event_does_not_stop_the_queue() {
    let world = World::new();
    let socket = WebSocket::builder("ws://peer").steady().open().unwrap();
    socket.send_now("queued").unwrap();
    let mut opened = pin!(socket.opened());
    poll_panicking(opened.as_mut());
    world.link().open();
    assert_eq!((world.panics(), world.link().texts()), (vec!["on purpose".to_owned()], vec![]));
    world.advance(10);
    assert_eq!(world.link().texts(), ["queued"]);
}

#[test]
fn a_waker_that_panics_does_not_stop_later_events() {
    let world = World::new();
    let socket = WebSocket::builder("ws://peer").steady().open().unwrap();
    socket.send_now("discarded").unwrap();
    let events = socket.events();
    let mut closed = pin!(socket.closed());
    poll_panicking(closed.as_mut());
    world.task(|| socket.terminate());
    assert_eq!(world.panics(), ["on purpose"]);
    world.advance(10);
    let events = events.collect::<Vec<_>>().now_or_never().expect("the end");
    assert!(matches!(*events, [Event::Discarded { .. }, Event::Closed(_)]), "{events:?}");
}
