//! Tests of the server from outside: clients over real connections, and all kinds of stores.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client;
mod echo;
mod examples;
mod flow;
mod kills;
mod node;
mod nodes;
mod plain;
mod security;
mod services;
mod stores;
mod texts;
