use super::world::World;
use crate::{CloseInfo, Message, OpenError, ReadyState, WebSocket};
use futures_util::FutureExt;
use std::future::ready;

#[test]
fn a_socket_lives_without_a_browser() {
    let world = World::new();
    let mut socket = WebSocket::open("ws://peer").unwrap();
    let link = world.link();
    link.open();
    assert_eq!(socket.send("hello").now_or_never(), Some(Ok(crate::Ticket(0))));
    assert_eq!(link.texts(), ["hello"]);
    link.message("grün");
    link.bytes(&[1, 2]);
    assert_eq!(socket.next().now_or_never(), Some(Some(Message::Text("grün".into()))));
    assert_eq!(socket.next().now_or_never(), Some(Some(Message::Binary(vec![1, 2]))));
    let closing = socket.close(1000, "done");
    assert_eq!(socket.ready_state(), ReadyState::Closing);
    link.finish();
    let closed = CloseInfo { code: 1000, reason: "done".into(), was_clean: true };
    assert_eq!(closing.now_or_never(), Some(Ok(closed)));
    assert_eq!(socket.next().now_or_never(), Some(None));
    drop(socket);
    assert_eq!(world.held(), [""; 0]);
}

#[test]
fn without_a_platform_there_is_no_socket() {
    drop(World::new());
    assert_eq!(WebSocket::open("ws://peer").err(), Some(OpenError::NoBrowser));
    let provided = WebSocket::builder(|| ready("ws://peer".to_owned()));
    assert_eq!(provided.open().err(), Some(OpenError::NoBrowser));
}
