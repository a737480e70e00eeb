//! Turns the environment variable `STEADY_NPM` into configuration flags.
//!
//! A cargo feature would be on for everybody or off for a plain `wasm-pack build`; a variable set by this
//! checkout's `.cargo/config.toml` is on here and unknown to the crates that depend on this one.
//!
//! | `STEADY_NPM` | flags | what is compiled |
//! | --- | --- | --- |
//! | absent, or anything else | | the Rust API |
//! | `1` | `npm` | the Rust API and the JavaScript classes |
//! | `trace` | `npm`, `npm_trace` | the same; their sockets write traces |
//!
//! `npm_alone` beside it compiles the classes alone, without std. As dependencies turn on it, it is given to the
//! compiler itself: see `xtask/src/build/wasm.rs`.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=STEADY_NPM");
    println!("cargo:rustc-check-cfg=cfg(npm, npm_alone, npm_trace)");
    let npm = std::env::var("STEADY_NPM").unwrap_or_default();
    if npm == "1" || npm == "trace" {
        println!("cargo:rustc-cfg=npm");
    }
    if npm == "trace" {
        println!("cargo:rustc-cfg=npm_trace");
    }
}
