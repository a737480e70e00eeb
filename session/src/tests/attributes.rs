//! What can be asked of the machines, and the words and codes of an end.

use super::world::hash;
use crate::*;
use std::string::String;
use std::{format, vec};

const HELLO: &str = "\u{10}H1 64 1000";

fn welcomed() -> Client<u32> {
    let mut client = Client::new(Config { window: 10, queue: 20, life: 0 }, Mode::Require);
    let bits = "0".repeat(32);
    for input in [
        ClientInput::Connected(1, true),
        ClientInput::Ready(1),
        ClientInput::Control(1, HELLO.into()),
        ClientInput::Control(1, format!("\u{10}W{bits} {bits} {bits} 1000 8")),
    ] {
        assert!(!client.is_live());
        client.handle(0, input).unwrap();
    }
    while client.poll().is_some() {}
    client
}

fn opened() -> Server<u32> {
    let fresh = Fresh { secret: Bits([1; 16]), nonce: Bits([2; 16]) };
    let config = Config { window: 10, queue: 20, life: 1_000 };
    let mut server = Server::open(config, hash, 1, 8, hash(b"alice"), Bits([3; 16]), fresh);
    server.handle(0, ServerInput::Stored { seq: 1, handled: 0 }).unwrap();
    while server.poll().is_some() {}
    server
}

#[test]
fn a_client_says_how_far_it_is() {
    let mut client = welcomed();
    assert!(client.is_live() && !client.is_over());
    for cost in [3, 4, 5] {
        client.handle(0, ClientInput::Send(1, cost)).unwrap();
    }
    while client.poll().is_some() {}
    client.handle(0, ClientInput::Message(1, 2)).unwrap();
    client.handle(0, ClientInput::Message(1, 1)).unwrap();
    client.handle(0, ClientInput::Handled(1)).unwrap();
    let stats = client.stats();
    assert_eq!(
        stats,
        Stats { accepted: 3, acknowledged: 0, received: 2, handled: 1, held_cost: 12, room: 1 }
    );
    client.handle(0, ClientInput::Control(1, "\u{10}A1 11 2".into())).unwrap();
    client.handle(0, ClientInput::Drop(3)).unwrap();
    let stats = client.stats();
    assert_eq!(stats, Stats { accepted: 3, acknowledged: 1, received: 2, handled: 1, held_cost: 4, room: 4 });
    client.handle(0, ClientInput::GiveUp).unwrap();
    assert!(!client.is_live() && client.is_over());
}

#[test]
fn a_plain_connection_is_no_session() {
    let mut client: Client<u32> = Client::new(Config::default(), Mode::Prefer);
    assert!(!client.is_over());
    client.handle(0, ClientInput::Connected(1, false)).unwrap();
    assert!(client.is_over() && !client.is_live());
    assert_eq!(client.handle(0, ClientInput::Ping), Err(Error::NotNow));
    assert_eq!(client.handle(0, ClientInput::Ask), Err(Error::NotNow));
    while client.poll().is_some() {}
    client.handle(0, ClientInput::GiveUp).unwrap();
    assert_eq!(client.poll(), None);
    client.handle(0, ClientInput::Message(1, 1)).unwrap();
    assert_eq!(client.poll(), None);
}

#[test]
fn a_server_says_how_far_it_is() {
    let mut server = opened();
    assert_eq!(server.id(), Bits([3; 16]));
    assert_eq!(server.owner(), Bits([2; 16]));
    assert!(!server.is_over() && !server.is_ending());
    server.handle(0, ServerInput::Send(1, 3)).unwrap();
    for cost in [2, 3, 4] {
        server.handle(0, ServerInput::Message(1, cost)).unwrap();
    }
    server.handle(0, ServerInput::Handled(1)).unwrap();
    let stats = server.stats();
    assert_eq!(stats, Stats { accepted: 1, acknowledged: 0, received: 3, handled: 1, held_cost: 3, room: 8 });
    // The position that an application commits by itself has a cost.
    let costs = [0, 1, 2, 3, 4].map(|number| server.cost_up_to(number));
    assert_eq!(costs, [None, None, Some(5), Some(9), None]);
    server.handle(0, ServerInput::Control(1, "\u{10}".into())).unwrap();
    assert!(!server.is_over() && server.is_ending());
    server.handle(0, ServerInput::Stored { seq: 9, handled: 1 }).unwrap();
    assert!(server.is_over() && server.is_ending());
    assert_eq!(server.handle(0, ServerInput::Ping), Err(Error::NotNow));
}

