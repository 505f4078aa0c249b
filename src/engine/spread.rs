//! Sums over all ordered pairs of answers, without the differences of large sums in which small ones get lost.
//!
//! n·Σx² − (Σx)² is right on paper and wrong in floating point once the numbers are large beside their differences.
//! Here nothing is subtracted but the numbers themselves, so that a figure is as exact for ratings of 10¹⁵ + 1 to
//! 10¹⁵ + 5 as for 1 to 5; and a value that was not drawn has no say, however large it is.

/// Σ over ordered pairs of answers of 1 where their values differ; `counts`: how many answers have each value. For
/// whole numbers below 2⁵³ it is exact.
pub(super) fn apart(counts: impl IntoIterator<Item = f64>) -> f64 {
    let (mut below, mut sum) = (0.0, 0.0);
    for count in counts {
        sum += count * below;
        below += count;
    }
    2.0 * sum
}

/// Σ over ordered pairs of answers of the squared difference of their numbers. Centred first on the first number that
/// occurs, whose differences from its neighbours are exact, then on the mean of what is left.
pub(super) fn squared(counts: &[f64], numbers: &[f64]) -> f64 {
    let drawn = || counts.iter().zip(numbers).filter(|(count, _)| **count > 0.0);
    let Some((_, first)) = drawn().next() else { return 0.0 };
    let (mut n, mut sum) = (0.0, 0.0);
    for (count, x) in drawn() {
        n += count;
        sum += count * (x - first);
    }
    let mean = sum / n;
    let (mut rest, mut squares) = (0.0, 0.0);
    for (count, x) in drawn() {
        let far = x - first - mean;
        rest += count * far;
        squares += count * far * far;
    }
    // What the mean was rounded by.
    2.0 * (n * squares - rest * rest)
}

/// The same of mean ranks less half the number of answers, whose mean is 0: nothing has to be centred.
pub(super) fn squared_ranks(counts: &[f64], ranks: &[f64]) -> f64 {
    let (mut n, mut squares) = (0.0, 0.0);
    for (count, rank) in counts.iter().zip(ranks) {
        n += count;
        squares += count * rank * rank;
    }
    2.0 * n * squares
}

/// Mean rank of each value among as many answers as `counts` says, less half the number of all.
pub(super) fn ranks(counts: &[f64]) -> Vec<f64> {
    let mut below = -counts.iter().sum::<f64>() / 2.0;
    let rank = |count: &f64| {
        let rank = below + count / 2.0;
        below += count;
        rank
    };
    counts.iter().map(rank).collect()
}

/// The numbers times a power of two, if their squares would not fit: alpha does not change. `occurs`: which of them
/// count; the others become 0.
pub(super) fn squarable(numbers: &[f64], occurs: impl Fn(usize) -> bool) -> Vec<f64> {
    let counted = || numbers.iter().enumerate().map(|(at, x)| if occurs(at) { *x } else { 0.0 });
    let most = counted().map(f64::abs).fold(0.0, f64::max);
    let (low, high) = (2f64.powi(-400), 2f64.powi(400));
    let power = if most > 0.0 && !(low..=high).contains(&most) { -most.log2() as i32 } else { 0 };
    // In two steps, since 2¹⁰⁷⁴ is no number.
    let halves = [power / 2, power - power / 2].map(|half| 2f64.powi(half));
    counted().map(|x| x * halves[0] * halves[1]).collect()
}

#[cfg(test)]
mod tests {
    use super::{apart, ranks, squarable, squared, squared_ranks};

    #[test]
    fn sums_are_those_over_pairs_however_large_the_numbers_are() {
        let counts = [3.0, 0.0, 1.0, 2.0];
        assert!((apart(counts) - 22.0).abs() < 1e-15);
        for offset in [0.0, 1e9, 1e15, -1e15] {
            // Pairs: 3·1 of 2², 3·2 of 3², 1·2 of 1², each twice.
            let numbers = [1.0, f64::MAX, 3.0, 4.0].map(|x| x + offset);
            assert!((squared(&counts, &numbers) - 136.0).abs() < 1e-12, "{offset}");
        }
        let ranks = ranks(&counts);
        assert_eq!(ranks, [-1.5, 0.0, 0.5, 2.0]);
        assert!((squared(&counts, &ranks) - squared_ranks(&counts, &ranks)).abs() < 1e-12);
    }

    #[test]
    fn numbers_whose_squares_do_not_fit_are_made_to_fit() {
        for large in [1e300, 1e-300, f64::MAX, 5e-324] {
            let fit = squarable(&[large, -large, f64::MAX], |at| at < 2);
            let sum = squared(&[1.0, 1.0, 0.0], &fit);
            assert!(sum.is_finite() && sum > 0.0, "{large}: {sum}");
            assert_eq!(fit[2].to_bits(), 0);
        }
        assert_eq!(squarable(&[1.0, 5.0], |_| true), [1.0, 5.0]);
    }
}
