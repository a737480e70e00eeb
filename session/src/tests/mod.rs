//! The protocol explored to closure, driven at random, and held to its written form.

mod explore;
mod frames;
mod lives;
mod negotiation;
mod vectors;
mod world;
mod worlds;
