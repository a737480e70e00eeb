//! Runs the fuzz targets without a fuzzer: over their corpus and over random bytes that are the same in every run.
//! libFuzzer goes further (CONTRIBUTING.md).
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../fuzz/mutate.rs"]
mod mutate;
#[path = "../fuzz/targets.rs"]
mod targets;

use std::collections::BTreeSet;

fn run(name: &str, target: fn(&[u8]), noise: usize, most: usize) {
    let reaching_nothing = |data: &[u8]| {
        target(data);
        BTreeSet::<()>::new()
    };
    mutate::run(name, reaching_nothing, 10, noise, most);
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
