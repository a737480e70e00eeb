//! Messages and their conversions.

use super::world::World;
use crate::web::Data;
use crate::{Heartbeat, Inbound, Message, Outgoing, Payload, ReadyState, Retry, WebSocket};
use futures_util::FutureExt;
use std::time::Duration;

fn text(text: &str) -> Payload {
    Payload::new(Data::Text(text.into()))
}

fn binary(bytes: &[u8]) -> Payload {
    Payload::new(Data::Buffer(bytes.to_vec()))
}

#[test]
fn a_message_converts_from_text_and_bytes() {
    let (text, binary) = (Message::Text("grün".into()), Message::Binary(vec![7, 8]));
    assert_eq!([Message::from("grün"), Message::from("grün".to_owned())], [text.clone(), text.clone()]);
    assert_eq!([Message::from(vec![7, 8]), Message::from(&[7, 8][..])], [binary.clone(), binary.clone()]);
    assert_eq!((text.as_text(), binary.as_text()), (Some("grün"), None));
    assert_eq!((text.as_bytes(), binary.as_bytes()), ("grün".as_bytes(), &[7, 8][..]));
}

#[test]
fn a_payload_returns_its_data() {
    let (text, binary) = (text("grün"), binary(&[7, 8, 9]));
    assert_eq!((text.size(), binary.size()), (5, 3));
    assert_eq!((text.as_text(), binary.as_text()), (Some("grün"), None));
    assert!(text.as_buffer().is_none());
    assert_eq!((text.to_vec(), binary.to_vec()), ("grün".as_bytes().to_vec(), vec![7, 8, 9]));
    assert_eq!(Message::from(text), Message::Text("grün".into()));
    assert_eq!(binary.into_message(), Message::Binary(vec![7, 8, 9]));
}

#[test]
fn a_payload_copies_as_many_bytes_as_fit() {
    for payload in [text("abc"), binary(b"abc")] {
        let (mut short, mut long) = ([0; 2], [0; 5]);
        assert_eq!((payload.copy_to(&mut short), payload.copy_to(&mut long)), (2, 3));
        assert_eq!((&short, &long), (b"ab", b"abc\0\0"));
        assert_eq!(payload.copy_to(&mut []), 0);
    }
}

#[test]
fn an_outgoing_message_converts_from_text_and_bytes() {
    let texts = ["grün".into(), "grün".to_owned().into(), Message::from("grün").into(), text("grün").into()];
    for outgoing in texts {
        let outgoing: Outgoing = outgoing;
        assert_eq!((outgoing.size(), outgoing.into_message()), (5, Message::from("grün")));
    }
    let binaries =
        [vec![7, 8].into(), [7, 8][..].into(), Message::from(vec![7, 8]).into(), binary(&[7, 8]).into()];
    for outgoing in binaries {
        let outgoing: Outgoing = outgoing;
        assert_eq!((outgoing.size(), outgoing.into_message()), (2, Message::from(vec![7, 8])));
    }
}

#[test]
fn bytes_are_sent_as_bytes() {
    let world = World::new();
    let socket = WebSocket::open("ws://peer").unwrap();
    let link = world.link();
    link.open();
    socket.send_now(vec![7, 8]).unwrap();
    assert_eq!(link.texts(), ["[7, 8]"]);
    link.takes.set(false);
    assert!(socket.send_now(vec![9]).is_err(), "refused");
    assert_eq!(socket.ready_state(), ReadyState::Closed);
}

#[test]
fn a_keyed_message_replaces_the_queued_one() {
    let world = World::new();
    let socket = WebSocket::builder("ws://peer").steady().open().unwrap();
    for message in ["1", "2", "3"] {
        let key = if message == "2" { "other" } else { "key" };
        socket.send_now(Outgoing::from(message).key(key)).unwrap();
    }
    world.link().open();
    let mut texts = world.link().texts();
    texts.sort();
    assert_eq!(texts, ["2", "3"]);
}

#[test]
fn a_new_session_discards_what_is_bound_to_the_earlier_one() {
    let world = World::new();
    let socket = WebSocket::builder("ws://peer").steady().open().unwrap();
    socket.send_now(Outgoing::from("bound").session_bound()).unwrap();
    socket.send_now("free").unwrap();
    assert_eq!(socket.new_session(), Ok(()));
    socket.send_now(Outgoing::from("bound again").session_bound()).unwrap();
    world.link().open();
    assert_eq!(world.link().texts(), ["free", "bound again"]);
}

