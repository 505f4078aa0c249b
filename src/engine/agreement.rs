//! Agreement per label: each label of a multi-label question is a yes/no question over units (records).
//!
//! Krippendorff's alpha, nominal, for any number of annotators with missing answers: K. Krippendorff,
//! "Computing Krippendorff's Alpha-Reliability" (2011), section C; binary data make the coincidence matrix
//! 2 × 2, so per unit only m (answers) and p (answers that ticked the label) matter:
//! Do = Σ 2·p·(m − p)/(m − 1) / n and De = 2·N1·N0/(n(n − 1)); alpha = 1 − Do/De.

use super::classes::{Classes, Sums};
use crate::model::{LabelAgreement, Offered, Resampling, UnitClass};

impl Classes {
    /// The figures these units give, with the interval that is asked for. Without one 10 ns a class.
    #[must_use]
    pub fn agreement(&self, resampling: Resampling) -> LabelAgreement {
        let mut sums = Sums::default();
        for class in self.iter() {
            sums.add(class);
        }
        let alpha = sums.alpha();
        let wanted = resampling.resamples > 0 && alpha.is_ok();
        LabelAgreement {
            alpha,
            units: sums.units,
            values: sums.values,
            positives: sums.positives,
            percent: (sums.units > 0).then(|| self.percent(sums.units)),
            interval: wanted.then(|| {
                super::bootstrap::interval(self, resampling).held(sums.positives.min(sums.values - sums.positives))
            }),
        }
    }

    /// Mean over units of the share of pairs that agree: 1 − 2·p·(m − p)/(m(m − 1)).
    fn percent(&self, units: u64) -> f64 {
        let apart = |class: UnitClass| {
            let pairs = f64::from(class.answers) * f64::from(class.answers - 1);
            let splits = f64::from(class.positives) * f64::from(class.answers - class.positives);
            class.units as f64 * 2.0 * splits / pairs
        };
        1.0 - self.iter().map(apart).sum::<f64>() / units as f64
    }
}

/// Collects answers that come unit by unit (all answers of a unit in a row) into classes per label.
#[derive(Debug, Clone)]
pub struct PerLabel {
    /// Label sets in which each label was offered.
    offered: Vec<Offered>,
    classes: Vec<Classes>,
    unit: Option<i64>,
    answers: Vec<u32>,
    ticked: Vec<u32>,
    /// Where only the units of one rater count: whether theirs counts for the label in this unit.
    own: Option<Vec<bool>>,
}

impl PerLabel {
    /// `offered`: for each label the label sets in which it was offered.
    #[must_use]
    pub fn new(offered: Vec<Offered>) -> Self {
        let labels = offered.len();
        Self {
            offered,
            classes: vec![Classes::default(); labels],
            unit: None,
            answers: vec![0; labels],
            ticked: vec![0; labels],
            own: None,
        }
    }

    /// Only units count that one rater answered too: those with an answer that is `own`.
    #[must_use]
    pub fn of_one(offered: Vec<Offered>) -> Self {
        let own = Some(vec![false; offered.len()]);
        Self { own, ..Self::new(offered) }
    }

    /// One counted answer: `labels` is a little-endian bit set of ticked label positions. A label that was not
    /// offered in `label_set` is missing for this answer, not "no". 1 ns a label.
    pub fn add(&mut self, unit: i64, label_set: i64, labels: &[u8], own: bool) {
        if self.unit != Some(unit) {
            self.close();
            self.unit = Some(unit);
        }
        for (label, offered) in self.offered.iter().enumerate() {
            if offered.in_set(label_set) {
                self.answers[label] += 1;
                let byte = labels.get(label / 8).copied().unwrap_or(0);
                self.ticked[label] += u32::from(byte >> (label % 8) & 1);
                if let Some(all) = &mut self.own {
                    all[label] |= own;
                }
            }
        }
    }

    fn close(&mut self) {
        if self.unit.is_none() {
            return;
        }
        for (label, classes) in self.classes.iter_mut().enumerate() {
            if self.own.as_ref().is_none_or(|own| own[label]) {
                classes.add(self.answers[label], self.ticked[label]);
            }
        }
        self.answers.fill(0);
        self.ticked.fill(0);
        if let Some(own) = &mut self.own {
            own.fill(false);
        }
    }

    /// The units of each label, in label order.
    #[must_use]
    pub fn finish(mut self) -> Vec<Classes> {
        self.close();
        self.classes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Classes, PerLabel};
    use crate::model::{LabelAgreement, Offered, Resampling, Undefined};

    fn figures(classes: &Classes) -> LabelAgreement {
        classes.agreement(Resampling::NONE)
    }

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
            let mut classes = Classes::default();
            for unit in &units {
                classes.add(unit.len() as u32, unit.iter().filter(|v| **v).count() as u32);
            }
            match (naive(&units), figures(&classes).alpha) {
                (Some(a), Ok(b)) => prop_assert!((a - b).abs() < 1e-12),
                (None, Err(_)) => {}
                (a, b) => prop_assert!(false, "{a:?} {b:?}"),
            }
        }
    }

    #[test]
    fn what_is_not_defined_says_why() {
        let mut classes = Classes::default();
        assert_eq!(figures(&classes).alpha, Err(Undefined::NothingPairable));
        classes.add(3, 0);
        assert_eq!(figures(&classes).alpha, Err(Undefined::NobodyTicked));
        let mut classes = Classes::default();
        classes.add(2, 2);
        assert_eq!(figures(&classes).alpha, Err(Undefined::EverybodyTicked));
    }

    #[test]
    fn a_label_that_was_not_offered_is_missing_and_not_a_no() {
        let mut labels = PerLabel::new(vec![Offered::ALWAYS, Offered { since: 2, ..Offered::ALWAYS }]);
        labels.add(7, 1, &[0b01], false);
        labels.add(7, 2, &[0b11], false);
        labels.add(7, 2, &[0b10], false);
        let found: Vec<_> = labels.finish().iter().map(figures).collect();
        assert_eq!((found[0].values, found[1].values, found[1].positives), (3, 2, 2));
    }

    #[test]
    fn of_one_rater_only_units_count_where_the_label_was_offered_to_them() {
        let mut labels = PerLabel::of_one(vec![Offered::ALWAYS, Offered { since: 2, ..Offered::ALWAYS }]);
        labels.add(7, 1, &[0b01], true);
        labels.add(7, 2, &[0b11], false);
        labels.add(7, 2, &[0b10], false);
        labels.add(8, 2, &[0b10], false);
        labels.add(8, 2, &[0b10], false);
        labels.add(9, 2, &[0b10], true);
        labels.add(9, 2, &[0b11], false);
        let found: Vec<_> = labels.finish().iter().map(figures).collect();
        assert_eq!((found[0].units, found[0].values, found[0].positives), (2, 5, 3));
        assert_eq!((found[1].units, found[1].values, found[1].positives), (1, 2, 2));
    }
}
