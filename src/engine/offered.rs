//! Whole answers of people who were not offered the same labels.
//!
//! A label that somebody was not offered is missing in their answer, not "no": two people can be compared only by the
//! labels that both were offered. So each unit's answers are cut to the labels that all who answered it were offered,
//! and every measure of whole answers is figured from what is left. Of a single label that not all were offered nothing
//! is left: that answer is missing for the unit, as nobody can say what the others would have chosen. A label that
//! somebody ticked was before them, whatever the label sets say.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::model::{LabelSets, Narrowed, Rating, Ratings, Values};

/// The ratings as whole answers compare them, and how much was cut. Where everybody was always offered all labels they
/// are as given, and it costs nothing; else some 10 ns an answer and word, and a copy if anything is cut.
pub(super) fn narrowed(ratings: &Ratings) -> (Cow<'_, Ratings>, Narrowed) {
    let none = (Cow::Borrowed(ratings), Narrowed::default());
    let labels = match ratings.values {
        _ if ratings.offers.is_empty() => return none,
        Values::Numbers(_) => return none,
        Values::Sets(labels, _) | Values::Labels(labels) => labels as usize,
    };
    let all = |set: u32| (0..labels as u32).all(|label| ratings.offers.has(set, label));
    let full = (0..ratings.offers.len() as u32).map(all).collect();
    let mut found = OfferedCut { ratings, words: labels.div_ceil(64).max(1), full, sets: None, known: HashMap::new() };
    let mut narrowed = Narrowed::default();
    let mut rows: Vec<Rating> = Vec::new();
    for (at, unit) in units(&ratings.rows) {
        let Some(common) = found.common(unit) else {
            if narrowed.units > 0 {
                rows.extend(unit);
            }
            continue;
        };
        if narrowed.units == 0 {
            rows = Vec::with_capacity(ratings.rows.len());
            rows.extend(&ratings.rows[..at]);
        }
        narrowed.units += 1;
        let before = rows.len();
        rows.extend(unit.iter().filter_map(|row| Some(Rating { value: found.cut(row.value, &common)?, ..*row })));
        narrowed.answers += (before + unit.len() - rows.len()) as u64;
    }
    if narrowed.units == 0 {
        return none;
    }
    let values = match (&ratings.values, found.sets) {
        (Values::Sets(labels, _), Some(sets)) => Values::Sets(*labels, sets),
        (other, _) => other.clone(),
    };
    let (offers, again) = (ratings.offers.clone(), Vec::new());
    (Cow::Owned(Ratings { values, offers, rows, again, ..*ratings }), narrowed)
}

/// Each unit and where its rows begin.
fn units(rows: &[Rating]) -> impl Iterator<Item = (usize, &[Rating])> {
    let mut at = 0;
    rows.chunk_by(|a, b| a.unit == b.unit).map(move |unit| {
        at += unit.len();
        (at - unit.len(), unit)
    })
}

/// Whether two answers of one person are the same by the labels that both were offered; none where neither label of
/// two could have been given both times.
pub(super) fn same(ratings: &Ratings, first: &Rating, second: &Rating) -> Option<bool> {
    if let Values::Numbers(x) = &ratings.values {
        let [a, b] = [first, second].map(|row| x[row.value as usize] + 0.0);
        return Some(a.total_cmp(&b).is_eq());
    }
    let offered = |row: &Rating, label: u32| ratings.offers.is_empty() || ratings.offers.has(row.offered, label);
    match &ratings.values {
        Values::Sets(labels, sets) => Some((0..*labels).all(|label| {
            let ticked = [first, second].map(|row| sets.has(row.value, label));
            ticked[0] == ticked[1] || !offered(if ticked[0] { second } else { first }, label)
        })),
        _ if first.value == second.value => Some(true),
        _ => (offered(first, second.value) && offered(second, first.value)).then_some(false),
    }
}

/// The work of cutting.
struct OfferedCut<'a> {
    ratings: &'a Ratings,
    words: usize,
    /// Whether each offer has every label.
    full: Vec<bool>,
    /// All sets and those cut from them, once one was cut.
    sets: Option<LabelSets>,
    known: HashMap<Vec<u64>, u32>,
}

