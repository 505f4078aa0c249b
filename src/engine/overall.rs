//! Measures of agreement over all raters, of the whole answers, and their bootstrap over units.
//!
//! K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section D: alpha = 1 − Do/De with
//! Do = (1/n)·Σ over units Σ over ordered pairs of its answers δ²/(m − 1) and De = Σ `n_c`·`n_k`·δ²/(n(n − 1)), n the
//! pairable answers. What δ² is:
//!
//! - nominal: 1 for unequal values.
//! - interval: (c − k)²; so Σ over pairs = 2·n·Σ(x − mean)²: no pair is looked at (see [`super::spread`]). The mean is
//!   that of the pairable answers, in a resample of its own: what stands alone has no say.
//! - ordinal: (Σ from c to k of `n_g` − (`n_c` + `n_k`)/2)², which is the squared difference of the values' mean ranks: an
//!   interval scale of ranks that come from the counts themselves, in a resample from its own.
//! - ratio, MASI and Jaccard: see [`super::distance`].
//!
//! Percent, Fleiss' kappa and Gwet's AC1 are those of [`super::kappa`].

use rayon::prelude::*;

use super::bootstrap::{Lots, RandomStream, interval_of};
use super::distance::{Distance, Expected, MOST, Sets};
use super::kappa;
use super::profile::{Cell, Codes, Profile};
use super::spread::{apart, ranks, squarable, squared, squared_ranks};
use crate::model::{Figure, Measure, Ratings, Resampling, Undefined, Values};

/// How a measure is figured.
enum Computation {
    Never(Undefined),
    /// Σ over pairs of a unit of δ²/(m − 1) for each class, and how the expected disagreement comes.
    Alpha(Vec<f64>, Scale),
    Ordinal,
    Percent,
    Fleiss,
    Ac1,
}

enum Scale {
    Nominal,
    /// The number of each code.
    Interval(Vec<f64>),
    /// The mean rank of each code among what was drawn.
    Ranks(Vec<f64>),
    Pairs(Expected),
}

/// How often each value was drawn.
struct ValueTally {
    /// Answers of pairable units, by code.
    counts: Vec<f64>,
    /// Σ over all rated units of the share of their answers, by code.
    shares: Vec<f64>,
    /// Answers of pairable units.
    values: f64,
    /// Whether chance drew them.
    resampled: bool,
}

/// The measures of one question.
pub(super) struct Overall<'p> {
    profile: &'p Profile,
    ways: Vec<(Measure, Computation)>,
    /// How many categories there are.
    categories: usize,
    /// Share of each class's pairs that differ.
    differing: Vec<f64>,
}

impl<'p> Overall<'p> {
    /// The measures that fit the values. O(cells), and for MASI, Jaccard and ratio what [`Expected::new`] costs.
    pub fn new(ratings: &Ratings, codes: &Codes, profile: &'p Profile) -> Self {
        let categories = categories(ratings, codes);
        let mut overall = Self { profile, ways: Vec::new(), categories, differing: Vec::new() };
        overall.differing = profile.classes.iter().map(|class| kappa::differing(profile, class)).collect();
        let nominal = |a: usize, b: usize| f64::from(u8::from(a != b));
        overall.ways.push((Measure::Nominal, Computation::Alpha(overall.observed(nominal), Scale::Nominal)));
        match &ratings.values {
            Values::Labels(_) => {}
            Values::Sets(_, sets) => {
                let masi = overall.pairs(&Distance::Masi(Sets::new(sets, &codes.values)));
                let jaccard = overall.pairs(&Distance::Jaccard(Sets::new(sets, &codes.values)));
                overall.ways.extend([(Measure::Masi, masi), (Measure::Jaccard, jaccard)]);
            }
            Values::Numbers(all) => {
                let numbers: Vec<f64> = codes.values.iter().map(|value| all[*value as usize]).collect();
                overall.numbers(&numbers);
            }
        }
        let rest = [
            (Measure::Percent, Computation::Percent),
            (Measure::FleissKappa, Computation::Fleiss),
            (Measure::GwetAc1, Computation::Ac1),
        ];
        overall.ways.extend(rest);
        overall
    }

