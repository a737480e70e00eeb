//! The attributes of a socket between its events.

use super::api::*;

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn told(machine: &mut Machine<u64>, now: u64, input: Input<u64>) -> Vec<Effect<u64>> {
    machine.handle(at(now), input).expect("legal");
    std::iter::from_fn(|| machine.poll()).collect()
}

fn end(attempt: Attempt, unsent: u64) -> Input<u64> {
    Input::Closed {
        attempt,
        close_info: CloseInfo { code: 1006, reason: "".into(), was_clean: false },
        unsent,
    }
}

#[test]
fn attributes_follow_the_connection() {
    let mut config = Config::steady();
    let steady = config.steady.as_mut().expect("steady");
    steady.gated = true;
    let mut machine: Machine<u64> = Machine::new(config, 1).expect("fine");
    assert_eq!((machine.attempt(), machine.next_ticket()), (0, Ticket(0)));
    assert!(!machine.awaits(0) && !machine.delivers(0) && !machine.is_held_back());
    told(&mut machine, 0, Input::Connect);
    assert_eq!(machine.ready_state() as u8, 0);
    assert!(machine.awaits(1) && !machine.awaits(0) && !machine.awaits(2));
    told(&mut machine, 1, Input::Dialed(1));
    assert!(!machine.awaits(1));
    assert!(!machine.delivers(1));
    told(&mut machine, 2, Input::Opened(1));
    assert_eq!(machine.ready_state() as u8, 1);
    assert!(machine.is_held_back() && machine.delivers(1) && !machine.delivers(0));
    assert_eq!(told(&mut machine, 2, Input::Announced(1)), [Effect::Gate(1)]);
    assert!(machine.is_held_back());
    told(&mut machine, 3, Input::Gate(1, true));
    assert!(!machine.is_held_back());
    told(&mut machine, 4, Input::Close { code: None, reason: "".into() });
    assert_eq!(machine.ready_state() as u8, 2);
    told(&mut machine, 5, Input::Received { attempt: 1, size: 9, pong: false });
    assert_eq!(machine.stats().received_messages, 0, "what comes after close() is for nobody");
    told(&mut machine, 5, end(1, 0));
    assert_eq!(machine.ready_state() as u8, 3);
}

#[test]
fn a_message_is_held_until_it_has_its_fate() {
    let mut machine: Machine<u64> = Machine::new(Config::steady(), 1).expect("fine");
    let holds = |machine: &mut Machine<u64>| [0, 1, 2].map(|ticket| machine.holds(Ticket(ticket)));
    told(&mut machine, 0, Input::Connect);
    for payload in 0..2 {
        told(&mut machine, 0, Input::Send(OutgoingMessage::new(payload, 1)));
    }
    assert_eq!(holds(&mut machine), [true, true, false]);
    told(&mut machine, 0, Input::Cancel(Ticket(0)));
    assert_eq!(holds(&mut machine), [false, true, false]);
    for input in [Input::Dialed(1), Input::Opened(1), Input::Announced(1)] {
        told(&mut machine, 1, input);
    }
    assert_eq!(holds(&mut machine), [false, true, false], "in flight");
    told(&mut machine, 100, Input::Buffered(1, 0));
    assert_eq!(holds(&mut machine), [false, false, false]);
}

#[test]
fn statistics_count() {
    let mut config = Config::steady();
    let steady = config.steady.as_mut().expect("steady");
    steady.heartbeat = Some(HeartbeatConfig { interval: 100, timeout: 50 });
    (steady.retry.jitter, steady.retry.first) = (Jitter::None, 1_000);
    steady.queue.max_count = 2;
    steady.queue.overflow = Overflow::DropOldest;
    let mut machine: Machine<u64> = Machine::new(config, 1).expect("fine");
    told(&mut machine, 0, Input::Connect);
    for size in [1, 10, 100] {
        told(&mut machine, 0, Input::Send(OutgoingMessage::new(size, size)));
    }
    told(&mut machine, 1, Input::Opened(1));
    told(&mut machine, 1, Input::Announced(1));
    told(&mut machine, 2, Input::Received { attempt: 1, size: 7, pong: false });
    assert_eq!(machine.stats().round_trip, None);
    told(&mut machine, 3, Input::Received { attempt: 1, size: 2, pong: true });
    assert_eq!(machine.stats().round_trip, None, "nobody asked");
    assert_eq!(told(&mut machine, 103, Input::Tick).last(), Some(&Effect::Ping(1)));
    told(&mut machine, 110, Input::Received { attempt: 1, size: 2, pong: true });
    told(&mut machine, 120, end(1, 100));
    let lost = Stats {
        attempts: 1,
        connections: 1,
        sent_messages: 2,
        sent_bytes: 110,
        received_messages: 1,
        received_bytes: 7,
        discarded: 1,
        in_doubt: 1,
        round_trip: Some(7),
    };
    assert_eq!(machine.stats(), &lost);
    told(&mut machine, 1_120, Input::Tick);
    told(&mut machine, 1_121, Input::Opened(2));
    told(&mut machine, 1_121, Input::Announced(2));
    let again = Stats { attempts: 2, connections: 2, sent_messages: 3, sent_bytes: 210, ..lost };
    assert_eq!(machine.stats(), &again);
}

