//! Medians and quartiles.

/// Returns the quantile of this fraction, interpolated between neighbours.
pub fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = part * sorted.len().saturating_sub(1) as f64;
    let below = sorted.get(place.floor() as usize).copied().unwrap_or(f64::NAN);
    let above = sorted.get(place.ceil() as usize).copied().unwrap_or(f64::NAN);
    below + (above - below) * place.fract()
}

/// Returns the median.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// Returns bounds of the median with 95 % confidence, by the sign test, which assumes nothing about the distribution.
/// `None` if there are too few values.
pub fn sure(values: &[f64]) -> Option<(f64, f64)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    // Returns the probability of at most `n` successes in fair coin tosses.
    let (mut outside, mut ways) = (0.0, 0.5_f64.powi(i32::try_from(sorted.len()).ok()?));
    let mut beyond = 0;
    for at in 0..sorted.len() {
        outside += ways;
        if outside > 0.025 {
            break;
        }
        beyond = at + 1;
        ways *= (sorted.len() - at) as f64 / (at + 1) as f64;
    }
    let low = sorted.get(beyond.checked_sub(1)?)?;
    let high = sorted.get(sorted.len() - beyond)?;
    Some((*low, *high))
}

/// Returns the ratios of two contenders' values, round by round, so that whatever slows a whole round cancels out.
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
    fn how_sure_a_median_is_depends_on_how_many_there_are() {
        let values = |count: u32| (1..=count).map(f64::from).collect::<Vec<_>>();
        // Published tables of the sign test have these bounds.
        assert_eq!(sure(&values(15)), Some((4.0, 12.0)));
        assert_eq!(sure(&values(9)), Some((2.0, 8.0)));
        assert_eq!(sure(&values(6)), Some((1.0, 6.0)));
        assert_eq!(sure(&values(5)), None);
        assert_eq!(sure(&[]), None);
    }

    #[test]
    fn a_slow_round_does_not_touch_the_ratio() {
        let (ours, limit) = ([98.0, 49.0, 97.0], [100.0, 50.0, 100.0]);
        assert_eq!(median(&paired(&ours, &limit)), 0.98);
        // The ratio of the medians would differ.
        assert_eq!(median(&ours) / median(&limit), 0.97);
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        assert_eq!(paired(&[1.0, 2.0], &[0.0, 4.0]), [0.5]);
    }
}
