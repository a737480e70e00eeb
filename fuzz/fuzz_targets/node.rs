#![no_main]

#[path = "../node.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    target::node(data);
});
