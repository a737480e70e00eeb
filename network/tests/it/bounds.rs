//! Nothing grows without bound.

use crate::support::{URL, ms, open, run};
use proptest::prelude::*;
use steady_network::{Connect, Event, Limits, Network, Options};

#[test]
fn a_full_queue_fails_the_client_and_is_an_error_for_the_server() {
    let limits = Limits { queue: 1000, ..Limits::default() };
    let (mut network, id) = open(Options { buffer: 100, limits, ..Options::default() });
    network.peer(id).unwrap().stop_reading().unwrap();
    for _ in 0..20 {
        let _ = network.peer(id).unwrap().send(vec![0; 90]);
        network.send(id, vec![0; 90]).unwrap();
    }
    let log = run(&mut network, ms(1000));
    let failed = |event: &Event| matches!(event, Event::Closed { code: 1006, .. });
    assert!(log.iter().any(|(_, event)| failed(event)), "{log:?}");
}

#[test]
fn the_wire_drops_its_oldest_records() {
    let limits = Limits { wire: 10_000, ..Limits::default() };
    let (mut network, id) = open(Options { limits, ..Options::default() });
    for number in 0..1000 {
        network.send(id, format!("{number}")).unwrap();
        run(&mut network, ms(number));
    }
    let (kept, dropped) = (network.wire().records().len(), network.wire().dropped());
    assert!(kept > 10 && kept < 100, "{kept}");
    // The request, the answer, and the messages.
    assert_eq!(kept as u64 + dropped, 1002);
    assert!(network.wire().pcapng().len() < 10_000);
}

/// The life of a connection: opened, used, and ended in one of several ways.
fn live(network: &mut Network, number: u64) {
    let id = network.connect(Connect::to(URL)).unwrap();
    if number.is_multiple_of(8) {
        let half = network.now() + ms(1);
        run(network, half);
        network.close(id, None, "").unwrap();
    }
    let until = network.now() + ms(10);
    run(network, until);
    let _ = network.send(id, "x");
    if let Ok(mut peer) = network.peer(id) {
        let _ = match number % 8 {
            1 => peer.cut(),
            2 => peer.reset(),
            3 => peer.close(Some(4000), "over"),
            4 => peer.write(&[0x83, 0]),
            5 => peer.silence(),
            6 => peer.stop_reading(),
            _ => peer.send("y"),
        };
    }
    let _ = network.close(id, Some(3000), "");
    let until = network.now() + ms(100);
    run(network, until);
    if number.is_multiple_of(64) {
        let until = network.now() + ms(130_000);
        run(network, until);
        assert_eq!(network.connections(), 0, "after {number}");
    }
}

/// Makes and drops connections; returns the bytes of the debug text of the network afterwards.
fn lives(count: u64) -> usize {
    let limits = Limits { wire: 0, ..Limits::default() };
    let options = Options { latency: ms(1), limits, ..Options::default() };
    let mut network = Network::new(options).unwrap();
    network.listen(URL).unwrap();
    for number in 0..count {
        live(&mut network, number);
    }
    run(&mut network, std::time::Duration::from_secs(1_000_000_000));
    assert_eq!((network.connections(), network.next_time()), (0, None));
    format!("{network:?}").len()
}

#[test]
fn connections_leave_nothing_behind() {
    // Only numbers remain, a few digits longer.
    assert!(lives(5000) < lives(100) + 16);
}

#[test]
#[ignore = "half a minute: cargo test --release -p steady-network -- --ignored"]
fn a_million_connections_leave_nothing_behind() {
    assert!(lives(1_000_000) < lives(100) + 32);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_server_may_write_anything_at_any_time(
        parts in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..200), 0_u64..50), 0..20),
        before in any::<bool>(),
    ) {
        let options = Options { latency: ms(1), buffer: 64, bandwidth: Some(10_000), ..Options::default() };
        let mut network = Network::new(options).unwrap();
        network.listen(URL).unwrap();
        let id = network.connect(Connect::to(URL)).unwrap();
        if !before {
            run(&mut network, ms(1000));
        }
        for (bytes, pause) in parts {
            if let Ok(mut peer) = network.peer(id) {
                let _ = peer.write(&bytes);
            }
            let _ = network.send(id, bytes);
            let until = network.now() + ms(pause);
            run(&mut network, until);
        }
        let _ = network.close(id, None, "");
        let until = network.now() + ms(200_000);
        run(&mut network, until);
        let _ = network.wire().pcapng();
        let _ = network.wire().text();
    }
}
