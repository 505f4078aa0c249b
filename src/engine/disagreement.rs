//! Which units annotators disagree on, and what they gave instead of a label.
//!
//! The distance of two answers is 0 where they are equal; sets of labels are as far apart as Jaccard says
//! (1 − |a ∩ b| / |a ∪ b|), other labels 1, numbers by their difference. A unit's disagreement is the mean over its pairs.

use super::offered::narrowed;
use crate::model::{Confusion, Disagreement, DrillDown, InsteadAnswer, LabelSets, Rating, Ratings, Values};

/// The units behind a figure, strongest disagreement first; those alike in the order of the units. One pass over the answers, and
/// over the pairs of each unit.
#[must_use]
pub fn disagreements(ratings: &Ratings, behind: &DrillDown) -> Vec<Disagreement> {
    let cut;
    let ratings = if let DrillDown::Label(_) = behind {
        ratings
    } else {
        // Whole answers, as their figures compare them.
        cut = narrowed(ratings).0;
        &*cut
    };
    let units = ratings.rows.chunk_by(|a, b| a.unit == b.unit);
    let found = units.filter_map(|unit| {
        let distance = match behind {
            DrillDown::Label(label) => over_label(ratings, unit, *label),
            DrillDown::Pair(a, b) => mean(ratings, unit, |one, other| {
                (one.rater, other.rater) == (*a, *b) || (one.rater, other.rater) == (*b, *a)
            }),
            DrillDown::Person(who) => mean(ratings, unit, |one, other| one.rater == *who || other.rater == *who),
            DrillDown::Any => mean(ratings, unit, |_, _| true),
        }?;
        (distance > 0.0).then_some(Disagreement { unit: unit[0].unit, distance })
    });
    let mut all: Vec<Disagreement> = found.collect();
    all.sort_by(|a, b| b.distance.total_cmp(&a.distance).then(a.unit.cmp(&b.unit)));
    all
}

/// For each label what others gave in its place: of each two answers to a unit of which one ticks the label and the
/// other, to whom it was offered, does not, every label that only the other ticks; where there is no such label, whether
/// the other ticks something that both share, or nothing. Most frequent first. One pass over the pairs of answers.
#[must_use]
pub fn confusion(ratings: &Ratings) -> Vec<Vec<Confusion>> {
    let (Values::Sets(labels, _) | Values::Labels(labels)) = ratings.values else { return Vec::new() };
    let labels = labels as usize;
    let across = labels + 2;
    let mut counts = vec![0u64; labels * across];
    for unit in ratings.rows.chunk_by(|a, b| a.unit == b.unit) {
        for (at, one) in unit.iter().enumerate() {
            for other in unit.iter().skip(at + 1).filter(|other| other.value != one.value) {
                let (mine, theirs) = (ticks(ratings, one), ticks(ratings, other));
                count(&mut counts, labels, &mine, &theirs, |label| is_offered(ratings, other, label));
                count(&mut counts, labels, &theirs, &mine, |label| is_offered(ratings, one, label));
            }
        }
    }
    let gave = |column: usize| match column {
        label if label < labels => InsteadAnswer::Label(label as u32),
        shared if shared == labels => InsteadAnswer::NothingElse,
        _ => InsteadAnswer::NoneOfThese,
    };
    let row = |row: &[u64]| {
        let given = row.iter().enumerate().filter(|(_, pairs)| **pairs > 0);
        let mut given: Vec<Confusion> =
            given.map(|(column, pairs)| Confusion { gave: gave(column), pairs: *pairs }).collect();
        given.sort_by_key(|given| (std::cmp::Reverse(given.pairs), given.gave));
        given
    };
    counts.chunks_exact(across).map(row).collect()
}

/// Columns of a row: the labels, nothing else, none of these.
fn count(counts: &mut [u64], labels: usize, mine: &[u32], theirs: &[u32], offered: impl Fn(u32) -> bool) {
    let only = |label: &&u32| !mine.contains(label);
    for label in mine.iter().filter(|label| !theirs.contains(label) && offered(**label)) {
        let row = *label as usize * (labels + 2);
        let mut none = true;
        for other in theirs.iter().filter(only) {
            counts[row + *other as usize] += 1;
            none = false;
        }
        counts[row + labels + usize::from(theirs.is_empty())] += u64::from(none);
    }
}

fn is_offered(ratings: &Ratings, rating: &Rating, label: u32) -> bool {
    ratings.offers.is_empty() || ratings.offers.has(rating.offered, label)
}

/// The labels of an answer.
fn ticks(ratings: &Ratings, rating: &Rating) -> Vec<u32> {
    match &ratings.values {
        Values::Sets(labels, sets) => (0..*labels).filter(|label| sets.has(rating.value, *label)).collect(),
        Values::Labels(_) => vec![rating.value],
        Values::Numbers(_) => Vec::new(),
    }
}

