//! The fuzz target without a fuzzer: over its corpus, and over random bytes, the same in every run.
//! `cargo +nightly fuzz run network` goes further.

#[path = "../../../fuzz/network.rs"]
mod target;

use std::collections::BTreeSet;
use steady_network::faults::{Fault, Target};

#[test]
fn the_faults_are_faults() {
    for fault in target::FAULTS {
        assert!(Fault::parse(&Target::parse(fault)).is_ok(), "{fault}");
    }
}

#[test]
fn any_bytes_from_either_side() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus/network");
    let files = std::fs::read_dir(folder).expect("the corpus is in the repository");
    let corpus: Vec<Vec<u8>> = files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    assert!(!corpus.is_empty());
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let seen: BTreeSet<&str> = corpus.iter().flat_map(|file| target::network(file)).collect();
    assert_eq!(seen.len(), 12, "{seen:?}");
    for file in &corpus {
        // Real lives with a few bytes wrong get further than noise does.
        for _ in 0..200 {
            let mut wrong = file.clone();
            for _ in 0..=random() % 3 {
                let at = random() as usize % wrong.len();
                wrong[at] = random() as u8;
            }
            target::network(&wrong);
        }
    }
    for _ in 0..3000 {
        let length = random() % 500;
        let bytes: Vec<u8> = (0..length).map(|_| random() as u8).collect();
        target::network(&bytes);
    }
}
