//! BENCHMARKS.md, and BENCHMARKS-firefox.md.

use crate::machine;
use crate::quote;
use crate::samples::{Role, Run};
use crate::summary::{Row, Spread};
use crate::table::number;
use crate::targets::{Standing, Verdict, reason, verdicts};
use std::fmt::Write;

/// Returns the name of a run's page, a link to the other browser's, and the folder of the plots, relative to the page's.
pub fn places(run: &Run) -> [&'static str; 3] {
    if run.browser.starts_with("firefox") {
        ["BENCHMARKS-firefox.md", "[Chromium](BENCHMARKS.md)", "bench/plots/firefox"]
    } else {
        [quote::PAGE, "[Firefox](BENCHMARKS-firefox.md)", "bench/plots"]
    }
}

const METHOD: &str = include_str!("method.md");

/// The parts of a profile, with the names of `bench/browser/profile.mjs`.
const KINDS: [&str; 5] =
    ["the browser", "the contender's script", "wasm", "collecting garbage", "the bench's script"];

const PROFILES: &str = "Microseconds of the page's thread for each message, socket or import, from the browser's sampling \
    profiler, which slows everything down. One run each in a page of its own, not counted above. On a loaded machine \
    the browser's part includes waiting.";

const TARGETS: &str = "The median decides whether a target is met; the quartiles are in brackets. A target is missed if 99 of \
    100 such runs would miss it (the sign test's bounds of a median). It is open if the rounds vary by more than what is \
    missing, or if it is met or missed by less than [what this bench can tell](#what-this-bench-can-tell). Level with \
    a peer means at most 3 % behind it: some peers only hand messages to the native class, as we do. The \
    reasons come from the profiles below, in microseconds for each message, socket or import.";

const TELLS: &str = "The limit is measured twice, the second time as a contender under the name of a copy. Here are the copy's \
    ratios to the limit: the median with its quartiles, and the sign test's bounds of 99 % for the median. \
    A ratio must be farther from a target than the farther bound is from 1.";

/// Each group, its heading, and a remark.
const GROUPS: [(&str, &str, &str); 6] = [
    (
        "js",
        "JavaScript",
        "The limit's column has measured values, the others their ratio to it: median and quartiles of the rounds.",
    ),
    ("rust", "Rust", "The limit is web-sys by hand, with one closure. Ratios as above."),
    (
        "session",
        "Sessions",
        "The limit is the steady class without a session, at a server without sessions. Ratios as above.",
    ),
    (
        "size",
        "Bytes",
        "After compression. For Rust: how much larger the app's wasm is than without a socket.",
    ),
    ("core", "The core alone", "One message through the state machine, natively and as wasm."),
    (
        "network",
        "The emulated network",
        "In Node, beside mocks of the class: they have no handshake, frames or buffers. 100 lives are led at a time.",
    ),
];

/// The page.
pub fn markdown(run: &Run, rows: &[Row], plots: &[&str]) -> String {
    let [_, other, folder] = places(run);
    let mut out = String::from("# Benchmarks\n\nWritten by `cargo xtask bench`, not by hand.\n\n");
    let _ = writeln!(
        out,
        "| | |\n| --- | --- |\n| date | {} |\n| machine | {} |\n| browser | {} (see also {other}) |",
        run.date,
        machine::kind(),
        run.browser
    );
    let part =
        if run.percent < 100 { format!(", with {} % of the load", run.percent) } else { String::new() };
    let _ = writeln!(out, "| rounds | {}{part} |", run.rounds);
    if !run.only.is_empty() {
        let _ = writeln!(out, "| cases | part of them: `{}` |", run.only.replace('|', "\\|"));
    }
    let _ = writeln!(out, "| busy with other work, before each case | {} |", run.busy());
    let versions: Vec<String> =
        run.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let _ = writeln!(out, "| versions | {} |", versions.join(", "));
    for failure in &run.failures {
        let _ = writeln!(out, "| not measured | {} |", failure.replace('|', "\\|").replace('\n', " "));
    }
    let _ = writeln!(out, "\n{}\n{METHOD}", targets(run, rows));
    let copies = copies(rows);
    if !copies.is_empty() {
        let _ = writeln!(out, "## What this bench can tell\n\n{TELLS}\n\n{copies}");
    }
    for (group, heading, note) in GROUPS {
        let shown = |row: &&Row| {
            row.series.group == group && row.series.growth.is_none() && row.role != Some(Role::Copy)
        };
        let rows: Vec<&Row> = rows.iter().filter(shown).collect();
        if !rows.is_empty() {
            let _ = writeln!(out, "## {heading}\n\n{note}\n\n{}", matrix(&rows));
        }
    }
    if !run.profiles.is_empty() {
        let _ = writeln!(out, "## Where the time goes\n\n{PROFILES}\n\n{}", profiles(run));
    }
    if !plots.is_empty() {
        out.push_str("## How cost grows\n\n");
        for name in plots {
            let _ = writeln!(out, "![{}]({folder}/{name})\n", name.trim_end_matches(".svg"));
        }
    }
    out.trim_end().to_owned() + "\n"
}

