#![no_main]

#[path = "../stores.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    target::redis(data);
});
