//! Runs the fuzz targets without a fuzzer: over their corpus and over random bytes that are the same in every run.
//! `cargo +nightly fuzz run core` goes further.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../fuzz/targets.rs"]
mod targets;

/// Runs every file of a target's corpus, then `runs` random inputs of up to `most` bytes.
fn run(name: &str, target: fn(&[u8]), runs: u64, most: u64) {
    let folder = format!("{}/fuzz/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
    for file in std::fs::read_dir(folder).expect("the corpus is in the repository") {
        target(&std::fs::read(file.unwrap().path()).unwrap());
    }
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..runs {
        let length = random() % most;
        let bytes: Vec<u8> = (0..length).map(|_| random() as u8).collect();
        target(&bytes);
    }
}

#[test]
fn core_inputs() {
    run("core", targets::core, 6_000, 600);
}

#[test]
fn traces() {
    run("trace", targets::trace, 2_000, 200);
    // Real traces with a few wrong bytes get further than random bytes.
    let folder = format!("{}/tests/transcripts", env!("CARGO_MANIFEST_DIR"));
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read(file.unwrap().path()).unwrap();
        targets::trace(&text);
        for at in 0..text.len() {
            let mut wrong = text.clone();
            wrong[at] = text[(at * 7 + 3) % text.len()];
            targets::trace(&wrong);
        }
    }
}

#[test]
fn arguments() {
    run("arguments", targets::arguments, 20_000, 40);
    targets::arguments(b"\xe8\x03\x05chat\nother");
}
