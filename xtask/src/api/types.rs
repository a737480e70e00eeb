//! The types of each entry of the npm package.

use super::Text;
use crate::error::{Error, Result};
use crate::proc;
use crate::setup::{Env, npm};

/// The folder of these texts, in `api`.
pub const FOLDER: &str = "npm";

/// The text of an entry begins with this line; its name follows.
const ENTRY: &str = "// entry ";

/// Returns the texts of `pkg/`.
pub fn texts(env: &Env) -> Result<Vec<Text>> {
    let modules = npm::bin(env)?;
    let mut node = env.command("node");
    node.arg("xtask/api/types.mjs").arg("pkg");
    node.arg(modules.with_file_name("typescript/lib/typescript.js"));
    let out = proc::run(&mut node, None, |_| {})?;
    if !out.status.success() {
        return Err(Error::new(out.text, "Fix the types named above, or xtask/api/types.mjs."));
    }
    let entries = out.text.split(ENTRY).filter(|text| !text.is_empty());
    Ok(entries
        .filter_map(|entry| entry.split_once('\n'))
        .map(|(name, text)| (format!("{FOLDER}/{name}.txt"), text.to_owned()))
        .collect())
}
