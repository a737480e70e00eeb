//! Tests of what the public API does not show.

#[allow(clippy::indexing_slicing)]
mod assembly;
mod link;
