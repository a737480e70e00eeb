//! The fuzz target without a fuzzer: over its corpus, and over random bytes, the same in every run.
//! libFuzzer goes further (CONTRIBUTING.md).

#[path = "../../../fuzz/mutate.rs"]
mod mutate;
#[path = "../../../fuzz/network.rs"]
mod target;

use steady_network::faults::{Fault, Target};

#[test]
fn the_faults_are_faults() {
    for fault in target::FAULTS {
        assert!(Fault::parse(&Target::parse(fault)).is_ok(), "{fault}");
    }
}

#[test]
fn any_bytes_from_either_side() {
    let seen = mutate::run("network", target::network, 200, 3_000, 500);
    assert_eq!(seen.len(), 12, "{seen:?}");
}