#[test]
fn a_commit_that_is_under_way_waits_for_the_store_alone() {
    let mut server = opened();
    server.handle(1, ServerInput::Message(1, 1)).unwrap();
    server.handle(1, ServerInput::Handled(1)).unwrap();
    assert_eq!(server.deadline(), Some(201));
    server.handle(201, ServerInput::Tick).unwrap();
    let committed =
        |effect: &Effect<u32>| matches!(effect, Effect::Persist { write: Write::Handled { .. }, .. });
    assert!(core::iter::from_fn(|| server.poll()).any(|effect| committed(&effect)));
    // A shell that came back at once, again and again, would not let the store answer.
    assert_eq!(server.deadline(), None);
    server.handle(300, ServerInput::Stored { seq: 2, handled: 1 }).unwrap();
    assert!(core::iter::from_fn(|| server.poll()).any(|effect| matches!(effect, Effect::Control(1, _))));
    assert_eq!(server.deadline(), None);
}

#[test]
fn the_end_of_a_connection_commits_what_is_handled() {
    let mut server = opened();
    let commits = |server: &mut Server<u32>| {
        let mut counts = vec![];
        while let Some(effect) = server.poll() {
            if let Effect::Persist { write: Write::Handled { count, .. }, .. } = effect {
                counts.push(count);
            }
        }
        counts
    };
    for _ in 0..3 {
        server.handle(0, ServerInput::Message(1, 1)).unwrap();
    }
    server.handle(0, ServerInput::Handled(1)).unwrap();
    assert_eq!(commits(&mut server), []);
    server.handle(0, ServerInput::Disconnected(1, 1006)).unwrap();
    assert_eq!(commits(&mut server), [1]);
    // What is handled later is committed as soon as the store has answered.
    server.handle(0, ServerInput::Handled(2)).unwrap();
    server.handle(0, ServerInput::Handled(3)).unwrap();
    assert_eq!(commits(&mut server), []);
    server.handle(0, ServerInput::Stored { seq: 2, handled: 1 }).unwrap();
    assert_eq!(commits(&mut server), [3]);
}

#[test]
fn a_skip_has_a_position_too() {
    let mut server = opened();
    server.handle(0, ServerInput::Message(1, 2)).unwrap();
    server.handle(0, ServerInput::Control(1, "\u{10}S3".into())).unwrap();
    server.handle(0, ServerInput::Message(1, 2)).unwrap();
    let costs = [1, 2, 3, 4, 5].map(|number| server.cost_up_to(number));
    assert_eq!(costs, [Some(2), None, None, Some(2), Some(4)]);
}

#[test]
fn the_hello_says_what_the_server_chose() {
    let hello = |window| Server::<()>::hello(&Config { window, queue: 0, life: 7 });
    assert_eq!(hello(5), Frame::Hello { window: 5, life: 7 });
    assert_eq!(hello(0), Frame::Hello { window: 1, life: 7 });
    assert_eq!(hello(u64::MAX), Frame::Hello { window: GREATEST, life: 7 });
    assert_eq!(Config::default(), Config { window: 262_144, queue: 16_777_216, life: 120_000 });
}

