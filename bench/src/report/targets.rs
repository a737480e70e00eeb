//! The targets of our classes and, for each that is missed, by how much and why, from the profiles of the same run.

use crate::samples::{Profile, Role, Run};
use crate::summary::{Row, Spread};
use crate::table::number;

/// One more page of wasm memory is not a leak yet.
const FLAT: f64 = 65_536.0;
/// In bytes after gzip: the package, and a strict and a steady socket in Rust.
const DOWNLOAD: f64 = 18_432.0;
const STRICT: f64 = 9_728.0;
const STEADY: f64 = 18_432.0;
/// Some peers hand every message to the native class, as we do. Nobody can be ahead of them by more than noise.
const LEVEL: f64 = 0.03;

const THREAD: &str = "CPU of the page's thread";
const PROCESS: &str = "CPU of the page's process";
const SERVER: &str = "CPU of the server";
/// Selects the cases about bytes on the wire.
const WIRE: &str = "on the wire";
const MEMORY: &str = "memory kept";
const INSIDE: &str = "inside send";
/// The parts of a profile that are ours; the rest is the browser's and the bench's.
const OWN: [&str; 3] = ["the contender's script", "wasm", "collecting garbage"];
const IDLE: &str = "idle";

/// One target and one row of ours.
pub struct Verdict<'a> {
    /// The measured row.
    pub row: &'a Row,
    /// The target in words.
    pub aim: String,
    /// The measured value in words.
    pub is: String,
    /// Whether the target is met.
    pub standing: Standing,
}

/// The outcome of comparing a median with a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Met.
    Met,
    /// Another run might decide otherwise.
    Open,
    /// Not met, and more rounds would not change that.
    Missed,
}

impl Standing {
    /// A bound of a ratio, at least this or at most, in a case that tells such ratios apart if they differ by more than
    /// `error`. `None` tells nothing apart.
    fn of_ratio(ratio: Spread, target: f64, at_least: bool, error: Option<f64>) -> Self {
        if error.is_none_or(|error| (ratio.middle - target).abs() < error) {
            return Self::Open;
        }
        Self::of(ratio, target, at_least)
    }

    /// A bound of values: at least this, or at most. Not met is open if the values scatter by more than what is missing.
    fn of(ratio: Spread, target: f64, at_least: bool) -> Self {
        let reaches = |value: f64| if at_least { value >= target } else { value <= target };
        let (low, high) = ratio.sure.unwrap_or((ratio.middle, ratio.middle));
        match (reaches(ratio.middle), reaches(if at_least { high } else { low })) {
            (true, _) => Self::Met,
            (false, true) => Self::Open,
            (false, false) => Self::Missed,
        }
    }
}

/// Returns every target of every row that has one.
pub fn verdicts<'a>(run: &Run, rows: &'a [Row]) -> Vec<Verdict<'a>> {
    let ours = rows.iter().filter(|row| row.role == Some(Role::Ours) && row.series.growth.is_none());
    ours.flat_map(|row| [limit(row), peer(row), absolute(run, rows, row)]).flatten().collect()
}

/// Returns the target relative to the limit.
fn limit(row: &Row) -> Option<Verdict<'_>> {
    let case = row.series.case.as_str();
    let at_most = match row.series.group.as_str() {
        "js" | "rust" if rate(row) => None,
        "js" if case.ends_with(THREAD) => Some(match case {
            _ if case.starts_with("200 sockets") => 1.08,
            _ if case.starts_with("ping-pong") => 1.05,
            _ => 1.03,
        }),
        "js" if case == "import to first socket" => Some(1.25),
        "js" if ["new to open", "connect/drop cycle", "200 sockets, all open"].contains(&case) => Some(1.06),
        "session" if case.ends_with(THREAD) || case.ends_with(SERVER) => Some(1.05),
        "session" if case.ends_with(WIRE) => Some(1.01),
        "js" | "rust" if case.ends_with(", p50") => Some(1.03),
        "js" | "rust" if case.ends_with(", p99") => Some(1.10),
        _ => return None,
    };
    let ratio = row.to_limit?;
    let (aim, standing) = match at_most {
        Some(most) => {
            (format!("at most {most:.2} of the limit"), Standing::of_ratio(ratio, most, false, row.error))
        }
        None => ("at least 0.97 of the limit".to_owned(), Standing::of_ratio(ratio, 0.97, true, row.error)),
    };
    Some(Verdict { row, aim, is: spread(ratio), standing })
}

