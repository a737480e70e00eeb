//! The exhaustive exploration of the core, which reads private state. The other tests of the core are included, so that
//! one program judges every mutant.

#[path = "../../../tests/core/account.rs"]
mod account;
mod alphabet;
#[path = "../../../tests/core/attributes.rs"]
mod attributes;
#[path = "../../../tests/core/codes.rs"]
mod codes;
#[path = "../../../tests/core/delays.rs"]
mod delays;
mod explore;
mod flush;
#[path = "../../../tests/core/lives.rs"]
mod lives;
mod outbox;
mod shape;
#[path = "../../../tests/core/traces.rs"]
mod traces;
mod transcripts;
#[path = "../../../tests/core/world.rs"]
mod world;
mod worlds;

pub(super) use world::fail_fast;

mod api {
    pub(super) use crate::core::*;
}