/// Numbers at the end of their range never cause a panic.
#[test]
fn sizes_that_can_not_be_counted_are_refused() {
    let mut config = Config::steady();
    config.steady.as_mut().expect("steady").queue.max_bytes = u64::MAX;
    let mut machine: Machine<u64> = Machine::new(config, 1).expect("fine");
    told(&mut machine, 0, Input::Connect);
    told(&mut machine, 0, Input::Send(OutgoingMessage::new(0, u64::MAX)));
    let one = OutgoingMessage::new(1, 1);
    assert_eq!(machine.handle(at(0), Input::Send(one.clone())), Err(Error::TooLarge));
    told(&mut machine, 1, Input::Opened(1));
    told(&mut machine, 1, Input::Announced(1));
    assert_eq!(machine.handle(at(1), Input::Send(one.clone())), Err(Error::TooLarge), "in flight counts");
    assert_eq!(machine.handle(at(1), Input::SendDirect(1, one)), Err(Error::TooLarge));
    for _ in 0..2 {
        told(&mut machine, 2, Input::Received { attempt: 1, size: u64::MAX, pong: false });
    }
    assert_eq!(machine.stats().received_bytes, u64::MAX);
    assert_eq!(machine.buffered_amount(u64::MAX), u64::MAX);
    assert_eq!(machine.queued(), (0, 0));
}

/// The peer is closing, so the queue waits, and holds the pressure. What is in the native buffer leaves slowly.
#[test]
fn samples_are_rare_while_none_can_end_the_pressure() {
    let mut config = Config::steady();
    config.flow = Marks { high: 1_000, low: 500 };
    let mut machine: Machine<u64> = Machine::new(config, 1).expect("fine");
    let send = |size| Input::Send(OutgoingMessage::new(0, size));
    for input in [Input::Connect, Input::Dialed(1), Input::Opened(1), Input::Announced(1)] {
        told(&mut machine, 0, input);
    }
    for input in [send(400), Input::PeerClosing(1), send(2_000)] {
        told(&mut machine, 0, input);
    }
    assert!(machine.is_pressed());
    let mut samples = 0;
    let mut amount = 400;
    while amount > 0 {
        let now = machine.deadline().expect("there is something to sample").as_millis();
        amount = 400 - now / 10;
        for effect in told(&mut machine, now, Input::Tick) {
            if let Effect::Sample(attempt) = effect {
                told(&mut machine, now, Input::Buffered(attempt, amount));
                samples += 1;
            }
        }
    }
    assert!(samples < 40, "{samples} samples in 4 s");
}

/// Cancels a message in the middle of a long queue, again and again: order and sums stay correct.
#[test]
fn gaps_are_squeezed_out() {
    let mut machine: Machine<u64> = Machine::new(Config::steady(), 1).expect("fine");
    told(&mut machine, 0, Input::Connect);
    for ticket in 0..1_000 {
        let lifetime = (ticket % 3 == 0).then_some(1_000 + ticket);
        told(&mut machine, 0, Input::Send(OutgoingMessage { lifetime, ..OutgoingMessage::new(ticket, 2) }));
    }
    for ticket in (0..1_000).filter(|ticket| ticket % 10 != 0) {
        told(&mut machine, 1, Input::Cancel(Ticket(ticket)));
        assert_eq!(
            machine.handle(at(1), Input::Cancel(Ticket(ticket))),
            Err(Error::NotQueued(Ticket(ticket)))
        );
    }
    assert_eq!(machine.queued(), (100, 200));
    assert_eq!(machine.deadline(), Some(at(1_000)));
    told(&mut machine, 1_500, Input::Tick);
    told(&mut machine, 1_500, Input::Opened(1));
    let sent: Vec<u64> = told(&mut machine, 1_500, Input::Announced(1))
        .iter()
        .filter_map(|effect| match effect {
            Effect::Transmit(_, payload) => Some(*payload),
            _ => None,
        })
        .collect();
    let expected: Vec<u64> =
        (0..1_000).step_by(10).filter(|ticket| ticket % 3 != 0 || 1_000 + ticket > 1_500).collect();
    assert_eq!(sent, expected);
}

/// Returns how many places of a kind a machine has, empty or not: derived `Debug` prints them all.
fn places(machine: &Machine<u64>, kind: &str) -> usize {
    format!("{machine:?}").matches(kind).count()
}

/// Returns a socket with a queued message for each ticket, the first with the shortest lifetime.
fn with_queued(count: u64) -> Machine<u64> {
    let mut machine: Machine<u64> = Machine::new(Config::steady(), 1).expect("fine");
    told(&mut machine, 0, Input::Connect);
    for ticket in 0..count {
        let lifetime = Some(if ticket == 0 { 1_000 } else { 2_000 });
        told(&mut machine, 0, Input::Send(OutgoingMessage { lifetime, ..OutgoingMessage::new(ticket, 2) }));
    }
    machine
}