#[test]
fn an_overtaken_machine_is_known_by_the_record() {
    let mut server = opened();
    let fresh = Fresh { secret: Bits([4; 16]), nonce: Bits([4; 16]) };
    let record = Record {
        id: Bits([3; 16]),
        current: Keys { secret: hash(&[1; 16]), nonce: Bits([2; 16]) },
        previous: None,
        attempt: 1,
        identity: hash(b"alice"),
        life: 1_000,
        window: 10,
        peer_window: 8,
        handled: 0,
        handled_cost: 0,
        acked: 0,
        acked_cost: 0,
        held: std::collections::VecDeque::from([None, Some((7, 2))]),
        seq: 4,
        end: None,
    };
    assert!(server.is_overtaken_by(&record));
    let restored = Server::restore(Config::default(), hash, record.clone()).unwrap();
    assert!(!restored.is_overtaken_by(&record));
    let (secret, nonce, identity) = (Bits([1; 16]), Bits([2; 16]), hash(b"alice"));
    let resume = Resume { on: 2, secret, nonce, attempt: 1, received: 0, window: 8, identity, fresh };
    server.handle(0, ServerInput::Resume(resume)).unwrap();
    assert!(!server.is_overtaken_by(&record));
}

fn record() -> Record<u32> {
    Record {
        id: Bits([3; 16]),
        current: Keys { secret: hash(&[1]), nonce: Bits([2; 16]) },
        previous: None,
        attempt: 0,
        identity: hash(b"alice"),
        life: 1,
        window: 1,
        peer_window: 1,
        handled: 0,
        handled_cost: 0,
        acked: 0,
        acked_cost: 0,
        held: std::collections::VecDeque::new(),
        seq: 0,
        end: None,
    }
}

#[test]
fn a_record_changes_only_by_its_owner_and_without_gaps() {
    let (owner, other) = (Bits([2; 16]), Bits([9; 16]));
    let mut store = record();
    let append = |payload| Write::Append { payload, cost: 5 };
    assert_eq!(store.apply(1, other, append(1)), Err(StoreError::Fenced));
    assert_eq!(store.apply(2, owner, append(1)), Err(StoreError::Gap));
    assert_eq!(store.apply(0, owner, append(1)), Err(StoreError::Gap));
    assert_eq!(store.apply(1, owner, Write::Create(record().into())), Err(StoreError::Gap));
    assert_eq!(store, record());
    for (seq, payload) in (1..).zip([1, 2, 3]) {
        store.apply(seq, owner, append(payload)).unwrap();
    }
    assert_eq!(store.apply(3, owner, append(3)), Err(StoreError::Gap));
    store.apply(4, owner, Write::Skip(2)).unwrap();
    store.apply(5, owner, Write::Skip(0)).unwrap();
    store.apply(6, owner, Write::Skip(4)).unwrap();
    assert_eq!(store.held, vec![Some((1, 5)), None, Some((3, 5))]);
    store.apply(7, owner, Write::Trim(2)).unwrap();
    assert_eq!((store.acked, store.acked_cost, store.held.len()), (2, 5, 1));
    store.apply(8, owner, Write::Skip(2)).unwrap();
    assert_eq!(store.held, vec![Some((3, 5))]);
    store.apply(9, owner, Write::Skip(3)).unwrap();
    assert_eq!(store.held, vec![None]);
    store.apply(10, owner, Write::Trim(9)).unwrap();
    assert_eq!((store.acked, store.acked_cost), (3, 5));
}

#[test]
fn a_position_only_grows() {
    let owner = Bits([2; 16]);
    let mut store = record();
    for (seq, (count, cost), then) in [(1, (3, 30), 3), (2, (2, 20), 3), (3, (3, 31), 3), (4, (4, 40), 4)] {
        assert_eq!(store.apply(seq, owner, Write::Handled { count, cost }), Ok(then));
        assert_eq!((store.handled, store.handled_cost, store.position()), (then, then * 10, then));
    }
    // The owner may not know what the application has committed itself.
    for (handled, then) in [(3, 4), (4, 4), (5, 5)] {
        let mut store = store.clone();
        let why = Refusal::Expired;
        assert_eq!(store.apply(5, owner, Write::End(Tombstone { why, handled })), Ok(then));
        assert_eq!((store.end, store.position()), (Some(Tombstone { why, handled: then }), then));
        assert!(store.is_possible());
    }
}

