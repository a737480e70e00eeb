//! The Rust shell without a browser, over a platform of the tests' own.

mod basics;
mod waiting;
mod world;
