//! The fingerprint of a source file. Comments and white space do not count: they change no mutant.

/// Returns the FNV-1a hash of the code.
pub fn fingerprint(source: &str) -> u64 {
    code(source).bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// Returns the source without comments, and with one space only where two words would become one.
fn code(source: &str) -> String {
    let (mut code, mut rest, mut gap) = (String::with_capacity(source.len()), source, false);
    while let Some(next) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if next.is_whitespace() {
            next.len_utf8()
        } else {
            0
        };
        if skipped > 0 {
            gap = true;
            rest = rest.get(skipped..).unwrap_or_default();
            continue;
        }
        if ::std::mem::take(&mut gap) && is_word(next) && code.chars().next_back().is_some_and(is_word) {
            code.push(' ');
        }
        let (token, later) = rest.split_at(match next {
            '"' => string(&code, rest),
            '\'' => quote(rest),
            _ => next.len_utf8(),
        });
        code.push_str(token);
        rest = later;
    }
    code
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Returns the length of the block comment at the start; such comments nest.
fn block_comment(source: &str) -> usize {
    let (mut depth, mut at) = (0_u32, 0);
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        let step = if rest.starts_with("/*") {
            depth += 1;
            2
        } else if rest.starts_with("*/") {
            depth -= 1;
            2
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

/// Returns the length of the string literal at the start; `before` ends in `r##` if it is a raw one.
fn string(before: &str, source: &str) -> usize {
    let prefix = before.trim_end_matches('#');
    let hashes = before.len() - prefix.len();
    let word = prefix.rsplit(|letter| !is_word(letter)).next().unwrap_or_default();
    if ["r", "br", "cr"].contains(&word) {
        let end = format!("\"{}", "#".repeat(hashes));
        return source
            .get(1..)
            .and_then(|text| text.find(&end))
            .map_or(source.len(), |at| 1 + at + end.len());
    }
    literal(source, '"')
}

/// Returns the length of the character literal at the start, or of the quote that begins a lifetime.
fn quote(source: &str) -> usize {
    let mut letters = source.chars().skip(1);
    match (letters.next(), letters.next()) {
        (Some('\\'), _) | (_, Some('\'')) => literal(source, '\''),
        _ => 1,
    }
}

/// Returns the length of a literal that ends at the next `end` with no backslash before it.
fn literal(source: &str, end: char) -> usize {
    let mut escaped = false;
    let closes = |(_, letter): &(usize, char)| {
        let closes = *letter == end && !escaped;
        escaped = *letter == '\\' && !escaped;
        closes
    };
    source.char_indices().skip(1).find(closes).map_or(source.len(), |(at, letter)| at + letter.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_white_space_do_not_count() {
        let plain = "fn f<'a>(x: &'a str) -> bool { x == \"// no /* comment\" || x == r#\"a \" // b\"# }";
        let wordy = "/// Says so.\nfn f<'a>(\n    x: &'a str /* a /* nested */ one */\n) -> bool {\n    // A reason.\n    \
            x == \"// no /* comment\"\n        || x == r#\"a \" // b\"#\n}\n";
        assert_eq!(code(plain), code(wordy));
        assert_eq!(fingerprint(plain), fingerprint(wordy));
    }

    #[test]
    fn code_counts() {
        let pairs = [
            ("let a = 1;", "let a = 2;"),
            ("return x", "returnx"),
            ("\"a b\"", "\"ab\""),
            ("\"a // b\"", "\"a // c\""),
            ("r\"\\\" // a", "r\"\\\" + a"),
            ("'\"'; x // \"", "'\"'; y // \""),
            ("'\\''; \" // a\"", "'\\''; \" // b\""),
            ("b'/'; /* */ 1", "b'/'; /* */ 2"),
            ("\"\\\"// a\"", "\"\\\"// b\""),
            ("r##\"\"# // a\"##", "r##\"\"# // b\"##"),
            ("'ä'; 1", "'ä'; 2"),
        ];
        for (one, other) in pairs {
            assert_ne!(fingerprint(one), fingerprint(other), "{one}");
        }
    }
}
