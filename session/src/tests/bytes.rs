//! The cost of a session on the wire.

use super::world::hash;
use crate::*;
use std::println;
use std::string::String;

const MESSAGES: u64 = 10_000;
const SIZE: u64 = 1_024;

/// The bytes of a frame with its header; a client's is masked.
fn on_the_wire(text: &str, masked: bool) -> u64 {
    let header = if text.len() < 126 { 2 } else { 4 };
    text.len() as u64 + header + if masked { 4 } else { 0 }
}

#[test]
fn acknowledgements_of_a_client_cost_below_one_percent() {
    let mut client: Client<()> = Client::new(Config::default(), Mode::Require);
    let bits = "0".repeat(32);
    for input in [
        ClientInput::Connected(1, true),
        ClientInput::Ready(1),
        ClientInput::Control(1, "\u{10}H1 262144 120000".into()),
        ClientInput::Control(1, std::format!("\u{10}W{bits} {bits} {bits} 120000 262144")),
    ] {
        client.handle(0, input).unwrap();
    }
    while client.poll().is_some() {}
    let (mut frames, mut bytes) = (0, 0);
    for number in 1..=MESSAGES {
        client.handle(number, ClientInput::Message(1, SIZE)).unwrap();
        client.handle(number, ClientInput::Handled(number)).unwrap();
        while let Some(effect) = client.poll() {
            if let Effect::Control(_, text) = effect {
                frames += 1;
                bytes += on_the_wire(&text, true);
            }
        }
    }
    report("client", frames, bytes);
}

#[test]
fn acknowledgements_of_a_server_cost_below_one_percent() {
    let bits = |byte| Bits([byte; 16]);
    let fresh = Fresh { secret: bits(1), nonce: bits(2) };
    let identity = hash(b"alice");
    let mut server: Server<()> = Server::open(Config::default(), hash, 1, 1 << 18, identity, bits(3), fresh);
    let (mut frames, mut bytes) = (0, 0);
    let mut drain = |server: &mut Server<()>, now| {
        while let Some(effect) = server.poll() {
            match effect {
                Effect::Persist { seq, .. } => {
                    server.handle(now, ServerInput::Stored { seq, handled: 0 }).unwrap();
                }
                Effect::Control(_, text) if text.starts_with("\u{10}A") => {
                    frames += 1;
                    bytes += on_the_wire(&text, false);
                }
                _ => {}
            }
        }
    };
    drain(&mut server, 0);
    for number in 1..=MESSAGES {
        server.handle(number, ServerInput::Message(1, SIZE)).unwrap();
        server.handle(number, ServerInput::Handled(number)).unwrap();
        drain(&mut server, number);
    }
    report("server", frames, bytes);
}

fn report(who: &str, frames: u64, bytes: u64) {
    let parts = bytes * 1_000_000 / (MESSAGES * SIZE);
    println!(
        "{who}: {frames} acknowledgements of {bytes} bytes for {MESSAGES} × {SIZE}: {parts} in a million"
    );
    // 10 ms after the 32nd, and they are a millisecond apart: the 42nd finds it due. 41 KiB are less than a quarter of the
    // window.
    assert_eq!(frames, MESSAGES / 41);
    assert!(parts < 10_000, "{parts}");
}

#[test]
fn an_ordinary_message_is_sent_as_it_is() {
    let mut client: Client<&str> = Client::new(Config::default(), Mode::Require);
    let bits = "0".repeat(32);
    for input in [
        ClientInput::Connected(1, true),
        ClientInput::Ready(1),
        ClientInput::Control(1, "\u{10}H1 262144 120000".into()),
        ClientInput::Control(1, std::format!("\u{10}W{bits} {bits} {bits} 120000 262144")),
    ] {
        client.handle(0, input).unwrap();
    }
    while client.poll().is_some() {}
    // The message unchanged: its handle passes through.
    let text = String::from("text stays text");
    client.handle(0, ClientInput::Send(&text, cost_of_text(&text))).unwrap();
    assert!(matches!(client.poll(), Some(Effect::Transmit(1, same)) if std::ptr::eq(same, text.as_str())));
    assert_eq!(client.poll(), None);
}
