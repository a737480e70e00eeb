//! Gives any bytes to both machines of the session protocol: as texts of the other end, as counts, and as a record that a
//! store has returned. `session/tests/fuzz.rs` and the libFuzzer targets share it, and what the stores read ends here.

#[path = "bytes.rs"]
mod bytes;
#[path = "server.rs"]
mod server;

use bytes::Bytes;
use server::{Node, Reached, Watch, frame, hash, near, refused, restored};
use steady_session::{
    Client, ClientInput, Config, Effect, Fresh, GREATEST, Keys, Mode, Record, Server, Tombstone, Write,
};

/// Runs a client or a server. The first byte chooses.
pub fn session(data: &[u8]) -> Reached {
    let mut bytes = Bytes(data);
    match bytes.byte() % 4 {
        0 | 1 => client(bytes),
        2 => opened(&mut bytes).run(bytes),
        _ => {
            let record = record(&mut bytes);
            restored(record, "sent", bytes.0)
        }
    }
}

/// A record in which any number may stand.
fn record(bytes: &mut Bytes<'_>) -> Record<&'static str> {
    let keys = |bytes: &mut Bytes<'_>| Keys { secret: hash(&bytes.bits().0), nonce: bytes.bits() };
    let flags = bytes.byte();
    Record {
        id: bytes.bits(),
        current: keys(bytes),
        previous: (flags & 1 > 0).then(|| keys(bytes)),
        attempt: bytes.number(),
        identity: hash(&bytes.bits().0),
        life: bytes.number(),
        window: bytes.number(),
        peer_window: bytes.number(),
        handled: bytes.number(),
        handled_cost: bytes.number(),
        acked: bytes.number(),
        acked_cost: bytes.number(),
        held: (0..bytes.byte() % 8)
            .map(|_| {
                let cost = bytes.number();
                (!bytes.byte().is_multiple_of(4)).then_some(("held", cost))
            })
            .collect(),
        seq: bytes.number(),
        end: (flags & 6 == 6).then(|| Tombstone { why: bytes.refusal(), handled: bytes.number() }),
    }
}

fn client(mut bytes: Bytes<'_>) -> Reached {
    let config = Config { window: bytes.number(), queue: bytes.number(), ..Config::default() };
    let mode = if bytes.byte().is_multiple_of(2) { Mode::Require } else { Mode::Prefer };
    let mut machine: Client<&str> = Client::new(config, mode);
    let mut watch = Watch::new(0);
    let (mut now, mut on) = (0, 0);
    while !bytes.0.is_empty() {
        let stats = machine.stats();
        let input = match bytes.byte() % 16 {
            0 | 1 => ClientInput::Send("sent", bytes.number()),
            2 => ClientInput::Drop(near(&mut bytes, stats)),
            3 => ClientInput::Handled(near(&mut bytes, stats)),
            4 => ClientInput::Ask,
            5 => ClientInput::Ping,
            6 if bytes.byte().is_multiple_of(8) => ClientInput::Close,
            6 if bytes.byte().is_multiple_of(8) => ClientInput::GiveUp,
            6 | 7 => {
                on += 1;
                ClientInput::Connected(on, !bytes.byte().is_multiple_of(8))
            }
            8 => ClientInput::Ready(on),
            9 => ClientInput::Message(on - u32::from(bytes.byte()) / 200 * on.min(1), bytes.number()),
            10 => ClientInput::Disconnected(on, 1000 + u16::from(bytes.byte()) * 16),
            11 => {
                now += bytes.number().min(1 << 30);
                ClientInput::Tick
            }
            12 => ClientInput::Control(on, bytes.text()),
            _ => ClientInput::Control(on, frame(&mut bytes, stats)),
        };
        refused(machine.handle(now, input), &mut watch);
        let over = machine.is_over();
        while let Some(effect) = machine.poll() {
            watch.effect(&effect, machine.stats(), over);
        }
        Watch::counts(machine.stats());
        // Dropped messages have their fate, and so have all messages of a session that is over.
        if machine.is_over() {
            watch.reached.insert("over");
        }
    }
    watch.reached
}

/// A session that begins.
fn opened(bytes: &mut Bytes<'_>) -> Node<&'static str> {
    let config = Config { window: bytes.number(), queue: bytes.number(), life: bytes.number().min(GREATEST) };
    let peer_window = bytes.number().clamp(1, GREATEST);
    let identity = hash(&bytes.bits().0);
    let fresh = Fresh { secret: bytes.bits(), nonce: bytes.bits() };
    let mut machine = Server::open(config, hash, 1, peer_window, identity, bytes.bits(), fresh);
    let Some(Effect::Persist { seq: 1, owner, write: Write::Create(record) }) = machine.poll() else {
        panic!("a session is created first");
    };
    let mut node = Node::new(machine, (*record).clone(), "sent");
    node.writes.push_back((1, owner, Write::Create(record)));
    node
}
