//! Generates the border's numbers as JavaScript modules from their only table.

use std::fmt::Write;
use std::fs;

use super::write;
use crate::error::{Error, Result};
use crate::setup::Env;

#[path = "../../../src/js/numbers.rs"]
#[allow(dead_code)]
mod table;

use table::{DefaultValue, NAMED, OPTIONS, RULES, WORDS, query};

const NUMBERS: &str = "src/js/numbers.js";
const TEXTS: &str = "src/js/words.js";
const HEAD: &str = "Written by `cargo xtask build` from `numbers.rs`.";

/// Writes both modules if they are outdated. Returns whether they were up to date.
pub fn write_modules(env: &Env) -> Result<bool> {
    let mut fresh = true;
    for (name, text) in [(NUMBERS, numbers()), (TEXTS, words())] {
        let file = env.root.join(name);
        if fs::read_to_string(&file).is_ok_and(|there| there == text) {
            continue;
        }
        write(&file, &text)?;
        fresh = false;
    }
    Ok(fresh)
}

/// Fails if the modules in the checkout differ from the table.
pub fn check(env: &Env) -> Result<()> {
    if write_modules(env)? {
        return Ok(());
    }
    let what = format!("{NUMBERS} and {TEXTS} differed from src/js/numbers.rs");
    Err(Error::new(what, "They were written again: commit them."))
}

/// Only numbers: bundlers inline them, so they cost a page nothing.
fn numbers() -> String {
    let mut text = format!("// The numbers of the border. {HEAD}\n");
    for (prefix, names) in NAMED {
        text.push('\n');
        for (number, name) in names.iter().enumerate() {
            let _ = match *prefix {
                // Bits and complements, as the Rust side computes them.
                "ANSWER_" => writeln!(text, "export const {prefix}{name} = {};", 1 << number),
                "REFUSED_" | "DECISION_" => {
                    writeln!(text, "export const {prefix}{name} = {};", !(number as i32))
                }
                _ => writeln!(text, "export const {prefix}{name} = {number};"),
            };
        }
    }
    text
}

fn words() -> String {
    let mut text = format!("// The words for numbers of the border. {HEAD}\n");
    let quoted = |names: &[&str]| {
        let words: Vec<String> = names.iter().map(|name| format!("{:?}", kebab(name))).collect();
        format!("[{}]", words.join(", "))
    };
    for (list, names) in WORDS {
        let _ = writeln!(text, "\nexport const {list} = {};", quoted(names));
    }
    let counted = query::NAMES.get(query::ATTEMPTS as usize..).unwrap_or_default();
    let members: Vec<String> = counted.iter().map(|name| format!("{:?}", camel(name))).collect();
    let _ = writeln!(text, "\n/** The members of `stats()`, from the query ATTEMPTS on. */");
    let _ = writeln!(text, "export const STATS = [{}];", members.join(", "));
    let _ = writeln!(
        text,
        "\n/** The options and their defaults: -1 is none; of words, the first; null is a function. */"
    );
    text.push_str("export const OPTIONS = [\n");
    for (name, usual) in OPTIONS {
        let usual = match usual {
            DefaultValue::Number(number) => number.to_string(),
            DefaultValue::Absent => "-1".into(),
            DefaultValue::Word(names) => quoted(names),
            DefaultValue::Function => "null".into(),
        };
        let _ = writeln!(text, "  [{name:?}, {usual}],");
    }
    text.push_str("];\n\n/** The core's rules: an option, and what it must be; without that, it must be a duration that is not 0 or too long. */\n");
    text.push_str("export const RULES = [\n");
    for (name, rule) in RULES {
        let _ = match *rule {
            "" => writeln!(text, "  [{name:?}],"),
            rule => writeln!(text, "  [{name:?}, {rule:?}],"),
        };
    }
    text + "];\n"
}

fn kebab(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

fn camel(name: &str) -> String {
    let mut words = name.split('_').map(str::to_lowercase);
    let first = words.next().unwrap_or_default();
    words.fold(first, |text, word| {
        let (initial, rest) = word.split_at(1);
        text + &initial.to_uppercase() + rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modules_in_the_checkout_are_what_the_table_says() {
        assert_eq!(numbers(), include_str!("../../../src/js/numbers.js"));
        assert_eq!(words(), include_str!("../../../src/js/words.js"));
    }

    #[test]
    fn names_in_every_style() {
        assert_eq!(kebab("STALE_SESSION"), "stale-session");
        assert_eq!(camel("QUEUED_MESSAGES"), "queuedMessages");
    }
}
