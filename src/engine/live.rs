//! Agreement that moves while people work: the figures of every label when one unit's answers change, without looking
//! at any other unit.
//!
//! Alpha needs of a unit only its m answers and p ticks per label, so that a change takes one unit out of a class and
//! puts it into another. Whoever keeps such counts elsewhere (the store does, in the response's own transaction) does
//! what is done here.

use super::agreement::Classes;
use super::measure::figures;
use crate::model::{LabelAgreement, Resampling};

/// The units of every label of a question, kept up to date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Live(Vec<Classes>);

impl Live {
    /// From the units of each label, in label order.
    #[must_use]
    pub fn new(labels: Vec<Classes>) -> Self {
        Self(labels)
    }

    /// One unit's counted answers and ticks of each label, in label order, were `before` and are `after`: a response
    /// came, changed or went. 10 to 50 ns a label.
    pub fn replace(&mut self, before: &[(u32, u32)], after: &[(u32, u32)]) {
        for (classes, (before, after)) in self.0.iter_mut().zip(before.iter().zip(after)) {
            if before != after {
                classes.take(before.0, before.1);
                classes.add(after.0, after.1);
            }
        }
    }

    /// The units of each label.
    #[must_use]
    pub fn labels(&self) -> &[Classes] {
        &self.0
    }

    /// The figures now. 10 ns a label and class, and what intervals cost.
    #[must_use]
    pub fn agreement(&self, resampling: Resampling) -> Vec<LabelAgreement> {
        figures(&self.0, resampling)
    }
}
