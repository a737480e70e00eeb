//! The picture for the docs: a row for every policy, a column for every fault, attempts per second on a logarithmic
//! scale. It follows the reader's light or dark theme.

use std::fmt::Write;

use crate::outcome::Outcome;
use crate::report::{Chapter, seconds};

const LEFT: f64 = 202.0;
const TOP: f64 = 96.0;
const WIDTH: f64 = 262.0;
const HEIGHT: f64 = 66.0;
const GAP_X: f64 = 48.0;
const GAP_Y: f64 = 36.0;
/// Seconds shown; the caption has the number of sockets that need longer.
const SPAN: f64 = 120.0;

const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#1f2430}.small{font-size:10px;fill:#5b6270}.head{font-weight:600}\
.title{font-size:15px;font-weight:600}.ground{fill:#fff}.cell{fill:#f4f5f7}.down{fill:#d9dce3}\
.grid{stroke:#cfd3da;stroke-width:.5}.ours{fill:#1769d2}.theirs{fill:#8a5a00}\
.cap{stroke:#c2255c;stroke-width:1;stroke-dasharray:4 3}.red{fill:#c2255c}\
@media(prefers-color-scheme:dark){text{fill:#e6e9ef}.small{fill:#a2a9b8}.ground{fill:#14171d}\
.cell{fill:#1e222b}.down{fill:#343a47}.grid{stroke:#3a404d}.ours{fill:#5aa2ff}.theirs{fill:#d9a441}\
.cap{stroke:#ff7aa8}.red{fill:#ff7aa8}}";

/// Returns the whole picture.
pub fn svg(chapters: &[Chapter], sockets: usize) -> String {
    let rows = chapters.first().map_or(0, |chapter| chapter.rows.len());
    let width = LEFT + chapters.len() as f64 * (WIDTH + GAP_X) - GAP_X + 24.0;
    let height = TOP + rows as f64 * (HEIGHT + GAP_Y) + 36.0;
    let most =
        chapters.iter().flat_map(|chapter| &chapter.rows).flat_map(|row| &row.outcome.per_second).max();
    let scale = Scale::new(sockets, most.copied().unwrap_or(1));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"Connection attempts per second after an outage, for eight ways to reconnect\">\
         <style>{STYLE}</style><rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\
         <text class=\"title\" x=\"12\" y=\"24\">{} sockets come back: connection attempts per second</text>",
        thousands(sockets as u64)
    );
    for (column, chapter) in chapters.iter().enumerate() {
        let x = LEFT + column as f64 * (WIDTH + GAP_X);
        let _ = write!(
            out,
            "<text class=\"head\" x=\"{x}\" y=\"52\">{}</text><text class=\"small\" x=\"{x}\" y=\"66\">{}</text>",
            chapter.scenario.name,
            subtitle(chapter)
        );
        for (row, shown) in chapter.rows.iter().enumerate() {
            let y = TOP + row as f64 * (HEIGHT + GAP_Y);
            if column == 0 {
                let middle = y + HEIGHT / 2.0 + 4.0;
                let _ = write!(out, "<text x=\"12\" y=\"{middle}\">{}</text>", shown.policy.name);
            }
            let class = if shown.policy.is_ours() { "ours" } else { "theirs" };
            let down = chapter.scenario.down as f64 / 1_000.0;
            cell(&mut out, &scale, (x, y), down, &shown.outcome, class);
        }
    }
    let (y, below) = (height - 28.0, height - 12.0);
    let _ = write!(
        out,
        "<text class=\"small\" x=\"12\" y=\"{y}\">Across: seconds since the loss. Up: attempts per second, logarithmic. \
         Shaded: the server is down. <tspan class=\"red\">Dashed: what it can accept.</tspan></text>\
         <text class=\"small\" x=\"12\" y=\"{below}\">Above each: when 99 % are back, attempts in vain per socket, worst second over the mean.</text></svg>"
    );
    out
}

fn subtitle(chapter: &Chapter) -> &'static str {
    match chapter.scenario.name {
        "outage" => "dies, is refused, returns",
        "restart" => "closes all with 1012, returns",
        _ => "accepts beyond its capacity, then drops",
    }
}

struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn new(sockets: usize, most: u64) -> Self {
        // Four decades below the whole herd; anything smaller is not drawn.
        Self { low: (sockets as f64 / 10_000.0).max(1.0).log10(), high: (most as f64).log10().max(1.0) }
    }

    fn up(&self, rate: f64) -> f64 {
        let part = (rate.max(1e-9).log10() - self.low) / (self.high - self.low).max(0.1);
        HEIGHT * part.clamp(0.0, 1.0)
    }
}

fn cell(out: &mut String, scale: &Scale, (x, y): (f64, f64), down: f64, outcome: &Outcome, class: &str) {
    let across = |second: f64| x + WIDTH * (second / SPAN).min(1.0);
    let floor = y + HEIGHT;
    let _ = write!(
        out,
        "<rect class=\"cell\" x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\
         <rect class=\"down\" x=\"{x}\" y=\"{y}\" width=\"{:.1}\" height=\"{HEIGHT}\"/>",
        across(down) - x
    );
    let mut decade = scale.low.ceil() as i32 + 1;
    while f64::from(decade) <= scale.high {
        let rate = 10f64.powi(decade);
        let at = floor - scale.up(rate);
        let _ = write!(
            out,
            "<path class=\"grid\" d=\"M{x} {at:.1}h{WIDTH}\"/><text class=\"small\" x=\"{:.1}\" y=\"{:.1}\" \
             text-anchor=\"end\">{}</text>",
            x - 4.0,
            at + 3.0,
            short(rate)
        );
        decade += 1;
    }
    let mut path = format!("M{x} {floor}");
    for (second, count) in outcome.per_second.iter().enumerate().take(SPAN as usize) {
        let at = floor - scale.up(*count as f64);
        let _ = write!(path, "L{:.1} {at:.1}H{:.1}", across(second as f64), across(second as f64 + 1.0));
    }
    let last = (outcome.per_second.len() as f64).min(SPAN);
    let _ = write!(out, "<path class=\"{class}\" d=\"{path}L{:.1} {floor}Z\"/>", across(last));
    let cap = floor - scale.up(outcome.capacity as f64);
    let _ = write!(out, "<path class=\"cap\" d=\"M{x} {cap:.1}h{WIDTH}\"/>");
    for second in (0..=SPAN as u32).step_by(30) {
        let _ = write!(
            out,
            "<text class=\"small\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{second}</text>",
            across(f64::from(second)),
            floor + 11.0
        );
    }
    let back = outcome.back[1].map_or_else(|| "never".into(), |at| format!("{} s", seconds(at)));
    let _ = write!(
        out,
        "<text class=\"small\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">99 % back {back} · {:.1} wasted · peak {:.1} × mean</text>",
        x + WIDTH,
        y - 5.0,
        outcome.wasted(),
        outcome.peak_over_mean()
    );
}

fn short(rate: f64) -> String {
    match rate {
        rate if rate >= 1e6 => format!("{:.0}M", rate / 1e6),
        rate if rate >= 1e3 => format!("{:.0}k", rate / 1e3),
        rate => format!("{rate:.0}"),
    }
}

fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
