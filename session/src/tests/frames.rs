//! Frames and texts: formatting and parsing are inverse, and nothing else is accepted.

use crate::*;
use proptest::prelude::*;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

const A: Bits = Bits([0xA1; 16]);
const B: Bits = Bits([0x0B; 16]);

fn all() -> Vec<(Frame, String)> {
    let (a, b) = ("a1".repeat(16), "0b".repeat(16));
    let text = |text: String| format!("\u{10}{text}");
    vec![
        (Frame::Hello { window: 262_144, life: 120_000 }, text("H1 262144 120000".into())),
        (Frame::Open { window: 1 }, text("O1".into())),
        (
            Frame::Welcome { id: A, secret: B, nonce: A, life: 0, window: 7 },
            text(format!("W{a} {b} {a} 0 7")),
        ),
        (
            Frame::Resume { id: A, secret: B, nonce: A, attempt: 1, received: 0, window: GREATEST },
            text(format!("R{a} {b} {a} 1 0 9007199254740991")),
        ),
        (Frame::Resumed { secret: A, nonce: B, received: 10, window: 2 }, text(format!("K{a} {b} 10 2"))),
        (Frame::Refused { why: Refusal::Unknown, handled: None }, text("Nunknown".into())),
        (Frame::Refused { why: Refusal::Expired, handled: Some(0) }, text("Nexpired 0".into())),
        (Frame::Ack { handled: 0, credit: 5, sent: 12 }, text("A0 5 12".into())),
        (Frame::Ask, text("?".into())),
        (Frame::Skip(3), text("S3".into())),
        (Frame::Ping, text("P".into())),
        (Frame::Pong, text("Q".into())),
        (Frame::Close(0), text("B0".into())),
        (Frame::Bye, text("B".into())),
    ]
}

#[test]
fn every_frame_is_written_and_read() {
    for (frame, text) in all() {
        assert_eq!(frame.to_string(), text);
        assert_eq!(parse(&text), Ok(frame));
        assert_eq!(incoming(&text), Incoming::Control(&text));
    }
}

#[test]
fn every_reason_has_its_word() {
    for why in loss_words() {
        let frame = Frame::Refused { why, handled: Some(1) };
        assert_eq!(parse(&frame.to_string()), Ok(frame));
        assert_eq!(format!("\u{10}N{} 1", why.as_str()), frame.to_string());
    }
}

fn loss_words() -> [Refusal; 8] {
    crate::loss::Refusal::ALL
}

#[test]
fn what_is_not_exactly_a_frame_is_malformed() {
    let long = format!("\u{10}A{} 1 1", "1".repeat(300));
    let upper = format!("\u{10}K{} {} 1 1", "A1".repeat(16), "0b".repeat(16));
    let short = format!("\u{10}K{} {} 1 1", "a1".repeat(15), "0b".repeat(16));
    let signed = format!("\u{10}K+{} {} 1 1", "a".repeat(31), "0b".repeat(16));
    for text in [
        "",
        "A1 1 1",
        "\u{10}",
        "\u{10}X",
        "\u{10}a1 1 1",
        "\u{10}A",
        "\u{10}A1 1",
        "\u{10}A1 1 1 ",
        "\u{10}A1 1 1 1",
        "\u{10}A1  1 1",
        "\u{10}A 1 1 1",
        "\u{10}A01 1 1",
        "\u{10}A+1 1 1",
        "\u{10}A-1 1 1",
        "\u{10}A1 1 9007199254740992",
        "\u{10}A1 1 99999999999999999999999",
        "\u{10}A1 1 １",
        "\u{10}O0",
        "\u{10}H2 1 1",
        "\u{10}H1 0 1",
        "\u{10}S0",
        "\u{10}S",
        "\u{10}? ",
        "\u{10}P1",
        "\u{10}Q ",
        "\u{10}B ",
        "\u{10}B1 ",
        "\u{10}N",
        "\u{10}Nnever",
        "\u{10}Nunknown ",
        "\u{10}Nunknown 1 1",
        "\u{10}\u{10}A1 1 1",
        &long,
        &upper,
        &short,
        &signed,
    ] {
        assert_eq!(parse(text), Err(Malformed), "{text:?}");
    }
}

#[test]
fn the_longest_frame_has_151_bytes() {
    let bits = Bits([0xFF; 16]);
    let most = GREATEST;
    let frame =
        Frame::Resume { id: bits, secret: bits, nonce: bits, attempt: most, received: most, window: most };
    assert_eq!(frame.to_string().len(), 151);
    assert_eq!(parse(&frame.to_string()), Ok(frame));
}

#[test]
fn a_text_that_begins_with_the_escape_arrives_as_it_was() {
    for (text, wire) in [
        ("", ""),
        ("plain", "plain"),
        ("in\u{10}side", "in\u{10}side"),
        ("\u{10}", "\u{10}\u{10}"),
        ("\u{10}A1 1 1", "\u{10}\u{10}A1 1 1"),
        ("\u{10}\u{10}", "\u{10}\u{10}\u{10}"),
    ] {
        assert_eq!(escape(text), wire);
        assert_eq!(incoming(wire), Incoming::Data(text));
    }
    // The lone escape is a malformed control frame.
    assert_eq!(incoming("\u{10}"), Incoming::Control("\u{10}"));
}

#[test]
fn an_ordinary_message_costs_no_byte_and_no_copy() {
    let text = "an ordinary message";
    assert!(matches!(escape(text), std::borrow::Cow::Borrowed(same) if std::ptr::eq(same, text)));
}

#[test]
fn costs_are_what_both_ends_count_without_encoding() {
    assert_eq!([cost_of_text(""), cost_of_text("a"), cost_of_text("é€"), cost_of_text("😀")], [1, 1, 2, 2]);
    for before in 0..300 {
        let text = format!("{}é€😀", "a".repeat(before)).repeat(3);
        assert_eq!(cost_of_text(&text), text.encode_utf16().count() as u64, "{before}");
    }
    assert_eq!([cost_of_binary(0), cost_of_binary(1), cost_of_binary(1_000)], [1, 1, 1_000]);
}

#[test]
fn bits_are_shown_in_full_only_on_the_wire() {
    let bits = Bits([0x01, 0xFE, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    assert_eq!(bits.to_string(), "01fe02030405060708090a0b0c0d0e0f");
    assert_eq!(format!("{bits:?}"), "01…");
}

proptest! {
    #[test]
    fn nothing_makes_the_parser_panic_and_what_it_reads_it_writes(text in "\u{10}?[A-Z?a-f0-9 ]{0,80}") {
        if let Ok(frame) = parse(&text) {
            prop_assert_eq!(frame.to_string(), text);
        }
    }

    #[test]
    fn every_text_survives(text in "\u{10}{0,3}.{0,20}") {
        let wire = escape(&text);
        prop_assert_eq!(incoming(&wire), Incoming::Data(text.as_str()));
    }
}
