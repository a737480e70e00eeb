//! The README's examples are the ones that compile.

#![cfg(not(target_arch = "wasm32"))]

use std::path::Path;

/// Each block below a comment `<!-- from FILE -->` stands in that file, as a doc comment's example.
#[test]
fn the_examples_are_those_of_the_crates_own_pages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(root.join(name)).expect(name);
    let readme = read("README.md");
    let mut found = 0;
    for part in readme.split("<!-- from ").skip(1) {
        let (file, rest) = part.split_once(" -->").expect("the comment ends");
        let block = rest.split("```").nth(1).and_then(|block| block.split_once('\n')).expect("a block").1;
        let source: String = read(file)
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
