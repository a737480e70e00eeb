//! Tests of the server from outside: clients over real connections, and all kinds of stores.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod app;
mod client;
mod cluster;
mod corrupt;
mod echo;
mod examples;
mod flow;
mod fuzz;
mod kills;
mod limits;
mod load;
mod node;
mod nodes;
mod plain;
mod positions;
mod proxied;
mod proxy;
mod raw;
mod security;
mod services;
mod stores;
mod texts;
