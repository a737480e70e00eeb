//! The page hub: the platform's functions may have been replaced by a page, and then they call anything, or throw.

use super::world::World;
use crate::core::Page;
use crate::{Event, Queue, Retry, WebSocket};
use futures_util::FutureExt;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

fn steady() -> WebSocket {
    let retry = Retry { first: 100, floor: 100, ceiling: 100, ..Retry::default() };
    WebSocket::builder("ws://peer").reconnect(retry).open().unwrap()
}

#[test]
fn the_platform_may_open_and_drop_sockets_wherever_it_is_called() {
    for place in [
        "after",
        "clear",
        "listen",
        "unlisten",
        "is_offline",
        "connect",
        "send",
        "close",
        "amount",
        "on",
        "off",
    ] {
        let world = World::new();
        let count = Rc::new(Cell::new(0));
        let calls = count.clone();
        world.hook(move |called| {
            if called == place && calls.get() < 20 {
                calls.set(calls.get() + 1);
                drop(steady());
                let other = WebSocket::open("ws://other").unwrap();
                other.terminate();
            }
        });
        let first = steady();
        world.link().open();
        first.send_now("x").unwrap();
        let flush = first.flush().now_or_never();
        assert_eq!(flush, None, "{place}");
        world.advance(100);
        world.page(Page::Offline);
        world.page(Page::Online);
        let second = steady();
        first.terminate();
        drop((first, second));
        world.unhook();
        world.advance(60_000);
        assert!(count.get() > 0, "{place} was never called");
        assert_eq!((world.panics(), world.held()), (vec![], vec![]), "{place}");
    }
}

#[test]
fn a_page_may_stop_its_wall_clock() {
    let world = World::new();
    world.stop_wall();
    let queue = Queue { lifetime: Some(1_000), ..Queue::default() };
    let socket = WebSocket::builder("ws://peer").queue(queue).open().unwrap();
    socket.send_now("early").unwrap();
    world.advance(600);
    socket.send_now("late").unwrap();
    world.advance(600);
    world.link().open();
    assert_eq!(world.link().texts(), ["late"], "a time to live counts from the call");
}

#[test]
fn a_throw_of_the_platforms_does_not_abort_later_sockets() {
    for place in ["after", "listen", "is_offline", "connect"] {
        let world = World::new();
        let throws = Rc::new(Cell::new(true));
        let once = throws.clone();
        world.hook(move |called| {
            if called == place && once.take() {
                panic!("thrown by {place}");
            }
        });
        world.task(|| drop(steady()));
        assert_eq!(world.panics(), [format!("thrown by {place}")]);
        let socket = steady();
        world.link().open();
        assert_eq!(socket.opened().now_or_never(), Some(Ok(())), "{place}");
        let mut events = socket.events();
        world.link().cut();
        assert!(matches!(events.next().now_or_never(), Some(Some(Event::Reconnecting { .. }))), "{place}");
        world.advance(100);
        world.link().open();
        assert!(matches!(events.next().now_or_never(), Some(Some(Event::Open { attempt: 2 }))), "{place}");
        drop((socket, events));
        assert_eq!((world.panics(), world.held()), (vec![], vec![]), "{place}");
    }
}

/// Sockets of which the first panics in its provider, at the second attempt.
fn with_a_bad_one() -> (WebSocket, Vec<WebSocket>) {
    let asked = Rc::new(Cell::new(0));
    let bad = WebSocket::builder(move || {
        asked.set(asked.get() + 1);
        assert!(asked.get() != 2, "thrown on purpose");
        std::future::ready("ws://bad".to_owned())
    });
    let retry = Retry { first: 100, floor: 100, ceiling: 100, ..Retry::default() };
    let bad = bad.reconnect(retry).open().unwrap();
    (bad, (0..5).map(|_| steady()).collect())
}

#[test]
fn where_one_panics_in_its_turn_the_others_have_theirs() {
    let world = World::new();
    let (bad, others) = with_a_bad_one();
    world.settle();
    let links = world.links();
    links.iter().for_each(|link| link.open());
    links.iter().for_each(|link| link.cut());
    world.advance(200);
    assert_eq!(world.panics(), ["thrown on purpose"]);
    world.links().iter().for_each(|link| link.open());
    assert!(others.iter().all(|socket| socket.opened().now_or_never() == Some(Ok(()))));
    // Its own attempt is given up at the connect timeout, and the next one is made.
    world.advance(60_000);
    world.link().open();
    assert_eq!(bad.opened().now_or_never(), Some(Ok(())));
}

#[test]
fn where_one_panics_at_a_page_event_the_others_hear_of_it() {
    let world = World::new();
    let (bad, others) = with_a_bad_one();
    world.settle();
    let links = world.links();
    links.iter().for_each(|link| link.open());
    world.page(Page::Offline);
    links.iter().for_each(|link| link.cut());
    world.advance(50);
    let before = world.links().len();
    // Each connects at once; the first panics while it does.
    world.page(Page::Online);
    world.advance(50);
    assert_eq!(world.panics(), ["thrown on purpose"]);
    assert_eq!(world.links().len() - before, others.len());
    drop(bad);
}

#[test]
fn a_clock_that_jumped_is_told() {
    let world = World::new();
    let retry = Retry { first: 50_000, floor: 50_000, ceiling: 50_000, ..Retry::default() };
    let socket = WebSocket::builder("ws://peer").reconnect(retry).open().unwrap();
    let other = steady();
    let log = Rc::new(RefCell::new(Vec::new()));
    let (mut events, told) = (socket.events(), log.clone());
    world.spawn(async move {
        while let Some(event) = events.next().await {
            told.borrow_mut().push(event);
        }
    });
    for link in world.links() {
        link.cut();
    }
    world.sleep(3_600_000, true);
    // The other one's timer finds out, and both connect.
    world.advance(100);
    world.settle();
    assert_eq!((socket.stats().attempts, other.stats().attempts), (2, 2));
    drop((socket, other));
    world.settle();
    assert_eq!(world.held(), [""; 0]);
}

#[test]
fn one_sockets_turn_sets_no_timer_for_others() {
    let world = World::new();
    let socket = steady();
    world.link().open();
    world.advance(1_000);
    let timers = Rc::new(Cell::new(0));
    let set = timers.clone();
    world.hook(move |called| set.set(set.get() + usize::from(called == "after")));
    world.page(Page::Online);
    assert_eq!(timers.get(), 0);
    drop(socket);
}
