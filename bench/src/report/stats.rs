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

/// How likely the median is above its upper bound, and as likely below its lower one.
const OUTSIDE: f64 = 0.005;

/// Returns bounds of the median with 99 % confidence, by the sign test, which assumes nothing about the distribution.
/// `None` if there are fewer than eight values.
pub fn sure(values: &[f64]) -> Option<(f64, f64)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    // Returns the probability of at most `n` successes in fair coin tosses.
    let (mut outside, mut ways) = (0.0, 0.5_f64.powi(i32::try_from(sorted.len()).ok()?));
    let mut beyond = 0;
    for at in 0..sorted.len() {
        outside += ways;
        if outside > OUTSIDE {
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
        assert_eq!(sure(&values(50)), Some((16.0, 35.0)));
        assert_eq!(sure(&values(20)), Some((4.0, 17.0)));
        assert_eq!(sure(&values(15)), Some((3.0, 13.0)));
        assert_eq!(sure(&values(8)), Some((1.0, 8.0)));
        assert_eq!(sure(&values(7)), None);
        assert_eq!(sure(&[]), None);
    }

    #[test]
    fn the_bounds_leave_out_one_median_in_a_hundred() {
        // Returns how likely fewer than `rank` of `count` values are below the median.
        let fewer = |count: u32, rank: u32| {
            let mut ways = 0.5_f64.powi(count.cast_signed());
            (0..rank).fold(0.0, |sum, at| {
                let all = sum + ways;
                ways *= f64::from(count - at) / f64::from(at + 1);
                all
            })
        };
        for count in 8..200 {
            let values: Vec<f64> = (1..=count).map(f64::from).collect();
            let (low, high) = sure(&values).unwrap();
            let rank = low as u32;
            assert_eq!(high, f64::from(count + 1 - rank), "not symmetric with {count} values");
            assert!(2.0 * fewer(count, rank) <= 0.01, "too narrow with {count} values");
            assert!(2.0 * fewer(count, rank + 1) > 0.01, "wider than necessary with {count} values");
        }
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
