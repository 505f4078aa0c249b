//! What people said on one question, from files or from a dataset, and what a policy lets count of it.

mod dataset;
mod explain;
mod files;
mod policy;
mod repeats;
mod scale;
mod source_lines;

pub use dataset::{Filter, of_dataset};
pub use explain::explain;
pub use files::{RatingsRequest, of_files};
pub use policy::{CountedAnswers, Inclusion, Missing, Policy, Unsaid};
pub use repeats::Repeats;
pub use scale::Level;

use crate::model::{LabelSets, Question, RecordId, Status, Values};

/// No answer.
pub const NONE: u32 = u32::MAX;

/// All that people said on one question.
#[derive(Debug, Clone)]
pub struct Judgements {
    /// Name of the question; empty where the files do not name it.
    pub question: String,
    /// Values of the labels, in order; empty for numbers.
    pub labels: Vec<String>,
    /// Whether the labels were declared; else they are those that the answers have.
    pub declared: bool,
    /// Names of the people.
    pub raters: Vec<String>,
    /// What they answered about.
    pub units: UnitNames,
    /// What [`Judgement::value`] stands for.
    pub values: Values,
    /// Sets of labels that were offered, by [`Judgement::offered`], the first one that of now; empty: all, always.
    pub offers: LabelSets,
    /// By unit, rater and pass; at most one of each.
    pub all: Vec<Judgement>,
    /// How the answers were understood and what was done about repeated ones, a sentence each.
    pub notes: Vec<String>,
    /// What is known of what people saw while they answered.
    pub seen: Visibility,
}

impl Judgements {
    /// None: where stored sums are enough.
    #[must_use]
    pub fn none(question: &Question, seen: (u64, u64)) -> Self {
        Self {
            question: question.name.clone(),
            labels: question.labels.iter().map(|label| label.value.clone()).collect(),
            declared: true,
            raters: Vec::new(),
            units: UnitNames::Records(Vec::new()),
            values: Values::Labels(0),
            offers: LabelSets::default(),
            all: Vec::new(),
            notes: Vec::new(),
            seen: Visibility::Total(seen),
        }
    }
}

/// What is known of what people saw while they answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// For each response.
    Each,
    /// How many submitted responses were given with suggestions, and with others' answers, seen.
    Total((u64, u64)),
}

impl Visibility {
    /// The shares of so many answers; none where nothing is known to have been seen.
    #[must_use]
    pub fn shares(self, answers: u64) -> Option<(f64, f64)> {
        match self {
            Self::Total((agents, others)) if agents + others > 0 => {
                let share = |seen: u64| (seen as f64 / answers.max(1) as f64).min(1.0);
                Some((share(agents), share(others)))
            }
            _ => None,
        }
    }
}

/// What is answered about.
#[derive(Debug, Clone)]
pub enum UnitNames {
    /// By name.
    Named(Vec<String>),
    /// Records of a store.
    Records(Vec<RecordId>),
}

impl UnitNames {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Named(all) => all.len(),
            Self::Records(all) => all.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One response as far as it is about the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// When; the least number where that is not known.
    pub at: i64,
    /// Which unit.
    pub unit: u32,
    /// Who.
    pub rater: u32,
    /// Index into [`Values`], or [`NONE`].
    pub value: u32,
    /// Index into [`Judgements::offers`].
    pub offered: u32,
    /// How far it has come.
    pub status: Status,
    /// From 1.
    pub pass: u16,
    /// Whether suggestions were seen.
    pub saw_agents: bool,
    /// Whether others' answers were seen.
    pub saw_others: bool,
    /// Whether it is known what was seen: where it is not, both are false and say nothing.
    pub seen_known: bool,
}
