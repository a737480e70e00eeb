//! The rules of messages, beside those of tungstenite's two roles.

use crate::Message;
use crate::assembly::{Assembly, Received, Role};
use crate::codec::encode;
use proptest::prelude::*;
use std::io::{Cursor, Read, Write};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tungstenite::{Error, Message as Theirs, WebSocket};

const LIMIT: usize = 300;

/// A stream that was received as a whole, and takes whatever is written.
struct Stream(Cursor<Vec<u8>>);

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(std::io::ErrorKind::WouldBlock.into()),
            count => Ok(count),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        Ok(buffer.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What ours reads, up to a Close frame, and whether it failed.
fn ours(role: Role, bytes: &[u8], chunk: usize) -> (Vec<Received>, bool) {
    let mut assembly = Assembly::new(role, LIMIT);
    let mut all = Vec::new();
    for part in bytes.chunks(chunk) {
        assembly.push(part);
        loop {
            match assembly.next() {
                Ok(None) => break,
                Ok(Some(received)) => {
                    let last = matches!(received, Received::Close(..));
                    all.push(received);
                    if last {
                        return (all, false);
                    }
                }
                Err(_) => return (all, true),
            }
        }
    }
    (all, false)
}

/// The same of theirs. `None`: it was lenient where a browser is not.
fn theirs(role: Role, bytes: &[u8]) -> Option<(Vec<Received>, bool)> {
    let config = WebSocketConfig::default().max_message_size(Some(LIMIT)).max_frame_size(Some(LIMIT));
    let role = match role {
        Role::Client => tungstenite::protocol::Role::Client,
        Role::Server => tungstenite::protocol::Role::Server,
    };
    let stream = Stream(Cursor::new(bytes.to_vec()));
    let mut socket = WebSocket::from_raw_socket(stream, role, Some(config));
    let mut all = Vec::new();
    loop {
        match socket.read() {
            Ok(Theirs::Text(text)) => all.push(Received::Message(Message::Text(text.to_string()))),
            Ok(Theirs::Binary(bytes)) => all.push(Received::Message(Message::Binary(bytes.to_vec()))),
            Ok(Theirs::Ping(bytes)) => all.push(Received::Ping(bytes.to_vec())),
            Ok(Theirs::Pong(_)) => all.push(Received::Pong),
            Ok(Theirs::Close(None)) => {
                all.push(Received::Close(None, String::new()));
                return Some((all, false));
            }
            Ok(Theirs::Close(Some(frame))) => {
                // An illegal code, which tungstenite puts right.
                if frame.code == CloseCode::Protocol {
                    return None;
                }
                all.push(Received::Close(Some(frame.code.into()), frame.reason.to_string()));
                return Some((all, false));
            }
            Ok(Theirs::Frame(_)) => {}
            Err(Error::Io(wait)) if wait.kind() == std::io::ErrorKind::WouldBlock => {
                return Some((all, false));
            }
            Err(_) => return Some((all, true)),
        }
    }
}

#[derive(Clone, Debug)]
struct Piece {
    opcode: u8,
    fin: bool,
    masked: bool,
    payload: Vec<u8>,
    damage: Option<(usize, u8)>,
}

fn piece() -> impl Strategy<Value = Piece> {
    let payload = prop_oneof![
        4 => "[a-zé€]{0,20}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..20),
        1 => prop::collection::vec(any::<u8>(), 120..400),
        1 => (1000_u16..5000).prop_map(|code| code.to_be_bytes().to_vec()),
    ];
    let opcode = prop_oneof![4 => Just(1_u8), 2 => Just(2), 2 => Just(0), 1 => 8_u8..11, 1 => 0_u8..16];
    let damage = prop::option::weighted(0.05, (any::<usize>(), any::<u8>()));
    (opcode, prop::bool::weighted(0.8), prop::bool::weighted(0.95), payload, damage)
        .prop_map(|(opcode, fin, masked, payload, damage)| Piece { opcode, fin, masked, payload, damage })
}

fn bytes(role: Role, pieces: &[Piece]) -> Vec<u8> {
    let mut all = Vec::new();
    for piece in pieces {
        let key = ((role == Role::Server) == piece.masked).then_some([1, 2, 3, 4]);
        let (mut frame, _) = encode(OpCode::Data(Data::Text), piece.payload.clone(), key);
        frame[0] = piece.opcode | u8::from(piece.fin) << 7;
        if let Some((at, value)) = piece.damage {
            let at = at % frame.len();
            frame[at] = value;
        }
        all.extend(frame);
    }
    all
}

proptest! {
    #[test]
    fn reads_what_tungstenite_reads(
        pieces in prop::collection::vec(piece(), 0..8),
        server in any::<bool>(),
        chunk in 1_usize..64,
    ) {
        let role = if server { Role::Server } else { Role::Client };
        let bytes = bytes(role, &pieces);
        if let Some(theirs) = theirs(role, &bytes) {
            let ours = ours(role, &bytes, chunk);
            // Ours does not wait for the end of a frame, or of a message, that cannot be right.
            if theirs.1 || !ours.1 {
                prop_assert_eq!(ours, theirs);
            } else {
                prop_assert_eq!(ours.0, theirs.0);
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..2000),
        server in any::<bool>(),
        chunk in 1_usize..200,
    ) {
        let role = if server { Role::Server } else { Role::Client };
        let whole = ours(role, &bytes, 2000);
        prop_assert_eq!(ours(role, &bytes, chunk), whole);
    }
}

#[test]
fn a_character_may_be_split_between_fragments_but_not_broken_there() {
    let part = |opcode: u8, payload: &[u8]| {
        let mut frame = vec![opcode, payload.len() as u8];
        frame.extend(payload);
        frame
    };
    let split = [part(0x01, b"\xe2\x82"), part(0x80, b"\xac")].concat();
    let read = ours(Role::Client, &split, 3);
    assert_eq!(read, (vec![Received::Message(Message::from("€"))], false));
    // Broken already in the first fragment: the second is not waited for.
    let broken = part(0x01, b"\xe2\x28");
    let mut assembly = Assembly::new(Role::Client, LIMIT);
    assembly.push(&broken);
    assert_eq!(assembly.next().map_err(|violation| violation.code), Err(1007));
}

#[test]
fn every_violation_has_its_code() {
    let control = |first: u8, payload: &[u8]| [&[first, payload.len() as u8], payload].concat();
    for (bytes, code) in [
        (vec![0x83, 0], 1002),
        (vec![0xc1, 0], 1002),
        (vec![0x81, 0x80, 1, 2, 3, 4], 1002),
        (vec![0x80, 0], 1002),
        (vec![0x09, 0], 1002),
        ([vec![0x89, 126, 0, 126], vec![b'x'; 126]].concat(), 1002),
        (vec![0x82, 127, 0xff, 0, 0, 0, 0, 0, 0, 0], 1002),
        (vec![0x01, 1, b'a', 0x81, 1, b'b'], 1002),
        (control(0x88, &[3]), 1002),
        (control(0x88, &1005_u16.to_be_bytes()), 1002),
        (control(0x88, &[3, 0xe8, 0xff]), 1002),
        (control(0x81, &[0xff]), 1007),
        (vec![0x82, 126, 1, 45], 1009),
        ([control(0x02, &[0; 125]), control(0x00, &[0; 125]), control(0x80, &[0; 51])].concat(), 1009),
    ] {
        let mut assembly = Assembly::new(Role::Client, LIMIT);
        assembly.push(&bytes);
        assert_eq!(assembly.next().map_err(|violation| violation.code), Err(code), "{bytes:x?}");
    }
    let mut assembly = Assembly::new(Role::Server, LIMIT);
    assembly.push(&[0x81, 0]);
    assert_eq!(assembly.next().map_err(|violation| violation.code), Err(1002));
    assert_eq!(OpCode::Control(Control::Ping), OpCode::from(9));
}
