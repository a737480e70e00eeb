//! The fuzz targets of what the stores read without a fuzzer, the same in every run. libFuzzer goes further
//! (CONTRIBUTING.md).

#[path = "../../../fuzz/mutate.rs"]
mod mutate;
#[path = "../../../fuzz/stores.rs"]
mod target;

use std::collections::BTreeSet;

const REACHED: [&str; 4] = ["corrupt", "delivered", "impossible record", "resumed"];

#[test]
fn any_answer_of_redis() {
    let reached = mutate::run("redis", target::redis, 50, 5_000, 500);
    assert!(reached.is_superset(&BTreeSet::from(REACHED)), "{reached:?}");
}

#[test]
fn any_row_of_postgres() {
    let reached = mutate::run("postgres", target::postgres, 50, 5_000, 500);
    assert!(reached.is_superset(&BTreeSet::from(REACHED)), "{reached:?}");
}
