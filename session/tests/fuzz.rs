//! The fuzz targets without a fuzzer: over their corpus, over that with a few wrong bytes, and over random bytes, the same in
//! every run. libFuzzer goes further (CONTRIBUTING.md).
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

#[path = "../../fuzz/frames.rs"]
mod frames;
#[path = "../../fuzz/mutate.rs"]
mod mutate;
#[path = "../../fuzz/session.rs"]
mod session;

#[test]
fn any_text_as_a_frame() {
    let reached = mutate::run("frames", frames::frames, 1_000, 20_000, 100);
    assert_eq!(reached, BTreeSet::from(["frame", "malformed"]));
}

#[test]
fn any_bytes_to_either_end_and_from_the_store() {
    let reached = mutate::run("session", session::session, 100, 50_000, 500);
    let all = [
        "adopted",
        "closed",
        "counts",
        "credit",
        "delivered",
        "fate",
        "frame",
        "impossible record",
        "lost",
        "new",
        "over",
        "refused",
        "restored",
        "resumed",
        "store",
        "stored",
        "taken",
    ];
    assert_eq!(reached, BTreeSet::from(all));
}