/// Returns a table with a line for each case and contender and a column for each kind of work.
fn profiles(run: &Run) -> String {
    let mut out = format!("| | | {} |\n| --- | --- |{}\n", KINDS.join(" | "), " ---: |".repeat(KINDS.len()));
    for profile in &run.profiles {
        let cells = KINDS.iter().map(|kind| number(profile.kind(kind))).collect::<Vec<_>>().join(" | ");
        let _ = writeln!(out, "| {}: {} | {} | {cells} |", profile.group, profile.case, profile.contender);
    }
    out
}

/// Returns a table with a line for each case that has a copy of the limit; empty without one.
fn copies(rows: &[Row]) -> String {
    let mut out = String::new();
    for row in rows.iter().filter(|row| row.role == Some(Role::Copy)) {
        let Some(ratio) = row.to_limit else { continue };
        let bounds = ratio.sure.map_or_else(|| "–".to_owned(), |(low, high)| format!("{low:.3}–{high:.3}"));
        let apart = row.error.map_or_else(|| "too few rounds".to_owned(), |error| format!("{error:.3}"));
        let _ = writeln!(
            out,
            "| {}: {} | {:.3} ({:.3}–{:.3}) | {bounds} | {apart} |",
            row.series.group, row.series.case, ratio.middle, ratio.low, ratio.high
        );
    }
    if out.is_empty() {
        return out;
    }
    format!("| | copy | bounds of its median | tells apart |\n| --- | ---: | ---: | ---: |\n{out}")
}

/// Returns a summary, and a line for each target that is not met.
fn targets(run: &Run, rows: &[Row]) -> String {
    let all = verdicts(run, rows);
    let of = |standing| all.iter().filter(|verdict| verdict.standing == standing).collect::<Vec<_>>();
    let (met, open, missed) = (of(Standing::Met), of(Standing::Open), of(Standing::Missed));
    let mut out = format!(
        "## Targets\n\nOf {} targets {} are met, {} are missed, and {} are open. {TARGETS}\n",
        all.len(),
        met.len(),
        missed.len(),
        open.len()
    );
    for (name, some) in [("missed", missed), ("open", open)] {
        if !some.is_empty() {
            let _ =
                writeln!(out, "\n| {name} | | target | measured | why |\n| --- | --- | --- | --- | --- |");
            out += &lines(run, rows, &some);
        }
    }
    out
}

