//! Updates the lines of BENCHMARKS.md that the comparison page quotes.

/// The document with the quotation.
pub const NAME: &str = "docs/comparison.md";

/// The page that it quotes.
pub const PAGE: &str = "BENCHMARKS.md";

const BEGIN: &str = "<!-- quoted from BENCHMARKS.md by `cargo xtask bench` -->\n";
const END: &str = "<!-- end of the quotation -->";

/// How the quoted lines begin.
const LINES: [&str; 2] = ["| receive 32 B text ↑ |", "| receive 32 B text, CPU of the page's thread ↓ |"];

/// Returns the document with its quotation replaced by this page's; the quotation is empty if the page has no such
/// lines.
pub fn put(document: &str, page: &str) -> Result<String, String> {
    let parted =
        document.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parted.ok_or_else(|| format!("{NAME} has no place for the quotation"))?;
    Ok(format!("{before}{BEGIN}{}{END}{after}", quotation(page)))
}

/// The table's head, and the lines.
fn quotation(page: &str) -> String {
    let lines: Vec<&str> = page.lines().collect();
    let find = |start: &str| lines.iter().position(|line| line.starts_with(start));
    let [Some(first), Some(second)] = LINES.map(find) else { return String::new() };
    let head = lines.get(..first).and_then(|above| above.iter().rposition(|line| line.starts_with("| |")));
    let Some(head) = head else { return String::new() };
    let quoted = [head, head + 1, first, second].map(|at| lines.get(at).copied().unwrap_or_default());
    format!("\n{}\n\n", quoted.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# B\n\n| | native | steady |\n| --- | ---: | ---: |\n\
        | receive 32 B text ↑ | 9 | 0.98 |\n\
        | receive 32 B text, CPU of the page's thread ↓ | 3 | 1.02 |\n| send | 1 | 1 |\n";

    #[test]
    fn two_lines_stand_under_the_head_of_their_table() {
        let document = format!("before\n{BEGIN}old\n{END}\nafter\n");
        let table: Vec<&str> = TEXT.lines().skip(2).take(4).collect();
        let new = put(&document, TEXT).unwrap();
        assert_eq!(new, format!("before\n{BEGIN}\n{}\n\n{END}\nafter\n", table.join("\n")));
        assert_eq!(put(&new, TEXT).unwrap(), new);
        assert!(put("no place", TEXT).is_err());
    }

    #[test]
    fn the_comparison_says_nothing_that_the_page_does_not() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
        let (comparison, page) = (read(NAME), read(super::PAGE));
        let quoted = comparison.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).unwrap().0;
        for line in quoted.lines().filter(|line| !line.is_empty()) {
            assert!(page.lines().any(|other| other == line), "BENCHMARKS.md has no such line: {line}");
        }
    }
}
