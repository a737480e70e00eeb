//! The grammar in `PROTOCOL.md` describes what the parser reads: each of its frames, with and without what is optional.

use crate::*;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{fs, mem, vec};

/// Every text that a right-hand side allows, with one example for each field.
fn examples(rule: &str) -> Vec<String> {
    let (rule, optional) = match rule.split_once(" [") {
        Some((rule, rest)) => (rule, Some(rest.trim_end_matches(']'))),
        None => (rule, None),
    };
    let bits = "0a".repeat(16);
    let text = |rule: &str| -> String {
        let word = |word| match word {
            "DLE" => "\u{10}",
            "SP" => " ",
            "number" => "0",
            "positive" => "9007199254740991",
            "bits" => &bits,
            "reason" => "unknown",
            literal => literal.strip_prefix('"').and_then(|word| word.strip_suffix('"')).unwrap(),
        };
        rule.split_whitespace().map(word).collect()
    };
    let mut found = vec![text(rule)];
    found.extend(optional.map(|more| text(rule) + &text(more)));
    found
}

#[test]
fn every_frame_of_the_grammar_is_read_and_no_other_kind_exists() {
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/PROTOCOL.md")).unwrap();
    let block = document.split("```abnf\n").nth(1).unwrap().split("```").next().unwrap();
    let mut kinds = Vec::new();
    for line in block.lines().filter(|line| line.contains("= DLE")) {
        for example in examples(line.split_once("= ").unwrap().1) {
            let frame = parse(&example).unwrap_or_else(|_| panic!("{example:?} of {line}"));
            assert_eq!(frame.to_string(), example, "{line}");
            let kind = mem::discriminant(&frame);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    assert_eq!(kinds.len(), 13, "one for each of `Frame`");
}

#[test]
fn every_reason_and_close_code_is_in_the_protocol() {
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/PROTOCOL.md")).unwrap();
    for why in crate::loss::Refusal::ALL {
        let row = std::format!("| `{}` |", why.as_str());
        assert!(document.contains(&row), "{row}");
    }
    use close_codes::{COUNTS, CREDIT, FRAME, STORE, TAKEN};
    for code in [COUNTS, FRAME, TAKEN, CREDIT, STORE] {
        let row = std::format!("| {code} |");
        assert!(document.contains(&row), "{row}");
    }
}
