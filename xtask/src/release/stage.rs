//! Packs everything, and tries the packed files in fresh projects outside the workspace.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::VERSION;
use crate::error::{Advise, Error, Result};
use crate::setup::{Browser, Env, browsers, npm};
use crate::{build, crates, proc};

/// The packed files.
pub struct Staged {
    /// A folder outside the workspace. Its subfolder `crates` has the unpacked crates.
    folder: PathBuf,
    /// A line for each packed file.
    pub summary: String,
}

/// Builds and packs every crate and the npm package, and unpacks the crates outside the workspace.
pub fn pack(env: &Env) -> Result<Staged> {
    build::run(&[], env)?;
    let folder = proc::scratch()?.join("release");
    let unpacked = folder.join("crates");
    let advice = "Make room in the temporary folder.";
    std::fs::create_dir_all(&unpacked).advise("making a folder for the unpacked crates", advice)?;
    let mut cargo = env.cargo();
    // The fresh projects compile what is packed.
    cargo.args(["package", "--no-verify", "--locked"]);
    cargo.args(crates::PUBLISHED.iter().flat_map(|one| ["--package", one.name]));
    proc::step("packing the crates", &mut cargo, "Fix what cargo reports above.")?;
    let mut summary = Vec::new();
    for one in &crates::PUBLISHED {
        let name = format!("{}-{VERSION}", one.name);
        let file = env.root.join("target/package").join(format!("{name}.crate"));
        summary.push(line(&file)?);
        unpack(&file, &unpacked)?;
        complete(&unpacked.join(&name))?;
    }
    Ok(Staged { folder, summary: summary.join("\n") })
}

/// Names a packed file, with its size.
fn line(file: &Path) -> Result<String> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let size = file.metadata().advise(format!("reading {name}"), "Run the command again.")?.len();
    Ok(format!("{name:<40} {size:>9} bytes"))
}

fn unpack(file: &Path, folder: &Path) -> Result<()> {
    let reading = format!("unpacking {}", file.display());
    let advice = "Run the command again, with room in the temporary folder.";
    let packed = File::open(file).advise(&reading, advice)?;
    tar::Archive::new(flate2::read::GzDecoder::new(packed)).unpack(folder).advise(&reading, advice)
}

/// Refuses an unpacked crate without its licences.
fn complete(folder: &Path) -> Result<()> {
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        if !folder.join(licence).is_file() {
            let what = format!("{} has no {licence}", folder.display());
            return Err(Error::new(what, "Copy the licences into the crate's folder, as in `session`."));
        }
    }
    Ok(())
}

/// Runs the documents' examples in fresh projects that know the packed files only.
pub fn rehearse(env: &Env, staged: &Staged) -> Result<()> {
    browsers::find(env, Browser::Chromium)?;
    for folder in ["tests/packaging", "tests/peers"] {
        npm::modules(env, folder)?;
    }
    let mut node = env.wasm("node")?;
    node.args(["--test", "tests/packaging/release.test.mjs"]);
    node.env("STEADY_RELEASE", &staged.folder).env_remove("STEADY_NPM");
    let outcome = proc::streamed(&mut node)?;
    if outcome.status.success() {
        return Ok(());
    }
    Err(Error::new("the packed files fail in fresh projects", "Fix what the tests report above."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_without_licences_is_refused() {
        let folder = std::env::temp_dir().join(format!("steady-licence-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("LICENSE-MIT"), "").unwrap();
        let error = complete(&folder).unwrap_err().to_string();
        std::fs::write(folder.join("LICENSE-APACHE"), "").unwrap();
        let whole = complete(&folder);
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(error.contains("no LICENSE-APACHE") && error.contains("Copy the licences"), "{error}");
        whole.unwrap();
    }
}
