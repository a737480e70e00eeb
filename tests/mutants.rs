//! The record of mutation testing is good enough.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../xtask/src/mutants/source.rs"]
mod source;

use source::fingerprint;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// A file that has changed since it was measured counts as untried.
fn judge(record: &str, folders: &[&str], least: u64) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    folders.iter().for_each(|folder| sources(&root.join(folder), &mut files));
    let (mut caught, mut viable, mut tried, mut all) = (0, 0, 0, 0);
    for path in files {
        let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        let Some(row) = record.lines().find(|line| line.starts_with(&format!("| {name} |"))) else {
            continue;
        };
        let cells: Vec<&str> = row.trim_matches(['|', ' ']).split(" | ").collect();
        let source = format!("{:016x}", fingerprint(&std::fs::read_to_string(&path).unwrap()));
        let count = |at: usize| cells.get(at).and_then(|cell| cell.parse::<u64>().ok()).expect(row);
        all += count(2);
        if cells.get(1) == Some(&source.as_str()) {
            // A mutant that never ends counts as caught.
            caught += count(3) + count(5);
            viable += count(3) + count(4) + count(5);
            tried += count(3) + count(4) + count(5) + count(6);
        }
    }
    println!("{folders:?}: {caught} of {viable} viable mutants caught; {tried} of {all} mutants tried");
    assert!(viable > 0, "{folders:?}: nothing was tried: cargo xtask mutants");
    assert!(caught * 100 >= viable * least, "{folders:?}: {caught} of {viable} caught");
}

#[test]
fn of_the_mutants_that_were_tried_enough_are_caught() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mutants.md");
    let record = std::fs::read_to_string(file).expect("it is in the repository");
    judge(&record, &["src/core"], 99);
    judge(&record, &["src/socket", "src/web"], 90);
    judge(&record, &["session/src"], 95);
    assert!(!record.contains("UNEXPLAINED"), "a survivor without a reason");
}
