//! `cargo xtask build`: `pkg/`, ready to publish.

use crate::error::{Error, Result};
use crate::setup::Env;

/// Builds `pkg/`.
pub fn run(_args: &[String], _env: &Env) -> Result<()> {
    Err(Error::new("`cargo xtask build` is not written yet", "Wait for the packaging work to land."))
}
