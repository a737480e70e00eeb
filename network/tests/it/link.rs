//! Each rule of the link, exact in virtual time.

use crate::support::{events, message, ms, open, peer_message, run};
use std::time::Duration;
use steady_network::{Event, Message, Options};

fn options() -> Options {
    Options { latency: ms(10), ..Options::default() }
}

#[test]
fn a_handshake_takes_four_latencies() {
    let (network, _) = open(options());
    assert_eq!(network.now(), ms(40));
}

#[test]
fn a_message_takes_the_latency_in_either_direction() {
    let (mut network, id) = open(options());
    network.send(id, "up").unwrap();
    network.peer(id).unwrap().send("down").unwrap();
    let log = run(&mut network, ms(1000));
    assert_eq!(log, [(ms(50), peer_message(id, "up")), (ms(50), message(id, "down"))]);
    assert_eq!(network.now(), ms(1000));
}

#[test]
fn bandwidth_delays_by_the_bytes_of_the_frame() {
    let (mut network, id) = open(Options { bandwidth: Some(1000), ..options() });
    let start = network.now();
    // A header of 6 bytes with the masking key.
    network.send(id, "x".repeat(94)).unwrap();
    network.send(id, "y".repeat(44)).unwrap();
    let log = run(&mut network, start + ms(1000));
    let times: Vec<Duration> = log.iter().map(|(at, _)| *at - start).collect();
    assert_eq!(times, [ms(110), ms(160)]);
}

#[test]
fn directions_and_connections_have_their_own_bandwidth() {
    let (mut network, id) = open(Options { bandwidth: Some(1000), ..options() });
    let start = network.now();
    network.send(id, "x".repeat(94)).unwrap();
    network.peer(id).unwrap().send("y".repeat(98)).unwrap();
    let log = run(&mut network, start + ms(1000));
    assert_eq!(log.iter().map(|(at, _)| *at - start).collect::<Vec<_>>(), [ms(110), ms(110)]);
}

#[test]
fn a_link_that_was_idle_saves_nothing_up() {
    let (mut network, id) = open(Options { bandwidth: Some(1000), ..options() });
    run(&mut network, Duration::from_secs(5));
    network.send(id, "x".repeat(94)).unwrap();
    let log = run(&mut network, Duration::from_secs(6));
    assert_eq!(log[0].0, Duration::from_secs(5) + ms(110));
}

#[test]
fn messages_arrive_in_their_order() {
    let (mut network, id) = open(Options { bandwidth: Some(50_000), buffer: 100, ..options() });
    let texts: Vec<String> = (0..200).map(|number| format!("{number}").repeat(number % 7 + 1)).collect();
    for text in &texts {
        network.send(id, text.as_str()).unwrap();
    }
    let log = events(run(&mut network, Duration::from_secs(5)));
    let arrived: Vec<Event> = texts.iter().map(|text| peer_message(id, text)).collect();
    let log: Vec<Event> =
        log.into_iter().filter(|event| matches!(event, Event::PeerMessage { .. })).collect();
    assert_eq!(log, arrived);
}

#[test]
fn the_buffered_amount_is_the_payload_before_the_socket_buffer() {
    let options = Options { bandwidth: Some(1000), buffer: 1000, ..options() };
    let (mut network, id) = open(options);
    let start = network.now();
    network.send(id, vec![0; 3000]).unwrap();
    // Of 3,008 bytes 1,000 fill the send buffer until they have left as a whole, although they begin to leave at once.
    run(&mut network, start + ms(999));
    assert_eq!(network.buffered_amount(id), Ok(2008));
    run(&mut network, start + ms(1000));
    assert_eq!(network.buffered_amount(id), Ok(1008));
    // The receive buffer has room again when they have arrived, after 1,010 ms.
    assert!(run(&mut network, start + ms(2009)).is_empty());
    assert_eq!(network.buffered_amount(id), Ok(1008));
    run(&mut network, start + ms(2010));
    assert_eq!(network.buffered_amount(id), Ok(8));
    let log = run(&mut network, start + ms(5000));
    let (arrived, drained) = (start + ms(3 * 1010 + 8), start + ms(3020));
    assert_eq!(log[0], (drained, Event::Drained { connection: id }));
    assert_eq!(log[1].0, arrived + ms(10));
    assert_eq!(log.len(), 2);
}

#[test]
fn control_frames_are_not_counted() {
    let options = Options { buffer: 10, ..options() };
    let (mut network, id) = open(options);
    network.peer(id).unwrap().stop_reading().unwrap();
    network.peer(id).unwrap().write(&[0x89, 5, 1, 2, 3, 4, 5]).unwrap();
    network.send(id, "0123456789012345678901234567890123456789").unwrap();
    let before = network.buffered_amount(id).unwrap();
    let until = network.now() + ms(200);
    run(&mut network, until);
    assert_eq!(network.buffered_amount(id), Ok(before));
}

#[test]
fn a_peer_that_does_not_read_stops_the_sender() {
    let (mut network, id) = open(Options { buffer: 1000, ..options() });
    network.peer(id).unwrap().stop_reading().unwrap();
    network.send(id, vec![1; 10_000]).unwrap();
    assert!(run(&mut network, Duration::from_secs(60)).is_empty());
    // A receive buffer and a send buffer are full; a header of 8 bytes is among that.
    assert_eq!(network.buffered_amount(id), Ok(10_008 - 2000));
    network.peer(id).unwrap().resume_reading().unwrap();
    let log = events(run(&mut network, Duration::from_secs(61)));
    assert_eq!(
        log,
        [
            Event::Drained { connection: id },
            Event::PeerMessage { connection: id, message: Message::from(vec![1; 10_000]) }
        ]
    );
}

#[test]
fn a_slow_peer_takes_a_twentieth_of_a_second_at_a_time() {
    let (mut network, id) = open(Options { buffer: 1000, ..options() });
    let start = network.now();
    network.peer(id).unwrap().slow(2000).unwrap();
    network.send(id, vec![1; 4992]).unwrap();
    let log = run(&mut network, start + Duration::from_secs(10));
    // 5,000 bytes, 100 every 50 ms; the first after the latency, the last after 49 pauses.
    let arrived = log.iter().find(|(_, event)| matches!(event, Event::PeerMessage { .. })).unwrap().0;
    assert!(arrived - start >= ms(10 + 49 * 50), "{:?}", arrived - start);
    assert!(arrived - start <= ms(10 + 52 * 50 + 100), "{:?}", arrived - start);
}

#[test]
fn offline_nothing_travels_and_nothing_is_lost() {
    let (mut network, id) = open(options());
    network.send(id, "before").unwrap();
    network.set_offline(true);
    network.send(id, "meanwhile").unwrap();
    assert!(run(&mut network, Duration::from_secs(5)).is_empty());
    network.set_offline(false);
    let log = run(&mut network, Duration::from_secs(6));
    let at = Duration::from_secs(5);
    assert_eq!(log, [(at, peer_message(id, "before")), (at + ms(10), peer_message(id, "meanwhile"))]);
}
