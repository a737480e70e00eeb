//! Turns the environment variable `STEADY_NPM` into the `npm` configuration flag.
//!
//! A cargo feature would be on for everybody or off for a plain `wasm-pack build`; a variable set by this
//! checkout's `.cargo/config.toml` is on here and unknown to the crates that depend on this one.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=STEADY_NPM");
    println!("cargo:rustc-check-cfg=cfg(npm)");
    if std::env::var("STEADY_NPM").is_ok_and(|value| value == "1") {
        println!("cargo:rustc-cfg=npm");
    }
}