/// Returns a line for each row that has such targets.
fn lines(run: &Run, rows: &[Row], some: &[&Verdict<'_>]) -> String {
    let mut out = String::new();
    let mut given: Vec<(&str, String)> = Vec::new();
    for of_row in some.chunk_by(|a, b| std::ptr::eq(a.row, b.row)) {
        let Some(row) = of_row.first().map(|verdict| verdict.row) else { continue };
        let joined = |part: fn(&Verdict<'_>) -> String| {
            of_row.iter().map(|verdict| part(verdict)).collect::<Vec<_>>().join("; ")
        };
        let said = (row.series.contender.as_str(), reason(run, rows, row));
        let why = if given.contains(&said) { "the same" } else { said.1.as_str() };
        let _ = writeln!(
            out,
            "| {}: {} | {} | {} | {} | {why} |",
            row.series.group,
            row.series.case,
            said.0,
            joined(|verdict| verdict.aim.clone()),
            joined(|verdict| verdict.is.clone()),
        );
        given.push(said);
    }
    out
}

/// Returns a table with a line for each case and a column for each contender.
fn matrix(rows: &[&Row]) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut cases: Vec<&str> = Vec::new();
    for row in rows {
        for (list, name) in [(&mut names, &row.series.contender), (&mut cases, &row.series.case)] {
            if !list.contains(&name.as_str()) {
                list.push(name);
            }
        }
    }
    let mut out = format!("| | {} |\n| --- |{}\n", names.join(" | "), " ---: |".repeat(names.len()));
    for case in cases {
        let of: Vec<&&Row> = rows.iter().filter(|row| row.series.case == case).collect();
        let cells = names.iter().map(|name| {
            of.iter()
                .find(|row| row.series.contender == *name)
                .map_or_else(|| "–".to_owned(), |row| cell(row))
        });
        let better = if of.iter().any(|row| row.series.higher) { "↑" } else { "↓" };
        let _ = writeln!(out, "| {case} {better} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    out
}

fn cell(row: &Row) -> String {
    match row.to_limit {
        Some(Spread { low, middle, high, .. })
            if row.role != Some(Role::Limit) && row.series.group != "size" =>
        {
            format!("{middle:.2} ({low:.2}–{high:.2})")
        }
        _ => format!("{} {}", number(row.value.middle), row.series.unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::read;
    use crate::summary::rows;

    const SAMPLES: &str = r#"{"date": "2026-11-21", "failures": [], "profiles": [],
        "setting": {"browser": "chromium", "version": "156", "rounds": 8, "percent": 100, "busy": [0.1, 0.5, 0.2], "only": "", "versions": {}},
        "contenders": [{"group": "js", "name": "native", "role": "limit"}, {"group": "js", "name": "native-copy", "role": "copy"},
            {"group": "js", "name": "steady", "role": "ours"}],
        "series": [
            {"group": "js", "case": "receive", "contender": "native", "unit": "messages/s", "better": "higher", "values": [100, 100, 100, 100, 100, 100, 100, 100]},
            {"group": "js", "case": "receive", "contender": "native-copy", "unit": "messages/s", "better": "higher", "values": [97, 98, 99, 100, 100, 101, 102, 104]},
            {"group": "js", "case": "receive", "contender": "steady", "unit": "messages/s", "better": "higher", "values": [96, 96, 96, 96, 96, 96, 96, 96]}]}"#;

    #[test]
    fn the_copy_has_a_table_of_its_own_and_no_column() {
        let run = read(SAMPLES).unwrap();
        let rows = rows(&run);
        let page = markdown(&run, &rows, &[]);
        assert!(page.contains("| js: receive | 1.000 (0.988–1.012) | 0.970–1.040 | 0.040 |\n"), "{page}");
        assert!(page.contains("| | native | steady |\n"), "{page}");
        assert!(page.contains("| 20 % of the processors, at most 50 % |\n"), "{page}");
        // It misses 0.97 by less than the copy differs from the limit.
        assert!(page.contains("Of 1 targets 0 are met, 0 are missed, and 1 are open."), "{page}");
    }

    #[test]
    fn each_browser_has_a_page_that_leads_to_the_other() {
        let (name, plots) = ("BENCHMARKS-firefox.md", "bench/plots/firefox");
        let chromium = read(SAMPLES).unwrap();
        let firefox = read(&SAMPLES.replace("chromium", "firefox")).unwrap();
        assert_eq!(places(&firefox), [name, "[Chromium](BENCHMARKS.md)", plots]);
        assert!(
            markdown(&chromium, &[], &[]).contains(&format!("chromium 156 (see also [Firefox]({name}))"))
        );
        assert!(markdown(&firefox, &[], &["a.svg"]).contains(&format!("![a]({plots}/a.svg)")));
    }

    #[test]
    fn a_case_without_a_copy_is_not_in_its_table() {
        let run = read(&SAMPLES.replace("\"copy\"", "\"peer\"")).unwrap();
        assert!(!markdown(&run, &rows(&run), &[]).contains("What this bench can tell\n"));
    }
}
