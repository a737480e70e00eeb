//! The wire as objects and as text.

use crate::support::{ms, open, run};
use steady_network::Options;
use steady_network::wire::{Direction, What};

#[test]
fn handshakes_and_frames_are_shown_field_by_field() {
    let (mut network, id) = open(Options { seed: 1, latency: ms(10), ..Options::default() });
    network.send(id, "Hello").unwrap();
    network.peer(id).unwrap().write(&[0x01, 1, b'a', 0x89, 0, 0x80, 1, b'b']).unwrap();
    run(&mut network, ms(1000));
    network.close(id, Some(3000), "bye").unwrap();
    run(&mut network, ms(2000));
    let records: Vec<_> = network.wire().records().collect();
    let What::Request(head) = &records[0].what else { panic!("{records:?}") };
    assert!(head.starts_with("GET / HTTP/1.1\r\nHost: peer.test\r\n"), "{head}");
    assert_eq!((records[0].at, records[0].direction), (ms(30), Direction::ToServer));
    let What::Answer { head, accept: Some(accept) } = &records[1].what else { panic!("{records:?}") };
    assert!(head.starts_with("HTTP/1.1 101 "));
    assert_eq!(accept.given, accept.expected);
    let frame = records.iter().find_map(|record| match &record.what {
        What::Frame(frame) if record.direction == Direction::ToServer => Some(frame),
        _ => None,
    });
    let frame = frame.unwrap();
    assert_eq!((frame.fin, frame.rsv, frame.opcode, frame.length, frame.length_bits), (true, 0, 1, 5, 7));
    let key = frame.mask.unwrap();
    assert_eq!(frame.plain(), b"Hello");
    let masked: Vec<u8> = b"Hello".iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
    assert_eq!(frame.payload, masked);
    let text = network.wire().text();
    for line in [
        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
        "as it must be",
        "<-- text FIN=0 opcode=0x1 length=1 (7 bits) payload=\"a\"",
        "<-- ping FIN=1",
        "<-- continuation FIN=1",
        "code=3000 reason=\"bye\"",
        "FIN\n",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}
