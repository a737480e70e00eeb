//! Servers that others wrote, which the tests start on ports of their own.

use std::path::Path;

use super::debian;
use crate::error::Result;
use crate::proc;

/// What `cargo xtask test` needs. Program and package have one name.
pub const ALL: &[&str] = &["mosquitto", "nginx"];

/// Brings these, or says which packages do.
pub fn provide(programs: &[&'static str]) -> Result<()> {
    debian::provide(missing(programs))
}

/// Those that are not there.
pub fn missing(programs: &[&'static str]) -> Vec<&'static str> {
    // Debian puts them where not everybody's PATH leads.
    let there = |name: &str| proc::which(name).is_some() || Path::new("/usr/sbin").join(name).is_file();
    programs.iter().copied().filter(|name| !there(name)).collect()
}
