//! Turns the environment variable `STEADY_NPM` into the `npm` configuration flag, and in a release build into `npm_alone`.
//!
//! A cargo feature would be on for everybody or off for a plain `wasm-pack build`; a variable set by this
//! checkout's `.cargo/config.toml` is on here and unknown to the crates that depend on this one.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=STEADY_NPM");
    println!("cargo:rustc-check-cfg=cfg(npm, npm_alone)");
    if std::env::var("STEADY_NPM").is_ok_and(|value| value == "1") {
        println!("cargo:rustc-cfg=npm");
        // What a page downloads holds nothing for Rust apps; what is tested holds both.
        if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
            println!("cargo:rustc-cfg=npm_alone");
        }
    }
}
