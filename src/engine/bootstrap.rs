//! The bootstrap over units: how far a figure would move had other records of the same kind been labelled.
//!
//! Percentile interval of B. Efron and R. Tibshirani, "An Introduction to the Bootstrap" (1993), section 13.3. Units
//! are drawn with replacement. A figure sees of a unit only its class (for a label m answers and p positives), so a
//! resample of N units is one multinomial draw of N over the classes: the cost follows the few classes and not the
//! units.

use super::classes::{Classes, Sums};
use super::random::{Binomial, Normal, Random};
use crate::model::{Interval, Resampling, UnitClass};

/// Share of the resamples that lies below the interval, and above it: 95 % lie inside.
const TAIL: f64 = 0.025;

/// The interval of alpha over `classes`. Resamples in which alpha is not defined are counted and left out. Each label
/// starts at the seed, so that its interval depends on its own units alone. Cost: resamples × classes × 15 ns.
#[must_use]
pub fn interval(classes: &Classes, resampling: Resampling) -> Interval {
    let mut drawn: Vec<UnitClass> = classes.iter().collect();
    let lots = Lots::new(&drawn.iter().map(|class| class.units).collect::<Vec<_>>());
    let mut random = Random::seeded(resampling.seed);
    let mut units = vec![0; drawn.len()];
    let resample = |_| resampled(&lots, &mut random, &mut units, &mut drawn);
    interval_of((0..resampling.resamples).filter_map(resample).collect(), resampling.resamples)
}

/// Alpha of one resample.
fn resampled(lots: &Lots, random: &mut Random, units: &mut [u64], drawn: &mut [UnitClass]) -> Option<f64> {
    lots.draw(random, units);
    let mut sums = Sums::default();
    for (class, units) in drawn.iter_mut().zip(units) {
        class.units = *units;
        sums.add(*class);
    }
    sums.alpha().ok()
}

/// The interval of a figure from the resamples in which it is defined, of so many.
pub(super) fn interval_of(mut figures: Vec<f64>, resamples: u32) -> Interval {
    let undefined = resamples - figures.len() as u32;
    Interval { bounds: percentiles(&mut figures), resamples, undefined, few: false }
}

/// A source of chance for each resample, so that they can be drawn side by side and still be the same everywhere.
pub(super) trait RandomStream {
    /// Of resample `number`.
    fn stream(&self, number: u32) -> Random;
}

impl RandomStream for Resampling {
    fn stream(&self, number: u32) -> Random {
        // An odd multiple spreads the numbers over all bits; the seed itself is scattered first, so that resamples of
        // neighbouring seeds are not each other's.
        let spread = u64::from(number).wrapping_mul(0xD134_2543_DE82_EF95);
        Random::seeded(Random::seeded(self.seed).bits() ^ spread)
    }
}

/// How much dearer a binomial number is than drawing one unit.
const BINOMIAL: u64 = 12;

/// Units to be drawn from with replacement, as many as there are.
pub(super) struct Lots {
    /// Place of each class in the caller's order, the largest class first.
    order: Vec<usize>,
    /// For each class in that order, the units of it and of those after it, and its share of them.
    rest: Vec<(u64, Binomial)>,
    /// For each of as many equal parts of the units as there are classes, the class in which it begins (the guide
    /// table of H.-C. Chen and Y. Asau, AIIE Transactions 6 (1974)).
    guide: Vec<u32>,
    normal: Option<Normal>,
}

/// Below so many units no class is large enough for [`Normal`].
const MANY: u64 = 4_000;

impl Lots {
    /// `units`: how many there are of each class. O(classes · log classes).
    pub fn new(units: &[u64]) -> Self {
        let mut order: Vec<usize> = (0..units.len()).filter(|class| units[*class] > 0).collect();
        order.sort_by_key(|class| std::cmp::Reverse(units[*class]));
        let all: u64 = units.iter().sum();
        let mut left = all;
        let share = |class: &usize| {
            let binomial = Binomial::new(units[*class] as f64 / left as f64);
            let here = left;
            left -= units[*class];
            (here, binomial)
        };
        let rest: Vec<(u64, Binomial)> = order.iter().map(share).collect();
        let mut at = 0;
        let begins = |part: usize| {
            let spot = (u128::from(all) * part as u128 / order.len() as u128) as u64;
            while at + 1 < rest.len() && all - rest[at + 1].0 <= spot {
                at += 1;
            }
            at as u32
        };
        let guide = (0..order.len()).map(begins).collect();
        Self { guide, rest, order, normal: (all >= MANY).then(Normal::new) }
    }