/// The client is told what the store counts, if a store can count that.
#[test]
fn an_end_tells_what_the_store_counts() {
    for (stored, told, then) in [
        (0, "\u{10}Nstore", Loss::Store),
        (1, "\u{10}Nbroken 1", Loss::Frame),
        (3, "\u{10}Nbroken 3", Loss::Frame),
        (4, "\u{10}Nstore", Loss::Store),
    ] {
        let mut server = opened();
        for _ in 0..3 {
            server.handle(0, ServerInput::Message(1, 1)).unwrap();
        }
        server.handle(0, ServerInput::Handled(1)).unwrap();
        server.handle(0, ServerInput::Control(1, "\u{10}".into())).unwrap();
        effects(|| server.poll());
        server.handle(0, ServerInput::Stored { seq: 2, handled: stored }).unwrap();
        let answer = effects(|| server.poll());
        assert_eq!(answer.first(), Some(&Effect::Control(1, told.into())), "{stored}");
        assert_eq!(answer.last(), Some(&Effect::Fire(Event::Lost(then))), "{stored}");
        let handled = if then == Loss::Store { 1 } else { stored };
        assert_eq!(server.stats().handled, handled, "{stored}");
    }
}

#[test]
fn a_swap_changes_the_owner_and_an_end_is_the_end() {
    let (owner, next) = (Bits([2; 16]), Bits([5; 16]));
    let keys = |nonce| Keys { secret: hash(&[7]), nonce };
    let swap = Swap { current: keys(next), previous: keys(owner), attempt: 3 };
    let mut store = record();
    assert_eq!(store.adopt(next, &swap), Err(StoreError::Fenced));
    assert_eq!(store, record());
    let mut adopted = record();
    adopted.adopt(owner, &swap).unwrap();
    store.apply(1, owner, Write::Swap(swap)).unwrap();
    assert_eq!(Record { seq: 1, ..adopted.clone() }, store);
    assert_eq!((store.current, store.previous, store.attempt), (keys(next), Some(keys(owner)), 3));
    assert_eq!(store.apply(2, owner, Write::Confirm), Err(StoreError::Fenced));
    store.apply(2, next, Write::Confirm).unwrap();
    assert_eq!(store.previous, None);
    store.apply(3, next, Write::Append { payload: 1, cost: 1 }).unwrap();
    let tombstone = Tombstone { why: Refusal::Closed, handled: 0 };
    store.apply(4, next, Write::End(tombstone)).unwrap();
    assert_eq!((store.end, store.held.len()), (Some(tombstone), 0));
    assert_eq!(store.apply(5, next, Write::Confirm), Err(StoreError::Gap));
    // Whoever adopts it is told of the end, and changes nothing.
    let over = store.clone();
    store.adopt(next, &Swap { attempt: 9, ..swap }).unwrap();
    assert_eq!(store, over);
}

#[test]
fn each_loss_has_its_code_its_reason_and_its_tombstone() {
    use close_codes::{COUNTS, CREDIT, FRAME, STORE, TAKEN};
    assert_eq!([COUNTS, FRAME, TAKEN, CREDIT, STORE], [4500, 4501, 4502, 4503, 4504]);
    for (loss, code, reason, why) in [
        (
            Loss::Counts(Count::Acknowledged, 1, 2),
            COUNTS,
            "sent, acknowledged: 1 here, 2 there",
            Refusal::Counts,
        ),
        (Loss::Counts(Count::Received, 3, 4), COUNTS, "sent, received: 3 here, 4 there", Refusal::Counts),
        (Loss::Counts(Count::Sent, 5, 6), COUNTS, "received, sent: 5 here, 6 there", Refusal::Counts),
        (Loss::Counts(Count::Handled, 7, 8), COUNTS, "sent, handled: 7 here, 8 there", Refusal::Counts),
        (Loss::Credit, CREDIT, "", Refusal::Broken),
        (Loss::Frame, FRAME, "", Refusal::Broken),
        (Loss::Taken, TAKEN, "", Refusal::Broken),
        (Loss::Store, STORE, "", Refusal::Broken),
        (Loss::Expired, 1000, "", Refusal::Expired),
        (Loss::Peer(COUNTS), 1000, "", Refusal::Counts),
        (Loss::Peer(FRAME), 1000, "", Refusal::Broken),
        (Loss::Repeated(1011), 1000, "", Refusal::Broken),
        (Loss::GivenUp, 1000, "", Refusal::Broken),
    ] {
        let (there, fits) = (loss.reason(), loss.reason().len() <= 123);
        assert_eq!((loss.code(), there, loss.refusal()), (code, String::from(reason), why));
        assert!(fits);
    }
    let most = Loss::Counts(Count::Acknowledged, GREATEST, GREATEST);
    assert!(most.reason().len() <= 123, "a close reason has at most 123 bytes");
}

