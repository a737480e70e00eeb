//! `cargo xtask site`: the demo page as static files.

use std::fs;
use std::path::Path;

use crate::build;
use crate::error::{Advise, Result};
use crate::setup::{Env, npm};

/// Where the page's dependency lies; the page imports it from `vendor/`.
pub const VENDOR: &str = "www/node_modules/reconnecting-websocket/dist";
const SITE: &str = "target/site";
const WRITABLE: &str = "Make the folder `target` writable.";

/// `cargo xtask site`
pub fn run(env: &Env) -> Result<()> {
    build::make(env)?;
    make(env)?;
    println!("{SITE}/ is ready: copy it to any static host, into any folder.");
    Ok(())
}

/// Copies the page, the package's files that it imports, and its dependency.
pub fn make(env: &Env) -> Result<()> {
    npm::modules(env, "www")?;
    let site = env.root.join(SITE);
    if site.exists() {
        fs::remove_dir_all(&site).advise("emptying target/site", WRITABLE)?;
    }
    for folder in ["pkg", "vendor"] {
        fs::create_dir_all(site.join(folder)).advise("creating target/site", WRITABLE)?;
    }
    let www = env.root.join("www");
    let advice = "Run `git checkout www` to bring it back.";
    for entry in fs::read_dir(&www).advise("reading www", advice)? {
        let entry = entry.advise("reading www", advice)?;
        let path = entry.path();
        let shown = path.extension().is_some_and(|kind| kind == "js" || kind == "html" || kind == "css");
        if shown {
            copy(&path, &site.join(entry.file_name()))?;
        }
    }
    for name in ["network.js", "server.js", "session.js", "trace.js"] {
        copy(&env.root.join("pkg").join(name), &site.join("pkg").join(name))?;
    }
    let name = "reconnecting-websocket-mjs.js";
    copy(&env.root.join(VENDOR).join(name), &site.join("vendor").join(name))?;
    copy(&env.root.join(VENDOR).join("../LICENSE"), &site.join("vendor/LICENSE"))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let advice = format!("Check that {} is there, then try again.", from.display());
    fs::copy(from, to).map(drop).advise(format!("copying {}", from.display()), advice)
}
