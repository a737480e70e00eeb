//! The Rust shell without a browser, over a platform of the tests' own.

mod basics;
mod calls;
mod flush;
mod hub;
mod inbound;
mod lives;
mod observing;
mod texts;
mod values;
mod waiting;
mod world;
