//! The ends of connections.

use crate::support::{closed, events, ms, open, peer_closed, run};
use std::time::Duration;
use steady_network::{ConnectionId, Event, Network, Options, ReadyState};

fn network() -> (Network, ConnectionId) {
    open(Options { latency: ms(10), ..Options::default() })
}

#[test]
fn the_client_closes() {
    for (code, reason, seen) in [(None, "", 1005), (Some(3000), "bye", 3000), (None, "why", 1000)] {
        let (mut network, id) = network();
        network.close(id, code, reason).unwrap();
        assert_eq!(network.ready_state(id), ReadyState::Closing);
        let log = run(&mut network, ms(5000));
        // Each answer has the code and the reason.
        let expected =
            [(ms(50), peer_closed(id, seen, reason, true)), (ms(60), closed(id, seen, reason, true))];
        assert_eq!(log, expected);
        assert_eq!(network.connections(), 0);
    }
}

#[test]
fn the_server_closes() {
    let (mut network, id) = network();
    network.peer(id).unwrap().close(Some(4000), "gone").unwrap();
    let log = run(&mut network, ms(5000));
    let expected = [
        (ms(50), Event::Closing { connection: id }),
        (ms(60), peer_closed(id, 4000, "gone", true)),
        (ms(70), closed(id, 4000, "gone", true)),
    ];
    assert_eq!(log, expected);
    assert_eq!(network.connections(), 0);
}

#[test]
fn messages_before_the_close_frame_arrive_and_those_after_are_counted() {
    let (mut network, id) = network();
    network.send(id, "last").unwrap();
    network.close(id, None, "").unwrap();
    network.send(id, "late").unwrap();
    assert_eq!(network.buffered_amount(id), Ok(4));
    let log = events(run(&mut network, ms(5000)));
    let end = Event::Closed { connection: id, code: 1005, reason: String::new(), clean: true, buffered: 4 };
    assert_eq!(log, [crate::support::peer_message(id, "last"), peer_closed(id, 1005, "", true), end]);
}

#[test]
fn nothing_is_delivered_while_the_client_closes() {
    let (mut network, id) = network();
    network.close(id, None, "").unwrap();
    network.peer(id).unwrap().send("late").unwrap();
    let log = events(run(&mut network, ms(5000)));
    assert_eq!(log, [peer_closed(id, 1005, "", true), closed(id, 1005, "", true)]);
}

#[test]
fn close_frames_that_cross_are_one_handshake() {
    let (mut network, id) = network();
    network.close(id, Some(3000), "mine").unwrap();
    network.peer(id).unwrap().close(Some(4000), "yours").unwrap();
    let log = events(run(&mut network, ms(5000)));
    assert_eq!(log, [peer_closed(id, 3000, "mine", true), closed(id, 4000, "yours", true)]);
}

#[test]
fn a_cut_is_no_error_but_not_clean() {
    let (mut network, id) = network();
    network.peer(id).unwrap().send("last").unwrap();
    network.peer(id).unwrap().cut().unwrap();
    let log = events(run(&mut network, ms(5000)));
    let last = crate::support::message(id, "last");
    assert_eq!(log, [peer_closed(id, 1006, "", false), last, closed(id, 1006, "", false)]);
    assert_eq!(network.connections(), 0);
}

#[test]
fn a_reset_loses_what_has_not_left() {
    let (mut network, id) = open(Options { latency: ms(10), buffer: 100, ..Options::default() });
    network.peer(id).unwrap().send(vec![0; 1000]).unwrap();
    network.peer(id).unwrap().reset().unwrap();
    let log = events(run(&mut network, ms(5000)));
    assert_eq!(log, [peer_closed(id, 1006, "", false), closed(id, 1006, "", false)]);
    assert_eq!(network.connections(), 0);
    assert!(network.wire().text().ends_with("RST\n"));
}

#[test]
fn a_silent_peer_receives_and_the_client_gives_up_after_a_minute() {
    let (mut network, id) = network();
    network.peer(id).unwrap().silence().unwrap();
    network.send(id, "heard").unwrap();
    network.peer(id).unwrap().send("never").unwrap();
    network.close(id, None, "").unwrap();
    let start = network.now();
    let log = run(&mut network, start + Duration::from_secs(120));
    assert_eq!(log[0], (start + ms(10), crate::support::peer_message(id, "heard")));
    assert_eq!(log[1], (start + ms(10), peer_closed(id, 1005, "", true)));
    assert_eq!(log[2], (start + Duration::from_secs(60), closed(id, 1006, "", false)));
    assert_eq!((log.len(), network.connections()), (3, 0));
}

#[test]
fn a_client_that_does_not_hear_is_given_up_by_the_server() {
    let (mut network, id) = network();
    network.set_offline(true);
    network.peer(id).unwrap().close(Some(1000), "").unwrap();
    let start = network.now();
    let log = run(&mut network, start + Duration::from_secs(11));
    assert_eq!(log, [(start + Duration::from_secs(10), peer_closed(id, 1006, "", false))]);
}

#[test]
fn a_peer_that_reads_nothing_is_reset_after_the_closing_timeout() {
    let (mut network, id) = open(Options { buffer: 100, ..Options::default() });
    network.peer(id).unwrap().stop_reading().unwrap();
    network.send(id, vec![0; 1000]).unwrap();
    network.close(id, None, "").unwrap();
    let start = network.now();
    let log = run(&mut network, start + Duration::from_secs(120));
    let Event::Closed { code: 1006, clean: false, buffered: 808, .. } = log[0].1 else {
        panic!("{log:?}");
    };
    assert_eq!(log[0].0, start + Duration::from_secs(60));
    assert_eq!(log[1].1, peer_closed(id, 1006, "", false));
    assert_eq!(network.connections(), 0);
}

#[test]
fn an_end_reacts_to_a_message_before_the_close_frame_behind_it() {
    // What follows the first message leaves in one segment.
    let slow = || open(Options { bandwidth: Some(10_000), ..Options::default() });
    let (mut network, id) = slow();
    network.send(id, "one").unwrap();
    network.send(id, "two").unwrap();
    network.close(id, None, "").unwrap();
    let mut heard = 0;
    while let Some(event) = network.next_event(ms(5000)).unwrap() {
        if let Event::PeerMessage { message, .. } = event {
            network.peer(id).unwrap().send(message).unwrap();
            heard += 1;
        }
    }
    assert_eq!(heard, 2);
    let (mut network, id) = slow();
    network.peer(id).unwrap().send("one").unwrap();
    network.peer(id).unwrap().send("two").unwrap();
    network.peer(id).unwrap().close(Some(1000), "").unwrap();
    let mut states = Vec::new();
    while let Some(event) = network.next_event(ms(5000)).unwrap() {
        if let Event::Message { .. } = event {
            states.push(network.ready_state(id));
        }
    }
    assert_eq!(states, [ReadyState::Open; 2]);
}

#[test]
fn what_never_left_stays_buffered_after_a_reset() {
    let (mut network, id) = open(Options { buffer: 100, ..Options::default() });
    network.peer(id).unwrap().stop_reading().unwrap();
    network.send(id, vec![0; 1000]).unwrap();
    network.peer(id).unwrap().reset().unwrap();
    let log = events(run(&mut network, ms(5000)));
    // Of 1,008 bytes two buffers are full, and the server read one more before it went.
    assert!(matches!(log.last(), Some(Event::Closed { buffered: 708, .. })), "{log:?}");
}
