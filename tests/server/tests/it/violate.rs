//! Illegal frames, byte by byte.

use crate::support::{client_frame, start, until_end};
use std::io::{Read, Write};

#[test]
fn each_violation_is_on_the_wire() {
    let server = start();
    let ping = [&[0x89, 126, 0, 126][..], &[b'x'; 126]].concat();
    for (how, bytes) in [
        ("opcode", &b"\x83\x0freserved opcode"[..]),
        ("masked", b"\x81\x92\x37\xfa\x21\x3d"),
        ("utf8", b"\x81\x0cnot UTF-8: \xff"),
        ("oversize", &ping),
        ("fragmented-control", b"\x09\x0bhalf a ping"),
        ("close-code", b"\x88\x02\x03\xed"),
        ("close-code&code=999", b"\x88\x02\x03\xe7"),
        ("data-after-close", b"\x88\x06\x03\xe8over\x81\x0dafter the end"),
        ("length", b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"),
        ("rsv", b"\xc1\x08reserved"),
        ("continuation", b"\x80\x0aof nothing"),
        ("interleave", b"\x01\x05first\x81\x06second"),
        ("close-length", b"\x88\x01\x03"),
        ("close-utf8", b"\x88\x03\x03\xe8\xff"),
    ] {
        let mut tcp = server.open_raw(&format!("/violate?how={how}"));
        let mut got = vec![0; bytes.len()];
        tcp.read_exact(&mut got).unwrap();
        assert_eq!(got, bytes, "{how}");
    }
}

#[test]
fn a_violation_may_come_after_messages_and_the_answer_is_logged() {
    let server = start();
    let mut tcp = server.open_raw("/violate?how=opcode&after=1&id=v");
    tcp.write_all(&client_frame(0x81, b"1")).unwrap();
    let mut got = [0; 5];
    tcp.read_exact(&mut got).unwrap();
    assert_eq!(&got, b"\x81\x011\x83\x0f");
    tcp.write_all(&client_frame(0x88, &[0x03, 0xea])).unwrap();
    // A client that closes with unread bytes would reset the connection.
    let _ = until_end(&mut tcp);
    assert_eq!(server.ended("v")["end"]["code"], 1002);
}
