//! How far two answers are from each other, squared as the papers write it, and the sum of it over all pairs of
//! answers, from which the expected disagreement follows.
//!
//! - MASI: R. Passonneau, "Measuring Agreement on Set-valued Items (MASI) for Semantic and Pragmatic Annotation", LREC
//!   2006, section 3: 1 − J·M, J the Jaccard coefficient |A∩B|/|A∪B|, M 1 for equal sets, 2/3 where one holds the
//!   other, 1/3 where they overlap, 0 where they share nothing. Two empty sets are equal; an empty set and another
//!   share nothing and are 1 apart, although the empty set is a subset.
//! - Jaccard: 1 − J, with the same two rules for empty sets.
//! - Ratio: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section D: ((c − k)/(c + k))².

use rayon::prelude::*;

use crate::model::LabelSets;

/// Distances between the values of a question, by code.
pub(super) enum Distance {
    Masi(Sets),
    Jaccard(Sets),
    /// Numbers that are finite and at least 0.
    Ratio(Vec<f64>),
}

/// Sets of labels by code, and how many labels each has.
pub(super) struct Sets {
    words: usize,
    bits: Vec<u64>,
    sizes: Vec<u32>,
}

impl Sets {
    /// `values`: the set of each code.
    pub fn new(sets: &LabelSets, values: &[u32]) -> Self {
        let size = |value: &u32| sets.get(*value).iter().map(|word| word.count_ones()).sum();
        let bits = values.iter().flat_map(|value| sets.get(*value)).copied().collect();
        Self { words: sets.words, bits, sizes: values.iter().map(size).collect() }
    }

    fn get(&self, code: usize) -> &[u64] {
        &self.bits[code * self.words..(code + 1) * self.words]
    }

    /// Sizes of two sets and of what they share.
    fn shared(&self, a: usize, b: usize) -> (u32, u32, u32) {
        let shared = self.get(a).iter().zip(self.get(b)).map(|(x, y)| (x & y).count_ones()).sum();
        (self.sizes[a], self.sizes[b], shared)
    }

    /// Σ over codes k of `n_k` · distance to one code.
    #[inline]
    fn weighed(&self, code: usize, counts: &[f64], distance: impl Fn((u32, u32, u32)) -> f64) -> f64 {
        let size = self.sizes[code];
        let others = counts.iter().zip(&self.sizes);
        if self.words == 1 {
            let word = self.bits[code];
            let one = |((count, other), bits): ((&f64, &u32), &u64)| {
                count * distance((size, *other, (word & bits).count_ones()))
            };
            return others.zip(&self.bits).map(one).sum();
        }
        others.enumerate().map(|(other, (count, _))| count * distance(self.shared(code, other))).sum()
    }
}

/// 1 − J, from the sizes of two sets and of what they share.
fn jaccard((a, b, shared): (u32, u32, u32)) -> f64 {
    let all = a + b - shared;
    if all == 0 { 0.0 } else { f64::from(all - shared) / f64::from(all) }
}

/// 1 − J·M.
fn masi((a, b, shared): (u32, u32, u32)) -> f64 {
    let all = a + b - shared;
    if shared == all {
        return 0.0;
    }
    // Thirds of M, so that nothing is rounded but the one division.
    let thirds = if shared == 0 { 0 } else { 1 + u32::from(shared == a || shared == b) };
    f64::from(3 * all - thirds * shared) / f64::from(3 * all)
}

impl Distance {
    /// How many codes there are.
    pub fn codes(&self) -> usize {
        match self {
            Self::Masi(sets) | Self::Jaccard(sets) => sets.sizes.len(),
            Self::Ratio(x) => x.len(),
        }
    }

    /// Between two codes, 0 to 1.
    pub fn between(&self, a: usize, b: usize) -> f64 {
        match self {
            Self::Masi(sets) => masi(sets.shared(a, b)),
            Self::Jaccard(sets) => jaccard(sets.shared(a, b)),
            Self::Ratio(x) if a == b || (x[a] - x[b]) == 0.0 => 0.0,
            Self::Ratio(x) => {
                // Halves of numbers whose sum does not fit.
                let half = if (x[a] + x[b]).is_finite() { 1.0 } else { 0.5 };
                let (a, b) = (x[a] * half, x[b] * half);
                ((a - b) / (a + b)).powi(2)
            }
        }
    }

    /// Σ over codes k of `n_k` · distance to one code.
    fn weighed(&self, code: usize, counts: &[f64]) -> f64 {
        match self {
            Self::Masi(sets) => return sets.weighed(code, counts, masi),
            Self::Jaccard(sets) => return sets.weighed(code, counts, jaccard),
            Self::Ratio(_) => {}
        }
        counts.iter().enumerate().map(|(other, count)| count * self.between(code, other)).sum()
    }
}

/// Above so many codes a resample's expected disagreement is not summed pair by pair.
const WHOLE: usize = 512;

/// Above so many different values the pairs are not compared at all.
pub(super) const MOST: usize = 50_000;