/// Returns the verdict beside the best peer: with a session, ahead of it everywhere; in Rust level with it everywhere, in
/// JavaScript for many messages.
fn peer(row: &Row) -> Option<Verdict<'_>> {
    let Row { series, .. } = row;
    let case = series.case.as_str();
    let wanted = match series.group.as_str() {
        "js" => rate(row) || case.ends_with(THREAD),
        // Each quantity has one target: the process's CPU only checks the thread's, and memory has its own. A `send` that only
        // queues, as one peer's does, takes less time than one that sends; the CPU has both.
        "rust" | "session" => ![PROCESS, MEMORY, INSIDE].iter().any(|other| case.ends_with(other)),
        _ => false,
    };
    let ratio = row.to_peer.filter(|_| wanted)?;
    let (how, target) = match series.group.as_str() {
        "session" => ("ahead of", 1.0),
        _ => ("level with", if series.higher { 1.0 - LEVEL } else { 1.0 + LEVEL }),
    };
    let aim = format!("{how} {}", row.best_peer.as_deref().unwrap_or("the best peer"));
    Some(Verdict {
        row,
        aim,
        is: spread(ratio),
        standing: Standing::of_ratio(ratio, target, series.higher, row.error),
    })
}

/// Returns the target for a size.
fn absolute<'a>(run: &Run, rows: &[Row], row: &'a Row) -> Option<Verdict<'a>> {
    let Row { series, value, .. } = row;
    let most = match (series.group.as_str(), series.case.as_str()) {
        ("size", "what a page downloads, gzip") => DOWNLOAD,
        ("size", "wasm over an app without a socket, gzip") if series.contender == "strict" => STRICT,
        ("size", "wasm over an app without a socket, gzip") => STEADY,
        (_, case) if case.ends_with(MEMORY) => {
            let same = |one: &&Row| one.series.group == series.group && one.series.case == series.case;
            let limit = rows.iter().filter(same).find(|one| run.role(&one.series) == Some(Role::Limit))?;
            limit.value.middle.max(0.0) + FLAT
        }
        _ => return None,
    };
    let bytes = |value: f64| format!("{} bytes", number(value));
    let aim = format!("at most {}", bytes(most));
    Some(Verdict { row, aim, is: bytes(value.middle), standing: Standing::of(*value, most, false) })
}

fn rate(row: &Row) -> bool {
    row.series.unit == "messages/s"
}

fn spread(Spread { low, middle, high, .. }: Spread) -> String {
    format!("{middle:.2} ({low:.2}–{high:.2})")
}

/// Returns why a target is missed.
pub fn reason(run: &Run, rows: &[Row], row: &Row) -> String {
    if row.series.group == "size" {
        return weight(rows, row);
    }
    if row.series.case.ends_with(SERVER) {
        return "the profiles are of the page".to_owned();
    }
    let of = |who: &str| run.profiles.iter().find(|one| belongs(one, row) && one.contender == who);
    let limit = run.contenders.iter().find(|one| one.group == row.series.group && one.role == Role::Limit);
    match (of(&row.series.contender), limit.and_then(|limit| of(&limit.name))) {
        (Some(ours), Some(limit)) => {
            let said = beside(ours, limit);
            // Waiting uses no CPU.
            let waits = ours.kind(IDLE) - limit.kind(IDLE);
            let long = waits > limit.kinds.iter().map(|(_, took)| took).sum::<f64>() * 0.05;
            let counts = long && !row.series.case.contains(", CPU");
            if counts { format!("waits {} µs longer; {said}", number(waits)) } else { said }
        }
        _ => "no profile was taken".to_owned(),
    }
}

fn belongs(profile: &Profile, row: &Row) -> bool {
    let rest = row.series.case.strip_prefix(&profile.case);
    profile.group == row.series.group && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(", "))
}

