//! Plots of how cost grows, one for each dimension, with both axes logarithmic. They follow the reader's light or
//! dark theme.

use crate::samples::{Role, Run, Series};
use crate::stats::median;
use crate::summary::Spread;
use std::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 168.0;
const TOP: f64 = 52.0;
const BOTTOM: f64 = 46.0;

const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#1f2430}.small{font-size:10px;fill:#5b6270}.title{font-size:15px;font-weight:600}\
.ground{fill:#fff}.grid{stroke:#dde0e6;stroke-width:.5}.line{fill:none;stroke-width:2}.band{opacity:.15;stroke:none}\
.limit{stroke:#7a8190;fill:#7a8190}.ours{stroke:#1769d2;fill:#1769d2}.peer{stroke:#b3701a;fill:#b3701a}\
path.line{fill:none}text.limit,text.ours,text.peer{stroke:none}\
@media(prefers-color-scheme:dark){text{fill:#e6e9ef}.small{fill:#a2a9b8}.ground{fill:#14171d}.grid{stroke:#3a404d}\
.limit{stroke:#a2a9b8;fill:#a2a9b8}.ours{stroke:#5aa2ff;fill:#5aa2ff}.peer{stroke:#d9a441;fill:#d9a441}}";

/// A dimension, the label of its axis, and the file.
const DIMENSIONS: [(&str, &str, &str); 3] = [
    ("sockets", "sockets opened at once, each with one round trip", "sockets.svg"),
    ("message size", "bytes of each message received", "message-size.svg"),
    ("queue length", "messages sent before the socket is open", "queue-length.svg"),
];

/// Returns file names and pictures; dimensions that were not measured have none.
pub fn all(run: &Run) -> Vec<(String, String)> {
    let picture = |(name, axis, file): &(&str, &str, &str)| {
        let lines = lines(run, name);
        (!lines.is_empty()).then(|| ((*file).to_owned(), svg(name, axis, &lines)))
    };
    DIMENSIONS.iter().filter_map(picture).collect()
}

struct Line {
    name: String,
    unit: String,
    role: Role,
    points: Vec<(f64, Spread)>,
}

/// The native class, ours, and the peer that is best overall.
fn lines(run: &Run, dimension: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for series in &run.series {
        let Some((place, spread)) = point(series, dimension) else { continue };
        match lines.iter_mut().find(|line| line.name == series.contender) {
            Some(line) => line.points.push((place, spread)),
            None => lines.push(Line {
                name: series.contender.clone(),
                unit: series.unit.clone(),
                role: run.role(series).unwrap_or(Role::Peer),
                points: vec![(place, spread)],
            }),
        }
    }
    // A contender that was not measured at every point has no line.
    let most = lines.iter().map(|line| line.points.len()).max().unwrap_or_default();
    lines.retain(|line| line.points.len() == most);
    // Cases are measured in any order: the longest queue is one of the throughputs, which come first.
    for line in &mut lines {
        line.points.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    }
    let cost =
        |line: &Line| median(&line.points.iter().map(|(_, spread)| spread.middle.ln()).collect::<Vec<_>>());
    let peers = lines.iter().filter(|line| line.role == Role::Peer);
    let best = peers.min_by(|a, b| cost(a).total_cmp(&cost(b))).map(|line| line.name.clone());
    lines.retain(|line| line.role != Role::Peer || Some(&line.name) == best.as_ref());
    lines
}

fn point(series: &Series, dimension: &str) -> Option<(f64, Spread)> {
    let (name, place) = series.growth.as_ref()?;
    // Wall time; CPU time has another unit.
    let plain = name == dimension && !series.case.contains("CPU");
    plain.then(|| Spread::of(&series.values)).flatten().map(|spread| (*place, spread))
}

/// A logarithmic axis; `low` and `high` are exponents of ten.
struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    /// From the smallest value to the largest.
    fn exact(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min).max(1e-3);
        let most = values.fold(0.0, f64::max).max(least);
        let low = least.log10();
        // A single point has an axis too.
        Self { low, high: most.log10().max(low + 0.1), from, to }
    }

    /// The same, extended to whole powers of ten.
    fn whole(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let Self { low, high, .. } = Self::exact(values, from, to);
        Self { low: low.floor(), high: high.ceil().max(low.floor() + 1.0), from, to }
    }

    fn at(&self, value: f64) -> f64 {
        self.from + (self.to - self.from) * (value.max(1e-9).log10() - self.low) / (self.high - self.low)
    }

    fn decades(&self) -> impl Iterator<Item = f64> {
        (self.low.ceil() as i32..=self.high.floor() as i32).map(|power| 10f64.powi(power))
    }
}

fn svg(name: &str, label: &str, lines: &[Line]) -> String {
    let points = || lines.iter().flat_map(|line| &line.points);
    let across = Axis::exact(points().map(|(place, _)| *place), LEFT, WIDTH - RIGHT);
    let up = Axis::whole(points().flat_map(|(_, s)| [s.low, s.high]), HEIGHT - BOTTOM, TOP);
    let unit = lines.first().map_or("", |line| line.unit.as_str());
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"How cost grows: {name}\"><style>{STYLE}</style>\
         <rect class=\"ground\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\
         <text class=\"title\" x=\"12\" y=\"24\">How cost grows: {name}</text>\
         <text class=\"small\" x=\"12\" y=\"42\">{unit}; the shade holds the middle half of the rounds</text>"
    );
    grid(&mut out, &across, &up);
    let _ = write!(
        out,
        "<text class=\"small\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
        (across.from + across.to) / 2.0,
        HEIGHT - 10.0
    );
    let mut taken: Vec<f64> = Vec::new();
    for line in lines {
        draw(&mut out, &across, &up, line, &mut taken);
    }
    out.push_str("</svg>\n");
    out
}

fn grid(out: &mut String, across: &Axis, up: &Axis) {
    for value in up.decades() {
        let y = up.at(value);
        let _ = write!(
            out,
            "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{:.1}\"/><text class=\"small\" x=\"{:.1}\" y=\"{:.1}\" \
             text-anchor=\"end\">{}</text>",
            across.to,
            LEFT - 6.0,
            y + 3.0,
            short(value)
        );
    }
    for value in across.decades() {
        let x = across.at(value);
        let _ = write!(
            out,
            "<path class=\"grid\" d=\"M{x:.1} {TOP}V{:.1}\"/><text class=\"small\" x=\"{x:.1}\" y=\"{:.1}\" \
             text-anchor=\"middle\">{}</text>",
            up.from,
            up.from + 14.0,
            short(value)
        );
    }
}

fn draw(out: &mut String, across: &Axis, up: &Axis, line: &Line, taken: &mut Vec<f64>) {
    let class = match line.role {
        Role::Limit | Role::Copy => "limit",
        Role::Ours => "ours",
        Role::Peer => "peer",
    };
    let path = |value: &dyn Fn(&Spread) -> f64| -> Vec<String> {
        line.points
            .iter()
            .map(|(place, s)| format!("{:.1} {:.1}", across.at(*place), up.at(value(s))))
            .collect()
    };
    let mut band = path(&|s| s.low);
    band.extend(path(&|s| s.high).into_iter().rev());
    let _ = write!(out, "<path class=\"band {class}\" d=\"M{}Z\"/>", band.join("L"));
    let _ = write!(out, "<path class=\"line {class}\" d=\"M{}\"/>", path(&|s| s.middle).join("L"));
    if let Some((place, spread)) = line.points.last() {
        // Moves overlapping labels apart.
        let mut y = up.at(spread.middle) + 4.0;
        while taken.iter().any(|other| (other - y).abs() < 13.0) {
            y += 1.0;
        }
        taken.push(y);
        let _ = write!(
            out,
            "<text class=\"{class}\" x=\"{:.1}\" y=\"{y:.1}\">{}</text>",
            across.at(*place) + 6.0,
            line.name
        );
    }
}

fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{:.0}M", value / 1e6),
        value if value >= 1e3 => format!("{:.0}k", value / 1e3),
        value if value >= 1.0 => format!("{value:.0}"),
        value => format!("{value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::read;

    const SAMPLES: &str = r#"{"date": "2026-11-21", "failures": [],
        "setting": {"browser": "chromium", "version": "156", "rounds": 2, "percent": 100, "busy": [0.5], "only": "", "versions": {}},
        "contenders": [{"group": "js", "name": "steady", "role": "ours"}],
        "series": [
            {"group": "js", "case": "flush", "contender": "steady", "unit": "µs", "better": "lower", "values": [1, 1], "growth": ["queue length", 100]},
            {"group": "js", "case": "one", "contender": "steady", "unit": "µs", "better": "lower", "values": [100, 100], "growth": ["queue length", 1]},
            {"group": "js", "case": "ten", "contender": "steady", "unit": "µs", "better": "lower", "values": [10, 10], "growth": ["queue length", 10]}],
        "profiles": []}"#;

    #[test]
    fn a_line_goes_from_the_least_to_the_most_whatever_was_measured_first() {
        let run = read(SAMPLES).unwrap();
        let pictures = all(&run);
        let [(file, picture)] = pictures.as_slice() else { panic!("one dimension was measured") };
        assert_eq!(file, "queue-length.svg");
        assert!(picture.contains("d=\"M64.0 52.0L268.0 183.0L472.0 314.0\""), "{picture}");
    }

    #[test]
    fn one_point_alone_is_drawn() {
        let run = read(SAMPLES).unwrap();
        let alone = Run { series: run.series.into_iter().take(1).collect(), ..read(SAMPLES).unwrap() };
        assert!(all(&alone).iter().all(|(_, picture)| !picture.contains("NaN")));
    }
}
