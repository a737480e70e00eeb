//! The fuzz target of what a store returns without a fuzzer, the same in every run. libFuzzer goes further
//! (CONTRIBUTING.md).
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../../fuzz/mutate.rs"]
mod mutate;
#[path = "../../../fuzz/node.rs"]
mod target;

use std::collections::BTreeSet;

#[test]
fn any_record_from_a_store() {
    let reached = mutate::run("node", target::node, 100, 20_000, 500);
    assert!(
        reached.is_superset(&BTreeSet::from(["corrupt", "impossible record", "resumed", "delivered"])),
        "{reached:?}"
    );
}
