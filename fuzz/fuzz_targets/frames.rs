#![no_main]

#[path = "../frames.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    target::frames(data);
});
