//! The feature sets that users can choose, within reason: none, each alone, the defaults, all.

use std::path::Path;

/// Returns arguments for cargo, one list per set, for the package in `folder`.
pub fn sets(folder: &Path) -> Vec<Vec<String>> {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    arguments(&names(&manifest))
}

fn arguments(names: &[String]) -> Vec<Vec<String>> {
    let mut sets = vec![vec![]];
    if names.is_empty() {
        return sets;
    }
    sets.push(vec!["--no-default-features".into()]);
    for name in names.iter().filter(|n| *n != "default") {
        sets.push(vec!["--no-default-features".into(), "--features".into(), name.clone()]);
    }
    sets.push(vec!["--all-features".into()]);
    sets
}

/// Returns the keys of `[features]`.
fn names(manifest: &str) -> Vec<String> {
    let section = manifest.lines().skip_while(|l| l.trim() != "[features]").skip(1);
    let section = section.take_while(|l| !l.starts_with('['));
    // A list may span several lines; only its first has a key at the start of the line.
    let key = |l: &str| {
        let (key, _) = l.split_once('=')?;
        let bare = !key.starts_with([' ', '#', '"']);
        bare.then(|| key.trim().to_owned())
    };
    section.filter_map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_read_from_the_manifest() {
        let manifest = "[package]\nname = \"x\"\n[features]\ndefault = [\"a\"]\na = []\nb = [\n  \"dep:c\",\n]\n# d = []\n[lints]\ne = 1\n";
        assert_eq!(names(manifest), ["default", "a", "b"]);
        assert_eq!(arguments(&names(manifest)).len(), 5);
        assert_eq!(arguments(&[]).len(), 1);
    }
}
