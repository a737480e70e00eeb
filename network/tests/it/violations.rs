//! Peers that break the protocol: what the client reports, and what it sends.

use crate::support::{closed, events, message, ms, open, peer_closed, run};
use steady_network::wire::{Direction, What};
use steady_network::{Event, Network, Options, ReadyState};

/// The code of the client's Close frame.
fn sent_code(network: &Network) -> Option<u16> {
    let frames = network.wire().records().filter(|record| record.direction == Direction::ToServer);
    let codes = frames.filter_map(|record| match &record.what {
        What::Frame(frame) if frame.opcode == 8 => match frame.plain().as_slice() {
            [high, low, ..] => Some(u16::from_be_bytes([*high, *low])),
            _ => None,
        },
        _ => None,
    });
    codes.last()
}

#[test]
fn a_violation_fails_the_connection_with_its_code() {
    for (bytes, code) in [
        (&[0x83, 0][..], 1002),
        (&[0x81, 1, 0xff], 1007),
        (&[0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0], 1009),
        (&[0x88, 2, 0x03, 0xed], 1002),
    ] {
        let (mut network, id) = open(Options { latency: ms(10), ..Options::default() });
        network.peer(id).unwrap().write(bytes).unwrap();
        let log = events(run(&mut network, ms(5000)));
        assert_eq!(log[..2], [Event::Error { connection: id }, closed(id, 1006, "", false)]);
        assert_eq!(sent_code(&network), Some(code), "{bytes:x?}");
        assert_eq!(network.connections(), 0);
    }
}

#[test]
fn data_behind_the_close_frame_fails_the_connection() {
    let (mut network, id) = open(Options::default());
    network.peer(id).unwrap().write(&[0x88, 2, 0x03, 0xe8, 0x81, 1, b'x']).unwrap();
    let log = events(run(&mut network, ms(5000)));
    let expected =
        [Event::Closing { connection: id }, Event::Error { connection: id }, closed(id, 1006, "", false)];
    assert_eq!(log[..3], expected);
}

#[test]
fn a_ping_is_answered_between_fragments() {
    let (mut network, id) = open(Options::default());
    network.peer(id).unwrap().write(&[0x01, 1, b'a', 0x89, 2, b'h', b'i', 0x80, 1, b'b']).unwrap();
    assert_eq!(events(run(&mut network, ms(100))), [message(id, "ab")]);
    let pong = network.wire().records().any(|record| match &record.what {
        What::Frame(frame) => frame.opcode == 10 && frame.plain() == b"hi" && frame.mask.is_some(),
        _ => false,
    });
    assert!(pong, "{}", network.wire().text());
}

#[test]
fn a_client_that_breaks_the_protocol_is_told_so() {
    let (mut network, id) = open(Options::default());
    // A frame without a mask.
    network.write(id, &[0x81, 1, b'a']).unwrap();
    let log = events(run(&mut network, ms(1000)));
    let closing = log.iter().position(|event| *event == Event::Closing { connection: id });
    let lost = log.iter().position(|event| *event == peer_closed(id, 1006, "", false));
    assert!(closing.is_some() && lost.is_some(), "{log:?}");
    assert_eq!(network.ready_state(id), ReadyState::Closed);
    assert!(network.write(id, &[0]).is_err());
}
