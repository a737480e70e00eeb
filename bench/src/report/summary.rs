//! Summarises values as rows: a median, its quartiles, and its ratios to the limit and to the best peer.

use crate::samples::{Role, Run, Series};
use crate::stats::{median, paired, quantile, sure};

/// One contender in one case.
pub struct Row {
    /// The series with its values.
    pub series: Series,
    /// The contender's role.
    pub role: Option<Role>,
    /// The median with its quartiles.
    pub value: Spread,
    /// The ratio to the limit, round by round.
    pub to_limit: Option<Spread>,
    /// The ratio to the best peer of this case, round by round.
    pub to_peer: Option<Spread>,
    /// Its name.
    pub best_peer: Option<String>,
    /// How far apart ratios must be for this case to tell: 0 without a copy of the limit, `None` after too few rounds.
    pub error: Option<f64>,
}

/// A median between its quartiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The lower quartile.
    pub low: f64,
    /// The median.
    pub middle: f64,
    /// The upper quartile.
    pub high: f64,
    /// Bounds of the median with 99 % confidence.
    pub sure: Option<(f64, f64)>,
}

impl Spread {
    /// Summarises at least one value.
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        Some(Self {
            low: quantile(values, 0.25),
            middle: median(values),
            high: quantile(values, 0.75),
            sure: sure(values),
        })
    }
}

/// Returns a row for each series.
pub fn rows(run: &Run) -> Vec<Row> {
    run.series.iter().filter_map(|series| row(run, series)).collect()
}

fn row(run: &Run, series: &Series) -> Option<Row> {
    let rivals = || run.series.iter().filter(|one| one.group == series.group && one.case == series.case);
    let limit = rivals().find(|one| run.role(one) == Some(Role::Limit));
    let copy = rivals().find(|one| run.role(one) == Some(Role::Copy));
    let best =
        best(rivals().filter(|one| run.role(one) == Some(Role::Peer) && one.contender != series.contender));
    let over = |base: Option<&Series>| Spread::of(&paired(&series.values, &base?.values));
    Some(Row {
        role: run.role(series),
        value: Spread::of(&series.values)?,
        to_limit: over(limit),
        to_peer: over(best),
        best_peer: best.map(|peer| peer.contender.clone()),
        error: copy.zip(limit).map_or(Some(0.0), |(copy, limit)| error(copy, limit)),
        series: series.clone(),
    })
}

/// Returns how far the ratio of the limit to itself may be from 1, with 99 % confidence.
fn error(copy: &Series, limit: &Series) -> Option<f64> {
    let (low, high) = sure(&paired(&copy.values, &limit.values))?;
    Some((low - 1.0).abs().max((high - 1.0).abs()))
}

fn best<'a>(peers: impl Iterator<Item = &'a Series>) -> Option<&'a Series> {
    let goodness = |one: &Series| if one.higher { median(&one.values) } else { -median(&one.values) };
    peers.max_by(|a, b| goodness(a).total_cmp(&goodness(b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::read;

    const SAMPLES: &str = r#"{"date": "2026-11-21", "failures": [],
        "setting": {"browser": "chromium", "version": "156", "rounds": 3, "percent": 10, "busy": [0.1, 0.5, 0.2], "only": "", "versions": {"a": "1.0"}},
        "contenders": [{"group": "js", "name": "native", "role": "limit"}, {"group": "js", "name": "strict", "role": "ours"},
            {"group": "js", "name": "fast", "role": "peer"}, {"group": "js", "name": "slow", "role": "peer"}],
        "series": [
            {"group": "js", "case": "c", "contender": "native", "unit": "u", "better": "lower", "values": [10, 20, 10]},
            {"group": "js", "case": "c", "contender": "strict", "unit": "u", "better": "lower", "values": [11, 22, 11]},
            {"group": "js", "case": "c", "contender": "slow", "unit": "u", "better": "lower", "values": [40, 40, 40]},
            {"group": "js", "case": "c", "contender": "fast", "unit": "u", "better": "lower", "values": [22, 44, 22]}],
        "profiles": []}"#;

    #[test]
    fn a_row_stands_beside_the_limit_and_the_best_peer() {
        let rows = rows(&read(SAMPLES).unwrap());
        let ours = rows.iter().find(|row| row.series.contender == "strict").unwrap();
        assert_eq!(ours.value, Spread { low: 11.0, middle: 11.0, high: 16.5, sure: None });
        assert_eq!(ours.to_limit.unwrap().middle, 1.1);
        assert_eq!((ours.to_peer.unwrap().middle, ours.best_peer.as_deref()), (0.5, Some("fast")));
        assert_eq!(ours.role, Some(Role::Ours));
    }

    #[test]
    fn the_error_is_how_far_the_limit_is_from_itself() {
        let limit = Series { values: vec![100.0; 8], ..Series::default() };
        let of = |values: &[f64]| error(&Series { values: values.to_vec(), ..limit.clone() }, &limit);
        let close = |values: &[f64], expected: f64| (of(values).unwrap() - expected).abs() < 1e-9;
        assert!(close(&[98.0, 99.0, 100.0, 100.0, 101.0, 102.0, 103.0, 104.0], 0.04));
        assert!(close(&[93.0, 99.0, 100.0, 100.0, 101.0, 102.0, 103.0, 104.0], 0.07));
        // A difference in all rounds is an error too, of the bench and not of a contender.
        assert!(close(&[105.0; 8], 0.05));
        assert_eq!(of(&[100.0; 7]), None);
    }

    #[test]
    fn a_case_that_was_measured_alone_has_no_ratio() {
        let alone = SAMPLES.replace("\"limit\"", "\"peer\"");
        assert!(rows(&read(&alone).unwrap()).iter().all(|row| row.to_limit.is_none()));
    }
}
