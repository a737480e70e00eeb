//! Versions, and what semantic versioning allows after another one.

use std::cmp::Ordering;

use crate::error::{Error, Result};

/// A version: three numbers, and what stands after a hyphen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    numbers: [u64; 3],
    pre: Vec<String>,
    text: String,
}

impl Version {
    /// Reads `1.2.3` or `1.2.3-beta.1`. Build metadata is not accepted: registries ignore it.
    pub fn parse(text: &str) -> Option<Self> {
        let (release, pre) = text.split_once('-').map_or((text, None), |(release, pre)| (release, Some(pre)));
        let numbers: Vec<u64> = release.split('.').map(number).collect::<Option<_>>()?;
        let pre: Vec<String> = pre.map(|p| p.split('.').map(str::to_owned).collect()).unwrap_or_default();
        let fits = |part: &String| {
            let digits = part.bytes().all(|b| b.is_ascii_digit());
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && (!digits || number(part).is_some())
        };
        let numbers = <[u64; 3]>::try_from(numbers).ok()?;
        pre.iter().all(fits).then(|| Self { numbers, pre, text: text.to_owned() })
    }

    /// Returns whether an upgrade from `self` to `next` may break users: the leftmost number that is not 0 differs.
    fn breaks(&self, next: &Self) -> bool {
        let [major, minor, patch] = self.numbers;
        let [next_major, next_minor, next_patch] = next.numbers;
        match (major, minor) {
            (0, 0) => (next_major, next_minor, next_patch) != (0, 0, patch),
            (0, _) => (next_major, next_minor) != (0, minor),
            _ => next_major != major,
        }
    }
}

/// A number without superfluous zeros.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (digits && (text == "0" || !text.starts_with('0'))).then(|| text.parse().ok())?
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let part = |a: &String, b: &String| match (number(a), number(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => a.cmp(b),
        };
        let pre = || match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let parts = self.pre.iter().zip(&other.pre).map(|(a, b)| part(a, b));
                parts.fold(Ordering::Equal, Ordering::then).then(self.pre.len().cmp(&other.pre.len()))
            }
        };
        self.numbers.cmp(&other.numbers).then_with(pre)
    }
}

/// Refuses a `next` that semantic versioning forbids after `last`; `section` is the changelog's on `next`.
pub fn allowed(last: &Version, next: &Version, section: &str) -> Result<()> {
    let advice = "Raise `workspace.package.version` in Cargo.toml.";
    if next <= last {
        return Err(Error::new(format!("version {next} is not newer than {last}, the last release"), advice));
    }
    let removed = section.lines().any(|line| line.trim() == "### Removed");
    if removed && !last.breaks(next) {
        let what = format!("version {next} removes what {last} had, so it would break who upgrades");
        return Err(Error::new(what, format!("{advice} Its leftmost number that is not 0 must grow.")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn versions_are_ordered_as_the_standard_says() {
        let ordered = [
            "0.0.9",
            "0.1.0-alpha",
            "0.1.0-alpha.1",
            "0.1.0-alpha.beta",
            "0.1.0-beta.2",
            "0.1.0-beta.11",
            "0.1.0-rc.1",
            "0.1.0",
            "0.2.0",
            "0.10.0",
            "1.0.0",
        ];
        for pair in ordered.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "01.2.3",
            "1.2.x",
            "1.2.3-",
            "1.2.3-a..b",
            "1.2.3-01",
            "1.2.3+4",
            "+1.2.3",
        ] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_version_that_is_not_newer_is_refused() {
        for (last, next) in [("0.1.0", "0.1.0"), ("0.2.0", "0.1.9"), ("1.0.0", "1.0.0-rc.1")] {
            let error = allowed(&version(last), &version(next), "").unwrap_err().to_string();
            assert!(
                error.contains("is not newer") && error.contains("Raise `workspace.package.version`"),
                "{error}"
            );
        }
        allowed(&version("0.1.0"), &version("0.1.1"), "").unwrap();
    }

    #[test]
    fn a_removal_needs_an_incompatible_version() {
        let section = "### Removed\n\n- a name\n";
        for (last, next) in [("0.1.0", "0.1.1"), ("1.2.0", "1.3.0")] {
            let error = allowed(&version(last), &version(next), section).unwrap_err().to_string();
            assert!(error.contains("removes what"), "{error}");
        }
        for (last, next) in [("0.0.1", "0.0.2"), ("0.1.0", "0.2.0"), ("1.2.0", "2.0.0")] {
            allowed(&version(last), &version(next), section).unwrap();
        }
    }
}