#[test]
fn secrets_are_compared_as_a_whole() {
    let keys = Keys { secret: hash(&[1; 32]), nonce: Bits([2; 16]) };
    assert!(keys.match_secret(&hash(&[1; 32]), &Bits([2; 16])));
    for place in [0, 15] {
        let (mut secret, mut nonce) = (hash(&[1; 32]), Bits([2; 16]));
        secret[place] ^= 0x80;
        assert!(!keys.match_secret(&secret, &nonce));
        nonce.0[place] ^= 1;
        assert!(!keys.match_secret(&hash(&[1; 32]), &nonce));
    }
    assert!(!crate::keys::equal(&[1, 2], &[1]));
    assert!(!crate::keys::equal(&[], &[1]));
    // Two differences do not make up for each other.
    assert!(!crate::keys::equal(&[1, 1], &[0, 0]));
    assert!(crate::keys::equal(&[], &[]));
}

#[test]
fn skips_take_constant_memory() {
    let mut server = opened();
    server.handle(0, ServerInput::Message(1, 2)).unwrap();
    let length = |server: &Server<u32>| format!("{server:?}").len();
    server.handle(0, ServerInput::Control(1, "\u{10}S1".into())).unwrap();
    let before = length(&server);
    for _ in 0..1_000 {
        server.handle(0, ServerInput::Control(1, "\u{10}S1".into())).unwrap();
    }
    // The counts have more digits; nothing else.
    assert!(length(&server) < before + 20, "{} and {before}", length(&server));
}

fn effects<P: Clone>(mut poll: impl FnMut() -> Option<Effect<P>>) -> std::vec::Vec<Effect<P>> {
    std::iter::from_fn(&mut poll).collect()
}

#[test]
fn every_loss_has_a_word() {
    let losses = [
        Loss::Counts(Count::Sent, 1, 2),
        Loss::Credit,
        Loss::Frame,
        Loss::Refused(Refusal::Expired),
        Loss::Taken,
        Loss::Store,
        Loss::Expired,
        Loss::Repeated(4000),
        Loss::Peer(4500),
        Loss::NoSessions,
        Loss::GivenUp,
    ];
    let words = losses.map(Loss::as_str).join(" ");
    assert_eq!(words, "counts credit frame expired taken store expired repeated peer no-sessions given-up");
}

#[test]
fn the_gate_may_run_between_the_hello_and_the_request() {
    let mut client: Client<u32> = Client::new(Config::default(), Mode::Require);
    assert!(!client.is_gated());
    client.handle(0, ClientInput::Connected(1, true)).unwrap();
    assert!(!client.is_gated());
    // The gate of another connection is not this one's.
    client.handle(0, ClientInput::Ready(2)).unwrap();
    client.handle(0, ClientInput::Control(1, HELLO.into())).unwrap();
    assert!(client.is_gated());
    // Another connection's gate and frames change nothing.
    client.handle(0, ClientInput::Ready(2)).unwrap();
    client.handle(0, ClientInput::Control(2, "\u{10}Q".into())).unwrap();
    assert!(client.is_gated());
    assert_eq!(client.poll(), None);
    client.handle(0, ClientInput::Ready(1)).unwrap();
    assert!(!client.is_gated());
}

#[test]
fn a_code_of_the_protocol_before_any_request_ends_only_the_connection() {
    let mut client: Client<u32> = Client::new(Config::default(), Mode::Require);
    client.handle(0, ClientInput::Connected(1, true)).unwrap();
    client.handle(0, ClientInput::Disconnected(1, close_codes::COUNTS)).unwrap();
    assert_eq!(client.poll(), None);
    assert!(!client.is_over());
}

