//! Prints the results as a table and as JSON.

use std::fmt::Write;

use crate::calendar::Millis;
use crate::outcome::Outcome;
use crate::scenario::{Policy, Scenario};

/// The outcome of one herd in one scenario.
pub struct Row {
    /// The policy.
    pub policy: Policy,
    /// The outcome.
    pub outcome: Outcome,
}

/// A scenario, and all outcomes.
pub struct Chapter {
    /// The scenario.
    pub scenario: Scenario,
    /// The outcomes.
    pub rows: Vec<Row>,
}

/// The legend of the columns.
pub const LEGEND: &str = "\
peak/mean  attempts in the worst second over the mean of all seconds until everybody was back
rush       attempts in the worst second once the server was up, over what it can accept in a second
wasted     attempts in vain, per socket
back       seconds from the loss until half, 99 % and all of the sockets were back for good";

/// Returns the head of a scenario's table.
pub fn head(scenario: &Scenario) -> String {
    format!(
        "\n{}: {} (down {} s, then {} connections/s)\n{:<26}{:>10}{:>10}{:>8}{:>8}{:>9}{:>9}{:>9}",
        scenario.name,
        scenario.story,
        scenario.down / 1_000,
        scenario.capacity.per_second,
        "",
        "peak/s",
        "peak/mean",
        "rush",
        "wasted",
        "back 50%",
        "99%",
        "all"
    )
}

/// Returns one line.
pub fn line(row: &Row) -> String {
    let Row { policy, outcome } = row;
    let [half, most, all] = outcome.back.map(|at| at.map_or_else(|| "never".into(), seconds));
    format!(
        "{:<26}{:>10}{:>10.1}{:>7.1}x{:>8.1}{half:>9}{most:>9}{all:>9}",
        policy.name,
        outcome.peak,
        outcome.peak_over_mean(),
        outcome.rush(),
        outcome.wasted(),
    )
}

/// Formats milliseconds as seconds with one decimal.
pub fn seconds(at: Millis) -> String {
    format!("{:.1}", at as f64 / 1_000.0)
}

/// Returns everything as JSON, attempts per second included.
pub fn json(chapters: &[Chapter], sockets: usize, seed: u64) -> String {
    let mut out = format!("{{\"sockets\":{sockets},\"seed\":{seed},\"scenarios\":[");
    for (at, chapter) in chapters.iter().enumerate() {
        let scenario = &chapter.scenario;
        let comma = if at > 0 { "," } else { "" };
        let _ = write!(
            out,
            "{comma}\n{{\"name\":\"{}\",\"story\":\"{}\",\"downMs\":{},\"capacityPerSecond\":{},\"policies\":[",
            scenario.name, scenario.story, scenario.down, scenario.capacity.per_second
        );
        for (at, row) in chapter.rows.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            let _ = write!(out, "{comma}\n{}", object(row));
        }
        out.push_str("]}");
    }
    out.push_str("]}\n");
    out
}

fn object(Row { policy, outcome }: &Row) -> String {
    let [half, most, all] = outcome.back.map(|at| at.map_or_else(|| "null".into(), |at| at.to_string()));
    format!(
        "{{\"policy\":\"{}\",\"attempts\":{},\"wastedPerSocket\":{:.3},\"peakPerSecond\":{},\
         \"meanPerSecond\":{:.1},\"peakOverMean\":{:.2},\"peakOnceUp\":{},\"rush\":{:.2},\"backHalfMs\":{half},\
         \"back99Ms\":{most},\"backAllMs\":{all},\"missing\":{},\"idleBytes\":{},\"attemptsPerSecond\":{:?},\
         \"returnsPerSecond\":{:?}}}",
        policy.name,
        outcome.attempts,
        outcome.wasted(),
        outcome.peak,
        outcome.mean,
        outcome.peak_over_mean(),
        outcome.peak_up,
        outcome.rush(),
        outcome.missing,
        outcome.idle_bytes,
        outcome.per_second,
        outcome.returns,
    )
}
