//! What raters said of units about one question: all that agreement is figured from.
//!
//! Names stay with the caller: units and raters are numbered from 0. A policy (which statuses count) has been applied
//! before: every [`Rating`] here counts.

/// Counted answers of one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratings {
    /// How many raters there are; [`Rating::rater`] lies below.
    pub raters: u32,
    /// How many units there are; [`Rating::unit`] lies below. Units without a rating are fine.
    pub units: u32,
    /// What the value of a rating stands for.
    pub values: Values,
    /// Whether the labels were declared; else they are those that occur.
    pub declared: bool,
    /// Sets of labels that were offered, by [`Rating::offered`]; empty: all labels, always.
    pub offers: LabelSets,
    /// By unit, then rater; at most one for each unit and rater.
    pub rows: Vec<Rating>,
    /// Second and later answers of the same person to the same unit, by unit, rater, then time: they serve
    /// self-agreement and count nowhere else.
    pub again: Vec<Rating>,
}

/// What one rater said of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rating {
    /// Which unit.
    pub unit: u32,
    /// Who.
    pub rater: u32,
    /// Index into [`Values`].
    pub value: u32,
    /// Index into [`Ratings::offers`]: a label that was not offered is missing for this answer, not "no".
    pub offered: u32,
}

/// The different values that occur.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Sets of labels (a multi-label question): how many labels there are, and the sets.
    Sets(u32, LabelSets),
    /// One of so many labels (a single-label question): the value is the label.
    Labels(u32),
    /// Numbers (a rating).
    Numbers(Vec<f64>),
}

/// Sets of labels as bits: label `l` of a set is bit `l % 64` of its word `l / 64`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelSets {
    /// Words of a set, at least 1 where there are sets.
    pub words: usize,
    /// The sets, one after the other.
    pub bits: Vec<u64>,
}

impl LabelSets {
    /// The words of a set.
    #[must_use]
    pub fn get(&self, set: u32) -> &[u64] {
        let start = set as usize * self.words;
        &self.bits[start..start + self.words]
    }

    /// How many sets there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bits.len().checked_div(self.words).unwrap_or(0)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }

    /// Whether `set` has `label`.
    #[must_use]
    pub fn has(&self, set: u32, label: u32) -> bool {
        self.get(set)[label as usize / 64] >> (label % 64) & 1 == 1
    }
}