#[test]
fn a_session_that_expires_while_it_closes_is_lost() {
    let mut client = welcomed();
    client.handle(0, ClientInput::Close).unwrap();
    client.handle(0, ClientInput::Control(1, "\u{10}Nexpired 0".into())).unwrap();
    let lost = Effect::Fire(Event::Lost(Loss::Refused(Refusal::Expired)));
    assert!(effects(|| client.poll()).contains(&lost));
}

#[test]
fn a_message_behind_the_clients_end_is_a_difference() {
    let mut server = opened();
    server.handle(0, ServerInput::Control(1, "\u{10}B1".into())).unwrap();
    server.handle(0, ServerInput::Message(1, 1)).unwrap();
    assert_eq!(effects(|| server.poll()), [Effect::Deliver(1)]);
    server.handle(0, ServerInput::Message(1, 1)).unwrap();
    let ends = |effect: &Effect<u32>| matches!(effect, Effect::Persist { write: Write::End(tombstone), .. } if tombstone.why == Refusal::Counts);
    assert!(effects(|| server.poll()).iter().any(ends));
}

#[test]
fn a_restored_session_keeps_its_own_window_and_life() {
    let current = Keys { secret: hash(&[1; 16]), nonce: Bits([2; 16]) };
    let record = Record { current, life: 77, window: 55, seq: 1, ..record() };
    let config = Config { window: 10, queue: 20, life: 1_000 };
    let mut server = Server::restore(config, hash, record.clone()).unwrap();
    let fresh = Fresh { secret: Bits([4; 16]), nonce: Bits([5; 16]) };
    let resume = Resume {
        on: 7,
        secret: Bits([1; 16]),
        nonce: Bits([2; 16]),
        attempt: 1,
        received: 0,
        window: 8,
        identity: hash(b"alice"),
        fresh,
    };
    server.handle(0, ServerInput::Resume(resume)).unwrap();
    let Some(Effect::Adopt { owner, swap }) = server.poll() else { panic!("it asks the store") };
    let mut adopted = record;
    adopted.adopt(owner, &swap).unwrap();
    server.handle(0, ServerInput::Adopted(std::boxed::Box::new(adopted))).unwrap();
    let answer = effects(|| server.poll());
    let resumed = |effect: &Effect<u32>| matches!(effect, Effect::Control(7, text) if text.starts_with("\u{10}K") && text.ends_with(" 0 55"));
    assert!(answer.iter().any(resumed), "{answer:?}");
    server.handle(100, ServerInput::Disconnected(7, 1006)).unwrap();
    assert_eq!(server.deadline(), Some(177));
}

#[test]
fn a_record_with_a_number_out_of_range_is_not_restored() {
    let held = |cost| std::collections::VecDeque::from([None, Some((7, cost))]);
    let most = Record {
        attempt: GREATEST,
        acked: GREATEST - 2,
        acked_cost: GREATEST - 5,
        held: held(5),
        ..record()
    };
    for (possible, record) in [
        (true, record()),
        (true, most.clone()),
        (false, Record { acked: GREATEST - 1, ..most.clone() }),
        (false, Record { acked: u64::MAX, ..most.clone() }),
        (false, Record { acked_cost: GREATEST - 4, ..most.clone() }),
        (false, Record { held: held(0), ..most.clone() }),
        (false, Record { attempt: GREATEST + 1, ..record() }),
        (false, Record { life: GREATEST + 1, ..record() }),
        (false, Record { window: 0, ..record() }),
        (false, Record { window: GREATEST + 1, ..record() }),
        (false, Record { peer_window: 0, ..record() }),
        (false, Record { handled: GREATEST + 1, ..record() }),
        (false, Record { handled_cost: GREATEST + 1, ..record() }),
        (false, Record { seq: GREATEST + 1, ..record() }),
        (false, Record { end: Some(Tombstone { why: Refusal::Closed, handled: GREATEST + 1 }), ..record() }),
        (true, Record { handled: 3, end: Some(Tombstone { why: Refusal::Closed, handled: 3 }), ..record() }),
        (false, Record { handled: 3, end: Some(Tombstone { why: Refusal::Closed, handled: 2 }), ..record() }),
    ] {
        assert_eq!(record.is_possible(), possible, "{record:?}");
        assert_eq!(Server::restore(Config::default(), hash, record).is_some(), possible);
    }
}