/// Σ `n_c` · `n_k` · distance over all ordered pairs of codes, for counts that are resampled.
pub(super) enum Expected {
    /// All distances, row by row.
    Whole(Vec<f64>),
    /// Σ over codes k of `n_k` · distance(c, k), of the original counts, for each code c; the whole sum; and the mean of what the first
    /// order leaves out.
    First { around: Vec<f64>, whole: f64, second: f64 },
}

impl Expected {
    /// K codes cost K² distances of some ns, on all cores: .2 s for 10,000 different sets, 5 s for 50,000.
    ///
    /// A resample costs K²/2 sums up to 512 codes. Above, with the resampled counts n* = n + e and the distances D,
    /// n*'Dn* = n'Dn + 2·e'Dn + e'De. The first two terms are exact and take K sums. The third is replaced by its mean
    /// over resamples, tr(D·Cov n*) = Σ over units of their own pairs' distances − n'Dn/N, which is known exactly; what
    /// is lost is how it varies, 1/N of the whole where the first-order term varies by 1/√N: with more than 512
    /// different values N is in the thousands and the interval's bounds move by less than its Monte Carlo error.
    ///
    /// `within`: Σ over units of the distances of all ordered pairs of their answers; `units`: N.
    pub fn new(distance: &Distance, counts: &[f64], within: f64, units: u64) -> Self {
        let codes = distance.codes();
        if codes <= WHOLE {
            let row = |a: usize| (0..codes).map(move |b| distance.between(a, b));
            return Self::Whole((0..codes).flat_map(row).collect());
        }
        let around: Vec<f64> =
            (0..codes).into_par_iter().with_min_len(16).map(|code| distance.weighed(code, counts)).collect();
        let whole = dot(&around, counts);
        Self::First { around, whole, second: within - whole / units as f64 }
    }

    /// Of the original counts, or of resampled ones.
    pub fn of(&self, counts: &[f64], resampled: bool) -> f64 {
        match self {
            Self::First { whole, .. } if !resampled => *whole,
            Self::Whole(matrix) => {
                let rows = matrix.chunks_exact(counts.len().max(1)).zip(counts).enumerate();
                // Half of a symmetric matrix with an empty diagonal, twice.
                let half = |(code, (row, count)): (usize, (&[f64], &f64))| {
                    if *count == 0.0 { 0.0 } else { count * dot(&row[..code], &counts[..code]) }
                };
                2.0 * rows.map(half).sum::<f64>()
            }
            Self::First { around, whole, second } => (2.0 * dot(around, counts) - whole + second).max(0.0),
        }
    }
}

/// Eight sums side by side, so that the compiler can keep them in vector registers.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    let mut sums = [0.0; 8];
    for (x, y) in a.zip(b) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::{Distance, Expected, Sets};
    use crate::engine::random::Random;
    use crate::model::LabelSets;

    #[test]
    fn very_many_sets_resampled_to_first_order_are_near_the_whole_sum() {
        let mut random = Random::seeded(5);
        let (codes, units) = (600u32, 1_500);
        let sets = LabelSets { words: 1, bits: (0..u64::from(codes)).map(|set| set * 7 % 1_024).collect() };
        let values: Vec<u32> = (0..codes).collect();
        // Units of two answers that are often the same.
        let mut unit = || {
            let one = random.below(u64::from(codes)) as usize;
            let other = if random.unit() < 0.5 { one } else { random.below(u64::from(codes)) as usize };
            [one, other]
        };
        let made: Vec<[usize; 2]> = (0..units).map(|_| unit()).collect();
        let counts = |units: &mut dyn Iterator<Item = usize>| {
            let mut counts = vec![0.0; codes as usize];
            units.for_each(|unit| made[unit].iter().for_each(|code| counts[*code] += 1.0));
            counts
        };
        let original = counts(&mut (0..units));
        let distance = Distance::Masi(Sets::new(&sets, &values));
        let within = made.iter().map(|[one, other]| 2.0 * distance.between(*one, *other)).sum();
        let first = Expected::new(&distance, &original, within, units as u64);
        assert!(matches!(first, Expected::First { .. }));
        let all = 0..codes as usize;
        let row = |a: usize| all.clone().map(move |b| (a, b));
        let whole = Expected::Whole(all.clone().flat_map(row).map(|(a, b)| distance.between(a, b)).collect());
        let exact = whole.of(&original, false);
        assert!((first.of(&original, false) / exact - 1.0).abs() < 1e-12);
        let (mut mean, mut spread) = (0.0, 0.0);
        for _ in 0..100 {
            let drawn = counts(&mut (0..units).map(|_| random.below(units as u64) as usize));
            let (first, whole) = (first.of(&drawn, true), whole.of(&drawn, true));
            // 1/N is 7 · 10⁻⁴; the second-order term varies by a part of it.
            assert!((first - whole).abs() / exact < 3e-4, "{first} {whole}");
            mean += (first - whole) / exact / 100.0;
            spread += ((whole - exact) / exact).abs() / 100.0;
        }
        assert!(mean.abs() < 3e-5 && spread > 5.0 * mean.abs(), "{mean} {spread}");
    }
}