    /// Only pairable answers count: a number that one person gave to a record nobody else answered changes nothing.
    fn numbers(&mut self, numbers: &[f64]) {
        let counts = self.original().counts;
        let occurs = |code: usize| counts[code] > 0.0;
        let any = |what: &dyn Fn(f64) -> bool| (0..numbers.len()).any(|code| occurs(code) && what(numbers[code]));
        if any(&|x| !x.is_finite()) {
            let never = |measure| (measure, Computation::Never(Undefined::NotFinite));
            self.ways.extend([Measure::Ordinal, Measure::Interval, Measure::Ratio].map(never));
            return;
        }
        self.ways.push((Measure::Ordinal, Computation::Ordinal));
        let fit = squarable(numbers, occurs);
        let observed = self.observed(|a, b| (fit[a] - fit[b]).powi(2));
        self.ways.push((Measure::Interval, Computation::Alpha(observed, Scale::Interval(fit))));
        let ratio = if any(&|x| x < 0.0) {
            Computation::Never(Undefined::NegativeRatio)
        } else {
            let number = |(code, x): (usize, &f64)| if occurs(code) { *x } else { 0.0 };
            self.pairs(&Distance::Ratio(numbers.iter().enumerate().map(number).collect()))
        };
        self.ways.push((Measure::Ratio, ratio));
    }

    fn pairs(&self, distance: &Distance) -> Computation {
        if distance.codes() > MOST {
            return Computation::Never(Undefined::TooManySets);
        }
        let observed = self.observed(|a, b| distance.between(a, b));
        let classes = self.profile.classes.iter().zip(&observed);
        let within = classes.map(|(class, sum)| sum * class.units as f64 * f64::from(class.answers - 1)).sum();
        let counts = self.original().counts;
        Computation::Alpha(observed, Scale::Pairs(Expected::new(distance, &counts, within, self.profile.units)))
    }

    /// For each class Σ over ordered pairs of a unit's answers of their distance, divided by m − 1.
    fn observed(&self, distance: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        let class = |class: &super::profile::Class| {
            let cells = self.profile.cells(class);
            let mut sum = 0.0;
            for (at, a) in cells.iter().enumerate() {
                for b in &cells[..at] {
                    let pairs = f64::from(a.count) * f64::from(b.count);
                    sum += pairs * distance(a.code as usize, b.code as usize);
                }
            }
            2.0 * sum / f64::from(class.answers - 1)
        };
        self.profile.classes.iter().map(class).collect()
    }

    fn original(&self) -> ValueTally {
        let mut tally = ValueTally::new(self.profile.singles.len());
        tally.resampled = false;
        tally.count(self.profile, &self.profile.drawn_once(), &self.profile.singles);
        tally
    }

    /// Every measure with its interval; `nothing`: why nothing is pairable, if so.
    pub fn figures(&self, nothing: Undefined, resampling: Resampling) -> Vec<(Measure, Figure)> {
        let original = self.original();
        let once = self.profile.drawn_once();
        let why = if self.profile.units == 0 { nothing } else { Undefined::OneValue };
        let value = |way: &Computation| match way {
            _ if self.profile.units == 0 => Err(nothing),
            Computation::Never(why) => Err(*why),
            way => self.figure(way, &once, &original).ok_or(why),
        };
        let values: Vec<_> = self.ways.iter().map(|(_, way)| value(way)).collect();
        let mut drawn = vec![Vec::new(); values.len()];
        if resampling.resamples > 0 && values.iter().any(Result::is_ok) {
            drawn = self.resamples(resampling);
        }
        let most = original.counts.iter().copied().fold(0.0, f64::max);
        let rare = (original.values - most) as u64;
        let measures = self.ways.iter().map(|(measure, _)| *measure);
        let figure = |((measure, value), drawn): ((Measure, Result<f64, _>), Vec<f64>)| {
            let wanted = resampling.resamples > 0 && value.is_ok();
            // Percent and AC1 follow the share of pairs that differ, and no rare value.
            let rare = if matches!(measure, Measure::Percent | Measure::GwetAc1) { u64::MAX } else { rare };
            (measure, Figure { value, interval: wanted.then(|| interval_of(drawn, resampling.resamples).held(rare)) })
        };
        measures.zip(values).zip(drawn).map(figure).collect()
    }

    /// Every measure of every resample that has it. Pairable units are drawn from pairable units, and units with one
    /// answer, which Fleiss' and Gwet's chance agreement see, from such: there are always as many of either.
    fn resamples(&self, resampling: Resampling) -> Vec<Vec<f64>> {
        let (several, single) = (Lots::new(&self.profile.drawn_once()), Lots::new(&self.profile.singles));
        let one = |(tally, drawn, alone): &mut (ValueTally, Vec<u64>, Vec<u64>), resample: u32| {
            let mut random = resampling.stream(resample);
            several.draw(&mut random, drawn);
            single.draw(&mut random, alone);
            tally.count(self.profile, drawn, alone);
            self.ways.iter().map(|(_, way)| self.figure(way, drawn, tally)).collect::<Vec<_>>()
        };
        let codes = self.profile.singles.len();
        let scratch = || (ValueTally::new(codes), vec![0; self.profile.classes.len()], vec![0; codes]);
        let all: Vec<Vec<Option<f64>>> =
            (0..resampling.resamples).into_par_iter().with_min_len(16).map_init(scratch, one).collect();
        (0..self.ways.len()).map(|way| all.iter().filter_map(|figures| figures[way]).collect()).collect()
    }

