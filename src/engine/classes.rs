//! The units of a label counted together, and the sums that alpha follows from.

use crate::model::{Undefined, UnitClass};

/// The units of one label, those alike counted together: how many have m counted answers of which p ticked it.
/// Figures and resamples follow from the counts exactly; they are integers and add up in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Classes(Vec<UnitClass>);

impl Classes {
    /// Adds one unit: `answers` counted answers of which `ticked` ticked the label.
    pub fn add(&mut self, answers: u32, ticked: u32) {
        self.add_units(UnitClass { answers, positives: ticked, units: 1 });
    }

    /// Adds units that are alike. Units with fewer than two answers pair nothing and do not count.
    pub fn add_units(&mut self, class: UnitClass) {
        if class.answers < 2 || class.units == 0 {
            return;
        }
        let key = |class: &UnitClass| (class.answers, class.positives);
        if self.0.last().is_none_or(|last| key(last) < key(&class)) {
            // As a store gives them: in order.
            self.0.push(class);
            return;
        }
        match self.0.binary_search_by_key(&(class.answers, class.positives), |known| (known.answers, known.positives)) {
            Ok(at) => self.0[at].units += class.units,
            Err(at) => self.0.insert(at, class),
        }
    }

    /// The classes, by answers and positives.
    pub fn iter(&self) -> impl Iterator<Item = UnitClass> {
        self.0.iter().copied()
    }
}

impl FromIterator<UnitClass> for Classes {
    fn from_iter<I: IntoIterator<Item = UnitClass>>(all: I) -> Self {
        let all = all.into_iter();
        let mut classes = Self(Vec::with_capacity(all.size_hint().0));
        for class in all {
            classes.add_units(class);
        }
        classes
    }
}

/// What alpha follows from; classes have to come in the order of their answers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) units: u64,
    pub(super) values: u64,
    pub(super) positives: u64,
    /// Σ 2·p·(m − p)/(m − 1) over the units with fewer answers than the present m.
    observed: f64,
    /// The present m, and Σ p·(m − p) of its units: a sum of integers, so that it is exact.
    answers: u32,
    splits: u64,
}

impl Sums {
    pub(super) fn add(&mut self, class: UnitClass) {
        let UnitClass { answers, positives, units } = class;
        if answers != self.answers {
            self.observed = self.observed();
            (self.answers, self.splits) = (answers, 0);
        }
        self.units += units;
        self.values += units * u64::from(answers);
        self.positives += units * u64::from(positives);
        self.splits += units * u64::from(positives) * u64::from(answers - positives);
    }

    fn observed(&self) -> f64 {
        if self.splits == 0 {
            return self.observed;
        }
        self.observed + 2.0 * self.splits as f64 / f64::from(self.answers - 1)
    }

    pub(super) fn alpha(&self) -> Result<f64, Undefined> {
        let (n, ones) = (self.values, self.positives);
        if n == 0 {
            return Err(Undefined::NothingPairable);
        }
        if ones == 0 {
            return Err(Undefined::NobodyTicked);
        }
        if ones == n {
            return Err(Undefined::EverybodyTicked);
        }
        let observed = self.observed() / n as f64;
        let expected = 2.0 * ones as f64 * (n - ones) as f64 / (n as f64 * (n - 1) as f64);
        Ok(1.0 - observed / expected)
    }
}
