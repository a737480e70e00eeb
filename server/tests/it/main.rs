//! The server from outside: clients over real connections, stores of every kind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client;
mod corrupt;
mod echo;
mod examples;
mod flow;
mod fuzz;
mod kills;
mod node;
mod nodes;
mod plain;
mod positions;
mod raw;
mod security;
mod services;
mod stores;
