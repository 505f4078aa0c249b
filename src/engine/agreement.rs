//! Agreement per label: each label of a multi-label question is a yes/no question over units (records).
//!
//! Krippendorff's alpha, nominal, for any number of annotators with missing answers: K. Krippendorff,
//! "Computing Krippendorff's Alpha-Reliability" (2011), section C; binary data make the coincidence matrix
//! 2 × 2, so per unit only m (answers) and p (answers that ticked the label) matter:
//! Do = Σ 2·p·(m − p)/(m − 1) / n and De = 2·N1·N0/(n(n − 1)); alpha = 1 − Do/De.

use std::collections::BTreeMap;

use crate::model::{LabelAgreement, Undefined};

/// Sums from which alpha of one label follows. They are integers, so they add up exactly in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    units: u64,
    values: u64,
    positives: u64,
    /// Σ p·(m − p) over units with m answers, by m.
    splits: BTreeMap<u32, u64>,
}

impl Sums {
    /// Adds one unit: `answers` counted answers of which `ticked` ticked the label. Units with fewer than two
    /// answers pair nothing and do not count.
    pub fn add(&mut self, answers: u32, ticked: u32) {
        if answers < 2 {
            return;
        }
        self.units += 1;
        self.values += u64::from(answers);
        self.positives += u64::from(ticked);
        if ticked > 0 && ticked < answers {
            *self.splits.entry(answers).or_default() += u64::from(ticked) * u64::from(answers - ticked);
        }
    }

    /// The figures these sums give.
    #[must_use]
    pub fn agreement(&self) -> LabelAgreement {
        LabelAgreement { alpha: self.alpha(), units: self.units, values: self.values, positives: self.positives }
    }

    fn alpha(&self) -> Result<f64, Undefined> {
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
        let split = |(answers, sum): (&u32, &u64)| 2.0 * *sum as f64 / f64::from(answers - 1);
        let observed: f64 = self.splits.iter().map(split).sum::<f64>() / n as f64;
        let expected = 2.0 * ones as f64 * (n - ones) as f64 / (n as f64 * (n - 1) as f64);
        Ok(1.0 - observed / expected)
    }
}

/// Collects answers that come unit by unit (all answers of a unit in a row) into sums per label.
#[derive(Debug, Clone)]
pub struct PerLabel {
    /// Label-set number from which, and before which, each label was offered.
    offered: Vec<(i64, i64)>,
    sums: Vec<Sums>,
    unit: Option<i64>,
    answers: Vec<u32>,
    ticked: Vec<u32>,
}

impl PerLabel {
    /// `offered`: for each label the label-set numbers `[since, retired)` in which it was offered.
    #[must_use]
    pub fn new(offered: Vec<(i64, i64)>) -> Self {
        let labels = offered.len();
        Self {
            offered,
            sums: vec![Sums::default(); labels],
            unit: None,
            answers: vec![0; labels],
            ticked: vec![0; labels],
        }
    }

    /// One counted answer: `labels` is a little-endian bit set of ticked label positions. A label that was not
    /// offered in `label_set` is missing for this answer, not "no".
    pub fn add(&mut self, unit: i64, label_set: i64, labels: &[u8]) {
        if self.unit != Some(unit) {
            self.close();
            self.unit = Some(unit);
        }
        for (label, (since, retired)) in self.offered.iter().enumerate() {
            if *since <= label_set && label_set < *retired {
                self.answers[label] += 1;
                let byte = labels.get(label / 8).copied().unwrap_or(0);
                self.ticked[label] += u32::from(byte >> (label % 8) & 1);
            }
        }
    }

    fn close(&mut self) {
        if self.unit.is_none() {
            return;
        }
        for (label, sums) in self.sums.iter_mut().enumerate() {
            sums.add(self.answers[label], self.ticked[label]);
        }
        self.answers.fill(0);
        self.ticked.fill(0);
    }

    /// The figures of each label, in label order.
    #[must_use]
    pub fn finish(mut self) -> Vec<LabelAgreement> {
        self.close();
        self.sums.iter().map(Sums::agreement).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{PerLabel, Sums};
    use crate::model::Undefined;

    /// The definition, pair by pair over units of yes/no answers.
    fn naive(units: &[Vec<bool>]) -> Option<f64> {
        let units: Vec<_> = units.iter().filter(|unit| unit.len() > 1).collect();
        let all: Vec<bool> = units.iter().flat_map(|unit| unit.iter().copied()).collect();
        let n = all.len() as f64;
        let mut observed = 0.0;
        for unit in &units {
            for (i, a) in unit.iter().enumerate() {
                for (j, b) in unit.iter().enumerate() {
                    if i != j && a != b {
                        observed += 1.0 / (unit.len() - 1) as f64;
                    }
                }
            }
        }
        let mut expected = 0.0;
        for (i, a) in all.iter().enumerate() {
            for (j, b) in all.iter().enumerate() {
                if i != j && a != b {
                    expected += 1.0;
                }
            }
        }
        (expected > 0.0).then(|| 1.0 - (observed / n) / (expected / (n * (n - 1.0))))
    }

    proptest! {
        #[test]
        fn alpha_equals_its_pairwise_definition(units in prop::collection::vec(prop::collection::vec(any::<bool>(), 0..6), 0..30)) {
            let mut sums = Sums::default();
            for unit in &units {
                sums.add(unit.len() as u32, unit.iter().filter(|v| **v).count() as u32);
            }
            match (naive(&units), sums.agreement().alpha) {
                (Some(a), Ok(b)) => prop_assert!((a - b).abs() < 1e-12),
                (None, Err(_)) => {}
                (a, b) => prop_assert!(false, "{a:?} {b:?}"),
            }
        }
    }

    #[test]
    fn what_is_not_defined_says_why() {
        let mut sums = Sums::default();
        assert_eq!(sums.agreement().alpha, Err(Undefined::NothingPairable));
        sums.add(3, 0);
        assert_eq!(sums.agreement().alpha, Err(Undefined::NobodyTicked));
        let mut sums = Sums::default();
        sums.add(2, 2);
        assert_eq!(sums.agreement().alpha, Err(Undefined::EverybodyTicked));
    }

    #[test]
    fn a_label_that_was_not_offered_is_missing_and_not_a_no() {
        let mut labels = PerLabel::new(vec![(1, i64::MAX), (2, i64::MAX)]);
        labels.add(7, 1, &[0b01]);
        labels.add(7, 2, &[0b11]);
        labels.add(7, 2, &[0b10]);
        let found = labels.finish();
        assert_eq!((found[0].values, found[1].values, found[1].positives), (3, 2, 2));
    }
}