/// Returns how much more time our part of the profile takes than the limit's, by kind of work, the largest first.
fn beside(ours: &Profile, limit: &Profile) -> String {
    let busy: f64 = limit.kinds.iter().filter(|(kind, _)| kind != IDLE).map(|(_, took)| took).sum();
    let mut more: Vec<(&str, f64)> = OWN
        .iter()
        .map(|kind| (*kind, ours.kind(kind) - limit.kind(kind)))
        .filter(|(_, more)| *more > 0.0)
        .collect();
    more.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let sum = more.iter().fold(0.0, |sum, (_, more)| sum + more);
    if sum < busy * 0.01 {
        return format!("by the profile only {} µs of {} are ours", number(sum), number(busy));
    }
    let parts: Vec<String> = more.iter().map(|(kind, more)| format!("{kind} {}", number(*more))).collect();
    let mut said = format!("{} µs more than the limit's {}: {}", number(sum), number(busy), parts.join(", "));
    let named = ours.functions.iter().filter(|(name, took)| readable(name, ours) && *took >= sum * 0.1);
    let longest: Vec<String> =
        named.take(3).map(|(name, took)| format!("`{}` {}", plain(name), number(*took))).collect();
    if !longest.is_empty() {
        said += &format!("; longest: {}", longest.join(", "));
    }
    said
}

/// A function of the contender whose name was not minified.
fn readable(name: &str, profile: &Profile) -> bool {
    let file = name.rsplit(' ').next().unwrap_or_default();
    let own = file.starts_with(&format!("{}.js", profile.contender)) || file.starts_with("speed.js");
    own && plain(name).len() > 2 && !name.starts_with('(')
}

/// Without the file name.
fn plain(name: &str) -> &str {
    name.rsplit_once(' ').map_or(name, |(name, _)| name)
}