    /// One resample, by class in the caller's order: each class in turn takes a binomial share of the units that are
    /// still to be drawn; once few are left for the small classes, those are drawn one by one.
    pub fn draw(&self, random: &mut Random, drawn: &mut [u64]) {
        drawn.fill(0);
        let Some((all, _)) = self.rest.first() else { return };
        let mut left = *all;
        let last = self.order.len() - 1;
        for (at, (rest, share)) in self.rest.iter().enumerate() {
            if at == last {
                drawn[self.order[at]] += left;
            } else if left <= (last - at) as u64 * BINOMIAL {
                for _ in 0..left {
                    drawn[self.order[self.one(all - rest + random.below(*rest))]] += 1;
                }
                break;
            } else {
                let units = match &self.normal {
                    Some(normal) => share.near(left, random, normal),
                    None => share.draw(left, random),
                };
                drawn[self.order[at]] += units;
                left -= units;
            }
        }
    }

    /// The class to which a unit belongs, units numbered in the order of the classes.
    fn one(&self, spot: u64) -> usize {
        let all = self.rest[0].0;
        let part = (u128::from(spot) * self.guide.len() as u128 / u128::from(all)) as usize;
        let mut at = self.guide[part] as usize;
        while at + 1 < self.rest.len() && all - self.rest[at + 1].0 <= spot {
            at += 1;
        }
        at
    }
}

/// The k-th smallest and k-th largest of B figures, k = ⌊(B + 1)·α⌋ and at least 1 (their equation 13.5 and the rule
/// below it; where B·α is whole, the B·α-th and B·(1 − α)-th).
fn percentiles(alphas: &mut [f64]) -> Option<(f64, f64)> {
    let count = alphas.len();
    let exact = count as f64 * TAIL;
    let k = (((count + 1) as f64 * TAIL) as usize).max(1);
    let upper = if exact.fract() == 0.0 { count - exact as usize } else { count + 1 - k };
    let mut at = |k: usize| alphas.select_nth_unstable_by(k - 1, f64::total_cmp).1.to_owned();
    (count > 0).then(|| (at(k), at(upper)))
}

#[cfg(test)]
mod tests {
    use super::super::classes::Classes;
    use super::super::random::Random;
    use super::{Lots, interval, percentiles, resampled};
    use crate::model::{Resampling, UnitClass};

    fn classes(units: &[(u32, u32)]) -> Classes {
        let mut classes = Classes::default();
        for (answers, positives) in units {
            classes.add(*answers, *positives);
        }
        classes
    }

    /// Made units: how many, raters at most, and how often the label is true and mistaken.
    fn made(count: usize, raters: u32, truth: f64, noise: f64, seed: u64) -> Vec<(u32, u32)> {
        let mut random = Random::seeded(seed);
        let mut unit = || {
            let yes = random.unit() < truth;
            let answers = 1 + (random.unit() * f64::from(raters)) as u32;
            let ticks = (0..answers).filter(|_| yes != (random.unit() < noise)).count();
            (answers, ticks as u32)
        };
        (0..count).map(|_| unit()).collect()
    }

    /// Mean and the quartiles of alphas that are defined, and how many are not.
    fn shape(mut alphas: Vec<Option<f64>>) -> ([f64; 4], usize) {
        let all = alphas.len();
        alphas.retain(Option::is_some);
        let mut alphas: Vec<f64> = alphas.into_iter().flatten().collect();
        alphas.sort_by(f64::total_cmp);
        let at = |share: f64| alphas[(alphas.len() as f64 * share) as usize];
        let mean = alphas.iter().sum::<f64>() / alphas.len() as f64;
        ([mean, at(0.05), at(0.5), at(0.95)], all - alphas.len())
    }

