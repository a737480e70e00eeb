//! The conditions that must hold before anything is packed.

use super::VERSION;
use super::version::{Version, allowed};
use crate::crates;
use crate::error::{Advise, Error, Result};
use crate::proc;
use crate::setup::Env;

/// Refuses a state of the checkout that must not be released. Returns the version of the last release, if any.
pub fn check(env: &Env) -> Result<Option<Version>> {
    let git = |args: &[&str]| {
        proc::ask(env.command("git").args(args)).ok_or_else(|| {
            let what = format!("`git {}` failed", args.join(" "));
            Error::new(what, "Run the release in a clone of the repository, with git on PATH.")
        })
    };
    let read = |name: &str| {
        let file = env.root.join(name);
        let advice = format!("Run `git checkout {name}` to bring it back.");
        std::fs::read_to_string(file).advise(format!("reading {name}"), advice)
    };
    clean(&git(&["status", "--porcelain"])?)?;
    let version = Version::parse(VERSION).ok_or_else(|| {
        let what = format!("`{VERSION}` is not a version");
        Error::new(what, "Write `workspace.package.version` in Cargo.toml as three numbers, such as 0.1.0.")
    })?;
    let changelog = read("CHANGELOG.md")?;
    let section = section(&changelog, VERSION)?;
    let tags = git(&["tag", "--list", "v*"])?;
    let last = last_release(&tags, &changelog);
    if let Some(last) = &last {
        allowed(last, &version, section)?;
    }
    for one in &crates::PUBLISHED {
        let file = format!("{}/Cargo.toml", one.folder);
        one_version(file.trim_start_matches("./"), &read(&file)?)?;
    }
    Ok(last)
}

/// Refuses a changelog that does not say when this version is released.
pub fn dated(env: &Env) -> Result<()> {
    let advice = "Run `git checkout CHANGELOG.md` to bring it back.";
    let changelog =
        std::fs::read_to_string(env.root.join("CHANGELOG.md")).advise("reading CHANGELOG.md", advice)?;
    has_date(&changelog, VERSION)
}

fn has_date(changelog: &str, version: &str) -> Result<()> {
    let date = changelog.lines().find_map(|line| line.strip_prefix(&format!("## [{version}] - ")));
    let shape: String =
        date.unwrap_or_default().chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    if shape == "0000-00-00" {
        return Ok(());
    }
    let what = format!("CHANGELOG.md does not say when {version} is released");
    Err(Error::new(
        what,
        format!("Write the day into its heading, `## [{version}] - YEAR-MONTH-DAY`, and commit."),
    ))
}

/// Refuses changes that are in no commit; `status`: the output of `git status --porcelain`.
fn clean(status: &str) -> Result<()> {
    if status.is_empty() {
        return Ok(());
    }
    let what = format!("the checkout has changes that are in no commit:\n{status}");
    Err(Error::new(what, "Commit or stash them: what is published must be what the tag holds."))
}

/// Returns the changelog's section of a version, without its heading.
fn section<'a>(changelog: &'a str, version: &str) -> Result<&'a str> {
    let advice = format!(
        "Give CHANGELOG.md a section `## [{version}] - YEAR-MONTH-DAY` that tells users what it brings."
    );
    let heading = format!("\n## [{version}]");
    let Some((_, rest)) = changelog.split_once(&heading) else {
        return Err(Error::new(format!("CHANGELOG.md has no section for {version}"), advice));
    };
    let body = rest.split_once('\n').map_or("", |(_, body)| body);
    let section = body.split("\n## [").next().unwrap_or_default();
    if !section.lines().any(|line| line.starts_with("- ")) {
        return Err(Error::new(format!("the section for {version} in CHANGELOG.md lists nothing"), advice));
    }
    Ok(section)
}

/// Returns the newest version that has a tag or, before this one's section is written, another section.
fn last_release(tags: &str, changelog: &str) -> Option<Version> {
    let tagged = tags.lines().filter_map(|tag| Version::parse(tag.strip_prefix('v')?));
    let headings = changelog.lines().filter_map(|line| line.strip_prefix("## [")?.split(']').next());
    let listed = headings.filter(|name| *name != VERSION).filter_map(Version::parse);
    tagged.chain(listed).max()
}

/// Refuses a dependency between our crates on another version; `file` is the manifest's path.
fn one_version(file: &str, manifest: &str) -> Result<()> {
    let (mut section, wanted) = ("", format!("version = \"{VERSION}\""));
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        }
        // Dependencies of tests are not published with a path alone.
        let ours = crates::PUBLISHED.iter().find(|one| line.starts_with(&format!("{} = ", one.name)));
        let Some(ours) = ours.filter(|_| !section.contains("dev-dependencies")) else { continue };
        if !line.contains(&wanted) {
            let what = format!("{file} asks for another version of {} than {VERSION}: {line}", ours.name);
            return Err(Error::new(what, format!("Write `{wanted}` there.")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dirty_checkout_is_refused() {
        let error = clean(" M README.md\n?? new").unwrap_err().to_string();
        assert!(error.contains("README.md") && error.contains("Commit or stash"), "{error}");
        clean("").unwrap();
    }

    #[test]
    fn a_changelog_without_the_version_is_refused() {
        let changelog = "# Changelog\n\n## [Unreleased]\n\n- a\n\n## [0.2.0] - 2026-01-01\n\n## [0.1.0] - 2025-01-01\n\n- b\n";
        let error = section(changelog, "0.3.0").unwrap_err().to_string();
        assert!(error.contains("no section for 0.3.0") && error.contains("Give CHANGELOG.md"), "{error}");
        let error = section(changelog, "0.2.0").unwrap_err().to_string();
        assert!(error.contains("lists nothing"), "{error}");
        assert_eq!(section(changelog, "0.1.0").unwrap(), "\n- b\n");
    }

    #[test]
    fn a_release_needs_its_date() {
        for heading in ["## [0.1.0]", "## [0.1.0] - unreleased", "## [0.1.1] - 2026-01-02"] {
            let error = has_date(&format!("# Changelog\n\n{heading}\n"), "0.1.0").unwrap_err().to_string();
            assert!(error.contains("when 0.1.0") && error.contains("YEAR-MONTH-DAY"), "{error}");
        }
        has_date("# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-01-02\n", "0.1.0").unwrap();
    }

    #[test]
    fn the_last_release_is_the_newest_tag_or_section() {
        let changelog = format!("\n## [Unreleased]\n\n## [{VERSION}]\n\n## [0.0.3]\n\n## [0.0.1]\n");
        let last = |tags| last_release(tags, &changelog).unwrap().to_string();
        assert_eq!(last(""), "0.0.3");
        assert_eq!(last("v0.0.2\nv0.0.10\nvery"), "0.0.10");
        assert_eq!(last(&format!("v{VERSION}")), VERSION);
        assert_eq!(last_release("", "\n## [Unreleased]\n"), None);
    }

    #[test]
    fn a_dependency_on_another_version_is_refused() {
        let manifest = |version: &str| {
            format!("[dependencies]\nsteady-session = {{ version = \"{version}\", path = \"x\" }}\n")
        };
        let error = one_version("server/Cargo.toml", &manifest("0.0.9")).unwrap_err().to_string();
        assert!(error.contains("server/Cargo.toml") && error.contains("Write `version"), "{error}");
        one_version("server/Cargo.toml", &manifest(VERSION)).unwrap();
    }
}
