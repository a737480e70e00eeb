//! The protocol held to its written form.

mod frames;
mod negotiation;
