//! Gives the Node server's record anything that a store may return. What it makes of it is taken over as a session is.
//! `server/node/tests/fuzz.rs` and the libFuzzer target share it.

#[path = "bytes.rs"]
mod bytes;
#[path = "../server/node/record.rs"]
mod record;
#[path = "server.rs"]
mod server;

use bytes::Bytes;
use record::Head;
use server::{Reached, restored};

/// Bits as they should be, mostly.
fn hex(bytes: &mut Bytes<'_>, length: usize) -> String {
    match bytes.byte() {
        255 => bytes.text(),
        byte => format!("{:02x}", byte % 8).repeat(length),
    }
}

/// A number as it should be, mostly.
fn number(bytes: &mut Bytes<'_>) -> f64 {
    match bytes.byte() {
        255 => f64::from_bits(bytes.number().rotate_right(12)),
        254 => -1.0,
        253 => bytes.number() as f64 + 0.5,
        _ => bytes.number() as f64,
    }
}

/// A record, and the costs of its messages.
pub fn node(data: &[u8]) -> Reached {
    let mut bytes = Bytes(data);
    let flags = bytes.byte();
    let head = Head {
        id: hex(&mut bytes, 16),
        secret: hex(&mut bytes, 32),
        nonce: hex(&mut bytes, 16),
        previous_secret: if flags & 1 > 0 { hex(&mut bytes, 32) } else { String::new() },
        previous_nonce: if flags & 1 > 0 { hex(&mut bytes, 16) } else { String::new() },
        attempt: number(&mut bytes),
        identity: hex(&mut bytes, 32),
        life: number(&mut bytes),
        window: number(&mut bytes),
        peer_window: number(&mut bytes),
        handled: number(&mut bytes),
        handled_cost: number(&mut bytes),
        acked: number(&mut bytes),
        acked_cost: number(&mut bytes),
        seq: number(&mut bytes),
        end: match flags & 6 {
            6 => bytes.refusal().as_str().into(),
            4 => bytes.text(),
            _ => String::new(),
        },
        end_handled: number(&mut bytes),
    };
    let costs: Vec<f64> = (0..bytes.byte() % 8).map(|_| number(&mut bytes)).collect();
    match head.record(&costs) {
        Some(record) => {
            assert_eq!(Head::of_record(&record).acked, head.acked);
            restored(record, 0, bytes.0)
        }
        None => Reached::from(["corrupt"]),
    }
}
