//! A machine allocates nothing per event beyond its payload queue: once its queues have grown, sending, receiving and
//! sampling allocate nothing.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use steady_websocket::core::{Config, Effect, HeartbeatConfig, Input, Instant, Machine, OutgoingMessage};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

fn drain(machine: &mut Machine<u64>) -> u64 {
    let mut effects = 0;
    while machine.poll().is_some() {
        effects += 1;
    }
    effects
}

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn open(config: Config) -> Machine<u64> {
    let mut machine = Machine::new(config, 1).unwrap();
    machine.handle(at(0), Input::Connect).unwrap();
    machine.handle(at(1), Input::Opened(1)).unwrap();
    machine.handle(at(1), Input::Announced(1)).unwrap();
    drain(&mut machine);
    machine
}

/// One round: a message sent, one received, a sample that shows an empty buffer, the timer read.
fn round(machine: &mut Machine<u64>, now: u64) -> u64 {
    machine.handle(at(now), Input::Send(OutgoingMessage::new(now, 100))).unwrap();
    let mut effects = drain(machine);
    machine.handle(at(now), Input::Received { attempt: 1, size: 10, pong: false }).unwrap();
    machine.handle(at(now), Input::Buffered(1, 0)).unwrap();
    machine.handle(at(now), Input::Tick).unwrap();
    effects += drain(machine);
    let _ = machine.deadline();
    effects
}

#[test]
fn a_running_socket_allocates_nothing() {
    let mut beating = Config::steady();
    beating.steady.as_mut().unwrap().heartbeat = Some(HeartbeatConfig { interval: 1_000, timeout: 1_000 });
    for config in [Config::default(), Config::steady(), beating] {
        let mut machine = open(config);
        for now in 2..200 {
            round(&mut machine, now);
        }
        assert_no_alloc(|| {
            for now in 200..10_000 {
                assert!(round(&mut machine, now) > 0);
            }
        });
    }
}

#[test]
fn a_full_outbox_moves_without_allocating() {
    let mut config = Config::steady();
    let queue = &mut config.steady.as_mut().unwrap().queue;
    (queue.max_bytes, queue.lifetime) = (u64::MAX, Some(1 << 40));
    config.flow.high = u64::MAX;
    let mut machine: Machine<u64> = Machine::new(config, 1).unwrap();
    machine.handle(at(0), Input::Connect).unwrap();
    for payload in 0..100_000 {
        machine.handle(at(1), Input::Send(OutgoingMessage::new(payload, 100))).unwrap();
    }
    drain(&mut machine);
    machine.handle(at(2), Input::Opened(1)).unwrap();
    machine.handle(at(2), Input::Announced(1)).unwrap();
    let mut next = 0;
    // Messages in flight are part of the payload queue: it may grow, by doubling.
    while let Some(effect) = machine.poll() {
        if let Effect::Transmit(_, payload) = effect {
            assert_eq!(payload, next);
            next += 1;
        }
    }
    assert_eq!(next, 100_000);
    assert_no_alloc(|| {
        machine.handle(at(3), Input::Buffered(1, 0)).unwrap();
        // Their fates.
        assert_eq!(drain(&mut machine), 100_000);
    });
}