#[test]
fn a_fixed_pong_must_be_equal_in_type_and_content() {
    let cases: [(Message, bool); 7] = [
        ("pong".into(), true),
        ("ping".into(), false),
        (b"pong"[..].into(), false),
        (vec![1, 2].into(), true),
        (vec![1, 3].into(), false),
        (vec![1, 2, 3].into(), false),
        ("\u{1}\u{2}".into(), false),
    ];
    for (message, is_pong) in cases {
        let answer: Message = match &message {
            Message::Binary(bytes) if bytes.len() < 4 => vec![1, 2].into(),
            Message::Text(text) if text.len() < 4 => vec![1, 2].into(),
            _ => "pong".into(),
        };
        let world = World::new();
        let heartbeat = Heartbeat::new("ping").pong(answer);
        let mut socket = WebSocket::builder("ws://peer").heartbeat(heartbeat).open().unwrap();
        world.link().open();
        match &message {
            Message::Text(text) => world.link().message(text),
            Message::Binary(bytes) => world.link().bytes(bytes),
        }
        let delivered = socket.take_message();
        assert_eq!(delivered, (!is_pong).then_some(message));
    }
}

trait TakeMessage {
    fn take_message(&mut self) -> Option<Message>;
}

impl TakeMessage for WebSocket {
    fn take_message(&mut self) -> Option<Message> {
        self.next().now_or_never().flatten()
    }
}

#[test]
fn a_heartbeat_has_its_interval_and_timeout() {
    let world = World::new();
    let millis = Duration::from_millis;
    let heartbeat = Heartbeat::new("ping").every(millis(500)).timeout(millis(70)).pong("pong");
    let socket = WebSocket::builder("ws://peer").heartbeat(heartbeat).open().unwrap();
    let link = world.link();
    link.open();
    world.advance(499);
    assert_eq!(link.texts(), [""; 0]);
    world.advance(1);
    assert_eq!(link.texts(), ["ping"]);
    world.advance(30);
    link.message("pong");
    assert_eq!(socket.stats().round_trip, Some(30));
    world.advance(500);
    assert_eq!(link.texts(), ["ping", "ping"]);
    world.advance(69);
    assert_eq!(socket.ready_state(), ReadyState::Open);
    world.advance(1);
    assert_ne!(socket.ready_state(), ReadyState::Open);
}

#[test]
fn a_connection_and_a_close_have_their_timeouts() {
    let world = World::new();
    let millis = Duration::from_millis;
    let retry = Retry { first: 10, floor: 10, ceiling: 10, ..Retry::default() };
    let builder = WebSocket::builder("ws://peer").reconnect(retry);
    let socket = builder.connect_timeout(millis(300)).close_timeout(millis(40)).open().unwrap();
    world.advance(299);
    assert!(world.link().closing.borrow().is_none());
    world.advance(1);
    assert!(world.link().closing.borrow().is_some());
    world.advance(10);
    world.link().open();
    let closing = socket.close(1000, "");
    world.advance(39);
    assert_eq!(socket.ready_state(), ReadyState::Closing);
    world.advance(1);
    assert_eq!(socket.ready_state(), ReadyState::Closed);
    assert!(closing.now_or_never().is_some());
}

#[test]
fn a_queue_for_no_message_drops_all() {
    let world = World::new();
    let inbound = Inbound::drop_oldest().max_count(0);
    let socket = WebSocket::builder("ws://peer").inbound(inbound).open().unwrap();
    world.link().open();
    world.link().message("1");
    assert_eq!((socket.stats().waiting_messages, socket.stats().dropped_messages), (0, 1));
}

#[test]
fn a_message_as_large_as_the_limit_is_kept() {
    let world = World::new();
    let inbound = Inbound::drop_oldest().max_bytes(3);
    let mut socket = WebSocket::builder("ws://peer").inbound(inbound).open().unwrap();
    world.link().open();
    world.link().message("1");
    world.link().message("333");
    assert_eq!((socket.stats().waiting_messages, socket.stats().waiting_bytes), (1, 3));
    assert_eq!(socket.take_message(), Some("333".into()));
    assert_eq!(socket.stats().waiting_bytes, 0);
}

#[test]
fn a_key_whose_message_was_taken_waits_again_at_the_end() {
    let world = World::new();
    let key = |payload: &Payload| payload.as_text()?.split(':').next().map(str::to_owned);
    let mut socket = WebSocket::builder("ws://peer").inbound(Inbound::latest_per_key(key)).open().unwrap();
    let link = world.link();
    link.open();
    ["a:1", "b:1", "c:1"].iter().for_each(|message| link.message(message));
    assert_eq!(socket.take_message(), Some("a:1".into()));
    ["a:2", "c:2", "b:2"].iter().for_each(|message| link.message(message));
    let rest: Vec<_> = std::iter::from_fn(|| socket.take_message()).collect();
    assert_eq!(rest, ["b:2".into(), "c:2".into(), "a:2".into()] as [Message; 3]);
    assert_eq!(socket.stats().dropped_messages, 2);
}
