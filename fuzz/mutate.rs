//! Runs a fuzz target without a fuzzer, the same in every run.

use std::collections::BTreeSet;
use std::fs;

/// xorshift64.
struct Random(u64);

impl Default for Random {
    fn default() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }
}

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most);
        (0..length).map(|_| self.below(256) as u8).collect()
    }
}

/// The files of a target's corpus.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder =
        here.ancestors().map(|folder| folder.join("fuzz/corpus").join(name)).find(|folder| folder.exists());
    let folder = folder.expect("the corpus is in the repository");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Runs the target over its corpus, over each file with up to three wrong bytes `mutants` times, and over `noise` random
/// inputs of fewer than `most` bytes. Returns what all of them reached.
pub fn run<T: Ord>(
    name: &str,
    target: impl Fn(&[u8]) -> BTreeSet<T>,
    mutants: usize,
    noise: usize,
    most: usize,
) -> BTreeSet<T> {
    let corpus = corpus(name);
    assert!(!corpus.is_empty(), "{name}");
    let mut random = Random::default();
    let mut reached = BTreeSet::new();
    for file in &corpus {
        reached.extend(target(file));
        // A real input with a few bytes wrong gets further than noise does.
        for _ in 0..mutants {
            let mut wrong = file.clone();
            for _ in 0..=random.below(3) {
                let (at, byte) = (random.below(wrong.len().max(1)), random.below(256) as u8);
                if let Some(place) = wrong.get_mut(at) {
                    *place = byte;
                }
            }
            reached.extend(target(&wrong));
        }
    }
    for _ in 0..noise {
        reached.extend(target(&random.bytes(most)));
    }
    reached
}
