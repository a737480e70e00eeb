//! What is received and not taken: bounded, and never silent about it.

use super::world::World;
use crate::{Event, Inbound, Message, WebSocket};
use futures_util::{FutureExt, StreamExt};

/// What can be taken when these have arrived, how many were dropped, and what the events said.
fn flooded(inbound: Inbound, messages: &[&str]) -> (Vec<String>, u64, Vec<Event>) {
    let world = World::new();
    let socket = WebSocket::builder("ws://peer").inbound(inbound).open().unwrap();
    let events = socket.events();
    let link = world.link();
    link.open();
    for message in messages {
        link.message(message);
    }
    if link.closing.borrow().is_some() {
        link.finish()
    } else {
        link.cut()
    }
    let dropped = socket.stats().dropped_messages;
    let texts = socket.map(|message| match message {
        Message::Text(text) => text,
        Message::Binary(_) => String::new(),
    });
    let texts = texts.collect().now_or_never().expect("the end");
    (texts, dropped, events.collect().now_or_never().expect("the end"))
}

#[test]
fn the_oldest_give_way() {
    let (texts, dropped, events) = flooded(Inbound::drop_oldest().max_count(2), &["1", "2", "3", "4"]);
    assert_eq!((texts, dropped), (vec!["3".to_owned(), "4".to_owned()], 2));
    assert!(events.contains(&Event::Overflow { messages: 2 }), "{events:?}");
}

#[test]
fn the_newest_are_refused() {
    let (texts, dropped, events) = flooded(Inbound::drop_newest().max_bytes(2), &["1", "2", "3"]);
    assert_eq!((texts, dropped), (vec!["1".to_owned(), "2".to_owned()], 1));
    assert!(events.contains(&Event::Overflow { messages: 1 }), "{events:?}");
    assert!(matches!(events.last(), Some(Event::Closed(closed)) if closed.code == 1006), "{events:?}");
}

#[test]
fn nothing_overflows_while_there_is_room() {
    let (texts, dropped, events) = flooded(Inbound::drop_oldest().max_count(2), &["1", "2"]);
    assert_eq!((texts.len(), dropped), (2, 0));
    assert!(!events.iter().any(|event| matches!(event, Event::Overflow { .. })), "{events:?}");
}

#[test]
fn what_is_larger_than_all_there_is_room_for_is_dropped_alone() {
    let (texts, dropped, _) = flooded(Inbound::drop_oldest().max_bytes(3), &["1", "2222", "3"]);
    assert_eq!((texts, dropped), (vec!["1".to_owned(), "3".to_owned()], 1));
}

#[test]
fn the_latest_of_a_key_takes_the_place_of_the_one_before() {
    let key = |payload: &crate::Payload| payload.as_text()?.split(':').next().map(str::to_owned);
    let messages = ["a:1", "b:1", "a:2", "c:1", "b:22222"];
    let (texts, dropped, _) = flooded(Inbound::latest_per_key(key).max_bytes(10), &messages);
    assert_eq!((texts, dropped), (vec!["b:22222".to_owned(), "c:1".to_owned()], 3));
}

#[test]
fn too_much_closes_with_4009() {
    let (texts, dropped, events) = flooded(Inbound::close().max_count(1), &["1", "2", "3"]);
    assert_eq!((texts, dropped), (vec!["1".to_owned()], 1));
    let Some(Event::Closed(closed)) = events.last() else { panic!("{events:?}") };
    assert_eq!((closed.code, &*closed.reason), (4009, "too much was not read"));
}
