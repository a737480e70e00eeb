//! Compares how two herds reconnected.

use std::fmt::Write;
use std::path::Path;

/// The largest accepted distance between a real herd and the simulated ones. Single simulated runs are within about
/// 0.03 of all of them together; the rest allows for a busy machine.
const ALLOWED: f64 = 0.10;

/// When attempts were made and when sockets had reconnected, in milliseconds since the loss.
#[derive(Clone, Debug)]
pub struct Sample {
    attempts: Vec<f64>,
    back: Vec<f64>,
}

impl Sample {
    /// In any order.
    pub fn new(mut attempts: Vec<f64>, mut back: Vec<f64>) -> Self {
        attempts.sort_by(f64::total_cmp);
        back.sort_by(f64::total_cmp);
        Self { attempts, back }
    }

    fn per_second(&self) -> Vec<usize> {
        let mut seconds = vec![0; self.attempts.last().map_or(0, |last| *last as usize / 1_000 + 1)];
        for at in &self.attempts {
            if let Some(count) = seconds.get_mut(at.max(0.0) as usize / 1_000) {
                *count += 1;
            }
        }
        seconds
    }

    fn peak_over_mean(&self) -> f64 {
        let span = self.back.last().map_or(1.0, |last| last / 1_000.0);
        let peak = self.per_second().into_iter().max().unwrap_or(0);
        peak as f64 / (self.attempts.len() as f64 / span).max(f64::MIN_POSITIVE)
    }
}

fn quantile(sorted: &[f64], part: f64) -> f64 {
    let nth = (sorted.len() as f64 * part).ceil().max(1.0) as usize - 1;
    sorted.get(nth).copied().unwrap_or(f64::NAN) / 1_000.0
}

/// Returns the greatest distance between two distributions: 0 if they are equal, 1 if they do not overlap.
pub fn distance(left: &[f64], right: &[f64]) -> f64 {
    let part = |sorted: &[f64], at: f64| {
        sorted.partition_point(|value| *value <= at) as f64 / (sorted.len() as f64).max(1.0)
    };
    left.iter().chain(right).map(|at| (part(left, *at) - part(right, *at)).abs()).fold(0.0, f64::max)
}

fn pool(worlds: &[Sample]) -> Sample {
    Sample::new(
        worlds.iter().flat_map(|world| world.attempts.iter().copied()).collect(),
        worlds.iter().flat_map(|world| world.back.iter().copied()).collect(),
    )
}

/// Prints how the real herd compares with simulated runs; an error if they differ too much.
pub fn report(real: &Sample, worlds: &[Sample], alone: &[Sample], json: Option<&Path>) -> Result<(), String> {
    let (pooled, free) = (pool(worlds), pool(alone));
    println!("\n{:<34}{:>10}{:>22}", "", "real", "simulated, least–most");
    let row = |name: &str, of: &dyn Fn(&Sample) -> f64| {
        let each: Vec<f64> = worlds.iter().map(of).collect();
        let least = each.iter().copied().fold(f64::INFINITY, f64::min);
        let most = each.iter().copied().fold(0.0, f64::max);
        println!("{name:<34}{:>10.2}{:>22}", of(real), format!("{least:.2}–{most:.2}"));
    };
    row("attempts per socket", &|one| one.attempts.len() as f64 / one.back.len().max(1) as f64);
    row("worst second over mean", &Sample::peak_over_mean);
    row("half are back, s", &|one| quantile(&one.back, 0.5));
    row("99 % are back, s", &|one| quantile(&one.back, 0.99));
    row("all are back, s", &|one| quantile(&one.back, 1.0));
    row("distance of attempts", &|one| distance(&one.attempts, &pooled.attempts));
    row("distance of returns", &|one| distance(&one.back, &pooled.back));
    let expected: Vec<f64> =
        pooled.per_second().into_iter().map(|count| count as f64 / worlds.len().max(1) as f64).collect();
    println!("\nattempts in each second, real and simulated on average");
    let seen = real.per_second();
    for second in 0..seen.len().max(expected.len()) {
        let seen = seen.get(second).copied().unwrap_or(0);
        let mean = expected.get(second).copied().unwrap_or(0.0);
        if seen > 0 || mean >= 0.5 {
            println!("{second:>4}  {seen:>5}  {mean:>7.1}  {}", "#".repeat(seen.div_ceil(10)));
        }
    }
    if let Some(file) = json {
        let mut text = String::from("{");
        let _ = write!(text, "\"realPerSecond\":{seen:?},\"simulatedPerSecond\":{expected:?},");
        let _ = writeln!(text, "\"realBackMs\":{:?},\"realAttemptsMs\":{:?}}}", real.back, real.attempts);
        std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    println!(
        "\nWithout Chromium's pacing in the simulation: distance of attempts {:.2}, of returns {:.2}.",
        distance(&real.attempts, &free.attempts),
        distance(&real.back, &free.back)
    );
    let far = distance(&real.attempts, &pooled.attempts).max(distance(&real.back, &pooled.back));
    if far > ALLOWED {
        return Err(format!("The shapes differ: the distance is {far:.2}, and {ALLOWED} is allowed."));
    }
    println!("\nThe shapes agree: the greatest distance is {far:.2}, and {ALLOWED} is allowed.");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances_are_what_the_book_says() {
        let one: Vec<f64> = (0..100).map(f64::from).collect();
        let later: Vec<f64> = one.iter().map(|at| at + 25.0).collect();
        assert!(distance(&one, &one) < 1e-9);
        assert!((distance(&one, &later) - 0.25).abs() < 1e-9);
        assert!((distance(&one, &[1e9]) - 1.0).abs() < 1e-9);
    }
}
