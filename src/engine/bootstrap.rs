//! The bootstrap over units: how far alpha of a label would move had other records of the same kind been labelled.
//!
//! Percentile interval of B. Efron and R. Tibshirani, "An Introduction to the Bootstrap" (1993), section 13.3. Units
//! are drawn with replacement. Alpha sees of a unit only its class (m answers, p positives), so a resample of N units
//! is one multinomial draw of N over the classes: the cost follows the few classes and not the units.

use super::agreement::{Classes, Sums};
use super::random::{Binomial, Random};
use crate::model::{Interval, Resampling, UnitClass};

/// Share of the resamples that lies below the interval, and above it: 95 % lie inside.
const TAIL: f64 = 0.025;

/// The interval of alpha over `classes`. Resamples in which alpha is not defined are counted and left out. Each label
/// starts at the seed, so that its interval depends on its own units alone. Cost: resamples × classes × 50 ns at most.
#[must_use]
pub fn interval(classes: &Classes, resampling: Resampling) -> Interval {
    let units = Units::new(classes);
    let mut random = Random::seeded(resampling.seed);
    let mut alphas: Vec<f64> = (0..resampling.resamples).filter_map(|_| units.resample(&mut random)).collect();
    Interval {
        bounds: percentiles(&mut alphas),
        resamples: resampling.resamples,
        undefined: resampling.resamples - alphas.len() as u32,
    }
}

/// How much dearer a binomial number is than drawing one unit.
const BINOMIAL: u64 = 12;

/// Units to be drawn from, the largest class first.
struct Units {
    classes: Vec<UnitClass>,
    /// Place of each class in the order of answers and positives.
    order: Vec<usize>,
    /// For each class, the units of it and of those after it, and its share of them.
    rest: Vec<(u64, Binomial)>,
}

impl Units {
    fn new(classes: &Classes) -> Self {
        let mut ordered: Vec<(usize, UnitClass)> = classes.iter().enumerate().collect();
        ordered.sort_by_key(|(_, class)| std::cmp::Reverse(class.units));
        let mut rest: u64 = classes.iter().map(|class| class.units).sum();
        let share = |(_, class): &(usize, UnitClass)| {
            let binomial = Binomial::new(class.units as f64 / rest as f64);
            let here = rest;
            rest -= class.units;
            (here, binomial)
        };
        Self {
            rest: ordered.iter().map(share).collect(),
            order: ordered.iter().map(|(at, _)| *at).collect(),
            classes: classes.iter().collect(),
        }
    }

    /// Alpha of one resample: each class in turn takes a binomial share of the units that are still to be drawn;
    /// once few are left for the small classes, those are drawn one by one.
    fn resample(&self, random: &mut Random) -> Option<f64> {
        let mut drawn = self.classes.clone();
        let mut left = self.rest.first()?.0;
        let last = self.order.len() - 1;
        for class in &mut drawn {
            class.units = 0;
        }
        for (at, (rest, share)) in self.rest.iter().enumerate() {
            if at == last {
                drawn[self.order[at]].units += left;
            } else if left <= (last - at) as u64 * BINOMIAL {
                for _ in 0..left {
                    drawn[self.one(at, *rest, random)].units += 1;
                }
                break;
            } else {
                let units = share.draw(left, random);
                drawn[self.order[at]].units += units;
                left -= units;
            }
        }
        let mut sums = Sums::default();
        for class in drawn {
            sums.add(class);
        }
        sums.alpha().ok()
    }

    /// Place of the class of one unit among the last `rest`.
    fn one(&self, from: usize, rest: u64, random: &mut Random) -> usize {
        let mut spot = random.below(rest);
        let mut at = from;
        while spot >= self.classes[self.order[at]].units {
            spot -= self.classes[self.order[at]].units;
            at += 1;
        }
        self.order[at]
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
    use super::super::agreement::Classes;
    use super::super::random::Random;
    use super::{Units, interval, percentiles};
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
        let whole = Units::new(&classes(units));
        let (ours, undefined) = shape((0..rounds).map(|_| whole.resample(&mut random)).collect());
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
