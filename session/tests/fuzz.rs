//! The fuzz target without a fuzzer: over its corpus, over that with a few wrong bytes, and over random bytes, the same in
//! every run. `cargo fuzz run session` goes further.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../fuzz/mutate.rs"]
mod mutate;
#[path = "../../fuzz/session.rs"]
mod target;

#[test]
fn any_bytes_to_either_end_and_from_the_store() {
    let reached = mutate::run("session", target::session, 300, 200_000);
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
    assert_eq!(reached.into_iter().collect::<Vec<_>>(), all);
}
