//! The network under fuzz, apart from who drives it: libFuzzer in `fuzz_targets/network.rs`, `network/tests/it/fuzz.rs` in
//! every test run.

use std::collections::BTreeSet;
use std::time::Duration;
use steady_network::{
    Accept, Connect, ConnectionId, Event, Limits, ListenerId, Message, Network, Options, Refuse,
};

const URL: &str = "ws://fuzz.test/";
/// Each ends by itself.
pub const FAULTS: [&str; 12] = [
    "/echo",
    "/broadcast?room=fuzz",
    "/close?code=1012&after=1",
    "/refuse?status=503",
    "/refuse?how=accept-key",
    "/blackhole",
    "/drop?when=within",
    "/drop?when=reading&bytes=10",
    "/half-open?after=1",
    "/violate?how=interleave",
    "/flood?n=20&start=message",
    "/sink?read=slow&rate=10",
];
const VIOLATIONS: [&str; 4] = ["opcode", "masked", "utf8", "rsv"];

/// Bytes as choices. At their end, everything is zero.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or_default()
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken.to_vec()
    }

    fn some_bytes(&mut self) -> Vec<u8> {
        let count = usize::from(self.byte());
        self.bytes(count)
    }

    fn one<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::from(self.byte()) % list.len()]
    }

    fn message(&mut self) -> Message {
        let bytes = self.some_bytes();
        if bytes.len().is_multiple_of(2) {
            Message::from(bytes)
        } else {
            Message::from(String::from_utf8_lossy(&bytes).into_owned())
        }
    }
}

/// Any bytes from either side, and any calls, at any times: nothing panics, limits hold, and the capture is whole.
/// Returns the kinds of events that happened.
pub fn network(data: &[u8]) -> BTreeSet<&'static str> {
    let mut seen = BTreeSet::new();
    let mut choices = Choices(data);
    let limits = Limits { message: 2000, queue: 4000, head: 600, connections: 4, wire: 10_000 };
    let options = Options {
        seed: u64::from(choices.byte()),
        latency: Duration::from_millis(choices.one(&[0, 1, 20])),
        bandwidth: choices.one(&[None, Some(1), Some(1000), Some(1_000_000)]),
        buffer: choices.one(&[1, 10, 1000, 65_536]),
        limits,
    };
    let mut network = Network::new(options).expect("the options are right");
    let mut listener = network.listen(URL).ok();
    let mut last = 0;
    while !choices.0.is_empty() {
        // A recent connection, or none.
        let id = ConnectionId::from_number((last + 1_u64).saturating_sub(u64::from(choices.byte() % 4)));
        if let Some(begun) = step(&mut network, &mut choices, id, &mut listener, &mut seen) {
            last = begun.number();
        }
        assert!(network.connections() <= 4);
    }
    network.set_offline(false);
    let until = network.now() + Duration::from_secs(100_000);
    pass(&mut network, until, false, &mut seen);
    let _ = network.wire().text();
    whole(&network.wire().pcapng());
    seen
}

/// A call with chosen arguments. It may be refused.
fn step(
    network: &mut Network,
    choices: &mut Choices<'_>,
    id: ConnectionId,
    listener: &mut Option<ListenerId>,
    seen: &mut BTreeSet<&'static str>,
) -> Option<ConnectionId> {
    let call = choices.byte() % 24;
    if let 0 | 1 = call {
        let protocols = if call == 1 { vec!["a".to_owned(), "b".to_owned()] } else { Vec::new() };
        return network.connect(Connect { protocols, ..Connect::to(URL) }).ok();
    }
    let _ = match call {
        2..=5 => network.write(id, &choices.some_bytes()),
        6 => network.send(id, choices.message()),
        7 => network.close(id, choices.one(&[None, Some(1000), Some(4000)]), "over"),
        8 => {
            network.set_offline(choices.byte() & 1 == 1);
            Ok(())
        }
        9 => {
            *listener = match listener.take() {
                Some(listener) => network.unlisten(listener).map(|()| None),
                None => network.listen(URL).map(Some),
            }
            .expect("it listens, or does not");
            Ok(())
        }
        10..=13 => {
            let until = network.now() + Duration::from_millis(1 << (choices.byte() % 18));
            pass(network, until, choices.byte() & 1 == 1, seen);
            Ok(())
        }
        _ => peer_step(network, choices, id, call),
    };
    None
}

fn peer_step(
    network: &mut Network,
    choices: &mut Choices<'_>,
    id: ConnectionId,
    call: u8,
) -> Result<(), steady_network::Error> {
    let mut peer = network.peer(id)?;
    match call {
        14..=17 => peer.write(&choices.some_bytes()),
        18 => peer.send(choices.message()),
        19 => peer.close(choices.one(&[None, Some(1000), Some(0), Some(1005), Some(5000)]), "over"),
        20 => match choices.byte() % 8 {
            0 => peer.cut(),
            1 => peer.reset(),
            2 => peer.silence(),
            3 => peer.stop_reading(),
            4 => peer.resume_reading(),
            5 => peer.slow(u64::from(choices.byte())),
            _ => {
                peer.hold(choices.byte() & 1 == 1);
                Ok(())
            }
        },
        21 => peer.fault(choices.one(&FAULTS)),
        22 => peer.violate(choices.one(&VIOLATIONS)),
        _ => peer.refuse(Refuse::with(200 + 5 * u16::from(choices.byte()))),
    }
}

/// Lets time pass, and accepts what is asked for or does not.
fn pass(network: &mut Network, until: Duration, accepts: bool, seen: &mut BTreeSet<&'static str>) {
    while let Some(event) = network.next_event(until).expect("time goes on") {
        seen.insert(kind(&event));
        if let Event::Request { connection, request, .. } = event
            && accepts
        {
            let accept = Accept::first_protocol(&request);
            network
                .peer(connection)
                .and_then(|mut peer| peer.accept(accept))
                .expect("nobody has answered it");
        }
    }
}

fn kind(event: &Event) -> &'static str {
    match event {
        Event::Open { .. } => "open",
        Event::Message { .. } => "message",
        Event::Drained { .. } => "drained",
        Event::Closing { .. } => "closing",
        Event::Error { .. } => "error",
        Event::Closed { clean: true, .. } => "closed",
        Event::Closed { .. } => "lost",
        Event::Request { .. } => "request",
        Event::PeerMessage { .. } => "peer message",
        Event::PeerDrained { .. } => "peer drained",
        Event::PeerClosed { clean: true, .. } => "peer closed",
        Event::PeerClosed { .. } => "peer lost",
    }
}

/// Follows the lengths of the blocks of a capture, which stand at both ends of each.
fn whole(mut capture: &[u8]) {
    while !capture.is_empty() {
        let length = u32::from_le_bytes([capture[4], capture[5], capture[6], capture[7]]) as usize;
        assert!(length.is_multiple_of(4));
        let (block, rest) = capture.split_at(length);
        assert_eq!(block[length - 4..], block[4..8]);
        capture = rest;
    }
}
