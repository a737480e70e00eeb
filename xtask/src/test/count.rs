//! Reading how many tests passed and failed out of what a test runner printed.

use std::ops::AddAssign;

/// How a suite went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that ran and passed.
    pub passed: u64,
    /// Tests that ran and failed.
    pub failed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// `cargo test`, natively or through wasm-bindgen's runner: the sum of its `test result:` lines.
pub fn libtest(text: &str) -> Counts {
    let mut sum = Counts::default();
    for line in text.lines().map(plain) {
        // A test that prints such a line itself is not at the start of one.
        let Some(result) = line.strip_prefix("test result: ") else { continue };
        for part in result.split([';', '.']) {
            match part.trim().split_once(' ') {
                Some((n, "passed")) => sum.passed += n.parse().unwrap_or(0),
                Some((n, "failed")) => sum.failed += n.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
    sum
}

/// `node --test`, with either of its reporters: `# pass 3` or `ℹ pass 3`.
pub fn node(text: &str) -> Counts {
    let mut sum = Counts::default();
    for line in text.lines().map(plain) {
        let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) else { continue };
        match rest.split_once(' ') {
            Some(("pass", n)) => sum.passed += n.trim().parse().unwrap_or(0),
            Some(("fail" | "cancelled", n)) => sum.failed += n.trim().parse().unwrap_or(0),
            _ => {}
        }
    }
    sum
}

/// The names of the tests that failed, as either kind of runner prints them.
pub fn failed_names(text: &str) -> Vec<String> {
    let name = |line: String| {
        let node = line.trim_start().strip_prefix("not ok ").map(str::to_owned);
        let libtest = || {
            let (name, result) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
            result.starts_with("FAIL").then(|| name.to_owned())
        };
        node.or_else(libtest)
    };
    text.lines().map(plain).filter_map(name).collect()
}

/// A line without its colours.
fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line.split('\u{1b}');
    out.push_str(rest.next().unwrap_or_default());
    for part in rest {
        out.push_str(part.split_once('m').map_or(part, |(_, after)| after));
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn counts(passed: u64, failed: u64) -> Counts {
        Counts { passed, failed }
    }

    #[test]
    fn cargo_test_lines_are_summed() {
        let text = "running 3 tests\ntest result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
                    test result: \u{1b}[31mFAILED\u{1b}[m. 1 passed; 2 failed; 0 ignored; 0 filtered out\nno tests to run!\n";
        assert_eq!(libtest(text), counts(4, 2));
    }

    #[test]
    fn node_counts_in_either_reporter() {
        assert_eq!(node("# tests 3\n# pass 2\n# fail 1\n# cancelled 0\n"), counts(2, 1));
        assert_eq!(node("\u{1b}[34mℹ pass 5\u{1b}[39m\nℹ fail 0\nℹ cancelled 1\n"), counts(5, 1));
    }

    #[test]
    fn failed_tests_are_named() {
        let text = "test a::one ... ok\ntest a::two ... \u{1b}[31mFAILED\u{1b}[m\ntest b ... FAIL\nnot ok 3 - c: d (5 ms)\n\
                    ok 4 - not ok\ntest result: FAILED. 1 passed; 2 failed\n";
        assert_eq!(failed_names(text), ["a::two", "b", "3 - c: d (5 ms)"]);
    }

    #[test]
    fn nothing_is_nothing() {
        for read in [libtest, node] {
            assert_eq!(read("error: could not compile"), Counts::default());
        }
    }
}