/// Returns what the bytes consist of.
fn weight(rows: &[Row], row: &Row) -> String {
    let find = |case: &str, who: &str| {
        let row = rows.iter().find(|one| one.series.case == case && one.series.contender == who);
        row.map(|one| one.value.middle)
    };
    let case = row.series.case.as_str();
    if let Some(limit) = find(case, "web-sys").filter(|_| case.starts_with("wasm")) {
        return format!("web-sys by hand has {}, the rest is the crate's", number(limit));
    }
    find("of that the wasm, gzip", &row.series.contender)
        .map_or_else(String::new, |wasm| format!("the wasm is {} of it", number(wasm)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::read;
    use crate::summary::rows;

    const SAMPLES: &str = r#"{"date": "2026-11-21", "failures": [],
        "setting": {"browser": "chromium", "version": "156", "rounds": 3, "percent": 100, "busy": [0.1, 0.5, 0.2], "only": "", "versions": {}},
        "contenders": [{"group": "js", "name": "native", "role": "limit"}, {"group": "js", "name": "strict", "role": "ours"},
            {"group": "js", "name": "steady", "role": "ours"}, {"group": "js", "name": "other", "role": "peer"}],
        "series": [
            {"group": "js", "case": "receive", "contender": "native", "unit": "messages/s", "better": "higher", "values": [100, 200]},
            {"group": "js", "case": "receive", "contender": "strict", "unit": "messages/s", "better": "higher", "values": [98, 196]},
            {"group": "js", "case": "receive", "contender": "steady", "unit": "messages/s", "better": "higher", "values": [90, 180]},
            {"group": "js", "case": "receive", "contender": "other", "unit": "messages/s", "better": "higher", "values": [95, 190]},
            {"group": "size", "case": "what a page downloads, gzip", "contender": "steady", "unit": "bytes", "better": "lower", "values": [18433]},
            {"group": "size", "case": "of that the wasm, gzip", "contender": "steady", "unit": "bytes", "better": "lower", "values": [12000]}],
        "profiles": [
            {"group": "js", "case": "receive", "contender": "native", "functions": {},
             "kinds": {"the browser": 9, "the contender's script": 1, "idle": 50}},
            {"group": "js", "case": "receive", "contender": "steady",
             "functions": {"(program) :0": 9, "deliver steady.js:1": 1.5, "t steady.js:1": 0.9},
             "kinds": {"the browser": 9, "the contender's script": 3, "wasm": 0.5, "idle": 1}}]}"#;

    #[test]
    fn what_is_missed_is_said_with_its_number_and_its_reason() {
        let run = read(SAMPLES).unwrap();
        let rows = rows(&run);
        let all = verdicts(&run, &rows);
        let missed: Vec<String> = all
            .iter()
            .filter(|verdict| verdict.standing != Standing::Met)
            .map(|it| {
                format!("{} {}: {}; {}", it.row.series.contender, it.aim, it.is, reason(&run, &rows, it.row))
            })
            .collect();
        let why = "2.50 µs more than the limit's 10.0: the contender's script 2.00, wasm 0.50; longest: `deliver` 1.50";
        assert_eq!(
            missed,
            [
                format!("steady at least 0.97 of the limit: 0.90 (0.90–0.90); {why}"),
                format!("steady level with other: 0.95 (0.95–0.95); {why}"),
                "steady at most 18,432 bytes: 18,433 bytes; the wasm is 12,000 of it".to_owned(),
            ]
        );
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn what_scatters_more_than_is_missing_is_left_open() {
        let of =
            |values: [f64; 8], target, at_least| Standing::of(Spread::of(&values).unwrap(), target, at_least);
        let values = [0.90, 0.91, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98];
        assert_eq!(of(values, 0.97, true), Standing::Open);
        assert_eq!(of(values, 0.99, true), Standing::Missed);
        assert_eq!(of(values, 0.94, true), Standing::Met);
        assert_eq!(of(values, 0.94, false), Standing::Open);
        assert_eq!(of(values, 0.89, false), Standing::Missed);
        assert_eq!(of(values, 0.97, false), Standing::Met);
    }

    #[test]
    fn what_the_bench_cannot_tell_apart_is_left_open() {
        let of = |target, at_least, error| {
            Standing::of_ratio(Spread::of(&[1.02; 8]).unwrap(), target, at_least, error)
        };
        assert_eq!(of(1.05, false, Some(0.02)), Standing::Met);
        assert_eq!(of(1.05, false, Some(0.04)), Standing::Open);
        assert_eq!(of(1.00, false, Some(0.01)), Standing::Missed);
        assert_eq!(of(1.00, false, Some(0.03)), Standing::Open);
        assert_eq!(of(0.97, true, Some(0.04)), Standing::Met);
        assert_eq!(of(0.97, true, Some(0.06)), Standing::Open);
        assert_eq!(of(0.50, true, None), Standing::Open);
    }

    #[test]
    fn a_session_has_targets_for_both_ends_and_the_wire() {
        let sessions = r#"{"date": "2026-11-21", "failures": [], "profiles": [],
            "setting": {"browser": "chromium", "version": "156", "rounds": 1, "percent": 100, "busy": [0.1, 0.5, 0.2], "only": "", "versions": {}},
            "contenders": [{"group": "session", "name": "steady", "role": "limit"},
                {"group": "session", "name": "session", "role": "ours"}, {"group": "session", "name": "socket.io", "role": "peer"}],
            "series": [
                {"group": "session", "case": "echo, CPU of the server", "contender": "steady", "unit": "u", "better": "lower", "values": [100]},
                {"group": "session", "case": "echo, CPU of the server", "contender": "session", "unit": "u", "better": "lower", "values": [106]},
                {"group": "session", "case": "echo, CPU of the server", "contender": "socket.io", "unit": "u", "better": "lower", "values": [200]},
                {"group": "session", "case": "bytes on the wire", "contender": "steady", "unit": "u", "better": "lower", "values": [1000]},
                {"group": "session", "case": "bytes on the wire", "contender": "session", "unit": "u", "better": "lower", "values": [1009]}]}"#;
        let run = read(sessions).unwrap();
        let rows = rows(&run);
        let all: Vec<_> = verdicts(&run, &rows).into_iter().map(|it| (it.aim, it.standing)).collect();
        let expected = [
            ("at most 1.05 of the limit".to_owned(), Standing::Missed),
            ("ahead of socket.io".to_owned(), Standing::Met),
            ("at most 1.01 of the limit".to_owned(), Standing::Met),
        ];
        assert_eq!(all, expected);
        let server = rows.iter().find(|row| row.role == Some(Role::Ours)).unwrap();
        assert_eq!(reason(&run, &rows, server), "the profiles are of the page");
    }

    #[test]
    fn what_the_browser_takes_longer_for_is_not_called_ours() {
        let calm = SAMPLES
            .replace("\"the contender's script\": 3, \"wasm\": 0.5", "\"the contender's script\": 1.05");
        let run = read(&calm).unwrap();
        let rows = rows(&run);
        let steady = rows.iter().find(|row| row.series.contender == "steady").unwrap();
        assert_eq!(reason(&run, &rows, steady), "by the profile only 0.05 µs of 10.0 are ours");
    }

    #[test]
    fn who_waits_is_told_so() {
        let waits = SAMPLES.replace("\"idle\": 1}", "\"idle\": 90}");
        let run = read(&waits).unwrap();
        let rows = rows(&run);
        let steady = rows.iter().find(|row| row.series.contender == "steady").unwrap();
        assert!(reason(&run, &rows, steady).starts_with("waits 40.0 µs longer; 2.50 µs more than"));
    }
}
