//! The record of mutation testing belongs to the present source, and is good enough.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

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

fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

#[test]
fn the_record_is_of_this_source_and_95_percent_are_caught() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let record = std::fs::read_to_string(root.join("tests/mutants.md")).expect("it is in the repository");
    let mut files = Vec::new();
    sources(&root.join("src/core"), &mut files);
    let (mut caught, mut viable, mut tried, mut all) = (0, 0, 0, 0);
    for path in files {
        let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        let row = record.lines().find(|line| line.starts_with(&format!("| {name} |")));
        let row = row.unwrap_or_else(|| panic!("{name} was never mutated: run cargo xtask mutants"));
        let cells: Vec<&str> = row.trim_matches(['|', ' ']).split(" | ").collect();
        let source = format!("{:016x}", fingerprint(&std::fs::read(&path).unwrap()));
        assert_eq!(cells.get(1), Some(&source.as_str()), "{name} has changed: run cargo xtask mutants");
        let count = |at: usize| cells.get(at).and_then(|cell| cell.parse::<u64>().ok()).expect(row);
        // A mutant that never ends is noticed, too.
        caught += count(3) + count(5);
        viable += count(3) + count(4) + count(5);
        (tried, all) = (tried + count(3) + count(4) + count(5) + count(6), all + count(2));
    }
    // What nobody tried may live.
    let suspect = viable + all - tried;
    assert!(
        caught * 100 >= suspect * 95,
        "{caught} of {suspect} caught; {tried} of {all} tried: cargo xtask mutants"
    );
    assert!(!record.contains("UNEXPLAINED"), "a survivor without a reason");
    println!("{caught} of {viable} viable mutants caught; {tried} of {all} mutants tried");
}

/// What was tried of the Rust shell and of the session protocol, file by file: `cargo xtask mutants --file
/// src/socket/flush.rs`.
#[test]
fn of_the_shell_90_and_of_the_session_95_percent_of_what_was_tried_are_caught() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let record = std::fs::read_to_string(root.join("tests/mutants.md")).expect("it is in the repository");
    for (folders, least) in [(&["| src/socket/", "| src/web/"][..], 90), (&["| session/src/"], 95)] {
        let (mut caught, mut viable) = (0, 0);
        for row in record.lines().filter(|line| folders.iter().any(|folder| line.starts_with(folder))) {
            let cells: Vec<&str> = row.trim_matches(['|', ' ']).split(" | ").collect();
            let name = cells.first().expect(row);
            let source = format!("{:016x}", fingerprint(&std::fs::read(root.join(name)).unwrap()));
            let count = |at: usize| cells.get(at).and_then(|cell| cell.parse::<u64>().ok()).expect(row);
            let tried = count(3) + count(4) + count(5);
            if tried > 0 {
                assert_eq!(
                    cells.get(1),
                    Some(&source.as_str()),
                    "{name} has changed: cargo xtask mutants --file {name}"
                );
            }
            (caught, viable) = (caught + count(3) + count(5), viable + tried);
        }
        assert!(viable > 0, "{folders:?}: nothing was tried");
        assert!(caught * 100 >= viable * least, "{folders:?}: {caught} of {viable} caught");
        println!("{folders:?}: {caught} of {viable} viable mutants caught");
    }
}