impl OfferedCut<'_> {
    /// The labels that all of a unit's raters were offered, where somebody was offered more.
    fn common(&self, unit: &[Rating]) -> Option<Vec<u64>> {
        if unit.len() < 2 || unit.iter().all(|row| self.full[row.offered as usize]) {
            return None;
        }
        let mut common = vec![u64::MAX; self.words];
        let mut any = vec![0; self.words];
        for row in unit {
            for (word, (common, any)) in common.iter_mut().zip(&mut any).enumerate() {
                let bits = self.ratings.offers.get(row.offered)[word] | self.ticked(row.value, word);
                *common &= bits;
                *any |= bits;
            }
        }
        (common != any).then_some(common)
    }

    /// One word of an answer.
    fn ticked(&self, value: u32, word: usize) -> u64 {
        match &self.ratings.values {
            Values::Sets(_, sets) => sets.get(value)[word],
            _ if value as usize / 64 == word => 1 << (value % 64),
            _ => 0,
        }
    }

    /// The number of what is left of an answer; none where nothing of it is.
    fn cut(&mut self, value: u32, common: &[u64]) -> Option<u32> {
        let Values::Sets(_, all) = &self.ratings.values else {
            return (common[value as usize / 64] >> (value % 64) & 1 == 1).then_some(value);
        };
        let given = all.get(value);
        if given.iter().zip(common).all(|(given, common)| given & !common == 0) {
            return Some(value);
        }
        let left: Vec<u64> = given.iter().zip(common).map(|(given, common)| given & common).collect();
        let sets = self.sets.get_or_insert_with(|| all.clone());
        let next = sets.len() as u32;
        let number = *self.known.entry(left.clone()).or_insert(next);
        if number == next {
            sets.bits.extend(left);
        }
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::{narrowed, same};
    use crate::model::{LabelSets, Narrowed, Rating, Ratings, Values};

    /// Rows of unit, rater, value and what was offered; offer 0 is of labels A, B, E, offer 1 of A and B, offer 2 of B
    /// and E.
    fn ratings(rows: &[[u32; 4]], values: Values) -> Ratings {
        let row = |[unit, rater, value, offered]: &[u32; 4]| Rating {
            unit: *unit,
            rater: *rater,
            value: *value,
            offered: *offered,
        };
        Ratings {
            raters: 3,
            units: 9,
            values,
            declared: false,
            offers: LabelSets { words: 1, bits: vec![0b111, 0b011, 0b110] },
            rows: rows.iter().map(row).collect(),
            again: Vec::new(),
        }
    }

    /// Each set is its own number.
    fn sets() -> Values {
        Values::Sets(3, LabelSets { words: 1, bits: (0..8).collect() })
    }

    fn left(ratings: &Ratings) -> (Vec<(u32, u64)>, Narrowed) {
        let (found, narrowed) = narrowed(ratings);
        let bits = |value: u32| match &found.values {
            Values::Sets(_, sets) => sets.get(value)[0],
            _ => u64::from(value),
        };
        (found.rows.iter().map(|row| (row.unit, bits(row.value))).collect(), narrowed)
    }

    #[test]
    fn answers_are_cut_to_what_all_were_offered() {
        let rows = [[0, 0, 1, 0], [0, 1, 1, 0], [1, 0, 1, 1], [1, 1, 5, 0], [2, 0, 4, 0], [3, 0, 3, 1], [3, 1, 6, 2]];
        let (found, cut) = left(&ratings(&rows, sets()));
        assert_eq!(found, [(0, 1), (0, 1), (1, 1), (1, 1), (2, 4), (3, 2), (3, 2)]);
        assert_eq!(cut, Narrowed { units: 2, answers: 0 });
    }

    #[test]
    fn a_label_that_was_ticked_was_offered() {
        let (found, cut) = left(&ratings(&[[0, 0, 4, 1], [0, 1, 4, 1], [1, 0, 4, 1], [1, 1, 1, 1]], sets()));
        assert_eq!(found, [(0, 4), (0, 4), (1, 0), (1, 1)]);
        assert_eq!(cut, Narrowed { units: 1, answers: 0 });
    }

    #[test]
    fn a_single_label_that_another_was_not_offered_is_missing() {
        let (found, cut) = left(&ratings(&[[0, 0, 2, 0], [0, 1, 0, 1], [1, 0, 1, 0], [1, 1, 1, 1]], Values::Labels(3)));
        assert_eq!(found, [(0, 0), (1, 1), (1, 1)]);
        assert_eq!(cut, Narrowed { units: 2, answers: 1 });
    }

    #[test]
    fn a_person_is_compared_with_themselves_by_what_they_were_offered_both_times() {
        let row = |value, offered| Rating { unit: 0, rater: 0, value, offered };
        let of = |values: Values, a, b| same(&ratings(&[], values), &a, &b);
        assert_eq!(of(sets(), row(1, 1), row(5, 0)), Some(true));
        assert_eq!(of(sets(), row(1, 0), row(5, 0)), Some(false));
        assert_eq!(of(sets(), row(3, 1), row(5, 0)), Some(false));
        assert_eq!(of(Values::Labels(3), row(0, 1), row(2, 0)), None);
        assert_eq!(of(Values::Labels(3), row(0, 1), row(1, 0)), Some(false));
    }
}
