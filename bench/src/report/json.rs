//! `report.json`: a row for each contender in each case.

use crate::summary::{Row, Spread};
use serde_json::{Value, json};

/// `{"rows": [{"group", "case", "contender", "value", "unit", "better", "ratio_to_limit", …}]}`.
pub fn rows(rows: &[Row]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| format!("  {}", object(row))).collect();
    format!("{{\"rows\": [\n{}\n]}}\n", rows.join(",\n"))
}

fn object(row: &Row) -> Value {
    let middle = |spread: Option<Spread>| spread.map(|spread| spread.middle);
    json!({
        "group": row.series.group,
        "case": row.series.case,
        "contender": row.series.contender,
        "value": row.value.middle,
        "unit": row.series.unit,
        "better": if row.series.higher { "higher" } else { "lower" },
        "ratio_to_limit": middle(row.to_limit),
        "ratio_to_best_peer": middle(row.to_peer),
        "best_peer": row.best_peer,
        "error_of_ratios": row.error,
        "quartiles": [row.value.low, row.value.high],
        "quartiles_of_ratio_to_limit": row.to_limit.map(|spread| [spread.low, spread.high]),
        "rounds": row.series.values.len(),
    })
}
