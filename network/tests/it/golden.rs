//! The same seed gives the same wire on every machine: a hash of one, recorded here.

use std::time::Duration;
use steady_network::{Accept, Connect, Event, Message, Network, Options};

/// FNV-1a over the capture and the text of [`wire`] with this seed.
const RECORDED: [(u64, u64); 2] = [(1, 0xdd82_f31b_4f93_b9dd), (2, 0xc035_3d44_8791_86a0)];

/// A conversation on three connections, with a link that makes them wait.
fn wire(seed: u64) -> Vec<u8> {
    let options = Options {
        seed,
        latency: Duration::from_millis(7),
        bandwidth: Some(40_000),
        buffer: 3000,
        ..Options::default()
    };
    let mut network = Network::new(options).expect("the options are right");
    network.listen("wss://golden.test/*").expect("nobody listens");
    let ids = [1, 2, 3].map(|number| {
        let url = format!("wss://golden.test/{number}");
        let connect = Connect { protocols: vec!["one".to_owned(), "two".to_owned()], ..Connect::to(url) };
        network.connect(connect).expect("the URL is right")
    });
    while let Some(event) = network.next_event(Duration::from_secs(100)).expect("time goes on") {
        // Calls that are no longer possible are skipped.
        let _ = match event {
            Event::Request { connection, request, .. } => {
                network.peer(connection).and_then(|mut peer| peer.accept(Accept::first_protocol(&request)))
            }
            Event::Open { connection, .. } => {
                network.send(connection, "x".repeat(connection.number() as usize * 900))
            }
            Event::PeerMessage { connection, message } if message.len() > 3 => {
                network.peer(connection).and_then(|mut peer| {
                    peer.write(&[0x01, 1, b'a', 0x89, 1, b'!', 0x80, 1, b'b'])?;
                    peer.send(message)
                })
            }
            Event::Message { connection, message: Message::Text(text) } if text == "ab" => {
                network.send(connection, vec![1, 2, 3])
            }
            Event::Message { connection, .. } if connection == ids[0] => {
                network.close(connection, Some(3000), "done")
            }
            Event::Message { connection, .. } if connection == ids[1] => {
                network.peer(connection).and_then(|mut peer| peer.reset())
            }
            Event::Message { connection, .. } => {
                network.peer(connection).and_then(|mut peer| peer.write(&[0x83, 0]))
            }
            _ => Ok(()),
        };
    }
    assert_eq!(network.connections(), 0);
    [network.wire().pcapng(), network.wire().text().into_bytes()].concat()
}

/// Fails if the wire differs from the recorded one.
pub fn check() {
    for (seed, recorded) in RECORDED {
        let hash = wire(seed).iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        assert_eq!(hash, recorded, "with seed {seed}: {hash:#x}");
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_wire_is_the_recorded_one() {
    check();
}
