//! `cargo xtask api`, and the check that compares: the public APIs as texts in `api`.

mod crates;
mod types;

use std::path::Path;

use crate::build;
use crate::error::{Advise, Error, Result};
use crate::setup::Env;

/// The folder of the texts.
const FOLDER: &str = "api";

/// A text: its file's path from there, and its contents.
type Text = (String, String);

/// Writes the texts anew.
pub fn write(env: &Env) -> Result<()> {
    build::make(env)?;
    let texts = match crates::texts(env)? {
        Ok(crates) => [crates, types::texts(env)?].concat(),
        Err(why) => return Err(Error::new(why, advice_for_rust())),
    };
    let folder = env.root.join(FOLDER);
    let advice = "Make the checkout writable.";
    for part in [crates::FOLDER, types::FOLDER] {
        std::fs::create_dir_all(folder.join(part)).advise(format!("creating api/{part}"), advice)?;
    }
    for name in names(&folder)? {
        if !texts.iter().any(|(wanted, _)| *wanted == name) {
            std::fs::remove_file(folder.join(&name)).advise(format!("removing api/{name}"), advice)?;
        }
    }
    for (name, text) in texts {
        std::fs::write(folder.join(&name), text).advise(format!("writing api/{name}"), advice)?;
    }
    println!("`git diff api` shows what changed.");
    Ok(())
}

/// Compares the texts with `pkg/` and the crates. Returns why the crates could not be compared, if so.
pub fn compare(env: &Env) -> Result<Option<String>> {
    let (crates, skipped) = match crates::texts(env)? {
        Ok(texts) => (texts, None),
        Err(why) => (vec![], Some(why)),
    };
    let texts = [crates, types::texts(env)?].concat();
    let folder = env.root.join(FOLDER);
    let mut differences = Vec::new();
    for (name, text) in &texts {
        let committed = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        if committed != *text {
            differences.push(format!("api/{name} differs:\n{}", difference(&committed, text)));
        }
    }
    for name in names(&folder)? {
        // Of a crate's text that could not be made, nothing is known.
        let unknown = skipped.is_some() && name.starts_with(crates::FOLDER);
        if !unknown && !texts.iter().any(|(wanted, _)| *wanted == name) {
            differences.push(format!("api/{name} belongs to no crate and no entry"));
        }
    }
    if differences.is_empty() {
        return Ok(skipped);
    }
    Err(Error::new(
        format!("The public API changed.\n{}", differences.join("\n")),
        "If users shall have this, run `cargo xtask api` and commit the folder api; otherwise make it private.",
    ))
}

/// Returns the advice for a machine without the Rust whose rustdoc the texts are from.
fn advice_for_rust() -> String {
    format!("Run `rustup toolchain install {}`, then try again.", env!("CARGO_PKG_RUST_VERSION"))
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for part in [crates::FOLDER, types::FOLDER] {
        let entries = std::fs::read_dir(folder.join(part))
            .advise(format!("reading api/{part}"), "Run `cargo xtask api`.")?;
        names
            .extend(entries.flatten().map(|entry| format!("{part}/{}", entry.file_name().to_string_lossy())));
    }
    Ok(names)
}

/// Returns the lines that are in one of the texts only, as a patch shows them.
fn difference(old: &str, new: &str) -> String {
    let only = |these: &str, those: &str, sign: &str| {
        let mut left: Vec<String> = these.lines().map(str::to_owned).collect();
        for line in those.lines() {
            if let Some(at) = left.iter().position(|one| one == line) {
                left.remove(at);
            }
        }
        left.into_iter().map(|line| format!("  {sign} {line}\n")).collect::<String>()
    };
    match only(old, new, "-") + &only(new, old, "+") {
        same if same.is_empty() => "  the order of its lines\n".to_owned(),
        lines => lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_the_lines() {
        assert_eq!(difference("a\nb\nc\n", "a\nc\nd\n"), "  - b\n  + d\n");
        assert_eq!(difference("a\n", "a\na\n"), "  + a\n");
        assert_eq!(difference("a\nb\n", "b\na\n"), "  the order of its lines\n");
    }
}
