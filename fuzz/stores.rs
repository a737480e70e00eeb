//! Gives the stores of the Rust server anything for what they have stored. What they make of it is taken over as a session
//! is. `server/tests/it/fuzz.rs` and the libFuzzer targets share it.

#[path = "bytes.rs"]
mod bytes;
#[path = "server.rs"]
mod server;

use bytes::Bytes;
use redis::Value;
use server::{Reached, restored};
use steady_session::{Bits, Record};
use steady_websocket_server::Message;
use steady_websocket_server::store::{Failure, stored};

const ID: Bits = Bits([1; 16]);

fn taken_over(read: Result<Record<Message>, Failure>, bytes: Bytes<'_>) -> Reached {
    match read {
        Ok(record) => restored(record, Message::from("sent"), bytes.0),
        Err(Failure::Corrupt(_)) => Reached::from(["corrupt"]),
        Err(failure) => panic!("{failure:?}"),
    }
}

/// Bits as they should be, mostly.
fn bits(bytes: &mut Bytes<'_>, length: usize) -> Vec<u8> {
    match bytes.byte() {
        255 => bytes.text().into_bytes(),
        byte => vec![byte % 8; length],
    }
}

/// A number as it should be, mostly.
fn number(bytes: &mut Bytes<'_>) -> Vec<u8> {
    if bytes.byte() == 255 { bytes.text().into_bytes() } else { bytes.number().to_string().into_bytes() }
}

/// The fields of a session's hash: their names, and the length of those that are bits.
const FIELDS: [(&str, usize); 17] = [
    ("owner", 16),
    ("secret", 32),
    ("previous_owner", 16),
    ("previous_secret", 32),
    ("identity", 32),
    ("attempt", 0),
    ("life", 0),
    ("window", 0),
    ("peer_window", 0),
    ("handled", 0),
    ("handled_cost", 0),
    ("acked_cost", 0),
    ("seq", 0),
    ("end_handled", 0),
    ("end", 0),
    ("d2", 0),
    ("nonsense", 0),
];

/// A hash and a stream, as the scripts return them.
pub fn redis(data: &[u8]) -> Reached {
    let mut bytes = Bytes(data);
    let text = |text: &str| Value::BulkString(text.into());
    let mut hash = Vec::new();
    let rare = bytes.byte();
    for (place, (name, length)) in FIELDS.into_iter().enumerate() {
        let is_there = match name {
            "previous_owner" | "previous_secret" => rare & 1 > 0,
            "end" | "d2" => rare & 6 == 6,
            "nonsense" => rare & 8 > 0,
            _ => rare < 128 || usize::from(rare % 32) != place,
        };
        if is_there {
            let value = match (name, length) {
                ("end", _) if bytes.byte() < 255 => bytes.refusal().as_str().into(),
                (_, 0) => number(&mut bytes),
                (_, length) => bits(&mut bytes, length),
            };
            hash.extend([text(name), Value::BulkString(value)]);
        }
    }
    let acked = bytes.number();
    let count = u64::from(bytes.byte() % 8);
    let mut stream = Vec::new();
    for place in 1..=count {
        let id = match bytes.byte() {
            255 => bytes.text(),
            _ => format!("{}-0", acked.wrapping_add(place)),
        };
        let kind = if bytes.byte().is_multiple_of(2) { "text" } else { "binary" };
        let payload = if bytes.byte() == 255 { vec![0xFF] } else { bytes.text().into_bytes() };
        let mut fields =
            vec![text(kind), Value::BulkString(payload), text("cost"), Value::BulkString(number(&mut bytes))];
        if bytes.byte() == 255 {
            fields.pop();
        }
        stream.push(Value::Array(vec![text(&id), Value::Array(fields)]));
    }
    let accepted = if bytes.byte() == 255 { bytes.number() } else { acked.wrapping_add(count) };
    for (name, number) in [("acked", acked), ("accepted", accepted)] {
        hash.extend([text(name), text(&number.to_string())]);
    }
    let answer = match bytes.byte() {
        255 => Value::Array(hash),
        254 => Value::Array(vec![Value::Array(stream), Value::Array(hash)]),
        253 => Value::Int(1),
        _ => Value::Array(vec![Value::Array(hash), Value::Array(stream)]),
    };
    taken_over(stored::redis(ID, answer), bytes)
}

/// A row, and the rows of its messages.
pub fn postgres(data: &[u8]) -> Reached {
    let mut bytes = Bytes(data);
    let flags = bytes.byte();
    let signed = |bytes: &mut Bytes<'_>| {
        let number = bytes.number();
        if bytes.byte() == 255 { number as i64 } else { i64::try_from(number).unwrap_or(i64::MAX) }
    };
    let mut numbers = [0; 10];
    for number in &mut numbers {
        *number = signed(&mut bytes);
    }
    let mut messages = Vec::new();
    for place in 1..=i64::from(bytes.byte() % 8) {
        let number = if bytes.byte() == 255 { signed(&mut bytes) } else { numbers[6].wrapping_add(place) };
        let kind = i16::from(bytes.byte() % 8) / 2;
        let payload = if bytes.byte() == 255 { vec![0xFF] } else { bytes.text().into_bytes() };
        messages.push((number, kind, signed(&mut bytes), payload));
    }
    if bytes.byte() < 255 {
        numbers[8] = numbers[6].wrapping_add(messages.len() as i64);
    }
    let row = stored::SessionRow {
        owner: bits(&mut bytes, 16),
        secret: bits(&mut bytes, 32),
        previous_owner: (flags & 1 > 0).then(|| bits(&mut bytes, 16)),
        previous_secret: (flags & 2 > 0).then(|| bits(&mut bytes, 32)),
        identity: bits(&mut bytes, 32),
        numbers,
        end_why: (flags & 12 == 12).then(|| match bytes.byte() {
            255 => bytes.text(),
            _ => bytes.refusal().as_str().into(),
        }),
        end_handled: (flags & 16 > 0).then(|| signed(&mut bytes)),
        messages,
    };
    taken_over(stored::postgres(ID, row), bytes)
}