    /// A measure of what was drawn; none where it is not defined.
    fn figure(&self, way: &Computation, drawn: &[u64], tally: &ValueTally) -> Option<f64> {
        let differing = || weighed(&self.differing, drawn) / self.profile.units as f64;
        match way {
            Computation::Never(_) => None,
            Computation::Alpha(observed, scale) => tally.alpha(weighed(observed, drawn), scale),
            Computation::Ordinal => {
                let ranks = ranks(&tally.counts);
                tally.alpha(self.ordinal(drawn, &ranks), &Scale::Ranks(ranks))
            }
            Computation::Percent => Some(1.0 - differing()),
            Computation::Fleiss => kappa::fleiss(differing(), &tally.shares),
            Computation::Ac1 => kappa::ac1(differing(), &tally.shares, self.categories),
        }
    }

    /// Σ over units of the squared differences of their answers' ranks, divided by m − 1.
    fn ordinal(&self, drawn: &[u64], ranks: &[f64]) -> f64 {
        let classes = self.profile.classes.iter().zip(drawn).filter(|(_, drawn)| **drawn > 0);
        let unit = |class: &super::profile::Class| {
            let (mut sum, mut squares) = (0.0, 0.0);
            // From the first value's rank, so that equal ranks differ by 0 exactly.
            let cells = self.profile.cells(class);
            let first = ranks[cells[0].code as usize];
            for Cell { code, count } in cells {
                let rank = ranks[*code as usize] - first;
                sum += f64::from(*count) * rank;
                squares += f64::from(*count) * rank * rank;
            }
            2.0 * (f64::from(class.answers) * squares - sum * sum) / f64::from(class.answers - 1)
        };
        classes.map(|(class, drawn)| *drawn as f64 * unit(class)).sum()
    }
}

impl ValueTally {
    fn new(codes: usize) -> Self {
        Self { counts: vec![0.0; codes], shares: vec![0.0; codes], values: 0.0, resampled: true }
    }

    fn count(&mut self, profile: &Profile, drawn: &[u64], alone: &[u64]) {
        self.counts.fill(0.0);
        self.values = 0.0;
        for (share, units) in self.shares.iter_mut().zip(alone) {
            *share = *units as f64;
        }
        for (class, units) in profile.classes.iter().zip(drawn) {
            if *units == 0 {
                continue;
            }
            let units = *units as f64;
            let share = units / f64::from(class.answers);
            self.values += units * f64::from(class.answers);
            for Cell { code, count } in profile.cells(class) {
                self.counts[*code as usize] += units * f64::from(*count);
                self.shares[*code as usize] += share * f64::from(*count);
            }
        }
    }

    /// 1 − Do/De, with Do = `observed`/n; none where fewer than two values were drawn.
    fn alpha(&self, observed: f64, scale: &Scale) -> Option<f64> {
        self.counts.iter().filter(|count| **count > 0.0).nth(1)?;
        let n = self.values;
        let expected = match scale {
            Scale::Nominal => apart(self.counts.iter().copied()),
            Scale::Interval(x) => squared(&self.counts, x),
            Scale::Ranks(ranks) => squared_ranks(&self.counts, ranks),
            Scale::Pairs(pairs) => pairs.of(&self.counts, self.resampled),
        };
        (expected > 0.0).then(|| 1.0 - (n - 1.0) * observed / expected)
    }
}

/// The categories of a nominal answer: the labels that were declared and offered to somebody, or ticked; else, and for
/// sets and numbers, those that occur.
fn categories(ratings: &Ratings, codes: &Codes) -> usize {
    let Values::Labels(labels) = ratings.values else { return codes.len() };
    if !ratings.declared {
        return codes.len();
    }
    if ratings.offers.is_empty() {
        return labels as usize;
    }
    let mut met = vec![false; ratings.offers.len()];
    ratings.rows.iter().for_each(|row| met[row.offered as usize] = true);
    let offered = |label: u32| (0u32..).zip(&met).any(|(set, met)| *met && ratings.offers.has(set, label));
    let there = |label: u32| codes.values.contains(&label) || offered(label);
    (0..labels).filter(|label| there(*label)).count()
}

fn weighed(sums: &[f64], drawn: &[u64]) -> f64 {
    sums.iter().zip(drawn).map(|(sum, units)| sum * *units as f64).sum()
}
