//! Each rater beside the others: alpha without them, how often the others say the same, what they tick, and whether
//! they say it again.

use rayon::prelude::*;

use super::bits::ticks;
use super::bootstrap::{Lots, interval_of};
use super::offered::same;
use super::profile::Codes;
use super::random::Random;
use super::spread::{apart, ranks, squared_ranks};
use crate::model::{Figure, RaterAgreement, Ratings, Resampling, Undefined, Values};

/// Every rater, in order, by answers as they were `given` and as whole answers compare them. Two passes over all answers for each: 5 ns an answer and rater, on all cores. Alpha without
/// a rater has no interval: it is one look at a difference, not a figure of its own.
pub(super) fn people(
    given: &Ratings,
    ratings: &Ratings,
    starts: &[u32],
    codes: &Codes,
    resampling: Resampling,
) -> Vec<RaterAgreement> {
    let mut all: Vec<Meets> = vec![Meets::default(); ratings.raters as usize];
    for unit in starts.windows(2) {
        let rows = &ratings.rows[unit[0] as usize..unit[1] as usize];
        for row in rows {
            let code = codes.of[row.value as usize];
            let same = rows.iter().filter(|other| codes.of[other.value as usize] == code).count() as u32 - 1;
            let one = &mut all[row.rater as usize];
            if rows.len() > 1 {
                one.add(rows.len() as u32 - 1, same);
            }
        }
    }
    given.rows.iter().for_each(|row| all[row.rater as usize].values += 1);
    let ticked = Ticked::new(given);
    let again = again(given);
    let answered = all.iter().filter(|meets| meets.values > 0).count();
    let others = |meets: &Meets| answered - usize::from(meets.values > 0);
    let person = |(rater, meets): (usize, Meets)| RaterAgreement {
        rater: rater as u32,
        values: meets.values,
        units: meets.alike.iter().map(|(_, units)| units).sum(),
        without: Figure { value: without(ratings, starts, codes, rater as u32, others(&meets)), interval: None },
        with_others: meets.figure(resampling),
        prevalence: ticked.of(rater),
        itself: again[rater],
    };
    all.into_par_iter().enumerate().map(person).collect()
}

/// Units of one rater.
#[derive(Clone, Default)]
struct Meets {
    values: u64,
    /// Units with ((others, those of them who said the same), how many units), sorted.
    alike: Vec<((u32, u32), u64)>,
}

impl Meets {
    fn add(&mut self, others: u32, same: u32) {
        match self.alike.binary_search_by_key(&(others, same), |(known, _)| *known) {
            Ok(at) => self.alike[at].1 += 1,
            Err(at) => self.alike.insert(at, ((others, same), 1)),
        }
    }

    /// Mean over the units of the share of the others who said the same.
    fn figure(&self, resampling: Resampling) -> Figure {
        let units: Vec<u64> = self.alike.iter().map(|(_, units)| *units).collect();
        let all: u64 = units.iter().sum();
        if all == 0 {
            let why = if self.values == 0 { Undefined::NoAnswers } else { Undefined::NothingPairable };
            return Figure { value: Err(why), interval: None };
        }
        let mean = |drawn: &[u64]| {
            let unit = |(((others, same), _), drawn): (&((u32, u32), u64), &u64)| {
                *drawn as f64 * f64::from(*same) / f64::from(*others)
            };
            self.alike.iter().zip(drawn).map(unit).sum::<f64>() / all as f64
        };
        let (lots, mut drawn) = (Lots::new(&units), vec![0; units.len()]);
        let mut random = Random::seeded(resampling.seed);
        let mut resample = |_| {
            lots.draw(&mut random, &mut drawn);
            mean(&drawn)
        };
        let figures: Vec<f64> = (0..resampling.resamples).map(&mut resample).collect();
        let interval = (resampling.resamples > 0).then(|| interval_of(figures, resampling.resamples));
        Figure { value: Ok(mean(&units)), interval }
    }
}

/// How often each rater was offered and ticked each label.
struct Ticked {
    labels: usize,
    /// By rater, then label.
    offered: Vec<u64>,
    yes: Vec<u64>,
}

