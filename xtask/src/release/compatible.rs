//! Compares the crates with those of the last release.

use super::version::Version;
use crate::crates;
use crate::error::Result;
use crate::proc;
use crate::setup::{Env, Tool};

/// Refuses a change of a public API that would break users of the last release, unless the new version allows it.
pub fn check(env: &Env, last: &Version) -> Result<()> {
    let mut compare = env.command(&env.tool(Tool::CargoSemverChecks)?.to_string_lossy());
    compare.args(["semver-checks", "--baseline-rev", &format!("v{last}")]);
    compare.args(crates::PUBLISHED.iter().flat_map(|one| ["--package", one.name]));
    let advice = format!(
        "Raise the leftmost number of the version that is not 0, or undo the changes named above. If the tag v{last} is \
         missing, run `git fetch --tags`."
    );
    proc::step(&format!("comparing the crates with version {last}"), &mut compare, &advice)
}
