//! Prints rows to a terminal.

use crate::summary::Row;
use std::fmt::Write;

/// Returns all rows, grouped by case.
pub fn text(rows: &[Row]) -> String {
    let mut out = String::new();
    let mut heading = String::new();
    for row in rows {
        let series = &row.series;
        let of = format!("{}: {} ({}, {} is better)", series.group, series.case, series.unit, better(row));
        if of != heading {
            let _ = writeln!(
                out,
                "\n{of}\n  {:<24}{:>11}{:>23}{:>10}{:>11}",
                "", "median", "quartiles", "of limit", "of best peer"
            );
            heading = of;
        }
        let ratio = |spread: Option<crate::summary::Spread>| {
            spread.map_or_else(String::new, |it| format!("{:.2}", it.middle))
        };
        let quartiles = format!("{} – {}", number(row.value.low), number(row.value.high));
        let _ = writeln!(
            out,
            "  {:<24}{:>11}{quartiles:>23}{:>10}{:>11}",
            series.contender,
            number(row.value.middle),
            ratio(row.to_limit),
            ratio(row.to_peer),
        );
    }
    out
}

fn better(row: &Row) -> &'static str {
    if row.series.higher { "higher" } else { "lower" }
}

/// Formats three significant digits, with thousands separators.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1_000.0 => thousands(value),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut out = String::from(if value < 0.0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_show_what_matters() {
        assert_eq!(number(1_234_567.8), "1,234,568");
        assert_eq!((number(-1_000.0), number(123.4)), ("-1,000".into(), "123".into()));
        assert_eq!((number(12.34), number(1.234)), ("12.3".into(), "1.23".into()));
    }
}