/// The store answers an adoption with what makes no sense, or with another session: the client is refused, and the
/// application is told nothing, since the session never began here.
#[test]
fn an_impossible_record_is_not_adopted() {
    let current = Keys { secret: hash(&[1; 16]), nonce: Bits([2; 16]) };
    let record = Record { current, ..record() };
    for wrong in
        [Record { handled: u64::MAX, ..record.clone() }, Record { id: Bits([0x77; 16]), ..record.clone() }]
    {
        let mut server = Server::restore(Config::default(), hash, record.clone()).unwrap();
        server.handle(0, ServerInput::Resume(resume_of(&record))).unwrap();
        let Some(Effect::Adopt { owner, swap }) = server.poll() else { panic!("it asks the store") };
        let mut adopted = wrong;
        adopted.adopt(owner, &swap).unwrap();
        server.handle(0, ServerInput::Adopted(adopted.into())).unwrap();
        assert!(server.is_over());
        let answer = effects(|| server.poll());
        let [Effect::Control(7, refused), Effect::Close { connection: 7, code: 4504, .. }] = &answer[..]
        else {
            panic!("{answer:?}");
        };
        assert_eq!(refused, "\u{10}Nstore");
    }
}

/// A count that no frame can say is never reached.
#[test]
fn counts_end_at_the_greatest_number() {
    let current = Keys { secret: hash(&[1; 16]), nonce: Bits([2; 16]) };
    let record = Record { current, acked: GREATEST - 1, handled: GREATEST - 1, ..record() };
    let mut server = Server::restore(Config::default(), hash, record.clone()).unwrap();
    server.handle(0, ServerInput::Resume(Resume { received: GREATEST - 1, ..resume_of(&record) })).unwrap();
    let Some(Effect::Adopt { owner, swap }) = server.poll() else { panic!("it asks the store") };
    let mut adopted = record;
    adopted.adopt(owner, &swap).unwrap();
    server.handle(0, ServerInput::Adopted(adopted.into())).unwrap();
    assert_eq!(server.handle(0, ServerInput::Send(1, 1)), Ok(()));
    assert_eq!(server.handle(0, ServerInput::Send(2, 1)), Err(Error::Full));
    server.handle(0, ServerInput::Message(7, 1)).unwrap();
    assert_eq!(server.stats().received, GREATEST);
    effects(|| server.poll());
    server.handle(0, ServerInput::Message(7, 1)).unwrap();
    let ends = |effect: &Effect<u32>| matches!(effect, Effect::Persist { write: Write::End(tombstone), .. } if tombstone.why == Refusal::Broken);
    let after = effects(|| server.poll());
    assert!(after.iter().any(ends), "{after:?}");
}

/// A message larger than the window travels alone, but never beyond the greatest total.
#[test]
fn costs_end_at_the_greatest_number() {
    use crate::receiver::{Position, Receiver};
    let near = || Receiver::new(10, Position { count: 1, cost: GREATEST - 20 });
    assert_eq!(near().credit(), GREATEST - 10);
    assert_eq!(near().message(20), Ok(2));
    assert_eq!(near().message(21), Err(Loss::Credit));
    let accept = |cost| crate::sender::Sender::new(1, GREATEST - 20, [].into()).accept((), cost, u64::MAX);
    assert_eq!(accept(20), Ok(2));
    assert_eq!(accept(21), Err(Error::Full));
}

/// A resume by the client that has these keys.
fn resume_of(record: &Record<u32>) -> Resume {
    let fresh = Fresh { secret: Bits([4; 16]), nonce: Bits([5; 16]) };
    let (secret, nonce, identity) = (Bits([1; 16]), record.current.nonce, record.identity);
    Resume {
        on: 7,
        secret,
        nonce,
        attempt: record.attempt + 1,
        received: record.acked,
        window: 8,
        identity,
        fresh,
    }
}