impl Ticked {
    fn new(ratings: &Ratings) -> Self {
        let labels = match &ratings.values {
            Values::Sets(labels, _) | Values::Labels(labels) => *labels as usize,
            Values::Numbers(_) => 0,
        };
        let cells = labels * ratings.raters as usize;
        let mut found = Self { labels, offered: vec![0; cells], yes: vec![0; cells] };
        for row in &ratings.rows {
            for label in 0..labels {
                if ratings.offers.is_empty() || ratings.offers.has(row.offered, label as u32) {
                    let cell = row.rater as usize * labels + label;
                    found.offered[cell] += 1;
                    found.yes[cell] += u64::from(ticks(ratings, row.value, label as u32));
                }
            }
        }
        found
    }

    fn of(&self, rater: usize) -> Vec<Option<f64>> {
        let cells = rater * self.labels..(rater + 1) * self.labels;
        let share = |cell: usize| (self.offered[cell] > 0).then(|| self.yes[cell] as f64 / self.offered[cell] as f64);
        cells.map(share).collect()
    }
}

/// For each rater the units they answered more than once, and the share of these whose first two answers are equal by
/// the labels that they were offered both times.
fn again(ratings: &Ratings) -> Vec<Option<(u64, f64)>> {
    let mut found = vec![(0u64, 0u64); ratings.raters as usize];
    for answers in ratings.again.chunk_by(|a, b| (a.unit, a.rater) == (b.unit, b.rater)) {
        let second = &answers[0];
        let first = ratings.rows.binary_search_by_key(&(second.unit, second.rater), |row| (row.unit, row.rater));
        if let Some(same) = first.ok().and_then(|at| same(ratings, &ratings.rows[at], second)) {
            let (units, equal) = &mut found[second.rater as usize];
            *units += 1;
            *equal += u64::from(same);
        }
    }
    found.iter().map(|(units, equal)| (*units > 0).then(|| (*units, *equal as f64 / *units as f64))).collect()
}

/// Alpha of all the others: nominal, of numbers ordinal (both as in [`super::overall`]), unit by unit.
fn without(ratings: &Ratings, starts: &[u32], codes: &Codes, rater: u32, others: usize) -> Result<f64, Undefined> {
    let mut counts = vec![0.0; codes.len()];
    let mut unit = Vec::new();
    each(ratings, starts, codes, rater, &mut unit, &mut |unit| {
        for code in unit {
            counts[*code as usize] += 1.0;
        }
    });
    let n: f64 = counts.iter().sum();
    if n == 0.0 {
        return Err(if others > 1 { Undefined::NothingPairable } else { Undefined::OneRater });
    }
    if counts.iter().filter(|count| **count > 0.0).nth(1).is_none() {
        return Err(Undefined::OneValue);
    }
    let numbers = matches!(ratings.values, Values::Numbers(_));
    let ranks = ranks(&counts);
    let mut observed = 0.0;
    each(ratings, starts, codes, rater, &mut unit, &mut |unit| {
        let pair = |a: u32, b: u32| {
            if numbers { (ranks[a as usize] - ranks[b as usize]).powi(2) } else { f64::from(u8::from(a != b)) }
        };
        let pairs = unit.iter().enumerate().flat_map(|(at, a)| unit[..at].iter().map(move |b| pair(*a, *b)));
        observed += 2.0 * pairs.sum::<f64>() / (unit.len() - 1) as f64;
    });
    let expected = if numbers { squared_ranks(&counts, &ranks) } else { apart(counts.iter().copied()) };
    Ok(1.0 - (n - 1.0) * observed / expected)
}

/// The codes of each unit that two others answered; `unit` is scratch.
fn each(
    ratings: &Ratings,
    starts: &[u32],
    codes: &Codes,
    rater: u32,
    unit: &mut Vec<u32>,
    with: &mut dyn FnMut(&[u32]),
) {
    for span in starts.windows(2) {
        let rows = &ratings.rows[span[0] as usize..span[1] as usize];
        unit.clear();
        unit.extend(rows.iter().filter(|row| row.rater != rater).map(|row| codes.of[row.value as usize]));
        if unit.len() > 1 {
            with(unit);
        }
    }
}
