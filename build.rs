//! Turns the environment variable `STEADY_NPM` into the configuration flag `npm`.
//!
//! A cargo feature would be on for everybody or off for a plain `wasm-pack build`; a variable set by this
//! checkout's `.cargo/config.toml` is on here and unknown to the crates that depend on this one.
//!
//! | `STEADY_NPM` | flag | what is compiled |
//! | --- | --- | --- |
//! | absent, or anything else | | the Rust API |
//! | `1` | `npm` | the Rust API and the JavaScript classes |
//!
//! `npm_alone` beside it compiles the classes alone, without std. As dependencies turn on it, it is given to the
//! compiler itself: see `xtask/src/build/wasm.rs`.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=STEADY_NPM");
    println!("cargo:rustc-check-cfg=cfg(npm, npm_alone)");
    if std::env::var("STEADY_NPM").is_ok_and(|npm| npm == "1") {
        println!("cargo:rustc-cfg=npm");
    }
}
