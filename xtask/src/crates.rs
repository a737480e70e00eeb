//! The crates that are published, each after those it depends on.

/// Where users run a crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// In pages; natively for server-side rendering and tests.
    Everywhere,
    /// On the host only.
    Host,
}

/// A published crate.
pub struct Published {
    /// The package's name.
    pub name: &'static str,
    /// Its folder, from the workspace's root.
    pub folder: &'static str,
    /// Where users run it.
    pub runs: Runs,
}

const fn published(name: &'static str, folder: &'static str, runs: Runs) -> Published {
    Published { name, folder, runs }
}

/// All published crates, each after those it depends on.
pub const PUBLISHED: [Published; 7] = [
    published("steady-network", "network", Runs::Everywhere),
    published("steady-session", "session", Runs::Everywhere),
    published("steady-websocket", ".", Runs::Everywhere),
    published("steady-websocket-hooks", "integrations/hooks", Runs::Everywhere),
    published("steady-websocket-yew", "integrations/yew", Runs::Everywhere),
    published("steady-websocket-leptos", "integrations/leptos", Runs::Everywhere),
    published("steady-websocket-server", "server", Runs::Host),
];

/// Returns the crates that run there.
pub fn of(runs: Runs) -> impl Iterator<Item = &'static Published> {
    PUBLISHED.iter().filter(move |one| one.runs == runs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn manifest(folder: &str) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        std::fs::read_to_string(root.join(folder).join("Cargo.toml")).unwrap()
    }

    #[test]
    fn a_member_is_published_or_says_that_it_is_not() {
        let root = manifest(".");
        let members = root.lines().find_map(|line| line.strip_prefix("members = [")).unwrap();
        let members: Vec<&str> = members.split('"').skip(1).step_by(2).collect();
        assert!(members.len() > PUBLISHED.len());
        for folder in members.into_iter().chain(["."]) {
            let listed = PUBLISHED.iter().any(|one| one.folder == folder);
            assert_eq!(listed, !manifest(folder).contains("publish = false"), "{folder}");
        }
    }

    /// Links to the workspace's would be text files in a checkout on Windows, and in a crate packed there.
    #[test]
    fn a_crate_has_a_copy_of_the_licences() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
            let licence = std::fs::read_to_string(root.join(name)).unwrap();
            for one in &PUBLISHED {
                let copy = root.join(one.folder).join(name);
                assert!(!copy.is_symlink(), "{}", copy.display());
                assert_eq!(std::fs::read_to_string(&copy).unwrap(), licence, "{}", copy.display());
            }
        }
    }

    /// `cargo xtask check` documents them with these settings.
    #[test]
    fn docs_rs_documents_all_features_where_users_run_the_crate() {
        for one in &PUBLISHED {
            let manifest = manifest(one.folder);
            let settings = manifest.split("\n[package.metadata.docs.rs]\n").nth(1).unwrap_or_default();
            let settings: Vec<&str> = settings.lines().take_while(|line| !line.is_empty()).collect();
            let everywhere = "targets = [\"x86_64-unknown-linux-gnu\", \"wasm32-unknown-unknown\"]";
            let host = "targets = [\"x86_64-unknown-linux-gnu\"]";
            let targets = if one.runs == Runs::Host { host } else { everywhere };
            assert_eq!(settings, ["all-features = true", targets], "{}", one.name);
        }
    }

    #[test]
    fn a_crate_comes_after_those_it_depends_on() {
        for (at, one) in PUBLISHED.iter().enumerate() {
            let manifest = manifest(one.folder);
            assert!(manifest.contains(&format!("name = \"{}\"", one.name)), "{}", one.name);
            let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
            for later in &PUBLISHED[at + 1..] {
                let needed = dependencies.lines().any(|l| l.starts_with(&format!("{} ", later.name)));
                assert!(!needed, "{} needs {}", one.name, later.name);
            }
        }
    }
}
