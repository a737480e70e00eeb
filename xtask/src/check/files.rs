//! The files of the repository, as macOS and Windows check them out.

use std::collections::HashMap;

use super::Verdict;
use crate::error::{Error, Result};
use crate::proc;
use crate::setup::Env;

/// Refuses names, links and ends of lines that do not survive a checkout elsewhere.
pub fn portable(env: &Env) -> Result<Verdict> {
    let Some(listing) = proc::ask(env.command("git").args(["ls-files", "--eol"])) else {
        return Ok(Verdict::Skipped("this is no git checkout".into()));
    };
    let found = problems(&listing);
    if found.is_empty() {
        return Ok(Verdict::Said(format!("{} files", listing.lines().count())));
    }
    Err(Error::new(found.join("\n"), "Rename these files, or write them again, and commit."))
}

/// Returns whether Windows takes a file of this name, without its ending, for a device.
fn is_device(stem: &str) -> bool {
    let stem = stem.to_ascii_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let numbered = port.is_some_and(|n| n.len() == 1 && n.starts_with(|c: char| c.is_ascii_digit()));
    numbered || ["aux", "con", "nul", "prn"].contains(&stem.as_str())
}

/// Reads the output of `git ls-files --eol`: how the ends of lines are stored, and the path, in two columns of four.
fn problems(listing: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = HashMap::new();
    for line in listing.lines() {
        let Some((columns, path)) = line.split_once('\t') else { continue };
        let mut report = |what: &str| found.push(format!("{path}: {what}"));
        match columns.split(' ').next() {
            Some("i/crlf" | "i/mixed") if !columns.contains("attr/-text") => {
                report("lines end with a carriage return");
            }
            Some("i/") => report("a link becomes a text file on Windows"),
            _ => {}
        }
        // Git quotes these.
        if path.contains(['<', '>', ':', '"', '|', '?', '*', '\\']) {
            report("a character that Windows forbids");
        }
        for part in path.split('/') {
            if part.ends_with(['.', ' ']) {
                report("Windows removes a dot or space at the end");
            }
            if is_device(part.split('.').next().unwrap_or_default()) {
                report("the name of a device on Windows");
            }
        }
        if let Some(other) = seen.insert(path.to_lowercase(), path) {
            report(&format!("the same name as {other} on macOS and Windows"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_checkout_elsewhere_would_change_is_found() {
        let listing = "i/lf    w/lf    attr/text=auto eol=lf \tsrc/a.rs
i/crlf  w/crlf  attr/text=auto eol=lf \tb.txt
i/mixed w/mixed attr/-text            \tfuzz/corpus/c
i/      w/      attr/text=auto eol=lf \tLICENSE
i/none  w/none  attr/text=auto eol=lf \tempty
i/-text w/-text attr/text=auto eol=lf \t\"d\\\"e\"
i/lf    w/lf    attr/text=auto eol=lf \tsrc/nul.rs
i/lf    w/lf    attr/text=auto eol=lf \tcom1/f
i/lf    w/lf    attr/text=auto eol=lf \tcommon/console.rs
i/lf    w/lf    attr/text=auto eol=lf \tend.
i/lf    w/lf    attr/text=auto eol=lf \tSrc/A.rs";
        assert_eq!(
            problems(listing),
            [
                "b.txt: lines end with a carriage return",
                "LICENSE: a link becomes a text file on Windows",
                "\"d\\\"e\": a character that Windows forbids",
                "src/nul.rs: the name of a device on Windows",
                "com1/f: the name of a device on Windows",
                "end.: Windows removes a dot or space at the end",
                "Src/A.rs: the same name as src/a.rs on macOS and Windows",
            ]
        );
    }
}