/// Share of the pairs of answers that differ on one label; none where fewer than two count for it.
fn over_label(ratings: &Ratings, unit: &[Rating], label: u32) -> Option<f64> {
    let counted = || unit.iter().filter(|rating| is_offered(ratings, rating, label));
    let ticked = |rating: &&Rating| match &ratings.values {
        Values::Sets(_, sets) => sets.has(rating.value, label),
        _ => rating.value == label,
    };
    let (m, p) = (counted().count() as f64, counted().filter(ticked).count() as f64);
    (m > 1.0).then(|| 2.0 * p * (m - p) / (m * (m - 1.0)))
}

/// Mean distance of the pairs that count; none without any.
fn mean(ratings: &Ratings, unit: &[Rating], counts: impl Fn(&Rating, &Rating) -> bool) -> Option<f64> {
    let (mut sum, mut pairs) = (0.0, 0u32);
    for (at, one) in unit.iter().enumerate() {
        for other in unit.iter().skip(at + 1).filter(|other| counts(one, other)) {
            sum += distance(&ratings.values, one.value, other.value);
            pairs += 1;
        }
    }
    (pairs > 0).then(|| sum / f64::from(pairs))
}

fn distance(values: &Values, a: u32, b: u32) -> f64 {
    match values {
        _ if a == b => 0.0,
        Values::Sets(_, sets) => jaccard(sets, a, b),
        Values::Labels(_) => 1.0,
        Values::Numbers(numbers) => (numbers[a as usize] - numbers[b as usize]).abs(),
    }
}

fn jaccard(sets: &LabelSets, a: u32, b: u32) -> f64 {
    let words = || sets.get(a).iter().zip(sets.get(b));
    let both: u32 = words().map(|(a, b)| (a & b).count_ones()).sum();
    let either: u32 = words().map(|(a, b)| (a | b).count_ones()).sum();
    if either == 0 { 0.0 } else { 1.0 - f64::from(both) / f64::from(either) }
}

#[cfg(test)]
mod tests {
    use super::{confusion, disagreements};
    use crate::model::{DrillDown, LabelSets, Rating, Ratings, Values};

    /// Answers as bits by unit and rater; those of `late` were not offered label 2.
    fn ratings(rows: &[(u32, u32, u64)], late: &[usize]) -> Ratings {
        let rating = |(at, (unit, rater, _)): (usize, &(u32, u32, u64))| Rating {
            unit: *unit,
            rater: *rater,
            value: at as u32,
            offered: u32::from(late.contains(&at)),
        };
        Ratings {
            raters: 3,
            units: 10,
            values: Values::Sets(3, LabelSets { words: 1, bits: rows.iter().map(|row| row.2).collect() }),
            declared: false,
            offers: LabelSets { words: 1, bits: vec![0b111, 0b011] },
            rows: rows.iter().enumerate().map(rating).collect(),
            again: Vec::new(),
        }
    }

    fn units(ratings: &Ratings, behind: &DrillDown) -> Vec<(u32, f64)> {
        disagreements(ratings, behind)
            .iter()
            .map(|found| (found.unit, (found.distance * 100.0).round() / 100.0))
            .collect()
    }

    #[test]
    fn the_most_divided_unit_comes_first_and_unanimous_ones_not_at_all() {
        let rows = [
            (1, 0, 0b001),
            (1, 1, 0b001),
            (1, 2, 0b001),
            (2, 0, 0b001),
            (2, 1, 0b011),
            (2, 2, 0b001),
            (3, 0, 0b001),
            (3, 1, 0b010),
            (4, 0, 0b001),
        ];
        let ratings = ratings(&rows, &[]);
        assert_eq!(units(&ratings, &DrillDown::Label(0)), [(3, 1.0)]);
        assert_eq!(units(&ratings, &DrillDown::Label(1)), [(3, 1.0), (2, 0.67)]);
        assert_eq!(units(&ratings, &DrillDown::Pair(1, 0)), [(3, 1.0), (2, 0.5)]);
        assert_eq!(units(&ratings, &DrillDown::Pair(0, 2)), []);
        assert_eq!(units(&ratings, &DrillDown::Person(2)), [(2, 0.25)]);
        assert_eq!(units(&ratings, &DrillDown::Any), [(3, 1.0), (2, 0.33)]);
    }

    #[test]
    fn what_was_given_instead_is_counted_pair_by_pair() {
        let rows = [(1, 0, 0b001), (1, 1, 0b010), (1, 2, 0b011), (2, 0, 0b100), (2, 1, 0b000)];
        let found = confusion(&ratings(&rows, &[]));
        let words = |label: usize| -> Vec<String> {
            found[label].iter().map(|given| given.words(|label| format!("label {label}"))).collect()
        };
        assert_eq!(words(0), ["label 1 1 pair", "nothing else 1 pair"]);
        assert_eq!(words(1), ["label 0 1 pair", "nothing else 1 pair"]);
        assert_eq!(words(2), ["none of these 1 pair"]);
        let late = ratings(&rows, &[4]);
        assert_eq!(confusion(&late)[2], [], "it was not offered, so nothing was given in its place");
        assert_eq!(units(&late, &DrillDown::Label(2)), []);
    }
}
