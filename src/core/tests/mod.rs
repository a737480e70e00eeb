//! The core explored exhaustively: it needs to see the private state, so it stands inside.

#[path = "../../../tests/core/account.rs"]
mod account;
mod alphabet;
mod explore;
mod shape;
#[path = "../../../tests/core/world.rs"]
mod world;
mod worlds;

mod api {
    pub(super) use crate::core::*;
}
