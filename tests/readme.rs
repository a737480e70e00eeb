//! The documents: the README's Rust is that of the crates' own pages, and every link leads somewhere.
//!
//! What they show in JavaScript is run by `tests/packaging/groups/docs.mjs`, the guide's Rust compiled by `docs/guide.rs`.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Each block below a comment `<!-- from FILE -->` stands in that file, as a doc comment's example.
#[test]
fn the_examples_are_those_of_the_crates_own_pages() {
    let readme = read(&root().join("README.md"));
    let mut found = 0;
    for part in readme.split("<!-- from ").skip(1) {
        let (file, rest) = part.split_once(" -->").expect("the comment ends");
        let block = rest.split("```").nth(1).and_then(|block| block.split_once('\n')).expect("a block").1;
        let source: String = read(&root().join(file))
            .lines()
            .filter_map(|line| line.strip_prefix("//!"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            // What rustdoc hides, the README leaves out.
            .filter(|line| !line.starts_with("# "))
            .fold(String::new(), |all, line| all + line + "\n");
        assert!(source.contains(block), "{file} has no such example:\n{block}");
        found += 1;
    }
    assert_eq!(found, 3);
}

/// The documents a reader meets.
fn documents() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        ["README.md", "DESIGN.md", "CONTRIBUTING.md"].iter().map(|name| root().join(name)).collect();
    for folder in ["docs", "docs/migration", "tests/server", "tests/browser"] {
        let entries = std::fs::read_dir(root().join(folder)).expect(folder).flatten();
        all.extend(
            entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "md")),
        );
    }
    all
}

/// Prose without its code blocks.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// A heading's name in an address, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading.trim().to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for document in documents() {
        let text = prose(&read(&document));
        for part in text.split("](").skip(1) {
            let target = part.split(')').next().unwrap_or_default();
            if target.starts_with("http") {
                continue;
            }
            seen += 1;
            let (path, place) = target.split_once('#').unwrap_or((target, ""));
            let file =
                if path.is_empty() { document.clone() } else { document.with_file_name("").join(path) };
            let there = file.exists()
                && (place.is_empty()
                    || prose(&read(&file))
                        .lines()
                        .any(|line| line.starts_with('#') && anchor(line.trim_start_matches('#')) == place));
            if !there {
                wrong.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 100, "only {seen} links were found");
}

/// Each row of the checklist says where to look.
#[test]
fn the_standards_checklist_is_linked() {
    let text = read(&root().join("docs/standard.md"));
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---"));
    let mut checked = 0;
    for row in rows {
        // The first row of a table is its head: the line below it is not a row.
        if text.contains(&format!("{row}\n| ---")) {
            continue;
        }
        assert!(row.contains("](../"), "no link: {row}");
        checked += 1;
    }
    assert!(checked > 40, "{checked} rows");
}