/// Memory is kept for what is queued, not for what once was, and not for expiry entries of messages that left.
#[test]
fn messages_taken_back_leave_nothing_behind() {
    for sent in [1_000, 1_001] {
        let mut machine = with_queued(sent);
        for ticket in 10..sent {
            told(&mut machine, 1, Input::Cancel(Ticket(ticket)));
        }
        assert_eq!(machine.queued(), (10, 20));
        assert!(places(&machine, "Slot {") <= 52);
        // One is sent, one leaves, the newest or one from the middle; the socket is never idle.
        for ticket in sent..sent + 10_000 {
            told(
                &mut machine,
                1,
                Input::Send(OutgoingMessage { lifetime: Some(3_000), ..OutgoingMessage::new(ticket, 2) }),
            );
            let leaves = if ticket % 2 == 0 { ticket } else { ticket - 2 };
            let _ = machine.handle(at(1), Input::Cancel(Ticket(leaves)));
            assert!(machine.queued().0 <= 12);
        }
        assert!(places(&machine, "Slot {") <= 53 && places(&machine, "Reverse(") <= 55);
    }
}

/// Compacting goes through the whole queue, so it waits until that is worth it.
#[test]
fn a_few_gaps_in_a_long_queue_are_left_alone() {
    let mut machine = with_queued(1_000);
    for ticket in 100..200 {
        told(&mut machine, 1, Input::Cancel(Ticket(ticket)));
    }
    told(
        &mut machine,
        1,
        Input::Send(OutgoingMessage { lifetime: Some(3_000), ..OutgoingMessage::new(1_000, 2) }),
    );
    assert_eq!(machine.queued(), (901, 1_802));
    assert_eq!((places(&machine, "Slot {"), places(&machine, "Reverse(")), (1_001, 1_001));
}

#[test]
fn the_losses_are_counted_and_the_last_one_is_known() {
    let mut config = Config::steady();
    config.steady.as_mut().expect("steady").retry.jitter = Jitter::None;
    let mut machine: Machine<u64> = Machine::new(config, 1).expect("fine");
    told(&mut machine, 0, Input::Connect);
    for payload in 0..3 {
        told(&mut machine, 0, Input::Send(OutgoingMessage::new(payload, 5)));
    }
    assert_eq!(machine.last_lost(), None);
    let lost = |number, ticket, why| LostMessage { number, ticket: Ticket(ticket), why };
    told(&mut machine, 1, Input::Cancel(Ticket(1)));
    assert_eq!(machine.last_lost(), Some(lost(1, 1, Why::Cancelled)));
    // An older message, lost later.
    told(&mut machine, 2, Input::Cancel(Ticket(0)));
    assert_eq!(machine.last_lost(), Some(lost(2, 0, Why::Cancelled)));
    told(&mut machine, 3, Input::Opened(1));
    told(&mut machine, 3, Input::Announced(1));
    // A flush's mark does not count what was lost before it.
    assert_eq!(told(&mut machine, 3, Input::Flush), []);
    assert_eq!(machine.flushed(), Ticket(0));
    let left = Effect::Fate(Ticket(2), 2, Fate::HandedOver);
    assert_eq!(told(&mut machine, 4, Input::Buffered(1, 0)), [left, Effect::Flushed(Ticket(3))]);
    assert_eq!(machine.flushed(), Ticket(3));
    // Sent too late.
    told(&mut machine, 5, Input::Close { code: None, reason: "".into() });
    told(&mut machine, 5, Input::Send(OutgoingMessage::new(3, 5)));
    assert_eq!(machine.last_lost(), Some(lost(3, 3, Why::Closed)));
    assert_eq!(machine.close_info().code, 1006, "the connection has not ended");
    told(&mut machine, 6, end(1, 0));
    assert_eq!(told(&mut machine, 6, Input::Flush), [Effect::Flushed(Ticket(4))]);
}

#[test]
fn what_a_strict_socket_did_not_send_is_lost() {
    let mut machine: Machine<u64> = Machine::new(Config::default(), 1).expect("fine");
    told(&mut machine, 0, Input::Connect);
    told(&mut machine, 1, Input::Opened(1));
    for payload in 0..3 {
        told(&mut machine, 2, Input::Send(OutgoingMessage::new(payload, 5)));
    }
    assert_eq!(machine.last_lost(), None);
    told(&mut machine, 3, end(1, 1));
    assert_eq!(machine.last_lost(), Some(LostMessage { number: 1, ticket: Ticket(2), why: Why::Closed }));
    let mut machine: Machine<u64> = Machine::new(Config::default(), 1).expect("fine");
    told(&mut machine, 0, Input::Connect);
    told(&mut machine, 1, Input::Opened(1));
    told(&mut machine, 2, Input::Send(OutgoingMessage::new(0, 5)));
    told(&mut machine, 3, end(1, 0));
    assert_eq!(machine.last_lost(), None, "all of it had left");
}
