//! Agreement per label of answers that are sets of labels, all labels of an answer at once: the labels of an answer are
//! the bits of a word (of several above 64 labels), and a unit's ticks are added up bit by bit side by side.
//!
//! Units with equally many answers m wait until 32 are together. Then carry-save adders give, for each unit and
//! label, the number p of ticks as bit planes; from these follow for each p the labels that have it, and a counter
//! of bit planes counts them. All of it is and, or and exclusive or of eight words: 64 × 8 sums at a time.
//!
//! What comes out are [`Classes`] of each label, exact integers, the same in any order and on any number of threads.

use rayon::prelude::*;

use super::classes::Classes;
use super::kernels::{self, MOST, TickTally};
use crate::model::{LabelSets, Ratings, UnitClass, Values};

/// Units of one piece of work.
const PIECE: usize = 1 << 15;

/// Answers in memory, unit by unit, as bits: label `l` of an answer is bit `l % 64` of its word `l / 64`.
#[derive(Debug, Clone, Copy)]
pub struct AnswerBits<'a> {
    /// How many labels there are.
    pub labels: u32,
    /// Words of an answer: labels / 64, rounded up.
    pub words: usize,
    /// The words, one answer after the other.
    pub bits: &'a [u64],
    /// The answer at which each unit begins, and how many answers there are.
    pub starts: &'a [u32],
}

/// The units of each label, every label offered in every answer. Some .5 ns an answer and word on each core with
/// AVX-512; memory O(labels · classes) beside the answers.
#[must_use]
pub fn of_words(answers: &AnswerBits) -> Vec<Classes> {
    let count = |word: usize| {
        let one = |answer: usize| answers.bits[answer * answers.words + word];
        classes(answers.labels, word, &count(answers.starts, answers.labels, word, &one, &|_| true))
    };
    (0..words(answers.labels)).flat_map(count).collect()
}

fn words(labels: u32) -> usize {
    labels.div_ceil(64) as usize
}

/// The units of each label of ratings; none for numbers. A label that was not offered to an answer is missing there:
/// units with such an answer are counted label by label.
pub(super) fn by_label(ratings: &Ratings, starts: &[u32]) -> Vec<Classes> {
    let labels = match &ratings.values {
        Values::Sets(labels, _) | Values::Labels(labels) => *labels,
        Values::Numbers(_) => return Vec::new(),
    };
    let mut all: Vec<Classes> = (0..words(labels)).flat_map(|word| of_word(ratings, starts, labels, word)).collect();
    if !ratings.offers.is_empty() || starts.windows(2).any(|unit| (unit[1] - unit[0]) as usize > MOST) {
        one_by_one(ratings, starts, &mut all);
    }
    all
}

/// The labels of one word, over the units that need no second look.
fn of_word(ratings: &Ratings, starts: &[u32], labels: u32, word: usize) -> Vec<Classes> {
    let full = full(&ratings.offers, labels);
    let rows = &ratings.rows;
    let whole = |unit: &[u32]| rows[unit[0] as usize..unit[1] as usize].iter().all(|row| full[row.offered as usize]);
    let any = |_: &[u32]| true;
    let tally = if let Values::Sets(_, sets) = &ratings.values {
        let one = |answer: usize| sets.bits[rows[answer].value as usize * sets.words + word];
        if full.is_empty() {
            count(starts, labels, word, &one, &any)
        } else {
            count(starts, labels, word, &one, &whole)
        }
    } else {
        let one = |answer: usize| {
            let label = rows[answer].value as usize;
            if label / 64 == word { 1 << (label % 64) } else { 0 }
        };
        if full.is_empty() {
            count(starts, labels, word, &one, &any)
        } else {
            count(starts, labels, word, &one, &whole)
        }
    };
    classes(labels, word, &tally)
}

/// Whether each offer has every label.
fn full(offers: &LabelSets, labels: u32) -> Vec<bool> {
    (0..offers.len() as u32).map(|offer| (0..labels).all(|label| offers.has(offer, label))).collect()
}

fn count<W, F>(starts: &[u32], labels: u32, word: usize, one: &W, whole: &F) -> TickTally
where
    W: Fn(usize) -> u64 + Sync,
    F: Fn(&[u32]) -> bool + Sync,
{
    let here = (labels as usize - word * 64).min(64);
    let units = starts.len().saturating_sub(1);
    let piece = |from: usize| kernels::count(&starts[from..=(from + PIECE).min(units)], here, one, whole);
    let pieces: Vec<usize> = (0..units).step_by(PIECE).collect();
    pieces.into_par_iter().map(piece).reduce(TickTally::new, TickTally::merged)
}

fn classes(labels: u32, word: usize, tally: &TickTally) -> Vec<Classes> {
    let here = (labels as usize - word * 64).min(64);
    let mut all = vec![Classes::default(); here];
    for (answers, units, counts) in tally.counts() {
        for (label, classes) in all.iter_mut().enumerate() {
            let ticked = |positives: usize| counts[positives - 1][label];
            let none = units - (1..=answers).map(ticked).sum::<u64>();
            for positives in 0..=answers {
                let units = if positives == 0 { none } else { ticked(positives) };
                classes.add_units(UnitClass { answers: answers as u32, positives: positives as u32, units });
            }
        }
    }
    all
}

/// Adds the units that the kernel leaves out: those with an answer to which not every label was offered, and those
/// with more than [`MOST`] answers. 1 ns for each of their answers and labels.
fn one_by_one(ratings: &Ratings, starts: &[u32], all: &mut [Classes]) {
    let full = full(&ratings.offers, all.len() as u32);
    for unit in starts.windows(2) {
        let rows = &ratings.rows[unit[0] as usize..unit[1] as usize];
        let seen = rows.len() <= MOST && (full.is_empty() || rows.iter().all(|row| full[row.offered as usize]));
        if seen {
            continue;
        }
        for (label, classes) in all.iter_mut().enumerate() {
            let label = label as u32;
            let offered = rows.iter().filter(|row| full.is_empty() || ratings.offers.has(row.offered, label));
            let ticked = |row: &&crate::model::Rating| ticks(ratings, row.value, label);
            let (mut answers, mut positives) = (0, 0);
            for row in offered {
                answers += 1;
                positives += u32::from(ticked(&row));
            }
            classes.add(answers, positives);
        }
    }
}

/// Whether a value ticks a label.
pub(super) fn ticks(ratings: &Ratings, value: u32, label: u32) -> bool {
    match &ratings.values {
        Values::Sets(_, sets) => sets.has(value, label),
        Values::Labels(_) => value == label,
        Values::Numbers(_) => false,
    }
}
