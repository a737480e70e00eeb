//! Medians and quartiles.

/// The value below which this part of all values lies, between neighbours in proportion.
pub fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = part * sorted.len().saturating_sub(1) as f64;
    let below = sorted.get(place.floor() as usize).copied().unwrap_or(f64::NAN);
    let above = sorted.get(place.ceil() as usize).copied().unwrap_or(f64::NAN);
    below + (above - below) * place.fract()
}

/// The middle.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The quotients of two contenders' values, round by round: what slowed a whole round down cancels out.
pub fn paired(values: &[f64], base: &[f64]) -> Vec<f64> {
    values.iter().zip(base).filter(|(_, base)| **base != 0.0).map(|(value, base)| value / base).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_neighbours() {
        let values = [4.0, 1.0, 3.0, 2.0, 5.0];
        assert_eq!((quantile(&values, 0.25), median(&values), quantile(&values, 0.75)), (2.0, 3.0, 4.0));
        assert_eq!(median(&[1.0, 2.0]), 1.5);
        assert_eq!(quantile(&[7.0], 0.75), 7.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_slow_round_does_not_touch_the_ratio() {
        let (ours, limit) = ([98.0, 49.0, 97.0], [100.0, 50.0, 100.0]);
        assert_eq!(median(&paired(&ours, &limit)), 0.98);
        // The quotient of the medians would say otherwise.
        assert_eq!(median(&ours) / median(&limit), 0.97);
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        assert_eq!(paired(&[1.0, 2.0], &[0.0, 4.0]), [0.5]);
    }
}
