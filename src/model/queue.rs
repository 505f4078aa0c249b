//! A queue: which records come up, in which order.

use std::sync::Arc;

use super::{Dataset, QuestionId, RecordId};

/// Which records come up for one annotator, in which order. All but [`Queue::List`] and [`Queue::Random`] go along
/// the positions of the dataset's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Queue {
    /// Neither submitted nor discarded by me, and not complete without me.
    #[default]
    Pending,
    /// As pending, in an order that is random but the same each time for one person.
    Random,
    /// My drafts.
    Drafts,
    /// Submitted or discarded by me and changed since, without Enter.
    Changed,
    /// Submitted by me.
    Submitted,
    /// Discarded by me.
    Discarded,
    /// Flagged by me.
    Flagged,
    /// Every record.
    All,
    /// Submitted by me before this label of the question was offered.
    NotOffered(QuestionId, u32),
    /// Records whose text holds these words.
    Search(String),
    /// These records, in this order, under this name.
    List(String, Arc<Vec<RecordId>>),
}

impl Queue {
    /// The queues that need nothing said about them, in the order a list shows them.
    pub const PLAIN: [Self; 8] = [
        Self::Pending,
        Self::Random,
        Self::Drafts,
        Self::Changed,
        Self::Submitted,
        Self::Discarded,
        Self::Flagged,
        Self::All,
    ];

    /// The word used in commands and on screen.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Random => "random",
            Self::Drafts => "drafts",
            Self::Changed => "changed",
            Self::Submitted => "submitted",
            Self::Discarded => "discarded",
            Self::Flagged => "flagged",
            Self::All => "all",
            Self::NotOffered(..) => "offered",
            Self::Search(words) => words,
            Self::List(name, _) => name,
        }
    }

    /// What I submitted before the label of this value was offered.
    #[must_use]
    pub fn not_offered(dataset: &Dataset, value: &str) -> Option<Self> {
        dataset.questions.iter().find_map(|question| {
            let index = question.label_index(value)?;
            Some(Self::NotOffered(question.id, index as u32))
        })
    }

    /// The plain queue of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::PLAIN.into_iter().find(|queue| queue.word() == word)
    }
}

/// How many records a queue holds, as far as was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// So many.
    Exactly(u64),
    /// More than so many; counting on would have taken too long.
    MoreThan(u64),
}

/// Where in a queue somebody is: a record and its position in the dataset's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The record.
    pub record: RecordId,
    /// Its position.
    pub position: i64,
}
