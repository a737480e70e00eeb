//! The protocol explored to closure, driven at random, and compared with its specification.

mod attributes;
mod bytes;
mod explore;
mod frames;
mod grammar;
mod lives;
mod negotiation;
mod vectors;
mod world;
mod worlds;

/// With `STEADY_FAIL_FAST` set, the first failure ends the whole run, and large worlds are left out: mutants fail
/// quickly.
fn fail_fast() -> bool {
    static ASKED: std::sync::Once = std::sync::Once::new();
    let asked = std::env::var_os("STEADY_FAIL_FAST").is_some();
    if asked {
        ASKED.call_once(|| {
            std::panic::set_hook(std::boxed::Box::new(|why| {
                std::println!("{why}");
                std::process::exit(101);
            }));
        });
    }
    asked
}
