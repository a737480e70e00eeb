//! Tests of the server from outside: clients over real connections, and all kinds of stores.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod app;
mod client;
mod cluster;
mod echo;
mod examples;
mod flow;
mod kills;
mod load;
mod node;
mod nodes;
mod plain;
mod proxied;
mod proxy;
mod security;
mod services;
mod stores;
mod texts;