    /// Resamples drawn from classes against those drawn unit by unit.
    fn check(units: &[(u32, u32)]) {
        let rounds = 8_000;
        let mut random = Random::seeded(3);
        let mut whole: Vec<UnitClass> = classes(units).iter().collect();
        let lots = Lots::new(&whole.iter().map(|class| class.units).collect::<Vec<_>>());
        let mut drawn = vec![0; whole.len()];
        let mut resample = |_| resampled(&lots, &mut random, &mut drawn, &mut whole);
        let (ours, undefined) = shape((0..rounds).map(&mut resample).collect());
        let pairable: Vec<(u32, u32)> = units.iter().copied().filter(|(answers, _)| *answers > 1).collect();
        let mut draw = || {
            let one = |_| pairable[(random.unit() * pairable.len() as f64) as usize];
            let drawn: Vec<_> = (0..pairable.len()).map(one).collect();
            classes(&drawn).agreement(Resampling::NONE).alpha.ok()
        };
        let (naive, naive_undefined) = shape((0..rounds).map(|_| draw()).collect());
        let spread = (naive[3] - naive[1]).max(1e-9);
        for (ours, naive) in ours.iter().zip(naive) {
            // The interval of 90 % is 3.3 standard deviations wide; a quantile of 8,000 errs by some 0.02 of one.
            assert!((ours - naive).abs() < 0.05 * spread, "{ours} against {naive}, spread {spread}");
        }
        let sd = (naive_undefined as f64).sqrt().max(1.0);
        assert!((undefined as f64 - naive_undefined as f64).abs() < 6.0 * sd, "{undefined} {naive_undefined}");
    }

    #[test]
    fn resamples_of_classes_are_those_of_units() {
        check(&made(400, 3, 0.3, 0.1, 1));
        check(&made(120, 6, 0.5, 0.3, 2));
        check(&made(2_000, 2, 0.02, 0.01, 3));
        check(&made(60, 3, 0.04, 0.02, 4));
        check(&made(300, 9, 0.7, 0.2, 5));
    }

    #[test]
    fn rounded_normal_numbers_change_no_resample_that_can_be_seen() {
        let many = |times: u64| {
            let mut all: Vec<UnitClass> = classes(&made(3_000, 5, 0.2, 0.1, 8)).iter().collect();
            for class in &mut all {
                class.units *= times;
            }
            let count: u64 = all.iter().map(|class| class.units).sum();
            (all, count)
        };
        let (mut whole, units) = many(100);
        assert!(units > 20 * super::MANY);
        let mut lots = Lots::new(&whole.iter().map(|class| class.units).collect::<Vec<_>>());
        let mut drawn = vec![0; whole.len()];
        let mut shapes = Vec::new();
        for seed in [1, 2] {
            let mut random = Random::seeded(seed);
            shapes.push(shape((0..40_000).map(|_| resampled(&lots, &mut random, &mut drawn, &mut whole)).collect()).0);
            lots.normal = None;
        }
        let spread = shapes[0][3] - shapes[0][1];
        for (ours, exact) in shapes[0].iter().zip(shapes[1]) {
            assert!((ours - exact).abs() < 0.02 * spread, "{ours} against {exact}, spread {spread}");
        }
    }

    #[test]
    fn what_was_drawn_whole_is_the_original() {
        let units = made(500, 4, 0.3, 0.1, 6);
        let whole: Vec<UnitClass> = classes(&units).iter().collect();
        let mut sums = super::Sums::default();
        for class in &whole {
            sums.add(*class);
        }
        assert_eq!(sums.alpha(), classes(&units).agreement(Resampling::NONE).alpha);
    }

    #[test]
    fn the_same_seed_gives_the_same_interval_and_undefined_resamples_are_counted() {
        let few = classes(&[(3, 1), (3, 0), (3, 0), (2, 0), (2, 0)]);
        let found = interval(&few, Resampling::default());
        assert_eq!(found, interval(&few, Resampling::default()));
        let undefined = |seed| interval(&few, Resampling { resamples: 1_000, seed }).undefined;
        let all: u32 = (0..100).map(undefined).sum();
        // No unit with a tick is drawn with probability (4/5)⁵ = .32768; one standard deviation is 148.
        assert!((32_200..33_350).contains(&all), "{all}");
        let (low, high) = found.bounds.unwrap();
        assert!(low <= high);
        let other = interval(&classes(&made(300, 3, 0.3, 0.1, 1)), Resampling { resamples: 1_000, seed: 43 });
        assert_ne!(other, interval(&classes(&made(300, 3, 0.3, 0.1, 1)), Resampling::default()));
    }

    #[test]
    fn percentiles_are_the_book_s() {
        let to = |count: u32| -> Vec<f64> { (1..=count).rev().map(f64::from).collect() };
        assert_eq!(percentiles(&mut to(1_000)), Some((25.0, 975.0)));
        assert_eq!(percentiles(&mut to(999)), Some((25.0, 975.0)));
        assert_eq!(percentiles(&mut to(500)), Some((12.0, 489.0)));
        assert_eq!(percentiles(&mut to(1)), Some((1.0, 1.0)));
        assert_eq!(percentiles(&mut to(0)), None);
    }
}
