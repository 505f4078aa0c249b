//! Each pair of raters: Cohen's kappa and percent agreement over the units that both answered.

use rayon::prelude::*;

use super::bootstrap::{Lots, interval_of};
use super::kappa;
use super::profile::Codes;
use super::random::Random;
use crate::model::{Figure, PairAgreement, Ratings, Resampling, Undefined};

/// What two raters said of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Meeting {
    a: u32,
    b: u32,
    /// Codes of a's and of b's value.
    values: (u32, u32),
}

/// Every pair of raters that share a unit, in order. 16 bytes and some 20 ns for each two answers to a unit; with
/// intervals some ns more for each of these and resample.
pub(super) fn pairs(ratings: &Ratings, starts: &[u32], codes: &Codes, resampling: Resampling) -> Vec<PairAgreement> {
    let mut meetings = Vec::new();
    for unit in starts.windows(2) {
        let rows = &ratings.rows[unit[0] as usize..unit[1] as usize];
        for (at, b) in rows.iter().enumerate() {
            meetings.extend(rows[..at].iter().map(|a| {
                let (a, b) = if a.rater <= b.rater { (a, b) } else { (b, a) };
                let values = (codes.of[a.value as usize], codes.of[b.value as usize]);
                Meeting { a: a.rater, b: b.rater, values }
            }));
        }
    }
    meetings.par_sort_unstable();
    let groups: Vec<&[Meeting]> = meetings.chunk_by(|x, y| (x.a, x.b) == (y.a, y.b)).collect();
    groups.into_par_iter().map(|group| Pair::new(group).agreement(resampling)).collect()
}

/// Units that two raters share, those alike counted together.
struct Pair {
    a: u32,
    b: u32,
    /// The two values, numbered within this pair.
    kinds: Vec<(usize, usize)>,
    units: Vec<u64>,
    /// How many values there are.
    values: usize,
}

impl Pair {
    /// `group`: all meetings of the two, sorted.
    fn new(group: &[Meeting]) -> Self {
        let mut values: Vec<u32> = group.iter().flat_map(|meeting| [meeting.values.0, meeting.values.1]).collect();
        values.sort_unstable();
        values.dedup();
        let number = |value: u32| values.partition_point(|known| *known < value);
        let alike = group.chunk_by(|x, y| x == y);
        let mut kinds: Vec<((usize, usize), u64)> =
            alike.map(|same| ((number(same[0].values.0), number(same[0].values.1)), same.len() as u64)).collect();
        // Neither figure tells the two apart: they are drawn the same way whoever comes first.
        let mut turned: Vec<((usize, usize), u64)> = kinds.iter().map(|((a, b), units)| ((*b, *a), *units)).collect();
        turned.sort_unstable();
        if turned < kinds {
            kinds = turned;
        }
        let (kinds, units) = kinds.into_iter().unzip();
        Self { a: group[0].a, b: group[0].b, kinds, units, values: values.len() }
    }

    fn agreement(&self, resampling: Resampling) -> PairAgreement {
        let units: u64 = self.units.iter().sum();
        let (mut mine, mut theirs) = (vec![0; self.values], vec![0; self.values]);
        let (kappa, percent) = self.figures(&self.units, &mut mine, &mut theirs);
        let most = mine.iter().zip(&theirs).map(|(a, b)| a + b).max().unwrap_or(0);
        let rare = 2 * units - most;
        let (mut kappas, mut percents) = (Vec::new(), Vec::new());
        if resampling.resamples > 0 {
            let lots = Lots::new(&self.units);
            let mut random = Random::seeded(resampling.seed);
            let mut drawn = vec![0; self.units.len()];
            for _ in 0..resampling.resamples {
                lots.draw(&mut random, &mut drawn);
                let (kappa, percent) = self.figures(&drawn, &mut mine, &mut theirs);
                kappas.extend(kappa);
                percents.push(percent);
            }
        }
        let interval = |figures, defined| {
            (resampling.resamples > 0 && defined).then(|| interval_of(figures, resampling.resamples))
        };
        PairAgreement {
            a: self.a,
            b: self.b,
            units,
            cohen_kappa: Figure {
                value: kappa.ok_or(Undefined::OneValue),
                interval: interval(kappas, kappa.is_some()).map(|interval| interval.held(rare)),
            },
            percent: Figure { value: Ok(percent), interval: interval(percents, true) },
        }
    }

    /// Kappa and percent of so many units of each kind; the two lists are scratch.
    fn figures(&self, units: &[u64], mine: &mut [u64], theirs: &mut [u64]) -> (Option<f64>, f64) {
        mine.fill(0);
        theirs.fill(0);
        let (mut all, mut agreed) = (0, 0);
        for ((a, b), units) in self.kinds.iter().zip(units) {
            all += units;
            mine[*a] += units;
            theirs[*b] += units;
            agreed += if a == b { *units } else { 0 };
        }
        let products = mine.iter().zip(theirs.iter()).map(|(a, b)| a * b).sum();
        (kappa::cohen(all, agreed, products), agreed as f64 / all as f64)
    }
}
