#![no_main]

#[path = "../session.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    target::session(data);
});
